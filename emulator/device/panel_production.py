"""A post-scan job's pages from the scanner itself: what lies in its feeder or on its glass, as a scan job.

The device is then a client of its own scan jobs: the job is among those that WS-Scan tells of, and a jam, an opened
cover or a cancellation at the panel does to it what it does to any other. It ends when its last image is digitised;
what is still on its way to the scan server then is the post-scan job's alone, and the scanner is free.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from emulator.device.production import Produced
from emulator.device.scan_job_keeper import NotPossible
from emulator.device.scan_job_states import ScanJobAnswer
from emulator.device.scan_jobs import ScanJob
from emulator.device.scanner import VirtualScanner
from emulator.wsscan.resolution import Resolved, TicketRejected
from emulator.wsscan.values.keywords import InputSource
from emulator.wsscan.values.ticket import ScanTicket


class PanelScanFailed(Exception):
    """The scan job ended before its last page: cancelled at the panel, a page that could not be scanned, a sheet
    too small for the region that is demanded."""


class PanelProduction:
    """Scans as a ticket says (`Production`)."""

    def __init__(
        self,
        scanner: VirtualScanner,
        ticket: ScanTicket,
        resolved: Resolved,
        *,
        on_page: Callable[[int], None] = lambda number: None,
    ) -> None:
        """`on_page` is told the number (from 1) of each document that has been scanned."""
        self._scanner = scanner
        self._ticket = ticket
        self._resolved = resolved
        self._on_page = on_page

    @property
    def total(self) -> int:
        """Images that there will be, if nobody loads or takes out sheets meanwhile."""
        ticket, feeder = self._resolved.ticket, self._scanner.engine.feeder
        if ticket.input_source not in (InputSource.ADF, InputSource.ADF_DUPLEX) or feeder is None:
            return 1
        sides = len(feeder) * (1 if ticket.back is None else 2)
        return min(sides, ticket.images_to_transfer or sides)

    @property
    def left_out(self) -> int:
        """What stays in the feeder is not this job's."""
        return 0

    async def documents(self) -> AsyncGenerator[Produced, None]:
        """Every document once; the next is asked for when the one before has been acknowledged. Raises
        NotAcceptingJobs and NoSheets before the first, PanelScanFailed afterwards."""
        keeper = self._scanner.keeper
        try:
            resolved = await self._scanner.seen(self._ticket, self._resolved)
        except TicketRejected as error:
            raise PanelScanFailed(str(error)) from None
        job = self._scanner.create_job(self._ticket, resolved, at_panel=True)
        try:
            while (produced := await self._next(job)) is not None:
                self._on_page(produced.document.document_id)
                whole = False
                try:
                    yield produced
                    whole = True
                finally:
                    keeper.sent(job, produced, produced.document.path.name, whole=whole)
        finally:
            keeper.drop_images(job)
            with suppress(NotPossible):  # it has ended, as it should
                await keeper.cancel(job, at_device=True)

    async def _next(self, job: ScanJob) -> Produced | None:
        try:
            if job.given_up:
                raise PanelScanFailed("the job was cancelled at the panel, with its pages scanned")
            return await self._scanner.keeper.retrieve(job)
        except NotPossible as error:
            if error.answer is ScanJobAnswer.NO_IMAGES_AVAILABLE:
                return None
            raise PanelScanFailed(f"the scan job is {job.state}: {job.reason}") from None
