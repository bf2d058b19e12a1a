"""A post-scan job's pages, as a scan job: what its user brings to the scanner, or what lies in it.

The device is then a client of its own scan jobs: the job is among those that WS-Scan tells of, and a jam, an opened
cover or a cancellation at the panel does to it what it does to any other. It ends when its last image is digitised;
what is still on its way to the scan server then is the post-scan job's alone, and the scanner is free.
[dsp/parties/push-scans-only] [dsp/parties/jobs-may-overlap]"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from emulator.device.originals import Originals
from emulator.device.points import PageFailed
from emulator.device.produced import Produced
from emulator.device.scan_job_keeper import ForbiddenInState
from emulator.device.scan_job_states import ScanJobAnswer
from emulator.device.scan_jobs import ScanJob
from emulator.device.scanner import VirtualScanner
from emulator.layers import InterventionFailed
from emulator.wsscan.resolution import Resolved, TicketRejected
from emulator.wsscan.values.jobs import ScanJobStateReason
from emulator.wsscan.values.keywords import InputSource
from emulator.wsscan.values.ticket import ScanTicket


class PanelScanFailed(Exception):
    """The scan job ended before its last page: cancelled at the panel, a page that was not to be scanned or whose
    handler failed, a sheet too small for the region that is demanded."""


class PanelProduction:
    """Scans as a ticket says, for the user who stands at the scanner."""

    def __init__(
        self,
        scanner: VirtualScanner,
        ticket: ScanTicket,
        resolved: Resolved,
        *,
        originals: Originals | None = None,
        on_page: Callable[[int], None] = lambda number: None,
    ) -> None:
        """These are its parameters.

        - `originals`: what the user brings; None: what lies in the scanner is meant.

        `on_page` is told the number (from 1) of each image that has been scanned.
        """
        self.scanner = scanner
        self._ticket = ticket
        self._resolved = resolved
        self._originals = originals
        self._on_page = on_page
        self._job: ScanJob | None = None

    @property
    def total(self) -> int:
        """Images that there will be, if nobody loads or takes out sheets meanwhile."""
        if self._originals is not None:
            return self._originals.images
        ticket, feeder = self._resolved.ticket, self.scanner.engine.feeder
        if ticket.input_source not in (InputSource.ADF, InputSource.ADF_DUPLEX) or feeder is None:
            return 1
        sides = len(feeder) * (1 if ticket.back is None else 2)
        return min(sides, ticket.images_to_transfer or sides)

    @property
    def left_out(self) -> int:
        """Pages that were brought and not scanned: because of ImagesToTransfer, or because somebody has taken them
        out of the feeder. What stays in the scanner otherwise is not this job's."""
        if self._originals is None:
            return 0
        taken_out = 0
        if self._job is not None and self._job.ended:
            taken_out = self._originals.images - self._job.scans_completed
        return self._originals.left_out + taken_out

    async def documents(self) -> AsyncGenerator[Produced, None]:
        """Every document once; the next is asked for when the one before has been acknowledged. Raises
        NotAcceptingJobs and NoSheets before the first; afterwards PanelScanFailed, and SourceError and OSError for
        a page that cannot be scanned or stored. However it ends, nothing is at work for it any more then, what was
        brought is closed, and no file is left."""
        keeper, job = self.scanner.keeper, None
        try:
            job = await self._begun()
            while (produced := await self._next(job)) is not None:
                whole = False
                try:
                    yield produced
                    whole = True
                finally:
                    keeper.sent(job, produced, produced.document.path.name, whole=whole)
        finally:
            if job is not None:
                keeper.drop_images(job)
                with suppress(ForbiddenInState):  # it has ended, as it should
                    await keeper.cancel(job, at_device=True)
                await keeper.at_rest(job)
            self.take_back()

    def take_back(self) -> None:
        """What was brought is closed, where the scan has not begun and will not. Safe to call twice."""
        if self._originals is not None:
            self._originals.take_back()

    async def _begun(self) -> ScanJob:
        resolved = self._resolved
        if self._originals is None:  # of what is brought the first page has been looked at
            try:
                resolved = await self.scanner.with_detected_medium(self._ticket, resolved)
            except TicketRejected as error:
                raise PanelScanFailed(str(error)) from None
        self._job = self.scanner.create_job(
            self._ticket, resolved, at_panel=True, originals=self._originals, on_image=self._on_page
        )
        return self._job

    async def _next(self, job: ScanJob) -> Produced | None:
        try:
            if job.given_up:
                raise PanelScanFailed("the job was cancelled at the panel, with its pages scanned")
            return await self.scanner.keeper.retrieve(job)
        except ForbiddenInState as error:
            if error.answer is ScanJobAnswer.NO_IMAGES_AVAILABLE:
                return None
            if isinstance(job.failure, PageFailed | InterventionFailed):
                raise PanelScanFailed(str(job.failure)) from job.failure
            if job.failure is not None:
                raise job.failure from None
            if job.reason is ScanJobStateReason.JOB_CANCELED_AT_DEVICE:
                raise PanelScanFailed(f"the job was cancelled at the panel ({job.reason})") from None
            raise PanelScanFailed(f"the scan job is {job.state}: {job.reason}") from None
