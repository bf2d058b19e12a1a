"""The faults of both services and of WS-Addressing: what each wrong request is answered with."""

from __future__ import annotations

from typing import Final

from emulator.conformance import requests
from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import RECEIVER, SENDER, both, expect, require
from emulator.conformance.names import ANONYMOUS, DSC, DSP, FINAL_STATES, SOAP, SOAP_1_1, WSA, Name
from emulator.conformance.peer import Job, ScanServerPeer
from emulator.conformance.verdict import NotRun

NOT_SUPPORTED: Final = Name(WSA, "ActionNotSupported")
UNREACHABLE: Final = Name(WSA, "DestinationUnreachable")
REQUIRED: Final = Name(WSA, "MessageInformationHeaderRequired")
INVALID: Final = Name(WSA, "InvalidMessageInformationHeader")
UNAVAILABLE: Final = Name(WSA, "EndpointUnavailable")


# An argument that is missing, of the wrong type


@check("dsp/fault/invalid-args", "bdsrr/3.2.4/invalid-args")
async def invalid_args(peer: ScanServerPeer) -> None:
    """A missing argument, and one of the wrong type: soap:Sender, InvalidArgs."""
    job = await peer.new_job(0)
    missing = "<dsp:EndPostScanJobRequest/>"
    expect(await peer.ask("EndPostScanJob", missing, wrong=True)).fault(SENDER, *both("InvalidArgs"))
    expect(await peer.send_image(job.token, "one", wrong=True)).fault(SENDER, *both("InvalidArgs"))


@check("bdsrr/3.1.4.1.2/invalid-args", "bdsrr/3.2.4.2/invalid-args")
async def invalid_args_of_cancel(peer: ScanServerPeer) -> None:
    """CancelPostScanJob of WS-DSC without a token: soap:Sender, dsc:InvalidArgs."""
    body = "<dsc:CancelPostScanJobRequest/>"
    answer = await peer.ask("CancelPostScanJob", body, namespace=DSC, wrong=True)
    expect(answer).fault(SENDER, Name(DSC, "InvalidArgs"))


@check("bdsrr/3.2.4.3/invalid-args")
async def invalid_args_of_elements(peer: ScanServerPeer) -> None:
    """GetPostScanJobElements of WS-DSC without RequestedElements: dsc:InvalidArgs."""
    token = (await peer.open_job()).token
    body = requests.with_token("GetPostScanJobElements", token, "dsc")
    answer = await peer.ask("GetPostScanJobElements", body, namespace=DSC, wrong=True)
    expect(answer).fault(SENDER, Name(DSC, "InvalidArgs"))


@check("bdsrr/3.2.4.1/invalid-args")
async def invalid_args_of_the_repository(peer: ScanServerPeer) -> None:
    """GetRepositoryElements without RequestedElements: dsc:InvalidArgs."""
    answer = await peer.ask(
        "GetRepositoryElements", "<dsc:GetRepositoryElementsRequest/>", namespace=DSC, wrong=True
    )
    expect(answer).fault(SENDER, Name(DSC, "InvalidArgs"))


# An operation that there is not


async def _unsupported(peer: ScanServerPeer, namespace: str) -> Exchange:
    prefix = "dsp" if namespace == DSP else "dsc"
    return await peer.ask("NoSuchOperation", f"<{prefix}:NoSuchOperationRequest/>", namespace=namespace, wrong=True)


@check("dsp/fault/action-not-supported", "addressing/fault/action-not-supported")
async def action_not_supported(peer: ScanServerPeer) -> None:
    """An operation that WS-DSP has not: soap:Sender, wsa:ActionNotSupported."""
    expect(await _unsupported(peer, DSP)).fault(SENDER, NOT_SUPPORTED)


@check("bdsrr/3.1.4.1.1/action-not-supported")
async def action_not_supported_of_dsc(peer: ScanServerPeer) -> None:
    """An operation that WS-DSC has not: soap:Sender, wsa:ActionNotSupported."""
    expect(await _unsupported(peer, DSC)).fault(SENDER, NOT_SUPPORTED)


@check("dpws/transfer/put-create-delete-refused")
async def put_is_refused(peer: ScanServerPeer) -> None:
    """Put of WS-Transfer: wsa:ActionNotSupported."""
    peer.require_found()
    action = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put"
    octets = requests.envelope(peer.host, action, "")
    answer = await peer.speaker.send(peer.host, octets, operation="Put", wrong=True)
    expect(answer).fault(None, NOT_SUPPORTED)


# A job that there is not


@check("dsp/fault/client-error-job-token-not-found")
async def token_not_found(peer: ScanServerPeer) -> None:
    """A token that no job has: soap:Sender, dsp:ClientErrorJobTokenNotFound."""
    expect(await peer.elements(peer.unknown_token())).fault(SENDER, Name(DSP, "ClientErrorJobTokenNotFound"))


@check("bdsrr/3.1.4.1.6/job-token-not-found", "notes/c-40/job-token-not-found-is-sender")
async def token_not_found_of_dsc(peer: ScanServerPeer) -> None:
    """WS-DSC: soap:Sender, dsc:ClientErrorJobTokenNotFound, the token as detail."""
    token = peer.unknown_token()
    for answer in (await peer.elements(token, namespace=DSC), await peer.cancel(token, DSC)):
        fault = expect(answer).fault(SENDER, Name(DSC, "ClientErrorJobTokenNotFound"))
        require(token in fault.detail, f"the detail {fault.detail!r}", f"{token} as detail", [answer])


@check("bdsrr/4.2/job-token-not-found-as-printed")
async def token_not_found_as_printed(peer: ScanServerPeer) -> None:
    """Whether the fault comes under soap:Receiver, as it is printed."""
    answer = await peer.elements(peer.unknown_token(), namespace=DSC)
    expect(answer).fault(RECEIVER, Name(DSC, "ClientErrorJobTokenNotFound"))


@check("bdsrr/3.2.4.3/unknown-token")
async def unknown_token_of_dsc(peer: ScanServerPeer) -> None:
    """GetPostScanJobElements of WS-DSC with a token that no job has."""
    answer = await peer.elements(peer.unknown_token(), namespace=DSC)
    expect(answer).fault(None, Name(DSC, "ClientErrorJobTokenNotFound"))


@check("bdsrr/3.2.4.2/cancel-of-an-ended-job")
async def cancel_of_an_ended_job_of_dsc(peer: ScanServerPeer) -> None:
    """CancelPostScanJob of WS-DSC for a job that has ended."""
    job = await peer.ended_job()
    expect(await peer.cancel(job.token, DSC)).fault(None, Name(DSC, "ClientErrorJobTokenNotFound"))


@check("dsp/fault/endpoint-unavailable")
async def odd_token(peer: ScanServerPeer) -> None:
    """Whether a token that is no GUID is answered with wsa:EndpointUnavailable."""
    expect(await peer.elements("no-guid")).fault(None, UNAVAILABLE)


# What a state forbids


async def _late_image(peer: ScanServerPeer, job: Job) -> Exchange:
    """The answer to an image for a job at work. Raises NotRun where it may have ended meanwhile."""
    answer = await peer.send_image(job.token, 99)
    state = expect(await peer.elements(job.token)).answer().text("//dsp:JobState")
    if state in FINAL_STATES:
        raise NotRun(f"the job was {state} before it could be asked", [answer])
    return answer


@check("dsp/fault/operation-failed")
async def operation_failed(peer: ScanServerPeer) -> None:
    """Whether an image for a job at work is answered with soap:Receiver, OperationFailed, without detail."""
    job = await peer.working_job()
    answer = await _late_image(peer, job)
    fault = expect(answer).fault(RECEIVER, *both("OperationFailed"))
    require(not fault.detail, f"the detail {fault.detail!r}", "no detail", [answer])


@check("dsp/fault/no-detail-where-none-is-defined")
async def no_detail(peer: ScanServerPeer) -> None:
    """Whether a fault whose code defines no detail has none."""
    job = await peer.working_job()
    answer = await _late_image(peer, job)
    fault = expect(answer).fault(None, *both("OperationFailed"))
    require(not fault.has_detail, "a soap:Detail", "none", [answer])


# Headers


async def _asked_with(peer: ScanServerPeer, octets: bytes) -> Exchange:
    return await peer.speaker.send(peer.service, octets, operation="GetPostScanJobElements", wrong=True)


async def _question(peer: ScanServerPeer) -> tuple[str, str]:
    """Action and body of a question that is right."""
    token = (await peer.open_job()).token
    action = requests.action_of(DSP, "GetPostScanJobElements")
    return action, requests.elements(token, ["dsp:JobStatus"])


@check("addressing/fault/message-information-header-required")
async def header_required(peer: ScanServerPeer) -> None:
    """A request without a MessageID: soap:Sender, wsa:MessageInformationHeaderRequired."""
    action, body = await _question(peer)
    answer = await _asked_with(peer, requests.envelope(peer.service, action, body, message_id=""))
    expect(answer).fault(SENDER, REQUIRED)


@check("addressing/fault/invalid-message-information-header")
async def header_twice(peer: ScanServerPeer) -> None:
    """A request with two MessageIDs: soap:Sender, wsa:InvalidMessageInformationHeader."""
    action, body = await _question(peer)
    second = f"<wsa:MessageID>{requests.new_id()}</wsa:MessageID>"
    answer = await _asked_with(peer, requests.envelope(peer.service, action, body, headers=second))
    expect(answer).fault(SENDER, INVALID)


@check("addressing/fault/destination-unreachable")
async def destination_unreachable(peer: ScanServerPeer) -> None:
    """A request whose To leads nowhere: soap:Sender, wsa:DestinationUnreachable."""
    action, body = await _question(peer)
    answer = await _asked_with(peer, requests.envelope("urn:example:nowhere", action, body))
    expect(answer).fault(SENDER, UNREACHABLE)


@check("addressing/reply-to/elsewhere-refused")
async def reply_to_elsewhere(peer: ScanServerPeer) -> None:
    """A request whose ReplyTo is another address: a fault by the same connection."""
    action, body = await _question(peer)
    answer = await _asked_with(
        peer, requests.envelope(peer.service, action, body, reply_to="http://192.0.2.1/reply")
    )
    expect(answer).any_fault()


@check("soap/fault/must-understand")
async def must_understand(peer: ScanServerPeer) -> None:
    """A header block that nobody knows and that must be understood: soap:MustUnderstand."""
    action, body = await _question(peer)
    block = '<x:Unknown xmlns:x="urn:example:judge" soap:mustUnderstand="true"/>'
    answer = await _asked_with(peer, requests.envelope(peer.service, action, body, headers=block))
    expect(answer).fault(Name(SOAP, "MustUnderstand"), words="soap:Fault MustUnderstand")


@check("soap/fault/version-mismatch")
async def version_mismatch(peer: ScanServerPeer) -> str:
    """An Envelope of SOAP 1.1: soap:VersionMismatch, in either version of SOAP."""
    action, body = await _question(peer)
    octets = requests.envelope(peer.service, action, body).replace(SOAP.encode(), SOAP_1_1.encode())
    answer = await _asked_with(peer, octets)
    envelope = expect(answer).answer("soap:Fault VersionMismatch")
    code = envelope.text("//*[local-name()='Fault']//*[local-name()='Value' or local-name()='faultcode']")
    require(code.endswith("VersionMismatch"), f"the code {code or 'of none'}", "VersionMismatch", [answer])
    return code


@check("habits/client/odd-prefixes", "dsc/wire/prefixes-mean-nothing")
async def odd_prefixes(peer: ScanServerPeer) -> None:
    """A request with unusual prefixes is read."""
    action, body = await _question(peer)
    octets = requests.envelope(peer.service, action, body)
    for prefix in ("soap", "wsa", "dsp"):
        odd = f"odd-{prefix}.1"
        octets = octets.replace(f"{prefix}:".encode(), f"{odd}:".encode())
        octets = octets.replace(f"xmlns:{prefix}=".encode(), f"xmlns:{odd}=".encode())
    answer = await _asked_with(peer, octets)
    expect(answer).response("GetPostScanJobElementsResponse")


@check("habits/client/one-line-and-indented")
async def indented(peer: ScanServerPeer) -> None:
    """A request with line breaks between its elements is read."""
    action, body = await _question(peer)
    octets = requests.envelope(peer.service, action, body).replace(b"><", b">\r\n\t<")
    expect(await _asked_with(peer, octets)).response("GetPostScanJobElementsResponse")


@check("soap/envelope/byte-order-mark")
async def byte_order_mark(peer: ScanServerPeer) -> None:
    """A byte order mark before an envelope is tolerated."""
    action, body = await _question(peer)
    octets = b"\xef\xbb\xbf" + requests.envelope(peer.service, action, body)
    expect(await _asked_with(peer, octets)).response("GetPostScanJobElementsResponse")


# Where a fault goes


@check("dsp/fault/destination", "bdsrr/2.2.2.1/rules-of-ws-addressing")
async def by_the_connection(peer: ScanServerPeer) -> None:
    """A fault comes by the connection of its request where FaultTo is anonymous, beside ReplyTo and without one,
    and where neither is named; it relates to that request."""
    fault_to = f"<wsa:FaultTo><wsa:Address>{ANONYMOUS}</wsa:Address></wsa:FaultTo>"
    action = requests.action_of(DSP, "GetPostScanJobElements")
    for headers, reply_to in ((fault_to, ANONYMOUS), (fault_to, ""), ("", "")):
        body = requests.elements(peer.unknown_token(), ["dsp:JobStatus"])
        octets = requests.envelope(peer.service, action, body, headers=headers, reply_to=reply_to)
        answer = await peer.speaker.send(peer.service, octets, operation="GetPostScanJobElements")
        told = expect(answer).answer("a fault")
        if told.fault is None:
            raise NotRun("a question for a job that nobody has is not refused", [answer])
        assert answer.asked is not None
        wanted = answer.asked.message_id
        came = answer.envelope.text("/soap:Envelope/soap:Header/wsa:RelatesTo")
        require(came == wanted, f"a fault with wsa:RelatesTo {came or 'missing'}", wanted, [answer])


# HTTP


@check("soap/http/wrong-method-405")
async def wrong_method(peer: ScanServerPeer) -> None:
    """PUT is answered with 405."""
    answer = await peer.speaker.send(peer.service, b"", operation="PUT", method="PUT", wrong=True)
    expect(answer).status(405)


@check("soap/http/wrong-path-404")
async def wrong_path(peer: ScanServerPeer) -> None:
    """A path without a service is answered with 404."""
    action, body = await _question(peer)
    url = f"{peer.service.rstrip('/')}/no-such-service"
    answer = await peer.speaker.send(url, requests.envelope(url, action, body), operation="nowhere", wrong=True)
    expect(answer).status(404)


@check("soap/http/wrong-type-415")
async def wrong_type(peer: ScanServerPeer) -> None:
    """A body that is no SOAP is answered with 415."""
    answer = await peer.speaker.send(
        peer.service, b"{}", operation="JSON", content_type="application/json", wrong=True
    )
    expect(answer).status(415)
