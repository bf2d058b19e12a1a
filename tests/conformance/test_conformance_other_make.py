"""A scanner of another make is blamed for what it does otherwise, and for nothing else; what it has not got is not
applicable."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from judged_device import LIMITS
from other_make_host import OtherMake

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.exchange import Recording
from emulator.conformance.runner import FIRST, LAST, Runner
from emulator.conformance.sink import EventSink
from emulator.reports.verdict import Verdict

pytestmark = pytest.mark.wire_fault
SHORT: Final = replace(LIMITS, udp_answer=0.3, udp_silence=0.1, udp_repeats=0.1, power=0.1)
READ: Final = {
    "dpws/hosted/compatible-id": "its metadata have no CompatibleId",
    "dpws/hosted/hardware-id": "nor HardwareId",
    "notes/c-05/container-id-in-braces": "nor ContainerId",
    "discovery/match/unknown-rule-fault": "it reads no MatchBy",
    "eventing/subscribe/supported": "it has no events",
    "wsdapi/wsdbit/subscribe-and-renew-with-duration": "it has no events",
    "wscn/validation/lossless-quality-must-honor": "it does not look at the quality",
    "soap/http/wrong-path-404": "it has one service and does not look at the path",
    "soap/fault/must-understand": "it passes over headers that it does not know",
    "soap/fault/version-mismatch": "it answers SOAP 1.1 in 1.2",
    "addressing/fault/message-information-header-required": "it asks for no MessageID",
    "addressing/fault/destination-unreachable": "it does not look at To",
}
"""Clause that it does not keep -> how that was read in its code."""


async def test_it_is_blamed_for_what_it_does_otherwise_and_for_nothing_else() -> None:
    device, recording = OtherMake(), Recording()
    await device.start()
    try:
        async with EventSink(recording, "127.0.0.1") as sink:
            peer = DevicePeer(device.url, limits=SHORT, recording=recording, sink=sink)
            checks = [each for each in all_checks(Subject.DEVICE).values() if not each.slow]
            run = await Runner(peer, checks).run()
            await peer.aclose()
    finally:
        await device.stop()
    assert run.verdict(FIRST) is run.verdict(LAST) is Verdict.PASSED
    found = {
        each.id: each.evidence.met
        for each in run.judged
        if each.verdict in (Verdict.FAILED, Verdict.WARNED, Verdict.INCONCLUSIVE, Verdict.ERROR)
    }
    # It speaks no UDP: whoever asks by that is told so, and no check of anything else.
    silent = {
        id for id, met in found.items() if "no datagram came" in met or id == "discovery/timing/app-max-delay"
    }
    assert all(id.startswith(("discovery/", "wsdapi/", "soap/udp/", "clients/")) for id in silent), silent
    assert set(found) - silent == set(READ), {id: met for id, met in found.items() if id not in silent}
    passed = sum(each.verdict is Verdict.PASSED for each in run.judged)
    assert passed > 290  # it is judged: what has no hands, no feeder and no events is left out
