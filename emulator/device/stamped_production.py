"""Load mode: few pages are scanned and encoded, and the documents of a job are numbered copies of them."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Final

from emulator.device.production import Pace, Produced, ScannedProduction
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.pages import PageSource
from emulator.imaging.scan_head import scan
from emulator.imaging.scanned import Origin
from emulator.imaging.stamped.imprint import Imprint
from emulator.imaging.stamped.splice import require_stampable
from emulator.imaging.stamped.stamped_page import StampedPage
from emulator.wsscan.values.ticket import EffectiveSide, EffectiveTicket

AT_HAND: Final = 16
"""Pages whose foot stays in memory; those of the others are read for each copy."""


class StampedProduction(ScannedProduction):
    """The pages of a source in turn, again and again, each copy with its number at the foot."""

    def __init__(
        self,
        source: PageSource,
        ticket: EffectiveTicket,
        spool: Path,
        *,
        pages: int | None = None,
        name: str = "",
        pace: Pace | None = None,
        origin: Callable[[], Origin] = Origin,
        on_page: Callable[[int], None] = lambda number: None,
    ) -> None:
        """`pages`: how many copies in all (None: one of each page of the source); `name` of the job, for the label.
        Raises UnsupportedFormat for a ticket whose scans cannot be stamped."""
        super().__init__(source, ticket, spool, pace=pace, origin=origin, on_page=on_page)
        self._pages = len(source) if pages is None else pages
        self._imprint = Imprint(self.total, name)
        require_stampable(ticket, self._imprint)
        self._prepared: dict[tuple[int, EffectiveSide], StampedPage] = {}
        self._lock = threading.Lock()

    @property
    def total(self) -> int:
        """Copies that will be made: as many as asked for, or as ImagesToTransfer says."""
        wanted = self._ticket.images_to_transfer
        return min(self._pages, wanted) if wanted else self._pages

    @property
    def left_out(self) -> int:
        """Copies that are not made because ImagesToTransfer is smaller."""
        return self._pages - self.total

    async def documents(self) -> AsyncGenerator[Produced, None]:
        """One document a copy."""
        copies = super().documents()
        try:
            async for produced in copies:
                yield produced
        finally:
            await copies.aclose()
            for page in self._prepared.values():
                page.discard()
            self._prepared.clear()

    def _encode_page(self, number: int, path: Path) -> DocumentInfo:
        index = (number - 1) % len(self._source)
        side = self._ticket.side(number)
        with self._lock:
            page = self._prepared.get((index, side))
            if page is None:
                body = self._spool / f"stamped-{len(self._prepared):06d}"
                scanned = scan(self._source, index, side, self._ticket)
                page = StampedPage(
                    scanned,
                    self._ticket,
                    body,
                    self._imprint,
                    self._origin(),
                    at_hand=len(self._prepared) < AT_HAND,
                )
                self._prepared[index, side] = page
        return page.write(path, number)
