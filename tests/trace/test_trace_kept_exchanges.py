"""Exchanges that are kept for who asks: nothing stays of what has ended."""

from __future__ import annotations

import gc
import weakref

import pytest

from emulator.layers import Layers
from emulator.trace.journal import Journal
from emulator.trace.kept_exchanges import KeptExchanges
from emulator.transport.points import BODY


@pytest.mark.parametrize("wanted_first", [True, False])
def test_what_has_ended_is_let_go(wanted_first: bool) -> None:
    kept = KeptExchanges(Journal())
    if wanted_first:
        kept.begin()
    lasting, ending = Layers(), Layers()
    kept.record(lasting)
    unplug = kept.record(ending)
    kept.begin()
    assert lasting.heard(BODY) and ending.heard(BODY)
    unplug()
    assert lasting.heard(BODY) and not ending.heard(BODY)
    gone = weakref.ref(ending)
    del ending, unplug
    gc.collect()
    assert gone() is None, "nobody holds the layers of what has ended"
    kept.close()
    assert not lasting.heard(BODY)
