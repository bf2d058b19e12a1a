"""Takes over checks of scan servers that hold for devices too, those of SOAP, DPWS and eventing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Final

from emulator.conformance import kinds
from emulator.conformance.check import Direct, Over, Subject, add, registered
from emulator.conformance.devices.kinds import a_fault, a_receiver_fault

GENERIC: Final = frozenset({"soap", "addressing", "discovery", "dpws", "eventing", "wsdapi"})
"""Documents that bind every host."""
_PROVOKED: Final[Mapping[Direct | None, Direct | None]] = {
    None: None,
    kinds.a_fault: a_fault,
    kinds.a_receiver_fault: a_receiver_fault,
    kinds.a_datagram: kinds.a_datagram,
}
"""What brings a message about at a scan server -> at a device."""
_OVER: Final[Mapping[Over, Over]] = {kinds.dsp_answers: kinds.answers, kinds.dsp_faults: kinds.faults}


def share(*modules: str, but: Collection[str] = ()) -> tuple[str, ...]:
    """Register the checks of these modules for devices too; their ids. `but`: not those, of which devices have a
    check of their own."""
    for name in modules:
        import_module(name)
    found = []
    for each in registered(Subject.SERVER):
        function = each.run or each.invariant
        if (
            each.id not in but
            and each.clause.document in GENERIC
            and getattr(function, "__module__", "") in modules
        ):
            over = None if each.over is None else _OVER.get(each.over, each.over)
            add(replace(each, of=Subject.DEVICE, over=over, provoke=_PROVOKED.get(each.provoke)))
            found.append(each.id)
    return tuple(found)
