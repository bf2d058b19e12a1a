"""One post-scan job from options to result: what `scan` and the Python API run."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from emulator.device.manifest import ImageRecord, ManifestWriter
from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.device.runner import PostScanJobRunner
from emulator.directory.model import StoredScanProcess, User
from emulator.dsm.driver import PostScanJobDriver
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.outcome import JobLimits, PostScanJobFailed
from emulator.dsm.scan_process import FileShareFilter
from emulator.imaging.pages import SourceError
from emulator.lab.choices import (
    ServerChoice,
    choose_scan_process,
    choose_server,
    choose_user,
    open_directory,
)
from emulator.lab.embedded import Embedded, embedded_server
from emulator.lab.exit_codes import ExitCode, LabError
from emulator.lab.options import ScanOptions
from emulator.lab.outcome import ScanOutcome, job_line
from emulator.lab.overlay import Overlay
from emulator.lab.pages import Pages, prepare_pages
from emulator.lab.spool import spool_folder
from emulator.lab.tracing import trace_observers
from emulator.scan_server.directory import ServerDirectory
from emulator.transport.client import StreamClient
from emulator.trust.contexts import TrustError, client_context
from emulator.wsscan.resolution import Resolved, TicketRejected, resolve
from emulator.wsscan.settings import SettingError, apply_settings

_INTERRUPTED: Final = {
    True: "interrupted; the job was cancelled at the scan server",
    False: "interrupted; the scan server did not take the cancellation",
    None: "interrupted; there was no job to cancel",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything decided before the first octet is sent."""

    profile: DeviceProfile
    user: User
    stored: StoredScanProcess
    resolved: Resolved
    choice: ServerChoice
    directory: ServerDirectory | None

    @property
    def copies(self) -> int:
        """How often a scan server stores each image: once for each share."""
        shares = [
            share
            for each in self.stored.process.instructions.filters
            if isinstance(each, FileShareFilter)
            for share in each.shares
        ]
        return max(1, len(shares))


class ScanReporter(Protocol):
    """Who is told how a job goes."""

    def planned(self, plan: Plan, server: str, store: Path | None, pages: Pages, job: Path) -> None:
        """The job is about to begin; `job` is its manifest."""

    def page_scanned(self, number: int) -> None:
        """Page `number` (from 1) has left the scan head; called from the event loop."""

    def acknowledged(self, image: ImageRecord) -> None:
        """The scan server has the image."""


def make_plan(options: ScanOptions) -> Plan:
    """Choose directory, user, scan process, profile, ticket and server. Raises LabError."""
    directory = open_directory(options)
    user = choose_user(options, directory)
    stored = choose_scan_process(options, directory, user)
    if stored.process.identifier is None:
        raise LabError(f"{stored.source} names no identifier", hint="give the scan process's GUID with --psp-id")
    try:
        profile = load_profile(options.profile)
        ticket = apply_settings(stored.process.ticket, options.settings, force=options.force)
        resolved = resolve(ticket, profile.configuration(), profile.default_ticket())
    except (ProfileError, SettingError) as error:
        raise LabError(str(error)) from None
    except TicketRejected as error:
        raise LabError(f"the {profile.friendly_name} cannot scan this ticket: {error}") from None
    return Plan(profile, user, stored, resolved, choose_server(options, stored), directory)


async def run_scan(options: ScanOptions, reporter: ScanReporter, embedded: Embedded | None = None) -> ScanOutcome:
    """Run one post-scan job. Raises LabError when nothing was sent; afterwards the outcome says all.

    `embedded`: a server that runs already and is used where the embedded one is meant.
    """
    plan = await asyncio.to_thread(make_plan, options)
    async with AsyncExitStack() as stack:
        spool = stack.enter_context(spool_folder())
        pages = await asyncio.to_thread(
            prepare_pages,
            options,
            plan.profile,
            plan.resolved.ticket,
            plan.stored.process.display_name,
            spool,
            reporter.page_scanned,
        )
        observers = trace_observers(options.trace, stack)
        if not plan.choice.embedded:
            embedded = None
        elif embedded is None:
            directory = Overlay(plan.directory, plan.user, plan.stored)
            embedded = await stack.enter_async_context(embedded_server(options.store, directory))
        client = StreamClient(_tls(options, embedded), observers=observers)
        stack.push_async_callback(client.aclose)
        server = embedded.server.url if embedded else (plan.choice.url or plan.choice.service or "")
        path = options.manifest or (options.store if embedded else Path()) / f"{secrets.token_hex(4)}.jsonl"
        job = {"server": server, "copies": plan.copies, **job_line(plan.stored, plan.user, plan.resolved.ticket)}
        try:
            manifest = stack.enter_context(ManifestWriter(path, job))
        except OSError as error:
            raise LabError(f"the manifest {path} cannot be written: {error.strerror or error}") from None
        driver = PostScanJobDriver(
            client,
            server_url=None if plan.choice.service else server,
            service_url=plan.choice.service,
            limits=JobLimits(options.connect_timeout, options.read_timeout, options.job_timeout),
            strict=options.strict,
            on_created=manifest.created,
        )
        runner = PostScanJobRunner(driver, pages.production, manifest, on_acknowledged=reporter.acknowledged)
        reporter.planned(plan, server, options.store if embedded else None, pages, path)
        outcome = ScanOutcome(
            server, plan.stored, plan.user, plan.resolved.ticket, runner.report, path, pages.skipped
        )
        try:
            await runner.run(_create_request(plan), wait=options.wait)
        except PostScanJobFailed as error:
            outcome.failure = error
            outcome.error = LabError(str(error), ExitCode(error.exit_hint))
        except (SourceError, OSError) as error:
            outcome.error = LabError(f"{error}; the job was cancelled at the scan server", ExitCode.FAILED)
        except asyncio.CancelledError:
            outcome.error = LabError(_INTERRUPTED[driver.canceled], ExitCode.INTERRUPTED)
            raise outcome.error from None
        finally:
            result = runner.report.result
            if embedded and result is not None:
                outcome.delivered = embedded.server.delivered(result.job_token)
            manifest.result(outcome.as_dict())
        return outcome


def _tls(options: ScanOptions, embedded: Embedded | None) -> ssl.SSLContext:
    trust = options.trust
    try:
        return client_context(
            ca_file=trust.ca_file,
            ca_pem=embedded.ca_pem if embedded else None,
            client_cert=trust.client_cert,
            client_key=trust.client_key,
            insecure=trust.insecure,
        )
    except TrustError as error:
        raise LabError(str(error)) from None


def _create_request(plan: Plan) -> CreatePostScanJobRequest:
    process = plan.stored.process
    identifier = process.identifier
    if identifier is None:  # make_plan has refused it
        raise LabError("the scan process has no identifier")
    return CreatePostScanJobRequest(
        user_identifier=plan.user.sid,
        psp_identifier=str(identifier).upper(),
        instructions=process.instructions,
    )
