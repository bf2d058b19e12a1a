"""What a journal hears: what happens is told as such, or translated from what is told of the wire."""

from __future__ import annotations

from collections.abc import Callable

from emulator.dpws.points import DEVIATION_MET, DeviationMet
from emulator.layers import EVERYWHERE, Layers, Unplug
from emulator.trace.exchanges import datagram_told, deviation_told, exchange_told
from emulator.trace.journal import Entry, Journal
from emulator.trace.points import HAPPENED, Happened
from emulator.transport.observe import Exchange
from emulator.transport.points import DATAGRAM_PASSED, EXCHANGE, DatagramPassed


def record(
    journal: Journal,
    layers: Layers = EVERYWHERE,
    *,
    on_exchange: Callable[[Entry, Exchange], None] = lambda entry, exchange: None,
) -> Unplug:
    """Have the journal take down all that is told at `layers`: those of one job, device or server, or of the whole
    process; until the answer is called. `on_exchange`: is told of the entry that an exchange has got."""

    def happened(event: Happened) -> None:
        journal.add(event)

    def exchanged(exchange: Exchange) -> None:
        on_exchange(journal.add(Happened(exchange_told(exchange))), exchange)

    def passed(datagram: DatagramPassed) -> None:
        journal.add(Happened(datagram_told(datagram)))

    def deviated(met: DeviationMet) -> None:
        journal.add(Happened(deviation_told(met)))

    plugged = [
        layers.listen(HAPPENED, happened),
        layers.listen(EXCHANGE, exchanged),
        layers.listen(DATAGRAM_PASSED, passed),
        layers.listen(DEVIATION_MET, deviated),
    ]

    def unplug() -> None:
        for each in plugged:
            each()

    return unplug
