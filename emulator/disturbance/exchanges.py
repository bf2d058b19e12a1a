"""At operations as a whole, and at events before they are brought: the deeds of a plan are done."""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from lxml import etree

from emulator.disturbance.acting import Acting, text_in
from emulator.disturbance.scanner_view import ScannerView
from emulator.dpws.call import Attached, Reply
from emulator.dpws.points import Bringing, OperationCall, OutgoingEvent
from emulator.dpws.soap_caller import NoMessage
from emulator.faults.alteration import At
from emulator.faults.another_operation import another_operation
from emulator.faults.chosen_fault import chosen_fault
from emulator.faults.deeds import (
    AnotherOperation,
    Behind,
    Deed,
    FaultAnswer,
    FaultStatus,
    HttpAnswer,
    LastAnswer,
    Late,
    OtherText,
    OtherType,
    Silence,
    Twice,
)
from emulator.faults.device_habits import OwnWay
from emulator.faults.header_changes import new_guid
from emulator.faults.impossible import Impossible
from emulator.soap.envelope import Message, fault_response, serialise
from emulator.soap.fault import FaultError
from emulator.soap.mime import MimeError
from emulator.transport.http import BodyBroken, ExchangeError, OutgoingResponse, Unanswered

_Rest: TypeAlias = Callable[[], Awaitable[Reply]]
_WANTED = "as the fault plan wants it"


@dataclass(slots=True)
class _Asking:
    """One operation, as it is asked."""

    call: OperationCall
    asked: Message
    view: ScannerView | None = None

    async def done(self) -> Reply:
        """Have it done. Raises FaultError, ExchangeError and NoMessage."""
        if self.asked is self.call.asked or self.call.send is None:
            return await self.call.go_on()
        return await self.call.send(self.asked)

    async def read(self) -> None:
        """Take the rest of the request off the wire, of which nobody wants anything."""
        if self.call.call is not None:
            with suppress(MimeError, BodyBroken):
                await self.call.call.incoming.rest()


class AlteredExchanges:
    """Handlers of OPERATION and EVENT."""

    def __init__(
        self,
        acting: Acting,
        view: ScannerView | None = None,
        ends: Callable[[OperationCall], bool] | None = None,
    ) -> None:
        """`view`: of the device, for its habits; `ends`: whether the connection ends after an operation, for what
        happens elsewhere."""
        self._acting = acting
        self._view = view
        self._ends = ends

    async def operation(self, call: OperationCall) -> Reply:
        """What comes of an operation. Raises FaultError, Unanswered, what the exchange raises, and Impossible."""
        asking = _Asking(call, call.asked, self._view)
        if self._view is not None and call.name == "RetrieveImage" and call.call is not None:
            kept = call.call.request.headers.get("connection", "").lower() != "close"
            self._view.image_asked(kept=kept)
        rest: _Rest = asking.done
        if self._ends is not None and self._ends(call) and call.call is not None:
            call.call.last = True
        firings = tuple(self._acting.firings(At.EXCHANGE, call.side, call.name, call.asked))
        for firing in reversed(firings):
            deed: Deed = firing.fault.alteration.apply(firing.fault.parameters)
            rest = partial(_do, deed, firing.dice, asking, rest)
        return await rest()

    async def event(self, event: OutgoingEvent) -> Bringing:
        """How an event is brought. Raises Impossible."""
        how = Bringing()
        for firing in self._acting.firings(At.EXCHANGE, "client", event.name, None, about=event.about):
            deed: Deed = firing.fault.alteration.apply(firing.fault.parameters)
            match deed:
                case Late(seconds):
                    await asyncio.sleep(seconds)
                case Silence():
                    how = replace(how, times=0)
                case Twice():
                    how = replace(how, times=2 * how.times)
                case Behind(events, seconds):
                    how = replace(how, behind=events, seconds=seconds)
                case _:
                    raise Impossible(f"{firing.fault.alteration.name} cannot be done to an event")
        return how


async def _do(deed: Deed, dice: random.Random, asking: _Asking, rest: _Rest) -> Reply:
    match deed:
        case Late(seconds, after):
            return await _late(seconds, after, rest)
        case Silence(processed):
            await _handled(asking, rest, processed=processed)
            raise Unanswered(_WANTED)
        case Twice(last):
            answers = [await rest(), await rest()]
            return answers[-1 if last else 0]
        case HttpAnswer(status, headers, body, processed, early):
            await _handled(asking, rest, processed=processed, early=early)
            return OutgoingResponse(status, body, headers, close=early)
        case OtherType(content_type):
            return _of_type(content_type, await _answer(asking, rest))
        case FaultAnswer():
            await _handled(asking, rest, processed=deed.processed, early=deed.early)
            raise FaultError(chosen_fault(deed, asking.call.asked.action))
        case FaultStatus(status):
            try:
                return await rest()
            except FaultError as error:
                raise FaultError(replace(error.fault, status=status)) from None
        case OtherText():
            return await _other_text(deed, dice, asking, rest)
        case AnotherOperation():
            return await _another(deed, dice, asking, rest)
        case LastAnswer():
            if asking.call.call is not None:
                asking.call.call.last = True
            return await rest()
        case OwnWay():
            return await _own_way(deed, asking, rest)
        case Behind():
            raise Impossible("only an event can go out behind another")


async def _own_way(way: OwnWay, asking: _Asking, rest: _Rest) -> Reply:
    """Only devices have ways of their own."""
    call, asked = asking.call.call, asking.call.asked
    if call is None or asking.view is None:
        return await rest()
    refused = way.refuses(asked, asking.view)
    if refused is not None:
        await asking.read()
        raise FaultError(refused)
    call.has_read(way.asks(asked))
    try:
        answer = await rest()
    except FaultError as error:
        subcode = error.fault.subcode
        instead = None if subcode is None else way.instead.get(subcode.local)
        raise error if instead is None else FaultError(instead) from None
    finally:
        call.has_read(asked)
    return way.answers(asked, answer) if isinstance(answer, Message) else answer


async def _late(seconds: float, after: bool, rest: _Rest) -> Reply:
    if not after:
        await asyncio.sleep(seconds)
        return await rest()
    try:
        answer = await rest()
    except Exception:  # a fault is late too
        await asyncio.sleep(seconds)
        raise
    await asyncio.sleep(seconds)
    return answer


async def _handled(asking: _Asking, rest: _Rest, *, processed: bool, early: bool = False) -> None:
    """The request has been processed, or read, or nothing at all."""
    if processed:
        with suppress(FaultError):
            await rest()
    elif not early:
        await asking.read()


async def _answer(asking: _Asking, rest: _Rest) -> OutgoingResponse | tuple[int, Message]:
    """What HTTP says, or status and message; of a fault too. Raises Impossible where there is none."""
    try:
        answer = await rest()
    except FaultError as error:
        return error.fault.http_status, fault_response(asking.asked, error.fault)
    if isinstance(answer, OutgoingResponse):
        return answer
    if not isinstance(answer, Message):
        what = "has no body" if answer is None else "brings an attachment"
        raise Impossible(f"the answer to {asking.call.name} {what}")
    return 200, answer


def _of_type(content_type: str, answer: OutgoingResponse | tuple[int, Message]) -> OutgoingResponse:
    said = (("Content-Type", content_type),)
    if isinstance(answer, OutgoingResponse):
        others = tuple(each for each in answer.headers if each[0].lower() != "content-type")
        return replace(answer, headers=(*others, *said))
    status, message = answer
    return OutgoingResponse(status, serialise(message), said)


async def _other_text(deed: OtherText, dice: random.Random, asking: _Asking, rest: _Rest) -> Reply:
    if asking.call.side == "client":
        asking.asked = _with_text(asking.asked, deed, dice, f"{asking.call.name}Request")
        return await rest()
    answer = await rest()
    name = f"the answer to {asking.call.name}"
    if isinstance(answer, Attached):
        return replace(answer, message=_with_text(answer.message, deed, dice, name))
    if not isinstance(answer, Message):
        raise Impossible(f"{name} has no {deed.element}")
    return _with_text(answer, deed, dice, name)


def _with_text(message: Message, deed: OtherText, dice: random.Random, what: str) -> Message:
    body = copy.deepcopy(message.body)
    found: list[etree._Element] = [] if body is None else body.findall(f".//{{*}}{deed.element}")
    if not found:
        raise Impossible(f"{what} has no {deed.element}")
    for each in found:
        each.text = _another_of_the_form(each.text or "", dice) if deed.text is None else deed.text
    return replace(message, body=body)


def _another_of_the_form(text: str, dice: random.Random) -> str:
    """A number for a number, a GUID for anything else."""
    if text.strip().isdigit():
        return str(int(text) + dice.randint(1, 1000))
    return str(new_guid(dice))


async def _another(deed: AnotherOperation, dice: random.Random, asking: _Asking, rest: _Rest) -> Reply:
    send = asking.call.send
    if send is None:
        raise Impossible("only a client asks for operations")
    answer: Reply = None if deed.before else await rest()
    answered = answer.message if isinstance(answer, Attached) else answer
    token = text_in(asking.asked, "JobToken")
    if not token and isinstance(answered, Message):
        token = text_in(answered, "JobToken")
    made = another_operation(deed.operation, token or _another_of_the_form("", dice), asking.asked)
    # Whatever the peer says to it: the operation that it stands beside is what counts.
    with suppress(ExchangeError, NoMessage, TimeoutError):
        await send(made)
    return await rest() if deed.before else answer
