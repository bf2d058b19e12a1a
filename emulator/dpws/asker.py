"""Searches: a Probe to the group on each interface and to single hosts; a Resolve for who answers without URLs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from random import Random
from typing import Final

from emulator.dpws.announcer import GROUPS
from emulator.dpws.call import operation_of
from emulator.dpws.constants import DISCOVERY_PORT
from emulator.dpws.datagram_sender import DatagramSender
from emulator.dpws.discovery import probe, resolve
from emulator.dpws.findings import Found, SearchFindings
from emulator.dpws.outbox import Link, Outbox, SocketAddress
from emulator.dpws.timing import Timing
from emulator.dpws.versions import V2005, DiscoveryVersion
from emulator.layers import Layers
from emulator.soap.envelope import Message, write_envelope
from emulator.soap.xml import QName
from emulator.transport.interfaces import Interface, Selection, every, interfaces
from emulator.transport.udp import BoundLink, UdpLink, address_towards, families

_log = logging.getLogger(__name__)

ASKING: Final = Timing(multicast_repeat=2, unicast_repeat=2)
"""Probes are repeated with their MessageID: who has heard one before does not answer again."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for, where and how long. [discovery/timing/match-timeout]"""

    types: tuple[QName, ...] = ()
    scopes: tuple[str, ...] = ()
    match_by: str = ""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Namespace -> prefix wanted in Types."""
    timeout: float = 3.0
    """Seconds for which answers are collected. Devices wait up to half a second (some up to 5 s)."""
    selection: Selection | None = every
    """Interfaces on whose links the group is asked; None: only `hosts` are."""
    hosts: tuple[tuple[str, int], ...] = ()
    """Names or IP addresses and UDP ports that are asked directly."""
    version: DiscoveryVersion = V2005
    port: int = DISCOVERY_PORT
    """Of the group."""


async def search(
    wanted: Search,
    *,
    on_found: Callable[[Found], None] = lambda found: None,
    timing: Timing = ASKING,
    list_interfaces: Callable[[], Sequence[Interface]] = interfaces,
    layers: Layers | None = None,
    findings: SearchFindings | None = None,
) -> list[Found]:
    """All targets that answered within the time. `on_found` is told of each as it comes.

    Raises OSError when there is no interface or host that can be asked.

    - `wanted`: whom to ask for, how and how long.
    - `on_found`: told of each target as it comes.
    - `timing`: waits and repetitions.
    - `list_interfaces`: the network interfaces that there are.
    - `layers`: who hears of datagrams.
    - `findings`: where answers are collected, for who wants more of them than the targets.
    """
    asking = _Asking(wanted, on_found, timing, layers, findings or SearchFindings())
    try:
        await asking.open(list_interfaces)
        await asking.run()
    finally:
        asking.close()
    return asking.findings.found


class _Asking:
    """One search while it runs."""

    def __init__(
        self,
        wanted: Search,
        on_found: Callable[[Found], None],
        timing: Timing,
        layers: Layers | None,
        findings: SearchFindings,
    ) -> None:
        self._sender = DatagramSender(layers)
        self.findings = findings
        self._wanted = wanted
        self._on_found = on_found
        self._outbox = Outbox(Random(), timing)  # noqa: S311 - the waits between repetitions
        self._loop = asyncio.get_running_loop()
        self._interfaces: dict[Link, str] = {}
        self._hosts: dict[Link, SocketAddress] = {}
        self._open: list[UdpLink | BoundLink] = []
        self._more = asyncio.Event()

    async def open(self, list_interfaces: Callable[[], Sequence[Interface]]) -> None:
        """Raises OSError when nobody can be asked."""
        asked = probe(
            self._wanted.types,
            self._wanted.scopes,
            match_by=self._wanted.match_by,
            version=self._wanted.version,
            prefixes=self._wanted.prefixes,
        )
        errors: list[str] = []
        if self._wanted.selection is not None:
            for interface in await asyncio.to_thread(list_interfaces):
                if self._wanted.selection(interface):
                    await self._open_interface(interface, errors)
        for host, port in self._wanted.hosts:
            await self._open_host(host, port, errors)
        for error in errors:
            _log.info("%s", error)
        if not self._open:
            raise OSError("; ".join(dict.fromkeys(errors)) or "there is no such network interface")
        for link in self._open:
            self._send(asked, link)

    async def _open_interface(self, interface: Interface, errors: list[str]) -> None:
        for family in families():
            if interface.of_family(family):
                group = (GROUPS[family], self._wanted.port)
                link = UdpLink(interface, family, group, self._received, port=0, join=False)
                if await self._opened(link, repr(link), errors):
                    self._interfaces[link] = interface.name

    async def _open_host(self, host: str, port: int, errors: list[str]) -> None:
        try:
            known = await self._loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as error:
            errors.append(f"{host}: {error.strerror or error}")
            return
        for family, address in dict.fromkeys((each[0], each[4]) for each in known):
            if family in families():
                own = "::" if ip_address(str(address[0])).is_link_local else address_towards(str(address[0]))
                link = BoundLink(own or ("::" if family == socket.AF_INET6 else "0.0.0.0"), 0, self._received)  # noqa: S104 - nobody knows its port
                if await self._opened(link, str(address[0]), errors):
                    self._hosts[link] = address

    async def _opened(self, link: UdpLink | BoundLink, name: str, errors: list[str]) -> bool:
        try:
            await link.open()
        except OSError as error:
            errors.append(f"{name}: {error.strerror or error}")
            return False
        self._open.append(link)
        return True

    def _send(self, message: Message, link: Link) -> None:
        """Send it to whoever is behind the link, with repetitions.
        [discovery/timing/multicast-udp-repeat] [discovery/timing/unicast-udp-repeat]"""
        self.findings.expect(message.message_id)
        data = write_envelope(message)
        to = self._hosts.get(link)
        local = link.local_for("" if to is None else str(to[0]))
        self._outbox.put(self._loop.time(), link, to, local, lambda: data, kind=operation_of(message.action))
        self._more.set()

    def _received(self, link: Link, data: bytes, sender: SocketAddress, local: str) -> None:
        for found in self.findings.received(data, str(sender[0]), self._interfaces.get(link, "")):
            if not found.match.xaddrs:
                self._send(resolve(found.match.address, version=found.version), link)
            self._on_found(found)

    async def run(self) -> None:
        """Send and listen until the time is over. [discovery/timing/match-timeout]"""
        end = self._loop.time() + self._wanted.timeout
        while (now := self._loop.time()) < end:
            for datagram in self._outbox.due(now):
                self._sender.send(datagram)
            self._more.clear()
            due = self._outbox.next_due
            wait = (end if due is None else min(due, end)) - self._loop.time()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(wait, 0)):
                    await self._more.wait()

    def close(self) -> None:
        self._sender.close()
        for link in self._open:
            link.close()
