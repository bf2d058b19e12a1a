"""The sections of a device profile, as pydantic models. Field names are the documents' own, in snake case;
lengths are in 1/1000 inch, resolutions in ppi."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    field_validator,
)

from emulator.device.quirks import Quirk
from emulator.device.scan_job_limits import ScanJobLimits
from emulator.imaging.content import TextThreshold
from emulator.soap.fault import not_in_xml
from emulator.wsscan.values.configuration import DeviceSettings, Range, SourceCapabilities
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.keywords import (
    LOSSY_FORMATS,
    ColorEntry,
    ContentType,
    FilmScanMode,
    Format,
    InputSource,
)
from emulator.wsscan.values.paper import PAPERS
from emulator.wsscan.values.ticket import (
    DocumentParameters,
    Exposure,
    ExposureSettings,
    InputSize,
    JobDescription,
    MediaSide,
    ScanRegionRequest,
    ScanTicket,
    Setting,
)


class Section(BaseModel):
    """A table of a profile: unknown fields are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _can_be_said(cls, value: Any) -> Any:
        """Messages hold every text that clients see; a profile has none that they cannot hold."""
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and (found := not_in_xml(text)):
                raise ValueError(f"{found} is no character of XML 1.0: no message can hold it")
        return value


def _paper(value: Any) -> Any:
    """A paper's name stands for its size."""
    if isinstance(value, str):
        if value.casefold() not in PAPERS:
            names = ", ".join(name.title() for name in PAPERS)
            raise ValueError(f"a size is [width, height] in 1/1000 inch or one of {names}")
        paper = PAPERS[value.casefold()]
        return (paper.width, paper.height)
    return value


# Limits of the WS-Scan pages (ws-scan.md 2.2); the largest lengths and resolutions are ours: a page of
# 100 x 100 inch, and what scanners are built for.
MAX_LENGTH: Final = 100_000
MAX_PPI: Final = 9_600
Length = Annotated[StrictInt, Field(ge=1, le=MAX_LENGTH)]
Ppi = Annotated[StrictInt, Field(ge=1, le=MAX_PPI)]
Size = Annotated[tuple[Length, Length], BeforeValidator(_paper)]
Offset = Annotated[StrictInt, Field(ge=0, le=MAX_LENGTH)]
Region = tuple[Offset, Offset, Length, Length]
PpiPair = tuple[Ppi, Ppi]
PpiList = Annotated[tuple[Ppi, ...], Field(min_length=1)]
Quality = Annotated[StrictInt, Field(ge=1, le=100)]
Percent = Annotated[StrictInt, Field(ge=1, le=1000)]
Rotation = Annotated[StrictInt, Field(json_schema_extra={"enum": [0, 90, 180, 270]})]
PerMinute = Annotated[float, Field(strict=True, gt=0, le=10_000)]


class DeviceSettingsSection(Section):
    """[device_settings]: what all sources share."""

    formats: Annotated[tuple[Format, ...], Field(min_length=1)]
    compression_quality_factor: tuple[Quality, Quality] = (1, 100)
    """Smallest and largest."""
    content_types: Annotated[tuple[ContentType, ...], Field(min_length=1)] = (ContentType.AUTO,)
    document_size_auto_detect: StrictBool = False
    auto_exposure: StrictBool = False
    brightness: StrictBool = False
    contrast: StrictBool = False
    scaling_width: tuple[Percent, Percent] = (100, 100)
    scaling_height: tuple[Percent, Percent] = (100, 100)
    rotations: Annotated[tuple[Rotation, ...], Field(min_length=1)] = (0,)

    def values(self) -> DeviceSettings:
        """DeviceSettings of the ScannerConfiguration."""
        return DeviceSettings(
            formats=_plain(self.formats),
            compression_quality_factor=Range(*self.compression_quality_factor),
            content_types=_plain(self.content_types),
            size_auto_detect=self.document_size_auto_detect,
            auto_exposure=self.auto_exposure,
            brightness=self.brightness,
            contrast=self.contrast,
            scaling_width=Range(*self.scaling_width),
            scaling_height=Range(*self.scaling_height),
            rotations=self.rotations,
        )


class AcquisitionArea(Section):
    """One side of one source: what stands in [platen], [feeder.front], [feeder.back] and [film]."""

    optical_resolution: PpiPair
    resolutions: PpiList
    """Across, and down too where `resolutions_down` is not given."""
    resolutions_down: PpiList | None = None
    colors: Annotated[tuple[ColorEntry, ...], Field(min_length=1)]
    minimum_size: Size
    maximum_size: Size

    def values(self) -> SourceCapabilities:
        """PlatenColor and so on, as the resolution wants them."""
        return SourceCapabilities(
            optical_resolution=Resolution(*self.optical_resolution),
            widths=self.resolutions,
            heights=self.resolutions_down or self.resolutions,
            colors=_plain(self.colors),
            minimum_size=Dimensions(*self.minimum_size),
            maximum_size=Dimensions(*self.maximum_size),
        )


class PlatenSection(AcquisitionArea):
    """[platen]."""

    pages_per_minute: PerMinute = 6.0


class FilmSection(AcquisitionArea):
    """[film]."""

    film_scan_modes: Annotated[tuple[FilmScanMode, ...], Field(min_length=1)]
    pages_per_minute: PerMinute = 2.0


class FeederSection(Section):
    """[feeder]: the document feeder (ADF)."""

    sheets: Annotated[StrictInt, Field(ge=1, le=100_000)] = 50
    """How many sheets it takes."""
    loaded: Annotated[StrictInt, Field(ge=0, le=100_000)] | None = None
    """How many are in it when the device starts; without it as many as it takes."""
    pages_per_minute: PerMinute = 30.0
    """Sheets a minute; duplex scanning makes two images of each."""
    duplex: StrictBool = False
    front: AcquisitionArea
    back: AcquisitionArea | None = None
    """With duplex and without this table the back is like the front."""


class JobsSection(Section):
    """[jobs]: how scan jobs wait and overlap. Without it one is taken at a time."""

    active: Annotated[StrictInt, Field(ge=1, le=1000)] = 1
    """Scan jobs that have not ended (ActiveJobs); one more is answered ServerErrorNotAcceptingJobs."""
    transferring: Annotated[StrictInt, Field(ge=0, le=1000)] = 0
    """Of them, jobs that are digitised and still being fetched (JobTransferring) while another one is scanned; 0:
    the next is scanned when the one before has been fetched."""
    documents_ahead: Annotated[StrictInt, Field(ge=1, le=10_000)] = 1
    """Documents of a job that are digitised and wait for its client before the scan head waits too."""

    def values(self) -> ScanJobLimits:
        """Return them as the scanner heeds them."""
        return ScanJobLimits(self.active, self.transferring, self.documents_ahead)


class BlackAndWhiteSection(Section):
    """[black_and_white]: how the device makes black and white of grey."""

    text: TextThreshold = "adaptive"
    """How ink is told from paper: `adaptive` by what lies around it, as today's devices do, or `fixed`: half grey
    and lighter is white, whatever lies around."""


class DefaultBackSection(Section):
    """[default_ticket.back]: MediaBack, where it is not like the front."""

    color_processing: ColorEntry
    resolution: PpiPair
    scan_region: Region | None = None
    """As that of the front."""

    def values(self, medium: Size) -> MediaSide:
        """MediaBack."""
        return _side(self.scan_region, medium, self.color_processing, self.resolution)


class DefaultTicketSection(Section):
    """[default_ticket]: what the device does when a scan ticket is silent."""

    job_name: Annotated[StrictStr, Field(max_length=255)] = "Scan"
    job_originating_user_name: Annotated[StrictStr, Field(max_length=255)] = ""
    job_information: Annotated[StrictStr, Field(max_length=255)] | None = None
    format: Format
    compression_quality_factor: Quality = 80
    images_to_transfer: Annotated[StrictInt, Field(ge=0)] = 0
    input_source: InputSource
    film_scan_mode: FilmScanMode = FilmScanMode.NOT_APPLICABLE
    content_type: ContentType = ContentType.AUTO
    input_size: Size
    document_size_auto_detect: StrictBool = False
    """The device finds out the size of the medium; `input_size` is then that of the region alone."""
    auto_exposure: StrictBool = False
    contrast: Annotated[StrictInt, Field(ge=-1000, le=1000)] = 0
    brightness: Annotated[StrictInt, Field(ge=-1000, le=1000)] = 0
    sharpness: Annotated[StrictInt, Field(ge=-100, le=100)] = 0
    scaling: tuple[Percent, Percent] = (100, 100)
    """Across and down."""
    rotation: Rotation = 0
    scan_region: Region | None = None
    """x, y, width and height; without it the whole medium."""
    color_processing: ColorEntry
    resolution: PpiPair
    back: DefaultBackSection | None = None
    """MediaBack; without it the default ticket has none, and the back is scanned like the front."""

    def values(self) -> ScanTicket:
        """DefaultScanTicket: a value for every setting. [wscn/default-scan-ticket/every-option]"""
        media_size = Dimensions(*self.input_size)
        size = InputSize(auto_detect=True) if self.document_size_auto_detect else InputSize(media_size=media_size)
        adjusted = ExposureSettings(self.contrast, self.brightness, self.sharpness)
        # The law: [clients/wsd-python/default-ticket-with-values]
        exposure = Exposure(auto=True) if self.auto_exposure else Exposure(settings=adjusted)
        # It can be submitted as it is (its page), and nothing of it is overridden then.
        lossless = self.format not in LOSSY_FORMATS
        return ScanTicket(
            JobDescription(self.job_name, self.job_originating_user_name, self.job_information),
            DocumentParameters(
                format=Setting(str(self.format)),
                compression_quality_factor=Setting(100 if lossless else self.compression_quality_factor),
                images_to_transfer=Setting(self.images_to_transfer),
                input_source=Setting(str(self.input_source)),
                film_scan_mode=Setting(str(self.film_scan_mode)),
                content_type=Setting(str(self.content_type)),
                input_size=Setting(size),
                exposure=Setting(exposure),
                scaling=Setting(self.scaling),
                rotation=Setting(self.rotation),
                media_front=_side(self.scan_region, self.input_size, self.color_processing, self.resolution),
                media_back=None if self.back is None else self.back.values(self.input_size),
            ),
        )


def _side(region: Region | None, medium: Size, color: ColorEntry, resolution: PpiPair) -> MediaSide:
    x, y, width, height = region or (0, 0, *medium)
    return MediaSide(
        ScanRegionRequest(Setting(width), Setting(height), Setting(x), Setting(y)),
        Setting(str(color)),
        Setting(Resolution(*resolution)),
    )


class CaptureSection(Section):
    """[capture]: where a profile was taken from, for people. A device does not heed it."""

    source: tuple[StrictStr, ...]
    """Address of the device, or names of the files of saved answers."""
    endpoint: StrictStr = ""
    """Endpoint address of the device that was asked; the profile's devices have others."""
    quirks: tuple[Quirk, ...] = ()
    """Habits that the device showed, as earlier versions wrote them; now they are `habits` of the profile."""
    missing: tuple[StrictStr, ...] = ()
    """What could not be known of it."""
    deviations: tuple[StrictStr, ...] = ()
    """How its answers depart from the documents."""
    differences: tuple[StrictStr, ...] = ()
    """What a device of this profile answers otherwise than the device that was asked."""


def _plain(keywords: tuple[Any, ...]) -> tuple[str, ...]:
    """Keywords as plain strings, as the values and their JSON want them."""
    return tuple(str(keyword) for keyword in keywords)
