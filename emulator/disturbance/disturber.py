"""A fault plan at work on one device, or on the scan server."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack

from emulator.device.points import PAGE
from emulator.disturbance.acting import Acting
from emulator.disturbance.deliveries import DELIVERY_LIMIT, AlteredDeliveries
from emulator.disturbance.ledger import Ledger
from emulator.disturbance.messages import AlteredMessages
from emulator.disturbance.pages import PAGE_LIMIT, AlteredPages
from emulator.faults.alteration import At, Role
from emulator.layers import Layers, Unplug
from emulator.scan_server.points import DELIVERY
from emulator.soap.points import ENVELOPE, PART


def disturb(ledger: Ledger, roles: Collection[Role], layers: Layers, device: str = "") -> Unplug:
    """Have the faults of a plan act at what passes these layers, and return what takes them away.

    - `ledger`: of the plan; one for all devices of a program.
    - `roles`: whose layers they are: DEVICE and CLIENT of a device, SERVER of the scan server.
    - `device`: its name, by which counts are kept.

    Only points at which the plan has something to do are handled. Raises AlreadyHandled where another handler is.
    """
    acting = Acting(ledger, roles, layers, device)
    messages = AlteredMessages(acting)
    with ExitStack() as plugged:
        if acting.has(At.ENVELOPE):
            plugged.callback(layers.handle(ENVELOPE, messages.envelope, name="the fault plan"))
        if acting.has(At.PACKAGE):
            plugged.callback(layers.handle(PART, messages.package, name="the fault plan"))
        if acting.has(At.DELIVERY):
            deliveries = AlteredDeliveries(acting)
            plugged.callback(deliveries.close)
            plugged.callback(
                layers.handle(DELIVERY, deliveries.deliver, name="the fault plan", limit=DELIVERY_LIMIT)
            )
        if acting.has(At.PAGE):
            pages = AlteredPages(acting)
            plugged.callback(layers.handle(PAGE, pages.page, name="the fault plan", limit=PAGE_LIMIT))
        return plugged.pop_all().close
