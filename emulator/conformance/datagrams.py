"""Sends the judge's datagrams and hears those of others. Each question goes out from a port of its own, so that
whatever comes to that port is an answer to it, with the right RelatesTo or not."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from emulator.conformance.exchange import Datagram, Exchange, Recording
from emulator.conformance.names import GROUP_IPV4, GROUP_IPV6
from emulator.conformance.reading import Unreadable, read_envelope
from emulator.conformance.requests import require_right
from emulator.conformance.speaker import behalf
from emulator.transport.interfaces import Interface
from emulator.transport.udp import BoundLink, SocketAddress, UdpLink, address_towards, socket_address

Link: TypeAlias = UdpLink | BoundLink
IsOwn: TypeAlias = Callable[[bytes, str], bool]
"""Whether octets that came from an IP address are of the peer who is judged."""
GROUPS: Final[Mapping[int, str]] = {socket.AF_INET: GROUP_IPV4, socket.AF_INET6: GROUP_IPV6}
MOST_DATAGRAMS: Final = 200
"""Kept of one question, or while somebody listens; who sends more is not heard any more there."""
MOST_OCTETS: Final = 2 * 1024 * 1024
"""The same of their octets together."""
GROUP: Final = "the group"
HOST: Final = "its address"
"""Where a question goes."""
OWN_PORT: Final = 0
"""The port of a question that the system chooses."""


@dataclass(eq=False)
class _Waited:
    """What is open for one question."""

    exchange: Exchange
    link: Link
    to: SocketAddress | None
    local: str
    begun: float
    came: asyncio.Event
    octets: int = 0


class Hearing:
    """What comes to the group while somebody listens; `close` ends it."""

    def __init__(self, recording: Recording, is_own: IsOwn, port: int) -> None:
        self._recording = recording
        self._is_own = is_own
        self._port = port
        self._links: list[UdpLink] = []
        self._changed = asyncio.Event()
        self._count = 0
        self._begun = time.perf_counter()
        self._behalf = behalf()
        self.heard: list[Exchange] = []
        """What the peer has announced, repetitions too."""
        self.problems: list[str] = []
        """Why it cannot be heard somewhere."""

    async def open(self, interface: Interface, families: Sequence[int]) -> None:
        """Hear the group on that interface, in each of these address families that it has."""
        for family in families:
            if interface.of_family(family):
                link = UdpLink(interface, family, (GROUPS[family], self._port), self._received)
                try:
                    await link.open()
                except OSError as error:
                    self.problems.append(f"{link!r}: {error.strerror or error}")
                else:
                    self._links.append(link)

    def _received(self, link: object, octets: bytes, sender: SocketAddress, local: str) -> None:
        self._count += 1
        host = str(sender[0]).partition("%")[0]
        if self._count > MOST_DATAGRAMS * 10 or not self._is_own(octets, host):
            return  # of everybody who is on the network
        made = self._recording.new(self._behalf, "", f"soap.udp://{_literal(host)}:{sender[1]}", (), octets)
        made.udp, made.incoming, made.began, made.method = True, True, time.time(), "UDP"
        made.operation = "" if made.asked is None else made.asked.action.rpartition("/")[2]
        made.ms = (time.perf_counter() - self._begun) * 1000
        made.datagrams.append(Datagram(octets, host, int(sender[1]), made.ms, True))
        self.heard.append(made)
        self._changed.set()

    @property
    def count(self) -> int:
        """Links on which the group is heard."""
        return len(self._links)

    async def wait(self, name: str, seconds: float) -> list[Exchange]:
        """Its announcements of that name, once there is one or the time is over."""
        end = time.perf_counter() + seconds
        while not (found := self.named(name)) and (left := end - time.perf_counter()) > 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                break
        return found

    def named(self, name: str) -> list[Exchange]:
        """Its announcements of that name by now: Hello or Bye."""
        return [each for each in self.heard if each.operation == name]

    def close(self) -> None:
        """Hear nothing more."""
        for link in self._links:
            link.close()


class DatagramSpeaker:
    """Asks by UDP. Every question stands in the recording, whatever comes of it; it stays open for answers until
    `close`."""

    def __init__(self, recording: Recording, is_own: IsOwn) -> None:
        self.recording = recording
        self._is_own = is_own
        self._open: dict[int, _Waited] = {}

    async def to_group(
        self,
        octets: bytes,
        interface: Interface,
        family: int,
        port: int,
        *,
        operation: str,
        wrong: bool = False,
    ) -> Exchange:
        """Send to the group on one interface.

        - `octets`: what is sent.
        - `interface`: of this machine.
        - `family`: socket.AF_INET or AF_INET6.
        - `port`: of the group.
        - `operation`: how people call it.
        - `wrong`: it is not right, on purpose.

        Raises OwnMistake for a message that is wrong and not meant so.
        """
        group = GROUPS[family]
        made = self._recorded(octets, f"soap.udp://{_literal(group)}:{port}", operation, wrong)
        link = UdpLink(
            interface, family, (group, port), partial(self._received, made.number), port=OWN_PORT, join=False
        )
        return await self._send(made, link, None, "")

    async def to_host(
        self, octets: bytes, host: str, port: int, *, operation: str, wrong: bool = False, scope: int = 0
    ) -> Exchange:
        """Send to one IP address.

        - `host`, `port`: where it goes.
        - `scope`: index of the interface, for an address of a link.
        - `octets`, `operation`, `wrong`: as of `to_group`.
        """
        made = self._recorded(octets, f"soap.udp://{_literal(host)}:{port}", operation, wrong)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        nowhere = "::" if ":" in host else "0.0.0.0"  # noqa: S104 - a port that nobody knows
        link = BoundLink(address_towards(host) or nowhere, OWN_PORT, partial(self._received, made.number))
        return await self._send(made, link, socket_address(family, host, port, scope), "")

    def again(self, asked: Exchange) -> None:
        """Send the same octets once more, from the same port."""
        waited = self._open.get(asked.number)
        if waited is not None:
            waited.link.send(asked.request, waited.to, waited.local)

    def _recorded(self, octets: bytes, url: str, operation: str, wrong: bool) -> Exchange:
        if not wrong:
            require_right(octets)
        made = self.recording.new(behalf(), operation, url, (), octets)
        made.udp, made.wrong, made.method = True, wrong, "UDP"
        return made

    async def _send(self, made: Exchange, link: Link, to: SocketAddress | None, local: str) -> Exchange:
        made.began = time.time()
        try:
            await link.open()
        except OSError as error:
            made.error = f"it cannot be sent: {error.strerror or error}"
            return made
        made.error = "no datagram came"
        local = link.local_for("" if to is None else str(to[0]))
        self._open[made.number] = _Waited(made, link, to, local, time.perf_counter(), asyncio.Event())
        link.send(made.request, to, local)
        return made

    def _received(self, number: int, link: object, octets: bytes, sender: SocketAddress, local: str) -> None:
        waited = self._open.get(number)
        if waited is None:
            return
        made, host = waited.exchange, str(sender[0]).partition("%")[0]
        ms = (time.perf_counter() - waited.begun) * 1000
        came = Datagram(octets, host, int(sender[1]), ms, self._is_own(octets, host))
        if came.own and not made.own:
            made.body, made.ms, made.error = octets, ms, ""
            waited.came.set()
        made.datagrams.append(came)
        waited.octets += len(octets)
        if len(made.datagrams) >= MOST_DATAGRAMS or waited.octets > MOST_OCTETS:
            del self._open[number]
            waited.came.set()
            waited.link.close()

    async def answered(self, asked: Exchange, seconds: float) -> bool:
        """Whether the peer has answered, within so many seconds since it was asked."""
        waited = self._open.get(asked.number)
        if waited is not None and not asked.own:
            try:
                async with asyncio.timeout(max(waited.begun + seconds - time.perf_counter(), 0)):
                    await waited.came.wait()
            except TimeoutError:
                pass
        return bool(asked.own)

    async def passed(self, asked: Exchange, seconds: float) -> None:
        """Wait until so many seconds have passed since it was asked."""
        waited = self._open.get(asked.number)
        if waited is not None:
            await asyncio.sleep(max(waited.begun + seconds - time.perf_counter(), 0))

    def close(self) -> None:
        """Hear nothing more."""
        for waited in self._open.values():
            waited.link.close()
        self._open.clear()


def is_of(address: str, hosts: Sequence[str]) -> IsOwn:
    """Whether a datagram is of one peer: it names his endpoint address, or names none and comes from one of his IP
    addresses.

    - `address`: of his endpoint reference; one that is no urn: tells nobody from others.
    """

    def own(octets: bytes, sender: str) -> bool:
        try:
            envelope = read_envelope(octets)
        except Unreadable:
            return sender in hosts
        named = [
            text
            for each in envelope.root.iter("{*}Address")
            if each.getparent().tag.endswith("}EndpointReference") and (text := str(each.text or "").strip())
        ]
        if not named or not address.startswith("urn:"):
            return sender in hosts
        return address in named

    return own


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host
