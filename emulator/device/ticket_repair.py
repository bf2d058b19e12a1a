"""A ticket that the device carries out as it stands, made of one that it would change or reject (ValidScanTicket of
ValidateScanTicket). As in the printed response only what is not valid becomes another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, Final, TypeVar

from emulator.imaging.pages import UnsupportedSetting
from emulator.wsscan.final_parameters import final_parameters
from emulator.wsscan.resolution import Resolved, TicketProblem, TicketRejected
from emulator.wsscan.values.keywords import ColorEntry, FilmScanMode
from emulator.wsscan.values.ticket import (
    DOCUMENT_SETTINGS,
    DocumentParameters,
    EffectiveTicket,
    Exposure,
    InputSize,
    MediaSide,
    ScanRegionRequest,
    ScanTicket,
    Setting,
    fields_of,
)

_Structure = DocumentParameters | MediaSide | ScanRegionRequest
D = TypeVar("D", bound=_Structure)

_FIELDS: Final = fields_of(*DOCUMENT_SETTINGS)
_SIDES: Final = fields_of("MediaFront", "MediaBack")
_SIDE_FIELDS: Final = fields_of("ScanRegion", "ColorProcessing", "Resolution")
_PERCENT: Final = (1, 1000)
"""ScalingWidth and ScalingHeight (their pages)."""
_TOO_MUCH: Final = (
    ("Scaling",),
    ("MediaFront/Resolution", "MediaBack/Resolution"),
    ("Format",),
    ("MediaFront/ColorProcessing", "MediaBack/ColorProcessing"),
    ("InputSize", "MediaFront/ScanRegion", "MediaBack/ScanRegion"),
)
"""What is given up, in this order, of a ticket that the profile promises and this program does not do: an image too
large for memory, a format whose library is missing."""
_ROUNDS: Final = 12
"""A setting that is put right may make another one wrong: so often that is followed."""


def corrected(
    ticket: ScanTicket,
    resolve: Callable[[ScanTicket], Resolved],
    default: ScanTicket,
    *,
    leave_out: Collection[str] = (),
) -> ScanTicket:
    """The nearest ticket that `resolve` honours (it may raise TicketRejected and UnsupportedSetting); that of
    `default` where none is found. `leave_out`: paths of settings that it must not have.
    [wscn/validate-scan-ticket/invalid]"""
    asked = ticket.document_parameters
    if asked.media_sides_must_honor:
        front, back = asked.media_front, asked.media_back
        asked = replace(asked, media_front=front and front.demanded(), media_back=back and back.demanded())
    relaxed = _without_settings(_relaxed(asked), (*leave_out, *_words_of_nobody(asked)))
    found = _honoured(replace(ticket, document_parameters=relaxed), resolve)
    if found is None:
        return _default(ticket, resolve, default)
    demanded = replace(found, document_parameters=_demanded(found.document_parameters, asked))
    return demanded if _is_honoured(demanded, resolve) else found


def _is_honoured(ticket: ScanTicket, resolve: Callable[[ScanTicket], Resolved]) -> bool:
    try:
        return resolve(ticket).honoured
    except (TicketRejected, UnsupportedSetting):
        return False


def _honoured(ticket: ScanTicket, resolve: Callable[[ScanTicket], Resolved]) -> ScanTicket | None:
    """The ticket with other settings where it must be; None where that comes to no end."""
    given_up = iter(_TOO_MUCH)
    replaced: set[str] = set()
    for _ in range(_ROUNDS):
        parameters = ticket.document_parameters
        try:
            resolved = resolve(ticket)
        except TicketRejected as rejected:
            parameters = _without_problems(parameters, rejected.problems)
            replaced.update(problem.path for problem in rejected.problems)
        except UnsupportedSetting:
            paths = next(given_up, ())
            parameters = _without_settings(parameters, paths)
            replaced.update(paths)
        else:
            if resolved.honoured and not replaced:
                return ticket
            parameters = _with_device_values(parameters, resolved.ticket, replaced | resolved.overridden)
            replaced.clear()
        ticket = replace(ticket, document_parameters=parameters)
    return None


def _default(ticket: ScanTicket, resolve: Callable[[ScanTicket], Resolved], default: ScanTicket) -> ScanTicket:
    """The default ticket, whole, for the same job."""
    usual = replace(default, job_description=ticket.job_description)
    try:
        resolved = resolve(usual)
    except (TicketRejected, UnsupportedSetting):
        return usual
    if resolved.honoured:
        return usual
    return replace(final_parameters(resolved).ticket, job_description=ticket.job_description)


# MustHonor


def _relaxed(structure: D) -> D:
    """Nothing is MustHonor."""
    values: dict[str, Any] = {}
    for field in fields(structure):
        value = getattr(structure, field.name)
        if isinstance(value, Setting):
            values[field.name] = replace(value, must_honor=False)
        elif isinstance(value, MediaSide | ScanRegionRequest):
            values[field.name] = _relaxed(value)
    if isinstance(structure, DocumentParameters):
        values |= {"media_sides_must_honor": False, "unknown_must_honor": ()}
    return replace(structure, **values)


def _demanded(structure: D, asked: D) -> D:
    """MustHonor where the ticket said so and the value is still the one that it asked for."""
    values: dict[str, Any] = {}
    for field in fields(structure):
        value, before = getattr(structure, field.name), getattr(asked, field.name)
        if isinstance(value, Setting) and isinstance(before, Setting) and value.value == before.value:
            values[field.name] = before
        elif isinstance(value, MediaSide | ScanRegionRequest) and before is not None:
            values[field.name] = _demanded(value, before)
    return replace(structure, **values)


# Single settings, by their paths


def _words_of_nobody(parameters: DocumentParameters) -> Iterator[str]:
    """Paths of settings that have no meaning for some InputSources, so that a ticket is honoured whatever they say,
    and that say what is no keyword."""
    mode = parameters.film_scan_mode
    if mode is not None and mode.value not in FilmScanMode.__members__.values():
        yield "FilmScanMode"
    color = None if parameters.media_back is None else parameters.media_back.color_processing
    if color is not None and ":" not in color.value and color.value not in ColorEntry.__members__.values():
        yield "MediaBack/ColorProcessing"


def _without_settings(parameters: DocumentParameters, paths: Iterable[str]) -> DocumentParameters:
    """Return the parameters without the settings of those paths."""
    for path in paths:
        name, _, leaf = path.partition("/")
        if name in _FIELDS:
            parameters = replace(parameters, **{_FIELDS[name]: None})  # type: ignore[arg-type]  # all are optional
        elif name in _SIDES:
            side = getattr(parameters, _SIDES[name])
            field = _SIDE_FIELDS.get(leaf.partition("/")[0])
            kept = None if side is None or field is None else replace(side, **{field: None})
            parameters = replace(parameters, **{_SIDES[name]: kept})  # type: ignore[arg-type]
    return parameters


def _without_problems(parameters: DocumentParameters, problems: Iterable[TicketProblem]) -> DocumentParameters:
    """Return the parameters without what the problems name; a scaling beyond the range of its type becomes the
    nearest within."""
    for problem in problems:
        scaling = parameters.scaling
        if problem.path == "Scaling" and scaling is not None:
            width, height = (max(_PERCENT[0], min(percent, _PERCENT[1])) for percent in scaling.value)
            if (width, height) != scaling.value:
                parameters = replace(parameters, scaling=Setting((width, height)))
                continue
        parameters = _without_settings(parameters, [problem.path])
    return parameters


def _with_device_values(
    parameters: DocumentParameters, effective: EffectiveTicket, paths: Collection[str]
) -> DocumentParameters:
    """Return the parameters with the settings of those paths as the device gives them; one that it does not have is
    left out."""
    given = final_parameters(Resolved(effective, frozenset(), frozenset(), ())).ticket.document_parameters
    if effective.size_auto_detect:
        # The whole of the largest medium would be too large for the next: a region that is not there never is.
        front, back = (side and replace(side, scan_region=None) for side in (given.media_front, given.media_back))
        detection = Setting(InputSize(auto_detect=True))
        given = replace(given, input_size=detection, media_front=front, media_back=back)
    if effective.exposure.auto:
        given = replace(given, exposure=Setting(Exposure(auto=True)))
    values: dict[str, Any] = {}
    for path in paths:
        name, _, leaf = path.partition("/")
        if name in _FIELDS:
            values[_FIELDS[name]] = getattr(given, _FIELDS[name])
        elif name in _SIDES:
            side = values.get(_SIDES[name], getattr(parameters, _SIDES[name])) or MediaSide()
            there = getattr(given, _SIDES[name])
            field = _SIDE_FIELDS.get(leaf.partition("/")[0])
            if there is None or field is None:
                values[_SIDES[name]] = None
            else:
                values[_SIDES[name]] = replace(side, **{field: getattr(there, field)})
    return replace(parameters, **values)
