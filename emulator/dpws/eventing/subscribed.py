"""A subscription of ours at a source: renewed at half its time until it is ended, by us or by the source."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from lxml import etree

from emulator.dpws.client import Answer, CallFailed, Faulted, SoapClient
from emulator.dpws.constants import GET_STATUS, IDENTIFIER, RENEW, UNSUBSCRIBE
from emulator.dpws.eventing.messages import (
    Expires,
    GetStatus,
    GetStatusResponse,
    Renew,
    RenewResponse,
    SubscribeResponse,
    Unsubscribe,
)
from emulator.dpws.eventing.reach import is_place
from emulator.dpws.eventing.reference import EndpointReference
from emulator.soap import envelope
from emulator.soap.deviations import Deviation, Deviations
from emulator.soap.envelope import Message
from emulator.soap.reading import ContentError

_log = logging.getLogger(__name__)

T = TypeVar("T")

_SHORTEST: Final = 1.0
"""Seconds between two Renews at the least, whatever a source grants."""


class SubscriptionHandle:
    """Made by `EventSink.subscribe`."""

    def __init__(
        self,
        soap: SoapClient,
        service_url: str,
        answer: Answer[SubscribeResponse],
        asked: timedelta,
        *,
        on_end: Callable[[str, str], None] | None,
        closed: Callable[[], object],
        clock: Callable[[], float],
        wall: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """`asked`: the time that is asked for again and again; `closed`: told once, when nothing is expected
        any more; the others as of `EventSink`."""
        manager = answer.content.manager
        if not is_place(manager.address):
            manager = replace(manager, address=service_url)
        self.manager: EndpointReference = manager
        """Where it is renewed and ended."""
        self.extensions: tuple[etree._Element, ...] = answer.content.extensions
        """Of the SubscribeResponse."""
        self.deviations: tuple[Deviation, ...] = answer.deviations
        """Of the SubscribeResponse."""
        self.ended: tuple[str, str] | None = None
        """Status and reason, when it has ended otherwise than by `unsubscribe`."""
        self._soap = soap
        self._asked = asked
        self._on_end = on_end
        self._closed = closed
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._over = False
        self._until = 0.0
        self.granted = timedelta()
        """The time last granted."""
        self._take(answer.content.expires)
        self._renewing = asyncio.get_running_loop().create_task(self._keep(), context=Context())

    @property
    def identifier(self) -> str:
        """What the source calls the subscription; '' where it gave no wse:Identifier."""
        return self.manager.parameter(IDENTIFIER)

    async def renew(self) -> None:
        """Ask for the time again. Raises CallFailed."""
        answer = await self._ask(RENEW, Renew(self._asked).to_xml(), _reading(RenewResponse.from_xml))
        self._take(answer.content.expires)

    async def status(self) -> Expires:
        """The time left, as the source says it. Raises CallFailed."""
        answer = await self._ask(GET_STATUS, GetStatus().to_xml(), _reading(GetStatusResponse.from_xml))
        return answer.content.expires

    async def unsubscribe(self) -> None:
        """End it, unless it has ended. Raises CallFailed, but no event is taken any more even then."""
        if self._over:
            return
        self._over = True
        self._renewing.cancel()
        try:
            await self._ask(UNSUBSCRIBE, Unsubscribe().to_xml(), lambda message, deviations: None)
        finally:
            self._closed()

    def end(self, status: str, reason: str) -> None:
        """The source has ended it, or it cannot be renewed."""
        if self._over:
            return
        self._over = True
        self.ended = (status, reason)
        # The task that renews comes here itself, at its end.
        if self._renewing is not asyncio.current_task():
            self._renewing.cancel()
        self._closed()
        if self._on_end is not None:
            self._on_end(status, reason)

    async def _ask(self, action: str, body: etree._Element, read: Callable[[Message, Deviations], T]) -> Answer[T]:
        # The law: [eventing/manager/identifier-as-a-header]
        manager = self.manager
        message = replace(envelope.request(action, manager.address, body), headers=manager.headers())
        return await self._soap.ask(manager.address, message, read)

    def _take(self, expires: Expires) -> None:
        """What was granted; what is no time at all is taken as if it were what we asked for."""
        if isinstance(expires, datetime):
            expires = (expires if expires.tzinfo is not None else expires.replace(tzinfo=UTC)) - self._wall()
        self.granted = expires if expires > timedelta() else self._asked
        self._until = self._clock() + self.granted.total_seconds()

    async def _keep(self) -> None:
        """Renew at half the time that is left (as WSDAPI clients do), until it is over.
        [eventing/expires/renewed-at-half-the-time]"""
        while True:
            await self._sleep(max((self._until - self._clock()) / 2, _SHORTEST))
            try:
                await self.renew()
            except CallFailed as error:
                _log.warning("the subscription at %s: %s", self.manager.address, error)
                if isinstance(error, Faulted) or self._clock() >= self._until:
                    self.end("", str(error))
                    return


def _reading(
    from_xml: Callable[[etree._Element, Deviations], T],
) -> Callable[[Message, Deviations], T]:
    def read(message: Message, deviations: Deviations) -> T:
        if message.body is None:
            raise ContentError("Body", "it is empty")
        return from_xml(message.body, deviations)

    return read
