"""A trace of HTTP traffic as HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which browsers and many
tools open. Envelopes stand in it as text, attachments by hash and size, secrets masked."""

from __future__ import annotations

import contextlib
import datetime
import errno
import hashlib
import json
import logging
import os
import re
from pathlib import Path
from typing import Any, Final

from emulator._version import VERSION
from emulator.layers import Layers, Unplug
from emulator.trace.bodies import Bodies, TakenBody, content_type
from emulator.trace.masking import MASK, SENSITIVE, masked, masked_query
from emulator.transport.http import Headers
from emulator.transport.observe import Exchange
from emulator.transport.points import BODY, EXCHANGE

_SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "www-authenticate", "authentication-info"}
)
_SECRET_TAG: Final = re.compile(
    rf"<(?P<tag>(?:[\w.-]+:)?{SENSITIVE})(?:\s[^<>]*)?(?<!/)>",
    re.IGNORECASE,
)
# What is kept of a body may end in the middle of a value.
_SECRET_ATTRIBUTE: Final = re.compile(
    rf"(\s(?:[\w.-]+:)?{SENSITIVE}\s*=\s*)(\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))", re.IGNORECASE
)
_TEXTUAL: Final = re.compile(r"(?:^text/|[/+]xml\b|json\b|^multipart/)", re.IGNORECASE)
_EMPTY: Final = hashlib.sha256().hexdigest()
_END: Final = b"\n]}}\n"
_COMPLETE: Final = '"_complete": '

_log = logging.getLogger(__name__)


class HarTrace:
    """Appends each exchange that it is told to a HAR file. After every exchange the file is whole: what is appended
    begins over the closing brackets of before and goes out in one write. Call `close` at the end.

    The client's and the host's view of one exchange are two entries, told apart by `_side`.
    """

    def __init__(self, path: Path) -> None:
        """Create the file, without entries. Raises OSError when that is not possible; a file that was there
        is replaced by then, not before."""
        self.path = path
        self._loss: OSError | None = None
        self._loss_told = False
        start = '{"log": ' + json.dumps(har_head())[:-1] + ', "entries": ['
        self._complete_at = start.index(_COMPLETE) + len(_COMPLETE)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_bytes(start.encode() + _END)
            temporary.replace(path)
            self._file = path.open("r+b", buffering=0)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        self._position = len(start)
        self._first = True
        self._bodies = Bodies()

    def listen(self, layers: Layers) -> Unplug:
        """Have the exchanges of `layers` told to it, until the answer is called."""
        unplug = (layers.listen(BODY, self._bodies), layers.listen(EXCHANGE, self))

        def end() -> None:
            for each in unplug:
                each()

        return end

    def __call__(self, exchange: Exchange) -> None:
        """Add one exchange. After `close` nothing happens. One that the disk does not take is lost, and the file
        says from then on that it is not complete."""
        if self._file.closed:
            return
        entry = json.dumps(har_entry(exchange, *self._bodies.of(exchange)), ensure_ascii=False, allow_nan=False)
        text = ("\n" if self._first else ",\n") + entry
        data = text.encode("utf-8", "replace")
        # One write: a process that is killed leaves the file as it was before or as it is after.
        self._file.seek(self._position)
        try:
            if self._file.write(data + _END) != len(data) + len(_END):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            self._end_incomplete(error)
            return
        self._position += len(data)
        self._first = False

    def _end_incomplete(self, error: OSError) -> None:
        """The entry is lost, the file is not: it ends again where it ended before, and says so."""
        self._loss = self._loss or error
        _log.info("the trace %s is not complete: %s", self.path, error.strerror or error)
        with contextlib.suppress(OSError):
            self._file.truncate(self._position)
            self._file.seek(self._position)
            self._file.write(_END)
            self._file.seek(self._complete_at)
            self._file.write(b"false,")  # over "true, ": no longer, so it needs no room

    def take_loss(self) -> OSError | None:
        """Why exchanges are missing, the first time it is asked for; None where none is."""
        if self._loss is None or self._loss_told:
            return None
        self._loss_told = True
        return self._loss

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()


def har_head() -> dict[str, Any]:
    """What a `log` says of itself, before its entries."""
    return {
        "version": "1.2",
        "creator": {"name": "dsm-emulator", "version": VERSION},
        "pages": [],
        "_complete": True,
        "comment": "Attachments stand here by SHA-256 and size; secrets are masked.",
    }


def har_entry(exchange: Exchange, sent: TakenBody, answered: TakenBody) -> dict[str, Any]:
    """An exchange that has ended, as an entry of a `log`. `sent`, `answered`: what was taken down of its bodies."""
    timings = {name: round(seconds * 1000, 3) for name, seconds in exchange.timings.items()}
    # In HAR, connect contains ssl; -1 means "did not apply".
    if "ssl" in timings:
        timings["connect"] = round(timings.get("connect", 0.0) + timings["ssl"], 3)
    times = {
        "blocked": -1,
        "dns": -1,
        "connect": timings.get("connect", -1),
        "ssl": timings.get("ssl", -1),
        "send": timings.get("send", 0),
        "wait": timings.get("wait", 0),
        "receive": timings.get("receive", 0),
    }
    entry: dict[str, Any] = {
        "startedDateTime": datetime.datetime.fromtimestamp(exchange.started, datetime.UTC).isoformat(
            timespec="milliseconds"
        ),
        "time": round(sum(value for name, value in times.items() if value > 0 and name != "ssl"), 3),
        "request": _request(exchange, sent),
        "response": _response(exchange, answered),
        "cache": {},
        "timings": times,
        "_side": exchange.side,
    }
    if exchange.remote:
        entry["serverIPAddress" if exchange.side == "client" else "_clientIPAddress"] = exchange.remote
    if exchange.on_purpose:
        entry["_faults"] = list(exchange.on_purpose)
    if exchange.error:
        entry["comment"] = entry["response"]["_error"] = masked(exchange.error)
    return entry


def _request(exchange: Exchange, body: TakenBody) -> dict[str, Any]:
    url, query = masked_query(exchange.url)
    request: dict[str, Any] = {
        "method": exchange.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(exchange.request_headers),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": -1,
        "bodySize": exchange.request_size,
    }
    if exchange.request_size:
        kind = content_type(exchange.request_headers)
        post: dict[str, Any] = {
            "mimeType": kind,
            "params": [],
            "text": _text(exchange.request_start, exchange.request_size, kind, body),
        }
        if body.sha256:
            post["_sha256"] = body.sha256
        post["_attachments"] = [
            {"contentId": part.content_id, "mimeType": part.media_type, "size": part.size, "sha256": part.sha256}
            for part in body.attachments
        ]
        request["postData"] = post
    return request


def _response(exchange: Exchange, body: TakenBody) -> dict[str, Any]:
    kind = content_type(exchange.response_headers)
    content: dict[str, Any] = {
        "size": exchange.response_size,
        "mimeType": kind,
        "text": _text(exchange.response_start, exchange.response_size, kind, body),
    }
    if exchange.status:
        content["_sha256"] = body.sha256 or _EMPTY
    return {
        "status": exchange.status,
        "statusText": exchange.reason,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(exchange.response_headers),
        "content": content,
        "redirectURL": _location(exchange.response_headers),
        "headersSize": -1,
        "bodySize": exchange.response_size if exchange.status else -1,
    }


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": MASK if name.lower() in _SECRET_HEADERS else value} for name, value in headers]


def _location(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "location"), "")


def _text(start: bytes, size: int, kind: str, body: TakenBody) -> str:
    """Return what of a body is for people to read: text as it is, of a package its root part; secrets masked."""
    if not size:
        return ""
    hidden = f"({size} octets, not shown)"
    if kind and not _TEXTUAL.search(kind):
        return hidden
    broken = ""
    if kind.strip().lower().startswith("multipart/"):
        if body.root is None:  # what is attachment and what is not cannot be told
            return hidden
        start, size = body.root, body.root_size
        broken = "" if body.root_whole else "... (not whole)"
    text = _SECRET_ATTRIBUTE.sub(rf'\1"{MASK}"', _masked_elements(start.decode("utf-8", "replace")))
    return text + (f"... ({size} octets in all)" if size > len(start) else broken)


def _masked_elements(text: str) -> str:
    """All that stands in elements whose names speak of a secret, masked: to the end where they do not end."""
    pieces: list[str] = []
    position = 0
    while (tag := _SECRET_TAG.search(text, position)) is not None:
        pieces += (text[position : tag.end()], MASK)
        end = text.find(f"</{tag['tag']}", tag.end())
        position = len(text) if end < 0 else end
    return "".join((*pieces, text[position:]))
