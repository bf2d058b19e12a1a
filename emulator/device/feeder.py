"""What the scanner scans from: a feeder that empties sheet by sheet, and glass that always holds a page."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import Page, PageSource, Wanted
from emulator.wsscan.values.geometry import Dimensions


@dataclass(frozen=True, slots=True)
class SheetSide:
    """One side of a sheet: page `index` (from 0) of a source."""

    source: PageSource
    index: int
    lock: threading.Lock = field(default_factory=threading.Lock, compare=False)
    """Whoever asks the source for a page holds it: a job may scan a sheet while the device looks at the next."""


class _Blank:
    """The back of a sheet that is printed on one side."""

    def __len__(self) -> int:
        return 1

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        return Page(Image.new("L", (8, 8), "white"), None, "blank back")

    def close(self) -> None:
        """Nothing is open."""


_BLANK: Final = SheetSide(_Blank(), 0)


class _Stack:
    """Sheets that came together. Their sources stay open while a sheet is with the scan head."""

    def __init__(self, count: int, fronts: PageSource, backs: PageSource | None = None) -> None:
        """`backs` None: front and back are pages of `fronts` in turn; otherwise page n of each is on sheet n."""
        self.left = count
        self._count = count
        self._fronts = fronts
        self._backs = backs
        self._in_use = 0
        self._lock = threading.Lock()

    def side(self, sheet: int, *, back: bool) -> SheetSide:
        if self._backs is None:
            index = 2 * sheet + back
            return SheetSide(self._fronts, index, self._lock) if index < len(self._fronts) else _BLANK
        source = self._backs if back else self._fronts
        return SheetSide(source, sheet, self._lock) if sheet < len(source) else _BLANK

    def take(self) -> Sheet:
        sheet = self.look()
        self.left -= 1
        return sheet

    def look(self) -> Sheet:
        """The next sheet, which stays where it is."""
        self._in_use += 1
        number = self._count - self.left
        return Sheet(self.side(number, back=False), self.side(number, back=True), self)

    def drop(self) -> None:
        self.left = 0
        self._close_unused()

    def release(self) -> None:
        self._in_use -= 1
        self._close_unused()

    def _close_unused(self) -> None:
        if not self.left and not self._in_use:
            self._fronts.close()
            if self._backs is not None:
                self._backs.close()


@dataclass(slots=True)
class Sheet:
    """A sheet at the scan head. `release` it when it has passed, or its files stay open."""

    front: SheetSide
    back: SheetSide
    _stack: _Stack

    def release(self) -> None:
        """The sheet is done with. Call it once."""
        self._stack.release()


@dataclass(frozen=True, slots=True)
class Paper:
    """What synthetic letters are written on, and for whom."""

    device: str = "Office MFP"
    seed: int = 0
    size: Dimensions | None = None
    """Of the sheets; None: as large as the medium that is scanned."""

    def letter(self, count: int, where: str, number: int = 0) -> LetterSource:
        """A letter of `count` pages that says where it lay; another for each `number`."""
        return LetterSource(count, seed=self.seed + number, device=self.device, job=where, size=self.size)


class Feeder:
    """The document feeder (ADF): first in, first out."""

    def __init__(self, capacity: int, paper: Paper | None = None) -> None:
        """`capacity`: sheets that it takes; `paper`: of the synthetic letters."""
        self.capacity = capacity
        self._paper = paper or Paper()
        self._letters = 0
        self._stacks: deque[_Stack] = deque()

    def __len__(self) -> int:
        """Sheets in it."""
        return sum(stack.left for stack in self._stacks)

    def load_letters(self, count: int) -> None:
        """Put in `count` sheets: page n of one letter on the front of sheet n, page n of another on its back.
        Raises ValueError for fewer than one, and for more than there is room for."""
        if count < 1:
            raise ValueError(f"{count} sheets: at least one is needed")
        self._require_room(count)
        fronts = self._paper.letter(count, "feeder, front", self._letters)
        backs = self._paper.letter(count, "feeder, back", self._letters + 1)
        self._letters += 2  # two loads are four letters
        self._stacks.append(_Stack(count, fronts, backs))

    def load_pages(self, pages: PageSource, *, two_sided: bool = False) -> None:
        """Put in the pages of a source, one on the front of each sheet, or with `two_sided` on both sides. The
        feeder closes the source. Raises ValueError for none, and for more than there is room for."""
        count = (len(pages) + 1) // 2 if two_sided else len(pages)
        try:
            if not count:
                raise ValueError("there is no page to put into the feeder")
            self._require_room(count)
        except ValueError:
            pages.close()
            raise
        self._stacks.append(_Stack(count, pages, None if two_sided else _Blank()))

    def _require_room(self, count: int) -> None:
        room = self.capacity - len(self)
        if count > room:
            raise ValueError(f"{count} sheets: the feeder takes {self.capacity}, and has room for {room} more")

    def take(self) -> Sheet | None:
        """The next sheet, or None when it is empty."""
        if not self._stacks:
            return None
        stack = self._stacks[0]
        sheet = stack.take()
        if not stack.left:
            self._stacks.popleft()
        return sheet

    def look(self) -> Sheet | None:
        """The next sheet, which stays in it, or None when it is empty."""
        return self._stacks[0].look() if self._stacks else None

    def clear(self) -> None:
        """Take out all sheets."""
        while self._stacks:
            self._stacks.popleft().drop()

    def renew(self) -> None:
        """Take out all sheets; the next letters are the first ones again."""
        self.clear()
        self._letters = 0


class Glass:
    """Platen or film holder: a page lies on it, whatever is scanned."""

    def __init__(self, paper: Paper | None = None, where: str = "platen") -> None:
        """`paper`: of the synthetic letter, which says that it lay there: `where`."""
        self._paper = paper or Paper()
        self._where = where
        self._stack = self._letter()

    def _letter(self) -> _Stack:
        return _Stack(1, self._paper.letter(1, self._where), _Blank())

    def place(self, pages: PageSource | None) -> None:
        """Lay on the first page of a source, which is closed when it is taken away; None: the letter again.
        Raises ValueError for a source without pages."""
        if pages is not None and not len(pages):
            pages.close()
            raise ValueError(f"there is no page to put on the {self._where}")
        before, self._stack = self._stack, self._letter() if pages is None else _Stack(1, pages, _Blank())
        before.drop()

    def look(self) -> Sheet:
        """What lies on it."""
        return self._stack.look()
