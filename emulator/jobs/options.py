"""What one post-scan job is asked to be: the options of `scan`, from the command line or from Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from emulator.environment.options import LdapOptions, TrustOptions
from emulator.imaging.decoding.limits import PAGE_MEMORY, PAGE_SECONDS, PageLimits

#: `--server embedded`: the scan server of this process.
EMBEDDED = "embedded"

#: `--manifest none`: no manifest is written.
NO_MANIFEST: Final = "none"


DEFAULT_STORE: Final = Path("scans")
"""Where the embedded scan server stores unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """Options of `scan`; each says what its command line option of the same name says."""

    files: tuple[Path, ...] = ()
    server: str | None = None
    """A URL, a host name, `embedded`, or None: the scan process decides."""
    service: str | None = None
    scan_process: str | None = None
    """Display name, identifier or file; None: the first that the user may use."""
    psp_id: str | None = None
    user: str | None = None
    user_sid: str | None = None
    directory: Path | str | None = None
    """A folder, or ldap:// and ldaps:// URLs."""
    ldap: LdapOptions = field(default_factory=LdapOptions)
    profile: str = "office-mfp"
    documents: str | None = None
    """A document set, by name or TOML file, that the pages are made by."""
    truth: Path | None = None
    """Folder for what is on each page of a document set."""
    pages: int | None = None
    repeat: bool = False
    loaded: bool = False
    """What lies in the scanner is scanned, as it lies there; what the other options say of pages means nothing. Of
    scanners that run already."""
    stamped: bool = False
    """Load mode: the pages are encoded once and come out as numbered copies."""
    settings: tuple[str, ...] = ()
    force: bool = False
    mail_to: tuple[str, ...] = ()
    """E-mail addresses beside those of the scan process, where it allows that."""
    file_name: str | None = None
    """DocumentRootName in place of the scan process's, where it allows that."""
    folders: tuple[str, ...] = ()
    """UNC paths in place of the scan process's, where it allows that."""
    as_is: bool = False
    skip_bad: bool = False
    full_preflight: bool = False
    page_seconds: float = PAGE_SECONDS
    """To open a PDF or a suspicious image, and to render each of its pages; a process of its own does it."""
    page_memory: int = PAGE_MEMORY
    """Octets of that process."""
    seed: int = 0
    store: Path = DEFAULT_STORE
    delivery: Path | None = None
    """TOML file: where the embedded scan server delivers to."""
    habits: tuple[str, ...] = ()
    """Names of faults/habits.py: in what the embedded scan server departs from the documents."""
    manifest: Path | Literal["none"] | None = None
    """None: beside the store of the embedded server, else in the state folder; `none`: nowhere."""
    state: Path | None = None
    """State folder, which keeps manifests; None: the user's."""
    trace: Path | None = None
    overwrite: bool = False
    """Replace a manifest, a trace or truths that are there."""
    trust: TrustOptions = field(default_factory=TrustOptions)
    events: str | None = None
    """Address of ours, host or host:port, where the scan server brings events; `none`: it is not asked to. None: on
    loopback, if the scan server is on this machine."""
    events_cert: Path | None = None
    """PEM or PKCS#12 by which events are taken over HTTPS."""
    events_key: Path | None = None
    wait: bool = True
    speed: Literal["max", "real"] = "max"
    strict: bool = False
    connect_timeout: float = 10.0
    """Seconds to connect, TLS included."""
    read_timeout: float = 60.0
    """Seconds of silence."""
    job_timeout: float = 600.0
    """Seconds from EndPostScanJob to the job's final state."""

    @property
    def page_limits(self) -> PageLimits:
        """Raises ValueError for bounds under which nothing could be done."""
        return PageLimits(self.page_seconds, self.page_memory)
