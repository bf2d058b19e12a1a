"""What stands in URLs, names, SIDs and access lists, read as text and octets."""

from __future__ import annotations

import pickle
import struct
import threading
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.directory.ad_entries import AccessGuard, first_name, group_sids, person
from emulator.directory.bind_result import KERBEROS_ERRORS, REASONS, bind_error, kerberos_error
from emulator.directory.deadline import Deadline
from emulator.directory.entry import Entry
from emulator.directory.errors import DirectoryError, DirectoryNonsense, NoRight, NoSuchUser, TooSlow
from emulator.directory.ldap_url import LdapPlace, is_ldap_url, parse_ldap_url
from emulator.directory.model import User
from emulator.directory.secret import Login, Secret
from emulator.directory.security_descriptor import PSP_STRING, read_access_list
from emulator.directory.sid import sid_octets, sid_text
from emulator.directory.user_name import UserName

JOE = "S-1-5-21-1-2-3-1106"
STAFF = "S-1-5-21-1-2-3-1103"
READ, WRITE, GENERIC_READ = 0x10, 0x20, 0x80000000


@pytest.mark.parametrize(
    ("text", "tls", "places"),
    [
        ("ldap://dsm.test", False, [LdapPlace("dsm.test", 389, False)]),
        ("LDAP://dsm.test/", False, [LdapPlace("dsm.test", 389, False)]),
        ("ldaps://dsm.test", True, [LdapPlace("dsm.test", 636, False)]),
        ("ldap://dc1.dsm.test:389", False, [LdapPlace("dc1.dsm.test", 389, True)]),
        ("ldap://192.0.2.7", False, [LdapPlace("192.0.2.7", 389, True)]),
        ("ldaps://[2001:db8::1]:3269", True, [LdapPlace("2001:db8::1", 3269, True)]),
        ("ldap:///", False, [LdapPlace("corp.test", 389, False)]),
        ("ldap:///DC=dsm,%20dc=test", False, [LdapPlace("dsm.test", 389, False)]),
        ("ldap://a:1 ldap://b", False, [LdapPlace("a", 1, True), LdapPlace("b", 389, False)]),
    ],
)
def test_urls(text: str, tls: bool, places: list[LdapPlace]) -> None:
    found = parse_ldap_url(text, "joe@corp.test")
    assert is_ldap_url(text) and (found.tls, list(found.places), str(found)) == (tls, places, text)


@pytest.mark.parametrize(
    "text",
    [
        "ldap:", "ldap:dsm", "ldap:/dsm", "ldap://h:0", "ldap://h:99999", "ldap://h:x", "ldap://joe:pw@h",
        "ldap://h/DC=a", "ldap:///CN=x", "ldap://h?x", "ldap://h#x", "ldap://a ldaps://b", "ldap://a http://b",
        "ldap://[::1", "ldap://a_b/../", "ldap://a<b",
    ],
)  # fmt: skip
def test_urls_that_are_none(text: str) -> None:
    assert is_ldap_url(text)
    with pytest.raises(DirectoryError) as caught:
        parse_ldap_url(text, "joe@corp.test")
    assert "pw" not in str(caught.value) and caught.value.exit_hint == 2


def test_a_url_without_a_host_needs_the_domain_of_the_user() -> None:
    for user in ("joe", "DSM\\joe"):
        with pytest.raises(DirectoryError, match="names it"):
            parse_ldap_url("ldap:///", user)
    assert not is_ldap_url("profiles/office") and not is_ldap_url("C:\\ldap")


@given(text=st.text(max_size=40))
def test_any_url_is_read_or_refused(text: str) -> None:
    try:
        found = parse_ldap_url(f"ldap://{text}", "joe@corp.test")
    except DirectoryError:
        return
    assert found.places


@pytest.mark.parametrize(
    ("text", "simple", "kerberos"),
    [
        ("joe", "joe@dsm.test", "joe@DSM.TEST"),
        ("joe@dsm.test", "joe@dsm.test", "joe@DSM.TEST"),
        ("DSM\\joe", "DSM\\joe", "joe@DSM.TEST"),
        ("dsm.test\\joe", "joe@dsm.test", "joe@DSM.TEST"),
        ("joe@other.test", "joe@other.test", "joe@OTHER.TEST"),
        ("a@b@dsm.test", "a@b@dsm.test", "a@b@DSM.TEST"),
    ],
)
def test_a_name_in_the_form_that_each_bind_wants(text: str, simple: str, kerberos: str) -> None:
    # The law: [adds/lookup/name-forms]
    name = UserName.parse(text)
    assert (name.for_simple_bind("dsm.test"), name.for_kerberos("dsm.test")) == (simple, kerberos)
    assert str(name) == text


@pytest.mark.parametrize("text", ["", "  ", "@dsm.test", "joe@", "DSM\\", "jo\ne", "joe\x00"])
def test_names_of_nobody(text: str) -> None:
    with pytest.raises(NoSuchUser):
        UserName.parse(text)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("010500000000000515000000010000000200000003000000 52040000", "S-1-5-21-1-2-3-1106"),
        ("010100000000000512000000", "S-1-5-18"),
        ("01020000000000052000000020020000", "S-1-5-32-544"),
        ("0101FFFFFFFFFFFF01000000", "S-1-0xFFFFFFFFFFFF-1"),
    ],
)
def test_sids_as_ms_dtyp_writes_them(octets: str, text: str) -> None:
    # The law: [adds/lookup/sid-as-text]
    assert sid_text(bytes.fromhex(octets)) == text
    assert sid_octets(text) == bytes.fromhex(octets)


@given(authority=st.integers(0, 2**48 - 1), parts=st.lists(st.integers(0, 2**32 - 1), max_size=15))
def test_sids_go_round(authority: int, parts: list[int]) -> None:
    octets = bytes((1, len(parts))) + authority.to_bytes(6, "big") + b"".join(struct.pack("<I", p) for p in parts)
    assert sid_octets(sid_text(octets)) == octets


@given(data=st.binary(max_size=100))
def test_any_octets_are_a_sid_or_refused(data: bytes) -> None:
    try:
        text = sid_text(data)
    except ValueError:
        return
    assert sid_octets(text) == data


@pytest.mark.parametrize("text", ["", "S-1", "S-1-5-", "S-2-5-21", "S-1-5-21-4294967296", "S-1-281474976710656-1"])
def test_texts_that_are_no_sid(text: str) -> None:
    with pytest.raises(ValueError, match="no SID"):
        sid_octets(text)


def ace(kind: int, sid: str, mask: int, flags: int = 0, of: UUID | None = None) -> bytes:
    body = struct.pack("<I", mask)
    if kind in (5, 6):
        body += struct.pack("<I", 0 if of is None else 1) + (b"" if of is None else of.bytes_le)
    body += sid_octets(sid)
    return struct.pack("<BBH", kind, flags, 4 + len(body)) + body


def descriptor(*entries: bytes, control: int = 0x8004) -> bytes:
    acl = b"".join(entries)
    dacl = struct.pack("<BBHHH", 4, 0, 8 + len(acl), len(entries), 0) + acl
    return struct.pack("<BBHIIII", 1, 0, control, 0, 0, 0, 20) + dacl


OTHER = UUID("11111111-0000-0000-0000-000000000000")


@pytest.mark.parametrize(
    ("entries", "may"),
    [
        ([], False),
        ([ace(0, JOE, READ)], True),
        ([ace(0, STAFF, READ)], True),
        ([ace(0, "S-1-5-21-9-9-9-1", READ)], False),
        ([ace(0, JOE, WRITE)], False),
        ([ace(0, JOE, GENERIC_READ)], True),
        ([ace(0, "S-1-5-11", READ)], True),
        ([ace(0, "S-1-1-0", READ)], True),
        ([ace(1, JOE, READ), ace(0, "S-1-5-11", READ)], False),
        ([ace(0, "S-1-5-11", READ), ace(1, JOE, READ)], True),
        ([ace(1, JOE, WRITE), ace(0, JOE, READ)], True),
        ([ace(0, JOE, READ, flags=0x08)], False),
        ([ace(5, JOE, READ, of=PSP_STRING)], True),
        ([ace(5, JOE, READ, of=OTHER)], False),
        ([ace(5, JOE, READ)], True),
        ([ace(6, JOE, READ, of=PSP_STRING), ace(0, JOE, READ)], False),
        ([ace(6, JOE, READ, of=OTHER), ace(0, JOE, READ)], True),
        ([ace(0x11, JOE, READ)], False),
    ],
)
def test_the_first_entry_that_is_about_the_user_and_the_property_decides(entries: list[bytes], may: bool) -> None:
    # The law: [adds/schema/readable-by-authenticated-users] [adds/access/protected-list-to-hide]
    assert read_access_list(descriptor(*entries)).may_read({JOE, STAFF}) is may


def test_no_list_lets_everybody_read_and_an_empty_one_nobody() -> None:
    assert read_access_list(descriptor(control=0x8000)).may_read({JOE})
    assert not read_access_list(descriptor()).may_read({JOE})


GOOD = descriptor(ace(0, JOE, READ), ace(5, STAFF, READ, of=PSP_STRING))


@given(data=st.binary(max_size=120), at=st.integers(0, len(GOOD)), cut=st.integers(0, len(GOOD)))
def test_a_broken_descriptor_is_refused_and_never_read_beyond_its_end(data: bytes, at: int, cut: int) -> None:
    for octets in (data, GOOD[:cut], GOOD[:at] + data + GOOD[at + len(data) :]):
        try:
            read_access_list(octets).may_read({JOE})
        except ValueError:
            continue


def test_who_may_use_a_scan_process_is_not_guessed() -> None:
    user = User("joe", "dsm.test", JOE, group_sids=None)
    access = read_access_list(descriptor(ace(0, STAFF, READ)))
    assert AccessGuard(JOE, None, "x")(user), "who has bound and could read it may use it"
    with pytest.raises(NoRight, match="access list may not be read"):
        AccessGuard("S-1-5-21-1-2-3-4", None, "x")(user)
    with pytest.raises(NoRight, match="tokenGroups"):
        AccessGuard(None, access, "x")(user)
    member = User("joe", "dsm.test", JOE, group_sids=(STAFF,))
    assert AccessGuard(None, access, "x")(member)


def test_a_person_whose_entry_is_odd() -> None:
    with pytest.raises(NoRight):
        person(Entry("CN=a"), "dsm.test", None, "x")
    with pytest.raises(DirectoryNonsense):
        person(Entry("CN=a", 0, {"objectsid": [b"\1\5"]}), "dsm.test", None, "x")
    bad = {"objectsid": [sid_octets(JOE)], "displayname": [b"\xff"], "memberof": [b"CN=A\\, B\\2B\\c3\\a4,DC=x"]}
    found = person(Entry("CN=a b", 0, bad), "dsm.test", None, "x")
    assert (found.name, found.display_name, found.groups) == ("a b", "\ufffd", ("A, B+ä",))
    assert group_sids(Entry("", 0, {"tokengroups": [b"x"]})) is None


@given(text=st.text(max_size=60))
def test_any_distinguished_name_has_a_first_name(text: str) -> None:
    assert isinstance(first_name(text), str)


def test_every_reason_of_a_refused_bind_is_an_error_of_its_own_exit_code() -> None:
    for code, (kind, reason) in REASONS.items():
        error = bind_error(49, f"80090308: LdapErr: DSID-0C090400, comment: x, data {code:x}, v1db1", "joe", "dc1")
        assert type(error) is kind and str(error) == f"dc1: joe: {reason}" and error.exit_hint in (3, 5)
    for code, (kind, _) in KERBEROS_ERRORS.items():
        number = code - 1765328384
        for shape in (number, number + (1 << 32)):  # signed, and as GSS-API gives it
            assert type(kerberos_error(shape, "text", "joe", "dc1")) is kind


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret("Joe-Passw0rd")
    login = Login("joe", secret)
    for shown in (repr(secret), str(secret), f"{secret}", repr(login), str(login), repr([login])):
        assert "Passw0rd" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret.reveal() == "Joe-Passw0rd"


def test_a_deadline_ends_what_blocks_and_passes_on_what_it_raises() -> None:
    assert Deadline(5).call(lambda: 7, "late") == 7
    with pytest.raises(ZeroDivisionError):
        Deadline(5).call(lambda: 1 // 0, "late")
    go_on = threading.Event()
    try:
        with pytest.raises(TooSlow, match=r"no end within 0\.1 s"):
            Deadline(0.1).call(lambda: go_on.wait(60), "no end")
        assert any(each.name == "directory call" for each in threading.enumerate()), "it was not waited for"
    finally:
        go_on.set()
