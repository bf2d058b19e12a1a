"""Whether an envelope that was written is right: it is read back, and held against the schemas."""

from __future__ import annotations

from emulator.soap import envelope, schema
from emulator.soap.addressing import EVERY_ADDRESSING
from emulator.soap.fault import FaultError
from emulator.soap.xml import XmlRefused


def problems_of_written(data: bytes) -> list[str]:
    """What is wrong with an envelope of ours: deviations that our reader finds, and schema violations.

    An unknown filter dialect is no fault of ours: the wildcard that holds it is strict.
    """
    try:
        received = envelope.read_envelope(data, EVERY_ADDRESSING)
    except (XmlRefused, FaultError) as error:
        return [f"nobody can read it: {error}"]
    problems = [str(deviation) for deviation in received.deviations]
    body = received.message.body
    if body is not None:
        problems += [v for v in schema.violations(body) if "No matching global element declaration" not in v]
    return problems
