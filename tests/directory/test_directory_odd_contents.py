"""A directory inside TLS that lets everybody in, and what a device makes of what it holds."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sansldap
from scripted_directory import BASE, Scripted, root_dse, scripted

from emulator.directory.active_directory import ActiveDirectory
from emulator.directory.errors import (
    DirectoryError,
    NoRight,
    NoScanProcess,
    NoSuchUser,
    NotUnderstood,
    WrongPassword,
)
from emulator.directory.secret import Login, Secret
from emulator.directory.sid import sid_octets
from emulator.dsm.guid import to_octets
from emulator.resources import resource_folder
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import server_context_from

AUTHORITY = LabAuthority.create()
XML = (resource_folder("profiles") / "office" / "scan-to-folder.xml").read_bytes()
SID = "S-1-5-21-1-2-3-1106"
Attributes = dict[str, list[bytes]]


def process(name: str, number: int, xml: bytes = XML) -> Attributes:
    return {
        "displayName": [name.encode()],
        "msImaging-PSPIdentifier": [to_octets(UUID(int=number))],
        "msImaging-PSPString": [xml],
    }


JOE: Attributes = {"sAMAccountName": [b"joe"], "objectSid": [sid_octets(SID)], "objectClass": [b"top", b"user"]}


class Contents:
    """What a search finds, by the place that it begins at, or the result code that it ends with."""

    def __init__(self, people: list[Attributes], processes: list[Attributes] | sansldap.LDAPResultCode) -> None:
        self.people = people
        self.processes = processes
        self.binds: list[sansldap.BindRequest] = []

    def __call__(self, session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes | None:
        match message:
            case sansldap.BindRequest():
                self.binds.append(message)
                session.bind_response(message.message_id)
                return bytes(session.data_to_send())
            case sansldap.SearchRequest(base_object=""):
                return root_dse(session, message)
            case sansldap.SearchRequest():
                return self._found(session, message)
        return None

    def _found(self, session: sansldap.LDAPServer, message: sansldap.SearchRequest) -> bytes:
        found: list[Attributes] | sansldap.LDAPResultCode = self.people
        if message.base_object.startswith("CN=PSPs"):
            found = self.processes
        elif message.attributes == ["tokenGroups"]:
            found = [{}]
        if isinstance(found, sansldap.LDAPResultCode):
            session.search_result_done(message.message_id, found)
            return bytes(session.data_to_send())
        for number, attributes in enumerate(found):
            values = [sansldap.PartialAttribute(name, each) for name, each in attributes.items()]
            session.search_result_entry(message.message_id, f"CN=e{number},{message.base_object}", values)
        session.search_result_done(message.message_id)
        return bytes(session.data_to_send())


@contextlib.contextmanager
def holding(
    tmp_path: Path, processes: list[Attributes] | sansldap.LDAPResultCode, people: list[Attributes] | None = None
) -> Iterator[tuple[ActiveDirectory, Contents, Scripted]]:
    contents = Contents([JOE] if people is None else people, processes)
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(AUTHORITY.certificate_pem)
    with scripted(contents, server_context_from(AUTHORITY.issue_server(("127.0.0.1",)))) as peer:
        login = Login("joe", Secret("Joe-Passw0rd"))
        directory = ActiveDirectory(f"ldaps://127.0.0.1:{peer.port}", login, ca_file=ca_file, seconds=20)
        try:
            yield directory, contents, peer
        finally:
            directory.close()


def test_the_bind_is_a_simple_one_by_the_principal_and_one_is_enough(tmp_path: Path) -> None:
    # The law: [adds/bind/simple-inside-tls]
    with holding(tmp_path, [process("B", 2), process("a", 1)]) as (directory, contents, _):
        user = directory.default_user()
        assert user.sid == SID and user.group_sids is None
        assert [each.process.display_name for each in directory.scan_processes()] == ["a", "B"]
        threads = [threading.Thread(target=directory.scan_processes) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (bind,) = contents.binds
    assert bind.name == "joe@dsm.test" and bind.authentication.password == "Joe-Passw0rd"


def test_a_connection_that_the_directory_has_closed_meanwhile_is_opened_again(tmp_path: Path) -> None:
    with holding(tmp_path, [process("a", 1)]) as (directory, contents, _):
        directory.default_user()
        session = directory._session
        assert session is not None
        session.drop()
        assert len(directory.scan_processes()) == 1
        assert len(contents.binds) == 2


def test_a_user_who_may_read_no_scan_process(tmp_path: Path) -> None:
    with holding(tmp_path, []) as (directory, _, _):
        with pytest.raises(NoScanProcess, match=r"joe@dsm\.test may use no scan process") as caught:
            directory.default_scan_process(directory.default_user())
        assert caught.value.exit_hint == 2
        with pytest.raises(NoScanProcess, match="there are: none"):
            directory.scan_process("x")
    with holding(tmp_path, [process("Bad", 1, b"<x/>")]) as (directory, _, _):
        user = directory.default_user()
        with pytest.raises(NoScanProcess, match=r"not usable: .*the root element is x"):
            directory.default_scan_process(user)


@pytest.mark.parametrize(
    "code", [sansldap.LDAPResultCode.NO_SUCH_OBJECT, sansldap.LDAPResultCode.INSUFFICIENT_ACCESS_RIGHTS]
)
def test_a_container_that_may_not_be_read(tmp_path: Path, code: sansldap.LDAPResultCode) -> None:
    with holding(tmp_path, code) as (directory, _, _):
        with pytest.raises(NoRight, match=f"CN=PSPs,CN=System,{BASE}") as caught:
            directory.scan_processes()
        assert caught.value.exit_hint == 5


HOSTILE = {
    "dtd": b'<!DOCTYPE x [<!ENTITY a "b">]>' + XML,
    "outside": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x>&e;</x>',
    "deep": b"<a>" * 5000 + b"</a>" * 5000,
    "long": XML + b" " * (5 * 524288),
    "not XML": b"\x00\xff\xfe",
    "empty": b"",
    "other": b'<psp xmlns="urn:x"/>',
    "utf-7": b'<?xml version="1.0" encoding="utf-7"?><a>+ADw-x+AD4-</a>',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_xml_is_listed_with_a_reason_in_one_line_and_the_rest_can_be_used(
    tmp_path: Path, kind: str
) -> None:
    # The law: [adds/lookup/string-is-hostile]
    with holding(tmp_path, [process("Good", 1), process("Bad", 2, HOSTILE[kind])]) as (directory, _, _):
        assert [each.process.display_name for each in directory.scan_processes()] == ["Good"]
        ((source, reason),) = directory.broken.items()
        assert str(source).startswith("CN=e1,CN=PSPs") and "\n" not in reason and len(reason) < 600
        assert "root:" not in reason
        for name in ("bad", str(UUID(int=2)), "E1"):
            with pytest.raises(NotUnderstood) as caught:
                directory.scan_process(name)
            assert str(caught.value) == reason


ODD: list[tuple[str, Attributes]] = [
    ("no name", {key: value for key, value in process("x", 2).items() if key != "displayName"}),
    ("empty name", process("", 2)),
    ("no identifier", {key: value for key, value in process("x", 2).items() if "Identifier" not in key}),
    ("short identifier", process("x", 2) | {"msImaging-PSPIdentifier": [b"123"]}),
    ("no XML", {key: value for key, value in process("x", 2).items() if "String" not in key}),
    ("no UTF-8", process("x", 2) | {"displayName": [b"\xff"]}),
    ("bad access list", process("x", 2) | {"nTSecurityDescriptor": [b"\x01\x00\x04\x80" + bytes(15) + b"\xff"]}),
]


@pytest.mark.parametrize(("what", "attributes"), ODD, ids=[what for what, _ in ODD])
def test_an_object_that_lacks_what_it_must_have(tmp_path: Path, what: str, attributes: Attributes) -> None:
    # The law: [adds/schema/must-contain]
    with holding(tmp_path, [attributes, process("Good", 1)]) as (directory, _, _):
        assert [each.process.display_name for each in directory.scan_processes()] == ["Good"], what
        assert len(directory.broken) == 1


def test_two_of_one_name_are_told_apart_by_the_identifier(tmp_path: Path) -> None:
    with holding(tmp_path, [process("Same", 1), process("Same", 2)]) as (directory, _, _):
        with pytest.raises(NoScanProcess, match="2 scan processes are named 'Same'"):
            directory.scan_process("Same")
        assert directory.scan_process(str(UUID(int=2))).process.identifier == UUID(int=2)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([], NoSuchUser),
        ([JOE | {"sAMAccountName": [b"a"]}, JOE | {"sAMAccountName": [b"b"]}], NoSuchUser),
        ([{"sAMAccountName": [b"joe"]}], NoRight),
        ([JOE | {"objectSid": [b"x"]}], DirectoryError),
    ],
)
def test_a_person_whom_the_directory_tells_oddly(
    tmp_path: Path, people: list[Attributes], expected: type[DirectoryError]
) -> None:
    with holding(tmp_path, [], people) as (directory, _, _), pytest.raises(expected):
        directory.default_user()


def test_a_password_that_is_refused_is_not_tried_at_the_next_controller(tmp_path: Path) -> None:
    asked: list[int] = []

    def refuse(session: sansldap.LDAPServer, message: sansldap.LDAPMessage) -> bytes:
        if isinstance(message, sansldap.BindRequest):
            asked.append(1)
            session.bind_response(message.message_id, None, sansldap.LDAPResultCode.INVALID_CREDENTIALS)
            return bytes(session.data_to_send())
        return root_dse(session, message)

    tls = server_context_from(AUTHORITY.issue_server(("127.0.0.1",)))
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(AUTHORITY.certificate_pem)
    with scripted(refuse, tls) as first, scripted(refuse, tls) as second:
        url = f"ldaps://127.0.0.1:{first.port} ldaps://127.0.0.1:{second.port}"
        with pytest.raises(WrongPassword):
            ActiveDirectory(url, Login("joe", Secret("x")), ca_file=ca_file).default_user()
        assert len(asked) == 1 and second.asked == []
