"""One scan: sheet sides pass through a pipeline, at the scanner's pace, and become documents in a spool folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from emulator.device.pace import Pace
from emulator.device.pipelines.pipeline import OpenDocument, PagePipeline, Passing
from emulator.device.points import PAGE, PAGE_EVENT, PageAtHead, PageBegun, PageEvent, PageScanned, SheetTaken, Side
from emulator.device.produced import Produced
from emulator.device.sheets import Sheet, SheetSide
from emulator.imaging.decoding.interruption import in_thread
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.pages import PageSource
from emulator.imaging.scanned import Origin, Scanned
from emulator.layers import InterventionFailed, Layers


class Acquisition:
    """Nothing is scanned before it is asked for, and one side at a time: what a job is ahead of its client is
    decided by who asks."""

    def __init__(
        self,
        job: int,
        pipeline: PagePipeline,
        spool_name: Path,
        *,
        duplex: bool,
        limit: int,
        take: Callable[[], Sheet | None],
        sheets: Callable[[], int | None],
        has_more: Callable[[], bool],
        go_ahead: Callable[[], Awaitable[None]],
        pace: Pace,
        layers: Layers,
        origin: Callable[[], Origin] = Origin,
        traced: Callable[[PageSource], PageSource] = lambda source: source,
        on_image: Callable[[int], None] = lambda number: None,
    ) -> None:
        """`job`: its JobId; `spool_name`: documents are this path with `-1`, `-2` ... behind it; `duplex`: both
        sides of each sheet; `limit`: images, 0 for all; `take`: the next sheet, None when there is none, which
        `has_more` says without taking it; `sheets`: how many are in the feeder; `go_ahead`: returns when nothing
        keeps the scanner from scanning; `origin` is asked for each document; `traced` puts the scanner's traces on
        a page of a source; `on_image` is told the number (from 1) of each image that has been scanned."""
        self._job = job
        self._pipeline = pipeline
        self._spool_name = spool_name
        self._duplex = duplex
        self._limit = limit
        self._take = take
        self._sheets = sheets
        self._has_more = has_more
        self._go_ahead = go_ahead
        self._pace = pace
        self._layers = layers
        self._origin = origin
        self._traced = traced
        self._on_image = on_image
        self._sheet: Sheet | None = None
        self._front: SheetSide | None = None
        self._images = 0

    @property
    def complete(self) -> bool:
        """Whether no image is left to scan: as many as asked for have been, or the feeder is empty."""
        return self._enough or (not self._back_is_next and not self._has_more())

    @property
    def _enough(self) -> bool:
        return bool(self._limit) and self._images >= self._limit

    @property
    def _back_is_next(self) -> bool:
        return self._duplex and self._sheet is not None and self._images % 2 == 1

    async def documents(self) -> AsyncGenerator[Produced, None]:
        """One document an image, or one for all images as the pipeline says; none when there is no sheet. Raises
        SourceError for a page that cannot be scanned, OSError for a full disk, what handlers of PAGE raise. However
        it ends, no thread is at work any more then, and no file is left but of the documents given out."""
        number = 1
        try:
            while (passing := await self._feed()) is not None:
                yield await self._document(number, passing)
                number += 1
        finally:
            self._let_go()
            self._pipeline.close()

    async def _document(self, number: int, first: Passing) -> Produced:
        path = self._spool_name.with_name(f"{self._spool_name.name}-{number}")
        whole = not self._pipeline.one_document
        passing: Passing | None = first
        info: DocumentInfo | None = None
        with self._pipeline.document(path, self._origin()) as document:
            while passing is not None:
                info = await self._pass(passing, document, finish=whole)
                passing = None if whole else await self._feed()
            if info is None:
                info = await in_thread(document.finish)
            return Produced.of(number, document.path, info, temporary=document.temporary)

    async def _feed(self) -> Passing | None:
        """The next side: every one with ADFDuplex (rule 11), else fronts; None when enough have been scanned or
        no sheet is left."""
        if self._enough:
            return None
        await self._go_ahead()
        number = self._images + 1
        if self._sheet is not None and self._back_is_next:
            return Passing(number, self._with_traces(self._sheet.back), self._front)
        self._let_go()
        self._sheet = self._take()
        if self._sheet is None:
            return None
        self._tell(SheetTaken(self._job, number, self._sheets()))
        self._front = self._with_traces(self._sheet.front)
        return Passing(number, self._front)

    def _with_traces(self, side: SheetSide) -> SheetSide:
        source = self._traced(side.source)
        return side if source is side.source else replace(side, source=source)

    async def _pass(self, passing: Passing, document: OpenDocument, *, finish: bool) -> DocumentInfo | None:
        """Scan a side into its document; with `finish` it is the last."""
        side: Side = "front" if passing.front is None else "back"
        self._tell(PageBegun(self._job, passing.number, side))
        scanned = await self._asked(passing, side) if self._layers.handled(PAGE) else None
        info = await in_thread(_put, document, passing, scanned, finish=finish)
        self._images += 1
        await self._pace.page()
        self._on_image(self._images)
        self._tell(PageScanned(self._job, passing.number, side))
        return info

    async def _asked(self, passing: Passing, side: Side) -> Scanned | None:
        """The image that a handler of PAGE has made of the side; None where it has made none."""

        async def scan() -> Scanned:
            await self._go_ahead()
            return await in_thread(self._pipeline.scan, passing)

        page = PageAtHead(self._job, passing.number, side, scan)
        try:
            answer = await self._layers.ask(PAGE, page)
        except InterventionFailed as error:
            if page.failure is not None and error.__cause__ is page.failure:
                raise page.failure from None  # not the handler's
            raise
        await self._go_ahead()
        return answer or page.scanned

    def _tell(self, event: PageEvent) -> None:
        self._layers.tell(PAGE_EVENT, event)

    def _let_go(self) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            sheet.release()


def _put(document: OpenDocument, passing: Passing, scanned: Scanned | None, *, finish: bool) -> DocumentInfo | None:
    document.add(passing, scanned)
    return document.finish() if finish else None
