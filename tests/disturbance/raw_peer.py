"""What comes on a connection, counted octet by octet on blocking sockets: shares no code with what is tested. TLS
runs over memory, so that a reset is told as one: Python's own TLS sockets take it for an end."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


class Raw:
    """One connection, as its peer has it."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext | None, *, server: bool) -> None:
        self.sock = sock
        sock.settimeout(20)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = None
        self.closed_properly = False
        """Whether TLS has ended by close_notify."""
        if context is not None:
            name = None if server else "127.0.0.1"
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=server, server_hostname=name)
            self._until(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        if self._tls is not None:
            self._tls.write(data)
            data = self._outgoing.read()
        self.sock.sendall(data)

    def receive(self) -> bytes:
        """b'' at the end. Raises ConnectionResetError."""
        if self._tls is None:
            return self.sock.recv(1 << 18)
        tls = self._tls
        try:
            data = bytes(self._until(lambda: tls.read(1 << 18)))
        except ssl.SSLEOFError:
            return b""
        self.closed_properly = not data
        return data

    def _flush(self) -> None:
        if data := self._outgoing.read():  # to send nothing would meet the reset before what has come is read
            self.sock.sendall(data)

    def _until(self, work: Callable[[], Any]) -> Any:
        while True:
            try:
                result = work()
            except ssl.SSLWantReadError:
                self._flush()
                data = self.sock.recv(1 << 18)
                self._incoming.write(data) if data else self._incoming.write_eof()
            except ssl.SSLError:
                self._flush()  # the alert
                raise
            else:
                self._flush()
                return result


@dataclass
class Heard:
    """All that came on a connection."""

    data: bytearray = field(default_factory=bytearray)
    times: list[tuple[float, int]] = field(default_factory=list)
    """When how many octets were there in all."""
    end: str = ""
    """closed, reset, or answered: the message was whole, and the peer that counts has answered it."""
    polite: bool = False
    """Of TLS: whether close_notify came."""

    @property
    def head(self) -> bytes:
        return bytes(self.data).partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return bytes(self.data).partition(b"\r\n\r\n")[2]

    @property
    def pauses(self) -> list[tuple[float, int]]:
        """How long nothing came, longest first, and how many octets were there then."""
        pairs = zip(self.times, self.times[1:], strict=False)
        return sorted(((later - at, size) for (at, size), (later, _) in pairs), reverse=True)


def listen_to(raw: Raw, heard: Heard, whole: Callable[[bytes], bool] = lambda _: False, slowly: float = 0) -> None:
    """Take all that comes until the end, or until it is `whole`."""
    try:
        while data := raw.receive():
            heard.data += data
            heard.times.append((time.monotonic(), len(heard.data)))
            if whole(bytes(heard.data[:65536])) and _complete(heard):
                heard.end = "answered"
                return
            if slowly:
                time.sleep(slowly)
    except ConnectionResetError:
        heard.end = "reset"
    else:
        heard.end = "closed"
    heard.polite = raw.closed_properly


def _complete(heard: Heard) -> bool:
    head, end, body = bytes(heard.data).replace(b":\r\n ", b": ").partition(b"\r\n\r\n")
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return bool(end) and len(body) >= int(value)
        if name.strip().lower() == b"transfer-encoding":
            return body.endswith(b"0\r\n\r\n")
    return bool(end)


class Counting:
    """A server that counts what comes on each connection, and answers what is whole."""

    def __init__(self, context: ssl.SSLContext | None = None, *, answer: bytes = b"", slowly: float = 0) -> None:
        if context is not None:
            context.num_tickets = (
                0  # sent behind the handshake, a ticket would meet a reset before what has come is read
            )
        self._context = context
        self._answer = answer or b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self._slowly = slowly
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"{'http' if context is None else 'https'}://127.0.0.1:{self.port}/"
        self.heard: list[Heard] = []
        self.problems: list[str] = []
        """Of handshakes."""
        self.handshakes: list[float] = []
        """Seconds that each took."""
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Counting:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.join()

    def join(self, connections: int = 0) -> None:
        """Until so many connections have come, and each has ended."""
        end = time.monotonic() + 20
        while len(self._threads) - 1 < connections:
            assert time.monotonic() < end, f"{len(self._threads) - 1} connections have come"
            time.sleep(0.005)
        for thread in self._threads[1:]:
            thread.join(20)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=(sock,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _talk(self, sock: socket.socket) -> None:
        begun = time.monotonic()
        with sock:
            try:
                raw = Raw(sock, self._context, server=True)
            except OSError as error:
                self.problems.append(str(error))
                with contextlib.suppress(OSError):  # so that the peer reads the alert
                    sock.shutdown(socket.SHUT_WR)
                    while sock.recv(65536):
                        pass
                return
            finally:
                self.handshakes.append(time.monotonic() - begun)
            heard = Heard()
            self.heard.append(heard)
            listen_to(raw, heard, lambda _: True, self._slowly)
            if heard.end == "answered":
                with contextlib.suppress(OSError):
                    raw.send(self._answer)
                    while more := raw.receive():
                        heard.data += more
                heard.polite = raw.closed_properly


def ask(
    port: int,
    request: bytes,
    context: ssl.SSLContext | None = None,
    slowly: float = 0,
    *,
    to_its_end: bool = False,
) -> Heard:
    """All that a host says to a request, until it ends the connection or, unless `to_its_end`, its answer is
    whole."""
    heard = Heard()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        raw = Raw(sock, context, server=False)
        raw.send(request)
        listen_to(raw, heard, lambda _: not to_its_end, slowly)
    return heard


@contextlib.contextmanager
def counting(context: ssl.SSLContext | None = None, **more: Any) -> Iterator[Counting]:
    """A Counting while the block lasts."""
    with Counting(context, **more) as server:
        yield server
