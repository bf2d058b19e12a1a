"""Names for documents in a folder of others: numbers go on behind those that are there."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Final

from emulator.scan_server.naming import document_name, highest_numbers, stem_key

_given_just_now: Final[set[tuple[str, str]]] = set()
_giving: Final = threading.Lock()


@contextlib.contextmanager
def alone_with(folder: str, name: str) -> Iterator[bool]:
    """Whether nobody else in this program is about to give that name in that folder (as UNC path or URL) just now;
    for as long as the block lasts nobody is told so again.

    Servers that never write over a file look for it first and rename then (Samba and nginx do), two steps between
    which another connection can take the name.
    """
    claim = folder.casefold(), name.casefold()
    with _giving:
        free = claim not in _given_just_now
        _given_just_now.add(claim)
    try:
        yield free
    finally:
        if free:
            with _giving:
                _given_just_now.discard(claim)


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
