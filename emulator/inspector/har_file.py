"""A HAR file of somebody else: of a browser, a proxy, or `--trace` of ours."""

from __future__ import annotations

import base64
import binascii
import codecs
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.inspector.recorded import Headers, Recorded, Recording, UnreadableRecording


def is_har(data: bytes) -> bool:
    """Whether a file may be one; some proxies write a byte order mark before it."""
    return data[:64].removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{"


def read_har(path: Path, data: bytes) -> Recording:
    """The exchanges of a HAR file. Raises UnreadableRecording, and ValueError and RecursionError for what is no
    JSON."""
    document = json.loads(data)
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise UnreadableRecording(path, "is no HAR: it has no log.entries")
    found = [_exchange(each) for each in entries if isinstance(each, dict)]
    return Recording([each for each in found if each is not None])


def _exchange(entry: Mapping[str, Any]) -> Recorded | None:
    request, response = _table(entry, "request"), _table(entry, "response")
    url, status = request.get("url"), response.get("status")
    if not isinstance(url, str):
        return None
    return Recorded(
        url,
        status if isinstance(status, int) else 0,
        _text(_table(request, "postData")),
        _text(_table(response, "content")),
        _headers(response),
    )


def _table(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _text(content: Mapping[str, Any]) -> bytes:
    text = content.get("text")
    if not isinstance(text, str):
        return b""
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text)
        except (binascii.Error, ValueError):
            return b""
    return text.encode("utf-8", "replace")


def _headers(response: Mapping[str, Any]) -> Headers:
    headers = response.get("headers")
    return [
        (str(each.get("name", "")), str(each.get("value", "")))
        for each in (headers if isinstance(headers, list) else ())
        if isinstance(each, dict)
    ]
