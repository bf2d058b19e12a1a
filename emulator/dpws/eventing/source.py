"""An event source: it answers Subscribe, Renew, GetStatus and Unsubscribe, and sends events to who subscribed."""

from __future__ import annotations

import asyncio
import copy
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from emulator.dpws.call import Call, Inner, Reply, Service, operation_of
from emulator.dpws.constants import (
    ACTION_DIALECT,
    DELIVERY_FAILURE,
    GET_STATUS,
    IDENTIFIER,
    PREFIXES,
    PUSH,
    RENEW,
    SOURCE_CANCELING,
    SOURCE_SHUTTING_DOWN,
    SUBSCRIBE,
    SUBSCRIPTION_END,
    UNSUBSCRIBE,
    WSE,
)
from emulator.dpws.eventing import faults
from emulator.dpws.eventing.event_queue import EventQueue, Undelivered, Waiting, bringing, send_event
from emulator.dpws.eventing.messages import (
    GetStatus,
    GetStatusResponse,
    Renew,
    RenewResponse,
    Subscribe,
    SubscribeResponse,
    SubscriptionEnd,
    Unsubscribe,
    delivery_mode,
)
from emulator.dpws.eventing.reach import AnotherHost, NotAnAddress, delivery_url
from emulator.dpws.eventing.reference import EndpointReference, identifier_parameter, text_of
from emulator.dpws.eventing.source_hosting import SourceHosting
from emulator.dpws.eventing.subscriptions import Actions, Subscription, Subscriptions
from emulator.dpws.host_service import reached_at
from emulator.dpws.points import OutgoingEvent
from emulator.dpws.writing import Writer
from emulator.layers import InterventionFailed
from emulator.soap.envelope import Message, new_message_id, response, write_envelope
from emulator.soap.fault import Fault, FaultError, action_not_supported, endpoint_unavailable
from emulator.soap.reading import ContentError

_log = logging.getLogger(__name__)

Body = etree._Element | Callable[[Subscription], etree._Element]
"""The one element of an event's Body, or what makes it for a subscriber."""
Extend = Callable[[tuple[etree._Element, ...], Subscription], tuple[etree._Element, ...]]
"""Called at a Subscribe with the elements of other namespaces in it; returns those of the response. FaultError and
ContentError that it raises refuse the subscription."""

_SWEEP: Final = 1.0
"""Seconds between two looks for what has expired, at the least."""


class EventSource:
    """Subscriptions and their events; of one or of several services. Everything happens on one event loop."""

    def __init__(
        self,
        actions: Iterable[str],
        hosting: SourceHosting,
        *,
        aliases: Mapping[str, str] | None = None,
        on_subscribe: Extend | None = None,
        on_end: Callable[[Subscription], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """These are its parameters.

        - `actions`: those of all events.
        - `aliases`: other name -> action, for events that may be subscribed to by several names; an event goes out
          under the name that the subscriber filtered on.
        - `clock`: seconds that never go back.
        - `wall`: the time, with a zone.

        `on_end` is told of every subscription that ends, however it does.
        """
        self.limits = hosting.limits
        self._hosting = hosting
        self._writer = Writer(hosting.layers, "client")
        self._actions = Actions(actions, aliases)
        self._on_subscribe = on_subscribe
        self._on_end = on_end
        self._table = Subscriptions(self.limits, clock, wall)
        self._deliveries: dict[str, EventQueue] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self.manager: Service = _Manager(self._answer)
        """The service at the manager's own path."""

    async def operations(self, call: Call, inner: Inner) -> Reply:
        """The layer of a service that answers the operations of WS-Eventing at the service's own address: Subscribe
        belongs there, and some clients send the others there too. Raises FaultError, MimeError,
        BodyBroken, and what the layers further in raise. [clients/wsd-python/renew-at-the-service]
        [eventing/manager/served-at-the-service-address]"""
        answer = await self._answer(call)
        return await inner(call) if answer is None else answer

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Those that last, in the order in which they were made."""
        self._sweep()
        return self._table.live()

    def publish(
        self, action: str, body: Body, *, to: Callable[[Subscription], bool] | None = None, about: str = ""
    ) -> None:
        """Send an event to everyone who subscribed to it (and for whom `to` is true), each after the events before
        it. `about`: what it tells of; to a subscriber for whom many wait, it takes the place of an older one of the
        same action about the same. Returns at once. Raises ValueError for an action that is not one of the
        source."""
        if action not in self._actions:
            raise ValueError(f"{action} is no event of this source")
        if self._stopped:
            return
        for subscription in self.subscriptions:
            name = self._actions.name_for(subscription.filters, action)
            if not name or (to is not None and not to(subscription)):
                continue
            try:
                content = body(subscription) if callable(body) else copy.deepcopy(body)
                data = _to(subscription.notify_to, name, content)
            except Exception:  # a bug of ours; the others get their event all the same
                _log.exception("no event %s for %s", name, subscription.notify_to.address)
                continue
            self._deliveries[subscription.identifier].put(Waiting(data, name, about))

    def end(self, subscription: Subscription, *, status: str = SOURCE_CANCELING, reason: str = "") -> None:
        """End a subscription before its time and tell EndTo. Nothing happens when it has ended already."""
        if self._drop(subscription):
            self._tell_end(subscription, status, reason)

    async def start_over(self) -> None:
        """End all subscriptions: EndTo of each is told, for which it is waited `SourceLimits.stop` seconds at
        most."""
        for subscription in self.subscriptions:
            self.end(subscription, reason="The event source starts over.")
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self.limits.stop)

    async def stop(self) -> None:
        """Send what waits, then SubscriptionEnd to all; both for `SourceLimits.stop` seconds at most. Who
        subscribes afterwards is refused."""
        self._stopped = True
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self.limits.stop)
        for subscription in self.subscriptions:
            self.end(subscription, status=SOURCE_SHUTTING_DOWN)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self.limits.stop)
        left = set(self._tasks)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    # Operations

    async def _answer(self, call: Call) -> Message | None:
        """One of the four; None for another action. Raises FaultError, MimeError and BodyBroken."""
        operation = {
            SUBSCRIBE: self._subscribe,
            RENEW: self._renew,
            GET_STATUS: self._get_status,
            UNSUBSCRIBE: self._unsubscribe,
        }.get(call.message.action)
        if operation is None:
            return None
        await call.incoming.rest()
        body = call.message.body
        if body is None:
            raise FaultError(faults.invalid_message("The Body is empty."))
        self._sweep()
        try:
            return operation(call, body)
        except ContentError as error:
            if error.argument == "Expires":
                raise FaultError(faults.invalid_expiration_time()) from None
            raise FaultError(faults.invalid_message(str(error))) from None

    def _subscribe(self, call: Call, body: etree._Element) -> Message:
        # The law: [eventing/subscribe/supported] [eventing/subscribe/response] [eventing/subscribe/identifier]
        # The law: [eventing/subscribe/identifier-of-a-uuid]
        if self._stopped:
            raise FaultError(faults.event_source_unable_to_process("The event source is shutting down."))
        if delivery_mode(body) not in ("", PUSH):
            raise FaultError(faults.delivery_mode_requested_unavailable())
        asked = Subscribe.from_xml(body, call.content)
        call.refuse_deviations(self.manager)
        filters = self._filters(asked)
        request = call.incoming.request
        url = self._url(asked.notify_to, request.remote)
        if asked.end_to is not None:
            self._url(asked.end_to, request.remote)
        identifier = uuid.uuid4().urn
        subscription = Subscription(
            identifier,
            request.path,
            request.remote,
            asked.notify_to,
            asked.end_to,
            EndpointReference(
                reached_at(request, self._hosting.base_url()) + self._hosting.manager_path,
                (identifier_parameter(IDENTIFIER, identifier, PREFIXES[WSE]),),
            ),
            filters,
        )
        granted = self._table.add(subscription, asked.expires)
        try:
            more = () if self._on_subscribe is None else self._on_subscribe(asked.extensions, subscription)
            call.refuse_deviations(self.manager)
        except BaseException:
            self._table.remove(subscription)
            raise
        self._deliveries[identifier] = EventQueue(
            f"the subscriber at {asked.notify_to.address}",
            url,
            self._hosting,
            lambda reason: self.end(subscription, status=DELIVERY_FAILURE, reason=reason),
            self._tasks,
        )
        self._arm()
        _log.info("%s subscribes: events to %s", request.remote, asked.notify_to.address)
        return response(call.message, SubscribeResponse(subscription.manager, granted, more).to_xml())

    def _filters(self, asked: Subscribe) -> tuple[str, ...] | None:
        # The law: [eventing/filter/absent] [eventing/fault/filter-action-not-supported]
        # The law: [eventing/fault/filtering-requested-unavailable]
        if asked.filter_actions is None:
            return None
        if asked.filter_dialect != ACTION_DIALECT:
            raise FaultError(faults.filtering_requested_unavailable())
        known = self._actions.known(asked.filter_actions)
        if not known:
            raise FaultError(faults.filter_action_not_supported())
        return known

    def _url(self, reference: EndpointReference, peer: str) -> str:
        try:
            return delivery_url(reference.address, peer, anywhere=self._hosting.anywhere)
        except NotAnAddress as error:
            raise FaultError(faults.invalid_message(str(error))) from None
        except AnotherHost as error:
            raise FaultError(faults.event_source_unable_to_process(f"{error}.")) from None

    def _renew(self, call: Call, body: etree._Element) -> Message:
        # The law: [eventing/renew/supported] [eventing/fault/unable-to-renew]
        asked = Renew.from_xml(body, call.content)
        call.refuse_deviations(self.manager)
        subscription = self._meant(call, faults.unable_to_renew())
        granted = self._table.renew(subscription, asked.expires)
        self._arm()
        return response(call.message, RenewResponse(granted).to_xml())

    def _get_status(self, call: Call, body: etree._Element) -> Message:
        # The law: [eventing/get-status/supported] [wsdapi/eventing/get-status]
        GetStatus.from_xml(body, call.content)
        call.refuse_deviations(self.manager)
        subscription = self._meant(call)
        return response(call.message, GetStatusResponse(self._table.left(subscription)).to_xml())

    def _unsubscribe(self, call: Call, body: etree._Element) -> Message:
        # The law: [eventing/unsubscribe/supported] [eventing/unsubscribe/empty-response]
        # The law: [eventing/unsubscribe/events-stop]
        Unsubscribe.from_xml(body, call.content)
        call.refuse_deviations(self.manager)
        self._drop(self._meant(call))
        return response(call.message, None)

    def _meant(self, call: Call, unknown: Fault | None = None) -> Subscription:
        """The subscription that the header wse:Identifier names. Raises FaultError: `unknown`, else
        wse:InvalidMessage. [eventing/manager/identifier-as-a-header] [eventing/fault/unknown-identifier]"""
        header = next((each for each in call.message.headers if each.tag == IDENTIFIER.clark), None)
        if header is None:
            raise FaultError(faults.invalid_message("The header wse:Identifier is missing."))
        found = self._table.find(text_of(header))
        if found is None:
            raise FaultError(unknown or faults.invalid_message(header))
        return found

    # Ends

    def _drop(self, subscription: Subscription) -> bool:
        """Out of the table, nothing more is sent; whether it was there."""
        there = self._table.remove(subscription)
        self._forget(subscription)
        return there

    def _forget(self, subscription: Subscription) -> None:
        delivery = self._deliveries.pop(subscription.identifier, None)
        if delivery is None:
            return
        delivery.cancel()
        if self._on_end is not None:
            try:
                self._on_end(subscription)
            except Exception:
                _log.exception("the end of a subscription")

    def _sweep(self) -> None:
        """Forget what has expired. WS-Eventing (section 3.5) sends no SubscriptionEnd then.
        [eventing/expires/end-of-time]"""
        for subscription in self._table.take_expired():
            _log.info("the subscription of %s has expired", subscription.peer)
            self._forget(subscription)

    def _arm(self) -> None:
        """Look again when the next one expires, so that `on_end` is told then."""
        if self._timer is not None:
            self._timer.cancel()
        left = self._table.next_expiry()
        loop = asyncio.get_running_loop()
        self._timer = None if left is None else loop.call_later(max(left, _SWEEP), self._look)

    def _look(self) -> None:
        self._sweep()
        self._arm()

    def _tell_end(self, subscription: Subscription, status: str, reason: str) -> None:
        # The law: [eventing/subscription-end/to-end-to-alone] [eventing/subscription-end/status]
        _log.info("the subscription of %s ends: %s", subscription.peer, reason or status.rpartition("/")[2])
        if subscription.end_to is not None:
            body = SubscriptionEnd(subscription.manager, status, reason).to_xml()
            data = _to(subscription.end_to, SUBSCRIPTION_END, body)
            url = self._url(subscription.end_to, subscription.peer)
            task = asyncio.get_running_loop().create_task(self._send_end(url, data))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send_end(self, url: str, data: bytes) -> None:
        client = self._hosting.client_factory()
        try:
            name = operation_of(SUBSCRIPTION_END)
            how = await bringing(self._hosting.layers, OutgoingEvent(name, url))
            data = await self._writer.altered(data, SUBSCRIPTION_END, name, url)
            for _ in range(how.times):
                await send_event(client, url, data, self.limits.delivery, name)
        except Undelivered as error:
            _log.info("no SubscriptionEnd for %s: %s", url, error)
        except InterventionFailed:
            pass  # told already
        finally:
            await client.aclose()


def _to(reference: EndpointReference, action: str, body: etree._Element) -> bytes:
    """A one-way message, with the reference's parameters as headers.
    [addressing/reference-parameters/copied-as-headers] [eventing/delivery/reference-parameters]
    [addressing/to/of-an-event] [addressing/action/of-an-event]"""
    message = Message(action, body, to=reference.address, message_id=new_message_id(), headers=reference.headers())
    return write_envelope(message)


class _Manager:
    """The four operations alone."""

    def __init__(self, answer: Callable[[Call], Awaitable[Message | None]]) -> None:
        self._answer = answer

    async def __call__(self, call: Call) -> Message:
        answer = await self._answer(call) if call.message.action != SUBSCRIBE else None
        if answer is None:
            raise FaultError(action_not_supported(call.message.action))
        return answer

    def invalid(self, argument: str) -> Fault:
        """wse:InvalidMessage."""
        return faults.invalid_message(argument)

    def internal_error(self) -> Fault:
        """soap:Receiver."""
        return Fault("Receiver", None, "The service had an unexpected error.")

    def temporary_error(self) -> Fault:
        """wsa:EndpointUnavailable. [addressing/fault/endpoint-unavailable]"""
        return endpoint_unavailable()
