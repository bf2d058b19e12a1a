"""The two sides that are tried, each with a life that goes on: a healthy exchange between two batches, which also
gives the next batch its job, its token and its subscription."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from mutations import Template
from valid_messages import device_messages, server_messages

from emulator.device.device import ScanDevice
from emulator.device.profile import load_profile
from emulator.device.settings import DeviceIdentity
from emulator.directory.folder import FolderDirectory
from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.hosting import Hosting
from emulator.scan_server.server import ScanServer
from emulator.transport.http import Handler

SID, PSP_ID = "S-1-5-21-1-2-3-1001", "C4F199C7-6876-4549-A86E-A85035952448"
FILTER = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter"


class Send(Protocol):
    """Sends a message as it is; status and octets of the answer."""

    async def __call__(self, template: Template) -> tuple[int, bytes]: ...


class Side(Protocol):
    """What is tried."""

    name: str
    base: str

    @property
    def handler(self) -> Handler: ...

    async def healthy(self, send: Send, sink: str) -> list[Template]:
        """Does what a client does, and asserts that it works; the messages for the next batch."""


def _text(body: bytes, name: str) -> str:
    found = re.search(rb"<[\w:]*%b[^>]*>([^<]*)<" % name.encode(), body)
    assert found is not None, body[:2000]
    return found[1].decode()


def one(templates: list[Template], service: str, operation: str) -> Template:
    return next(each for each in templates if (each.service, each.operation) == (service, operation))


@dataclass
class DeviceSide:
    """A scan device."""

    device: ScanDevice
    base: str
    name: str = "device"

    @property
    def handler(self) -> Handler:
        return self.device.handle

    def messages(self, **values: str) -> list[Template]:
        address = f"urn:uuid:{self.device.uuid}"
        return device_messages(
            self.base,
            self.device.path,
            self.device.service_path,
            self.device.device_service_path,
            {"address": address, **values},
        )

    async def healthy(self, send: Send, sink: str) -> list[Template]:
        await self.device.scanner.reset()
        plain = self.messages(sink=sink, job="0", token="t")
        # A whole scan, to its end.
        status, answer = await send(one(plain, "scan", "CreateScanJob"))
        assert status == 200, answer
        values = {"job": _text(answer, "JobId"), "token": _text(answer, "JobToken")}
        status, image = await send(one(self.messages(sink=sink, **values), "scan", "RetrieveImage"))
        assert status == 200 and b"\x89PNG\r\n" in image, image[:2000]
        # Another one that waits for its client.
        status, answer = await send(one(plain, "scan", "CreateScanJob"))
        assert status == 200, answer
        values = {"job": _text(answer, "JobId"), "token": _text(answer, "JobToken")}
        status, answer = await send(one(plain, "scan", "Subscribe"))
        if status == 200:  # else there are as many as it takes
            values["subscription"] = _text(answer, "Identifier")
        return self.messages(sink=sink, **values)


@asynccontextmanager
async def device_side(folder: Path, *, listen: bool) -> AsyncIterator[DeviceSide]:
    """On a free port, or on none."""
    limits = SourceLimits(subscriptions=16, longest=timedelta(seconds=2), delivery=2.0, pause=0.05, stop=0.2)
    made = ScanDevice(
        load_profile("office-mfp"),
        DeviceIdentity(uuid.UUID(int=0x5C1B2E0A3F574A699D5900A0C91E6BF6), 1),
        hosting=Hosting(listen=listen),
        spool=folder,
        event_limits=limits,
    )
    await made.start("" if listen else "http://127.0.0.1:5357")
    try:
        yield DeviceSide(made, made.base_url)
    finally:
        await made.stop()


@dataclass
class ServerSide:
    """The embedded scan server."""

    server: ScanServer
    base: str
    name: str = "scan server"

    @property
    def handler(self) -> Handler:
        return self.server.handle

    def messages(self, **values: str) -> list[Template]:
        length = len(self.base)
        return server_messages(
            self.base,
            self.server.url[length:],
            self.server.service_url[length:],
            self.server.configuration_url[length:],
            {"address": self.server.url, "sid": SID, "psp": PSP_ID, **values},
        )

    async def healthy(self, send: Send, sink: str) -> list[Template]:
        plain = self.messages(sink=sink, token="t")
        status, answer = await send(one(plain, "configuration", "GetActiveJobs"))
        assert status == 200, answer
        for token in re.findall(rb"JobToken>([^<]+)<", answer):
            # The leftovers of the batch before.
            status, _ = await send(
                one(self.messages(sink=sink, token=token.decode()), "processing", "CancelPostScanJob")
            )
            assert status in (200, 400)
        # A whole job, to its end.
        token_of_new = await self._created(send, plain)
        job = self.messages(sink=sink, token=token_of_new)
        for operation in ("SendImage", "EndPostScanJob"):
            status, answer = await send(one(job, "processing", operation))
            assert status == 200, answer
        for _ in range(2000):
            status, answer = await send(one(job, "processing", "GetPostScanJobElements"))
            assert status == 200, answer
            if b"JobState>Completed<" in answer:
                break
            assert b"Aborted" not in answer, answer
            await asyncio.sleep(0.002)
        else:
            raise AssertionError(answer)
        values = {"token": await self._created(send, plain)}
        status, answer = await send(one(plain, "processing", "Subscribe"))
        if status == 200:
            values["subscription"] = _text(answer, "Identifier")
        return self.messages(sink=sink, **values)

    async def _created(self, send: Send, plain: list[Template]) -> str:
        status, answer = await send(one(plain, "processing", "CreatePostScanJob"))
        assert status == 200, answer
        return _text(answer, "JobToken")


@asynccontextmanager
async def server_side(folder: Path) -> AsyncIterator[ServerSide]:
    """With a directory of one user and one scan process."""
    office = folder / "office"
    office.mkdir()
    (office / "users.toml").write_text(
        f'domain = "contoso.example"\ndefault_user = "joe"\n[[user]]\nname = "joe"\nsid = "{SID}"\n', "utf-8"
    )
    (office / "p.toml").write_text(
        f'identifier = "{PSP_ID}"\ndisplay_name = "Test"\nserver_name = ""\naccess = []\npsp = "p.xml"\n', "utf-8"
    )
    psp = "http://schemas.microsoft.com/windows/2008/02/imaging/postscan/psp"
    (office / "p.xml").write_text(
        f'<psp:PostScanProcess xmlns:psp="{psp}"><psp:ScanRepository>scan.example</psp:ScanRepository>'
        '<psp:ScanTicket xmlns:w="http://schemas.microsoft.com/windows/2006/08/wdp/scan"><w:JobDescription>'
        "<w:JobName>n</w:JobName><w:JobOriginatingUserName>u</w:JobOriginatingUserName></w:JobDescription>"
        "</psp:ScanTicket><psp:PostScanInstructions><psp:DocumentRootName>Invoice</psp:DocumentRootName>"
        f"<psp:FiltersToProcess><psp:Filter><psp:Dialect>{FILTER}/fileshare</psp:Dialect><psp:Instructions>"
        f'<f:FileShareConfig xmlns:f="{FILTER}/fileshare"><f:FileShares><f:ShareUNC>\\\\files\\In</f:ShareUNC>'
        "</f:FileShares></f:FileShareConfig></psp:Instructions></psp:Filter></psp:FiltersToProcess>"
        "</psp:PostScanInstructions></psp:PostScanProcess>",
        "utf-8",
    )
    async with ScanServer(store=folder / "store", directory=FolderDirectory(office)) as server:
        base = server.url.rpartition("/ScanServer")[0]
        yield ServerSide(server, base)
