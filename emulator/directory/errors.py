"""The error of this room."""

from __future__ import annotations


class DirectoryError(ValueError):
    """A directory that cannot be read, or that has not what was asked of it. `str()` is one line; of a file
    it names the file and, where there is one, the line or the field."""
