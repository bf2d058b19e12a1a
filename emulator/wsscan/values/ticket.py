"""The scan ticket: as it is written (partial, ScanTicket) and as a scan runs (whole, EffectiveTicket)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar

from emulator.wsscan.values.geometry import Dimensions, Resolution, ScanRegion
from emulator.wsscan.values.keywords import MULTI_IMAGE_FORMATS

T = TypeVar("T")

DOCUMENT_SETTINGS: Final = (
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
)
"""Elements of DocumentParameters, in their order, but for MediaSides."""


def fields_of(*elements: str) -> dict[str, str]:
    """Names of elements of a ticket with the fields that hold them here: `InputSource` is in `input_source`."""
    return {each: re.sub("(?<=[a-z])(?=[A-Z])", "_", each).lower() for each in elements}


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One value of a ticket and whether the device must honour it (wscn:MustHonor).
    [wscn/must-honor/false-when-absent]"""

    value: T
    must_honor: bool = False


@dataclass(frozen=True, slots=True)
class ExposureSettings:
    """Contrast and Brightness -1000..1000, Sharpness -100..100; None where not given.
    [wscn/ticket/contrast] [wscn/ticket/brightness] [wscn/ticket/sharpness]"""

    contrast: int | None = None
    brightness: int | None = None
    sharpness: int | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """A choice: AutoExposure, or settings (both given: [wscn/validation/both-children-of-a-choice]).
    [wscn/ticket/exposure]"""

    auto: bool | None = None
    settings: ExposureSettings | None = None


@dataclass(frozen=True, slots=True)
class InputSize:
    """A choice: DocumentSizeAutoDetect, or InputMediaSize in 1/1000 inch. [wscn/ticket/input-size]"""

    auto_detect: bool | None = None
    media_size: Dimensions | None = None


@dataclass(frozen=True, slots=True)
class ScanRegionRequest:
    """ScanRegion of a ticket: MustHonor stands on each of its four children; offsets may be missing.
    [wscn/ticket/scan-region]"""

    width: Setting[int]
    height: Setting[int]
    x_offset: Setting[int] | None = None
    y_offset: Setting[int] | None = None

    @property
    def must_honor(self) -> bool:
        """Whether any of the four is MustHonor."""
        leaves = (self.x_offset, self.y_offset, self.width, self.height)
        return any(leaf is not None and leaf.must_honor for leaf in leaves)

    def demanded(self) -> ScanRegionRequest:
        """The region with MustHonor on each child."""
        return ScanRegionRequest(
            replace(self.width, must_honor=True),
            replace(self.height, must_honor=True),
            self.x_offset and replace(self.x_offset, must_honor=True),
            self.y_offset and replace(self.y_offset, must_honor=True),
        )


@dataclass(frozen=True, slots=True)
class MediaSide:
    """MediaFront or MediaBack of a ticket."""

    scan_region: ScanRegionRequest | None = None
    color_processing: Setting[str] | None = None
    resolution: Setting[Resolution] | None = None

    @property
    def must_honor(self) -> bool:
        """Whether anything of the side is MustHonor."""
        leaves = (self.scan_region, self.color_processing, self.resolution)
        return any(leaf is not None and leaf.must_honor for leaf in leaves)

    def demanded(self) -> MediaSide:
        """The side with MustHonor on each child: what MustHonor on MediaSides means (MediaSides page).
        [wscn/must-honor/elements]"""
        return MediaSide(
            self.scan_region and self.scan_region.demanded(),
            self.color_processing and replace(self.color_processing, must_honor=True),
            self.resolution and replace(self.resolution, must_honor=True),
        )


@dataclass(frozen=True, slots=True)
class JobDescription:
    """Who scans what; strings of at most 255 characters.
    [wscn/ticket/job-name] [wscn/ticket/job-originating-user-name] [wscn/ticket/job-information]"""

    job_name: str = ""
    job_originating_user_name: str = ""
    job_information: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentParameters:
    """The settings that a ticket gives; None where it is silent. Ranges: docs/protocol/ws-scan.md section 3."""

    format: Setting[str] | None = None
    compression_quality_factor: Setting[int] | None = None
    images_to_transfer: Setting[int] | None = None
    input_source: Setting[str] | None = None
    film_scan_mode: Setting[str] | None = None
    content_type: Setting[str] | None = None
    input_size: Setting[InputSize] | None = None
    exposure: Setting[Exposure] | None = None
    scaling: Setting[tuple[int, int]] | None = None
    """ScalingWidth and ScalingHeight in percent."""
    rotation: Setting[int] | None = None
    media_front: MediaSide | None = None
    media_back: MediaSide | None = None
    media_sides_must_honor: bool = False
    unknown_must_honor: tuple[str, ...] = ()
    """Names of elements that the reader does not know and that are marked MustHonor (rule 3)."""


@dataclass(frozen=True, slots=True)
class ScanTicket:
    """A scan ticket as sent or stored: it may hold a few overrides or everything. [wscn/ticket/children]"""

    job_description: JobDescription = field(default_factory=JobDescription)
    document_parameters: DocumentParameters = field(default_factory=DocumentParameters)


@dataclass(frozen=True, slots=True)
class EffectiveExposure:
    """Exposure as it is applied; `auto` True means that the device chooses. [wscn/ticket/auto-exposure]"""

    auto: bool
    contrast: int
    brightness: int
    sharpness: int


@dataclass(frozen=True, slots=True)
class EffectiveSide:
    """One side of the media as it is scanned."""

    scan_region: ScanRegion
    color_processing: str
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class EffectiveTicket:
    """A ticket with nothing left open: what the scan head and the encoder obey."""

    job_description: JobDescription
    format: str
    compression_quality_factor: int
    """0 (smallest file) to 100 (best)."""
    images_to_transfer: int
    """0: until the feeder is empty; never 0 for Platen and Film."""
    input_source: str
    film_scan_mode: str
    content_type: str
    size_auto_detect: bool
    input_size: Dimensions
    """Of the medium in 1/1000 inch; with size_auto_detect the largest that the source takes."""
    exposure: EffectiveExposure
    scaling: tuple[int, int]
    rotation: int
    front: EffectiveSide
    back: EffectiveSide | None
    """Set for ADFDuplex only."""

    @property
    def multi_image(self) -> bool:
        """Whether one document holds all images of the job."""
        return self.format in MULTI_IMAGE_FORMATS

    def side(self, number: int) -> EffectiveSide:
        """Settings for image `number` (from 1): with ADFDuplex every second image is a back.
        [wscn/validation/duplex-counts-sides]"""
        return self.back if self.back is not None and number % 2 == 0 else self.front
