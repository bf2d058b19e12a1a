"""What a journal hears: what happens is told as such, or translated from what is told of the wire."""

from __future__ import annotations

from emulator.dpws.points import DEVIATION_MET, DeviationMet
from emulator.layers import EVERYWHERE, Layers, Unplug
from emulator.trace.exchanges import told_of, told_of_datagram, told_of_deviation
from emulator.trace.journal import Journal
from emulator.trace.points import HAPPENED, Happened
from emulator.transport.observe import Exchange
from emulator.transport.points import DATAGRAM_PASSED, EXCHANGE, DatagramPassed


def record(journal: Journal, layers: Layers = EVERYWHERE) -> Unplug:
    """Have the journal take down all that is told at `layers`: those of one job, device or server, or of the whole
    process; until the answer is called."""

    def happened(event: Happened) -> None:
        journal.add(event)

    def exchanged(exchange: Exchange) -> None:
        journal.add(Happened(told_of(exchange)))

    def passed(datagram: DatagramPassed) -> None:
        journal.add(Happened(told_of_datagram(datagram)))

    def deviated(met: DeviationMet) -> None:
        journal.add(Happened(told_of_deviation(met)))

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
