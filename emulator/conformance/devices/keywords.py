"""The keywords of WS-Scan, as the judge knows them: they stand here once more for the same reason as names."""

from __future__ import annotations

from typing import Final

FORMATS: Final = (
    "dib",
    "exif",
    "jbig",
    "jfif",
    "jpeg2k",
    "pdf-a",
    "png",
    "tiff-single-uncompressed",
    "tiff-single-g4",
    "tiff-single-g3mh",
    "tiff-single-jpeg-tn2",
    "tiff-multi-uncompressed",
    "tiff-multi-g4",
    "tiff-multi-g3mh",
    "tiff-multi-jpeg-tn2",
    "xps",
)
"""[wscn/format/keywords] [dsp/send-image/format-keyword]"""
MANY_IMAGES: Final = ("pdf-a", "xps", *(each for each in FORMATS if each.startswith("tiff-multi-")))
"""Files that hold all images of a job. [wscn/format/all-images-in-one-file]"""
UNCOMPRESSED: Final = ("dib", "tiff-single-uncompressed", "tiff-multi-uncompressed")
LOSSY: Final = ("jfif", "exif", "tiff-single-jpeg-tn2", "tiff-multi-jpeg-tn2")
"""[wscn/format/jpeg-is-the-only-lossy-compression]"""
COLORS: Final = {
    "BlackAndWhite1": 1,
    "Grayscale4": 4,
    "Grayscale8": 8,
    "Grayscale16": 16,
    "RGB24": 24,
    "RGB48": 48,
    "RGBa32": 32,
    "RGBa64": 64,
}
"""Keyword -> bits a pixel. [wscn/color/keywords]"""
CONTENT_TYPES: Final = ("Auto", "Text", "Photo", "Halftone", "Mixed")
ROTATIONS: Final = ("0", "90", "180", "270")
SOURCES: Final = ("ADF", "ADFDuplex", "Film", "Platen")
FILM_MODES: Final = ("ColorSlideFilm", "ColorNegativeFilm", "BlackandWhiteNegativeFilm")
SCANNER_STATES: Final = ("Idle", "Processing", "Stopped")
STATE_REASONS: Final = (
    "AttentionRequired",
    "Calibrating",
    "CoverOpen",
    "InterlockOpen",
    "InternalStorageFull",
    "LampError",
    "LampWarming",
    "MediaJam",
    "MultipleFeedError",
    "None",
    "Paused",
)
CONDITIONS: Final = (
    "Calibrating",
    "CoverOpen",
    "InputTrayEmpty",
    "InterlockOpen",
    "InternalStorageFull",
    "LampError",
    "LampWarming",
    "MediaJam",
    "MultipleFeedError",
)
COMPONENTS: Final = ("ADF", "Film", "MediaPath", "Platen")
SEVERITIES: Final = ("Informational", "Warning", "Critical")
JOB_STATES: Final = (
    "Aborted",
    "Canceled",
    "Completed",
    "Creating",
    "Held",
    "Pending",
    "Processing",
    "Started",
    "Terminating",
)
JOB_REASONS: Final = (
    "None",
    "InvalidScanTicket",
    "DocumentFormatError",
    "JobScanning",
    "JobTransferring",
    "JobScanningAndTransferring",
    "ScannerStopped",
    "ImageTransferError",
    "JobTimedOut",
    "JobCanceledAtDevice",
    "JobCompletedWithErrors",
    "JobCompletedWithWarnings",
)
MARKED: Final = frozenset(
    {
        "Brightness",
        "ColorProcessing",
        "CompressionQualityFactor",
        "ContentType",
        "Contrast",
        "FilmScanMode",
        "Format",
        "Height",
        "ImagesToTransfer",
        "InputSource",
        "MediaSides",
        "Rotation",
        "ScalingHeight",
        "ScalingWidth",
        "ScanRegionXOffset",
        "ScanRegionYOffset",
        "ScanRegionWidth",
        "ScanRegionHeight",
        "Sharpness",
        "Width",
    }
)
"""Elements that Override and UsedDefault may stand on. [wscn/final-parameters/marked-elements]"""
