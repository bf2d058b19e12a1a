"""MIME of answers that come as packages: a scan server may send its envelopes so, as stacks do that have MTOM for
every message. The rules are those of a device's images, and so are the checks; none of the server's answers has an
attachment."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from emulator.conformance.check import Subject, add, registered
from emulator.conformance.devices.invariants import packages
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.kinds import answers

SHARED: Final = frozenset(
    {
        "mtom/outer/multipart-related",
        "mtom/outer/type",
        "mtom/outer/boundary",
        "mtom/outer/start",
        "mtom/outer/start-info",
        "mtom/root/first",
        "mtom/root/content-type",
        "mtom/root/content-id",
        "mtom/root/transfer-encoding",
        "mtom/delimiter/lines-end-cr-lf",
        "wsdapi/mtom/root-first-and-binary",
    }
)
"""Their ids."""


def in_packages(recording: Recording) -> list[Exchange]:
    """Answers that are MIME packages."""
    return [each for each in answers(recording) if each.parts]


for _each in registered(Subject.DEVICE):
    if _each.id in SHARED and getattr(_each.invariant, "__module__", "") == packages.__name__:
        add(replace(_each, of=Subject.SERVER, over=in_packages, provoke=None))
