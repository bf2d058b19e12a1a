"""Names for documents in a folder of others: numbers go on behind those that are there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from emulator.scan_server.naming import document_name, highest_numbers, stem_key


class NumberedNames:
    """Gives one name after the other."""

    def __init__(self, stem: str, last: int) -> None:
        """`last`: the highest number that is taken."""
        self._stem = stem
        self._last = last

    @classmethod
    def behind(cls, stem: str, names: Iterable[str]) -> NumberedNames:
        """Behind those of the files `names` that have the stem."""
        return cls(stem, highest_numbers(names).get(stem_key(stem), 0))

    def next(self, extension: str) -> str:
        """The next name, for a document with that extension."""
        self._last += 1
        return document_name(self._stem, self._last, extension)


async def first_free(stem: str, extension: str, taken: Callable[[str], Awaitable[bool]]) -> int:
    """A number that is free, where a server does not list its folder: in some 2 log n questions."""
    high = 1
    while await taken(document_name(stem, high, extension)):
        high *= 2
    low = high // 2  # taken, or 0
    while low + 1 < high:
        middle = (low + high) // 2
        if await taken(document_name(stem, middle, extension)):
            low = middle
        else:
            high = middle
    return high
