"""What schemathesis is told beside openapi.json: nothing is waited for long, no path of this machine is read."""

from __future__ import annotations

from typing import Any

import schemathesis

SHORT = 0.02


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """A long poll is answered soon, a wait ends soon, and a file to be loaded is none of this machine's."""
    query, body = case.query, case.body
    if isinstance(query, dict) and _is_number(_read(query.get("wait"))):
        query["wait"] = min(_read(query["wait"]), SHORT)
    if isinstance(body, dict):
        if "until" in body and (body.get("within") is None or _is_number(body["within"])):
            body["within"] = min(body.get("within") or SHORT, SHORT)
        for request in (body, body.get("with")):
            if isinstance(request, dict) and isinstance(request.get("files"), list):
                request["files"] = [
                    f"/nowhere/{each}" if isinstance(each, str) else each for each in request["files"]
                ]
            elif isinstance(request, dict) and isinstance(request.get("files"), str) and request["files"]:
                request["files"] = f"/nowhere/{request['files']}"


def _read(value: Any) -> Any:
    """The number of a text."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
