"""Whom a certificate names: read of certificates that the openssl program made, written for it to read."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openssl_tools import OpensslAuthority, openssl

from emulator.trust.authority import LabAuthority
from emulator.trust.user_identity import UserIdentity, identity_of

SID = "S-1-5-21-666199682-1411342147-2938717855-1001"
REAL_EXTENSION = bytes.fromhex("303fa03d060a2b060104018237190201a02f042d") + SID.encode()
"""szOID_NTDS_CA_SECURITY_EXT as Active Directory Certificate Services writes it."""


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("judge"))


def der(path: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(path.read_text())


UPN = "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:joerg@contoso.example"
WITH_SID = f"clientAuth\n1.3.6.1.4.1.311.25.2=DER:{REAL_EXTENSION.hex()}"


@pytest.mark.parametrize(
    ("alternatives", "usage", "found"),
    [
        ("", "clientAuth", UserIdentity("CN=who")),
        ("", WITH_SID, UserIdentity("CN=who", SID)),
        (UPN, "clientAuth", UserIdentity("CN=who", "", ("joerg@contoso.example",))),
        (f"{UPN},email:j@contoso.example,DNS:x.example", WITH_SID,
         UserIdentity("CN=who", SID, ("joerg@contoso.example",), ("j@contoso.example",))),
        ("otherName:1.3.6.1.4.1.311.20.2.3;INTEGER:5", "clientAuth", UserIdentity("CN=who")),
        ("otherName:1.2.3;UTF8:demo@contoso.example", "clientAuth", UserIdentity("CN=who")),
    ],
)  # fmt: skip
def test_identity_in_certificates_of_openssl(
    judge: OpensslAuthority, alternatives: str, usage: str, found: UserIdentity
) -> None:
    pair = judge.issue("who", alternatives=alternatives, usage=usage)
    assert identity_of(der(pair.cert)) == found


def test_openssl_reads_what_we_write(tmp_path: Path) -> None:
    issued = LabAuthority.create().issue_user("demo@contoso.example", sid=SID, mail="d@contoso.example")
    (tmp_path / "user.pem").write_bytes(issued.cert_pem)
    shown = openssl("x509", "-in", "user.pem", "-noout", "-text", cwd=tmp_path)
    assert "othername: UPN::demo@contoso.example, email:d@contoso.example" in shown
    assert "TLS Web Client Authentication, Microsoft Smartcard Login" in shown
    parsed = openssl("asn1parse", "-in", "user.pem", cwd=tmp_path)
    assert REAL_EXTENSION.hex().upper() in parsed
    assert identity_of(der(tmp_path / "user.pem")) == UserIdentity(
        "CN=demo@contoso.example", SID, ("demo@contoso.example",), ("d@contoso.example",)
    )


DEMO = {"sid": SID, "principal": "demo@contoso.example", "mail": "d@contoso.example"}


@pytest.mark.parametrize(
    ("identity", "is_demo"),
    [
        (UserIdentity("CN=x", SID), True),
        (UserIdentity("CN=x", SID, ("other@contoso.example",)), True),
        (UserIdentity("CN=x", SID[:-1], ("demo@contoso.example",), ("d@contoso.example",)), False),
        (UserIdentity("CN=x", "", ("Demo@CONTOSO.example",)), True),
        (UserIdentity("CN=x", "", ("anna@contoso.example",), ("d@contoso.example",)), False),
        (UserIdentity("CN=x", "", (), ("D@contoso.example",)), True),
        (UserIdentity("CN=x", "", (), ("",)), False),
        (UserIdentity("CN=demo@contoso.example"), False),
    ],
)
def test_the_strongest_mapping_decides(identity: UserIdentity, is_demo: bool) -> None:
    assert identity.is_of(**DEMO) is is_demo
    assert not UserIdentity("CN=x", "", (), ("",)).is_of(sid=SID, principal="demo@contoso.example", mail="")


@given(st.text(min_size=1, max_size=80).filter(lambda text: len(text.encode("utf-8", "ignore")) < 250))
def test_any_principal_name_comes_back(principal: str) -> None:
    try:
        principal.encode()
    except UnicodeEncodeError:
        return
    authority = AUTHORITY
    try:
        issued = authority.issue_user(principal)
    except ValueError:
        return  # a common name with a NUL or the like
    assert identity_of(ssl.PEM_cert_to_DER_cert(issued.cert_pem.decode())).principals == (principal,)


@given(st.binary(max_size=300))
def test_noise_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        identity_of(data)


AUTHORITY = LabAuthority.create()
