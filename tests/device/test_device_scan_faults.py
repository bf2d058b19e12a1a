"""Every fault of the WS-Scan pages, provoked over HTTP: its subcode, code, HTTP status and detail."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from device_pages import Sheets, names_in
from scan_service_bench import WSCN, Answer, Caller, Job, device, envelope, ticket
from scanner_bench import until

from emulator.device.device import ScanDevice


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    async with device(tmp_path) as running:
        yield running
    assert names_in(tmp_path) == []


@pytest.fixture
def caller(mfp: ScanDevice) -> Caller:
    return Caller(mfp)


def is_fault(answer: Answer, subcode: str, code: str, detail: str | None = None) -> None:
    """A fault as documented; Sender faults come with 400, the others with 500."""
    assert (answer.fault, answer.code) == (subcode, code)
    assert answer.status == (400 if code == "Sender" else 500)
    assert answer.action == "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"
    assert answer.text("//soap:Reason/soap:Text/@xml:lang") == "en"
    if subcode.startswith(("Client", "Server", "Invalid", "Operation")):
        assert f"wscn:{subcode}".encode() in answer.data
    if detail is not None:
        assert answer.detail == detail


async def test_action_not_supported(caller: Caller) -> None:
    # The law: [wscn/fault/action-not-supported]
    is_fault(await caller.call("GetMoreElements", ""), "ActionNotSupported", "Sender", "GetMoreElements")


async def test_another_address(caller: Caller) -> None:
    answer = await caller.call("GetActiveJobs", "", to="http://127.0.0.1/elsewhere")
    is_fault(answer, "DestinationUnreachable", "Sender", "http://127.0.0.1/elsewhere")


@pytest.mark.parametrize(
    ("operation", "content", "argument"),
    [
        ("GetScannerElements", "", "RequestedElements"),
        ("GetScannerElements", "<wscn:RequestedElements/>", "Name"),
        ("GetJobElements", "<wscn:JobId>one</wscn:JobId>", "JobId"),
        ("ValidateScanTicket", "", "ScanTicket"),
        ("CreateScanJob", "<wscn:JobId>1</wscn:JobId>", "ScanTicket"),
        ("CreateScanJob", ticket("<wscn:Rotation>left</wscn:Rotation>"), "Rotation"),
        ("RetrieveImage", "<wscn:JobId>1</wscn:JobId>", "JobToken"),
        ("CancelJob", "", "JobId"),
    ],
)
async def test_invalid_args_name_the_argument(caller: Caller, operation: str, content: str, argument: str) -> None:
    # The law: [wscn/fault/invalid-args] [wscn/fault/http-status]
    answer = await caller.call(operation, content)
    is_fault(answer, "InvalidArgs", "Sender")
    assert argument in answer.detail


@pytest.mark.parametrize("body", ["", f'<w:CancelJobRequest xmlns:w="{WSCN}"/>'])
async def test_a_body_that_is_not_that_of_the_action(caller: Caller, body: str) -> None:
    is_fault(await caller.raw(envelope(caller.url, f"{WSCN}/GetActiveJobs", body)), "InvalidArgs", "Sender")


async def test_demands_that_cannot_be_met_are_invalid_args(caller: Caller) -> None:
    # The law: [wscn/validation/must-honor-or-reject] [wscn/validation/fault-of-a-rejected-ticket]
    scaling = "<wscn:ScalingWidth>500</wscn:ScalingWidth><wscn:ScalingHeight>100</wscn:ScalingHeight>"
    answer = await caller.create(ticket(f'<wscn:Scaling wscn:MustHonor="true">{scaling}</wscn:Scaling>'))
    is_fault(answer, "InvalidArgs", "Sender")
    assert "Scaling" in answer.detail


@pytest.mark.parametrize("format", ["jbig", "xps", "x:fancy"])
async def test_format_not_supported_lists_those_that_are(caller: Caller, format: str) -> None:
    # The law: [wscn/validation/format-not-supported] [wscn/fault/client-error-format-not-supported]
    # The law: [wscn/fault/formats-in-the-detail]
    answer = await caller.create(ticket(format=format))
    is_fault(answer, "ClientErrorFormatNotSupported", "Sender")
    listed = answer.texts("//soap:Detail/wscn:FormatsSupported/wscn:FormatValue")
    assert listed == ["jfif", "png", "tiff-single-uncompressed", "tiff-single-g4", "tiff-multi-g4", "pdf-a"]


async def test_not_accepting_jobs_when_busy_and_when_stopped(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [wscn/fault/server-error-not-accepting-jobs]
    job = await caller.job()
    is_fault(await caller.create(), "ServerErrorNotAcceptingJobs", "Receiver")
    await job.cancel()
    mfp.scanner.jam()
    is_fault(await caller.create(), "ServerErrorNotAcceptingJobs", "Receiver")
    mfp.scanner.clear()
    await (await caller.job()).cancel()


@pytest.mark.parametrize(
    ("identifier", "token", "fault"),
    [
        ("i", "", "ClientErrorInvalidScanIdentifier"),
        ("", "t", "ClientErrorInvalidDestinationToken"),
        ("i", "t", "ClientErrorInvalidDestinationToken"),
    ],
)
async def test_scans_that_the_device_has_not_begun(caller: Caller, identifier: str, token: str, fault: str) -> None:
    # The law: [wscn/fault/client-error-invalid-scan-identifier]
    # The law: [wscn/fault/client-error-invalid-destination-token] [wscn/scan-available/identifier-checked]
    # The law: [wscn/scan-available/token-checked]
    strings = (
        f"<wscn:ScanIdentifier>{identifier}</wscn:ScanIdentifier>"
        f"<wscn:DestinationToken>{token}</wscn:DestinationToken>"
    )
    is_fault(await caller.create(strings + ticket()), fault, "Sender")


async def test_scans_that_the_device_has_begun(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [wscn/scan-available/identifier-checked] [wscn/scan-available/token-checked]
    class Destinations:
        def __init__(self) -> None:
            self.identifiers = {"i"}

        def knows_token(self, destination_token: str) -> bool:
            return destination_token == "t"

        def knows_identifier(self, scan_identifier: str, destination_token: str) -> bool:
            return scan_identifier in self.identifiers

        def take_identifier(self, scan_identifier: str, destination_token: str) -> bool:
            known = scan_identifier in self.identifiers
            self.identifiers.discard(scan_identifier)
            return known

    mfp.scan_service.destinations = Destinations()
    strings = "<wscn:ScanIdentifier>i</wscn:ScanIdentifier><wscn:DestinationToken>t</wscn:DestinationToken>"
    await (await caller.job(strings + ticket())).cancel()
    is_fault(await caller.create(strings + ticket()), "ClientErrorInvalidScanIdentifier", "Sender")


FOREIGN = "<wscn:ScanIdentifier>i</wscn:ScanIdentifier><wscn:DestinationToken>t</wscn:DestinationToken>"
NEVER = {
    "format": (ticket(format="xps"), "ClientErrorFormatNotSupported"),
    "demand": (ticket(side='<wscn:ColorProcessing wscn:MustHonor="1">RGB48</wscn:ColorProcessing>'), "InvalidArgs"),
    "type": (ticket(images=-1), "InvalidArgs"),
    "scaling": (
        ticket(
            "<wscn:Scaling><wscn:ScalingWidth>1001</wscn:ScalingWidth><wscn:ScalingHeight>100</wscn:ScalingHeight>"
            "</wscn:Scaling>"
        ),
        "InvalidArgs",
    ),
    "token": (FOREIGN + ticket(), "ClientErrorInvalidDestinationToken"),
    "identifier": (FOREIGN.partition("<wscn:Dest")[0] + ticket(), "ClientErrorInvalidScanIdentifier"),
}


@pytest.mark.parametrize("state", ["a job runs", "the cover is open", "the feeder is empty"])
@pytest.mark.parametrize(("content", "fault"), NEVER.values(), ids=NEVER)
async def test_what_can_never_work_is_said_before_what_cannot_be_now(
    caller: Caller, mfp: ScanDevice, content: str, fault: str, state: str
) -> None:
    """A client that hears ServerErrorNotAcceptingJobs tries again, for ever.
    [wscn/fault/most-specific] [wscn/fault/may-be-tried-again]"""
    if state == "a job runs":
        await caller.job(ticket(source="Platen"))
    elif state == "the cover is open":
        mfp.scanner.open()
    else:
        mfp.scanner.empty_feeder()
    is_fault(await caller.create(content), fault, "Sender")
    now = "ClientErrorNoImagesAvailable" if state == "the feeder is empty" else "ServerErrorNotAcceptingJobs"
    assert (await caller.create(ticket())).fault == now


async def test_an_identifier_is_not_spent_on_a_busy_device(caller: Caller, mfp: ScanDevice) -> None:
    class Destinations:
        spent = False

        def knows_token(self, destination_token: str) -> bool:
            return True

        def knows_identifier(self, scan_identifier: str, destination_token: str) -> bool:
            return not self.spent

        def take_identifier(self, scan_identifier: str, destination_token: str) -> bool:
            assert not self.spent
            self.spent = True
            return True

    mfp.scan_service.destinations = Destinations()
    job = await caller.job(ticket(source="Platen"))
    is_fault(await caller.create(FOREIGN + ticket()), "ServerErrorNotAcceptingJobs", "Receiver")
    await job.cancel()
    assert (await caller.create(FOREIGN + ticket())).status == 200


async def test_no_images_available(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [wscn/create-scan-job/empty-feeder] [wscn/fault/client-error-no-images-available]
    mfp.scanner.empty_feeder()
    is_fault(await caller.create(), "ClientErrorNoImagesAvailable", "Sender")
    job = await caller.job(ticket(source="Platen"))
    assert (await job.retrieve()).status == 200
    is_fault(await job.retrieve(), "ClientErrorNoImagesAvailable", "Sender")
    is_fault(await job.retrieve(), "ClientErrorNoImagesAvailable", "Sender")


async def test_job_id_not_found(caller: Caller) -> None:
    # The law: [wscn/fault/client-error-job-id-not-found] [wscn/get-job-elements/unknown-job]
    # The law: [wscn/cancel-job/unknown-job] [dsd/get-job-elements/job-id-range]
    for number in (4711, 0, -1, 2**31, 10**19):
        missing = Job(caller, number, "token", Answer(0, b""))
        for answer in (await missing.retrieve(), await missing.cancel(), await caller.job_elements(number)):
            is_fault(answer, "ClientErrorJobIdNotFound", "Sender", f"JobId: {number}")


async def test_invalid_job_token(caller: Caller) -> None:
    # The law: [wscn/fault/client-error-invalid-job-token] [wscn/retrieve-image/id-and-token-checked]
    job = await caller.job()
    is_fault(await job.retrieve(token="guessed"), "ClientErrorInvalidJobToken", "Sender")
    assert (await job.retrieve()).status == 200  # the job is none the worse


async def test_job_cancelled(caller: Caller) -> None:
    # The law: [wscn/fault/client-error-job-cancelled] [wscn/cancel-job/ended-job-refused]
    # The law: [wscn/fault/cancel-of-an-ended-job]
    job = await caller.job()
    await job.cancel()
    is_fault(await job.retrieve(), "ClientErrorJobCancelled", "Sender")
    is_fault(await job.cancel(), "OperationFailed", "Receiver")


async def test_cancelled_at_the_panel_while_the_client_waits(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [wscn/job-reason/job-canceled-at-device]
    job = await caller.job()
    await job.retrieve()
    mfp.scanner.jam()
    await until(lambda: mfp.scanner.jobs.find(job.id))
    await job.retrieve()  # one page was ahead
    waiting = asyncio.create_task(job.retrieve())
    await asyncio.sleep(0.1)
    assert await mfp.scanner.cancel_at_panel()
    is_fault(await waiting, "ClientErrorJobCancelled", "Sender")
    assert await job.state() == ("Canceled", "JobCanceledAtDevice")


async def test_a_job_that_was_aborted_fails(caller: Caller, mfp: ScanDevice) -> None:
    """It must not look like the end of a batch."""
    mfp.scanner.empty_feeder()
    mfp.scanner.load_pages(Sheets(3, bad=1))
    job = await caller.job()
    assert await job.ended() == ("Aborted", "DocumentFormatError")
    is_fault(await job.retrieve(), "OperationFailed", "Receiver")
    is_fault(await job.cancel(), "OperationFailed", "Receiver")


async def test_who_comes_too_late_for_an_image_finds_no_job(tmp_path: Path) -> None:
    # The law: [wscn/job-reason/job-timed-out]
    async with device(tmp_path, retrieve_limit=0.3) as running:
        job = await Caller(running).job()
        assert await job.ended() == ("Aborted", "JobTimedOut")
        is_fault(await job.retrieve(), "ClientErrorJobIdNotFound", "Sender", f"JobId: {job.id}")
        is_fault(await job.cancel(), "OperationFailed", "Receiver")
        assert await job.state() == ("Aborted", "JobTimedOut")


async def test_an_internal_error(
    caller: Caller, mfp: ScanDevice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # The law: [wscn/fault/server-error-internal-error] [wscn/fault/internal-error-lasts]
    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(mfp.scanner, "status", broken)
    for _ in range(2):
        is_fault(await caller.elements("wscn:ScannerStatus"), "ServerErrorInternalError", "Receiver", "")
    assert "a bug" in caplog.text


async def test_a_client_that_goes_away_in_the_middle_of_an_image(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [wscn/retrieve-image/transfer-error-aborts] [wscn/job-reason/image-transfer-error]
    side = "<wscn:Resolution><wscn:Width>600</wscn:Width><wscn:Height>600</wscn:Height></wscn:Resolution>"
    job = await caller.job(ticket(source="Platen", format="tiff-single-uncompressed", side=side))
    body = envelope(
        caller.url,
        f"{WSCN}/RetrieveImage",
        f"<wscn:RetrieveImageRequest><wscn:JobId>{job.id}</wscn:JobId><wscn:JobToken>{job.token}</wscn:JobToken>"
        "<wscn:DocumentDescription><wscn:DocumentName>n</wscn:DocumentName></wscn:DocumentDescription>"
        "</wscn:RetrieveImageRequest>",
    )

    def ask_and_leave() -> None:
        parts = urlsplit(caller.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        connection.request("POST", parts.path, body, {"Content-Type": "application/soap+xml"})
        response = connection.getresponse()
        assert len(response.read(100_000)) == 100_000
        response.close()
        connection.close()

    await asyncio.to_thread(ask_and_leave)
    assert await job.ended() == ("Aborted", "ImageTransferError")
    assert (await caller.job(ticket(source="Platen"))).id > job.id
