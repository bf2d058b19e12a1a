"""A fault plan at work on one device, or on the scan server."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Sequence
from contextlib import ExitStack

from emulator.device.points import PAGE
from emulator.device.scanner import VirtualScanner
from emulator.disturbance.acting import Acting
from emulator.disturbance.datagrams import AlteredDatagrams
from emulator.disturbance.deliveries import DELIVERY_LIMIT, AlteredDeliveries
from emulator.disturbance.exchanges import AlteredExchanges
from emulator.disturbance.ledger import Ledger
from emulator.disturbance.messages import AlteredMessages
from emulator.disturbance.octets import LONGEST, AlteredOctets
from emulator.disturbance.pages import PAGE_LIMIT, AlteredPages
from emulator.disturbance.scanner_view import ScannerView
from emulator.dpws.points import DATAGRAM, EVENT, OPERATION
from emulator.faults.alteration import At, Role
from emulator.faults.plan import Fault
from emulator.layers import Layers, Unplug
from emulator.scan_server.points import DELIVERY
from emulator.soap.points import ENVELOPE, PART
from emulator.transport.points import HANDSHAKE, OCTETS


def disturb(
    ledger: Ledger,
    roles: Collection[Role],
    layers: Layers,
    *names: str,
    always: Sequence[Fault] = (),
    scanner: VirtualScanner | None = None,
    context: ssl.SSLContext | None = None,
) -> Unplug:
    """Have the faults of a plan act at what passes these layers, and return what takes them away.

    - `ledger`: of the plan; one for all devices of a program.
    - `roles`: whose layers they are: DEVICE and CLIENT of a device, SERVER of the scan server.
    - `names`: of the device; by the first counts are kept.
    - `always`: faults of habits, which act before those of the plan.
    - `scanner`: of the device, for habits that ask how it is.
    - `context`: by which its host serves HTTPS, where there is one: certificates are made, and revocation lists
      written, now.

    Only points at which the plan has something to do are handled. Raises AlreadyHandled where another handler is,
    and PlanError where a certificate cannot be made.
    """
    acting = Acting(ledger, roles, layers, *names, always=always)
    messages = AlteredMessages(acting)
    with ExitStack() as plugged:
        if acting.at(At.ENVELOPE):
            plugged.callback(layers.handle(ENVELOPE, messages.envelope, name="the fault plan"))
        if acting.at(At.PACKAGE):
            plugged.callback(layers.handle(PART, messages.package, name="the fault plan"))
        handshakes = None
        if acting.at(At.TLS):
            from emulator.disturbance.certificates import AlteredHandshakes  # it loads cryptography

            handshakes = AlteredHandshakes(acting, context)
            handler = handshakes.handshake
            plugged.callback(layers.handle(HANDSHAKE, handler, name="the fault plan", limit=LONGEST))
        ends = handshakes.at_operation if handshakes is not None and handshakes.at_operations else None
        if acting.at(At.EXCHANGE) or ends is not None:
            exchanges = AlteredExchanges(acting, None if scanner is None else ScannerView(scanner), ends)
            plugged.callback(layers.handle(OPERATION, exchanges.operation, name="the fault plan", limit=LONGEST))
            plugged.callback(layers.handle(EVENT, exchanges.event, name="the fault plan", limit=LONGEST))
        if acting.at(At.WIRE):
            octets = AlteredOctets(acting)
            plugged.callback(layers.handle(OCTETS, octets.octets, name="the fault plan", limit=LONGEST))
        if acting.at(At.DATAGRAM):
            datagrams = AlteredDatagrams(acting)
            plugged.callback(layers.handle(DATAGRAM, datagrams.datagram, name="the fault plan"))
        if acting.at(At.DELIVERY):
            deliveries = AlteredDeliveries(acting)
            plugged.callback(deliveries.close)
            plugged.callback(
                layers.handle(DELIVERY, deliveries.deliver, name="the fault plan", limit=DELIVERY_LIMIT)
            )
        if acting.at(At.PAGE):
            pages = AlteredPages(acting)
            plugged.callback(layers.handle(PAGE, pages.page, name="the fault plan", limit=PAGE_LIMIT))
        return plugged.pop_all().close
