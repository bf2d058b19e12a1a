"""The headers of a datagram by which messages are told apart and related: AppSequence, MessageID, RelatesTo."""

from __future__ import annotations

import random
from typing import Annotated, Final

from lxml import etree
from pydantic import Field

from emulator.faults.alteration import Alteration, Parameters
from emulator.faults.alterations.datagram.making import MATCHES, OF_TARGETS, in_tree, of_datagram
from emulator.faults.envelope_tree import EnvelopeTree
from emulator.faults.header_changes import (
    answers_with_its_question,
    other_action,
    other_identifier,
    other_to,
    without_block,
)
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


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    of_datagram(
        "instance-id-back",
        "InstanceId of AppSequence is a lower one, as if the target had forgotten that it was started anew.",
        in_tree(_instance_back),
        "discovery/app-sequence/instance-id-grows",
        operations=OF_TARGETS,
        parameters=Back,
    ),
    of_datagram(
        "instance-id-missing",
        "AppSequence has no InstanceId.",
        in_tree(_instance_missing),
        "discovery/app-sequence/instance-id-grows",
        operations=OF_TARGETS,
    ),
    of_datagram(
        "message-number-repeated",
        "MessageNumber of AppSequence is the same in each message that is altered so.",
        in_tree(_message_number),
        "discovery/app-sequence/message-number-counts",
        operations=OF_TARGETS,
        parameters=Number,
    ),
    of_datagram(
        "no-app-sequence",
        "The header AppSequence is missing.",
        in_tree(without_block("AppSequence")),
        "clients/wsd-python/app-sequence",
        operations=OF_TARGETS,
    ),
    of_datagram(
        "sequence-id",
        "AppSequence has a SequenceId.",
        in_tree(_sequence_id),
        "clients/wsd-python/no-sequence-id",
        operations=OF_TARGETS,
        source="christgau/wsdd writes one (its issue 227 shows a message)",
        parameters=SequenceId,
    ),
    of_datagram(
        "message-id-other",
        "The MessageID is another: at a repetition, which is a new message then.",
        in_tree(other_identifier("MessageID")),
        "discovery/message-id/repeated-by-retransmissions",
        parameters=Identifier,
    ),
    of_datagram(
        "message-id-of-the-question",
        "The MessageID of the answer is that of the question.",
        in_tree(answers_with_its_question),
        "discovery/message-id/unique",
        operations=MATCHES,
        source="andreikop/python-ws-discovery issue 38 (a camera)",
    ),
    of_datagram(
        "message-id-missing",
        "The header MessageID is missing.",
        in_tree(without_block("MessageID")),
        "addressing/message-id/required",
    ),
    of_datagram(
        "relates-to-wrong",
        "RelatesTo is another MessageID than that of the question.",
        in_tree(other_identifier("RelatesTo")),
        "discovery/relates-to/of-the-question",
        operations=MATCHES,
        parameters=Identifier,
    ),
    of_datagram(
        "relates-to-missing",
        "The header RelatesTo is missing.",
        in_tree(without_block("RelatesTo")),
        "discovery/relates-to/of-the-question",
        operations=MATCHES,
    ),
    of_datagram(
        "action-wrong",
        "The Action is that of no message of discovery.",
        in_tree(other_action),
        "discovery/message/action-is-namespace-and-name",
        parameters=Action,
    ),
    of_datagram(
        "to-missing",
        "The header To is missing.",
        in_tree(without_block("To")),
        "discovery/probe-matches/headers",
        source="andreikop/python-ws-discovery pull request 29 (IP Webcam for Android)",
    ),
    of_datagram(
        "to-wrong",
        "To is another address.",
        in_tree(other_to),
        "discovery/probe-matches/headers",
        parameters=Address,
    ),
)
