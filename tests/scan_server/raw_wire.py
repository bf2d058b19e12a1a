"""Octets over a plain socket: requests that no HTTP library writes, and answers as they came."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from scan_server_bench import PACKAGE_TYPE, SOAP_TYPE, Answer

__all__ = ["PACKAGE_TYPE", "SOAP_TYPE", "ask", "head", "read_answer"]


def head(url: str, *headers: tuple[str, str], method: str = "POST") -> bytes:
    """The head of a request with those headers alone."""
    parts = urlsplit(url)
    lines = [f"{method} {parts.path} HTTP/1.1", f"Host: {parts.netloc}", *(f"{n}: {v}" for n, v in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def ask(url: str, pieces: Sequence[bytes], *, pause: float = 0.0, half_close: bool = False) -> Answer:
    """Send the pieces, `pause` seconds between them, and read one answer; `half_close`: our side ends then."""
    return await asyncio.to_thread(_ask, url, pieces, pause, half_close)


def _ask(url: str, pieces: Sequence[bytes], pause: float, half_close: bool) -> Answer:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(ConnectionError):
            for number, piece in enumerate(pieces):
                if number and pause:
                    time.sleep(pause)
                connection.sendall(piece)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """One answer; status 0 where the peer closes without."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return Answer(0, data)
            data += more
        start, _, body = data.partition(b"\r\n\r\n")
        lines = start.decode("latin-1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:])}
        while len(body) < int(headers.get("content-length", 0)):
            more = connection.recv(65536)
            if not more:
                break
            body += more
        return Answer(int(lines[0].split(" ")[1]), body, headers)
    return Answer(0, data)
