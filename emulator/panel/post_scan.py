"""Post-scan jobs that are started at running devices: what `press start` asks for.
[dsp/parties/user-logs-in] [dsp/parties/user-selects-a-scan-process] [dsp/parties/user-enters-addresses]"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emulator.directory.secret import Secret
from emulator.disturbance.disturbances import Disturbances
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.jobs.commons import JobCommons
from emulator.jobs.manifest import ImageRecord
from emulator.jobs.pages import Pages
from emulator.jobs.plan import Plan
from emulator.jobs.scan import run_scan
from emulator.options.scan import START_FIELDS, ScanOptions, StartAction
from emulator.panel.actions import known_fields, require_text
from emulator.panel.drivable import Drivable

_log = logging.getLogger(__name__)

HISTORY: Final = 100
"""Jobs whose results are remembered, of all devices."""


@dataclass(slots=True)
class _Job:
    """A reporter of run_scan that keeps what it is told."""

    device: str
    server: str = ""
    images: int = 0
    total: int = 0
    acknowledged_images: int = 0
    result: dict[str, Any] | None = None
    error: str = ""
    hint: str = ""
    exit_code: int = 0
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def planned(self, plan: Plan, server: str, store: Path | None, pages: Pages) -> None:
        """The job is about to begin."""
        self.server = server
        self.total = pages.production.total

    def page_scanned(self, number: int) -> None:
        """An image has left the scan head."""
        self.images = number

    def acknowledged(self, image: ImageRecord) -> None:
        """The scan server has a document."""
        self.acknowledged_images += 1

    def as_dict(self) -> dict[str, Any]:
        """Return it for the control API."""
        done = self.task is not None and self.task.done()
        return {
            "done": done,
            "server": self.server,
            "scanned": self.images,
            "total": self.total,
            "acknowledged": self.acknowledged_images,
            "result": self.result,
            "error": self.error or None,
            "hint": self.hint or None,
            "exit_code": self.exit_code if done else None,
        }


class PanelJobs:
    """Starts jobs and remembers how they went. One scans at a time at each device: its scan head is one."""

    def __init__(self, defaults: ScanOptions, disturbances: Disturbances | None = None) -> None:
        """`defaults`: for what a request leaves open; `disturbances`: of the devices, which act at the embedded
        scan server of a job too."""
        self._disturbances = disturbances
        self._defaults = defaults.but(loaded=True)
        self._jobs: OrderedDict[int, _Job] = OrderedDict()
        self._last = 0
        self._commons = JobCommons()

    async def start(self, device: Drivable, request: Mapping[str, Any]) -> int:
        """Begin a job of what lies in the device; its number. Raises BadRequest, NotAcceptingJobs."""
        options = _options(self._defaults, request)
        device.scanner.require_accepting()
        self._last += 1
        number, job = self._last, _Job(str(device.uuid))
        job.task = asyncio.get_running_loop().create_task(self._run(job, options, device))
        self._jobs[number] = job
        for old in [n for n, each in self._jobs.items() if each.task is None or each.task.done()][:-HISTORY]:
            del self._jobs[old]
        return number

    async def _run(self, job: _Job, options: ScanOptions, device: Drivable) -> None:
        try:
            outcome = await run_scan(
                options, job, scanner=device.scanner, commons=self._commons, disturbances=self._disturbances
            )
            job.result = outcome.as_dict()
            job.exit_code = int(outcome.exit_code)
            job.error = "" if outcome.error is None else str(outcome.error)
        except LabError as error:
            job.error, job.hint, job.exit_code = str(error), error.hint, int(error.code)
        except Exception as error:
            _log.exception("a post-scan job failed")
            job.error, job.exit_code = f"a bug of dsm-emulator: {type(error).__name__}: {error}", int(ExitCode.BUG)

    def find(self, device: str, number: int) -> dict[str, Any] | None:
        """How a job of that device goes; None where there is no such job."""
        job = self._jobs.get(number)
        return None if job is None or job.device != device else job.as_dict()

    async def stop(self) -> None:
        """Interrupt the jobs that run: each is cancelled at its scan server."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None and not job.task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._commons.aclose()


def _options(defaults: ScanOptions, request: Mapping[str, Any]) -> ScanOptions:
    """The defaults with what a request says. Raises BadRequest, WrongOption."""
    require_text(request)
    known_fields(request, START_FIELDS, "start")
    given = {name: value for name, value in request.items() if value is not None}
    StartAction(**given)
    password = given.pop("password", None)
    ldap = defaults.ldap
    if password is not None:
        ldap = ldap.but(password=Secret(password))
    elif given.get("user", defaults.user) != defaults.user:
        # The password of one is never tried for another: that would count as a wrong one.
        ldap = ldap.but(password=None, password_file=None)
    return defaults.but(ldap=ldap, **given)
