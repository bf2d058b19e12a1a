"""One device, as the judge works with it: its feeder, its tickets and scan jobs, and situations that were prepared
for several checks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from emulator.conformance.asked_peer import Unanswered
from emulator.conformance.devices.asked_device import (
    CONFIGURATION,
    FINAL_STATES,
    NO_IMAGES,
    NOT_ACCEPTING,
    STATUS,
    AskedDevice,
    ScanJob,
    request_of,
)
from emulator.conformance.devices.configuration import MOST, Source
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.panel_jobs import begun_at_panel
from emulator.conformance.devices.questions import unanswered_of
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, met
from emulator.conformance.names import WSCN, Name
from emulator.conformance.reading import Envelope
from emulator.conformance.speaker import on_behalf
from emulator.conformance.verdict import Departure, Inconclusive, NotApplicable, NotNow, NotRun

INFORMATION: Final = "Conformance run"
"""JobInformation: some devices take no job without it. [habits/device/canon-job-information-wanted]"""
_SHEETS: Final = 5
"""That the judge has put into a feeder for jobs of one sheet."""
_MOST_SHEETS: Final = 1000
"""That the judge takes out of a feeder."""
REFUSES_JOBS: Final = (NOT_ACCEPTING, Name(WSCN, "OperationFailed"))
"""With which a device refuses a job that was not begun at its panel. [habits/device/kyocera-panel-alone]"""


class DevicePeer(AskedDevice):
    """One device, asked by one judge."""

    async def unanswered(self) -> Sequence[Unanswered]:
        """Questions by UDP that it has to meet with silence."""
        return await unanswered_of(self)

    async def require_ordinary_is_valid(self) -> None:
        """Raises NotRun where a ticket of what the device supports by its own words is not valid: then nothing
        can be said of a ticket that has something more."""

        async def make() -> None:
            answer = await self.validate(await self.ticket())
            told = expect(answer).response("ValidateScanTicketResponse", WSCN).text("//wscn:ValidTicket")
            if told not in ("1", "true"):
                raise expect(answer).departs("ValidTicket true", f"ValidTicket {told}")

        await self.situation("an ordinary ticket that is valid", make)

    def require_not_busy(self, answer: Exchange) -> None:
        """Raises NotNow where a device that has taken jobs says that it takes none now."""
        if self._has_taken and _is_busy(answer):
            raise NotNow("the device takes no jobs now", [answer])

    async def create(
        self, ticket: Ticket, before: str = "", *, wrong: bool = False, feed: bool = True, patient: bool = True
    ) -> Exchange:
        """CreateScanJob; a job that is made so is cleared away at the end. Raises NotRun.

        - `before`: XML in front of the ticket.
        - `feed`: for one sheet of the feeder there is one, where anybody can put it there.
        - `patient`: a device that takes no jobs now, and has taken some, is asked again for a while; then nothing
          is said of it.
        """
        if ticket.source.startswith("ADF") and feed:
            if ticket.images == 1:
                await self.feed()
            else:
                self._sheets = 0  # who asks for more has had as many put there
        if self._panel_alone and not before:
            before = await begun_at_panel(self)
        body = request_of("wscn", "CreateScanJob", before + ticket.xml())
        answer = await self.ask("CreateScanJob", body, wrong=wrong)
        over = asyncio.get_running_loop().time() + self.limits.busy
        while patient and self._has_taken and _is_busy(answer):
            if asyncio.get_running_loop().time() > over:
                self.require_not_busy(answer)
            await asyncio.sleep(self.limits.poll)
            answer = await self.ask("CreateScanJob", body, wrong=wrong)
        told = answer.told
        if told is not None and told.body_name == Name(WSCN, "CreateScanJobResponse"):
            id = told.text("//wscn:JobId")
            if id.isdecimal() and len(id) < 11 and 1 <= int(id) <= MOST:
                self._has_taken = True
                self._open.append(ScanJob(int(id), told.text("//wscn:JobToken"), answer))
        return answer

    async def require_platen(self) -> Source:
        """Raises NotApplicable where it has none."""
        return await self._require("Platen", (await self.configuration()).platen)

    async def require_film(self) -> Source:
        """Raises NotApplicable where it has none."""
        return await self._require("Film", (await self.configuration()).film)

    async def require_feeder(self, sheets: int | None = None) -> Source:
        """Its feeder, with so many sheets in it; None: as it is. Raises NotApplicable where it has none, NotRun
        where nobody can load it."""
        found = await self._require("ADF", (await self.configuration()).feeder)
        if sheets is not None:
            await self.hands.do(Action.LOAD, sheets=sheets)
            self._sheets = sheets
        return found

    async def have_a_sheet(self) -> None:
        """Have at least one sheet in the feeder, where there is one, and hands."""
        if self._sheets < 1:
            with contextlib.suppress(NotRun):
                if (await self.configuration()).feeder is None:
                    return
                await self.hands.do(Action.LOAD, sheets=_SHEETS)
                self._sheets = _SHEETS

    async def feed(self) -> None:
        """Have a sheet in the feeder for a page that is scanned now, where there are hands."""
        await self.have_a_sheet()
        self._sheets -= 1

    async def _require(self, keyword: str, source: Source | None) -> Source:
        if source is None:
            _, answer = await self.section(CONFIGURATION)
            raise NotApplicable(f"its ScannerConfiguration has no {keyword}", [answer])
        return source

    async def ticket(self, source: Source | None = None, **changes: Any) -> Ticket:
        """A ticket for a small image, which the device supports by its own words. `source`: another than the one
        that needs the fewest hands. Raises NotRun."""
        configuration = await self.configuration()
        source = source or await self.source()
        plain = Ticket(
            information=INFORMATION,
            format=configuration.format,
            images=1,
            source=source.keyword,
            media_size=source.largest,
            region=(0, 0, *small_region(source)),
            color=source.color,
            resolution=(source.resolutions[0], source.resolutions[0]) if source.resolutions else None,
        )
        return replace(plain, **changes)

    async def created(self, ticket: Ticket, before: str = "") -> ScanJob:
        """A new job. Raises Departure, Inconclusive; NotRun where the feeder is empty."""
        answer = await self.create(ticket, before)
        if self._is_empty(ticket, answer) and ticket.images == 1:
            self._sheets = 0  # there were fewer than the judge believed
            answer = await self.create(ticket, before)
        if self._wants_the_panel(answer, before):
            try:
                begun = await begun_at_panel(self)
            except NotRun as error:
                raise Departure(
                    f"{met(answer)}, and no scan could be begun at the panel: {error}", "a job", [answer]
                ) from None
            answer = await self.create(ticket, begun)
            self._panel_alone = answer.told is not None and answer.told.fault is None
        if self._is_empty(ticket, answer):
            raise NotRun("nothing lies in the feeder: --control URL, --hook COMMAND or --ask", [answer])
        return self._created_by(answer)

    def _wants_the_panel(self, answer: Exchange, before: str) -> bool:
        """Whether the device refuses every job, and it is not known yet that it takes those begun at its panel."""
        fault = None if answer.told is None else answer.told.fault
        refused = fault is not None and fault.subcode in REFUSES_JOBS
        return refused and not before and not self._panel_alone and not self._has_taken and self.sink is not None

    def _created_by(self, answer: Exchange) -> ScanJob:
        """The job of an answer to CreateScanJob. Raises Departure, Inconclusive."""
        expect(answer).response("CreateScanJobResponse", WSCN)
        if not self._open or self._open[-1].created is not answer:
            raise expect(answer).departs("a JobId that is a number")
        return self._open[-1]

    def _is_empty(self, ticket: Ticket, answer: Exchange) -> bool:
        fault = None if answer.told is None else answer.told.fault
        return ticket.source.startswith("ADF") and fault is not None and fault.subcode == NO_IMAGES

    async def new_job(self, ticket: Ticket | None = None) -> ScanJob:
        """A job for the check alone. Raises NotRun."""
        ticket = ticket or await self.ticket()
        try:
            return await self.created(ticket)
        except (Departure, Inconclusive) as error:
            raise self._not_had("a job", error) from None

    async def image_of(self, ticket: Ticket) -> tuple[ScanJob, Exchange]:
        """The image of a new job, whose end is waited for. Raises Departure, Inconclusive."""
        job = await self.created(ticket)
        answer = await self.retrieve(job)
        expect(answer).response("RetrieveImageResponse", WSCN)
        if not job.images:
            raise expect(answer).departs("an image in a multipart answer")
        if (ticket.source != "Platen" or ticket.images != 1) and await self.state(job) not in FINAL_STATES:
            # Of a feeder it is over when it is told that there is no more.
            job.ended_by = await self.retrieve(job)
        await self.until(job)
        return job, answer

    async def whole_job(self, images: int = 1) -> ScanJob:
        """An ordinary job of one image, from its creation to its end. Raises Departure, Inconclusive, NotRun."""
        return (await self.image_of(await self.ticket()))[0]

    async def state(self, job: ScanJob) -> str:
        """JobState now; '' where the device has forgotten the job. Raises Departure, Inconclusive."""
        told = (await self.status(job)).told
        return "" if told is None or told.fault is not None else told.text("//wscn:JobState")

    async def status(self, job: ScanJob) -> Exchange:
        """GetJobElements for its JobStatus, answered or refused. Raises Departure, Inconclusive."""
        answer = await self.job_elements(job.id)
        expect(answer).answer("JobStatus")
        return answer

    async def until(self, job: ScanJob, *states: str) -> str:
        """Ask for a job's state until it is one of these (none: a final one), and return it; '' where it is
        forgotten. Raises Departure, Inconclusive."""
        over = asyncio.get_running_loop().time() + self.limits.job
        wanted = states or FINAL_STATES
        while True:
            answer = await self.status(job)
            told = answer.envelope
            state = "" if told.fault is not None else told.text("//wscn:JobState")
            if state in ("", *wanted):
                job.over = state in ("", *FINAL_STATES)
                return state
            if asyncio.get_running_loop().time() > over:
                raise Inconclusive(f"the job is still {state} after {self.limits.job:g} s", [answer])
            await asyncio.sleep(self.limits.poll)

    def is_about(self, job: ScanJob, event: Envelope) -> bool:
        """Whether an event names the job by its JobId, or names none."""
        return event.text("//wscn:JobId") in (str(job.id), "")

    async def ordinary_job(self, *, first: bool) -> str:
        """One whole job that is completed, the first one once the device is found. Raises Departure, Inconclusive,
        NotRun."""
        if first:
            await self.find()
        job = await self.whole_job()
        if first:
            self.provide("an ended job", job)
        status = await self.status(job)
        state = status.envelope.text("//wscn:JobState")
        if status.envelope.fault is None and state != "Completed":
            raise Departure(f"{state}", "Completed", [status])
        size = len(job.images[0].parts[-1].data)
        begun = ", begun at the panel: it takes no other" if self._panel_alone else ""
        return f"{state or 'forgotten at once'}, an image of {size} octets{begun}"

    async def ended_job(self) -> ScanJob:
        """A job that has ended by itself, and that the device still knows where it keeps any. Raises NotRun."""
        return await self._kept("an ended job", self.whole_job)

    async def canceled_job(self) -> ScanJob:
        """A job that was cancelled before anything was fetched; known as of `ended_job`. Raises NotRun."""

        async def make() -> ScanJob:
            job = await self.created(await self.ticket())
            expect(await self.cancel(job.id)).response("CancelJobResponse", WSCN)
            await self.until(job)
            return job

        return await self._kept("a cancelled job", make)

    async def _kept(self, name: str, make: Callable[[], Awaitable[ScanJob]]) -> ScanJob:
        """A job of before; another one where the device has forgotten it since."""
        job = await self.situation(name, make)
        with on_behalf(name):
            told = (await self.job_elements(job.id)).told
        if told is None or told.fault is None:
            return job
        del self._situations[name]
        return await self.situation(name, make)

    async def settled(self) -> None:
        """Wait until the scanner is at work no more, or for the longest time of a job."""
        over = asyncio.get_running_loop().time() + self.limits.job
        while asyncio.get_running_loop().time() < over:
            answer = await self.scanner_elements(STATUS)
            told = answer.told
            if told is None or told.text("//wscn:ScannerState") != "Processing":
                return
            await asyncio.sleep(self.limits.poll)

    async def emptied_feeder(self) -> None:
        """Scan whatever lies in the feeder, until the device says that nothing is there. Raises NotApplicable,
        NotRun."""
        feeder = await self.require_feeder()
        self._sheets = 0
        try:
            ticket = await self.ticket(feeder, images=0)
            answer = await self.create(ticket, feed=False, patient=False)
            told = expect(answer).answer()
            if told.fault is not None and told.fault.subcode == NO_IMAGES:
                return
            if told.fault is not None:
                # It may be empty and say so in a way of its own: with a sheet in it a job has to be taken.
                await self.hands.do(Action.LOAD, sheets=1)
                answer = await self.create(ticket, feed=False)
            job = self._created_by(answer)
            for _ in range(_MOST_SHEETS):
                told = expect(await self.retrieve(job)).answer()
                if told.fault is not None:
                    break
            await self.until(job)
        except (Departure, Inconclusive) as error:
            raise self._not_had("an empty feeder", error) from None

    async def tidy(self) -> None:
        """Do what is to be done behind a check, and cancel the jobs that it has left open: a device takes few at
        once."""
        await super().tidy()
        await self.clear_away()

    async def clear_away(self) -> None:
        """Cancel the jobs that are still open: nothing of the judge's is left at the device."""
        with on_behalf("clearing away"):
            while self._open:
                job = self._open.pop()
                if not job.over and not (await self.cancel(job.id)).answered:
                    break
        self._open.clear()


def small_region(source: Source) -> tuple[int, int]:
    """Width and height of a region that every source of that size can scan, in 1/1000 inch."""
    width = max(source.smallest[0], min(2000, source.largest[0]))
    height = max(source.smallest[1], min(3000, source.largest[1]))
    return width, height


def _is_busy(answer: Exchange) -> bool:
    fault = None if answer.told is None else answer.told.fault
    return fault is not None and fault.subcode == NOT_ACCEPTING
