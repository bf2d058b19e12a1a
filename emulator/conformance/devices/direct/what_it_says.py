"""What a scanner says of itself: description and configuration (docs/protocol/ws-scan.md, sections 2.1 and 2.2)."""

from __future__ import annotations

import re
from typing import Any, Final

from emulator.conformance.devices.asked_device import DESCRIPTION
from emulator.conformance.devices.checks import check, in_configuration, in_description
from emulator.conformance.devices.configuration import MOST, read_configuration
from emulator.conformance.devices.keywords import COLORS, CONTENT_TYPES, FILM_MODES, FORMATS, ROTATIONS
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import (
    child,
    children,
    local,
    own_names,
    require_boolean,
    require_child,
    require_children,
    require_keyword,
    require_number,
    require_text,
    text,
)
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.names import WSDP
from emulator.conformance.services import hosted_services
from emulator.conformance.verdict import NotApplicable

LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
SETTINGS: Final = (
    "FormatsSupported",
    "CompressionQualityFactorSupported",
    "ContentTypesSupported",
    "DocumentSizeAutoDetectSupported",
    "AutoExposureSupported",
    "BrightnessSupported",
    "ContrastSupported",
    "ScalingRangeSupported",
    "RotationsSupported",
)
FIVE: Final = ("OpticalResolution", "Resolutions", "Color", "MinimumSize", "MaximumSize")
_FORMAT: Final = re.compile(r"\w+[\w:/;_\-\\+.]*")


# ScannerDescription


@in_description("wscn/scanner-description/scanner-name")
def scanner_name(description: Any, exchange: Exchange) -> str:
    """ScannerName is there, a text of 255 characters at most, once for each language."""
    names = children(description, "ScannerName")
    require(bool(names), "no ScannerName", "one for each language", [exchange], description)
    for each in names:
        require_text(each, exchange)
    _require_languages(names, exchange)
    return text(names[0])


@in_description("wscn/scanner-description/scanner-info")
def scanner_info(description: Any, exchange: Exchange) -> str:
    """Whether there is a ScannerInfo, of 255 characters at most."""
    return _optional(description, "ScannerInfo", exchange)


@in_description("wscn/scanner-description/scanner-location")
def scanner_location(description: Any, exchange: Exchange) -> str:
    """Whether there is a ScannerLocation, of 255 characters at most."""
    return _optional(description, "ScannerLocation", exchange)


@in_description("wscn/scanner-description/one-language-an-element", "notes/c-25/one-language-an-element")
def one_language(description: Any, exchange: Exchange) -> None:
    """xml:lang of a text holds one language tag."""
    for each in description:
        lang = each.get(LANG, "") if isinstance(each.tag, str) else ""
        one = not re.search(r"[\s,;]", lang.strip())
        require(one, f"xml:lang={lang!r} of {local(each)}", "one language tag", [exchange], each)


@check("wscn/scanner-description/name-as-friendly-name")
async def name_as_friendly_name(peer: DevicePeer) -> str:
    """ScannerName is FriendlyName, where there is one hosted service."""
    description, exchange = await peer.section(DESCRIPTION)
    metadata = peer.metadata()
    assert peer.described is not None
    services = [types for types, _ in hosted_services(metadata)]
    if len(services) != 1:
        raise NotApplicable(f"it has {len(services)} hosted services", [peer.described])
    friendly = [text(each) for each in metadata.root.iter(f"{{{WSDP}}}FriendlyName")]
    names = [text(each) for each in children(description, "ScannerName")]
    same = bool(set(names) & set(friendly))
    require(same, f"ScannerName {names}", f"FriendlyName {friendly}", [exchange, peer.described], description)
    return names[0]


# ScannerConfiguration


@in_configuration("wscn/scanner-configuration/children")
def configuration_children(configuration: Any, exchange: Exchange) -> str:
    """DeviceSettings once, then Platen, ADF and Film, each at most once."""
    require_children(
        configuration, ("DeviceSettings", "Platen", "ADF", "Film"), exchange, ("Platen", "ADF", "Film")
    )
    return ", ".join(own_names(configuration))


@in_configuration("wscn/device-settings/all-nine")
def all_nine(configuration: Any, exchange: Exchange) -> None:
    """DeviceSettings has its nine children in their order."""
    require_children(_settings(configuration, exchange), SETTINGS, exchange)


@in_configuration("wscn/device-settings/formats-supported")
def formats_supported(configuration: Any, exchange: Exchange) -> str:
    """One FormatValue or more, each a keyword or a vendor's own."""
    found = _list(_settings(configuration, exchange), "FormatsSupported", "FormatValue", exchange)
    for each in found:
        right = text(each) in FORMATS or _FORMAT.fullmatch(text(each)) is not None
        require(right, f"FormatValue {text(each)!r}", f"one of {', '.join(FORMATS)}", [exchange], each)
    return ", ".join(map(text, found))


@in_configuration("wscn/device-settings/compression-quality-factor-supported")
def quality_supported(configuration: Any, exchange: Exchange) -> None:
    """MinValue and MaxValue of 1 to 100."""
    found = require_child(_settings(configuration, exchange), "CompressionQualityFactorSupported", exchange)
    _range(found, 1, 100, exchange)


@in_configuration("wscn/device-settings/content-types-supported")
def content_types_supported(configuration: Any, exchange: Exchange) -> None:
    """One ContentTypeValue or more, each a keyword or a vendor's own."""
    for each in _list(_settings(configuration, exchange), "ContentTypesSupported", "ContentTypeValue", exchange):
        require_keyword(each, CONTENT_TYPES, exchange)


@in_configuration("wscn/device-settings/document-size-auto-detect-supported")
def auto_detect_supported(configuration: Any, exchange: Exchange) -> None:
    """A boolean."""
    _flag(configuration, "DocumentSizeAutoDetectSupported", exchange)


@in_configuration("wscn/device-settings/auto-exposure-supported")
def auto_exposure_supported(configuration: Any, exchange: Exchange) -> None:
    """A boolean."""
    _flag(configuration, "AutoExposureSupported", exchange)


@in_configuration("wscn/device-settings/brightness-supported")
def brightness_supported(configuration: Any, exchange: Exchange) -> None:
    """A boolean."""
    _flag(configuration, "BrightnessSupported", exchange)


@in_configuration("wscn/device-settings/contrast-supported")
def contrast_supported(configuration: Any, exchange: Exchange) -> None:
    """A boolean."""
    _flag(configuration, "ContrastSupported", exchange)


@in_configuration("wscn/device-settings/scaling-range-supported")
def scaling_range(configuration: Any, exchange: Exchange) -> None:
    """MinValue and MaxValue of both directions, of 1 to 1000."""
    found = require_child(_settings(configuration, exchange), "ScalingRangeSupported", exchange)
    for name in ("ScalingWidth", "ScalingHeight"):
        _range(require_child(found, name, exchange), 1, 1000, exchange)


@in_configuration("wscn/device-settings/scaling-of-100-supported")
def scaling_of_100(configuration: Any, exchange: Exchange) -> None:
    """100 lies within both ranges."""
    found = require_child(_settings(configuration, exchange), "ScalingRangeSupported", exchange)
    for name in ("ScalingWidth", "ScalingHeight"):
        lowest, highest = _range(require_child(found, name, exchange), 1, 1000, exchange)
        require(lowest <= 100 <= highest, f"{name} of {lowest} to {highest}", "100 within", [exchange], found)


@in_configuration("wscn/device-settings/rotations-supported")
def rotations_supported(configuration: Any, exchange: Exchange) -> None:
    """One RotationValue or more, each of the four or a vendor's own."""
    for each in _list(_settings(configuration, exchange), "RotationsSupported", "RotationValue", exchange):
        require_keyword(each, ROTATIONS, exchange)


@in_configuration("wscn/device-settings/rotation-of-0-supported")
def rotation_of_0(configuration: Any, exchange: Exchange) -> None:
    """0 is among the RotationValue."""
    found = _list(_settings(configuration, exchange), "RotationsSupported", "RotationValue", exchange)
    told = ", ".join(map(text, found))
    require("0" in map(text, found), f"RotationValue {told}", "0 among them", [exchange], found[0].getparent())


@in_configuration("wscn/platen/all-five")
def platen_all_five(configuration: Any, exchange: Exchange) -> None:
    """Platen has its five children in their order."""
    require_children(_part(configuration, "Platen", exchange), tuple(f"Platen{each}" for each in FIVE), exchange)


@in_configuration("wscn/adf/supports-duplex")
def supports_duplex(configuration: Any, exchange: Exchange) -> str:
    """ADFSupportsDuplex is a boolean."""
    found = require_child(_part(configuration, "ADF", exchange), "ADFSupportsDuplex", exchange)
    require_boolean(found, exchange)
    return text(found)


@in_configuration("wscn/adf/front")
def front(configuration: Any, exchange: Exchange) -> None:
    """ADF has ADFFront."""
    require_child(_part(configuration, "ADF", exchange), "ADFFront", exchange)


@in_configuration("wscn/adf/back-only-when-duplex")
def back_only_when_duplex(configuration: Any, exchange: Exchange) -> None:
    """ADFBack stands only where ADFSupportsDuplex is true."""
    feeder = _part(configuration, "ADF", exchange)
    back = child(feeder, "ADFBack")
    duplex = text(child(feeder, "ADFSupportsDuplex")) in ("1", "true")
    require(back is None or duplex, "ADFBack of a feeder without duplex", "no ADFBack", [exchange], back)


@in_configuration("wscn/adf/all-five-of-a-side")
def adf_all_five(configuration: Any, exchange: Exchange) -> None:
    """ADFFront and ADFBack have their five children in their order."""
    for side in _part(configuration, "ADF", exchange):
        if isinstance(side.tag, str) and local(side) in ("ADFFront", "ADFBack"):
            require_children(side, tuple(f"ADF{each}" for each in FIVE), exchange)


@in_configuration("notes/c-27/adf-resolutions-in-lists")
def adf_resolutions_in_lists(configuration: Any, exchange: Exchange) -> None:
    """ADFResolutions has Widths and Heights."""
    for each in _part(configuration, "ADF", exchange).iter("{*}ADFResolutions"):
        require_children(each, ("Widths", "Heights"), exchange)


@in_configuration("wscn/film/all-six")
def film_all_six(configuration: Any, exchange: Exchange) -> None:
    """Film has its six children in their order."""
    wanted = ("FilmScanModesSupported", *(f"Film{each}" for each in FIVE))
    require_children(_part(configuration, "Film", exchange), wanted, exchange)


@in_configuration("wscn/film/scan-modes-supported")
def film_scan_modes(configuration: Any, exchange: Exchange) -> None:
    """One FilmScanModeValue or more, each of the three or a vendor's own."""
    film = _part(configuration, "Film", exchange)
    for each in _list(film, "FilmScanModesSupported", "FilmScanModeValue", exchange):
        require_keyword(each, FILM_MODES, exchange)


@in_configuration("wscn/source/optical-resolution")
def optical_resolution(configuration: Any, exchange: Exchange) -> None:
    """Each optical resolution is a Width and perhaps a Height, of 1 or more."""
    for each in _ending(configuration, "OpticalResolution", exchange):
        require_children(each, ("Width", "Height"), exchange, ("Height",))
        for one in each.iter("{*}Width", "{*}Height"):
            require_number(one, 1, MOST, exchange)


@in_configuration("wscn/source/resolutions")
def resolutions(configuration: Any, exchange: Exchange) -> None:
    """The resolutions of each source are Widths and Heights, of 1 or more."""
    for each in _ending(configuration, "Resolutions", exchange):
        require_children(each, ("Widths", "Heights"), exchange)
        for one in (*_list(each, "Widths", "Width", exchange), *_list(each, "Heights", "Height", exchange)):
            require_number(one, 1, MOST, exchange)


@in_configuration("wscn/source/color")
def source_color(configuration: Any, exchange: Exchange) -> None:
    """One ColorEntry or more, each a keyword or a vendor's own."""
    for each in _ending(configuration, "Color", exchange):
        found = children(each, "ColorEntry")
        require(bool(found), f"{local(each)} without ColorEntry", "one or more", [exchange], each)
        for one in found:
            require_keyword(one, COLORS, exchange)


@in_configuration("wscn/source/sizes")
def sizes(configuration: Any, exchange: Exchange) -> None:
    """Smallest and largest size are a Width and a Height, of 1 or more."""
    for each in (
        *_ending(configuration, "MinimumSize", exchange),
        *_ending(configuration, "MaximumSize", exchange),
    ):
        require_children(each, ("Width", "Height"), exchange)
        for one in each.iter("{*}Width", "{*}Height"):
            require_number(one, 1, MOST, exchange)


@in_configuration("wscn/source/minimum-not-above-maximum")
def minimum_not_above_maximum(configuration: Any, exchange: Exchange) -> None:
    """The smallest size is in neither direction above the largest."""
    told = read_configuration(configuration)
    for source in (told.platen, told.feeder, told.film):
        if source is not None:
            right = source.smallest[0] <= source.largest[0] and source.smallest[1] <= source.largest[1]
            found = f"{source.keyword}: {source.smallest} to {source.largest}"
            require(right, found, "the smallest not above the largest", [exchange], configuration)


def _settings(configuration: Any, exchange: Exchange) -> Any:
    return require_child(configuration, "DeviceSettings", exchange)


def _part(configuration: Any, name: str, exchange: Exchange) -> Any:
    """A source. Raises NotApplicable where there is none."""
    found = child(configuration, name)
    if found is None:
        raise NotApplicable(f"its ScannerConfiguration has no {name}", [exchange])
    return found


def _list(parent: Any, name: str, each: str, exchange: Exchange) -> list[Any]:
    """The children of a list, which is not empty."""
    found = children(require_child(parent, name, exchange), each)
    require(bool(found), f"{name} without {each}", f"one {each} or more", [exchange], parent)
    return found


def _ending(configuration: Any, name: str, exchange: Exchange) -> list[Any]:
    """The elements of that name of each source."""
    found = [
        each
        for source in ("Platen", "ADF", "Film")
        for each in configuration.iter(f"{{*}}{source}{name}")
        if isinstance(each.tag, str)
    ]
    require(bool(found), f"no source tells its {name}", "one or more", [exchange], configuration)
    return found


def _flag(configuration: Any, name: str, exchange: Exchange) -> None:
    require_boolean(require_child(_settings(configuration, exchange), name, exchange), exchange)


def _range(element: Any, lowest: int, highest: int, exchange: Exchange) -> tuple[int, int]:
    least = require_number(require_child(element, "MinValue", exchange), lowest, highest, exchange)
    most = require_number(require_child(element, "MaxValue", exchange), lowest, highest, exchange)
    require(
        least <= most, f"{local(element)} of {least} to {most}", "MinValue not above MaxValue", [exchange], element
    )
    return least, most


def _optional(description: Any, name: str, exchange: Exchange) -> str:
    found = children(description, name)
    require(bool(found), f"there is no {name}", "a text", [exchange], description)
    for each in found:
        require_text(each, exchange)
    return text(found[0])


def _require_languages(texts: list[Any], exchange: Exchange) -> None:
    languages = [each.get(LANG, "") for each in texts]
    once = len(set(languages)) == len(languages)
    require(once, f"languages {', '.join(languages)}", "once for each language", [exchange], texts[0])
