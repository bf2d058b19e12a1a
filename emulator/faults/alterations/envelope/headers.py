"""The headers of WS-Addressing, and header blocks that nobody knows."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Annotated, Any, Final

from lxml import etree
from pydantic import Field

from emulator.faults.alteration import EVERYBODY, Alteration, At, Of, Parameters
from emulator.faults.envelope_tree import EnvelopeTree, elements_in, in_tree
from emulator.faults.header_changes import (
    answers_with_its_question,
    new_identifier,
    other_action,
    other_identifier,
    other_to,
    without_block,
)
from emulator.faults.impossible import Impossible
from emulator.faults.shared_parameters import Action, Address, Identifier
from emulator.soap.constants import SOAP
from emulator.soap.xml import local_name, namespace_of

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

    block: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.\-]*$", max_length=100, description="Its local name.")] = (
        "Unheard-of"
    )
    namespace: Annotated[str, Field(min_length=1, max_length=500, description="Its namespace.")] = (
        "urn:example:another"
    )


def _message_id_twice(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    block = tree.block("MessageID")
    another = copy.deepcopy(block)
    another.text = new_identifier(dice)
    block.addnext(another)


def _message_id_repeated(tree: EnvelopeTree, parameters: RepeatedIdentifier, dice: random.Random) -> None:
    tree.block("MessageID").text = parameters.id


def _message_id_form(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    block = tree.block("MessageID")
    block.text = (block.text or "").removeprefix("urn:")


def _elsewhere(name: str) -> Callable[[EnvelopeTree, Address, random.Random], None]:
    def elsewhere(tree: EnvelopeTree, parameters: Address, dice: random.Random) -> None:
        namespace = namespace_of(tree.block("Action"))
        block = next((each for each in elements_in(tree.header) if local_name(each) == name), None)
        if block is None:
            block = etree.SubElement(tree.header, f"{{{namespace}}}{name}")
        block[:] = []
        etree.SubElement(block, f"{{{namespace}}}Address").text = parameters.address

    return elsewhere


def _reply_to_as_text(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    block = tree.block("ReplyTo")
    address = next(elements_in(block), None)
    if address is None:
        raise Impossible("ReplyTo of this message has no Address")
    block.text = address.text
    block.remove(address)


def _one_more(tree: EnvelopeTree, parameters: Block) -> etree._Element:
    name = f"{{{parameters.namespace}}}{parameters.block}"
    return etree.SubElement(tree.header, name, nsmap={"odd": parameters.namespace})


def _must_understand_unknown(tree: EnvelopeTree, parameters: Block, dice: random.Random) -> None:
    _one_more(tree, parameters).set(f"{{{namespace_of(tree.root)}}}mustUnderstand", "true")


def _unknown_header(tree: EnvelopeTree, parameters: Block, dice: random.Random) -> None:
    _one_more(tree, parameters).text = "dsm-emulator"


def _marked(attribute: str, value: str) -> Callable[[EnvelopeTree, Parameters, random.Random], None]:
    def marked(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
        for name in ("To", "Action"):
            tree.block(name).set(attribute, value)

    return marked


def _header_order(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    tree.header[:] = list(elements_in(tree.header))[::-1]


def _address_white_space(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    for name in ("To", "Action"):
        block = tree.block(name)
        block.text = f"\n  {block.text}\n"


def _of(
    name: str,
    says: str,
    change: Callable[[EnvelopeTree, Any, random.Random], None],
    clause: str = "",
    *,
    source: str = "",
    of: tuple[Of, ...] = ("request", "answer"),
    parameters: type[Parameters] = Parameters,
) -> Alteration:
    return Alteration(name, At.ENVELOPE, EVERYBODY, says, in_tree(change), clause, source, parameters, of)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    _of(
        "message-id-missing",
        "The header MessageID is missing.",
        without_block("MessageID"),
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
        answers_with_its_question,
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
    _of("action-missing", "The header Action is missing.", without_block("Action"), "addressing/action/required"),
    _of(
        "action-wrong",
        "The Action is that of no operation.",
        other_action,
        "dsp/header/request-action",
        parameters=Action,
    ),
    _of(
        "to-missing",
        "The header To is missing.",
        without_block("To"),
        "addressing/to/of-a-request",
        source="andreikop/python-ws-discovery pull request 29 (IP Webcam for Android)",
    ),
    _of("to-wrong", "To is another address.", other_to, "addressing/to/of-a-request", parameters=Address),
    _of(
        "relates-to-missing",
        "The header RelatesTo is missing.",
        without_block("RelatesTo"),
        "addressing/relates-to/of-a-response",
        of=_ANSWER,
    ),
    _of(
        "relates-to-wrong",
        "RelatesTo is another MessageID than that of the request.",
        other_identifier("RelatesTo"),
        "addressing/relates-to/of-a-response",
        of=_ANSWER,
        parameters=Identifier,
    ),
    _of(
        "reply-to-elsewhere",
        "ReplyTo is another address than the connection of the request.",
        _elsewhere("ReplyTo"),
        "addressing/reply-to/anonymous-or-absent",
        of=_REQUEST,
        parameters=Address,
    ),
    _of(
        "fault-to-elsewhere",
        "FaultTo is another address than the connection of the request.",
        _elsewhere("FaultTo"),
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
