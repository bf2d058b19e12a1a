"""The options of `play`, and what the steps of a scenario say beside actions at a device, jobs and waits."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, model_validator

from emulator.environment.option_model import APath, Option, Options, Paths, Texts
from emulator.environment.options import TrustOptions
from emulator.options.asking import DiscoverOptions
from emulator.options.groups import DEVICE, FAULTS, JOB, NETWORK, SERVER, ReportOptions, Speed
from emulator.options.keeping import CHECK
from emulator.options.scan import ScanOptions, StartAction
from emulator.options.until import MOST_SECONDS, WITHIN
from emulator.wsscan.constants import WSCN_EVENTS


class PlayOptions(ReportOptions):
    """Options of `play`."""

    scenarios: Annotated[
        Paths,
        Option(
            "Scenarios: TOML files, or names of those that come along.",
            CHECK,
            "FILE...",
            argument=True,
            completion="scenario",
        ),
    ]
    against: Annotated[
        Texts,
        Option(
            "Let the jobs go to somebody else's scan server: server=https://scan1/ScanServer.",
            SERVER,
            "server=URL|HOST[:PORT]",
        ),
    ] = ()
    variables: Annotated[
        Texts,
        Option("A value in place of that of [vars]. Repeatable.", CHECK, "NAME=VALUE", flag="--var"),
    ] = ()
    trust: TrustOptions = TrustOptions()
    """For the scan server of `against`."""


class DeviceTable(Options):
    """[devices.NAME]: a device on the network."""

    profile: Annotated[str, Option("Device profile: a name or a TOML file.", DEVICE, "PROFILE")] = "office-mfp"
    name: Annotated[str, Option("ScannerName.", DEVICE, "NAME", default="the profile's")] = ""
    speed: Annotated[Speed, Option("real: the pages per minute of the profile.", DEVICE)] = "max"
    seed: Annotated[int, Field(ge=0), Option("Seed of synthetic pages.", DEVICE, "N")] = 0
    https: Annotated[bool, Option("Serve over HTTPS alone.", NETWORK)] = False


Within = Annotated[
    float,
    Field(gt=0, le=MOST_SECONDS, allow_inf_nan=False),
    Option("Longest time that it may take.", CHECK, "SECONDS"),
]


class AtDevice(Options):
    """A step at a device."""

    device: Annotated[str | None, Option("Which of [devices].", DEVICE, "NAME", default="the only one")] = None


class StartStep(AtDevice):
    """`start`: a post-scan job of what lies in the device."""


class StartToStep(AtDevice):
    """`start` with `to`: a scan is offered to a PC."""

    to: Annotated[str, Option("Scan to a PC: the destination's name.", JOB, "NAME")]


class WaitStep(AtDevice):
    """`wait` at a device or for a job."""

    within: Within = WITHIN


def _event(value: Any) -> Any:
    if value not in WSCN_EVENTS:
        raise ValueError(f"event {value!r:.60} is no event of a scanner; there are: {', '.join(WSCN_EVENTS)}")
    return value


class WaitForPcStep(Options):
    """`wait` for an event that comes to a PC."""

    subscription: Annotated[str, Option("What `subscribe` has brought: $pc.", JOB, "$NAME")]
    event: Annotated[
        str,
        BeforeValidator(_event),
        Option("Name of an event: ScanAvailableEvent, JobEndStateEvent ...", JOB, "EVENT"),
    ]
    within: Within = WITHIN


class SubscribeStep(AtDevice):
    """`subscribe`: a PC takes the events of a device."""

    offers: Annotated[
        str | None, Option("Name of a destination that it offers at the panel: scan to a PC.", JOB, "NAME")
    ] = None


class FetchStep(Options):
    """`fetch`: the PC fetches the scan that was begun for it at the panel."""

    subscription: Annotated[str, Option("What `subscribe` has brought: $pc.", JOB, "$NAME")]
    format: Annotated[
        str | None, Option("Format of the ticket.", JOB, "FORMAT", default="as the device has it")
    ] = None
    within: Within = WITHIN


class DiscoverStep(Options):
    """`discover`: asks again until what is expected is met."""

    within: Within = 10.0


class FaultsStep(Options):
    """`faults`: another fault plan acts from here on; without one none does."""

    plan: Annotated[APath | None, Option("The fault plan.", FAULTS, "FILE.toml", default="none")] = None


class ExpectStep(Options):
    """Whose state a step looks at that has `expect` alone."""

    device: Annotated[str | None, Option("How a device is.", DEVICE, "NAME")] = None
    job: Annotated[str | None, Option("How a post-scan job is: $job.", JOB, "$NAME")] = None
    subscription: Annotated[str | None, Option("What has come to a PC: $pc.", JOB, "$NAME")] = None
    server: Annotated[bool, Option("What has come to the embedded scan server.", SERVER)] = False
    faults: Annotated[bool, Option("What of the fault plan has happened.", FAULTS)] = False

    @model_validator(mode="after")
    def _one_subject(self) -> ExpectStep:
        said = (self.device, self.job, self.subscription, self.server or None, self.faults or None)
        if sum(each is not None for each in said) != 1:
            raise ValueError("a step of expect alone is of one thing: device, job, subscription, server or faults")
        return self


NO_SECRETS: Final = frozenset({"password", "trust", "ldap"})
"""Fields of jobs that no step has: no secrets stand in files."""

_OF_THE_SCENARIO: Final = frozenset(
    {
        "directory", "server", "service", "store", "delivery", "habits", "profile", "speed", "state", "events",
        "events_cert", "events_key", "faults", "hooks", "manifest", "trace", "truth", "overwrite", "loaded",
    }
)  # fmt: skip
"""What is said once for the whole scenario, or is no matter of a step."""

START_GIVES: Final = frozenset(StartAction.model_fields) - NO_SECRETS - _OF_THE_SCENARIO
SCAN_GIVES: Final = frozenset(ScanOptions.model_fields) - NO_SECRETS - _OF_THE_SCENARIO
DISCOVER_GIVES: Final = frozenset(DiscoverOptions.model_fields) - NO_SECRETS
