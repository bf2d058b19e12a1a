"""What came instead of a SOAP answer, in words: the page of a proxy, a login form, another program's text. What we
say of it never reads as if the peer had said it."""

from __future__ import annotations

import html
import re
from typing import Final

from emulator.soap.fault import Fault, FaultError
from emulator.soap.xml import EncodingRefused, XmlRefused
from emulator.transport.http import HttpResponse

QUOTED: Final = 200
"""Characters of a page that are quoted."""
_LOOKED_AT: Final = 16 * 1024
"""Octets of a body that are looked at."""

_HTML: Final = re.compile(
    rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_UNSEEN: Final = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_TAG: Final = re.compile(r"<[^<>]{0,4000}>")
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?(iso-8859-1|latin1|windows-1252)\b", re.I)
_PASSWORD: Final = re.compile(r"<input\b[^>]{0,400}\btype\s*=\s*[\"']?password", re.I)
_WANTS_TLS: Final = re.compile(r"HTTP request (?:was sent )?to (?:an )?HTTPS|speaking plain HTTP to an SSL", re.I)

_BY_STATUS: Final = {
    401: "a server, or a proxy before it, that wants a login first",
    403: "a server, or a proxy before it, that does not let us in",
    404: "a web server that has no service under this path: wrong path or port",
    405: "a web server that has no service under this path: wrong path or port",
    407: "a proxy that wants a login first",
    413: "a server, or a proxy before it, that takes no message of this size",
    429: "a server, or a proxy before it, that wants fewer requests",
    500: "a web server whose program failed",
    502: "a proxy or gateway that got no answer from the peer",
    503: "a proxy or gateway, or the peer's web server, that is busy or has nobody to ask",
    504: "a proxy or gateway that got no answer from the peer in time",
    511: "a network that wants a login first",
}
"""What an HTTP status most likely means where no SOAP came with it (RFC 9110, section 15; RFC 6585)."""
_CODINGS: Final = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
"""First octets of data in a content coding that nobody named."""


class NotTheAnswer(ValueError):
    """`str()` says what came instead."""


def content_coding(response: HttpResponse) -> str:
    """The content codings of the body (RFC 9110, section 8.4) as they were named; '' where it has none."""
    named = [value for key, value in response.headers if key.lower() == "content-encoding"]
    codings = [each.strip().lower() for value in named for each in value.split(",")]
    return ", ".join(each for each in codings if each and each != "identity")[:80]


def described(response: HttpResponse) -> str:
    """An answer in a few words."""
    kind = response.header("Content-Type") or "no Content-Type"
    text = f"HTTP {response.status} with {kind[:80]}"
    if response.header("Location"):
        text += f", to {response.header('Location')[:200]}"
    return text


def instead_of_answer(response: HttpResponse, error: Exception) -> str:
    """One line: what came, why it is no answer, the beginning of what it says, and what it likely is. `error`: what
    the reader of the answer raised."""
    if isinstance(error, FaultError):
        if error.fault.code != "Sender" or error.fault.subcode is not None:
            return f"{described(response)}: {_unreadable(error.fault)}"
        reason = error.fault.detail if isinstance(error.fault.detail, str) else error.fault.reason
    elif isinstance(error, XmlRefused) and not isinstance(error, EncodingRefused):
        reason = str(error)
    else:
        return f"{described(response)}: {error}"
    return f"{described(response)}: {_told(response, reason)}"


def _unreadable(fault: Fault) -> str:
    """Words for an envelope that would be answered with the fault if it were a request."""
    detail = fault.detail if isinstance(fault.detail, str) else ""
    match fault.code:
        case "VersionMismatch":
            return f"its Envelope is of the namespace {detail[:200]}, not of SOAP 1.2"
        case "MustUnderstand":
            names = ", ".join(block.get("qname", "").rpartition(":")[2] for block in fault.headers)
            return f"its header {names[:200]} must be understood, and is not"
    if fault.subcode is not None and fault.subcode.local == "MessageInformationHeaderRequired":
        return f"it lacks the header {detail[:500]}"
    return f"its header {detail[:200]} is not valid"


def _told(response: HttpResponse, reason: str) -> str:
    start = response.body[:_LOOKED_AT]
    if start.lstrip().startswith(b"<") and not _HTML.match(start):
        text = _one_line(" ".join(start.decode("utf-8", "replace").split()))
        likely = f"; this is likely {_BY_STATUS[response.status]}" if response.status in _BY_STATUS else ""
        return f'no SOAP message: {reason}; it reads "{text}"{likely}'
    coding = next((name for octets, name in _CODINGS if start.startswith(octets)), "")
    if coding:
        return f"the body looks like {coding}, which nobody named"
    text = start.decode("latin-1" if _CHARSET.search(response.header("Content-Type")) else "utf-8", "replace")
    if _is_binary(start):
        octets = start[:16].hex(" ")
        return f"no SOAP message: its body begins with the octets {octets}; this is likely {_likely(response, '')}"
    plain = " ".join(text.split())
    seen = (_seen(text) if _HTML.match(start) else "") or plain
    return f'no SOAP message but "{_one_line(seen)}"; this is likely {_likely(response, text)}'


def _seen(page: str) -> str:
    """The text of a page as people see it."""
    return " ".join(html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", page))).split())


def _one_line(text: str) -> str:
    cut = text[:QUOTED] + ("..." if len(text) > QUOTED else "")
    return "".join(each if each.isprintable() else "?" for each in cut)


def _is_binary(start: bytes) -> bool:
    return b"\0" in start or sum(octet < 32 and octet not in b"\t\r\n\f\x1b" for octet in start[:512]) > 8


def _likely(response: HttpResponse, text: str) -> str:
    if _WANTS_TLS.search(text):
        return "a port that wants HTTPS: the URL should begin with https://"
    if _PASSWORD.search(text):
        return "a login page, of a proxy or of the device's own web pages"
    if 300 <= response.status < 400:
        return "a web server that sends us elsewhere; redirects are not followed"
    if response.status in _BY_STATUS:
        return _BY_STATUS[response.status]
    return "another program at this port, or a proxy that answered in the peer's place: wrong port or path"
