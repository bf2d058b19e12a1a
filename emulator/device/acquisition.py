"""One scan: sheet sides pass through a pipeline, at the scanner's pace, and become documents in a spool folder."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

from emulator.device.pipelines.pipeline import PagePipeline, PassingSide
from emulator.device.pipelines.scanned import ScannedPages
from emulator.device.points import PAGE, PAGE_EVENT, PageAtHead, PageBegun, PageScanned, SheetTaken, Side
from emulator.device.produced import Produced
from emulator.device.scan_engine import ScanEngine
from emulator.device.scan_jobs import ScanJob
from emulator.device.sheets import Sheet, SheetSide
from emulator.imaging.decoding.interruption import in_thread
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.scanned import Origin, Scanned
from emulator.layers import InterventionFailed


class Acquisition:
    """Nothing is scanned before it is asked for, and one side at a time: what a job is ahead of its client is
    decided by who asks. Whoever uses it holds the engine's `head`."""

    def __init__(self, engine: ScanEngine, job: ScanJob, spool_name: Path) -> None:
        """`spool_name`: documents are this path with `-1`, `-2` ... behind it."""
        ticket, originals = job.resolved.to_scan, job.originals
        self._engine = engine
        self._job = job
        self._ticket = ticket
        self._spool_name = spool_name
        text = engine.profile.black_and_white.text
        self._pipeline: PagePipeline = (
            ScannedPages(ticket, text=text, on_document=engine.on_document)
            if originals is None
            else originals.pipeline
        )
        self._limit = ticket.images_to_transfer if originals is None else originals.images
        self._pace = engine.pace(job)
        self._sheet: Sheet | None = None
        self._front: SheetSide | None = None

    @property
    def complete(self) -> bool:
        """Whether no image is left to scan: as many as asked for have been, or the feeder is empty.
        [wscn/validation/zero-images-of-feeder]"""
        return self._enough or (not self._back_is_next and not self._engine.has_sheets(self._ticket))

    @property
    def _enough(self) -> bool:
        return bool(self._limit) and self._job.scans_completed >= self._limit

    @property
    def _back_is_next(self) -> bool:
        return self._ticket.back is not None and self._sheet is not None and self._job.scans_completed % 2 == 1

    async def documents(self) -> AsyncGenerator[Produced, None]:
        """One document an image, or one for all images as the pipeline says; none when there is no sheet. Raises
        SourceError for a page that cannot be scanned, OSError for a full disk, what handlers of PAGE raise. However
        it ends, no thread is at work any more then, and no file is left but of the documents given out.
        [wscn/format/one-image-a-file] [wscn/format/all-images-in-one-file]"""
        number = 1
        try:
            while (passing := await self._feed()) is not None:
                yield await self._document(number, passing)
                number += 1
        finally:
            self._let_go()
            await self._close()

    async def _document(self, number: int, first: PassingSide) -> Produced:
        path = self._spool_name.with_name(f"{self._spool_name.name}-{number}")
        origin, pipeline = self._engine.origin(), self._pipeline
        passing: PassingSide | None = first
        finished: tuple[Path, DocumentInfo] | None = None
        try:
            while passing is not None:
                scanned = await self._begin(passing)
                if pipeline.instant:
                    finished = _put(pipeline, passing, scanned, path, origin)
                else:
                    finished = await in_thread(_put, pipeline, passing, scanned, path, origin)
                await self._end(passing)
                passing = await self._feed() if pipeline.one_document else None
            if finished is None:
                finished = await in_thread(pipeline.finish)
        except BaseException:
            await self._close()
            path.unlink(missing_ok=True)  # it may have been finished
            raise
        return Produced.of(number, *finished, temporary=pipeline.temporary)

    async def _close(self) -> None:
        """Return when the pipeline is at nothing any more."""
        if self._pipeline.works_ahead:
            await in_thread(self._pipeline.close)
        else:
            self._pipeline.close()

    async def _feed(self) -> PassingSide | None:
        """The next side: every one with ADFDuplex, else fronts; None when enough have been scanned or
        no sheet is left. [wscn/validation/duplex-counts-sides] [wscn/validation/duplex-odd-number]"""
        if self._enough:
            return None
        await self._engine.go_ahead()
        number = self._job.scans_completed + 1
        if self._sheet is not None and self._back_is_next:
            return PassingSide(number, self._with_traces(self._sheet.back), self._front)
        self._let_go()
        self._sheet = self._engine.take(self._ticket.input_source)
        if self._sheet is None:
            return None
        feeder = self._engine.feeder
        left = None if feeder is None else len(feeder)
        self._engine.layers.tell(PAGE_EVENT, SheetTaken(self._job.id, number, left))
        self._front = self._with_traces(self._sheet.front)
        return PassingSide(number, self._front)

    def _with_traces(self, side: SheetSide) -> SheetSide:
        """What is brought has its traces already."""
        return side if self._job.originals is not None else replace(side, source=self._engine.traced(side.source))

    async def _begin(self, passing: PassingSide) -> Scanned | None:
        """The image that a handler of PAGE has made of the side; None where it has made none."""
        engine, side = self._engine, _side(passing)
        engine.layers.tell(PAGE_EVENT, PageBegun(self._job.id, passing.number, side))
        if not engine.layers.handled(PAGE):
            return None

        async def scan() -> Scanned:
            await engine.go_ahead()
            return await in_thread(self._pipeline.scan, passing)

        page = PageAtHead(engine, self._job, passing.number, side, scan)
        try:
            answer = await engine.layers.ask(PAGE, page)
        except InterventionFailed as error:
            if page.failure is not None and error.__cause__ is page.failure:
                raise page.failure from None  # not the handler's
            raise
        await engine.go_ahead()
        return answer or page.scanned

    async def _end(self, passing: PassingSide) -> None:
        """A side has been scanned: it leaves the scan head."""
        await self._pace.page()
        self._job.scans_completed += 1
        self._job.on_image(self._job.scans_completed)
        self._engine.layers.tell(PAGE_EVENT, PageScanned(self._job.id, passing.number, _side(passing)))

    def _let_go(self) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is not None:
            sheet.release()


def _side(passing: PassingSide) -> Side:
    return "front" if passing.front is None else "back"


def _put(
    pipeline: PagePipeline, passing: PassingSide, scanned: Scanned | None, path: Path, origin: Origin
) -> tuple[Path, DocumentInfo] | None:
    pipeline.add(passing, scanned, path, origin)
    return None if pipeline.one_document else pipeline.finish()
