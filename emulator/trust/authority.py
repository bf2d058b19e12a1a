"""A throw-away certificate authority, so that TLS in a lab is really verified and not switched off."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS_VALID: Final = 397
"""Longest life of a server certificate that browsers and Apple's TLS take (CA/B Forum BR 6.3.2), in days."""
_BACKDATED: Final = datetime.timedelta(hours=1)
"""Clocks of peers may be behind."""
_MAX_COMMON_NAME: Final = 64  # RFC 5280, appendix A.1: ub-common-name


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """A certificate and its private key, both PEM; the key is unencrypted PKCS 8."""

    cert_pem: bytes
    key_pem: bytes


class LabAuthority:
    """A CA that lives as long as its process, with a key on NIST P-256."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        """Use `create`."""
        self._certificate = certificate
        self._key = key

    @classmethod
    def create(cls, name: str = "DSM emulator lab CA") -> LabAuthority:
        """Make a fresh authority (about 1 ms)."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            _builder(subject, subject, key.public_key(), None, None)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @property
    def certificate_pem(self) -> bytes:
        """What a client must trust."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue_server(
        self,
        names: Sequence[str],
        *,
        not_before: datetime.datetime | None = None,
        not_after: datetime.datetime | None = None,
    ) -> ServerCertificate:
        """A certificate for those DNS names and IP addresses. Raises ValueError for none, or for a name
        that cannot stand in a certificate. The dates are for labs that want a certificate expired."""
        if not names:
            raise ValueError("a server certificate needs at least one name")
        alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
        return self._issue(
            names[0], ExtendedKeyUsageOID.SERVER_AUTH, alternatives, not_before=not_before, not_after=not_after
        )

    def issue_client(self, name: str) -> ServerCertificate:
        """A certificate with which a device identifies itself (DSM security: mutual TLS)."""
        return self._issue(name, ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def write(self, folder: Path) -> Path:
        """Write the CA's certificate (never its key) into the folder; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "lab-ca.pem"
        path.write_bytes(self.certificate_pem)
        return path

    def _issue(
        self,
        name: str,
        usage: x509.ObjectIdentifier,
        alternatives: x509.SubjectAlternativeName | None,
        *,
        not_before: datetime.datetime | None = None,
        not_after: datetime.datetime | None = None,
    ) -> ServerCertificate:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:_MAX_COMMON_NAME])])
        builder = (
            _builder(subject, self._certificate.subject, key.public_key(), not_before, not_after)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        if alternatives is not None:
            builder = builder.add_extension(alternatives, critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        return ServerCertificate(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )


def write_key(path: Path, pem: bytes) -> None:
    """Write a private key that only its owner may read (where the system knows owners). Replaces a file."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # an old file would keep its own, wider rights
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    not_before: datetime.datetime | None,
    not_after: datetime.datetime | None,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before or now - _BACKDATED)
        .not_valid_after(not_after or now + datetime.timedelta(days=DAYS_VALID))
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
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
