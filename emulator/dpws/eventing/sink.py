"""An event sink: it subscribes at event sources, keeps the subscriptions, and hands events on."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from lxml import etree

from emulator.dpws.answer import Answer
from emulator.dpws.call import Call
from emulator.dpws.client import CallFailed, SoapClient
from emulator.dpws.constants import (
    IDENTIFIER,
    MAX_MESSAGE_ID,
    PREFIXES,
    PUSH,
    SUBSCRIBE,
    SUBSCRIPTION_END,
    WSE,
)
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.eventing.messages import Subscribe, SubscribeResponse, SubscriptionEnd
from emulator.dpws.eventing.reference import EndpointReference, identifier_parameter, text_of
from emulator.dpws.eventing.subscribed import SubscriptionHandle
from emulator.dpws.headers import OF_EVENTING
from emulator.layers import Layers
from emulator.soap import envelope
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault, FaultError, destination_unreachable, endpoint_unavailable, not_well_formed
from emulator.soap.reading import ContentError
from emulator.transport.http import HttpClient, IncomingRequest, OutgoingResponse, TimeLimits

EventCallback = Callable[[str, etree._Element, Deviations], None]
"""Told the action and the element of each event, once. It notes what departs from the documents; the ContentError
or FaultError that it raises becomes the answer. It must be quick: the source waits for it."""

_REMEMBERED: Final = 256
"""MessageIDs of one subscription by which an event that comes twice is known."""


class _Receiver:
    """One path, and who is told what arrives there."""

    def __init__(self, identifier: str, callback: EventCallback) -> None:
        self.identifier = identifier
        self.handle: SubscriptionHandle | None = None
        self.ended: SubscriptionEnd | None = None
        """Before `handle` was there."""
        self._callback = callback
        self._seen: OrderedDict[str, None] = OrderedDict()

    def event(self, message: Message, body: etree._Element, deviations: Deviations) -> None:
        """Hand it on unless it was here before."""
        message_id = message.message_id
        if message_id in self._seen:
            return
        if message_id and len(message_id) <= MAX_MESSAGE_ID:
            self._seen[message_id] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        try:
            self._callback(message.action, body, deviations)
        except BaseException:
            self._seen.pop(message_id, None)  # it may come again
            raise

    def end(self, told: SubscriptionEnd) -> None:
        """The source has ended the subscription."""
        self.ended = told
        if self.handle is not None:
            self.handle.end(told.status, told.reason)


class EventSink:
    """Receives events at paths of its own, one for each subscription, that nobody can guess. It is a service
    (message in, nothing out) and, with `handle`, what answers HTTP requests. It listens nowhere itself."""

    def __init__(
        self,
        *,
        path: str = "/events",
        layers: Layers | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """These are its parameters.

        - `path`: with which all its paths begin.
        - `layers`: where they are strict, an event with a deviation is refused.
        - `clock`: seconds that never go back.
        - `wall`: the time, with a zone.
        """
        self._path = path.rstrip("/").lower()
        self._layers = layers or Layers()
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._receivers: dict[str, _Receiver] = {}
        self._endpoint = Endpoint(self, self._layers, understood=OF_EVENTING)

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one HTTP request: 202 to an event, 404 where no subscription is. Raises BodyBroken.
        [eventing/delivery/answer] [soap/http/one-way-202]"""
        if self._key(request.path) not in self._receivers:
            return OutgoingResponse(404, close=True)
        return await self._endpoint(request)

    async def __call__(self, call: Call) -> None:
        """Take an event or a SubscriptionEnd. Raises FaultError, ContentError, MimeError and BodyBroken."""
        await call.incoming.rest()
        receiver = self._receivers.get(self._key(call.incoming.request.path))
        message = call.message
        if receiver is None:
            raise FaultError(destination_unreachable(message.to))
        given = [text_of(each) for each in message.headers if each.tag == IDENTIFIER.clark]
        if given != [receiver.identifier]:
            call.content.note("reference-parameters", "Envelope/Header", ", ".join(given) or "none")
        call.refuse_deviations()
        if message.body is None:
            raise ContentError("Body", "an event has an element in it")
        if message.action == SUBSCRIPTION_END:
            receiver.end(SubscriptionEnd.from_xml(message.body, call.content))
        else:
            receiver.event(message, message.body, call.content)

    def invalid(self, argument: str) -> Fault:
        """soap:Sender."""
        return not_well_formed(argument)

    def internal_error(self) -> Fault:
        """soap:Receiver."""
        return Fault("Receiver", None, "The event sink had an unexpected error.")

    def temporary_error(self) -> Fault:
        """wsa:EndpointUnavailable. [addressing/fault/endpoint-unavailable]"""
        return endpoint_unavailable()

    async def subscribe(
        self,
        client: HttpClient,
        service_url: str,
        actions: Iterable[str],
        notify_to: str,
        callback: EventCallback,
        expires: timedelta = timedelta(hours=1),
        *,
        parameters: tuple[bytes, ...] = (),
        extensions: tuple[etree._Element, ...] = (),
        on_end: Callable[[str, str], None] | None = None,
        limits: TimeLimits | None = None,
    ) -> SubscriptionHandle:
        """Subscribe at a service to events by their actions, and renew the subscription until it is ended.

        - `notify_to`: scheme, host and port at which the source reaches this sink; `callback` may be called before
          this returns.
        - `parameters`: of the service's endpoint reference, header blocks of each message to it.
        - `extensions`: elements of other namespaces for the Subscribe.
        - `on_end`: told status and reason when the subscription ends otherwise than by `unsubscribe`.

        `client` is used until the end, and not closed. Raises CallFailed, and then there is no subscription.
        [eventing/subscribe/to-the-hosted-service] [eventing/subscribe/body]
        """
        identifier = uuid.uuid4().urn
        path = f"{self._path}/{secrets.token_hex(16)}"
        here = EndpointReference(
            notify_to.rstrip("/") + path, (identifier_parameter(IDENTIFIER, identifier, PREFIXES[WSE]),)
        )
        receiver = self._receivers[path] = _Receiver(identifier, callback)
        asked = Subscribe(here, here, expires, tuple(actions), PUSH, extensions=extensions)
        soap = SoapClient(client, limits, self._layers)
        message = replace(
            envelope.request(SUBSCRIBE, service_url, asked.to_xml()),
            headers=tuple(etree.fromstring(each) for each in parameters),
        )
        try:
            answer: Answer[SubscribeResponse] = await soap.ask(service_url, message, _read)
        except BaseException:
            del self._receivers[path]
            raise
        handle = SubscriptionHandle(
            soap,
            service_url,
            answer,
            expires,
            on_end=on_end,
            closed=lambda: self._receivers.pop(path, None),
            clock=self._clock,
            wall=self._wall,
            sleep=self._sleep,
        )
        receiver.handle = handle
        if receiver.ended is not None:
            receiver.end(receiver.ended)
        return handle

    async def aclose(self, seconds: float = 2.0) -> None:
        """Unsubscribe everywhere; what is not done after so many seconds is left to expire."""
        handles = [each.handle for each in self._receivers.values() if each.handle is not None]
        leaving = [asyncio.create_task(_leave(handle)) for handle in handles]
        if leaving:
            _, late = await asyncio.wait(leaving, timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        self._receivers.clear()

    @staticmethod
    def _key(path: str) -> str:
        return path.rstrip("/").lower()


def _read(message: Message, deviations: Deviations) -> SubscribeResponse:
    if message.body is None:
        raise ContentError("SubscribeResponse", "the Body is empty")
    return SubscribeResponse.from_xml(message.body, deviations)


async def _leave(handle: SubscriptionHandle) -> None:
    with contextlib.suppress(CallFailed):  # it expires
        await handle.unsubscribe()
