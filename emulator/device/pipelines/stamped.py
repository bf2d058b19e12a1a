"""Load mode: few pages are scanned and encoded, and the documents of a job are numbered copies of them."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

from emulator.device.pipelines.pipeline import Passing
from emulator.device.pipelines.scanned import ScannedPages
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.scanned import NO_ORIGIN, Origin, Scanned
from emulator.imaging.stamped.imprint import Imprint
from emulator.imaging.stamped.splice import require_stampable
from emulator.imaging.stamped.stamped_page import StampedPage
from emulator.wsscan.values.ticket import EffectiveSide, EffectiveTicket

AT_HAND: Final = 16
"""Pages whose foot stays in memory; those of the others are read for each copy."""

_Body: TypeAlias = tuple[int, EffectiveSide, int | None]
"""Number of the page among those that copies are made of, how it is scanned, and where its size decides, the number
of the front that it is the back of."""


class StampedCopies:
    """A document a copy, with its number at the foot (`PagePipeline`): pages come in turn, again and again."""

    one_document = False

    def __init__(self, ticket: EffectiveTicket, *, pages: int, copies: int, name: str = "") -> None:
        """`pages`: how many there are, after which they come again; `copies`: how many documents in all; `name` of
        the job, for the label. Raises UnsupportedFormat for a ticket whose scans cannot be stamped."""
        self._scanned = ScannedPages(ticket)
        self._ticket = ticket
        self._pages = pages
        self._imprint = Imprint(copies, name)
        require_stampable(ticket, self._imprint)
        self._prepared: dict[_Body, StampedPage] = {}

    def scan(self, passing: Passing) -> Scanned:
        """The page without a number. Raises SourceError."""
        return self._scanned.scan(passing)

    def document(self, path: Path, origin: Origin = NO_ORIGIN) -> StampedCopy:
        """See PagePipeline."""
        return StampedCopy(self, path, origin)

    def write(self, path: Path, origin: Origin, passing: Passing, scanned: Scanned | None) -> DocumentInfo:
        """Write a copy. `scanned`: an image for it alone. Raises SourceError, OSError."""
        if scanned is not None:
            page = self._encoded(scanned, path, origin, at_hand=True)
            try:
                return page.write(path, passing.number)
            finally:
                page.discard()
        body = self._body(passing)
        if body not in self._prepared:
            at_hand = len(self._prepared) < AT_HAND
            self._prepared[body] = self._encoded(self.scan(passing), path, origin, at_hand=at_hand)
        return self._prepared[body].write(path, passing.number)

    def _body(self, passing: Passing) -> _Body:
        sized_by = passing.front if self._ticket.size_auto_detect else None
        return (
            passing.side.index % self._pages,
            self._ticket.side(passing.number),
            None if sized_by is None else sized_by.index % self._pages,
        )

    def _encoded(self, scanned: Scanned, path: Path, origin: Origin, *, at_hand: bool) -> StampedPage:
        body = path.with_name(f"{path.name}.stamped")
        return StampedPage(scanned, self._ticket, body, self._imprint, origin, at_hand=at_hand)

    def close(self) -> None:
        """Remove the encoded pages."""
        for page in self._prepared.values():
            page.discard()
        self._prepared.clear()


class StampedCopy:
    """One copy (`OpenDocument`)."""

    temporary = True

    def __init__(self, pipeline: StampedCopies, path: Path, origin: Origin) -> None:
        self.path = path
        self._pipeline = pipeline
        self._origin = origin
        self._info: DocumentInfo | None = None

    def add(self, passing: Passing, scanned: Scanned | None = None) -> None:
        """See OpenDocument."""
        self._info = self._pipeline.write(self.path, self._origin, passing, scanned)

    def finish(self) -> DocumentInfo:
        """See OpenDocument."""
        if self._info is None:
            raise ValueError("a document needs at least one image")
        return self._info

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.path.unlink(missing_ok=True)
