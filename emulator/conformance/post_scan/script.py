"""What the judge's scan server does in one job: as a scan server should, but where a script says otherwise."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from emulator.conformance.exchange import Exchange
from emulator.conformance.post_scan.answers import SERVICE_TYPE, fault
from emulator.conformance.post_scan.reply import Reply


@dataclass(frozen=True, slots=True)
class Turn:
    """A request that is to be answered."""

    operation: str
    """Its local name: Probe, Get, CreatePostScanJob ..."""
    nth: int
    """Of these in this job, from 1."""
    exchange: Exchange
    usual: Callable[[], Reply]
    """Does what is asked and returns the right answer."""


Answers = Callable[[Turn], Awaitable[Reply | None]]
"""The answer; None: the right one."""
Rewrites = Callable[[str, bytes], bytes]
"""Changes the octets of the answer to an operation."""


@dataclass(frozen=True, slots=True)
class Script:
    """Of one job."""

    answers: Answers | None = None
    rewrites: Rewrites | None = None
    """Of all answers that have an envelope."""
    early: Callable[[str, int], bool] | None = None
    """Whether an operation, the nth request of the job for it, is refused before its body is read. Only requests
    that are packages are asked about: SendImage."""
    token: str = ""
    """JobToken; '' for an ordinary one."""
    types: str = SERVICE_TYPE
    """wsdp:Types of the service."""
    declared: str = ""
    """More declarations of prefixes for them."""
    beside: bool = False
    """Another hosted service stands before it."""
    parameters: str = ""
    """Reference parameters of the service, as XML."""
    states: Sequence[tuple[str, str]] = (("Completed", "PostScanJobCompletedSuccessfully"),)
    """JobState and its reason, told one after the other once the job is ended; the last for ever."""
    filter_state: str = "CompletedSuccessfully"
    filter_reasons: Sequence[str] = ()
    grants: str = ""
    """Expires of SubscribeResponse; '' as asked for."""
    events: bool = True
    """Events are sent to whoever subscribed."""
    present: str = ""
    """Which wrong certificate is shown; '' for the right one."""
    gone_at: str = ""
    """Operation at whose first request the scan server is gone: it is cut off, and connections are refused."""
    gone_for: float = 1.5
    """Seconds until it is there again."""


RIGHT = Script()


def refused(
    turn: Turn,
    code: str,
    subcode: str,
    *,
    status: int = 0,
    detail: str = "",
    reason: str = "The scan server says no.",
) -> Reply:
    """The request is answered with a fault.

    - `turn`: the request.
    - `code`: Sender or Receiver.
    - `subcode`: with its prefix.
    - `status`: of HTTP; 0 for that of the code.
    - `detail`: text of soap:Detail; '' for none.
    - `reason`: for people.
    """
    status = status or (400 if code == "Sender" else 500)
    return Reply(fault(turn.exchange.asked, code, subcode, reason, detail), status)


def at(operation: str, reply: Callable[[Turn], Reply | None], *nths: int) -> Script:
    """A script that answers an operation otherwise. `nths`: which of its requests in a job; none: all."""

    async def answers(turn: Turn) -> Reply | None:
        if turn.operation != operation or (nths and turn.nth not in nths):
            return None
        return reply(turn)

    return Script(answers)


class Held:
    """A script that keeps the answer to the first request for an operation until somebody is done: the device is in
    the middle of it meanwhile."""

    def __init__(self, operation: str, seconds: float = 60.0) -> None:
        """`seconds`: after which it is answered all the same."""
        self._operation = operation
        self._seconds = seconds
        self._reached = asyncio.Event()
        self._done = asyncio.Event()

    def __enter__(self) -> None:
        """Begin what is done meanwhile."""

    def __exit__(self, *_: object) -> None:
        """It is done."""
        self._done.set()

    async def reached(self) -> None:
        """Wait until the device waits for the answer."""
        await self._reached.wait()

    @property
    def script(self) -> Script:
        """What the server does in one job, made anew for it."""

        async def answers(turn: Turn) -> Reply | None:
            if turn.operation == self._operation and turn.nth == 1:
                self._reached.set()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._seconds):
                        await self._done.wait()
            return None

        return Script(answers)


def rewriting(change: Callable[[bytes], bytes], *operations: str) -> Script:
    """A script whose answers are changed as octets. `operations`: of those; none: of all."""
    return Script(
        rewrites=lambda operation, octets: change(octets) if not operations or operation in operations else octets
    )
