"""One scan: sheet sides pass the scan head, at the scanner's pace, and become documents in a spool folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

from emulator.device.feeder import Sheet, SheetSide
from emulator.device.production import Pace, Produced, produced_from
from emulator.imaging.decoding.interruption import in_thread
from emulator.imaging.encode import DocumentWriter, open_document
from emulator.imaging.pages import PageSource
from emulator.imaging.scan_head import scan
from emulator.imaging.scanned import Origin
from emulator.wsscan.values.detected import on_medium
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.ticket import EffectiveTicket


class Acquisition:
    """Nothing is scanned before it is asked for, and one side at a time: what a job is ahead of its client is
    decided by who asks."""

    def __init__(
        self,
        ticket: EffectiveTicket,
        spool_name: Path,
        *,
        take: Callable[[], Sheet | None],
        has_more: Callable[[], bool],
        go_ahead: Callable[[], Awaitable[None]],
        pace: Pace,
        origin: Callable[[], Origin] = Origin,
        traced: Callable[[PageSource], PageSource] = lambda source: source,
        on_image: Callable[[int], None] = lambda number: None,
    ) -> None:
        """`spool_name`: documents are this path with `-1`, `-2` ... behind it; `take`: the next sheet, None when
        there is none, which `has_more` says without taking it; `go_ahead`: returns when nothing keeps the
        scanner from scanning; `origin` is asked for each document; `traced` puts the
        scanner's traces on a page of a source; `on_image` is told the number (from 1) of each image that has been
        scanned."""
        self._ticket = ticket
        self._spool_name = spool_name
        self._take = take
        self._has_more = has_more
        self._go_ahead = go_ahead
        self._pace = pace
        self._origin = origin
        self._traced = traced
        self._on_image = on_image
        self._sheet: Sheet | None = None
        self._images = 0
        self._medium: Dimensions | None = None

    @property
    def complete(self) -> bool:
        """Whether no image is left to scan: as many as asked for have been, or the feeder is empty."""
        limit = self._ticket.images_to_transfer
        if limit and self._images >= limit:
            return True
        return not self._back_is_next and not self._has_more()

    @property
    def _back_is_next(self) -> bool:
        return self._ticket.back is not None and self._sheet is not None and self._images % 2 == 1

    async def documents(self) -> AsyncGenerator[Produced, None]:
        """One document an image, or one for all images in a multi-image format; none when there is no sheet.
        Raises SourceError for a page that cannot be scanned, OSError for a full disk. However it ends, no thread
        is at work any more then, and no file is left but of the documents given out."""
        number = 1
        try:
            while (produced := await self._document(number)) is not None:
                yield produced
                number += 1
        finally:
            self._let_go()

    async def _document(self, number: int) -> Produced | None:
        path = self._spool_name.with_name(f"{self._spool_name.name}-{number}")
        writer: DocumentWriter | None = None
        try:
            while (side := await self._feed()) is not None:
                if writer is None:
                    writer = open_document(path, self._ticket, self._origin())
                await in_thread(self._scan, side, writer)
                self._images += 1
                await self._pace.page()
                self._on_image(self._images)
                if not self._ticket.multi_image:
                    break
            if writer is None:
                return None
            return produced_from(number, path, await in_thread(writer.finish))
        except BaseException:
            if writer is not None:
                writer.discard()
            raise

    async def _feed(self) -> SheetSide | None:
        """The next side: every one with ADFDuplex (rule 11), else fronts; None when enough have been scanned or
        no sheet is left."""
        if self._ticket.images_to_transfer and self._images >= self._ticket.images_to_transfer:
            return None
        await self._go_ahead()
        if self._sheet is not None and self._back_is_next:
            return self._sheet.back
        self._let_go()
        self._sheet = self._take()
        return None if self._sheet is None else self._sheet.front

    def _scan(self, side: SheetSide, writer: DocumentWriter) -> None:
        number = self._images + 1
        ticket = self._ticket
        if self._back_is_next and self._medium is not None:
            ticket = on_medium(ticket, self._medium)  # as large as its front
        with side.lock:
            scanned = scan(self._traced(side.source), side.index, ticket.side(number), ticket)
        self._medium = scanned.medium
        writer.add(scanned)

    def _let_go(self) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            sheet.release()
