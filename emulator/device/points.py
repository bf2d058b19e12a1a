"""Where something can be plugged into a scanner: what it tells, and what may be done to each page.

async def dog_ear(page: PageAtHead) -> Scanned | None:
    if page.number == 3:
        scanner.jam()  # the page is scanned when somebody has cleared the jam
    return None

scanner.layers.handle(PAGE, dog_ear)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from emulator.device.scan_engine import ScanEngine
from emulator.device.scan_jobs import ScanJob
from emulator.device.scanner_events import SCANNER_EVENTS, ScannerEvent
from emulator.imaging.scanned import Scanned
from emulator.layers import Deliberate, Intervention, Notification

Side: TypeAlias = Literal["front", "back"]


class PageFailed(Deliberate):
    """A page cannot be scanned; a handler of PAGE raises it on purpose. `str()` says why: the scan job is aborted,
    and the post-scan job fails with that text."""


@dataclass(frozen=True, slots=True)
class SheetTaken:
    """A sheet has been taken to the scan head, from the feeder or the glass."""

    job_id: int
    number: int
    """Of its next image, from 1."""
    left: int | None
    """Sheets in the feeder now; None where there is none."""


@dataclass(frozen=True, slots=True)
class PageBegun:
    """A side is about to be scanned; a handler of PAGE is asked next."""

    job_id: int
    number: int
    side: Side


@dataclass(frozen=True, slots=True)
class PageScanned:
    """A side has left the scan head, at the scanner's pace."""

    job_id: int
    number: int
    side: Side


PageEvent: TypeAlias = SheetTaken | PageBegun | PageScanned


class PageAtHead:
    """A side that waits to be scanned: what a handler of PAGE is given."""

    def __init__(
        self,
        engine: ScanEngine,
        job: ScanJob,
        number: int,
        side: Side,
        scan: Callable[[], Awaitable[Scanned]],
    ) -> None:
        """These are its parameters.

        - `engine`: of the scanner.
        - `job`, `number`, `side`: of the image.
        - `scan`: see the method.
        """
        self.engine = engine
        """Of the scanner: its conditions, its feeder, its clock."""
        self.job = job
        self.number = number
        """Of the image in its job, from 1."""
        self.side: Side = side
        self.scanned: Scanned | None = None
        """The image, when it has been scanned."""
        self.failure: Exception | None = None
        """What kept it from being scanned."""
        self._scan = scan

    async def scan(self) -> Scanned:
        """Scan it, once nothing keeps the scanner from scanning (a jam is waited for), and return the image; the
        same again if it has been. The handler's time runs on meanwhile. Raises SourceError for a page that cannot
        be read, PageFailed for a file that is sent as it is."""
        if self.scanned is None:
            try:
                self.scanned = await self._scan()
            except Exception as error:
                self.failure = error
                raise
        return self.scanned


SCANNER_EVENT: Final[Notification[ScannerEvent]] = Notification("scanner event", SCANNER_EVENTS)
"""State, conditions and jobs of a scanner, told in its event loop in the order of what happens."""
PAGE_EVENT: Final[Notification[PageEvent]] = Notification("page event", (SheetTaken, PageBegun, PageScanned))
"""How sheets pass the scanner."""
PAGE: Final[Intervention[PageAtHead, Scanned | None]] = Intervention("page", (Scanned, type(None)))
"""Before a side is scanned. The handler may wait (`limit` says for how long, where HANDLER_LIMIT is not enough),
jam the scanner, scan the side itself and return another image in place of its own, or raise PageFailed. None: it is
scanned as it is, or has been."""
