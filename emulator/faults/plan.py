"""A fault plan: what is done otherwise, where and when. Read from TOML; what is wrong is told with file and line,
and nothing has run then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emulator.faults.alteration import NOTHING, Alteration, At, Of, Parameters, Role
from emulator.faults.alterations import alterations_at
from emulator.faults.known_names import there_are
from emulator.faults.operations import DATAGRAMS, EVENTS, OPERATIONS
from emulator.toml_files import (
    Location,
    TomlFileError,
    TomlProblem,
    line_of,
    parse_toml,
    problem_at,
    reason_of,
    toml_text,
)

MAX_PLAN: Final = 1024 * 1024
"""Octets of a plan that are read."""
MAX_FAULTS: Final = 1000
ANY: Final = "*"
"""As `operation`: every one."""
_AT_MESSAGES: Final = frozenset({At.EXCHANGE, At.PACKAGE, At.ENVELOPE, At.WIRE})


class PlanError(TomlFileError):
    """A fault plan that cannot be read, or that says what cannot be. `str()` is one line and names the first
    problem; `problems` holds them all."""


class When(BaseModel):
    """What every fault has: where it is, and which of what passes there it hits. Counts are kept for each device
    (of `scan` for the job; at the scan server for each JobToken; of discovery for each peer)."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=200, description="How messages call it.")]
    at: Annotated[
        Literal["page", "exchange", "package", "envelope", "wire", "datagram", "tls", "delivery"],
        Field(description="Where it acts."),
    ]
    do: Annotated[str, Field(min_length=1, max_length=100, description="The alteration, by its name.")]
    device: Annotated[str | None, Field(description="Only of the device of that name or UUID.")] = None
    operation: Annotated[
        str | None,
        Field(description="Only at that operation, event or message of discovery; all where there is none, or *."),
    ] = None
    of: Annotated[
        Literal["request", "answer"] | None,
        Field(
            description="At the request or at the answer; where there is none, at the one that we send. At tls: "
            "where we connect, or where others do."
        ),
    ] = None
    page: Annotated[int | None, Field(ge=1, le=1_000_000, description="Only at that page of a job.")] = None
    image: Annotated[
        int | None,
        Field(ge=1, le=1_000_000, description="Only at that document of a post-scan job, repeats of it included."),
    ] = None
    nth: Annotated[
        int | None,
        Field(ge=1, le=1_000_000_000, description="Only at the nth that passes there, repeats included."),
    ] = None
    every: Annotated[
        int | None, Field(ge=1, le=1_000_000_000, description="At each so many: 3 is the 3rd, 6th, 9th.")
    ] = None
    times: Annotated[
        int | None, Field(ge=1, le=1_000_000_000, description="At most so often; with page, image and nth once.")
    ] = None
    chance: Annotated[
        float | None,
        Field(gt=0, le=1, description="At each with this probability, the same for the same seed and count."),
    ] = None
    may_miss: Annotated[bool, Field(description="It is no failure if it never happens.")] = False


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a plan, whose alteration is known."""

    when: When
    alteration: Alteration
    parameters: Parameters
    of: tuple[Of, ...]
    """At a message: of which."""
    line: int | None = None
    habit: bool = False
    """It always acts, and nobody asks whether it did."""

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.when.name

    @property
    def at(self) -> At:
        """Where it acts."""
        return self.alteration.at

    @property
    def times(self) -> int | None:
        """How often at most for each device; None: for ever."""
        when = self.when
        if when.times is None and (when.page is not None or when.image is not None or when.nth is not None):
            return 1
        return when.times


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Faults, in the order in which they act where two are at one place."""

    source: str
    """The file, as it is called to people."""
    seed: int
    faults: tuple[Fault, ...]

    def at(self, *places: At) -> tuple[Fault, ...]:
        """Those of these places."""
        return tuple(each for each in self.faults if each.at in places)

    def for_roles(self, roles: Sequence[Role]) -> FaultPlan:
        """The plan for a program that has these roles: every fault is at what one of them sends, the first of them
        where a fault does not say of which message it is. Raises PlanError where one is another's."""
        problems, found = [], []
        for fault in self.faults:
            mine = _mine(fault, roles)
            if isinstance(mine, str):
                problems.append(TomlProblem(f"fault {fault.name!r}", mine, fault.line))
            else:
                found.append(mine)
        if problems:
            raise PlanError(self.source, problems)
        return FaultPlan(self.source, self.seed, tuple(found))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    fault: Annotated[list[When], Field(min_length=1, max_length=MAX_FAULTS)]


def read_plan(data: bytes, source: str) -> FaultPlan:
    """The plan that the octets of a TOML file say. Raises PlanError."""
    text = toml_text(data, source, PlanError)
    return plan_of(parse_toml(text, source, PlanError), source, text)


def plan_of(table: Mapping[str, Any], source: str, text: str = "") -> FaultPlan:
    """The plan that a table says, as TOML and JSON have it. `text`: of the TOML file, for the lines of mistakes.
    Raises PlanError."""
    try:
        # As JSON has lists only, so has TOML: nothing is lax about them.
        file = _File.model_validate(table)
    except ValidationError as error:
        raise PlanError(source, [_problem(each, text) for each in error.errors()]) from None
    problems: list[TomlProblem] = []
    faults: list[Fault] = []
    names: dict[str, int] = {}
    for number, when in enumerate(file.fault):
        if when.name in names:
            reason = f"{when.name!r} is the name of fault {names[when.name] + 1} already"
            problems.append(problem_at(("fault", number, "name"), reason, text))
        names[when.name] = number
        made = _fault(when, ("fault", number), text)
        if isinstance(made, Fault):
            faults.append(made)
        else:
            problems += made
    if problems:
        raise PlanError(source, problems)
    return FaultPlan(source, file.seed, tuple(faults))


def always(alteration: Alteration, parameters: Parameters = NOTHING) -> Fault:
    """The fault of a habit: it always applies."""
    when = When(name=alteration.name, at=alteration.at.value, do=alteration.name, may_miss=True)
    return Fault(when, alteration, parameters, alteration.of, habit=True)


def _fault(when: When, place: Location, text: str) -> Fault | list[TomlProblem]:
    there = alterations_at(At(when.at))
    alteration = there.get(when.do)
    if alteration is None:
        elsewhere = [str(at) for at in At if when.do in alterations_at(at)]
        hint = f"it is at {' and '.join(elsewhere)}" if elsewhere else there_are(when.do, there)
        return [problem_at((*place, "do"), f"{when.do!r} is no alteration at {when.at}; {hint}", text)]
    problems = [problem_at((*place, field), reason, text) for field, reason in _contradictions(when, alteration)]
    extra = dict(when.model_extra or {})
    try:
        parameters = alteration.parameters.model_validate(extra)
    except ValidationError as error:
        fields = [*_names(When), *_names(alteration.parameters)]
        for each in error.errors():
            problems.append(problem_at((*place, *each["loc"]), reason_of(each, fields), text))
    else:
        if not problems:
            of: tuple[Of, ...] = alteration.of if when.of is None else (when.of,)
            return Fault(when, alteration, parameters, of, line_of((*place, "name"), text))
    return problems


def _contradictions(when: When, alteration: Alteration) -> Iterable[tuple[str, str]]:
    """Fields that mean nothing there, or that cannot be together."""
    at, operation = alteration.at, when.operation
    messages = at in _AT_MESSAGES or bool(at is At.TLS and alteration.operations)
    if when.page is not None and at is not At.PAGE:
        yield "page", f"means nothing at {at}; at SendImage and RetrieveImage it is image or nth"
    if when.of is not None and not messages and at is not At.TLS:
        yield "of", f"means nothing at {at}"
    elif when.of is not None and when.of not in alteration.of:
        yield "of", f"{alteration.name} is at the {alteration.of[0]} alone"
    if sum(each is not None for each in (when.page, when.nth, when.every, when.chance)) > 1:
        yield "nth", "only one of page, nth, every and chance"
    if operation is not None and operation != ANY:
        known: Collection[str] = OPERATIONS if messages else DATAGRAMS if at is At.DATAGRAM else ()
        if not known:
            yield "operation", f"means nothing at {at}"
        elif operation not in known:
            yield "operation", f"{operation!r} is none; {there_are(operation, known)}"
        elif alteration.operations and operation not in alteration.operations:
            yield "operation", f"{alteration.name} is at {' and '.join(alteration.operations)} alone"
        elif operation in EVENTS and when.of == "answer" and at in (At.PACKAGE, At.ENVELOPE):
            yield "of", f"{operation} has no answer but that of HTTP"
    of_documents = at is At.DELIVERY or (messages and operation in (None, ANY, "SendImage", "RetrieveImage"))
    if when.image is not None and not of_documents:
        yield "image", "only at SendImage, at RetrieveImage and at a delivery"


def _mine(fault: Fault, roles: Sequence[Role]) -> Fault | str:
    """The fault at what we send, or why that cannot be."""
    alteration, operation = fault.alteration, fault.when.operation
    if not alteration.roles & set(roles):
        return f"{alteration.name} is done by {_listed(alteration.roles)}, and this is {_listed(roles)}"
    if fault.at is At.DATAGRAM:
        senders = DATAGRAMS[operation] if operation not in (None, ANY) else alteration.roles
        return fault if senders & set(roles) else f"{operation} is sent by {_listed(senders)}"
    if fault.at is At.TLS and len(fault.of) > 1:
        # Who connects to servers is meant as that one: `of` says otherwise.
        side: Of = "request" if Role.CLIENT in roles else "answer"
        return replace(fault, of=(side,))
    if fault.at not in _AT_MESSAGES and not alteration.operations:
        return fault
    if operation is None or operation == ANY:
        return fault
    sides = OPERATIONS[operation]
    sent = (
        tuple(each for each in fault.of if role in sides.senders(each))
        for role in roles
        if role in alteration.roles
    )
    of = next(filter(None, sent), None)
    if of is None:
        who = "; ".join(f"its {each} is sent by {_listed(sides.senders(each))}" for each in fault.of)
        return f"{operation} is another's: {who}, and this is {_listed(roles)}"
    return replace(fault, of=of)


def _listed(roles: Iterable[Role]) -> str:
    return " or ".join(sorted(roles)) or "a peer"


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _problem(error: Mapping[str, Any], text: str) -> TomlProblem:
    return problem_at(
        error["loc"], reason_of(error, _names(When) if len(error["loc"]) > 1 else _names(_File)), text
    )
