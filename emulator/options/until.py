"""Until what is waited for at a device: one model for the control API, Python and scenario files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final, TypedDict

from pydantic import BeforeValidator, Field, model_validator

from emulator.environment.option_model import Option, Options, Texts
from emulator.options.groups import DEVICE, JOB
from emulator.trace.kinds import EntryKind
from emulator.wsscan.values.jobs import ScanJobState
from emulator.wsscan.values.keywords import keyword
from emulator.wsscan.values.status import ScannerState

WITHIN = 30.0
"""Seconds that are waited where nobody says."""
MOST_SECONDS = 3600.0


def _one_of(enumeration: Any, field: str) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else keyword(enumeration, field, value))


SAYS: Final = ("state", "reasons", "conditions", "no_conditions", "sheets", "job", "scan_job", "event")
"""What may be waited for; at least one of these is said."""
GO_WITH: Final = MappingProxyType(
    {"outcome": "job", "done": "job", "scan_job_state": "scan_job", "data": "event", "after": "event"}
)
"""What means something only beside another field."""


class UntilKeywords(TypedDict, total=False):
    """The fields of Until as keywords."""

    state: ScannerState | str
    reasons: str | Sequence[str]
    conditions: str | Sequence[str]
    no_conditions: str | Sequence[str]
    sheets: int
    job: int | str
    done: bool
    outcome: str
    scan_job: int
    scan_job_state: ScanJobState | str
    event: EntryKind | str
    data: Mapping[str, object]
    after: int


class Until(Options):
    """Everything that is said must be so at one moment; an event counts from the moment that it is told."""

    state: Annotated[
        ScannerState | None, _one_of(ScannerState, "state"), Option("Idle, Processing or Stopped.", DEVICE, "STATE")
    ] = None
    reasons: Annotated[
        Texts, Field(min_length=1), Option("ScannerStateReasons that it has, each of them.", DEVICE, "REASON")
    ] = ()
    conditions: Annotated[
        Texts, Field(min_length=1), Option("Conditions that are active, each of them.", DEVICE, "CONDITION")
    ] = ()
    no_conditions: Annotated[
        Texts,
        Field(min_length=1),
        Option("Conditions of which none is active; '*': none at all.", DEVICE, "CONDITION"),
    ] = ()
    sheets: Annotated[int | None, Field(ge=0), Option("So many sheets in the feeder.", DEVICE, "N")] = None
    job: Annotated[
        int | str | None,
        Option("A post-scan job that was started there has ended: its number or JobToken.", JOB, "JOB"),
    ] = None
    done: Annotated[bool, Option("False: the job need not have ended; with outcome it has.", JOB)] = True
    outcome: Annotated[
        str | None, Option("How the job has ended: Completed, Aborted, Failed ...", JOB, "OUTCOME")
    ] = None
    scan_job: Annotated[
        int | None, Field(ge=1), Option("A scan job, by its JobId, has ended or is in `scan_job_state`.", JOB, "N")
    ] = None
    scan_job_state: Annotated[
        ScanJobState | None, _one_of(ScanJobState, "scan_job_state"), Option("State of `scan_job`.", JOB, "STATE")
    ] = None
    event: Annotated[
        EntryKind | None,
        _one_of(EntryKind, "event"),
        Option("An entry of the journal, by its kind, has come at this device.", DEVICE, "KIND"),
    ] = None
    data: dict[str, Any] = Field(default_factory=dict)
    """What the event's data have, field by field."""
    after: Annotated[
        int | None,
        Field(ge=0),
        Option("An event after the entry of that number counts.", DEVICE, "N", default="the newest"),
    ] = None

    @model_validator(mode="after")
    def _says_something(self) -> Until:
        given = {name for name in self.model_fields_set if getattr(self, name) not in (None, ())}
        if not given & set(SAYS):
            raise ValueError(f"until says nothing: give {', '.join(SAYS[:-1])} or {SAYS[-1]}")
        for name, other in GO_WITH.items():
            if name in given and other not in given:
                raise ValueError(f"{name} goes with {other}: give {other}")
        return self
