"""Sides of sheets pass the scan head and are encoded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from emulator.device.pipelines.pipeline import Passing
from emulator.device.sheets import SheetSide
from emulator.imaging.encode import DocumentInfo, DocumentWriter, open_document
from emulator.imaging.scan_head import detect, scan
from emulator.imaging.scanned import NO_ORIGIN, Origin, Scanned
from emulator.wsscan.values.detected import on_medium
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.ticket import EffectiveTicket


class ScannedPages:
    """A document a side, or one of all in a multi-image format (`PagePipeline`). Before anything is scanned it can
    be pickled, if `on_scanned` can."""

    def __init__(
        self, ticket: EffectiveTicket, *, on_scanned: Callable[[int, Scanned], None] | None = None
    ) -> None:
        """`on_scanned` is given each image and its number in the thread that scanned it; it may raise OSError."""
        self._ticket = ticket
        self._on_scanned = on_scanned
        self._last: tuple[SheetSide, Dimensions | None] | None = None

    @property
    def one_document(self) -> bool:
        """Whether the format is a multi-image one."""
        return self._ticket.multi_image

    def scan(self, passing: Passing) -> Scanned:
        """A side as the scan head delivers it. Raises SourceError."""
        ticket, side = self._ticket, passing.side
        if passing.front is not None and ticket.size_auto_detect:
            ticket = on_medium(ticket, self._medium(passing.front))  # a back is as large as its front
        with side.lock:
            scanned = scan(side.source, side.index, ticket.side(passing.number), ticket)
        self._last = (side, scanned.medium)
        return scanned

    def _medium(self, front: SheetSide) -> Dimensions:
        """The size that was detected when the front was scanned, or is now if that was elsewhere."""
        if self._last is not None and self._last[0] == front and self._last[1] is not None:
            return self._last[1]
        with front.lock:
            return detect(front.source, front.index, self._ticket.front, self._ticket)

    def image(self, passing: Passing, scanned: Scanned | None) -> Scanned:
        """The image that goes into the document: `scanned`, or what `scan` makes. Raises SourceError, OSError."""
        scanned = scanned or self.scan(passing)
        if self._on_scanned is not None:
            self._on_scanned(passing.number, scanned)
        return scanned

    def document(self, path: Path, origin: Origin = NO_ORIGIN) -> EncodedDocument:
        """See PagePipeline."""
        return EncodedDocument(self, path, self._ticket, origin)

    def close(self) -> None:
        """Nothing is open."""


class EncodedDocument:
    """A document in the ticket's format (`OpenDocument`); its file is begun with its first image."""

    temporary = True

    def __init__(self, pipeline: ScannedPages, path: Path, ticket: EffectiveTicket, origin: Origin) -> None:
        self.path = path
        self._pipeline = pipeline
        self._ticket = ticket
        self._origin = origin
        self._writer: DocumentWriter | None = None

    def add(self, passing: Passing, scanned: Scanned | None = None) -> None:
        """See OpenDocument."""
        image = self._pipeline.image(passing, scanned)
        if self._writer is None:
            self._writer = open_document(self.path, self._ticket, self._origin)
        self._writer.add(image)

    def finish(self) -> DocumentInfo:
        """See OpenDocument."""
        if self._writer is None:
            raise ValueError("a document needs at least one image")
        return self._writer.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.__exit__(kind, error, trace)
