"""A client of another make, zeep with our WSDL, and the embedded scan server. zeep writes no attachments, so
images go inline as base64."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio
import requests
import zeep
from zeep_device import ZeepDevice, content

from emulator.directory.folder import FolderDirectory
from emulator.dsm.scan_process import FileShareFilter
from emulator.resources import resource_folder
from emulator.scan_server.server import ScanServer

T = TypeVar("T")


@pytest.fixture(scope="module")
def office() -> FolderDirectory:
    """The users and scan processes that come with the project."""
    return FolderDirectory(resource_folder("profiles") / "office")


@pytest_asyncio.fixture
async def server(tmp_path: Path, office: FolderDirectory) -> AsyncIterator[ScanServer]:
    """The embedded server over plain HTTP."""
    async with ScanServer(store=tmp_path / "store", directory=office) as running:
        yield running


async def call(function: Callable[..., T], *arguments: object) -> T:
    """zeep blocks, so it has a thread of its own."""
    return await asyncio.to_thread(function, *arguments)


DEMO = "S-1-5-21-917267712-1342860078-1792151419-1001"
IMAGE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40


async def ended(device: ZeepDevice, token: str) -> Any:
    """The JobStatus once its state is final."""
    for _ in range(200):
        status = await call(device.status, token)
        if content(status.JobState) in ("Completed", "Aborted", "Canceled"):
            return status
        await asyncio.sleep(0.02)
    raise AssertionError(f"job {token} did not end")


@pytest.fixture
def device(server: ScanServer) -> ZeepDevice:
    """zeep, speaking to the embedded server."""
    return ZeepDevice(server.service_url)


def scan_to_folder(office: FolderDirectory) -> tuple[str, str, str]:
    """Identifier, DocumentRootName and share of a scan process that comes along."""
    process = office.scan_process("Scan to folder").process
    (share_filter,) = process.instructions.filters
    assert isinstance(share_filter, FileShareFilter)
    return str(process.identifier).upper(), process.instructions.document_root_name, share_filter.shares[0]


async def test_whole_job(server: ScanServer, office: FolderDirectory, device: ZeepDevice, tmp_path: Path) -> None:
    """The file on the disk is what zeep sent, and zeep could read every answer by the schema."""
    token = await call(device.create, DEMO, *scan_to_folder(office))
    assert uuid.UUID(token)
    await call(device.send, token, 1, "jfif", IMAGE)
    await call(device.send, token, 2, "jfif", IMAGE[::-1])
    await call(device.calls.EndPostScanJob, token)
    status = await ended(device, token)
    assert content(status.JobState) == "Completed"
    assert int(content(status.ImagesReceived)) == 2
    stored = sorted((tmp_path / "store" / "contoso").rglob("*.jpg"))
    assert [path.read_bytes() for path in stored] == [IMAGE, IMAGE[::-1]]
    status_, description, documents = await call(device.elements, token, "JobStatus", "JobDescription", "Documents")
    assert content(description.JobDescription.PSP_DisplayName) == "Scan to folder"
    assert [content(each.DocumentDescription.DocumentId) for each in documents.Documents.Document] == [1, 2]
    assert content(status_.JobStatus.JobToken) == token


async def test_cancel_and_the_faults_that_zeep_reads(office: FolderDirectory, device: ZeepDevice) -> None:
    # The law: [dsp/cancel-post-scan-job/best-effort]
    token = await call(device.create, DEMO, *scan_to_folder(office))
    await call(device.send, token, 1, "jfif", IMAGE)
    with pytest.raises(zeep.exceptions.Fault) as twice:
        await call(device.send, token, 1, "jfif", IMAGE)
    assert [each.localname for each in twice.value.subcodes] == ["InvalidArgs"]
    await call(device.calls.CancelPostScanJob, token)
    assert content((await call(device.status, token)).JobState) == "Canceled"
    with pytest.raises(zeep.exceptions.Fault) as ended_:
        await call(device.calls.CancelPostScanJob, token)
    assert [each.localname for each in ended_.value.subcodes] == ["ClientErrorJobTokenNotFound"]
    with pytest.raises(zeep.exceptions.Fault) as nobody:
        await call(device.create, "S-1-5-21-1-1", *scan_to_folder(office))
    assert [each.localname for each in nobody.value.subcodes] == ["InvalidArgs"]


async def test_the_server_serves_its_wsdls(server: ScanServer) -> None:
    """zeep loads them over HTTP, with their schemas, and calls the service at the address they name."""

    def load(url: str) -> zeep.Client:
        with requests.Session() as session:
            return zeep.Client(f"{url}?wsdl", transport=zeep.transports.Transport(session=session, timeout=10))

    processing = await call(load, server.service_url)
    (port,) = next(iter(processing.wsdl.services.values())).ports.values()
    assert port.binding_options["address"] == server.service_url
    assert set(port.binding.all()) >= {"CreatePostScanJob", "SendImage", "EndPostScanJob", "CancelPostScanJob"}
    configuration = await call(load, server.configuration_url)
    (port,) = next(iter(configuration.wsdl.services.values())).ports.values()
    assert "GetRepositoryElements" in port.binding.all()
    for name in ("?wsdl=events", "?xsd=dsp.xsd"):
        page = await call(requests.get, server.service_url + name)
        assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/xml")
    assert (await call(requests.get, server.service_url + "?xsd=../../x")).status_code == 404
