"""Certificates in words, for people who must find the one that was refused. What stands in them comes from a peer:
it goes out on one line and without what could play with a terminal."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

_LONGEST: Final = 160
_USAGES: Final = {
    ExtendedKeyUsageOID.SERVER_AUTH: "server authentication",
    ExtendedKeyUsageOID.CLIENT_AUTH: "client authentication",
    ExtendedKeyUsageOID.CODE_SIGNING: "code signing",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "e-mail",
    ExtendedKeyUsageOID.SMARTCARD_LOGON: "smart card logon",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anything",
}


def read_certificates(chain: Sequence[bytes]) -> list[x509.Certificate]:
    """Those of a chain (DER) that can be read, in order."""
    found = []
    for der in chain:
        try:
            certificate = x509.load_der_x509_certificate(der)
            _ = certificate.subject, certificate.issuer, certificate.extensions
        except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm):
            continue
        found.append(certificate)
    return found


def describe(certificate: x509.Certificate) -> str:
    """Subject, issuer and dates."""
    own = is_self_signed(certificate)
    issuer = "self-signed" if own else f"issued by {name_of(certificate.issuer)}"
    return (
        f"{name_of(certificate.subject)}, {issuer}, valid from {moment(certificate.not_valid_before_utc)} "
        f"to {moment(certificate.not_valid_after_utc)}"
    )


def name_of(name: x509.Name) -> str:
    """A subject or issuer."""
    return _line(name.rfc4514_string()) or "(no name)"


def moment(when: datetime.datetime) -> str:
    """A date of a certificate or a list, to the minute."""
    return when.strftime("%Y-%m-%d %H:%M UTC")


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Return whether it is its own issuer, by name."""
    return certificate.subject == certificate.issuer


def names_in(certificate: x509.Certificate) -> str:
    """The DNS names and IP addresses that it is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return "no name at all in its subjectAltName"
    found = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return _line(", ".join(found)) or "no DNS name and no address"


def usages_in(certificate: x509.Certificate) -> str:
    """Return what it may be used for."""
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return "what its keyUsage says"
    return _line(", ".join(_USAGES.get(usage, usage.dotted_string) for usage in usages))


def key_of(certificate: x509.Certificate) -> str:
    """Kind and size of its public key."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "a key of an unknown kind"
    match key:
        case rsa.RSAPublicKey():
            return f"an RSA key of {key.key_size} bits"
        case dsa.DSAPublicKey():
            return f"a DSA key of {key.key_size} bits"
        case ec.EllipticCurvePublicKey():
            return f"a key on {key.curve.name}"
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return "an Edwards key"
    return "a key of an unknown kind"


def digest_of(certificate: x509.Certificate) -> str:
    """Name of the digest that its signature is made with, in upper case; '' where the algorithm has none."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return certificate.signature_algorithm_oid.dotted_string
    return "" if algorithm is None else algorithm.name.upper().replace("SHA1", "SHA-1")


def _line(text: str) -> str:
    clean = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return clean if len(clean) <= _LONGEST else f"{clean[:_LONGEST]}..."
