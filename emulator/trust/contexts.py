"""TLS contexts, from files or from a lab authority: TLS 1.2 or newer, no SHA-1, no key with less than 112 bits of
security. [dsp/security/tls-1-2] [dsp/security/server-authentication-in-both-modes]"""

from __future__ import annotations

import contextlib
import ssl
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.trust.client_tls import ClientContext
from emulator.trust.errors import TrustError
from emulator.trust.key_log import log_secrets
from emulator.trust.passwords import CLIENT_VARIABLE, SERVER_VARIABLE, PasswordSource
from emulator.trust.server_tls import ServerContext

if TYPE_CHECKING:
    from emulator.trust.authority import LabAuthority, ServerCertificate

__all__ = ["TrustError", "client_context", "server_context", "server_context_from"]

_SECURITY_LEVEL: Final = 2
"""OpenSSL's: keys of 112 bits of security or more (RSA 2048, EC 224), no SHA-1 in a signature that counts."""
_CLIENT_PASSWORDS: Final = PasswordSource(variable=CLIENT_VARIABLE)
_SERVER_PASSWORDS: Final = PasswordSource(variable=SERVER_VARIABLE)


def client_context(
    *,
    ca_file: Path | None,
    ca_pem: bytes | None = None,
    crls: Sequence[Path] = (),
    client_cert: Path | None = None,
    client_key: Path | None = None,
    passwords: PasswordSource = _CLIENT_PASSWORDS,
    insecure: bool = False,
) -> ClientContext:
    """A context that verifies certificate and name against the given roots, else the system's.

    - `crls`: revocation lists, PEM or DER, one of them of the CA of the server's certificate.
    - `client_cert`: PEM with `client_key` (or one PEM that holds both), or PKCS#12; shown to a server that asks.
    - `passwords`: for its key.

    `insecure` verifies nothing. Raises TrustError.
    """
    context = ClientContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    if ca_file is None and ca_pem is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if ca_file is not None:
        from emulator.trust.key_pair import read

        _load_roots(context, read(ca_file, "CA file"), f"CA file {ca_file}")
        context.roots = f"the certificates in {ca_file}"
    if ca_pem is not None:
        _load_roots(context, ca_pem, "CA certificate")
        if ca_file is None:
            context.roots = "the certificates given"
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        from emulator.trust.revocation import use_crls

        context.crls = use_crls(context, crls)
    context.remade = partial(client_context, ca_file=ca_file, ca_pem=ca_pem, crls=crls, insecure=insecure)
    if client_cert is not None:
        from emulator.trust.key_pair import load_pair

        context.own = load_pair(context, client_cert, client_key, "client certificate", passwords)
        # Servers that decide by the path of a request (IIS, Apache) ask after the handshake.
        context.post_handshake_auth = True
    elif client_key is not None:
        raise TrustError(f"the client key {client_key} is of no use without its certificate (--client-cert)")
    return context


def server_context(
    cert_file: Path,
    key_file: Path | None,
    *,
    client_ca: Path | None = None,
    client_crls: Sequence[Path] = (),
    passwords: PasswordSource = _SERVER_PASSWORDS,
) -> ServerContext:
    """A context for a server. `cert_file` may hold the key too, or be PKCS#12; with `client_ca` clients must show a
    certificate of that CA (DSM's strong mode), which must not be in `client_crls`. Raises TrustError.

    - `cert_file`: the certificate with its chain.
    - `key_file`: its key; None where `cert_file` holds it.
    - `client_ca`: whose certificates clients have to show.
    - `client_crls`: revocation lists of that CA.
    - `passwords`: of keys that are encrypted.
    """
    context = _server_context(client_ca, client_crls)
    from emulator.trust.key_pair import load_pair

    load_pair(context, cert_file, key_file, "server certificate", passwords)

    def remade(certificate: ServerCertificate | None = None) -> ServerContext:
        if certificate is not None:
            return flawed_server_context(certificate, client_ca=client_ca, client_crls=client_crls)
        return server_context(
            cert_file, key_file, client_ca=client_ca, client_crls=client_crls, passwords=passwords
        )

    context.remade = remade
    return context


def _server_context(client_ca: Path | None, client_crls: Sequence[Path]) -> ServerContext:
    """One without a certificate of its own. Raises TrustError."""
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    if client_ca is not None:
        from emulator.trust.key_pair import read

        _load_roots(context, read(client_ca, "CA file"), f"CA file {client_ca}")
        context.verify_mode = ssl.CERT_REQUIRED
        from emulator.trust.revocation import use_crls

        use_crls(context, client_crls)
    elif client_crls:
        raise TrustError("revocation lists of clients are of no use where no client certificate is asked for")
    return context


def server_context_from(
    certificate: ServerCertificate,
    *,
    client_ca: Path | None = None,
    client_crls: Sequence[Path] = (),
    issuer: LabAuthority | None = None,
    names: Sequence[str] = (),
) -> ServerContext:
    """A server context from PEM in memory. Raises TrustError.

    - `issuer`: the CA that has issued it, and `names`: for whom; by these others like it can be made.
    """
    with _files_of(certificate) as (cert_file, key_file):
        context = server_context(cert_file, key_file, client_ca=client_ca, client_crls=client_crls)

    def remade(other: ServerCertificate | None = None) -> ServerContext:
        if other is not None:
            return flawed_server_context(other, client_ca=client_ca, client_crls=client_crls)
        return server_context_from(
            certificate, client_ca=client_ca, client_crls=client_crls, issuer=issuer, names=names
        )

    context.issuer, context.names, context.remade = issuer, tuple(names), remade
    return context


def flawed_server_context(
    certificate: ServerCertificate, *, client_ca: Path | None = None, client_crls: Sequence[Path] = ()
) -> ServerContext:
    """A server context for a certificate that a peer should refuse: a weak one is loaded too. Raises TrustError."""
    context = _server_context(client_ca, client_crls)
    load_flawed(context, certificate)
    return context


def load_flawed(context: ssl.SSLContext, certificate: ServerCertificate) -> None:
    """Have a context show a certificate that a peer should refuse. Raises TrustError."""
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with _files_of(certificate) as (cert_file, key_file):
        from emulator.trust.key_pair import load_pair

        load_pair(context, cert_file, key_file, "certificate", _SERVER_PASSWORDS)


def allow_old(context: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    """Have a context speak that old version of TLS alone. Raises TrustError where this OpenSSL has none."""
    has = {ssl.TLSVersion.TLSv1: ssl.HAS_TLSv1, ssl.TLSVersion.TLSv1_1: ssl.HAS_TLSv1_1}
    if not has.get(version, True):
        raise TrustError(f"{ssl.OPENSSL_VERSION} has no {version.name.replace('_', '.')}")
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it is meant
        context.minimum_version = version
        context.maximum_version = version


@contextlib.contextmanager
def _files_of(certificate: ServerCertificate) -> Iterator[tuple[Path, Path]]:
    """The ssl module reads a key only from a file: one of our own, for a moment, that nobody else can read."""
    with tempfile.TemporaryDirectory(prefix="dsm-emulator-") as folder:
        cert_file, key_file = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        cert_file.write_bytes(certificate.cert_pem)
        from emulator.trust.authority import write_key  # cryptography, which who only connects does not wait for

        write_key(key_file, certificate.key_pem)
        yield cert_file, key_file


def _harden(context: ssl.SSLContext) -> None:
    log_secrets(context)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python's own list of ciphers asks for level 2; builds that follow the system's may ask for less.
    if context.security_level < _SECURITY_LEVEL:
        context.set_ciphers(f"DEFAULT:@SECLEVEL={_SECURITY_LEVEL}")


def _load_roots(context: ssl.SSLContext, pem: bytes, what: str) -> None:
    if b"-----BEGIN" not in pem:
        raise TrustError(f"{what}: no PEM certificate in it (-----BEGIN CERTIFICATE----- is missing)")
    try:
        # The ssl module takes ASCII alone; bundles have names in other letters between their blocks.
        context.load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError) as error:
        from emulator.trust.key_pair import reason_of

        raise TrustError(f"{what}: not readable as PEM certificates: {reason_of(error)}") from None
