"""Folders as a person sorts them: page2 before page10."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sort key of a name: numbers by value, text without case. The name itself settles what is equal then."""
    pieces = re.split(r"([0-9]+)", name.casefold())
    key: list[tuple[int, int | str]] = [
        (0, int(piece)) if piece.isdecimal() else (1, piece) for piece in pieces if piece
    ]
    return (*key, (2, name))


def walk(folder: Path) -> Iterator[Path]:
    """Files of a folder, naturally sorted, then those of its folders in the same way, to any depth. Hidden
    ones (`.name`) are left out; links to folders are not followed, so there is no going round in circles.
    Raises OSError."""
    entries = sorted(
        (entry for entry in folder.iterdir() if not entry.name.startswith(".")),
        key=lambda entry: natural_key(entry.name),
    )
    for entry in entries:
        if entry.is_file():
            yield entry
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            yield from walk(entry)
