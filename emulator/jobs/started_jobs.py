"""Post-scan jobs that are started and not waited for, of any number of devices, and how they went.
[dsp/parties/user-logs-in] [dsp/parties/user-selects-a-scan-process] [dsp/parties/user-enters-addresses]"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from emulator.device.scanner import VirtualScanner
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.jobs.manifest import ImageRecord
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.pages import Pages
from emulator.jobs.plan import Plan
from emulator.jobs.scan import ScanReporter
from emulator.layers import Unplug
from emulator.options.scan import ScanOptions

_log = logging.getLogger(__name__)

HISTORY: Final = 100
"""Ended jobs whose results are remembered, of all devices."""

RunJob = Callable[[ScanOptions, ScanReporter, VirtualScanner], Awaitable[ScanOutcome]]
"""Runs one job at a scanner, as `run_scan` does. Raises LabError."""


@dataclass(slots=True, eq=False)
class StartedJob:
    """One of them: a reporter of run_scan that keeps what it is told."""

    number: int
    """From 1, of all devices."""
    device: str
    """UUID of the device, or what else it is known by."""
    settings: tuple[str, ...] = ()
    """What was asked of the ticket."""
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    server: str = ""
    scan_process: str = ""
    user: str = ""
    store: Path | None = None
    """Of the embedded scan server, where it goes there."""
    ticket: dict[str, Any] | None = None
    """The effective one, once the job is planned."""
    scanned: int = 0
    total: int = 0
    """Images that it will have, 0 where that is not known."""
    acknowledged_images: int = 0
    outcome: ScanOutcome | None = None
    error: str = ""
    hint: str = ""
    exit_code: int = 0
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    on_change: Callable[[StartedJob], None] = field(default=lambda job: None, repr=False)

    def planned(self, plan: Plan, server: str, store: Path | None, pages: Pages) -> None:
        """The job is about to begin."""
        self.server, self.store = server, store
        self.total = pages.production.total
        self.scan_process = plan.stored.process.display_name
        self.user = f"{plan.user.name}@{plan.user.domain}"
        self.ticket = asdict(plan.resolved.ticket)
        self.on_change(self)

    def page_scanned(self, number: int) -> None:
        """An image has left the scan head."""
        self.scanned = number
        self.on_change(self)

    def acknowledged(self, image: ImageRecord) -> None:
        """The scan server has a document."""
        self.acknowledged_images += 1
        self.on_change(self)

    @property
    def done(self) -> bool:
        """Whether it has come to its end, whichever."""
        return self.task is not None and self.task.done()

    @property
    def job_token(self) -> str:
        """JobToken; '' before its end, and where there was none."""
        return "" if self.outcome is None else self.outcome.report.account.job_token

    @property
    def ended_as(self) -> str:
        """Outcome of a job that is done (`Failed` where there was no job); '' before."""
        if not self.done:
            return ""
        return "Failed" if self.outcome is None else self.outcome.outcome

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        done = self.done
        return {
            "number": self.number,
            "device": self.device,
            "begun": self.begun.isoformat(timespec="milliseconds"),
            "done": done,
            "outcome": self.ended_as or None,
            "server": self.server,
            "scan_process": self.scan_process or None,
            "user": self.user or None,
            "settings": list(self.settings),
            "ticket": self.ticket,
            "scanned": self.scanned,
            "total": self.total,
            "acknowledged": self.acknowledged_images,
            "result": None if self.outcome is None else self.outcome.as_dict(),
            "error": self.error or None,
            "hint": self.hint or None,
            "exit_code": self.exit_code if done else None,
        }


class StartedJobs:
    """Starts jobs and remembers how they went. One scans at a time at each device: its scan head is one."""

    def __init__(self, run: RunJob) -> None:
        """`run`: runs one."""
        self._run_job = run
        self._jobs: dict[int, StartedJob] = {}
        self._last = 0
        self._listeners: list[Callable[[StartedJob], None]] = []

    def start(self, device: str, scanner: VirtualScanner, options: ScanOptions) -> StartedJob:
        """Begin a job at a scanner. `device`: what it is known by. Raises NotAcceptingJobs."""
        scanner.require_accepting()
        self._last += 1
        job = StartedJob(self._last, device, tuple(options.settings), on_change=self._changed)
        job.task = asyncio.get_running_loop().create_task(self._run(job, options, scanner))
        job.task.add_done_callback(lambda task: self._changed(job))
        self._jobs[job.number] = job
        for old in [number for number, each in self._jobs.items() if each.done][:-HISTORY]:
            del self._jobs[old]
        return job

    async def _run(self, job: StartedJob, options: ScanOptions, scanner: VirtualScanner) -> None:
        try:
            job.outcome = await self._run_job(options, job, scanner)
            job.exit_code = int(job.outcome.exit_code)
            if job.outcome.error is not None:
                job.error, job.hint = str(job.outcome.error), job.outcome.error.hint
        except LabError as error:
            job.error, job.hint, job.exit_code = str(error), error.hint, int(error.code)
        except asyncio.CancelledError:  # before it had begun
            job.error, job.exit_code = "interrupted", int(ExitCode.INTERRUPTED)
        except Exception as error:
            _log.exception("a post-scan job failed")
            job.error, job.exit_code = f"a bug of dsm-emulator: {type(error).__name__}: {error}", int(ExitCode.BUG)

    def _changed(self, job: StartedJob) -> None:
        for listener in tuple(self._listeners):
            listener(job)

    def listen(self, listener: Callable[[StartedJob], None]) -> Unplug:
        """Have `listener` told of each change of a job: planned, a page scanned, acknowledged, ended."""
        self._listeners.append(listener)

        def unplug() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unplug

    @property
    def jobs(self) -> tuple[StartedJob, ...]:
        """Those that are remembered, the oldest first."""
        return tuple(self._jobs.values())

    def find(self, number: int) -> StartedJob | None:
        """The job of that number, or None."""
        return self._jobs.get(number)

    async def stop(self) -> None:
        """Interrupt the jobs that run: each is cancelled at its scan server."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None and not job.task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def start_over(self) -> None:
        """Interrupt the jobs that run, and know none any more; numbers run from 1 again."""
        await self.stop()
        self._jobs.clear()
        self._last = 0
