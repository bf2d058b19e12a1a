"""Toy handlers of OPERATION, a few lines each: around the operations of a device and of the embedded scan server,
and around what the driver of a post-scan job asks."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from failing_jobs import job_fails
from layers_bench import BAD, bad, job, told_in
from lxml import etree
from scan_server_bench import Caller as ServerCaller
from scan_service_bench import Caller, ticket
from scripted_server import HTML, ScriptedServer, fault
from test_device_zeep import scan_two_pages
from test_dsm_driver import Bench

from emulator.dpws.call import Answer, Attached, Reply
from emulator.dpws.client import Faulted, HandlerFailed, SoapClient
from emulator.dpws.points import DEVIATION_MET, OPERATION, DeviationMet, OperationCall
from emulator.dsm.faults import temporary_error
from emulator.dsm.outcome import Failure
from emulator.layers import Layers
from emulator.soap.envelope import Message, request, response
from emulator.soap.fault import FaultError
from emulator.transport.client import StreamClient
from emulator.transport.http import OutgoingResponse, Unanswered
from emulator.wsscan import faults
from emulator.wsscan.constants import WSCN


def with_text(answer: Answer, name: str, text: str) -> Message:
    """The message with other text in the elements of that local name."""
    assert isinstance(answer, Message) and answer.body is not None
    for element in answer.body.iter(f"{{*}}{name}"):
        element.text = text
    return answer


# At a device


async def test_the_answer_of_a_device_is_altered(mfp: Caller, layers: Layers) -> None:
    async def in_the_cellar(call: OperationCall) -> Reply:
        answer = await call.go_on()
        return with_text(answer, "ScannerName", "Cellar") if call.name == "GetScannerElements" else answer

    layers.handle(OPERATION, in_the_cellar)
    assert (await mfp.elements("wscn:ScannerDescription")).text("//wscn:ScannerName") == "Cellar"
    assert (await mfp.call("CancelJob", "<wscn:JobId>9</wscn:JobId>")).fault == "ClientErrorJobIdNotFound"


async def test_a_handler_answers_itself_and_the_service_is_not_asked(mfp: Caller, layers: Layers) -> None:
    async def twelve(call: OperationCall) -> Message:
        assert (call.side, call.peer) == ("server", "127.0.0.1")
        body = etree.Element(f"{{{WSCN}}}CreateScanJobResponse")
        etree.SubElement(body, f"{{{WSCN}}}JobId").text = "12"
        return response(call.asked, body)

    unplug = layers.handle(OPERATION, twelve)
    assert (await mfp.call("CreateScanJob", ticket())).text("//wscn:JobId") == "12"
    unplug()
    assert not mfp.device.scanner.jobs.active


async def test_a_fault_on_purpose_is_no_failure(
    mfp: Caller, layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    def calibrating(call: OperationCall) -> Reply:
        raise FaultError(faults.not_accepting_jobs())

    layers.handle(OPERATION, calibrating)
    assert (await mfp.call("CreateScanJob", ticket())).fault == "ServerErrorNotAcceptingJobs"
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_a_handler_waits_and_its_waiting_does_not_count_what_the_service_takes(
    mfp: Caller, layers: Layers
) -> None:
    """The limit is the handler's own: the rest of the chain may take longer."""

    async def slow(call: OperationCall) -> Reply:
        await asyncio.sleep(0.05)
        return await call.go_on()

    layers.handle(OPERATION, slow, limit=1.0)
    mfp.device.scan_service._operations[f"{WSCN}/GetJobHistory"] = late = Late(mfp)
    began = time.monotonic()
    answer = await mfp.call("GetJobHistory", "")
    assert (answer.status, late.called) == (200, 1)
    assert time.monotonic() - began >= 1.25


class Late:
    """An operation that takes longer than the limit of the handler."""

    def __init__(self, mfp: Caller) -> None:
        self._service = mfp.device.scan_service
        self.called = 0

    async def __call__(self, call: Any) -> Message:
        self.called += 1
        await asyncio.sleep(1.2)
        return await self._service._job_history(call)


async def test_an_image_is_altered_before_it_is_framed(mfp: Caller, layers: Layers) -> None:
    def other(call: OperationCall) -> Any:
        async def answer() -> Reply:
            found = await call.go_on()
            return replace(found, data=b"no image") if isinstance(found, Attached) else found

        return answer()

    layers.handle(OPERATION, other)
    created = await mfp.call("CreateScanJob", ticket(images=1))
    job_id, token = created.text("//wscn:JobId"), created.text("//wscn:JobToken")
    answer = await mfp.call(
        "RetrieveImage",
        f"<wscn:JobId>{job_id}</wscn:JobId><wscn:JobToken>{token}</wscn:JobToken><wscn:DocumentDescription>"
        "<wscn:DocumentName>page</wscn:DocumentName></wscn:DocumentDescription>",
    )
    assert answer.parts[1][2] == b"no image"
    assert (await mfp.job_elements(job_id)).text("//wscn:JobState") == "Completed"


async def test_zeep_meets_what_a_handler_makes(mfp: Caller, layers: Layers) -> None:
    async def no_second_page(call: OperationCall) -> Reply:
        if call.name == "RetrieveImage":
            seen.append(call.name)
            if len(seen) == 2:
                raise FaultError(faults.no_images_available())
        return (
            with_text(await call.go_on(), "ScannerName", "Cellar")
            if "Elements" in call.name
            else await call.go_on()
        )

    seen: list[str] = []
    layers.handle(OPERATION, no_second_page)
    name, sizes, end, _ = await asyncio.to_thread(scan_two_pages, f"{mfp.url}?wsdl")
    assert (name, len(sizes), end) == ("Cellar", 1, "ClientErrorNoImagesAvailable")


async def test_http_instead_of_soap(mfp: Caller, layers: Layers) -> None:
    layers.handle(OPERATION, lambda call: OutgoingResponse(503, b"later", (("Retry-After", "9"),), close=True))
    answer = await mfp.elements("wscn:ScannerStatus")
    assert (answer.status, answer.data, answer.headers["retry-after"]) == (503, b"later", "9")


@pytest.mark.parametrize("name", BAD)
async def test_a_device_whose_handler_fails_answers_a_fault_and_lives(
    name: str, mfp: Caller, layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    unplug, line = bad(layers, OPERATION, name)
    answer = await mfp.elements("wscn:ScannerDescription")
    assert (answer.status, answer.fault) == (500, "ServerErrorInternalError")
    assert told_in(caplog, line)
    unplug()
    assert (await mfp.elements("wscn:ScannerDescription")).text("//wscn:ScannerName") == "Reception"


async def forgets_to_return(call: OperationCall) -> Reply:
    await call.go_on()
    return None


async def no_body_that_can_be_written(call: OperationCall) -> Reply:
    answer = await call.go_on()
    assert isinstance(answer, Message)
    return replace(answer, body="text")  # type: ignore[arg-type]


async def no_data(call: OperationCall) -> Reply:
    answer = await call.go_on()
    assert isinstance(answer, Message)
    return Attached(answer, "c@x", "image/png", 7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("toy", "told"),
    [
        (forgets_to_return, "returned None for an operation that has an answer"),
        (no_body_that_can_be_written, "returned what cannot be written"),
        (no_data, "returned what cannot be framed"),
    ],
)
async def test_nonsense_that_shows_late_is_named_too(
    toy: Any, told: str, mfp: Caller, layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    layers.handle(OPERATION, toy, name="the toy")
    assert (await mfp.elements("wscn:ScannerStatus")).fault == "ServerErrorInternalError"
    assert f"the handler the toy of operation {told}" in caplog.text


# At a scan server


async def test_a_scan_server_loses_an_image_and_says_thanks(server: ServerCaller, layers: Layers) -> None:
    async def lost(call: OperationCall) -> Reply:
        if call.name != "SendImage":
            return await call.go_on()
        assert call.call is not None
        await call.call.incoming.rest()
        body = etree.Element(
            "{http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing}SendImageResponse"
        )
        return response(call.asked, body)

    layers.handle(OPERATION, lost)
    token = await server.job()
    assert (await server.send(token)).status == 200
    status = await server.elements(token)
    assert status.text("//dsp:ImagesReceived") == "0"


async def test_a_scan_server_lets_a_request_hang(server: ServerCaller, layers: Layers) -> None:
    def silent(call: OperationCall) -> Reply:
        raise Unanswered("on purpose")

    layers.handle(OPERATION, silent)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await server.create()


async def test_deviations_are_told_at_a_point(server: ServerCaller, layers: Layers) -> None:
    met: list[DeviationMet] = []
    layers.listen(DEVIATION_MET, met.append)
    token = await server.job()
    await server.with_token("CancelPostScanJob", f" {token} ")
    assert {(each.peer, each.operation) for each in met} >= {("127.0.0.1", "CancelPostScanJob")}
    assert "white-space" in {each.deviation.id for each in met if each.operation == "CancelPostScanJob"}


# At the client


async def run(scripted: ScriptedServer, folder: Path, layers: Layers, documents: int = 1) -> Bench:
    bench = Bench(scripted, folder, layers=layers)
    try:
        await bench.run(documents)
    finally:
        await bench.client.aclose()
    return bench


async def test_the_driver_believes_what_the_handler_answers(tmp_path: Path, layers: Layers) -> None:
    """A temporary error before each SendImage: the scan server is asked again, and sees each once."""
    refused: set[str] = set()

    async def busy_once(call: OperationCall) -> Reply:
        if call.name == "SendImage" and call.name not in refused:
            refused.add(call.name)
            raise FaultError(temporary_error())
        return await call.go_on()

    layers.handle(OPERATION, busy_once)
    async with ScriptedServer() as scripted:
        bench = await run(scripted, tmp_path, layers)
        assert scripted.operations.count("SendImage") == 1
    assert bench.acknowledged == [(1, 2)]


async def test_the_driver_reads_an_altered_answer(tmp_path: Path, layers: Layers) -> None:
    async def aborted(call: OperationCall) -> Reply:
        answer = await call.go_on()
        if call.name != "GetPostScanJobElements":
            return answer
        assert (call.side, call.peer) == ("client", scripted.service_url)
        return with_text(with_text(answer, "JobState", "Aborted"), "JobStateReason", "PostScanJobAborted")

    layers.handle(OPERATION, aborted)
    async with ScriptedServer() as scripted:
        scripted.polls_to_end = 1
        bench = Bench(scripted, tmp_path, layers=layers)
        result = await bench.run(1)
        await bench.client.aclose()
        assert scripted.jobs[result.job_token].state == "Completed"
    assert result.outcome.value == "Aborted"


async def test_an_answer_that_is_lost_on_purpose(tmp_path: Path, layers: Layers) -> None:
    async def lost(call: OperationCall) -> Reply:
        answer = await call.go_on()
        if call.name == "CreatePostScanJob":
            raise Unanswered("on purpose")
        return answer

    layers.handle(OPERATION, lost)
    async with ScriptedServer() as scripted:
        with job_fails(Failure.OUTCOME_UNKNOWN):
            await run(scripted, tmp_path, layers)
        assert len(scripted.jobs) == 1


async def test_faults_of_the_server_are_seen_by_the_handler_as_messages(tmp_path: Path, layers: Layers) -> None:
    seen: list[str] = []

    async def watches(call: OperationCall) -> Reply:
        answer = await call.go_on()
        assert isinstance(answer, Message)
        if answer.fault is not None:
            seen.append(answer.fault.subcode.local if answer.fault.subcode else "")
        return answer

    layers.handle(OPERATION, watches)
    async with ScriptedServer() as scripted:
        scripted.script["CreatePostScanJob"] = [fault("ClientErrorX", code="Sender", status=400)]
        with job_fails(Failure.FAULTED, match="ClientErrorX"):
            await run(scripted, tmp_path, layers)
    assert seen == ["ClientErrorX"]


async def test_what_is_no_soap_comes_to_the_driver_as_it_is(tmp_path: Path, layers: Layers) -> None:
    async def through(call: OperationCall) -> Reply:
        return await call.go_on()

    layers.handle(OPERATION, through)
    async with ScriptedServer() as scripted:
        scripted.script["CreatePostScanJob"] = [HTML]
        with pytest.raises(Exception, match="It works!"):
            await run(scripted, tmp_path, layers)


@pytest.mark.parametrize("name", BAD)
async def test_a_job_whose_handler_fails_has_failed_by_its_name(name: str, tmp_path: Path, layers: Layers) -> None:
    _, line = bad(layers, OPERATION, name)
    ran = await job(tmp_path, layers)
    assert str(ran.error) == f"{line}; there was no job to cancel"
    assert ran.error.code == 1


async def test_a_job_through_a_handler_that_changes_nothing_is_as_without(tmp_path: Path, layers: Layers) -> None:
    names: list[str] = []

    async def through(call: OperationCall) -> Reply:
        names.append(call.name)
        return await call.go_on()

    layers.handle(OPERATION, through)
    ran = await job(tmp_path, layers)
    assert ran.outcome.error is None
    assert len(ran.stored) == 1
    assert names[:3] == ["Probe", "Get", "CreatePostScanJob"]


async def test_a_client_of_devices_has_the_point_too(mfp: Caller) -> None:
    layers = Layers()
    client = StreamClient()
    soap = SoapClient(client, layers=layers)
    body = etree.Element(f"{{{WSCN}}}GetJobHistoryRequest")

    async def ask() -> Any:
        asked = request(f"{WSCN}/GetJobHistory", mfp.url, body)
        return (await soap.ask(mfp.url, asked, lambda message, deviations: message)).content

    def refused(call: OperationCall) -> Reply:
        raise FaultError(faults.operation_failed())

    unplug = layers.handle(OPERATION, refused)
    with pytest.raises(Faulted, match="OperationFailed"):
        await ask()
    unplug()
    bad(layers, OPERATION, "raises")
    with pytest.raises(HandlerFailed, match="the handler the toy of operation raised ValueError"):
        await ask()
    await client.aclose()
