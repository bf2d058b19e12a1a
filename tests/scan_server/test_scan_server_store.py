"""The store: what is left when a server is killed, and several servers on one store."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from disk_calls import MODES, Watched, file_system, replaced
from optional_programs import skip_or_fail

from emulator.scan_server.custody import Custody
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.disk import rename_to_new, sync_folder
from emulator.scan_server.files import KeptFile
from emulator.scan_server.notes import CopyTarget
from emulator.scan_server.store import Store

IMAGE = b"image" * 1000
TOKEN = "0b8a7c1e-0000-4000-8000-000000000001"


class KilledServer:
    """A server that acknowledged images of a job and was then killed."""

    def __init__(self, root: Path, *images: bytes, half: bytes = b"") -> None:
        self.root = root
        self.store = Store(root)
        self.store.open()
        self.custody: Custody = self.store.new_job(TOKEN, {"state": "running", "job_token": TOKEN})
        self.images: list[KeptFile] = []
        for number, data in enumerate(images, 1):
            incoming = self.store.incoming()
            incoming.write(data)
            self.images.append(self.custody.take(incoming, number, "jpg"))
        if half:
            incoming = self.store.incoming()
            incoming.write(half)
            incoming._file.close()

    def deliver(self, number: int, name: str, *, copy: bool = False) -> Path:
        """Document `number` to a folder of the store."""
        names = iter((name, f"next_{name}"))
        with self.custody.documents_for(self.root / "server" / "share") as giving:
            giving.put(number, self.images[number - 1].path, lambda: next(names), copy=copy)
        return giving.lasting[0][1]

    def kill(self) -> None:
        assert self.store._lock is not None
        self.store._lock.release()  # what the end of a process does


def recovered(root: Path) -> dict[str, bytes]:
    """What a server that starts on the store puts into `unfinished`: file names and contents, without job.json."""
    store = Store(root)
    store.open()
    try:
        found = {}
        for folder in store.recovered:
            record = json.loads((folder / "job.json").read_text("utf-8"))
            assert record["state"] == "unfinished"
            images = {path.name: path.read_bytes() for path in folder.glob("*.jpg")}
            assert {each["file"] for each in record["documents"] if "file" in each} == set(images)
            found |= images
        runs = root / ".server" / "runs"
        assert [path.name for path in runs.iterdir()] == [store.run.run.name], "nothing of the killed run is left"
        return found
    finally:
        store.close()


def test_acknowledged_images_are_put_away_and_half_ones_are_gone(tmp_path: Path) -> None:
    KilledServer(tmp_path, IMAGE, IMAGE + b"2", half=IMAGE[:100]).kill()
    assert recovered(tmp_path) == {"0001.jpg": IMAGE, "0002.jpg": IMAGE + b"2"}
    assert (tmp_path / "unfinished" / TOKEN / "job.json").is_file()


def test_a_killed_job_without_images_leaves_nothing(tmp_path: Path) -> None:
    KilledServer(tmp_path, half=IMAGE).kill()
    assert recovered(tmp_path) == {} and not (tmp_path / "unfinished").exists()


@pytest.mark.parametrize("copy", [False, True], ids=["link", "copy"])
def test_images_that_were_delivered_before_the_kill_are_not_put_away_again(tmp_path: Path, copy: bool) -> None:
    killed = KilledServer(tmp_path, IMAGE, IMAGE + b"2")
    target = killed.deliver(1, "a.jpg", copy=copy)
    killed.kill()
    assert recovered(tmp_path) == {"0002.jpg": IMAGE + b"2"}
    assert target.read_bytes() == IMAGE


def _backup(killed: KilledServer) -> None:
    """`cp -al`: every file gets a second name."""
    shutil.copytree(killed.root, killed.root.parent / "backup", copy_function=os.link)


def _backup_in_the_store(killed: KilledServer) -> None:
    (killed.root / "server").mkdir(exist_ok=True)
    for image in killed.images:
        os.link(image.path, killed.root / "server" / image.path.name)


def _equal_files_joined(killed: KilledServer) -> None:
    """What jdupes -L does: files of equal content become names of one."""
    first, *others = [image.path for image in killed.images]
    for path in others:
        path.unlink()
        os.link(first, path)


@pytest.mark.skipif(os.name == "nt", reason="a locked file cannot be copied there")
@pytest.mark.parametrize("noted", [False, True])
@pytest.mark.parametrize("linked", [_backup, _backup_in_the_store, _equal_files_joined])
def test_links_that_somebody_else_made_are_no_delivery(
    tmp_path: Path, linked: Callable[[KilledServer], None], noted: bool
) -> None:
    """S3: a backup by hard links, or a program that joins equal files, between kill and start. With `noted` the
    server was killed when it had noted names and made nothing; one of them somebody else has."""
    killed = KilledServer(tmp_path / "store", IMAGE, IMAGE, IMAGE)
    if noted:
        (share := killed.root / "server" / "share").mkdir(parents=True)
        (share / "1.jpg").write_bytes(IMAGE)
        for number in (1, 2, 3):
            killed.custody.notes.target(CopyTarget(number, f"server/share/{number}.jpg"))
    killed.kill()
    linked(killed)
    assert recovered(tmp_path / "store") == dict.fromkeys(("0001.jpg", "0002.jpg", "0003.jpg"), IMAGE)


def test_a_name_that_was_noted_and_that_somebody_else_has_is_no_delivery(tmp_path: Path) -> None:
    """The next name was noted; or a copy still waited for its name, whatever has that name by now."""
    killed = KilledServer(tmp_path, IMAGE, IMAGE)
    (share := tmp_path / "server" / "share").mkdir(parents=True)
    (share / "a.jpg").write_bytes(IMAGE)
    assert killed.deliver(1, "a.jpg").name == "next_a.jpg"

    class Killed(BaseException):
        pass

    def at_the_rename(name: str, number: int, path: str) -> None:
        if name == "rename_new":
            raise Killed

    (share / "b.jpg").write_bytes(IMAGE)
    before = killed.images[1].path
    with pytest.raises(Killed), replaced(unlink=lambda path: None), Watched(at_the_rename):
        killed.deliver(2, "b.jpg", copy=True)
    notes = killed.custody.folder / ".notes"
    notes.write_bytes(notes.read_bytes().rpartition(b'\n{"void"')[0])
    killed.kill()
    assert recovered(tmp_path) == {before.name: IMAGE}
    assert (share / "a.jpg").read_bytes() == (share / "b.jpg").read_bytes() == IMAGE


def test_a_target_that_is_gone_or_changed_is_no_delivery(tmp_path: Path) -> None:
    killed = KilledServer(tmp_path, IMAGE, IMAGE + b"2", IMAGE + b"3")
    killed.deliver(1, "a.jpg").unlink()
    killed.deliver(2, "b.jpg", copy=True).write_bytes(IMAGE + b"x")
    killed.deliver(3, "c.jpg")
    killed.kill()
    assert recovered(tmp_path) == {"0001.jpg": IMAGE, "0002.jpg": IMAGE + b"2"}


def test_notes_that_cannot_be_read_keep_everything(tmp_path: Path) -> None:
    killed = KilledServer(tmp_path, IMAGE, IMAGE + b"2")
    killed.deliver(1, "a.jpg")
    notes = killed.custody.folder / ".notes"
    notes.write_bytes(notes.read_bytes()[:-5])
    killed.kill()
    assert recovered(tmp_path) == {"0001.jpg": IMAGE, "0002.jpg": IMAGE + b"2"}


def test_what_a_target_elsewhere_was_known_to_have_is_not_kept(tmp_path: Path) -> None:
    killed = KilledServer(tmp_path, IMAGE, IMAGE + b"2")
    killed.custody.notes.filter("urn:example/email")
    killed.custody.notes.delivery_made(Delivery("urn:example/email", "joe@contoso.example", (1,), ("a.jpg",)))
    killed.custody.notes.filter("urn:example/sharepoint")
    killed.kill()
    store = Store(tmp_path)
    store.open()
    (folder,) = store.recovered
    record = json.loads((folder / "job.json").read_text("utf-8"))
    store.close()
    assert [path.name for path in folder.glob("*.jpg")] == ["0002.jpg"]
    assert [each["target"] for each in record["deliveries"]] == ["joe@contoso.example"]
    assert record["begun_filters"] == ["urn:example/sharepoint"]


def test_the_run_of_a_living_server_is_left_alone(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    first.open()
    folder = first.new_job("t", {}).folder
    second.open()
    assert second.recovered == [] and folder.is_dir()
    assert (first.endpoint, first.service) == (second.endpoint, second.service)
    second.close()
    assert folder.is_dir()
    first.close()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("copy", [False, True], ids=["link", "copy"])
def test_no_name_is_taken_twice(tmp_path: Path, mode: str, copy: bool) -> None:
    killed = KilledServer(tmp_path, IMAGE)
    (share := tmp_path / "server" / "share").mkdir(parents=True)
    (share / "a.jpg").write_bytes(b"another's")
    with file_system(mode):
        assert killed.deliver(1, "a.jpg", copy=copy) == share / "next_a.jpg"
    assert (share / "a.jpg").read_bytes() == b"another's"
    assert (share / "next_a.jpg").read_bytes() == IMAGE
    assert sorted(path.name for path in share.iterdir()) == ["a.jpg", "next_a.jpg"]
    assert list(killed.store.run.incoming.iterdir()) == []
    killed.kill()


@pytest.mark.parametrize("mode", MODES)
def test_many_at_once_take_each_name_once(tmp_path: Path, mode: str) -> None:
    """Threads stand for servers here: nothing of the process keeps them apart (two servers: below)."""
    files = [tmp_path / f"file{number}" for number in range(200)]
    for path in files:
        path.write_bytes(path.name.encode())
    (share := tmp_path / "share").mkdir()

    def take(path: Path) -> None:
        for number in range(len(files)):
            try:
                rename_to_new(path, share / f"{number}")
            except FileExistsError:
                continue
            return

    with file_system(mode), ThreadPoolExecutor(8) as threads:
        list(threads.map(take, files))
    assert sorted(path.read_text() for path in share.iterdir()) == sorted(path.name for path in files)


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be synced there")
def test_every_new_folder_on_the_way_is_synced(tmp_path: Path) -> None:
    """S5: the parents too, and those that another server has just made."""
    seen: list[tuple[str, str]] = []
    killed = KilledServer(tmp_path / "deep" / "store", IMAGE)
    (killed.root / "server").mkdir()
    with Watched(lambda name, number, path: seen.append((name, path))):
        killed.deliver(1, "a.jpg")
    synced = {Path(path) for name, path in seen if name == "fsync"}
    assert {killed.root, killed.root / "server", killed.root / "server" / "share"} <= synced
    seen.clear()
    with Watched(lambda name, number, path: seen.append((name, path))):
        Store(tmp_path / "new" / "er" / "store").open()
    synced = {Path(path) for name, path in seen if name == "fsync"}
    made = {Path(path) for name, path in seen if name == "mkdir"}
    assert len(made) >= 8 and {path.parent for path in made} <= synced | {tmp_path / "new" / "er" / "store" / "x"}
    killed.kill()


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be synced there")
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EACCES, errno.EINVAL, errno.ENOTSUP])
def test_errors_of_syncing_a_folder_are_errors_where_it_can_be_synced(tmp_path: Path, number: int) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with replaced(fsync=fails):
        if number in (errno.EINVAL, errno.ENOTSUP):
            sync_folder(tmp_path)
        else:
            with pytest.raises(OSError, match=os.strerror(number)):
                sync_folder(tmp_path)


@pytest.mark.needs(Path("/dev/shm").is_dir(), "there is no /dev/shm, another disk than that of temporary files")
def test_a_folder_of_the_store_may_lie_on_another_disk(tmp_path: Path) -> None:
    other = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        if other.stat().st_dev == tmp_path.stat().st_dev:
            skip_or_fail("/dev/shm is the same disk")
        killed = KilledServer(tmp_path, IMAGE)
        (tmp_path / "server").symlink_to(other)
        assert killed.deliver(1, "a.jpg").read_bytes() == IMAGE
        assert [path.name for path in (other / "share").iterdir()] == ["a.jpg"]
        killed.kill()
        assert recovered(tmp_path) == {}
    finally:
        shutil.rmtree(other)


def test_a_store_that_cannot_be_used_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError):
        Store(tmp_path / "file").open()


def test_an_identity_that_cannot_be_read_at_the_moment_is_not_replaced(tmp_path: Path) -> None:
    first = Store(tmp_path)
    first.open()
    first.close()

    def fails(path: object, *rest: int) -> int:
        if str(path).endswith("identity.json"):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return os.open(path, *rest)  # type: ignore[arg-type]

    with replaced(open=fails), pytest.raises(OSError):
        Store(tmp_path).open()
    again = Store(tmp_path)
    again.open()
    assert again.endpoint == first.endpoint
    again.close()
