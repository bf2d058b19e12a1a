"""What goes wrong with a real domain controller, each told apart: accounts; controllers that are dead, silent, or
die between bind and search."""

from __future__ import annotations

import contextlib
import random
import re
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from typing import Any

import dns.message
import dns.name
import dns.rrset
import pytest
from ldap_relay import relay
from optional_programs import skip_or_fail
from samba_dc import PASSWORDS, DomainController

from emulator.directory.active_directory import ActiveDirectory
from emulator.directory.controllers import SrvRecord, by_priority
from emulator.directory.errors import (
    AccountDisabled,
    AccountExpired,
    AccountLocked,
    AccountRevoked,
    ConnectionEnded,
    DirectoryError,
    DirectoryUnreachable,
    NoController,
    NoKerberos,
    NotInstalled,
    PasswordExpired,
    WrongPassword,
)
from emulator.directory.gss import has_kerberos
from emulator.directory.secret import Login, Secret

BOTH = ["ScanToEveryone", "ScanToStaff"]


def ask(domain: DomainController, name: str, how: str, password: str | None = None, **options: Any) -> None:
    """Bind and ask who one is."""
    if how == "kerberos" and not has_kerberos():
        skip_or_fail("Kerberos is not installed (pip install -e '.[kerberos]')")
    secret = Secret(PASSWORDS[name] if password is None else password)
    if how == "simple":
        options |= {"start_tls": True, "ca_file": domain.ca_file}
    directory = ActiveDirectory(domain.url, Login(f"{name}@dsm.test", secret), **{"auth": how, **options})
    with contextlib.closing(directory):
        directory.default_user()


@pytest.mark.parametrize("how", ["ntlm", "kerberos", "simple", "auto"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("disabled", AccountDisabled),
        ("expired", AccountExpired),
        ("old", PasswordExpired),
        ("change", PasswordExpired),
    ],
)
def test_an_account_that_may_not_log_on(
    domain: DomainController, name: str, expected: type[DirectoryError], how: str
) -> None:
    if how == "kerberos" and expected is not PasswordExpired:
        expected = AccountRevoked  # RFC 4120 has one code for all of them
    with pytest.raises(expected) as caught:
        ask(domain, name, how)
    assert type(caught.value) is expected and caught.value.exit_hint == 5
    assert name in str(caught.value) and PASSWORDS[name] not in str(caught.value)


@pytest.mark.parametrize("how", ["ntlm", "kerberos", "simple", "auto"])
def test_a_wrong_password_and_a_user_whom_nobody_knows(domain: DomainController, how: str) -> None:
    # The law: [adds/bind/wrong-password] [adds/bind/wrong-password-of-kerberos]
    for name in ("ann", "nobody"):
        with pytest.raises(
            WrongPassword, match=f"{name}@dsm.test: the user name or the password is wrong"
        ) as caught:
            ask(domain, name, how, "Wr0ng-Passw0rd")
        assert caught.value.exit_hint == 5 and "Wr0ng" not in str(caught.value)
    ask(domain, "ann", how)  # the right one: the wrong ones do not add up to a lock


def test_a_wrong_password_is_tried_once(domain: DomainController) -> None:
    """Neither another controller nor another kind of bind is tried with it: three would lock the account."""
    before = domain.mark()
    url = f"{domain.url} {domain.url}:389 ldap://localhost"
    directory = ActiveDirectory(url, Login("ann@dsm.test", Secret("Wr0ng")))
    with pytest.raises(WrongPassword):
        directory.default_user()
    # Samba calls it WRONG_PASSWORD by Kerberos, and otherwise where NTLM was used.
    refused = re.findall(r"status \[(NT_STATUS_(?!OK\])\w+)\]", domain.log(before))
    assert len(refused) == 1, refused
    ask(domain, "ann", "ntlm")


def test_an_account_is_locked_after_three_wrong_passwords(domain: DomainController) -> None:
    for _ in range(3):
        with contextlib.suppress(WrongPassword, AccountLocked):
            ask(domain, "locked", "simple", "Wr0ng-Passw0rd")
    for how in ("ntlm", "simple", "auto"):
        with pytest.raises(AccountLocked, match="the account is locked"):
            ask(domain, "locked", how)
    if has_kerberos():
        with pytest.raises(AccountRevoked):
            ask(domain, "locked", "kerberos")


def test_kerberos_that_cannot_be_tried_is_no_wrong_password(
    domain: DomainController, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    if not has_kerberos():
        skip_or_fail("Kerberos is not installed (pip install -e '.[kerberos]')")
    nowhere = tmp_path / "krb5.conf"
    nowhere.write_text("[libdefaults]\n dns_lookup_kdc = false\n dns_lookup_realm = false\n")
    monkeypatch.setenv("KRB5_CONFIG", str(nowhere))
    with pytest.raises(NoKerberos, match="KDC") as caught:
        ask(domain, "joe", "kerberos")
    assert caught.value.exit_hint == 3
    ask(domain, "joe", "auto")  # by NTLM


def test_without_the_kerberos_extra_ntlm_does_and_kerberos_says_what_to_install(
    domain: DomainController, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("gss", "ad_session"):
        monkeypatch.setattr(f"emulator.directory.{module}.has_kerberos", lambda: False)
    ask(domain, "joe", "auto")
    directory = ActiveDirectory(domain.url, Login("joe", Secret(PASSWORDS["joe"])), auth="kerberos")
    with pytest.raises(NotInstalled, match=r"pip install 'dsm-emulator\[kerberos\]'"):
        directory.default_user()


def directory_of(domain: DomainController, url: str, **options: Any) -> ActiveDirectory:
    return ActiveDirectory(url, Login("joe", Secret(PASSWORDS["joe"])), **{"auth": "ntlm", **options})


def test_a_controller_that_dies_between_bind_and_search(domain: DomainController) -> None:
    directory = directory_of(domain, domain.url)
    assert directory.default_user().name == "joe"
    domain.kill()
    with pytest.raises(NoController, match="connection refused") as caught:
        directory.scan_processes()
    assert caught.value.exit_hint == 3
    domain.start()
    assert [each.process.display_name for each in directory.scan_processes()] == BOTH, "it is back"
    directory.close()


def test_a_controller_that_dies_under_its_first_search(domain: DomainController) -> None:
    """Killed when its answer to the bind has passed: rootDSE, challenge, success."""

    def on_answer(wire: Any) -> bool:
        if wire.answers == 4:
            domain.kill()
            return False
        return True

    with relay(domain.address, 389, on_answer) as wire:
        directory = directory_of(domain, f"ldap://127.0.0.1:{wire.port}")
        with pytest.raises(ConnectionEnded) as caught:
            directory.default_user()
        assert caught.value.exit_hint == 3 and wire.answers == 4
        directory.close()


def test_the_next_controller_is_asked_when_one_dies_under_the_search(domain: DomainController) -> None:
    with relay(domain.address, 389, lambda wire: wire.answers < 6) as wire:
        directory = directory_of(domain, f"ldap://127.0.0.1:{wire.port} {domain.url}")
        assert directory.default_user().sid == domain.sids["joe"]
        assert wire.answers == 6, "it was asked first"
        directory.close()


def test_a_dead_and_a_silent_controller_are_passed_over(domain: DomainController) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"ldap://127.0.0.1:1 ldap://127.0.0.1:{port} {domain.url}"
        begun = time.monotonic()
        directory = directory_of(domain, url, seconds=6)
        assert directory.default_user().sid == domain.sids["joe"]
        assert time.monotonic() - begun < 6
        directory.close()
        with pytest.raises(DirectoryUnreachable, match="no answer within") as caught:
            directory_of(domain, f"ldap://127.0.0.1:{port}", seconds=1).default_user()
        assert caught.value.exit_hint == 3


class _Dns(socketserver.BaseRequestHandler):
    """A name server with a domain of two controllers, of which the first is dead."""

    def handle(self) -> None:
        data, sock = self.request
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        question = asked.question[0]
        records = self.server.records.get((question.name.to_text(), dns.rdatatype.to_text(question.rdtype)), [])  # type: ignore[attr-defined]
        if records:
            kind = dns.rdatatype.to_text(question.rdtype)
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        sock.sendto(answer.to_wire(), self.client_address)


@contextlib.contextmanager
def name_server(records: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    with socketserver.UDPServer(("127.0.0.1", 0), _Dns) as server:
        server.records = records  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_of_the_controllers_that_dns_tells_the_living_one_is_found(domain: DomainController) -> None:
    records = {
        ("_ldap._tcp.dc._msdcs.dsm.test.", "SRV"): ["0 100 1 dead.dsm.test.", "10 100 389 dc1.dsm.test."],
        ("dead.dsm.test.", "A"): ["127.0.0.1"],
        ("dc1.dsm.test.", "A"): [domain.address],
    }
    with name_server(records) as address:
        directory = directory_of(domain, "ldap://dsm.test", dns_server=address)
        assert directory.default_user().sid == domain.sids["joe"]
        directory.close()
        domain.kill()
        with pytest.raises(NoController, match=r"dead\.dsm\.test:1: connection refused; dc1\.dsm\.test:389: "):
            directory_of(domain, "ldap://dsm.test", dns_server=address).default_user()
        with pytest.raises(NoController, match="cannot be resolved"):
            directory_of(domain, "ldap://other.test", dns_server=address).default_user()


def test_records_are_tried_by_priority_and_among_equals_by_weight() -> None:
    heavy, light, later = SrvRecord(0, 90, "a", 389), SrvRecord(0, 10, "b", 389), SrvRecord(5, 0, "c", 389)
    choose = random.Random(1)
    orders = [by_priority([later, light, heavy], choose) for _ in range(1000)]
    assert all(order[2] is later and len(order) == 3 for order in orders)
    first = sum(order[0] is heavy for order in orders)
    assert 850 < first < 960
