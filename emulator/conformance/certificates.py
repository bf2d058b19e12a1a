"""What stands in the certificates that a server shows: dates, names, purposes, keys; whether they are a chain."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from emulator.trust.description import describe, digest_of, is_self_signed, key_of, names_in, usages_in

_RSA_BITS, _EC_BITS = 2048, 224
"""Of 112 bits of security. (NIST SP 800-57 part 1, table 2)"""
_WEAK_DIGESTS: Final = ("SHA-1", "MD5")


def out_of_date(chain: Sequence[x509.Certificate], now: datetime.datetime) -> str:
    """The certificate that does not hold now, in words; ''."""
    for each in chain:
        if not each.not_valid_before_utc <= now <= each.not_valid_after_utc:
            return describe(each)
    return ""


def is_for(certificate: x509.Certificate, host: str) -> bool:
    """Whether it is for that host: by subjectAltName, or by the common name where it has no such extension."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return any(_same_name(str(each.value), host) for each in common)
    if address is not None:
        return address in names.get_values_for_type(x509.IPAddress)
    return any(_same_name(each, host) for each in names.get_values_for_type(x509.DNSName))


def _same_name(name: str, host: str) -> bool:
    """Whether they are one name: a * is a whole label, the first. (RFC 9525, section 6.3)"""
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    if name.startswith("*."):
        return "." in host and name[2:] == host.partition(".")[2]
    return name == host


def not_for_servers(certificate: x509.Certificate) -> str:
    """The purposes that it names, where that of a server is not among them; ''."""
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    wanted = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    return "" if any(each in wanted for each in purposes) else usages_in(certificate)


def weakness(chain: Sequence[x509.Certificate]) -> str:
    """The first weak key or signature, in words; ''. The signature of a root by itself proves nothing and is not
    looked at."""
    for each in chain:
        try:
            key = each.public_key()
        except (ValueError, UnsupportedAlgorithm):
            continue
        if _is_short(key):
            return f"{key_of(each)}: {describe(each)}"
        if not is_self_signed(each) and digest_of(each) in _WEAK_DIGESTS:
            return f"a signature over its {digest_of(each)}: {describe(each)}"
    return ""


def _is_short(key: object) -> bool:
    match key:
        case rsa.RSAPublicKey() | dsa.DSAPublicKey():
            return key.key_size < _RSA_BITS
        case ec.EllipticCurvePublicKey():
            return key.key_size < _EC_BITS
    return False


def gap(chain: Sequence[x509.Certificate]) -> str:
    """The first certificate that the one behind it has not issued, in words; ''."""
    for each, issuer in pairwise(chain):
        try:
            each.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            return f"{describe(each)}; behind it: {describe(issuer)}"
    return ""


def called(certificate: x509.Certificate) -> str:
    """The names that it is for, for people."""
    return names_in(certificate)
