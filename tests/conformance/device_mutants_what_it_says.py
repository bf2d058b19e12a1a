"""Mutants of what a scanner says of itself."""

from __future__ import annotations

from typing import Any

from device_plugs import LANG, WSCN, says
from device_plugs import wrong as _wrong
from mutant import Change, Mutant, attribute, renamed, text, twice, without

FILM: dict[str, Any] = {"profile": "photo-film"}


def wrong(id: str, does: str, change: Change, **device: Any) -> Mutant:
    """A scanner that tells it otherwise."""
    return _wrong(id, does, says(change), **device)


def first_last(path: str) -> Change:
    """The first child of each element there comes last."""

    def change(root: Any) -> None:
        for each in root.xpath(path, namespaces={"wscn": WSCN[1:-1]}):
            each.append(each[0])

    return change


def one_service(root: Any) -> None:
    """One hosted service is told, and another name than the scanner's."""
    for each in root.xpath("//*[local-name()='Hosted'][position() > 1]"):
        each.getparent().remove(each)
    for each in root.xpath("//*[local-name()='FriendlyName']"):
        each.text = "Somebody else"


MUTANTS = (
    wrong("wscn/scanner-description/scanner-name", "missing", without("//wscn:ScannerName")),
    wrong("wscn/scanner-description/scanner-name", "256 characters", text("//wscn:ScannerName", "x" * 256)),
    wrong("wscn/scanner-description/scanner-name", "twice in a language", twice("//wscn:ScannerName")),
    wrong("wscn/scanner-description/scanner-info", "none", lambda root: None),
    wrong("wscn/scanner-description/scanner-location", "none", without("//wscn:ScannerLocation")),
    wrong(
        "wscn/scanner-description/one-language-an-element",
        "two in one",
        attribute("//wscn:ScannerName", LANG, "en, de"),
    ),
    wrong("notes/c-25/one-language-an-element", "two in one", attribute("//wscn:ScannerName", LANG, "en, de")),
    _wrong(
        "wscn/scanner-description/name-as-friendly-name",
        "another name",
        says(one_service, "Get", "GetScannerElements"),
    ),
    wrong(
        "wscn/scanner-configuration/children",
        "settings behind the sources",
        first_last("//wscn:ScannerConfiguration"),
    ),
    wrong("wscn/scanner-configuration/children", "two platens", twice("//wscn:Platen")),
    wrong("wscn/device-settings/all-nine", "no RotationsSupported", without("//wscn:RotationsSupported")),
    wrong("wscn/device-settings/all-nine", "in another order", first_last("//wscn:DeviceSettings")),
    wrong("wscn/device-settings/formats-supported", "none", without("//wscn:FormatValue")),
    wrong(
        "wscn/device-settings/formats-supported", "a word with a blank", text("//wscn:FormatValue[1]", "a format")
    ),
    wrong(
        "wscn/device-settings/compression-quality-factor-supported",
        "from 0",
        text("//wscn:CompressionQualityFactorSupported/wscn:MinValue", "0"),
    ),
    wrong(
        "wscn/device-settings/compression-quality-factor-supported",
        "the least above the most",
        text("//wscn:CompressionQualityFactorSupported/wscn:MaxValue", "0"),
    ),
    wrong(
        "wscn/device-settings/content-types-supported", "in small letters", text("//wscn:ContentTypeValue", "auto")
    ),
    wrong(
        "wscn/device-settings/document-size-auto-detect-supported",
        "yes",
        text("//wscn:DocumentSizeAutoDetectSupported", "yes"),
    ),
    wrong("wscn/device-settings/auto-exposure-supported", "yes", text("//wscn:AutoExposureSupported", "yes")),
    wrong("wscn/device-settings/brightness-supported", "yes", text("//wscn:BrightnessSupported", "yes")),
    wrong("wscn/device-settings/contrast-supported", "yes", text("//wscn:ContrastSupported", "yes")),
    wrong(
        "wscn/device-settings/scaling-range-supported",
        "to 2000",
        text("//wscn:ScalingRangeSupported//wscn:MaxValue", "2000"),
    ),
    wrong(
        "wscn/device-settings/scaling-of-100-supported",
        "from 150",
        text("//wscn:ScalingRangeSupported//wscn:MinValue", "150"),
    ),
    wrong("wscn/device-settings/rotations-supported", "45 degrees", text("//wscn:RotationValue[2]", "45")),
    wrong("wscn/device-settings/rotation-of-0-supported", "without 0", without("//wscn:RotationValue[1]")),
    wrong("wscn/platen/all-five", "no optical resolution", without("//wscn:PlatenOpticalResolution")),
    wrong("wscn/platen/all-five", "in another order", first_last("//wscn:Platen")),
    wrong("wscn/adf/supports-duplex", "yes", text("//wscn:ADFSupportsDuplex", "yes")),
    wrong("wscn/adf/front", "missing", without("//wscn:ADFFront")),
    wrong("wscn/adf/back-only-when-duplex", "without duplex", text("//wscn:ADFSupportsDuplex", "false")),
    wrong("wscn/adf/all-five-of-a-side", "no colours", without("//wscn:ADFBack/wscn:ADFColor")),
    wrong(
        "notes/c-27/adf-resolutions-in-lists",
        "bare",
        renamed("//wscn:ADFResolutions/wscn:Widths", f"{WSCN}Width"),
    ),
    wrong("wscn/film/all-six", "no optical resolution", without("//wscn:FilmOpticalResolution"), **FILM),
    wrong(
        "wscn/film/scan-modes-supported", "NotApplicable", text("//wscn:FilmScanModeValue", "NotApplicable"), **FILM
    ),
    wrong("wscn/source/optical-resolution", "0", text("//wscn:PlatenOpticalResolution/wscn:Width", "0")),
    wrong("wscn/source/resolutions", "no Heights", without("//wscn:PlatenResolutions/wscn:Heights")),
    wrong("wscn/source/color", "a word", text("//wscn:PlatenColor/wscn:ColorEntry[3]", "Color")),
    wrong("wscn/source/color", "none", without("//wscn:ADFFront/wscn:ADFColor/wscn:ColorEntry")),
    wrong("wscn/source/sizes", "no Height", without("//wscn:ADFFront/wscn:ADFMinimumSize/wscn:Height")),
    wrong(
        "wscn/source/minimum-not-above-maximum",
        "above",
        text("//wscn:ADFFront/wscn:ADFMinimumSize/wscn:Height", "20000"),
    ),
)
