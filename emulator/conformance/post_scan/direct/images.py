"""The images that were sent, decoded, against the scan ticket (docs/protocol/dsm.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from emulator.conformance.devices.picture import NoPicture, Picture, decoded, kind_of, kinds_of
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.post_scan.checks import check
from emulator.conformance.post_scan.kinds import image_in
from emulator.conformance.post_scan.peer import PostScanPeer
from emulator.conformance.verdict import Departure, NotApplicable, NotRun

_BITS: Final = {"BlackAndWhite1": (1,), "Grayscale4": (4, 8), "Grayscale8": (8,), "RGB24": (24,)}
"""ColorProcessing -> bits of a pixel of what is decoded."""
_LONGEST: Final = 20.0
"""Inches of the longest sheet that anybody lays into a feeder."""
_SHORTEST: Final = 1.0


async def _images(peer: PostScanPeer) -> tuple[Ticket, list[Exchange]]:
    job = await peer.ordinary()
    assert peer.scan_process is not None
    return peer.scan_process.ticket, job.acknowledged


def _files(images: list[Exchange]) -> Iterator[tuple[Exchange, str, bytes]]:
    for each in images:
        assert each.asked is not None
        yield each, each.asked.text("//dsp:DocumentDescription/dsp:Format"), image_in(each)


@check("mtom/attachment/octets-unchanged", "wsdapi/wsdbit/attachment-unchanged")
async def whole_files(peer: PostScanPeer) -> str:
    """Each image is a whole file, which decodes to its last pixel."""
    _, images = await _images(peer)
    sizes = []
    for each, format, octets in _files(images):
        if not kinds_of(format) or kind_of(octets) in ("pdf", "xps", ""):
            require(len(octets) > 0, "an empty image", "an image", [each])
            continue
        sizes.append(_decoded(each, octets).width)
    return f"{len(images)} files"


def _decoded(exchange: Exchange, octets: bytes) -> Picture:
    try:
        return decoded(octets)
    except NoPicture as error:
        raise Departure(str(error), "a whole image", [exchange]) from None


@check("psp/scan-process/scan-ticket")
async def by_the_ticket(peer: PostScanPeer) -> str:
    """Format, colours and pixels of each image are as the scan ticket has them."""
    ticket, images = await _images(peer)
    if not ticket.format:
        raise NotRun("the scan ticket is the user's own, and is not read")
    told = ""
    for each, format, octets in _files(images):
        require(format == ticket.format, f"Format {format}", f"{ticket.format} of the scan ticket", [each])
        kind, wanted = kind_of(octets), kinds_of(ticket.format)
        right = not wanted or kind in wanted
        require(right, f"a file of the kind {kind or 'nobody knows'}", f"{' or '.join(wanted)}", [each])
        if not wanted or kind in ("pdf", "xps"):
            continue
        try:
            picture = _decoded(each, octets)
        except Departure as error:
            raise NotRun(f"{error}: of that mtom/attachment/octets-unchanged speaks", [each]) from None
        bits = _BITS.get(ticket.color, ())
        right = not bits or picture.bits in bits
        require(right, f"{picture.bits} bits a pixel", f"{bits} of {ticket.color}", [each])
        if ticket.resolution is not None:
            wide, high = (
                picture.width / ticket.resolution[0],
                picture.height / (ticket.resolution[1] or ticket.resolution[0]),
            )
            plausible = _SHORTEST <= wide <= _LONGEST and _SHORTEST <= high <= _LONGEST
            size = f"{picture.width} x {picture.height} pixels, {wide:.1f} x {high:.1f} inches by the ticket"
            require(plausible, size, "the size of a sheet", [each])
            _require_resolution(each, octets, ticket.resolution[0])
            told = size
    return told or ticket.format


def _require_resolution(exchange: Exchange, octets: bytes, wanted: int) -> None:
    """What the file says of its resolution, where it says anything, is that of the ticket."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(octets)) as image:
        said = image.info.get("dpi")
    if said and float(said[0]) > 1:
        right = abs(float(said[0]) - wanted) < 1.5
        require(right, f"a file that says {float(said[0]):g} dpi", f"{wanted} dpi", [exchange])


@check("psp/change/must-honor", "psp/change/marked-by-must-honor")
async def must_honor(peer: PostScanPeer) -> str:
    """A scan ticket that demands what the device cannot do, marked by MustHonor, is not scanned."""
    assert peer.scan_process is not None
    ticket = peer.scan_process.ticket
    if not ticket.source:
        raise NotApplicable("nothing is known of what the device can do", [])
    impossible = replace(ticket, resolution=(7, 7), must_honor=frozenset({"Resolution"}))
    try:
        job = await peer.order(
            "a ticket that cannot be honoured",
            scan_process=peer.other_scan_process(impossible),
            may_stay_away=True,
        )
    except NotRun as error:
        if "refuses" in str(error):
            return f"refused at the device: {error}"
        raise
    wrong = job.of("SendImage", "EndPostScanJob")
    require(not wrong, "a job by a ticket that the device cannot honour", "the scan is rejected", wrong[:2])
    return "the scan is rejected"
