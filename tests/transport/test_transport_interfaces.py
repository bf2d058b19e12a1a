"""Interfaces of this machine, how they are chosen, and which of our addresses a peer reaches."""

from __future__ import annotations

import socket
from ipaddress import ip_interface

import pytest

from emulator.transport.interfaces import Interface, every, interfaces, loopback_only, named, nearest

ETH = Interface(
    "eth0",
    2,
    tuple(map(ip_interface, ("192.0.2.7/24", "198.51.100.7/24", "2001:db8::7/64", "fe80::7/64"))),
    "Ethernet 3",
)
LO = Interface("lo", 1, (ip_interface("127.0.0.1/8"), ip_interface("::1/128")), "lo")


def test_this_machine_has_a_loopback_interface() -> None:
    found = [interface for interface in interfaces() if interface.is_loopback]
    assert any("127.0.0.1" in str(address) for interface in found for address in interface.addresses)
    assert all(interface.index > 0 for interface in interfaces())


@pytest.mark.parametrize(
    ("selection", "lo", "eth"),
    [
        (loopback_only, True, False),
        (every, True, True),
        (named(["eth0"]), False, True),
        (named(["ETHERNET 3"]), False, True),
        (named(["192.0.2.7"]), False, True),
        (named(["fe80::7", "lo"]), True, True),
        (named(["eth1"]), False, False),
        (named([]), False, False),
    ],
)
def test_interfaces_are_chosen_by_name_or_address(selection, lo: bool, eth: bool) -> None:  # type: ignore[no-untyped-def]
    assert (selection(LO), selection(ETH)) == (lo, eth)


def test_a_link_local_address_stands_first() -> None:
    assert [str(each.ip) for each in ETH.of_family(socket.AF_INET6)] == ["fe80::7", "2001:db8::7"]
    assert [str(each.ip) for each in ETH.of_family(socket.AF_INET)] == ["192.0.2.7", "198.51.100.7"]


@pytest.mark.parametrize(
    ("peer", "own"),
    [
        ("192.0.2.1", "192.0.2.7"),
        ("198.51.100.1", "198.51.100.7"),
        ("203.0.113.1", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::7"),
        ("2001:db8::1", "2001:db8::7"),
        ("2001:db8:1::1", "2001:db8::7"),
        ("no address", ""),
    ],
)
def test_the_nearest_of_our_addresses(peer: str, own: str) -> None:
    assert nearest(ETH.addresses, peer) == own


def test_no_address_of_the_family_is_none() -> None:
    assert nearest(ETH.of_family(socket.AF_INET), "fe80::1") == ""
