"""What the two services of a scan server make of their requests, operation by operation: whose deviations are
remembered of which job, what is refused for now and what for ever, how much is taken, and which of a long answer's
work is done in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from dsc_caller import DSC, NAMES
from job_in_process import InProcess
from scan_server_bench import (
    IMAGE,
    PACKAGE_TYPE,
    PLAIN,
    PSP,
    PSP_ID,
    SID,
    Answer,
    envelope,
    image_request,
    office,
    package,
    token_request,
)

from emulator.directory.errors import DirectoryError, DirectoryUnreachable, NotUnderstood
from emulator.directory.folder import FolderDirectory
from emulator.dsm.constants import DSP
from emulator.dsm.messages.elements import GetPostScanJobElementsResponse
from emulator.layers import Layers
from emulator.scan_server import job_operations, processing_service
from emulator.scan_server.files import KeptFile
from emulator.scan_server.job_keeper import JobKeeper
from emulator.scan_server.jobs import Job, StoredDocument
from emulator.scan_server.server import ScanServer
from emulator.transport.http import IncomingRequest

NOBODYS = "58e4590c-01e4-4933-a247-dc497b1d6c58"


@pytest_asyncio.fixture
async def caller(tmp_path: Path) -> AsyncIterator[InProcess]:
    async with ScanServer(
        store=tmp_path / "store", directory=FolderDirectory(office(tmp_path / "office"))
    ) as server:
        yield InProcess(server)


@pytest_asyncio.fixture
async def strict(tmp_path: Path) -> AsyncIterator[InProcess]:
    directory = FolderDirectory(office(tmp_path / "strict office"))
    async with ScanServer(store=tmp_path / "s", directory=directory, layers=Layers(strict=True)) as server:
        yield InProcess(server)


def the_job(caller: InProcess, token: str) -> Job:
    found = caller.server._keeper.find(token)
    assert found is not None
    return found


# Every operation, with an element that does not belong there

MORE = "<N:More/>"
"""Of the service's own namespace; one of another would be an extension."""
ELEMENTS = "<N:RequestedElements><N:Name>dsp:JobStatus</N:Name></N:RequestedElements>"
OPERATIONS = {
    "CreatePostScanJob": (
        f"<N:UserIdentifier>{SID}</N:UserIdentifier><N:PSP_Identifier>{PSP_ID}</N:PSP_Identifier>"
        f'<N:PostScanInstructions xmlns:psp="{PSP}">{PLAIN}</N:PostScanInstructions>'
    ),
    "SendImage": "",
    "EndPostScanJob": "<N:JobToken>TOKEN</N:JobToken>",
    "CancelPostScanJob": "<N:JobToken>TOKEN</N:JobToken>",
    "GetPostScanJobElements": f"<N:JobToken>TOKEN</N:JobToken>{ELEMENTS}",
    "GetRepositoryElements": "<N:RequestedElements><N:Name>N:RepositoryStatus</N:Name></N:RequestedElements>",
    "GetActiveJobs": "",
    "GetJobHistory": "",
}
EVERY = [("dsp", name) for name in list(OPERATIONS)[:5]] + [("dsc", name) for name in list(OPERATIONS)[3:]]


async def ask(caller: InProcess, service: str, operation: str, token: str, more: str = MORE) -> Answer:
    """One request, with `more` at the end of its body's element."""
    namespace = {"dsp": DSP, "dsc": DSC}[service]
    url = caller.url if service == "dsp" else caller.server.configuration_url
    if operation == "SendImage":
        inside = image_request(token)
        assert inside.endswith("</dsp:SendImageRequest>")
        more = more.replace("N:", "dsp:")
        body = inside.replace("</dsp:SendImageRequest>", f"{more}</dsp:SendImageRequest>")
    else:
        inside = OPERATIONS[operation].replace("TOKEN", token)
        body = f'<N:{operation}Request xmlns:N="{namespace}">{inside}{more}</N:{operation}Request>'
    data = envelope(url, f"{namespace}/{operation}", body)
    asked = InProcess(caller.server)
    asked.url = url
    if operation == "SendImage":
        return await asked.raw(package(data), PACKAGE_TYPE)
    return await asked.raw(data)


@pytest.mark.parametrize(("service", "operation"), EVERY)
async def test_an_element_too_many_is_told_of_every_operation_and_refused_by_a_strict_server(
    caller: InProcess, strict: InProcess, service: str, operation: str
) -> None:
    """Strict answers InvalidArgs of the service asked; and nothing is done.
    [bdsrr/3.1.4.1.2/invalid-args] [bdsrr/3.2.4/invalid-args] [dsp/fault/invalid-args]"""
    token = await strict.job()
    refused = await ask(strict, service, operation, token)
    assert (refused.status, *refused.fault[:2]) == (400, "Sender", "InvalidArgs")
    assert "element-unknown" in refused.fault[2] and "More" in refused.fault[2]
    (subcode,) = refused.root.xpath("//soap:Subcode/soap:Value", namespaces=NAMES)
    prefix, _, _ = subcode.text.partition(":")
    assert subcode.nsmap[prefix] == {"dsp": DSP, "dsc": DSC}[service]
    assert [(each.token, str(each.state), len(each.documents)) for each in strict.server.jobs] == [
        (token, "Creating", 0)
    ]
    assert (await ask(strict, service, operation, token, "")).status == 200, "without it there is nothing to refuse"

    token = await caller.job()
    taken = await ask(caller, service, operation, token)
    assert taken.status == 200
    told = [(name, each.id) for job in caller.server.jobs for name, each in job.deviations]
    assert told == ([(operation, "element-unknown")] if service == "dsp" else [])
    if operation == "CreatePostScanJob":  # of the job that it has made
        assert [len(each.deviations) for each in caller.server.jobs] == [0, 1]


async def test_deviations_of_a_message_that_names_no_job_are_nobodys(caller: InProcess) -> None:
    """It is answered as it would be without them."""
    token = await caller.job()
    body = (
        f"<dsp:CreatePostScanJobRequest><dsp:UserIdentifier>S-1-5-21-9</dsp:UserIdentifier><dsp:PSP_Identifier>"
        f'{PSP_ID}</dsp:PSP_Identifier><dsp:PostScanInstructions xmlns:psp="{PSP}">'
        f"{PLAIN}</dsp:PostScanInstructions><dsp:More/></dsp:CreatePostScanJobRequest>"
    )
    answer = await caller.call("CreatePostScanJob", body)
    assert (answer.status, answer.fault[1]) == (400, "InvalidArgs")
    assert "nobody known" in answer.fault[2]
    answer = await caller.call("EndPostScanJob", token_request("EndPostScanJob", f" {NOBODYS} "))
    assert answer.fault[1] == "ClientErrorJobTokenNotFound"
    assert the_job(caller, token).deviations == []


async def test_deviations_are_remembered_of_the_job_though_it_is_refused(caller: InProcess) -> None:
    """And though white space stands around its token."""
    token = await caller.job()
    for expected in (200, 400):
        answer = await caller.call("CancelPostScanJob", token_request("CancelPostScanJob", f"\n {token} "))
        assert answer.status == expected
    assert [(name, each.id) for name, each in the_job(caller, token).deviations] == [
        ("CancelPostScanJob", "white-space")
    ] * 2


# CreatePostScanJob


async def test_a_job_is_of_its_user_and_of_the_address_that_it_came_from(caller: InProcess) -> None:
    job = the_job(caller, await caller.job(sid=SID + "2"))
    assert (job.user.principal, job.user.sid) == ("ann@contoso.example", SID + "2")
    assert job.peer and job.process.display_name == "Test"
    assert [each.name for each in job.filters] == ["fileshare"]


async def test_a_thousand_open_jobs_are_taken_and_the_next_is_asked_to_come_back(
    caller: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[dsp/fault/server-error-temporary-error] [bdsrr/3.1.4.1.4/temporary-error]"""
    monkeypatch.setattr(JobKeeper, "open_jobs", property(lambda self: 999))
    assert (await caller.create()).status == 200
    monkeypatch.setattr(JobKeeper, "open_jobs", property(lambda self: 1000))
    answer = await caller.create()
    assert (answer.status, *answer.fault[:2]) == (500, "Receiver", "ServerErrorTemporaryError")
    assert len(caller.server.jobs) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DirectoryUnreachable("nobody answers"), (500, "Receiver", "ServerErrorTemporaryError", "")),
        (DirectoryError("users.toml is none"), (500, "Receiver", "ServerErrorInternalError", "")),
        (NotUnderstood("p.xml is none"), (400, "Sender", "InvalidArgs", "PSP_Identifier: p.xml is none")),
    ],
    ids=["away", "wrong", "not understood"],
)
async def test_a_directory_that_does_not_answer_is_asked_again_later_and_one_that_is_wrong_is_not(
    caller: InProcess,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    expected: tuple[int, str, str, str],
) -> None:
    """[dsp/fault/server-error-temporary-error] [dsp/fault/server-error-internal-error]
    [dsp/create-post-scan-job/checked-against-the-directory]"""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(FolderDirectory, "user_by_sid", fail)
    answer = await caller.create()
    assert (answer.status, *answer.fault) == expected
    assert caller.server.jobs == ()
    assert ("the directory cannot be read" in caplog.text) is (answer.status == 500)


async def test_a_store_that_takes_no_job_is_asked_again_later(
    caller: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be usable again in a moment. [dsp/fault/server-error-temporary-error]"""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("emulator.scan_server.store.Store.new_job", fail)
        answer = await caller.create()
        assert (answer.status, *answer.fault) == (500, "Receiver", "ServerErrorTemporaryError", "")
        assert caller.server.jobs == ()
    assert (await caller.create()).status == 200


# SendImage


async def test_an_image_of_the_largest_size_is_taken_and_one_octet_more_is_not(
    caller: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many pieces it comes in; the job goes on."""
    assert processing_service.MAX_IMAGE_BYTES == 2**32, "what a TIFF can be"
    monkeypatch.setattr(processing_service, "MAX_IMAGE_BYTES", 200_000)
    token = await caller.job()
    answer = await caller.send(token, 1, bytes(200_001))
    assert (answer.status, *answer.fault) == (
        400,
        "Sender",
        "InvalidArgs",
        "ImageData: longer than 200000 octets",
    )
    assert (await caller.send(token, 1, bytes(200_000))).status == 200
    assert the_job(caller, token).documents[1].file.size == 200_000


async def is_cancelled(caller: InProcess, token: str) -> Answer:
    return await caller.with_token("CancelPostScanJob", token)


async def is_ended(caller: InProcess, token: str) -> Answer:
    await caller.with_token("EndPostScanJob", token)
    return await caller.at_its_end(token)


async def gets_the_same_document(caller: InProcess, token: str) -> Answer:
    return await caller.send(token, 1)


@pytest.mark.parametrize(
    ("happens", "subcode"),
    [
        (is_cancelled, "ClientErrorJobTokenNotFound"),
        (is_ended, "ClientErrorJobTokenNotFound"),
        (gets_the_same_document, "InvalidArgs"),
    ],
)
@pytest.mark.parametrize("at", ["in the midst", "at the end"])
async def test_what_happens_to_a_job_while_an_image_arrives_is_told_its_sender(
    caller: InProcess, happens: Callable[[InProcess, str], Awaitable[Answer]], subcode: str, at: str
) -> None:
    """By the state that the job has then; the image is not in it.
    [dsp/answer/send-image-to-an-ended-job]
    [dsp/send-image/document-id-once]"""
    token = await caller.job()
    data = package(envelope(caller.url, f"{DSP}/SendImage", image_request(token)), IMAGE * 100)
    middle = len(data) // 2

    async def pieces() -> AsyncIterator[bytes]:
        yield data[:middle] if at == "in the midst" else data[:-10]
        assert (await happens(caller, token)).status == 200
        yield data[middle:] if at == "in the midst" else data[-10:]

    request = IncomingRequest(
        "POST", urlsplit(caller.url).path, {"content-type": PACKAGE_TYPE, "host": "x"}, "192.0.2.1", pieces()
    )
    response = await caller.server.handle(request)
    assert isinstance(response.body, bytes)
    answer = Answer(response.status, response.body)
    assert (answer.status, answer.fault[1]) == (400, subcode)
    await asyncio.sleep(0)
    job = the_job(caller, token)
    assert [each.file.size for each in job.documents.values()] == ([len(IMAGE)] if subcode == "InvalidArgs" else [])
    assert job.at_hand == 0


# GetPostScanJobElements


def fill(job: Job, count: int) -> None:
    """As many documents, of which nothing is on the disk."""
    file = KeptFile(Path("image.jpg"), 1, "")
    job.documents = {number: StoredDocument(number, "jfif", file) for number in range(1, count + 1)}


def asking_for_documents(caller: InProcess, service: str, token: str) -> tuple[InProcess, bytes]:
    """GetPostScanJobElements of either service, and who sends it."""
    namespace = {"dsp": DSP, "dsc": DSC}[service]
    asked = InProcess(caller.server)
    asked.url = caller.url if service == "dsp" else caller.server.configuration_url
    body = (
        f'<c:GetPostScanJobElementsRequest xmlns:c="{namespace}"><c:JobToken>{token}</c:JobToken>'
        "<c:RequestedElements><c:Name>c:Documents</c:Name></c:RequestedElements></c:GetPostScanJobElementsRequest>"
    )
    return asked, envelope(asked.url, f"{namespace}/GetPostScanJobElements", body)


@pytest.mark.parametrize(("count", "aside"), [(500, False), (501, True)])
@pytest.mark.parametrize(("service", "namespace"), [("dsp", DSP), ("dsc", DSC)])
async def test_a_long_list_is_written_while_others_are_served(
    caller: InProcess, monkeypatch: pytest.MonkeyPatch, service: str, namespace: str, count: int, aside: bool
) -> None:
    """Five hundred documents take some milliseconds; more are written in a thread, in the same words.
    [dsp/get-post-scan-job-elements/documents] [dsc/get-post-scan-job-elements/documents]"""
    threads: list[bool] = []
    to_xml = GetPostScanJobElementsResponse.to_xml

    def noting(self: GetPostScanJobElementsResponse, *more: Any) -> Any:
        threads.append(threading.current_thread() is not threading.main_thread())
        return to_xml(self, *more)

    monkeypatch.setattr(GetPostScanJobElementsResponse, "to_xml", noting)
    token = await caller.job()
    fill(the_job(caller, token), count)
    asked, data = asking_for_documents(caller, service, token)
    answer = await asked.raw(data)
    assert [int(each.text) for each in answer.root.iter(f"{{{namespace}}}DocumentId")] == list(range(1, count + 1))
    assert answer.root.find(f".//{{{namespace}}}GetPostScanJobElementsResponse") is not None
    assert threads == [aside]
    fill(the_job(caller, token), 0)


async def test_as_many_documents_as_readers_take_are_told_and_not_one_more(
    caller: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job_operations.MAX_DOCUMENTS_TOLD == 20_000
    monkeypatch.setattr(job_operations, "MAX_DOCUMENTS_TOLD", 3)
    token = await caller.job()
    fill(the_job(caller, token), 3)
    assert (await caller.elements(token, "dsp:Documents")).status == 200
    fill(the_job(caller, token), 4)
    for names, status in ((("dsp:Documents",), 500), (("dsp:JobStatus", "dsp:Documents"), 500), ((), 200)):
        assert (await caller.elements(token, *names)).status == status
    asked, data = asking_for_documents(caller, "dsc", token)
    answer = await asked.raw(data)
    assert answer.fault[1] == "ServerErrorInternalError"
    (subcode,) = answer.root.xpath("//soap:Subcode/soap:Value", namespaces=NAMES)
    assert subcode.nsmap[subcode.text.partition(":")[0]] == DSC
    fill(the_job(caller, token), 0)
