"""The judge can fail: what is not documented, what is logged, what never answers is found; and a seed tells all."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from random import Random

import lines
import pytest
from judge import Verdicts, Watch
from mutations import Mutant, Template, mutated
from test_fuzz import Campaign, device_side
from valid_messages import device_messages, server_messages

from emulator.transport.http import IncomingRequest, OutgoingResponse

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
VALUES = {"address": "urn:x", "job": "1", "token": "t", "sink": "http://127.0.0.1:1/", "sid": "s", "psp": "p"}
TEMPLATES = [
    *device_messages("http://h", "/d", "/d/s", "/d/m", VALUES),
    *server_messages("http://h", "/s", "/s/p", "/s/c", VALUES),
]


def fault(code: str, subcode: str, reason: str = "no") -> bytes:
    """An envelope with a fault of WS-Scan, or without a subcode."""
    inner = f"<s:Subcode><s:Value>w:{subcode}</s:Value></s:Subcode>" if subcode else ""
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:w="{WSCN}"><s:Body><s:Fault><s:Code><s:Value>s:{code}</s:Value>{inner}'
        f"</s:Code><s:Reason><s:Text>{reason}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
    ).encode()


def sent(service: str, operation: str, framing: str = "") -> Mutant:
    template = next(each for each in TEMPLATES if (each.service, each.operation) == (service, operation))
    return Mutant(template, template.path, template.headers, template.body, framing=framing)


SOAP_ANSWER = {"content-type": "application/soap+xml"}


@pytest.mark.parametrize(
    ("status", "body", "fine"),
    [
        (400, fault("Sender", "InvalidArgs"), True),
        (400, fault("Sender", "ClientErrorNoImagesAvailable"), True),
        (400, fault("Sender", ""), True),
        (500, fault("Sender", "InvalidArgs"), False),
        (400, fault("Receiver", "InvalidArgs"), False),
        (400, fault("Sender", "ClientErrorFormatNotSupported"), False),
        (400, fault("Sender", "ClientErrorMadeUp"), False),
        (500, fault("Receiver", "ServerErrorInternalError", "The service had an unexpected error."), False),
        (500, fault("Receiver", "", "The service had an unexpected error."), False),
        (200, b"<not closed", False),
        (0, b"", False),
        (500, b"", False),
    ],
)
def test_only_what_the_documents_name_passes(status: int, body: bytes, fine: bool) -> None:
    """RetrieveImage has no ClientErrorFormatNotSupported."""
    verdicts = Verdicts()
    headers = SOAP_ANSWER if body else {}
    verdicts.judge(sent("scan", "RetrieveImage"), status, headers, body, "1")
    assert (verdicts.wrong == []) is fine
    assert fine or "seed 1, scan RetrieveImage" in verdicts.wrong[0]


def test_a_message_that_is_no_right_http_may_go_without_an_answer() -> None:
    verdicts = Verdicts()
    verdicts.judge(sent("scan", "GetActiveJobs", framing="length"), 0, {}, b"", "1")
    assert verdicts.wrong == [] and verdicts.faults == {"no answer": 1}


def test_errors_tracebacks_and_broken_lines_are_found() -> None:
    watch = Watch()
    for level, text, error in (
        (logging.INFO, "fine", None),
        (logging.ERROR, "an error", None),
        (logging.INFO, "trace", ValueError("x")),
        (logging.INFO, "two\nlines", None),
    ):
        information = (ValueError, error, None) if error else None
        watch.handle(logging.LogRecord("emulator.x", level, "f", 1, text, (), information))
    assert len(watch.found) == 3 and watch.lines == 4


async def test_a_handler_that_breaks_hangs_or_answers_nonsense_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "PATIENCE", 0.05)

    async def hang(request: IncomingRequest) -> OutgoingResponse:
        await asyncio.sleep(5)
        raise AssertionError

    async def nonsense(request: IncomingRequest) -> OutgoingResponse:
        return OutgoingResponse(
            500, fault("Receiver", "ServerErrorInternalError"), (("Content-Type", "application/soap+xml"),)
        )

    async with device_side(tmp_path, listen=False) as side:
        for handler in (hang, nonsense):
            campaign = Campaign(side, "in process", 1, Watch())
            await campaign._batch(lambda m, r, h=handler: lines.in_process(h, m, r), TEMPLATES, 3, Random(1))  # type: ignore[misc]
            assert len(campaign.verdicts.wrong) == 3


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: f"{each.service}-{each.operation}")
def test_the_same_seed_gives_the_same_mutations_and_they_are_many(template: Template) -> None:
    first = [mutated(template, Random(number)).body for number in range(60)]
    assert first == [mutated(template, Random(number)).body for number in range(60)]
    assert len(set(first)) > 40
    assert template.elements[-1].name == b"soap:Envelope"
    for each in template.elements:
        assert template.body[each.start : each.start + 1] == b"<" and template.body[: each.end].endswith(b">")
