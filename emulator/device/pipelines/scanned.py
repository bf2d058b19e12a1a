"""Sides of sheets pass the scan head and are encoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from emulator.device.pipelines.pipeline import PassingSide
from emulator.device.sheets import SheetSide
from emulator.imaging.coded import CodedScan
from emulator.imaging.coded_scan import coded_scan
from emulator.imaging.content import TextThreshold
from emulator.imaging.encode import DocumentInfo, DocumentWriter, open_document
from emulator.imaging.pages import PageSource
from emulator.imaging.scan_head import detect, scan
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.detected import on_medium
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.ticket import EffectiveTicket

if TYPE_CHECKING:
    from emulator.documents.truth import PageTruth


OnScanned: TypeAlias = Callable[[PageSource, Scanned | CodedScan], Callable[[int], object]]
"""Is given each image, and the source that has just given its page, in the thread that scanned it. Returns what is
to be done with the image's number when the side has passed the scanner; that may raise OSError."""

OnDocument: TypeAlias = Callable[[str, Sequence[int], Sequence["PageTruth"]], None]
"""Is told of each document that is finished: its SHA-256, the numbers of its images in the job, and what is true of
its pages as far as it is known, in pixels of them. It may raise OSError."""


def known_truth(source: PageSource, scanned: Scanned | CodedScan) -> PageTruth | None:
    """What is on the page that `source` gave last, in pixels of `scanned`; None where nothing is known."""
    known: PageTruth | None = getattr(source, "last_truth", None)
    if known is None:
        return None
    ppi = (float(scanned.resolution.width), float(scanned.resolution.height))
    return known.mapped(scanned.page_to_image, scanned.image.size, ppi)


class DocumentTeller:
    """Collects what a document consists of until it is finished."""

    def __init__(self, on_document: OnDocument | None) -> None:
        self._on_document = on_document
        self._numbers: list[int] = []
        self._truths: list[PageTruth] = []

    def truth(self, source: PageSource, image: Scanned | CodedScan) -> PageTruth | None:
        """What is on the page that `source` gave last, where somebody is told of it."""
        return None if self._on_document is None else known_truth(source, image)

    def passed(self, number: int, truth: PageTruth | None) -> None:
        """An image of the document has passed."""
        if self._on_document is not None:
            self._numbers.append(number)
            if truth is not None:
                self._truths.append(truth)

    def finished(self, sha256: str) -> None:
        """The document is whole. Raises OSError."""
        numbers, truths = self._numbers, self._truths
        self._numbers, self._truths = [], []
        if self._on_document is not None:
            self._on_document(sha256, numbers, truths)


class ScannedPages:
    """A document a side, or one of all in a multi-image format (`PagePipeline`). Before anything is scanned it can
    be pickled, if `on_scanned` can."""

    temporary = True
    works_ahead = False
    instant = False

    def __init__(
        self,
        ticket: EffectiveTicket,
        *,
        text: TextThreshold = "adaptive",
        on_scanned: OnScanned | None = None,
        on_document: OnDocument | None = None,
    ) -> None:
        """`text`: how the device tells ink from paper. `on_scanned`, `on_document`: see these."""
        self._ticket = ticket
        self._text = text
        self._on_scanned = on_scanned
        self._document = DocumentTeller(on_document)
        self._last: tuple[SheetSide, Dimensions | None] | None = None
        self._writer: DocumentWriter | None = None

    @property
    def one_document(self) -> bool:
        """Whether the format is a multi-image one."""
        return self._ticket.multi_image

    def scan(self, passing: PassingSide) -> Scanned:
        """A side as the scan head delivers it. Raises SourceError."""
        ticket, side = self._ticket_of(passing), passing.side
        with side.lock:
            scanned = scan(side.source, side.index, ticket.side(passing.number), ticket, text=self._text)
        self._last = (side, scanned.medium)
        return scanned

    def _ticket_of(self, passing: PassingSide) -> EffectiveTicket:
        if passing.front is None or not self._ticket.size_auto_detect:
            return self._ticket
        return on_medium(self._ticket, self._medium(passing.front))  # a back is as large as its front

    def _medium(self, front: SheetSide) -> Dimensions:
        """The size that was detected when the front was scanned, or is now if that was elsewhere."""
        if self._last is not None and self._last[0] == front and self._last[1] is not None:
            return self._last[1]
        with front.lock:
            return detect(front.source, front.index, self._ticket.front, self._ticket)

    def add(self, passing: PassingSide, scanned: Scanned | None, path: Path, origin: Origin) -> None:
        """See PagePipeline."""
        image = scanned or self.image(passing)
        if self._on_scanned is not None:
            self._on_scanned(passing.side.source, image)(passing.number)
        self._document.passed(passing.number, self._document.truth(passing.side.source, image))
        self.put(image, path, origin)

    def put(self, image: Scanned | CodedScan, path: Path, origin: Origin) -> None:
        """Put an image into the document in the file `path`. Raises OSError."""
        if self._writer is None:
            self._writer = open_document(path, self._ticket, origin)
        self._writer.add(image)

    def image(self, passing: PassingSide) -> Scanned | CodedScan:
        """A side as it goes into its document: in its own coding where the scan would change nothing of it, else
        scanned. Raises SourceError."""
        return self._coded(passing) or self.scan(passing)

    def _coded(self, passing: PassingSide) -> CodedScan | None:
        ticket, side = self._ticket_of(passing), passing.side
        with side.lock:
            coded = coded_scan(side.source, side.index, ticket.side(passing.number), ticket)
        if coded is not None:
            self._last = (side, coded.medium)
        return coded

    def finish(self) -> tuple[Path, DocumentInfo]:
        """See PagePipeline."""
        assert self._writer is not None, "something has been added"
        path, info = self._writer.path, self._writer.finish()
        self._writer = None
        self._document.finished(info.sha256)
        return path, info

    def close(self) -> None:
        """See PagePipeline."""
        if self._writer is not None:
            self._writer.discard()
