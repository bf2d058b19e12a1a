"""A virtual scanner of a lab: it scans, and Python does at it what people do at a device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from emulator.device.destinations import NoSuchDestination
from emulator.device.points import SCANNER_EVENT
from emulator.device.profile import DeviceProfile
from emulator.device.scanner import NoSheets, NotAcceptingJobs, ScannerSnapshot, VirtualScanner
from emulator.device.scanner_events import ScannerEvent
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.imaging.pages import SourceError
from emulator.jobs.front_panel import FrontPanel
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.started_jobs import StartedJob
from emulator.jobs.waiting import Waited, WaitingPlace, wait_until
from emulator.lab.silent import SilentReporter
from emulator.layers import Layers, Unplug
from emulator.options.keywords import ScanKeywords
from emulator.options.press import (
    CancelAction,
    CloseAction,
    ConditionAction,
    DescribeAction,
    JamAction,
    LoadAction,
    OpenAction,
)
from emulator.options.scan import ScanOptions
from emulator.options.until import WITHIN, Until, UntilKeywords
from emulator.wsscan.values.jobs import JobSummary
from emulator.wsscan.values.status import Component, ConditionName, DeviceCondition, ScannerState, Severity

if TYPE_CHECKING:
    from emulator.lab.lab import Lab


@contextmanager
def device_refusals_as_lab_errors() -> Iterator[None]:
    """What a device says to a wrong call becomes a LabError."""
    try:
        yield
    except (NotAcceptingJobs, NoSheets) as error:
        raise LabError(f"not now: {error}", ExitCode.FAILED) from None
    except (ValueError, SourceError, NoSuchDestination) as error:
        raise LabError(str(error), ExitCode.USAGE) from None


class LabScanner:
    """A virtual scanner whose feeder, conditions and scan jobs are driven from Python. Its methods belong into the
    event loop of the lab, and raise LabError with the words of `press` for what cannot be; names of components,
    conditions and severities are taken in any case. Its feeder is empty until somebody loads it; `scan` brings its
    own pages."""

    def __init__(self, lab: Lab, scanner: VirtualScanner) -> None:
        self._lab = lab
        self.scanner = scanner
        """What the methods drive; `layers` of it take what is plugged in (device/points.py). Jobs wait for each
        other at its scan head."""
        self._panel = FrontPanel(scanner)
        self._known_by = f"{scanner.profile.name} {id(scanner)}"
        """What its started jobs are known by."""
        self._listening: list[Unplug] = []

    @contextmanager
    def _at(self) -> Iterator[None]:
        """Something is done at it. Raises LabError where it is switched off."""
        with device_refusals_as_lab_errors():
            if self.scanner.keeper.stopped:
                raise NotAcceptingJobs("the scanner is switched off")
            yield

    # How it is

    @property
    def name(self) -> str:
        """ScannerName."""
        return self.scanner.name

    @property
    def profile(self) -> DeviceProfile:
        """What kind of device it is."""
        return self.scanner.profile

    @property
    def state(self) -> ScannerState:
        """ScannerState: Idle, Processing or Stopped."""
        return self.scanner.state

    @property
    def conditions(self) -> tuple[DeviceCondition, ...]:
        """ActiveConditions, the oldest first."""
        return self.snapshot().conditions

    @property
    def jobs(self) -> tuple[JobSummary, ...]:
        """Every scan job that it knows, by JobId; those that have ended too."""
        return tuple(sorted((job.summary for job in self.scanner.jobs), key=lambda job: job.job_id))

    def snapshot(self) -> ScannerSnapshot:
        """All that `press status` shows."""
        return self.scanner.snapshot()

    @property
    def layers(self) -> Layers:
        """Takes listeners of what happens at it and handlers of each page, and of its jobs (docs/layers.md)."""
        return self.scanner.layers

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}: {self.state}>"

    def listen(self, listener: Callable[[ScannerEvent], None], *, aside: bool = True) -> Unplug:
        """Have `listener` told of every change (device/scanner_events.py), in order, until the lab closes. `aside`:
        in a thread of its own, where it may take its time; else at once in the event loop, which it must not hold
        up. Returns what ends that."""
        end = self._lab.unplugged_at_close(self.scanner.layers.listen(SCANNER_EVENT, listener, aside=aside))
        self._listening.append(end)
        return end

    async def remove(self) -> None:
        """Take it away: its jobs are cancelled as of a device that is switched off, and nobody listens any more."""
        self._end_listening()
        await self._lab.remove_scanner(self.scanner)

    def _end_listening(self) -> None:
        while self._listening:
            self._listening.pop()()

    # Jobs

    async def scan(
        self,
        *files: str | PathLike[str],
        options: ScanOptions | None = None,
        on_page: Callable[[int], None] | None = None,
        layers: Layers | None = None,
        **keywords: Unpack[ScanKeywords],
    ) -> ScanOutcome:
        """Run one post-scan job at the lab's scan server, or at `server`.

        - `files`: pages that its user brings, laid on what lies there (none: synthetic letters; with `loaded=True`
          what lies in the scanner).
        - `on_page`: is told the number of each image that has been scanned.
        - `layers`: of the job's client, with what is plugged into them.
        - `options` and `keywords`, which go before: what the options of `scan` say by the same names (pages=2,
          settings="Format=png", ca_file="ca.pem").

        Raises LabError when nothing was sent; otherwise `error` of the outcome says why a job failed.
        """
        with self._at():
            self.scanner.require_accepting()
        own = {"profile": self.profile.name, "speed": self.scanner.engine.speed}
        asked = self._lab.job_options(files, options, own, keywords)
        return await self._lab.run_job(asked, SilentReporter(on_page), self.scanner, layers)

    async def start(
        self,
        *files: str | PathLike[str],
        options: ScanOptions | None = None,
        **keywords: Unpack[ScanKeywords],
    ) -> int:
        """Begin a post-scan job as `scan` does and do not wait for it; its number, by which `wait` waits for its
        end. Raises LabError when the scanner takes none."""
        own = {"profile": self.profile.name, "speed": self.scanner.engine.speed}
        asked = self._lab.job_options(files, options, own, keywords)
        with self._at():
            return self._lab.started_jobs.start(self._known_by, self.scanner, asked).number

    async def wait(
        self, until: Until | None = None, *, within: float = WITHIN, **fields: Unpack[UntilKeywords]
    ) -> Waited:
        """Wait at the scanner until something is so, at once where it is already (docs/control.md):
        `wait(state="Stopped", conditions="MediaJam", within=10)`, `wait(job=number, outcome="Completed")`.

        - `until`, or its fields by name.
        - `within`: seconds.

        Raises LabError, with how the scanner is, when it is not so in time or cannot be any more.
        """
        said = {} if until is None else {name: getattr(until, name) for name in until.model_fields_set}
        asked = Until.of(**{**said, **fields})
        with self._at():
            journal = None if asked.event is None else self._lab.journal
            place = WaitingPlace(self.scanner, self._known_by, self._lab.started_jobs, journal)
            waited = await wait_until(place, asked, within)
        if not waited.met:
            raise LabError(f"{self.name}: {waited.reason}", ExitCode.FAILED)
        return waited

    def started_job(self, number: int) -> StartedJob:
        """How a job of `start` goes. Raises LabError where there is none of that number."""
        found = WaitingPlace(self.scanner, self._known_by, self._lab.started_jobs).find_job(number)
        if found is None:
            raise LabError(f"no post-scan job {number} was started there", ExitCode.USAGE)
        return found

    # What people do at it

    async def load(
        self,
        *files: str | PathLike[str],
        sheets: int | None = None,
        documents: str | PathLike[str] | None = None,
        seed: int = 0,
        two_sided: bool = False,
        replace: bool = False,
        page_seconds: float | None = None,
        page_memory: int | None = None,
    ) -> None:
        """Put into the feeder: the pages of `files`, or `sheets` with synthetic letters, or a document set
        (`documents`: name or TOML file, `seed`: other contents) or so many `sheets` of it.

        - `two_sided`: two pages on each sheet.
        - `replace`: instead of what is there.
        - `page_seconds`, `page_memory` (octets): bounds of the work on these files.
        """
        with self._at():
            load = LoadAction.of(
                sheets=sheets,
                files=files or None,
                documents=None if documents is None else str(documents),
                seed=seed,
                two_sided=two_sided,
                replace=replace,
                page_seconds=page_seconds,
                page_memory=page_memory,
            )
            await self._panel.load(load)

    async def place(self, file: str | PathLike[str] | None = None, *, film: bool = False) -> None:
        """Lay the first page of a file onto the platen, or with `film` into the film holder; None: the synthetic
        letter again."""
        with self._at():
            await self.scanner.place_file(None if file is None else Path(file), film=film)

    def empty(self) -> None:
        """Take all sheets out of the feeder."""
        with self._at():
            self.scanner.empty_feeder()

    def open(self, component: Component | str | None = None) -> None:
        """Open a cover (CoverOpen): of ADF, Platen ...; None: wherever the device has one."""
        with self._at():
            self._panel.open(OpenAction.of(component=component))

    def close(self, component: Component | str | None = None) -> None:
        """Close a cover, or every one."""
        with self._at():
            self._panel.close(CloseAction.of(component=component))

    def jam(self, component: Component | str | None = None) -> None:
        """Jam the paper (MediaJam)."""
        with self._at():
            self._panel.jam(JamAction.of(component=component))

    def condition(
        self,
        name: ConditionName | str,
        *,
        on: bool = True,
        component: Component | str | None = None,
        severity: Severity | str | None = None,
    ) -> None:
        """Make any condition active, or with `on` False end it: Calibrating, LampError ..."""
        with self._at():
            self._panel.condition(ConditionAction.of(name=name, on=on, component=component, severity=severity))

    def clear(self) -> None:
        """End all conditions that a person can end: jams, open covers ..."""
        with self._at():
            self._panel.clear()

    async def reset(self) -> None:
        """Jobs cancelled, conditions ended, feeder and glass as at the start."""
        with self._at():
            await self._panel.reset()

    async def cancel(self, job_id: int | None = None) -> None:
        """Cancel a scan job at the panel, or all; returns when it has ended."""
        with self._at():
            await self._panel.cancel(CancelAction(job_id=job_id))

    def describe(self, *, name: str | None = None, info: str | None = None, location: str | None = None) -> None:
        """Give it another ScannerDescription, of which subscribers are told; what is not given stays, an empty
        `info` or `location` goes."""
        with self._at():
            self._panel.describe(DescribeAction(name=name, info=info, location=location))
