"""Transfers that break: bodies cut short, lengths and chunks that lie, packages that never end. What has not come
whole is not taken; who waits for the rest of it keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from emulator.conformance import requests
from emulator.conformance.check import check
from emulator.conformance.expect import TIMED_OUT, expect, met, require
from emulator.conformance.http_octets import LAST_CHUNK, chunk, head
from emulator.conformance.mime import BOUNDARY, PACKAGE_TYPE, package
from emulator.conformance.names import DSP
from emulator.conformance.packaging import image_package, require_count
from emulator.conformance.pages import FORMAT, MEDIA_TYPE
from emulator.conformance.peer import Job, ScanServerPeer
from emulator.conformance.verdict import Departure, Inconclusive

_LARGE: Final = 8 * 1024 * 1024
"""Octets, more than lie between two ends of a connection."""


@check("soap/http/answer-after-the-request")
async def early_answer(peer: ScanServerPeer) -> str:
    """An image of 8 MB for a job that nobody has: the fault is still there when all of it is sent."""
    token = peer.unknown_token()
    octets = requests.envelope(peer.service, requests.action_of(DSP, "SendImage"), requests.image(token, 1, FORMAT))
    whole = package(octets, peer.next_page() + bytes(_LARGE), MEDIA_TYPE)
    said = head(peer.service, f"Content-Length: {len(whole)}")
    answer = await peer.speaker.raw(peer.service, said, whole, operation="SendImage")
    if not answer.answered and answer.error.startswith(TIMED_OUT):
        raise Inconclusive(f"no answer in time: {answer.error}", [answer])
    require(answer.answered, f"it is not there: {answer.error}", "an answer, once the request is sent", [answer])
    return met(answer)


# Cut off


async def _require_not_taken(peer: ScanServerPeer, job: Job, cut: list[bytes]) -> None:
    """None of these brings an image, behind each of which the connection is closed; some time passes, in which the
    peer notices."""
    sent = [await peer.speaker.raw(peer.service, each, operation="SendImage", linger=0) for each in cut]
    await asyncio.sleep(peer.limits.quiet)
    await require_count(peer, job, sent, 0)


async def _require_taken_whole(peer: ScanServerPeer, job: Job) -> None:
    """The image is taken when it is sent whole, at the latest when a slow peer can have noticed that the
    connections before are closed. Raises Departure, Inconclusive."""
    over = asyncio.get_running_loop().time() + peer.limits.silence
    while True:
        try:
            await peer.add_image(job, 1)
        except Departure:
            if asyncio.get_running_loop().time() > over:
                raise
            await asyncio.sleep(peer.limits.poll)
        else:
            return


@check("http/length/incomplete", hostile=True)
async def cut_by_length(peer: ScanServerPeer) -> None:
    """An image is not taken whose package was cut: in the envelope, in the headers of the image, in the middle of
    the image. It is taken when it is sent whole."""
    job, whole = await image_package(peer)
    said = head(peer.service, f"Content-Length: {len(whole)}")
    image = whole.rindex(b"\r\n\r\n")
    # No document forbids to take an image that is all there, with octets missing behind it.
    ends = whole.index(b"</soap:Body>"), image - 3, (image + len(whole)) // 2
    await _require_not_taken(peer, job, [said + whole[:end] for end in ends])
    await _require_taken_whole(peer, job)


@check("http/chunks/incomplete", hostile=True)
async def cut_chunks(peer: ScanServerPeer) -> None:
    """An image is not taken of which the first chunks have come, and not the last one, of size 0. It is taken when
    it is sent whole."""
    job, whole = await image_package(peer)
    said = head(peer.service, "Transfer-Encoding: chunked")
    half, quarter = whole[: len(whole) * 3 // 4], len(whole) // 4
    cut = [chunk(half), chunk(half[:quarter]) + chunk(half[quarter:]), chunk(half)[:-quarter]]
    await _require_not_taken(peer, job, [said + each for each in cut])
    await _require_taken_whole(peer, job)


# What lies


@check("http/chunks/size-overflow", hostile=True)
async def overflowing_chunk(peer: ScanServerPeer) -> None:
    """A size of 64 bits and more, whose last 32 and 64 bits are those of the chunk, is not read as that of the
    chunk."""
    job, whole = await image_package(peer)
    said = head(peer.service, "Transfer-Encoding: chunked")
    for beyond in (2**32, 2**64):
        octets = said + chunk(whole, f"{beyond + len(whole):x}") + LAST_CHUNK
        answer = await peer.speaker.raw(peer.service, octets, operation="SendImage", linger=_patience(peer))
        await require_count(peer, job, [answer], 0)


@check("http/chunks/broken", hostile=True)
async def lying_chunks(peer: ScanServerPeer) -> None:
    """Chunks whose size is no number, is negative, or is less than what comes, bring no image."""
    job, whole = await image_package(peer)
    said = head(peer.service, "Transfer-Encoding: chunked")
    for size in ("zz", f"-{len(whole):x}", f"{len(whole) - 1:x}"):
        octets = said + chunk(whole, size) + LAST_CHUNK
        answer = await peer.speaker.raw(peer.service, octets, operation="SendImage", linger=_patience(peer))
        await require_count(peer, job, [answer], 0)


@check("mtom/delimiter/never-closed", hostile=True)
async def never_closed(peer: ScanServerPeer) -> None:
    """A package without its last delimiter, all octets of which have come, brings no image."""
    job, whole = await image_package(peer)
    cut = whole[: whole.rindex(f"\r\n--{BOUNDARY}--".encode())]
    answer = await peer.speaker.send(
        peer.service, cut, operation="SendImage", content_type=PACKAGE_TYPE, wrong=True
    )
    await require_count(peer, job, [answer], 0)


@check("mtom/part/headers-never-end", hostile=True)
async def headers_never_end(peer: ScanServerPeer) -> None:
    """A package whose image has a hundred thousand header lines, and no empty one, brings no image."""
    job, whole = await image_package(peer)
    image = whole.rindex(b"\r\n\r\n")
    endless = b"".join(b"\r\nX-%d: 1" % number for number in range(100_000))
    octets = whole[:image] + endless + f"\r\n--{BOUNDARY}--\r\n".encode()
    answer = await peer.speaker.send(
        peer.service, octets, operation="SendImage", content_type=PACKAGE_TYPE, wrong=True
    )
    await require_count(peer, job, [answer], 0)


@check("http/request/unfinished", hostile=True)
async def unfinished(peer: ScanServerPeer) -> None:
    """While the body of one request is not finished, and the head of another, others are answered."""
    job, whole = await image_package(peer)
    said = head(peer.service, f"Content-Length: {len(whole)}")
    linger = 2 * peer.limits.silence
    halves = [
        asyncio.ensure_future(peer.speaker.raw(peer.service, half, operation="SendImage", linger=linger))
        for half in (said + whole[: len(whole) // 2], said[: len(said) // 2])
    ]
    try:
        await asyncio.sleep(min(0.2, peer.limits.quiet))
        answer = await peer.elements(job.token)
    finally:
        for each in halves:
            each.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*halves, return_exceptions=True)
    if answer.error.startswith(TIMED_OUT):
        # Whether it was held up, or is as slow as that by itself, is seen once nobody keeps it waiting.
        alone = await peer.elements(job.token)
        if not alone.answered:
            raise Inconclusive(f"it is as slow when nobody keeps it waiting: {alone.error}", [answer, alone])
    require(answer.answered, f"no answer: {answer.error}", "an answer meanwhile", [answer])
    expect(answer).response("GetPostScanJobElementsResponse")


def _patience(peer: ScanServerPeer) -> float:
    """Seconds to wait for an answer of a peer that may rightly wait for more octets than will come."""
    return min(3.0, peer.limits.silence)
