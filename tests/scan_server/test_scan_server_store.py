"""The store: what is left when a server is killed, and several servers on one store."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from emulator.scan_server import files
from emulator.scan_server.files import publish, publish_copy
from emulator.scan_server.store import Store

IMAGE = b"image" * 1000


def killed_with(root: Path, *images: bytes, half: bytes = b"") -> str:
    """A server that had acknowledged `images` of a job, and had half of another, is killed. Its JobToken."""
    store = Store(root)
    store.open()
    token = "0b8a7c1e-0000-4000-8000-000000000001"
    folder = store.create_job(token, {"state": "running", "job_token": token})
    for number, data in enumerate(images, 1):
        incoming = store.incoming()
        incoming.write(data)
        incoming.keep(folder / f"{number:04d}.jpg")
    if half:
        incoming = store.incoming()
        incoming.write(half)
        incoming._file.close()
    assert store._lock is not None
    store._lock.release()  # what the end of a process does
    return token


def test_acknowledged_images_are_put_away_and_half_ones_are_gone(tmp_path: Path) -> None:
    token = killed_with(tmp_path, IMAGE, IMAGE + b"2", half=IMAGE[:100])
    store = Store(tmp_path)
    store.open()
    (folder,) = store.recovered
    assert folder == tmp_path / "unfinished" / token
    record = json.loads((folder / "job.json").read_text("utf-8"))
    assert record["state"] == "unfinished"
    assert [(folder / each["file"]).read_bytes() for each in record["documents"]] == [IMAGE, IMAGE + b"2"]
    assert [path.name for path in (tmp_path / ".server" / "runs").iterdir()] == [store.run.name]
    store.close()


def test_a_killed_job_without_images_leaves_nothing(tmp_path: Path) -> None:
    killed_with(tmp_path, half=IMAGE)
    store = Store(tmp_path)
    store.open()
    assert store.recovered == [] and not (tmp_path / "unfinished").exists()
    store.close()


def test_images_that_were_delivered_before_the_kill_are_not_put_away_again(tmp_path: Path) -> None:
    token = killed_with(tmp_path, IMAGE, IMAGE + b"2")
    (share := tmp_path / "server" / "share").mkdir(parents=True)
    (first,) = (tmp_path / ".server" / "runs").glob(f"*/jobs/{token}/0001.jpg")
    publish(first, share / "a.jpg", tmp_path / "spool")
    store = Store(tmp_path)
    store.open()
    (folder,) = store.recovered
    assert [path.name for path in folder.glob("*.jpg")] == ["0002.jpg"]
    assert (share / "a.jpg").read_bytes() == IMAGE
    store.close()


def test_the_run_of_a_living_server_is_left_alone(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    first.open()
    folder = first.create_job("t", {})
    second.open()
    assert second.recovered == [] and folder.is_dir()
    assert (first.endpoint, first.service) == (second.endpoint, second.service)
    second.close()
    assert folder.is_dir()
    first.close()


@pytest.mark.parametrize("put", [publish, publish_copy])
def test_publish_never_replaces_a_file(tmp_path: Path, put: object) -> None:
    (tmp_path / "a").write_bytes(IMAGE)
    (tmp_path / "b").write_bytes(b"other")
    with pytest.raises(FileExistsError):
        put(tmp_path / "a", tmp_path / "b", tmp_path / "spool")  # type: ignore[operator]
    assert (tmp_path / "b").read_bytes() == b"other"
    assert not (tmp_path / "spool").exists()


def test_where_there_are_no_hard_links_a_copy_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "a").write_bytes(IMAGE)
    publish(tmp_path / "a", tmp_path / "b", tmp_path / "spool")
    assert (tmp_path / "b").read_bytes() == IMAGE and not (tmp_path / "spool").exists()
    with pytest.raises(FileExistsError):
        publish(tmp_path / "a", tmp_path / "b", tmp_path / "spool")
    assert files.hash_file(tmp_path / "a").sha256 == files.hash_file(tmp_path / "b").sha256


def test_a_store_that_cannot_be_used_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError):
        Store(tmp_path / "file").open()
