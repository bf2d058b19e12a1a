"""An inspection as programs read it: what `inspect --json` prints."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from emulator.dpws.discovery import ProbeMatch
from emulator.dpws.metadata import Extension, HostedService, Metadata
from emulator.inspector.inspect import Inspection
from emulator.inspector.repository_elements import RepositoryElements
from emulator.inspector.scanner_elements import ScannerElements
from emulator.soap.times import format_date_time
from emulator.soap.xml import QName


def inspection_as_dict(found: Inspection) -> dict[str, Any]:
    """Everything that was told; null for what was not. Names of types are `{namespace}local`, times xs:dateTime,
    lengths 1/1000 inch, resolutions ppi."""
    reached = found.reached
    return {
        "kind": found.kind,
        "url": reached.url,
        "endpoint": reached.endpoint,
        "metadata": None if reached.metadata is None else _metadata(reached.metadata),
        "probe_match": None if reached.match is None else _match(reached.match),
        "others": [_match(match) for match in reached.others],
        "scanner": None if found.scanner is None else _scanner(found.scanner),
        "repository": None if found.repository is None else _repository(found.repository),
        "problems": [
            {"operation": each.operation, "url": each.url, "reason": each.reason, "exit_code": each.exit_hint}
            for each in found.problems
        ],
        "deviations": [
            {"operation": operation, "id": d.id, "place": d.place, "detail": d.detail, "clause": d.clause}
            for operation, d in found.deviations
        ],
    }


def _metadata(metadata: Metadata) -> dict[str, Any]:
    model, device = metadata.this_model, metadata.this_device
    return {
        "this_model": None if model is None else {**asdict(model), "more": _more(model.more)},
        "this_device": None if device is None else {**asdict(device), "more": _more(device.more)},
        "host": None if metadata.host is None else _service(metadata.host),
        "hosted": [_service(service) for service in metadata.hosted],
    }


def _service(service: HostedService) -> dict[str, Any]:
    return {
        "addresses": list(service.addresses),
        "types": [name.clark for name in service.types],
        "service_id": service.service_id,
        "more": _more(service.more),
    }


def _more(extensions: tuple[Extension, ...]) -> dict[str, str]:
    return {extension.name.clark: extension.text for extension in extensions}


def _match(match: ProbeMatch) -> dict[str, Any]:
    return {**asdict(match), "types": [name.clark for name in match.types]}


def _scanner(scanner: ScannerElements) -> dict[str, Any]:
    names = ("description", "configuration", "status", "default_ticket", "active_jobs", "job_history")
    return {"service": scanner.service, **{name: plain(getattr(scanner, name)) for name in names}}


def _repository(repository: RepositoryElements) -> dict[str, Any]:
    names = ("configuration", "status", "active_jobs", "job_history")
    return {
        "service": repository.service,
        **{name: plain(getattr(repository, name)) for name in names},
        "job_statuses": {token: plain(status) for token, status in repository.job_statuses.items()},
    }


def plain(value: Any) -> Any:
    """A value of WS-Scan, WS-DSP or WS-DSC as JSON has it."""
    if isinstance(value, datetime):
        return format_date_time(value)
    if isinstance(value, QName):
        return value.clark
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
