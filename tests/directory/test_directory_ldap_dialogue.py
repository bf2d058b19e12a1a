"""The LDAP dialogue without a network, fed with what a directory may send and with what it may not."""

from __future__ import annotations

from typing import Any

import pytest
import sansldap
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_directory import BASE, root_dse

from emulator.directory import framing
from emulator.directory import ldap_dialogue as dialogue_module
from emulator.directory.errors import ClearText, ConnectionEnded, DirectoryError, DirectoryNonsense
from emulator.directory.framing import MAX_MESSAGE_BYTES, MessageFrames, SealedFrames, sealed
from emulator.directory.ldap_dialogue import LdapDialogue, LdapResult, Scope


class Mirror:
    """A security layer that turns octets over."""

    def wrap(self, data: bytes) -> bytes:
        return bytes(octet ^ 0xFF for octet in data)

    def unwrap(self, data: bytes) -> bytes:
        return self.wrap(data)


def asked(dialogue: LdapDialogue) -> tuple[sansldap.LDAPServer, Any]:
    """The request as another implementation reads it, and who can answer it."""
    server = sansldap.LDAPServer()
    (message,) = server.receive(dialogue.data_to_send())
    return server, message


def searching(**options: Any) -> tuple[LdapDialogue, sansldap.LDAPServer, Any]:
    dialogue = LdapDialogue(inside_tls=False)
    dialogue.search(BASE, Scope.ONE_LEVEL, None, ("cn",), **options)
    return dialogue, *asked(dialogue)


def test_a_search_gives_entries_references_and_the_next_page_s_cookie() -> None:
    # The law: [adds/lookup/referrals-skipped]
    dialogue, server, message = searching(cookie=b"", access_lists=True, seconds=7)
    assert (message.base_object, message.time_limit, message.attributes) == (BASE, 7, ["cn"])
    controls = {control.control_type: control for control in message.controls}
    assert controls["1.2.840.113556.1.4.319"].size == 500
    assert controls["1.2.840.113556.1.4.801"].value == bytes.fromhex("3003020107")
    for name in ("a", "b"):
        server.search_result_entry(
            message.message_id, f"CN={name}", [sansldap.PartialAttribute("CN;x", [b"1", b"2"])]
        )
    server.search_result_reference(message.message_id, ["ldap://other.test/DC=other"])
    page = sansldap.PagedResultControl(critical=False, size=0, cookie=b"more")
    server.search_result_done(message.message_id, controls=[page])
    data = server.data_to_send()
    results = [dialogue.receive(data[at : at + 1]) for at in range(len(data))]
    result = results.pop()
    assert all(each is None for each in results) and isinstance(result, LdapResult) and result.ok
    assert [entry.dn for entry in result.entries] == ["CN=a", "CN=b"]
    assert result.entries[0].attributes == {"cn": [b"1", b"2"]}
    assert result.references == ("ldap://other.test/DC=other",)
    assert result.cookie == b"more"


def test_no_password_goes_out_outside_tls_and_no_empty_one_at_all() -> None:
    # The law: [adds/bind/no-clear-text-password]
    with pytest.raises(ClearText):
        LdapDialogue(inside_tls=False).bind_simple("joe", "secret")
    inside = LdapDialogue(inside_tls=True)
    for name, password in (("joe", ""), ("", "secret")):
        with pytest.raises(ClearText):
            inside.bind_simple(name, password)
    assert inside.data_to_send() == b""
    inside.bind_simple("joe", "secret")
    _, message = asked(inside)
    assert message.authentication.password == "secret"


def test_octets_that_come_before_the_seal_or_before_tls_are_not_taken_for_sealed_ones() -> None:
    dialogue = LdapDialogue(inside_tls=False)
    dialogue.bind_sasl(b"token")
    server, message = asked(dialogue)
    server.bind_response(message.message_id)
    assert dialogue.receive(server.data_to_send() + b"\x30\x03") is not None
    with pytest.raises(DirectoryNonsense, match="unsealed"):
        dialogue.seal(Mirror())

    dialogue = LdapDialogue(inside_tls=False)
    dialogue.start_tls()
    server, message = asked(dialogue)
    server.extended_response(message.message_id)
    assert dialogue.receive(server.data_to_send() + b"\x30\x03") is not None
    with pytest.raises(DirectoryNonsense, match="clear octets"):
        dialogue.tls_started()


@given(cuts=st.lists(st.integers(1, 40), max_size=20))
def test_sealed_answers_arrive_in_any_pieces(cuts: list[int]) -> None:
    dialogue = LdapDialogue(inside_tls=False)
    dialogue.seal(Mirror())
    dialogue.search("", Scope.BASE, None, ())
    (request,) = SealedFrames().feed(dialogue.data_to_send())
    server = sansldap.LDAPServer()
    (message,) = server.receive(Mirror().unwrap(request))
    answer = root_dse(server, message)
    # One sealed buffer may end in the middle of a message.
    half = len(answer) // 2
    data = b"".join(sealed(Mirror().wrap(piece)) for piece in (answer[:half], answer[half:]))
    results = []
    for cut in cuts:
        piece, data = data[:cut], data[cut:]
        if piece:
            results.append(dialogue.receive(piece))
    if data:
        results.append(dialogue.receive(data))
    assert next(each for each in results if each is not None).entries[0].shown("dnsHostName") == "dc1.dsm.test"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not LDAP: a message begins with octet 0x48"),
        (b"\x30\x80\x02\x01\x01", "a length that RFC 4511 does not allow"),
        (b"\x30\x85\x01\x00\x00\x00\x00", "a length that RFC 4511 does not allow"),
        (b"\x30\x84\x7f\xff\xff\xff", "are read at most"),
        (b"\x30\x03\x02\x05\x01", "not LDAP"),
        (b"\x30\x05\x02\x01\x01\x65\x7f", "not LDAP"),
        (b"\x30\x00", "not LDAP"),
    ],
)
def test_octets_that_are_no_ldap(data: bytes, reason: str) -> None:
    dialogue, _, _ = searching()
    with pytest.raises(DirectoryNonsense, match=reason):
        dialogue.receive(data)


def test_an_answer_that_was_not_asked_for_or_fits_no_request() -> None:
    dialogue, server, message = searching()
    server.search_result_done(message.message_id)
    done = server.data_to_send()
    with pytest.raises(DirectoryNonsense):
        dialogue.receive(done + done)
    dialogue, server, message = searching()
    other = sansldap.LDAPClient()
    other.search_request("")
    with pytest.raises(DirectoryNonsense):
        dialogue.receive(other.data_to_send())


def test_a_notice_of_disconnection_and_the_end_of_the_connection() -> None:
    dialogue, server, _ = searching()
    frame = sansldap.ExtendedResponse(
        message_id=0,
        controls=[],
        result=sansldap.LDAPResult(sansldap.LDAPResultCode.UNAVAILABLE, "", "going\ndown\x1b[2J"),
        name="1.3.6.1.4.1.1466.20036",
        value=None,
    ).pack(server._packing_options)
    with pytest.raises(ConnectionEnded, match=r"result 52 \(going down \[2J\)"):
        dialogue.receive(frame)
    dialogue, _, _ = searching()
    with pytest.raises(ConnectionEnded, match="closed the connection"):
        dialogue.receive(b"")


def test_an_endless_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue_module, "MAX_ENTRIES", 100)
    dialogue, server, message = searching()
    with pytest.raises(DirectoryNonsense, match="more than 100 entries"):
        for number in range(102):
            server.search_result_entry(message.message_id, f"CN={number}", [])
            dialogue.receive(server.data_to_send())
    assert dialogue_module.MAX_ENTRIES == 100

    monkeypatch.setattr(dialogue_module, "MAX_SEARCH_BYTES", 100_000)
    dialogue, server, message = searching()
    with pytest.raises(DirectoryNonsense, match="more than 100000 octets"):
        for number in range(12):
            server.search_result_entry(
                message.message_id, f"CN={number}", [sansldap.PartialAttribute("x", [bytes(9999)])]
            )
            dialogue.receive(server.data_to_send())


def test_a_result_of_an_error_is_told_with_its_referrals() -> None:
    dialogue, server, message = searching()
    frame = sansldap.SearchResultDone(
        message_id=message.message_id,
        controls=[],
        result=sansldap.LDAPResult(sansldap.LDAPResultCode.REFERRAL, BASE, "elsewhere", ["ldap://dc2.dsm.test"]),
    ).pack(server._packing_options)
    result = dialogue.receive(frame)
    assert result is not None and not result.ok
    assert (result.code, result.matched_dn, result.diagnostic) == (10, BASE, "elsewhere")
    assert result.referrals == ("ldap://dc2.dsm.test",)


GOOD = searching()
GOOD[1].search_result_entry(GOOD[2].message_id, "CN=a", [sansldap.PartialAttribute("cn", [b"a", b"bc"])])
GOOD[1].search_result_done(GOOD[2].message_id)
ANSWER = bytes(GOOD[1].data_to_send())


@given(data=st.binary(max_size=200), cut=st.integers(1, 64))
def test_whatever_comes_is_an_error_of_ours_or_more_is_waited_for(data: bytes, cut: int) -> None:
    for begin in (b"", b"\x30", ANSWER[:7]):
        dialogue, _, _ = searching()
        stream = begin + data
        try:
            for at in range(0, len(stream), cut):
                dialogue.receive(stream[at : at + cut])
        except DirectoryError:
            pass


@settings(max_examples=300)
@given(at=st.integers(0, len(ANSWER) - 1), octet=st.integers(0, 255), drop=st.integers(0, 3))
def test_a_good_answer_with_a_mistake_in_it(at: int, octet: int, drop: int) -> None:
    dialogue, _, _ = searching()
    stream = ANSWER[:at] + bytes([octet]) + ANSWER[at + drop :]
    try:
        result = dialogue.receive(stream)
    except DirectoryError:
        return
    assert result is None or all(isinstance(entry.dn, str) for entry in result.entries)


@given(pieces=st.lists(st.binary(min_size=1, max_size=300), max_size=8), cut=st.integers(1, 100))
def test_frames_give_back_what_was_framed(pieces: list[bytes], cut: int) -> None:
    def ber(value: bytes) -> bytes:
        size = len(value)
        return b"\x30" + (bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")) + value

    for frames, framed in ((MessageFrames(), [ber(each) for each in pieces]), (SealedFrames(), pieces)):
        stream = b"".join(framed if isinstance(frames, MessageFrames) else map(sealed, pieces))
        found = [each for at in range(0, len(stream), cut) for each in frames.feed(stream[at : at + cut])]
        assert found == framed


def test_a_length_is_refused_before_its_octets_are_waited_for() -> None:
    with pytest.raises(DirectoryNonsense):
        MessageFrames().feed(b"\x30\x84" + (MAX_MESSAGE_BYTES + 1).to_bytes(4, "big"))
    with pytest.raises(DirectoryNonsense):
        SealedFrames().feed((framing.MAX_SEALED_BYTES + 1).to_bytes(4, "big"))
