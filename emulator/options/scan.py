"""What one post-scan job is asked to be: the options of `scan` and of `press start`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Unpack

from pydantic import BeforeValidator, Field

from emulator.environment.option_model import APath, Option, Options, Texts, fields_of
from emulator.environment.options import DIRECTORY, TrustOptions
from emulator.options.groups import (
    DEVICE,
    JOB,
    OUTPUT,
    PAGES,
    SERVER,
    AskedDirectory,
    EventCertificate,
    FaultOptions,
    PageOptions,
    ProfileOption,
    Speed,
    StoreOptions,
    TicketOptions,
    TraceOptions,
    state_folder,
)

if TYPE_CHECKING:
    from emulator.environment.keywords import AnyPath
    from emulator.options.keywords import ScanKeywords

#: `--server embedded`: the scan server of this process.
EMBEDDED = "embedded"

#: `--manifest none`: no manifest is written.
NO_MANIFEST: Final = "none"


def _manifest(value: Any) -> Any:

    if value == NO_MANIFEST or not isinstance(value, str | PathLike):
        return value
    return Path(fspath(value))


if TYPE_CHECKING:
    Manifest = APath | Literal["none"]
else:
    Manifest = Annotated[Path | Literal["none"], BeforeValidator(_manifest)]


class JobTarget(Options):
    """Who scans, by which scan process, to which server."""

    server: Annotated[
        str | None,
        Option(
            "URL, HOST[:PORT], or 'embedded'.",
            SERVER,
            "URL|HOST[:PORT]",
            default="as a named scan process says, else embedded",
            completion="server",
        ),
    ] = None
    scan_process: Annotated[
        str | None,
        Option(
            "Name or identifier, or a file (TOML, LDIF, XML).",
            JOB,
            "NAME|FILE",
            default="the first that the user may use",
            completion="scan-process",
        ),
    ] = None
    user: Annotated[
        str | None,
        Option("demo, demo@contoso.example or CONTOSO\\demo.", DIRECTORY, "USER", default="the folder's own"),
    ] = None


class NamedTarget(JobTarget):
    """The same where no directory is asked for it."""

    service: Annotated[
        str | None, Option("URL of the WS-DSP service itself; nothing is probed.", SERVER, "URL")
    ] = None
    psp_id: Annotated[str | None, Option("Identifier of a scan process given as bare XML.", JOB, "GUID")] = None
    user_sid: Annotated[
        str | None, Option("The user's SID; then no directory is asked for the user.", DIRECTORY, "SID")
    ] = None


class JobTimes(Options):
    """How long a scan server is waited for."""

    connect_timeout: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option("Longest time to connect, TLS included.", SERVER, "SECONDS"),
    ] = 10.0
    read_timeout: Annotated[
        float, Field(ge=0.1, allow_inf_nan=False), Option("Longest silence of the scan server.", SERVER, "SECONDS")
    ] = 60.0
    job_timeout: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option("Longest time from EndPostScanJob to the job's end.", JOB, "SECONDS"),
    ] = 600.0


class JobOptions(NamedTarget, TicketOptions, StoreOptions):
    """What a job is asked to be, wherever it is started: by `scan`, by `press start`, at the control API."""

    mail_to: Annotated[
        Texts,
        Option(
            "Another e-mail address, where the scan process lets the device add some. Repeatable.", JOB, "ADDRESS"
        ),
    ] = ()
    file_name: Annotated[
        str | None, Option("Another base of the files' names, where the scan process allows it.", JOB, "NAME")
    ] = None
    folders: Annotated[
        Texts,
        Option(
            "Another share or folder of one (//server/share/folder), where the scan process allows it. Repeatable.",
            JOB,
            "UNC",
            flag="--folder",
        ),
    ] = ()
    strict: Annotated[bool, Option("A deviation of the other side from the documents is a failure.", SERVER)] = (
        False
    )
    manifest: Annotated[
        Manifest | None,
        Option(
            "Where the manifest goes; none: nowhere.",
            OUTPUT,
            "FILE|none",
            default="the embedded server's store, else the user's state folder",
            completion="file",
        ),
    ] = None
    overwrite: Annotated[bool, Option("Replace files that are there already.", OUTPUT)] = False


class ScanOptions(
    JobOptions, ProfileOption, PageOptions, AskedDirectory, EventCertificate, FaultOptions, TraceOptions, JobTimes
):
    """Options of `scan`; each says what its command line option of the same name says."""

    truth: Annotated[
        APath | None,
        Option("Write what is on each page of --documents to this folder.", PAGES, "DIR", completion="folder"),
    ] = None
    loaded: bool = False
    """What lies in the scanner is scanned, as it lies there; what the other options say of pages means nothing. Of
    scanners that run already."""
    stamped: Annotated[
        bool,
        Option("Load mode: encode each page once, send --pages copies with a number at the foot.", PAGES),
    ] = False
    as_is: Annotated[bool, Option("Send the files' own octets; Format says what they claim to be.", PAGES)] = False
    jobs: Annotated[
        int | None,
        Field(ge=1),
        Option("Pages that are worked on at once; 1: one after another.", PAGES, "N", default="one a core"),
    ] = None
    state: Annotated[
        APath | None,
        state_folder("State folder, which keeps manifests and the list of what runs.", OUTPUT),
    ] = None
    trust: TrustOptions = TrustOptions()
    events: Annotated[
        str | None,
        Option(
            "Address of ours that events come to, or 'none'.",
            SERVER,
            "HOST[:PORT]",
            default="loopback, for a server here",
        ),
    ] = None
    wait: Annotated[bool, Option("Do not wait for the job's end after EndPostScanJob.", JOB, negated=True)] = True
    speed: Annotated[Speed, Option("real: the pages per minute of the profile.", DEVICE)] = "max"
    ALSO: ClassVar[Mapping[str, tuple[str, Mapping[Any, Any]]]] = MappingProxyType({**PageOptions.ALSO})

    if TYPE_CHECKING:

        def __init__(
            self, *, files: AnyPath | Sequence[AnyPath] = (), **keywords: Unpack[ScanKeywords]
        ) -> None: ...


class StartAction(JobOptions):
    """What `start` of the control API may say of a job; what is not given is as `run` was told."""

    directory: Annotated[str | None, Option("Folder of users and scan processes.", DIRECTORY, "DIR|URL")] = None
    password: Annotated[str | None, Option("Of the user, for a directory over LDAP.", DIRECTORY)] = Field(
        default=None, repr=False
    )
    trust: TrustOptions = TrustOptions()


START_FIELDS: Final = (*fields_of(StartAction).values(),)
"""What a request of `start` may have."""
