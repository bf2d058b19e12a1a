"""A program: targets with metadata over HTTP and discovery on every interface, until SIGTERM or the end of its
input. Prints `ready` and the endpoint address of each when it listens."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys

from emulator.dpws.announcer import Announcer
from emulator.dpws.constants import DEVICE_CATEGORY, DEVICE_TYPE
from emulator.dpws.endpoint import Endpoint
from emulator.dpws.host_service import HostService
from emulator.dpws.metadata import HostedService, Metadata, ThisDevice, ThisModel
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.target import Target
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.transport.host import HttpHost
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.transport.interfaces import every
from emulator.wsscan.constants import SCAN_DEVICE_TYPE, SCANNER_SERVICE_TYPE, WSCN

PREFIXES = {WSCN: "wscn"}
PORT = 5357
TYPES = (DEVICE_TYPE, SCAN_DEVICE_TYPE)


def uuid_of(number: int) -> str:
    return f"7e57ab1e-0000-4000-8000-{number:012x}"


def name_of(number: int) -> str:
    return f"Test MFP {number}"


class Device:
    """A target and its metadata."""

    def __init__(self, number: int, instance_id: int) -> None:
        self.number = number
        self.target = Target(f"urn:uuid:{uuid_of(number)}", TYPES, f"/{uuid_of(number)}", instance_id)
        host = HostService(self.target, self.metadata, f"http://127.0.0.1:{PORT}", prefixes=PREFIXES)
        self.endpoint = Endpoint(host, strict=False, addressing=DISCOVERY_ADDRESSING)

    def metadata(self, base_url: str) -> Metadata:
        service = HostedService(f"{base_url}{self.target.path}/scan", (SCANNER_SERVICE_TYPE,), "uri:scan")
        return Metadata(
            ThisModel("dsm-emulator", "Test MFP", "1"),
            ThisDevice(name_of(self.number), "1.0", str(self.number)),
            (service,),
            HostedService(self.target.address, TYPES, "uri:host"),
        )


async def main(count: int, instance_id: int) -> None:
    devices = {f"/{uuid_of(number)}": Device(number, instance_id) for number in range(1, count + 1)}

    async def handle(request: IncomingRequest) -> OutgoingResponse:
        device = devices.get(request.path)
        return OutgoingResponse(404, close=True) if device is None else await device.endpoint(request)

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    loop.add_reader(sys.stdin, stopped.set)
    announcer = Announcer(selection=every, poll=0.3)
    for device in devices.values():
        announcer.add(Publication(device.target, at_port(PORT), PREFIXES))
    hosts = [HttpHost(handle, bind=bind, port=PORT) for bind in ("0.0.0.0", "::")]
    for host in hosts:
        await host.start()
    async with announcer:
        print("ready", *(device.target.address for device in devices.values()), flush=True)
        await stopped.wait()
    for host in hosts:
        await host.stop()


if __name__ == "__main__":
    assert socket.has_ipv6 and DEVICE_CATEGORY
    logging.basicConfig(level=logging.INFO)
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
