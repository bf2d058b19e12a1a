"""Scan tickets that a client submits (docs/protocol/ws-scan.md, section 5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Final

from emulator.conformance.clients.checks import invariant
from emulator.conformance.clients.kinds import holding, ticket_of, with_ticket
from emulator.conformance.devices.configuration import MOST, number
from emulator.conformance.devices.keywords import (
    COLORS,
    CONTENT_TYPES,
    FILM_MODES,
    FORMATS,
    ROTATIONS,
    SOURCES,
)
from emulator.conformance.devices.structure import (
    child,
    children,
    own_names,
    require_keyword,
    require_number,
    require_text,
    text,
)
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.names import WSCN
from emulator.conformance.reading import name_of
from emulator.conformance.schemas import violations

ORDERS: Final = {
    "ScanTicket": ("JobDescription", "DocumentParameters"),
    "JobDescription": ("JobName", "JobOriginatingUserName", "JobInformation"),
    "DocumentParameters": (
        "Format",
        "CompressionQualityFactor",
        "ImagesToTransfer",
        "InputSource",
        "FilmScanMode",
        "ContentType",
        "InputSize",
        "Exposure",
        "Scaling",
        "Rotation",
        "MediaSides",
    ),
    "MediaSides": ("MediaFront", "MediaBack"),
    "MediaFront": ("ScanRegion", "ColorProcessing", "Resolution"),
    "MediaBack": ("ScanRegion", "ColorProcessing", "Resolution"),
    "ScanRegion": ("ScanRegionXOffset", "ScanRegionYOffset", "ScanRegionWidth", "ScanRegionHeight"),
}
"""Element of a ticket -> its children, as the schema of MS-BDSRR 6.2 orders them. [bdsrr/6.2/order-of-elements]"""
MUST_HONOR: Final = frozenset(
    {*ORDERS["DocumentParameters"], *ORDERS["MediaFront"], *ORDERS["ScanRegion"]} - {"ScanRegion"}
)
"""[wscn/must-honor/elements]"""
_VENDORS_FORMAT: Final = re.compile(r"[A-Za-z0-9:/;_\-+.\\]*/[A-Za-z0-9:/;_\-+.\\]*")
"""[wscn/extension/formats]"""
_HONORED: Final = "//@*[local-name()='MustHonor']/.."

OfElement = Callable[[Any, Exchange], None]


def each_in_the_ticket(*ids: str, name: str) -> Callable[[OfElement], OfElement]:
    """The function looks at each element of that name in the tickets that hold one."""

    def register(function: OfElement) -> OfElement:
        def look(exchange: Exchange) -> None:
            for element in ticket_of(exchange).iter(f"{{{WSCN}}}{name}"):
                function(element, exchange)

        look.__doc__ = function.__doc__
        over = holding(f"//*[local-name()='ScanTicket']//*[local-name()='{name}']")
        invariant(*ids, over=over)(look)
        return function

    return register


@invariant("bdsrr/6.2/content-by-the-schema", over=holding("/soap:Envelope/soap:Body/*/wscn:ScanTicket"))
def content_by_the_schema(exchange: Exchange) -> None:
    """The published schema of the ticket has nothing against it."""
    for _, says in violations(ticket_of(exchange)):
        require(False, says, "what the schema of the ticket allows", [exchange], ticket_of(exchange))


@invariant("bdsrr/6.2/order-of-elements", over=with_ticket)
def order_of_elements(exchange: Exchange) -> None:
    """Elements of the ticket stand in the order of the schema."""
    for element in ticket_of(exchange).iter(*(f"{{{WSCN}}}{name}" for name in ORDERS)):
        order = ORDERS[name_of(element).local]
        found = [each for each in own_names(element) if each in order]
        right = sorted(found, key=order.index)
        require(found == right, ", ".join(found), ", ".join(right), [exchange], element)


@invariant("wscn/ticket/children", over=with_ticket)
def ticket_children(exchange: Exchange) -> None:
    """A ticket holds JobDescription once, and DocumentParameters at most once."""
    ticket = ticket_of(exchange)
    found = own_names(ticket)
    right = found in (["JobDescription"], ["JobDescription", "DocumentParameters"])
    require(right, ", ".join(found) or "nothing", "JobDescription, then DocumentParameters?", [exchange], ticket)


def _named(exchange: Exchange, name: str) -> None:
    description = child(ticket_of(exchange), "JobDescription")
    found = [] if description is None else children(description, name)
    require(len(found) == 1, f"{len(found)} {name}", f"one {name}", [exchange], description)
    require_text(found[0], exchange)


@invariant("wscn/ticket/job-name", over=with_ticket)
def job_name(exchange: Exchange) -> None:
    """A job has a name by which its user knows it."""
    _named(exchange, "JobName")


@invariant("wscn/ticket/job-originating-user-name", over=with_ticket)
def user_name(exchange: Exchange) -> None:
    """A job says who has submitted it."""
    _named(exchange, "JobOriginatingUserName")


@each_in_the_ticket("wscn/ticket/format", name="Format")
def ticket_format(element: Any, exchange: Exchange) -> None:
    """Format is a keyword, or a vendor's of the form of a MIME type."""
    came = text(element)
    right = came in FORMATS or _VENDORS_FORMAT.fullmatch(came) is not None
    require(right, f"Format {came!r}", f"one of {', '.join(FORMATS)}, or a vendor's", [exchange], element)


@each_in_the_ticket("wscn/ticket/compression-quality-factor", name="CompressionQualityFactor")
def quality(element: Any, exchange: Exchange) -> None:
    """CompressionQualityFactor is 0 to 100."""
    require_number(element, 0, 100, exchange)


@each_in_the_ticket("wscn/ticket/images-to-transfer", name="ImagesToTransfer")
def images_to_transfer(element: Any, exchange: Exchange) -> None:
    """ImagesToTransfer is 0 or more."""
    require_number(element, 0, MOST, exchange)


def _keyword(id: str, name: str, keywords: Collection[str], says: str) -> None:
    def look(element: Any, exchange: Exchange) -> None:
        require_keyword(element, keywords, exchange)

    look.__doc__ = says
    each_in_the_ticket(id, name=name)(look)


_keyword("wscn/ticket/input-source", "InputSource", SOURCES, "InputSource is a keyword, or a vendor's.")
_keyword("wscn/ticket/film-scan-mode", "FilmScanMode", FILM_MODES, "FilmScanMode is a keyword, or a vendor's.")
_keyword("wscn/ticket/content-type", "ContentType", CONTENT_TYPES, "ContentType is a keyword, or a vendor's.")


def _one_of(element: Any, exchange: Exchange, *names: str) -> str:
    found = own_names(element)
    expected = " or ".join(names)
    right = len(found) == 1 and found[0] in names
    require(right, ", ".join(found) or "nothing", expected, [exchange], element)
    return found[0]


@each_in_the_ticket("wscn/ticket/input-size", name="InputSize")
def input_size(element: Any, exchange: Exchange) -> None:
    """InputSize is found out by the device, or told with both lengths."""
    if _one_of(element, exchange, "DocumentSizeAutoDetect", "InputMediaSize") == "InputMediaSize":
        _lengths(child(element, "InputMediaSize"), exchange, "Width", "Height")


@each_in_the_ticket("wscn/ticket/exposure", name="Exposure")
def exposure(element: Any, exchange: Exchange) -> None:
    """Exposure is left to the device, or told."""
    _one_of(element, exchange, "AutoExposure", "ExposureSettings")


@each_in_the_ticket("wscn/ticket/scaling", name="Scaling")
def scaling(element: Any, exchange: Exchange) -> None:
    """Scaling has both directions, 1 to 1000 percent."""
    _lengths(element, exchange, "ScalingWidth", "ScalingHeight", most=1000)


@each_in_the_ticket("wscn/ticket/rotation", name="Rotation")
def rotation(element: Any, exchange: Exchange) -> None:
    """Rotation is 0, 90, 180 or 270."""
    came = text(element)
    require(came in ROTATIONS, f"Rotation {came!r}", ", ".join(ROTATIONS), [exchange], element)


@each_in_the_ticket("wscn/ticket/media-sides", name="MediaSides")
def media_sides(element: Any, exchange: Exchange) -> None:
    """MediaSides holds MediaFront, and MediaBack at most once."""
    found = own_names(element)
    right = found in (["MediaFront"], ["MediaFront", "MediaBack"])
    require(right, ", ".join(found) or "nothing", "MediaFront, MediaBack?", [exchange], element)


def _lengths(element: Any, exchange: Exchange, *names: str, least: int = 1, most: int = MOST) -> None:
    for name in names:
        found = children(element, name)
        where = name_of(element).local
        require(len(found) == 1, f"{len(found)} {name} in {where}", f"one {name}", [exchange], element)
        require_number(found[0], least, most, exchange)


@each_in_the_ticket("wscn/ticket/scan-region", name="ScanRegion")
def scan_region(element: Any, exchange: Exchange) -> None:
    """A region has both lengths, of 1 or more; offsets are 0 or more."""
    _lengths(element, exchange, "ScanRegionWidth", "ScanRegionHeight")
    for name in ("ScanRegionXOffset", "ScanRegionYOffset"):
        for each in children(element, name):
            require_number(each, 0, MOST, exchange)


@each_in_the_ticket("wscn/ticket/color-processing", name="ColorProcessing")
def color_processing(element: Any, exchange: Exchange) -> None:
    """ColorProcessing is a keyword, and stands in a side."""
    parent = name_of(element.getparent()).local
    require(parent in ("MediaFront", "MediaBack"), f"in {parent}", "MediaFront or MediaBack", [exchange], element)
    require_keyword(element, COLORS, exchange)


@each_in_the_ticket("wscn/ticket/resolution", name="Resolution")
def resolution(element: Any, exchange: Exchange) -> None:
    """A resolution has a width, and a height or none."""
    _lengths(element, exchange, "Width")
    for each in children(element, "Height"):
        require_number(each, 1, MOST, exchange)
    require(len(children(element, "Height")) <= 1, "more than one Height", "one or none", [exchange], element)


@invariant("wscn/must-honor/qualified", over=holding(_HONORED))
def must_honor_qualified(exchange: Exchange) -> None:
    """MustHonor is in the namespace of WS-Scan."""
    for each in ticket_of(exchange).xpath(f".{_HONORED}"):
        right = f"{{{WSCN}}}MustHonor" in each.attrib
        require(right, "an attribute MustHonor without a namespace", "wscn:MustHonor", [exchange], each)


@invariant("wscn/must-honor/elements", over=holding(_HONORED))
def must_honor_elements(exchange: Exchange) -> None:
    """MustHonor stands where the schema has it."""
    for each in ticket_of(exchange).xpath(f".{_HONORED}"):
        name = name_of(each).local
        require(name in MUST_HONOR, f"MustHonor on {name}", ", ".join(sorted(MUST_HONOR)), [exchange], each)


@invariant(
    "wscn/validation/region-within-input-size",
    over=holding(
        "//*[local-name()='InputMediaSize']/ancestor::*[local-name()='ScanTicket']//*[local-name()='ScanRegion']"
    ),
)
def region_within_input_size(exchange: Exchange) -> None:
    """Offset and size of a region do not go beyond the medium that the ticket tells."""
    size = next(ticket_of(exchange).iter(f"{{{WSCN}}}InputMediaSize"))
    for region in ticket_of(exchange).iter(f"{{{WSCN}}}ScanRegion"):
        for offset, length, whole in (
            ("ScanRegionXOffset", "ScanRegionWidth", "Width"),
            ("ScanRegionYOffset", "ScanRegionHeight", "Height"),
        ):
            far = (number(child(region, offset)) or 0) + (number(child(region, length)) or 0)
            most = number(child(size, whole))
            within = most is None or far <= most
            require(within, f"a region up to {far}", f"at most {most}, the {whole}", [exchange], region)
