"""What a resolution tells: for each setting that is changed, ignored or refused its path, what was asked for, what
is given, and the rule; and what the device chooses where the rules leave it the choice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_wsscan_resolution import (
    DEFAULT,
    DETECT,
    DEVICE,
    MUST,
    NO_DETECT,
    PLAIN,
    PLATEN,
    SETTINGS,
    both,
    color,
    flat,
    front,
    media,
    region,
    resolution,
)
from wsscan_tickets import ticket

from emulator.wsscan.resolution import Resolved, TicketChange, TicketProblem, TicketRejected, describe, resolve
from emulator.wsscan.resolving.color import nearest_color
from emulator.wsscan.settings import SettingError
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion
from emulator.wsscan.values.keywords import ColorEntry
from emulator.wsscan.values.ticket import ScanTicket

DUPLEX = "<InputSource>ADFDuplex</InputSource>"
FILM = "<InputSource>Film</InputSource><Format>png</Format>"
REGION = "MediaFront/ScanRegion"


def exposure(inner: str, mark: str = "") -> str:
    return f"<Exposure {mark}>{inner}</Exposure>"


def adjusted(contrast: int | None = None, brightness: int | None = None, sharpness: int | None = None) -> str:
    leaves = {"Contrast": contrast, "Brightness": brightness, "Sharpness": sharpness}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in leaves.items() if value is not None)
    return f"<ExposureSettings>{inner}</ExposureSettings>"


AUTO = "<AutoExposure>true</AutoExposure>"
NO_AUTO = "<AutoExposure>false</AutoExposure>"

# id, device, DocumentParameters, (path, asked, given, rule) of each change, in the order in which they are told
CHANGES = [
    ("source", PLAIN, "<InputSource>Film</InputSource>", [("InputSource", "Film", "Platen", 2)]),
    ("content type", DEVICE, "<ContentType>Photo</ContentType>", [("ContentType", "Photo", "Auto", 2)]),
    ("rotation", DEVICE, "<Rotation>180</Rotation>", [("Rotation", "180", "0", 2)]),
    (
        "scaling, across and down",
        DEVICE,
        "<Scaling><ScalingWidth>49</ScalingWidth><ScalingHeight>101</ScalingHeight></Scaling>",
        [("Scaling", "49x101", "50x100", 2)],
    ),
    (
        "the largest scaling that is valid",
        DEVICE,
        "<Scaling><ScalingWidth>1000</ScalingWidth><ScalingHeight>1</ScalingHeight></Scaling>",
        [("Scaling", "1000x1", "200x100", 2)],
    ),
    (
        "quality below the range",
        DEVICE,
        "<CompressionQualityFactor>9</CompressionQualityFactor>",
        [("CompressionQualityFactor", "9", "10", 2)],
    ),
    (
        "quality of a lossless format",
        DEVICE,
        "<Format>png</Format><CompressionQualityFactor>50</CompressionQualityFactor>",
        [("CompressionQualityFactor", "50", "100", 7)],
    ),
    (
        "the only quality of a lossless format",
        DEVICE,
        f"<Format>png</Format><CompressionQualityFactor {MUST}>100</CompressionQualityFactor>",
        [],
    ),
    (
        "images of the platen: two",
        DEVICE,
        "<InputSource>Platen</InputSource><ImagesToTransfer>2</ImagesToTransfer>",
        [("ImagesToTransfer", "2", "1", 2)],
    ),
    (
        "images of the platen: all",
        DEVICE,
        "<InputSource>Platen</InputSource><ImagesToTransfer>0</ImagesToTransfer>",
        [("ImagesToTransfer", "0", "nothing", 9)],
    ),
    (
        "images of the platen: one, demanded",
        DEVICE,
        f"<InputSource>Platen</InputSource><ImagesToTransfer {MUST}>1</ImagesToTransfer>",
        [],
    ),
    (
        "images of the film: all",
        DEVICE,
        f"{FILM}<ImagesToTransfer>0</ImagesToTransfer>",
        [("ImagesToTransfer", "0", "nothing", 9)],
    ),
    (
        "film scan mode without film",
        DEVICE,
        "<FilmScanMode>ColorSlideFilm</FilmScanMode>",
        [("FilmScanMode", "ColorSlideFilm", "nothing", 12)],
    ),
    ("no film scan mode without film", DEVICE, "<FilmScanMode>NotApplicable</FilmScanMode>", []),
    (
        "film scan mode that the device lacks",
        DEVICE,
        f"{FILM}<FilmScanMode>BlackandWhiteNegativeFilm</FilmScanMode>",
        [("FilmScanMode", "BlackandWhiteNegativeFilm", "ColorNegativeFilm", 2)],
    ),
    ("film scan mode that is not the first", DEVICE, f"{FILM}<FilmScanMode>ColorSlideFilm</FilmScanMode>", []),
    (
        "back without duplex",
        DEVICE,
        both("", resolution(100)),
        [("MediaBack", "MediaBack", "nothing", 13)],
    ),
    (
        "medium above and below",
        DEVICE,
        f"<InputSize>{media(499, 14001)}</InputSize>",
        [("InputSize", "499x14001", "500x14000", 2)],
    ),
    ("medium at its bounds", DEVICE, f"<InputSize {MUST}>{media(8500, 500)}</InputSize>", []),
    (
        "detection that the device lacks",
        PLAIN,
        f"<InputSize>{DETECT}</InputSize>",
        [("InputSize", "DocumentSizeAutoDetect", "8500x11000", 2)],
    ),
    (
        "detection that the device lacks, with a size",
        PLAIN,
        f"<InputSize>{DETECT}{media(600, 700)}</InputSize>",
        [("InputSize", "DocumentSizeAutoDetect", "600x700", 19)],
    ),
    ("no detection, of a device that lacks it", PLAIN, f"<InputSize>{NO_DETECT}</InputSize>", []),
    ("no detection and no size", DEVICE, f"<InputSize>{NO_DETECT}</InputSize>", []),
    ("detection alone", DEVICE, f"<InputSize {MUST}>{DETECT}</InputSize>", []),
    (
        "detection with a size",
        DEVICE,
        f"<InputSize>{DETECT}{media(600, 700)}</InputSize>",
        [("InputSize/InputMediaSize", "600x700", "nothing", 19)],
    ),
    (
        "a size and no detection",
        DEVICE,
        f"<InputSize>{NO_DETECT}{media(600, 700)}</InputSize>",
        [("InputSize/DocumentSizeAutoDetect", "false", "nothing", 19)],
    ),
    (
        "automatic exposure with settings",
        DEVICE,
        exposure(AUTO + adjusted(brightness=3)),
        [("Exposure/ExposureSettings", "ExposureSettings", "nothing", 19)],
    ),
    (
        "settings and no automatic exposure",
        DEVICE,
        exposure(NO_AUTO + adjusted(brightness=3)),
        [("Exposure/AutoExposure", "false", "nothing", 19)],
    ),
    ("no automatic exposure", DEVICE, exposure(NO_AUTO), []),
    ("settings alone", DEVICE, exposure(adjusted(brightness=3)), []),
    (
        "automatic exposure that the device lacks",
        PLAIN,
        exposure(AUTO),
        [("Exposure", "AutoExposure", "ExposureSettings", 2)],
    ),
    (
        "automatic exposure that the device lacks, with settings",
        PLAIN,
        exposure(AUTO + adjusted(contrast=0)),
        [("Exposure", "AutoExposure", "ExposureSettings", 19)],
    ),
    (
        "contrast that the device lacks",
        DEVICE,
        exposure(adjusted(contrast=-1)),
        [("Exposure/Contrast", "-1", "0", 2)],
    ),
    (
        "brightness and sharpness beyond their ends",
        DEVICE,
        exposure(adjusted(brightness=-1001, sharpness=101)),
        [("Exposure/Brightness", "-1001", "-1000", 2), ("Exposure/Sharpness", "101", "100", 2)],
    ),
    (
        "brightness and sharpness at their ends",
        DEVICE,
        exposure(adjusted(brightness=1000, sharpness=-100), MUST),
        [],
    ),
    (
        "sharpness of a device that adjusts nothing",
        PLAIN,
        exposure(adjusted(sharpness=5)),
        [("Exposure/Sharpness", "5", "0", 2)],
    ),
    (
        "a colour that the format cannot hold",
        DEVICE,
        f"<Format>tiff-single-g4</Format>{front(color('RGB24'))}",
        [("MediaFront/ColorProcessing", "RGB24", "BlackAndWhite1", 2)],
    ),
    (
        "the default's colour that the format cannot hold",
        DEVICE,
        "<Format>tiff-single-g4</Format>",
        [("MediaFront/ColorProcessing", "RGB24", "BlackAndWhite1", 2)],
    ),
    (
        "a format that cannot hold the colour that is demanded",
        DEVICE,
        f"<Format>tiff-single-g4</Format>{front(color('RGB24', True))}",
        [("Format", "tiff-single-g4", "png", 2)],
    ),
    (
        "the default's format",
        DEVICE,
        front(color("BlackAndWhite1")),
        [("Format", "jfif", "png", 2)],
    ),
    (
        "a colour that the source lacks",
        DEVICE,
        front(color("Grayscale16")),
        [("MediaFront/ColorProcessing", "Grayscale16", "Grayscale8", 2)],
    ),
    (
        "both sides",
        DEVICE,
        DUPLEX + both(resolution(151), resolution(101)),
        [("MediaFront/Resolution", "151x151", "300x300", 2), ("MediaBack/Resolution", "101x101", "200x200", 2)],
    ),
    (
        "a region that reaches beyond the medium",
        DEVICE,
        front(region(8499, 10999, 2, 2)),
        [(f"{REGION}/ScanRegionWidth", "2", "1", 17), (f"{REGION}/ScanRegionHeight", "2", "1", 17)],
    ),
    ("a region that ends with the medium", DEVICE, front(region(8499, 10999, 1, 1, must="Width")), []),
    (
        "a region that begins before the medium",
        DEVICE,
        front(region(-1, -2, 10, 10)),
        [(f"{REGION}/ScanRegionXOffset", "-1", "0", 17), (f"{REGION}/ScanRegionYOffset", "-2", "0", 17)],
    ),
    (
        "a region that is empty",
        DEVICE,
        front(region(0, 0, 0, 0)),
        [(f"{REGION}/ScanRegionWidth", "0", "1", 17), (f"{REGION}/ScanRegionHeight", "0", "1", 17)],
    ),
    *(
        (
            f"a region beyond what can be detected: {x},{y},{width},{height}",
            DEVICE,
            f"<InputSize>{DETECT}</InputSize>{front(region(x, y, width, height))}",
            [(REGION, f"{x},{y},{width},{height}", "the whole medium", 18)],
        )
        for x, y, width, height in (
            (-1, 0, 9, 9),
            (0, -1, 9, 9),
            (0, 0, 0, 9),
            (0, 0, 9, 0),
            (1, 0, 8500, 9),
            (0, 1, 9, 14000),
        )
    ),
    (
        "a region of all that can be detected",
        DEVICE,
        f"<InputSize>{DETECT}</InputSize>{front(region(0, 0, 8500, 14000))}",
        [],
    ),
    (
        "a region of the least that can be scanned",
        DEVICE,
        f"<InputSize>{DETECT}</InputSize>{front(region(8499, 13999, 1, 1))}",
        [],
    ),
]


@pytest.mark.parametrize(("device", "parameters", "told"), [pytest.param(*row[1:], id=row[0]) for row in CHANGES])
def test_a_change_names_what_was_asked_what_is_given_and_the_rule(
    device: ScannerConfiguration, parameters: str, told: list[tuple[str, str, str, int]]
) -> None:
    """Rules 2, 7, 9, 12, 13, 17 to 19. What is given instead is overridden, what has no meaning is not (2, 19)."""
    resolved = resolve(ticket(parameters), device, DEFAULT)
    assert [(each.path, each.asked, each.given, each.rule) for each in resolved.changes] == told
    assert resolved.overridden == {path for path, _, given, _ in told if given != "nothing"}
    assert resolved.honoured == (not resolved.overridden)
    assert all(each.reason for each in resolved.changes)
    assert not resolved.overridden & resolved.used_default


# id, device, DocumentParameters, (path, asked, rule) of each problem
PROBLEMS = [
    ("unknown element", DEVICE, f"<v:Staple {MUST}>2</v:Staple>", [("Staple", "Staple", 3)]),
    ("no source", ScannerConfiguration(SETTINGS), "", [("InputSource", "", 3)]),
    ("source", PLAIN, f"<InputSource {MUST}>ADF</InputSource>", [("InputSource", "ADF", 3)]),
    ("content type", DEVICE, f"<ContentType {MUST}>Photo</ContentType>", [("ContentType", "Photo", 3)]),
    ("rotation", DEVICE, f"<Rotation {MUST}>180</Rotation>", [("Rotation", "180", 3)]),
    (
        "scaling that the device lacks",
        DEVICE,
        f"<Scaling {MUST}><ScalingWidth>49</ScalingWidth><ScalingHeight>100</ScalingHeight></Scaling>",
        [("Scaling", "49x100", 3)],
    ),
    *(
        (
            f"scaling that is invalid: {width}x{height}",
            DEVICE,
            f"<Scaling><ScalingWidth>{width}</ScalingWidth><ScalingHeight>{height}</ScalingHeight></Scaling>",
            [("Scaling", f"{width}x{height}", 20)],
        )
        for width, height in ((1001, 100), (100, 1001), (0, 100), (100, 0))
    ),
    (
        "quality of a lossless format",
        DEVICE,
        f"<Format>png</Format><CompressionQualityFactor {MUST}>99</CompressionQualityFactor>",
        [("CompressionQualityFactor", "99", 8)],
    ),
    (
        "images of the platen",
        DEVICE,
        f"<InputSource>Platen</InputSource><ImagesToTransfer {MUST}>2</ImagesToTransfer>",
        [("ImagesToTransfer", "2", 3)],
    ),
    ("back", DEVICE, both("", resolution(100, True)), [("MediaBack", "MediaBack", 13)]),
    ("detection", PLAIN, f"<InputSize {MUST}>{DETECT}</InputSize>", [("InputSize", "DocumentSizeAutoDetect", 3)]),
    (
        "detection with a size",
        PLAIN,
        f"<InputSize {MUST}>{DETECT}{media(600, 700)}</InputSize>",
        [("InputSize", "DocumentSizeAutoDetect", 3)],
    ),
    ("medium", DEVICE, f"<InputSize {MUST}>{media(499, 600)}</InputSize>", [("InputSize", "499x600", 3)]),
    ("automatic exposure", PLAIN, exposure(AUTO, MUST), [("Exposure", "AutoExposure", 3)]),
    ("contrast", DEVICE, exposure(adjusted(contrast=9), MUST), [("Exposure/Contrast", "9", 3)]),
    ("format", DEVICE, "<Format>pdf-a</Format>", [("Format", "pdf-a", 6)]),
    (
        "format that holds no colour of the source",
        DEVICE,
        f"<InputSource>Film</InputSource><Format {MUST}>jfif</Format>",
        [("Format", "jfif", 6)],
    ),
    (
        "format and colour",
        DEVICE,
        f"<Format {MUST}>tiff-single-g4</Format>{front(color('RGB24', True))}",
        [("MediaFront/ColorProcessing", "RGB24", 4)],
    ),
    (
        "colour that no format holds",
        replace(DEVICE, device_settings=replace(SETTINGS, formats=("jfif",))),
        front(color("BlackAndWhite1", True)),
        [("MediaFront/ColorProcessing", "BlackAndWhite1", 3)],
    ),
    ("region outside", DEVICE, front(region(8500, 3, 4, 5)), [(REGION, "8500,3,4,5", 16)]),
    (
        "region beside the medium",
        DEVICE,
        front(region(0, 11000, 1, 1)),
        [(f"{REGION}/ScanRegionYOffset", "11000", 17)],
    ),
    (
        "region beside the medium, across",
        DEVICE,
        f"<InputSize>{media(600, 700)}</InputSize>{front(region(600, 0, 1, 1))}",
        [(f"{REGION}/ScanRegionXOffset", "600", 17)],
    ),
    (
        "region beyond the medium",
        DEVICE,
        front(region(0, 0, 8501, 11000, must="Width")),
        [(f"{REGION}/ScanRegionWidth", "8501", 17)],
    ),
    (
        "region beyond what can be detected",
        DEVICE,
        f"<InputSize>{DETECT}</InputSize>{front(region(0, 0, 9, 14001, must='Height'))}",
        [(REGION, "0,0,9,14001", 3)],
    ),
]


@pytest.mark.parametrize(("device", "parameters", "told"), [pytest.param(*row[1:], id=row[0]) for row in PROBLEMS])
def test_a_problem_names_what_was_asked_and_the_rule(
    device: ScannerConfiguration, parameters: str, told: list[tuple[str, str, int]]
) -> None:
    """Rules 3, 4, 6, 8, 13, 16, 17, 20: what cannot be done and is demanded rejects the ticket."""
    with pytest.raises(TicketRejected) as caught:
        resolve(ticket(parameters), device, DEFAULT)
    assert [(each.path, each.asked, each.rule) for each in caught.value.problems] == told
    assert all(each.reason for each in caught.value.problems)


@pytest.mark.parametrize(
    ("device", "parameters", "reason"),
    [
        (DEVICE, front(resolution(200)), "at 75, 150, 300, 600 across and 75, 150, 300, 600, 1200 down ppi"),
        (DEVICE, DUPLEX + both("", resolution(50)), "at 100, 200 ppi, not at 50x50"),
        (DEVICE, exposure(adjusted(brightness=1001)), "the device allows -1000 to 1000, not 1001"),
        (DEVICE, exposure(adjusted(contrast=1)), "the device does not adjust it"),
        (
            DEVICE,
            f"<Format>png</Format>{front(color('RGB48'))}",
            "scans BlackAndWhite1, Grayscale8, RGB24, not RGB48",
        ),
        (
            DEVICE,
            f"<Format>tiff-single-g4</Format>{front(color('RGB24'))}",
            "tiff-single-g4 holds BlackAndWhite1 only",
        ),
        (DEVICE, front(region(0, 0, 8501, 1)), "the medium allows 1 to 8500 here (1/1000 inch), not 8501"),
        (PLAIN, "<InputSource>ADF</InputSource>", "the device scans from Platen, not from ADF"),
    ],
)
def test_a_reason_says_what_is_possible(device: ScannerConfiguration, parameters: str, reason: str) -> None:
    assert reason in resolve(ticket(parameters), device, DEFAULT).changes[-1].reason


def test_a_change_and_a_problem_are_one_line_each() -> None:
    """What was asked for comes from a peer, with line breaks if it likes."""
    assert str(TicketChange("Format", "a\r\n b", "png", 2, "why\tso")) == "Format: png instead of a b (why so)"
    assert str(TicketChange("Format", "a", "png", 2)) == "Format: png instead of a"
    assert str(TicketProblem("Format", "no\nsuch  format", 6)) == "Format: no such format"
    assert TicketProblem("Format", "why", 6).asked == ""
    assert str(TicketRejected([TicketProblem("A", "b", 3), TicketProblem("C", "d", 3)])) == "A: b; C: d"


# What stands in

BEST_FIRST = {
    "BlackAndWhite1": "Grayscale4 Grayscale8 Grayscale16 RGB24 RGB48 RGBa32 RGBa64",
    "Grayscale4": "Grayscale8 Grayscale16 RGB24 RGB48 RGBa32 RGBa64 BlackAndWhite1",
    "Grayscale8": "Grayscale16 RGB24 RGB48 RGBa32 RGBa64 Grayscale4 BlackAndWhite1",
    "Grayscale16": "RGB48 RGBa64 Grayscale8 RGB24 RGBa32 Grayscale4 BlackAndWhite1",
    "RGB24": "RGB48 RGBa32 RGBa64 Grayscale8 Grayscale16 Grayscale4 BlackAndWhite1",
    "RGB48": "RGBa64 RGB24 RGBa32 Grayscale16 Grayscale8 Grayscale4 BlackAndWhite1",
    "RGBa32": "RGBa64 RGB24 RGB48 Grayscale8 Grayscale16 Grayscale4 BlackAndWhite1",
    "RGBa64": "RGB48 RGBa32 RGB24 Grayscale16 Grayscale8 Grayscale4 BlackAndWhite1",
    "v:Sepia": "RGB24 Grayscale8 BlackAndWhite1 RGB48 Grayscale16 Grayscale4 RGBa32 RGBa64",
}


@pytest.mark.parametrize("asked", BEST_FIRST)
def test_a_colour_gives_way_to_the_nearest_nothing_lost_before_depth_before_colour(asked: str) -> None:
    left = BEST_FIRST[asked].split()
    assert {asked, *left} >= {str(each) for each in ColorEntry}
    while left:
        assert nearest_color(asked, sorted(left)) == left[0]
        assert nearest_color(asked, sorted([*left, asked])) == asked
        del left[0]


def test_a_source_that_knows_only_a_vendors_colour_scans_that() -> None:
    assert nearest_color("RGB24", ["v:Sepia", "v:Teal"]) == "v:Sepia"


SOURCES = {
    "ADFDuplex": ("ADF", "Platen", "Film"),
    "ADF": ("Platen", "Film"),
    "Platen": ("ADF", "Film"),
    "Film": ("Platen", "ADF"),
}


@pytest.mark.parametrize("asked", SOURCES)
def test_the_most_similar_source_stands_in(asked: str) -> None:
    """Rule 2: a sheet comes from the feeder or from the glass before it comes from the film scanner."""
    whole = {"Platen": DEVICE.platen, "ADF": DEVICE.adf_front, "Film": DEVICE.film}
    for number in range(len(SOURCES[asked])):
        there = {name: whole[name] for name in SOURCES[asked][number:]}
        device = ScannerConfiguration(
            SETTINGS,
            platen=there.get("Platen"),
            adf_front=there.get("ADF"),
            film=there.get("Film"),
            film_scan_modes=DEVICE.film_scan_modes,
        )
        resolved = resolve(ticket(f"<InputSource>{asked}</InputSource><Format>png</Format>"), device, DEFAULT)
        assert resolved.ticket.input_source == SOURCES[asked][number]


def with_formats(*formats: str) -> ScannerConfiguration:
    return replace(DEVICE, device_settings=replace(SETTINGS, formats=formats))


@pytest.mark.parametrize(
    ("formats", "asked", "needs", "given"),
    [
        # The order of Windows' own driver: PNG, TIFF G4, TIFF uncompressed; then the device's.
        (("jfif", "dib", "tiff-single-uncompressed", "png"), "jfif", "BlackAndWhite1", "png"),
        (("jfif", "dib", "tiff-single-uncompressed", "tiff-single-g4"), "jfif", "BlackAndWhite1", "tiff-single-g4"),
        (("jfif", "dib", "tiff-single-uncompressed"), "jfif", "BlackAndWhite1", "tiff-single-uncompressed"),
        (("jfif", "tiff-single-jpeg-tn2", "dib"), "jfif", "BlackAndWhite1", "dib"),
        # One image stays one image, all stay all.
        (("tiff-multi-g4", "png", "tiff-multi-uncompressed"), "tiff-multi-g4", "RGB24", "tiff-multi-uncompressed"),
        (("tiff-multi-g4", "png"), "tiff-multi-g4", "RGB24", "png"),
        (("jfif", "tiff-multi-uncompressed"), "jfif", "BlackAndWhite1", "tiff-multi-uncompressed"),
    ],
)
def test_a_format_gives_way_to_one_of_its_kind(
    formats: tuple[str, ...], asked: str, needs: str, given: str
) -> None:
    resolved = resolve(
        ticket(f"<Format>{asked}</Format>{front(color(needs, True))}"), with_formats(*formats), DEFAULT
    )
    assert resolved.ticket.format == given
    assert resolved.ticket.front.color_processing == needs


def test_a_format_that_gives_way_holds_the_colours_of_both_sides() -> None:
    gray = "Grayscale8"
    resolved = resolve(
        ticket(f"{DUPLEX}<Format>tiff-single-g4</Format>{both(color('BlackAndWhite1'), color(gray, True))}"),
        with_formats("tiff-single-g4", "jfif", "tiff-single-uncompressed"),
        DEFAULT,
    )
    assert resolved.ticket.format == "tiff-single-uncompressed"  # jfif would hold the back alone
    assert resolved.ticket.front.color_processing == "BlackAndWhite1"
    assert resolved.ticket.back is not None
    assert resolved.ticket.back.color_processing == gray


def test_a_colour_of_the_ticket_gives_way_to_a_format_of_the_ticket_and_the_defaults_format_to_it() -> None:
    """Rules 2 and 5: what the ticket names is stronger than a default; of two that it names, colour gives way."""
    named = resolve(ticket(f"<Format>jfif</Format>{front(color('BlackAndWhite1'))}"), DEVICE, DEFAULT)
    assert (named.ticket.format, named.ticket.front.color_processing) == ("jfif", "Grayscale8")
    usual = resolve(ticket(front(color("BlackAndWhite1"))), DEVICE, DEFAULT)
    assert (usual.ticket.format, usual.ticket.front.color_processing) == ("png", "BlackAndWhite1")
    both_usual = resolve(ScanTicket(), with_formats("tiff-single-g4", "png"), DEFAULT)
    assert (both_usual.ticket.format, both_usual.ticket.front.color_processing) == (
        "tiff-single-g4",
        "BlackAndWhite1",
    )


# What a default ticket leaves out

NO_DEFAULT = {
    "Format": "jfif",
    "CompressionQualityFactor": "90",
    "ImagesToTransfer": "1",
    "InputSource": "Platen",
    "FilmScanMode": "NotApplicable",
    "ContentType": "Auto",
    "InputSize": "8500x11700",
    "Exposure": "0,0,0",
    "Scaling": "100x100",
    "Rotation": "0",
    "MediaFront/ScanRegion": "0,0,8500,11700",
    "MediaFront/ColorProcessing": "RGB24",
    "MediaFront/Resolution": "600x600",
}


def test_what_neither_ticket_says_is_the_devices_own() -> None:
    """Rule 5 without a default: the platen, the first format, the best quality, the whole medium."""
    resolved = resolve(ScanTicket(), DEVICE, ScanTicket())
    assert flat(resolved.ticket) == NO_DEFAULT
    assert not resolved.changes
    adf = resolve(ticket("<InputSource>ADF</InputSource>"), DEVICE, ScanTicket()).ticket
    assert adf.images_to_transfer == 0  # all that are in the feeder
    duplex = resolve(ticket(DUPLEX), DEVICE, ScanTicket()).ticket
    assert duplex.back is not None
    assert (str(duplex.back.resolution), duplex.back.color_processing) == ("200x200", "Grayscale8")


def test_a_default_that_the_device_cannot_do_is_made_possible_and_not_told() -> None:
    default = ticket(
        "<InputSource>Film</InputSource><ContentType>Photo</ContentType><Rotation>270</Rotation>"
        f"<InputSize>{media(99999, 1)}</InputSize>{exposure(adjusted(5, 6, 7))}"
        + front(resolution(1000) + region(10, 20, 99999, 30))
    )
    resolved = resolve(ScanTicket(), PLAIN, default)
    assert flat(resolved.ticket) == NO_DEFAULT | {
        "InputSize": "8500x500",
        "MediaFront/ScanRegion": "10,20,8490,30",
    }
    assert not resolved.changes


def test_the_defaults_exposure_counts_where_the_ticket_has_none() -> None:
    auto = ticket(exposure(AUTO))
    assert flat(resolve(ScanTicket(), DEVICE, auto).ticket)["Exposure"] == "auto"
    assert flat(resolve(ScanTicket(), PLAIN, auto).ticket)["Exposure"] == "0,0,0"
    usual = ticket(exposure(adjusted(0, 8, 9)))
    assert flat(resolve(ScanTicket(), DEVICE, usual).ticket)["Exposure"] == "0,8,9"
    assert flat(resolve(ticket(exposure(adjusted(sharpness=3))), DEVICE, usual).ticket)["Exposure"] == "0,8,3"
    assert resolve(ScanTicket(), DEVICE, usual).used_default >= {"Exposure"}
    assert resolve(ticket(exposure(adjusted(sharpness=3))), DEVICE, usual).used_default >= {
        "Exposure/Contrast",
        "Exposure/Brightness",
    }
    effective = resolve(ticket(exposure(AUTO)), DEVICE, usual).ticket.exposure
    assert (effective.auto, effective.contrast, effective.brightness, effective.sharpness) == (True, 0, 0, 0)


@pytest.mark.parametrize(
    ("brightness", "contrast", "given"),
    [(True, True, "5,6,7"), (True, False, "0,6,7"), (False, True, "5,0,7"), (False, False, "0,0,0")],
)
def test_a_device_that_adjusts_neither_contrast_nor_brightness_adjusts_nothing(
    brightness: bool, contrast: bool, given: str
) -> None:
    device = replace(DEVICE, device_settings=replace(SETTINGS, brightness=brightness, contrast=contrast))
    assert flat(resolve(ticket(exposure(adjusted(5, 6, 7))), device, DEFAULT).ticket)["Exposure"] == given


def test_detection_of_the_default_counts_where_the_ticket_gives_no_size() -> None:
    default = ticket(
        f"<InputSource>ADF</InputSource><InputSize>{DETECT}</InputSize>" + front(region(10, 20, 30, 40))
    )
    there = resolve(ScanTicket(), DEVICE, default)
    assert flat(there.ticket)["InputSize"] == "auto 8500x14000"
    assert there.ticket.front.scan_region == ScanRegion(10, 20, 30, 40)
    assert there.used_default >= {"InputSize", REGION}
    lacking = resolve(ScanTicket(), PLAIN, default).ticket
    assert flat(lacking)["InputSize"] == "8500x11700"
    beyond = ticket(f"<InputSource>ADF</InputSource><InputSize>{DETECT}</InputSize>" + front(region(1, 0, 8500, 9)))
    assert resolve(ScanTicket(), DEVICE, beyond).ticket.front.scan_region == ScanRegion(0, 0, 8500, 14000)
    asked = resolve(ticket(f"<InputSize>{DETECT}</InputSize>"), DEVICE, default).ticket
    assert asked.front.scan_region == ScanRegion(0, 0, 8500, 14000)  # rule 15: the ticket says the size


def test_a_default_region_beside_the_medium_is_all_of_it() -> None:
    default = ticket(f"<InputSize>{media(600, 700)}</InputSize>" + front(region(600, 0, 1, 1)))
    resolved = resolve(ScanTicket(), DEVICE, default)
    assert resolved.ticket.front.scan_region == ScanRegion(0, 0, 600, 700)
    assert not resolved.changes


def test_a_content_type_gives_way_to_auto_then_the_default_then_the_first() -> None:
    def given(*known: str) -> str:
        device = replace(DEVICE, device_settings=replace(SETTINGS, content_types=known))
        default = ticket("<ContentType>Mixed</ContentType>")
        return resolve(ticket("<ContentType>Photo</ContentType>"), device, default).ticket.content_type

    assert given("Text", "Mixed", "Auto") == "Auto"
    assert given("Text", "Mixed") == "Mixed"
    assert given("Text", "Halftone") == "Text"
    assert given() == "Auto"


def test_any_film_scan_mode_goes_where_the_device_names_none() -> None:
    device = replace(DEVICE, film_scan_modes=())
    resolved = resolve(ticket(FILM + "<FilmScanMode>ColorSlideFilm</FilmScanMode>"), device, DEFAULT)
    assert resolved.ticket.film_scan_mode == "ColorSlideFilm"


def test_square_pixels_stay_square_where_they_can() -> None:
    def given(width: int, height: int, widths: tuple[int, ...], heights: tuple[int, ...]) -> Resolution:
        device = replace(PLAIN, platen=replace(PLATEN, widths=widths, heights=heights))
        asked = f"<Resolution><Width>{width}</Width><Height>{height}</Height></Resolution>"
        return resolve(ticket(front(asked)), device, DEFAULT).ticket.front.resolution

    assert given(200, 200, (75, 250, 300), (75, 210, 300)) == Resolution(300, 300)
    assert given(200, 200, (75, 250), (100, 210)) == Resolution(250, 210)
    assert given(200, 201, (75, 250, 300), (75, 210, 300)) == Resolution(250, 210)
    assert given(75, 300, (75, 250, 300), (75, 210, 300)) == Resolution(75, 300)
    assert given(250, 250, (300, 250, 75), (300, 210, 75)) == Resolution(300, 300)


def test_each_setting_of_the_default_counts_where_the_ticket_is_silent() -> None:
    """Rule 5, setting by setting."""
    default = ticket(
        "<Format>png</Format><CompressionQualityFactor>80</CompressionQualityFactor>"
        "<ImagesToTransfer>3</ImagesToTransfer><InputSource>ADF</InputSource><ContentType>Text</ContentType>"
        f"<InputSize>{media(600, 700)}</InputSize>{exposure(adjusted(brightness=4))}"
        "<Scaling><ScalingWidth>150</ScalingWidth><ScalingHeight>100</ScalingHeight></Scaling>"
        "<Rotation>90</Rotation>" + front(color("Grayscale8") + resolution(150))
    )
    wanted = {
        "Format": "png",
        "CompressionQualityFactor": "100",
        "ImagesToTransfer": "3",
        "InputSource": "ADF",
        "FilmScanMode": "NotApplicable",
        "ContentType": "Text",
        "InputSize": "600x700",
        "Exposure": "0,4,0",
        "Scaling": "150x100",
        "Rotation": "90",
        "MediaFront/ScanRegion": "0,0,600,700",
        "MediaFront/ColorProcessing": "Grayscale8",
        "MediaFront/Resolution": "150x150",
    }
    silent = ticket("")
    resolved = resolve(silent, DEVICE, default)
    assert flat(resolved.ticket) == wanted
    assert resolved.ticket.job_description == silent.job_description
    film = ticket(FILM + "<FilmScanMode>ColorSlideFilm</FilmScanMode>")
    assert resolve(ScanTicket(), DEVICE, film).ticket.film_scan_mode == "ColorSlideFilm"
    quality = resolve(ticket("<Format>jfif</Format>"), DEVICE, default).ticket
    assert quality.compression_quality_factor == 80


def test_a_default_region_without_offsets_begins_at_the_corner() -> None:
    detected = f"<InputSource>ADF</InputSource><InputSize>{DETECT}</InputSize>"
    default = ticket(detected + front(region(None, None, 8500, 13999)))
    assert resolve(ScanTicket(), DEVICE, default).ticket.front.scan_region == ScanRegion(0, 0, 8500, 13999)
    down = ticket(detected + front(region(None, None, 8499, 14000)))
    assert resolve(ScanTicket(), DEVICE, down).ticket.front.scan_region == ScanRegion(0, 0, 8499, 14000)


# Sides


def test_a_back_that_is_silent_has_the_fronts_setting_before_the_defaults() -> None:
    """Rule 14, setting by setting; and a default's back before a default's front."""
    default = ticket(DUPLEX + both(resolution(300) + color("RGB24"), resolution(100) + color("BlackAndWhite1")))
    usual = resolve(ticket("<Format>png</Format>"), DEVICE, default).ticket.back
    assert usual is not None
    assert (str(usual.resolution), usual.color_processing) == ("100x100", "BlackAndWhite1")
    asked = resolve(ticket("<Format>png</Format>" + front(color("Grayscale8"))), DEVICE, default).ticket.back
    assert asked is not None
    assert (str(asked.resolution), asked.color_processing) == ("100x100", "Grayscale8")
    own = both(color("RGB24") + region(1, 2, 3, 4), color("BlackAndWhite1") + region(5, 6, 7, 8))
    resolved = resolve(ticket(f"<Format>png</Format>{own}"), DEVICE, default).ticket.back
    assert resolved is not None
    assert (resolved.color_processing, resolved.scan_region) == ("BlackAndWhite1", ScanRegion(5, 6, 7, 8))


def test_a_device_that_names_no_back_scans_it_as_it_scans_the_front() -> None:
    device = replace(DEVICE, adf_back=DEVICE.adf_front)
    resolved = resolve(ticket(DUPLEX), device, DEFAULT).ticket
    assert resolved.back == resolved.front


def test_a_demand_on_media_sides_is_one_on_each_leaf_of_both() -> None:
    sides = both(resolution(150), resolution(150) + color("RGB24")).replace("<MediaSides>", f"<MediaSides {MUST}>")
    with pytest.raises(TicketRejected) as caught:
        resolve(ticket(DUPLEX + sides), DEVICE, DEFAULT)
    assert {(each.path, each.rule) for each in caught.value.problems} == {
        ("MediaBack/Resolution", 3),
        ("MediaBack/ColorProcessing", 3),
    }
    fronts_only = front(resolution(200)).replace("<MediaSides>", f"<MediaSides {MUST}>")
    with pytest.raises(TicketRejected, match="MediaFront/Resolution"):
        resolve(ticket(fronts_only), DEVICE, DEFAULT)


# The rest


def test_only_force_lets_a_setting_contradict_what_the_ticket_demands() -> None:
    demanded = ticket(f"<Rotation {MUST}>90</Rotation>")
    with pytest.raises(SettingError, match="Rotation"):
        resolve(demanded, DEVICE, DEFAULT, settings={"Rotation": "0"})
    assert resolve(demanded, DEVICE, DEFAULT, settings={"Rotation": "0"}, force=True).ticket.rotation == 0


def test_what_the_scan_head_obeys_is_the_ticket_unless_the_size_is_detected() -> None:
    resolved = resolve(ScanTicket(), DEVICE, DEFAULT)
    assert resolved.to_scan is resolved.ticket
    other = replace(resolved.ticket, input_size=Dimensions(1, 1))
    assert Resolved(other, frozenset(), frozenset(), (), resolved.ticket).to_scan is resolved.ticket


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (FILM, "2400x2400 RGB48 png from film"),
        (DUPLEX + both(resolution(300) + color("Grayscale8"), resolution(100)), "(back: 100x100 Grayscale8)"),
        (DUPLEX + both(resolution(300), resolution(200) + color("Grayscale8")), "(back: 200x200 Grayscale8)"),
    ],
)
def test_a_ticket_in_words_names_what_the_back_has_otherwise(parameters: str, words: str) -> None:
    default = ticket(front(resolution(2400)))
    assert describe(resolve(ticket(parameters), DEVICE, default).ticket).endswith(words)


def test_a_back_like_the_front_is_not_named() -> None:
    resolved = resolve(ticket(DUPLEX), replace(DEVICE, adf_back=DEVICE.adf_front), DEFAULT)
    assert describe(resolved.ticket) == "300x300 RGB24 jfif from the feeder, both sides"
