"""Everything that is decided before the first octet of a post-scan job is sent.
[psp/scan-process/scan-ticket] [psp/change/scan-ticket-settings]
[dsp/address/host-from-the-scan-process] [psp/scan-process/scan-repository]"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.device.profile import DeviceProfile, ProfileError
from emulator.device.scanner import VirtualScanner
from emulator.directory.errors import DirectoryError
from emulator.directory.folder import FolderDirectory
from emulator.directory.model import Directory, StoredScanProcess, User
from emulator.dsm.device_choices import ChoiceRefused, DeviceChoices, with_choices
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.scan_process import FileShareFilter, PostScanInstructions
from emulator.environment.directories import lab_error
from emulator.environment.exit_codes import LabError
from emulator.environment.next_step import command_line, profile_hint
from emulator.jobs.choices import (
    ServerChoice,
    choose_directory,
    choose_scan_process,
    choose_server,
    choose_user,
    how_to_show,
)
from emulator.jobs.commons import JobCommons
from emulator.jobs.options import ScanOptions
from emulator.jobs.overlay import DirectoryInFront
from emulator.jobs.setting_refused import setting_refused
from emulator.scan_server.delivery_file import delivery_settings, shares_elsewhere
from emulator.scan_server.directory import ServerDirectory
from emulator.wsscan.resolution import Resolved, TicketRejected, resolve
from emulator.wsscan.settings import SettingError, apply_settings
from emulator.wsscan.values.ticket import ScanTicket

if TYPE_CHECKING:
    from emulator.scan_server.delivery.settings import DeliverySettings


@dataclass(frozen=True, slots=True)
class Plan:
    """Who scans what for whom, how, and where it goes."""

    profile: DeviceProfile
    user: User
    stored: StoredScanProcess
    choices: DeviceChoices
    """What the user chose beside the ticket."""
    instructions: PostScanInstructions
    """Those of the scan process with the user's choices."""
    asked: ScanTicket
    """The ticket of the scan process with the user's settings."""
    resolved: Resolved
    choice: ServerChoice
    directory: Directory | None
    delivery: DeliverySettings | None = None
    """By which servers the embedded scan server delivers."""
    roots: bytes | None = None
    """PEM of the enterprise roots that the directory publishes, where they are to be trusted."""

    release: Callable[[], None] = lambda: None
    """The directory is needed no more; harmless when it is called again."""

    @property
    def embedded_directory(self) -> ServerDirectory:
        """What the embedded scan server looks users and scan processes up in: the same directory, with what the
        command line alone knows in front. Active Directory is asked for all that it has told."""
        own_user = self.directory is None or isinstance(self.directory, FolderDirectory)
        own_process = isinstance(self.stored.source, Path)
        return DirectoryInFront(
            self.directory, self.user if own_user else None, self.stored if own_process else None
        )

    @property
    def same_directory(self) -> Hashable:
        """Jobs that say the same here have one directory: an embedded scan server asks it for all of them, and for
        nobody else. Who binds to Active Directory is part of it."""
        if self.directory is None:
            return None
        return self.directory.path.absolute() if isinstance(self.directory, FolderDirectory) else id(self.directory)

    @property
    def create_request(self) -> CreatePostScanJobRequest:
        """What the scan server is asked for."""
        identifier = self.stored.process.identifier
        assert identifier is not None, "make_plan refuses such a scan process"
        return CreatePostScanJobRequest(self.user.sid, str(identifier).upper(), self.instructions)

    @property
    def copies(self) -> int:
        """How often a scan server stores each image: once for each share. Of the embedded one only the shares count
        that are folders of its store."""
        shares = [
            share
            for each in self.instructions.filters
            if isinstance(each, FileShareFilter)
            for share in each.shares
        ]
        return max(1, len(shares) - shares_elsewhere(self.delivery, shares))


def make_plan(options: ScanOptions, commons: JobCommons, scanner: VirtualScanner | None = None) -> Plan:
    """Choose directory, user, scan process, profile, ticket and server. `scanner`: one that runs already; its
    profile and default ticket are meant. Blocks. Raises LabError."""
    opened = choose_directory(options, commons.directories)
    if opened is None:
        return _plan_with(None, options, commons, scanner)
    try:
        return replace(_plan_with(opened.directory, options, commons, scanner), release=opened.release)
    except BaseException:
        opened.release()
        raise


def _plan_with(
    directory: Directory | None, options: ScanOptions, commons: JobCommons, scanner: VirtualScanner | None
) -> Plan:
    user = choose_user(options, directory)
    stored = choose_scan_process(options, directory, user)
    if stored.process.identifier is None:
        raise LabError(f"{stored.source} names no identifier", hint="give the scan process's GUID with --psp-id")
    try:
        profile = commons.profiles.load(options.profile) if scanner is None else scanner.profile
    except ProfileError as error:
        raise LabError(str(error), hint=profile_hint(options.profile)) from None
    named = options.profile if scanner is None else profile.name
    try:
        default = profile.default_ticket() if scanner is None else scanner.default_ticket
        ticket = apply_settings(_of_user(stored.process.ticket, user), options.settings, force=options.force)
        resolved = resolve(ticket, profile.configuration(), default)
        choices = DeviceChoices(options.mail_to, options.file_name, options.folders)
        instructions = with_choices(stored.process, choices)
    except SettingError as error:
        raise setting_refused(error, profile, named) from None
    except ChoiceRefused as error:
        raise LabError(str(error), hint=f"{how_to_show(options, stored)} tells what it allows") from None
    except TicketRejected as error:
        raise LabError(
            f"the {profile.friendly_name} cannot scan this ticket: {error}",
            hint=f"{command_line('profiles', 'show', named)} tells what the device can do",
        ) from None
    choice = choose_server(options, stored)
    if options.delivery is not None and not choice.embedded:
        raise LabError(
            "--delivery is for the embedded scan server; this job goes to another",
            hint="give --delivery to that server, or leave out --server",
        )
    delivery = delivery_settings(options.delivery)
    roots = _roots(options, choice, directory)
    return Plan(profile, user, stored, choices, instructions, ticket, resolved, choice, directory, delivery, roots)


def _of_user(ticket: ScanTicket, user: User) -> ScanTicket:
    """The scan process's ticket for who stands at the device: the user who submits the job (JobOriginatingUserName
    page), where the stored one names whoever made the scan process."""
    name = user.name if user.name == user.sid else user.principal
    return replace(ticket, job_description=replace(ticket.job_description, job_originating_user_name=name))


def _roots(options: ScanOptions, choice: ServerChoice, directory: Directory | None) -> bytes | None:
    """The enterprise roots, if they are wanted and of use. Raises LabError."""
    if not options.ldap.roots:
        return None
    if directory is None:
        raise LabError("--directory-roots needs a directory over LDAP")
    if options.trust.ca_file is not None:
        raise LabError("--directory-roots and --ca-file exclude one another")
    if choice.embedded:
        return None
    try:
        return directory.enterprise_roots()
    except DirectoryError as error:
        raise lab_error(error) from None
