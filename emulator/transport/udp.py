"""Datagrams on one interface and address family: a socket for the group, one for each of our addresses.

Why not one socket bound to no address: it would hear what comes in on all interfaces, and could not tell on which;
and nothing of ours listens beyond loopback unless asked.
[wsdapi/udp/port-shared] [soap/udp/one-envelope-a-datagram]"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import sys
from collections.abc import Callable, Container, Sequence
from typing import Any, Final, Literal

from emulator.layers import EVERYWHERE
from emulator.transport.interfaces import Interface, IpInterface, nearest
from emulator.transport.points import DATAGRAM_PASSED, DatagramPassed

_log = logging.getLogger(__name__)

_IP_MULTICAST_ALL: Final = 49  # linux/in.h; the socket module has no name for it
_RECEIVE_BUFFER: Final = 1 << 20
"""Octets asked for; a system gives what it allows."""
_REMEMBERED: Final = 1024
"""Peers of which it is remembered which address of ours they reach."""
_ONE_SOCKET: Final = sys.platform == "win32"
"""Windows binds no socket to a group; there the one bound to our address hears it too."""

SocketAddress = tuple[Any, ...]
Receiver = Callable[["UdpLink | BoundLink", bytes, SocketAddress, str], None]
"""Told of a datagram: link, octets, sender, the address of ours that it came to ('' if to the group, or if that
cannot be told)."""


def shared_socket(family: int) -> socket.socket:
    """A datagram socket whose port others may use too, as all do on port 3702."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # On Linux SO_REUSEADDR shares a port, and SO_REUSEPORT would divide the datagrams among us; BSD and macOS
        # share with SO_REUSEPORT only; Windows has only SO_REUSEADDR, which shares.
        if hasattr(socket, "SO_REUSEPORT") and sys.platform != "linux":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        _prepare(sock)
    except OSError:
        sock.close()
        raise
    return sock


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)


def _send_to_group_on(sock: socket.socket, interface: Interface, address: str) -> None:
    """Datagrams to a group go out on this interface, no further than its link, and to this machine too."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface.index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 1)


def _join(sock: socket.socket, group: str, interface: Interface, address: str) -> None:
    """Hear the group on this interface, and on no other; IPv4 has a socket of its own
    [clients/wsd-python/ipv4-only]."""
    if sock.family == socket.AF_INET:
        member = socket.inet_aton(group) + socket.inet_aton(address)
        if sys.platform == "linux":
            # Without this a socket hears a group on all interfaces where anybody has joined it.
            sock.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
            member += struct.pack("@i", interface.index)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    else:
        member = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", interface.index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)


def socket_address(family: int, host: str, port: int, scope: int) -> SocketAddress:
    """Return the address as the socket module wants it. `scope`: the interface's index, for link-local IPv6
    addresses."""
    return (host, port) if family == socket.AF_INET else (host, port, 0, scope)


class UdpLink:
    """Open when `open` returns; `close` ends it."""

    def __init__(
        self,
        interface: Interface,
        family: int,
        group: tuple[str, int],
        receive: Receiver,
        *,
        port: int | None = None,
        join: bool = True,
        reserved: Container[str] = (),
    ) -> None:
        """These are its parameters.

        - `group`: IP address and port of the multicast group.
        - `port`: our own, by default the same, 0: one that the system gives, for who only asks.
        - `join` False: the group is sent to, but not heard.
        - `reserved`: our addresses that do not stand for the link, for somebody has them for himself; they may
          come and go.
        """
        self.interface = interface
        self.family = family
        self.addresses = interface.of_family(family)
        self._group, self._group_port = group
        self._port = self._group_port if port is None else port
        self._receive = receive
        self._join = join
        self._reserved = reserved
        self._joined = ""
        """Our address by which the group is heard."""
        self._nearest: dict[str, str] = {}
        self._listener: asyncio.DatagramTransport | None = None
        self._speakers: dict[str, asyncio.DatagramTransport] = {}

    def __repr__(self) -> str:
        return f"{self.interface.name}/IPv{4 if self.family == socket.AF_INET else 6}"

    async def open(self) -> None:
        """Raises OSError when none of the addresses can be had (an IPv6 address may be too young). A group that
        cannot be joined is told to the log: datagrams to our addresses come all the same."""
        try:
            errors = await self._open_speakers()
            if not self._speakers:
                raise errors[0] if errors else OSError("the interface has no address of that family")
            try:
                await self._open_listener()
            except OSError as error:
                _log.info("%r: the group %s is not heard: %s", self, self._group, error.strerror or error)
        except BaseException:
            self.close()
            raise

    async def open_missing(self) -> bool:
        """Try again what `open` could not have; whether there is more of it now. An address that is gone, or a
        group that cannot be joined, is no error."""
        before = len(self._speakers), self._listener
        if before[0] < len(self.addresses):
            await self._open_speakers()
        with contextlib.suppress(OSError):
            await self._open_listener()
        return (len(self._speakers), self._listener) != before

    async def readdress(self, interface: Interface) -> bool:
        """Go on with the addresses that the interface has now, without a pause at those that stay. False where that
        cannot be, and the link must be opened anew: it is another interface, or what heard the group is gone."""
        addresses = interface.of_family(self.family)
        there = {str(each.ip) for each in addresses}
        if interface.index != self.interface.index or (self._joined and self._joined not in there):
            return False
        self.interface, self.addresses = interface, addresses
        for gone in self._speakers.keys() - there:
            self._speakers.pop(gone).close()
        await self._open_speakers()
        return bool(self._speakers)

    @property
    def spoken_from(self) -> frozenset[str]:
        """The addresses of ours from which it can send now."""
        return frozenset(self._speakers)

    def has(self, local: str) -> bool:
        """Whether it can send from that address of ours."""
        return local in self._speakers

    async def _open_speakers(self) -> list[OSError]:
        errors: list[OSError] = []
        for address in self.addresses:
            if str(address.ip) not in self._speakers:
                try:
                    await self._open_speaker(address)
                except OSError as error:
                    errors.append(error)
        self._nearest.clear()
        return errors

    async def _open_speaker(self, own: IpInterface) -> None:
        address, scope = str(own.ip), self.interface.index if own.ip.is_link_local else 0
        if self._port:
            sock = shared_socket(self.family)
        else:
            sock = socket.socket(self.family, socket.SOCK_DGRAM)
            _prepare(sock)
        try:
            sock.bind(socket_address(self.family, address, self._port, scope))
            _send_to_group_on(sock, self.interface, address)
            if self._join and _ONE_SOCKET:
                _join(sock, self._group, self.interface, address)
        except OSError:
            sock.close()
            raise
        mixed = self._join and _ONE_SOCKET
        self._speakers[address] = await _endpoint(sock, self, self._receive, "" if mixed else address)

    async def _open_listener(self) -> None:
        if not self._join or _ONE_SOCKET or self._listener is not None:
            return
        address = next(iter(self._speakers))
        sock = shared_socket(self.family)
        try:
            sock.bind(socket_address(self.family, self._group, self._port, self.interface.index))
            _join(sock, self._group, self.interface, address)
        except OSError:
            sock.close()
            raise
        self._joined = address
        self._listener = await _endpoint(sock, self, self._receive, "")

    def local_for(self, host: str) -> str:
        """Our address that `host` reaches; for '' the first. '' where all are reserved."""
        found = self._nearest.get(host, "")
        if not found or found in self._reserved:
            texts = ((address, str(address.ip)) for address in self.addresses)
            usable = [each for each, text in texts if text in self._speakers and text not in self._reserved]
            found = (nearest(usable, host) if host else "") or (str(usable[0].ip) if usable else "")
            if len(self._nearest) >= _REMEMBERED:
                self._nearest.clear()
            self._nearest[host] = found
        return found

    def send(self, data: bytes, to: SocketAddress | None, local: str) -> None:
        """Send from our address `local`; to the group if `to` is None. Raises nothing."""
        speaker = self._speakers.get(local)
        if speaker is None or speaker.is_closing():
            return
        if to is None:
            to = socket_address(self.family, self._group, self._group_port, self.interface.index)
        speaker.sendto(data, to)
        _passed("sent", data, to)

    def close(self) -> None:
        """End it, when what was given to it has gone out. Nothing that comes is told any more."""
        for transport in (*self._speakers.values(), *([self._listener] if self._listener else ())):
            transport.close()
        self._speakers.clear()
        self._nearest.clear()
        self._listener = None


class BoundLink:
    """One socket at one address (or at all of them), for datagrams from peer to peer alone."""

    def __init__(self, host: str, port: int, receive: Receiver) -> None:
        """`host`: an IP address; 0.0.0.0 and :: mean all."""
        self._host = host
        self._port = port
        self._receive = receive
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._towards: dict[str, str] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Raises OSError when the port cannot be had."""
        sock = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            _prepare(sock)
            sock.bind((self._host, self._port))
        except OSError:
            sock.close()
            raise
        self._transport = await _endpoint(sock, self, self._told, "")

    def _told(self, link: UdpLink | BoundLink, data: bytes, sender: SocketAddress, local: str) -> None:
        self._receive(self, data, sender, self.local_for(str(sender[0])))

    def local_for(self, host: str) -> str:
        """Our address that `host` reaches."""
        if self._host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            return self._host
        found = self._towards.get(host)
        if found is None:
            if len(self._towards) >= _REMEMBERED:
                self._towards.clear()
            found = self._towards[host] = address_towards(host) or {"::": "::1"}.get(self._host, "127.0.0.1")
        return found

    def has(self, local: str) -> bool:
        """Whether it is that address at which it was opened."""
        return local == self._host

    def send(self, data: bytes, to: SocketAddress | None, local: str) -> None:
        """Send to a peer. Raises nothing."""
        if self._transport is not None and to is not None:
            self._transport.sendto(data, to)
            _passed("sent", data, to)

    def close(self) -> None:
        """End it."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None


def address_towards(host: str) -> str:
    """Our own address from which the system would send to the IP address `host`; '' if it is not reached.
    Nothing is sent."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((host, 9))
            return str(probe.getsockname()[0]).partition("%")[0]
    except OSError:
        return ""


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, link: UdpLink | BoundLink, receive: Receiver, local: str) -> None:
        self._link = link
        self._receive = receive
        self._local = local

    def datagram_received(self, data: bytes, addr: SocketAddress) -> None:
        _passed("received", data, addr)
        self._receive(self._link, data, addr, self._local)

    def error_received(self, exc: Exception) -> None:
        # Nobody listens at the receiver's, or the interface has gone: datagrams may be lost.
        _log.debug("a datagram was not sent: %s", exc)


def _passed(direction: Literal["sent", "received"], data: bytes, peer: SocketAddress) -> None:
    if EVERYWHERE.heard(DATAGRAM_PASSED):
        EVERYWHERE.tell(DATAGRAM_PASSED, DatagramPassed(direction, str(peer[0]), data))


async def _endpoint(
    sock: socket.socket, link: UdpLink | BoundLink, receive: Receiver, local: str
) -> asyncio.DatagramTransport:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Protocol(link, receive, local), sock=sock)
    return transport


def families() -> Sequence[int]:
    """Address families that this machine can do."""
    return (socket.AF_INET, socket.AF_INET6) if socket.has_ipv6 else (socket.AF_INET,)
