"""The file of a fleet: patterns, addresses, groups; and whatever is wrong with one, with its line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from ipaddress import ip_interface
from pathlib import Path

import pytest
from programs import environment

from emulator.environment.exit_codes import LabError
from emulator.network.address_pool import read_addresses
from emulator.network.fleet import Fleet
from emulator.network.fleet_file import FleetError, open_fleet, read_fleet
from emulator.network.needs import Needs, needs_of
from emulator.network.own_addresses import OwnAddresses
from emulator.network.patterns import read_pattern
from emulator.network.wanted_fleet import RUN_ROLES
from emulator.transport.interfaces import Interface, every

PLAN = """
seed = 4
[[fault]]
name = "jam"
at = "page"
page = 2
do = "MediaJam"
"""


def fleet(text: str, folder: Path) -> Fleet:
    return read_fleet(text, folder / "fleet.toml", RUN_ROLES)


def machine(*addresses: str) -> OwnAddresses:
    """With loopback, and with these addresses on one interface."""
    loopback = Interface("lo", 1, (ip_interface("127.0.0.1/8"),))
    outside = Interface("eth0", 2, tuple(ip_interface(each) for each in addresses))
    return OwnAddresses(None, lambda: [loopback, outside])


def test_groups_come_with_names_places_seeds_and_addresses(tmp_path: Path) -> None:
    made = fleet(
        """
        [arrival]
        per_second = 50
        [groups.lobby]
        count = 3
        names = "Lobby {n:03}"
        places = ["Floor {n}", "{{Hall}}"]
        addresses = ["10.77.0.8-10.77.0.9", "10.77.0.2"]
        seed = 5
        [groups.back]
        profile = "flatbed"
        count = 2
        [groups.one]
        names = "Alone"
        """,
        tmp_path,
    )
    assert (made.count, made.own_addresses, made.per_second) == (6, 3, 50)
    devices = list(made.devices(machine("10.77.0.2/24", "10.77.0.8/24", "10.77.0.9/24")))
    assert [each.name for each in devices] == [
        "Lobby 001", "Lobby 002", "Lobby 003", "Desk Flatbed back 1", "Desk Flatbed back 2", "Alone",
    ]  # fmt: skip
    assert [each.location for each in devices] == ["Floor 1", "{Hall}", "Floor 3", "", "", ""]
    assert [each.address for each in devices] == ["10.77.0.8", "10.77.0.9", "10.77.0.2", "", "", ""]
    assert [each.seed for each in devices] == [5, 1005, 2005, 0, 1000, 0]
    assert len({each.key for each in devices}) == len({each.serial_number for each in devices}) == 6
    assert "office-mfp#1" not in {each.key for each in devices}, "no fleet takes the identity of a plain run"


MISTAKES: Sequence[tuple[str, str]] = (
    ("", "groups: a fleet without devices is none"),
    ("[groups]\n", "groups: a fleet without devices is none"),
    ("[groups.a]\ncount = 0\n", "f:2: groups.a.count: 0 is not allowed; input should be greater"),
    ("[groups.a]\n\ncolour = 1\n", "f:3: groups.a.colour: no such field; there are: profile, count, names"),
    ("[groups.a]\nspeed = 'fast'\n", "f:2: groups.a.speed: 'fast' is not allowed; allowed: real, max"),
    ("[groups.a]\ncount = '3'\n", "f:2: groups.a.count: '3' is not allowed"),
    ("[groups.a]\nprofile = 'no-such'\n", "f:2: groups.a.profile: no-such"),
    ("[groups.a]\nhabits = ['no-such']\n", "f:2: groups.a.habits: there is no habit 'no-such'"),
    ("[groups.a]\nfaults = 'no-such.toml'\n", "f:2: groups.a.faults: "),
    ("[groups.a]\nnames = 'A {m}'\n", "f:2: groups.a.names: a brace means {n}"),
    ("[groups.a]\nnames = 'A {n:077}'\n", "f:2: groups.a.names: {n:077}: at most 20 digits"),
    ("[groups.a]\nnames = \"A\\u0001\"\n", "f:2: groups.a.names: "),
    ("[groups.a]\nplaces = 'A {'\n", "f:2: groups.a.places: a brace means {n}"),
    ("[groups.a]\ncount = 3\nnames = ['A', 'B']\n", "f:3: groups.a.names: two devices are 'A', of a and of a"),
    ("[groups.a]\nnames='A'\n[groups.b]\nnames='a'\n", "f:4: groups.b.names: two devices are 'a', of a and of b"),
    ("[groups.a]\naddresses = '10.77.0'\n", "f:2: groups.a.addresses: '10.77.0': "),
    ("[groups.a]\naddresses = '10.77.0.9-10.77.0.1'\n", "f:2: groups.a.addresses: '10.77.0.9-10.77.0.1': "),
    ("[groups.a]\naddresses = ['10.7.0.1', '10.7.0.0/29']\n", "f:2: groups.a.addresses: '10.7.0.0/29': 10.7.0.1 "),
    ("[groups.a]\ncount = 9\naddresses = '10.7.0.0/29'\n", "f:3: groups.a.addresses: 9 devices and 6 addresses"),
    ("[groups.a]\ncount = 6000\n[groups.b]\ncount = 6000\n", "f:4: groups.b.count: 12000 devices"),
    ("[groups.'a b']\n", "groups.a b: a group's name has"),
    ("[arrival]\nper_second = 0\n[groups.a]\n", "f:2: arrival.per_second: 0 is not allowed"),
    ("[arrival]\nevery = 1\n[groups.a]\n", "f:2: arrival.every: no such field; there are: per_second"),
    ("[group.a]\n", "no such field; there are: arrival, groups"),
    ("[groups.a\n", "f:1: is no TOML"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_what_is_wrong_is_told_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(FleetError) as raised:
        read_fleet(text, Path("f"), RUN_ROLES)
    lines = [f"f{'' if each.line is None else f':{each.line}'}: {each}" for each in raised.value.problems]
    assert any(told in line for line in lines), lines


def test_all_mistakes_are_told_by_the_command(tmp_path: Path) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text("[groups.a]\nprofile = 'no'\nhabits = ['no']\naddresses = '1'\n", "utf-8")
    with pytest.raises(LabError) as raised:
        open_fleet(path, RUN_ROLES)
    assert str(raised.value).startswith(f"--fleet {path}:2: groups.a.profile: ")
    assert [line.split(": ")[0] for line in raised.value.hint.splitlines()] == [f"{path}:3", f"{path}:4"]
    with pytest.raises(LabError, match="cannot be read"):
        open_fleet(tmp_path / "no-such.toml", RUN_ROLES)


def test_a_group_s_faults_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "night.toml").write_text(PLAN, "utf-8")
    made = fleet("[groups.a]\nfaults = 'night.toml'\n[groups.b]\nfaults = 'night.toml'\n[groups.c]\n", tmp_path)
    plan = made.plan(None)
    assert plan is not None and plan.seed == 4
    assert [(each.name, each.when.device) for each in plan.faults] == [("a: jam", "group a"), ("b: jam", "group b")]
    assert fleet("[groups.c]\n", tmp_path).plan(None) is None


@pytest.mark.parametrize(
    ("said", "first", "last", "count"),
    [
        ("10.77.0.4", "10.77.0.4", "10.77.0.4", 1),
        ("10.77.0.5/22", "10.77.0.1", "10.77.3.254", 1022),
        ("10.77.0.0/31", "10.77.0.0", "10.77.0.1", 2),
        ("10.77.0.4 - 10.77.1.9", "10.77.0.4", "10.77.1.9", 262),
        ("fd00::/120", "fd00::1", "fd00::ff", 255),
        ("fd00::/8", "fd00::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1 << 62),
    ],
)
def test_addresses_as_they_are_written(said: str, first: str, last: str, count: int) -> None:
    (found,) = read_addresses(said)
    assert (str(found.first), str(found.last), len(found)) == (first, last, count)
    assert found.first in found and next(iter(found)) == found.first


def test_only_addresses_that_the_machine_has_are_taken_and_each_once() -> None:
    own = machine("10.77.0.2/24", "10.77.0.5/24", "fd00::7/64", "fe80::1/64")
    wanted = read_addresses(["10.77.0.0/24", "fd00::/64", "fe80::/64"])
    assert own.choose(wanted, 2) == ["10.77.0.2", "10.77.0.5"]
    assert own.choose(wanted, 1) == ["fd00::7"], "and no link-local one"
    with pytest.raises(
        LabError, match=r"1 devices, and of 10\.77\.0\.1-10\.77\.0\.254, .* has 0 of them free"
    ) as raised:
        own.choose(wanted, 1)
    assert "ip address add 10.77.0.1/24 dev eth0" in raised.value.hint
    own.give_back("10.77.0.5")
    assert own.take("10.77.0.5") == "10.77.0.5"
    with pytest.raises(LabError, match="of another device"):
        own.take("10.77.0.5")
    for unknown in ("10.77.0.77", "scan1", ""):
        with pytest.raises(LabError):
            own.take(unknown)


def test_devices_see_their_own_addresses_and_what_was_chosen() -> None:
    own = machine("10.77.0.2/24", "10.77.0.5/24")
    assert [each.name for each in own.interfaces()] == ["lo"], "nothing was asked for"
    own.choose(read_addresses("10.77.0.5"), 1)
    own.choose(read_addresses("127.77.0.9"), 1)
    seen = {each.name: [str(one.ip) for one in each.addresses] for each in own.interfaces()}
    assert seen == {"lo": ["127.0.0.1", "127.77.0.9"], "eth0": ["10.77.0.5"]}
    chosen = OwnAddresses(every, lambda: [Interface("eth0", 2, (ip_interface("10.77.0.2/24"),))])
    assert [str(one.ip) for each in chosen.interfaces() for one in each.addresses] == ["10.77.0.2"]


def test_patterns_count() -> None:
    assert [read_pattern(text).of(7) for text in ("{n}", "{n:03}", "{n:3}", "{{n}}", "A")] == [
        "7", "007", "  7", "{n}", "A",
    ]  # fmt: skip
    assert read_pattern("{n:03}").counts and not read_pattern("{{n}}").counts


def test_a_thousand_devices_on_1024_descriptors_are_refused_before_the_start() -> None:
    needs = Needs(1000, 1109, 1024, 150 << 20, 8 << 30, 0)
    with pytest.raises(LabError, match="1000 devices need 1109 files and sockets, and a process may have 1024"):
        needs.require_room()
    with pytest.raises(LabError, match="of memory"):
        Needs(1000, 1109, None, 150 << 20, 100 << 20, 0).require_room()
    Needs(1000, 1109, 20_000, 150 << 20, 8 << 30, 0).require_room()


def test_needs_grow_with_addresses_and_devices() -> None:
    few, many = machine("10.77.0.2/24"), machine(*(f"10.77.1.{n}/24" for n in range(1, 101)))
    few.choose(read_addresses("10.77.0.0/24"), 1)
    many.choose(read_addresses("10.77.1.0/24"), 100)
    small, large = needs_of(1, few.interfaces(), 0), needs_of(100, many.interfaces(), 0)
    assert large.descriptors - small.descriptors == 99
    assert large.memory > small.memory
    assert Needs(1, 200, 300, 0, None, 0).connections == 164, "what is left, and what was kept for them"
    assert Needs(1, 200, None, 0, None, 0).connections == 1000


def test_devices_without_a_fleet_wait_for_nothing_of_one() -> None:
    """What alters messages takes a third of a second to be there."""
    code = "import sys, emulator.network.device_network; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(checked=False),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "emulator.network.fleet" in loaded
    assert not loaded & {"emulator.faults.plan", "emulator.network.fleet_file"}
