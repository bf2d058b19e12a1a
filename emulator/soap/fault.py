"""SOAP 1.2 faults, both ways. The faults of a service stand in its own room (for WS-DSP: dsm/faults.py)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree

from emulator.soap.constants import FAULT_ACTION, MAX_TOLD_NAME, SOAP, WSA, WSA_2005, XML
from emulator.soap.xml import QName, local_name, resolve_qname

Code = Literal["Sender", "Receiver", "MustUnderstand", "VersionMismatch", "DataEncodingUnknown"]
_CODES: Final[dict[str, Code]] = {
    "Sender": "Sender",
    "Receiver": "Receiver",
    "MustUnderstand": "MustUnderstand",
    "VersionMismatch": "VersionMismatch",
    "DataEncodingUnknown": "DataEncodingUnknown",
    "Client": "Sender",  # SOAP 1.1 names: sane-airscan meets devices that answer in 1.1
    "Server": "Receiver",
}
_NOT_XML: Final = re.compile("[^\\t\\n\\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PREFIXES: Final[dict[str, str]] = {WSA: "wsa"}
_ENVELOPES: Final = {SOAP: "soap", WSA: "wsa", WSA_2005: "wsa", XML: "xml"}
"""Prefixes that an envelope of ours declares, or that need no declaration."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP 1.2 fault (SOAP 1.2 part 1, section 5.4). `detail` is the text inside soap:Detail, or an element."""

    code: Code
    subcode: QName | None
    reason: str
    detail: str | etree._Element | None = None
    action: str = FAULT_ACTION
    prefix: str = ""
    """Prefix written for the subcode's namespace; clients match the literal text `wscn:...`
    [clients/wsd-python/literal-fault-text]."""
    status: int = 0
    """HTTP status that says more than the code does: 403 where it is known who asks, and he may not; 415 for a body
    of another kind than is read (RFC 9110, 15.5.4 and 15.5.16). 0: that of the code."""
    headers: tuple[etree._Element, ...] = ()
    """Header blocks that go with it: soap:Upgrade, soap:NotUnderstood."""

    @property
    def http_status(self) -> int:
        """`status`, else 400 for Sender and 500 for all others (SOAP 1.2 part 2, table 20).
        [wscn/fault/http-status] [clients/go-mfp/batch-ends-by-status] [clients/go-mfp/fault-by-status-only]
        [soap/http/sender-fault-400] [soap/http/other-faults-500] [dsp/fault/http-status]"""
        return self.status or (400 if self.code == "Sender" else 500)

    def __str__(self) -> str:
        """One line for people, of bounded length: reason and detail may come from a peer."""
        name = self.subcode.local if self.subcode else self.code
        detail = _line(self.detail) if isinstance(self.detail, str) else ""
        return f"{_line(name)}: {_line(self.reason)}" + (f" [{detail}]" if detail else "")


def _line(text: str) -> str:
    return " ".join(text[:500].split())


class FaultError(Exception):
    """Raised by a service to answer with a fault, and by the reader of a message for what must be answered so."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def action_not_supported(action: str) -> Fault:
    """wsa:ActionNotSupported; detail: the operation name (WS-DSP and WS-Scan error pages).
    [wscn/fault/action-not-supported]
    [addressing/fault/action-not-supported] [addressing/fault/action-not-supported-reason]
    [dsp/fault/action-not-supported] [bdsrr/3.1.4.1.1/action-not-supported]"""
    return Fault(
        "Sender",
        QName(WSA, "ActionNotSupported"),
        "The [wsa:Action] cannot be processed at the receiver.",
        action.rpartition("/")[2],
    )


def header_required(name: str) -> Fault:
    """wsa:MessageInformationHeaderRequired (WS-Addressing 2004/08, section 4.2).
    [addressing/fault/message-information-header-required]
    [addressing/fault/message-information-header-required-reason]"""
    return Fault(
        "Sender",
        QName(WSA, "MessageInformationHeaderRequired"),
        "A required message information header, To, MessageID, or Action, is not present.",
        name,
    )


def header_invalid(name: str) -> Fault:
    """wsa:InvalidMessageInformationHeader (WS-Addressing 2004/08, section 4.1).
    [addressing/fault/invalid-message-information-header]
    [addressing/fault/invalid-message-information-header-reason]"""
    return Fault(
        "Sender",
        QName(WSA, "InvalidMessageInformationHeader"),
        "A message information header is not valid and the message cannot be processed.",
        name,
    )


def destination_unreachable(to: str) -> Fault:
    """wsa:DestinationUnreachable (WS-Addressing 2004/08, section 4.3).
    [addressing/fault/destination-unreachable] [addressing/fault/destination-unreachable-reason]"""
    return Fault(
        "Sender",
        QName(WSA, "DestinationUnreachable"),
        "No route can be determined to reach the destination role defined by the WS-Addressing To.",
        to,
    )


def endpoint_unavailable() -> Fault:
    """wsa:EndpointUnavailable (WS-Addressing 2004/08, section 4.5); Windows Server 2008 R2 sends it for a
    JobToken that is no GUID (MS-BDSRR section 7, notes 14 and 15).
    [addressing/fault/endpoint-unavailable] [addressing/fault/endpoint-unavailable-reason]
    [dsp/fault/endpoint-unavailable]"""
    return Fault(
        "Receiver",
        QName(WSA, "EndpointUnavailable"),
        "The endpoint is unable to process the message at this time.",
    )


def must_understand(names: Sequence[QName]) -> Fault:
    """soap:MustUnderstand, with a header soap:NotUnderstood for each of `names`, the blocks that are meant for us
    and are not processed (SOAP 1.2 part 1, section 5.4.8). [soap/fault/must-understand]"""
    blocks = tuple(_not_understood(name) for name in names if len(name.clark) <= MAX_TOLD_NAME)
    told = ", ".join(name.local[:200] for name in names)
    reason = (
        f"The header {told} is not understood." if len(names) == 1 else f"The headers {told} are not understood."
    )
    return Fault("MustUnderstand", None, reason, names[0].clark[:MAX_TOLD_NAME], headers=blocks)


def _not_understood(name: QName) -> etree._Element:
    # The prefixes that an envelope has declared already: a second one for the same namespace would be dropped.
    prefix = _ENVELOPES.get(name.namespace, "named")
    own = {prefix: name.namespace} if name.namespace and name.namespace != XML else {}
    block = etree.Element(f"{{{SOAP}}}NotUnderstood", nsmap={"soap": SOAP, **own})
    block.set("qname", f"{prefix}:{name.local}" if name.namespace else name.local)
    return block


def version_mismatch(namespace: str) -> Fault:
    """soap:VersionMismatch, with the header soap:Upgrade that names the version that is read (SOAP 1.2 part 1,
    section 5.4.7). `namespace`: of the Envelope that came. [soap/fault/version-mismatch]"""
    reason = "The message is not a SOAP 1.2 envelope."
    return Fault("VersionMismatch", None, reason, namespace[:200] or "no namespace", headers=(upgrade(),))


def upgrade() -> etree._Element:
    """The header soap:Upgrade."""
    block = etree.Element(f"{{{SOAP}}}Upgrade", nsmap={"soap": SOAP})
    etree.SubElement(block, f"{{{SOAP}}}SupportedEnvelope").set("qname", "soap:Envelope")
    return block


def unsupported_media(what: str) -> Fault:
    """soap:Sender with HTTP 415: the body is of another kind than SOAP 1.2 over HTTP has (SOAP 1.2 part 2,
    table 20; RFC 9110, 15.5.16). [soap/http/wrong-type-415]"""
    return Fault("Sender", None, "The body of the request is of a kind that is not read.", what, status=415)


def not_well_formed(reason: str) -> Fault:
    """soap:Sender without a subcode, for what is no SOAP message at all (SOAP 1.2 part 1, 5.4.6)."""
    return Fault("Sender", None, "The message is not a well-formed SOAP message.", reason)


def fault_element(fault: Fault) -> etree._Element:
    """soap:Fault as the body of a message. [wscn/fault/reason-in-english] [dsp/fault/reason-in-english]"""
    namespaces = {"soap": SOAP}
    if fault.subcode is not None and fault.subcode.namespace:
        prefix = fault.prefix or _PREFIXES.get(fault.subcode.namespace, "sub")
        namespaces[prefix] = fault.subcode.namespace
    root = etree.Element(f"{{{SOAP}}}Fault", nsmap=namespaces)
    code = etree.SubElement(root, f"{{{SOAP}}}Code")
    etree.SubElement(code, f"{{{SOAP}}}Value").text = f"soap:{fault.code}"
    if fault.subcode is not None:
        subcode = etree.SubElement(code, f"{{{SOAP}}}Subcode")
        written = f"{prefix}:{fault.subcode.local}" if fault.subcode.namespace else fault.subcode.local
        etree.SubElement(subcode, f"{{{SOAP}}}Value").text = written
    reason = etree.SubElement(root, f"{{{SOAP}}}Reason")
    text = etree.SubElement(reason, f"{{{SOAP}}}Text")
    text.set(f"{{{XML}}}lang", "en")
    text.text = xml_text(fault.reason)
    if fault.detail is not None:
        detail = etree.SubElement(root, f"{{{SOAP}}}Detail")
        if isinstance(fault.detail, str):
            detail.text = xml_text(fault.detail)
        else:
            detail.append(fault.detail)
    return root


def read_fault(body: etree._Element, action: str) -> Fault | None:
    """The fault in a Body, of SOAP 1.2 or 1.1, or None when `body` is no fault. Never raises."""
    if local_name(body) != "Fault":
        return None
    value = _first(body, "Code", "Value") or _first(body, "faultcode") or "Receiver"
    sub_element = _find(body, "Code", "Subcode", "Value")
    subcode = None
    if sub_element is not None and (sub_element.text or "").strip():
        subcode = resolve_qname(sub_element, sub_element.text or "")
    detail_element = _find(body, "Detail")
    if detail_element is None:
        detail_element = _find(body, "detail")
    detail = None if detail_element is None else " ".join(str(t) for t in detail_element.itertext()).strip()
    return Fault(
        _CODES.get(value.rpartition(":")[2], "Receiver"),
        subcode,
        (_first(body, "Reason", "Text") or _first(body, "faultstring") or "no reason given"),
        detail or None,
        action or FAULT_ACTION,
    )


def _find(element: etree._Element, *path: str) -> etree._Element | None:
    """The first descendant along local names, whatever the namespaces (faults come in SOAP 1.1 too)."""
    for name in path:
        found = next((child for child in element if local_name(child) == name), None)
        if found is None:
            return None
        element = found
    return element


def _first(element: etree._Element, *path: str) -> str:
    found = _find(element, *path)
    return "" if found is None else (found.text or "").strip()


def xml_text(text: str) -> str:
    """`text` with '?' for the characters that XML 1.0 cannot hold (section 2.2), so that it can be written."""
    return _NOT_XML.sub("?", text)


def not_in_xml(text: str) -> str:
    """The first character that no message can hold (nor UTF-8, if it is half of a pair), as people read it,
    `U+D800 at character 3`; '' where all can be held. What a user sets is refused for it, so that nothing goes out
    otherwise than it was set."""
    found = _NOT_XML.search(text)
    return "" if found is None else f"U+{ord(found[0]):04X} at character {found.start() + 1}"


def is_wsa(fault: Fault, local: str) -> bool:
    """Whether the fault's subcode is the named one of WS-Addressing."""
    return fault.subcode is not None and fault.subcode == QName(WSA, local)
