"""Scan tickets of the judge's own, as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is asked for. What is empty or None is left out."""

    format: str = ""
    quality: int | None = None
    images: int | None = None
    source: str = ""
    film_mode: str = ""
    content_type: str = ""
    media_size: tuple[int, int] | None = None
    """Of InputMediaSize, in 1/1000 inch."""
    auto_detect: bool | None = None
    auto_exposure: bool | None = None
    exposure: tuple[tuple[str, int], ...] = ()
    """Of Contrast, Brightness, Sharpness, in this order."""
    scaling: tuple[int, int] | None = None
    rotation: str = ""
    region: tuple[int, int, int, int] | None = None
    """Offsets, width and height, in 1/1000 inch."""
    color: str = ""
    resolution: tuple[int, int | None] | None = None
    """Width and Height; None: no Height."""
    back: bool = False
    """MediaBack is like MediaFront."""
    must_honor: frozenset[str] = frozenset()
    """Local names of the elements that are marked so."""
    job_name: str = "Conformance run"
    user: str = "judge"
    information: str = ""
    """JobInformation."""
    more: str = field(default="", repr=False)
    """XML at the end of DocumentParameters."""

    def xml(self, root: str = "wscn:ScanTicket") -> str:
        """The element, in the order of the schema."""
        return (
            f"<{root}><wscn:JobDescription><wscn:JobName>{escape(self.job_name)}</wscn:JobName>"
            f"<wscn:JobOriginatingUserName>{escape(self.user)}</wscn:JobOriginatingUserName>"
            f"{_element('JobInformation', escape(self.information))}</wscn:JobDescription>"
            f"<wscn:DocumentParameters>{self._parameters()}</wscn:DocumentParameters></{root}>"
        )

    def _parameters(self) -> str:
        size = "" if self.media_size is None else _element("InputMediaSize", _pair(*self.media_size))
        if self.auto_detect is not None:
            size += _element("DocumentSizeAutoDetect", str(self.auto_detect).lower())
        exposure = _element("ExposureSettings", "".join(_element(*each) for each in self.exposure))
        if self.auto_exposure is not None:
            exposure = _element("AutoExposure", str(self.auto_exposure).lower())
        scaling = ("", "") if self.scaling is None else self.scaling
        sides = self._side()
        return "".join(
            (
                self._leaf("Format", escape(self.format)),
                self._leaf("CompressionQualityFactor", self.quality),
                self._leaf("ImagesToTransfer", self.images),
                self._leaf("InputSource", self.source),
                self._leaf("FilmScanMode", self.film_mode),
                self._leaf("ContentType", self.content_type),
                self._leaf("InputSize", size),
                self._leaf("Exposure", exposure),
                self._leaf(
                    "Scaling",
                    ""
                    if self.scaling is None
                    else _element("ScalingWidth", scaling[0]) + _element("ScalingHeight", scaling[1]),
                ),
                self._leaf("Rotation", self.rotation),
                self._leaf(
                    "MediaSides",
                    _element("MediaFront", sides) + (_element("MediaBack", sides) if self.back else ""),
                )
                if sides or self.back
                else "",
                self.more,
            )
        )

    def _side(self) -> str:
        region = ""
        if self.region is not None:
            names = ("ScanRegionXOffset", "ScanRegionYOffset", "ScanRegionWidth", "ScanRegionHeight")
            region = _element(
                "ScanRegion", "".join(self._leaf(*each) for each in zip(names, self.region, strict=True))
            )
        resolution = "" if self.resolution is None else _pair(*self.resolution)
        return region + self._leaf("ColorProcessing", self.color) + self._leaf("Resolution", resolution)

    def _leaf(self, name: str, value: object) -> str:
        if value is None or value == "":
            return ""
        mark = ' wscn:MustHonor="true"' if name in self.must_honor else ""
        return f"<wscn:{name}{mark}>{value}</wscn:{name}>"


def _element(name: str, value: object) -> str:
    return "" if value is None or value == "" else f"<wscn:{name}>{value}</wscn:{name}>"


def _pair(width: int, height: int | None) -> str:
    return _element("Width", width) + _element("Height", height)
