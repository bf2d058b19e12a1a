"""Sides of sheets pass the scan head and are encoded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from emulator.device.pipelines.pipeline import PassingSide
from emulator.device.sheets import SheetSide
from emulator.imaging.content import TextThreshold
from emulator.imaging.encode import DocumentInfo, DocumentWriter, open_document
from emulator.imaging.scan_head import detect, scan
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.detected import on_medium
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.ticket import EffectiveTicket


class ScannedPages:
    """A document a side, or one of all in a multi-image format (`PagePipeline`). Before anything is scanned it can
    be pickled, if `on_scanned` can."""

    temporary = True
    instant = False

    def __init__(
        self,
        ticket: EffectiveTicket,
        *,
        text: TextThreshold = "adaptive",
        on_scanned: Callable[[int, Scanned], None] | None = None,
    ) -> None:
        """`text`: how the device tells ink from paper in black and white. `on_scanned` is given each image and its
        number in the thread that scanned it; it may raise OSError."""
        self._ticket = ticket
        self._text = text
        self._on_scanned = on_scanned
        self._last: tuple[SheetSide, Dimensions | None] | None = None
        self._writer: DocumentWriter | None = None

    @property
    def one_document(self) -> bool:
        """Whether the format is a multi-image one."""
        return self._ticket.multi_image

    def scan(self, passing: PassingSide) -> Scanned:
        """A side as the scan head delivers it. Raises SourceError."""
        ticket, side = self._ticket, passing.side
        if passing.front is not None and ticket.size_auto_detect:
            ticket = on_medium(ticket, self._medium(passing.front))  # a back is as large as its front
        with side.lock:
            scanned = scan(side.source, side.index, ticket.side(passing.number), ticket, text=self._text)
        self._last = (side, scanned.medium)
        return scanned

    def _medium(self, front: SheetSide) -> Dimensions:
        """The size that was detected when the front was scanned, or is now if that was elsewhere."""
        if self._last is not None and self._last[0] == front and self._last[1] is not None:
            return self._last[1]
        with front.lock:
            return detect(front.source, front.index, self._ticket.front, self._ticket)

    def add(self, passing: PassingSide, scanned: Scanned | None, path: Path, origin: Origin) -> None:
        """See PagePipeline."""
        scanned = scanned or self.scan(passing)
        if self._on_scanned is not None:
            self._on_scanned(passing.number, scanned)
        if self._writer is None:
            self._writer = open_document(path, self._ticket, origin)
        self._writer.add(scanned)

    def finish(self) -> tuple[Path, DocumentInfo]:
        """See PagePipeline."""
        assert self._writer is not None, "something has been added"
        finished = self._writer.path, self._writer.finish()
        self._writer = None
        return finished

    def close(self) -> None:
        """See PagePipeline."""
        if self._writer is not None:
            self._writer.discard()
