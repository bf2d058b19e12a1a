"""Waits at a device until something is so, by what it tells; nothing is asked again and again."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from emulator.device.points import PAGE_EVENT, SCANNER_EVENT
from emulator.device.scanner import ScannerSnapshot, VirtualScanner
from emulator.jobs.started_jobs import StartedJob, StartedJobs
from emulator.layers import Unplug
from emulator.options.until import WITHIN, Until
from emulator.trace.journal import Entry, Journal

_MOST: Final = 1000
"""Entries of the journal that are looked through at once."""
ANY: Final = "*"


class NoSuchJob(ValueError):
    """A job that was not started there."""


@dataclass(frozen=True, slots=True)
class Waited:
    """How a wait has ended, and how the device was then."""

    met: bool
    """What was waited for is so."""
    seconds: float
    reason: str
    """Why not; '' where it is so."""
    snapshot: ScannerSnapshot = field(repr=False)
    job: StartedJob | None = None
    entry: Entry | None = None
    """The event that was waited for."""


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """A device at which somebody waits."""

    scanner: VirtualScanner
    device: str
    """What its jobs are known by."""
    jobs: StartedJobs | None = None
    """None: none are started there."""
    journal: Journal | None = None
    """None: nobody can wait for an event."""
    any_device: bool = False
    """All entries of the journal are of the device, whatever they say."""

    def find_job(self, job: int | str) -> StartedJob | None:
        """The job of that number or JobToken that was started at the device."""
        known = () if self.jobs is None else self.jobs.jobs
        return next(
            (each for each in known if each.device == self.device and job in (each.number, each.job_token or None)),
            None,
        )


async def wait_until(place: WaitingPlace, until: Until, within: float = WITHIN) -> Waited:
    """Return when it is so, at once where it is already; when it cannot be any more; or after `within` seconds. A
    state that lasts for a moment is not missed. Raises NoSuchJob, NoSuchEntry, and ValueError for an event where no
    journal is kept."""
    waiting = _Waiting(place, until)
    loop = asyncio.get_running_loop()
    begun, reason = loop.time(), ""
    try:
        async with asyncio.timeout(within):
            await waiting.ended
    except TimeoutError:
        if lacking := waiting.look():
            reason = f"not within {within:g} s: {lacking}"
    finally:
        waiting.close()
    reason = waiting.impossible or reason
    return Waited(
        not reason,
        round(loop.time() - begun, 3),
        reason,
        waiting.snapshot,
        waiting.job,
        waiting.entry,
    )


class _Waiting:
    """One wait: hears what happens, and looks each time."""

    def __init__(self, place: WaitingPlace, until: Until) -> None:
        self._place = place
        self._until = until
        self._plugged = ExitStack()
        self.entry: Entry | None = None
        self.impossible = ""
        """Why it can never be so."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.snapshot = place.scanner.snapshot()
        self.job = self._find_job()
        with ExitStack() as plugged:
            plugged.callback(place.scanner.layers.listen(SCANNER_EVENT, self._heard))
            plugged.callback(place.scanner.layers.listen(PAGE_EVENT, self._heard))
            if place.jobs is not None:
                plugged.callback(place.jobs.listen(self._heard))
            if until.event is not None:
                plugged.callback(self._hear_journal())
            self._plugged = plugged.pop_all()
        self._heard()

    def close(self) -> None:
        """Hear nothing any more."""
        self._plugged.close()

    def _find_job(self) -> StartedJob | None:
        wanted = self._until.job
        if wanted is None:
            return None
        found = self._place.find_job(wanted)
        if found is None and (isinstance(wanted, int) or self._place.jobs is None):
            raise NoSuchJob(f"no post-scan job {wanted!r:.60} was started there")
        return found

    def _hear_journal(self) -> Unplug:
        journal = self._place.journal
        if journal is None:
            raise ValueError("no journal is kept there: no event can be waited for")
        loop = asyncio.get_running_loop()

        def heard(entry: Entry) -> None:  # in any thread
            if self._is_meant(entry):
                loop.call_soon_threadsafe(self._enter_and_look, entry)

        with ExitStack() as plugged:
            plugged.callback(journal.listen(heard))
            # What is there already is looked through when what comes is heard: nothing falls between the two.
            after = self._until.after
            while after is not None and (news := journal.since(after, _MOST)).entries:
                self.entry = self.entry or next(filter(self._is_meant, news.entries), None)
                after = news.last
            return plugged.pop_all().close

    def _is_meant(self, entry: Entry) -> bool:
        until = self._until
        return (
            entry.kind is until.event
            and (self._place.any_device or entry.device == self._place.scanner.journal.who.device)
            and all(_alike(entry.data.get(name), value) for name, value in until.data.items())
        )

    def _enter_and_look(self, entry: Entry) -> None:
        self.entry = self.entry or entry
        self._heard()

    def _heard(self, event: object = None) -> None:
        if not self.ended.done() and (not self.look() or self.impossible):
            self.ended.set_result(None)

    def look(self) -> str:
        """How it is now: the first that is not so yet, in words; '' where all is."""
        self.snapshot = self._place.scanner.snapshot()
        if self.job is None:
            self.job = self._find_job()
        return self._lacking()

    def _lacking(self) -> str:
        until, now = self._until, self.snapshot
        active = [str(each.name) for each in now.conditions]
        if until.state is not None and now.state is not until.state:
            return f"the scanner is {now.state}, not {until.state}"
        for reason in until.reasons:
            if not _among(reason, map(str, now.reasons)):
                return f"its reasons are {', '.join(now.reasons)}, without {reason}"
        for condition in until.conditions:
            if not _among(condition, active):
                return f"{condition} is not active; there are: {', '.join(active) or 'none'}"
        for condition in until.no_conditions:
            if active and (condition == ANY or _among(condition, active)):
                return f"{', '.join(active) if condition == ANY else condition} is active"
        if until.sheets is not None and now.sheets != until.sheets:
            told = "there is no feeder" if now.sheets is None else f"{now.sheets} sheets are in the feeder"
            return f"{told}, not {until.sheets}"
        return self._lacking_job() or self._lacking_scan_job() or self._lacking_event()

    def _lacking_job(self) -> str:
        until, job = self._until, self.job
        if until.job is None:
            return ""
        if job is None:
            return f"there is no post-scan job {until.job!r:.60} yet"
        if (until.done or until.outcome is not None) and not job.done:
            return f"post-scan job {job.number} has not ended; {job.acknowledged_images} images are acknowledged"
        if until.outcome is not None and job.ended_as.casefold() != until.outcome.casefold():
            self.impossible = f"post-scan job {job.number} has ended as {job.ended_as}, not as {until.outcome}"
            return self.impossible
        return ""

    def _lacking_scan_job(self) -> str:
        until = self._until
        if until.scan_job is None:
            return ""
        job = self._place.scanner.jobs.find(until.scan_job)
        if job is None:
            return f"there is no scan job {until.scan_job}"
        wanted = until.scan_job_state
        if job.ended if wanted is None else job.state is wanted:
            return ""
        if job.ended:
            self.impossible = f"scan job {job.id} has ended as {job.state}, not as {wanted}"
            return self.impossible
        return f"scan job {job.id} is {job.state}" + ("" if wanted is None else f", not {wanted}")

    def _lacking_event(self) -> str:
        until = self._until
        if until.event is None or self.entry is not None:
            return ""
        data = "".join(f", {name} {value!r:.60}" for name, value in until.data.items())
        return f"no event {until.event}{data} has come"


def _among(name: str, names: Any) -> bool:
    return name.casefold() in (each.casefold() for each in names)


def _alike(found: Any, wanted: Any) -> bool:
    """A text in any case; lists as JSON has them."""
    if isinstance(found, str) and isinstance(wanted, str):
        return found.casefold() == wanted.casefold()
    if isinstance(found, list | tuple) and isinstance(wanted, list | tuple):
        return list(found) == list(wanted)
    return type(found) is type(wanted) and bool(found == wanted)
