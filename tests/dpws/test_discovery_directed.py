"""A directed Probe over HTTP is answered in the version that it is written in."""

from __future__ import annotations

import pytest
from discovery_values import SCAN_DEVICE, WSA, WSA_11, WSCN, WSD, WSD_11, make_target, probe_by_hand

from emulator.dpws.discovery import read_app_sequence, read_probe_matches
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.host_service import HostService
from emulator.dpws.metadata import Metadata
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.soap.constants import SOAP_CONTENT_TYPE
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message, read_envelope
from emulator.transport.http import BytesBody, HttpRequest, TimeLimits
from emulator.transport.memory import MemoryClient

URL = "http://192.0.2.7:5357/device/1"
BOTH = [(WSD, WSA), (WSD_11, WSA_11)]


async def post(data: bytes) -> tuple[int, Message]:
    host = HostService(make_target(1), lambda base_url: Metadata(), "http://127.0.0.1", prefixes={WSCN: "wscn"})
    client = MemoryClient(Endpoint(host, addressing=DISCOVERY_ADDRESSING))
    request = HttpRequest(URL, (("Content-Type", SOAP_CONTENT_TYPE),), BytesBody(data))
    answer = await client.exchange(request, TimeLimits())
    return answer.status, read_envelope(answer.body, DISCOVERY_ADDRESSING).message


@pytest.mark.parametrize(("wsd", "wsa"), BOTH)
async def test_a_match_and_none(wsd: str, wsa: str) -> None:
    # The law: [discovery/directed/answer-with-200] [discovery/match/no-match-over-http]
    status, message = await post(probe_by_hand("s:ScanDeviceType", wsd=wsd, wsa=wsa))
    assert (status, message.action) == (200, f"{wsd}/ProbeMatches")
    (match,) = read_probe_matches(message, Deviations())
    assert match.xaddrs == (URL,) and SCAN_DEVICE in match.types
    assert read_app_sequence(message) is not None
    status, message = await post(probe_by_hand("s:Other", wsd=wsd, wsa=wsa))
    assert (status, read_probe_matches(message, Deviations())) == (200, ())


@pytest.mark.parametrize(("wsd", "wsa"), BOTH)
async def test_an_unknown_rule_is_the_fault_of_that_version(wsd: str, wsa: str) -> None:
    # The law: [discovery/match/unknown-rule-fault] [discovery/version/answer-in-that-of-the-request]
    status, message = await post(probe_by_hand(match_by="urn:unknown", scopes="x", wsd=wsd, wsa=wsa))
    assert (status, message.action) == (400, f"{wsd}/fault")
    assert message.fault is not None and message.fault.subcode == (wsd, "MatchingRuleNotSupported")
