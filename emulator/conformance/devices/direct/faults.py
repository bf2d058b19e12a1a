"""The rows of the table of faults (docs/protocol/ws-scan.md, section 9), and CancelJob."""

from __future__ import annotations

from emulator.conformance import requests
from emulator.conformance.devices.asked_device import NO_IMAGES, NOT_ACCEPTING, NOT_FOUND, ScanJob
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import RECEIVER, SENDER, expect, require
from emulator.conformance.names import WSA, WSCN, Name
from emulator.conformance.reading import ToldFault, name_of
from emulator.conformance.verdict import NotRun


def wscn(local: str) -> Name:
    """A subcode of WS-Scan."""
    return Name(WSCN, local)


INVALID_ARGS = wscn("InvalidArgs")
FORMAT = wscn("ClientErrorFormatNotSupported")


def require_no_detail(fault: ToldFault, exchange: Exchange) -> None:
    """There is none."""
    require(not fault.has_detail, f"the detail {fault.detail!r}", "no detail", [exchange])


@check("wscn/fault/action-not-supported", "addressing/fault/action-not-supported")
async def action_not_supported(peer: DevicePeer) -> None:
    """An operation that the service does not have."""
    answer = await peer.ask("Staple", "<wscn:StapleRequest/>", action=f"{WSCN}/Staple", wrong=True)
    expect(answer).fault(SENDER, Name(WSA, "ActionNotSupported"))


@check("wscn/fault/invalid-args")
async def invalid_args(peer: DevicePeer) -> None:
    """GetScannerElements without a name to ask for."""
    body = "<wscn:GetScannerElementsRequest/>"
    expect(await peer.ask("GetScannerElements", body, wrong=True)).fault(SENDER, INVALID_ARGS)


@check("wscn/fault/invalid-args-cases")
async def invalid_args_cases(peer: DevicePeer) -> None:
    """Too few arguments, and one of a wrong type."""
    for body in (
        "<wscn:CancelJobRequest/>",
        "<wscn:CancelJobRequest><wscn:JobId>first</wscn:JobId></wscn:CancelJobRequest>",
    ):
        expect(await peer.ask("CancelJob", body, wrong=True)).fault(SENDER, INVALID_ARGS)
    answer = await peer.ask("CreateScanJob", "<wscn:CreateScanJobRequest/>", wrong=True)
    peer.require_not_busy(answer)
    expect(answer).fault(SENDER, INVALID_ARGS)


@check("wscn/fault/client-error-job-id-not-found")
async def job_id_not_found(peer: DevicePeer) -> None:
    """RetrieveImage, GetJobElements and CancelJob with a JobId that no job has."""
    id = peer.unknown_job()
    job = await peer.ended_job()
    answers = (
        await peer.retrieve(ScanJob(id, job.token, job.created)),
        await peer.job_elements(id),
        await peer.cancel(id),
    )
    for answer in answers:
        fault = expect(answer).fault(SENDER, NOT_FOUND)
        named = str(id) in fault.detail
        require(named, f"the detail {fault.detail!r}", f"a detail that names {id}", [answer])


@check("wscn/cancel-job/unknown-job")
async def cancel_unknown_job(peer: DevicePeer) -> None:
    """CancelJob with a JobId that no job has."""
    expect(await peer.cancel(peer.unknown_job())).fault(None, NOT_FOUND)


@check("wscn/cancel-job/response")
async def cancel_response(peer: DevicePeer) -> None:
    """A cancel that was accepted is answered with an empty CancelJobResponse."""
    job = await peer.new_job()
    answer = await peer.cancel(job.id)
    told = expect(answer).response("CancelJobResponse", WSCN)
    empty = told.body is not None and not len(told.body) and not (told.body.text or "").strip()
    require(empty, "CancelJobResponse with content", "no children", [answer], told.body)


@check("wscn/cancel-job/ended-job-refused")
async def cancel_ended_job(peer: DevicePeer) -> None:
    """The cancel of a job that is completed, and of one that is cancelled."""
    for job in (await peer.ended_job(), await peer.canceled_job()):
        expect(await peer.cancel(job.id)).any_fault()


@check("wscn/fault/cancel-of-an-ended-job")
async def fault_of_cancel(peer: DevicePeer) -> None:
    """It is refused with OperationFailed, or as a job that is not known any more."""
    job = await peer.ended_job()
    expect(await peer.cancel(job.id)).fault(None, wscn("OperationFailed"), also=[NOT_FOUND])


@check("wscn/fault/operation-failed")
async def operation_failed(peer: DevicePeer) -> str:
    """Whether the cancel of an ended job gives OperationFailed of the code Receiver without a detail."""
    job = await peer.ended_job()
    answer = await peer.cancel(job.id)
    fault = expect(answer).fault(RECEIVER, wscn("OperationFailed"))
    require_no_detail(fault, answer)
    return "OperationFailed"


@check("notes/c-15/operation-failed-is-receiver")
async def operation_failed_is_receiver(peer: DevicePeer) -> str:
    """OperationFailed, where it comes, has the code Receiver."""
    job = await peer.ended_job()
    answer = await peer.cancel(job.id)
    fault = expect(answer).any_fault()
    if fault.subcode != wscn("OperationFailed"):
        raise NotRun("the cancel of an ended job gives another fault", [answer])
    expect(answer).fault(RECEIVER)
    return "Receiver"


@check("wscn/fault/client-error-invalid-job-token", "wscn/retrieve-image/id-and-token-checked")
async def invalid_job_token(peer: DevicePeer) -> None:
    """RetrieveImage with a JobToken that is not that of the job."""
    job = await peer.new_job()
    answer = await peer.retrieve(job, token="somebody-elses")  # noqa: S106 - no password
    require_no_detail(expect(answer).fault(SENDER, wscn("ClientErrorInvalidJobToken")), answer)


@check("wscn/fault/client-error-job-cancelled")
async def job_cancelled(peer: DevicePeer) -> None:
    """RetrieveImage for a job that has been cancelled."""
    job = await peer.canceled_job()
    answer = await peer.retrieve(ScanJob(job.id, job.token, job.created))
    if expect(answer).any_fault().subcode == NOT_FOUND:
        raise NotRun("the device has forgotten the job that was cancelled", [answer])
    require_no_detail(expect(answer).fault(SENDER, wscn("ClientErrorJobCancelled")), answer)


@check("wscn/fault/client-error-format-not-supported", "wscn/validation/format-not-supported")
async def format_not_supported(peer: DevicePeer) -> None:
    """CreateScanJob for a format that the device does not write, which must be honoured."""
    ticket = await peer.ticket(format="x-judge", must_honor=frozenset({"Format"}))
    expect(await peer.create(ticket)).fault(SENDER, FORMAT)


@check("notes/c-24/format-not-supported-sent")
async def format_not_supported_name(peer: DevicePeer) -> None:
    """It is not called ClientErrorDocumentFormatNotSupported."""
    ticket = await peer.ticket(format="x-judge", must_honor=frozenset({"Format"}))
    expect(await peer.create(ticket)).fault(None, FORMAT)


@check("wscn/fault/formats-in-the-detail")
async def formats_in_the_detail(peer: DevicePeer) -> str:
    """Whether the detail lists the formats that are supported."""
    ticket = await peer.ticket(format="x-judge", must_honor=frozenset({"Format"}))
    answer = await peer.create(ticket)
    expect(answer).any_fault()
    found = answer.envelope.all("//soap:Detail//wscn:FormatValue")
    require(bool(found), "no FormatValue in the detail", "wscn:FormatsSupported", [answer])
    return f"{len(found)} formats"


@check("notes/c-24/format-detail")
async def format_detail(peer: DevicePeer) -> str:
    """The detail, where there is one, is wscn:FormatsSupported."""
    ticket = await peer.ticket(format="x-judge", must_honor=frozenset({"Format"}))
    answer = await peer.create(ticket)
    expect(answer).fault(None, FORMAT)
    found = answer.envelope.all("//soap:Detail/*")
    if not found:
        return "no detail"
    came, wanted = name_of(found[0]), wscn("FormatsSupported")
    require(came == wanted, f"the detail {came}", f"{wanted}", [answer], found[0])
    return "wscn:FormatsSupported"


@check("wscn/fault/client-error-no-images-available", "wscn/create-scan-job/empty-feeder")
async def no_images_available(peer: DevicePeer) -> None:
    """CreateScanJob for the feeder while it is empty."""
    feeder = await peer.require_feeder()
    await peer.emptied_feeder()
    answer = await peer.create(await peer.ticket(feeder), feed=False, patient=False)
    require_no_detail(expect(answer).fault(SENDER, NO_IMAGES), answer)


@check("wscn/fault/server-error-not-accepting-jobs")
async def not_accepting_jobs(peer: DevicePeer) -> None:
    """CreateScanJob while a cover is open."""
    await peer.hands.do(Action.OPEN)
    try:
        answer = await peer.create(await peer.ticket(), patient=False)
        if expect(answer).answer().fault is None:
            raise NotRun("the device takes jobs while its cover is open", [answer])
        require_no_detail(expect(answer).fault(RECEIVER, NOT_ACCEPTING), answer)
    finally:
        await peer.hands.do(Action.CLEAR)


@check("wscn/fault/client-error-invalid-scan-identifier", "wscn/scan-available/identifier-checked")
async def invalid_scan_identifier(peer: DevicePeer) -> None:
    """CreateScanJob with a ScanIdentifier that no event has told, and with no token."""
    before = "<wscn:ScanIdentifier>nobody-told-it</wscn:ScanIdentifier>"
    answer = await peer.create(await peer.ticket(), before)
    require_no_detail(expect(answer).fault(SENDER, wscn("ClientErrorInvalidScanIdentifier")), answer)


@check("wscn/fault/client-error-invalid-destination-token", "wscn/scan-available/token-checked")
async def invalid_destination_token(peer: DevicePeer) -> None:
    """CreateScanJob with a DestinationToken that no subscription has."""
    before = (
        "<wscn:ScanIdentifier>nobody-told-it</wscn:ScanIdentifier>"
        "<wscn:DestinationToken>nobody-has-it</wscn:DestinationToken>"
    )
    answer = await peer.create(await peer.ticket(), before)
    fault = expect(answer).fault(
        SENDER, wscn("ClientErrorInvalidDestinationToken"), also=[wscn("ClientErrorInvalidScanIdentifier")]
    )
    require_no_detail(fault, answer)


@check("wscn/scan-available/empty-strings-are-absent")
async def empty_strings(peer: DevicePeer) -> None:
    """CreateScanJob with an empty ScanIdentifier and an empty DestinationToken makes a job."""
    before = "<wscn:ScanIdentifier/><wscn:DestinationToken/>"
    expect(await peer.create(await peer.ticket(), before)).response("CreateScanJobResponse", WSCN)


@check("wscn/fault/reason-in-english")
async def reason_in_english(peer: DevicePeer) -> None:
    """A fault has a reason in English."""
    answer = await peer.job_elements(peer.unknown_job())
    fault = expect(answer).any_fault()
    languages = [lang for lang, said in fault.reasons if said.strip()]
    english = any(each.lower().split("-")[0] == "en" for each in languages)
    found = f"soap:Text with xml:lang {', '.join(languages) or 'of none'}"
    require(english, found, "a reason with xml:lang en", [answer])


@check("wscn/fault/in-place-of-the-response")
async def related_fault(peer: DevicePeer) -> None:
    """A fault is related to its request."""
    answer = await peer.job_elements(peer.unknown_job())
    expect(answer).any_fault()
    assert answer.asked is not None
    came = answer.envelope.text("//wsa:RelatesTo")
    wanted = answer.asked.message_id
    require(came == wanted, f"wsa:RelatesTo {came or 'is missing'}", wanted, [answer])


@check("wscn/fault/most-specific")
async def most_specific(peer: DevicePeer) -> None:
    """RetrieveImage with a JobId that no job has and a wrong token is told of the JobId."""
    job = await peer.ended_job()
    answer = await peer.retrieve(ScanJob(peer.unknown_job(), "somebody-elses", job.created))
    expect(answer).fault(None, NOT_FOUND)


@check("dpws/transfer/put-create-delete-refused")
async def transfer_refused(peer: DevicePeer) -> None:
    """Put, Create and Delete of WS-Transfer."""
    for name in ("Put", "Create", "Delete"):
        octets = requests.envelope(peer.address, f"http://schemas.xmlsoap.org/ws/2004/09/transfer/{name}", "")
        answer = await peer.speaker.send(peer.url, octets, operation=name, wrong=True)
        expect(answer).fault(SENDER, Name(WSA, "ActionNotSupported"))
