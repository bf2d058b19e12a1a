"""Operations at devices: how they are, what is done at them, what is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from emulator.device.pace import Speed
from emulator.jobs.waiting import NoSuchJob, Waited, WaitingPlace, wait_until
from emulator.options.press import ACTIONS, ScanToAction
from emulator.options.scan import StartAction
from emulator.options.until import GO_WITH, MOST_SECONDS, WITHIN, Until
from emulator.panel.actions import BadRequest, do_action, require_action
from emulator.panel.api.house import House, plain
from emulator.panel.api.jobs import JOB
from emulator.panel.api.operation import Answer, Answered, Call, Operation, Parameter, ok
from emulator.panel.api.refusals import KNOWN, Refused, refusal_of
from emulator.panel.api.schemas import (
    COUNT,
    NUMBER,
    TEXT,
    TIME,
    TRUTH,
    Schema,
    described,
    kinds,
    limit,
    listed,
    of_options,
    one_of,
    perhaps,
    ref,
    table,
)
from emulator.panel.drivable import Drivable
from emulator.panel.scan_to import destinations, start_to
from emulator.trace.journal import NoSuchEntry
from emulator.wsscan.values.jobs import ScanJobState
from emulator.wsscan.values.status import Component, ScannerState, Severity

_TEXTS: Final = listed(table(text=TEXT, language=TEXT))
_SCAN_JOB: Final = table(
    job_id=COUNT,
    job_name=TEXT,
    originating_user=TEXT,
    state=kinds(ScanJobState),
    reasons=listed(TEXT),
    scans_completed=COUNT,
)
_CONDITION: Final = table(id=COUNT, time=TIME, name=TEXT, component=kinds(Component), severity=kinds(Severity))
_LISTED: Final = table(
    uuid=described({"type": "string", "format": "uuid"}, "Who it is, over restarts too."),
    name=TEXT,
    control=described(TEXT, "Where it is driven."),
    profile=TEXT,
    state=kinds(ScannerState),
    sheets=described(perhaps(COUNT), "In the feeder; null where there is none."),
    group=described(TEXT, "Of the file of --fleet; '' for a device of none."),
)
_STATUS: Final = table(
    uuid={"type": "string", "format": "uuid"},
    name=TEXT,
    profile=TEXT,
    xaddrs=described(listed(TEXT), "Where its metadata are."),
    scan_service=described(perhaps(TEXT), "URL of its WS-Scan service."),
    device_service=described(perhaps(TEXT), "URL of its WS-DSD service."),
    state=kinds(ScannerState),
    reasons=listed(TEXT),
    conditions=listed(_CONDITION),
    sheets=perhaps(COUNT),
    capacity=perhaps(COUNT),
    active_jobs=described(listed(_SCAN_JOB), "Scan jobs that have not ended."),
    finished_jobs=listed(_SCAN_JOB),
    speed=one_of(Speed.__args__),  # type: ignore[attr-defined]
    description=table(names=_TEXTS, info=_TEXTS, location=_TEXTS),
    destinations=described(listed(table(display_name=TEXT, client_context=TEXT)), "Of PCs that can be scanned to."),
)
_BEGUN: Final = table(job=COUNT, url=TEXT)
_OFFERED: Final = table(to=TEXT, scan_identifier=TEXT)
_WAITED: Final = table(
    met=TRUTH,
    seconds=NUMBER,
    device=ref("Device"),
    job=perhaps(ref("Job")),
    event=perhaps(ref("Event")),
)
DONE: Final = table(
    done=listed({"type": "string", "format": "uuid"}),
    refused=listed(table(uuid={"type": "string", "format": "uuid"}, name=TEXT, error=TEXT)),
)
_SELECTION: Final = {
    "type": "object",
    "description": "All that is said must be so of a device; nothing said means every device.",
    "properties": {
        "uuids": listed(TEXT, description="One of these UUIDs."),
        "names": listed(TEXT, description="One of these names."),
        "profile": TEXT,
        "state": kinds(ScannerState),
        "group": described(TEXT, "Of the file of --fleet."),
    },
    "additionalProperties": False,
}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Device": _STATUS,
    "ListedDevice": _LISTED,
    "Job": JOB,
    "Selection": _SELECTION,
    "Until": {
        **of_options(
            Until,
            nullable=False,
            more={
                "job": described({"anyOf": [{"type": "integer"}, TEXT]}, "Its number, or its JobToken."),
                "data": {"type": "object", "description": "What the event's data have, field by field."},
            },
        ),
        "minProperties": 1,
        "dependentRequired": {name: [other] for name, other in GO_WITH.items()},
    },
    **{f"{name.capitalize()}Request": of_options(each) for name, each in ACTIONS.items()},
    "StartRequest": of_options(
        StartAction, leave_out=("ask",), more={"to": described(TEXT, "Scan to a PC: the destination's name.")}
    ),
}

DEVICE: Final = Parameter(
    "device", {"type": "string"}, "UUID of the device.", lambda house: [str(each.uuid) for each in house.devices]
)


def status_of(device: Drivable) -> dict[str, Any]:
    """How a device is."""
    snapshot = asdict(device.scanner.snapshot())
    return {
        "uuid": str(device.uuid),
        "name": device.scanner.name,
        "profile": device.scanner.profile.name,
        "xaddrs": [device.url] if device.url else [],
        "scan_service": device.scan_service_url or None,
        "device_service": device.device_service_url or None,
        **plain(snapshot),
        "description": plain(asdict(device.scanner.description)),
        "destinations": destinations(device),
    }


async def _list(house: House, call: Call) -> Answer:
    wanted, after, limit = call.query["state"], call.query["after"], call.query["limit"]
    group = call.query["group"]
    devices = sorted(house.devices, key=lambda each: str(each.uuid)) if after else tuple(house.devices)
    found = [
        {
            "uuid": str(device.uuid),
            "name": device.scanner.name,
            "control": house.url_of(device),
            "profile": device.scanner.profile.name,
            "state": device.scanner.state,
            "sheets": None if device.scanner.engine.feeder is None else len(device.scanner.engine.feeder),
            "group": house.group_of(device),
        }
        for device in devices
        if wanted in (None, device.scanner.state)
        and group in (None, house.group_of(device))
        and (not after or str(device.uuid) > after.lower())
    ]
    return Answer({"devices": found[:limit]})


async def _status(house: House, call: Call) -> Answer:
    return Answer(status_of(house.device(call.path["device"])))


def _action(name: str) -> Any:
    async def act(house: House, call: Call) -> Answer:
        device = house.device(call.path["device"])
        await do_action(device.scanner, name, call.body)
        return Answer(status_of(device))

    return act


def _on_many(name: str) -> Any:
    async def act(house: House, call: Call) -> Answer:
        known = call.body.keys() - {"select", "with"}
        if known:
            raise BadRequest(f"{min(known)!r} is no field of this; there are: select, with")
        asked = call.body.get("with")
        if asked is not None and not isinstance(asked, dict):
            raise BadRequest(f"with is an object: the fields of {name}")
        require_action(name, asked or {})
        meant = selected(house, call.body.get("select"))
        done: list[str] = []
        refused: list[dict[str, str]] = []

        async def at(device: Drivable) -> None:
            try:
                await do_action(device.scanner, name, asked or {})
                done.append(str(device.uuid))
            except KNOWN as error:
                told = str(refusal_of(error))
                refused.append({"uuid": str(device.uuid), "name": device.scanner.name, "error": told})

        await asyncio.gather(*map(at, meant))
        return Answer({"done": done, "refused": refused})

    return act


def selected(house: House, select: Any) -> list[Drivable]:
    """The devices that a Selection means. Raises BadRequest."""
    if select is None:
        select = {}
    if not isinstance(select, dict):
        raise BadRequest("select is an object")
    known = _SELECTION["properties"]
    assert isinstance(known, dict)
    for name, value in select.items():
        if name not in known:
            raise BadRequest(f"{name!r} selects nothing; there are: {', '.join(known)}")
        texts = value if isinstance(value, list) and name in ("uuids", "names") else [value]
        if (name in ("uuids", "names")) is not isinstance(value, list) or not all(
            isinstance(each, str) for each in texts
        ):
            raise BadRequest(f"{name} is {'a list of strings' if name in ('uuids', 'names') else 'a string'}")
    if "state" in select and select["state"] not in tuple(ScannerState):
        raise BadRequest(f"state is one of {', '.join(ScannerState)}, not {select['state']!r:.60}")
    uuids = {each.lower() for each in select.get("uuids", ())}
    names = {each.casefold() for each in select.get("names", ())}
    return [
        device
        for device in tuple(house.devices)
        if ("uuids" not in select or str(device.uuid) in uuids)
        and ("names" not in select or device.scanner.name.casefold() in names)
        and select.get("profile") in (None, device.scanner.profile.name)
        and select.get("state") in (None, device.scanner.state)
        and select.get("group") in (None, house.group_of(device))
    ]


async def _start(house: House, call: Call) -> Answer:
    device = house.device(call.path["device"])
    if "to" in call.body:
        return Answer(start_to(device, call.body), 202)
    if house.jobs is None:
        raise BadRequest("the scanner of a job of scan takes no other job; a device of run has jobs started")
    begun = await house.jobs.start(device, call.body)
    return Answer({"job": begun, "url": f"{house.url_of(device)}/post-scan-jobs/{begun}"}, 202)


async def _wait(house: House, call: Call) -> Answer:
    device = house.device(call.path["device"])
    until, within = waiting_asked(call.body, Until)
    journal = house.journal
    place = WaitingPlace(
        device.scanner,
        str(device.uuid),
        None if house.jobs is None else house.jobs.started,
        journal,
        any_device=house.whole_journal,
    )
    async with house.one_waits():
        try:
            waited = await wait_until(place, until, within)
        except NoSuchJob as error:
            raise Refused(404, str(error)) from None
        except NoSuchEntry as error:
            raise Refused(409, str(error)) from None
    told = _told(device, waited)
    if not waited.met:
        raise Refused(409, waited.reason, **told)
    return Answer(told)


def waiting_asked(body: dict[str, Any], model: Any) -> tuple[Any, float]:
    """What is waited for, and how long. Raises BadRequest, WrongOption."""
    if wrong := body.keys() - {"until", "within"}:
        raise BadRequest(f"{min(wrong)!r} is no field of wait; there are: until, within")
    within = WITHIN if body.get("within") is None else body["within"]
    if isinstance(within, bool) or not isinstance(within, int | float) or not 0 <= within <= MOST_SECONDS:
        raise BadRequest(f"within is a number of seconds from 0 to {MOST_SECONDS:g}, not {within!r:.60}")
    until = body.get("until")
    if not isinstance(until, dict):
        raise BadRequest("until is an object: what is waited for")
    if (empty := next((name for name, value in until.items() if value is None), None)) is not None:
        raise BadRequest(f"{empty} is null: leave out what is not waited for")
    return model.of(**until), float(within)


def _told(device: Drivable, waited: Waited) -> dict[str, Any]:
    return {
        "met": waited.met,
        "seconds": waited.seconds,
        "device": status_of(device),
        "job": None if waited.job is None else waited.job.as_dict(),
        "event": None if waited.entry is None else waited.entry.as_dict(),
    }


WITHIN_SCHEMA: Final = {
    "type": "number",
    "minimum": 0,
    "maximum": MOST_SECONDS,
    "default": WITHIN,
    "description": "Seconds.",
}
_NOT_IN_TIME: Final = Answered("It is not so in time, or cannot be any more: `error` says what is lacking.")

OPERATIONS: Final = (
    Operation(
        "GET", "/devices", "listDevices", "Every device, or those in a state.", _list,
        ok("The devices.", table(devices=listed(ref("ListedDevice")))), "devices",
        query=(
            Parameter("state", kinds(ScannerState), "Only those in this state."),
            Parameter("group", TEXT, "Only those of this group of the file of --fleet."),
            Parameter("after", TEXT, "Only those after this UUID, by UUID."),
            Parameter("limit", limit(10_000), "So many at most."),
        ),
    ),
    Operation(
        "GET", "/devices/{device}", "getDevice", "How a device is.", _status,
        ok("How it is.", "Device"), "devices", refuses=(404,),
    ),
    *(
        Operation(
            "POST", f"/devices/{{device}}/{name}", f"{name}AtDevice", action.DOES, _action(name),
            ok("Done; how the device is then.", "Device"), "devices",
            body=ref(f"{name.capitalize()}Request"), refuses=(404, 409),
        )
        for name, action in ACTIONS.items()
    ),
    *(
        Operation(
            "POST", f"/actions/{name}", f"{name}AtDevices", f"At many devices at once: {action.DOES}",
            _on_many(name), ok("At which it was done, and which refused it.", DONE), "devices",
            body={
                "type": "object",
                "properties": {
                    "select": perhaps(ref("Selection")),
                    "with": perhaps(ref(f"{name.capitalize()}Request")),
                },
                "additionalProperties": False,
            },
        )
        for name, action in ACTIONS.items()
    ),
    Operation(
        "POST", "/devices/{device}/start", "startAtDevice",
        "Start a post-scan job of what lies in the device, or with `to` offer a scan to a PC.", _start,
        {202: Answered("It has begun.", {"anyOf": [_BEGUN, _OFFERED]})}, "jobs",
        body=ref("StartRequest"), refuses=(404, 409),
    ),
    Operation(
        "POST", "/devices/{device}/wait", "waitAtDevice",
        "Wait until something is so at the device; answered at once where it is.", _wait,
        {**ok("It is so.", _WAITED), 409: _NOT_IN_TIME}, "devices",
        body={
            "type": "object",
            "properties": {"until": ref("Until"), "within": perhaps(WITHIN_SCHEMA)},
            "required": ["until"],
            "additionalProperties": False,
        },
        needs_body=True, refuses=(404, 409, 503), changes=False,
    ),
)  # fmt: skip

assert ScanToAction.model_fields.keys() == {"to"}
