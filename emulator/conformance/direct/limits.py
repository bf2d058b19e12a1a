"""Much of what is valid, and what is no XML at all: it is answered, if only with a refusal; the server goes on."""

from __future__ import annotations

from typing import Final

from emulator.conformance import requests
from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import TIMED_OUT, met, require
from emulator.conformance.http_octets import head
from emulator.conformance.names import DSP
from emulator.conformance.packaging import require_count
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.requests import SOAP_TYPE
from emulator.conformance.verdict import Inconclusive

_OWN: Final = 'xmlns:j="urn:example:judge"'
_DEEP, _ATTRIBUTES, _BLOCKS, _LONG = 3000, 1500, 700, 20_000
"""All so that the envelope stays within 32767 octets."""
_FAR_TOO_LARGE: Final = 32 * 1024 * 1024


async def _asked(peer: ScanServerPeer, headers: str = "", token: str = "") -> bytes:
    """A question for a job that there is."""
    token = token or (await peer.open_job()).token
    action = requests.action_of(DSP, "GetPostScanJobElements")
    body = requests.elements(token, ["dsp:JobStatus"])
    return requests.envelope(peer.service, action, body, headers=headers)


async def _answered(peer: ScanServerPeer, octets: bytes) -> Exchange:
    """The answer. Raises Departure where the connection was closed without one, Inconclusive where none came."""
    answer = await peer.speaker.send(peer.service, octets, operation="GetPostScanJobElements", wrong=True)
    if not answer.answered and answer.error.startswith(TIMED_OUT):
        raise Inconclusive(f"no answer in time: {answer.error}", [answer])
    require(answer.answered, f"no answer: {answer.error}", "an answer, if only a refusal", [answer])
    return answer


@check("soap/limits/deep-nesting", hostile=True)
async def deep_nesting(peer: ScanServerPeer) -> str:
    """A header block whose elements are nested 3000 levels deep is answered."""
    block = f"<j:a {_OWN}>" + "<b>" * _DEEP + "</b>" * _DEEP + "</j:a>"
    return met(await _answered(peer, await _asked(peer, block)))


@check("soap/limits/many-attributes", hostile=True)
async def many_attributes(peer: ScanServerPeer) -> str:
    """A header block with 1500 attributes is answered."""
    attributes = " ".join(f'a{number}="{number}"' for number in range(_ATTRIBUTES))
    return met(await _answered(peer, await _asked(peer, f"<j:a {_OWN} {attributes}/>")))


@check("soap/limits/many-header-blocks", hostile=True)
async def many_header_blocks(peer: ScanServerPeer) -> str:
    """700 header blocks that nobody knows are answered."""
    blocks = "".join(f'<j:a{number} xmlns:j="urn:j"/>' for number in range(_BLOCKS))
    return met(await _answered(peer, await _asked(peer, blocks)))


@check("soap/limits/long-names", hostile=True)
async def long_names(peer: ScanServerPeer) -> str:
    """An element, and a namespace, of 20 000 characters are answered."""
    said = []
    for block in (f"<j:{'a' * _LONG} {_OWN}/>", f'<j:a xmlns:j="urn:{"a" * _LONG}"/>'):
        said.append(met(await _answered(peer, await _asked(peer, block))))
    return "; ".join(said)


@check("soap/limits/long-texts", hostile=True)
async def long_texts(peer: ScanServerPeer) -> str:
    """A JobToken of 20 000 characters is answered with a fault or a status of the 400s."""
    answer = await _answered(peer, await _asked(peer, token="a" * _LONG))
    require(_refused(answer), met(answer), "a fault, or a status of the 400s", [answer])
    return met(answer)


@check("soap/limits/huge-numbers", hostile=True)
async def huge_numbers(peer: ScanServerPeer) -> None:
    """A DocumentId of thirty digits, and one as far below zero, is answered with a fault, and the image is not
    counted."""
    job = await peer.new_job(0)
    for number in (10**30 + 1, -(10**30), 2**64 + 1, 2**32 + 1):
        answer = await peer.send_image(job.token, number, wrong=True)
        require(_refused(answer), f"DocumentId {number}: {met(answer)}", "a fault", [answer])
        await require_count(peer, job, [answer], 0)


@check("soap/limits/broken-xml", hostile=True)
async def broken_xml(peer: ScanServerPeer) -> None:
    """Envelopes that are cut, that have octets that are no UTF-8, a NUL, two roots, a prefix that is not declared,
    or an attribute twice are answered with a fault or a status of the 400s."""
    octets = await _asked(peer)
    for what, broken in (
        ("cut", octets[: len(octets) // 2]),
        ("no UTF-8", octets.replace(b"<dsp:JobToken>", b"<dsp:JobToken>\xff\xfe")),
        ("a NUL", octets.replace(b"<dsp:JobToken>", b"<dsp:JobToken>\0")),
        ("two roots", octets + b"<a/>"),
        ("no such prefix", octets.replace(b"<dsp:JobToken>", b"<dsp:JobToken j:a='1'>")),
        ("an attribute twice", octets.replace(b"<dsp:JobToken>", b"<dsp:JobToken a='1' a='1'>")),
    ):
        answer = await _answered(peer, broken)
        require(_refused(answer), f"{what}: {met(answer)}", "a fault, or a status of the 400s", [answer])


@check("soap/limits/far-too-large", hostile=True)
async def far_too_large(peer: ScanServerPeer) -> str:
    """An envelope of 32 MB, white space but for a right question, is refused: by a fault, by a status of the 400s,
    or by closing the connection."""
    octets = await _asked(peer)
    body = octets.replace(b"<soap:Body>", b" " * _FAR_TOO_LARGE + b"<soap:Body>")
    said = head(peer.service, f"Content-Length: {len(body)}", content_type=SOAP_TYPE)
    answer = await peer.speaker.raw(peer.service, said, body, operation="GetPostScanJobElements")
    if not answer.answered and answer.error.startswith(TIMED_OUT):
        raise Inconclusive(f"no answer in time: {answer.error}", [answer])
    require(not answer.answered or _refused(answer), met(answer), "a refusal", [answer])
    return met(answer)


def _refused(answer: Exchange) -> bool:
    told = answer.told
    return 400 <= answer.status < 500 or (told is not None and told.fault is not None)
