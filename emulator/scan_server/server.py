"""The embedded DSM scan server: a DPWS host with WS-DSP and WS-DSC services, over HTTP or HTTPS, on one store."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from emulator._version import VERSION
from emulator.dpws.constants import DEVICE_TYPE
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.eventing.event_queue import event_clients
from emulator.dpws.eventing.source import EventSource
from emulator.dpws.eventing.source_hosting import SourceHosting
from emulator.dpws.headers import OF_HOSTS
from emulator.dpws.host_service import HostService
from emulator.dpws.hosted import Hosted
from emulator.dpws.hosting import Hosting
from emulator.dpws.metadata import HostedService, Metadata, ThisDevice, ThisModel
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.target import Target
from emulator.dpws.unicast import UnicastAnswerer
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.dsm.constants import (
    CONFIGURATION_EVENTS,
    CONFIGURATION_SERVICE_TYPE,
    JOB_TIME_LIMIT,
    PROCESSING_EVENTS,
    PROCESSING_SERVICE_TYPE,
    SCAN_SERVER_PATH,
    SERVICES,
)
from emulator.faults.behaviours import Behaviour
from emulator.layers import Layers, Unplug
from emulator.scan_server.configuration_service import ConfigurationService, repository_status
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.directory import ServerDirectory
from emulator.scan_server.files import remove_files
from emulator.scan_server.filters import Targets
from emulator.scan_server.job_events import JobEvents
from emulator.scan_server.job_keeper import JobKeeper
from emulator.scan_server.jobs import Job
from emulator.scan_server.processing_service import ProcessingService
from emulator.scan_server.store import Store
from emulator.scan_server.telling import JobTeller
from emulator.soap import schema
from emulator.soap.xml import QName
from emulator.transport.http import IncomingRequest, OutgoingResponse

if TYPE_CHECKING:
    from emulator.scan_server.delivery.settings import DeliverySettings

_log = logging.getLogger(__name__)

CA_PATH: Final = "/ca.pem"
"""Where clients fetch the CA of the server's certificate, before they trust it."""
_TYPES: Final[tuple[QName, ...]] = (DEVICE_TYPE,)


class ScanServer:
    """Listens when `start` returns. Use it as `async with ScanServer(...)`, or start and stop it.
    [dsp/sequence/probe-matches-tell-the-address] [dsp/sequence/metadata-of-every-service]
    [dsp/address/two-hosted-services]"""

    def __init__(
        self,
        *,
        store: Path,
        directory: ServerDirectory,
        hosting: Hosting | None = None,
        layers: Layers | None = None,
        time_limit: float = JOB_TIME_LIMIT,
        delivery: DeliverySettings | None = None,
        behaviours: frozenset[Behaviour] = frozenset(),
        ca_pem: bytes | None = None,
    ) -> None:
        """These are its parameters.

        - `store`: folder for what arrives.
        - `layers`: of its services, its host, and the clients that bring events and deliver.
        - `time_limit`: seconds.
        - `delivery`: the servers that filters deliver by.
        - `behaviours`: what is done otherwise than the documents say.
        - `ca_pem`: the CA of the server's certificate, which anybody may fetch.
        """
        self.layers = layers or Layers()
        self._behaviours = behaviours
        self._store = Store(store)
        self._directory = directory
        self._hosting = hosting or Hosting()
        self._ca_pem = ca_pem
        self._keeper = JobKeeper(Targets(self._store, delivery, self.layers), time_limit, behaviours)
        self._sources: tuple[EventSource, ...] = ()
        self._http = self._hosting.host(self.handle, self.layers)
        self._endpoints: dict[str, Endpoint] = {}
        self._processing: Endpoint | None = None
        self._udp: UnicastAnswerer | None = None
        self._hosted: tuple[Hosted, ...] = ()
        self._watchers: list[Callable[[Job], None]] = []

    async def start(self) -> None:
        """Open the store and listen. Raises OSError when either cannot be had."""
        await asyncio.to_thread(self._store.open)
        try:
            await self._http.start()
        except OSError:
            await asyncio.to_thread(self._store.close)
            raise
        identity = f"urn:uuid:{self._store.endpoint}"
        target = Target(identity, _TYPES, SCAN_SERVER_PATH, instance_id=int(time.time()))
        base_url = self._http.base_url
        host = HostService(target, self._metadata, base_url, prefixes=SERVICES)
        await self._answer_udp(target)
        processes = _hosted(self._store.service, PROCESSING_SERVICE_TYPE, f"{identity}/processing", "processing")
        configures = _hosted(
            self._store.configuration_service,
            CONFIGURATION_SERVICE_TYPE,
            f"{identity}/configuration",
            "configuration",
        )
        self._hosted = (processes, configures)
        processing = ProcessingService(self._directory, self._keeper, processes.path, self._behaviours)
        configuration = ConfigurationService(self._keeper, configures.path, self._behaviours)
        processing_events = self._event_source(PROCESSING_EVENTS, processes)
        configuration_events = self._event_source(CONFIGURATION_EVENTS, configures)
        self._sources = (processing_events, configuration_events)
        events = JobEvents(processing_events, configuration_events, lambda: repository_status(self._keeper))

        def watched(job: Job) -> None:
            for watcher in tuple(self._watchers):
                watcher(job)

        def changed(job: Job) -> None:
            events.changed(job)
            watched(job)

        self._keeper.on_image = watched
        self._keeper.on_change = JobTeller(self.layers, changed).changed
        self._endpoints = {
            SCAN_SERVER_PATH.lower(): Endpoint(
                host, self.layers, addressing=DISCOVERY_ADDRESSING, understood=OF_HOSTS
            ),
            **processes.endpoints(processing, processing_events, base_url, self.layers),
            **configures.endpoints(configuration, configuration_events, base_url, self.layers),
        }
        self._processing = self._endpoints[processes.path.lower()]

    def _event_source(self, actions: Sequence[str], hosted: Hosted) -> EventSource:
        clients = event_clients(self._hosting.event_tls, self.layers)
        return EventSource(
            actions, SourceHosting(hosted.manager_path, lambda: self._http.base_url, clients, self.layers)
        )

    async def _answer_udp(self, target: Target) -> None:
        """Probes come as datagrams too, to the UDP port of the same number (MS-BDSRR 1.9, 3.2.3)
        [bdsrr/3.2.3/listens-on-udp-and-tcp]."""
        scheme = "http" if self._hosting.tls is None else "https"
        publication = Publication(target, at_port(self._http.port, scheme), SERVICES)
        answerer = UnicastAnswerer(publication, self._hosting.bind, self._http.port, self.layers)
        try:
            await answerer.start()
        except OSError as error:
            _log.warning("Probes by UDP are not answered: port %d: %s", self._http.port, error.strerror or error)
        else:
            self._udp = answerer

    async def stop(self) -> None:
        """End connections, stop filters, put away what is unfinished."""
        if self._udp is not None:
            self._udp.stop()
            self._udp = None
        await self._http.stop()
        await self._keeper.stop()
        await asyncio.gather(*(source.stop() for source in self._sources))
        await asyncio.to_thread(self._store.close)

    async def __aenter__(self) -> ScanServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where it is probed and asked for metadata."""
        return self._http.base_url + SCAN_SERVER_PATH

    @property
    def service_url(self) -> str:
        """Address of the WS-DSP service; the same at every start on a store but for host and port."""
        return self._http.base_url + self._hosted[0].path

    @property
    def configuration_url(self) -> str:
        """Address of the WS-DSC service; as lasting as that of the WS-DSP service."""
        return self._http.base_url + self._hosted[1].path

    @property
    def listening(self) -> bool:
        """Whether clients can connect."""
        return self._http.listening

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that are remembered, the oldest first."""
        return self._keeper.jobs

    def watch(self, watcher: Callable[[Job], None]) -> Unplug:
        """Have `watcher` told each new job, each new state of a job or of its filters, and each image that it has
        more; it must not raise. Returns what ends that."""
        self._watchers.append(watcher)

        def unplug() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

        return unplug

    async def forget_jobs(self) -> None:
        """Cancel the jobs that have not ended and know none any more; the files that were delivered stay."""
        await self._keeper.forget()

    async def delete(self, job: Job) -> None:
        """Cancel a job that has not ended, forget it, and remove its images from the store. What was delivered
        elsewhere stays there."""
        await asyncio.to_thread(remove_files, await self._keeper.forget_one(job), self._store.root)

    async def start_over(self) -> None:
        """Cancel the jobs that have not ended, know none any more, and end all subscriptions; files stay."""
        await self._keeper.forget()
        await asyncio.gather(*(source.start_over() for source in self._sources))

    def share_files(self, job_token: str) -> list[Path]:
        """Files that a job's file share filter has made so far; [] for a job that is not known."""
        return self._keeper.share_files(job_token)

    def deliveries(self, job_token: str) -> tuple[Delivery, ...]:
        """What each target of a job's filters has got so far; () for a job that is not known."""
        return self._keeper.deliveries(job_token)

    def _metadata(self, base_url: str) -> Metadata:
        # The law: [dsp/sequence/metadata-of-every-service]
        identity = f"urn:uuid:{self._store.endpoint}"
        return Metadata(
            ThisModel("dsm-emulator", "Embedded DSM scan server", VERSION),
            ThisDevice("Embedded DSM scan server", VERSION, str(self._store.endpoint)),
            tuple(hosted.metadata(base_url) for hosted in self._hosted),
            HostedService(identity, _TYPES, f"{identity}/host"),
        )

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one HTTP request. Raises BodyBroken."""
        # Paths are compared as WSDAPI does, whatever the case; a GUID may come in either.
        for hosted in self._hosted:
            page = hosted.page(request, self._http.base_url)
            if page is not None:
                return page
        if request.method == "GET" and request.path == CA_PATH and self._ca_pem is not None:
            return OutgoingResponse(200, self._ca_pem, (("Content-Type", "application/x-pem-file"),))
        endpoint = self._endpoints.get(request.path.rstrip("/").lower())
        if endpoint is None:
            return OutgoingResponse(404, close=True)
        if endpoint is not self._processing:
            return await endpoint(request)
        request.body = arriving = self._keeper.arrivals.listen(request.remote, request.body)
        try:
            return await endpoint(request)
        finally:
            arriving.known()


def _hosted(segment: UUID, type: QName, service_id: str, wsdl: str) -> Hosted:
    """A service at the last segment of its path, with the WSDLs of that name."""
    folder = resources.files("emulator.dsm") / "wsdl"
    return Hosted(
        f"{SCAN_SERVER_PATH}/{segment}",
        type,
        service_id,
        (folder / f"{wsdl}.wsdl").read_bytes(),
        events=(folder / f"{wsdl}-events.wsdl").read_bytes(),
        schemas=schema.documents(),
    )
