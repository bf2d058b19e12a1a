"""Many devices in one process: each with its own identity, each scanned from at the same time."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack
from pathlib import Path

from device_pages import names_in
from scan_service_bench import Answer, Caller, device, envelope, ticket

from emulator.device.device import ScanDevice
from emulator.transport.http import BytesBody, HttpRequest, TimeLimits
from emulator.transport.memory import MemoryClient

GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
COUNT = 60


def identities() -> list[uuid.UUID]:
    return [uuid.UUID(int=0xD5C0DE << 96 | number) for number in range(1, COUNT + 1)]


async def scan(running: ScanDevice) -> tuple[list[str], list[str]]:
    """What the device says it is, and who its pages say they are of."""
    caller = Caller(running)
    answer = await caller.raw(envelope(running.target.address, GET, ""), url=running.url)
    said = [answer.text("//wsdp:Host//wsa:Address"), answer.text("//wsdp:FriendlyName")]
    service = answer.text("//wsdp:Hosted//wsa:Address")
    assert service == running.scan_service_url
    images, end = await (await caller.job(ticket(images=0))).images()
    assert end.fault == "ClientErrorNoImagesAvailable"
    pages = []
    for each in images:
        with each.image as image:
            pages.append(f"{image.size}")
    return said, pages


async def test_sixty_devices_over_http_at_once(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        devices = [
            await stack.enter_async_context(
                device(tmp_path, sheets=2, uuid=each, name=f"Scanner {number}", seed=number)
            )
            for number, each in enumerate(identities())
        ]
        found = await asyncio.gather(*(scan(each) for each in devices))
        assert len({each.http.port for each in devices}) == COUNT
    for number, (said, pages) in enumerate(found):
        assert said == [f"urn:uuid:{identities()[number]}", f"Scanner {number}"]
        assert pages == ["(620, 877)"] * 2
    assert names_in(tmp_path) == []


async def test_a_device_without_a_socket_answers_the_same(tmp_path: Path) -> None:
    async with device(tmp_path, listen=False, name="In memory") as running:
        client = MemoryClient(running.handle)

        async def post(path: str, body: bytes) -> Answer:
            headers = (("Content-Type", "application/soap+xml"),)
            request = HttpRequest(f"http://device.example{path}", headers, BytesBody(body))
            response = await client.exchange(request, TimeLimits())
            return Answer(response.status, response.body, {k.lower(): v for k, v in response.headers})

        answer = await post(running.path, envelope(running.target.address, GET, ""))
        assert answer.text("//wsdp:FriendlyName") == "In memory"
        assert answer.text("//wsdp:Hosted//wsa:Address") == f"http://device.example{running.service_path}"
        namespace = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
        body = f"<wscn:CreateScanJobRequest>{ticket(images=1)}</wscn:CreateScanJobRequest>"
        created = await post(running.service_path, envelope("", f"{namespace}/CreateScanJob", body))
        body = (
            f"<wscn:RetrieveImageRequest><wscn:JobId>{created.text('//wscn:JobId')}</wscn:JobId><wscn:JobToken>"
            f"{created.text('//wscn:JobToken')}</wscn:JobToken></wscn:RetrieveImageRequest>"
        )
        image = await post(running.service_path, envelope("", f"{namespace}/RetrieveImage", body))
        with image.image as picture:
            assert picture.size == (620, 877)
        assert running.scanner.jobs.finished
