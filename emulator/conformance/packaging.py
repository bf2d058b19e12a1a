"""Images on their way to a job of the judge's own, in packages that are written by hand."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.conformance import requests
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.mime import IMAGE_ID, ROOT_HEADERS, Part, packed
from emulator.conformance.names import DSP
from emulator.conformance.pages import FORMAT, MEDIA_TYPE
from emulator.conformance.peer import Job, ScanServerPeer
from emulator.conformance.verdict import Inconclusive


def image_parts(octets: bytes, image: bytes, content_id: str = f"<{IMAGE_ID}>") -> tuple[Part, Part]:
    """An envelope and the image behind it.

    - `content_id`: header of the image.
    """
    attached = (
        ("Content-Type", MEDIA_TYPE),
        ("Content-Transfer-Encoding", "binary"),
        ("Content-ID", content_id),
    )
    return Part(ROOT_HEADERS, octets), Part(attached, image)


async def image_envelope(peer: ScanServerPeer, href: str = f"cid:{IMAGE_ID}") -> tuple[Job, bytes]:
    """A new job, and the envelope of a SendImage for it. Raises NotRun where no ordinary one is taken."""
    await peer.situation("a job that has taken an image", peer.new_job)
    job = await peer.new_job(0)
    body = requests.image(job.token, 1, FORMAT, href)
    return job, requests.envelope(peer.service, requests.action_of(DSP, "SendImage"), body)


async def image_package(peer: ScanServerPeer) -> tuple[Job, bytes]:
    """A new job, and a whole package of a SendImage for it. Raises NotRun."""
    job, octets = await image_envelope(peer)
    return job, packed(image_parts(octets, peer.next_page()))


async def require_taken(peer: ScanServerPeer, job: Job, answer: Exchange) -> None:
    """The image that was sent is acknowledged and counted. Raises Departure, Inconclusive."""
    expect(answer).response("SendImageResponse")
    await require_count(peer, job, [answer], 1)


async def require_count(peer: ScanServerPeer, job: Job, sent: Sequence[Exchange], wanted: int) -> None:
    """So many images of the job are counted, `sent` being how they went. Raises Departure, Inconclusive."""
    status = await peer.elements(job.token)
    count = expect(status).response("GetPostScanJobElementsResponse").text("//dsp:ImagesReceived")
    if not count.isdecimal():
        raise Inconclusive(f"ImagesReceived {count!r} does not tell whether it counts", [*sent, status])
    require(count == str(wanted), f"ImagesReceived {count}", str(wanted), [*sent, status])
