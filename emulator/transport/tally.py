"""Takes down a body while it passes: its start, its size and hashes of the whole
and of each attachment."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from emulator.transport.observe import KEPT_BODY_BYTES, Exchange, Part

_BOUNDARY: Final = re.compile(r'boundary="?([^\s";]{1,256})"?', re.IGNORECASE)
_MAX_PART_HEADERS: Final = 16 * 1024
_MAX_PARTS: Final = 100


class BodyTally:
    """Fed with a body's octets. Where nothing is to be kept it only counts."""

    def __init__(self, content_type: str, *, keep: bool) -> None:
        self.size = 0
        self._keep = keep
        self._start = bytearray()
        self._hash = hashlib.sha256() if keep else None
        self._splitter: _Splitter | None = None
        if self._hash is not None and content_type.lower().startswith("multipart/"):
            boundary = _BOUNDARY.search(content_type)
            if boundary is not None:
                self._splitter = _Splitter(boundary.group(1).encode("ascii", "replace"))

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next octets."""
        self.size += len(data)
        if not self._keep:
            return
        if len(self._start) < KEPT_BODY_BYTES:
            self._start += data[: KEPT_BODY_BYTES - len(self._start)]
        if self._hash is not None:
            self._hash.update(data)
        if self._splitter is not None:
            self._splitter.feed(bytes(data))

    def finish(self, exchange: Exchange) -> None:
        """Write what was found into the record of the exchange."""
        exchange.request_size = self.size
        exchange.request_start = bytes(self._start)
        if self._hash is not None:
            exchange.request_sha256 = self._hash.hexdigest()
        if self._splitter is not None:
            exchange.request_parts = tuple(self._splitter.parts)


class _Splitter:
    """Hashes the parts of a multipart body after the first. For the trace only: what is not well-formed
    gives fewer parts, never an error. (The real reader stands two floors above, in soap.)"""

    def __init__(self, boundary: bytes) -> None:
        self.parts: list[Part] = []
        self._delimiter = b"\r\n--" + boundary
        self._held = b"\r\n"  # so that a delimiter at the very start is one
        self._count = -1  # -1: preamble; 0: root part; from 1 on: attachments
        self._in_headers = False
        self._hash = hashlib.sha256()
        self._size = 0
        self._headers = b""

    def feed(self, data: bytes) -> None:
        buffer = self._held + data
        while self._count <= _MAX_PARTS:
            if self._in_headers:
                end = buffer.find(b"\r\n\r\n")
                if end < 0 and len(buffer) < _MAX_PART_HEADERS:
                    break
                self._headers = buffer[: max(end, 0)]
                # The line break before a delimiter may be that of the empty line.
                buffer = buffer[end + 2 :] if buffer.startswith(self._delimiter, end + 2) else buffer[end + 4 :]
                self._in_headers = False
            found = buffer.find(self._delimiter)
            if found < 0:
                keep = len(buffer) - len(self._delimiter) + 1
                self._take(buffer[: max(keep, 0)])
                buffer = buffer[max(keep, 0) :]
                break
            self._take(buffer[:found])
            self._end_part()
            buffer = buffer[found + len(self._delimiter) :]
            self._in_headers = True
        self._held = buffer if self._count <= _MAX_PARTS else b""

    def _take(self, data: bytes) -> None:
        if self._count >= 1:
            self._hash.update(data)
            self._size += len(data)

    def _end_part(self) -> None:
        if self._count >= 1:
            self.parts.append(
                Part(
                    self._header(b"content-id").strip("<>"),
                    self._header(b"content-type").partition(";")[0],
                    self._size,
                    self._hash.hexdigest(),
                )
            )
        self._count += 1
        self._hash = hashlib.sha256()
        self._size = 0

    def _header(self, name: bytes) -> str:
        for line in self._headers.split(b"\r\n"):
            key, _, value = line.partition(b":")
            if key.strip().lower() == name:
                return value.strip().decode("latin-1")
        return ""
