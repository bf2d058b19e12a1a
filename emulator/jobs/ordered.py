"""What a post-scan job would be asked for with, for whoever runs it by himself: the judge, who reads nothing with
our readers, is given it as text."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from emulator.directory.errors import DirectoryError
from emulator.directory.model import Directory
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.environment.directories import lab_error
from emulator.environment.exit_codes import LabError
from emulator.jobs.choices import choose_directory, choose_scan_process, choose_user, server_url
from emulator.jobs.directory_sessions import DirectorySessions
from emulator.jobs.options import ScanOptions


@dataclass(frozen=True, slots=True)
class Ordered:
    """User and scan process of a job, and where it goes."""

    url: str
    """Of the scan server."""
    user: str
    """Security identifier."""
    user_name: str
    """user@domain; '' where it is not known."""
    scan_process: str
    """Its identifier, as it is sent."""
    display_name: str
    instructions: bytes
    """dsp:PostScanInstructions."""
    dialects: tuple[str, ...]
    """Of its filters."""
    roots: bytes | None
    """PEM of the enterprise roots that the directory publishes, where they are to be trusted."""
    may_rename: bool
    """The scan process lets a device choose DocumentRootName."""
    may_choose_share: bool
    """The same of ShareUNC."""


def ordered(options: ScanOptions) -> Ordered:
    """What a job of these options would be asked for with; `server` is where it goes. Blocks. Raises LabError."""
    assert options.server is not None
    url = server_url(options.server)
    sessions = DirectorySessions()
    opened = choose_directory(options, sessions)
    try:
        directory = None if opened is None else opened.directory
        user = choose_user(options, directory)
        stored = choose_scan_process(options, directory, user)
        if stored.process.identifier is None:
            raise LabError(
                f"{stored.source} names no identifier", hint="give the scan process's GUID with --psp-id"
            )
        request = CreatePostScanJobRequest(
            user.sid, str(stored.process.identifier).upper(), stored.process.instructions
        ).to_xml()
        instructions = etree.tostring(request[2], with_tail=False)
        return Ordered(
            url,
            user.sid,
            "" if user.name == user.sid else user.principal,
            request[1].text or "",
            stored.process.display_name,
            instructions,
            tuple(each.dialect for each in stored.process.instructions.filters),
            _roots(options, directory),
            stored.process.allow_file_name_change,
            stored.process.allow_file_path_change,
        )
    finally:
        if opened is not None:
            opened.release()
        sessions.close()


def _roots(options: ScanOptions, directory: Directory | None) -> bytes | None:
    """The enterprise roots, if they are wanted. Raises LabError."""
    if not options.ldap.roots or directory is None:
        return None
    try:
        return directory.enterprise_roots()
    except DirectoryError as error:
        raise lab_error(error) from None
