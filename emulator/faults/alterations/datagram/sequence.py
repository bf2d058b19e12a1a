"""The headers of a datagram by which messages are told apart and related: AppSequence, MessageID, RelatesTo."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Final

from lxml import etree
from pydantic import Field

from emulator.faults.alteration import Alteration, Parameters
from emulator.faults.alterations.datagram.making import MATCHES, OF_TARGETS, of_datagram, one
from emulator.faults.envelope_tree import EnvelopeTree, read_tree
from emulator.faults.impossible import Impossible
from emulator.faults.shared_parameters import Action, Address, Identifier


class Back(Parameters):
    """How far back."""

    by: Annotated[int, Field(ge=1, le=1_000_000_000, description="By so much.")] = 1


class Number(Parameters):
    """A MessageNumber."""

    number: Annotated[int, Field(ge=0, le=2**32 - 1, description="The number in its place.")] = 1


class SequenceId(Parameters):
    """A SequenceId."""

    sequence: Annotated[str, Field(max_length=500, description="A URI.")] = (
        "urn:uuid:5e9e5e9e-5e9e-4e9e-8e9e-5e9e5e9e5e9e"
    )


def _in_tree(change: Callable[[EnvelopeTree, Any, random.Random], None]) -> Callable[..., Any]:
    """What changes the tree of the message."""

    def changed(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
        tree = read_tree(data)
        change(tree, parameters, dice)
        return tree.octets

    return one(changed)


def _number(block: etree._Element, attribute: str) -> int:
    text = block.get(attribute)
    if text is None or not text.isdigit():
        raise Impossible(f"AppSequence of this message has no {attribute}")
    return int(text)


def _instance_back(tree: EnvelopeTree, parameters: Back, dice: random.Random) -> None:
    block = tree.block("AppSequence")
    block.set("InstanceId", str(max(_number(block, "InstanceId") - parameters.by, 0)))


def _instance_missing(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    del tree.block("AppSequence").attrib["InstanceId"]


def _message_number(tree: EnvelopeTree, parameters: Number, dice: random.Random) -> None:
    tree.block("AppSequence").set("MessageNumber", str(parameters.number))


def _sequence_id(tree: EnvelopeTree, parameters: SequenceId, dice: random.Random) -> None:
    tree.block("AppSequence").set("SequenceId", parameters.sequence)


def _without(name: str) -> Callable[..., Any]:
    def without(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
        tree.header.remove(tree.block(name))

    return _in_tree(without)


def _message_id_other(tree: EnvelopeTree, parameters: Identifier, dice: random.Random) -> None:
    tree.block("MessageID").text = parameters.id or uuid.UUID(int=dice.getrandbits(128), version=4).urn


def _message_id_of_the_question(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    tree.block("MessageID").text = tree.block("RelatesTo").text


def _relates_to(tree: EnvelopeTree, parameters: Identifier, dice: random.Random) -> None:
    tree.block("RelatesTo").text = parameters.id or uuid.UUID(int=dice.getrandbits(128), version=4).urn


def _action(tree: EnvelopeTree, parameters: Action, dice: random.Random) -> None:
    tree.block("Action").text = parameters.action


def _to(tree: EnvelopeTree, parameters: Address, dice: random.Random) -> None:
    tree.block("To").text = parameters.address


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    of_datagram(
        "instance-id-back",
        "InstanceId of AppSequence is a lower one, as if the target had forgotten that it was started anew.",
        _in_tree(_instance_back),
        "discovery/app-sequence/instance-id-grows",
        operations=OF_TARGETS,
        parameters=Back,
    ),
    of_datagram(
        "instance-id-missing",
        "AppSequence has no InstanceId.",
        _in_tree(_instance_missing),
        "discovery/app-sequence/instance-id-grows",
        operations=OF_TARGETS,
    ),
    of_datagram(
        "message-number-repeated",
        "MessageNumber of AppSequence is the same in each message that is altered so.",
        _in_tree(_message_number),
        "discovery/app-sequence/message-number-counts",
        operations=OF_TARGETS,
        parameters=Number,
    ),
    of_datagram(
        "no-app-sequence",
        "The header AppSequence is missing.",
        _without("AppSequence"),
        "clients/wsd-python/app-sequence",
        operations=OF_TARGETS,
    ),
    of_datagram(
        "sequence-id",
        "AppSequence has a SequenceId.",
        _in_tree(_sequence_id),
        "clients/wsd-python/no-sequence-id",
        operations=OF_TARGETS,
        source="christgau/wsdd writes one (its issue 227 shows a message)",
        parameters=SequenceId,
    ),
    of_datagram(
        "message-id-other",
        "The MessageID is another: at a repetition, which is a new message then.",
        _in_tree(_message_id_other),
        "discovery/message-id/repeated-by-retransmissions",
        parameters=Identifier,
    ),
    of_datagram(
        "message-id-of-the-question",
        "The MessageID of the answer is that of the question.",
        _in_tree(_message_id_of_the_question),
        "discovery/message-id/unique",
        operations=MATCHES,
        source="andreikop/python-ws-discovery issue 38 (a camera)",
    ),
    of_datagram(
        "message-id-missing",
        "The header MessageID is missing.",
        _without("MessageID"),
        "addressing/message-id/required",
    ),
    of_datagram(
        "relates-to-wrong",
        "RelatesTo is another MessageID than that of the question.",
        _in_tree(_relates_to),
        "discovery/relates-to/of-the-question",
        operations=MATCHES,
        parameters=Identifier,
    ),
    of_datagram(
        "relates-to-missing",
        "The header RelatesTo is missing.",
        _without("RelatesTo"),
        "discovery/relates-to/of-the-question",
        operations=MATCHES,
    ),
    of_datagram(
        "action-wrong",
        "The Action is that of no message of discovery.",
        _in_tree(_action),
        "discovery/message/action-is-namespace-and-name",
        parameters=Action,
    ),
    of_datagram(
        "to-missing",
        "The header To is missing.",
        _without("To"),
        "discovery/probe-matches/headers",
        source="andreikop/python-ws-discovery pull request 29 (IP Webcam for Android)",
    ),
    of_datagram(
        "to-wrong",
        "To is another address.",
        _in_tree(_to),
        "discovery/probe-matches/headers",
        parameters=Address,
    ),
)
