"""Where a source sends events: to who asked for them, and to nobody else."""

from __future__ import annotations

import pytest

from emulator.dpws.eventing.reach import AnotherHost, NotAnAddress, delivery_url


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("http://10.0.0.7:5357/abc", "10.0.0.7"),
        ("https://10.0.0.7/abc?x=1", "10.0.0.7"),
        ("http://[2001:db8::7]:5357/", "2001:db8::7"),
        ("http://[2001:0DB8:0:0::7]:5357/", "2001:db8::7"),
        ("http://[::ffff:10.0.0.7]/", "10.0.0.7"),
        ("http://10.0.0.7/", "::ffff:10.0.0.7"),
        ("http://127.0.0.1:99/", "127.0.0.1"),
        ("http://127.8.8.8:99/", "127.0.0.1"),
        ("http://localhost:99/", "127.0.0.1"),
        ("http://LocalHost:99/", "::1"),
        ("http://[::1]:99/", "127.0.0.1"),
    ],
)
def test_their_own_address_is_taken_as_it_stands(address: str, peer: str) -> None:
    assert delivery_url(address, peer) == address


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("http://10.0.0.8/", "10.0.0.7"),
        ("http://pc.example/", "10.0.0.7"),
        ("http://10.0.0.7.example/", "10.0.0.7"),
        ("http://localhost/", "10.0.0.7"),
        ("http://127.0.0.1/", "10.0.0.7"),
        ("http://[::1]/", "2001:db8::7"),
        ("http://0.0.0.0/", "127.0.0.1"),
        ("http://10.0.0.7/", "127.0.0.1"),
        ("http://127.1/", "10.0.0.7"),
        ("http://2130706433/", "10.0.0.7"),
        ("http://0x7f000001/", "127.0.0.1"),  # a name, as far as we know
        ("http://239.255.255.250/", "10.0.0.7"),
        ("http://[fe80::1]/", "fe80::2%eth0"),
        ("http://[fe80::2%25eth0]/", "fe80::1%eth0"),
        ("http://10.0.0.7/", ""),
    ],
)
def test_another_host_is_taken_only_where_that_is_allowed(address: str, peer: str) -> None:
    with pytest.raises(AnotherHost):
        delivery_url(address, peer)
    assert delivery_url(address, peer, anywhere=True) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "urn:uuid:0c55e94e-6b2c-4e3d-8a57-4d34dd0d3f3c",
        "http://schemas.xmlsoap.org:bad/",
        "ftp://10.0.0.7/",
        "file:///etc/passwd",
        "soap.udp://10.0.0.7:3702",
        "//10.0.0.7/x",
        "http://",
        "http://10.0.0.7:0/",
        "http://10.0.0.7:99999/",
        "http://10.0.0.7/\r\nHost: x",
        "http://user:secret@10.0.0.7/",
        "http://10.0.0.8@10.0.0.7/",
        "http://@10.0.0.7/",
        "http://[10.0.0.7/",
        "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous",
    ],
)
def test_what_is_no_http_address_never_is_one(address: str) -> None:
    for anywhere in (False, True):
        with pytest.raises(NotAnAddress) as caught:
            delivery_url(address, "10.0.0.7", anywhere=anywhere)
        assert "\n" not in str(caught.value)


def test_a_link_local_address_is_called_through_the_peers_own_interface() -> None:
    # Their zone is a name on their machine: what they write has none, or one that means nothing here.
    assert delivery_url("http://[fe80::1]:5357/a?b", "fe80::1%eth0") == "http://[fe80::1%25eth0]:5357/a?b"
    assert delivery_url("https://[FE80::1]/", "fe80::1%eth0") == "https://[fe80::1%25eth0]/"
    for theirs in ("eth0", "eth1", "12"):
        assert delivery_url(f"http://[fe80::1%25{theirs}]/", "fe80::1%eth0") == "http://[fe80::1%25eth0]/"
