"""Sheets of paper, and what they are taken from: pages of a source, on one side of each sheet or on both."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from PIL import Image

from emulator.imaging.pages import Page, PageSource, Wanted


@dataclass(frozen=True, slots=True)
class SheetSide:
    """One side of a sheet: page `index` (from 0) of a source."""

    source: PageSource
    index: int
    lock: threading.Lock = field(default_factory=threading.Lock, compare=False)
    """Whoever asks the source for a page holds it: a job may scan a sheet while the device looks at the next."""


class Blank:
    """The back of a sheet that is printed on one side."""

    def __len__(self) -> int:
        return 1

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        return Page(Image.new("L", (8, 8), "white"), None, "blank back")

    def close(self) -> None:
        """Nothing is open."""


_BLANK: Final = SheetSide(Blank(), 0)
_NUMBERS: Final = count(1)


class Stack:
    """Sheets that came together. Their sources stay open while a sheet is with the scan head."""

    def __init__(self, count: int, fronts: PageSource, backs: PageSource | None = None) -> None:
        """`backs` None: front and back are pages of `fronts` in turn; otherwise page n of each is on sheet n."""
        self.number = next(_NUMBERS)
        """No other stack of the process has it."""
        self.left = count
        self._count = count
        self._fronts = fronts
        self._backs = backs
        self._in_use = 0
        self._closed = False
        self._lock = threading.Lock()

    @classmethod
    def of_pages(cls, pages: PageSource, *, two_sided: bool) -> Stack:
        """All pages of a source, one on the front of each sheet, or with `two_sided` on both sides."""
        count = (len(pages) + 1) // 2 if two_sided else len(pages)
        return cls(count, pages, None if two_sided else Blank())

    def side(self, sheet: int, *, back: bool) -> SheetSide:
        """A side of sheet number `sheet` (from 0)."""
        if self._backs is None:
            index = 2 * sheet + back
            return SheetSide(self._fronts, index, self._lock) if index < len(self._fronts) else _BLANK
        source = self._backs if back else self._fronts
        return SheetSide(source, sheet, self._lock) if sheet < len(source) else _BLANK

    def lying(self) -> Iterator[int]:
        """Numbers (from 0) of the sheets that are left, the next first."""
        return iter(range(self._count - self.left, self._count))

    def sheet(self, number: int) -> Sheet:
        """The sheet of that number (from 0), which stays where it is."""
        self._in_use += 1
        return Sheet(self.side(number, back=False), self.side(number, back=True), self)

    def take(self) -> Sheet:
        """The next sheet."""
        sheet = self.look()
        self.left -= 1
        return sheet

    def look(self) -> Sheet:
        """The next sheet, which stays where it is."""
        return self.sheet(self._count - self.left)

    def drop(self) -> None:
        """Take away all that are left."""
        self.left = 0
        self._close_unused()

    def release(self) -> None:
        """A sheet has passed."""
        self._in_use -= 1
        self._close_unused()

    def _close_unused(self) -> None:
        if not self.left and not self._in_use and not self._closed:
            self._closed = True
            self._fronts.close()
            if self._backs is not None:
                self._backs.close()


@dataclass(slots=True)
class Sheet:
    """A sheet at the scan head. `release` it when it has passed, or its files stay open."""

    front: SheetSide
    back: SheetSide
    _stack: Stack

    @property
    def stack(self) -> int:
        """Number of the stack that it came with."""
        return self._stack.number

    def release(self) -> None:
        """The sheet is done with. Call it once."""
        self._stack.release()
