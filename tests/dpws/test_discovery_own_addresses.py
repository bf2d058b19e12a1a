"""Targets with an IP address of their own, and links whose addresses change: nobody speaks for another, and who is
not concerned says nothing."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_interface

import pytest
from discovery_values import AT_ONCE, FakeLink, Network, make_target, probe_by_hand, publish, resolve_by_hand

from emulator.dpws.announcer import Announcer
from emulator.dpws.outbox import SocketAddress
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.responder import DatagramOrigin
from emulator.dpws.timing import Timing
from emulator.transport.interfaces import Interface

SHARED, FIRST, SECOND = "192.0.2.7", "192.0.2.11", "192.0.2.12"
ABSENT = "192.0.2.13"


@dataclass(eq=False)
class LinkWithMany(FakeLink):
    """A link with a shared address and some that are one target's alone."""

    there: set[str] = field(default_factory=lambda: {SHARED, FIRST, SECOND})
    spoken: list[tuple[str, bytes]] = field(default_factory=list)

    def has(self, local: str) -> bool:
        return local in self.there

    def send(self, data: bytes, to: SocketAddress | None, local: str) -> None:
        self.spoken.append((local, data))


def network(timing: Timing = AT_ONCE) -> Network:
    """Target 1 has no address of its own, 2 and 3 have one, 4 one that is not there."""
    made = Network(targets=1, timing=timing)
    made.link = LinkWithMany(SHARED)
    for number, own in ((2, FIRST), (3, SECOND), (4, ABSENT)):
        made.publications.append(Publication(make_target(number), at_port(5357), own=own))
        made.responder.add(made.publications[-1])
    return made


def answered(made: Network, data: bytes, local: str = "") -> dict[str, str]:
    """From which address of ours each target answers, by its XAddrs."""
    made.responder.received(data, DatagramOrigin(made.link, ("192.0.2.1", 4000), local), made.now)
    found = {}
    for datagram in made.responder.due(made.now):
        text = datagram.data.decode()
        assert f"http://{datagram.local}:5357/" in text, "it names the address from which it speaks"
        (address,) = (each.target.address for each in made.publications if each.target.address in text)
        found[address] = datagram.local
    return found


def test_the_group_is_answered_by_each_from_its_own_address() -> None:
    made = network()
    one, two, three, _ = (each.target.address for each in made.publications)
    assert answered(made, probe_by_hand()) == {one: SHARED, two: FIRST, three: SECOND}


@pytest.mark.parametrize(("local", "who"), [(SHARED, 0), (FIRST, 1), (SECOND, 2)])
def test_an_address_is_answered_by_whose_it_is(local: str, who: int) -> None:
    made = network()
    address = made.publications[who].target.address
    assert answered(made, probe_by_hand(), local) == {address: local}
    for publication in made.publications:
        resolved = answered(made, resolve_by_hand(publication.target.address), local)
        assert resolved == ({address: local} if publication.target.address == address else {})


def test_an_address_whose_target_has_gone_is_nobody_s() -> None:
    made = network()
    reserved = {FIRST}
    made.responder._reserved = reserved
    assert made.responder.remove(made.publications[1].target.address) is not None
    assert answered(made, probe_by_hand(), FIRST) == {}


def test_hello_and_bye_go_out_from_its_own_address_and_not_where_it_is_not() -> None:
    made = network()
    for publication in made.publications:
        made.responder.hello(publication, made.link, made.now)
        made.responder.bye(publication, made.link, made.now)
    sent = [(each.kind, each.local) for each in made.responder.due(made.now)]
    assert sorted(sent) == sorted((kind, local) for kind in ("Bye", "Hello") for local in (SHARED, FIRST, SECOND))


def test_no_two_have_one_address_and_who_moves_leaves_it_to_others() -> None:
    made = network()
    with pytest.raises(ValueError, match="is the address of"):
        made.responder.add(Publication(make_target(9), at_port(5357), own=FIRST))
    with pytest.raises(ValueError, match="is the address of"):
        made.responder.move(made.publications[1], SECOND)
    assert isinstance(made.link, LinkWithMany)
    made.link.there.add(ABSENT)
    made.responder.remove(made.publications[3].target.address)
    made.responder.move(made.publications[1], ABSENT)
    made.responder.move(made.publications[2], FIRST)
    one, two, three, _ = (each.target.address for each in made.publications)
    assert answered(made, probe_by_hand()) == {one: SHARED, two: ABSENT, three: FIRST}


def test_a_thousand_byes_are_spread_and_one_goes_at_once() -> None:
    timing = Timing()
    assert timing.bye_spread(1) == timing.bye_spread(20) == 0
    assert timing.bye_spread(1000) == 2.0 and timing.bye_spread(10_000) == 3.0
    assert timing.bye_spread(10_000) + timing.repeated_for < 5
    assert timing.repeated_for == 0.75, "0.25 s, and twice that"
    assert Timing(multicast_repeat=0).repeated_for == 0
    made = Network(timing=timing, targets=100)
    for publication in made.publications:
        made.responder.bye(publication, made.link, made.now, timing.bye_spread(100))
    early = len(list(made.responder.due(made.now + 0.05)))
    assert 0 < early < 70, "they are spread over a fifth of a second"


QUICK = Timing(app_max_delay=0.01, hello_max_delay=0.01, min_delay=0.005, max_delay=0.01, upper_delay=0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is the machine's own on Linux")
async def test_a_link_goes_on_where_addresses_come_and_go() -> None:
    """Sockets of addresses that stay are the same; Hello of those alone that have another address."""
    addresses = [ip_interface(f"127.0.0.{number}/8") for number in (1, 11, 12)]
    own = {"127.0.0.11", "127.0.0.12", "127.0.0.13"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    announcer = Announcer(
        port=port,
        poll=60,
        timing=QUICK,
        reserved=own,
        list_interfaces=lambda: [Interface("lo", socket.if_nametoindex("lo"), tuple(addresses))],
    )
    shared, first, second = publish(make_target(1)), make_target(2), make_target(3)
    announcer.add(shared)
    announcer.add(Publication(first, at_port(5357), own="127.0.0.11"))
    announcer.add(Publication(second, at_port(5357), own="127.0.0.12"))
    async with announcer:
        await said(lambda: (shared.target.messages, first.messages, second.messages) == (1, 1, 1))
        (link,) = announcer.links
        speakers = dict(link._speakers)
        addresses.append(ip_interface("127.0.0.13/8"))
        addresses.pop(2)
        await announcer.move(second.address, "127.0.0.13")
        await said(lambda: second.messages == 2)
        assert announcer.links == [link] and link.spoken_from == {"127.0.0.1", "127.0.0.11", "127.0.0.13"}
        assert all(link._speakers[each] is speakers[each] for each in ("127.0.0.1", "127.0.0.11"))
        assert (shared.target.messages, first.messages) == (1, 1), "nobody else says anything"
        addresses.append(ip_interface("127.0.0.14/8"))  # one that stands for the link
        await announcer._follow()
        await said(lambda: shared.target.messages == 2)
        assert (first.messages, second.messages) == (1, 2)
        addresses.pop(0)  # by which the group is heard: the link is opened anew
        await announcer._follow()
        await said(lambda: (first.messages, second.messages) == (2, 3))
        assert announcer.links != [link]


async def said(check: Callable[[], bool]) -> None:
    for _ in range(500):
        if check():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was said")
