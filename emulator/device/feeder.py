"""What the scanner scans from: a feeder that empties sheet by sheet, and glass that always holds a page."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from emulator.device.sheets import Blank, Sheet, Stack
from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import PageSource
from emulator.wsscan.values.geometry import Dimensions


@dataclass(frozen=True, slots=True)
class LetterPaper:
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

    def __init__(self, capacity: int, paper: LetterPaper | None = None) -> None:
        """`capacity`: sheets that it takes; `paper`: of the synthetic letters."""
        self.capacity = capacity
        self._paper = paper or LetterPaper()
        self._letters = 0
        self._stacks: deque[Stack] = deque()

    def __len__(self) -> int:
        """Sheets in it."""
        # Whoever has laid in more than it takes adds the others as sheets pass.
        return min(self.capacity, sum(stack.left for stack in self._stacks))

    def load_letters(self, count: int, *, replace: bool = False) -> None:
        """Put in `count` sheets: page n of one letter on the front of sheet n, page n of another on its back.
        With `replace` they come in place of what lies in it. Raises ValueError for fewer than one, and for more
        than there is room for; then it is as it was."""
        if count < 1:
            raise ValueError(f"{count} sheets: at least one is needed")
        self._require_room(count, replace=replace)
        fronts = self._paper.letter(count, "feeder, front", self._letters)
        backs = self._paper.letter(count, "feeder, back", self._letters + 1)
        self._letters += 2  # two loads are four letters
        self._put(Stack(count, fronts, backs), replace=replace)

    def load_pages(self, pages: PageSource, *, two_sided: bool = False, replace: bool = False) -> None:
        """Put in the pages of a source, one on the front of each sheet, or with `two_sided` on both sides. The
        feeder closes the source. `replace` and what is raised: as for `load_letters`."""
        stack = Stack.of_pages(pages, two_sided=two_sided)
        try:
            if not stack.left:
                raise ValueError("there is no page to put into the feeder")
            self._require_room(stack.left, replace=replace)
        except ValueError:
            stack.drop()
            raise
        self._put(stack, replace=replace)

    def lay(self, stack: Stack) -> None:
        """Put sheets on top of what lies in it, more of them as there is room."""
        self._stacks.appendleft(stack)

    def take_away(self, stack: Stack) -> None:
        """Take out what is left of sheets that were laid in."""
        if stack in self._stacks:
            self._stacks.remove(stack)
        stack.drop()

    def _put(self, stack: Stack, *, replace: bool) -> None:
        if replace:
            self.clear()
        self._stacks.append(stack)

    def _require_room(self, count: int, *, replace: bool) -> None:
        room = self.capacity - (0 if replace else len(self))
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

    def lying(self) -> Iterator[tuple[int, int]]:
        """The sheets in it, the next first: number of the stack that each came with, and its own (from 0) there."""
        return islice(((stack.number, sheet) for stack in self._stacks for sheet in stack.lying()), self.capacity)

    def find(self, stack: int, sheet: int) -> Sheet | None:
        """The sheet of those two numbers, which stays in it; None where it is there no more."""
        found = next((each for each in self._stacks if each.number == stack), None)
        return None if found is None or sheet not in found.lying() else found.sheet(sheet)

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

    def __init__(self, paper: LetterPaper | None = None, where: str = "platen") -> None:
        """`paper`: of the synthetic letter, which says that it lay there: `where`."""
        self._paper = paper or LetterPaper()
        self._where = where
        self._stack = self._letter()
        self._laid: Stack | None = None

    def _letter(self) -> Stack:
        return Stack(1, self._paper.letter(1, self._where), Blank())

    def place(self, pages: PageSource | None) -> None:
        """Lay on the first page of a source, which is closed when it is taken away; None: the letter again.
        Raises ValueError for a source without pages."""
        if pages is not None and not len(pages):
            pages.close()
            raise ValueError(f"there is no page to put on the {self._where}")
        before, self._stack = self._stack, self._letter() if pages is None else Stack(1, pages, Blank())
        before.drop()

    def lay(self, stack: Stack) -> None:
        """Lay sheets on it, one after another, in place of what lies there."""
        self._laid = stack

    def take_away(self, stack: Stack) -> None:
        """No more of them: what lay there before lies there again."""
        self._laid = None
        stack.drop()

    def look(self) -> Sheet:
        """Return what lies on it."""
        return self._top.look()

    def take(self) -> Sheet:
        """Return what lies on it and is scanned now: of sheets that are laid on one after another the next."""
        return self._top.take() if self._top is self._laid else self._top.look()

    @property
    def _top(self) -> Stack:
        return self._laid if self._laid is not None and self._laid.left else self._stack
