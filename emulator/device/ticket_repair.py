"""A ticket that the device would take, made of one that it rejects (ValidScanTicket of ValidateScanTicket)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, Final, TypeVar

from emulator.wsscan.final_parameters import final_parameters
from emulator.wsscan.resolution import Problem, Resolved, TicketRejected, resolve
from emulator.wsscan.values.configuration import ScannerConfiguration
from emulator.wsscan.values.ticket import DocumentParameters, MediaSide, ScanRegionRequest, ScanTicket, Setting

_Structure = DocumentParameters | MediaSide | ScanRegionRequest
D = TypeVar("D", bound=_Structure)

_FIELDS: Final = {
    "Format": "format",
    "CompressionQualityFactor": "compression_quality_factor",
    "ImagesToTransfer": "images_to_transfer",
    "InputSource": "input_source",
    "FilmScanMode": "film_scan_mode",
    "ContentType": "content_type",
    "InputSize": "input_size",
    "Exposure": "exposure",
    "Scaling": "scaling",
    "Rotation": "rotation",
}
_SIDES: Final = {"MediaFront": "media_front", "MediaBack": "media_back"}
_SIDE_FIELDS: Final = {
    "ScanRegion": "scan_region",
    "ColorProcessing": "color_processing",
    "Resolution": "resolution",
}


def corrected(ticket: ScanTicket, configuration: ScannerConfiguration, default: ScanTicket) -> ScanTicket:
    """The nearest ticket that resolves, with a value for every setting: first without MustHonor, then without
    the settings that are still impossible, at last with the default ticket's."""
    parameters = _relaxed(ticket.document_parameters)
    for _ in range(2):
        attempt = replace(ticket, document_parameters=parameters)
        try:
            return _whole(resolve(attempt, configuration, default))
        except TicketRejected as rejected:
            parameters = _without(parameters, rejected.problems)
    return _whole(resolve(replace(default, job_description=ticket.job_description), configuration, default))


def _whole(resolved: Resolved) -> ScanTicket:
    description = resolved.ticket.job_description
    return replace(final_parameters(resolved).ticket, job_description=description)


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


def _without(parameters: DocumentParameters, problems: Iterable[Problem]) -> DocumentParameters:
    """Without the settings that the problems name."""
    for problem in problems:
        name, _, leaf = problem.path.partition("/")
        if name in _FIELDS:
            parameters = replace(parameters, **{_FIELDS[name]: None})  # type: ignore[arg-type]  # all are optional
        elif name in _SIDES:
            side = getattr(parameters, _SIDES[name])
            field = _SIDE_FIELDS.get(leaf.partition("/")[0])
            kept = None if side is None or field is None else replace(side, **{field: None})
            parameters = replace(parameters, **{_SIDES[name]: kept})  # type: ignore[arg-type]
    return parameters
