"""Files that are there whole or not at all, and files that were there before."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from emulator.environment.exit_codes import ExitCode, LabError

_FULL: Final = frozenset({errno.ENOSPC, errno.EIO, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


def part_path(path: Path) -> Path:
    """Return what a file is called until it is whole."""
    return path.with_name(f".{path.name}.part")


@contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """Within: a name to write to; the file gets its own name at the end, and is gone if something was raised."""
    part = part_path(path)
    try:
        yield part
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)


def require_free(path: Path, option: str, *, overwrite: bool) -> None:
    """Raise LabError for a file that is there, unless it may be overwritten, and for a folder. What is no file on a
    disk (/dev/stdout, a pipe) is nobody's content. `option`: which names the file."""
    if path.is_dir():
        raise LabError(f"{option} {path}: it is a folder")
    if path.is_file() and not overwrite:
        raise LabError(
            f"{option} {path}: the file is there already", hint=f"--overwrite replaces it, {option} names another"
        )


def not_written(path: Path | str, error: OSError, option: str = "") -> LabError:
    """The error of a file or folder that cannot be written: 2 where the place is wrong, 1 where the disk is."""
    where = error.filename or path
    if Path(where).name.startswith(f"{Path(path).name}."):  # the file beside it, that becomes it when it is whole
        where = path
    code = ExitCode.FAILED if error.errno in _FULL else ExitCode.USAGE
    named = f"{option} {where}" if option else f"{where}"
    if isinstance(error, FileExistsError):  # of mkdir: nobody else is told so
        return LabError(f"{named}: a file lies there, where a folder is wanted", code)
    return LabError(f"{named}: cannot be written: {error.strerror or error}", code)
