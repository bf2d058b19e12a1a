"""The custody of acknowledged images, each rule a test: in which order what is done to the disk, what job.json says
in the end, and what no error takes away."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from custody_setting import TOKEN, Setting, digest, failing, image, told
from disk_calls import Watched, file_system, replaced

from emulator.scan_server.custody import document_file_name, document_record
from emulator.scan_server.disk import calls
from emulator.scan_server.files import KeptFile, read_json
from emulator.scan_server.notes import CopyTarget, NoteFailed

posix = pytest.mark.skipif(os.name == "nt", reason="folders cannot be synced there")


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """Of a job that has not begun."""
    return Setting(tmp_path)


# Begin, take


@posix
def test_a_job_begins_with_its_folder_and_record_which_last(setting: Setting) -> None:
    seen: list[tuple[str, str]] = []
    job = f".server/runs/1/jobs/{TOKEN}"
    with told(setting.root, seen):
        setting.custody.begin({"state": "running"})
    assert [each for each in seen if each[0] != "open"] == [
        ("mkdir", job),
        ("write", f"{job}/.job.json.new"),
        ("fsync", f"{job}/.job.json.new"),
        ("replace", f"{job}/job.json"),
        ("fsync", job),
        ("fsync", ".server/runs/1/jobs"),
    ]
    assert read_json(setting.custody.folder / "job.json") == {"state": "running"}


def test_an_image_is_kept_under_its_number_in_the_folder_of_its_job(setting: Setting) -> None:
    setting.begin()
    kept = setting.custody.take(setting.incoming(b"data"), 7, "tif")
    assert kept == KeptFile(setting.custody.folder / "0007.tif", 4, digest(b"data"))
    assert kept.path.read_bytes() == b"data" and list(setting.folders.incoming.iterdir()) == []
    assert [document_file_name(number, "jpg") for number in (1, 12345)] == ["0001.jpg", "12345.jpg"]


def test_an_image_that_was_not_acknowledged_after_all_is_dropped(setting: Setting) -> None:
    """Also where the folder has been moved meanwhile: by its name."""
    kept = setting.begin(1).custody.take(setting.incoming(b"2"), 2, "jpg")
    setting.custody.folder = setting.custody.folder.rename(setting.folders.jobs / "moved")
    setting.custody.give_back(kept)
    assert sorted(path.name for path in setting.custody.folder.iterdir()) == ["0001.jpg", "job.json"]
    setting.custody.give_back(kept)


def test_files_on_their_way_have_names_of_their_own(setting: Setting) -> None:
    names = {setting.folders.file_name() for _ in range(20)}
    assert len(names) == 20 and {path.parent for path in names} == {setting.folders.incoming}


# Give


@posix
def test_a_target_is_noted_then_made_then_lasts_and_only_then_is_told(setting: Setting) -> None:
    setting.begin(1)
    seen: list[tuple[str, str]] = []
    giving = setting.custody.documents_for(setting.share)
    with told(setting.root, seen), giving:
        giving.put(1, setting.path(1), lambda: "a.jpg")
        assert giving.lasting == []
    assert [each for each in seen if each[0] != "open"] == [
        ("write", f".server/runs/1/jobs/{TOKEN}/.notes"),
        ("link", "server/share/a.jpg"),
        ("fsync", "server/share"),
    ]
    assert giving.lasting == [(1, setting.share / "a.jpg")]
    assert setting.custody.notes.read().targets == [CopyTarget(1, "server/share/a.jpg")]
    assert (setting.share / "a.jpg").samefile(setting.path(1))


@posix
def test_a_copy_is_noted_with_the_file_that_waits_for_its_name(setting: Setting) -> None:
    """It is written whole, and lasts, before the name is noted and taken."""
    setting.begin(1)
    setting.share.mkdir(parents=True)
    seen: list[tuple[str, str]] = []
    with told(setting.root, seen):
        setting.give(1, "a.jpg", copy=True)
    assert (setting.share / "a.jpg").read_bytes() == image(1)
    assert not (setting.share / "a.jpg").samefile(setting.path(1))
    (noted,) = setting.custody.notes.read().targets
    assert noted.aside is not None and noted.aside.startswith(".server/runs/1/incoming/")
    assert (noted.document, noted.target) == (1, "server/share/a.jpg")
    names = [each for each in seen if each[0] not in ("open", "mkdir")]
    assert names[-5:] == [
        ("write", noted.aside),
        ("fsync", noted.aside),
        ("write", f".server/runs/1/jobs/{TOKEN}/.notes"),
        ("rename_new", "server/share/a.jpg"),
        ("fsync", "server/share"),
    ]


@pytest.mark.parametrize("mode", ["links", "no links", "copy"])
def test_each_name_is_tried_and_noted_within_what_guards_the_folder(setting: Setting, mode: str) -> None:
    """The first that is free is taken; who guards the folder hears of each that was not."""
    setting.begin(1)
    setting.share.mkdir(parents=True)
    for name in ("a.jpg", "b.jpg"):
        (setting.share / name).write_bytes(b"another's")
    heard: list[str] = []

    @contextmanager
    def taking() -> Iterator[None]:
        before = sorted(path.name for path in setting.share.iterdir())
        noted = setting.custody.notes.read().targets[-1]
        try:
            yield
        except OSError as error:
            heard.append(f"{noted.target[-5:]} {type(error).__name__}")
            raise
        assert before == ["a.jpg", "b.jpg"]
        heard.append(f"{noted.target[-5:]} taken")

    with file_system("links" if mode == "copy" else mode):
        setting.give(1, "a.jpg", "b.jpg", "c.jpg", copy=mode == "copy", taking=taking)
    without = ["a.jpg PermissionError"] if mode == "no links" else []
    assert heard == [*without, "a.jpg FileExistsError", "b.jpg FileExistsError", "c.jpg taken"]
    assert (setting.share / "c.jpg").read_bytes() == image(1)
    assert (setting.share / "a.jpg").read_bytes() == b"another's"


@pytest.mark.parametrize("copy", [False, True])
def test_a_target_that_cannot_be_made_is_an_error_and_leaves_no_copy(setting: Setting, copy: bool) -> None:
    setting.begin(1)
    calls_fail = {
        name: failing(errno.EIO, lambda path: True, getattr(calls, name)) for name in ("link", "rename_new")
    }
    with replaced(**calls_fail), pytest.raises(OSError, match=os.strerror(errno.EIO)):
        setting.give(1, "a.jpg", copy=copy)
    assert list(setting.share.iterdir()) == list(setting.folders.incoming.iterdir()) == []
    assert setting.path(1).read_bytes() == image(1)
    noted = setting.custody.notes.read().targets
    assert noted == ([] if copy else [CopyTarget(1, "server/share/a.jpg")]), "a copy that was given up is no target"


@pytest.mark.parametrize("copy", [False, True])
def test_what_cannot_be_noted_is_not_made(setting: Setting, copy: bool) -> None:
    setting.begin(1)
    opens = failing(errno.ENOSPC, lambda path: path.endswith(".notes"), calls.open)
    with replaced(open=opens), pytest.raises(NoteFailed):
        setting.give(1, "a.jpg", copy=copy)
    assert list(setting.share.iterdir()) == []


def test_a_copy_for_a_folder_on_another_disk_waits_beside_its_name(setting: Setting) -> None:
    """A rename from one disk to another is none; the copy is hidden there until it has its name."""
    setting.begin(1)
    real, waited = calls.rename_new, []

    def rename_new(source: Path, target: Path) -> None:
        if source.parent != target.parent:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        (noted,) = setting.custody.notes.read().targets
        waited.append((source.name, noted))
        real(source, target)

    with replaced(rename_new=rename_new):
        setting.give(1, "a.jpg", copy=True)
    ((name, noted),) = waited
    assert name.startswith(".") and name.endswith(".part") and len(name) == 38
    assert noted == CopyTarget(1, "server/share/a.jpg", f"server/share/{name}")
    assert [path.name for path in setting.share.iterdir()] == ["a.jpg"]
    assert (setting.share / "a.jpg").read_bytes() == image(1) and list(setting.folders.incoming.iterdir()) == []


def test_a_copy_that_cannot_be_renamed_in_its_own_folder_is_not_tried_again(setting: Setting) -> None:
    setting.begin(1)
    tried: list[Path] = []

    def rename_new(source: Path, target: Path) -> None:
        tried.append(source)
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    with replaced(rename_new=rename_new), pytest.raises(OSError, match=os.strerror(errno.EXDEV)):
        setting.give(1, "a.jpg", copy=True)
    assert [path.parent for path in tried] == [setting.folders.incoming, setting.share]
    assert list(setting.share.iterdir()) == []


@posix
def test_a_folder_that_cannot_be_synced_surely_has_nothing(setting: Setting) -> None:
    """Told by the error that was first."""
    setting.begin(1)
    giving = setting.custody.documents_for(setting.share)
    with (
        replaced(fsync=lambda descriptor: _raise(OSError(errno.EIO, "sync"))),
        pytest.raises(OSError, match="sync"),
        giving,
    ):
        giving.put(1, setting.path(1), lambda: "a.jpg")
    assert giving.lasting == []
    giving = setting.custody.documents_for(setting.share)
    with (
        replaced(fsync=lambda descriptor: _raise(OSError(errno.EIO, "sync"))),
        pytest.raises(MemoryError),
        giving,
    ):
        giving.put(1, setting.path(1), lambda: "b.jpg")
        raise MemoryError
    assert giving.lasting == []


def _raise(error: OSError) -> None:
    raise error


def test_what_came_before_an_error_is_there(setting: Setting) -> None:
    setting.begin(2)
    giving = setting.custody.documents_for(setting.share)
    with pytest.raises(MemoryError), giving:
        giving.put(2, setting.path(2), lambda: "b.jpg")
        giving.put(1, setting.path(1), lambda: "a.jpg")
        raise MemoryError
    assert giving.lasting == [(2, setting.share / "b.jpg"), (1, setting.share / "a.jpg")]


def test_a_folder_that_was_given_nothing_is_not_synced(setting: Setting) -> None:
    setting.begin(1)
    giving = setting.custody.documents_for(setting.share)
    with Watched() as watched, giving:
        pass
    assert watched.count == 0 and giving.lasting == []


# Put away


@posix
def test_a_job_that_left_images_goes_to_unfinished_with_them_and_its_record(setting: Setting) -> None:
    setting.begin(3).give(1, "a.jpg")
    seen: list[tuple[str, str]] = []
    with told(setting.root, seen):
        target = setting.custody.put_away({"state": "aborted", "more": 1}, {"0002.jpg", "0003.jpg"})
    assert target == setting.root / "unfinished" / TOKEN == setting.custody.folder
    assert {path.name for path in target.iterdir()} == {"0002.jpg", "0003.jpg", "job.json"}
    assert read_json(target / "job.json") == {"state": "unfinished", "more": 1}
    assert not (setting.folders.jobs / TOKEN).exists()
    moved = seen.index(("rename", f"unfinished/{TOKEN}"))
    assert ("fsync", ".") in seen[:moved], "`unfinished` lasts before anything is in it"
    synced = [path for name, path in seen[moved:] if name == "fsync" and "job.json" not in path]
    assert synced == [f"unfinished/{TOKEN}", "unfinished", ".server/runs/1/jobs"]


@posix
def test_a_job_that_left_nothing_is_cleared_away_with_its_notes_last(setting: Setting) -> None:
    """So that what is left of a kill in between can still be judged."""
    setting.begin(2).give(1, "a.jpg")
    (setting.custody.folder / ".job.json.new").write_bytes(b"half")
    seen: list[tuple[str, str]] = []
    with told(setting.custody.folder.parent, seen):
        assert setting.custody.put_away({"state": "completed"}, ()) is None
    files = ["0001.jpg", "0002.jpg", "job.json", ".job.json.new", ".notes"]
    assert seen == [*(("unlink", f"{TOKEN}/{name}") for name in files), ("rmdir", TOKEN)]
    assert list(setting.folders.jobs.iterdir()) == [] and not (setting.root / "unfinished").exists()
    assert setting.custody.put_away({}, ()) is None, "and once more is no error"


def test_a_file_that_cannot_be_removed_stays_for_the_next_start(setting: Setting) -> None:
    setting.begin(1)
    unlink = failing(errno.EIO, lambda path: path.endswith("0001.jpg"), calls.unlink)
    with replaced(unlink=unlink), pytest.raises(OSError, match=os.strerror(errno.EIO)):
        setting.custody.put_away({}, ())
    assert setting.path(1).exists() and (setting.custody.folder / "job.json").exists()


def test_only_files_named_by_a_number_are_images(setting: Setting) -> None:
    """What somebody else put beside them is not removed with them, and counts as none."""
    setting.begin(1)
    for name in ("x1.jpg", "other", "0002"):
        (setting.custody.folder / name).write_bytes(b"x")
    target = setting.recover()
    assert target is not None
    documents = read_json(target / "job.json")["documents"]
    assert [each["file"] for each in documents] == ["0001.jpg", "0002"]
    assert {path.name for path in target.iterdir()} == {"0001.jpg", "0002", "x1.jpg", "other", "job.json"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_on_a_full_disk_the_record_gets_the_room_of_what_is_removed(setting: Setting, number: int) -> None:
    """The quota that is used up is a full disk too. The old record gives way to the new at last."""
    setting.begin(1, state="running")
    held = [setting.custody.folder / "job.json", setting.root / "unfinished" / TOKEN / "job.json"]
    full = failing(number, lambda path: path.endswith(".new") and any(map(os.path.exists, held)), calls.open)
    with replaced(open=full):
        target = setting.custody.put_away({"more": 1}, {"0001.jpg"})
    assert target is not None and read_json(target / "job.json") == {"state": "unfinished", "more": 1}
    assert (target / "0001.jpg").read_bytes() == image(1)


def test_the_record_is_whole_where_the_images_that_are_removed_make_room_for_it(setting: Setting) -> None:
    setting.begin(2, state="running")
    full = failing(errno.ENOSPC, lambda path: path.endswith(".new") and setting.path(1).exists(), calls.open)
    with replaced(open=full):
        target = setting.custody.put_away({"more": 1}, {"0002.jpg"})
    assert target is not None and read_json(target / "job.json") == {"state": "unfinished", "more": 1}


def test_a_record_that_cannot_be_written_at_all_is_told_when_the_images_are_safe(setting: Setting) -> None:
    """On a disk that is broken the old record stays."""
    setting.begin(1, state="running")
    broken = failing(errno.EIO, lambda path: path.endswith(".new"), calls.open)
    with replaced(open=broken), pytest.raises(OSError, match=os.strerror(errno.EIO)):
        setting.custody.put_away({"more": 1}, {"0001.jpg"})
    target = setting.root / "unfinished" / TOKEN
    assert (target / "0001.jpg").read_bytes() == image(1)
    assert read_json(target / "job.json") == {"state": "running"}


def test_a_full_disk_gives_the_folder_that_was_spared_for_it(setting: Setting) -> None:
    """One that has no room for `unfinished` can still rename."""
    setting.begin(1)
    with replaced(mkdir=failing(errno.ENOSPC, lambda path: True, calls.mkdir)):
        target = setting.custody.put_away({}, {"0001.jpg"})
    assert target == setting.root / "unfinished" / TOKEN and (target / "0001.jpg").read_bytes() == image(1)
    assert not setting.folders.spare.exists()


def test_the_spare_folder_stays_where_unfinished_is_there(setting: Setting) -> None:
    setting.begin(1)
    (setting.root / "unfinished").mkdir()
    with replaced(mkdir=failing(errno.EROFS, lambda path: True, calls.mkdir)):
        assert setting.custody.put_away({}, {"0001.jpg"}) is not None
    assert setting.folders.spare.is_dir()


def test_a_job_of_the_same_name_in_unfinished_is_left_as_it_is(setting: Setting) -> None:
    setting.begin(1)
    (old := setting.root / "unfinished" / TOKEN).mkdir(parents=True)
    (old / "0001.jpg").write_bytes(b"of before")
    target = setting.custody.put_away({}, {"0001.jpg"})
    assert target is not None and target.parent == old.parent
    assert target.name.startswith(f"{TOKEN}-") and len(target.name) == len(TOKEN) + 9
    assert (old / "0001.jpg").read_bytes() == b"of before" and (target / "0001.jpg").read_bytes() == image(1)
    assert setting.custody.folder == target


def test_a_job_that_cannot_be_moved_stays_where_it_is(setting: Setting) -> None:
    setting.begin(1)
    rename = failing(errno.EIO, lambda path: True, calls.rename)
    with replaced(rename=rename), pytest.raises(OSError, match=os.strerror(errno.EIO)):
        setting.custody.put_away({}, {"0001.jpg"})
    assert setting.path(1).read_bytes() == image(1)


def test_an_image_that_came_after_the_others_were_listed_is_put_away_with_them(setting: Setting) -> None:
    """Only what is known to be delivered is removed; nothing that comes in between."""
    setting.begin(2)
    late = setting.custody.folder / "0003.jpg"
    unlink = calls.unlink

    def comes(path: Path) -> None:
        if setting.custody.folder.parent == setting.folders.jobs:
            late.write_bytes(image(3))
        unlink(path)

    with replaced(unlink=comes):
        target = setting.custody.put_away({}, {"0002.jpg"})
    assert target is not None and sorted(path.name for path in target.glob("*.jpg")) == ["0002.jpg", "0003.jpg"]


# The record of a document


def test_what_job_json_says_of_a_document() -> None:
    file = KeptFile(Path("x") / "0003.png", 12, "hash")
    of_all = {"document_id": 3, "bytes": 12, "sha256": "hash"}
    assert document_record(3, file, kept=False) == of_all
    assert document_record(3, file, kept=True) == {**of_all, "file": "0003.png"}
    assert document_record(3, file, kept=True, format="png") == {**of_all, "format": "png", "file": "0003.png"}
