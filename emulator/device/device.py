"""A running virtual scanner on HTTP: what it says of itself, and the services that it hosts.
[dsp/parties/device-speaks-three-protocols]"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import zlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from emulator.device.destinations import Destinations
from emulator.device.device_events import DeviceEvents
from emulator.device.device_service import DeviceService
from emulator.device.profile import DeviceProfile
from emulator.device.scan_service import ScanService
from emulator.device.scanner import VirtualScanner
from emulator.device.settings import DeviceIdentity, ScannerSettings
from emulator.dpws.constants import (
    COMPATIBLE_ID,
    CONTAINER_ID,
    DEVICE_CATEGORY,
    DEVICE_TYPE,
    HARDWARE_ID,
    STABLE_DISCOVERY_PATH,
)
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.eventing.event_queue import event_clients
from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.eventing.source_hosting import SourceHosting
from emulator.dpws.headers import OF_HOSTS
from emulator.dpws.host_service import HostService
from emulator.dpws.hosted import Hosted
from emulator.dpws.hosting import Hosting
from emulator.dpws.metadata import Extension, HostedService, Metadata, ThisDevice, ThisModel
from emulator.dpws.target import Target
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.layers import Layers
from emulator.soap import schema
from emulator.soap.xml import QName
from emulator.trace.who import WHO
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.wsscan.constants import (
    DEVICE_SERVICE_TYPE,
    DSD,
    SCAN_DEVICE_TYPE,
    SCANNER_SERVICE_TYPE,
    WSCN,
)

# The law: [discovery/types/wsdp-device] [discovery/types/scan-device-type] [dsd/types/of-device-and-service]
TYPES: Final = (DEVICE_TYPE, SCAN_DEVICE_TYPE)  # [clients/sane-airscan/scan-device-type]
PREFIXES: Final = {WSCN: "wscn", DSD: "dsd"}
"""Some clients match the literal text `wscn:ScannerServiceType`
[clients/wsd-python/literal-scanner-service-type]. [dpws/hosted/scanner-service-type]"""
SCAN_SERVICE: Final = "WSDScanner"
"""Last segment of the scan service's path, as real devices have it."""
DEVICE_SERVICE: Final = "DSMDevice"
"""Last segment of the path of the WS-DSD service."""


class ScanDevice:
    """Listens when `start` returns. Use it as `async with ScanDevice(...)`, or start and stop it."""

    def __init__(
        self,
        profile: DeviceProfile,
        identity: DeviceIdentity,
        *,
        hosting: Hosting | None = None,
        settings: ScannerSettings | None = None,
        layers: Layers | None = None,
        spool: Path | None = None,
        event_limits: SourceLimits | None = None,
    ) -> None:
        """These are its parameters.

        - `layers`: of its scanner, its services, its host, and the clients that bring events.
        - `spool`: folder for images under way, the system's where None.
        - `event_limits`: of each service's subscribers.
        """
        self.uuid = identity.uuid
        self.profile = profile
        self.path = f"/{self.uuid}"
        self.layers = layers or Layers()
        hosting, settings = hosting or Hosting(), settings or ScannerSettings()
        self._serial_number = identity.serial_number or profile.serial_number
        self._spool = (spool or Path(tempfile.gettempdir())) / f"dsm-emulator-{self.uuid}-{secrets.token_hex(4)}"
        self._listen = hosting.listen
        self._base_url = ""
        self.scanner = VirtualScanner(
            profile,
            self._spool,
            name=identity.name,
            location=identity.location,
            speed=settings.speed,
            seed=settings.seed,
            layers=Layers(outer=self.layers),  # devices may share theirs, and each has a scanner of its own
            retrieve_limit=settings.retrieve_limit,
            page_limits=settings.page_limits,
        )
        self.scanner.journal.who.device = str(self.uuid)
        self.target = Target(
            f"urn:uuid:{self.uuid}",
            TYPES,
            self.path,
            identity.instance_id,
            scopes=profile.scopes,
            metadata_version=identity.metadata_version,
        )
        self.http = hosting.host(self.handle, self.layers)
        identifiers = (
            Extension(COMPATIBLE_ID, f"{WSCN}/{SCANNER_SERVICE_TYPE.local}"),
            Extension(HARDWARE_ID, profile.hardware_id or hardware_id(profile)),
        )
        self._scan = self._hosted(
            SCAN_SERVICE, SCANNER_SERVICE_TYPE, "scanner.wsdl", "scanner-events.wsdl", identifiers
        )
        self._managed = self._hosted(DEVICE_SERVICE, DEVICE_SERVICE_TYPE, "device.wsdl", "device-events.wsdl")
        self.destinations = Destinations(self.layers)
        """What subscribers offer at the panel."""
        self.scan_service = ScanService(self.scanner, self.service_path, self._address, self.destinations)
        self.device_service = DeviceService(self.scanner, self.device_service_path, self._address)
        self.events = DeviceEvents(
            self.scanner,
            self.destinations,
            scan=self._events_of(self._scan, hosting, event_limits),
            device=self._events_of(self._managed, hosting, event_limits),
        )
        """Of both services."""
        self._endpoints: Mapping[str, Endpoint] = {}

    def _address(self) -> str:
        return self.target.address

    def _events_of(self, hosted: Hosted, hosting: Hosting, limits: SourceLimits | None) -> SourceHosting:
        clients = event_clients(hosting.event_tls, self.layers)
        return SourceHosting(
            hosted.manager_path, lambda: self.base_url, clients, self.layers, limits or SourceLimits()
        )

    def _hosted(
        self, name: str, type: QName, description: str, events: str, more: tuple[Extension, ...] = ()
    ) -> Hosted:
        """A service at the last segment `name`, with the WSDLs of those names."""
        return Hosted(
            f"{self.path}/{name}",
            type,
            f"uri:{self.uuid}/{name}",
            _wsdl(description),
            events=_wsdl(events),
            schemas=schema.documents(),
            more=more,
        )

    async def start(self, base_url: str = "") -> None:
        """Make the spool folder and listen. `base_url`: of whoever listens for it where `listen` is False; with
        https it is a secure device, which is reached at this URL and is named by it. Raises OSError when folder or
        port cannot be had."""
        self._base_url = base_url
        await asyncio.to_thread(self._spool.mkdir, mode=0o700, parents=True)
        if self._listen:
            try:
                await self.http.start()
            except OSError:
                await asyncio.to_thread(shutil.rmtree, self._spool, ignore_errors=True)
                raise
        base_url = self.base_url
        if base_url.startswith("https://"):
            self.target.address = base_url + self.path
        self._serve(base_url)

    def move(self, base_url: str) -> None:
        """Whoever listens for it does so at another URL from now on. Jobs, subscriptions and requests under way go
        on. Raises ValueError for a secure device, whose URL is its name."""
        if self.target.secure:
            raise ValueError("the URL of a secure device is its name: another URL is another device")
        self._base_url = base_url
        self._serve(base_url)

    def _serve(self, base_url: str) -> None:
        host = Endpoint(
            HostService(self.target, self.metadata, base_url, prefixes=PREFIXES),
            self.layers,
            addressing=DISCOVERY_ADDRESSING,
            understood=OF_HOSTS,
        )
        self._endpoints = {
            self.path: host,
            STABLE_DISCOVERY_PATH.lower(): host,
            **self._scan.endpoints(self.scan_service, self.events.scan, base_url, self.layers),
            **self._managed.endpoints(self.device_service, self.events.device, base_url, self.layers),
        }

    async def stop(self) -> None:
        """End jobs and connections, remove images under way."""
        self._endpoints = {}
        # First the jobs: a RetrieveImage that waits for a page is answered then, and subscribers are told.
        await self.scanner.stop()
        await self.events.stop()
        if self._listen:
            await self.http.stop()
        await asyncio.to_thread(shutil.rmtree, self._spool, ignore_errors=True)

    async def start_over(self) -> None:
        """Its scanner starts over, and nobody is subscribed any more. It stays on the network as who it is."""
        await self.scanner.start_over()
        await self.events.start_over()

    async def __aenter__(self) -> ScanDevice:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def base_url(self) -> str:
        """Scheme, host and port of `url`."""
        return self._base_url or self.http.base_url

    @property
    def url(self) -> str:
        """Where it is asked for its metadata; other hosts may reach it at other addresses."""
        return self.base_url + self.path

    @property
    def scan_service_url(self) -> str:
        """Address of the WS-Scan service, as `url`."""
        return self.base_url + self.service_path

    @property
    def device_service_url(self) -> str:
        """Address of the WS-DSD service, as `url`."""
        return self.base_url + self.device_service_path

    @property
    def service_path(self) -> str:
        """The path of the WS-Scan service."""
        return self._scan.path

    @property
    def device_service_path(self) -> str:
        """The path of the WS-DSD service."""
        return self._managed.path

    def metadata(self, base_url: str) -> Metadata:
        """What it says of itself to somebody who reaches it at `base_url`: every field that a client insists on
        [clients/wsd-python/full-metadata] [clients/go-mfp/full-metadata] [clients/wsdd/friendly-name].
        [dpws/metadata/every-field] [dpws/hosted/compatible-id] [dpws/metadata/device-category]
        [wscn/scanner-description/name-as-friendly-name]"""
        profile = self.profile
        return Metadata(
            ThisModel(
                profile.manufacturer,
                profile.model_name,
                profile.model_number,
                more=(Extension(DEVICE_CATEGORY, " ".join(profile.device_category)),),
            ),
            ThisDevice(
                self.scanner.name,
                profile.firmware_version,
                self._serial_number,
                more=(Extension(CONTAINER_ID, f"{{{self.uuid}}}"),),
            ),
            (self._scan.metadata(base_url), self._managed.metadata(base_url)),
            HostedService(self.target.address, TYPES, f"uri:{self.uuid}"),
        )

    def scan_to(self, name: str) -> str:
        """Somebody offers a scan to the PC whose destination has that name; the ScanIdentifier that it is told. It
        is for the PC to create the scan job. Raises NotAcceptingJobs, NoSuchDestination, ValueError."""
        if not isinstance(name, str):
            raise ValueError("to is the name of a destination")
        self.scanner.require_accepting()
        return self.destinations.begin(name)

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        """Answer one HTTP request. Raises BodyBroken."""
        WHO.set(self.scanner.journal.who)
        # Paths are compared as WSDAPI does, whatever the case.
        path = request.path.rstrip("/").lower()
        for hosted in (self._scan, self._managed):
            page = hosted.page(request, self.base_url)
            if page is not None:
                return page
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            return OutgoingResponse(404, close=True)
        return await endpoint(request)


def hardware_id(profile: DeviceProfile) -> str:
    """A pnpx:HardwareId in the form that Windows knows, the same for all devices of a model.
    [dpws/hosted/hardware-id]"""
    vendor = zlib.crc32(profile.manufacturer.encode()) & 0xFFFF
    model = zlib.crc32(f"{profile.model_name} {profile.model_number}".encode()) & 0xFFFF
    return f"VEN_{vendor:04X}&DEV_{model:04X}"


@cache
def _wsdl(name: str) -> bytes:
    return (resources.files("emulator.wsscan") / "wsdl" / name).read_bytes()
