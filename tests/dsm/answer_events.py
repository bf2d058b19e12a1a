"""What the sequencer is told of a response, without anything being sent."""

from __future__ import annotations

from emulator.dpws.answer import result_of
from emulator.dsm.answers import event_of, reader_of_answer
from emulator.dsm.sequence_steps import Answered, Operation, Trouble
from emulator.soap.deviations import Deviation
from emulator.soap.envelope import Message
from emulator.transport.http import HttpResponse


def read_answer(
    operation: Operation, asked: Message, response: HttpResponse
) -> tuple[Answered | Trouble, list[Deviation]]:
    """The event, and how the response departs from the documents."""
    result = result_of(asked, response, reader_of_answer(operation))
    return event_of(result), list(result.deviations)
