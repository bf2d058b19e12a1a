"""What a client does where all is not well: a fault on HTTP 200, a scanner that takes its time."""

from __future__ import annotations

from typing import Final

from emulator.conformance.clients.checks import conversation
from emulator.conformance.clients.conversation import Conversation, subcode_of
from emulator.conformance.clients.peer import ClientPeer
from emulator.conformance.clients.situations import Situation
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require

_PASSING: Final = ("ServerErrorTemporaryError", "ServerErrorNotAcceptingJobs", "ClientErrorNoImagesAvailable")
"""[wscn/fault/may-be-tried-again]"""


def _refused(seen: Conversation) -> list[Exchange]:
    """Each CreateScanJob that was answered with a fault which passes by itself, or once there is paper."""
    return [each for each in seen.of("CreateScanJob") if subcode_of(each) in _PASSING]


@conversation("wscn/fault/may-be-tried-again", otherwise="no CreateScanJob was refused for a time")
def may_be_tried_again(peer: ClientPeer, seen: Conversation) -> int:
    """Whether the client sends the same again behind a fault that passes."""
    refused = _refused(seen)
    if refused:
        again = any(each.number > refused[0].number for each in seen.of("CreateScanJob"))
        found = f"{subcode_of(refused[0])}, and no CreateScanJob again"
        require(again, found, "the same request later", refused[:1])
    return len(refused)


@conversation(
    "habits/device/fault-on-200",
    otherwise="no CreateScanJob came to be refused with HTTP 200",
    at=[Situation.FAULT_ON_200],
)
def fault_on_200(peer: ClientPeer, seen: Conversation) -> int:
    """Whether a fault that came with HTTP 200 is taken for a fault: nothing is asked of a job that there is not."""
    refused = [each for each in seen.of("CreateScanJob") if subcode_of(each) and each.status == 200]
    for each in refused:
        created = [job.created.number for job in seen.jobs]
        later = [one for one in seen.of("RetrieveImage", "GetJobElements", "CancelJob") if one.number > each.number]
        wrong = [one for one in later if not any(each.number < number < one.number for number in created)]
        found = f"{wrong[0].operation} behind a fault on HTTP 200" if wrong else ""
        require(not wrong, found, "the fault is taken for one", [each, *wrong[:1]])
    return len(refused)


@conversation(
    "wscn/retrieve-image/waits-for-the-scanner",
    otherwise="no RetrieveImage came while the scanner took its time",
    at=[Situation.JAM, Situation.SLOW],
)
def waits_for_the_scanner(peer: ClientPeer, seen: Conversation) -> int:
    """The client stays with RetrieveImage until the scanner is done."""
    asked = [each for each in seen.of("RetrieveImage") if _taken(each) or not seen.cut_off]
    for each in asked:
        found = "the client was gone before the answer to RetrieveImage"
        require(_taken(each), found, "it waits for the image", [each])
    return len(asked)


def _taken(exchange: Exchange) -> bool:
    """Whether somebody was there for the answer."""
    return exchange.answered and not exchange.error
