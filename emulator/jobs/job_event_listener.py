"""The ears of a device: while a post-scan job runs it takes the scan server's events of it (WS-DSP events page)."""

from __future__ import annotations

import logging

from lxml import etree

from emulator.dpws.eventing.listener import EventListener
from emulator.dsm.constants import PROCESSING_EVENTS
from emulator.dsm.driver import PostScanJobDriver
from emulator.dsm.messages.events import PostScanJobEndStateEvent, PostScanJobStatusEvent, read_event
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError

_log = logging.getLogger(__name__)


class JobEventListener:
    """Subscribes for one job, and tells the driver what it hears. Events that are not of the job, or cannot be
    understood, are told and ignored."""

    def __init__(self, listener: EventListener) -> None:
        """`listener` is closed by who made it."""
        self._listener = listener
        self._driver: PostScanJobDriver | None = None

    @property
    def why_not(self) -> str:
        """Why there is no subscription; '' while there is one."""
        return self._listener.why_not

    def tell(self, driver: PostScanJobDriver) -> None:
        """Who is told of events from now on."""
        self._driver = driver

    async def subscribe(self, service_url: str, parameters: tuple[bytes, ...] = ()) -> None:
        """Subscribe at a WS-DSP service. `parameters`: header blocks that go with messages to it. Never raises for
        what the server does."""
        done = await self._listener.subscribe(
            service_url, PROCESSING_EVENTS, self._event, self._lost, parameters=parameters
        )
        if done and self._driver is not None:
            self._driver.deviated("Subscribe", self._listener.deviations)

    def _event(self, action: str, body: etree._Element, deviations: Deviations) -> None:
        try:
            event = read_event(action, body, deviations)
        except ContentError as error:
            _log.warning("an event that cannot be understood: %s", error)
            raise
        if self._driver is None:
            return
        name, psp_identifier = type(event).__name__, ""
        match event:
            case PostScanJobStatusEvent(status):
                pass
            case PostScanJobEndStateEvent(end_state):
                status, psp_identifier = end_state.as_status(), end_state.description.psp_identifier
            case _:
                _log.warning("an event that nobody asked for: %s", name)
                return
        if self._driver.status_seen(status, name, psp_identifier):
            self._driver.deviated(name, deviations)
        else:
            _log.warning("an event of a job that is not ours: JobToken %.80r", status.job_token)

    def _lost(self) -> None:
        if self._driver is not None:
            self._driver.events_lost()
