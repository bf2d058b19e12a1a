"""Whether what we send is right: the check that stands behind every test."""

from __future__ import annotations

from emulator.soap import envelope, schema
from emulator.soap.addressing import EVERY_ADDRESSING


def problems_of_sent(data: bytes) -> list[str]:
    """What is wrong with an envelope of ours: deviations that our reader finds, and schema violations.

    An unknown filter dialect is no fault of ours: the wildcard that holds it is strict.
    """
    received = envelope.read_envelope(data, EVERY_ADDRESSING)
    problems = [str(deviation) for deviation in received.deviations]
    body = received.message.body
    if body is not None:
        problems += [v for v in schema.violations(body) if "No matching global element declaration" not in v]
    return problems
