"""Operations on what a device can do and on what lies in it: sheets as small pictures, files that are laid in."""

from __future__ import annotations

import re
from typing import Any, Final

from emulator.device.sheets import Sheet
from emulator.jobs.front_panel import FrontPanel
from emulator.options.press import LoadAction
from emulator.panel.api.devices import DEVICE, status_of
from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Answered, Call, Operation, Parameter, ok
from emulator.panel.api.pictures import WIDEST
from emulator.panel.api.refusals import Refused
from emulator.panel.api.schemas import (
    COUNT,
    NUMBER,
    TEXT,
    TRUTH,
    WHOLE,
    described,
    limit,
    listed,
    one_of,
    perhaps,
    table,
)
from emulator.panel.drivable import Drivable
from emulator.wsscan.values.configuration import Range, SourceCapabilities
from emulator.wsscan.values.geometry import Dimensions

__all__ = ["DEVICE", "OPERATIONS", "SHEET"]

_RANGE: Final = described(listed(WHOLE, minItems=2, maxItems=2), "The least and the most.")
_SOURCE: Final = table(
    name=described(one_of(("Platen", "ADF", "ADFDuplex", "Film")), "InputSource."),
    colors=listed(TEXT),
    resolutions=described(listed(WHOLE), "In ppi, those that are the same across and down."),
    minimum_size=described(listed(WHOLE), "Width and height in 1/1000 inch."),
    maximum_size=listed(WHOLE),
    pages_per_minute=perhaps(NUMBER),
)
CAPABILITIES: Final = table(
    manufacturer=TEXT,
    model_name=TEXT,
    firmware_version=TEXT,
    serial_number=TEXT,
    habits=listed(TEXT),
    warm_up=described(NUMBER, "Seconds."),
    sources=listed(_SOURCE),
    capacity=described(perhaps(COUNT), "Sheets that the feeder takes."),
    formats=listed(TEXT),
    compression_quality_factor=_RANGE,
    content_types=listed(TEXT),
    rotations=listed(WHOLE),
    scaling_width=_RANGE,
    scaling_height=_RANGE,
    auto_exposure=TRUTH,
    brightness=TRUTH,
    contrast=TRUTH,
    film_scan_modes=listed(TEXT),
    default=described(
        table(format=TEXT, input_source=TEXT, color_processing=TEXT, resolution=listed(WHOLE)),
        "Of the default ticket.",
    ),
)
SHEETS: Final = table(
    sheets=described(listed(TEXT), "Names of the sheets in the feeder, the next first."),
    count=described(perhaps(COUNT), "Of all of them; null where there is no feeder."),
)
_SHEET_NAME: Final = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


async def _capabilities(house: House, call: Call) -> Answer:
    return Answer(capabilities_of(house.device(call.path["device"])))


def capabilities_of(device: Drivable) -> dict[str, Any]:
    """What the scanner of a device can do."""
    scanner = device.scanner
    profile, found = scanner.profile, scanner.configuration
    settings, section = found.device_settings, profile.default_ticket_section
    paces = {
        "Platen": None if profile.platen is None else profile.platen.pages_per_minute,
        "ADF": None if profile.feeder is None else profile.feeder.pages_per_minute,
        "ADFDuplex": None if profile.feeder is None else 2 * profile.feeder.pages_per_minute,
        "Film": None if profile.film is None else profile.film.pages_per_minute,
    }
    sources = ((name, found.source(name)) for name in found.input_sources)
    return {
        "manufacturer": profile.manufacturer,
        "model_name": profile.model_name,
        "firmware_version": profile.firmware_version,
        "serial_number": profile.serial_number,
        "habits": list(profile.habits),
        "warm_up": profile.warm_up,
        "sources": [_source(name, each, paces[name]) for name, each in sources if each is not None],
        "capacity": None if profile.feeder is None else profile.feeder.sheets,
        "formats": list(settings.formats),
        "compression_quality_factor": _range(settings.compression_quality_factor),
        "content_types": list(settings.content_types),
        "rotations": list(settings.rotations),
        "scaling_width": _range(settings.scaling_width),
        "scaling_height": _range(settings.scaling_height),
        "auto_exposure": settings.auto_exposure,
        "brightness": settings.brightness,
        "contrast": settings.contrast,
        "film_scan_modes": list(found.film_scan_modes),
        "default": {
            "format": str(section.format),
            "input_source": str(section.input_source),
            "color_processing": str(section.color_processing),
            "resolution": list(section.resolution),
        },
    }


def _source(name: str, source: SourceCapabilities, pages_per_minute: float | None) -> dict[str, Any]:
    return {
        "name": name,
        "colors": list(source.colors),
        "resolutions": [each for each in source.widths if each in source.heights],
        "minimum_size": [source.minimum_size.width, source.minimum_size.height],
        "maximum_size": [source.maximum_size.width, source.maximum_size.height],
        "pages_per_minute": pages_per_minute,
    }


def _range(found: Range) -> list[int]:
    return [found.minimum, found.maximum]


async def _sheets(house: House, call: Call) -> Answer:
    feeder = house.device(call.path["device"]).scanner.engine.feeder
    lying = () if feeder is None else tuple(feeder.lying())
    return Answer(
        {
            "sheets": [f"{stack}-{sheet}" for stack, sheet in lying[: call.query["limit"]]],
            "count": None if feeder is None else len(lying),
        }
    )


async def _picture(house: House, call: Call) -> Answer:
    device, name = house.device(call.path["device"]), call.path["sheet"]
    glass = name in ("platen", "film")
    width, back = call.query["width"], call.query["side"] == "back"
    sheet = _sheet(device, name)
    if sheet is None:
        if glass or not _SHEET_NAME.fullmatch(name):
            raise Refused(404, f"no sheet {name[:60]} lies in the device", hint="/sheets lists those in the feeder")
        # It has left since it was listed, which is nobody's fault.
        known = house.pictures.known_side(f"{device.uuid} {name} {back}", width)
        return Answer(status=204) if known is None else _png(known, kept=True)
    medium = Dimensions(*device.scanner.profile.default_ticket_section.input_size)
    side = sheet.back if back else sheet.front
    key = f"{device.uuid} {sheet.stack} on the glass" if glass else f"{device.uuid} {name} {back}"
    try:
        octets = await house.pictures.of_side(side, key, width, medium)
    finally:
        sheet.release()
    return _png(octets, kept=not glass)


def _png(octets: bytes, *, kept: bool) -> Answer:
    """`kept`: a sheet stays as it is; on the glass another one may lie."""
    headers = (("Cache-Control", "private, max-age=600" if kept else "no-store"),)
    return Answer(octets=octets, media_type="image/png", headers=headers)


def _sheet(device: Drivable, name: str) -> Sheet | None:
    engine = device.scanner.engine
    if name in ("platen", "film"):
        glass = engine.platen if name == "platen" else engine.film
        return None if glass is None else glass.look()
    found = _SHEET_NAME.fullmatch(name)
    return None if engine.feeder is None or found is None else engine.feeder.find(int(found[1]), int(found[2]))


async def _lay(house: House, call: Call) -> Answer:
    device, query = house.device(call.path["device"]), call.query
    place = query["place"]
    path = await house.uploads.take(call.request.body, query["name"])
    try:
        await FrontPanel(device.scanner).load(
            LoadAction(
                files=(path,),
                platen=place == "platen",
                film=place == "film",
                two_sided=query["two_sided"],
            )
        )
    except BaseException:
        house.uploads.forget(path)
        raise
    return Answer(status_of(device))


def _lying(house: House) -> list[Any]:
    return ["platen"] if house.devices else []


SHEET: Final = Parameter("sheet", {"type": "string"}, "Name of a sheet in the feeder; `platen`, `film`.", _lying)
OPERATIONS: Final = (
    Operation(
        "GET", "/devices/{device}/capabilities", "getCapabilities", "What a device can do, as its profile says.",
        _capabilities, ok("It.", "Capabilities"), "devices", refuses=(404,),
    ),
    Operation(
        "GET", "/devices/{device}/sheets", "listSheets", "The sheets that lie in the feeder.", _sheets,
        ok("Their names.", "Sheets"), "devices", query=(Parameter("limit", limit(1000), "So many at most."),),
        refuses=(404,),
    ),
    Operation(
        "GET", "/devices/{device}/sheets/{sheet}", "getSheet",
        "A small picture (PNG) of a sheet that lies in the feeder, on the glass or in the film holder.", _picture,
        {
            200: Answered("The picture.", {"type": "string", "contentMediaType": "image/png"}, ("image/png",)),
            204: Answered("The sheet has left the feeder, and no picture of it is there any more."),
        },
        "devices",
        query=(
            Parameter("width", {"type": "integer", "minimum": 1, "maximum": WIDEST, "default": 160}, "Pixels."),
            Parameter("side", {**one_of(("front", "back")), "default": "front"}, "Which one."),
        ),
        refuses=(404,),
    ),
    Operation(
        "POST", "/devices/{device}/pages", "layPages",
        "Lay the pages of a file (an image, a PDF), which is the body, into the feeder, onto the glass or into the "
        "film holder.", _lay, ok("They lie there; how the device is then.", "Device"), "devices",
        body={"type": "string"}, body_types=("application/octet-stream",), needs_body=True, streams=True,
        query=(
            Parameter(
                "name", {**TEXT, "default": "file"}, "Of the file."
            ),
            Parameter("place", {**one_of(("feeder", "platen", "film")), "default": "feeder"}, "Where they go."),
            Parameter("two_sided", {**TRUTH, "default": False}, "Two pages on each sheet."),
        ),
        refuses=(404, 409, 413),
    ),
)  # fmt: skip
