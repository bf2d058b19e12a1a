"""What the store's calls to the disk promise, one rule a test: what lasts, what is no error, what takes no name of
another, on systems and file systems that this one is not."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from disk_calls import Watched, file_system, replaced

from emulator.scan_server import disk
from emulator.scan_server.disk import (
    DiskCalls,
    LastingFolders,
    append,
    knows_no_links,
    make_folder,
    new_file,
    read_file,
    remove,
    rename_to_new,
    sync_file,
    sync_folder,
    try_to_remove,
)

posix = pytest.mark.skipif(os.name == "nt", reason="folders cannot be synced there")


def failing(number: int) -> Callable[..., Any]:
    """A call that fails with that errno."""

    def call(*arguments: object) -> Any:
        raise OSError(number, os.strerror(number), str(arguments[0]))

    return call


@pytest.fixture
def synced() -> Iterator[list[Path]]:
    """What was synced, in its order."""
    seen: list[Path] = []
    with Watched(lambda name, number, path: seen.append(Path(path)) if name == "fsync" else None):
        yield seen


# Files


def test_a_new_file_takes_no_name_of_another(tmp_path: Path) -> None:
    (path := tmp_path / "a").write_bytes(b"another's")
    with pytest.raises(FileExistsError):
        new_file(path)
    assert path.read_bytes() == b"another's"


def test_octets_are_written_and_read_as_they_are(tmp_path: Path) -> None:
    """No line end is changed, and a file is whole when it has been closed."""
    data = bytes(range(256)) * 5000 + b"\r\n\n\r\x1a"
    with new_file(tmp_path / "a") as file:
        file.write(data)
    with read_file(tmp_path / "a") as file:
        assert file.read() == data


def test_small_pieces_are_gathered_to_one_write_and_large_ones_go_as_they_come(tmp_path: Path) -> None:
    """A phone sends an image by the kilobyte; each write to the disk is of 256."""
    written: list[int] = []

    def write(descriptor: int, data: bytes) -> int:
        written.append(len(data))
        return os.write(descriptor, data)

    with replaced(write=write), new_file(tmp_path / "a") as file:
        for _ in range(2 * 256):
            file.write(bytes(1024))
        file.flush()
        assert written == [256 * 1024] * 2
        file.write(bytes(1024 * 1024))
        assert written[2:] == [1024 * 1024]


def test_a_descriptor_is_closed_once_with_its_file(tmp_path: Path) -> None:
    """Closed a second time it might be another's by then."""
    file = new_file(tmp_path / "a")
    descriptor = file.fileno()
    file.close()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(descriptor)
    other = os.open(tmp_path / "a", os.O_RDONLY)
    try:
        file.close()
        file.raw.close()
        os.fstat(other)
    finally:
        os.close(other)


def test_a_line_is_put_behind_the_others_by_one_call(tmp_path: Path) -> None:
    path, written = tmp_path / "a", []

    def write(descriptor: int, data: bytes) -> int:
        written.append(bytes(data))
        return os.write(descriptor, data)

    with replaced(write=write):
        append(path, b"one\n")
        append(path, b"two\n")
    assert path.read_bytes() == b"one\ntwo\n" and written == [b"one\n", b"two\n"]


def test_a_line_that_is_cut_off_is_a_full_disk(tmp_path: Path) -> None:
    """write() tells so by a smaller count; which file is told too."""
    with (
        replaced(write=lambda descriptor, data: os.write(descriptor, data[:3])),
        pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as found,
    ):
        append(tmp_path / "a", b"line\n")
    assert (found.value.errno, found.value.filename) == (errno.ENOSPC, str(tmp_path / "a"))


def test_what_is_synced_is_the_file_with_all_that_was_written_to_it(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def fsync(descriptor: int) -> None:
        assert os.path.sameopenfile(descriptor, file.fileno())
        seen.append((tmp_path / "a").read_bytes())

    with new_file(tmp_path / "a") as file, replaced(fsync=fsync):
        file.write(b"still in memory")
        assert (tmp_path / "a").read_bytes() == b""
        sync_file(file)
    assert seen == [b"still in memory"]


def test_a_file_that_is_not_there_is_removed_already(tmp_path: Path) -> None:
    for each in (remove, try_to_remove):
        (tmp_path / "a").touch()
        each(tmp_path / "a")
        assert not (tmp_path / "a").exists()
        each(tmp_path / "a")


def test_a_file_that_cannot_be_removed_is_an_error_only_where_somebody_misses_it(tmp_path: Path) -> None:
    with replaced(unlink=failing(errno.EACCES)):
        try_to_remove(tmp_path / "a")
        with pytest.raises(PermissionError):
            remove(tmp_path / "a")


# Folders


@posix
def test_only_a_folder_is_synced_as_one(tmp_path: Path) -> None:
    """A file in the place of a folder is told, not synced."""
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        sync_folder(tmp_path / "file")


@posix
@pytest.mark.parametrize("call", ["open", "fsync"])
def test_a_folder_that_cannot_be_synced_at_all_is_no_error_and_any_other_failure_is(
    tmp_path: Path, call: str
) -> None:
    passed = set()
    for number in errno.errorcode:
        with replaced(**{call: failing(number)}):
            try:
                sync_folder(tmp_path)
            except OSError as error:
                assert error.errno == number
            else:
                passed.add(number)
    assert passed == {errno.EINVAL, errno.EBADF, errno.EISDIR, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


@posix
@pytest.mark.parametrize("fails", [False, True])
def test_the_descriptor_of_a_folder_is_closed_whether_or_not_it_is_synced(tmp_path: Path, fails: bool) -> None:
    seen: list[int] = []

    def fsync(descriptor: int) -> None:
        seen.append(descriptor)
        if fails:
            raise OSError(errno.EINVAL, "no")

    with replaced(fsync=fsync):
        sync_folder(tmp_path)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(seen[0])


def test_windows_opens_no_folder_to_sync_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Watched() as watched, monkeypatch.context() as system:
        system.setattr(sys, "platform", "win32")
        sync_folder(tmp_path)
    assert watched.count == 0


def test_a_folder_is_made_with_those_above_it_and_the_new_ones_are_told(tmp_path: Path) -> None:
    assert make_folder(tmp_path / "a" / "b" / "c") == [tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a/b/c"]
    assert (tmp_path / "a" / "b" / "c").is_dir()
    assert make_folder(tmp_path / "a" / "d") == [tmp_path / "a" / "d"]
    assert make_folder(tmp_path / "a") == []


def test_a_disk_that_is_not_there_is_an_error() -> None:
    """Windows says of a drive without a disk that its top is not found."""
    with replaced(mkdir=failing(errno.ENOENT)), pytest.raises(FileNotFoundError):
        make_folder(Path(Path.cwd().anchor) / "a" / "b")


@pytest.mark.parametrize("number", [errno.EEXIST, errno.EACCES, errno.EROFS])
def test_a_folder_that_is_there_is_made_whatever_the_system_says_of_it(tmp_path: Path, number: int) -> None:
    with replaced(mkdir=failing(number)):
        assert make_folder(tmp_path) == []
        with pytest.raises(OSError) as found:
            make_folder(tmp_path / "a")
    assert found.value.errno == number


@posix
def test_the_whole_way_below_the_top_is_synced_from_above_and_once(tmp_path: Path, synced: list[Path]) -> None:
    (top := tmp_path / "top").mkdir()
    folders = LastingFolders(top)
    folders.make(top / "a" / "b")
    assert synced == [tmp_path, top, top / "a"]
    synced.clear()
    folders.make(top / "a" / "b")
    folders.make(top / "a")
    assert synced == []
    folders.make(top / "a" / "c")
    assert synced == [top / "a"], "what is known to last is not synced again"


@posix
def test_folders_above_the_top_are_synced_where_they_are_new(tmp_path: Path, synced: list[Path]) -> None:
    top = tmp_path / "x" / "y"
    LastingFolders(top).make(top / "z")
    assert synced == [tmp_path, tmp_path / "x", top]


@posix
def test_of_a_folder_outside_the_top_the_whole_way_is_synced(tmp_path: Path) -> None:
    """A note may name one; whose folders last there is not known."""
    seen: list[Path] = []
    opens, folder = disk.calls.open, tmp_path / "a"
    with replaced(open=lambda path, flags: seen.append(path) or opens(path, flags), fsync=lambda descriptor: None):
        LastingFolders(tmp_path / "top").make(folder)
    assert list(dict.fromkeys(seen)) == [*reversed(folder.parents)]


@posix
def test_a_folder_that_somebody_else_made_is_synced_too(tmp_path: Path, synced: list[Path]) -> None:
    """It may have been made a moment ago, and be on no disk yet."""
    (tmp_path / "top" / "a").mkdir(parents=True)
    LastingFolders(tmp_path / "top").make(tmp_path / "top" / "a")
    assert synced == [tmp_path, tmp_path / "top"]


@posix
def test_a_folder_made_anew_in_the_place_of_one_that_lasted_is_another(tmp_path: Path, synced: list[Path]) -> None:
    folders = LastingFolders(tmp_path)
    folders.make(tmp_path / "a")
    synced.clear()
    (tmp_path / "a").rename(tmp_path / "moved away")  # so that nothing gets its number
    (tmp_path / "a").mkdir()
    folders.make(tmp_path / "a")
    assert synced == [tmp_path]
    synced.clear()
    (tmp_path / "a").rmdir()
    folders.make(tmp_path / "a")
    assert synced == [tmp_path]


@posix
def test_what_is_not_new_may_lie_in_a_folder_that_nobody_may_read(tmp_path: Path, synced: list[Path]) -> None:
    """Nobody can sync that one; what is new must last all the same."""
    (top := tmp_path / "top").mkdir()
    opens = disk.calls.open

    def denied(of: Path) -> Callable[..., Any]:
        def call(path: Path, *rest: Any) -> Any:
            if path == of:
                raise PermissionError(errno.EACCES, "no", str(path))
            return opens(path, *rest)

        return call

    with replaced(open=denied(tmp_path)):
        LastingFolders(top).make(top / "a")
    assert synced == [top]
    with replaced(open=denied(top)), pytest.raises(PermissionError):
        LastingFolders(top).make(top / "b")
    with replaced(fsync=failing(errno.EIO)), pytest.raises(OSError, match=os.strerror(errno.EIO)):
        LastingFolders(top).make(top / "a")


# Names


def test_link_tells_by_these_errors_alone_that_there_are_no_links() -> None:
    no_links = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
    assert {number for number in errno.errorcode if knows_no_links(OSError(number, ""))} == no_links


@pytest.mark.parametrize(
    ("code", "no_links"),
    [(1, True), (50, True), (1142, True), (5, False), (51, False), (80, False), (183, False), (1143, False)],
)
def test_windows_tells_by_its_own_code_that_there_are_no_links(code: int, no_links: bool) -> None:
    error = OSError(errno.EINVAL, "")
    error.winerror = code  # type: ignore[attr-defined,unused-ignore]
    assert knows_no_links(error) is no_links


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A file and a name for it."""
    (source := tmp_path / "source").write_bytes(b"own")
    return source, tmp_path / "target"


@pytest.mark.parametrize("missing", [(), ("rename_new",), ("rename_new", "link")])
@pytest.mark.parametrize("taken", [False, True])
def test_a_name_is_taken_only_where_it_is_free(
    pair: tuple[Path, Path], missing: tuple[str, ...], taken: bool
) -> None:
    """By a rename with a condition; where there is none by a link; where there are none by an empty file first."""
    source, target = pair
    absent = {"rename_new": failing(errno.EINVAL), "link": failing(errno.EPERM)}
    if taken:
        target.write_bytes(b"another's")
    with replaced(**{name: absent[name] for name in missing}):
        if not taken:
            rename_to_new(source, target)
            assert target.read_bytes() == b"own" and not source.exists()
            return
        with pytest.raises(FileExistsError):
            rename_to_new(source, target)
    assert target.read_bytes() == b"another's" and source.read_bytes() == b"own"


def test_only_a_rename_that_knows_no_condition_is_made_otherwise(pair: tuple[Path, Path]) -> None:
    source, target = pair
    otherwise = set()
    for number in errno.errorcode:
        with replaced(rename_new=failing(number)):
            try:
                rename_to_new(source, target)
            except OSError as error:
                assert error.errno == number and not target.exists()
            else:
                otherwise.add(number)
                target.rename(source)
    assert otherwise == {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
    assert source.read_bytes() == b"own"


def test_a_link_that_fails_is_an_error_where_links_are_known(pair: tuple[Path, Path]) -> None:
    source, target = pair
    with (
        replaced(rename_new=failing(errno.EINVAL), link=failing(errno.EIO)),
        pytest.raises(OSError, match=os.strerror(errno.EIO)),
    ):
        rename_to_new(source, target)
    assert source.exists() and not target.exists()


def test_an_empty_file_that_holds_a_name_goes_when_the_rename_fails(pair: tuple[Path, Path]) -> None:
    source, target = pair
    with (
        file_system("no links, no conditional rename"),
        replaced(replace=failing(errno.EIO)),
        pytest.raises(OSError, match=os.strerror(errno.EIO)),
    ):
        rename_to_new(source, target)
    assert source.read_bytes() == b"own" and not target.exists()


def test_windows_renames_by_a_call_that_takes_no_name_by_itself(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = pair
    with monkeypatch.context() as system:
        system.setattr(sys, "platform", "win32")
        system.setattr(disk, "_conditional_rename", lambda: pytest.fail("Windows has no such call"))
        disk._rename_new(source, target)
    assert target.read_bytes() == b"own" and not source.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows renames by another call")
def test_a_conditional_rename_that_fails_tells_why_and_of_which_names(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = pair
    monkeypatch.setattr(disk, "_conditional_rename", lambda: lambda one, other: errno.EEXIST)
    with pytest.raises(FileExistsError, match=os.strerror(errno.EEXIST)) as found:
        disk._rename_new(source, target)
    assert (found.value.filename, found.value.filename2) == (str(source), str(target))
    monkeypatch.setattr(disk, "_conditional_rename", lambda: None)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSYS)) as found_none:
        disk._rename_new(source, target)
    assert (found_none.value.errno, found_none.value.filename) == (errno.ENOSYS, str(target))


def conditional_rename(library: object, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes, bytes], int] | None:
    """What the store finds in that C library; an exception is raised instead of giving it."""

    def load(name: str | None, **_: Any) -> object:
        assert name is None, "it is the library that the program has"
        if isinstance(library, Exception):
            raise library
        return library

    monkeypatch.setattr(ctypes, "CDLL", load)
    return disk._conditional_rename.__wrapped__()


@pytest.mark.parametrize("result", [0, -1])
def test_linux_renames_with_no_replace(monkeypatch: pytest.MonkeyPatch, result: int) -> None:
    """renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE). An errno of before is no failure."""
    called: list[tuple[object, ...]] = []
    library = SimpleNamespace(renameat2=lambda *arguments: called.append(arguments) or result)
    call = conditional_rename(library, monkeypatch)
    ctypes.set_errno(errno.EEXIST)
    assert call is not None and call(b"a", b"b") == (errno.EEXIST if result else 0)
    assert called == [(-100, b"a", -100, b"b", 1)]


@pytest.mark.parametrize("result", [0, -1])
def test_macos_renames_exclusively(monkeypatch: pytest.MonkeyPatch, result: int) -> None:
    """renamex_np(source, target, RENAME_EXCL)."""
    called: list[tuple[object, ...]] = []
    library = SimpleNamespace(renamex_np=lambda *arguments: called.append(arguments) or result)
    call = conditional_rename(library, monkeypatch)
    ctypes.set_errno(errno.ENOTSUP)
    assert call is not None and call(b"a", b"b") == (errno.ENOTSUP if result else 0)
    assert called == [(b"a", b"b", 4)]


@pytest.mark.parametrize("library", [SimpleNamespace(), OSError("no library"), TypeError("no name")])
def test_a_system_without_either_call_has_no_conditional_rename(
    library: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert conditional_rename(library, monkeypatch) is None


def test_the_list_of_calls_holds_the_systems_own(tmp_path: Path) -> None:
    """One made anew does to a disk what the one in use does."""
    fresh, folder, file = DiskCalls(), tmp_path / "a", tmp_path / "b" / "file"
    with replaced(**vars(fresh)):
        disk.calls.mkdir(folder)
        disk.calls.rename(folder, tmp_path / "b")
        with new_file(file) as out:
            out.write(b"x")
            sync_file(out)
        disk.calls.link(file, tmp_path / "b" / "linked")
        rename_to_new(file, tmp_path / "b" / "renamed")
        file.write_bytes(b"another")
        disk.calls.replace(file, tmp_path / "b" / "renamed")
        assert {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()} == {
            "linked": b"x",
            "renamed": b"another",
        }
        for path in list((tmp_path / "b").iterdir()):
            disk.calls.unlink(path)
        disk.calls.rmdir(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []
