"""Images as they are delivered, held against their ticket to the decoded pixel (docs/protocol/ws-scan.md,
sections 2.5, 4 and 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.conformance.devices.checks import check
from emulator.conformance.devices.configuration import Source
from emulator.conformance.devices.keywords import COLORS, MANY_IMAGES, UNCOMPRESSED
from emulator.conformance.devices.peer import NO_IMAGES, DevicePeer, ScanJob, small_region
from emulator.conformance.devices.picture import NoPicture, Picture, cropped, decoded, kind_of, kinds_of
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.mime import media_type
from emulator.conformance.names import WSCN, Name
from emulator.conformance.verdict import Departure, NotApplicable, NotRun

NOT_FOUND = Name(WSCN, "ClientErrorJobIdNotFound")
NO_RESOLUTION = "no resolution stands both in Widths and in Heights"
ALIKE = 0.6
"""Likeness of two scans of the same original at least."""
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


def octets_of(answer: Exchange) -> bytes:
    """The image of an answer: its last part."""
    return answer.parts[-1].data


def picture_of(answer: Exchange) -> Picture:
    """The image of an answer, decoded. Raises Departure."""
    try:
        return decoded(octets_of(answer))
    except NoPicture as error:
        raise Departure(str(error), "an image", [answer]) from None


async def scanned(peer: DevicePeer, ticket: Ticket) -> tuple[Picture, ScanJob, Exchange]:
    """The image of a ticket. Raises Departure, Inconclusive."""
    job, answer = await peer.image_of(ticket)
    return picture_of(answer), job, answer


def told_size(job: ScanJob) -> tuple[int, int, int]:
    """PixelsPerLine, NumberOfLines and BytesPerLine of the front, as CreateScanJobResponse tells them; 0 for what
    is no number."""
    info = "//wscn:CreateScanJobResponse/wscn:ImageInformation/wscn:MediaFrontImageInfo"
    told = [job.created.envelope.text(f"{info}/wscn:{each}") for each in _INFO]
    width, height, octets = (int(each) if each.isdecimal() else 0 for each in told)
    return width, height, octets


_INFO = ("PixelsPerLine", "NumberOfLines", "BytesPerLine")


def require_size(found: tuple[int, int], wanted: tuple[float, float], answer: Exchange, ticket: Ticket) -> None:
    """Width and height in pixels, two pixels more or less."""
    right = all(abs(each - one) <= 2 for each, one in zip(found, wanted, strict=True))
    require(right, f"{found[0]} x {found[1]} pixels", f"{wanted[0]:g} x {wanted[1]:g} {_of(ticket)}", [answer])


def _fits(found: Picture, wanted: tuple[float, float]) -> bool:
    return all(abs(each - one) <= 2 for each, one in zip((found.width, found.height), wanted, strict=True))


async def require_region_heeded(peer: DevicePeer) -> None:
    """Raises NotRun where images of two regions have the same size: then the size of an image says nothing of other
    settings. [wscn/wire/lengths-in-thousandths-of-an-inch]"""

    async def make() -> None:
        plain = await measured(peer)
        assert plain.region is not None
        left, top, width, height = plain.region
        one, _, first = await scanned(peer, plain)
        other, _, second = await scanned(peer, replace(plain, region=(left, top, width // 2, height // 2)))
        if (one.width, one.height) == (other.width, other.height):
            raise NotRun(f"every region has {one.width} x {one.height} pixels", [first, second])

    await peer.situation("images of two regions", make)


def _of(ticket: Ticket) -> str:
    assert ticket.region is not None and ticket.resolution is not None
    return f"of {ticket.region[2]} x {ticket.region[3]}/1000 inch at {ticket.resolution[0]} pixels per inch"


async def measured(peer: DevicePeer, source: Source | None = None, **changes: Any) -> Ticket:
    """A ticket as of DevicePeer.ticket, by whose resolution the size of an image is known. Raises NotRun where the
    source lists none."""
    ticket = await peer.ticket(source, **changes)
    if ticket.resolution is None:
        raise NotRun(NO_RESOLUTION, [await _shown(peer)])
    return ticket


def pixels(ticket: Ticket) -> tuple[float, float]:
    """The size that its region has at its resolution, unturned and unscaled."""
    assert ticket.region is not None and ticket.resolution is not None
    across, down = ticket.resolution[0], ticket.resolution[1] or ticket.resolution[0]
    return ticket.region[2] * across / 1000, ticket.region[3] * down / 1000


# The answer


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
        raise NotApplicable("none of its formats holds several images", [(await _shown(peer))])
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
        raise NotApplicable("its ADFSupportsDuplex is false", [await _shown(peer)])
    await peer.require_feeder((images + 1) // 2)
    ticket = replace(await peer.ticket(feeder), images=images, source="ADFDuplex")
    job = await peer.created(ticket)
    last = await _fetch_all(peer, job, images + 1)
    await peer.until(job)
    return job, last


async def _shown(peer: DevicePeer) -> Exchange:
    return (await peer.section("wscn:ScannerConfiguration"))[1]


async def _fetch_all(peer: DevicePeer, job: ScanJob, most: int) -> Exchange:
    """Fetch until a fault comes, or there were so many; the last answer."""
    while True:
        answer = await peer.retrieve(job)
        if expect(answer).answer().fault is not None or len(job.images) >= most:
            return answer
        if not answer.parts:
            raise expect(answer).departs("an image or a fault")


# Size


@check("wscn/image-information/children")
async def image_information(peer: DevicePeer) -> None:
    """ImageInformation has MediaFrontImageInfo with its three children."""
    job = await peer.ended_job()
    path = "//wscn:CreateScanJobResponse/wscn:ImageInformation/wscn:MediaFrontImageInfo"
    found = job.created.envelope.all(path)
    require(len(found) == 1, f"{len(found)} MediaFrontImageInfo", "one", [job.created], job.created.envelope.body)
    names = [str(each.tag).rpartition("}")[2] for each in found[0] if isinstance(each.tag, str)]
    require(names[:3] == list(_INFO), ", ".join(names), ", ".join(_INFO), [job.created], found[0])


@check("wscn/image-information/after-all-adjustment")
async def size_as_told(peer: DevicePeer) -> str:
    """The decoded image is exactly of the size that CreateScanJobResponse tells."""
    job = await peer.ended_job()
    picture = picture_of(job.images[0])
    width, height, _ = told_size(job)
    found, wanted = f"{picture.width} x {picture.height} pixels", f"{width} x {height} as told"
    require((picture.width, picture.height) == (width, height), found, wanted, [job.created, job.images[0]])
    return found


@check("wscn/image-information/back-only-for-duplex")
async def back_only_for_duplex(peer: DevicePeer) -> None:
    """A job of one side has no MediaBackImageInfo."""
    job = await peer.ended_job()
    found = job.created.envelope.all("//wscn:MediaBackImageInfo")
    require(not found, "MediaBackImageInfo", "none", [job.created], found[0] if found else None)


@check("wscn/image-information/bytes-of-a-compressed-format", "notes/c-19/bytes-per-line-of-compressed-formats")
async def bytes_of_compressed(peer: DevicePeer) -> None:
    """BytesPerLine is 0 for a format that is compressed."""
    configuration = await peer.configuration()
    format = next((each for each in ("jfif", "exif", "png") if each in configuration.formats), "")
    if not format:
        raise NotApplicable("it has neither jfif nor exif nor png", [await _shown(peer)])
    job = await peer.created(await peer.ticket(format=format))
    _, _, octets = told_size(job)
    require(octets == 0, f"BytesPerLine {octets} of {format}", "0", [job.created])


@check("wscn/image-information/bytes-with-padding")
async def bytes_with_padding(peer: DevicePeer) -> str:
    """BytesPerLine of an uncompressed format holds a line of pixels and less than 4 octets of padding."""
    configuration = await peer.configuration()
    format = next((each for each in UNCOMPRESSED if each in configuration.formats), "")
    if not format:
        raise NotApplicable("it has no uncompressed format", [await _shown(peer)])
    ticket = await peer.ticket(format=format)
    job = await peer.created(ticket)
    width, _, octets = told_size(job)
    least = (width * COLORS.get(ticket.color, 8) + 7) // 8
    found = f"BytesPerLine {octets} of {width} pixels of {ticket.color}"
    require(least <= octets < least + 4, found, f"{least} to {least + 3}", [job.created])
    return found


@check("wscn/wire/resolutions-in-pixels-per-inch")
async def resolution(peer: DevicePeer) -> str:
    """A region has as many pixels as its inches make at the resolution that was asked for."""
    source = await peer.source()
    if not source.resolutions:
        raise NotRun(NO_RESOLUTION, [await _shown(peer)])
    seen = []
    for each in source.resolutions[:2]:
        ticket = await peer.ticket(source, resolution=(each, each))
        picture, _, answer = await scanned(peer, ticket)
        if not _fits(picture, pixels(ticket)):
            await require_region_heeded(peer)
        require_size((picture.width, picture.height), pixels(ticket), answer, ticket)
        seen.append(f"{picture.width} x {picture.height} at {each}")
    return ", ".join(seen)


@check("wscn/ticket/resolution")
async def square_resolution(peer: DevicePeer) -> None:
    """A Resolution without Height holds for both directions."""
    source = await peer.source()
    if not source.resolutions:
        raise NotRun(NO_RESOLUTION, [await _shown(peer)])
    ticket = await peer.ticket(source, resolution=(source.resolutions[0], None))
    picture, _, answer = await scanned(peer, ticket)
    if not _fits(picture, pixels(ticket)):
        await require_region_heeded(peer)
    require_size((picture.width, picture.height), pixels(ticket), answer, ticket)


@check("wscn/ticket/scaling", "wscn/wire/scaling-in-percent")
async def scaling(peer: DevicePeer) -> str:
    """The image of another scaling is larger, or smaller, by that."""
    configuration = await peer.configuration()
    low, high = configuration.scaling_width, configuration.scaling_height
    across = next((each for each in (200, 50) if low[0] <= each <= low[1]), 100)
    down = next((each for each in (200, 50) if high[0] <= each <= high[1]), 100)
    ticket = await measured(peer, scaling=(across, down))
    picture, _, answer = await scanned(peer, ticket)
    width, height = pixels(ticket)
    wanted = (width * across / 100, height * down / 100)
    if not _fits(picture, wanted):
        await require_region_heeded(peer)
    require_size((picture.width, picture.height), wanted, answer, ticket)
    return f"{across} and {down} percent"


@check("wscn/ticket/rotation")
async def rotation(peer: DevicePeer) -> str:
    """An image that is turned by 90, 180 or 270 degrees is the other one turned clockwise."""
    configuration = await peer.configuration()
    turns = [int(each) for each in configuration.rotations if each in ("90", "180", "270")]
    if not turns:
        raise NotApplicable("its RotationsSupported has 0 alone", [await _shown(peer)])
    plain = await measured(peer)
    upright, _, first = await scanned(peer, plain)
    for degrees in turns:
        picture, _, answer = await scanned(peer, replace(plain, rotation=str(degrees)))
        wanted = upright.turned(degrees)
        require_size((picture.width, picture.height), (wanted.width, wanted.height), answer, plain)
        if plain.source == "Platen" and upright.has_content:
            # The same original lies there: it is the other picture, turned.
            right = picture.likeness(wanted)
            others = [picture.likeness(upright.turned(other)) for other in (0, 90, 180, 270) if other != degrees]
            found = f"an image that is like the other one turned by {degrees} degrees to {right:.0%}"
            require(right > max(others), found, f"more than to {max(others):.0%} in another way", [first, answer])
    return ", ".join(map(str, turns))


@check("wscn/validation/region-trimmed-and-reported")
async def region(peer: DevicePeer) -> str:
    """Whether a region that reaches beyond the medium is trimmed, and the image has the size that is reported."""
    source = await peer.source()
    width, height = source.largest
    ticket = await measured(peer, source, region=(width - 1500, height - 1500, 3000, 3000))
    job = await peer.created(ticket)
    answer = await peer.retrieve(job)
    expect(answer).response("RetrieveImageResponse", WSCN)
    told = job.created.envelope
    final = [told.text(f"//wscn:DocumentFinalParameters//wscn:MediaFront//wscn:{each}") for each in _REGION]
    require(all(each.isdecimal() for each in final), f"a ScanRegion of {final}", "four numbers", [job.created])
    left, top, across, down = map(int, final)
    trimmed = replace(ticket, region=(left, top, across, down))
    picture = picture_of(answer)
    require_size((picture.width, picture.height), pixels(trimmed), answer, trimmed)
    return f"trimmed to {final[2]} x {final[3]}"


_REGION = ("ScanRegionXOffset", "ScanRegionYOffset", "ScanRegionWidth", "ScanRegionHeight")


@check("wscn/validation/region-absent")
async def region_absent(peer: DevicePeer) -> str:
    """An image that no ScanRegion is asked for has the size of InputMediaSize."""
    source = await peer.source()
    size = small_region(source)
    ticket = await measured(peer, source, region=None, media_size=size)
    picture, _, answer = await scanned(peer, ticket)
    whole = replace(ticket, region=(0, 0, *size))
    require_size((picture.width, picture.height), pixels(whole), answer, whole)
    return f"{picture.width} x {picture.height}"


# Colours and formats


@check("wscn/color/keywords")
async def colors(peer: DevicePeer) -> str:
    """An image of each colour that the source lists has pixels of that many bits."""
    source = await peer.source()
    seen = []
    for color in source.colors:
        format = await _format_for(peer, color)
        if format and color in COLORS and COLORS[color] in (1, 8, 24):
            picture, _, answer = await scanned(peer, await peer.ticket(source, color=color, format=format))
            bits = COLORS[color]
            require(picture.bits == bits, f"{picture.bits} bits a pixel of {color}", f"{bits}", [answer])
            seen.append(color)
    if not seen:
        raise NotRun("the judge can decode none of its colours in any of its formats", [await _shown(peer)])
    return ", ".join(seen)


async def _format_for(peer: DevicePeer, color: str) -> str:
    """A format of the device that holds such pixels and that the judge can decode; ''."""
    formats = (await peer.configuration()).formats
    wanted = ("png", "tiff-single-uncompressed", "dib", "tiff-single-g4" if color == "BlackAndWhite1" else "jfif")
    return next((each for each in wanted if each in formats), "")


@check("wscn/format/keywords")
async def formats(peer: DevicePeer) -> str:
    """A file of each format that the device lists is of that kind by its own octets."""
    source, seen = await peer.source(), []
    for format in (await peer.configuration()).formats:
        kinds = kinds_of(format)
        bilevel = format.endswith(("g4", "g3mh"))
        if not kinds or (bilevel and "BlackAndWhite1" not in source.colors):
            continue
        if format in ("jfif", "exif") and source.color == "BlackAndWhite1":
            continue
        color = "BlackAndWhite1" if bilevel else source.color
        _, answer = await peer.image_of(await peer.ticket(source, format=format, color=color))
        kind = kind_of(octets_of(answer))
        require(kind in kinds, f"{kind or 'a file of no known kind'} for {format}", " or ".join(kinds), [answer])
        seen.append(format)
    if not seen:
        raise NotRun("the judge knows none of its formats by the first octets", [await _shown(peer)])
    return ", ".join(seen)


@check(
    "wscn/retrieve-image/transfer-error-aborts",
    "wscn/job-reason/image-transfer-error",
    "wscn/job-state/processing-to-aborted-by-transfer",
    "wscn/job-state/aborted",
)
async def transfer_error(peer: DevicePeer) -> None:
    """A client that goes in the midst of an image has the job aborted with ImageTransferError."""
    source = await peer.source()
    largest = source.resolutions[-1] if source.resolutions else 300
    size = (min(source.largest[0], 8000), min(source.largest[1], 11000))
    formats = (await peer.configuration()).formats
    format = next((each for each in UNCOMPRESSED if each in formats), "")
    ticket = await peer.ticket(source, resolution=(min(largest, 300),) * 2, region=(0, 0, *size))
    job = await peer.created(replace(ticket, format=format or ticket.format))
    left = await peer.retrieve_and_leave(job)
    state = await peer.until(job)
    status = await peer.status(job)
    reasons = [each.text for each in status.envelope.all("//wscn:JobStateReason")]
    if not state:
        raise NotRun("the device has forgotten the job", [left, status])
    if state == "Completed":
        raise NotRun("the image was sent whole before anybody could leave", [left, status])
    right = state == "Aborted" and "ImageTransferError" in reasons
    require(right, f"{state} ({', '.join(map(str, reasons))})", "Aborted with ImageTransferError", [left, status])


def region_of(whole: bytes, ticket: Ticket, part: Ticket) -> Picture:
    """What the picture of one region shows of another one within it."""
    assert ticket.region is not None and part.region is not None
    left, top, width, height = ticket.region
    x, y, across, down = part.region
    return cropped(
        whole,
        (
            (x - left) / width,
            (y - top) / height,
            (x - left + across) / width,
            (y - top + down) / height,
        ),
    )


@check("wscn/wire/lengths-in-thousandths-of-an-inch")
async def part_of_the_medium(peer: DevicePeer) -> str:
    """The picture of a part of the medium has its size; and of the glass, where something lies on it, it is that
    part of the picture of more of it."""
    source = await peer.source()
    size = (min(source.largest[0], 6000), min(source.largest[1], 8000))
    plain = await measured(peer, source, region=(0, 0, *size))
    part = replace(plain, region=(1000, 1200, size[0] - 2500, size[1] - 4000))
    found, _, second = await scanned(peer, part)
    require_size((found.width, found.height), pixels(part), second, part)
    if source.keyword != "Platen":
        return f"{found.width} x {found.height}; each sheet of the feeder is another"
    whole, _, first = await scanned(peer, plain)
    wanted = region_of(octets_of(first), plain, part)
    if not (whole.has_content and wanted.has_content):
        return f"{found.width} x {found.height}; nothing lies on the glass by which a part could be known"
    alike = found.likeness(wanted)
    require(alike >= ALIKE, f"alike to {alike:.0%}", f"the same part, to {ALIKE:.0%} at least", [first, second])
    return f"alike to {alike:.0%}"
