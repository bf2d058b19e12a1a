"""The virtual scanner, without a network: what it is, what it can do, how it is, and its scan jobs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from emulator.device.originals import Originals
from emulator.device.pace import Speed
from emulator.device.points import SCANNER_EVENT
from emulator.device.profile import DeviceProfile
from emulator.device.scan_engine import ScanEngine
from emulator.device.scan_job_keeper import ForbiddenInState, ScanJobKeeper
from emulator.device.scan_job_limits import ScanJobLimits
from emulator.device.scan_jobs import ScanJob, ScanJobTable
from emulator.device.scanner_events import (
    ConditionActive,
    ElementsChanged,
    InputChanged,
    ScannerEvent,
    StatusChanged,
)
from emulator.device.scanner_states import SCANNER_STATES, ScannerSituation
from emulator.device.telling import JournalTeller
from emulator.imaging.decoding.interruption import Interrupted, in_thread_until
from emulator.imaging.decoding.limits import PageLimits
from emulator.imaging.encode import require_supported
from emulator.imaging.files import FileSource, open_files
from emulator.imaging.pages import PageSource
from emulator.layers import Layers
from emulator.soap.fault import not_in_xml
from emulator.trace.who import Who
from emulator.wsscan.constants import DEFAULT_SCAN_TICKET, RETRIEVE_IMAGE_LIMIT, SCANNER_DESCRIPTION
from emulator.wsscan.detection import with_detected_medium
from emulator.wsscan.resolution import Resolved, resolve
from emulator.wsscan.values.jobs import JobSummary
from emulator.wsscan.values.status import (
    Component,
    ConditionName,
    DeviceCondition,
    LocalizedText,
    ScannerDescription,
    ScannerState,
    ScannerStateReason,
    ScannerStatus,
    Severity,
)
from emulator.wsscan.values.ticket import ScanTicket

_log = logging.getLogger(__name__)

LANGUAGE = "en"
"""Of the texts that a profile holds."""


def require_text(value: Any) -> None:
    """Raise ValueError where a text in `value` (a dataclass of texts) is one that no message can hold."""
    for name, text in _texts(asdict(value)):
        if found := not_in_xml(text):
            raise ValueError(f"{name} cannot be said in a message: {found} is no character of XML 1.0")


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text below `value`, with the name of the field that holds it."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, name if key == "text" else key)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, name)


class NotAcceptingJobs(Exception):
    """The scanner is Stopped, or has as many jobs as it takes at once. `str()` says which, for people."""


class NoSheets(Exception):
    """A ticket asks for the feeder, which is empty."""


@dataclass(frozen=True, slots=True)
class ScannerSnapshot:
    """How the scanner is at one moment, for people and control programs."""

    state: ScannerState
    reasons: tuple[ScannerStateReason, ...]
    conditions: tuple[DeviceCondition, ...]
    sheets: int | None
    """In the feeder; None where there is none."""
    capacity: int | None
    """Sheets that the feeder takes."""
    active_jobs: tuple[JobSummary, ...]
    finished_jobs: tuple[JobSummary, ...]
    speed: Speed


class VirtualScanner:
    """Its methods run in the event loop. What can be plugged into it (`layers`) is in points.py."""

    def __init__(
        self,
        profile: DeviceProfile,
        spool: Path,
        *,
        name: str = "",
        location: str = "",
        speed: Speed = "max",
        seed: int = 0,
        jobs: ScanJobLimits | None = None,
        filled: bool = True,
        layers: Layers | None = None,
        retrieve_limit: float = RETRIEVE_IMAGE_LIMIT,
        page_limits: PageLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """These are its parameters.

        - `spool`: a folder of the scanner's own for images.
        - `name`: ScannerName, the profile's where empty; `location`: ScannerLocation, likewise.
        - `speed`: `real` (the profile's rates) or `max`.
        - `seed`: of the synthetic letters.
        - `jobs`: how many are taken and may overlap, None for what the profile says.
        - `filled`: letters lie in the feeder, as many as the profile says.
        - `retrieve_limit`: seconds.
        - `page_limits`: of the files that are put into it.
        - `clock`, `sleep`, `now`: for tests.

        Raises ValueError for a name that no message can hold.
        """
        self.profile = profile
        self.name = name or profile.friendly_name
        self.layers = layers or Layers()
        self.configuration = profile.configuration()
        self.default_ticket = profile.default_ticket()
        place = location or profile.location
        texts = (LocalizedText(place, LANGUAGE),) if place else ()
        self.description = ScannerDescription((LocalizedText(self.name, LANGUAGE),), location=texts)
        require_text(self.description)
        self.page_limits = page_limits or PageLimits()
        self._limits = profile.jobs.values() if jobs is None else jobs
        self._now = now
        self.engine = ScanEngine(
            profile,
            name=self.name,
            speed=speed,
            seed=seed,
            clock=clock,
            sleep=sleep,
            now=now,
            tell=self._condition_changed,
            reasons_changed=self._state_changed,
            layers=self.layers,
        )
        self.keeper = ScanJobKeeper(
            self.engine,
            spool,
            retrieve_limit=retrieve_limit,
            limits=self._limits,
            sleep=sleep,
            now=now,
            tell=self._tell,
            on_change=self._status_changed,
        )
        self._filled = filled
        self._first = (self.description, self.default_ticket)
        self._told = (self.state, self.engine.conditions.reasons)
        if filled:
            self.engine.fill()
        else:
            self.engine.tray_changed()
        who = Who(device=profile.name, name=self.name)
        self.journal = JournalTeller(self.layers, who, self.engine.conditions.active)
        """Tells the journal what happens from now on."""

    # State

    @property
    def jobs(self) -> ScanJobTable:
        """All scan jobs that are known."""
        return self.keeper.jobs

    @property
    def state(self) -> ScannerState:
        """ScannerState."""
        situation = ScannerSituation(stopped=self.engine.conditions.stopped, at_work=bool(self.jobs.active))
        return SCANNER_STATES[situation]

    def status(self) -> ScannerStatus:
        """ScannerStatus, with the time now. [wscn/scanner-status/current-time] [wscn/scanner-status/state]"""
        conditions = self.engine.conditions
        return ScannerStatus(self._now(), self.state, conditions.reasons, conditions.active, conditions.history)

    def snapshot(self) -> ScannerSnapshot:
        """How it is now."""
        feeder = self.engine.feeder
        return ScannerSnapshot(
            self.state,
            self.engine.conditions.reasons,
            self.engine.conditions.active,
            None if feeder is None else len(feeder),
            None if feeder is None else feeder.capacity,
            tuple(job.summary for job in self.jobs.active),
            tuple(job.summary for job in self.jobs.finished),
            self.engine.speed,
        )

    def _tell(self, event: ScannerEvent) -> None:
        self.layers.tell(SCANNER_EVENT, event)

    def _condition_changed(self, event: ScannerEvent) -> None:
        """The condition, the status, the jobs: [wscn/event/order-of-a-failure] [wscn/event/order-of-a-repair]."""
        self._tell(event)
        if isinstance(event, ConditionActive):
            self.keeper.met(event.condition)
        self._state_changed()

    def _state_changed(self) -> None:
        self._status_changed()
        for job in self.jobs.active:
            self.keeper.update_reason(job)

    def _status_changed(self) -> None:
        now = (self.state, self.engine.conditions.reasons)
        if now != self._told:
            self._told = now
            self._tell(StatusChanged(*now))

    # Jobs

    def resolve(self, ticket: ScanTicket) -> Resolved:
        """What the device makes of a ticket. Raises TicketRejected, and UnsupportedSetting for what the profile
        promises and this version does not do."""
        resolved = resolve(self._known(ticket), self.configuration, self.default_ticket)
        require_supported(resolved.ticket)
        return resolved

    def _known(self, ticket: ScanTicket) -> ScanTicket:
        """What is demanded of the vendor's own elements can be honoured: there is nothing behind them."""
        parameters = ticket.document_parameters
        own = {each.name for each in self.default_ticket.document_parameters.extensions}
        if not own.intersection(parameters.unknown_must_honor):
            return ticket
        left = tuple(each for each in parameters.unknown_must_honor if each not in own)
        return replace(ticket, document_parameters=replace(parameters, unknown_must_honor=left))

    async def with_detected_medium(self, ticket: ScanTicket, resolved: Resolved) -> Resolved:
        """What becomes of a resolved ticket when the device looks at the medium: with DocumentSizeAutoDetect the
        size of the one that lies on the glass, or that the feeder would take next. Raises TicketRejected."""
        if not resolved.ticket.size_auto_detect:
            return resolved
        size = await self.engine.detect(resolved.ticket)
        return resolved if size is None else with_detected_medium(resolved, ticket, size)

    def require_accepting(self) -> None:
        """Raise NotAcceptingJobs when no job is taken now. [wscn/fault/server-error-not-accepting-jobs]"""
        if self.keeper.stopped:
            raise NotAcceptingJobs("the scanner is switched off")
        if self.state is ScannerState.STOPPED:
            raise NotAcceptingJobs(f"the scanner is Stopped: {', '.join(self.engine.conditions.reasons)}")
        if self._limits.active is not None and len(self.jobs.active) >= self._limits.active:
            raise NotAcceptingJobs(f"{len(self.jobs.active)} scan jobs have not ended yet")

    def require_sheets(self, resolved: Resolved) -> None:
        """Raise NoSheets when the ticket asks for the feeder, which is empty.
        [wscn/create-scan-job/empty-feeder]"""
        if not self.engine.has_sheets(resolved.ticket):
            raise NoSheets("the feeder is empty")

    def create_job(
        self,
        ticket: ScanTicket,
        resolved: Resolved | None = None,
        *,
        at_panel: bool = False,
        originals: Originals | None = None,
        on_image: Callable[[int], None] = lambda number: None,
    ) -> ScanJob:
        """Take up a scan job; scanning begins at once, or when the jobs before it have been scanned.

        - `at_panel`: for a user who stands at the device; such a job ends when its last image is digitised.
        - `originals`: what that user brings; `on_image` is told the number (from 1) of each image that has been
          scanned.

        Raises NotAcceptingJobs, NoSheets, and what `resolve` raises where `resolved` is not given.
        """
        resolved = resolved or self.resolve(ticket)
        self.require_accepting()
        if originals is None:
            self.require_sheets(resolved)
        return self.keeper.begin(ticket, resolved, at_panel=at_panel, originals=originals, on_image=on_image)

    async def cancel_at_panel(self, job_id: int | None = None) -> bool:
        """A user cancels a job (None: all) at the device, also one that has been scanned and is still being sent;
        False when there was none to cancel. [wscn/job-reason/job-canceled-at-device]"""
        # The youngest first: else the scan head would take one when the job before it is gone.
        jobs = [job for job in reversed(self.jobs.active) if job_id in (None, job.id)]
        sent = [job for job in self.jobs if job.on_its_way and job_id in (None, job.id)]
        for job in sent:
            self.keeper.give_up(job)
        canceled = bool(sent)
        for job in jobs:
            try:
                await self.keeper.cancel(job, at_device=True)
                canceled = True
            except ForbiddenInState:  # it has ended meanwhile
                continue
        return canceled

    # What people do at the device

    def load_letters(self, sheets: int, *, replace: bool = False) -> None:
        """Put sheets with synthetic letters into the feeder, with `replace` in place of what lies there. Raises
        ValueError: no feeder, no room; what lies there stays then."""
        self.engine.require_feeder().load_letters(sheets, replace=replace)
        self._loaded(replaced=replace)

    async def load_files(
        self,
        files: Sequence[Path],
        *,
        two_sided: bool = False,
        replace: bool = False,
        limits: PageLimits | None = None,
    ) -> int:
        """Put the pages of files and folders into the feeder, one a sheet or with `two_sided` two; the number
        of sheets. `limits`: for these files, in place of the scanner's; `replace`: as for `load_letters`. Raises
        SourceError for what cannot be read, ValueError: no feeder, no room, NotAcceptingJobs when it is switched
        off meanwhile."""
        self.engine.require_feeder()
        pages = await self._opened(files, limits)
        return self.load_pages(pages, two_sided=two_sided, replace=replace)

    def load_pages(self, pages: PageSource, *, two_sided: bool = False, replace: bool = False) -> int:
        """Put the pages of any source into the feeder, which closes it; otherwise as `load_files`."""
        feeder = self.engine.require_feeder()
        before = 0 if replace else len(feeder)
        feeder.load_pages(pages, two_sided=two_sided, replace=replace)
        self._loaded(replaced=replace)
        return len(feeder) - before

    def _loaded(self, *, replaced: bool) -> None:
        if replaced:
            self._tell(InputChanged("emptied", 0))
        self._input_changed("loaded", replaced=replaced)

    def empty_feeder(self) -> None:
        """Take all sheets out of the feeder. Raises ValueError: no feeder."""
        self.engine.require_feeder().clear()
        self._input_changed("emptied")

    def _input_changed(self, what: Literal["loaded", "emptied"], *, replaced: bool = False) -> None:
        self._tell(InputChanged(what, len(self.engine.require_feeder())))
        self.engine.tray_changed(replaced=replaced)

    async def place_file(self, file: Path | None, *, film: bool = False, limits: PageLimits | None = None) -> None:
        """Lay the first page of a file on the platen, or with `film` into the film holder; None: the synthetic
        letter. `limits` as of `load_files`. Raises SourceError for what cannot be read, ValueError: no platen, no
        film holder, NotAcceptingJobs when it is switched off meanwhile."""
        self.engine.place(None if file is None else await self._opened([file], limits), film=film)
        self._tell(InputChanged("placed", None, film=film))

    async def _opened(self, files: Sequence[Path], limits: PageLimits | None) -> FileSource:
        try:
            source = await in_thread_until(
                self.engine.reading, open_files, files, limits=limits or self.page_limits
            )
        except Interrupted:
            raise NotAcceptingJobs("the scanner is switched off") from None
        for note in source.notes:
            _log.warning("%s", note)
        return source

    def open(self, component: Component | None = None) -> bool:
        """Open the cover of a component (CoverOpen); False when it is open already. Raises ValueError for a
        component without cover."""
        return self.set_condition(ConditionName.COVER_OPEN, component)

    def close(self, component: Component | None = None) -> bool:
        """Close the cover of a component, or every cover; False when none was open."""
        return self.clear_condition(ConditionName.COVER_OPEN, component)

    def jam(self, component: Component | None = None) -> bool:
        """Jam the paper (MediaJam); False when it is jammed there already."""
        return self.set_condition(ConditionName.MEDIA_JAM, component)

    def pause(self) -> bool:
        """Pause the scanner: it is Stopped, with the reason Paused; False when it is so already.
        [wscn/condition/reasons-only]"""
        return self.engine.set_reason(ScannerStateReason.PAUSED, on=True)

    def resume(self) -> bool:
        """Go on; False when it was not paused."""
        return self.engine.set_reason(ScannerStateReason.PAUSED, on=False)

    def call_attention(self, *, on: bool = True) -> bool:
        """Have somebody look at the console: the reason AttentionRequired, which stops nothing; False when it is so
        already. [wscn/condition/attention-required-instead-of-an-own-reason]"""
        return self.engine.set_reason(ScannerStateReason.ATTENTION_REQUIRED, on=on)

    def hold(self, job_id: int | None = None) -> None:
        """Hold a scan job that waits for the scan head; None: all that wait, and all that come. Raises ValueError
        for one that does not wait. [wscn/job-state/held]"""
        self.keeper.hold(job_id)

    def release(self, job_id: int | None = None) -> None:
        """Let a job that is held go on; None: all, and hold none that come. Raises ValueError for one that is not
        held."""
        self.keeper.release(job_id)

    def set_condition(
        self, name: ConditionName | str, component: Component | None = None, severity: Severity | None = None
    ) -> bool:
        """Make a condition active; False when it is so already. Raises ValueError for one that nobody sets, for
        a component that cannot have it, and for one that the device does not have."""
        return self.engine.set_condition(name, component, severity)

    def clear_condition(self, name: ConditionName | str, component: Component | None = None) -> bool:
        """End a condition; False when it was not active. Raises ValueError for one that nobody sets."""
        return self.engine.clear_condition(name, component)

    def clear(self) -> None:
        """End all conditions but those that follow from what the scanner does (InputTrayEmpty, LampWarming); go on
        where it is paused."""
        self.engine.clear_conditions()

    async def reset(self) -> None:
        """Jobs cancelled, conditions ended, feeder and glass as at the start."""
        await self.cancel_at_panel()
        self.release()
        self.clear()
        self.engine.fill()

    async def start_over(self) -> None:
        """Be as after the start: no job is known, no condition has been, description and default ticket are of
        the profile, and feeder and glass hold what they held. Ids of jobs and conditions run from 1 again. Events
        tell of it."""
        if self.keeper.stopped:
            return
        await self.cancel_at_panel()
        await self.keeper.start_over()
        self.engine.renew(filled=self._filled)
        description, ticket = self._first
        self.change_description(description)
        self.change_default_ticket(ticket)

    def change_description(self, description: ScannerDescription) -> None:
        """Give the scanner another ScannerDescription. Raises ValueError for a text that no message can hold.
        [wscn/event/scanner-elements-change]"""
        require_text(description)
        if description != self.description:
            self.description = description
            self._tell(ElementsChanged((SCANNER_DESCRIPTION.local,)))

    def change_default_ticket(self, ticket: ScanTicket) -> None:
        """Give the scanner another DefaultScanTicket. Raises TicketRejected for one that it cannot do, and
        ValueError for a text in it that no message can hold. [wscn/default-scan-ticket/can-be-submitted]"""
        require_text(ticket)
        resolve(ticket, self.configuration, ticket)
        if ticket != self.default_ticket:
            self.default_ticket = ticket
            self._tell(ElementsChanged((DEFAULT_SCAN_TICKET.local,)))

    def stop_reading(self) -> None:
        """The first part of `stop`: who puts files in is told at once that the scanner is switched off."""
        self.engine.reading.interrupt()

    async def stop(self) -> None:
        """End all jobs and close files."""
        self.stop_reading()
        await self.keeper.stop()
        self.engine.close()
