"""Groups of options that several commands have: where pages come from, how a scan is set, who asks a directory, how
running devices are driven, what is printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from emulator.environment.option_model import APath, Option, Options, Paths, Place, Size, Texts
from emulator.environment.options import DIRECTORY, TRUST, LdapOptions
from emulator.imaging.decoding.limits import LEAST_MEMORY, PAGE_MEMORY, PAGE_SECONDS, PageLimits

PAGES: Final = "Pages"
LIMITS: Final = "Limits"
TICKET: Final = "Ticket"
JOB: Final = "Job"
SERVER: Final = "Server"
CONTROL: Final = "Control"
DEVICE: Final = "Device"
NETWORK: Final = "Network"
OUTPUT: Final = "Output"
FAULTS: Final = "Faults"

Habits = Annotated[
    Texts,
    Option(
        "Always depart from the documents as a real device or scan server does, such as 2008r2 (docs/faults.md). "
        "Repeatable.",
        FAULTS,
        "NAME",
        flag="--habit",
        completion="habit",
    ),
]
"""`--habit`: the same wherever it stands."""

Interfaces = Annotated[
    Texts,
    Option(
        "Interface (name or IP address) to be reached on beside loopback, or 'all'. Repeatable.",
        NETWORK,
        "NAME|ADDRESS",
        flag="--interface",
    ),
]
"""Of devices that are on the network."""
Multicast = Annotated[bool, Option("No Hello, no Bye, no answer to multicast Probes.", NETWORK, negated=True)]
"""The same."""

Speed = Literal["real", "max"]
"""`real` follows the profile's rates, `max` does not wait."""

WatchSeconds = Annotated[
    float | None,
    Field(ge=0.1, allow_inf_nan=False),
    Option("Watch so long.", OUTPUT, "SECONDS", flag="--for"),
]
"""None: until interrupted."""

DEFAULT_STORE: Final = Path("scans")
"""Where the embedded scan server stores unless somebody says otherwise."""


def state_folder(purpose: str, group: str) -> Option:
    """The option `--state` of a command. `purpose`: what it has the folder for; `group`: where that stands."""
    return Option(
        purpose, group, "DIR", default="the user's own", completion="folder", variable="DSM_EMULATOR_STATE"
    )


class PageLimitOptions(Options):
    """Bounds of the work on one page of an untrusted file."""

    page_seconds: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option(
            "Longest time to open a PDF or a suspicious image, and to render each of its pages.", LIMITS, "SECONDS"
        ),
    ] = PAGE_SECONDS
    page_memory: Annotated[
        Size,
        Field(ge=LEAST_MEMORY),
        Option("Most memory of the process that does it: 2G, 512M. Not bounded on Windows.", LIMITS, "SIZE"),
    ] = PAGE_MEMORY

    @property
    def page_limits(self) -> PageLimits:
        """The two together."""
        return PageLimits(self.page_seconds, self.page_memory)


class PageFiles(PageLimitOptions):
    """Which pages."""

    files: Annotated[
        Paths,
        Option(
            "Pages: images, PDFs, folders of them. None: synthetic letters.",
            PAGES,
            "[FILE|DIR]...",
            argument=True,
            completion="file",
        ),
    ] = ()
    documents: Annotated[
        str | None,
        Option(
            "A document set, a name or a TOML file, makes the pages; every-kind and every-trace show all there is.",
            PAGES,
            "SET",
            completion="documents",
        ),
    ] = None
    look: Annotated[
        Literal["scanned", "clean"] | None,
        Option(
            "scanned: documents as a scanner sees printed pages; clean: as drawn.",
            PAGES,
            default="as the set says",
        ),
    ] = None
    seed: Annotated[int, Field(ge=0), Option("Seed of synthetic pages.", PAGES, "N")] = 0


class PageOptions(PageFiles):
    """Which pages, and how many of them."""

    ALSO: ClassVar[Mapping[str, tuple[str, Mapping[Any, Any]]]] = MappingProxyType(
        {"full_preflight": ("preflight", {True: "full", False: "normal"})}
    )

    pages: Annotated[int | None, Field(ge=1), Option("Scan N pages: cut the files, or synthesise.", PAGES, "N")] = (
        None
    )
    repeat: Annotated[bool, Option("Repeat the files until --pages.", PAGES)] = False
    skip_bad: Annotated[bool, Option("Leave out files and pages that cannot be read.", PAGES)] = False
    preflight: Annotated[
        Literal["normal", "full"],
        Option("full: decode every page before anything is sent or written, not only the first.", PAGES),
    ] = "normal"

    @property
    def full_preflight(self) -> bool:
        """Whether every page is decoded first."""
        return self.preflight == "full"


class ProfileOption(Options):
    """What kind of device scans."""

    profile: Annotated[
        str, Option("Device profile: a name or a TOML file.", DEVICE, "PROFILE", completion="profile")
    ] = "office-mfp"


class TicketOptions(Options):
    """How it is scanned."""

    settings: Annotated[
        Texts,
        Option(
            "A setting of the scan ticket: Format=png, Resolution=300x300, MediaBack/Resolution=200x200. "
            "Repeatable.",
            TICKET,
            "PATH=VALUE",
            flag="--set",
            completion="setting",
        ),
    ] = ()
    force: Annotated[bool, Option("Let --set change a value that the scan process marks MustHonor.", TICKET)] = (
        False
    )


class AskedDirectory(Options):
    """Which directory, who asks it, and how."""

    directory: Annotated[
        Place | None,
        Option(
            "Folder of users and scan processes, or ldap://DOMAIN, ldaps://HOST.",
            DIRECTORY,
            "DIR|URL",
            default="the office that comes along",
            completion="folder",
        ),
    ] = None
    user: Annotated[
        str | None, Option("Who asks a directory over LDAP, and sees what he may read.", DIRECTORY, "USER")
    ] = None
    ldap: LdapOptions = LdapOptions()


class StoreOptions(Options):
    """The embedded scan server: where it stores, by what it delivers, in what it departs from the documents."""

    store: Annotated[
        APath, Option("Where the embedded scan server stores.", SERVER, "DIR", completion="folder")
    ] = DEFAULT_STORE
    delivery: Annotated[
        APath | None,
        Option(
            "Where the embedded scan server delivers to: mail server, SharePoint libraries, SMB shares.",
            SERVER,
            "FILE.toml",
            completion="file",
        ),
    ] = None
    habits: Habits = ()


class FaultOptions(Options):
    """What is done otherwise on purpose."""

    faults: Annotated[
        APath | None,
        Option(
            "Fault plan: what goes wrong, where and when (docs/faults.md).", FAULTS, "FILE.toml", completion="file"
        ),
    ] = None
    hooks: Annotated[
        APath | None,
        Option(
            "Functions of yours that alter what goes out (docs/layers.md). The file is run: use your own alone.",
            FAULTS,
            "FILE.py",
            completion="file",
        ),
    ] = None


class LastingFaultOptions(FaultOptions):
    """The same, of what runs until it is stopped."""

    faults_must_fire: Annotated[
        bool, Option("Exit with 1 where a fault of the plan has not happened when it is stopped.", FAULTS)
    ] = False


class TraceOptions(Options):
    """Files that are written beside the result."""

    trace: Annotated[
        APath | None,
        Option("Record what goes over the wire (HAR 1.2).", OUTPUT, "FILE.har", completion="file"),
    ] = None
    overwrite: Annotated[bool, Option("Replace files that are there already.", OUTPUT)] = False


class ReportOptions(Options):
    """Where a run's reports go."""

    report: Annotated[
        APath | None,
        Option(
            "Write results.jsonl and junit.xml into this folder; a run that is cut off leaves no footer in them.",
            OUTPUT,
            "DIR",
            completion="folder",
        ),
    ] = None
    overwrite: Annotated[bool, Option("Replace files that are there already.", OUTPUT)] = False


class EventCertificate(Options):
    """By what certificate events are taken."""

    events_cert: Annotated[
        APath | None,
        Option("Take events over HTTPS with this certificate: PEM or PKCS#12.", TRUST, "FILE", completion="file"),
    ] = None
    events_key: Annotated[
        APath | None,
        Option("PEM of its key, where it is not in the same file.", TRUST, "FILE", completion="file"),
    ] = None


class TruthFolders(Options):
    """Of what is known of the pages that come."""

    truth: Annotated[
        Paths,
        Option(
            "Folder of truths of scanned pages (scan --truth, render), for the control API. Repeatable.",
            CONTROL,
            "DIR",
            completion="folder",
        ),
    ] = ()


class ControlOptions(Options):
    """Where the control API listens, and whom it lets in."""

    port: Annotated[
        int,
        Field(ge=0, le=65535),
        Option(
            "Port of the control API, by which press drives; 0: a free one.", CONTROL, "N", flag="--control-port"
        ),
    ] = 0
    bind: Annotated[
        str,
        Option(
            "Address that the control API listens on, in plain HTTP; 0.0.0.0 and :: mean all.",
            CONTROL,
            "ADDRESS",
            flag="--control-bind",
        ),
    ] = "127.0.0.1"
    token_file: Annotated[
        APath | None,
        Option(
            "Its first line is the token of the control API; else one is made, and press finds it.",
            CONTROL,
            "FILE",
            flag="--control-token",
            variable="DSM_EMULATOR_TOKEN",
            completion="file",
        ),
    ] = None


class PanelOptions(Options):
    """The front panel in the browser."""

    open_panel: Annotated[bool, Option("Open the front panel in a browser.", CONTROL, flag="--open")] = False


class PrintOptions(Options):
    """What a command prints."""

    json_output: Annotated[
        bool, Option("One JSON object on stdout, all else on stderr.", OUTPUT, flag="--json")
    ] = False


class Verbosity(Options):
    """How much a command tells beside its result."""

    verbose: Annotated[
        int,
        Option("-v: what happens; -vv: every message and step, and tracebacks.", OUTPUT, "COUNT", short="-v"),
    ] = 0


class QuietOptions(Options):
    """Whether it tells anything but errors."""

    quiet: Annotated[bool, Option("Only errors.", OUTPUT, short="-q")] = False
