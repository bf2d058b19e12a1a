"""Asks devices and their services by SOAP (`soap_caller.py`); what fails is an exception for people."""

from __future__ import annotations

from typing import Final, Literal, TypeVar

from emulator.dpws.answer import REFUSALS, Answer, CallResult, NoAnswer, Read, expect_action
from emulator.dpws.soap_caller import SoapCaller, SoapRequest
from emulator.layers import InterventionFailed, Layers
from emulator.soap.addressing import EVERY_ADDRESSING
from emulator.soap.deviations import Deviation, Deviations
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault
from emulator.transport import http
from emulator.transport.http import ExchangeError, HttpClient, TimeLimits

T = TypeVar("T")


class CallFailed(Exception):
    """A request that brought no answer to what was asked. `str()` is one line: operation, address, reason."""

    exit_hint: Literal[1, 3, 4, 5] = 4
    """The exit code that fits: 1 we failed, 3 not reached or trusted, 4 fault or nonsense, 5 refused us."""

    def __init__(self, operation: str, url: str, reason: str, deviations: tuple[Deviation, ...] = ()) -> None:
        super().__init__(f"{operation} at {url[:300]}: {reason}")
        self.operation = operation
        self.url = url
        self.reason = reason
        self.deviations = deviations


class Unreachable(CallFailed):
    """No connection, or no answer in time."""

    exit_hint = 3


class NotTrusted(CallFailed):
    """TLS failed: the peer's certificate is not one that we trust for this name."""

    exit_hint = 3


class RefusedUs(CallFailed):
    """The peer wants a login, a client certificate or rights that we do not have."""

    exit_hint = 5


class Nonsense(CallFailed):
    """What came is no answer to what was asked."""


class Faulted(CallFailed):
    """The peer answered with a fault."""

    def __init__(
        self, operation: str, url: str, fault: Fault, deviations: tuple[Deviation, ...], *, http_status: int = 0
    ) -> None:
        """These are its parameters.

        - `operation`: what was asked.
        - `url`: of the peer.
        - `fault`: its answer.
        - `deviations`: what the answer departed in.
        - `http_status`: that it came with.
        """
        super().__init__(operation, url, str(fault), deviations)
        self.fault = fault
        self.http_status = http_status
        """That the fault came with; SOAP wants 400 or 500."""


_OF_EXCHANGE: Final[tuple[tuple[type[ExchangeError], type[CallFailed]], ...]] = (
    (http.ClientRefused, RefusedUs),
    (http.TlsFailed, NotTrusted),
    (http.NotHttp, Nonsense),
)
"""The first that fits; all others mean that the peer was not reached."""


class HandlerFailed(CallFailed):
    """Somebody intervened, and could not: nothing is known of the peer."""

    exit_hint = 1


class SoapClient:
    """Sends requests and reads answers. It does not close the HTTP client."""

    def __init__(self, client: HttpClient, limits: TimeLimits | None = None, layers: Layers | None = None) -> None:
        """`limits`: no exchange takes longer than both their seconds together."""
        self._limits = limits or TimeLimits()
        self._caller = SoapCaller(client, layers or Layers(), EVERY_ADDRESSING)

    async def ask(self, url: str, asked: Message, read: Read[T], *, answer_action: str = "") -> Answer[T]:
        """Send `asked` to `url` and have `read` read the answer. `answer_action`: the wsa:Action that the answer
        must have; that of `asked` + `Response` where empty.

        Raises CallFailed: Unreachable, NotTrusted, RefusedUs, Nonsense, Faulted or HandlerFailed.
        """
        request = SoapRequest(url, asked)

        def content(message: Message, deviations: Deviations) -> T:
            expect_action(message, answer_action or f"{asked.action}Response", deviations)
            return read(message, deviations)

        result = await self._called(request, content)
        operation, answer, deviations = request.operation, result.answer, result.deviations
        if isinstance(answer, Answer):
            return answer
        if result.response.status in REFUSALS:
            raise RefusedUs(operation, url, str(answer), deviations)
        if isinstance(answer, NoAnswer):
            raise Nonsense(operation, url, answer.reason, deviations)
        raise Faulted(operation, url, answer, deviations, http_status=result.response.status)

    async def _called(self, request: SoapRequest, read: Read[T]) -> CallResult[T]:
        operation, url, limits = request.operation, request.url, self._limits
        seconds = limits.connect + limits.read
        try:
            return await self._caller.call(request, read, limits, seconds)
        except ExchangeError as error:
            kind = next((ours for theirs, ours in _OF_EXCHANGE if isinstance(error, theirs)), Unreachable)
            raise kind(operation, url, str(error)) from None
        except TimeoutError:
            raise Unreachable(operation, url, f"the answer is not whole after {seconds:g} s") from None
        except InterventionFailed as error:
            raise HandlerFailed(operation, url, str(error)) from error
