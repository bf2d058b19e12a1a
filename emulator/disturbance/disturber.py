"""A fault plan at work on one device, or on the scan server."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from contextlib import ExitStack

from emulator.disturbance.acting import Acting
from emulator.disturbance.exchanges import AlteredExchanges
from emulator.disturbance.ledger import Ledger
from emulator.disturbance.messages import AlteredMessages
from emulator.disturbance.octets import LONGEST, AlteredOctets
from emulator.dpws.points import EVENT, OPERATION
from emulator.faults.alteration import At, Role
from emulator.layers import Layers, Unplug
from emulator.soap.points import ENVELOPE, PART
from emulator.transport.points import HANDSHAKE, OCTETS


def disturb(
    ledger: Ledger,
    roles: Collection[Role],
    layers: Layers,
    device: str = "",
    *,
    context: ssl.SSLContext | None = None,
) -> Unplug:
    """Have the faults of a plan act at what passes these layers, and return what takes them away.

    - `ledger`: of the plan; one for all devices of a program.
    - `roles`: whose layers they are: DEVICE and CLIENT of a device, SERVER of the scan server.
    - `device`: its name, by which counts are kept.
    - `context`: by which its host serves HTTPS, where there is one: certificates are made, and revocation lists
      written, now.

    Only points at which the plan has something to do are handled. Raises AlreadyHandled where another handler is,
    and PlanError where a certificate cannot be made.
    """
    acting = Acting(ledger, roles, layers, device)
    messages = AlteredMessages(acting)
    with ExitStack() as plugged:
        if acting.has(At.ENVELOPE):
            plugged.callback(layers.handle(ENVELOPE, messages.envelope, name="the fault plan"))
        if acting.has(At.PACKAGE):
            plugged.callback(layers.handle(PART, messages.package, name="the fault plan"))
        handshakes = None
        if acting.has(At.TLS):
            from emulator.disturbance.certificates import AlteredHandshakes  # it loads cryptography

            handshakes = AlteredHandshakes(acting, context)
            handler = handshakes.handshake
            plugged.callback(layers.handle(HANDSHAKE, handler, name="the fault plan", limit=LONGEST))
        changes = handshakes is not None and handshakes.at_operations
        if acting.has(At.EXCHANGE) or changes:
            exchanges = (
                AlteredExchanges(acting)
                if handshakes is None
                else AlteredExchanges(acting, handshakes.at_operation)
            )
            plugged.callback(layers.handle(OPERATION, exchanges.operation, name="the fault plan", limit=LONGEST))
            plugged.callback(layers.handle(EVENT, exchanges.event, name="the fault plan", limit=LONGEST))
        if acting.has(At.WIRE):
            octets = AlteredOctets(acting)
            plugged.callback(layers.handle(OCTETS, octets.octets, name="the fault plan", limit=LONGEST))
        return plugged.pop_all().close
