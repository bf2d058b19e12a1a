"""The announcer on loopback: in this process, in two others at once, and under floods."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_interface
from pathlib import Path

import pytest
from discovery_values import SCAN_DEVICE, make_target, probe_by_hand, publish, resolve_by_hand
from programs import with_helpers
from sent_messages import problems_of_sent

from emulator.dpws.announcer import Announcer
from emulator.dpws.asker import Search, search
from emulator.dpws.discovery import read_app_sequence, read_bye, read_hello
from emulator.dpws.findings import Found
from emulator.dpws.outbox import Link, SocketAddress
from emulator.dpws.timing import Timing
from emulator.dpws.versions import DISCOVERY_ADDRESSING, V2005, V2009, DiscoveryVersion
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message, read_envelope
from emulator.soap.xml import QName
from emulator.transport.interfaces import Interface, interfaces, loopback_only, named
from emulator.transport.udp import UdpLink

GROUP = "239.255.255.250"
QUICK = Timing(app_max_delay=0.02, hello_max_delay=0.02, min_delay=0.01, max_delay=0.02, upper_delay=0.04)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def ask(port: int, *types: QName, seconds: float = 0.7, version: DiscoveryVersion = V2005) -> list[Found]:
    return await search(Search(types, timeout=seconds, selection=loopback_only, port=port, version=version))


async def ask_directly(port: int, host: str = "127.0.0.1") -> list[Found]:
    return await search(Search(timeout=0.7, selection=None, hosts=((host, port),)))


async def found(asking: Callable[[], Awaitable[list[Found]]], count: int = 1) -> list[Found]:
    """What is found at last: datagrams may be lost, and this machine may be busy."""
    for _ in range(8):
        answers = await asking()
        if len(answers) == count:
            break
    return answers


class Group:
    """Hears what goes to the group on loopback."""

    def __init__(self, port: int) -> None:
        loopback = next(interface for interface in interfaces() if interface.is_loopback)
        self._link = UdpLink(loopback, socket.AF_INET, (GROUP, port), self._heard)
        self.messages: list[Message] = []

    def _heard(self, link: Link, data: bytes, sender: SocketAddress, local: str) -> None:
        assert not problems_of_sent(data)
        self.messages.append(read_envelope(data, DISCOVERY_ADDRESSING).message)

    def named(self, name: str) -> list[Message]:
        return [message for message in self.messages if message.action.endswith(f"/{name}")]

    async def __aenter__(self) -> Group:
        await self._link.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._link.close()


async def until(check: Callable[[], bool], *, seconds: float = 10) -> None:
    for _ in range(int(seconds * 100)):
        if check():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {seconds} s")


async def test_hello_at_the_start_answers_in_between_and_bye_at_the_end() -> None:
    # The law: [wsdapi/wsdbit/hello-and-bye-same-endpoint] [discovery/life/hello-at-start-on-each-interface]
    # The law: [discovery/life/bye-at-stop] [discovery/life/hello-and-bye-same-address]
    port = free_port()
    async with Group(port) as group:
        announcer = Announcer(port=port, timing=QUICK)
        announcer.add(publish(make_target(1)))
        async with announcer:
            await until(lambda: len(group.named("Hello")) == 3)
            hello = read_hello(group.named("Hello")[0], Deviations())
            assert hello == make_target(1).match("http://127.0.0.1:5357")
            (answer,) = await found(lambda: ask(port, SCAN_DEVICE))
            assert answer.match == hello and answer.interface
            assert await ask(port, QName("urn:x", "Other"), seconds=0.3) == []
            (answer,) = await found(lambda: ask(port, version=V2009))
            assert answer.version is V2009
            assert [each.match for each in await found(lambda: ask_directly(port))] == [hello]
        await until(lambda: len(group.named("Bye")) >= 3)
        byes = group.named("Bye")
        assert [read_bye(bye, Deviations()) for bye in byes] == [hello.address] * 3
        sequences = [read_app_sequence(message) for message in (*group.named("Hello"), *byes)]
        numbers = [each.message_number for each in sequences if each]
        assert numbers == sorted(numbers) and len(set(numbers)) == 2, "repetitions keep their number"
        assert await ask(port, seconds=0.3) == []


async def test_targets_come_change_and_go_while_it_runs() -> None:
    # The law: [discovery/life/hello-after-a-change-of-metadata]
    port = free_port()
    async with Group(port) as group, Announcer(port=port, timing=QUICK) as announcer:
        first, second = make_target(1), make_target(2)
        announcer.add(publish(first))
        announcer.add(publish(second))
        assert len(await found(lambda: ask(port), 2)) == 2
        first.metadata_version += 1
        announcer.changed(first.address)
        await until(lambda: any(read_hello(m, Deviations()).metadata_version == 2 for m in group.named("Hello")))
        announcer.remove(second.address)
        await until(lambda: len(group.named("Bye")) == 3)
        assert [each.match.address for each in await found(lambda: ask(port))] == [first.address]
        announcer.remove("urn:uuid:nobody")
        with pytest.raises(ValueError, match="already"):
            announcer.add(publish(first))


async def test_what_was_taken_away_before_the_start_is_not_announced() -> None:
    port = free_port()
    announcer = Announcer(port=port, timing=QUICK)
    announcer.add(publish(make_target(1)))
    announcer.add(publish(make_target(2)))
    announcer.remove(make_target(1).address)
    announcer.changed(make_target(2).address)
    async with announcer:
        assert [each.match.address for each in await found(lambda: ask(port))] == [make_target(2).address]
        with pytest.raises(RuntimeError, match="started"):
            await announcer.start()
    await announcer.stop()


async def test_many_that_go_and_come_at_once_spread_what_they_say() -> None:
    """Else the buffers of those who listen overflow: a thousand Byes in one moment are some 800 KB."""
    port, many = free_port(), 200
    timing = Timing(hello_max_delay=0.02, multicast_repeat=0)
    loop = asyncio.get_running_loop()
    heard: dict[str, list[float]] = {"Hello": [], "Bye": []}

    class Timed(Group):
        def _heard(self, link: Link, data: bytes, sender: SocketAddress, local: str) -> None:
            for name, times in heard.items():
                if f"/{name}<".encode() in data:
                    times.append(loop.time())

    targets = [make_target(number) for number in range(1, many + 1)]
    async with Timed(port), Announcer(port=port, timing=timing) as announcer:
        for target in targets:
            announcer.add(publish(target), many)
        await until(lambda: len(heard["Hello"]) >= many * 0.9)
        for target in targets:
            announcer.remove(target.address, many)
        assert len(heard["Bye"]) < many / 2
    assert len(heard["Bye"]) >= many * 0.9, "at the end of the announcer all have been said"
    for name, spread in (("Hello", timing.hello_spread(many)), ("Bye", timing.bye_spread(many))):
        took = heard[name][-1] - heard[name][0]
        assert took > spread / 2, (name, took)


async def test_without_multicast_only_what_is_sent_to_our_address_is_answered() -> None:
    port = free_port()
    async with Group(port) as group, Announcer(port=port, timing=QUICK, multicast=False) as announcer:
        announcer.add(publish(make_target(1)))
        assert await ask(port, seconds=0.4) == []
        assert len(await found(lambda: ask_directly(port))) == 1
    assert not group.named("Hello") and not group.named("Bye")


async def test_by_default_nothing_listens_beyond_loopback() -> None:
    async with Announcer(port=free_port(), timing=QUICK) as announcer:
        assert announcer.links
        assert all(address.ip.is_loopback for link in announcer.links for address in link.addresses)


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is ours on Linux alone")
async def test_addresses_that_come_and_go_are_followed() -> None:
    # The law: [discovery/life/hello-with-new-addresses]
    port = free_port()
    index = next(interface.index for interface in interfaces() if interface.is_loopback)

    def there(*addresses: str) -> list[Interface]:
        return [Interface("lo", index, tuple(map(ip_interface, addresses)))] if addresses else []

    now = there("127.0.0.1/8")
    announcer = Announcer(
        port=port, timing=QUICK, poll=0.05, selection=named(["lo"]), list_interfaces=lambda: list(now)
    )
    announcer.add(publish(make_target(1)))
    async with Group(port) as group, announcer:

        def told() -> set[str]:
            return {url for m in group.named("Hello") for url in read_hello(m, Deviations()).xaddrs}

        await until(lambda: told() == {"http://127.0.0.1:5357/device/1"})
        now = there()
        await until(lambda: not announcer.links)
        now = there("127.0.0.2/8")
        await until(lambda: "http://127.0.0.2:5357/device/1" in told())
        assert [each.match.xaddrs for each in await found(lambda: ask_directly(port, "127.0.0.2"))] == [
            ("http://127.0.0.2:5357/device/1",)
        ]
        now = there("203.0.113.77/24")  # not ours: it cannot be used, and all else goes on
        await until(lambda: not announcer.links)
        now = there("127.0.0.3/8")
        await until(lambda: "http://127.0.0.3:5357/device/1" in told())


async def test_interfaces_that_are_not_told_leave_all_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    fail = False

    def listed() -> list[Interface]:
        if fail:
            raise OSError("scripted")
        return interfaces()

    announcer = Announcer(port=port, timing=QUICK, poll=0.05, list_interfaces=listed)
    announcer.add(publish(make_target(1)))
    async with announcer:
        fail = True
        await until(lambda: "scripted" in caplog.text)
        assert len(await found(lambda: ask(port))) == 1


@contextlib.contextmanager
def process(port: int, first: int, count: int = 1, instance_id: int = 5) -> Iterator[subprocess.Popen[str]]:
    """Another process with targets on that port; it has said Bye when the block ends."""
    started = subprocess.Popen(
        [
            sys.executable,
            Path(__file__).with_name("discovery_host.py"),
            *map(str, (port, first, count, instance_id)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=with_helpers(),
    )
    try:
        assert started.stdout is not None and started.stdout.readline() == "ready\n"
        yield started
    finally:
        try:
            started.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.communicate()
    assert started.returncode == 0


async def test_two_processes_share_the_port_and_one_goes() -> None:
    # The law: [wsdapi/udp/port-shared]
    port = free_port()
    with process(port, 1):
        async with Group(port) as group:
            with process(port, 2):
                assert len(await found(lambda: ask(port, seconds=1.2), 2)) == 2
                await until(lambda: len(group.named("Hello")) >= 1)
            await until(lambda: len(group.named("Bye")) >= 1)
        assert [each.match.address for each in await found(lambda: ask(port, seconds=1.2))] == [
            make_target(1).address
        ]


async def test_two_hundred_targets_of_a_process_are_each_found() -> None:
    port = free_port()
    with process(port, 1, 200):
        answers = await found(lambda: ask(port, seconds=2.5), 200)
        assert {each.match.address for each in answers} == {make_target(number).address for number in range(1, 201)}
        assert len({each.match.xaddrs for each in answers}) == 200


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE e [<!ENTITY a "aaaaaaaaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;&%c;">' % (98 + n, *[97 + n] * 4) for n in range(12))
    + b"]>"
    + probe_by_hand("&m;")[21:]
)


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is ours on Linux alone")
async def test_a_flood_is_answered_within_bounds_and_others_do_not_notice() -> None:
    port = free_port()
    with process(port, 1) as host, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flooder:
        assert host.stdin is not None and host.stdout is not None
        flooder.bind(("127.0.0.2", 0))
        flooder.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        flooder.setblocking(False)

        def memory() -> int:
            assert host.stdin is not None and host.stdout is not None
            print(file=host.stdin, flush=True)
            return int(host.stdout.readline())

        def flood() -> None:
            for number in range(6_000):
                for data in (probe_by_hand(), resolve_by_hand(make_target(1).address), BOMB, b"<x>" * 9_000)[
                    : 2 if number % 50 else 4
                ]:
                    with contextlib.suppress(BlockingIOError):
                        flooder.sendto(data, ("127.0.0.1", port))
                if number % 100 == 0:
                    time.sleep(0.02)  # for the receiving buffer

        assert len(await found(lambda: ask_directly(port))) == 1
        before = memory()
        begin = time.monotonic()
        flooding = asyncio.create_task(asyncio.to_thread(flood))
        await asyncio.sleep(0.3)
        others = [len(await found(lambda: ask_directly(port))) for _ in range(3)]
        await flooding
        await asyncio.sleep(1.5)
        seconds = time.monotonic() - begin
        answers = 0
        with contextlib.suppress(BlockingIOError):
            while flooder.recv(65_536):
                answers += 1
        assert others == [1, 1, 1]
        # 54 answers at once and 20.5 a second, each sent twice.
        assert 0 < answers <= 2 * (54 + 20.5 * seconds) + 10
        assert memory() - before < 20_000, "KB"
