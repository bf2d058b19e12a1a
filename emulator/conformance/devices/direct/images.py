"""Images as they are delivered, held against their ticket to the decoded pixel (docs/protocol/ws-scan.md,
sections 2.5, 4 and 6)."""

from __future__ import annotations

from dataclasses import replace

from emulator.conformance.devices.checks import check
from emulator.conformance.devices.direct.image_reading import (
    ALIKE,
    INFO,
    NO_RESOLUTION,
    fits,
    measured,
    octets_of,
    picture_of,
    pixels,
    require_region_heeded,
    require_size,
    scanned,
    shown,
    told_size,
)
from emulator.conformance.devices.keywords import COLORS, UNCOMPRESSED
from emulator.conformance.devices.peer import DevicePeer, small_region
from emulator.conformance.devices.picture import Picture, cropped, kind_of, kinds_of
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.expect import expect, require
from emulator.conformance.names import WSCN
from emulator.conformance.verdict import NotApplicable, NotRun

# Size


@check("wscn/image-information/children")
async def image_information(peer: DevicePeer) -> None:
    """ImageInformation has MediaFrontImageInfo with its three children."""
    job = await peer.ended_job()
    path = "//wscn:CreateScanJobResponse/wscn:ImageInformation/wscn:MediaFrontImageInfo"
    found = job.created.envelope.all(path)
    require(len(found) == 1, f"{len(found)} MediaFrontImageInfo", "one", [job.created], job.created.envelope.body)
    names = [str(each.tag).rpartition("}")[2] for each in found[0] if isinstance(each.tag, str)]
    require(names[:3] == list(INFO), ", ".join(names), ", ".join(INFO), [job.created], found[0])


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
        raise NotApplicable("it has neither jfif nor exif nor png", [await shown(peer)])
    job = await peer.created(await peer.ticket(format=format))
    _, _, octets = told_size(job)
    require(octets == 0, f"BytesPerLine {octets} of {format}", "0", [job.created])


@check("wscn/image-information/bytes-with-padding")
async def bytes_with_padding(peer: DevicePeer) -> str:
    """BytesPerLine of an uncompressed format holds a line of pixels and less than 4 octets of padding."""
    configuration = await peer.configuration()
    format = next((each for each in UNCOMPRESSED if each in configuration.formats), "")
    if not format:
        raise NotApplicable("it has no uncompressed format", [await shown(peer)])
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
        raise NotRun(NO_RESOLUTION, [await shown(peer)])
    seen = []
    for each in source.resolutions[:2]:
        ticket = await peer.ticket(source, resolution=(each, each))
        picture, _, answer = await scanned(peer, ticket)
        if not fits(picture, pixels(ticket)):
            await require_region_heeded(peer)
        require_size((picture.width, picture.height), pixels(ticket), answer, ticket)
        seen.append(f"{picture.width} x {picture.height} at {each}")
    return ", ".join(seen)


@check("wscn/ticket/resolution")
async def square_resolution(peer: DevicePeer) -> None:
    """A Resolution without Height holds for both directions."""
    source = await peer.source()
    if not source.resolutions:
        raise NotRun(NO_RESOLUTION, [await shown(peer)])
    ticket = await peer.ticket(source, resolution=(source.resolutions[0], None))
    picture, _, answer = await scanned(peer, ticket)
    if not fits(picture, pixels(ticket)):
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
    if not fits(picture, wanted):
        await require_region_heeded(peer)
    require_size((picture.width, picture.height), wanted, answer, ticket)
    return f"{across} and {down} percent"


@check("wscn/ticket/rotation")
async def rotation(peer: DevicePeer) -> str:
    """An image that is turned by 90, 180 or 270 degrees is the other one turned clockwise."""
    configuration = await peer.configuration()
    turns = [int(each) for each in configuration.rotations if each in ("90", "180", "270")]
    if not turns:
        raise NotApplicable("its RotationsSupported has 0 alone", [await shown(peer)])
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
        raise NotRun("the judge can decode none of its colours in any of its formats", [await shown(peer)])
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
        raise NotRun("the judge knows none of its formats by the first octets", [await shown(peer)])
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
