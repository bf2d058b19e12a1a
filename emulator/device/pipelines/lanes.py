"""Several sides are worked on at once, each in a thread; their documents come in the order of the sides.

Which sides come next is foreseen, as the user has brought them one after another. What comes otherwise (a sheet
that has gone through beneath another one, an image that a handler has made) is worked on when it comes.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.device.pipelines.pipeline import PassingSide
from emulator.device.pipelines.scanned import DocumentTeller, OnDocument, OnScanned, ScannedPages
from emulator.device.sheets import SheetSide
from emulator.imaging.coded import CodedScan
from emulator.imaging.content import TextThreshold
from emulator.imaging.decoding.interruption import Interrupted, Interruption, begun, giving_way, waiting
from emulator.imaging.encode import DocumentInfo
from emulator.imaging.encoders.encoder import has_date
from emulator.imaging.pages import PageSource
from emulator.imaging.scanned import Origin, Scanned
from emulator.wsscan.values.ticket import EffectiveTicket

if TYPE_CHECKING:
    from emulator.documents.truth import PageTruth

_AHEAD: Final = 2
"""Documents for each lane that are under way or done and have not passed yet."""
_STALE: Final = timedelta(seconds=5)
"""A document that says when it was scanned is made again where its side passes so much later: the scanner has stood
still."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What a lane has made of a side ahead of its passing: a document, or an image for one that has several."""

    image: Scanned | CodedScan | None
    document: tuple[Path, DocumentInfo] | None
    origin: Origin
    light: bool
    """It was taken over as it was coded."""
    passed: Callable[[int], object]
    """To be called with the image's number when the side passes."""
    truth: PageTruth | None

    def discard(self) -> None:
        if self.document is not None:
            self.document[0].unlink(missing_ok=True)


class PagesInLanes:
    """What ScannedPages makes of pages that a user has brought, made by several threads (`PagePipeline`)."""

    temporary = True
    works_ahead = True
    instant = False

    def __init__(
        self,
        ticket: EffectiveTicket,
        pages: PageSource,
        images: int,
        lanes: int,
        *,
        text: TextThreshold = "adaptive",
        on_scanned: OnScanned | None = None,
        on_document: OnDocument | None = None,
    ) -> None:
        """These are its parameters.

        - `ticket`: how all are scanned.
        - `pages`: what the user brings, front and back of sheets in turn; of this source, which is not open, each
          lane has a copy.
        - `images`: how many of them are scanned.
        - `lanes`: how many are worked on at once.
        - `text`: how the device tells ink from paper in black and white.
        - `on_scanned`, `on_document`: see these.
        """
        self._ticket = ticket
        self._pages = pages
        self._images = images
        self._text: TextThreshold = text
        self._on_scanned = on_scanned
        self._document = DocumentTeller(on_document)
        self._by_itself = ScannedPages(ticket, text=text)
        """What is not foreseen, and the document that has several images."""
        self.scan = self._by_itself.scan
        self._interruption = Interruption()
        self._lock = threading.Lock()
        copy = pickle.dumps(pages)
        self._sources: list[PageSource] = [pickle.loads(copy) for _ in range(lanes)]  # noqa: S301  # ours
        self._idle = list(self._sources)
        self._window = lanes + 1 if self.one_document else _AHEAD * lanes
        self._ahead: dict[int, Future[_Made]] = {}
        """By the page's index."""
        self._next = 0
        """Index of the page to be worked on."""
        self._light = True
        """The last page was taken over as it was coded: such pages are not worth a lane. So the first one shows
        whether lanes are."""
        self._spool = Path()
        self._origin: Origin | None = None
        self._finished: tuple[Path, DocumentInfo] | None = None

    @property
    def one_document(self) -> bool:
        """Whether the format is a multi-image one."""
        return self._ticket.multi_image

    def add(self, passing: PassingSide, scanned: Scanned | None, path: Path, origin: Origin) -> None:
        """See PagePipeline."""
        self._origin = origin
        made = self._foreseen(passing, path, by_scanner=scanned is None)
        if made is not None and self._stale(made, origin):
            made.discard()
            made = None
        image: Scanned | CodedScan | None
        if made is None:
            image = scanned or self._by_itself.image(passing)
            self._light = isinstance(image, CodedScan)
            if self._on_scanned is not None:
                self._on_scanned(passing.side.source, image)(passing.number)
            self._document.passed(passing.number, self._document.truth(passing.side.source, image))
        else:
            image = made.image
            self._light = made.light
            if made.document is not None:
                made.document[0].replace(path)
                self._finished = path, made.document[1]
            made.passed(passing.number)
            self._document.passed(passing.number, made.truth)
        if image is not None:
            self._by_itself.put(image, path, origin)
        with self._lock:
            self._go_on()

    def _foreseen(self, passing: PassingSide, path: Path, *, by_scanner: bool) -> _Made | None:
        """What has been made of a side already, or is being made; None where it comes otherwise than foreseen:
        after it nothing is foreseen. Raises what making it raised.

        - `passing`: the side.
        - `path`: its document's.
        - `by_scanner`: False where somebody else has made its image.
        """
        index = passing.side.index
        in_turn = passing.side.source is self._pages and passing.number == index + 1
        with self._lock:
            if not by_scanner or not in_turn:
                self._next = self._images
                return None
            self._spool = path
            if index not in self._ahead:
                self._next = max(self._next, index + self._light)
            self._go_on()
            found = self._ahead.get(index)
        if found is None:
            return None
        with waiting(self._interruption.interrupt):
            try:
                return found.result()
            finally:
                with self._lock:
                    self._ahead.pop(index, None)

    def _stale(self, made: _Made, origin: Origin) -> bool:
        then, now = made.origin.date, origin.date
        if then is None or now is None or not has_date(self._ticket.format) or made.document is None:
            return False
        return now - then > _STALE

    def _go_on(self) -> None:
        """Give idle lanes the next pages. The lock is held."""
        while not self._light and self._idle and len(self._ahead) < self._window:
            if self._next >= self._images or self._interruption.has_come:
                return
            assert self._origin is not None
            index, source = self._next, self._idle.pop()
            self._next += 1
            path = self._spool.with_name(f"{self._spool.name}-ahead-{index}")
            work = partial(self._work, source, index, path, self._origin)
            self._ahead[index] = begun(self._interruption, work)

    def _work(self, source: PageSource, index: int, path: Path, origin: Origin) -> _Made:
        try:
            if self._interruption.has_come:
                raise Interrupted
            return self._made(source, index, path, origin)
        finally:
            with self._lock:
                self._idle.append(source)
                self._go_on()

    def _made(self, source: PageSource, index: int, path: Path, origin: Origin) -> _Made:
        is_back = self._ticket.back is not None and index % 2 == 1
        front = SheetSide(source, index - 1) if is_back else None
        pipeline = ScannedPages(self._ticket, text=self._text)
        image = pipeline.image(PassingSide(index + 1, SheetSide(source, index), front))
        passed = _nothing if self._on_scanned is None else self._on_scanned(source, image)
        truth = self._document.truth(source, image)
        if self.one_document:
            return _Made(image, None, origin, isinstance(image, CodedScan), passed, truth)
        try:
            pipeline.put(image, path, origin)
            return _Made(None, pipeline.finish(), origin, isinstance(image, CodedScan), passed, truth)
        except BaseException:
            pipeline.close()
            raise

    def finish(self) -> tuple[Path, DocumentInfo]:
        """See PagePipeline."""
        finished, self._finished = self._finished, None
        path, info = self._by_itself.finish() if finished is None else finished
        self._document.finished(info.sha256)
        return path, info

    def close(self) -> None:
        """See PagePipeline; waits for the lanes."""
        self._interruption.interrupt()
        with self._lock:
            under_way = list(self._ahead.values())
            self._ahead.clear()
        with giving_way():
            wait(under_way)
        for each in under_way:
            with suppress(BaseException):
                each.result().discard()
        for source in self._sources:
            source.close()
        self._by_itself.close()


def _nothing(number: int) -> None:
    """What is to be done where nobody is told of images."""
