"""RetrieveImage: what its answers hold, how many there are, and where they end (docs/protocol/ws-scan.md,
sections 2.5 and 4)."""

from __future__ import annotations

from dataclasses import replace

from emulator.conformance.devices.asked_device import NO_IMAGES, NOT_FOUND, ScanJob
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.direct.image_reading import (
    picture_of,
    shown,
)
from emulator.conformance.devices.keywords import MANY_IMAGES
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.picture import kind_of
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.mime import media_type
from emulator.conformance.names import WSCN
from emulator.conformance.verdict import NotApplicable

TYPES = {
    "jfif": ("image/jpeg",),
    "exif": ("image/jpeg",),
    "png": ("image/png",),
    "dib": ("image/bmp", "image/x-bmp", "image/x-ms-bmp"),
    "jpeg2k": ("image/jp2",),
    "pdf-a": ("application/pdf",),
    "xps": ("application/vnd.ms-xpsdocument", "application/oxps"),
    "jbig": ("image/jbig", "image/x-jbig"),
}
"""Keyword -> media types of its part. [wscn/format/attachment-types]"""


@check("wscn/retrieve-image/supported")
async def retrieve_image(peer: DevicePeer) -> None:
    """RetrieveImage of a job that has just been created brings an image."""
    answer = await peer.retrieve(await peer.new_job())
    expect(answer).response("RetrieveImageResponse", WSCN)
    require(len(answer.parts) > 1, f"{len(answer.parts)} parts", "an image behind the envelope", [answer])


@check("wscn/retrieve-image/response", "wscn/retrieve-image/one-include")
async def one_include(peer: DevicePeer) -> None:
    """RetrieveImageResponse holds ScanData with one xop:Include."""
    job = await peer.ended_job()
    answer = job.images[0]
    told = expect(answer).response("RetrieveImageResponse", WSCN)
    found = told.all("//wscn:RetrieveImageResponse/wscn:ScanData/xop:Include")
    require(len(found) == 1, f"{len(found)} xop:Include in ScanData", "one", [answer], told.body)
    href = found[0].get("href", "")
    require(href.startswith("cid:"), f"href={href!r}", "cid: and the Content-ID", [answer], found[0])


@check("wscn/retrieve-image/mtom")
async def mtom(peer: DevicePeer) -> None:
    """The answer is multipart/related with type application/xop+xml, and its image binary."""
    answer = (await peer.ended_job()).images[0]
    came = media_type(answer.content_type)
    require(came == "multipart/related", came, "multipart/related", [answer])
    xop = "application/xop+xml" in answer.content_type
    require(xop, answer.content_type, 'type="application/xop+xml"', [answer])
    coding = {name.lower(): value for name, value in answer.parts[-1].headers}.get(
        "content-transfer-encoding", "binary"
    )
    require(coding.lower() == "binary", f"Content-Transfer-Encoding {coding}", "binary", [answer])


@check("wscn/retrieve-image/image-is-the-second-part", "clients/sane-airscan/second-part")
async def second_part(peer: DevicePeer) -> None:
    """There are two parts, the envelope and the image."""
    answer = (await peer.ended_job()).images[0]
    require(len(answer.parts) == 2, f"{len(answer.parts)} parts", "two", [answer])
    kind = kind_of(answer.parts[1].data)
    require(bool(kind), f"a second part that begins with {answer.parts[1].data[:8]!r}", "the image", [answer])


@check("wscn/format/attachment-types")
async def attachment_types(peer: DevicePeer) -> str:
    """The image part has the type of its format."""
    job = await peer.ended_job()
    answer, format = job.images[0], (await peer.ticket()).format
    headers = {name.lower(): value for name, value in answer.parts[-1].headers}
    came = media_type(headers.get("content-type", ""))
    wanted = ("image/tiff",) if format.startswith("tiff") else TYPES.get(format, (came,))
    require(came in wanted, f"Content-Type {came} of {format}", " or ".join(wanted), [answer])
    return came


# How many


@check("wscn/retrieve-image/after-the-last-image")
async def after_the_last(peer: DevicePeer) -> None:
    """RetrieveImage behind the last image of a job."""
    job = await peer.ended_job()
    answer = await peer.retrieve(ScanJob(job.id, job.token, job.created))
    expect(answer).fault(None, NO_IMAGES, also=[NOT_FOUND])


@check("wscn/retrieve-image/platen-completed-after-one")
async def one_of_the_platen(peer: DevicePeer) -> None:
    """A job of one image from Platen is Completed when it has been delivered."""
    await _one_of_the_platen(peer, 1)


@check("wscn/validation/zero-images-of-platen")
async def zero_of_the_platen(peer: DevicePeer) -> None:
    """ImagesToTransfer of 0 from Platen gives one image."""
    await _one_of_the_platen(peer, 0)


async def _one_of_the_platen(peer: DevicePeer, images: int) -> None:
    platen = await peer.require_platen()
    job = await peer.created(await peer.ticket(platen, images=images))
    first = await peer.retrieve(job)
    expect(first).response("RetrieveImageResponse", WSCN)
    second = await peer.retrieve(job)
    expect(second).fault(None, NO_IMAGES, also=[NOT_FOUND])
    state = await peer.until(job)
    require(state in ("Completed", ""), state, "Completed", [first, second])


@check("wscn/validation/zero-images-of-feeder")
async def until_the_feeder_is_empty(peer: DevicePeer) -> None:
    """ImagesToTransfer of 0 from ADF gives as many images as there are sheets, and then none."""
    job, last = await _of_three_sheets(peer, 0)
    require(len(job.images) == 3, f"{len(job.images)} images of three sheets", "three", [last])
    expect(last).fault(None, NO_IMAGES, also=[NOT_FOUND])


@check("wscn/retrieve-image/feeder-completed-when-empty")
async def completed_when_empty(peer: DevicePeer) -> None:
    """A job of the feeder is Completed once it was told that there is nothing more."""
    job, last = await _of_three_sheets(peer, 3)
    expect(last).fault(None, NO_IMAGES, also=[NOT_FOUND])
    state = await peer.until(job)
    require(state in ("Completed", ""), state, "Completed", [last])


async def _of_three_sheets(peer: DevicePeer, images: int) -> tuple[ScanJob, Exchange]:
    feeder = await peer.require_feeder(3)
    job = await peer.created(await peer.ticket(feeder, images=images))
    return job, await _fetch_all(peer, job, 5)


@check("wscn/format/one-image-a-file")
async def one_image_a_file(peer: DevicePeer) -> None:
    """Two sheets in a format of one image a file come as two files of one image."""
    feeder = await peer.require_feeder(2)
    job = await peer.created(await peer.ticket(feeder, images=2))
    last = await _fetch_all(peer, job, 2)
    require(len(job.images) == 2, f"{len(job.images)} files of two sheets", "two", [last])
    for each in job.images:
        frames = picture_of(each).frames
        require(frames == 1, f"a file of {frames} images", "one", [each])


@check("wscn/format/all-images-in-one-file")
async def all_in_one_file(peer: DevicePeer) -> None:
    """Two sheets in a format of several images come as one file of two."""
    configuration = await peer.configuration()
    format = next((each for each in configuration.formats if each in MANY_IMAGES), "")
    if not format:
        raise NotApplicable("none of its formats holds several images", [(await shown(peer))])
    feeder = await peer.require_feeder(2)
    color = "BlackAndWhite1" if format.endswith(("g4", "g3mh")) else feeder.color
    job = await peer.created(await peer.ticket(feeder, images=2, format=format, color=color))
    last = await _fetch_all(peer, job, 2)
    require(len(job.images) == 1, f"{len(job.images)} files", "one", [last])
    if format.startswith("tiff"):
        frames = picture_of(job.images[0]).frames
        require(frames == 2, f"a file of {frames} images", "two", [job.images[0]])


@check("wscn/job/scans-completed-counts-sides", "wscn/validation/duplex-counts-sides")
async def duplex_counts_sides(peer: DevicePeer) -> None:
    """Two images of ADFDuplex are the two sides of one sheet, and each counts."""
    job, last = await _duplex(peer, 2)
    require(len(job.images) == 2, f"{len(job.images)} images", "two", [last])
    status = await peer.status(job)
    count = status.envelope.text("//wscn:ScansCompleted")
    if status.envelope.fault is None:
        require(count == "2", f"ScansCompleted {count}", "2", [status])


@check("wscn/validation/duplex-odd-number")
async def duplex_odd_number(peer: DevicePeer) -> None:
    """Three images of ADFDuplex are three, of two sheets."""
    job, last = await _duplex(peer, 3)
    require(len(job.images) == 3, f"{len(job.images)} images", "three", [last])
    expect(last).fault(None, NO_IMAGES, also=[NOT_FOUND])


@check("wscn/validation/duplex-without-media-back")
async def duplex_without_back(peer: DevicePeer) -> None:
    """Both sides have the size that MediaFront asks for."""
    job, last = await _duplex(peer, 2)
    require(len(job.images) == 2, f"{len(job.images)} images", "two", [last])
    front, back = (picture_of(each) for each in job.images)
    sizes = (front.width, front.height), (back.width, back.height)
    same = all(abs(a - b) <= 2 for a, b in zip(*sizes, strict=True)) and front.bits == back.bits
    told = [f"{each.width} x {each.height} of {each.bits} bits" for each in (front, back)]
    found = f"front {told[0]}, back {told[1]}"
    require(same, found, "both alike", job.images)


async def _duplex(peer: DevicePeer, images: int) -> tuple[ScanJob, Exchange]:
    configuration = await peer.configuration()
    feeder = await peer.require_feeder()
    if not configuration.duplex:
        raise NotApplicable("its ADFSupportsDuplex is false", [await shown(peer)])
    await peer.require_feeder((images + 1) // 2)
    ticket = replace(await peer.ticket(feeder), images=images, source="ADFDuplex")
    job = await peer.created(ticket)
    last = await _fetch_all(peer, job, images + 1)
    await peer.until(job)
    return job, last


async def _fetch_all(peer: DevicePeer, job: ScanJob, most: int) -> Exchange:
    """Fetch until a fault comes, or there were so many; the last answer."""
    while True:
        answer = await peer.retrieve(job)
        if expect(answer).answer().fault is not None or len(job.images) >= most:
            return answer
        if not answer.parts:
            raise expect(answer).departs("an image or a fault")
