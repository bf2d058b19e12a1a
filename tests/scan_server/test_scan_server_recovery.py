"""What a server that starts after a kill believes of the images that it finds, each rule a test: what is surely
delivered goes, all else is kept."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from custody_setting import TOKEN, Setting, digest, failing, image, told
from disk_calls import replaced

from emulator.scan_server.custody import Custody, RunFolders, document_record
from emulator.scan_server.disk import LastingFolders, calls
from emulator.scan_server.files import KeptFile, hash_file, read_json
from emulator.scan_server.notes import CopyTarget

posix = pytest.mark.skipif(os.name == "nt", reason="folders cannot be synced there")


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """Of a job that has not begun."""
    return Setting(tmp_path)


def test_recovery_tells_what_it_found_of_each_image(setting: Setting) -> None:
    """What was delivered without its file; what is known of the job stays as it was, but for its state."""
    setting.begin(3, state="running", job_token=TOKEN, documents=[{"document_id": 9}]).give(2, "b.jpg")
    target = setting.recover()
    assert target is not None
    assert read_json(target / "job.json") == {
        "state": "unfinished",
        "job_token": TOKEN,
        "documents": [
            document_record(1, KeptFile(Path("0001.jpg"), len(image(1)), digest(image(1))), kept=True),
            document_record(2, KeptFile(Path("0002.jpg"), len(image(2)), digest(image(2))), kept=False),
            document_record(3, KeptFile(Path("0003.jpg"), len(image(3)), digest(image(3))), kept=True),
        ],
        "deliveries": [],
    }
    assert {path.name for path in target.iterdir()} == {"0001.jpg", "0003.jpg", "job.json"}


def test_deliveries_that_were_noted_are_told_before_those_of_the_record(setting: Setting) -> None:
    delivery = {"filter": "email", "documents": []}
    setting.begin(1, deliveries=["of the record"])
    for notes, expected in (((), ["of the record"]), ((delivery,), [delivery])):
        for each in notes:
            setting.custody.notes._write({"told": each, "in_store": False})
        shutil.copytree(setting.custody.folder, setting.folders.jobs / "copy")
        target = Custody(setting.folders, setting.folders.jobs / "copy").recover(alone=True)
        assert target is not None
        record = read_json(target / "job.json")
        assert record["deliveries"] == expected and "begun_filters" not in record
        shutil.rmtree(target)


def test_a_record_that_cannot_be_read_costs_no_image(setting: Setting) -> None:
    setting.begin(1, state="running")
    opens = failing(errno.EIO, lambda path: path.endswith("job.json"), calls.open)
    with replaced(open=opens):
        target = setting.recover()
    assert target is not None and (target / "0001.jpg").read_bytes() == image(1)
    record = read_json(target / "job.json")
    assert (record["state"], len(record["documents"])) == ("unfinished", 1)


def test_an_image_that_cannot_be_read_is_still_one(setting: Setting) -> None:
    """It is kept, with its length, and told without a hash; nothing is believed to be it."""
    setting.begin(1).give(1, "a.jpg", copy=True)
    opens = failing(errno.EIO, lambda path: path.endswith("0001.jpg"), calls.open)
    with replaced(open=opens):
        target = setting.recover()
    assert target is not None and (target / "0001.jpg").read_bytes() == image(1)
    (document,) = read_json(target / "job.json")["documents"]
    assert document == {"document_id": 1, "bytes": len(image(1)), "sha256": "", "file": "0001.jpg"}


Told = Callable[[Setting], None]


def _other_size(setting: Setting) -> None:
    (setting.share / "a.jpg").write_bytes(image(1) + b"x")


def _other_content(setting: Setting) -> None:
    (setting.share / "a.jpg").write_bytes(image(1)[::-1])


def _gone(setting: Setting) -> None:
    (setting.share / "a.jpg").unlink()


def _anew(setting: Setting) -> None:
    """Another file of the same content."""
    data = (setting.share / "a.jpg").read_bytes()
    (setting.share / "kept").write_bytes(b"")  # so that its number is not given again
    (setting.share / "a.jpg").unlink()
    (setting.share / "a.jpg").write_bytes(data)


def _waiting(setting: Setting) -> None:
    """As it is when the server was killed between the note and the rename, and somebody else has the name."""
    (noted,) = setting.custody.notes.read().targets
    assert noted.aside is not None
    (setting.root / noted.aside).write_bytes(image(1))


def _waiting_as_a_link(setting: Setting) -> None:
    """As it is when a rename by two links was cut in between: the copy has both names."""
    (noted,) = setting.custody.notes.read().targets
    assert noted.aside is not None
    os.link(setting.root / noted.target, setting.root / noted.aside)


@pytest.mark.parametrize(
    ("copy", "happens", "believed"),
    [
        (False, None, True),
        (False, _gone, False),
        (False, _anew, False),
        (True, None, True),
        (True, _gone, False),
        (True, _anew, True),
        (True, _other_size, False),
        (True, _other_content, False),
        (True, _waiting, False),
        (True, _waiting_as_a_link, True),
    ],
)
def test_what_recovery_believes_of_a_noted_target(
    setting: Setting, copy: bool, happens: Told | None, believed: bool
) -> None:
    """A link by its being the same file. A copy by its content, or while it waits by its being the same file."""
    setting.begin(1).give(1, "a.jpg", copy=copy)
    before = {path.name for path in setting.share.iterdir()}
    if happens is not None:
        happens(setting)
        before = {path.name for path in setting.share.iterdir()}
    target = setting.recover()
    assert (target is None) is believed
    assert target is None or (target / "0001.jpg").read_bytes() == image(1)
    assert {path.name for path in setting.share.iterdir()} == before
    assert list(setting.folders.incoming.iterdir()) == [], "a copy that waited is cleared away"


def test_a_target_of_another_document_is_no_delivery(setting: Setting) -> None:
    setting.begin(2).give(1, "a.jpg")
    setting.custody.notes.target(CopyTarget(2, "server/share/b.jpg"))
    target = setting.recover()
    assert target is not None and [path.name for path in target.glob("*.jpg")] == ["0002.jpg"]


@posix
def test_a_target_is_believed_only_when_its_name_lasts(setting: Setting) -> None:
    """Recovery syncs the folder, and those on the way to it, before the image goes."""
    setting.begin(1).give(1, "a.jpg")
    setting.folders = RunFolders(setting.root, setting.folders.run, LastingFolders(setting.root))
    seen: list[tuple[str, str]] = []
    with told(setting.root, seen):
        assert setting.recover() is None
    gone = seen.index(("unlink", f".server/runs/1/jobs/{TOKEN}/0001.jpg"))
    synced = [path for name, path in seen[:gone] if name == "fsync"]
    assert synced[-1] == "server/share" and {"server", "."} <= set(synced)


@posix
def test_a_target_whose_name_cannot_be_made_to_last_is_not_believed(setting: Setting) -> None:
    setting.begin(1).give(1, "a.jpg")
    opens = failing(errno.EIO, lambda path: path == str(setting.share), calls.open)
    with replaced(open=opens):
        target = setting.recover()
    assert target is not None and (target / "0001.jpg").read_bytes() == image(1)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("size", [0, 1])
def test_an_empty_file_that_held_a_name_is_cleared_away_where_no_other_server_works(
    setting: Setting, alone: bool, size: int
) -> None:
    """While another is at work an empty file may be its own; one with an octet in it is somebody's."""
    setting.begin(1)
    setting.share.mkdir(parents=True)
    (setting.share / "a.jpg").write_bytes(b"x" * size)
    aside = setting.folders.incoming / "f"
    aside.write_bytes(image(1))
    place = aside.relative_to(setting.root).as_posix()
    setting.custody.notes.target(CopyTarget(1, "server/share/a.jpg", place))
    target = setting.recover(alone=alone)
    assert target is not None and (target / "0001.jpg").read_bytes() == image(1)
    assert (setting.share / "a.jpg").exists() is (not alone or size > 0)
    assert not aside.exists()


@pytest.mark.parametrize("waits", [None, b""])
def test_an_empty_file_without_a_copy_that_waits_for_its_name_is_somebodys(
    setting: Setting, waits: bytes | None
) -> None:
    setting.begin(1)
    setting.share.mkdir(parents=True)
    (setting.share / "a.jpg").touch()
    if waits is not None:
        (setting.folders.incoming / "f").write_bytes(waits)
    setting.custody.notes.target(CopyTarget(1, "server/share/a.jpg", ".server/runs/1/incoming/f"))
    assert setting.recover() is not None
    assert (setting.share / "a.jpg").read_bytes() == b""


def test_an_empty_image_is_recovered_as_any_other(setting: Setting) -> None:
    setting.begin()
    setting.custody.take(setting.incoming(b""), 1, "jpg")
    target = setting.recover()
    assert target is not None and hash_file(target / "0001.jpg").size == 0
