"""Runs of a server on a store, each rule a test: how one begins and ends, what it finds of others, what is told to
people, and a store that is removed or cannot be used."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from custody_setting import failing, image
from disk_calls import Watched, replaced

from emulator.file_lock import FileLock
from emulator.scan_server.custody import Custody
from emulator.scan_server.disk import calls
from emulator.scan_server.files import read_json
from emulator.scan_server.notes import CopyTarget
from emulator.scan_server.store import Store

posix = pytest.mark.skipif(os.name == "nt", reason="what is open cannot be removed there")


@contextmanager
def opened(root: Path) -> Iterator[Store]:
    """A server's run on a store."""
    store = Store(root)
    store.open()
    try:
        yield store
    finally:
        store.close()


def take(store: Store, job: Custody, number: int) -> Path:
    """An acknowledged image."""
    incoming = store.incoming()
    incoming.write(image(number))
    return job.take(incoming, number, "jpg").path


def killed(root: Path, *tokens: str) -> Path:
    """The run of a server that was killed with these jobs of one image each."""
    store = Store(root)
    store.open()
    for token in tokens:
        take(store, store.new_job(token, {"job_token": token}), 1)
    assert store._lock is not None
    store._lock.release()
    return store.run.run


def runs(root: Path) -> list[Path]:
    return list((root / ".server" / "runs").iterdir())


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# Begin and end


def test_a_store_that_is_not_open_has_no_run_and_no_address(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.endpoint == store.service == store.configuration_service == uuid.UUID(int=0)
    assert store.recovered == [] and store.root == tmp_path
    store.close()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="not open"):
            _ = store.run
        with opened(tmp_path) as store:
            store.close()
    assert runs(tmp_path) == []


def test_a_run_has_its_folders_and_its_lock_from_the_beginning(tmp_path: Path) -> None:
    with opened(tmp_path / "new" / "store") as store:
        assert store.run.run.parent == tmp_path / "new" / "store" / ".server" / "runs"
        assert sorted(path.name for path in store.run.run.iterdir()) == ["incoming", "jobs", "lock", "spare"]
        assert not FileLock(store.run.run / "lock").acquire()
        assert FileLock(store.root / ".server" / "lock").acquire(), "held only while a server starts"
        assert store.run.root == store.root
    assert runs(tmp_path / "new" / "store") == []


@posix
def test_the_folders_of_a_run_last_before_anything_is_in_them(tmp_path: Path) -> None:
    seen: list[tuple[str, Path]] = []
    with (
        opened(tmp_path),
        Watched(lambda name, number, path: seen.append((name, Path(path)))),
        opened(tmp_path) as run,
    ):
        of_the_run = [(name, path) for name, path in seen if name in ("mkdir", "fsync")][-6:]
        folder = run.run.run
    assert of_the_run == [
        ("mkdir", folder),
        *(("mkdir", folder / name) for name in ("incoming", "jobs", "spare")),
        ("fsync", folder),
        ("fsync", folder.parent),
    ]


@pytest.mark.parametrize("missing", ["incoming", "jobs", "spare"])
def test_a_run_that_cannot_begin_holds_no_lock(tmp_path: Path, missing: str) -> None:
    """Neither its own nor the one of starting: another server may start and clear it away."""
    mkdir = failing(errno.ENOSPC, lambda path: path.endswith(missing), calls.mkdir)
    with replaced(mkdir=mkdir), pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        Store(tmp_path).open()
    (left,) = runs(tmp_path)
    lock = FileLock(left / "lock")
    assert lock.acquire()
    lock.release()
    with opened(tmp_path) as store:
        assert runs(tmp_path) == [store.run.run]


def test_addresses_are_the_same_at_every_start_on_a_store_and_others_on_another(tmp_path: Path) -> None:
    found = []
    for root in ("a", "a", "b"):
        with opened(tmp_path / root) as store:
            found.append((store.endpoint, store.service, store.configuration_service))
    assert found[0] == found[1] and len({*found[0], *found[2]}) == 6
    endpoint, service, configuration = found[0]
    assert configuration == uuid.uuid5(service, "configuration")
    known = json.loads((tmp_path / "a" / ".server" / "identity.json").read_bytes())
    assert known == {"endpoint": str(endpoint), "service": str(service)}


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"endpoint": "x"}', '{"endpoint": 1, "service": null}', '{"endpoint": "x", "service": "y"}'],
)
def test_addresses_that_are_broken_are_made_anew_once(tmp_path: Path, content: str) -> None:
    (tmp_path / ".server").mkdir()
    (tmp_path / ".server" / "identity.json").write_text(content)
    with opened(tmp_path) as first:
        pass
    with opened(tmp_path) as second:
        assert (first.endpoint, first.service) == (second.endpoint, second.service)
    assert first.endpoint.version == first.service.version == 4 and first.endpoint != first.service


def test_jobs_that_have_not_been_put_away_are_unfinished_ones_at_the_end(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        take(store, store.new_job("b", {"job_token": "b"}), 1)
        store.new_job("a", {})
        store.incoming().write(b"half")
    assert store.recovered == [tmp_path / "unfinished" / "b"] and runs(tmp_path) == []
    record = read_json(tmp_path / "unfinished" / "b" / "job.json")
    assert (record["job_token"], record["state"]) == ("b", "unfinished")


@posix
def test_a_run_that_is_gone_at_its_end_is_nobodys_trouble(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(tmp_path / "store") as store:
        shutil.rmtree(store.run.run)
    with opened(tmp_path / "store"):
        shutil.rmtree(tmp_path / "store")
    assert warned(caplog) == []


def test_what_cannot_be_put_away_at_the_end_is_told_and_stays_for_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path) as store, ExitStack() as broken:
        folder = store.run.run
        take(store, store.new_job("t", {}), 1)
        rename = failing(errno.EIO, lambda path: True, calls.rename)
        broken.enter_context(replaced(rename=rename))
        store.close()
    (line,) = warned(caplog)
    assert str(folder) in line and os.strerror(errno.EIO) in line and "stays" in line
    with opened(tmp_path) as store:
        assert store.recovered == [tmp_path / "unfinished" / "t"] and runs(tmp_path) == [store.run.run]


# What others left


def test_every_job_of_every_killed_server_is_recovered_in_the_order_of_their_names(tmp_path: Path) -> None:
    first = killed(tmp_path, "b", "a")
    (tmp_path / ".server" / "runs" / "0").mkdir()
    os.replace(first, first.with_name("1"))
    killed(tmp_path / "other", "c")
    os.replace(next(iter(runs(tmp_path / "other"))), first.with_name("2"))
    with opened(tmp_path) as store:
        assert store.recovered == [tmp_path / "unfinished" / token for token in "abc"]
        assert runs(tmp_path) == [store.run.run]


def test_what_is_no_run_and_no_job_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that somebody put there; its folder stays with it, and the jobs behind it are recovered."""
    folder = killed(tmp_path, "t")
    (folder / "jobs" / "0 a file").write_bytes(b"x")
    (folder.parent / "0 a file").write_bytes(b"y")
    with opened(tmp_path) as store:
        assert store.recovered == [tmp_path / "unfinished" / "t"]
        assert sorted(path.name for path in runs(tmp_path) if path != store.run.run) == ["0 a file", folder.name]
    assert (folder / "jobs" / "0 a file").read_bytes() == b"x" and (folder.parent / "0 a file").read_bytes() == b"y"
    assert warned(caplog) == []


def test_a_job_that_has_to_stay_is_told_and_holds_up_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = killed(tmp_path, "a", "b", "c")
    rename = failing(errno.EIO, lambda path: Path(path).name == "b", calls.rename)
    with replaced(rename=rename), opened(tmp_path) as store:
        assert store.recovered == [tmp_path / "unfinished" / token for token in "ac"]
    (line,) = warned(caplog)
    assert str(folder) in line and os.strerror(errno.EIO) in line and "left" in line
    assert (folder / "jobs" / "b" / "0001.jpg").read_bytes() == image(1)
    with opened(tmp_path) as store:
        assert store.recovered == [tmp_path / "unfinished" / "b"] and runs(tmp_path) == [store.run.run]


def test_a_run_that_another_server_clears_away_at_the_same_moment_is_nobodys_trouble(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    killed(tmp_path, "t")
    rename = failing(errno.ENOENT, lambda path: path.endswith("t"), calls.rename)
    with replaced(rename=rename), opened(tmp_path) as store:
        assert store.recovered == []
    assert warned(caplog) == []


@pytest.mark.parametrize("others", ["nobody", "a file", "a server"])
def test_an_empty_file_that_held_a_name_goes_only_where_no_server_is_at_work(tmp_path: Path, others: str) -> None:
    """Another server's own may look the same; and a server that ends does not ask whether there are others. What
    is no run is no server at work."""

    def left(store: Store) -> Path:
        job = store.new_job(uuid.uuid4().hex, {})
        (share := tmp_path / "server").mkdir(exist_ok=True)
        (held := share / f"{job.folder.name}.jpg").touch()
        aside = store.run.file_name()
        aside.write_bytes(b"waits")
        job.notes.target(CopyTarget(1, *(path.relative_to(tmp_path).as_posix() for path in (held, aside))))
        take(store, job, 1)
        return held

    with ExitStack() as at_work:
        if others == "a server":
            at_work.enter_context(opened(tmp_path))
        store = Store(tmp_path)
        store.open()
        held = left(store)
        assert store._lock is not None
        store._lock.release()
        if others == "a file":
            (store.run.run.parent / "no run").touch()
        with opened(tmp_path) as store:
            assert held.exists() is (others == "a server") and len(store.recovered) == 1
            own = left(store)
        assert own.exists()


def test_a_server_at_work_keeps_its_run_and_its_jobs(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        file = take(first, first.new_job("t", {}), 1)
        with opened(tmp_path) as second:
            assert second.recovered == [] and second.run.run != first.run.run
        assert file.read_bytes() == image(1) and runs(tmp_path) == [first.run.run]


# A store that is removed, or cannot be used


def test_the_folder_of_what_comes_in_is_made_anew_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        job = store.new_job("t", {})
        store.run.incoming.rmdir()
        assert take(store, job, 1).read_bytes() == image(1)


@posix
def test_an_image_of_a_job_that_is_gone_with_its_store_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "store") as store:
        shutil.rmtree(tmp_path / "store")
        with pytest.raises(FileNotFoundError):
            store.incoming()
        assert not (tmp_path / "store").exists()


@posix
def test_a_store_that_was_removed_is_made_anew_by_the_next_job(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Under the same addresses, with a lock of its own, once; and that is told."""
    root = tmp_path / "store"
    with opened(root) as store:
        before = store.run
        lock = store._lock
        shutil.rmtree(root)
        job = store.new_job("t", {"state": "running"})
        assert store.run.run != before.run and job.folder == store.run.jobs / "t"
        assert read_json(job.folder / "job.json") == {"state": "running"}
        assert not FileLock(store.run.run / "lock").acquire(), "the new run is locked"
        assert lock is not None and lock._descriptor == -1, "and the old lock is given back"
        (line,) = warned(caplog)
        assert str(root) in line and "made anew" in line
        run = store.run
        assert store._begin_anew(before) is run, "who comes second finds what the first made"
        take(store, job, 1)
        known = json.loads((root / ".server" / "identity.json").read_bytes())
        assert known == {"endpoint": str(store.endpoint), "service": str(store.service)}
        assert runs(root) == [run.run]
    assert (root / "unfinished" / "t" / "0001.jpg").read_bytes() == image(1)


def test_a_store_that_cannot_be_used_is_told_when_it_begins_and_when_it_is_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Once each time, however many jobs are refused; and a job that could not begin leaves nothing."""
    with opened(tmp_path) as store:
        store.new_job("0", {})
        for turn in range(2):
            caplog.clear()
            with replaced(write=lambda descriptor, data: _no_room()):
                for number in range(3):
                    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                        store.new_job(f"refused {number}", {})
            assert [path.name for path in store.run.jobs.iterdir() if "refused" in path.name] == []
            (line,) = warned(caplog)
            assert str(tmp_path) in line and os.strerror(errno.ENOSPC) in line and "cannot be used" in line
            caplog.clear()
            for number in range(2):
                assert store.new_job(f"{turn} {number}", {}).folder.is_dir()
            (line,) = warned(caplog)
            assert str(tmp_path) in line and "can be used again" in line


def _no_room() -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
