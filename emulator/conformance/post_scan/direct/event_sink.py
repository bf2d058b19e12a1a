"""Where a device takes its events, as a host of HTTP and SOAP (docs/protocol/dpws.md, sections 4 and 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from emulator.conformance import requests
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, met, require
from emulator.conformance.names import ADDRESSING_FAULT, DSP, SOAP, SOAP_1_1, Name
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.direct.ordinary import subscribing_job
from emulator.conformance.post_scan.peer import PostScanPeer, said
from emulator.conformance.post_scan.script import Held
from emulator.conformance.post_scan.server import JobSeen
from emulator.conformance.reading import RELATES_TO
from emulator.conformance.requests import SOAP_TYPE
from emulator.conformance.verdict import Inconclusive, NotApplicable, NotRun

_EVENT: Final = "PostScanJobStatusEvent"


@dataclass(frozen=True)
class Odd:
    """A message to the event sink that is no ordinary event."""

    octets: bytes
    content_type: str = SOAP_TYPE
    method: str = "POST"
    path: str = ""
    """In the place of the sink's own."""


Messages = Callable[[PostScanPeer, JobSeen], Mapping[str, Odd]]


def event_to(peer: PostScanPeer, job: JobSeen, headers: str = "") -> bytes:
    """An event of that job. `headers`: more header blocks."""
    told, body = job.notify_parameters + headers, peer.server.status_event(job)[1]
    return requests.envelope(job.notify_to, f"{DSP}/{_EVENT}", body, reply_to="", headers=told)


async def sent_to_the_sink(peer: PostScanPeer, situation: str, messages: Messages) -> Mapping[str, Exchange]:
    """What the event sink says to each, asked while a job is under way: made once. Raises NotApplicable where the
    device subscribes to nothing, NotRun where it comes to no image."""
    await subscribing_job(peer)

    async def make() -> Mapping[str, Exchange]:
        found: dict[str, Exchange] = {}
        done: list[bool] = []
        held = Held("SendImage")

        async def send(job: JobSeen) -> None:
            with held:
                await held.reached()
                if not job.notify_to:
                    raise NotApplicable("the device subscribes to no events", job.exchanges[:4])
                parts = urlsplit(job.notify_to)
                for name, odd in messages(peer, job).items():
                    to = f"{parts.scheme}://{parts.netloc}{odd.path}" if odd.path else job.notify_to
                    found[name] = await peer.events_speaker.send(
                        to, odd.octets, operation=name, wrong=True, content_type=odd.content_type, method=odd.method
                    )
                done.append(True)

        job = await peer.order(situation, held.script, during=send)
        if not done:
            raise NotRun(f"{said(job)}: the job was over before all was sent", job.exchanges[-2:])
        return found

    return await peer.situation(situation, make)


def _messages(peer: PostScanPeer, job: JobSeen) -> Mapping[str, Odd]:
    unknown = '<j:Odd xmlns:j="urn:example:judge" soap:mustUnderstand="true">1</j:Odd>'
    return {
        "another method": Odd(event_to(peer, job), method="PUT"),
        "another path": Odd(event_to(peer, job), path="/nothing-of-this-name"),
        "another type": Odd(b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png"),
        "a header that nobody knows": Odd(event_to(peer, job, unknown)),
        "SOAP 1.1": Odd(event_to(peer, job).replace(SOAP.encode(), SOAP_1_1.encode())),
    }


async def _answer(peer: PostScanPeer, name: str) -> Exchange:
    """The answer to one of them. Raises Inconclusive where the sink cannot be reached at all."""
    found = await sent_to_the_sink(peer, "odd messages where events are taken", _messages)
    if not any(each.answered for each in found.values()):
        raise Inconclusive(f"{met(found[name])}, to whatever is sent there", [found[name]])
    return found[name]


@check("soap/http/wrong-method-405")
async def wrong_method(peer: PostScanPeer) -> None:
    """PUT to the event sink."""
    expect(await _answer(peer, "another method")).status(405)


@check("soap/http/wrong-path-404")
async def wrong_path(peer: PostScanPeer) -> None:
    """POST to a path at which no events are taken."""
    expect(await _answer(peer, "another path")).status(404)


@check("soap/http/wrong-type-415")
async def wrong_type(peer: PostScanPeer) -> None:
    """A body that is a picture, and says so."""
    expect(await _answer(peer, "another type")).status(415)


@check("soap/http/one-way-202")
async def one_way(peer: PostScanPeer) -> str:
    """An event is answered with 202 and no body."""
    job = await subscribing_job(peer)
    shown = [each for each in job.events if each.answered]
    if not shown:
        raise Inconclusive("no event was answered", job.events)
    for each in shown:
        right = each.status == 202 and not each.body
        require(right, f"{met(each)}, {len(each.body)} octets", "HTTP 202 without a body", [each])
    return f"{len(shown)} events"


@check("soap/fault/must-understand")
async def must_understand(peer: PostScanPeer) -> None:
    """An event with a header block that nobody knows and that must be understood: soap:MustUnderstand."""
    expect(await _answer(peer, "a header that nobody knows")).fault(Name(SOAP, "MustUnderstand"))


@check("soap/fault/version-mismatch")
async def version_mismatch(peer: PostScanPeer) -> None:
    """An event of SOAP 1.1: soap:VersionMismatch."""
    answer = await _answer(peer, "SOAP 1.1")
    told = expect(answer).answer("soap:VersionMismatch")
    path = "string((//*[local-name()='Fault']//*[local-name()='Value' or local-name()='faultcode'])[1])"
    code = str(told.root.xpath(path)).strip()
    right = code.rpartition(":")[2] == "VersionMismatch"
    require(right, f"the code {code or 'of none'}", "soap:VersionMismatch", [answer])


@check("soap/http/other-faults-500")
async def faults_500(peer: PostScanPeer) -> str:
    """The fault soap:MustUnderstand comes with HTTP 500."""
    answer = await _refusal(peer)
    expect(answer).status(500)
    return "500"


@check("addressing/action/of-a-fault")
async def action_of_a_fault(peer: PostScanPeer) -> str:
    """The Action of that fault is that of faults of WS-Addressing, or of SOAP."""
    answer = await _refusal(peer)
    came = answer.envelope.action.strip()
    require(came == ADDRESSING_FAULT, f"wsa:Action {came or 'is missing'}", ADDRESSING_FAULT, [answer])
    return came


@check("addressing/relates-to/of-a-response")
async def relates_to(peer: PostScanPeer) -> str:
    """RelatesTo of that fault is the MessageID of the event."""
    answer = await _refusal(peer)
    assert answer.asked is not None
    wanted = answer.asked.message_id
    came = "".join(answer.envelope.header(RELATES_TO)[:1]).strip()
    require(came == wanted, f"wsa:RelatesTo {came or 'is missing'}", wanted, [answer])
    return came


async def _refusal(peer: PostScanPeer) -> Exchange:
    """The fault to a header block that nobody knows. Raises NotApplicable where there is none."""
    answer = await _answer(peer, "a header that nobody knows")
    if answer.told is None or answer.told.fault is None:
        raise NotApplicable(f"{met(answer)}: no fault", [answer])
    return answer
