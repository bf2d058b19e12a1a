"""Messages of WS-Scan and WS-DSD, whichever came (docs/protocol/ws-scan.md, sections 1 and 9)."""

from __future__ import annotations

import re

from emulator.conformance.devices.checks import invariant
from emulator.conformance.devices.kinds import a_fault, a_job_under_way, documented, scan_faults, scan_responses
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.kinds import said
from emulator.conformance.names import ADDRESSING_FAULT, WSCN
from emulator.conformance.schemas import violations

_KEYWORDS = (
    "ColorEntry",
    "ColorProcessing",
    "Component",
    "ContentType",
    "ContentTypeValue",
    "InputSource",
    "JobState",
    "JobStateReason",
    "Name",
    "Rotation",
    "RotationValue",
    "ScannerState",
    "ScannerStateReason",
    "Severity",
)
"""Elements that hold a keyword, of the list of the documents or a vendor's."""
_WORD = re.compile(r"[\w\-.]+")


@invariant("wscn/wire/namespace", "notes/c-01/wscn-2006-08-sent", over=documented)
def namespace(exchange: Exchange) -> None:
    """No element is in the namespace that the pages print."""
    for each in said(exchange).root.iter():
        wrong = isinstance(each.tag, str) and "/2006/01/wdp/scan" in each.tag
        require(not wrong, f"{each.tag}", WSCN, [exchange], each)


@invariant("wscn/wire/response-action", "notes/c-14/response-action-with-response", over=scan_responses)
def response_action(exchange: Exchange) -> None:
    """The action of a response is that of its request with Response behind it."""
    assert exchange.asked is not None
    came, wanted = said(exchange).action.strip(), f"{exchange.asked.action}Response"
    require(came == wanted, f"wsa:Action {came or 'is missing'}", wanted, [exchange])


@invariant("wscn/wire/body-roots", over=scan_responses)
def body_roots(exchange: Exchange) -> None:
    """The child of the Body is the operation with Response behind it."""
    came, wanted = said(exchange).body_name.local, f"{exchange.operation}Response"
    require(came == wanted, came, wanted, [exchange], said(exchange).body)


@invariant("wscn/fault/action", over=scan_faults, provoke=a_fault)
def fault_action(exchange: Exchange) -> None:
    """The action of a fault is that of WS-Addressing."""
    came = said(exchange).action.strip()
    require(came == ADDRESSING_FAULT, f"wsa:Action {came or 'is missing'}", ADDRESSING_FAULT, [exchange])


@invariant("wscn/fault/http-status", over=scan_faults, provoke=a_fault)
def fault_status(exchange: Exchange) -> None:
    """400 for the code Sender, 500 for another."""
    fault = said(exchange).fault
    assert fault is not None
    wanted = 400 if fault.code.local == "Sender" else 500
    require(exchange.status == wanted, f"HTTP {exchange.status} with {fault.code}", f"HTTP {wanted}", [exchange])


@invariant("wscn/wire/booleans", "wscn/extension/not-extensible", over=documented)
def booleans(exchange: Exchange) -> None:
    """No boolean has another value."""
    _by_type(exchange, "boolean")


@invariant("wscn/wire/integers-of-32-bits", over=documented)
def integers(exchange: Exchange) -> None:
    """No integer is above 2147483647."""
    for each in said(exchange).root.iter():
        number = (each.text or "").strip() if isinstance(each.tag, str) and not len(each) else ""
        wrong = number.isdecimal() and len(number) < 20 and int(number) > 2147483647 and WSCN in each.tag
        require(not wrong, f"{number}", "at most 2147483647", [exchange], each)


@invariant("wscn/job-state/held", over=documented, provoke=a_job_under_way)
def never_held(exchange: Exchange) -> None:
    """No job is Held, since nobody at the device holds one."""
    for each in said(exchange).root.iter(f"{{{WSCN}}}JobState"):
        require((each.text or "").strip() != "Held", "JobState Held", "another state", [exchange], each)


@invariant("wscn/extension/keywords", over=documented, provoke=a_job_under_way)
def keywords(exchange: Exchange) -> None:
    """A keyword is one word, or a declared prefix, a colon and a word."""
    for name in _KEYWORDS:
        for each in said(exchange).root.iter(f"{{{WSCN}}}{name}"):
            came = (each.text or "").strip()
            prefix, colon, word = came.rpartition(":")
            right = _WORD.fullmatch(word) is not None and (not colon or prefix in each.nsmap)
            require(right, f"{name} {came!r}", "a word, or a declared prefix, a colon and a word", [exchange], each)


@invariant("bdsrr/6.2/content-by-the-schema", over=documented, provoke=a_job_under_way)
def by_the_schema(exchange: Exchange) -> None:
    """What stands in the Body is valid by the schema of its namespace."""
    for content in said(exchange).contents:
        found = violations(content)
        require(not found, found[0][1] if found else "", "content that is valid by the schema", [exchange], content)


def _by_type(exchange: Exchange, kind: str) -> None:
    for content in said(exchange).contents:
        for _, says in violations(content):
            require(f"xs:{kind}" not in says, says, f"a value of xs:{kind}", [exchange], content)
