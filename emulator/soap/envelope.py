"""The SOAP envelope with WS-Addressing headers: read with tolerance, written without a fault."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from lxml import etree

from emulator.layers import EVERYWHERE
from emulator.soap import fault as faults
from emulator.soap.addressing import ADDRESSING_2004, EVERY_ADDRESSING, Addressing
from emulator.soap.bounds import ANSWER, XmlBounds
from emulator.soap.constants import FAULT_ACTION, MAX_NOT_UNDERSTOOD, SOAP, WSA
from emulator.soap.deviations import Deviations
from emulator.soap.fault import Fault, FaultError
from emulator.soap.points import ENVELOPE_WRITTEN
from emulator.soap.version_1_1 import SOAP_1_1, AskedInSoap11
from emulator.soap.xml import QName, XmlRefused, local_name, namespace_of, parse_xml, place, resolve_qname, to_bytes

_OUR_ROLES: Final = frozenset(
    {"", f"{SOAP}/role/next", f"{SOAP}/role/ultimateReceiver", "http://schemas.xmlsoap.org/soap/actor/next"}
)
"""Header blocks for others are none of our business (SOAP 1.2 part 1, sections 2.2 and 2.4)."""
_PROPERTIES: Final = frozenset({"Action", "MessageID", "To", "ReplyTo", "RelatesTo", "From", "FaultTo"})


@dataclass(frozen=True, slots=True)
class Message:
    """One SOAP message: its WS-Addressing properties and the one element of its Body.

    `body` is None for an empty Body (WS-Transfer Get). `headers` are all other header blocks.
    """

    action: str
    body: etree._Element | None
    to: str = ""
    message_id: str = ""
    relates_to: str = ""
    reply_to: str = ""
    fault_to: str = ""
    headers: tuple[etree._Element, ...] = ()
    addressing: Addressing = ADDRESSING_2004

    @property
    def fault(self) -> Fault | None:
        """The fault that this message carries, or None."""
        return None if self.body is None else faults.read_fault(self.body, self.action)


class Unprocessed(FaultError):
    """Raised for a message that is read but must be answered with a fault; `asked` is what the fault relates to."""

    def __init__(self, fault: Fault, asked: Message) -> None:
        super().__init__(fault)
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Received:
    """A message and what was wrong with it."""

    message: Message
    deviations: Deviations


def new_message_id() -> str:
    """A fresh `urn:uuid:` URI. [discovery/message-id/urn-uuid]"""
    return f"urn:uuid:{uuid.uuid4()}"


def request(
    action: str, to: str, body: etree._Element | None, *, addressing: Addressing = ADDRESSING_2004
) -> Message:
    """A request that is answered on the same connection (ReplyTo anonymous).
    [addressing/reply-to/anonymous-or-absent] [addressing/message-id/required] [addressing/to/of-a-request]
    [dsp/header/message-id] [dsp/header/anonymous-reply-to] [wsdapi/reply-to/anonymous]"""
    return Message(
        action,
        body,
        to=to,
        message_id=new_message_id(),
        reply_to=addressing.anonymous,
        addressing=addressing,
    )


def response(asked: Message, body: etree._Element | None, action: str = "") -> Message:
    """The answer to `asked`; its action is that of the request + `Response` unless given.
    [clients/go-mfp/action-and-message-id]
    [addressing/action/of-a-response] [addressing/relates-to/of-a-response] [addressing/to/of-a-response]
    [notes/c-14/response-action-with-response] [notes/c-10/headers-of-the-example-not-sent]
    [dsp/header/response-action] [dsp/header/relates-to] [dsp/header/response-to-anonymous]
    [dsp/header/message-id]"""
    return Message(
        action or asked.action + "Response",
        body,
        to=asked.addressing.anonymous,
        message_id=new_message_id(),
        relates_to=asked.message_id,
        addressing=asked.addressing,
    )


def fault_response(asked: Message | None, fault: Fault) -> Message:
    """The fault message that answers `asked`, or that answers something unreadable (None).
    [wscn/fault/in-place-of-the-response] [wscn/fault/action]
    [addressing/action/of-a-fault] [addressing/relates-to/of-a-response]
    [dsp/fault/destination] [dsp/fault/action] [dsp/fault/relates-to] [bdsrr/2.2.2.1/rules-of-ws-addressing]
    [bdsrr/2.2.2.1/required-headers]"""
    addressing = ADDRESSING_2004 if asked is None else asked.addressing
    fault = _in_kind(fault, addressing)
    return Message(
        fault.action,
        faults.fault_element(fault),
        to=addressing.anonymous,
        message_id=new_message_id(),
        relates_to=asked.message_id if asked is not None else "",
        headers=tuple(copy.deepcopy(block) for block in fault.headers),
        addressing=addressing,
    )


def _in_kind(fault: Fault, addressing: Addressing) -> Fault:
    """A fault of WS-Addressing 2004/08 in the names of the peer's addressing; others as they are."""
    if addressing == ADDRESSING_2004 or fault.action != FAULT_ACTION:
        return fault
    subcode = fault.subcode
    if subcode is not None and subcode.namespace == WSA:
        local = addressing.fault_names.get(subcode.local, subcode.local)
        return replace(
            fault, subcode=QName(addressing.namespace, local), action=addressing.fault_action, prefix="wsa"
        )
    return replace(fault, action=addressing.fault_action)


def write_envelope(message: Message) -> bytes:
    """The message as bytes: headers in the order To, Action, MessageID, RelatesTo, ReplyTo of the printed
    WS-DSP examples; prefixes `soap` and `wsa`, the only ones that a Brother ADS-2700W reads.
    [habits/device/brother-two-prefixes] [habits/device/brother-pretty-printed]
    [habits/refused/text-between-elements] [soap/envelope/utf-8]"""
    data = serialise(message)
    tell_written(data)
    return data


def tell_written(data: bytes) -> None:
    """Show an envelope that goes out to all who listen to ENVELOPE_WRITTEN."""
    EVERYWHERE.tell(ENVELOPE_WRITTEN, data)


def serialise(message: Message) -> bytes:
    """The bytes of `write_envelope`, for who does not send them as they are; nobody is told.
    [habits/refused/utf-16]"""
    wsa = message.addressing.namespace
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "wsa": wsa})
    header = etree.SubElement(root, f"{{{SOAP}}}Header")
    for name, value in (
        ("To", message.to),
        ("Action", message.action),
        ("MessageID", message.message_id),
        ("RelatesTo", message.relates_to),
    ):
        if value:
            etree.SubElement(header, f"{{{wsa}}}{name}").text = faults.xml_text(value)
    if message.reply_to:
        reply_to = etree.SubElement(header, f"{{{wsa}}}ReplyTo")
        etree.SubElement(reply_to, f"{{{wsa}}}Address").text = message.reply_to
    for extra in message.headers:
        header.append(extra)
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    if message.body is not None:
        body.append(message.body)
    # A document without the name of its encoding is UTF-8 (XML 1.0, section 4.3.3)
    # [clients/wsd-python/fault-without-declared-encoding].
    return to_bytes(root, name_encoding=message.body is None or message.body.tag != f"{{{SOAP}}}Fault")


def read_envelope(
    data: bytes,
    addressing: Sequence[Addressing] = (ADDRESSING_2004,),
    bounds: XmlBounds = ANSWER,
    *,
    understood: Collection[QName] = (),
    answer: bool = False,
) -> Received:
    """Read an envelope in any prefix and namespace arrangement.

    - `addressing`: those that the reader knows; the first whose Action stands in the header is taken.
    - `bounds`: of its markup.
    - `understood`: header blocks that it processes, beside those of WS-Addressing.
    - `answer`: some devices answer in SOAP 1.1; an answer in it is read, and told.

    Raises XmlRefused for bytes that are no XML, and FaultError (soap:VersionMismatch, soap:MustUnderstand,
    wsa:MessageInformationHeaderRequired, soap:Sender) for XML that is no SOAP message that can be processed: of it
    AskedInSoap11, and Unprocessed where it is known what the fault relates to.
    [habits/client/odd-prefixes] [habits/strict/prefix-soap-env] [habits/strict/namespaces-on-the-envelope]
    [habits/client/one-line-and-indented] [habits/strict/cr-lf-after-the-envelope]"""
    deviations = Deviations()
    root = parse_xml(data, deviations, bounds=bounds)
    if local_name(root) != "Envelope":
        raise FaultError(faults.not_well_formed(f"the root element is {local_name(root)}, not Envelope"))
    namespace = _version(root, answer, deviations)
    header = root.find(f"{{{namespace}}}Header")
    body = root.find(f"{{{namespace}}}Body")
    if body is None:
        raise FaultError(faults.not_well_formed("the Envelope has no Body"))
    for structure in (root, header, body):
        if structure is not None:
            _stray_text(structure, deviations)
    _check_children(root, deviations)
    content = [child for child in body if isinstance(child.tag, str)]
    if len(content) > 1:
        deviations.note("body-children", place(body), f"{len(content)} elements")
    used = _addressing_of(header, addressing)
    found = _read_header(header, namespace, used, frozenset(name.clark for name in understood), deviations)
    message = Message(
        found.values.get("Action", ""),
        content[0] if content else None,
        to=found.values.get("To", ""),
        message_id=found.values.get("MessageID", ""),
        relates_to=found.values.get("RelatesTo", ""),
        reply_to=found.values.get("ReplyTo", ""),
        fault_to=found.values.get("FaultTo", ""),
        headers=tuple(found.others),
        addressing=used,
    )
    if found.not_understood:
        raise Unprocessed(faults.must_understand(found.not_understood), message)
    if found.doubled:
        raise Unprocessed(faults.header_invalid(found.doubled), message)
    _check_addressing(message, header, deviations)
    return Received(message, deviations)


def _version(root: etree._Element, answer: bool, deviations: Deviations) -> str:
    """The namespace of the Envelope. Raises FaultError for one that is not read.
    [soap/envelope/namespace] [soap/fault/version-mismatch]"""
    namespace = namespace_of(root)
    if namespace == SOAP_1_1:
        if not answer:
            raise AskedInSoap11
        deviations.note("soap-version", "Envelope", SOAP_1_1)
    elif namespace != SOAP:
        raise FaultError(faults.version_mismatch(namespace))
    return namespace


def _check_children(root: etree._Element, deviations: Deviations) -> None:
    """Note what stands in the Envelope beside one Header and one Body behind it: it is not looked at."""
    namespace = namespace_of(root)
    if [child.tag for child in root] == [f"{{{namespace}}}Header", f"{{{namespace}}}Body"]:
        return
    seen: list[str] = []
    for child in root:
        name = local_name(child)
        if namespace_of(child) != namespace or name not in ("Header", "Body"):
            deviations.note("element-unknown", place(child))
            continue
        if name in seen:
            deviations.note("element-doubled", place(child))
        elif name == "Header" and seen:
            deviations.note("element-order", place(child))
        seen.append(name)


def _stray_text(element: etree._Element, deviations: Deviations) -> None:
    texts = [element.text, *[child.tail for child in element]]
    stray = "".join([text for text in texts if text and not text.isspace()])
    if stray:
        deviations.note("text-between-elements", place(element), stray.strip()[:80])


def _addressing_of(header: etree._Element | None, known: Sequence[Addressing]) -> Addressing:
    if header is not None:
        for addressing in known:
            if header.find(f"{{{addressing.namespace}}}Action") is not None:
                return addressing
    return known[0]


@dataclass(slots=True)
class _Headers:
    """What stands in a Header. [clients/sane-airscan/header-order]"""

    values: dict[str, str] = field(default_factory=dict)
    """The properties of WS-Addressing by their local names."""
    others: list[etree._Element] = field(default_factory=list)
    not_understood: list[QName] = field(default_factory=list)
    """Those meant for us that must be understood and are not, each once: the first MAX_NOT_UNDERSTOOD."""
    doubled: str = ""
    """A property that stands twice."""


def _read_header(
    header: etree._Element | None,
    soap: str,
    addressing: Addressing,
    understood: frozenset[str],
    deviations: Deviations,
) -> _Headers:
    found = _Headers()
    for block in () if header is None else header:
        tag = block.tag
        if not isinstance(tag, str):
            continue
        start, _, name = tag.rpartition("}")
        namespace = start[1:]
        addressed = namespace == addressing.namespace and name in _PROPERTIES
        if addressed and not (name == "RelatesTo" and _other_relation(block, addressing)):
            text = _property(block, name, addressing, deviations)
            stripped = text.strip()
            if name in found.values:
                found.doubled = name
            elif text != stripped:
                deviations.note("address-white-space", place(block))
            found.values.setdefault(name, stripped)
        else:
            found.others.append(block)
            called = QName(namespace, name)
            known = addressed or tag in understood
            told = len(found.not_understood) == MAX_NOT_UNDERSTOOD or called in found.not_understood
            if not known and not told and _must_be_understood(block, soap):
                found.not_understood.append(called)
    return found


def _property(block: etree._Element, name: str, addressing: Addressing, deviations: Deviations) -> str:
    """The text of a property of WS-Addressing, or the address in it. [clients/wsd-python/reply-to-as-text]"""
    if name not in ("ReplyTo", "From", "FaultTo"):
        return block.text or ""
    address = block.find(f"{{{addressing.namespace}}}Address")
    # WSD-python writes the bare address into ReplyTo.
    if address is None:
        deviations.note("element-missing", place(block), "Address")
    return (block.text if address is None else address.text) or ""


def _must_be_understood(block: etree._Element, soap: str) -> bool:
    """Whether it is meant for us and mandatory. [clients/gsoap/must-understand]
    [soap/fault/must-understand] [habits/strict/must-understand-to-and-action]"""
    role = block.get(f"{{{soap}}}role") or block.get(f"{{{soap}}}actor") or ""
    return block.get(f"{{{soap}}}mustUnderstand", "").strip() in ("1", "true") and role.strip() in _OUR_ROLES


def _other_relation(block: etree._Element, addressing: Addressing) -> bool:
    """Whether a RelatesTo is of another kind than that of an answer, of which there may be several
    (WS-Addressing 2004/08, section 3; 1.0 Core, section 3.1)."""
    kind = block.get("RelationshipType")
    if kind is None:
        return False
    if addressing.reply:
        return kind.strip() != addressing.reply
    return resolve_qname(block, kind, WSA) != QName(WSA, "Reply")


def _check_addressing(message: Message, header: etree._Element | None, deviations: Deviations) -> None:
    """What every message must carry. A fault may lack everything but itself.
    [addressing/action/required] [addressing/message-id/required] [dsp/header/no-reply-to-with-an-image]"""
    is_fault = message.body is not None and local_name(message.body) == "Fault"
    if not message.action:
        if not is_fault:
            raise Unprocessed(faults.header_required(f"Action{_of_another(header, message.addressing)}"), message)
        deviations.note("element-missing", "Envelope/Header", "wsa:Action of a fault")
    if not message.message_id:
        deviations.note("message-id-missing", "Envelope/Header")
    elif not message.message_id.startswith("urn:uuid:"):
        deviations.note("message-id-form", "Envelope/Header/MessageID", message.message_id)
    if not message.to:
        deviations.note("to-missing", "Envelope/Header")
    for id, name, address in (
        ("reply-to", "ReplyTo", message.reply_to),
        ("fault-to", "FaultTo", message.fault_to),
    ):
        if address not in ("", message.addressing.anonymous):
            deviations.note(id, f"Envelope/Header/{name}", address)


def _of_another(header: etree._Element | None, used: Addressing) -> str:
    """Words for headers of a WS-Addressing that is not known here."""
    actions = () if header is None else header.iterchildren("{*}Action")
    known = {addressing.namespace for addressing in EVERY_ADDRESSING}
    other = next((name for each in actions if (name := namespace_of(each)) != used.namespace), "")
    if not other:
        return ""
    kind = "WS-Addressing" if other in known else "an Action"
    return f": the headers have {kind} of the namespace {other[:200]}, not of {used.namespace}"


def check_relation(asked: Message, received: Received) -> None:
    """Note where an answer does not belong to its request: RelatesTo and the response's action.
    [addressing/relates-to/of-a-response] [addressing/action/of-a-response]
    [notes/c-14/response-action-of-the-request-read]"""
    answer, deviations = received.message, received.deviations
    if not answer.relates_to:
        deviations.note("relates-to-missing", "Envelope/Header")
    elif answer.relates_to != asked.message_id:
        deviations.note("relates-to-wrong", "Envelope/Header/RelatesTo", answer.relates_to)
    expected = {asked.action + "Response", answer.addressing.fault_action}
    if answer.fault is None and answer.action not in expected and answer.action == asked.action:
        deviations.note("response-action", "Envelope/Header/Action", answer.action)


__all__ = [
    "Message",
    "Received",
    "Unprocessed",
    "XmlRefused",
    "check_relation",
    "fault_response",
    "new_message_id",
    "read_envelope",
    "request",
    "response",
    "serialise",
    "tell_written",
    "write_envelope",
]
