"""AppSequence may have to be understood, in what is asked and in what is answered by UDP; what is not understood is
left without an answer, as all that is no message for us."""

from __future__ import annotations

import logging

import pytest
from discovery_values import WSA, WSA_11, WSD, WSD_11, Network, probe_by_hand

from emulator.dpws.findings import SearchFindings

OWN = '<d:AppSequence e:mustUnderstand="1" InstanceId="1" MessageNumber="1"/>'
FOREIGN = '<v:Security xmlns:v="urn:v" e:mustUnderstand="1"/>'


@pytest.mark.parametrize(("header", "understood"), [(OWN, True), (FOREIGN, False)])
@pytest.mark.parametrize(("wsd", "wsa"), [(WSD, WSA), (WSD_11, WSA_11)])
def test_a_probe_whose_headers_must_be_understood(
    header: str, understood: bool, wsd: str, wsa: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = Network().answers(probe_by_hand(wsd=wsd, wsa=wsa, extra=header))
    assert len(answers) == understood
    assert ("Security is not understood" in caplog.text) is not understood


@pytest.mark.parametrize(("header", "understood"), [(OWN, True), (FOREIGN, False)])
def test_an_answer_whose_headers_must_be_understood(header: str, understood: bool) -> None:
    findings = SearchFindings()
    findings.expect("urn:uuid:asked")
    match = (
        "<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference>"
        "<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch>"
    )
    asked = probe_by_hand(extra=f"<a:RelatesTo>urn:uuid:asked</a:RelatesTo>{header}").decode()
    data = asked.replace("/Probe<", "/ProbeMatches<").replace(
        "<d:Probe></d:Probe>", f"<d:ProbeMatches>{match}</d:ProbeMatches>"
    )
    assert len(findings.received(data.encode(), "192.0.2.1")) == understood
