"""ColorProcessing and Format: they bind each other, for a format holds some colours only.

Who gives way (SUBSTITUTED, MUST_HONOR and CONFLICT): what is not MustHonor to what is, a default to what
the ticket names, and otherwise the colour to the format. Two that must both be honoured reject the ticket.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.wsscan.resolving.record import ResolutionRecord, listed
from emulator.wsscan.resolving.rules import TicketRule
from emulator.wsscan.values.configuration import SourceCapabilities
from emulator.wsscan.values.formats import holds
from emulator.wsscan.values.keywords import MULTI_IMAGE_FORMATS, ColorEntry, Format
from emulator.wsscan.values.ticket import Setting

_BW1, _G4, _G8, _G16, _RGB24, _RGB48, _RGBA32, _RGBA64 = ColorEntry

_NEAREST: Final[dict[str, tuple[ColorEntry, ...]]] = {
    _BW1: (_G4, _G8, _G16, _RGB24, _RGB48, _RGBA32, _RGBA64),
    _G4: (_G8, _G16, _RGB24, _RGB48, _RGBA32, _RGBA64, _BW1),
    _G8: (_G16, _RGB24, _RGB48, _RGBA32, _RGBA64, _G4, _BW1),
    _G16: (_RGB48, _RGBA64, _G8, _RGB24, _RGBA32, _G4, _BW1),
    _RGB24: (_RGB48, _RGBA32, _RGBA64, _G8, _G16, _G4, _BW1),
    _RGB48: (_RGBA64, _RGB24, _RGBA32, _G16, _G8, _G4, _BW1),
    _RGBA32: (_RGBA64, _RGB24, _RGB48, _G8, _G16, _G4, _BW1),
    _RGBA64: (_RGB48, _RGBA32, _RGB24, _G16, _G8, _G4, _BW1),
}
"""What stands in for a colour, best first: nothing lost before depth lost before colour lost. The alpha of a scan
holds nothing: without it nothing is lost."""

_VENDOR: Final = (_RGB24, _G8, _BW1, _RGB48, _G16, _G4, _RGBA32, _RGBA64)

_STAND_IN_FORMATS: Final = (Format.PNG, Format.TIFF_SINGLE_G4, Format.TIFF_SINGLE_UNCOMPRESSED)
"""The formats that Windows' scan driver falls back to, in its order
[wscn/format/fallback-of-the-windows-driver]."""


@dataclass(frozen=True, slots=True)
class SideColor:
    """What one side asks for and what its acquisition area can do."""

    path: str
    asked: Setting[str] | None
    fallback: str
    source: SourceCapabilities

    @property
    def wanted(self) -> str:
        """The colour that the side has when no format stands in its way."""
        value = self.fallback if self.asked is None else self.asked.value
        return nearest_color(value, self.source.colors)


def _weight(asked: Setting[str] | None) -> int:
    if asked is None:
        return 0
    return 2 if asked.must_honor else 1


def nearest_color(color: str, possible: Iterable[str]) -> str:
    """`color` where it is possible, else what comes nearest of `possible` (one at least)."""
    choices = list(possible)
    if color in choices:
        return color
    return next((each for each in _NEAREST.get(color, _VENDOR) if each in choices), choices[0])


def settle_format(
    record: ResolutionRecord,
    asked: Setting[str] | None,
    fallback: str,
    formats: Sequence[str],
    sides: Sequence[SideColor],
) -> str:
    """The format of the document, which every later choice of colour has to fit into.

    - `record`: what is noted.
    - `asked`: what the ticket says.
    - `fallback`: the default.
    - `formats`: those that the device writes.
    - `sides`: the colours of front and back.
    """
    if asked is not None and asked.value not in formats:
        record.reject(
            "Format",
            asked.value,
            TicketRule.FORMAT,
            f"the device does not write {asked.value!r}; it writes {listed(formats)}",
        )
        asked = None
    elif asked is None:
        record.default("Format")
    format = asked.value if asked is not None else fallback if fallback in formats else formats[0]
    misfits = [side for side in sides if not holds(format, side.wanted)]
    if not misfits:
        return format
    stronger = max(misfits, key=lambda side: _weight(side.asked))
    without_choice = [side for side in misfits if not any(holds(format, color) for color in side.source.colors)]
    if without_choice and _weight(asked) < 2:
        return _other_format(record, format, formats, sides, without_choice[0])
    if _weight(stronger.asked) == 2 == _weight(asked):
        record.reject(
            stronger.path,
            stronger.wanted,
            TicketRule.CONFLICT,
            f"{format} cannot hold {stronger.wanted}, and the ticket demands both (MustHonor)",
        )
    elif _weight(stronger.asked) > _weight(asked):
        return _other_format(record, format, formats, sides, stronger)
    return format


def _other_format(
    record: ResolutionRecord, format: str, formats: Sequence[str], sides: Sequence[SideColor], stronger: SideColor
) -> str:
    """A format that holds the colours of all sides, of the same kind (one image or all) where there is one."""
    fitting = [each for each in formats if all(holds(each, side.wanted) for side in sides)]
    if not fitting:
        if stronger.asked is not None and stronger.asked.must_honor:
            reason = f"none of the device's formats holds {stronger.wanted}: {listed(formats)}"
            record.reject(stronger.path, stronger.wanted, TicketRule.MUST_HONOR, reason)
        return format
    order = [*_STAND_IN_FORMATS, *formats]
    given = min(
        fitting,
        key=lambda each: ((each in MULTI_IMAGE_FORMATS) != (format in MULTI_IMAGE_FORMATS), order.index(each)),
    )
    record.change("Format", format, given, TicketRule.SUBSTITUTED, f"{format} cannot hold {stronger.wanted}")
    return given


def settle_color(record: ResolutionRecord, side: SideColor, format: str) -> str:
    """The colour of one side in that format."""
    supported = side.source.colors
    possible = [color for color in supported if holds(format, color)]
    if not possible:
        # A format that none of the source's colours fits: said once, of the format.
        record.reject(
            "Format",
            format,
            TicketRule.FORMAT,
            f"{format} cannot hold any of this source's colours: {listed(supported)}",
        )
        return side.wanted
    if side.asked is None and side.fallback in supported and side.fallback not in possible:
        given = nearest_color(side.fallback, possible)
        record.change(
            side.path, side.fallback, given, TicketRule.SUBSTITUTED, f"{format} holds {listed(possible)} only"
        )
        return given
    if side.asked is not None and side.asked.must_honor and side.asked.value in supported:
        return side.asked.value  # what does not fit the format has been told by settle_format (CONFLICT)

    def reason(color: str) -> str:
        if color in supported:
            return f"{format} holds {listed(possible)} only"
        return f"this source scans {listed(supported)}, not {color}"

    return record.settle(side.path, side.asked, side.fallback, lambda color: nearest_color(color, possible), reason)
