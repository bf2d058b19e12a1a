"""Operations on the fault plan: which faults there are, how often they have fired, another plan while all runs."""

from __future__ import annotations

from typing import Any, Final

from emulator.environment.exit_codes import LabError
from emulator.faults.plan import MAX_PLAN, Fault, FaultPlan, PlanError, plan_of, read_plan
from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Call, Operation, ok
from emulator.panel.api.reading import json_object, media_type_of
from emulator.panel.api.refusals import Refused
from emulator.panel.api.schemas import COUNT, TEXT, TRUTH, Schema, described, listed, perhaps, ref, table

TOML: Final = "application/toml"
_NAME: Final = "the plan of the control API"

_FAULT: Final = table(
    name=TEXT,
    at=TEXT,
    do=TEXT,
    line=described(perhaps(COUNT), "In the file of the plan."),
    device=perhaps(TEXT),
    operation=perhaps(TEXT),
    may_miss=TRUTH,
    fired=described(COUNT, "How often it has acted since the plan began, or since the last reset."),
)
FIRED: Final = table(name=TEXT, at=TEXT, do=TEXT, where=TEXT, device=TEXT, count=COUNT, number=perhaps(COUNT))
FAULTS: Final = table(
    plan=described(perhaps(TEXT), "Where it comes from; null where there is none."),
    seed=perhaps(COUNT),
    faults=listed(_FAULT),
    habits=described(listed(TEXT), "Names of what is always done otherwise."),
    firings=described(listed(ref("Fired")), "In the order in which they happened."),
    unfired=described(listed(TEXT), "Names of faults that should have acted and have not."),
)
PLAN: Final[Schema] = {
    "type": "object",
    "description": "A fault plan as its TOML file has it (docs/faults.md).",
    "properties": {
        "seed": {"type": "integer", "minimum": 0},
        "fault": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"name": TEXT, "at": TEXT, "do": TEXT},
                "required": ["name", "at", "do"],
                "additionalProperties": True,
            },
        },
    },
    "required": ["fault"],
    "additionalProperties": False,
}


def _told(house: House) -> dict[str, Any]:
    disturbances = house.disturbances
    plan, ledger = disturbances.plan, disturbances.ledger

    def told(fault: Fault) -> dict[str, Any]:
        when = fault.when
        return {
            "name": fault.name,
            "at": str(fault.at),
            "do": fault.alteration.name,
            "line": fault.line,
            "device": when.device,
            "operation": when.operation,
            "may_miss": when.may_miss,
            "fired": 0 if ledger is None else ledger.fired(fault),
        }

    return {
        "plan": None if plan is None else plan.source,
        "seed": None if plan is None else plan.seed,
        "faults": [] if plan is None else [told(each) for each in plan.faults],
        "habits": [each.name for each in disturbances.habits],
        "firings": [each.fired.as_dict() for each in disturbances.firings],
        "unfired": [each.name for each in disturbances.unfired],
    }


async def _get(house: House, call: Call) -> Answer:
    return Answer(_told(house))


async def _put(house: House, call: Call) -> Answer:
    _require_changeable(house)
    try:
        plan = _plan(call).for_roles(house.roles)
    except PlanError as error:
        problems = [{"field": each.field, "line": each.line, "error": each.reason} for each in error.problems]
        raise Refused(400, str(error), problems=problems, hint="docs/faults.md tells what a plan may say") from None
    async with house.changing():
        house.disturbances.change(plan)
    return Answer(_told(house))


def _plan(call: Call) -> FaultPlan:
    if media_type_of(call.request) == TOML:
        return read_plan(call.octets, _NAME)
    return plan_of(json_object(call.octets), _NAME)


async def _delete(house: House, call: Call) -> Answer:
    _require_changeable(house)
    async with house.changing():
        try:
            house.disturbances.change(None)
        except LabError as error:
            raise Refused(409, str(error)) from None
    return Answer(_told(house))


def _require_changeable(house: House) -> None:
    if not house.roles:
        raise Refused(400, "the faults of a job of scan are those that it was begun with")


OPERATIONS: Final = (
    Operation(
        "GET", "/faults", "getFaults", "The fault plan, what of it has acted, and what has not.", _get,
        ok("The plan.", "Faults"), "faults",
    ),
    Operation(
        "PUT", "/faults", "putFaults",
        "Have another fault plan act from now on, with new counts: TOML as a file has it, or the same as JSON.",
        _put,
        ok("The plan as it is now.", "Faults"), "faults", body=ref("FaultPlan"), needs_body=True,
        body_types=("application/json", TOML), refuses=(413,),
    ),
    Operation(
        "DELETE", "/faults", "deleteFaults", "No plan any more; habits stay.", _delete,
        ok("Without a plan.", "Faults"), "faults", refuses=(409,),
    ),
)  # fmt: skip
MOST: Final = MAX_PLAN
