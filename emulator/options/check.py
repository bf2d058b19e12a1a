"""The options of `check`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from emulator.environment.option_model import APath, Option, Options, Texts
from emulator.environment.options import DIRECTORY, TrustOptions
from emulator.options.groups import (
    CONTROL,
    DEVICE,
    JOB,
    LIMITS,
    NETWORK,
    OUTPUT,
    SERVER,
    AskedDirectory,
    Interfaces,
    Multicast,
    ReportOptions,
)
from emulator.options.keeping import CHECK

RUNNING = "running"
"""`--control running`: that of the only device that runs on this machine."""

Select = Annotated[
    Texts,
    Option(
        "Only this check, or those whose id a pattern matches: dsp/answer/*. Repeatable.",
        CHECK,
        "ID",
        completion="check",
    ),
]


SITUATIONS: Final = ("ordinary", "panel", "jam", "empty-feeder", "fault-on-200", "lost-answer", "slow")
"""Of the device, while a client is judged."""


def _situations(names: tuple[str, ...]) -> tuple[str, ...]:
    for each in names:
        if each not in SITUATIONS:
            raise ValueError(f"{each!r} is no situation; there are {', '.join(SITUATIONS)}")
    return names


class SelectedChecks(Options):
    """Which checks are meant."""

    select: Select = ()
    skip: Annotated[Texts, Option("Not this one, or those. Repeatable.", CHECK, "ID", completion="check")] = ()
    grade: Annotated[
        Literal["must", "should", "may"],
        Option("must: only what a document demands; should: what it recommends too; may: what it allows.", CHECK),
    ] = "may"


class JudgedOptions(SelectedChecks, ReportOptions):
    """What all judges have alike."""

    waivers: Annotated[
        APath | None,
        Option("Departures that are known and allowed for a time (TOML).", CHECK, "FILE", completion="file"),
    ] = None
    write_waivers: Annotated[
        APath | None, Option("Write such a file of what has failed.", OUTPUT, "FILE", completion="file")
    ] = None
    redact: Annotated[bool, Option("Leave names of user, scan process and host out of the report.", OUTPUT)] = False


class JudgingOptions(JudgedOptions):
    """What the judges have alike that ask: those of scan servers and of devices."""

    slow: Annotated[bool, Option("Wait for the time limits of the documents too, ten minutes for some.", CHECK)] = (
        False
    )
    gentle: Annotated[bool, Option("Leave out what may hurt, such as hostile XML.", CHECK)] = False
    seed: Annotated[int, Field(ge=0), Option("Seed of the pages and tokens that are sent.", CHECK, "N")] = 1
    trust: TrustOptions = TrustOptions()


class CheckServerOptions(AskedDirectory, JudgingOptions):
    """Options of `check server`; each says what its command line option of the same name says."""

    server: Annotated[
        str,
        Option("The scan server: a URL, or a host at its usual port and path.", SERVER, "URL|HOST", argument=True),
    ]
    service: Annotated[
        str | None,
        Option("Address of the WS-DSP service, without probing; discovery is not judged then.", SERVER, "URL"),
    ] = None
    scan_process: Annotated[
        Texts,
        Option(
            "The scan process of the jobs: a name, an identifier, a file. Repeatable: what the filters of further "
            "ones come to is judged.",
            JOB,
            "NAME|FILE",
            default="the first that the user may use",
            completion="scan-process",
        ),
    ] = ()
    user: Annotated[
        str | None,
        Option("Who scans.", DIRECTORY, "USER", default="the folder's own default user"),
    ] = None
    events: Annotated[
        str | None,
        Option(
            "IP address of this machine that the server reaches, for its events.",
            SERVER,
            "ADDRESS",
            default="loopback, for a server here; else events are not judged",
        ),
    ] = None
    silence: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option("Longest time to wait for an answer, or for an event.", LIMITS, "SECONDS", flag="--read-timeout"),
    ] = 15.0
    job_timeout: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option("Longest time from EndPostScanJob to the job's end.", LIMITS, "SECONDS"),
    ] = 60.0


class PostScanJudging(Options):
    """What is said of the scan server that is offered to a device, whose requests are judged."""

    post_scan: Annotated[
        bool, Option("Judge what the device sends to a scan server: one is offered to it.", CHECK)
    ] = False
    offer: Annotated[
        str | None,
        Option(
            "Address of this machine at which that scan server is offered.",
            SERVER,
            "HOST[:PORT]",
            default="loopback, a free port",
        ),
    ] = None
    offer_cert: Annotated[
        APath | None,
        Option(
            "PEM of a certificate that the device trusts, with its key.",
            SERVER,
            "FILE",
            default="of a CA that is made for the run",
            completion="file",
        ),
    ] = None
    offer_key: Annotated[
        APath | None,
        Option("PEM of its key, where that is not in the same file.", SERVER, "FILE", completion="file"),
    ] = None
    scan_process: Annotated[
        APath | None,
        Option(
            "XML of the scan process that the device has in its directory, with --psp-id and --user-sid.",
            JOB,
            "FILE",
            default="one of the judge's own, for devices that take it from --control or --hook",
            completion="file",
        ),
    ] = None
    psp_id: Annotated[str | None, Option("Its identifier.", JOB, "GUID")] = None
    user_sid: Annotated[str | None, Option("The user who scans.", JOB, "SID")] = None
    first_message: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option("Longest time from the scan's beginning at the panel to the first message.", LIMITS, "SECONDS"),
    ] = 60.0

    @model_validator(mode="after")
    def _go_with_post_scan(self) -> PostScanJudging:
        told = {
            "offer": self.offer,
            "offer_cert": self.offer_cert,
            "offer_key": self.offer_key,
            "scan_process": self.scan_process,
            "psp_id": self.psp_id,
            "user_sid": self.user_sid,
        }
        without = [name for name, value in told.items() if value is not None]
        if without and not self.post_scan:
            raise ValueError(f"{without[0]} goes with post_scan")
        whole = {self.scan_process is None, self.psp_id is None, self.user_sid is None}
        if len(whole) > 1:
            raise ValueError("scan_process, psp_id and user_sid go together")
        if self.offer_key is not None and self.offer_cert is None:
            raise ValueError("offer_key goes with offer_cert")
        return self


class CheckDeviceOptions(PostScanJudging, JudgingOptions):
    """Options of `check device`; each says what its command line option of the same name says."""

    device: Annotated[
        str,
        Option(
            "The URL of its metadata, one of its XAddrs; a host, whose first scanner is judged; or its endpoint "
            "address (urn:uuid:...), which is looked for on the network.",
            DEVICE,
            "[URL|HOST|ADDRESS]",
            argument=True,
        ),
    ] = ""
    discover: Annotated[
        bool, Option("Look for it: the one scanner that answers a Probe on the network.", DEVICE)
    ] = False
    interfaces: Annotated[
        Texts,
        Option(
            "Name or IP address of an interface to look on, and to ask and hear the group on. Repeatable.",
            DEVICE,
            "NAME|ADDRESS",
            flag="--interface",
            default="all; once it is found that by which it is reached",
        ),
    ] = ()
    control: Annotated[
        str | None,
        Option(
            "Control URL of the device, where it is one of `run`: what a person does at a device is done by it. "
            "running: the only one that runs here.",
            CONTROL,
            "URL|running",
        ),
    ] = None
    control_token: Annotated[
        APath | None,
        Option(
            "Its first line is the token of the control API; else DSM_EMULATOR_TOKEN, or the state folder, has it.",
            CONTROL,
            "FILE",
            completion="file",
        ),
    ] = None
    hook: Annotated[
        str | None,
        Option(
            "Command that does it: its last argument is load, open, close, jam, clear, cancel, off, on, scan-to, "
            "condition or describe, JSON on its standard input says how; 0: it is done.",
            CONTROL,
            "COMMAND",
        ),
    ] = None
    ask: Annotated[bool, Option("Ask you to do it.", CONTROL)] = False
    events: Annotated[
        str | None,
        Option(
            "IP address of this machine that the device reaches, for its events.",
            DEVICE,
            "ADDRESS",
            default="loopback, for a device here; else events are not judged",
        ),
    ] = None
    silence: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option(
            "Longest time to wait for an answer; a page may have to be scanned first.",
            LIMITS,
            "SECONDS",
            flag="--read-timeout",
        ),
    ] = 30.0
    job_timeout: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option("Longest time to wait for the end of a scan job.", LIMITS, "SECONDS"),
    ] = 60.0

    @model_validator(mode="after")
    def _one_device(self) -> CheckDeviceOptions:
        if bool(self.device) == self.discover:
            raise ValueError("say which device, or --discover" if not self.device else "a device, or --discover")
        return self

    @model_validator(mode="after")
    def _one_pair_of_hands(self) -> CheckDeviceOptions:
        if sum((self.control is not None, self.hook is not None, self.ask)) > 1:
            raise ValueError("one of --control, --hook and --ask")
        if self.post_scan and self.control is None and self.hook is None and not self.ask:
            raise ValueError("--post-scan needs somebody who begins scans: --control, --hook or --ask")
        return self


class CheckClientOptions(JudgedOptions):
    """Options of `check client`; each says what its command line option of the same name says."""

    command: Annotated[
        Texts,
        Option(
            "The client, with its arguments, run once in each situation. Without it the device waits for one.",
            DEVICE,
            "[-- COMMAND...]",
            argument=True,
        ),
    ] = ()
    situations: Annotated[
        Texts,
        AfterValidator(_situations),
        Option(
            "The device goes through this situation: ordinary, panel, jam, empty-feeder, fault-on-200, lost-answer "
            "or slow. Repeatable.",
            DEVICE,
            "NAME",
            flag="--situation",
            default="all of them",
        ),
    ] = ()
    profile: Annotated[
        str, Option("The device: a profile's name, or a TOML file.", DEVICE, "PROFILE", completion="profile")
    ] = "office-mfp"
    interfaces: Interfaces = ()
    port: Annotated[int, Field(ge=0, le=65535), Option("HTTP port of the device; 0: a free one.", NETWORK, "N")] = 0
    multicast: Multicast = True
    only: Annotated[
        Texts,
        Option(
            "Judge only what comes from this IP address. Repeatable.",
            NETWORK,
            "ADDRESS",
            flag="--from",
            default="with a command this machine, else everybody",
        ),
    ] = ()
    seconds: Annotated[
        float | None,
        Field(gt=0, allow_inf_nan=False),
        Option(
            "Longest time for one situation.",
            LIMITS,
            "SECONDS",
            flag="--time",
            default="120 for a command, 600 for whoever scans by hand",
        ),
    ] = None


class ListedChecks(SelectedChecks):
    """Options of `check list`."""

    subject: Annotated[
        Literal["server", "device", "client", "post-scan"],
        Option(
            "Checks of scan servers, of devices, of clients that scan, or of what devices send to scan servers.",
            CHECK,
            flag="--of",
        ),
    ] = "server"


class ExplainedCheck(Options):
    """Options of `check explain`."""

    id: Annotated[str, Option("Id of a check.", CHECK, "ID", argument=True, completion="check")]


class RenderedReport(Options):
    """Options of `check report`."""

    folder: Annotated[
        APath, Option("Folder that --report has written.", CHECK, "DIR", argument=True, completion="folder")
    ]
