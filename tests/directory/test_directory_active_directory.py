"""Active Directory for real: a Samba domain controller judges binds by its own log, and tells who may read what."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
import sansldap
import spnego
from ldap_relay import relay
from optional_programs import skip_or_fail
from samba_dc import BASE, EVERYONE_ID, HOST, PASSWORDS, STAFF_ID, DomainController

from emulator.directory.active_directory import ActiveDirectory
from emulator.directory.bind_result import STRONGER_AUTH_REQUIRED, bind_error
from emulator.directory.connection import LdapConnection
from emulator.directory.controllers import Controller
from emulator.directory.deadline import Deadline
from emulator.directory.errors import (
    BindRefused,
    ClearText,
    DirectoryError,
    DirectoryNotTrusted,
    NoScanProcess,
    NoSuchUser,
    NotUnderstood,
)
from emulator.directory.gss import has_kerberos
from emulator.directory.ldap_dialogue import LdapDialogue, in_progress
from emulator.directory.secret import Login, Secret
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context

BOTH = ["ScanToEveryone", "ScanToStaff"]
AUTHS = ["ntlm", "kerberos", "start-tls", "ldaps"]
IN_THE_LOG = {
    "ntlm": "[LDAP,NTLMSSP]",
    "kerberos": "[LDAP,krb5]",
    "start-tls": "[LDAP,simple bind/TLS]",
    "ldaps": "[LDAP,simple bind/TLS]",
}
"""How Samba calls a bind that it has taken."""


def needs_kerberos() -> None:
    if not has_kerberos():
        skip_or_fail("Kerberos is not installed (pip install -e '.[kerberos]')")


def open_as(domain: DomainController, name: str, how: str = "ntlm", **more: Any) -> ActiveDirectory:
    account = name.rpartition("\\")[2].partition("@")[0].lower()
    login = Login(name, Secret(PASSWORDS[account]))
    if how == "kerberos":
        needs_kerberos()
    url = more.pop("url", domain.ldaps if how == "ldaps" else domain.url)
    options: dict[str, Any] = {"auth": how} if how in ("ntlm", "kerberos") else {"ca_file": domain.ca_file}
    if how == "start-tls":
        options["start_tls"] = True
    return ActiveDirectory(url, login, **(options | more))


@pytest.mark.parametrize("how", AUTHS)
@pytest.mark.parametrize("name", ["joe", "joe@dsm.test", "DSM\\joe", "JOE@DSM.TEST", "dsm.test\\joe"])
def test_every_bind_with_every_way_to_write_a_name(domain: DomainController, how: str, name: str) -> None:
    # The law: [adds/lookup/user-filter] [adds/lookup/user-from-the-root] [adds/lookup/port-389]
    # The law: [adds/lookup/root-dse] [adds/lookup/name-forms] [adds/lookup/bind-with-the-users-credentials]
    # The law: [adds/bind/sealed-on-389] [adds/bind/simple-inside-tls] [adds/lookup/sid-as-text]
    before = domain.mark()
    directory = open_as(domain, name, how)
    user = directory.user(name)
    directory.close()
    assert user.sid == domain.sids["joe"]
    assert (user.name, user.domain, user.mail, user.display_name) == ("joe", "dsm.test", "joe@dsm.test", "Joe Test")
    assert user.groups == ("ScanStaff",)
    taken = [line for line in domain.log(before).splitlines() if IN_THE_LOG[how] in line]
    assert any("[joe]" in line.lower() and user.sid in line for line in taken), domain.log(before)


@pytest.mark.parametrize("how", AUTHS)
def test_a_member_of_the_group_gets_both_scan_processes_another_user_one(
    domain: DomainController, how: str
) -> None:
    """[adds/lookup/scan-processes-one-level] [adds/lookup/attributes]"""
    # The law: [adds/lookup/access-control-chooses] [adds/access/protected-list-to-hide]
    # The law: [adds/lookup/sorted-by-the-device] [adds/schema/container] [adds/schema/container-class]
    # The law: [adds/schema/scan-process-class] [adds/schema/readable-by-authenticated-users]
    for name, expected in (("joe", BOTH), ("ann", ["ScanToEveryone"]), ("nested", BOTH)):
        directory = open_as(domain, name, how)
        user = directory.user(name)
        found = directory.scan_processes(user)
        assert [each.process.display_name for each in found] == expected
        assert found[0].process.identifier == UUID(EVERYONE_ID)
        assert found[0].process.server_name == "scan1.dsm.test"
        assert str(found[0].source) == f"CN=ScanToEveryone,CN=PSPs,CN=System,{BASE}"
        assert directory.default_scan_process(user) == found[0]
        directory.close()


def test_by_name_and_by_identifier_only_what_the_user_may_read(domain: DomainController) -> None:
    # The law: [adds/lookup/access-control-chooses] [adds/schema/psp-identifier-is-a-guid]
    # The law: [adds/schema/psp-identifier]
    joe, ann = open_as(domain, "joe"), open_as(domain, "ann")
    for name in ("ScanToStaff", "scantostaff", STAFF_ID.lower(), f"{{{STAFF_ID}}}"):
        assert joe.scan_process(name, joe.default_user()).process.display_name == "ScanToStaff"
        with pytest.raises(NoScanProcess, match="there are: 'ScanToEveryone'"):
            ann.scan_process(name, ann.default_user())
    stored = joe.by_identifier(UUID(STAFF_ID))
    assert stored is not None and stored.may_be_used_by(joe.default_user())
    assert ann.by_identifier(UUID(STAFF_ID)) is None, "what may not be read is not there"
    joe.close()
    ann.close()


def test_a_scan_process_that_is_not_understood_is_listed_with_its_reason_and_cannot_be_chosen(
    domain: DomainController,
) -> None:
    # The law: [adds/lookup/string-is-hostile]
    directory = open_as(domain, "joe")
    reasons = {str(source).partition(",")[0]: reason for source, reason in directory.broken.items()}
    assert set(reasons) == {"CN=Broken", "CN=Hostile"}
    assert "not well-formed XML" in reasons["CN=Broken"]
    assert "document type declaration" in reasons["CN=Hostile"]
    for name, id in (("Broken", 1), ("hostile", 2)):
        with pytest.raises(NotUnderstood, match="msImaging-PSPString"):
            directory.scan_process(name, directory.default_user())
        with pytest.raises(NotUnderstood):
            directory.by_identifier(UUID(int=id))
    directory.close()


def test_a_server_s_account_judges_by_the_access_lists_of_the_directory(domain: DomainController) -> None:
    directory = open_as(domain, "scansrv")
    staff, everyone = directory.by_identifier(UUID(STAFF_ID)), directory.by_identifier(UUID(EVERYONE_ID))
    assert staff is not None and everyone is not None
    for name, may in (("joe", True), ("nested", True), ("ann", False)):
        user = directory.user_by_sid(domain.sids[name])
        assert user is not None and user.name == name
        assert staff.may_be_used_by(user) is may
        assert everyone.may_be_used_by(user)
        assert [each.process.display_name for each in directory.scan_processes(user)] == (
            BOTH if may else ["ScanToEveryone"]
        )
    assert directory.user_by_sid("S-1-5-21-1-2-3-4") is None
    assert directory.user_by_sid("S-1-5-32-544") is None, "a group is no user"
    assert directory.user_by_sid("nobody") is None
    directory.close()


@pytest.mark.parametrize("name", ["nobody", "nobody@dsm.test", "OTHER\\joe", "other.test\\joe", "joe@other.test"])
def test_who_is_not_in_the_domain_is_not_found(domain: DomainController, name: str) -> None:
    # The law: [adds/lookup/user-name-escaped]
    directory = open_as(domain, "joe")
    with pytest.raises(NoSuchUser):
        directory.user(name)
    directory.close()


@pytest.mark.parametrize("name", ["*", "jo*", "joe)(objectClass=*", "\\00", "a\\29b"])
def test_a_name_is_a_value_and_never_a_filter(domain: DomainController, name: str) -> None:
    """[adds/lookup/user-name-escaped]"""
    directory = open_as(domain, "joe")
    with pytest.raises(NoSuchUser):
        directory.user(name)
    directory.close()


@pytest.mark.parametrize("url", ["ldap://dsm.test", "ldap:///", "ldap:///DC=dsm,DC=test"])
def test_controllers_are_found_by_the_domain_s_own_dns(domain: DomainController, url: str) -> None:
    # The law: [adds/lookup/domain-controller-by-dns] [adds/lookup/srv-record]
    login = Login("joe@dsm.test", Secret(PASSWORDS["joe"]))
    directory = ActiveDirectory(url, login, auth="ntlm", dns_server=domain.address)
    assert directory.default_user().sid == domain.sids["joe"]
    directory.close()
    secure = ActiveDirectory(url.replace("ldap", "ldaps"), login, dns_server=domain.address, ca_file=domain.ca_file)
    assert secure.default_user().sid == domain.sids["joe"], "the certificate bears the controller's name"
    secure.close()


def test_enterprise_roots_are_those_of_the_configuration_container(domain: DomainController) -> None:
    directory = open_as(domain, "ann")
    pem = directory.enterprise_roots()
    directory.close()
    assert ssl.PEM_cert_to_DER_cert(pem.decode()) == ssl.PEM_cert_to_DER_cert(domain.ca_file.read_text())


@pytest.mark.parametrize("how", ["start-tls", "ldaps"])
def test_a_certificate_of_another_ca_or_for_another_name_is_refused(
    domain: DomainController, how: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(LabAuthority.create().certificate_pem)
    before = domain.mark()
    with pytest.raises(DirectoryNotTrusted, match="its CA is unknown"):
        open_as(domain, "joe", how, ca_file=other).default_user()
    with pytest.raises(DirectoryNotTrusted, match=r"it is not for dc2\.dsm\.test"):
        LdapConnection.open(
            Controller("dc2.dsm.test", 636 if how == "ldaps" else 389),
            [domain.address],
            tls=client_context(ca_file=domain.ca_file),
            start_tls=how == "start-tls",
            seconds=5,
            deadline=Deadline(10),
        )
    assert "simple bind" not in domain.log(before), "no password was sent"


@pytest.mark.parametrize(
    ("protocol", "said"),
    [("kerberos", "result 8 (SASL:[GSS-SPNEGO]: Sign or Seal are required.)"), ("ntlm", "data 57")],
)
def test_an_unsealed_bind_is_refused_by_the_directory(
    domain: DomainController, protocol: Literal["ntlm", "kerberos"], said: str
) -> None:
    """What our own code cannot do, done with the same messages. [adds/bind/unsealed-refused]"""
    if protocol == "kerberos":
        needs_kerberos()
    with socket.create_connection((domain.address, 389), 5) as sock:
        dialogue = LdapDialogue(inside_tls=False)
        context = spnego.client(
            "joe@DSM.TEST",
            PASSWORDS["joe"],
            hostname=HOST,
            service="ldap",
            protocol=protocol,
            context_req=spnego.ContextReq.no_integrity,
        )
        token = context.step(None)
        while True:
            dialogue.bind_sasl(token or b"")
            sock.sendall(dialogue.data_to_send())
            while (result := dialogue.receive(sock.recv(65536))) is None:
                pass
            if not in_progress(result):
                break
            token = context.step(result.token)
    refused = bind_error(result.code, result.diagnostic, "joe", HOST)
    assert isinstance(refused, BindRefused) and refused.exit_hint == 5
    assert said in str(refused)


def test_a_simple_bind_in_clear_is_refused_by_the_directory_and_by_us(domain: DomainController) -> None:
    # The law: [adds/bind/simple-in-the-clear-refused] [adds/bind/no-clear-text-password]
    with socket.create_connection((domain.address, 389), 5) as sock:
        clear = sansldap.LDAPClient()
        clear.bind_simple("joe@dsm.test", PASSWORDS["joe"])
        sock.sendall(clear.data_to_send())
        (answer,) = clear.receive(sock.recv(65536))
    assert int(answer.result.result_code) == STRONGER_AUTH_REQUIRED
    exchange = LdapDialogue(inside_tls=False)
    with pytest.raises(ClearText):
        exchange.bind_simple("joe@dsm.test", PASSWORDS["joe"])
    assert exchange.data_to_send() == b""


@pytest.mark.parametrize("how", ["ntlm", "kerberos"])
def test_the_wire_shows_neither_password_nor_scan_process(domain: DomainController, how: str) -> None:
    with relay(domain.address, 389) as wire:
        directory = open_as(domain, "joe", how, url=f"ldap://127.0.0.1:{wire.port}")
        assert [each.process.display_name for each in directory.scan_processes()] == BOTH
        directory.close()
    seen = wire.to_server + wire.to_client
    assert len(wire.to_client) > 5000
    for secret in (PASSWORDS["joe"], "ScanToStaff", "msImaging", "IncomingScans"):
        assert secret.encode() not in seen and secret.encode("utf-16-le") not in seen


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("ldap://{}", {"auth": "simple"}),
        ("ldaps://{}", {"auth": "ntlm"}),
        ("ldaps://{}", {"start_tls": True}),
        ("ldap://{}", {"auth": "kerberos", "start_tls": True}),
    ],
)
def test_binds_that_no_directory_takes_safely_are_refused_before_anything_is_sent(
    domain: DomainController, url: str, options: dict[str, Any]
) -> None:
    # The law: [adds/bind/sealed-inside-tls-refused] [adds/bind/no-clear-text-password]
    before = domain.mark()
    with pytest.raises(DirectoryError):
        ActiveDirectory(url.format(domain.address), Login("joe", Secret("x")), **options)
    with pytest.raises(DirectoryError, match="empty"):
        ActiveDirectory(domain.url, Login("joe", Secret("")))
    assert domain.mark() == before
