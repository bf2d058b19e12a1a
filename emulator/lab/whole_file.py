"""Files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def part_path(path: Path) -> Path:
    """What a file is called until it is whole."""
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
