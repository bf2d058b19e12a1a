"""openapi.json (OpenAPI 3.1), made of the table of operations, with what is there now as examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from emulator._version import VERSION
from emulator.panel.api.house import House
from emulator.panel.api.operation import REFUSALS, Answered, Operation, Parameter
from emulator.panel.api.schemas import ref
from emulator.panel.api.table import OPERATIONS, PARAMETERS, SCHEMAS

_GROUPS: Final = {
    "process": "Whether it is ready, and a reset",
    "devices": "What people do at devices, and what is waited for",
    "jobs": "Post-scan jobs that are started at devices",
    "events": "What has happened",
    "exchanges": "What has gone over the wire",
    "faults": "What is done otherwise on purpose",
    "scans": "What the scan servers of this process have",
    "session": "The cookie for pages in a browser",
}
_MOST_EXAMPLES: Final = 5


def openapi(house: House, *, live: bool = True) -> dict[str, Any]:
    """The document. `live`: with what is there now as examples, which is for who knows the token."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(
            house if live else None, operation
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "dsm-emulator control API",
            "version": VERSION,
            "description": "Drives the devices and scan servers of a running dsm-emulator.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": house.base_url or "/"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": name, "description": words} for name, words in _GROUPS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "What stands in the file that the ready line calls control_token_file.",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": house.callers.cookie},
            },
        },
    }


def _operation(house: House | None, operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.does.partition(". ")[0].removesuffix("."),
        "description": operation.does,
        "tags": [operation.group],
    }
    if operation.open:
        told["security"] = []
    in_path = [PARAMETERS[part[1:-1]] for part in operation.parts if part.startswith("{")]
    parameters = [_parameter(house, each, "path") for each in in_path]
    parameters += [_parameter(house, each, "query") for each in operation.query]
    if parameters:
        told["parameters"] = parameters
    if operation.body is not None:
        told["requestBody"] = {
            "required": operation.needs_body,
            "content": {
                name: {"schema": operation.body if name == "application/json" else {"type": "string"}}
                for name in operation.body_types
            },
        }
    told["responses"] = _responses(operation)
    return told


def _parameter(house: House | None, parameter: Parameter, where: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": parameter.name,
        "in": where,
        "required": where == "path",
        "description": parameter.does,
        "schema": parameter.schema,
    }
    examples = [] if house is None else parameter.examples(house)[:_MOST_EXAMPLES]
    if examples:
        told["examples"] = {f"now{number}": {"value": value} for number, value in enumerate(examples, 1)}
    return told


def _responses(operation: Operation) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for status, answered in operation.answers.items():
        found[str(status)] = _response(answered, good=status < 400)
    refuses = (*(() if operation.open else (400, 401)), 403, *operation.refuses, 500)
    for status in sorted({*refuses} - {*operation.answers}):
        found[str(status)] = _response(Answered(REFUSALS[status]), good=False)
    return dict(sorted(found.items()))


def _response(answered: Answered, *, good: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answered.does}
    schema = answered.schema if good or answered.schema is not None else ref("Error")
    if schema is not None:
        told["content"] = {name: {"schema": schema} for name in answered.media_types}
    return told
