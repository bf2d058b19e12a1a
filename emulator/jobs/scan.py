"""One post-scan job from options to result: what `scan` and the Python API run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from emulator.device.panel_production import PanelScanFailed
from emulator.device.scanner import NoSheets, NotAcceptingJobs, VirtualScanner
from emulator.disturbance.disturbances import JOB_ROLES, SERVER_ROLES, Disturbances, habits_of, unfired_told
from emulator.dsm.driver import PostScanJobDriver
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.outcome import JobLimits, PostScanJobFailed
from emulator.environment.events_option import NO_EVENTS
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.tracing import trace_problem, write_trace
from emulator.environment.trusting import with_certificate_of
from emulator.faults.alteration import Role
from emulator.faults.behaviours import Behaviour
from emulator.imaging.decoding.interruption import in_thread
from emulator.imaging.pages import SourceError
from emulator.jobs.commons import JobCommons
from emulator.jobs.embedded_servers import WantedServer
from emulator.jobs.job_events import WantedEvents
from emulator.jobs.job_failures import CANCELED, job_failure
from emulator.jobs.manifest import ImageRecord, ManifestWriter
from emulator.jobs.manifest_files import open_manifest
from emulator.jobs.options import ScanOptions
from emulator.jobs.outcome import ScanOutcome, job_line
from emulator.jobs.pages import Pages, prepare_pages
from emulator.jobs.plan import Plan, make_plan
from emulator.jobs.runner import PostScanJobRunner
from emulator.jobs.telling import JobTeller, both
from emulator.layers import InterventionFailed, Layers
from emulator.options.groups import DEFAULT_STORE
from emulator.trace.who import Who, speaking

if TYPE_CHECKING:
    from emulator.scan_server.embedded import Embedded


class ScanReporter(Protocol):
    """Who is told how a job goes."""

    def planned(self, plan: Plan, server: str, store: Path | None, pages: Pages) -> None:
        """The job is about to begin."""

    def page_scanned(self, number: int) -> None:
        """Page `number` (from 1) has left the scan head; called from the event loop."""

    def acknowledged(self, image: ImageRecord) -> None:
        """The scan server has the image."""


async def run_scan(
    options: ScanOptions,
    reporter: ScanReporter,
    embedded: Embedded | None = None,
    scanner: VirtualScanner | None = None,
    layers: Layers | None = None,
    commons: JobCommons | None = None,
    driven: Callable[[VirtualScanner, Layers], AbstractAsyncContextManager[None]] | None = None,
    disturbances: Disturbances | None = None,
) -> ScanOutcome:
    """Run one post-scan job. Raises LabError when nothing was sent; afterwards the outcome says all.

    - `embedded`: a server that runs already and is used where the embedded one is meant.
    - `scanner`: one that runs already (the option of the profile means nothing then); otherwise one is made for the
      job. Either is `pages.scanner` for the reporter.
    - `layers`: of the job's client and of its event listener, which are then as strict as these; by default they
      are part of those of `scanner`.
    - `commons`: what it has in common with the other jobs of this process.
    - `driven`: entered with scanner and layers before the job begins, left when it has ended.
    - `disturbances`: of `scanner`, where they act already; by default the job has those of its options.
    """
    async with AsyncExitStack() as stack:
        own = None
        if disturbances is None:
            disturbances = own = await asyncio.to_thread(
                Disturbances.of, options.faults, options.hooks, options.habits, _roles(embedded)
            )
            job_behaviours: frozenset[Behaviour] = frozenset()
        else:
            job_behaviours = Disturbances(habits=habits_of(options.habits, SERVER_ROLES)).behaviours
        begun = len(disturbances.firings)
        alone = commons is None
        if commons is None:
            commons = JobCommons()
            stack.push_async_callback(commons.aclose)
        plan = await asyncio.to_thread(make_plan, options, commons, scanner)
        stack.callback(plan.release)
        if own is not None:
            _require_habits_meant(own.behaviours, options, plan, embedded)
        else:
            _require_habits_meant(job_behaviours, options, plan, embedded)
        unused = []
        if embedded is None and not plan.choice.embedded and options.store != DEFAULT_STORE:
            unused = [f"--store {options.store} is for the embedded scan server: this one stores where it will"]
        if layers is None:
            layers = Layers(outer=None if scanner is None else scanner.layers)
            layers.strict = options.strict
        who = stack.enter_context(speaking(Who.of_job(None if scanner is None else scanner.journal.who)))
        teller = JobTeller(who, layers)
        if scanner is None:
            spool = stack.enter_context(commons.spool.job_folder())
            scanner = VirtualScanner(plan.profile, spool, filled=False, layers=Layers(outer=layers))
            scanner.journal.who = who
            stack.push_async_callback(scanner.stop)
        if own is not None:
            for each in _outermost(scanner.layers, layers):
                stack.callback(own.plug_device(scanner, each, habits=plan.profile.habits))
        pages = await in_thread(prepare_pages, options, plan, scanner, reporter.page_scanned)
        stack.callback(pages.production.take_back)
        if driven is not None:
            await stack.enter_async_context(driven(scanner, layers))
        trace = write_trace(options.trace, layers, stack, overwrite=options.overwrite)
        if not plan.choice.embedded:
            embedded = None
        elif embedded is None:
            embedded, leave = await commons.servers.of_job(
                WantedServer(
                    options.store,
                    plan.embedded_directory,
                    plan.same_directory,
                    disturbances,
                    plan.delivery,
                    options.delivery,
                    job_behaviours,
                )
            )
            stack.callback(leave)
        server = embedded.server.url if embedded else (plan.choice.url or plan.choice.service or "")
        client = await commons.clients.client(
            with_certificate_of(options.trust, plan.user),
            ca_pem=embedded.ca_pem if embedded else plan.roots,
            url=server,
            layers=layers,
        )
        wanted = _wanted_events(options, embedded, layers, alone=alone)
        ears = await commons.events.of_job(wanted, client)
        if ears is not None:
            stack.push_async_callback(ears.leave)
        line = job_line(plan.stored, plan.user, plan.resolved.ticket, plan.choices)
        job = {"server": server, "copies": plan.copies, **line}
        store = options.store if embedded else None
        manifest = stack.enter_context(open_manifest(options, store, job))
        stack.callback(disturbances.listen(lambda firing: manifest.fault(firing.fired.as_dict())))

        def created(job_token: str, service_url: str) -> None:
            if ears is not None:
                ears.known(job_token)
            manifest.created(job_token, service_url)

        driver = PostScanJobDriver(
            client.client,
            server_url=None if plan.choice.service else server,
            service_url=plan.choice.service,
            limits=JobLimits(options.connect_timeout, options.read_timeout, options.job_timeout),
            on_step=teller.step,
            on_created=both(teller.created, created),
            layers=layers,
            subscribe=None if ears is None else ears.subscribe,
        )
        if ears is not None:
            ears.tell(driver)
        runner = PostScanJobRunner(
            driver, pages.production, manifest, on_acknowledged=both(teller.acknowledged, reporter.acknowledged)
        )
        reporter.planned(plan, server, store, pages)
        teller.begun(server, plan.stored.process.display_name, lambda: driver.account)
        outcome = ScanOutcome(
            server, plan.stored, plan.user, plan.resolved.ticket, runner.report, None, pages.skipped
        )
        outcome.store = store
        outcome.choices = plan.choices
        outcome.input_warnings = [*pages.warnings, *unused]
        try:
            await _run_to_its_end(runner, plan.create_request, driver, outcome, options)
        finally:
            result = runner.report.result
            if ears is not None:
                outcome.events = ears.why_not
                ears.ended = result is not None
            if embedded and result is not None:
                outcome.deliveries = embedded.server.deliveries(result.job_token)
                outcome.delivered = embedded.server.share_files(result.job_token)
            outcome.error = outcome.error or trace_problem(trace)
            outcome.faults = [
                each.fired for each in disturbances.firings[begun:] if each.passes.device in ("", scanner.name)
            ]
            if own is not None:
                _require_fired(outcome, own)
            teller.ended(outcome)
            _into_the_manifest(outcome, manifest)
        return outcome


def _roles(embedded: Embedded | None) -> Sequence[Role]:
    """Whom faults of a job may be of: where a server runs already, it is not the job's."""
    return (*JOB_ROLES, *SERVER_ROLES) if embedded is None else JOB_ROLES


def _outermost(scanner: Layers, client: Layers) -> Sequence[Layers]:
    """Where the faults of a job are plugged in: those that the others are a part of, or both."""
    if scanner.within(client):
        return (client,)
    return (scanner,) if client.within(scanner) else (scanner, client)


def _require_fired(outcome: ScanOutcome, disturbances: Disturbances) -> None:
    """A fault that never happened is an error of a job that has no other."""
    outcome.unfired = [fault.name for fault in disturbances.unfired]
    if outcome.unfired and outcome.error is None:
        outcome.error = LabError(
            unfired_told(disturbances.unfired), ExitCode.FAILED, hint="may_miss = true lets a fault not happen"
        )


def _require_habits_meant(
    behaviours: Collection[Behaviour], options: ScanOptions, plan: Plan, embedded: Embedded | None
) -> None:
    """Behaviours are of the embedded server that is started for this job. Raises LabError where there is none."""
    if behaviours and not options.loaded and (embedded is not None or not plan.choice.embedded):
        raise LabError(
            "--habit says how the embedded scan server behaves, and this job goes to another one",
            hint="server --habit, or Lab(habits=...), gives a server habits that goes on",
        )


async def _run_to_its_end(
    runner: PostScanJobRunner,
    request: CreatePostScanJobRequest,
    driver: PostScanJobDriver,
    outcome: ScanOutcome,
    options: ScanOptions,
) -> None:
    """Run the job; what goes wrong becomes the outcome's error. Raises LabError when it is interrupted."""
    try:
        await runner.run(request, wait=options.wait)
    except PostScanJobFailed as error:
        outcome.error = job_failure(error, driver.account, options)
    except (SourceError, OSError, PanelScanFailed, NotAcceptingJobs, NoSheets, InterventionFailed) as error:
        outcome.error = LabError(f"{error}; {CANCELED[driver.canceled]}", ExitCode.FAILED)
    except asyncio.CancelledError:
        outcome.error = LabError(f"interrupted; {CANCELED[driver.canceled]}", ExitCode.INTERRUPTED)
        raise outcome.error from None


def _into_the_manifest(outcome: ScanOutcome, manifest: ManifestWriter) -> None:
    """The last line of the manifest; a disk that does not take it is an error of the outcome."""
    outcome.manifest = manifest.path
    try:
        manifest.result(outcome.as_dict())
    except OSError as error:
        outcome.error = outcome.error or LabError(f"{error}; how the job ended is not in it", ExitCode.FAILED)
    if outcome.error is not None:
        outcome.error.details = outcome.as_dict()


def _wanted_events(options: ScanOptions, embedded: Embedded | None, layers: Layers, *, alone: bool) -> WantedEvents:
    """How the scan server's events of a job are taken: not at all where nobody waits for its end. `alone`: the
    server goes with the job, or no job comes after it."""
    tls = None
    if options.events_cert is None and embedded is not None and options.events is None:
        # The embedded server trusts the certificate; to any other one events come over plain HTTP, unless it is
        # told.
        tls = embedded.sink_tls
    return WantedEvents(
        options.events if options.wait else NO_EVENTS,
        tls,
        options.events_cert,
        options.events_key,
        layers=layers,
        linger=not alone,
    )
