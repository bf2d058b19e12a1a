"""Reads requests: the body within bounds, parameters by their schemas."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from emulator.panel.actions import BadRequest
from emulator.panel.api.operation import Parameter
from emulator.panel.api.refusals import Refused
from emulator.panel.api.schemas import Schema
from emulator.transport.http import IncomingRequest

MAX_REQUEST: Final = 64 * 1024
"""Octets of a request's body that are read."""
_LONGEST: Final = 40
"""Characters of a number that are looked at."""


def media_type_of(request: IncomingRequest) -> str:
    """The media type of its body, in lower case, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def body_of(request: IncomingRequest, media_types: Sequence[str], most: int = MAX_REQUEST) -> bytes:
    """The octets of a request's body. Raises BadRequest, Refused, BodyBroken."""
    data = bytearray()
    async for piece in request.body:
        data += piece
        if len(data) > most:
            if most == MAX_REQUEST:
                raise BadRequest(f"more than {most} octets")
            raise Refused(413, f"more than {most} octets")
    if media_type_of(request) not in media_types:
        # A form of a web page can send anything but these without asking first.
        raise BadRequest(f"Content-Type: {' or '.join(media_types)} is wanted")
    return bytes(data)


def json_object(data: bytes) -> dict[str, Any]:
    """A JSON object; {} for an empty body. Raises BadRequest."""
    try:
        value = json.loads(data or b"{}", parse_float=_number, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadRequest("the body is no JSON") from None
    if not isinstance(value, dict):
        raise BadRequest("the body is no JSON object")
    return value


def _number(text: str) -> float | int:
    """JSON knows one kind of number: 1.0 is 1."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _no_number(text: str) -> float:
    raise ValueError(text)


def parameters(query: str, known: Sequence[Parameter]) -> Mapping[str, Any]:
    """The values of the query's parameters; None or its default for one that is not given. Raises BadRequest."""
    given: dict[str, str] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict")
    except (ValueError, UnicodeError):
        raise BadRequest("the query cannot be read") from None
    for name, value in pairs:
        if name in given:
            raise BadRequest(f"{name[:60]} is given twice")
        given[name] = value
    names = [each.name for each in known]
    for name in given:
        if name not in names:
            raise BadRequest(f"{name[:60]!r} is no parameter of this; there are: {', '.join(names) or 'none'}")
    return {
        each.name: read_value(each.name, given[each.name], each.schema)
        if each.name in given
        else each.schema.get("default")
        for each in known
    }


def read_value(name: str, text: str, schema: Schema) -> Any:
    """The value of a parameter. Raises BadRequest."""
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return _bounded(name, text, schema)
    if kind == "boolean":
        if text not in ("true", "false"):
            raise BadRequest(f"{name} is true or false, not {text!r:.60}")
        return text == "true"
    if "enum" in schema and text not in schema["enum"]:
        raise BadRequest(f"{name} is one of {', '.join(schema['enum'])}, not {text!r:.60}")
    return text


def _bounded(name: str, text: str, schema: Schema) -> float | int:
    whole = schema["type"] == "integer"
    least, most = schema.get("minimum"), schema.get("maximum")
    bounds = "" if least is None else f" of at least {least:g}"
    bounds = f" from {least:g} to {most:g}" if most is not None and least is not None else bounds
    wrong = BadRequest(f"{name} is a {'whole ' if whole else ''}number{bounds}, not {text!r:.60}")
    if not text.isascii() or len(text) > _LONGEST or "_" in text or text != text.strip():
        raise wrong
    try:
        value: float | int = int(text) if whole else float(text)
    except ValueError:
        raise wrong from None
    if not math.isfinite(value) or (least is not None and value < least) or (most is not None and value > most):
        raise wrong
    return value
