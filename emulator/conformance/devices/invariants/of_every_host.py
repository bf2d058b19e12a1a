"""Headers and envelopes of every answer, by the checks of scan servers."""

from __future__ import annotations

from emulator.conformance.devices.shared import share

SHARED = share("emulator.conformance.invariants.headers", "emulator.conformance.invariants.envelopes")
"""Their ids."""
