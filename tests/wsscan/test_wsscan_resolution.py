"""The twenty rules of ticket resolution as a table, each row named by its rule; stated from the rules
(docs/protocol/ws-scan.md section 5), not from the code. Tickets are written as XML, results as text by path."""

from __future__ import annotations

from dataclasses import replace

import pytest
from wsscan_tickets import ticket

from emulator.wsscan.resolution import Resolved, TicketRejected, describe, resolve
from emulator.wsscan.settings import SettingError
from emulator.wsscan.values.configuration import (
    DeviceSettings,
    Range,
    ScannerConfiguration,
    SourceCapabilities,
)
from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion
from emulator.wsscan.values.ticket import EffectiveSide, EffectiveTicket, ScanTicket

PLATEN = SourceCapabilities(
    Resolution(600, 600),
    (75, 150, 300, 600),
    (75, 150, 300, 600, 1200),
    ("BlackAndWhite1", "Grayscale8", "RGB24"),
    Dimensions(500, 500),
    Dimensions(8500, 11700),
)
FRONT = replace(PLATEN, maximum_size=Dimensions(8500, 14000))
BACK = replace(FRONT, widths=(100, 200), heights=(100, 200), colors=("BlackAndWhite1", "Grayscale8"))
FILM = replace(PLATEN, widths=(1200, 2400), heights=(1200, 2400), colors=("RGB48",))
SETTINGS = DeviceSettings(
    formats=("jfif", "png", "tiff-single-uncompressed", "tiff-single-g4", "tiff-multi-g4"),
    compression_quality_factor=Range(10, 90),
    content_types=("Auto", "Text"),
    size_auto_detect=True,
    auto_exposure=True,
    brightness=True,
    contrast=False,
    scaling_width=Range(50, 200),
    scaling_height=Range(100, 100),
    rotations=(0, 90),
)
DEVICE = ScannerConfiguration(SETTINGS, PLATEN, FRONT, BACK, FILM, ("ColorNegativeFilm", "ColorSlideFilm"))
PLAIN = ScannerConfiguration(
    replace(SETTINGS, size_auto_detect=False, auto_exposure=False, brightness=False), platen=PLATEN
)
"""Flatbed: no feeder, no detection, no exposure."""

DEFAULT = ticket(
    "<Format>jfif</Format><CompressionQualityFactor>80</CompressionQualityFactor>"
    "<ImagesToTransfer>0</ImagesToTransfer><InputSource>ADF</InputSource><ContentType>Auto</ContentType>"
    "<InputSize><InputMediaSize><Width>8500</Width><Height>11000</Height></InputMediaSize></InputSize>"
    "<Exposure><ExposureSettings><Contrast>0</Contrast><Brightness>7</Brightness></ExposureSettings></Exposure>"
    "<Scaling><ScalingWidth>100</ScalingWidth><ScalingHeight>100</ScalingHeight></Scaling><Rotation>0</Rotation>"
    "<MediaSides><MediaFront><ColorProcessing>RGB24</ColorProcessing>"
    "<Resolution><Width>300</Width><Height>300</Height></Resolution></MediaFront></MediaSides>"
)


def region(x: int | None, y: int | None, width: int, height: int, must: str = "") -> str:
    mark = {
        name: ' w:MustHonor="true"' if name == must else "" for name in ("XOffset", "YOffset", "Width", "Height")
    }
    leaves = zip(("XOffset", "YOffset", "Width", "Height"), (x, y, width, height), strict=True)
    return (
        "<ScanRegion>"
        + "".join(
            f"<ScanRegion{name}{mark[name]}>{value}</ScanRegion{name}>"
            for name, value in leaves
            if value is not None
        )
        + "</ScanRegion>"
    )


def front(inner: str) -> str:
    return f"<MediaSides><MediaFront>{inner}</MediaFront></MediaSides>"


def both(front: str, back: str) -> str:
    return f"<MediaSides><MediaFront>{front}</MediaFront><MediaBack>{back}</MediaBack></MediaSides>"


def color(value: str, must: bool = False) -> str:
    return f'<ColorProcessing w:MustHonor="{str(must).lower()}">{value}</ColorProcessing>'


def resolution(value: int, must: bool = False) -> str:
    return f'<Resolution w:MustHonor="{str(must).lower()}"><Width>{value}</Width></Resolution>'


def media(width: int, height: int) -> str:
    return f"<InputMediaSize><Width>{width}</Width><Height>{height}</Height></InputMediaSize>"


DETECT = "<DocumentSizeAutoDetect>true</DocumentSizeAutoDetect>"
NO_DETECT = "<DocumentSizeAutoDetect>false</DocumentSizeAutoDetect>"
MUST = 'w:MustHonor="true"'


def side(given: EffectiveSide | None) -> dict[str, str]:
    if given is None:
        return {}
    r = given.scan_region
    return {
        "ScanRegion": f"{r.x_offset},{r.y_offset},{r.width},{r.height}",
        "ColorProcessing": given.color_processing,
        "Resolution": str(given.resolution),
    }


def flat(given: EffectiveTicket) -> dict[str, str]:
    """The effective ticket as text by path."""
    exposure = given.exposure
    return {
        "Format": given.format,
        "CompressionQualityFactor": str(given.compression_quality_factor),
        "ImagesToTransfer": str(given.images_to_transfer),
        "InputSource": given.input_source,
        "FilmScanMode": given.film_scan_mode,
        "ContentType": given.content_type,
        "InputSize": ("auto " if given.size_auto_detect else "") + str(given.input_size),
        "Exposure": "auto" if exposure.auto else f"{exposure.contrast},{exposure.brightness},{exposure.sharpness}",
        "Scaling": f"{given.scaling[0]}x{given.scaling[1]}",
        "Rotation": str(given.rotation),
        **{f"MediaFront/{name}": value for name, value in side(given.front).items()},
        **{f"MediaBack/{name}": value for name, value in side(given.back).items()},
    }


UNTOUCHED = {
    "Format": "jfif",
    "CompressionQualityFactor": "80",
    "ImagesToTransfer": "0",
    "InputSource": "ADF",
    "FilmScanMode": "NotApplicable",
    "ContentType": "Auto",
    "InputSize": "8500x11000",
    "Exposure": "0,7,0",
    "Scaling": "100x100",
    "Rotation": "0",
    "MediaFront/ScanRegion": "0,0,8500,11000",
    "MediaFront/ColorProcessing": "RGB24",
    "MediaFront/Resolution": "300x300",
}

# id, DocumentParameters, what differs from UNTOUCHED, the paths marked Override, rules told of
GRANTED = [
    ("1 unknown element", "<v:Staple>2</v:Staple><Colour>red</Colour>", {}, set(), set()),
    ("2 content type", "<ContentType>Photo</ContentType>", {"ContentType": "Auto"}, {"ContentType"}, {2}),
    (
        "2 resolution: next higher",
        front(resolution(200)),
        {"MediaFront/Resolution": "300x300"},
        {"MediaFront/Resolution"},
        {2},
    ),
    (
        "2 resolution: the highest when none is higher, square",
        front(resolution(5000)),
        {"MediaFront/Resolution": "600x600"},
        {"MediaFront/Resolution"},
        {2},
    ),
    (
        "2 resolution: axis by axis when not square",
        front("<Resolution><Width>100</Width><Height>900</Height></Resolution>"),
        {"MediaFront/Resolution": "150x1200"},
        {"MediaFront/Resolution"},
        {2},
    ),
    (
        "2 colour: nearest of the source",
        front(color("RGB48")),
        {"MediaFront/ColorProcessing": "RGB24"},
        {"MediaFront/ColorProcessing"},
        {2},
    ),
    (
        "2 colour: a vendor's",
        front(color("v:Sepia")),
        {"MediaFront/ColorProcessing": "RGB24"},
        {"MediaFront/ColorProcessing"},
        {2},
    ),
    (
        "2 colour: fax in the format asked for",
        f"<Format>tiff-single-g4</Format>{front(color('RGB24'))}",
        {
            "Format": "tiff-single-g4",
            "CompressionQualityFactor": "100",
            "MediaFront/ColorProcessing": "BlackAndWhite1",
        },
        {"MediaFront/ColorProcessing"},
        {2},
    ),
    (
        "2 colour: the default gives way to the format",
        "<Format>tiff-multi-g4</Format>",
        {
            "Format": "tiff-multi-g4",
            "CompressionQualityFactor": "100",
            "MediaFront/ColorProcessing": "BlackAndWhite1",
        },
        {"MediaFront/ColorProcessing"},
        {2},
    ),
    (
        "2 colour: jfif holds no bilevel",
        f"<Format>jfif</Format>{front(color('BlackAndWhite1'))}",
        {"MediaFront/ColorProcessing": "Grayscale8"},
        {"MediaFront/ColorProcessing"},
        {2},
    ),
    (
        "2 format: gives way to a colour that must be honoured",
        f"<Format>tiff-single-g4</Format>{front(color('RGB24', True))}",
        {"Format": "png", "CompressionQualityFactor": "100"},
        {"Format"},
        {2},
    ),
    (
        "2 format: the default gives way to a colour asked for",
        front(color("BlackAndWhite1")),
        {"Format": "png", "CompressionQualityFactor": "100", "MediaFront/ColorProcessing": "BlackAndWhite1"},
        {"Format"},
        {2},
    ),
    ("2 rotation", "<Rotation>180</Rotation>", {}, {"Rotation"}, {2}),
    (
        "2 medium: cut to the source",
        f"<InputSize>{media(100, 20000)}</InputSize>",
        {"InputSize": "500x14000", "MediaFront/ScanRegion": "0,0,500,14000"},
        {"InputSize"},
        {2},
    ),
    (
        "2 quality within the device's range",
        "<CompressionQualityFactor>100</CompressionQualityFactor>",
        {"CompressionQualityFactor": "90"},
        {"CompressionQualityFactor"},
        {2},
    ),
    (
        "2 scaling",
        "<Scaling><ScalingWidth>400</ScalingWidth><ScalingHeight>100</ScalingHeight></Scaling>",
        {"Scaling": "200x100"},
        {"Scaling"},
        {2},
    ),
    (
        "2 contrast, which this device cannot",
        "<Exposure><ExposureSettings><Contrast>9</Contrast><Brightness>8</Brightness></ExposureSettings></Exposure>",
        {"Exposure": "0,8,0"},
        {"Exposure/Contrast"},
        {2},
    ),
    (
        "2 and 3: what can be done may be demanded",
        f"<Rotation {MUST}>90</Rotation>{front(resolution(600, True))}",
        {"Rotation": "90", "MediaFront/Resolution": "600x600"},
        set(),
        set(),
    ),
    ("5 nothing given", "", {}, set(), set()),
    ("5 contrast left out of the settings", "<Exposure><ExposureSettings/></Exposure>", {}, set(), set()),
    (
        "7 lossless format with a quality",
        "<Format>png</Format><CompressionQualityFactor>50</CompressionQualityFactor>",
        {"Format": "png", "CompressionQualityFactor": "100"},
        {"CompressionQualityFactor"},
        {7},
    ),
    (
        "7 lossless format without a quality",
        "<Format>png</Format>",
        {"Format": "png", "CompressionQualityFactor": "100"},
        set(),
        set(),
    ),
    (
        "9 all images of the platen",
        "<InputSource>Platen</InputSource><ImagesToTransfer>0</ImagesToTransfer>",
        {"InputSource": "Platen", "ImagesToTransfer": "1"},
        set(),
        {9},
    ),
    (
        "9 the default's 0 on the platen",
        "<InputSource>Platen</InputSource>",
        {"InputSource": "Platen", "ImagesToTransfer": "1"},
        set(),
        set(),
    ),
    (
        "9 demanded",
        f"<InputSource>Platen</InputSource><ImagesToTransfer {MUST}>0</ImagesToTransfer>",
        {"InputSource": "Platen", "ImagesToTransfer": "1"},
        set(),
        {9},
    ),
    (
        "2 more images than lie on the platen",
        "<InputSource>Platen</InputSource><ImagesToTransfer>5</ImagesToTransfer>",
        {"InputSource": "Platen", "ImagesToTransfer": "1"},
        {"ImagesToTransfer"},
        {2},
    ),
    ("10 all images of the feeder", "<ImagesToTransfer>0</ImagesToTransfer>", {}, set(), set()),
    (
        "11 an odd number of sides",
        "<ImagesToTransfer>3</ImagesToTransfer><InputSource>ADFDuplex</InputSource>"
        + both(color("Grayscale8"), resolution(100)),
        {
            "ImagesToTransfer": "3",
            "InputSource": "ADFDuplex",
            "MediaFront/ColorProcessing": "Grayscale8",
            "MediaBack/ScanRegion": "0,0,8500,11000",
            "MediaBack/ColorProcessing": "Grayscale8",
            "MediaBack/Resolution": "100x100",
        },
        set(),
        set(),
    ),
    ("12 film scan mode without film", f"<FilmScanMode {MUST}>ColorSlideFilm</FilmScanMode>", {}, set(), {12}),
    ("13 back without duplex", both("", resolution(100)), {}, set(), {13}),
    (
        "14 duplex without back: the front applies, as far as the back can",
        f"<InputSource>ADFDuplex</InputSource>{front(resolution(150) + color('RGB24') + region(1, 2, 500, 600))}",
        {
            "InputSource": "ADFDuplex",
            "MediaFront/Resolution": "150x150",
            "MediaFront/ScanRegion": "1,2,500,600",
            "MediaBack/ScanRegion": "1,2,500,600",
            "MediaBack/ColorProcessing": "Grayscale8",
            "MediaBack/Resolution": "200x200",
        },
        {"MediaBack/ColorProcessing", "MediaBack/Resolution"},
        {2},
    ),
    (
        "15 no region: the medium",
        f"<InputSize>{media(4000, 6000)}</InputSize>",
        {"InputSize": "4000x6000", "MediaFront/ScanRegion": "0,0,4000,6000"},
        set(),
        set(),
    ),
    (
        "15 offsets left out",
        front(region(None, None, 100, 200)),
        {"MediaFront/ScanRegion": "0,0,100,200"},
        set(),
        set(),
    ),
    (
        "17 region beyond the medium",
        front(region(8000, 1000, 8500, 10500)),
        {"MediaFront/ScanRegion": "8000,1000,500,10000"},
        {"MediaFront/ScanRegion/ScanRegionWidth", "MediaFront/ScanRegion/ScanRegionHeight"},
        {17},
    ),
    (
        "17 only what is beyond counts",
        front(region(0, 0, 9000, 11000, must="Height")),
        {},
        {"MediaFront/ScanRegion/ScanRegionWidth"},
        {17},
    ),
    (
        "18 region beyond what can be detected",
        f"<InputSize>{DETECT}</InputSize>{front(region(0, 0, 9000, 100))}",
        {"InputSize": "auto 8500x14000", "MediaFront/ScanRegion": "0,0,8500,14000"},
        {"MediaFront/ScanRegion"},
        {18},
    ),
    (
        "18 region within",
        f"<InputSize>{DETECT}</InputSize>{front(region(0, 0, 800, 100))}",
        {"InputSize": "auto 8500x14000", "MediaFront/ScanRegion": "0,0,800,100"},
        set(),
        set(),
    ),
    (
        "19 both sizes: the media size",
        f"<InputSize>{NO_DETECT}{media(600, 700)}</InputSize>",
        {"InputSize": "600x700", "MediaFront/ScanRegion": "0,0,600,700"},
        set(),
        {19},
    ),
    (
        "19 both sizes: detection when true",
        f"<InputSize>{DETECT}{media(600, 700)}</InputSize>",
        {"InputSize": "auto 8500x14000", "MediaFront/ScanRegion": "0,0,8500,14000"},
        set(),
        {19},
    ),
    (
        "19 both exposures: the settings",
        "<Exposure><AutoExposure>false</AutoExposure><ExposureSettings><Brightness>3</Brightness>"
        "</ExposureSettings></Exposure>",
        {"Exposure": "0,3,0"},
        set(),
        {19},
    ),
    (
        "19 both exposures: automatic when true",
        "<Exposure><AutoExposure>true</AutoExposure><ExposureSettings/></Exposure>",
        {"Exposure": "auto"},
        set(),
        {19},
    ),
]


@pytest.mark.parametrize(
    ("parameters", "differs", "overridden", "rules"),
    [pytest.param(*row[1:], id=row[0]) for row in GRANTED],
)
def test_granted(parameters: str, differs: dict[str, str], overridden: set[str], rules: set[int]) -> None:
    # The law: [wscn/format/jpeg-is-the-only-lossy-compression] [notes/c-26/region-width-within-the-width]
    # The law: [notes/c-26/offsets-within-the-input-size] [wscn/ticket/auto-exposure]
    # The law: [wscn/default-scan-ticket/source-of-defaults] [wscn/format/jpeg-colors] [wscn/format/fax-colors]
    # The law: [wscn/format/fallback-of-the-windows-driver] [wscn/validation/unknown-element-ignored]
    # The law: [wscn/validation/unsupported-value-substituted] [wscn/validation/absent-element-by-default]
    # The law: [wscn/validation/lossless-quality-100] [wscn/validation/zero-images-of-platen]
    # The law: [wscn/validation/zero-images-of-feeder] [wscn/validation/duplex-counts-sides]
    # The law: [wscn/validation/film-scan-mode-without-film] [wscn/validation/media-back-without-duplex]
    # The law: [wscn/validation/duplex-without-media-back] [wscn/validation/region-absent]
    # The law: [wscn/validation/region-trimmed-and-reported] [wscn/validation/region-outside-detected-size]
    # The law: [wscn/validation/both-children-of-a-choice] [wscn/validation/region-within-input-size]
    resolved = resolve(ticket(parameters), DEVICE, DEFAULT)
    assert flat(resolved.ticket) == UNTOUCHED | differs
    assert resolved.overridden == overridden
    assert {change.rule for change in resolved.changes} == rules


@pytest.mark.parametrize(
    ("name", "ends"), [("Contrast", (-1000, 1000)), ("Brightness", (-1000, 1000)), ("Sharpness", (-100, 100))]
)
def test_a_device_that_adjusts_takes_the_whole_scale(name: str, ends: tuple[int, int]) -> None:
    """[wscn/ticket/contrast] [wscn/ticket/brightness] [wscn/ticket/sharpness]"""
    able = replace(DEVICE, device_settings=replace(SETTINGS, contrast=True))
    for value in (*ends, 0):
        asked = f"<Exposure><ExposureSettings><{name}>{value}</{name}></ExposureSettings></Exposure>"
        resolved = resolve(ticket(asked), able, DEFAULT)
        assert not resolved.changes
        assert getattr(resolved.ticket.exposure, name.lower()) == value


# id, device, DocumentParameters, (path, rule) of each problem
REJECTED = [
    ("3 unknown element", DEVICE, f"<v:Staple {MUST}>2</v:Staple>", {("Staple", 3)}),
    (
        "3 more images than lie on the platen",
        DEVICE,
        f"<InputSource>Platen</InputSource><ImagesToTransfer {MUST}>5</ImagesToTransfer>",
        {("ImagesToTransfer", 3)},
    ),
    ("3 content type", DEVICE, f"<ContentType {MUST}>Photo</ContentType>", {("ContentType", 3)}),
    ("3 resolution", DEVICE, front(resolution(200, True)), {("MediaFront/Resolution", 3)}),
    ("3 colour", DEVICE, front(color("RGB48", True)), {("MediaFront/ColorProcessing", 3)}),
    ("3 rotation", DEVICE, f"<Rotation {MUST}>180</Rotation>", {("Rotation", 3)}),
    ("3 source", PLAIN, f"<InputSource {MUST}>ADF</InputSource>", {("InputSource", 3)}),
    ("3 medium", DEVICE, f"<InputSize {MUST}>{media(8500, 20000)}</InputSize>", {("InputSize", 3)}),
    ("3 detection", PLAIN, f"<InputSize {MUST}>{DETECT}</InputSize>", {("InputSize", 3)}),
    (
        "3 detection with a size",
        PLAIN,
        f"<InputSize {MUST}>{DETECT}{media(600, 700)}</InputSize>",
        {("InputSize", 3)},
    ),
    ("3 exposure", PLAIN, f"<Exposure {MUST}><AutoExposure>1</AutoExposure></Exposure>", {("Exposure", 3)}),
    (
        "3 contrast",
        DEVICE,
        f"<Exposure {MUST}><ExposureSettings><Contrast>9</Contrast></ExposureSettings></Exposure>",
        {("Exposure/Contrast", 3)},
    ),
    (
        "3 of MediaSides",
        DEVICE,
        f"<MediaSides {MUST}><MediaFront>{resolution(200)}{color('RGB48')}</MediaFront></MediaSides>",
        {("MediaFront/Resolution", 3), ("MediaFront/ColorProcessing", 3)},
    ),
    (
        "3 the front's demand holds for the back (14)",
        DEVICE,
        f"<InputSource>ADFDuplex</InputSource>{front(resolution(150, True))}",
        {("MediaBack/Resolution", 3)},
    ),
    (
        "3 film scan mode",
        DEVICE,
        "<InputSource>Film</InputSource><Format>png</Format>"
        f"<FilmScanMode {MUST}>BlackandWhiteNegativeFilm</FilmScanMode>",
        {("FilmScanMode", 3)},
    ),
    (
        "3 quality",
        DEVICE,
        f"<CompressionQualityFactor {MUST}>5</CompressionQualityFactor>",
        {("CompressionQualityFactor", 3)},
    ),
    (
        "3 every problem at once",
        DEVICE,
        f"<ContentType {MUST}>Photo</ContentType><Rotation {MUST}>180</Rotation>",
        {("ContentType", 3), ("Rotation", 3)},
    ),
    (
        "4 format and colour",
        DEVICE,
        f"<Format {MUST}>tiff-single-g4</Format>{front(color('RGB24', True))}",
        {("MediaFront/ColorProcessing", 4)},
    ),
    ("6 format", DEVICE, "<Format>pdf-a</Format>", {("Format", 6)}),
    ("6 format demanded", DEVICE, f"<Format {MUST}>v:own</Format>", {("Format", 6)}),
    (
        "8 lossless format, quality demanded",
        DEVICE,
        f"<Format>png</Format><CompressionQualityFactor {MUST}>50</CompressionQualityFactor>",
        {("CompressionQualityFactor", 8)},
    ),
    ("13 back demanded without duplex", DEVICE, both("", resolution(100, True)), {("MediaBack", 13)}),
    ("16 region outside, across", DEVICE, front(region(8500, 0, 100, 100)), {("MediaFront/ScanRegion", 16)}),
    ("16 region outside, down", DEVICE, front(region(0, 14000, 100, 100)), {("MediaFront/ScanRegion", 16)}),
    (
        "17 region beyond the medium, demanded",
        DEVICE,
        front(region(0, 0, 9000, 11000, must="Width")),
        {("MediaFront/ScanRegion/ScanRegionWidth", 17)},
    ),
    (
        "17 region beside the medium",
        DEVICE,
        front(region(0, 11500, 100, 100)),
        {("MediaFront/ScanRegion/ScanRegionYOffset", 17)},
    ),
    (
        "18 region beyond what can be detected, demanded",
        DEVICE,
        f"<InputSize>{DETECT}</InputSize>{front(region(0, 0, 9000, 100, must='Width'))}",
        {("MediaFront/ScanRegion", 3)},
    ),
    (
        "20 the printed example",
        DEVICE,
        "<Scaling><ScalingWidth>1250</ScalingWidth><ScalingHeight>1250</ScalingHeight></Scaling>",
        {("Scaling", 20)},
    ),
    (
        "20 scaling of nothing",
        DEVICE,
        "<Scaling><ScalingWidth>100</ScalingWidth><ScalingHeight>0</ScalingHeight></Scaling>",
        {("Scaling", 20)},
    ),
]


@pytest.mark.parametrize(
    ("device", "parameters", "problems"), [pytest.param(*row[1:], id=row[0]) for row in REJECTED]
)
def test_rejected(device: ScannerConfiguration, parameters: str, problems: set[tuple[str, int]]) -> None:
    # The law: [notes/c-10/scaling-1250-invalid] [notes/c-16/must-honor-of-media-sides-read]
    # The law: [wscn/must-honor/elements] [wscn/validation/must-honor-or-reject]
    # The law: [wscn/validation/conflicting-must-honor] [wscn/validation/format-not-supported]
    # The law: [wscn/validation/lossless-quality-must-honor] [wscn/validation/media-back-without-duplex]
    # The law: [wscn/validation/region-wholly-outside] [wscn/validation/region-trimmed-and-reported]
    # The law: [wscn/validation/scaling-out-of-range] [wscn/validation/every-value-checked]
    with pytest.raises(TicketRejected) as caught:
        resolve(ticket(parameters), device, DEFAULT)
    assert {(problem.path, problem.rule) for problem in caught.value.problems} == problems
    assert "\n" not in str(caught.value)


def test_every_rule_has_a_row() -> None:
    named = {int(row[0].split()[0]) for row in GRANTED} | {int(row[0].split()[0]) for row in REJECTED}
    assert named == set(range(1, 21))


def change(parameters: str, device: ScannerConfiguration = DEVICE) -> Resolved:
    return resolve(ticket(parameters), device, DEFAULT)


@pytest.mark.parametrize(
    ("asked", "given"),
    [("ADFDuplex", "Platen"), ("ADF", "Platen"), ("Film", "Platen"), ("v:Drum", "Platen")],
)
def test_a_source_that_is_not_there_is_stood_in_for(asked: str, given: str) -> None:
    resolved = change(f"<InputSource>{asked}</InputSource>", PLAIN)
    assert resolved.ticket.input_source == given
    assert "InputSource" in resolved.overridden


def test_a_duplex_ticket_on_a_simplex_feeder_scans_fronts() -> None:
    # The law: [wscn/validation/unsupported-value-substituted]
    simplex = replace(DEVICE, adf_back=None)
    resolved = change("<InputSource>ADFDuplex</InputSource>", simplex)
    assert resolved.ticket.input_source == "ADF"
    assert resolved.ticket.back is None


def test_fronts_and_backs_alternate() -> None:
    """Image 3 of 3 is the front of a second sheet [wscn/validation/duplex-odd-number]."""
    resolved = change(f"<InputSource>ADFDuplex</InputSource>{both('', resolution(100))}")
    effective = resolved.ticket
    assert [effective.side(number) for number in (1, 2, 3)] == [effective.front, effective.back, effective.front]


def test_film_has_a_mode_and_its_own_colours() -> None:
    resolved = change("<InputSource>Film</InputSource>")
    assert resolved.ticket.film_scan_mode == "ColorNegativeFilm"
    assert resolved.ticket.front.color_processing == "RGB48"  # all that this device's film scanner gives
    assert resolved.ticket.format == "png"  # the default's jfif holds no RGB48


def test_a_demanded_format_that_holds_no_colour_of_the_source_is_not_supported() -> None:
    # The law: [wscn/validation/format-not-supported]
    with pytest.raises(TicketRejected) as caught:
        change(f"<InputSource>Film</InputSource><Format {MUST}>jfif</Format>")
    assert [(problem.path, problem.rule) for problem in caught.value.problems] == [("Format", 6)]


def test_what_the_ticket_leaves_out_is_marked_used_default() -> None:
    """Each leaf of it [wscn/validation/absent-element-by-default]."""
    resolved = change("<Format>png</Format><ImagesToTransfer>2</ImagesToTransfer>" + front(color("Grayscale8")))
    assert resolved.used_default == {
        "CompressionQualityFactor",
        "InputSource",
        "ContentType",
        "InputSize",
        "Exposure",
        "Scaling",
        "Rotation",
        "MediaFront/ScanRegion",
        "MediaFront/Resolution",
    }


def test_the_defaults_region_counts_when_the_ticket_gives_no_size() -> None:
    # The law: [wscn/validation/region-absent]
    default = ticket(
        f"<InputSource>ADF</InputSource><InputSize>{media(8500, 11000)}</InputSize>"
        + front(region(10, 20, 300, 400))
    )
    assert resolve(ScanTicket(), DEVICE, default).ticket.front.scan_region == ScanRegion(10, 20, 300, 400)
    sized = resolve(ticket(f"<InputSize>{media(600, 700)}</InputSize>"), DEVICE, default)
    assert sized.ticket.front.scan_region == ScanRegion(0, 0, 600, 700)


def test_changes_say_what_why_and_by_which_rule() -> None:
    (only,) = change(front(resolution(200))).changes
    assert (only.path, only.asked, only.given, only.rule) == ("MediaFront/Resolution", "200x200", "300x300", 2)
    assert "75, 150, 300, 600" in only.reason


def test_problems_name_what_is_asked_and_what_is_possible() -> None:
    with pytest.raises(TicketRejected, match=r"pdf-a.*jfif, png") as caught:
        change("<Format>pdf-a</Format>")
    assert caught.value.problems[0].asked == "pdf-a"


def test_a_device_without_sources_rejects_everything() -> None:
    with pytest.raises(TicketRejected, match="no source"):
        resolve(ScanTicket(), ScannerConfiguration(SETTINGS), DEFAULT)


def test_settings_of_the_user_are_demands() -> None:
    """A setting on the command line that the device cannot do is an error, no silent substitute.
    [psp/change/must-honor]"""
    assert resolve(ScanTicket(), DEVICE, DEFAULT, settings={"Format": "png"}).ticket.format == "png"
    with pytest.raises(TicketRejected, match="Resolution"):
        resolve(ScanTicket(), DEVICE, DEFAULT, settings={"Resolution": "200"})
    with pytest.raises(SettingError, match="Colour"):
        resolve(ScanTicket(), DEVICE, DEFAULT, settings={"Colour": "red"})


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ("", "300x300 RGB24 jfif from the feeder"),
        ("<InputSource>Platen</InputSource>", "300x300 RGB24 jfif from the platen"),
        (
            f"<InputSource>ADFDuplex</InputSource>{both('', resolution(100) + color('Grayscale8'))}",
            "300x300 RGB24 jfif from the feeder, both sides (back: 100x100 Grayscale8)",
        ),
    ],
)
def test_describe(parameters: str, words: str) -> None:
    assert describe(change(parameters).ticket) == words
