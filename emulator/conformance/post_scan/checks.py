"""How checks of devices as post-scan clients are registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

from emulator.conformance.check import Check, Direct, Invariant, Over, Subject, add, registered
from emulator.conformance.check import check as _check
from emulator.conformance.check import invariant as _invariant


def check(*ids: str, hostile: bool = False, slow: bool = False) -> Callable[[Direct], Direct]:
    """The function has the device scan, or looks at what it did; the rest as of check.check."""
    return _check(*ids, hostile=hostile, slow=slow, of=Subject.DSP_CLIENT)


def invariant(*ids: str, over: Over, provoke: Direct | None = None) -> Callable[[Invariant], Invariant]:
    """The function looks at requests of the device; the rest as of check.invariant."""
    return _invariant(*ids, over=over, provoke=provoke, of=Subject.DSP_CLIENT)


def take_over(of: Subject, module: str, overs: Mapping[str, Over]) -> None:
    """Register checks of another subject for post-scan clients too: what holds for everybody is judged by one
    function.

    - `module`: where they stand.
    - `overs`: id of each, and which exchanges it looks at here.
    """
    import_module(module)
    known: dict[str, Check] = {each.id: each for each in registered(of)}
    for id, over in overs.items():
        add(replace(known[id], over=over, provoke=None, of=Subject.DSP_CLIENT))
