"""The headers of WS-Addressing, and header blocks that nobody knows."""

from __future__ import annotations

import copy
import random
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Final

from lxml import etree
from pydantic import Field

from emulator.faults.alteration import Alteration, At, Of, Parameters, Role
from emulator.faults.envelope_tree import elements_in, read_tree
from emulator.faults.impossible import Impossible
from emulator.faults.shared_parameters import Action, Address, Identifier
from emulator.soap.constants import SOAP
from emulator.soap.xml import local_name, namespace_of

_EVERYBODY: Final = frozenset(Role)
_MUST_UNDERSTAND: Final = f"{{{SOAP}}}mustUnderstand"
_REQUEST: Final[tuple[Of, ...]] = ("request",)
_ANSWER: Final[tuple[Of, ...]] = ("answer",)


class RepeatedIdentifier(Parameters):
    """A MessageID."""

    id: Annotated[str, Field(min_length=1, max_length=2000, description="A URI.")] = (
        "urn:uuid:5e1f5e1f-5e1f-4e1f-8e1f-5e1f5e1f5e1f"
    )


class Block(Parameters):
    """A header block."""

    block: Annotated[str, Field(pattern=r"[A-Za-z_][\w.\-]*", max_length=100, description="Its local name.")] = (
        "Unheard-of"
    )
    namespace: Annotated[str, Field(min_length=1, max_length=500, description="Its namespace.")] = (
        "urn:example:another"
    )


def _without(name: str) -> Callable[..., bytes]:
    def without(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
        tree = read_tree(data)
        tree.header.remove(tree.block(name))
        return tree.octets

    return without


def _with_text(data: bytes, name: str, text: str) -> bytes:
    tree = read_tree(data)
    tree.block(name).text = text
    return tree.octets


def _fresh(dice: random.Random) -> str:
    return uuid.UUID(int=dice.getrandbits(128), version=4).urn


def _message_id_twice(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    block = tree.block("MessageID")
    another = copy.deepcopy(block)
    another.text = _fresh(dice)
    block.addnext(another)
    return tree.octets


def _message_id_repeated(data: bytes, parameters: RepeatedIdentifier, dice: random.Random) -> bytes:
    return _with_text(data, "MessageID", parameters.id)


def _message_id_of_the_request(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    return _with_text(data, "MessageID", read_tree(data).block("RelatesTo").text or "")


def _message_id_form(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    text = read_tree(data).block("MessageID").text or ""
    return _with_text(data, "MessageID", text.removeprefix("urn:"))


def _action_wrong(data: bytes, parameters: Action, dice: random.Random) -> bytes:
    return _with_text(data, "Action", parameters.action)


def _to_wrong(data: bytes, parameters: Address, dice: random.Random) -> bytes:
    return _with_text(data, "To", parameters.address)


def _relates_to_wrong(data: bytes, parameters: Identifier, dice: random.Random) -> bytes:
    return _with_text(data, "RelatesTo", parameters.id or _fresh(dice))


def _address(data: bytes, name: str, address: str) -> bytes:
    tree = read_tree(data)
    namespace = namespace_of(tree.block("Action"))
    block = next((each for each in elements_in(tree.header) if local_name(each) == name), None)
    if block is None:
        block = etree.SubElement(tree.header, f"{{{namespace}}}{name}")
    block[:] = []
    etree.SubElement(block, f"{{{namespace}}}Address").text = address
    return tree.octets


def _reply_to_elsewhere(data: bytes, parameters: Address, dice: random.Random) -> bytes:
    return _address(data, "ReplyTo", parameters.address)


def _fault_to_elsewhere(data: bytes, parameters: Address, dice: random.Random) -> bytes:
    return _address(data, "FaultTo", parameters.address)


def _reply_to_as_text(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    block = tree.block("ReplyTo")
    address = next(elements_in(block), None)
    if address is None:
        raise Impossible("ReplyTo of this message has no Address")
    block.text = address.text
    block.remove(address)
    return tree.octets


def _must_understand_unknown(data: bytes, parameters: Block, dice: random.Random) -> bytes:
    tree = read_tree(data)
    block = etree.SubElement(
        tree.header, f"{{{parameters.namespace}}}{parameters.block}", nsmap={"odd": parameters.namespace}
    )
    block.set(f"{{{namespace_of(tree.root)}}}mustUnderstand", "true")
    return tree.octets


def _unknown_header(data: bytes, parameters: Block, dice: random.Random) -> bytes:
    tree = read_tree(data)
    block = etree.SubElement(
        tree.header, f"{{{parameters.namespace}}}{parameters.block}", nsmap={"odd": parameters.namespace}
    )
    block.text = "dsm-emulator"
    return tree.octets


def _marked(attribute: str, value: str) -> Callable[..., bytes]:
    def marked(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
        tree = read_tree(data)
        for name in ("To", "Action"):
            tree.block(name).set(attribute, value)
        return tree.octets

    return marked


def _header_order(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    tree.header[:] = list(elements_in(tree.header))[::-1]
    return tree.octets


def _address_white_space(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    tree = read_tree(data)
    for name in ("To", "Action"):
        block = tree.block(name)
        block.text = f"\n  {block.text}\n"
    return tree.octets


def _of(name: str, says: str, apply: Callable[..., bytes], clause: str = "", **more: Any) -> Alteration:
    return Alteration(name, At.ENVELOPE, _EVERYBODY, says, apply, clause, **more)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    _of(
        "message-id-missing",
        "The header MessageID is missing.",
        _without("MessageID"),
        "addressing/message-id/required",
    ),
    _of(
        "message-id-twice",
        "The header MessageID stands there twice, with two values.",
        _message_id_twice,
        source="WS-Addressing 2004/08, section 3, which has it once at most",
    ),
    _of(
        "message-id-repeated",
        "The MessageID is the same in each message that is altered so.",
        _message_id_repeated,
        "discovery/message-id/unique",
        source="roncapat/WSD-python drops what it has had by MessageID (docs/protocol/clients.md)",
        parameters=RepeatedIdentifier,
    ),
    _of(
        "message-id-of-the-request",
        "The MessageID of the answer is that of the request.",
        _message_id_of_the_request,
        "discovery/message-id/unique",
        source="andreikop/python-ws-discovery issue 38 (a camera)",
        of=_ANSWER,
    ),
    _of(
        "message-id-form",
        "The MessageID begins with uuid: in the place of urn:uuid:.",
        _message_id_form,
        "discovery/message-id/urn-uuid",
        source="agsh/onvif issue 239 (an AXIS M1065-L)",
    ),
    _of("action-missing", "The header Action is missing.", _without("Action"), "addressing/action/required"),
    _of(
        "action-wrong",
        "The Action is that of no operation.",
        _action_wrong,
        "dsp/header/request-action",
        parameters=Action,
    ),
    _of(
        "to-missing",
        "The header To is missing.",
        _without("To"),
        "addressing/to/of-a-request",
        source="andreikop/python-ws-discovery pull request 29 (IP Webcam for Android)",
    ),
    _of("to-wrong", "To is another address.", _to_wrong, "addressing/to/of-a-request", parameters=Address),
    _of(
        "relates-to-missing",
        "The header RelatesTo is missing.",
        _without("RelatesTo"),
        "addressing/relates-to/of-a-response",
        of=_ANSWER,
    ),
    _of(
        "relates-to-wrong",
        "RelatesTo is another MessageID than that of the request.",
        _relates_to_wrong,
        "addressing/relates-to/of-a-response",
        of=_ANSWER,
        parameters=Identifier,
    ),
    _of(
        "reply-to-elsewhere",
        "ReplyTo is another address than the connection of the request.",
        _reply_to_elsewhere,
        "addressing/reply-to/anonymous-or-absent",
        of=_REQUEST,
        parameters=Address,
    ),
    _of(
        "fault-to-elsewhere",
        "FaultTo is another address than the connection of the request.",
        _fault_to_elsewhere,
        "addressing/fault-to/anonymous-or-absent",
        of=_REQUEST,
        parameters=Address,
    ),
    _of(
        "reply-to-as-text",
        "ReplyTo holds the bare text of its address.",
        _reply_to_as_text,
        source="WS-Addressing 2004/08, section 3; roncapat/WSD-python writes so (docs/protocol/clients.md)",
        of=_REQUEST,
    ),
    _of(
        "must-understand-unknown",
        "A header block that nobody knows must be understood.",
        _must_understand_unknown,
        source="SOAP 1.2 part 1, sections 2.4 and 5.4.8: such a message is answered with a fault",
        parameters=Block,
    ),
    _of(
        "unknown-header",
        "A header block stands there that nobody knows, and that may be passed over.",
        _unknown_header,
        source="SOAP 1.2 part 1, section 2.4, which lets it be passed over",
        parameters=Block,
    ),
    _of(
        "must-understand-addressing",
        "To and Action must be understood.",
        _marked(_MUST_UNDERSTAND, "true"),
        source="gSOAP writes so (agsh/onvif issue 239 shows one of its messages)",
    ),
    _of(
        "must-understand-unqualified",
        "To and Action have an attribute mustUnderstand without its namespace.",
        _marked("mustUnderstand", "1"),
        source="SOAP 1.2 part 1, section 5.2.3; lumeohq/onvif-rs issue 48 shows a message that has it so",
    ),
    _of(
        "header-order",
        "The headers stand in the order from the last to the first.",
        _header_order,
        source="alexpevzner/sane-airscan writes another order than the documents (docs/protocol/clients.md)",
    ),
    _of(
        "address-white-space",
        "White space stands round To and Action.",
        _address_white_space,
        "addressing/address/no-white-space-around",
    ),
)
