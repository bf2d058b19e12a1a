"""What `load` does: looks at everything before it begins, lets the devices run, and tells what it came to."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from emulator.disturbance.disturbances import JOB_ROLES, SERVER_ROLES, Disturbances
from emulator.dsm.driver import PostScanJobDriver
from emulator.dsm.outcome import JobAccount, JobLimits, PostScanJobFailed
from emulator.environment.exit_codes import LabError
from emulator.environment.report_folder import report_lines
from emulator.environment.trusting import with_certificate_of
from emulator.environment.whole_file import not_written, part_of
from emulator.imaging.decoding.interruption import in_thread
from emulator.jobs.commons import JobCommons
from emulator.jobs.embedded_servers import WantedServer
from emulator.jobs.job_failures import job_failure
from emulator.jobs.options import NO_MANIFEST, ScanOptions
from emulator.jobs.outcome import job_line
from emulator.jobs.plan import Plan, make_plan
from emulator.loading.calibration import Calibration, calibrate
from emulator.loading.crowd import Crowd, Pace
from emulator.loading.device import LoadDevice, Target
from emulator.loading.load_share import LoopLag, ProcessLoad, limit_of
from emulator.loading.outcome import LoadOutcome
from emulator.loading.page_stock import PageStock
from emulator.loading.picture import picture_of
from emulator.loading.tally import Tally
from emulator.options.load import LoadOptions, seconds_of
from emulator.reports.result import Header, tool_of
from emulator.transport.address import parse_address
from emulator.transport.client import StreamClient
from emulator.transport.descriptors import room_for
from emulator.transport.kept_connections import KeptConnections

PICTURE: Final = "latencies.svg"
MANIFESTS: Final = "manifests"
_SLICES: Final = 100
"""Pieces of time of a run at first."""


class LoadReporter(Protocol):
    """Who is told how a run goes."""

    def planned(self, server: str, plan: Plan, users: int, seed: int) -> None:
        """Before anything is sent."""

    def calibrated(self, found: Calibration | None) -> None:
        """What this machine can send; None where that is not known."""

    def begins(self, tally: Tally, crowd: Crowd) -> Callable[[], None]:
        """The run begins. Returns what is called when it has ended."""


async def run_load(options: LoadOptions, reporter: LoadReporter) -> LoadOutcome:
    """Run it. Raises LabError before the first job; afterwards the outcome says all, an interruption too."""
    embedded_wanted = options.server in (None, "embedded") and options.service is None
    manifests = _manifest_folder(options)
    require_descriptors(options.users, manifests=manifests is not None, embedded=embedded_wanted)
    seed = options.seed
    async with AsyncExitStack() as stack:
        target, stock, plan, embedded = await stack.enter_async_context(prepared(options))
        header = Header(tool_of("load"), target.server, seed)
        _clear(options, manifests)
        lines = stack.enter_context(report_lines(header, options.report, overwrite=options.overwrite))
        reporter.planned(target.server, plan, options.users, seed)
        pace = pace_of(options)
        found = None
        if options.calibration:
            found = await calibrate(target, stock, pace, options.calibration)
            reporter.calibrated(found)
        tally = Tally(time.perf_counter, width=max(0.25, (pace.seconds or 10.0) / _SLICES))
        crowd = Crowd(pace, tally, lambda listener: LoadDevice(target, stock, listener, manifests))
        interrupted = False
        ended = reporter.begins(tally, crowd)
        load = ProcessLoad()
        async with LoopLag() as lag:
            try:
                await crowd.run()
            except asyncio.CancelledError:
                interrupted = True
                task = asyncio.current_task()
                if task is not None:
                    task.uncancel()
            except OSError as error:
                raise LabError(f"{error}: the run was ended") from None
            finally:
                ended()
        used = load.read()
        limit = limit_of(
            tally,
            used,
            lag.latencies,
            found,
            rate=options.rate,
            users=options.users,
            most_busy=crowd.most_busy,
            embedded=embedded,
        )
        outcome = LoadOutcome(
            target.server, seed, tally, options.thresholds, limit, crowd.users, manifests,
            interrupted=interrupted, gave_up=crowd.gave_up,
        )  # fmt: skip
        for result in outcome.judge():
            lines.add(result)
            outcome.results.append(result)
        lines.end()
        if options.report is not None:
            outcome.picture = _write_picture(options.report, tally, target.server)
        return outcome


def pace_of(options: LoadOptions) -> Pace:
    """How many jobs, how fast, how long."""
    return Pace(
        options.users,
        options.spawn_rate,
        options.seconds,
        options.jobs,
        options.rate,
        seconds_of(options.drain),
        seconds_of(options.give_up),
        options.counts,
        options.seed,
    )


@asynccontextmanager
async def prepared(options: LoadOptions, *, label: str = "") -> AsyncIterator[tuple[Target, PageStock, Plan, bool]]:
    """Within: whom jobs go to, pages for them, what was decided, and whether the server runs in this process. What
    cannot be is told before anything is sent, and a server that does not answer before the first job. `label`:
    stands on each page; without one it is of this run alone. Raises LabError."""
    scan = _scan_options(options)
    async with AsyncExitStack() as stack:
        commons = JobCommons()
        stack.push_async_callback(commons.aclose)
        plan = await asyncio.to_thread(make_plan, scan, commons)
        stack.callback(plan.release)
        folder = stack.enter_context(commons.spool.job_folder())
        label = label or f"{options.seed}-{secrets.token_hex(4)}"
        stock = await in_thread(PageStock, scan, plan, folder, label)
        stack.push_async_callback(asyncio.to_thread, stock.close)
        ca_pem = plan.roots
        server = plan.choice.url or plan.choice.service or ""
        if plan.choice.embedded:
            server, ca_pem = await _embedded(stack, options, scan, plan, commons)
        pooled = await commons.clients.client(
            with_certificate_of(options.trust, plan.user), ca_pem=ca_pem, url=server
        )
        address = parse_address(plan.choice.service or server)

        def connections() -> KeptConnections:
            # Each device has connections of its own; what makes a TLS context is done once for all.
            context = pooled.connections.context(address)
            return KeptConnections() if context is None else KeptConnections(context)

        target = Target(
            server,
            plan.choice.service,
            plan.create_request,
            connections,
            JobLimits(options.connect_timeout, options.read_timeout, options.job_timeout),
            options.strict,
            line={"server": server, "copies": plan.copies,
                  **job_line(plan.stored, plan.user, plan.resolved.ticket, plan.choices)},
        )  # fmt: skip
        await _require_answer(target, scan)
        yield target, stock, plan, plan.choice.embedded


async def _embedded(
    stack: AsyncExitStack, options: LoadOptions, scan: ScanOptions, plan: Plan, commons: JobCommons
) -> tuple[str, bytes | None]:
    """The embedded scan server: its URL, and by what it is trusted."""
    disturbances = await asyncio.to_thread(Disturbances.of, None, None, options.habits, (*JOB_ROLES, *SERVER_ROLES))
    wanted = WantedServer(
        scan.store, plan.embedded_directory, plan.same_directory, disturbances, plan.delivery, options.delivery
    )
    embedded, leave = await commons.servers.of_job(wanted)
    stack.callback(leave)
    return embedded.server.url, embedded.ca_pem


async def _require_answer(target: Target, scan: ScanOptions) -> None:
    """Look for the service once. Raises LabError."""
    if target.service is not None:
        return
    connections = target.connections()
    driver = PostScanJobDriver(
        StreamClient(connections=connections), server_url=target.server, limits=target.limits
    )
    try:
        await driver.find_service()
    except PostScanJobFailed as error:
        raise job_failure(error, JobAccount(), scan) from None
    finally:
        connections.close()


def require_descriptors(users: int, *, manifests: bool, embedded: bool) -> None:
    """Raise LabError where the process may not open as many files as the devices need: each a connection and the
    page that it sends, a manifest, and of a server in this process the other end and what it stores."""
    each = 2 + manifests + 2 * embedded
    room = room_for(users * each)
    if room < users * each:
        raise LabError(
            f"{users} users need {users * each} open files at once ({each} each), and this process has room for "
            f"{room}: for {room // each} users",
            hint=f"ulimit -n {users * each + 512} raises the limit, where the administrator allows it; "
            f"--users {room // each} does with less",
        )


def _scan_options(options: LoadOptions) -> ScanOptions:
    """The options of a job like those of the run."""
    names = ("files", "documents", "look", "seed", "page_seconds", "page_memory", "settings", "force", "profile",
             "server", "service", "scan_process", "psp_id", "user", "user_sid", "directory", "ldap", "store",
             "delivery", "habits", "trust", "connect_timeout", "read_timeout", "job_timeout")  # fmt: skip
    given = {name: getattr(options, name) for name in names}
    return ScanOptions.of(**given, stamped=True, manifest=NO_MANIFEST, events="none")


def _manifest_folder(options: LoadOptions) -> Path | None:
    if options.manifests is not None:
        return options.manifests
    return None if options.report is None else options.report / MANIFESTS


def _clear(options: LoadOptions, folder: Path | None) -> None:
    """Manifests of an earlier run may not lie among those of this one. Raises LabError."""
    if folder is None:
        return
    from emulator.jobs.store_files import manifests_in

    try:
        earlier = list(manifests_in(folder)) if folder.is_dir() else []
        if earlier and not options.overwrite:
            raise LabError(
                f"{folder}: manifests of an earlier run lie there",
                hint="--overwrite removes them, --manifests names another folder",
            )
        for path in earlier:
            path.unlink()
            with suppress(OSError):
                path.parent.rmdir()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error, "--manifests") from None


def _write_picture(folder: Path, tally: Tally, server: str) -> Path:
    path = folder / PICTURE
    try:
        with part_of(path) as part:
            part.write_text(picture_of(tally, f"Post-scan jobs at {server}"), encoding="utf-8")
    except OSError as error:
        raise not_written(path, error, "--report") from None
    return path
