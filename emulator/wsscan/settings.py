"""The user's own settings, PATH=VALUE (`--set`), laid over a scan ticket.

A setting so given becomes MustHonor: somebody who types `Resolution=1200x1200` wants an error from a device
that cannot do it, not a silent substitute. The scan process's own MustHonor cannot be overridden but by
`force`. Paths are those of the ticket, MediaFront where no side is named; containers may be left out or
written (`Resolution`, `MediaFront/Resolution`, `MediaSides/MediaFront/Resolution`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from emulator.soap.fault import not_in_xml
from emulator.wsscan.everyday_words import called, path_called
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.keywords import ColorEntry, ContentType, FilmScanMode, Format, InputSource
from emulator.wsscan.values.paper import PAPERS
from emulator.wsscan.values.ticket import (
    Exposure,
    ExposureSettings,
    InputSize,
    MediaSide,
    ScanRegionRequest,
    ScanTicket,
    Setting,
)


class SettingError(ValueError):
    """A setting that is none, or may not be made. `str()` is one line; it names path and allowed values."""

    def __init__(self, path: str, reason: str, allowed: Sequence[str] = ()) -> None:
        """`allowed`: the words that may stand there, of which a device has some."""
        super().__init__(f"{path}: {reason}" + (f"; allowed: {', '.join(allowed)}" if allowed else ""))
        self.path = path
        self.reason = reason
        self.allowed = tuple(allowed)

    def at(self, device: str, has: Sequence[str]) -> str:
        """The same line for a device that `has` but some of the allowed words."""
        there = [each for each in has if each in self.allowed]
        if not there:
            return str(self)
        return f"{self.path}: {self.reason}; the {device} has: {', '.join(there)}"


def apply_settings(ticket: ScanTicket, settings: Sequence[str], *, force: bool) -> ScanTicket:
    """The ticket with the settings (`Format=png`) laid over it; of two for the same path the later counts.

    Raises SettingError for an unknown path, a value that is not allowed, and, unless `force`, for another
    value than one that the ticket marks MustHonor.
    """
    result = ticket
    for assignment in settings:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise SettingError(assignment.strip() or "--set", "a setting is PATH=VALUE, e.g. Resolution=300x300")
        path = _find(name.strip())
        value = path.parse(path.shown, text.strip())
        if not force:
            _refuse_must_honor(path, value, ticket)
        result = path.apply(result, value)
    return result


@dataclass(frozen=True, slots=True)
class _Path:
    """One path: how its value is read, where it goes, and what of the ticket it replaces."""

    shown: str
    parse: Callable[[str, str], Any]
    apply: Callable[[ScanTicket, Any], ScanTicket]
    current: Callable[[ScanTicket], Setting[Any] | ScanRegionRequest | None]
    same: Callable[[Any, Any], bool]


def _refuse_must_honor(path: _Path, value: Any, ticket: ScanTicket) -> None:
    # The law: [psp/change/marked-by-must-honor] [psp/change/scan-ticket-settings] [psp/change/must-honor]
    current = path.current(ticket)
    if current is None:
        return
    demanded = current.must_honor
    if path.shown.startswith("Media"):
        demanded = demanded or ticket.document_parameters.media_sides_must_honor
    if demanded and not path.same(current, value):
        raise SettingError(
            path.shown, f"the scan process demands {_shown(current)} (MustHonor); --force sets it all the same"
        )


def _shown(current: Setting[Any] | ScanRegionRequest) -> str:
    if isinstance(current, ScanRegionRequest):
        leaves = (current.x_offset, current.y_offset, current.width, current.height)
        return ",".join(str(leaf.value if leaf else 0) for leaf in leaves)
    value = current.value
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    if isinstance(value, InputSize):
        return str(value.media_size) if value.media_size and not value.auto_detect else "DocumentSizeAutoDetect"
    if isinstance(value, Exposure):
        return "its own Exposure"
    return str(value)


# Reading of values


def _keyword(known: type[StrEnum], pattern: str = r"\w+:[\w.-]+") -> Callable[[str, str], str]:
    """A keyword in any case, or a vendor's own (`prefix:keyword`; for Format a MIME-like name)."""
    by_folded = {str(each).casefold(): str(each) for each in known}

    def parse(path: str, text: str) -> str:
        found = by_folded.get(text.casefold())
        if found is not None:
            return found
        if re.fullmatch(pattern, text):
            return text
        meant, _ = called(path, text, [str(each) for each in known])
        reason = f"{text!r} is not allowed" + (f"; {meant}" if meant else "")
        raise SettingError(path, reason, [str(each) for each in known])

    return parse


def _number(minimum: int, maximum: int = 2**31 - 1) -> Callable[[str, str], int]:
    def parse(path: str, text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,10}", text) or not minimum <= int(text) <= maximum:
            allowed = f"{minimum} to {maximum}" if maximum < 2**31 - 1 else f"{minimum} or more"
            raise SettingError(path, f"{text!r} is not allowed; allowed: a whole number, {allowed}")
        return int(text)

    return parse


def _pair(minimum: int, maximum: int, example: str) -> Callable[[str, str], tuple[int, int]]:
    """`300` (both) or `300x200`."""

    def parse(path: str, text: str) -> tuple[int, int]:
        match = re.fullmatch(r"([0-9]{1,9})(?:\s*[xX×]\s*([0-9]{1,9}))?", text)
        if match is not None:
            pair = int(match[1]), int(match[2] or match[1])
            if all(minimum <= number <= maximum for number in pair):
                return pair
        raise SettingError(path, f"{text!r} is not allowed; allowed: {example}, each {minimum} to {maximum}")

    return parse


def _boolean(path: str, text: str) -> bool:
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.casefold()]
    except KeyError:
        raise SettingError(path, f"{text!r} is not allowed; allowed: true, false") from None


def _rotation(path: str, text: str) -> int:
    if text not in ("0", "90", "180", "270"):
        raise SettingError(path, f"{text!r} is not allowed; allowed: 0, 90, 180, 270")
    return int(text)


def _input_size(path: str, text: str) -> InputSize:
    """A paper's name, width x height in 1/1000 inch, or `auto`."""
    if text.casefold() == "auto":
        return InputSize(auto_detect=True)
    paper = PAPERS.get(text.casefold())
    if paper is not None:
        return InputSize(media_size=paper)
    match = re.fullmatch(r"([0-9]{1,9})\s*[xX×]\s*([0-9]{1,9})", text)
    if match is None or not (int(match[1]) and int(match[2])):
        names = ", ".join(name.title() for name in PAPERS)
        raise SettingError(
            path, f"{text!r} is not allowed; allowed: width x height in 1/1000 inch (8500x11000), auto, {names}"
        )
    return InputSize(media_size=Dimensions(int(match[1]), int(match[2])))


def _scan_region(path: str, text: str) -> tuple[int, ...]:
    """x,y,width,height in 1/1000 inch."""
    parts = [part.strip() for part in text.split(",")]
    numbers = tuple(int(part) for part in parts if re.fullmatch(r"[0-9]{1,9}", part))
    if len(parts) != 4 or len(numbers) != 4 or not (numbers[2] and numbers[3]):
        raise SettingError(path, f"{text!r} is not allowed; allowed: x,y,width,height in 1/1000 inch")
    return numbers


def _string(path: str, text: str) -> str:
    if len(text) > 255:
        raise SettingError(path, "at most 255 characters are allowed")
    if found := not_in_xml(text):
        raise SettingError(path, f"{found} is no character of XML 1.0, so no ticket can hold it")
    return text


# Where values go


def _with_parameters(ticket: ScanTicket, values: dict[str, Any]) -> ScanTicket:
    return replace(ticket, document_parameters=replace(ticket.document_parameters, **values))


def _with_side(ticket: ScanTicket, side: str, values: dict[str, Any]) -> ScanTicket:
    return _with_parameters(ticket, {_SIDES[side]: replace(_side_of(ticket, side), **values)})


def _side_of(ticket: ScanTicket, side: str) -> MediaSide:
    found: MediaSide | None = getattr(ticket.document_parameters, _SIDES[side])
    return found or MediaSide()


_SIDES: Final = {"MediaFront": "media_front", "MediaBack": "media_back"}


def _parameter(field: str) -> Callable[[ScanTicket, Any], ScanTicket]:
    def apply(ticket: ScanTicket, value: Any) -> ScanTicket:
        return _with_parameters(ticket, {field: Setting(value, must_honor=True)})

    return apply


def _same_setting(current: Setting[Any], value: Any) -> bool:
    return bool(current.value == value)


def _plain(name: str, field: str, parse: Callable[[str, str], Any]) -> _Path:
    return _Path(
        name, parse, _parameter(field), lambda ticket: getattr(ticket.document_parameters, field), _same_setting
    )


def _job(name: str, field: str) -> _Path:
    def apply(ticket: ScanTicket, value: str) -> ScanTicket:
        return replace(ticket, job_description=replace(ticket.job_description, **{field: value}))

    return _Path(name, _string, apply, lambda ticket: None, _same_setting)


def _exposure(name: str, parse: Callable[[str, str], Any]) -> _Path:
    field = name.lower()

    def apply(ticket: ScanTicket, value: Any) -> ScanTicket:
        before = ticket.document_parameters.exposure
        if name == "AutoExposure":
            exposure = Exposure(auto=value)
        else:
            settings = before.value.settings if before is not None else None
            exposure = Exposure(settings=replace(settings or ExposureSettings(), **{field: value}))
        return _parameter("exposure")(ticket, exposure)

    def same(current: Setting[Exposure], value: Any) -> bool:
        if name == "AutoExposure":
            return current.value.auto is value
        return current.value.settings is not None and getattr(current.value.settings, field) == value

    return _Path(name, parse, apply, lambda ticket: ticket.document_parameters.exposure, same)


def _on_side(side: str, name: str, field: str, parse: Callable[[str, str], Any]) -> _Path:
    def apply(ticket: ScanTicket, value: Any) -> ScanTicket:
        return _with_side(ticket, side, {field: Setting(value, must_honor=True)})

    def current(ticket: ScanTicket) -> Setting[Any] | None:
        found: Setting[Any] | None = getattr(_side_of(ticket, side), field)
        return found

    return _Path(f"{side}/{name}", parse, apply, current, _same_setting)


def _region(side: str) -> _Path:
    def apply(ticket: ScanTicket, value: tuple[int, int, int, int]) -> ScanTicket:
        x, y, width, height = (Setting(number, must_honor=True) for number in value)
        return _with_side(ticket, side, {"scan_region": ScanRegionRequest(width, height, x, y)})

    def same(current: ScanRegionRequest, value: tuple[int, int, int, int]) -> bool:
        leaves = (current.x_offset, current.y_offset, current.width, current.height)
        return all(
            leaf is None or not leaf.must_honor or leaf.value == number
            for leaf, number in zip(leaves, value, strict=True)
        )

    return _Path(
        f"{side}/ScanRegion",
        _scan_region,
        apply,
        lambda ticket: _side_of(ticket, side).scan_region,
        same,
    )


def _resolution(path: str, text: str) -> Resolution:
    return Resolution(*_pair(1, 99_999, "300 or 300x300 ppi")(path, text))


def _side_paths(side: str) -> tuple[_Path, ...]:
    return (
        _region(side),
        _on_side(side, "ColorProcessing", "color_processing", _keyword(ColorEntry)),
        _on_side(side, "Resolution", "resolution", _resolution),
    )


_PATHS: Final = (
    _plain("Format", "format", _keyword(Format, r"\w+:[\w.-]+|\w+/[\w;+.-]+")),
    _plain("CompressionQualityFactor", "compression_quality_factor", _number(0, 100)),
    _plain("ImagesToTransfer", "images_to_transfer", _number(0)),
    _plain("InputSource", "input_source", _keyword(InputSource)),
    _plain("FilmScanMode", "film_scan_mode", _keyword(FilmScanMode)),
    _plain("ContentType", "content_type", _keyword(ContentType)),
    _plain("InputSize", "input_size", _input_size),
    _plain("InputMediaSize", "input_size", _input_size),
    _plain("DocumentSizeAutoDetect", "input_size", lambda path, text: InputSize(auto_detect=_boolean(path, text))),
    _exposure("AutoExposure", _boolean),
    _exposure("Contrast", _number(-1000, 1000)),
    _exposure("Brightness", _number(-1000, 1000)),
    _exposure("Sharpness", _number(-100, 100)),
    _plain("Scaling", "scaling", _pair(1, 1000, "100 or 100x100 percent")),
    _plain("Rotation", "rotation", _rotation),
    *_side_paths("MediaFront"),
    *_side_paths("MediaBack"),
    _job("JobName", "job_name"),
    _job("JobOriginatingUserName", "job_originating_user_name"),
    _job("JobInformation", "job_information"),
)

_CONTAINERS: Final = frozenset(
    {
        "scanticket",
        "jobdescription",
        "documentparameters",
        "inputsize",
        "exposure",
        "exposuresettings",
        "mediasides",
    }
)


def _key(path: str) -> str:
    """A path without its containers and, for the front, without its side; letters' case does not count."""
    *containers, last = path.casefold().split("/")
    kept = [name for name in containers if name not in _CONTAINERS and name != "mediafront"]
    return "/".join([*kept, last])


PATHS: Final = tuple(path.shown for path in _PATHS)
"""Every path of a setting, as it is shown."""
_BY_KEY: Final = {_key(path.shown): path for path in _PATHS}


def _find(name: str) -> _Path:
    found = _BY_KEY.get(_key(name))
    if found is not None:
        return found
    names = [path.shown for path in _PATHS]
    close = difflib.get_close_matches(name, [*names, *(each.rpartition("/")[2] for each in names)], 1)
    said = (
        f"no such setting; this one is called {everyday}" if (everyday := path_called(name)) else "no such setting"
    )
    if close and not everyday:
        said += f"; did you mean {close[0]}?"
    raise SettingError(name or "--set", f"{said}{'' if said.endswith('?') else ';'} there are: {', '.join(names)}")
