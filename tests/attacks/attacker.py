"""A peer that means ill, as a program of its own: `attacker.py KIND HOST PORT PATH TOKEN SECONDS [CONNECTIONS]`.

Standard library alone. Prints what it did in one line when its time is over. To loopback only.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"

_DRIP = 5.0
"""Seconds between two octets of a body."""


def envelope(path: str, operation: str, inside: str) -> bytes:
    body = f'<dsp:{operation}Request xmlns:dsp="{DSP}">{inside}</dsp:{operation}Request>'
    return (
        f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:wsa="{WSA}"><soap:Header><wsa:To>http://127.0.0.1{path}</wsa:To>'
        f"<wsa:Action>{DSP}/{operation}</wsa:Action><wsa:MessageID>urn:uuid:0</wsa:MessageID></soap:Header>"
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def names(count: int, path: str, token: str) -> bytes:
    """L1: one element named many times."""
    asked = "<dsp:Name>dsp:Documents</dsp:Name>" * count
    inside = f"<dsp:JobToken>{token}</dsp:JobToken><dsp:RequestedElements>{asked}</dsp:RequestedElements>"
    return envelope(path, "GetPostScanJobElements", inside)


MARKUP: dict[str, Callable[[], str]] = {
    "instructions": lambda: "<?p?>" * 1_000_000,
    "attributes": lambda: "<x " + " ".join(f"a{n}=''" for n in range(700_000)) + "/>",
    "namespaces": lambda: "<x " + " ".join(f"xmlns:n{n}='u:{n}'" for n in range(300_000)) + "/>",
    "elements": lambda: "<x/>" * 1_900_000,
    "comments": lambda: "<!---->" * 1_100_000,
    "allowed elements": lambda: "<x/>" * 4_900,
}
"""L2: envelopes near the largest that is read, and one that is read."""


def posts(host: str, port: int, path: str, data: bytes, until: float) -> str:
    """The same message again and again, as fast as it is answered."""
    count = octets = 0
    statuses: dict[int, int] = {}
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(host, port, timeout=30)
        try:
            connection.putrequest("POST", path)
            connection.putheader("Content-Type", "application/soap+xml; charset=utf-8")
            connection.putheader("Content-Length", str(len(data)))
            connection.endheaders()
            with contextlib.suppress(ConnectionError):  # it is refused before it is whole
                connection.send(data)
            response = connection.getresponse()
            octets += len(response.read())
            statuses[response.status] = statuses.get(response.status, 0) + 1
        except (OSError, http.client.HTTPException):
            statuses[0] = statuses.get(0, 0) + 1
        finally:
            connection.close()
        count += 1
    return f"{count} requests of {len(data)} octets, answers {octets} octets, statuses {statuses}"


def crowd(host: str, port: int, count: int, said: bytes, until: float, drip: bytes = b"") -> str:
    """L3: connections that are kept, each with the beginning of something, made anew when they are ended."""
    held: list[socket.socket] = []
    made = 0

    def connect() -> Iterator[socket.socket]:
        with contextlib.suppress(OSError):
            sock = socket.create_connection((host, port), timeout=5)
            sock.sendall(said)
            sock.setblocking(False)
            yield sock

    next_drip = time.monotonic() + _DRIP
    while time.monotonic() < until:
        dripping = drip and time.monotonic() >= next_drip
        if dripping:
            next_drip = time.monotonic() + _DRIP
        for sock in held[:]:
            try:
                if dripping:
                    sock.send(drip)
                if sock.recv(10_000) == b"":
                    raise ConnectionResetError
            except BlockingIOError:
                pass
            except OSError:
                held.remove(sock)
                sock.close()
        while len(held) < count and time.monotonic() < until:
            before = len(held)
            held += connect()
            made += 1
            if len(held) == before:
                break
        time.sleep(0.2)
    for sock in held:
        sock.close()
    return f"{made} connections made, {len(held)} open at the end"


def hello() -> bytes:
    """A ClientHello, whole."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


def main() -> None:
    kind, host, port, path, token, seconds = sys.argv[1:7]
    count = int(sys.argv[7]) if len(sys.argv) > 7 else 1_000
    assert host == "127.0.0.1"
    if hasattr(os, "nice"):
        os.nice(10)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
    data = b""
    if kind == "names":
        data = names(4_000, path, token)
    elif kind == "allowed names":
        data = names(100, path, token)
    elif kind in MARKUP:
        data = envelope(path, "EndPostScanJob", f"<dsp:JobToken>{token}</dsp:JobToken>{MARKUP[kind]()}")
    print("ready", flush=True)
    until = time.monotonic() + float(seconds)
    if data:
        done = posts(host, int(port), path, data, until)
    else:
        said, drip = {
            "silent": (b"", b""),
            "heads": (head, b""),
            "bodies": (head + b"Content-Length: 1000000\r\n\r\n", b"x"),
            "hellos": (hello(), b""),
            "half-hellos": (hello()[:50], b""),
        }[kind]
        done = crowd(host, int(port), count, said, until, drip)
    print(done, flush=True)


if __name__ == "__main__":
    main()
