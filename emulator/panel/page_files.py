"""The files of the front panel, which the control API's own host serves under /panel/: open, since they tell
nothing of what runs."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib import resources
from typing import Final

from emulator.transport.http import Headers, IncomingRequest, OutgoingResponse

PLACE: Final = "/panel/"
_FIRST: Final = "index.html"
_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline, nothing of another host, no strings as code, no frame around it."""
HEADERS: Final[Headers] = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-cache"),
    ("Vary", "Accept-Encoding"),
)


@cache
def page_files() -> dict[str, bytes]:
    """Every file of the panel by its name below /panel/."""
    root = resources.files("emulator.panel") / "page"
    found = {}
    for folder in (root, root / "vendor"):
        for each in folder.iterdir():
            ending = each.name.rpartition(".")[2]
            if each.is_file() and ending in _TYPES:
                name = each.name if folder is root else f"vendor/{each.name}"
                found[name] = each.read_bytes()
    return found


@cache
def _tag(name: str) -> str:
    return f'"{hashlib.sha256(page_files()[name]).hexdigest()[:32]}"'


@cache
def _packed(name: str) -> bytes | None:
    """The file as gzip, the same on each machine."""
    octets = page_files()[name]
    return gzip.compress(octets, 9, mtime=0) if len(octets) > 1000 else None


def page_file(request: IncomingRequest) -> OutgoingResponse | None:
    """The answer to a request for a file of the panel; None for what is none."""
    if request.path == PLACE.rstrip("/"):
        return OutgoingResponse(308, b"", (("Location", PLACE), *HEADERS))
    if not request.path.startswith(PLACE):
        return None
    name = request.path.removeprefix(PLACE) or _FIRST
    octets = page_files().get(name)
    if octets is None:
        return None
    headers: Headers = (("Content-Type", _TYPES[name.rpartition(".")[2]]), ("ETag", _tag(name)), *HEADERS)
    if request.headers.get("if-none-match", "") == _tag(name):
        return OutgoingResponse(304, b"", headers)
    if "gzip" in request.headers.get("accept-encoding", "") and (small := _packed(name)) is not None:
        return OutgoingResponse(200, small, (*headers, ("Content-Encoding", "gzip")))
    return OutgoingResponse(200, octets, headers)
