"""Peers that bring about one exit code each: nobody, a talker of nonsense, one who refuses, one whose Probe matches
nothing. Plain sockets, nothing of the package."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator

NONSENSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
MATCHES_NOTHING = (
    b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' xmlns:a='http://schemas.xmlsoap.org/ws/2004/08/"
    b"addressing' xmlns:w='http://schemas.xmlsoap.org/ws/2005/04/discovery'><s:Header><a:To>http://schemas.xmlsoap.org"
    b"/ws/2004/08/addressing/role/anonymous</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
    b"Matches</a:Action><a:MessageID>urn:uuid:0f5b9c5e-5d9c-4a52-8f4c-2c8f4f5d6e7a</a:MessageID><a:RelatesTo>{id}"
    b"</a:RelatesTo></s:Header><s:Body><w:ProbeMatches/></s:Body></s:Envelope>"
)


def matches_nothing(request: bytes) -> bytes:
    """The answer of a host to a Probe that none of its devices matches."""
    related = re.search(rb"MessageID[^>]*>([^<]+)<", request)
    assert related is not None
    body = MATCHES_NOTHING.replace(b"{id}", related[1])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nConnection: close\r\nContent-Length: "
    return head + str(len(body)).encode() + b"\r\n\r\n" + body


@contextlib.contextmanager
def answering(answer: bytes | Callable[[bytes], bytes]) -> Iterator[int]:
    """A port at which every request has that answer."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                connection.settimeout(5)
                head = b""
                while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
                    if data[:1] == b"\x16":  # TLS, which is not spoken here
                        raise OSError
                    head += data
                while callable(answer) and b"Envelope>" not in head[-20:] and (data := connection.recv(65536)):
                    head += data
                connection.sendall(answer if isinstance(answer, bytes) else answer(head))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
