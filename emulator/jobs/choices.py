"""The choices before a job: which directory, user, scan process and scan server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from emulator.directory.errors import DirectoryError
from emulator.directory.model import Directory, StoredScanProcess, User
from emulator.directory.scan_process_file import load_scan_processes
from emulator.dsm.constants import SCAN_SERVER_PATH, SCAN_SERVER_PORT
from emulator.dsm.guid import parse_guid
from emulator.environment.directories import is_ldap, lab_error, office_folder
from emulator.environment.exit_codes import LabError
from emulator.environment.next_step import command_line, directory_words
from emulator.jobs.directory_sessions import DirectoryOfJob, DirectorySessions
from emulator.jobs.options import EMBEDDED, ScanOptions
from emulator.transport.url import is_http_url, read_url

_SID: Final = re.compile(r"S-1-\d+(-\d+)+\Z")
_PROCESS_FILES: Final = frozenset({".toml", ".xml", ".ldif"})


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """Which scan server, and why: `embedded`, or a URL to probe, or a service known without probing."""

    url: str | None
    service: str | None
    reason: str

    @property
    def embedded(self) -> bool:
        """Whether the scan server of this process is meant."""
        return self.url is None and self.service is None


def choose_directory(options: ScanOptions, directories: DirectorySessions) -> DirectoryOfJob | None:
    """The directory that the options name; None with --user-sid and no --directory. Raises LabError."""
    if options.directory is None and options.user_sid is not None and options.scan_process is not None:
        return None
    if options.user_sid is not None and is_ldap(options.directory):
        raise LabError("--user-sid goes without a directory over LDAP: it tells the SID of --user")
    return directories.open(options.directory, options.user, options.ldap)


def choose_user(options: ScanOptions, directory: Directory | None) -> User:
    """The user of the job. Raises LabError."""
    if options.user_sid is not None:
        if options.user is not None:
            raise LabError("--user and --user-sid exclude one another")
        if not _SID.match(options.user_sid):
            raise LabError(f"--user-sid {options.user_sid!r} is no SID", hint="a SID reads S-1-5-21-...-1001")
        known = directory.user_by_sid(options.user_sid) if directory is not None else None
        return known or User(
            name=options.user_sid,
            domain="unknown",
            sid=options.user_sid,
            mail="",
            display_name=options.user_sid,
            groups=(),
        )
    if directory is None:
        raise LabError("a user needs a directory", hint="give --directory, or --user-sid")
    try:
        return directory.default_user() if options.user is None else directory.user(options.user)
    except DirectoryError as error:
        raise lab_error(error) from None


def choose_scan_process(options: ScanOptions, directory: Directory | None, user: User) -> StoredScanProcess:
    """The scan process that the options name, by file, identifier or name; else the folder's default.
    Raises LabError."""
    identifier = _identifier(options.psp_id)
    named = options.scan_process
    try:
        if named is not None and Path(named).suffix.lower() in _PROCESS_FILES:
            return _from_file(Path(named), identifier)
        if identifier is not None:
            raise LabError("--psp-id goes with a scan process given as a file")
        if directory is None:
            raise LabError(f"the scan process {named!r} is no file, and there is no directory to look in")
        if named is not None:
            return directory.scan_process(named, user)
        return directory.default_scan_process(user)
    except DirectoryError as error:
        raise lab_error(error, how_to_list(options)) from None


def how_to_list(options: ScanOptions) -> str:
    """Hint: what shows the scan processes that there are."""
    words = directory_words(options.directory)
    if words is None:
        return "scan-processes list, with the same --directory and --user, shows them"
    return f"{command_line('scan-processes', 'list', *words)} shows them"


def how_to_show(options: ScanOptions, stored: StoredScanProcess) -> str:
    """What shows this scan process."""
    words = directory_words(options.directory)
    named = options.scan_process or stored.process.display_name
    if words is None:
        return "scan-processes show, with the same --directory and --user,"
    return command_line("scan-processes", "show", named, *words)


def _identifier(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return parse_guid(text)
    except ValueError:
        raise LabError(f"--psp-id {text!r} is no GUID") from None


def _from_file(path: Path, identifier: UUID | None) -> StoredScanProcess:
    found = load_scan_processes(path, identifier=identifier)
    if len(found) != 1:
        names = ", ".join(repr(stored.process.display_name) for stored in found)
        raise LabError(f"{path} holds {len(found)} scan processes: {names}", hint="use --directory and the name")
    return found[0]


def choose_server(options: ScanOptions, stored: StoredScanProcess) -> ServerChoice:
    """`--service`, `--server`, the ScanRepository of a scan process that the user named, else embedded.
    Raises LabError for a URL that is none."""
    if options.service is not None:
        return ServerChoice(None, _url(options.service, "--service"), "--service")
    if options.server == EMBEDDED:
        return ServerChoice(None, None, "--server")
    if options.server is not None:
        return ServerChoice(server_url(options.server), None, "--server")
    repository = stored.process.scan_repository.strip()
    if options.scan_process is not None and repository and not stored.lies_in(office_folder()):
        return ServerChoice(server_url(repository), None, "ScanRepository of the scan process")
    return ServerChoice(None, None, "no other named")


def server_url(text: str) -> str:
    """A URL as it is, or the documented one of a host name (`https://HOST:5362/ScanServer`). Raises LabError."""
    if "://" in text:
        url = _url(text, "--server")
        return url if read_url(url).path.strip("/") else url.rstrip("/") + SCAN_SERVER_PATH
    place, slash, path = text.partition("/")
    host, colon, port = place.rpartition(":")
    if not colon or not port.isdigit() or host.endswith(":"):
        host, port = place, str(SCAN_SERVER_PORT)
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    path = f"/{path}" if slash and path else SCAN_SERVER_PATH
    return _url(f"https://{host}:{port}{path}", "--server", text)


_TAKES: Final = {
    "--server": (
        f"HOST, HOST:PORT, HOST:PORT/PATH, https://HOST:{SCAN_SERVER_PORT}{SCAN_SERVER_PATH} and the like, "
        "or embedded"
    ),
    "--service": "the URL of the WS-DSP service, as https://HOST:PORT/PATH",
}


def _url(text: str, option: str, typed: str = "") -> str:
    """`typed`: what the URL was made of."""
    if not is_http_url(text):
        raise LabError(
            f"{option} {(typed or text)!r} is no http or https URL and no host name",
            hint=f"{option} takes {_TAKES[option]}",
        )
    return text
