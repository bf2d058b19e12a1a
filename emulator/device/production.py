"""From pages to documents: the feeder's order, the scan head, the encoder; one page ahead of the sender."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from emulator.dsm.driver import Document
from emulator.imaging.as_is import AsIs
from emulator.imaging.decoding.interruption import in_thread
from emulator.imaging.encode import DocumentInfo, DocumentWriter, open_document
from emulator.imaging.pages import PageSource
from emulator.imaging.scan_head import scan
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.detected import on_medium
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.ticket import EffectiveTicket

#: Documents that may be ready while one is being sent; the one after them is being scanned.
AHEAD: Final = 1


@dataclass(frozen=True, slots=True)
class Produced:
    """A document ready to be sent and what is in it; `temporary` ones are deleted when acknowledged."""

    document: Document
    info: DocumentInfo
    temporary: bool


class Production(Protocol):
    """Makes the documents of one job, in order."""

    @property
    def total(self) -> int:
        """Pages (images) that will be scanned."""

    @property
    def left_out(self) -> int:
        """Pages that the source has and the ticket does not ask for."""

    def documents(self) -> AsyncGenerator[Produced, None]:
        """Every document once. Raises what the source or the encoder raises."""


class Pace:
    """Waits between pages as a feeder of `pages_per_minute` would; None: no waiting. A feeder that was held up
    goes on at its own rate: it does not make up for lost time."""

    def __init__(
        self,
        pages_per_minute: float | None,
        warm_up: float = 0.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`warm_up`: seconds before the first page."""
        self._period = None if pages_per_minute is None else 60.0 / pages_per_minute
        self._warm_up = warm_up
        self._clock = clock
        self._sleep = sleep
        self._due: float | None = None

    async def page(self) -> None:
        """Return when the next page would have left the scan head."""
        if self._period is None:
            return
        now = self._clock()
        if self._due is None:
            self._due = now + self._warm_up + self._period
        else:
            self._due = max(self._due + self._period, now)
        if self._due > now:
            await self._sleep(self._due - now)


class ScannedProduction:
    """Scans a page source as a ticket says and encodes it into files of a spool folder."""

    def __init__(
        self,
        source: PageSource,
        ticket: EffectiveTicket,
        spool: Path,
        *,
        pace: Pace | None = None,
        origin: Callable[[], Origin] = Origin,
        on_scanned: Callable[[int, Scanned], None] = lambda number, scanned: None,
        on_page: Callable[[int], None] = lambda number: None,
    ) -> None:
        """`origin` is asked for each document; `on_scanned` is given each page (its number from 1) in the thread
        that has scanned it, and may raise OSError; `on_page` is told the number of each page that has been
        scanned."""
        self._source = source
        self._ticket = ticket
        self._spool = spool
        self._pace = pace or Pace(None)
        self._origin = origin
        self._on_scanned = on_scanned
        self._on_page = on_page
        self._medium: Dimensions | None = None

    @property
    def total(self) -> int:
        """Pages that will be scanned: all, or as many as ImagesToTransfer says."""
        wanted = self._ticket.images_to_transfer
        return min(len(self._source), wanted) if wanted else len(self._source)

    @property
    def left_out(self) -> int:
        """Pages that stay in the feeder because ImagesToTransfer is smaller."""
        return len(self._source) - self.total

    async def documents(self) -> AsyncGenerator[Produced, None]:
        """One document a page, or one for all pages in a multi-image format. However it ends, nothing is at
        work any more then, the source is closed, and no file is left but of the documents given out."""
        ready: asyncio.Queue[Produced | Exception | None] = asyncio.Queue(maxsize=AHEAD)
        count = 1 if self._ticket.multi_image else self.total
        begun = given = 0

        async def produce() -> None:
            nonlocal begun
            try:
                for number in range(1, count + 1):
                    begun = number
                    await ready.put(await self._document(number))
                await ready.put(None)
            except Exception as error:
                await ready.put(error)

        producer = asyncio.create_task(produce())
        try:
            while (item := await ready.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                given += 1
                yield item
        finally:
            producer.cancel()
            await asyncio.wait([producer])
            for number in range(given + 1, begun + 1):
                self._path(number).unlink(missing_ok=True)
            self._source.close()

    def _path(self, number: int) -> Path:
        return self._spool / f"{number:06d}"

    async def _document(self, number: int) -> Produced:
        path = self._path(number)
        if self._ticket.multi_image:
            return produced_from(number, path, await self._all_pages(path))
        info = await in_thread(self._encode_page, number, path)
        await self._page_done(number)
        return produced_from(number, path, info)

    async def _page_done(self, number: int) -> None:
        await self._pace.page()
        self._on_page(number)

    def _encode_page(self, number: int, path: Path) -> DocumentInfo:
        scanned = self._scan(number)
        writer = open_document(path, self._ticket, self._origin())
        try:
            writer.add(scanned)
            return writer.finish()
        except BaseException:
            writer.discard()
            raise

    async def _all_pages(self, path: Path) -> DocumentInfo:
        writer = open_document(path, self._ticket, self._origin())
        try:
            for number in range(1, self.total + 1):
                await in_thread(self._add_page, writer, number)
                await self._page_done(number)
            return await in_thread(writer.finish)
        except BaseException:
            writer.discard()
            raise

    def _add_page(self, writer: DocumentWriter, number: int) -> None:
        writer.add(self._scan(number))

    def _scan(self, number: int) -> Scanned:
        ticket = self._ticket
        if ticket.back is not None and number % 2 == 0 and self._medium is not None:
            ticket = on_medium(ticket, self._medium)  # a back is as large as its front
        scanned = scan(self._source, number - 1, ticket.side(number), ticket)
        self._medium = scanned.medium
        self._on_scanned(number, scanned)
        return scanned


class AsIsProduction:
    """Sends the octets of files as they are (`--as-is`)."""

    def __init__(self, files: Sequence[AsIs], *, on_page: Callable[[int], None] = lambda number: None) -> None:
        self._files = files
        self._on_page = on_page

    @property
    def total(self) -> int:
        """One image a file."""
        return len(self._files)

    @property
    def left_out(self) -> int:
        """Nothing is left out."""
        return 0

    async def documents(self) -> AsyncGenerator[Produced, None]:
        """One document a file."""
        for number, file in enumerate(self._files, start=1):
            self._on_page(number)
            document = Document(
                document_id=number,
                format=file.info.format,
                media_type=file.info.media_type,
                path=file.path,
                size=file.info.bytes,
                sha256=file.info.sha256,
            )
            yield Produced(document, file.info, temporary=False)


def produced_from(number: int, path: Path, info: DocumentInfo) -> Produced:
    """A document that was written to a spool file, `number` in its job (from 1)."""
    document = Document(
        document_id=number,
        format=info.format,
        media_type=info.media_type,
        path=path,
        size=info.bytes,
        sha256=info.sha256,
    )
    return Produced(document, info, temporary=True)
