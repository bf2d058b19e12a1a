"""One hosted service of a device: its paths, its descriptions, and what the metadata says of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from emulator.dpws.endpoint import Call, Endpoint, Service
from emulator.dpws.eventing.source import EventSource
from emulator.dpws.host_service import reached_at
from emulator.dpws.metadata import Extension, HostedService
from emulator.dpws.wsdl import Described, WsdlPages
from emulator.soap.xml import QName
from emulator.transport.http import IncomingRequest, OutgoingResponse

EVENTS_WSDL: Final = "events"
"""`?wsdl=events`: what a subscriber builds his sink from."""
MANAGER: Final = "Subscriptions"
"""Last segment of the path of a subscription manager, below that of the service."""


class Hosted:
    """A service below the path of its device. `base_url` in the methods: scheme, host and port at which the peer
    reached the device."""

    def __init__(
        self,
        device_path: str,
        name: str,
        type: QName,
        description: str,
        *,
        events: str,
        more: tuple[Extension, ...] = (),
    ) -> None:
        """`name`: last segment of the path, and of the ServiceId; `type`: in the metadata; `description` and
        `events`: file names of its WSDL and of that of a sink for its events; `more`: for the metadata."""
        self.path = f"{device_path}/{name}"
        self.manager_path = f"{self.path}/{MANAGER}"
        """Of the manager of subscriptions to its events."""
        self._type = type
        self._service_id = f"uri:{device_path.lstrip('/')}/{name}"
        self._more = more
        self._pages = WsdlPages(self.path, _wsdl(description), _schemas(), more={EVENTS_WSDL: _wsdl(events)})

    def metadata(self, base_url: str) -> HostedService:
        """What the device's metadata says of it."""
        return HostedService(base_url + self.path, (self._type,), self._service_id, more=self._more)

    def endpoints(
        self, service: Service, events: EventSource, base_url: str, *, strict: bool
    ) -> Mapping[str, Endpoint]:
        """Of the service, which also answers for its `events`, and of their subscription manager, by path in lower
        case. `base_url`: for a peer who does not say how he reached us."""

        def wsdl(call: Call) -> str:
            return f"{reached_at(call.incoming.request, base_url)}{self.path}?wsdl"

        return {
            self.path.lower(): Endpoint(Described(events.wrap(service), wsdl), strict=strict),
            self.manager_path.lower(): Endpoint(events.manager, strict=strict),
        }

    def page(self, request: IncomingRequest, base_url: str) -> OutgoingResponse | None:
        """The description that a GET asks for; None for any other request. `base_url` as in `endpoints`."""
        if request.path.rstrip("/").lower() != self.path.lower():
            return None
        return self._pages.answer(request, reached_at(request, base_url))


@cache
def _wsdl(name: str) -> bytes:
    return (resources.files("emulator.wsscan") / "wsdl" / name).read_bytes()


@cache
def _schemas() -> Mapping[str, bytes]:
    """The schemas that the WSDLs import, by file name."""
    schemas = (resources.files("emulator.soap") / "xsd").iterdir()
    return {each.name: each.read_bytes() for each in schemas if each.name.endswith(".xsd")}
