"""One TCP connection, plain or TLS, driven through the event loop's socket calls.

Not asyncio's streams: a StreamWriter must copy what it cannot send at once, and the sender's buffer could
not be used again. TLS runs over memory BIOs: one write to the socket carries up to four records, where an
`ssl.SSLSocket` makes one for each. Measured as throughput over blocking `sendall`, at 1/10/100 MB: see
tests/benchmarks/bench_send.py. `loop.sock_*` is there on Windows too.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from typing import Final

from emulator.transport.octets import RESET_ON_CLOSE, connection_numbers
from emulator.transport.send_queue import arrived

READ_SIZE: Final = 64 * 1024
"""Octets asked of the socket at a time."""
_WAIT_PIECE: Final = 32 * 1024
"""Octets given to the loop when the socket is full: the wait ends when so much has gone."""
_TLS_PIECE: Final = 64 * 1024
"""Octets encrypted at a time; the ciphertext stays in the processor's cache until it is sent."""
_YIELD_AFTER: Final = 1024 * 1024
"""Octets sent without a wait, until others on the loop get a turn (an answer may be there)."""


class Stream:
    """A connected, non-blocking socket. `sent` counts the octets that the system took since `begin`."""

    context: ssl.SSLContext | None = None
    """What TLS is done by; None for a plain connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._unyielded = 0
        self.number = next(connection_numbers)
        """Of the connection."""
        self.exchanges = 0
        """That have begun on it."""
        self.sent = 0
        self.untouched = True
        """Whether the system has taken nothing at all since `begin` (of TLS: not part of a record)."""
        self.progress = time.monotonic()
        """When octets last went out or came in."""
        self.peer = ""
        """The peer's IP address."""
        with contextlib.suppress(OSError):
            self.peer = str(sock.getpeername()[0])
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def begin(self) -> None:
        """A new exchange starts."""
        self.exchanges += 1
        self.sent = 0
        self.untouched = True
        self.progress = time.monotonic()

    def send_now(self, data: memoryview) -> int:
        """Send what the system takes without a wait; return how many octets that was. Raises OSError.
        Not while another task is in `send`."""
        count = 0
        with contextlib.suppress(BlockingIOError, InterruptedError):
            while count < len(data):
                count += self._took(self._sock.send(data[count:]))
        self.sent += count
        return count

    async def send(self, data: bytes | memoryview) -> None:
        """Return when the system has taken all; the buffer may then be used again. Raises OSError."""
        view = memoryview(data)
        while view:
            count = self.send_now(view)
            view = view[count:]
            if view:
                piece = view[:_WAIT_PIECE]
                await self._wait_to_send(piece)
                self.sent += len(piece)
                view = view[len(piece) :]
            else:
                await self._give_turn(count)

    @property
    def blocked(self) -> bool:
        """Whether `send_now` took octets that are still with us; `send(b"")` waits for them to go."""
        return False

    async def receive(self) -> bytes:
        """Return what has come, at least one octet; b'' when the peer has closed. Raises OSError, ssl.SSLError."""
        data = await self._loop.sock_recv(self._sock, READ_SIZE)
        self.progress = time.monotonic()
        return data

    def is_quiet(self) -> bool:
        """Return whether the connection is open and nothing has arrived on it: fit for another request."""
        try:
            self._sock.recv(1)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        return False

    def shut(self) -> None:
        """End both directions: calls that wait on the socket return."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close at once. No call on the stream may be under way."""
        self._sock.close()

    async def arrived(self) -> None:
        """Return when the peer's system has all that was sent, or takes nothing more of it."""
        await arrived(self._sock)

    def reset(self) -> None:
        """Close so that the peer meets a reset."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._sock.close()

    def _took(self, count: int) -> int:
        self.untouched = False
        self.progress = time.monotonic()
        return count

    async def _wait_to_send(self, data: bytes | memoryview) -> None:
        """Send when the system has room again."""
        await self._loop.sock_sendall(self._sock, data)
        self._took(len(data))
        self._unyielded = 0

    async def _give_turn(self, count: int) -> None:
        self._unyielded += count
        if self._unyielded >= _YIELD_AFTER:
            self._unyielded = 0
            await asyncio.sleep(0)


class TlsStream(Stream):
    """TLS over the same socket. Counts octets of the request, not of the records."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, name: str) -> None:
        super().__init__(sock)
        self.context = context
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self.says_goodbye = True
        """The connection ends with close_notify."""
        self._unsent = memoryview(b"")
        """Ciphertext that the system did not take yet."""
        self._uncounted = 0
        """Octets of the request in it."""
        # Sender and reader may both have records to send; one must not come into the middle of another.
        self._flushing = asyncio.Lock()

    @property
    def agreed(self) -> bool:
        """Whether protocol and cipher have been agreed on: the peer has answered with more than a refusal."""
        return self._tls.cipher() is not None

    def peer_chain(self) -> list[bytes]:
        """DER of the certificates that the peer shows, its own first, trusted or not; also after a handshake that
        failed behind them. Of Pythons that cannot tell all, its own alone."""
        found: list[bytes] = []
        with contextlib.suppress(ValueError, AttributeError):  # no handshake
            found = [self._tls.getpeercert(binary_form=True) or b""]
        with contextlib.suppress(ValueError, AttributeError):
            if hasattr(self._tls, "get_unverified_chain"):  # Python 3.13
                found = list(self._tls.get_unverified_chain())
            else:
                chain = getattr(self._tls, "_sslobj").get_unverified_chain() or ()  # noqa: B009 - Python 3.10: not yet public
                found = [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in chain]
        return [der for der in found if der]

    async def handshake(self) -> None:
        """Raises ssl.SSLError (of it ssl.SSLCertVerificationError), OSError."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                # The alert that tells the peer why is in the BIO.
                with contextlib.suppress(OSError):
                    await self._flush()
                raise
            else:
                await self._flush()
                return

    def send_now(self, data: memoryview) -> int:
        count = 0
        while count < len(data) and not self._unsent:
            taken = self._tls.write(data[count : count + _TLS_PIECE])
            self._unsent = memoryview(self._outgoing.read())
            # Not wholly taken ciphertext is a piece that has not been sent; `send` finishes it.
            with contextlib.suppress(BlockingIOError, InterruptedError):
                while self._unsent:
                    self._unsent = self._unsent[self._took(self._sock.send(self._unsent)) :]
            count += taken
            if not self._unsent:
                self.sent += taken
            else:
                self._uncounted = taken
        return count

    async def send(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        async with self._flushing:
            await self._send_rest()
            while view:
                count = self.send_now(view)
                view = view[count:]
                await self._send_rest()
                await self._give_turn(count)

    @property
    def blocked(self) -> bool:
        return bool(self._unsent)

    async def _send_rest(self) -> None:
        """Finish the ciphertext that `send_now` left."""
        while self._unsent:
            piece = self._unsent[:_WAIT_PIECE]
            await self._wait_to_send(piece)
            self._unsent = self._unsent[len(piece) :]
        self.sent += self._uncounted
        self._uncounted = 0

    async def receive(self) -> bytes:
        while True:
            try:
                if self._incoming.pending or self._incoming.eof or self._tls.pending():
                    return self._tls.read(READ_SIZE)
            except ssl.SSLWantReadError:
                pass
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            # The answer to a key update. A sender that is at work takes it along; to wait for one that cannot get
            # rid of its octets would be to miss the answer that tells why.
            if self._outgoing.pending and not self._flushing.locked():
                await self._flush()
            await self._fill()

    def is_quiet(self) -> bool:
        while True:
            try:
                data = self._sock.recv(READ_SIZE)
            except (BlockingIOError, InterruptedError):
                return True
            except OSError:
                return False
            if not data:
                return False
            self._incoming.write(data)
            try:
                self._tls.read(1)
            except ssl.SSLWantReadError:
                continue  # session tickets of TLS 1.3
            except ssl.SSLError:
                return False
            return False

    def close(self) -> None:
        # close_notify, if the system takes it at once: some servers log a connection that ends without.
        with contextlib.suppress(OSError, ValueError):
            if self.says_goodbye:
                self._tls.unwrap()
        with contextlib.suppress(OSError):
            if self._outgoing.pending:
                self._sock.send(self._outgoing.read())
        super().close()

    async def _flush(self) -> None:
        async with self._flushing:
            if self._outgoing.pending:
                await self._wait_to_send(self._outgoing.read())

    async def _fill(self) -> None:
        data = await self._loop.sock_recv(self._sock, READ_SIZE)
        self.progress = time.monotonic()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
