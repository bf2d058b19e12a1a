"""Files of the store are whole when they are seen: attachments, copies, JSON files; each rule a test."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from disk_calls import Watched, replaced

from emulator.scan_server import disk
from emulator.scan_server.files import (
    IncomingFile,
    KeptFile,
    aside_of,
    copy_file,
    hash_file,
    read_json,
    write_json,
)

posix = pytest.mark.skipif(os.name == "nt", reason="folders cannot be synced there")
DATA = bytes(range(256)) * 20


def failing(*arguments: object) -> Any:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def incoming(folder: Path, *pieces: bytes) -> IncomingFile:
    file = IncomingFile(folder / "incoming")
    for piece in pieces:
        file.write(piece)
    return file


# Attachments


def test_an_attachment_is_counted_and_hashed_as_it_passes(tmp_path: Path) -> None:
    file = incoming(tmp_path)
    assert file.size == 0
    file.write(DATA[:7])
    assert file.size == 7
    file.write(memoryview(DATA)[7:])
    kept = file.keep(tmp_path / "0001.jpg")
    assert kept == KeptFile(tmp_path / "0001.jpg", len(DATA), hashlib.sha256(DATA).hexdigest())
    assert [path.name for path in tmp_path.iterdir()] == ["0001.jpg"] and kept.path.read_bytes() == DATA


@posix
def test_an_attachment_lasts_before_it_has_its_name_and_its_name_before_it_is_told(tmp_path: Path) -> None:
    (folder := tmp_path / "job").mkdir()
    file, seen = incoming(tmp_path, DATA), []
    with Watched(lambda name, number, path: seen.append((name, Path(path).name))):
        file.keep(folder / "0001.jpg")
    assert seen[-3:] == [("replace", "0001.jpg"), ("open", "job"), ("fsync", "job")]
    assert [name for name, _ in seen[:-3]] == ["write", "fsync"]


@posix
@pytest.mark.parametrize("call", ["write", "fsync", "replace", "open"])
def test_an_attachment_that_cannot_be_made_to_last_leaves_nothing(tmp_path: Path, call: str) -> None:
    """Its file neither, nor its name; an open() that fails is that of the folder."""
    file = incoming(tmp_path, DATA)
    with replaced(**{call: failing}), pytest.raises(OSError, match=os.strerror(errno.EIO)):
        file.keep(tmp_path / "0001.jpg")
    assert list(tmp_path.iterdir()) == []


def test_an_attachment_that_is_dropped_leaves_nothing_once(tmp_path: Path) -> None:
    file = incoming(tmp_path, DATA)
    file.discard()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "incoming").write_bytes(b"another's")
    file.discard()
    assert (tmp_path / "incoming").read_bytes() == b"another's"


def test_an_attachment_is_dropped_on_a_disk_that_takes_no_octet_more(tmp_path: Path) -> None:
    """What is left in memory cannot be written when the file is closed; that is nobody's loss."""
    file = incoming(tmp_path, DATA)
    with replaced(write=failing):
        file.discard()
    assert list(tmp_path.iterdir()) == []


def test_an_attachment_that_is_promised_to_be_kept_is_not_dropped(tmp_path: Path) -> None:
    """Whoever gives up waiting for the thread that keeps it must not take its file away."""
    file = incoming(tmp_path, DATA)
    file.promise()
    file.discard()
    assert file.keep(tmp_path / "0001.jpg").path.read_bytes() == DATA
    file.discard()
    assert (tmp_path / "0001.jpg").read_bytes() == DATA


def test_an_attachment_takes_no_name_of_another(tmp_path: Path) -> None:
    (tmp_path / "incoming").write_bytes(b"another's")
    with pytest.raises(FileExistsError):
        IncomingFile(tmp_path / "incoming")
    assert (tmp_path / "incoming").read_bytes() == b"another's"


# Copies


@pytest.mark.parametrize("length", [0, 1, 1024 * 1024, 1024 * 1024 + 1])
def test_a_copy_is_a_file_of_its_own_and_lasts(tmp_path: Path, length: int) -> None:
    data = (DATA * (length // len(DATA) + 1))[:length]
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    synced: list[str] = []
    with Watched(lambda name, number, path: synced.append(path) if name == "fsync" else None):
        copy_file(source, target)
    assert target.read_bytes() == data and not target.samefile(source)
    assert synced == [str(target)]
    assert hash_file(target) == KeptFile(target, length, hashlib.sha256(data).hexdigest())


def test_neither_a_copy_nor_a_hash_holds_a_file_in_memory(tmp_path: Path) -> None:
    """An image may be larger than the memory of the machine."""
    with (tmp_path / "source").open("wb") as file:
        file.truncate(16 * 1024 * 1024)
    tracemalloc.start()
    try:
        copy_file(tmp_path / "source", tmp_path / "target")
        hash_file(tmp_path / "target")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 6 * 1024 * 1024


def test_a_copy_takes_no_name_of_another(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(DATA)
    (tmp_path / "target").write_bytes(b"another's")
    with pytest.raises(FileExistsError):
        copy_file(tmp_path / "source", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"another's"


# JSON


def test_a_json_file_is_read_by_people_too(tmp_path: Path) -> None:
    """Indented, with letters of every language as they are, and a line end."""
    write_json(tmp_path / "a.json", {"name": "März", "more": [1]})
    text = (tmp_path / "a.json").read_bytes().decode("utf-8")
    assert text == '{\n  "name": "März",\n  "more": [\n    1\n  ]\n}\n'
    assert read_json(tmp_path / "a.json") == {"name": "März", "more": [1]}


def test_a_json_file_is_written_beside_its_name_and_lasts_before_it_has_it(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []
    with Watched(lambda name, number, path: seen.append((name, Path(path).name))):
        write_json(tmp_path / "a.json", {})
    aside = ".a.json.new"
    assert seen == [("open", aside), ("write", aside), ("fsync", aside), ("replace", "a.json")]
    assert aside_of("a.json") == aside and [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_json_file_that_cannot_be_replaced_stays_as_it_was(tmp_path: Path, call: str) -> None:
    write_json(tmp_path / "a.json", {"a": 1})
    with replaced(**{call: failing}), pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_json(tmp_path / "a.json", {"a": 2})
    assert read_json(tmp_path / "a.json") == {"a": 1} and len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_server_left_beside_a_json_file_gives_way(tmp_path: Path) -> None:
    (tmp_path / ".a.json.new").write_bytes(b'{"half')
    write_json(tmp_path / "a.json", {"a": 1})
    assert read_json(tmp_path / "a.json") == {"a": 1} and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [None, b"", b'{"a": ', b"\xff{}", b"[1]", b"null", b'"a"'])
def test_a_json_file_that_is_missing_or_holds_no_object_says_nothing(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.json").write_bytes(content)
    assert read_json(tmp_path / "a.json") == {}


@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE, errno.EIO])
def test_a_json_file_that_cannot_be_read_is_not_a_missing_one(tmp_path: Path, number: int) -> None:
    def fails(*arguments: object) -> Any:
        raise OSError(number, os.strerror(number))

    write_json(tmp_path / "a.json", {"a": 1})
    with replaced(open=fails), pytest.raises(OSError) as found:
        read_json(tmp_path / "a.json")
    assert found.value.errno == number


def test_every_open_file_is_closed_again(tmp_path: Path) -> None:
    """By all of them: what is left open is a descriptor less for the next."""
    opened: list[int] = []
    real: Callable[..., int] = disk.calls.open

    def opens(*arguments: Any) -> int:
        opened.append(real(*arguments))
        return opened[-1]

    with replaced(open=opens):
        incoming(tmp_path, DATA).keep(tmp_path / "a")
        copy_file(tmp_path / "a", tmp_path / "b")
        hash_file(tmp_path / "b")
        write_json(tmp_path / "c", {})
        read_json(tmp_path / "c")
        disk.append(tmp_path / "d", b"x")
    for descriptor in set(opened):
        with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
            os.fstat(descriptor)
    assert len(opened) >= 7


def test_a_json_file_holds_what_json_holds(tmp_path: Path) -> None:
    content: dict[str, Any] = {"text": 'a"\\\n', "none": None, "yes": True, "number": 1.5, "inside": {"a": []}}
    write_json(tmp_path / "a.json", content)
    assert json.loads((tmp_path / "a.json").read_bytes()) == content
