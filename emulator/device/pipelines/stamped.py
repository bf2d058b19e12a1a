"""Load mode: few pages are scanned and encoded, and the documents of a job are numbered copies of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeAlias

from emulator.device.pipelines.pipeline import PassingSide
from emulator.device.pipelines.scanned import ScannedPages
from emulator.imaging.content import TextThreshold
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.scanned import Origin, Scanned
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
    works_ahead = False
    instant = False
    temporary = True

    def __init__(
        self,
        ticket: EffectiveTicket,
        *,
        pages: int,
        copies: int,
        name: str = "",
        text: TextThreshold = "adaptive",
    ) -> None:
        """Raise UnsupportedFormat for a ticket whose scans cannot be stamped.

        - `pages`: how many there are, after which they come again.
        - `copies`: how many documents in all.
        - `name`: of the job, for the label.
        - `text`: how the device tells ink from paper in black and white.
        """
        self._ticket = ticket
        self._pages = pages
        self._imprint = Imprint(copies, name)
        require_stampable(ticket, self._imprint)
        self.scan = ScannedPages(ticket, text=text).scan
        """The page without a number."""
        self._prepared: dict[_Body, StampedPage] = {}
        self._finished: tuple[Path, DocumentInfo] | None = None

    def add(self, passing: PassingSide, scanned: Scanned | None, path: Path, origin: Origin) -> None:
        """See PagePipeline. An image that is given is of this copy alone."""
        sized_by = passing.front if self._ticket.size_auto_detect else None
        front = None if sized_by is None else sized_by.index % self._pages
        body = (passing.side.index % self._pages, self._ticket.side(passing.number), front)
        page = self._prepared.get(body) if scanned is None else None
        if page is None:
            encoded = path.with_name(f"{path.name}.stamped")
            at_hand = len(self._prepared) < AT_HAND
            image = scanned or self.scan(passing)
            page = StampedPage(image, self._ticket, encoded, self._imprint, origin, at_hand=at_hand)
            if scanned is None:
                self._prepared[body] = page
        try:
            self._finished = path, page.write(path, passing.number)
        finally:
            if scanned is not None:
                page.discard()

    def finish(self) -> tuple[Path, DocumentInfo]:
        """See PagePipeline."""
        assert self._finished is not None, "something has been added"
        return self._finished

    def close(self) -> None:
        """Remove the encoded pages."""
        for page in self._prepared.values():
            page.discard()
        self._prepared.clear()
