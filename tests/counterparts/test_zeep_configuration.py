"""A control point of another make, zeep with our WSDL of WS-DSC, and the embedded scan server."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import zeep
from lxml import etree
from zeep_device import Addressing, OfflineTransport, ZeepDevice, content

import emulator
from emulator.directory.folder import FolderDirectory
from emulator.resources import resource_folder
from emulator.scan_server.server import ScanServer

WSDL = Path(emulator.__file__).parent / "dsm" / "wsdl" / "configuration.wsdl"
DSC = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/configuration"
DEMO = "S-1-5-21-917267712-1342860078-1792151419-1001"


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScanServer]:
    directory = FolderDirectory(resource_folder("profiles") / "office")
    async with ScanServer(store=tmp_path / "store", directory=directory) as running:
        yield running


@pytest.fixture
def calls(server: ScanServer) -> Any:
    client = zeep.Client(str(WSDL), transport=OfflineTransport(operation_timeout=20), plugins=[Addressing()])
    return client.create_service(f"{{{DSC}}}RepositoryConfigurationServiceBinding", server.configuration_url)


def names(*wanted: str) -> dict[str, list[etree.QName]]:
    return {"Name": [etree.QName(DSC, name) for name in wanted]}


async def jobs(operation: Any) -> list[Any]:
    """The JobSummaries; zeep gives the list itself, or None for an empty one."""
    found = await asyncio.to_thread(operation)
    return list(getattr(found, "JobSummary", found) or [])


async def test_repository_jobs_and_cancel(server: ScanServer, calls: Any) -> None:
    """[bdsrr/3.2.4/five-operations-and-four-events]
    [dsc/wire/prefixes-mean-nothing] [dsc/wire/document-literal] [dsc/wire/soap-action-required]"""
    asked = names("RepositoryConfiguration", "RepositoryStatus")
    configuration, status = (await asyncio.to_thread(calls.GetRepositoryElements, asked)).ElementData
    dialects = [each.Dialect for each in configuration.RepositoryConfiguration.Filters.Filter]
    assert [str(each).rpartition(":")[2] for each in dialects] == ["fileshare", "sharepoint", "email"]
    assert content(status.RepositoryStatus.RepositoryState) == "Idle"
    assert not await jobs(calls.GetActiveJobs)

    device = ZeepDevice(server.service_url)
    process = FolderDirectory(resource_folder("profiles") / "office").scan_process("Scan to folder").process
    share = process.instructions.filters[0].shares[0]  # type: ignore[union-attr]
    token = await asyncio.to_thread(
        device.create, DEMO, str(process.identifier).upper(), process.instructions.document_root_name, share
    )
    (summary,) = await jobs(calls.GetActiveJobs)
    assert content(summary.JobToken) == token and content(summary.JobState) == "Creating"
    (data,) = (await asyncio.to_thread(calls.GetPostScanJobElements, token, names("JobStatus"))).ElementData
    assert content(data.JobStatus.JobToken) == token
    await asyncio.to_thread(calls.CancelPostScanJob, token)
    (ended,) = await jobs(calls.GetJobHistory)
    assert content(ended.JobState) == "Canceled"
    assert content(ended.FilterStatuses.FilterStatus[0].FilterState) == "Canceled"
    with pytest.raises(zeep.exceptions.Fault) as gone:
        await asyncio.to_thread(calls.CancelPostScanJob, token)
    assert [each.localname for each in gone.value.subcodes] == ["ClientErrorJobTokenNotFound"]


@pytest.mark.parametrize(("name", "count"), [("processing", 2), ("configuration", 4)])
def test_a_sink_of_the_events_can_be_made_from_our_wsdl(name: str, count: int) -> None:
    # The law: [dsc/wire/event-source] [bdsrr/3.2.4/five-operations-and-four-events]
    made = zeep.Client(str(WSDL.with_name(f"{name}-events.wsdl")), transport=OfflineTransport())
    (binding,) = made.wsdl.bindings.values()
    operations = binding.all()
    assert len(operations) == count
    for each, operation in operations.items():
        assert operation.soapaction == f"{binding.name.namespace}/{each}"


async def test_a_client_of_soap_1_1_reads_why_it_is_refused(server: ScanServer, tmp_path: Path) -> None:
    """The same WSDL with the binding of SOAP 1.1: zeep finds the fault in an envelope that it knows."""
    soap_1_2, soap_1_1 = (b"http://schemas.xmlsoap.org/wsdl/soap12/", b"http://schemas.xmlsoap.org/wsdl/soap/")
    text = WSDL.read_bytes()
    assert soap_1_2 in text
    shutil.copytree(WSDL.parent.parent.parent / "soap" / "xsd", tmp_path / "soap" / "xsd")
    (tmp_path / "dsm" / "wsdl").mkdir(parents=True)
    old = tmp_path / "dsm" / "wsdl" / "configuration.wsdl"
    old.write_bytes(text.replace(soap_1_2, soap_1_1))
    client = zeep.Client(str(old), transport=OfflineTransport(operation_timeout=20), plugins=[Addressing()])
    calls = client.create_service(f"{{{DSC}}}RepositoryConfigurationServiceBinding", server.configuration_url)
    with pytest.raises(zeep.exceptions.Fault) as refused:
        await asyncio.to_thread(calls.GetActiveJobs)
    assert refused.value.code.rpartition(":")[2] == "VersionMismatch"
    assert "SOAP 1.2" in refused.value.message
