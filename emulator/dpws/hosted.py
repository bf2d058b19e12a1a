"""One hosted service: its paths, its descriptions, and what the metadata says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emulator.dpws.call import Call, Service
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.eventing.source import EventSource
from emulator.dpws.headers import OF_EVENTING, OF_HOSTS
from emulator.dpws.host_service import reached_at
from emulator.dpws.metadata import Extension, HostedService
from emulator.dpws.wsdl import MetadataExchange, WsdlPages
from emulator.layers import Layers
from emulator.soap.xml import QName
from emulator.transport.http import IncomingRequest, OutgoingResponse

EVENTS_WSDL: Final = "events"
"""`?wsdl=events`: what a subscriber builds his sink from."""
MANAGER: Final = "Subscriptions"
"""Last segment of the path of a subscription manager, below that of the service."""


class Hosted:
    """`base_url` in the methods: scheme, host and port at which the peer reached the host."""

    def __init__(
        self,
        path: str,
        type: QName,
        service_id: str,
        description: bytes,
        *,
        events: bytes,
        schemas: Mapping[str, bytes],
        more: tuple[Extension, ...] = (),
    ) -> None:
        """These are its parameters.

        - `type`, `service_id`: in the metadata.
        - `description` and `events`: its WSDL and that of a sink for its events, with the `schemas` that they
          import by file name.
        - `more`: for the metadata.
        """
        self.path = path
        self.manager_path = f"{self.path}/{MANAGER}"
        """Of the manager of subscriptions to its events."""
        self._type = type
        self._service_id = service_id
        self._more = more
        self._pages = WsdlPages(self.path, description, schemas, more={EVENTS_WSDL: events})

    def metadata(self, base_url: str) -> HostedService:
        """What the metadata of its host says of it."""
        return HostedService(base_url + self.path, (self._type,), self._service_id, more=self._more)

    def endpoints(
        self, service: Service, events: EventSource, base_url: str, layers: Layers
    ) -> Mapping[str, Endpoint]:
        """The endpoints of the service, which also answers for its `events`, and of their subscription manager, by
        path in lower case. `base_url`: for a peer who does not say how he reached us."""

        def wsdl(call: Call) -> str:
            return f"{reached_at(call.incoming.request, base_url)}{self.path}?wsdl"

        return {
            self.path.lower(): Endpoint(
                service,
                layers,
                understood=OF_HOSTS | OF_EVENTING,
                before=(MetadataExchange(wsdl), events.operations),
            ),
            self.manager_path.lower(): Endpoint(events.manager, layers, understood=OF_EVENTING),
        }

    def page(self, request: IncomingRequest, base_url: str) -> OutgoingResponse | None:
        """The description that a GET asks for; None for any other request. `base_url` as in `endpoints`.
        [soap/http/wrong-path-404]"""
        if request.path.rstrip("/").lower() != self.path.lower():
            return None
        return self._pages.answer(request, reached_at(request, base_url))
