"""All operations of the control API, and which of them a request means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from emulator.panel.api import (
    choices,
    devices,
    events,
    exchanges,
    faults,
    fleet,
    jobs,
    originals,
    process,
    scan_images,
    scans,
    session,
)
from emulator.panel.api.operation import Operation, Parameter
from emulator.panel.api.schemas import COUNT, TEXT, Schema, listed, perhaps, table

OPERATIONS: Final[Sequence[Operation]] = (
    *process.OPERATIONS,
    *devices.OPERATIONS,
    *fleet.OPERATIONS,
    *originals.OPERATIONS,
    *jobs.OPERATIONS,
    *choices.OPERATIONS,
    *events.OPERATIONS,
    *exchanges.OPERATIONS,
    *faults.OPERATIONS,
    *scans.OPERATIONS,
    *scan_images.OPERATIONS,
    *session.OPERATIONS,
)

PARAMETERS: Final[Mapping[str, Parameter]] = {
    each.name: each
    for each in (
        devices.DEVICE,
        originals.SHEET,
        jobs.NUMBER,
        events.AFTER,
        exchanges.EXCHANGE,
        scans.TOKEN,
        scan_images.DOCUMENT,
    )
}
"""Those of paths."""

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Health": process.HEALTH,
    "Error": table(
        error={**TEXT, "description": "Why, in a line."},
        optional={
            "hint": {**TEXT, "description": "What to do next."},
            "field": {**TEXT, "description": "Of the request, that is wrong."},
            "problems": listed(table(field=TEXT, line=perhaps(COUNT), error=TEXT)),
        },
    ),
    "Event": events.EVENT,
    "Fired": faults.FIRED,
    "Faults": faults.FAULTS,
    "Fleet": fleet.FLEET,
    "FaultPlan": faults.PLAN,
    "Capabilities": originals.CAPABILITIES,
    "Sheets": originals.SHEETS,
    "DocumentSet": choices.DOCUMENT_SET,
    "ScanProcess": choices.SCAN_PROCESS,
    **devices.SCHEMAS,
    **scans.SCHEMAS,
    "ImageFacts": scan_images.FACTS,
}
"""Those that have a name in openapi.json."""

_BY_LENGTH: Final[Mapping[int, Sequence[Operation]]] = {
    length: [each for each in OPERATIONS if len(each.parts) == length]
    for length in {len(each.parts) for each in OPERATIONS}
}


@dataclass(frozen=True, slots=True)
class Meant:
    """What a request means."""

    operation: Operation | None
    """None where there is nothing at that path, or only other methods."""
    path: Mapping[str, Any]
    allowed: Sequence[str]
    """Methods that the path has."""


def meant(method: str, path: str) -> Meant:
    """The operation that a request means. Literal parts go before parameters: `/scans/wait` is no job."""
    parts = [part for part in path.split("/") if part]
    fitting = [
        (each, found) for each in _BY_LENGTH.get(len(parts), ()) if (found := _values(each, parts)) is not None
    ]
    fewest = min((len(found) for _, found in fitting), default=0)
    fitting = [each for each in fitting if len(each[1]) == fewest]
    for operation, found in fitting:
        if operation.method == method:
            return Meant(operation, found, (method,))
    return Meant(None, {}, [operation.method for operation, _ in fitting])


def _values(operation: Operation, parts: Sequence[str]) -> dict[str, Any] | None:
    """The parameters of the path; None where it is another one."""
    found: dict[str, Any] = {}
    for known, part in zip(operation.parts, parts, strict=True):
        if not known.startswith("{"):
            if known != part:
                return None
            continue
        name = known[1:-1]
        if PARAMETERS[name].schema.get("type") == "integer":
            if not (part.isascii() and part.isdecimal() and len(part) <= 20):
                return None
            found[name] = int(part)
        else:
            found[name] = part
    return found
