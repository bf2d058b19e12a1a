"""Links on loopback: who hears what, ports that are shared, and what is lost in silence."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from ipaddress import ip_interface

import pytest

from emulator.transport.interfaces import Interface, interfaces
from emulator.transport.udp import BoundLink, SocketAddress, UdpLink, address_towards

GROUP = "239.255.255.250"


def loopback() -> Interface:
    return next(interface for interface in interfaces() if interface.is_loopback)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Ear:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, SocketAddress, str]] = []

    def __call__(self, link: UdpLink | BoundLink, data: bytes, sender: SocketAddress, local: str) -> None:
        self.heard.append((data, sender, local))


async def until(check: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if check():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("not within 10 s")


async def test_all_who_share_the_port_hear_the_group_and_answers_come_back() -> None:
    # The law: [soap/udp/one-envelope-a-datagram] [wsdapi/udp/port-shared]
    port, first, second, asker = free_port(), Ear(), Ear(), Ear()
    group = (GROUP, port)
    listening = [UdpLink(loopback(), socket.AF_INET, group, ear) for ear in (first, second)]
    asking = UdpLink(loopback(), socket.AF_INET, group, asker, port=0, join=False)
    links = [*listening, asking]
    for link in links:
        await link.open()
    try:
        asking.send(b"who is there?", None, "127.0.0.1")
        await until(lambda: bool(first.heard and second.heard))
        data, sender, local = first.heard[0]
        assert (data, sender[0], local) == (b"who is there?", "127.0.0.1", "")
        listening[0].send(b"me", sender, "127.0.0.1")
        await until(lambda: bool(asker.heard))
        assert asker.heard == [(b"me", ("127.0.0.1", port), "127.0.0.1")]
        assert not any(data == b"me" for ear in (first, second) for data, _, _ in ear.heard)
    finally:
        for link in links:
            link.close()


async def test_a_datagram_to_our_own_address_is_told_as_such() -> None:
    port, ear, asker = free_port(), Ear(), Ear()
    link, asking = UdpLink(loopback(), socket.AF_INET, (GROUP, port), ear), BoundLink("127.0.0.1", 0, asker)
    await link.open()
    await asking.open()
    try:
        asking.send(b"you?", ("127.0.0.1", port), "127.0.0.1")
        await until(lambda: bool(ear.heard))
        assert ear.heard[0][2] == "127.0.0.1"
    finally:
        link.close()
        asking.close()


async def test_who_does_not_join_does_not_hear_the_group() -> None:
    port, deaf, hearing = free_port(), Ear(), Ear()
    links = [
        UdpLink(loopback(), socket.AF_INET, (GROUP, port), deaf, join=False),
        UdpLink(loopback(), socket.AF_INET, (GROUP, port), hearing),
    ]
    for link in links:
        await link.open()
    try:
        links[0].send(b"all", None, "127.0.0.1")
        await until(lambda: bool(hearing.heard))
        assert deaf.heard == []
    finally:
        for link in links:
            link.close()


async def test_sending_never_raises() -> None:
    link = UdpLink(loopback(), socket.AF_INET, (GROUP, free_port()), Ear())
    link.send(b"before it is open", None, "127.0.0.1")
    await link.open()
    link.send(b"to another family", ("fe80::1", 9, 0, 1), "127.0.0.1")
    link.send(b"x" * 70_000, ("127.0.0.1", 9), "127.0.0.1")
    link.close()
    link.send(b"after it was closed", None, "127.0.0.1")
    assert link.local_for("127.0.0.5") == "" and repr(link).endswith("/IPv4")
    bound = BoundLink("127.0.0.1", 0, Ear())
    bound.send(b"before", ("127.0.0.1", 9), "127.0.0.1")
    bound.close()
    await asyncio.sleep(0.05)


async def test_an_address_that_is_not_ours_is_an_oserror_and_one_of_two_is_tried_again() -> None:
    foreign = Interface("lo", loopback().index, (ip_interface("203.0.113.1/32"),))
    with pytest.raises(OSError):
        await UdpLink(foreign, socket.AF_INET, (GROUP, free_port()), Ear()).open()
    with pytest.raises(OSError, match="family"):
        await UdpLink(foreign, socket.AF_INET6, (GROUP, free_port()), Ear()).open()
    both = Interface("lo", loopback().index, (ip_interface("127.0.0.1/8"), ip_interface("203.0.113.1/32")))
    link = UdpLink(both, socket.AF_INET, (GROUP, free_port()), Ear())
    await link.open()
    assert not await link.open_missing()
    link.close()


async def test_a_port_that_is_taken_is_an_oserror() -> None:
    first = BoundLink("127.0.0.1", free_port(), Ear())
    await first.open()
    with pytest.raises(OSError):
        await BoundLink("127.0.0.1", first._port, Ear()).open()
    first.close()


async def test_a_group_that_cannot_be_joined_leaves_our_addresses(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    ear, asker, port = Ear(), Ear(), free_port()
    link = UdpLink(loopback(), socket.AF_INET, ("127.0.0.1", port), ear)  # no group at all
    asking = BoundLink("127.0.0.1", 0, asker)
    await link.open()
    await asking.open()
    try:
        assert "is not heard" in caplog.text
        assert not await link.open_missing()
        asking.send(b"you?", ("127.0.0.1", port), "")
        await until(lambda: bool(ear.heard))
    finally:
        link.close()
        asking.close()


def test_the_address_from_which_the_system_sends() -> None:
    assert address_towards("127.0.0.1") == "127.0.0.1"
    assert address_towards("999.1.1.1") == ""
    assert BoundLink("0.0.0.0", 0, Ear()).local_for("127.0.0.9") == "127.0.0.1"


@pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is the machine's own on Linux")
async def test_who_speaks_for_the_link_is_nobody_to_whom_an_address_belongs_alone() -> None:
    """Addresses are given away and back while the link is open."""
    reserved: set[str] = set()
    lo = Interface("lo", socket.if_nametoindex("lo"), tuple(ip_interface(f"127.0.0.{last}/8") for last in (21, 22)))
    link = UdpLink(lo, socket.AF_INET, (GROUP, free_port()), Ear(), reserved=reserved)
    await link.open()
    try:
        for given, left in (((), "21"), (("21",), "22"), (("21", "22"), ""), (("22",), "21")):
            reserved.clear()
            reserved.update(f"127.0.0.{last}" for last in given)
            for host in ("", "127.0.0.99"):
                assert link.local_for(host) == (left and f"127.0.0.{left}"), (host, given)
    finally:
        link.close()
