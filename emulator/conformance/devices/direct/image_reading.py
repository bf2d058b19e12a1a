"""Images of a device as they come, decoded, and the size that they should have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.conformance.devices.asked_device import ScanJob
from emulator.conformance.devices.configuration import Source
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.picture import NoPicture, Picture, decoded
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.verdict import Departure, NotRun

NO_RESOLUTION = "no resolution stands both in Widths and in Heights"
INFO = ("PixelsPerLine", "NumberOfLines", "BytesPerLine")
"""Of MediaFrontImageInfo, in their order."""
ALIKE = 0.6
"""Likeness of two scans of the same original at least."""


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
    told = [job.created.envelope.text(f"{info}/wscn:{each}") for each in INFO]
    width, height, octets = (int(each) if each.isdecimal() else 0 for each in told)
    return width, height, octets


def require_size(found: tuple[int, int], wanted: tuple[float, float], answer: Exchange, ticket: Ticket) -> None:
    """Width and height in pixels, two pixels more or less."""
    right = all(abs(each - one) <= 2 for each, one in zip(found, wanted, strict=True))
    require(right, f"{found[0]} x {found[1]} pixels", f"{wanted[0]:g} x {wanted[1]:g} {_of(ticket)}", [answer])


def fits(found: Picture, wanted: tuple[float, float]) -> bool:
    """Whether a picture has that width and height in pixels, two more or less."""
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
        raise NotRun(NO_RESOLUTION, [await shown(peer)])
    return ticket


def pixels(ticket: Ticket) -> tuple[float, float]:
    """The size that its region has at its resolution, unturned and unscaled."""
    assert ticket.region is not None and ticket.resolution is not None
    across, down = ticket.resolution[0], ticket.resolution[1] or ticket.resolution[0]
    return ticket.region[2] * across / 1000, ticket.region[3] * down / 1000


async def shown(peer: DevicePeer) -> Exchange:
    """The exchange that brought its ScannerConfiguration. Raises NotRun."""
    return (await peer.section("wscn:ScannerConfiguration"))[1]
