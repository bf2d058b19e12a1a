"""An HTTP/1.x response read from octets as they arrive; no I/O (RFC 9112).

Written for this client because a SendImage of 1 MB takes a millisecond: h11 needs a quarter of that for one
response (tests/benchmarks/bench_send.py). The tests hold it against h11.
"""

from __future__ import annotations

import re
from typing import Final

from emulator.transport.http import Headers, HttpResponse

MAX_HEAD_BYTES: Final = 64 * 1024
"""Longest status line with headers, in octets; a real one has some 200."""
MAX_INTERIM: Final = 32
"""Most 1xx responses passed over before one answer."""
_MAX_CHUNK_LINE: Final = 4096

_STATUS_LINE: Final = re.compile(r"HTTP/(1\.[0-9]) ([1-9][0-9]{2})(?: ([^\r\n]*))?\r?\n")
# RFC 9112, section 5; a name is a token of RFC 9110, section 5.6.2. A line may be folded: obsolete, but sent
# by old devices.
_HEADER: Final = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)\r?\n")
_FOLD: Final = re.compile(r"\s*\r?\n[ \t]+")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\Z")
_HEAD_END: Final = re.compile(rb"\n\r?\n")
_FRAMING: Final = frozenset({"connection", "content-length", "transfer-encoding"})
_NO_BODY: Final = frozenset({204, 304})


class NotAResponse(ValueError):
    """What arrived is no HTTP response, or a longer one than we read. `str()` is one line."""


class ResponseReader:
    """Feed it octets until `done`. `answered`: the head of the final response has been read."""

    def __init__(self, method: str, max_body: int) -> None:
        """`method` decides whether a body follows; `max_body` is the longest body read, in octets."""
        self._method = method
        self._max_body = max_body
        self._buffer = bytearray()
        self._body = bytearray()
        self._searched = 0
        self._interim = 0
        self._status = 0
        self._reason = ""
        self._headers: Headers = ()
        self._remaining = 0
        """Octets missing of the body, or of the chunk."""
        self._framing = "head"
        """What comes next: head, length, chunk-size, chunk, chunk-end, trailer, eof (until the peer closes)."""
        self._keep_alive = False
        self.answered = False
        self.done = False

    @property
    def begun(self) -> bool:
        """Whether any octet has arrived."""
        return self.answered or self._interim > 0 or bool(self._buffer)

    @property
    def keep_alive(self) -> bool:
        """Whether the connection may carry another request."""
        return self.done and self._keep_alive and not self._buffer

    def response(self, *, early: bool) -> HttpResponse:
        """The response; only when `done`."""
        return HttpResponse(self._status, self._reason, self._headers, bytes(self._body), early)

    def feed(self, data: bytes) -> None:
        """Take the next octets. Raises NotAResponse."""
        self._buffer += data
        while not self.done and self._step():
            pass

    def eof(self) -> None:
        """Tell that the peer has closed its side. Afterwards the response is `done` or incomplete."""
        if self._framing == "eof" and not self.done:
            self.done = True

    def _step(self) -> bool:
        """Read one piece of structure; False when more octets are needed."""
        match self._framing:
            case "head":
                return self._read_head()
            case "length" | "chunk" | "eof":
                return self._read_body()
            case "chunk-size":
                return self._read_chunk_size()
            case "chunk-end":
                line = self._line()
                if line is None:
                    return False
                if line not in (b"\r", b""):
                    raise NotAResponse("a chunk of the response is longer than it says")
                self._framing = "chunk-size"
                return True
            case _:
                return self._read_trailer()

    def _read_head(self) -> bool:
        if self._buffer:
            self._check_beginning()
        found = _HEAD_END.search(self._buffer, max(0, self._searched - 3))
        if found is None:
            self._searched = len(self._buffer)
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise NotAResponse(f"the head of the response is longer than {MAX_HEAD_BYTES} octets")
            return False
        if found.start() > MAX_HEAD_BYTES:
            raise NotAResponse(f"the head of the response is longer than {MAX_HEAD_BYTES} octets")
        head = self._buffer[: found.start() + 1].decode("latin-1")
        del self._buffer[: found.end()]
        self._searched = 0
        self._take_head(head)
        return True

    def _check_beginning(self) -> None:
        start = bytes(self._buffer[:7])
        if b"HTTP/1."[: len(start)] == start:
            return
        if start[:2] in (b"\x15\x03", b"\x16\x03"):
            raise NotAResponse("the peer speaks TLS here: the URL should begin with https://")
        raise NotAResponse(f"the peer's answer is no HTTP/1.x: it begins {_quoted(bytes(self._buffer[:200]))}")

    def _take_head(self, head: str) -> None:
        status_line = _STATUS_LINE.match(head)
        if status_line is None:
            raise NotAResponse(f"the peer's status line is {head.partition(chr(10))[0][:80]!r}")
        status = int(status_line.group(2))
        if status < 200:
            if status == 101:
                raise NotAResponse("the peer switched protocols unasked")
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise NotAResponse(f"more than {MAX_INTERIM} interim responses")
            return
        self._status = status
        self._reason = (status_line.group(3) or "").strip()
        self._headers = _headers(head, status_line.end())
        self.answered = True
        self._frame(status_line.group(1) == "1.0")

    def _frame(self, old: bool) -> None:
        """How long the body is: RFC 9112, section 6.3."""
        # Most answers have one of the three: look once.
        framing: dict[str, list[str]] = {}
        for name, value in self._headers:
            if (key := name.lower()) in _FRAMING:
                framing.setdefault(key, []).extend(value.split(","))
        connection = {token.strip().lower() for token in framing.get("connection", ())}
        self._keep_alive = "close" not in connection and (not old or "keep-alive" in connection)
        codings = [token.strip().lower() for token in framing.get("transfer-encoding", ())]
        if self._method == "HEAD" or self._status in _NO_BODY:
            self.done = True
        elif codings:
            if codings != ["chunked"]:
                raise NotAResponse(f"the response has the transfer coding {', '.join(codings)!r}")
            # Content-Length beside chunked may be an attack; RFC 9112, 6.1: close afterwards.
            self._keep_alive = self._keep_alive and "content-length" not in framing
            self._framing = "chunk-size"
        elif lengths := {value.strip() for value in framing.get("content-length", ())}:
            length = lengths.pop()
            if lengths or not (length.isascii() and length.isdigit()) or len(length) > 18:
                raise NotAResponse("the response's Content-Length is no number")
            self._remaining = int(length)
            if self._remaining > self._max_body:
                raise self._too_long()
            self._framing = "length"
            self.done = self._remaining == 0
        else:
            self._keep_alive = False
            self._remaining = self._max_body + 1
            self._framing = "eof"

    def _read_body(self) -> bool:
        if not self._buffer:
            return False
        taken = self._buffer[: self._remaining]
        del self._buffer[: len(taken)]
        self._remaining -= len(taken)
        self._body += taken
        if len(self._body) > self._max_body:
            raise self._too_long()
        if self._remaining == 0:
            if self._framing == "length":
                self.done = True
            elif self._framing == "chunk":
                self._framing = "chunk-end"
        return True

    def _read_chunk_size(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size = _CHUNK_SIZE.match(line)
        if size is None:
            raise NotAResponse(f"the response has the chunk size {line[:40]!r}")
        self._remaining = int(size.group(1), 16)
        if len(self._body) + self._remaining > self._max_body:
            raise self._too_long()
        self._framing = "chunk" if self._remaining else "trailer"
        return True

    def _read_trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        self._searched += len(line) + 1
        if self._searched > MAX_HEAD_BYTES:
            raise NotAResponse("the trailer of the response is too long")
        self.done = line in (b"\r", b"")
        return True

    def _line(self) -> bytes | None:
        """The next line without its LF, or None when it is not whole."""
        end = self._buffer.find(b"\n", 0, _MAX_CHUNK_LINE)
        if end < 0:
            if len(self._buffer) >= _MAX_CHUNK_LINE:
                raise NotAResponse("a line between the chunks of the response is too long")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _too_long(self) -> NotAResponse:
        return NotAResponse(f"the response is longer than the {self._max_body} octets that are read")


def _headers(head: str, position: int) -> Headers:
    headers: list[tuple[str, str]] = []
    while position < len(head):
        line = _HEADER.match(head, position)
        if line is None:
            raise NotAResponse(f"the response has the header line {head[position : position + 80]!r}")
        name, value = line.groups()
        headers.append((name, (_FOLD.sub(" ", value) if "\n" in value else value).rstrip(" \t")))
        position = line.end()
    return tuple(headers)


def _quoted(octets: bytes) -> str:
    """The first line of what a peer says, as it reads; octets where it is no text."""
    line = octets.splitlines()[0] if octets.strip() else octets
    text = line.decode("utf-8", "replace")
    if text and text.isprintable() and "\ufffd" not in text:
        return f'"{text}"'
    return f"with the octets {octets[:16].hex(' ')}"
