"""Operations on all devices of the process as one: how they are, by state and group; and what is done at one of
them as a device on a network: it is switched off and on, or has another IP address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from emulator.device.device import ScanDevice
from emulator.environment.exit_codes import LabError
from emulator.imaging.decoding.memory_bound import resident
from emulator.panel.actions import BadRequest
from emulator.panel.api.devices import DONE, selected, status_of
from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Answered, Call, Operation, ok
from emulator.panel.api.refusals import Refused
from emulator.panel.api.schemas import COUNT, TEXT, Schema, described, listed, perhaps, ref, table
from emulator.panel.drivable import Drivable
from emulator.transport.descriptors import open_now
from emulator.wsscan.values.status import ScannerState

if TYPE_CHECKING:
    from emulator.network.device_network import DeviceNetwork

T = TypeVar("T")

_STATES: Final = described(
    table(more=False, **{str(state): COUNT for state in ScannerState}), "How many devices are in each state."
)
FLEET: Final[Schema] = table(
    devices=described(COUNT, "On the network."),
    expected=described(COUNT, "With those that have not arrived, and those that are switched off."),
    away=described(COUNT, "Switched off."),
    states=_STATES,
    groups=described(
        listed(table(name=TEXT, profile=TEXT, devices=COUNT, states=_STATES)),
        "Of the file of --fleet, in its order.",
    ),
    process=described(
        table(memory=perhaps(COUNT), descriptors=perhaps(COUNT)),
        "What it takes: octets that are in memory, files and sockets; null where the system does not tell.",
    ),
)

_NOTHING: Final[Schema] = {"type": "object", "properties": {}, "additionalProperties": False}


def _states(devices: Iterable[Drivable]) -> dict[str, int]:
    counts = Counter(str(device.scanner.state) for device in devices)
    return {str(state): counts[str(state)] for state in ScannerState}


async def _fleet(house: House, call: Call) -> Answer:
    devices, network = tuple(house.devices), house.network
    of_group: dict[str, list[Drivable]] = {}
    for device in devices:
        of_group.setdefault(house.group_of(device), []).append(device)
    groups = () if network is None else network.fleet.groups
    return Answer(
        {
            "devices": len(devices),
            "expected": len(devices) if network is None else network.expected,
            "away": 0 if network is None else len(network.switched_off),
            "states": _states(devices),
            "groups": [
                {
                    "name": each.name,
                    "profile": each.profile.name,
                    "devices": len(of_group.get(each.name, ())),
                    "states": _states(of_group.get(each.name, ())),
                }
                for each in groups
            ],
            "process": {"memory": resident() or None, "descriptors": open_now()},
        }
    )


def _on_network(house: House, device: Drivable) -> tuple[DeviceNetwork, ScanDevice]:
    """Raises BadRequest."""
    if house.network is None or not isinstance(device, ScanDevice):
        raise BadRequest("the scanner of a job of scan is not on the network; a device of run is")
    return house.network, device


async def _off(house: House, call: Call) -> Answer:
    _only(call, ())
    network, device = _on_network(house, house.device(call.path["device"]))
    await _now(network.off([device]))
    return Answer(status=204)


async def _on(house: House, call: Call) -> Answer:
    _only(call, ())
    network, named = house.network, call.path["device"]
    off = () if network is None else network.switched_off
    uuid = next((each for each in off if str(each) == named.lower()), None)
    if network is None or uuid is None:
        network, device = _on_network(house, house.device(named))
        uuid = device.uuid  # it is on: the network says so
    (fresh,) = await _now(network.on([uuid]))
    return Answer(status_of(fresh))


async def _restart(house: House, call: Call) -> Answer:
    _only(call, ())
    network, device = _on_network(house, house.device(call.path["device"]))
    (fresh,) = await _now(network.restart([device]))
    return Answer(status_of(fresh))


async def _restart_many(house: House, call: Call) -> Answer:
    _only(call, ("select",))
    devices = [_on_network(house, device) for device in selected(house, call.body.get("select"))]
    if not devices:
        return Answer({"done": [], "refused": []})
    fresh = await _now(devices[0][0].restart([device for _, device in devices]))
    return Answer({"done": [str(device.uuid) for device in fresh], "refused": []})


async def _move(house: House, call: Call) -> Answer:
    _only(call, ("address",))
    network, device = _on_network(house, house.device(call.path["device"]))
    address: Any = call.body.get("address")
    if not isinstance(address, str):
        raise BadRequest("address is an IP address of this machine that no device has")
    await _now(network.move(device, address))
    return Answer(status_of(device))


def _only(call: Call, fields: Sequence[str]) -> None:
    """Raises BadRequest for a field that is none."""
    if wrong := call.body.keys() - set(fields):
        there = f"there is: {', '.join(fields)}" if fields else "there are none"
        raise BadRequest(f"{min(wrong)!r} is no field of this; {there}")


async def _now(done: Coroutine[Any, Any, T]) -> T:
    """What is done; Refused where it cannot be just now, or with this device."""
    try:
        return await done
    except LabError as error:
        raise Refused(409, str(error), **({"hint": error.hint} if error.hint else {})) from None


OPERATIONS: Final = (
    Operation(
        "GET", "/fleet", "getFleet", "How many devices there are, by state and group, and what they take.", _fleet,
        ok("The counts.", "Fleet"), "devices",
    ),
    Operation(
        "POST", "/devices/{device}/off", "switchDeviceOff",
        "Switch a device off: Bye, its jobs end, and it is on the network no more until it is switched on.",
        _off, {204: Answered("It is off.")}, "devices", body=_NOTHING, refuses=(404, 409),
    ),
    Operation(
        "POST", "/devices/{device}/on", "switchDeviceOn",
        "Switch a device on that was switched off: as at its start, Hello with a greater InstanceId.",
        _on, ok("It is back; how it is then.", "Device"), "devices", body=_NOTHING, refuses=(404, 409),
    ),
    Operation(
        "POST", "/devices/{device}/restart", "restartDevice",
        "Switch a device off and on: Bye, its jobs end, and after a second Hello with a greater InstanceId.",
        _restart,
        ok("It is back; how it is then.", "Device"), "devices",
        body=_NOTHING, refuses=(404, 409),
    ),
    Operation(
        "POST", "/actions/restart", "restartDevices", "At many devices at once: switch them off and on.",
        _restart_many,
        ok("Which are back, and which refused it.", DONE), "devices",
        body={
            "type": "object",
            "properties": {"select": perhaps(ref("Selection"))},
            "additionalProperties": False,
        },
    ),
    Operation(
        "POST", "/devices/{device}/move", "moveDevice",
        "Give a device that has an IP address of its own another one that this machine has: Hello from there.",
        _move,
        ok("Done; how it is then.", "Device"), "devices",
        body={
            "type": "object",
            "properties": {"address": described(TEXT, "Of this machine, and no device's.")},
            "required": ["address"],
            "additionalProperties": False,
        },
        needs_body=True, refuses=(404, 409),
    ),
)  # fmt: skip
