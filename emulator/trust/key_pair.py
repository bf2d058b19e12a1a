"""A certificate with its key from files: PEM (one file or two, the key with a password or without), or PKCS#12."""

from __future__ import annotations

import logging
import secrets
import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, pkcs12

from emulator.trust.authority import write_key
from emulator.trust.description import describe, moment
from emulator.trust.errors import TrustError
from emulator.trust.passwords import PasswordSource

_log = logging.getLogger(__name__)

_PEM: Final = b"-----BEGIN "
_PKCS7_DATA: Final = bytes.fromhex("06092a864886f70d010701")
"""OID of the content of every PKCS#12 file (RFC 7292, section 4), which stands near its start."""
_LARGEST: Final = 8 * 1024 * 1024
"""Octets of a file of certificates or keys; a bundle of all public roots has a quarter of a megabyte."""


def read(path: Path, what: str) -> bytes:
    """The content of a file. Raises TrustError."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise TrustError(f"{what} {path}: {error.strerror or error}") from None
    if len(data) > _LARGEST:
        raise TrustError(f"{what} {path}: larger than {_LARGEST} octets")
    return data


def load_pair(context: ssl.SSLContext, cert: Path, key: Path | None, what: str, passwords: PasswordSource) -> str:
    """Load a certificate and its key into `context`; the certificate in words. Raises TrustError.

    - `context`: what gets them.
    - `cert`: the certificate's file.
    - `key`: its key; None where the same file holds it.
    - `what`: whose it is, for messages.
    - `passwords`: of keys that are encrypted.
    """
    data = read(cert, what)
    if _PEM not in data and _PKCS7_DATA in data[:64]:
        if key is not None:
            raise TrustError(f"{what} {cert}: a PKCS#12 file holds its key; {key} is of no use beside it")
        own = _load_pkcs12(context, cert, data, what, passwords)
    else:
        own = _load_pem(context, cert, data, key, what, passwords)
    now = datetime.now(UTC)
    if not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
        _log.warning(
            "%s %s is not valid now, but from %s to %s",
            what, cert, moment(own.not_valid_before_utc), moment(own.not_valid_after_utc),
        )  # fmt: skip
    return describe(own)


def _load_pem(
    context: ssl.SSLContext, cert: Path, data: bytes, key: Path | None, what: str, passwords: PasswordSource
) -> x509.Certificate:
    if b"-----BEGIN CERTIFICATE-----" not in data:
        raise TrustError(f"{what} {cert}: no PEM certificate in it (-----BEGIN CERTIFICATE----- is missing)")
    holder = data if key is None else read(key, f"key of the {what}")
    if b"PRIVATE KEY-----" not in holder:
        raise TrustError(f"{what} {cert}: no PEM private key in {key or 'it, and no key file was named'}")
    asked = False

    def password() -> str:
        nonlocal asked
        asked = True
        return passwords.read(f"the key {key or cert}")

    where = f"{cert}" if key is None else f"{cert} with key {key}"
    try:
        context.load_cert_chain(cert, key, password=password)
    except ssl.SSLError as error:
        if asked and _is_bad_password(error):
            raise TrustError(f"{what} {where}: the password does not open the key") from None
        raise TrustError(f"{what} {where}: {reason_of(error)}") from None
    except ValueError as error:  # a password longer than OpenSSL takes
        raise TrustError(f"{what} {where}: {error}") from None
    return x509.load_pem_x509_certificate(data)


def _load_pkcs12(
    context: ssl.SSLContext, path: Path, data: bytes, what: str, passwords: PasswordSource
) -> x509.Certificate:
    bundle = _open_pkcs12(path, data, what, passwords)
    if bundle.key is None or bundle.cert is None:
        missing = "private key" if bundle.key is None else "certificate of its key"
        raise TrustError(f"{what} {path}: the PKCS#12 file has no {missing} in it")
    own = bundle.cert.certificate
    chain = [own, *(each.certificate for each in bundle.additional_certs)]
    # The ssl module reads a key only from a file: one of our own, for a moment, that nobody else can read, and
    # under a password that is nowhere else.
    password = secrets.token_bytes(24).hex()
    with tempfile.TemporaryDirectory(prefix="dsm-emulator-") as folder:
        cert_file, key_file = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        cert_file.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in chain))
        encryption = BestAvailableEncryption(password.encode())
        write_key(key_file, bundle.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
        try:
            context.load_cert_chain(cert_file, key_file, password=password)
        except ssl.SSLError as error:
            raise TrustError(f"{what} {path}: {reason_of(error)}") from None
    return own


def _open_pkcs12(path: Path, data: bytes, what: str, passwords: PasswordSource) -> pkcs12.PKCS12KeyAndCertificates:
    for password in (None, b""):  # "without a password" is written in both ways
        try:
            return pkcs12.load_pkcs12(data, password)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    password = passwords.read(f"{what} {path}").encode()
    try:
        return pkcs12.load_pkcs12(data, password)
    except UnsupportedAlgorithm as error:
        raise TrustError(f"{what} {path}: {error}") from None
    except (ValueError, TypeError):
        raise TrustError(f"{what} {path}: the password does not open it, or it is damaged") from None


def _is_bad_password(error: ssl.SSLError) -> bool:
    # OpenSSL 3 names what it met last, which differs by kind of key file; with a password asked for and the
    # certificate read before, there is little else that it can be.
    return error.reason not in ("KEY_VALUES_MISMATCH", "EE_KEY_TOO_SMALL", "CA_MD_TOO_WEAK", "CA_KEY_TOO_SMALL")


def reason_of(error: Exception) -> str:
    """OpenSSL's reason in plain words."""
    reason = getattr(error, "reason", None)
    known = {
        "KEY_VALUES_MISMATCH": "the key does not belong to the certificate",
        "NO_START_LINE": "no PEM block in it",
        "EE_KEY_TOO_SMALL": "its key is too weak (RSA wants 2048 bits)",
        "CA_KEY_TOO_SMALL": "the key of its CA is too weak (RSA wants 2048 bits)",
        "CA_MD_TOO_WEAK": "it is signed with a digest that proves nothing any more (SHA-1)",
    }
    if isinstance(reason, str) and reason:
        return known.get(reason, reason.replace("_", " ").lower())
    return "no usable PEM block in it"
