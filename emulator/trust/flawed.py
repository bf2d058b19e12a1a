"""Certificates as no CA should issue them, so that a lab sees whether they are refused. All but what is wrong is as
it should be."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from typing import Any, Final, Literal, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from emulator.trust.authority import LabAuthority, ServerCertificate, SigningKey

Flaw = Literal[
    "none", "expired", "not-yet-valid", "unknown-ca", "self-signed", "weak-key", "sha-1-signature", "revoked"
]

_DAY: Final = datetime.timedelta(days=1)
_WEAK_BITS: Final = 1024
# RFC 3279, section 2.2: AlgorithmIdentifiers, DER.
_RSA_SHA_256: Final = bytes.fromhex("300d06092a864886f70d01010b0500")
_RSA_SHA_1: Final = bytes.fromhex("300d06092a864886f70d0101050500")
_ECDSA_SHA_256: Final = bytes.fromhex("300a06082a8648ce3d040302")
_ECDSA_SHA_1: Final = bytes.fromhex("300906072a8648ce3d0401")
_SHA_1_INFO: Final = bytes.fromhex("3021300906052b0e03021a05000414")  # RFC 8017, section 9.2: DigestInfo


def flawed_server(authority: LabAuthority, names: Sequence[str], flaw: Flaw) -> ServerCertificate:
    """A server's certificate with that flaw for those DNS names and IP addresses; a revoked one is as it should be,
    and its place is on a list. `authority`: whom peers trust."""
    return _flawed(authority, flaw, lambda ca, **how: ca.issue_server(names, **how))


def flawed_client(authority: LabAuthority, name: str, flaw: Flaw) -> ServerCertificate:
    """The same of a client."""
    return _flawed(authority, flaw, lambda ca, **how: ca.issue_client(name, **how))


class _Issue(Protocol):
    def __call__(self, ca: LabAuthority, **how: Any) -> ServerCertificate:
        """Have a CA issue it, with dates and key as of `issue_server`."""


def _flawed(authority: LabAuthority, flaw: Flaw, issue: _Issue) -> ServerCertificate:
    now = datetime.datetime.now(datetime.UTC)
    match flaw:
        case "expired":
            return issue(authority, not_before=now - 30 * _DAY, not_after=now - _DAY)
        case "not-yet-valid":
            return issue(authority, not_before=now + _DAY, not_after=now + 30 * _DAY)
        case "unknown-ca":
            return issue(LabAuthority.create("Another CA"))
        case "self-signed":
            key = ec.generate_private_key(ec.SECP256R1())
            return _self_signed(issue(authority, key=key), key)
        case "weak-key":
            return issue(authority, key=rsa.generate_private_key(65537, _WEAK_BITS))
        case "sha-1-signature":
            return _by_sha_1(issue(authority), authority.key)
    return issue(authority)


def _self_signed(made: ServerCertificate, key: SigningKey) -> ServerCertificate:
    """The same certificate, issued by itself."""
    issued = x509.load_pem_x509_certificate(made.cert_pem)
    builder = (
        x509.CertificateBuilder()
        .subject_name(issued.subject)
        .issuer_name(issued.subject)
        .public_key(issued.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issued.not_valid_before_utc)
        .not_valid_after(issued.not_valid_after_utc)
    )
    for each in issued.extensions:
        if not isinstance(each.value, x509.AuthorityKeyIdentifier):
            builder = builder.add_extension(each.value, each.critical)
    certificate = builder.sign(key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ServerCertificate(certificate.public_bytes(Encoding.PEM), pem)


def _by_sha_1(made: ServerCertificate, key: SigningKey) -> ServerCertificate:
    """The same certificate with a signature over its SHA-1: cryptography signs none any more, so that the new
    algorithm is put in by hand (RFC 5280, section 4.1)."""
    issued = x509.load_pem_x509_certificate(made.cert_pem)
    if isinstance(key, rsa.RSAPrivateKey):
        good, bad = _RSA_SHA_256, _RSA_SHA_1
    else:
        good, bad = _ECDSA_SHA_256, _ECDSA_SHA_1
    content = _content(issued.tbs_certificate_bytes)
    assert content.count(good) == 1
    signed = _der(0x30, content.replace(good, bad))
    digest = hashlib.sha1(signed, usedforsecurity=False).digest()
    signature = _signature(key, digest)
    der = _der(0x30, signed + bad + _der(0x03, b"\0" + signature))
    return ServerCertificate(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM), made.key_pem)


def _signature(key: SigningKey, digest: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):  # RFC 8017, section 8.2.1
        numbers = key.private_numbers()
        modulus = numbers.public_numbers.n
        size = (modulus.bit_length() + 7) // 8
        info = _SHA_1_INFO + digest
        padded = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
        return pow(int.from_bytes(padded), numbers.d, modulus).to_bytes(size)
    # To ECDSA a digest is a number: with zeros before it, it is the same one.
    return key.sign(digest.rjust(32, b"\0"), ec.ECDSA(Prehashed(hashes.SHA256())))


def _content(der: bytes) -> bytes:
    """What is in a DER value."""
    length = der[1]
    return der[2:] if length < 0x80 else der[2 + (length & 0x7F) :]


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content
