"""The lab CA, judged by real handshakes of the ssl module and by the openssl program."""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from handshakes import handshake
from optional_programs import needs_program

from emulator.trust.authority import DAYS_VALID, LabAuthority, write_key
from emulator.trust.contexts import client_context, server_context_from

NAMES = ("scan1.contoso.example", "127.0.0.1", "::1", "bücher.example")


@pytest.fixture(scope="module")
def authority() -> LabAuthority:
    return LabAuthority.create()


def trusting(authority: LabAuthority) -> ssl.SSLContext:
    return client_context(ca_file=None, ca_pem=authority.certificate_pem)


@pytest.mark.parametrize("name", [*NAMES, "SCAN1.contoso.example", "xn--bcher-kva.example"])
def test_a_certificate_is_trusted_under_each_of_its_names(authority: LabAuthority, name: str) -> None:
    server = server_context_from(authority.issue_server(NAMES))
    shaken = handshake(trusting(authority), server, name)
    assert shaken.version() == "TLSv1.3"


@pytest.mark.parametrize("name", ["scan2.contoso.example", "contoso.example", "127.0.0.2", "::2"])
def test_a_certificate_is_refused_under_another_name(authority: LabAuthority, name: str) -> None:
    server = server_context_from(authority.issue_server(NAMES))
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(trusting(authority), server, name)
    assert caught.value.verify_code in (62, 64), "X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH"


def test_a_certificate_of_another_authority_of_the_same_name_is_refused(authority: LabAuthority) -> None:
    server = server_context_from(LabAuthority.create().issue_server(["localhost"]))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(trusting(authority), server, "localhost")


def test_the_systems_roots_do_not_trust_the_lab(authority: LabAuthority) -> None:
    server = server_context_from(authority.issue_server(["localhost"]))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(client_context(ca_file=None), server, "localhost")


@pytest.mark.parametrize(("begin", "end", "code"), [(-20, -10, 10), (10, 20, 9)])
def test_a_certificate_out_of_its_time_is_refused(authority: LabAuthority, begin: int, end: int, code: int) -> None:
    now = datetime.datetime.now(datetime.UTC)
    days = datetime.timedelta(days=1)
    certificate = authority.issue_server(["localhost"], not_before=now + begin * days, not_after=now + end * days)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(trusting(authority), server_context_from(certificate), "localhost")
    assert caught.value.verify_code == code, "X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID"


def test_a_clients_certificate_is_no_servers(authority: LabAuthority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(trusting(authority), server_context_from(authority.issue_client("localhost")), "localhost")


def test_certificates_live_no_longer_than_browsers_allow_and_take_clocks_that_are_behind(
    authority: LabAuthority,
) -> None:
    certificate = x509.load_pem_x509_certificate(authority.issue_server(["localhost"]).cert_pem)
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life <= datetime.timedelta(days=398) and DAYS_VALID == 397
    behind = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=50)
    assert certificate.not_valid_before_utc < behind


def test_addresses_stand_as_addresses_and_names_as_names(authority: LabAuthority) -> None:
    certificate = x509.load_pem_x509_certificate(authority.issue_server(NAMES).cert_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"scan1.contoso.example", "xn--bcher-kva.example"}
    assert set(names.get_values_for_type(x509.IPAddress)) == {
        ipaddress.ip_address("127.0.0.1"),
        ipaddress.ip_address("::1"),
    }


def test_two_certificates_share_neither_key_nor_serial_number(authority: LabAuthority) -> None:
    one, two = (authority.issue_server(["localhost"]) for _ in range(2))
    assert one.key_pem != two.key_pem
    serials = {x509.load_pem_x509_certificate(each.cert_pem).serial_number for each in (one, two)}
    assert len(serials) == 2
    for each in (one, two):
        certificate, key = x509.load_pem_x509_certificate(each.cert_pem), load_pem_private_key(each.key_pem, None)
        assert certificate.public_key() == key.public_key()


@pytest.mark.parametrize("names", [[], [""], ["a..b"], ["a" * 64 + ".example"]])
def test_names_that_no_certificate_can_bear_are_a_value_error(authority: LabAuthority, names: list[str]) -> None:
    with pytest.raises(ValueError):
        authority.issue_server(names)


def test_a_name_longer_than_a_subject_stands_whole_among_the_alternatives(authority: LabAuthority) -> None:
    name = ".".join(["a" * 30] * 4)
    assert handshake(trusting(authority), server_context_from(authority.issue_server([name])), name)


@pytest.mark.parametrize("name", NAMES[:3])
def test_openssl_verifies_the_chain_strictly(authority: LabAuthority, tmp_path: Path, name: str) -> None:
    openssl = needs_program("openssl")
    ca = authority.write(tmp_path / "new folder")
    (tmp_path / "server.pem").write_bytes(authority.issue_server(NAMES).cert_pem)
    kind = "-verify_hostname" if name.endswith("example") else "-verify_ip"
    command = [
        openssl, "verify", "-x509_strict", "-CAfile", ca, "-no-CApath", "-purpose", "sslserver", kind, name,
        tmp_path / "server.pem",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and done.stdout.strip().endswith(": OK"), done.stdout + done.stderr


def test_openssl_refuses_another_ca_another_name_and_another_purpose(
    authority: LabAuthority, tmp_path: Path
) -> None:
    openssl = needs_program("openssl")
    ca, other = authority.write(tmp_path / "ours"), LabAuthority.create().write(tmp_path / "theirs")
    (tmp_path / "server.pem").write_bytes(authority.issue_server(["localhost"]).cert_pem)
    (tmp_path / "client.pem").write_bytes(authority.issue_client("demo").cert_pem)

    def verify(roots: Path, *arguments: str | Path) -> int:
        command = [openssl, "verify", "-CAfile", roots, "-no-CApath", *arguments]
        return subprocess.run(command, capture_output=True, timeout=30).returncode

    server, client = tmp_path / "server.pem", tmp_path / "client.pem"
    assert verify(ca, "-purpose", "sslserver", server) == 0 == verify(ca, "-purpose", "sslclient", client)
    assert verify(other, server) != 0
    assert verify(ca, "-verify_hostname", "scan1.contoso.example", server) != 0
    assert verify(ca, "-purpose", "sslserver", client) != 0
    assert verify(ca, "-purpose", "sslclient", server) != 0


def test_the_cas_file_holds_its_certificate_and_no_key(authority: LabAuthority, tmp_path: Path) -> None:
    path = authority.write(tmp_path)
    assert path.read_bytes() == authority.certificate_pem and b"PRIVATE" not in path.read_bytes()
    ca = x509.load_pem_x509_certificate(path.read_bytes())
    limits = ca.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert limits.ca and limits.path_length == 0, "it makes no further authorities"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no owner bits")
def test_a_key_is_for_its_owner_alone_even_over_an_open_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("old")
    path.chmod(0o644)
    write_key(path, b"new")
    assert path.read_bytes() == b"new" and stat.S_IMODE(path.stat().st_mode) == 0o600
