"""The colours that a file of each format may hold (docs/protocol/ws-scan.md, section 4)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from emulator.conformance.devices.asked_device import CONFIGURATION
from emulator.conformance.devices.checks import check, in_configuration
from emulator.conformance.devices.direct.image_reading import octets_of, picture_of
from emulator.conformance.devices.keywords import COLORS
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.picture import photometric
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.verdict import NotApplicable

FAX: Final = ("tiff-single-g4", "tiff-single-g3mh", "tiff-multi-g4", "tiff-multi-g3mh")
BLACK_IS_ZERO: Final = 1
"""PhotometricInterpretation of TIFF 6.0."""


async def _bits_of(peer: DevicePeer, formats: Collection[str], allowed: Collection[int]) -> str:
    """A file of each of these formats that the device lists has pixels of so many bits, in each colour that the
    source lists and a ticket of the format may ask for."""
    source, configuration = await peer.source(), await peer.configuration()
    seen = []
    for format in (each for each in formats if each in configuration.formats):
        for color in (each for each in source.colors if COLORS.get(each) in allowed):
            _, answer = await peer.image_of(await peer.ticket(source, format=format, color=color))
            bits = picture_of(answer).bits
            wanted = f"{' or '.join(map(str, allowed))} in {format}"
            require(bits in allowed, f"{bits or 'another number of'} bits a pixel", wanted, [answer])
            seen.append(f"{format} {color}")
    if not seen:
        _, answer = await peer.section(CONFIGURATION)
        raise NotApplicable(f"its ScannerConfiguration has none of {', '.join(formats)}", [answer])
    return ", ".join(seen)


@check("wscn/format/jpeg-colors")
async def jpeg_colors(peer: DevicePeer) -> str:
    """An image in jfif or exif is grey of 8 bits or RGB of 24."""
    return await _bits_of(peer, ("jfif", "exif"), (8, 24))


@check("wscn/format/png-colors")
async def png_colors(peer: DevicePeer) -> str:
    """An image in png is grey of 1 or 8 bits or RGB of 24, as far as it was asked for."""
    return await _bits_of(peer, ("png",), (1, 8, 24))


@check("wscn/format/fax-colors")
async def fax_colors(peer: DevicePeer) -> str:
    """An image in a format of fax is black and white."""
    return await _bits_of(peer, FAX, (1,))


@check("wscn/color/black-is-0")
async def black_is_zero(peer: DevicePeer) -> str:
    """PhotometricInterpretation of an uncompressed TIFF in grey says that black is 0."""
    source, configuration = await peer.source(), await peer.configuration()
    format = next((each for each in configuration.formats if each.endswith("-uncompressed")), "")
    color = next((each for each in ("Grayscale8", "BlackAndWhite1") if each in source.colors), "")
    if not (format and color):
        _, answer = await peer.section(CONFIGURATION)
        raise NotApplicable("its ScannerConfiguration has no uncompressed TIFF in grey", [answer])
    _, answer = await peer.image_of(await peer.ticket(source, format=format, color=color))
    picture_of(answer)
    came = photometric(octets_of(answer))
    require(came == BLACK_IS_ZERO, f"PhotometricInterpretation {came}", "1: black is 0", [answer])
    return f"{format} in {color}"


@in_configuration("wscn/extension/formats")
def extension_formats(configuration: object, exchange: Exchange) -> str:
    """Each FormatValue is a word of letters, digits and the signs that the schema allows."""
    found = exchange.envelope.all("//wscn:FormatsSupported/wscn:FormatValue")
    for each in found:
        came = (each.text or "").strip()
        right = bool(came) and all(one.isalnum() or one in ":/;_-+.\\" for one in came)
        require(right, f"FormatValue {came!r}", "letters, digits and : / ; _ - + . \\", [exchange], each)
    return f"{len(found)} formats"
