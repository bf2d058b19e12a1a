"""Post-scan jobs that are started at running devices by requests: what `press start` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.device.scanner import VirtualScanner
from emulator.directory.secret import Secret
from emulator.disturbance.disturbances import Disturbances
from emulator.jobs.commons import JobCommons
from emulator.jobs.embedded_servers import EmbeddedServers
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.scan import ScanReporter, run_scan
from emulator.jobs.scan_processes import NamedDirectory, summary
from emulator.jobs.started_jobs import StartedJobs
from emulator.options.scan import START_FIELDS, ScanOptions, StartAction
from emulator.panel.actions import known_fields, require_text
from emulator.panel.drivable import Drivable


class PanelJobs:
    """Jobs of the devices of `run`, by what requests say."""

    def __init__(self, defaults: ScanOptions, disturbances: Disturbances | None = None) -> None:
        """`defaults`: for what a request leaves open; `disturbances`: of the devices, which act at the embedded
        scan server of a job too."""
        self._disturbances = disturbances
        self._defaults = defaults.but(loaded=True)
        self._commons = JobCommons()
        self.started = StartedJobs(self._run)

    async def start(self, device: Drivable, request: Mapping[str, Any]) -> int:
        """Begin a job of what lies in the device; its number. Raises BadRequest, NotAcceptingJobs."""
        options = _options(self._defaults, request)
        return self.started.start(str(device.uuid), device.scanner, options).number

    async def _run(self, options: ScanOptions, reporter: ScanReporter, scanner: VirtualScanner) -> ScanOutcome:
        return await run_scan(
            options, reporter, scanner=scanner, commons=self._commons, disturbances=self._disturbances
        )

    @property
    def servers(self) -> EmbeddedServers:
        """The embedded scan servers that jobs go to."""
        return self._commons.servers

    def choices(self, user: str | None) -> dict[str, Any]:
        """The users that may start jobs, and their scan processes. It blocks. Raises LabError.

        `user`: whose scan processes; None: of who starts jobs by default."""
        defaults = self._defaults
        where = NamedDirectory(directory=defaults.directory, user=user or defaults.user, ldap=defaults.ldap)
        with where.opened() as directory:
            who = where.user_of(directory) or directory.default_user()
            users = getattr(directory, "users", (who,))
            found = list(directory.scan_processes(who))
            first = directory.default_scan_process(who).process.display_name if found else None
        return {
            "users": [{"name": each.name, "display_name": each.display_name} for each in users],
            "user": who.name,
            "scan_process": defaults.scan_process or first,
            "scan_processes": [summary(each) for each in found],
        }

    async def stop(self) -> None:
        """Interrupt the jobs that run: each is cancelled at its scan server."""
        await self.started.stop()
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
