"""What people do at a device: the actions of `press`, of the control API and of Python, as models."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final

from pydantic import BeforeValidator, Field, model_validator

from emulator.environment.option_model import APath, Option, Options, Paths, Size
from emulator.imaging.decoding.limits import LEAST_MEMORY
from emulator.options.groups import CONTROL, DEVICE, JOB, LIMITS, PAGES, WatchSeconds, state_folder
from emulator.options.scan import StartAction
from emulator.wsscan.values.keywords import keyword
from emulator.wsscan.values.status import Component, ConditionName, Severity
from emulator.wsscan.xml.settings import MAX_STRING, VENDOR_KEYWORD

COVER: Final = "cover"
"""Wherever the device has one."""


def _component(value: Any) -> Any:
    if value is None or (isinstance(value, str) and value.casefold() == COVER):
        return None
    return keyword(Component, "component", value)


def _condition(value: Any) -> Any:
    if isinstance(value, str) and VENDOR_KEYWORD.fullmatch(value):
        return value
    return keyword(ConditionName, "name", value)


def _severity(value: Any) -> Any:
    return None if value is None else keyword(Severity, "severity", value)


ComponentField = Annotated[Component | None, BeforeValidator(_component)]


class Action(Options):
    """Something that is done at a device."""

    DOES: ClassVar[str] = ""
    """In a line."""
    EXAMPLE: ClassVar[str] = ""


class LoadAction(Action):
    """Sheets of letters, of files or of a document set into the feeder, or a file onto the platen or into the film
    holder."""

    DOES: ClassVar[str] = "Put sheets into the feeder, or a page onto the glass."
    EXAMPLE: ClassVar[str] = "dsm-emulator press load --sheets 3"

    files: Annotated[
        Paths | None,
        Option("Pages: images, PDFs, folders.", PAGES, "[FILE|DIR]...", argument=True, completion="file"),
    ] = None
    sheets: Annotated[
        int | None, Field(ge=1), Option("So many sheets with synthetic letters, or of --documents.", PAGES, "N")
    ] = None
    documents: Annotated[
        str | None,
        Option("Sheets of a document set, a name or a TOML file.", PAGES, "SET", completion="documents"),
    ] = None
    seed: Annotated[int, Option("Seed of --documents.", PAGES, "N")] = 0
    two_sided: Annotated[bool, Option("Two pages on each sheet.", PAGES)] = False
    platen: Annotated[bool, Option("Lay the one file onto the glass.", PAGES)] = False
    film: Annotated[bool, Option("Put the one file into the film holder.", PAGES)] = False
    replace: Annotated[bool, Option("Take out first what is in the feeder.", PAGES)] = False
    page_seconds: Annotated[
        float | None,
        Field(gt=0, allow_inf_nan=False),
        Option("Longest time for a page of these files.", LIMITS, "SECONDS", default="as run was told"),
    ] = None
    page_memory: Annotated[
        Size | None,
        Field(ge=LEAST_MEMORY),
        Option("Most memory for these files: 2G, 512M.", LIMITS, "SIZE", default="as run was told"),
    ] = None

    @model_validator(mode="after")
    def _go_together(self) -> LoadAction:
        if self.documents is not None:
            if self.files is not None:
                raise ValueError("documents is the name or the file of a document set, and files do not go with it")
        elif (self.sheets is None) == (self.files is None):
            raise ValueError("give sheets (how many letters), files or documents")
        if self.files is not None and not self.files:
            raise ValueError("files is a list of paths, and not empty")
        if self.platen and self.film:
            raise ValueError("platen or film, not both")
        if (self.platen or self.film) and (self.files is None or len(self.files) != 1):
            raise ValueError(f"one file goes {'into the film holder' if self.film else 'onto the platen'}")
        return self


class OpenAction(Action):
    """A cover of a component, or wherever the device has one."""

    DOES: ClassVar[str] = "Open a cover (CoverOpen)."
    EXAMPLE: ClassVar[str] = "dsm-emulator press open"

    component: Annotated[
        ComponentField,
        Option(
            "ADF, Film, MediaPath or Platen; 'cover': wherever the device has one.",
            DEVICE,
            "[COMPONENT]",
            argument=True,
            completion="component",
        ),
    ] = None


class CloseAction(OpenAction):
    """The same, closed."""

    DOES: ClassVar[str] = "Close a cover."
    EXAMPLE: ClassVar[str] = "dsm-emulator press close"


class JamAction(Action):
    """Where the paper jams."""

    DOES: ClassVar[str] = "Jam the paper (MediaJam)."
    EXAMPLE: ClassVar[str] = "dsm-emulator press jam"

    component: Annotated[
        ComponentField,
        Option(
            "ADF or MediaPath.",
            DEVICE,
            "[COMPONENT]",
            argument=True,
            default="MediaPath",
            completion="component",
        ),
    ] = None


class ConditionAction(Action):
    """Any condition, on or off."""

    DOES: ClassVar[str] = "Make any condition active, or end it."
    EXAMPLE: ClassVar[str] = "dsm-emulator press condition LampError"

    name: Annotated[
        ConditionName | str,
        BeforeValidator(_condition),
        Option(
            "Calibrating, LampError, InternalStorageFull ..., or a vendor's (PREFIX:NAME).",
            DEVICE,
            "CONDITION",
            argument=True,
            completion="condition",
        ),
    ]
    on: Annotated[bool, Option("End it.", DEVICE, flag="--off", negated=True)] = True
    component: Annotated[
        ComponentField, Option("ADF, Film, MediaPath or Platen.", DEVICE, "COMPONENT", completion="component")
    ] = None
    severity: Annotated[
        Severity | None,
        BeforeValidator(_severity),
        Option("Informational, Warning or Critical.", DEVICE, "SEVERITY", completion="severity"),
    ] = None


class PauseAction(Action):
    """Nothing to say."""

    DOES: ClassVar[str] = "Pause the scanner: it is Stopped, with the reason Paused."
    EXAMPLE: ClassVar[str] = "dsm-emulator press pause"


class ResumeAction(Action):
    """Nothing to say."""

    DOES: ClassVar[str] = "Go on with a scanner that is paused."
    EXAMPLE: ClassVar[str] = "dsm-emulator press resume"


class AttentionAction(Action):
    """On or off."""

    DOES: ClassVar[str] = "Have the scanner ask for attention (AttentionRequired), which stops nothing."
    EXAMPLE: ClassVar[str] = "dsm-emulator press attention"

    on: Annotated[bool, Option("End it.", DEVICE, flag="--off", negated=True)] = True


class HoldAction(Action):
    """Which scan job."""

    DOES: ClassVar[str] = "Hold a scan job that waits (Held); without a job all that wait, and all that come."
    EXAMPLE: ClassVar[str] = "dsm-emulator press hold"

    job_id: Annotated[int | None, Option("JobId of the scan job.", JOB, "N", flag="--job", default="all")] = None


class ReleaseAction(HoldAction):
    """The same, let go."""

    DOES: ClassVar[str] = "Let scan jobs that are held go on."
    EXAMPLE: ClassVar[str] = "dsm-emulator press release"


class ClearAction(Action):
    """Nothing to say."""

    DOES: ClassVar[str] = "End all conditions that a person can end: jams, open covers ..."
    EXAMPLE: ClassVar[str] = "dsm-emulator press clear"


class ResetAction(Action):
    """Nothing to say."""

    DOES: ClassVar[str] = "Cancel jobs, end conditions, fill the feeder as at the start."
    EXAMPLE: ClassVar[str] = "dsm-emulator press reset"


class CancelAction(Action):
    """Which scan job."""

    DOES: ClassVar[str] = "Cancel a scan job at the panel."
    EXAMPLE: ClassVar[str] = "dsm-emulator press cancel"

    job_id: Annotated[int | None, Option("JobId of the scan job.", JOB, "N", flag="--job", default="all")] = None


class DescribeAction(Action):
    """What is not given stays as it is."""

    DOES: ClassVar[str] = "Give the device another description, of which subscribers are told."
    EXAMPLE: ClassVar[str] = 'dsm-emulator press describe --location "Room 3"'

    name: Annotated[str | None, Field(max_length=MAX_STRING), Option("ScannerName.", DEVICE, "NAME")] = None
    info: Annotated[
        str | None, Field(max_length=MAX_STRING), Option("ScannerInfo; '' takes it away.", DEVICE, "TEXT")
    ] = None
    location: Annotated[
        str | None, Field(max_length=MAX_STRING), Option("ScannerLocation; '' takes it away.", DEVICE, "TEXT")
    ] = None

    @model_validator(mode="after")
    def _has_a_name(self) -> DescribeAction:
        if self.name == "":
            raise ValueError("a device has a name")
        return self


ACTIONS: Final[Mapping[str, type[Action]]] = MappingProxyType(
    {
        "load": LoadAction,
        "open": OpenAction,
        "close": CloseAction,
        "jam": JamAction,
        "condition": ConditionAction,
        "pause": PauseAction,
        "resume": ResumeAction,
        "attention": AttentionAction,
        "hold": HoldAction,
        "release": ReleaseAction,
        "clear": ClearAction,
        "reset": ResetAction,
        "cancel": CancelAction,
        "describe": DescribeAction,
    }
)
"""What is done at a device, by its name at every door; a post-scan job is `start`, which says a whole job."""


class PressOptions(Options):
    """Which running device `press` drives."""

    control: Annotated[str | None, Option("Its control URL.", CONTROL, "URL")] = None
    device: Annotated[
        str | None, Option("Its name or UUID.", CONTROL, "NAME", default="the only one", completion="device")
    ] = None
    state: Annotated[
        APath | None,
        state_folder("State folder of its run command.", CONTROL),
    ] = None
    control_token: Annotated[
        APath | None,
        Option(
            "Its first line is the token of the control API; else the state folder has it.",
            CONTROL,
            "FILE",
            completion="file",
            variable="DSM_EMULATOR_TOKEN",
        ),
    ] = None


class HealthOptions(Options):
    """Whom `health` asks."""

    control: Annotated[
        str | None, Option("Control URL, of a process or of a device.", CONTROL, "URL", default="all that run")
    ] = None
    state: Annotated[
        APath | None,
        state_folder("State folder, which has the list of what runs.", CONTROL),
    ] = None


class DoctorOptions(Options):
    """What `doctor` looks at."""

    state: Annotated[
        APath | None,
        state_folder("State folder that run and server would use.", CONTROL),
    ] = None


class ScanToAction(Action):
    """A PC that is offered a scan."""

    to: Annotated[str, Option("Scan to a PC: the destination's name.", JOB, "NAME")]


class WatchOptions(Options):
    """How long `press watch` watches."""

    seconds: WatchSeconds = None


class StartOptions(StartAction):
    """How `press start` begins a job."""

    password_file: Annotated[
        APath | None,
        Option(
            "Its first line is the user's password, for a directory over LDAP.",
            JOB,
            "FILE",
            variable="DSM_PASSWORD",
            completion="file",
        ),
    ] = None
    to: Annotated[str | None, Option("Scan to a PC: the destination's name.", JOB, "NAME")] = None
    wait: Annotated[bool, Option("Do not wait for the job's end.", JOB, negated=True)] = True
