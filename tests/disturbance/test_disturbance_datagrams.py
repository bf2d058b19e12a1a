"""Every alteration of a datagram, met by a plain socket, by the reader of WSDiscovery, and by our own search, which
is not strict: by UDP nobody is refused, and what departs is passed over."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from disturbed import alterations_but_of_devices, is_seen
from message_bench import plan_of
from test_layers_datagram import ADDRESS, AT_ONCE, Asker, free_port
from wsdiscovery.message import parseSOAPMessage

from emulator.disturbance.acting import Acting
from emulator.disturbance.datagrams import AlteredDatagrams
from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.dpws.announcer import Announcer
from emulator.dpws.asker import Search, search
from emulator.dpws.constants import DEVICE_TYPE
from emulator.dpws.discovery import probe, read_probe_matches
from emulator.dpws.headers import OF_DISCOVERY
from emulator.dpws.points import LaterDatagram, OutgoingDatagram
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.target import Target
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.faults.alteration import At, Role
from emulator.faults.alterations import alterations_at
from emulator.faults.plan import read_plan
from emulator.layers import Layers
from emulator.soap.deviations import CLAUSES, Deviations
from emulator.soap.envelope import read_envelope, write_envelope
from emulator.soap.fault import FaultError
from emulator.soap.reading import ContentError
from emulator.soap.xml import QName, XmlRefused

SCAN_DEVICE = QName("http://schemas.microsoft.com/windows/2006/08/wdp/scan", "ScanDeviceType")
XADDRS = "http://127.0.0.1:80/x"
INSTANCE = 1_700_000_000
FOUND = f"{ADDRESS} at {XADDRS}"
OTHER = "urn:uuid:0dd0dd0d-0dd0-40dd-80dd-0dd0dd0dd0dd"
QUIET = 0.1
"""Seconds after which nothing more is taken to come."""
UDP = "by UDP nobody is refused, and the reader asks for nothing that a search does not need"


@dataclass(frozen=True)
class Row:
    """What is seen of one alteration of ProbeMatches."""

    name: str
    seen: Callable[[list[bytes]], Any]
    """True of the datagrams that a plain socket got."""
    wsdiscover: str = FOUND
    """Where WSDiscovery's reader says the target is, or what it raises; 'nothing' where it passes it over."""
    own: str = ""
    """The clause that our own reader names, or 'passed over'."""
    why: str = ""
    """Why it does not name the clause that is broken."""
    parameters: dict[str, Any] = field(default_factory=dict)


def one(pattern: bytes) -> Callable[[list[bytes]], Any]:
    """One datagram, and in it a pattern."""
    return lambda came: len(came) == 1 and re.search(pattern, came[0])


def without(octets: bytes) -> Callable[[list[bytes]], bool]:
    return lambda came: len(came) == 1 and octets not in came[0]


ROWS = (
    # Whether it goes out
    Row("lost", lambda came: came == [], "nothing", "passed over"),
    Row("twice", lambda came: len(came) == 2 and came[0] == came[1]),
    Row("twice", lambda came: len(came) == 4, parameters={"copies": 4, "gap": 0.01}),
    Row("late", lambda came: len(came) == 1, parameters={"seconds": 0.3}, why=UDP),
    Row("too-large", lambda came: len(came[0]) >= 5000, why="4096 octets are too much for one client alone"),
    Row(
        "too-large",
        lambda came: len(came[0]) >= 40_000,
        own="passed over",
        why=UDP,
        parameters={"octets": 40_000},
    ),
    Row("two-in-one", lambda came: came[0].count(b"<?xml") == 2, "nothing", "passed over", UDP),
    Row("truncated", lambda came: len(came[0]) in range(200, 1000), "nothing", "passed over", UDP),
    Row("another-text", one(rb"^M-SEARCH \*"), "nothing", "passed over", UDP),
    Row("http-head", one(rb"^HTTP/1\.1 200 OK\r\n"), "nothing", "passed over", UDP),
    # Which message it is
    Row(
        "instance-id-back",
        one(rb'InstanceId="1699999999"'),
        why="who has not heard of the target before cannot know",
    ),
    Row("instance-id-missing", without(b"InstanceId"), why=UDP),
    Row("message-number-repeated", one(rb'MessageNumber="7"'), parameters={"number": 7}, why=UDP),
    Row("no-app-sequence", without(b"AppSequence"), why=UDP),
    Row("sequence-id", one(rb'SequenceId="urn:uuid:5e9e'), why="it is allowed; one client stumbles over it"),
    Row("message-id-other", one(rb"MessageID>urn:uuid:1<"), parameters={"id": "urn:uuid:1"}, why=UDP),
    Row(
        "message-id-of-the-question",
        lambda came: (
            re.findall(rb"(?:MessageID|RelatesTo)>([^<]+)<", came[0])[0]
            == re.findall(rb"(?:MessageID|RelatesTo)>([^<]+)<", came[0])[1]
        ),
        why=UDP,
    ),
    Row("message-id-missing", without(b"MessageID"), "IndexError", "addressing/message-id/required"),
    Row(
        "relates-to-wrong",
        one(rb"RelatesTo>urn:uuid:2<"),
        own="passed over",
        parameters={"id": "urn:uuid:2"},
        why=UDP,
    ),
    Row("relates-to-missing", without(b"RelatesTo"), "IndexError", "passed over", UDP),
    Row("action-wrong", one(rb"Action>http://elsewhere\.invalid/NoSuch"), "nothing", "passed over", UDP),
    Row("to-missing", without(b"wsa:To>"), own="addressing/to/of-a-request", why="To has a rule of its own"),
    Row("to-wrong", one(rb"To>http://elsewhere"), why=UDP),
    # What it says
    Row("xaddrs-unreachable", one(rb"XAddrs>http://192\.0\.2\.1:5357/nobody<"), "at http://192.0.2.1:", why=UDP),
    Row("xaddrs-missing", without(b"XAddrs"), f"{ADDRESS} at ", why="Resolve asks for them"),
    Row("xaddrs-two", one(rb"x http://192\.0\.2\.1"), f"{XADDRS} http://192.0.2.1", why="it is allowed"),
    Row(
        "xaddrs-two",
        one(rb">http://192\.0\.2\.1:5357/nobody http"),
        "at http://192.0.2.1:5357/nobody ",
        why="it is allowed",
        parameters={"first": True},
    ),
    Row(
        "xaddrs-without-scheme",
        one(rb"XAddrs>127\.0\.0\.1:80/x<"),
        "at 127.0.0.1:80/x",
        why=UDP,
    ),
    Row("metadata-version-changed", one(rb"MetadataVersion>2<"), why="who has not heard of it before cannot know"),
    Row("metadata-version-missing", without(b"MetadataVersion"), "IndexError", "bdsrr/6.2/required-elements", UDP),
    Row("types-other", one(rb"Types[^>]*>wsdp:Device other:Thing<"), f"{FOUND} as Device Thing", why=UDP),
    Row(
        "types-undeclared",
        one(rb"Types[^>]*>d1:Device d2:"),
        "",
        "bdsrr/6.2/namespace-of-each-element",
        "a name whose prefix means nothing is one of no namespace",
    ),
    Row("types-missing", without(b"Types"), why=UDP),
    Row(
        "address-other",
        one(OTHER.encode()),
        f"{OTHER} at {XADDRS}",
        why="who has not heard of it before cannot know",
    ),
    Row("address-form", one(rb"Address>uuid:1111"), ADDRESS.removeprefix("urn:"), why=UDP),
    Row(
        "address-missing",
        without(b"EndpointReference"),
        "IndexError",
        "bdsrr/6.2/required-elements",
        "what is missing is named by the rule of all that is missing",
    ),
    Row(
        "match-before",
        lambda came: came[0].index(OTHER.encode()) < came[0].index(ADDRESS.encode()),
        f"{OTHER} at {XADDRS}",
        why="it is allowed; one client reads the first alone",
    ),
    Row("no-match", without(b"EndpointReference"), "no match", why=UDP),
    Row("version-2009", one(rb"ws-dd/ns/discovery/2009/01"), "nothing", "passed over", UDP),
)
ALTERATIONS = alterations_but_of_devices(At.DATAGRAM)
BY_THE_CLOCK = {"late"}
"""The datagram is the same; when it comes is seen."""
OF_HELLO = {"bye-behind"}
"""Seen in another test: they are at no ProbeMatches."""


def test_every_alteration_of_datagrams_stands_in_the_table() -> None:
    assert {row.name for row in ROWS} | OF_HELLO == set(ALTERATIONS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_why_no_clause_is_named(row: Row) -> None:
    assert row.why or ALTERATIONS[row.name].clause in ("", row.own)


def wsdiscover(came: list[bytes]) -> str:
    """What WSDiscovery's reader makes of the first datagram."""
    if not came:
        return "nothing"
    try:
        message = parseSOAPMessage(came[0], "127.0.0.1")
    except Exception as error:  # its own threads pass over whatever it raises
        return type(error).__name__
    if message is None:
        return "nothing"
    matches = message.getProbeResolveMatches()
    if not matches:
        return "no match"
    types = " ".join(each.getLocalname() for each in matches[0].getTypes())
    return f"{matches[0].getEPR()} at {' '.join(matches[0].getXAddrs())} as {types}"


def own(came: list[bytes], asked: str) -> str:
    """What our own reader says of the first datagram: clauses, or that a search passes it over."""
    if not came or len(came[0]) > 32767:
        return "passed over"
    deviations = Deviations()
    try:
        received = read_envelope(came[0], DISCOVERY_ADDRESSING, understood=OF_DISCOVERY)
        if received.message.relates_to != asked or not received.message.action.endswith(
            "2005/04/discovery/ProbeMatches"
        ):
            return "passed over"
        read_probe_matches(received.message, deviations)
    except (XmlRefused, FaultError, ContentError):
        return "passed over"
    found = [each.id for each in (*received.deviations, *deviations)]
    return " ".join(re.findall(r"\[(.*?)\]", " ".join(CLAUSES[each] for each in found)))


class OwnAsker(Asker):
    """Knows what it has asked."""

    asked = ""

    async def ask(self, port: int, seconds: float = 10.0, quiet: float = QUIET) -> list[bytes]:
        """All that come to a new Probe."""
        question = probe((DEVICE_TYPE,))
        self.asked = question.message_id
        self.transport.sendto(write_envelope(question), ("127.0.0.1", port))
        found = []
        try:
            async with asyncio.timeout(seconds) as limit:
                while True:
                    found.append(await self.came.get())
                    limit.reschedule(asyncio.get_running_loop().time() + quiet)
        except TimeoutError:
            return found


@asynccontextmanager
async def announced(plan: bytes, *, multicast: bool = False) -> AsyncIterator[tuple[int, Ledger]]:
    """A device on the network with a plan at its datagrams; its UDP port."""
    ledger = Ledger(read_plan(plan, "plan.toml").for_roles({Role.DEVICE}))
    layers = Layers()
    disturb(ledger, {Role.DEVICE}, layers, "MFP")
    port = free_port()
    announcer = Announcer(port=port, multicast=multicast, timing=AT_ONCE, layers=layers)
    target = Target(ADDRESS, (DEVICE_TYPE, SCAN_DEVICE), "/x", instance_id=INSTANCE)
    announcer.add(Publication(target, at_port(80)))
    async with announcer:
        yield port, ledger


@asynccontextmanager
async def asker() -> AsyncIterator[OwnAsker]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        OwnAsker, local_addr=("127.0.0.1", 0)
    )
    try:
        yield protocol
    finally:
        transport.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_what_an_asker_gets(row: Row) -> None:
    plan = plan_of(ALTERATIONS[row.name], "ProbeMatches", row.parameters)
    async with announced(plan) as (port, ledger), asker() as asking:
        begun = asyncio.get_running_loop().time()
        came = await asking.ask(port, 0.2 if row.name == "lost" else 10)
        took = asyncio.get_running_loop().time() - begun
        assert took >= row.parameters.get("seconds", 0) + QUIET or row.name not in BY_THE_CLOCK
        assert row.seen(came), came
        assert row.wsdiscover in wsdiscover(came)
        said = own(came, asking.asked)
        assert row.own in said if row.own else not said
    assert [(each.count, each.passes.conversation) for each in ledger.firings] == [(1, "127.0.0.1")]


async def test_no_row_is_true_of_a_datagram_that_is_not_altered() -> None:
    async with announced(plan_of(ALTERATIONS["lost"], "Hello", {})) as (port, _), asker() as asking:
        came = await asking.ask(port)
    assert not [row.name for row in ROWS if row.name not in BY_THE_CLOCK and is_seen(row.seen, came)]


async def test_a_datagram_has_no_address_of_ipv4() -> None:
    """A habit of devices, as a plain socket gets it and WSDiscovery's reader reads it."""
    habit = alterations_at(At.DATAGRAM)["xaddrs-without-ipv4"]
    async with announced(plan_of(habit, "ProbeMatches", {})) as (port, _), asker() as asking:
        came = await asking.ask(port)
    assert one(rb"XAddrs>http://\[::1\]:80/x<")(came)
    assert f"{ADDRESS} at http://[::1]:80/x as" in wsdiscover(came)


async def test_late_ones_hold_up_nobody_and_count_by_their_order() -> None:
    plan = plan_of(ALTERATIONS["late"], "ProbeMatches", {"seconds": 0.4}) + b"\nnth = 1"
    async with announced(plan) as (port, ledger), asker() as first, asker() as second:
        late = asyncio.create_task(first.ask(port))
        await asyncio.sleep(0.05)
        assert len(await second.ask(port)) == 1 and not late.done()
        assert len(await late) == 1
    assert len(ledger.firings) == 1


async def test_what_is_late_when_the_device_goes_does_not_go_out() -> None:
    plan = plan_of(ALTERATIONS["late"], "ProbeMatches", {"seconds": 500})
    begun = asyncio.get_running_loop().time()
    async with asker() as asking:
        async with announced(plan) as (port, ledger):
            assert await asking.ask(port, 0.2) == []
        await asyncio.sleep(0.05)
        assert asking.came.empty() and len(ledger.firings) == 1
    assert asyncio.get_running_loop().time() - begun < 10


async def test_a_bye_follows_the_hello() -> None:
    """As a socket in the group hears it, on loopback, and WSDiscovery's reader reads it."""
    plan = plan_of(ALTERATIONS["bye-behind"], "Hello", {"seconds": 0.1})
    async with announced(plan, multicast=True) as (port, _):
        group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        group.bind(("", port))
        group.setsockopt(
            socket.IPPROTO_IP,
            socket.IP_ADD_MEMBERSHIP,
            struct.pack("4s4s", socket.inet_aton("239.255.255.250"), socket.inet_aton("127.0.0.1")),
        )
        transport, listener = await asyncio.get_running_loop().create_datagram_endpoint(Asker, sock=group)
        async with asyncio.timeout(10):
            while b"/Bye<" not in (heard := await listener.came.get()):
                pass
        transport.close()
    bye = parseSOAPMessage(heard, "127.0.0.1")
    assert bye.getEPR() == ADDRESS and bye.getAction().endswith("/Bye")


async def test_a_question_of_ours_is_altered_too() -> None:
    """Probe, asked by `discover`: twice, and with another MessageID the second time."""
    transport, heard = await asyncio.get_running_loop().create_datagram_endpoint(Asker, local_addr=("127.0.0.1", 0))
    plan = plan_of(ALTERATIONS["twice"], "Probe", {}) + b"\nnth = 1\n"
    plan += plan_of(ALTERATIONS["message-id-missing"], "Probe", {}) + b"\nnth = 2"
    ledger = Ledger(read_plan(plan, "plan.toml").for_roles({Role.CLIENT}))
    layers = Layers()
    disturb(ledger, {Role.CLIENT}, layers)
    host = ("127.0.0.1", transport.get_extra_info("sockname")[1])
    for _ in range(2):
        await search(
            Search((DEVICE_TYPE,), timeout=0.2, selection=None, hosts=(host,)), timing=AT_ONCE, layers=layers
        )
    transport.close()
    came = [heard.came.get_nowait() for _ in range(3)]
    assert heard.came.empty() and came[0] == came[1] != came[2]
    assert [b"MessageID" in each for each in came] == [True, True, False]
    assert not ledger.unfired


async def altered(plan: bytes, *outgoing: tuple[bytes, str, str]) -> list[Any]:
    """What the handler gives for datagrams: octets, peer, kind."""
    ledger = Ledger(read_plan(plan, "plan.toml").for_roles({Role.DEVICE}))
    handler = AlteredDatagrams(Acting(ledger, {Role.DEVICE}, Layers(), "MFP"))
    return [await handler.datagram(OutgoingDatagram(data, (peer, 1), kind)) for data, peer, kind in outgoing]


async def test_counts_are_kept_for_each_peer() -> None:
    lost = plan_of(ALTERATIONS["lost"], "*", {}) + b"\nnth = 2"
    out = [(b"x", peer, "ProbeMatches") for peer in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.1")]
    assert await altered(lost, *out) == [(b"x",), (b"x",), (), (b"x",)]


async def test_two_faults_at_one_datagram_act_one_behind_the_other() -> None:
    twice = plan_of(ALTERATIONS["twice"], "*", {"gap": 2})
    cut = plan_of(ALTERATIONS["truncated"], "*", {})
    late = plan_of(ALTERATIONS["late"], "*", {"seconds": 3})
    (got,) = await altered(b"\n".join((twice, cut, late)), (b"abcd", "a", "Hello"))
    assert got == (LaterDatagram(3.0, b"ab"), LaterDatagram(5.0, b"ab"))
