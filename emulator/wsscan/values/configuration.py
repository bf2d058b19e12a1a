"""ScannerConfiguration: what a device can do (WS-Scan ScannerConfiguration pages)."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.vendor import VendorElement


@dataclass(frozen=True, slots=True)
class Range:
    """MinValue and MaxValue, both included."""

    minimum: int
    maximum: int

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and self.minimum <= value <= self.maximum


@dataclass(frozen=True, slots=True)
class SourceCapabilities:
    """One acquisition area: Platen, ADFFront, ADFBack or Film.
    [wscn/source/resolutions] [wscn/source/color] [wscn/source/sizes]"""

    optical_resolution: Resolution
    widths: tuple[int, ...]
    """Resolutions across, in ppi."""
    heights: tuple[int, ...]
    colors: tuple[str, ...]
    minimum_size: Dimensions
    maximum_size: Dimensions

    def supports(self, resolution: Resolution) -> bool:
        """Whether both numbers are listed."""
        return resolution.width in self.widths and resolution.height in self.heights


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """What all sources of a device share, in the order of the DeviceSettings page."""

    formats: tuple[str, ...]
    compression_quality_factor: Range
    content_types: tuple[str, ...]
    size_auto_detect: bool
    auto_exposure: bool
    brightness: bool
    contrast: bool
    scaling_width: Range
    scaling_height: Range
    rotations: tuple[int, ...]
    extensions: tuple[VendorElement, ...] = ()
    """What a vendor has added, at the end."""


@dataclass(frozen=True, slots=True)
class ScannerConfiguration:
    """Everything that a scan ticket is resolved against. [wscn/scanner-configuration/children]"""

    device_settings: DeviceSettings
    platen: SourceCapabilities | None = None
    adf_front: SourceCapabilities | None = None
    adf_back: SourceCapabilities | None = None
    """Set when the feeder scans both sides (ADFSupportsDuplex)."""
    film: SourceCapabilities | None = None
    film_scan_modes: tuple[str, ...] = ()

    @property
    def input_sources(self) -> tuple[str, ...]:
        """The InputSource keywords that a ticket may name.
        [clients/sane-airscan/a-source] [wscn/adf/supports-duplex]"""
        present = (
            ("Platen", self.platen),
            ("ADF", self.adf_front),
            ("ADFDuplex", self.adf_back),
            ("Film", self.film),
        )
        return tuple(name for name, source in present if source is not None)

    def source(self, input_source: str) -> SourceCapabilities | None:
        """Capabilities of the front of an input source, or None."""
        return {
            "Platen": self.platen,
            "ADF": self.adf_front,
            "ADFDuplex": self.adf_front if self.adf_back is not None else None,
            "Film": self.film,
        }.get(input_source)
