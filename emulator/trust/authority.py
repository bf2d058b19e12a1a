"""A certificate authority for labs, so that TLS in a lab is really verified and not switched off."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from emulator.trust.user_identity import principal_name, security_extension

DAYS_VALID: Final = 397
"""Longest life of a server certificate that browsers and Apple's TLS take (CA/B Forum BR 6.3.2), in days."""
_BACKDATED: Final = datetime.timedelta(hours=1)
"""Clocks of peers may be behind."""
_MAX_COMMON_NAME: Final = 64  # RFC 5280, appendix A.1: ub-common-name
_RSA_BITS: Final = 2048

KeyKind = Literal["ec", "rsa"]
"""NIST P-256, made in a millisecond, or RSA of 2048 bits, which every Windows and every smart card takes."""
SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Moment = datetime.datetime


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A certificate and its private key, both PEM; the key is unencrypted PKCS 8."""

    cert_pem: bytes
    key_pem: bytes


class LabAuthority:
    """A CA. It lives as long as its process, unless its key is written down (`authority_folder`)."""

    def __init__(
        self,
        certificate: x509.Certificate,
        key: SigningKey,
        *,
        key_kind: KeyKind = "ec",
        crl_url: str = "",
    ) -> None:
        """Use `create`, or give a CA that is there already. `key_kind`: of the certificates that it issues;
        `crl_url`: where its revocation list can be had, which then stands in them."""
        self.certificate = certificate
        self.key = key
        self._key_kind: KeyKind = key_kind
        self._crl_url = crl_url

    @classmethod
    def create(
        cls,
        name: str = "DSM emulator lab CA",
        *,
        key_kind: KeyKind = "ec",
        days: int = DAYS_VALID,
        crl_url: str = "",
    ) -> LabAuthority:
        """Make a fresh authority."""
        key = _new_key(key_kind)
        subject = _named(name)
        begin = datetime.datetime.now(datetime.UTC) - _BACKDATED
        certificate = (
            _builder(subject, subject, key, begin, begin + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key, key_kind=key_kind, crl_url=crl_url)

    @property
    def certificate_pem(self) -> bytes:
        """What a client must trust."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue_server(
        self, names: Sequence[str], *, not_before: Moment | None = None, not_after: Moment | None = None
    ) -> ServerCertificate:
        """A certificate for those DNS names and IP addresses. Raises ValueError for none, or for a name
        that cannot stand in a certificate. The dates are for labs that want a certificate expired."""
        if not names:
            raise ValueError("a server certificate needs at least one name")
        extensions = [
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            x509.SubjectAlternativeName([_general_name(name) for name in names]),
        ]
        return self._issue(names[0], extensions, not_before, not_after)

    def issue_client(
        self, name: str, *, not_before: Moment | None = None, not_after: Moment | None = None
    ) -> ServerCertificate:
        """A certificate with which somebody identifies himself, and which names no user."""
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._issue(name, [usage], not_before, not_after)

    def issue_user(
        self,
        principal: str,
        *,
        sid: str = "",
        mail: str = "",
        not_before: Moment | None = None,
        not_after: Moment | None = None,
    ) -> ServerCertificate:
        """A certificate as on a user's smart card (DSM security, strong mode), with what Active Directory maps it
        by: the user principal name, the SID, the e-mail address. Raises ValueError for what cannot stand there.

        - `principal`: the user principal name.
        - `sid`: the security identifier; '' for none.
        - `mail`: the e-mail address; '' for none.
        - `not_before`: when it begins to hold; None for now.
        - `not_after`: when it ends; None for the usual time.
        """
        alternatives: list[x509.GeneralName] = [principal_name(principal)]
        if mail:
            alternatives.append(x509.RFC822Name(mail))
        extensions: list[x509.ExtensionType] = [
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SMARTCARD_LOGON]),
            x509.SubjectAlternativeName(alternatives),
        ]
        if sid:
            extensions.append(security_extension(sid))
        return self._issue(principal, extensions, not_before, not_after)

    def revoke(
        self,
        revoked: Sequence[x509.RevokedCertificate],
        *,
        number: int = 1,
        this_update: Moment | None = None,
        next_update: Moment | None = None,
    ) -> x509.CertificateRevocationList:
        """The revocation list with those entries (see `revoked_entry`)."""
        begin = this_update or datetime.datetime.now(datetime.UTC) - _BACKDATED
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(begin)
            .next_update(next_update or begin + datetime.timedelta(days=DAYS_VALID))
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        for entry in revoked:
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.key, hashes.SHA256())

    def write(self, folder: Path) -> Path:
        """Write the CA's certificate (never its key) into the folder; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "lab-ca.pem"
        path.write_bytes(self.certificate_pem)
        return path

    def _issue(
        self,
        name: str,
        extensions: Sequence[x509.ExtensionType],
        not_before: Moment | None,
        not_after: Moment | None,
    ) -> ServerCertificate:
        key = _new_key(self._key_kind)
        builder = (
            _builder(_named(name), self.certificate.subject, key, not_before, not_after)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                _key_usage(signs_certificates=False, encrypts_keys=isinstance(key, rsa.RSAPrivateKey)),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        if self._crl_url:
            where = x509.DistributionPoint([x509.UniformResourceIdentifier(self._crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([where]), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        return ServerCertificate(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )


def revoked_entry(serial: int, when: Moment | None = None) -> x509.RevokedCertificate:
    """An entry of a revocation list; from now on where no time is given."""
    return (
        x509.RevokedCertificateBuilder()
        .serial_number(serial)
        .revocation_date(when or datetime.datetime.now(datetime.UTC))
        .build()
    )


def write_key(path: Path, pem: bytes) -> None:
    """Write a private key that only its owner may read (where the system knows owners). Replaces a file."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # an old file would keep its own, wider rights
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)


def _new_key(kind: KeyKind) -> SigningKey:
    if kind == "rsa":
        return rsa.generate_private_key(65537, _RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:_MAX_COMMON_NAME])])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: SigningKey, not_before: Moment | None, not_after: Moment | None
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before or now - _BACKDATED)
        .not_valid_after(not_after or now + datetime.timedelta(days=DAYS_VALID))
    )


def _key_usage(*, signs_certificates: bool, encrypts_keys: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=encrypts_keys,  # the RSA key exchange of TLS 1.2, which old Windows prefers
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii"))
