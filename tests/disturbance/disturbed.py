"""A fault plan at work on layers of a test."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.faults.alteration import Alteration, At, Role
from emulator.faults.alterations import alterations_at, device
from emulator.faults.plan import read_plan
from emulator.layers import Layers

DEVICE = frozenset({Role.DEVICE, Role.CLIENT})
SERVER = frozenset({Role.SERVER})


def fault(at: str, do: str, name: str = "the fault", **more: Any) -> str:
    """One fault of a plan."""
    lines = [f"name = {_toml(name)}", f"at = {_toml(at)}", f"do = {_toml(do)}"]
    return "\n".join(["[[fault]]", *lines, *(f"{key} = {_toml(value)}" for key, value in more.items()), ""])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, int | float) else '"' + str(value).replace("\\", "\\\\") + '"'


@contextmanager
def disturbed(
    layers: Layers,
    roles: Collection[Role],
    *faults: str,
    device: str = "",
    seed: int = 7,
    context: ssl.SSLContext | None = None,
) -> Iterator[Ledger]:
    """Have the faults act while the block lasts. `context`: by which a host serves."""
    ledger = Ledger(read_plan(f"seed = {seed}\n{''.join(faults)}".encode(), "plan.toml").for_roles(roles))
    unplug = disturb(ledger, roles, layers, device, context=context)
    try:
        yield ledger
    finally:
        unplug()


def is_seen(seen: Callable[[Any], Any], came: Any) -> bool:
    """Whether a row of a table is true of what came; where that has no such place, it is not."""
    try:
        return bool(seen(came))
    except (AttributeError, IndexError, TypeError, ValueError):
        return False


def alterations_but_of_devices(at: At) -> dict[str, Alteration]:
    """Those of a place, without the habits of real devices (test_disturbance_device_habits.py has these)."""
    of_devices = {each.name for each in device.ALTERATIONS if each.at is at}
    return {name: each for name, each in alterations_at(at).items() if name not in of_devices}
