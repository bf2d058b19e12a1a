"""Layers of which somebody is told the exchanges."""

from __future__ import annotations

from collections.abc import Callable

from emulator.layers import Layers
from emulator.transport.observe import Exchange
from emulator.transport.points import EXCHANGE


def told(*listeners: Callable[[Exchange], None]) -> Layers:
    """Each of `listeners` is told every exchange."""
    layers = Layers()
    for each in listeners:
        layers.listen(EXCHANGE, each)
    return layers
