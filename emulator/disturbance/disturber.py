"""A fault plan at work on one device, or on the scan server."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack

from emulator.disturbance.acting import Acting
from emulator.disturbance.datagrams import AlteredDatagrams
from emulator.disturbance.ledger import Ledger
from emulator.disturbance.messages import AlteredMessages
from emulator.dpws.points import DATAGRAM
from emulator.faults.alteration import At, Role
from emulator.layers import Layers, Unplug
from emulator.soap.points import ENVELOPE, PART


def disturb(
    ledger: Ledger,
    roles: Collection[Role],
    layers: Layers,
    device: str = "",
    named: Callable[[str], str] = lambda address: "",
) -> Unplug:
    """Have the faults of a plan act at what passes these layers, and return what takes them away.

    - `ledger`: of the plan; one for all devices of a program.
    - `roles`: whose layers they are: DEVICE and CLIENT of a device, SERVER of the scan server.
    - `device`: its name, by which counts are kept.
    - `named`: where the layers are those of several devices on the network, the name of the one with an endpoint's
      address, for what is said of it by UDP; '' where it is `device`.

    Only points at which the plan has something to do are handled. Raises AlreadyHandled where another handler is.
    """
    acting = Acting(ledger, roles, layers, device)
    messages = AlteredMessages(acting)
    with ExitStack() as plugged:
        if acting.has(At.ENVELOPE):
            plugged.callback(layers.handle(ENVELOPE, messages.envelope, name="the fault plan"))
        if acting.has(At.PACKAGE):
            plugged.callback(layers.handle(PART, messages.package, name="the fault plan"))
        if acting.ledger.plan.at(At.DATAGRAM):
            datagrams = AlteredDatagrams(acting, roles, named)
            plugged.callback(layers.handle(DATAGRAM, datagrams.datagram, name="the fault plan"))
        return plugged.pop_all().close
