"""The driver against a directory that answers malformed, endlessly, slowly or elsewhere; over real sockets."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from typing import Any

import pytest
import sansldap
from scripted_directory import BASE, Answer, Scripted, root_dse, scripted

from emulator.directory import ldap_dialogue as dialogue_module
from emulator.directory.active_directory import ActiveDirectory
from emulator.directory.connection import LdapConnection
from emulator.directory.controllers import Controller
from emulator.directory.deadline import Deadline
from emulator.directory.errors import (
    Answered,
    BindRefused,
    ConnectionEnded,
    DirectoryError,
    DirectoryNonsense,
    DirectoryNotTrusted,
    NoRight,
    Referred,
    TooSlow,
    WrongPassword,
)
from emulator.directory.ldap_dialogue import Scope
from emulator.directory.secret import Login, Secret

PASSWORD = "Scr1pted-Passw0rd"


def directory(peer: Scripted, **options: Any) -> ActiveDirectory:
    return ActiveDirectory(peer.url, Login("joe", Secret(PASSWORD)), **{"auth": "ntlm", "seconds": 5, **options})


def search(peer: Scripted, seconds: float = 5) -> None:
    """One search without a bind: what the driver does with an answer."""
    deadline = Deadline(seconds)
    controller = Controller("127.0.0.1", peer.port)
    connection = LdapConnection.open(
        controller, ["127.0.0.1"], tls=None, start_tls=False, seconds=5, deadline=deadline
    )
    try:
        connection.search(BASE, Scope.SUBTREE, None, ("cn",), deadline)
    finally:
        connection.close()


def always(data: bytes | None) -> Answer:
    return lambda session, message: data


@pytest.mark.parametrize(
    ("answer", "expected", "exit_code"),
    [
        (always(b"HTTP/1.1 400 Bad Request\r\n\r\n"), DirectoryNonsense, 4),
        (always(b"\x30\x84\x7f\xff\xff\xff"), DirectoryNonsense, 4),
        (always(b"\x30\x05\x02\x01\x09\x65\x00"), DirectoryNonsense, 4),
        (always(b"\x15\x03\x03\x00\x02\x02\x28"), DirectoryNonsense, 4),
        (always(None), ConnectionEnded, 3),
        (always(b""), TooSlow, 3),
        (always(b"\x30\x84"), TooSlow, 3),
    ],
    ids=["http", "long", "foreign", "tls", "closed", "silent", "half"],
)
def test_what_is_no_directory_is_told_and_ends(
    answer: Answer, expected: type[DirectoryError], exit_code: int
) -> None:
    with scripted(answer) as peer:
        begun = time.monotonic()
        with pytest.raises(expected) as caught:
            directory(peer, seconds=1).default_user()
        assert time.monotonic() - begun < 30
        assert caught.value.exit_hint == exit_code and f"127.0.0.1:{peer.port}" in str(caught.value)
        assert PASSWORD not in str(caught.value)
        assert PASSWORD.encode() not in peer.received


def test_an_answer_that_never_ends_is_ended_by_the_number_of_its_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue_module, "MAX_ENTRIES", 1000)

    def endless(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes:
        for number in range(2000):
            session.search_result_entry(message.message_id, f"CN={number}", [])
        return bytes(session.data_to_send())

    with scripted(endless) as peer, pytest.raises(DirectoryNonsense, match="more than 1000 entries"):
        search(peer)


def test_pages_that_never_end_are_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue_module, "MAX_ENTRIES", 50)
    numbers = itertools.count()

    def page(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes:
        session.search_result_entry(message.message_id, f"CN={next(numbers)}", [])
        control = sansldap.PagedResultControl(critical=False, size=0, cookie=b"again")
        session.search_result_done(message.message_id, controls=[control])
        return bytes(session.data_to_send())

    with scripted(page) as peer, pytest.raises(DirectoryNonsense, match="more than 50 entries"):
        search(peer)


def test_empty_pages_that_never_end_are_ended_by_the_time() -> None:
    def page(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes:
        control = sansldap.PagedResultControl(critical=False, size=0, cookie=b"again")
        session.search_result_done(message.message_id, controls=[control])
        return bytes(session.data_to_send())

    with scripted(page) as peer, pytest.raises(TooSlow):
        search(peer, seconds=0.5)


def test_an_answer_octet_by_octet_ends_with_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"\x30\x84\x00\x10\x00\x00")
                while not stop.wait(0.05):
                    try:
                        sock.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        begun = time.monotonic()
        try:
            with pytest.raises(TooSlow, match="no answer within"):
                search(Scripted(listener.getsockname()[1]), seconds=0.6)
        finally:
            stop.set()
            thread.join()
        assert 0.5 < time.monotonic() - begun < 30


def result_of(code: sansldap.LDAPResultCode, text: str = "", referrals: list[str] | None = None) -> Answer:
    def answer(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes:
        result = sansldap.LDAPResult(code, "", text, referrals)
        done = sansldap.SearchResultDone(message_id=message.message_id, controls=[], result=result)
        return done.pack(session._packing_options)

    return answer


@pytest.mark.parametrize(
    ("answer", "expected", "exit_code", "words"),
    [
        (
            result_of(sansldap.LDAPResultCode.REFERRAL, "", ["ldap://dc2.other.test/DC=other"]),
            Referred,
            4,
            "ldap://dc2.other.test/DC=other); referrals are not followed",
        ),
        (result_of(sansldap.LDAPResultCode.INSUFFICIENT_ACCESS_RIGHTS), NoRight, 5, "no right to read"),
        (result_of(sansldap.LDAPResultCode.NO_SUCH_OBJECT), NoRight, 5, "not there, or may not be read"),
        (result_of(sansldap.LDAPResultCode.OPERATIONS_ERROR, "bind first"), NoRight, 5, "bind first"),
        (result_of(sansldap.LDAPResultCode.SIZE_LIMIT_EXCEEDED), Answered, 4, "more entries"),
        (result_of(sansldap.LDAPResultCode.BUSY, "a\x1b[2Jb"), Answered, 4, "result 51 (a [2Jb)"),
    ],
)
def test_a_search_that_fails(answer: Answer, expected: type[DirectoryError], exit_code: int, words: str) -> None:
    with scripted(answer) as peer, pytest.raises(expected) as caught:
        search(peer)
    assert type(caught.value) is expected
    assert caught.value.exit_hint == exit_code and words in str(caught.value)


def test_a_referral_is_not_followed() -> None:
    with scripted(always(None)) as other:

        def answer(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes:
            session.search_result_reference(message.message_id, [f"{other.url}/{BASE}"])
            session.search_result_done(message.message_id)
            return bytes(session.data_to_send())

        with scripted(answer) as peer:
            search(peer)
        assert other.asked == [] and other.received == b""


def test_a_directory_without_starttls_gets_no_password() -> None:
    def answer(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes:
        session.extended_response(message.message_id, result_code=sansldap.LDAPResultCode.PROTOCOL_ERROR)
        return bytes(session.data_to_send())

    with scripted(answer) as peer:
        with pytest.raises(DirectoryNotTrusted, match="refuses StartTLS: result 2"):
            directory(peer, auth="auto", start_tls=True).default_user()
        assert PASSWORD.encode() not in peer.received and len(peer.asked) >= 1


def test_a_directory_that_is_no_active_directory() -> None:
    def answer(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes:
        session.search_result_entry(message.message_id, "", [])
        session.search_result_done(message.message_id)
        return bytes(session.data_to_send())

    with scripted(answer) as peer, pytest.raises(DirectoryNonsense, match="no Active Directory"):
        directory(peer).default_user()


@pytest.mark.parametrize(
    ("code", "text", "token", "expected"),
    [
        (sansldap.LDAPResultCode.SUCCESS, "", None, BindRefused),
        (sansldap.LDAPResultCode.SUCCESS, "", b"NTLMSSP\0\2\0\0\0", DirectoryNonsense),
        (sansldap.LDAPResultCode.SASL_BIND_IN_PROGRESS, "", b"rubbish", DirectoryNonsense),
        (sansldap.LDAPResultCode.SASL_BIND_IN_PROGRESS, "", None, DirectoryNonsense),
        (sansldap.LDAPResultCode.STRONG_AUTH_REQUIRED, "sign", None, BindRefused),
        (sansldap.LDAPResultCode.INVALID_CREDENTIALS, "", None, WrongPassword),
        (sansldap.LDAPResultCode.INVALID_CREDENTIALS, "data 57, v1db1", None, BindRefused),
        (sansldap.LDAPResultCode.UNAVAILABLE, "", None, Answered),
    ],
)
def test_a_bind_that_ends_otherwise_than_it_may(
    code: sansldap.LDAPResultCode, text: str, token: bytes | None, expected: type[DirectoryError]
) -> None:
    """Above all: a directory that says yes at once has not proved that it can seal."""

    def answer(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes | None:
        if isinstance(message, sansldap.SearchRequest):
            return root_dse(session, message)
        if not isinstance(message, sansldap.BindRequest):
            return None
        session.bind_response(message.message_id, token, code, diagnostics_message=text)
        return bytes(session.data_to_send())

    with scripted(answer) as peer:
        with pytest.raises(expected) as caught:
            directory(peer).default_user()
        assert type(caught.value) is expected
        assert PASSWORD.encode() not in peer.received
