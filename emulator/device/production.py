"""From pages to documents: the feeder's order, the scan head, the encoder; one page ahead of the sender."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from emulator.dsm.driver import Document
from emulator.imaging.as_is import AsIs
from emulator.imaging.encode import DocumentInfo, DocumentWriter, open_document
from emulator.imaging.pages import PageSource
from emulator.imaging.scan_head import scan
from emulator.wsscan.values.ticket import EffectiveTicket

#: Documents that may be ready while one is being sent.
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
    """Waits between pages as a feeder of `pages_per_minute` would; None: no waiting."""

    def __init__(
        self,
        pages_per_minute: float | None,
        warm_up: float = 0.0,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`warm_up`: seconds before the first page."""
        self._period = None if pages_per_minute is None else 60.0 / pages_per_minute
        self._warm_up = warm_up
        self._clock = clock
        self._begin: float | None = None

    async def page(self, number: int) -> None:
        """Return when page `number` (from 1) would have left the scan head."""
        if self._period is None:
            return
        if self._begin is None:
            self._begin = self._clock()
        due = self._begin + self._warm_up + number * self._period
        delay = due - self._clock()
        if delay > 0:
            await asyncio.sleep(delay)


class ScannedProduction:
    """Scans a page source as a ticket says and encodes it into files of a spool folder."""

    def __init__(
        self,
        source: PageSource,
        ticket: EffectiveTicket,
        spool: Path,
        *,
        pace: Pace | None = None,
        on_page: Callable[[int], None] = lambda number: None,
    ) -> None:
        """`on_page` is told the number (from 1) of each page that has been scanned."""
        self._source = source
        self._ticket = ticket
        self._spool = spool
        self._pace = pace or Pace(None)
        self._on_page = on_page

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
        """One document a page, or one for all pages in a multi-image format."""
        ready: asyncio.Queue[Produced | BaseException | None] = asyncio.Queue(maxsize=AHEAD)

        async def produce() -> None:
            try:
                if self._ticket.multi_image:
                    await ready.put(await self._one_document())
                else:
                    for number in range(1, self.total + 1):
                        await ready.put(await self._single(number))
                await ready.put(None)
            except Exception as error:
                await ready.put(error)

        producer = asyncio.create_task(produce())
        try:
            while (item := await ready.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            producer.cancel()
            with suppress(asyncio.CancelledError):
                await producer

    async def _single(self, number: int) -> Produced:
        path = self._spool / f"{number:06d}"
        info = await asyncio.to_thread(self._encode_page, number, path)
        await self._pace.page(number)
        self._on_page(number)
        return _produced(number, path, info)

    def _encode_page(self, number: int, path: Path) -> DocumentInfo:
        side = self._ticket.side(number)
        image = scan(self._source, number - 1, side, self._ticket)
        writer = open_document(path, self._ticket)
        try:
            writer.add(image, side)
            return writer.finish()
        except BaseException:
            writer.discard()
            raise

    async def _one_document(self) -> Produced:
        path = self._spool / "document"
        writer = await asyncio.to_thread(open_document, path, self._ticket)
        try:
            for number in range(1, self.total + 1):
                await asyncio.to_thread(self._add_page, writer, number)
                await self._pace.page(number)
                self._on_page(number)
            info = await asyncio.to_thread(writer.finish)
        except BaseException:
            writer.discard()
            raise
        return _produced(1, path, info)

    def _add_page(self, writer: DocumentWriter, number: int) -> None:
        side = self._ticket.side(number)
        writer.add(scan(self._source, number - 1, side, self._ticket), side)


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


def _produced(number: int, path: Path, info: DocumentInfo) -> Produced:
    document = Document(
        document_id=number,
        format=info.format,
        media_type=info.media_type,
        path=path,
        size=info.bytes,
        sha256=info.sha256,
    )
    return Produced(document, info, temporary=True)
