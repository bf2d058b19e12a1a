"""The exchanges of a run as an HTTP archive (HAR 1.2), which browsers and other tools open."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from emulator._version import VERSION
from emulator.conformance.exchange import Datagram, Exchange
from emulator.conformance.redaction import Redaction
from emulator.transport.http import Headers


def har_of(exchanges: Iterable[Exchange], redaction: Redaction) -> dict[str, Any]:
    """The archive; the number of each exchange is in its comment."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "dsm-emulator check", "version": VERSION},
            "entries": [_entry(each, redaction) for each in exchanges],
        }
    }


def _entry(each: Exchange, redaction: Redaction) -> dict[str, Any]:
    said = redaction.text(each.url)
    version = "SOAP-over-UDP" if each.udp else "HTTP/1.1"
    return {
        "startedDateTime": datetime.fromtimestamp(each.began, UTC).isoformat(),
        "time": round(each.ms, 3),
        "comment": f"{each.number}: {each.operation}" + (f", for {each.check}" if each.check else ""),
        "request": {
            "method": each.method,
            "url": said,
            "httpVersion": version,
            "cookies": [],
            "headers": _headers(each.request_headers, redaction),
            "queryString": [],
            "headersSize": -1,
            "bodySize": len(each.request),
            **({"postData": _posted(each, redaction)} if each.request else {}),
        },
        "response": {
            "status": each.status,
            "statusText": redaction.text(each.reason or each.error),
            "httpVersion": version,
            "cookies": [],
            "headers": _headers(each.headers, redaction),
            "content": {"size": len(each.body), "mimeType": each.content_type, **_body(each.body, redaction)},
            "redirectURL": redaction.text(each.header("Location")),
            "headersSize": -1,
            "bodySize": len(each.body),
        },
        **({"_datagrams": [_datagram(one, redaction) for one in each.datagrams]} if each.udp else {}),
        "cache": {},
        "timings": {"send": 0, "wait": round(each.ms, 3), "receive": 0},
    }


def _datagram(each: Datagram, redaction: Redaction) -> dict[str, Any]:
    """One that came; in HTTP archives there is no place for it."""
    return {
        "sender": redaction.text(each.sender),
        "port": each.port,
        "ms": round(each.ms, 3),
        "own": each.own,
        **_body(each.octets, redaction),
    }


def _headers(headers: Headers, redaction: Redaction) -> list[dict[str, str]]:
    return [{"name": name, "value": redaction.header(name, value)} for name, value in headers]


def _posted(each: Exchange, redaction: Redaction) -> dict[str, Any]:
    sent = each.as_sent.header("Content-Type")
    body = _body(each.request, redaction)
    posted: dict[str, Any] = {"mimeType": sent, "text": body["text"]}
    return {**posted, "_encoding": "base64"} if "encoding" in body else posted


def _body(octets: bytes, redaction: Redaction) -> dict[str, str]:
    try:
        return {"text": redaction.text(octets.decode("utf-8"))}
    except UnicodeDecodeError:
        # A package: names in its envelope are taken out of the octets, in which they are ASCII.
        return {"text": base64.b64encode(redacted_octets(octets, redaction)).decode("ascii"), "encoding": "base64"}


def redacted_octets(octets: bytes, redaction: Redaction) -> bytes:
    """Octets that are no text, without names."""
    return redaction.text(octets.decode("latin-1")).encode("latin-1", "replace")
