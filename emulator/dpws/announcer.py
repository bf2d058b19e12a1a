"""Puts targets on the network: Hello, Bye, and answers to Probe and Resolve on every interface that is wanted,
also on one that comes later or comes back with another address."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence, Set
from random import Random
from typing import Final

from emulator.dpws.answer_limits import RateLimits
from emulator.dpws.constants import DISCOVERY_GROUP_IPV4, DISCOVERY_GROUP_IPV6, DISCOVERY_PORT
from emulator.dpws.outbox import Link, SocketAddress
from emulator.dpws.publication import Publication
from emulator.dpws.pump import Pump
from emulator.dpws.timing import MAX_BYE_SPREAD, Timing
from emulator.layers import Layers
from emulator.transport.interfaces import Interface, Selection, interfaces, loopback_only
from emulator.transport.udp import UdpLink, families

_log = logging.getLogger(__name__)

GROUPS: Final[Mapping[int, str]] = {socket.AF_INET: DISCOVERY_GROUP_IPV4, socket.AF_INET6: DISCOVERY_GROUP_IPV6}
"""The group of WS-Discovery in each address family."""

_DRAINING: Final = 2.0
"""Seconds beyond their times for which messages are waited for at the end."""
_MOST_LOOKING: Final = 0.005
"""Share of a processor for looks at the interfaces: one may have thousands of addresses."""

_Key = tuple[str, int]
"""Name of the interface, address family."""


class Announcer:
    """Any number of targets behind one link for each interface and address family.
    [discovery/life/hello-at-start-on-each-interface]"""

    def __init__(
        self,
        *,
        selection: Selection = loopback_only,
        multicast: bool = True,
        port: int = DISCOVERY_PORT,
        poll: float = 2.0,
        timing: Timing | None = None,
        limits: RateLimits | None = None,
        random: Random | None = None,
        list_interfaces: Callable[[], Sequence[Interface]] = interfaces,
        layers: Layers | None = None,
        reserved: Container[str] = (),
    ) -> None:
        """These are its parameters.

        - `selection`: the interfaces, by default loopback alone.
        - `multicast` False: no Hello, no Bye, the group is not heard, only datagrams to our own addresses are
          answered.
        - `poll`: seconds between looks at the interfaces.
        - `reserved`: IP addresses of ours that are one target's alone (`Publication.own`); they may come and go.
        """
        self._selection = selection
        self._multicast = multicast
        self._port = port
        self._poll = poll
        self.timing = timing or Timing()
        """How often and how late messages go out."""
        self._limits = limits
        self._random = random
        self._layers = layers
        self._list_interfaces = list_interfaces
        self._reserved = reserved
        self._look_took = 0.0
        """Seconds of a processor, for the last look at the interfaces."""
        self._following = asyncio.Lock()
        self._links: dict[_Key, UdpLink] = {}
        self._failed: dict[_Key, str] = {}
        self._waiting: list[Publication] = []
        self._pump: Pump | None = None
        self._follower: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen on the interfaces that are there, and announce all targets added so far. It returns when it
        listens; the Hellos go out within the timing's delay. An interface that cannot be used is told to the log
        and tried again at each poll."""
        if self._pump is not None:
            raise RuntimeError("the announcer has been started already")
        self._pump = Pump(
            timing=self.timing,
            limits=self._limits,
            random=self._random,
            layers=self._layers,
            reserved=self._reserved,
        )
        for publication in self._waiting:
            self._pump.responder.add(publication)
        self._waiting.clear()
        await self._follow()
        self._follower = asyncio.create_task(self._keep_following())

    async def stop(self) -> None:
        """Bye for every target, with its repetitions (some tenths of a second), then silence.
        [discovery/life/bye-at-stop] [discovery/life/hello-and-bye-same-address]
        [wsdapi/wsdbit/hello-and-bye-same-endpoint] [clients/wsdd/bye-forgets]"""
        pump, self._pump = self._pump, None
        if pump is None:
            return
        if self._follower is not None:
            self._follower.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._follower
        try:
            published = pump.responder.published
            self._say_bye(pump, published, len(published))
            # Others may have begun to take leave just before, so the longest spread counts.
            await pump.drain(MAX_BYE_SPREAD + self.timing.repeated_for + _DRAINING)
        finally:
            pump.close()
            for link in self._links.values():
                link.close()
            self._links.clear()

    async def __aenter__(self) -> Announcer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def links(self) -> Sequence[UdpLink]:
        """The links that are open."""
        return list(self._links.values())

    def add(self, publication: Publication, among: int = 1) -> None:
        """Put one more target on the network, one of so many that come now, whose Hellos are spread. Raises
        ValueError when its address is there already."""
        if self._pump is None:
            self._waiting.append(publication)
        else:
            self._pump.responder.add(publication)
            self._say_hello(self._links.values(), (publication,), among)

    async def move(self, address: str, own: str) -> None:
        """Let a target speak from another IP address of its own from now on, which is one of the machine already:
        Hello from there. Nothing of any other target goes out or is held up. Raises ValueError when the IP address
        is another's. [discovery/life/hello-with-new-addresses] [discovery/life/no-bye-for-a-lost-address]"""
        if self._pump is None:
            return
        await self._follow()
        found = self._pump.responder.find(address)
        if found is not None:
            self._pump.responder.move(found, own)
            self._say_hello(self._links.values(), (found,))

    def remove(self, address: str, among: int = 1) -> None:
        """Take a target off the network, with Bye; it is one of so many that go now, whose Byes are spread. Nothing
        happens when it is not there."""
        self._waiting = [each for each in self._waiting if each.target.address != address]
        if self._pump is not None:
            self._say_bye(self._pump, self._found(self._pump, address), among)

    def changed(self, address: str) -> None:
        """The metadata of a target have changed, and its MetadataVersion has risen: Hello.
        [discovery/life/hello-after-a-change-of-metadata]"""
        if self._pump is not None:
            self._say_hello(self._links.values(), self._found(self._pump, address))

    @staticmethod
    def _found(pump: Pump, address: str) -> list[Publication]:
        found = pump.responder.find(address)
        return [] if found is None else [found]

    def _say_hello(
        self, links: Iterable[UdpLink], publications: Sequence[Publication], among: int | None = None
    ) -> None:
        """`among`: how many say it now; None: these alone."""
        pump = self._pump
        if pump is None or not self._multicast:
            return
        spread = self.timing.hello_spread(len(publications) if among is None else among)
        for link in links:
            for publication in publications:
                pump.responder.hello(publication, link, pump.now, spread)
        pump.send_due()

    def _say_bye(self, pump: Pump, publications: Sequence[Publication], among: int) -> None:
        spread = self.timing.bye_spread(among)
        for publication in publications:
            for link in self._links.values() if self._multicast else ():
                pump.responder.bye(publication, link, pump.now, spread)
            pump.responder.remove(publication.target.address)
        pump.send_due()

    async def _keep_following(self) -> None:
        while True:
            await asyncio.sleep(max(self._poll, self._look_took / _MOST_LOOKING))
            try:
                await self._follow()
            except Exception:
                _log.exception("the network interfaces could not be followed")

    async def _follow(self) -> None:
        """Open links for what has come, close those of what has gone, go on with those that have other addresses;
        Hello of those that can be reached otherwise than before, and of no others.
        [discovery/life/hello-with-new-addresses] [discovery/life/no-bye-for-a-lost-address]"""
        async with self._following:
            await self._follow_interfaces()

    async def _follow_interfaces(self) -> None:
        wanted = {
            (interface.name, family): interface
            for interface in await asyncio.to_thread(self._selected)
            for family in families()
            if interface.of_family(family)
        }
        for key, link in list(self._links.items()):
            interface, before = wanted.get(key), link.spoken_from
            if interface is not None and not _differs(link, interface):
                if await link.open_missing():
                    self._reached_anew(link, before)
                continue
            _log.info("%r: %s", link, "gone" if interface is None else "its addresses have changed")
            if interface is not None and await link.readdress(interface):
                self._reached_anew(link, before)
                continue
            del self._links[key]
            self._close(link)
        for key, interface in wanted.items():
            if key not in self._links and (new := await self._open(key, interface)) is not None:
                self._reached_anew(new, frozenset())

    def _reached_anew(self, link: UdpLink, before: Set[str]) -> None:
        """A link has other addresses than `before`, or hears the group now: Hello of whom that concerns."""
        if self._pump is None:
            return
        new = link.spoken_from - before
        # An address that is one target's alone concerns no other.
        changed = link.spoken_from ^ before
        shared = not changed or any(each not in self._reserved for each in changed)
        published = self._pump.responder.published
        self._say_hello([link], [each for each in published if (each.own in new if each.own else shared)])

    def _selected(self) -> list[Interface]:
        begun = time.thread_time()
        try:
            return [interface for interface in self._list_interfaces() if self._selection(interface)]
        except OSError as error:
            _log.warning("the network interfaces are not told: %s", error)
            return [link.interface for link in self._links.values()]
        finally:
            self._look_took = time.thread_time() - begun

    async def _open(self, key: _Key, interface: Interface) -> UdpLink | None:
        family = key[1]
        link = UdpLink(
            interface,
            family,
            (GROUPS[family], self._port),
            self._received,
            join=self._multicast,
            reserved=self._reserved,
        )
        try:
            await link.open()
        except OSError as error:
            # An IPv6 address cannot be used in its first seconds: told once, tried again at the next poll.
            if self._failed.get(key) != str(error):
                self._failed[key] = str(error)
                _log.info("%r cannot be used (yet): %s", link, error)
            return None
        self._failed.pop(key, None)
        self._links[key] = link
        _log.info("%r: listens at %s", link, ", ".join(str(each.ip) for each in link.addresses))
        return link

    def _received(self, link: Link, data: bytes, sender: SocketAddress, local: str) -> None:
        if self._pump is not None:
            self._pump.received(link, data, sender, local)

    def _close(self, link: UdpLink) -> None:
        link.close()
        if self._pump is not None:
            self._pump.responder.close(link)


def _differs(link: UdpLink, interface: Interface) -> bool:
    return link.interface.index != interface.index or link.addresses != interface.of_family(link.family)
