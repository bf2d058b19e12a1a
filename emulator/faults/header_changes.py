"""Changes of the headers of WS-Addressing, which envelopes over HTTP and datagrams of discovery have alike."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

from emulator.faults.alteration import Parameters
from emulator.faults.envelope_tree import EnvelopeTree
from emulator.faults.shared_parameters import Action, Address, Identifier


def without_block(name: str) -> Callable[[EnvelopeTree, Parameters, random.Random], None]:
    """The header of that name is missing."""

    def without(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
        tree.header.remove(tree.block(name))

    return without


def other_identifier(name: str) -> Callable[[EnvelopeTree, Identifier, random.Random], None]:
    """The header of that name is another MessageID."""

    def other(tree: EnvelopeTree, parameters: Identifier, dice: random.Random) -> None:
        tree.block(name).text = parameters.id or new_identifier(dice)

    return other


def answers_with_its_question(tree: EnvelopeTree, parameters: Parameters, dice: random.Random) -> None:
    """The MessageID of an answer is that of its question."""
    tree.block("MessageID").text = tree.block("RelatesTo").text


def other_action(tree: EnvelopeTree, parameters: Action, dice: random.Random) -> None:
    """The Action is another."""
    tree.block("Action").text = parameters.action


def other_to(tree: EnvelopeTree, parameters: Address, dice: random.Random) -> None:
    """The header To is another address."""
    tree.block("To").text = parameters.address


def new_identifier(dice: random.Random) -> str:
    """A MessageID by the dice."""
    return new_guid(dice).urn


def new_guid(dice: random.Random) -> uuid.UUID:
    """A GUID by the dice."""
    return uuid.UUID(int=dice.getrandbits(128), version=4)
