"""TLS contexts, from files or from a lab authority. TLS 1.2 or newer."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

from emulator.trust.authority import ServerCertificate, write_key


class TrustError(ValueError):
    """A certificate or key that cannot be used. `str()` is one line that names the file."""


def client_context(
    *,
    ca_file: Path | None,
    ca_pem: bytes | None = None,
    client_cert: Path | None = None,
    client_key: Path | None = None,
    insecure: bool = False,
) -> ssl.SSLContext:
    """A context that verifies certificate and name against the given roots, else the system's.

    `client_cert` with `client_key` (or a PEM that holds both) is shown to a server that asks. `insecure`
    verifies nothing. Raises TrustError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None and ca_pem is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if ca_file is not None:
        _load_roots(context, _read(ca_file, "CA file"), f"CA file {ca_file}")
    if ca_pem is not None:
        _load_roots(context, ca_pem, "CA certificate")
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if client_cert is not None:
        _load_pair(context, client_cert, client_key, "client certificate")
    elif client_key is not None:
        raise TrustError(f"the client key {client_key} is of no use without its certificate (--client-cert)")
    return context


def server_context(cert_file: Path, key_file: Path | None, *, client_ca: Path | None = None) -> ssl.SSLContext:
    """A context for a server. `cert_file` may hold the key too; with `client_ca` clients must show a
    certificate of that CA. Raises TrustError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_pair(context, cert_file, key_file, "server certificate")
    if client_ca is not None:
        _load_roots(context, _read(client_ca, "CA file"), f"CA file {client_ca}")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def server_context_from(certificate: ServerCertificate, *, client_ca: Path | None = None) -> ssl.SSLContext:
    """A server context from PEM in memory."""
    # The ssl module reads a key only from a file: one of our own, for a moment, that nobody else can read.
    with tempfile.TemporaryDirectory(prefix="dsm-emulator-") as folder:
        cert_file, key_file = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        cert_file.write_bytes(certificate.cert_pem)
        write_key(key_file, certificate.key_pem)
        return server_context(cert_file, key_file, client_ca=client_ca)


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrustError(f"{what} {path}: {error.strerror or error}") from None


def _load_roots(context: ssl.SSLContext, pem: bytes, what: str) -> None:
    if b"-----BEGIN" not in pem:
        raise TrustError(f"{what}: no PEM certificate in it (-----BEGIN CERTIFICATE----- is missing)")
    try:
        # The ssl module takes ASCII alone; bundles have names in other letters between their blocks.
        context.load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError) as error:
        raise TrustError(f"{what}: not readable as PEM certificates: {_reason(error)}") from None


def _load_pair(context: ssl.SSLContext, cert: Path, key: Path | None, what: str) -> None:
    pem = _read(cert, what)
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        raise TrustError(f"{what} {cert}: no PEM certificate in it (-----BEGIN CERTIFICATE----- is missing)")
    if key is not None:
        pem = _read(key, f"key of the {what}")
    if b"PRIVATE KEY-----" not in pem:
        raise TrustError(f"{what} {cert}: no PEM private key in {key or 'it, and no key file was named'}")

    def no_password() -> str:
        raise TrustError(f"{what} {cert}: its key {key or cert} is encrypted; give one without a pass phrase")

    try:
        context.load_cert_chain(cert, key, password=no_password)
    except ssl.SSLError as error:
        where = f"{cert}" if key is None else f"{cert} with key {key}"
        raise TrustError(f"{what} {where}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """OpenSSL's reason in plain words."""
    reason = getattr(error, "reason", None)
    known = {
        "KEY_VALUES_MISMATCH": "the key does not belong to the certificate",
        "NO_START_LINE": "no PEM block in it",
    }
    if isinstance(reason, str) and reason:
        return known.get(reason, reason.replace("_", " ").lower())
    return "no usable PEM block in it"
