"""A scanner of another make: a small one with a glass alone, written by hand on sockets, with its own prefixes and
its own order of doing things. It shares nothing with the emulator but the documents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO

from PIL import Image, ImageDraw

SCAN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
PROFILE = "http://schemas.xmlsoap.org/ws/2006/02/devprof"
NAMES = (
    f'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{ADDRESSING}" xmlns:d="{DISCOVERY}" '
    f'xmlns:wsdp="{PROFILE}" xmlns:m="http://schemas.xmlsoap.org/ws/2004/09/mex" xmlns:wscn="{SCAN}" '
    'xmlns:x="http://www.w3.org/2004/08/xop/include" '
    'xmlns:p="http://schemas.microsoft.com/windows/pnpx/2005/10"'
)
WIDTH, HEIGHT = 8500, 11690
RESOLUTIONS = (75, 150, 300)
FORMATS = ("png", "jfif")
DESCRIPTION = (
    '<wscn:ScannerDescription><wscn:ScannerName xml:lang="en">Other 100</wscn:ScannerName>'
    "</wscn:ScannerDescription>"
)
TYPES = {"png": "image/png", "jfif": "image/jpeg"}


def _list(name: str, each: str, values: tuple[object, ...]) -> str:
    return f"<wscn:{name}>{''.join(f'<wscn:{each}>{value}</wscn:{each}>' for value in values)}</wscn:{name}>"


def _size(name: str, width: int, height: int) -> str:
    return f"<wscn:{name}><wscn:Width>{width}</wscn:Width><wscn:Height>{height}</wscn:Height></wscn:{name}>"


def _range(name: str) -> str:
    return f"<wscn:{name}><wscn:MinValue>100</wscn:MinValue><wscn:MaxValue>100</wscn:MaxValue></wscn:{name}>"


CONFIGURATION = (
    "<wscn:ScannerConfiguration><wscn:DeviceSettings>"
    + _list("FormatsSupported", "FormatValue", FORMATS)
    + "<wscn:CompressionQualityFactorSupported><wscn:MinValue>1</wscn:MinValue><wscn:MaxValue>100</wscn:MaxValue>"
    "</wscn:CompressionQualityFactorSupported>"
    + _list("ContentTypesSupported", "ContentTypeValue", ("Auto",))
    + "<wscn:DocumentSizeAutoDetectSupported>false</wscn:DocumentSizeAutoDetectSupported>"
    "<wscn:AutoExposureSupported>false</wscn:AutoExposureSupported>"
    "<wscn:BrightnessSupported>false</wscn:BrightnessSupported>"
    "<wscn:ContrastSupported>false</wscn:ContrastSupported><wscn:ScalingRangeSupported>"
    + _range("ScalingWidth")
    + _range("ScalingHeight")
    + "</wscn:ScalingRangeSupported>"
    + _list("RotationsSupported", "RotationValue", (0,))
    + "</wscn:DeviceSettings><wscn:Platen>"
    + _size("PlatenOpticalResolution", 600, 600)
    + "<wscn:PlatenResolutions>"
    + _list("Widths", "Width", RESOLUTIONS)
    + _list("Heights", "Height", RESOLUTIONS)
    + "</wscn:PlatenResolutions>"
    + _list("PlatenColor", "ColorEntry", ("Grayscale8", "RGB24"))
    + _size("PlatenMinimumSize", 100, 100)
    + _size("PlatenMaximumSize", WIDTH, HEIGHT)
    + "</wscn:Platen></wscn:ScannerConfiguration>"
)


@dataclass(frozen=True)
class Settings:
    """What is scanned."""

    format: str = "png"
    color: str = "Grayscale8"
    resolution: int = 75
    region: tuple[int, int, int, int] = (0, 0, WIDTH, HEIGHT)

    @property
    def pixels(self) -> tuple[int, int]:
        return max(1, self.region[2] * self.resolution // 1000), max(1, self.region[3] * self.resolution // 1000)

    def image(self) -> bytes:
        """The part of what lies on the glass: a triangle with a bar."""
        scale = self.resolution / 1000
        sheet = Image.new("RGB", (round(WIDTH * scale), round(HEIGHT * scale)), "white")
        draw = ImageDraw.Draw(sheet)
        corners = [(1000, 1000), (5000, 1500), (1500, 7000)]
        draw.polygon([(round(x * scale), round(y * scale)) for x, y in corners], fill=(40, 60, 90))
        draw.rectangle([round(each * scale) for each in (4000, 6000, 7500, 6800)], fill="black")
        left, top = round(self.region[0] * scale), round(self.region[1] * scale)
        part = sheet.crop((left, top, left + self.pixels[0], top + self.pixels[1]))
        octets = BytesIO()
        part.convert("L" if self.color == "Grayscale8" else "RGB").save(
            octets, "PNG" if self.format == "png" else "JPEG", quality=90
        )
        return octets.getvalue()

    def info(self) -> str:
        width, height = self.pixels
        return (
            f"<wscn:ImageInformation><wscn:MediaFrontImageInfo><wscn:PixelsPerLine>{width}</wscn:PixelsPerLine>"
            f"<wscn:NumberOfLines>{height}</wscn:NumberOfLines><wscn:BytesPerLine>0</wscn:BytesPerLine>"
            "</wscn:MediaFrontImageInfo></wscn:ImageInformation>"
        )

    def parameters(self, given: frozenset[str] = frozenset(), wrong: frozenset[str] = frozenset()) -> str:
        """DocumentParameters without its own tag.

        - `given`: elements that were asked for.
        - `wrong`: those that were asked for as something else.
        """

        def mark(name: str) -> str:
            if name in wrong:
                return ' wscn:Override="true"'
            return "" if name in given else ' wscn:UsedDefault="true"'

        x, y, width, height = self.region
        resolution = mark("Resolution")
        return (
            f"<wscn:Format{mark('Format')}>{self.format}</wscn:Format>"
            f"<wscn:CompressionQualityFactor{mark('CompressionQualityFactor')}>100</wscn:CompressionQualityFactor>"
            f"<wscn:ImagesToTransfer{mark('ImagesToTransfer')}>1</wscn:ImagesToTransfer>"
            f"<wscn:InputSource{mark('InputSource')}>Platen</wscn:InputSource>"
            f"<wscn:ContentType{mark('ContentType')}>Auto</wscn:ContentType>"
            f"<wscn:InputSize><wscn:InputMediaSize><wscn:Width>{WIDTH}</wscn:Width>"
            f"<wscn:Height>{HEIGHT}</wscn:Height></wscn:InputMediaSize></wscn:InputSize>"
            "<wscn:Exposure><wscn:ExposureSettings><wscn:Contrast>0</wscn:Contrast>"
            "<wscn:Brightness>0</wscn:Brightness><wscn:Sharpness>0</wscn:Sharpness></wscn:ExposureSettings>"
            "</wscn:Exposure><wscn:Scaling><wscn:ScalingWidth>100</wscn:ScalingWidth>"
            "<wscn:ScalingHeight>100</wscn:ScalingHeight></wscn:Scaling>"
            f"<wscn:Rotation{mark('Rotation')}>0</wscn:Rotation><wscn:MediaSides><wscn:MediaFront>"
            f"<wscn:ScanRegion><wscn:ScanRegionXOffset>{x}</wscn:ScanRegionXOffset>"
            f"<wscn:ScanRegionYOffset>{y}</wscn:ScanRegionYOffset><wscn:ScanRegionWidth>{width}</wscn:ScanRegionWidth>"
            f"<wscn:ScanRegionHeight>{height}</wscn:ScanRegionHeight></wscn:ScanRegion>"
            f"<wscn:ColorProcessing{mark('ColorProcessing')}>{self.color}</wscn:ColorProcessing>"
            f"<wscn:Resolution><wscn:Width{resolution}>{self.resolution}</wscn:Width>"
            f"<wscn:Height{resolution}>{self.resolution}</wscn:Height></wscn:Resolution>"
            "</wscn:MediaFront></wscn:MediaSides>"
        )


@dataclass
class Job:
    """A scan job."""

    id: int
    token: str
    settings: Settings
    final: str
    name: str
    user: str
    created: str
    state: str = "Processing"
    reason: str = "JobScanning"
    documents: list[str] = field(default_factory=list)
    completed: str = ""

    @property
    def open(self) -> bool:
        return self.state == "Processing"

    def end(self, state: str, reason: str = "None") -> None:
        self.state, self.reason, self.completed = state, reason, now()

    def reasons(self) -> str:
        return _list("JobStateReasons", "JobStateReason", (self.reason,))

    def status(self) -> str:
        ended = f"<wscn:JobCompletedTime>{self.completed}</wscn:JobCompletedTime>" if self.completed else ""
        return (
            f"<wscn:JobStatus><wscn:JobId>{self.id}</wscn:JobId><wscn:JobState>{self.state}</wscn:JobState>"
            f"{self.reasons()}<wscn:ScansCompleted>{len(self.documents)}</wscn:ScansCompleted>"
            f"<wscn:JobCreatedTime>{self.created}</wscn:JobCreatedTime>{ended}</wscn:JobStatus>"
        )

    def summary(self) -> str:
        return (
            f"<wscn:JobSummary><wscn:JobId>{self.id}</wscn:JobId><wscn:JobName>{self.name}</wscn:JobName>"
            f"<wscn:JobOriginatingUserName>{self.user}</wscn:JobOriginatingUserName>"
            f"<wscn:JobState>{self.state}</wscn:JobState>{self.reasons()}"
            f"<wscn:ScansCompleted>{len(self.documents)}</wscn:ScansCompleted></wscn:JobSummary>"
        )


class Refused(Exception):
    """A fault: its code, its subcode, the subcode's namespace, and a detail."""

    def __init__(self, subcode: str, detail: str = "", *, receiver: bool = False, prefix: str = "wscn") -> None:
        super().__init__(subcode)
        self.code = "Receiver" if receiver else "Sender"
        self.subcode = f"{prefix}:{subcode}"
        self.detail = f"<s:Detail>{detail}</s:Detail>" if detail else ""


def now() -> str:
    """The time, as xs:dateTime."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def value_of(text: str, name: str) -> str:
    """The text of the first element of that name; ''."""
    found = re.search(rf"<(?:[\w.-]+:)?{name}(?:\s[^>]*)?>([^<]*)</", text)
    return found[1].strip() if found else ""


def is_marked(text: str, name: str) -> bool:
    """Whether an element of that name must be honoured."""
    return re.search(rf"<(?:[\w.-]+:)?{name}\s[^>]*MustHonor=\"(?:true|1)\"", text) is not None


def names_in(text: str) -> list[str]:
    """What RequestedElements asks for."""
    return [each.strip() for each in re.findall(r"<(?:[\w.-]+:)?Name(?:\s[^>]*)?>([^<]*)</", text)]
