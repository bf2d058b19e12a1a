"""From options to TLS contexts: whom we trust, and what we show. Files that cannot be used are errors of usage."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.directory.model import User
from emulator.environment.ca_url import fetch_root
from emulator.environment.exit_codes import LabError
from emulator.environment.options import ServeTls, TrustOptions
from emulator.environment.whole_file import not_written
from emulator.file_lock import FileLock
from emulator.trust.client_tls import ClientContext
from emulator.trust.contexts import TrustError, client_context, server_context, server_context_from
from emulator.trust.passwords import CLIENT_VARIABLE, SERVER_VARIABLE, PasswordSource

if TYPE_CHECKING:
    from emulator.trust.authority import LabAuthority

_LOCK_SECONDS: Final = 10.0
"""How long another process may be making the CA."""


def with_certificate_of(trust: TrustOptions, user: User) -> TrustOptions:
    """Return the options with the user's own certificate, unless they name one: the card in the reader is his."""
    card = user.certificate
    if card is None or trust.client_cert is not None:
        return trust
    return trust.but(client_cert=card.path, client_key=card.key, client_password_file=card.password_file)


async def client_tls_now(trust: TrustOptions, *, ca_pem: bytes | None = None) -> ClientContext:
    """Do what `client_tls` does, for coroutines: a root is fetched in a thread, a person is asked for a password in
    this one. Raises LabError."""
    if trust.ca_url is None:
        return client_tls(trust, ca_pem=ca_pem)
    fetched = await asyncio.to_thread(_fetched, trust)
    return client_tls(trust.but(ca_url=None, ca_sha256=None), ca_pem=(ca_pem or b"") + fetched)


def client_tls(trust: TrustOptions, *, ca_pem: bytes | None = None) -> ClientContext:
    """The context of a client; `ca_pem`: roots beside those of `trust`. Blocks where a root is fetched. Raises
    LabError."""
    if trust.ca_url is not None or trust.ca_sha256 is not None:
        ca_pem = (ca_pem or b"") + _fetched(trust)
    passwords = PasswordSource(
        trust.client_password_file, CLIENT_VARIABLE, trust.ask, option="--client-password-file"
    )
    try:
        return client_context(
            ca_file=trust.ca_file,
            ca_pem=ca_pem,
            crls=trust.crls,
            client_cert=trust.client_cert,
            client_key=trust.client_key,
            passwords=passwords,
            insecure=trust.insecure,
        )
    except TrustError as error:
        raise LabError(str(error)) from None


def require_pinned(trust: TrustOptions) -> tuple[str, str]:
    """Where the root is that is to be fetched, and its fingerprint. Raises LabError unless both are given."""
    if trust.ca_url is None or trust.ca_sha256 is None:
        raise LabError("--ca-url and --ca-sha256 go together", hint="what is fetched is known by its fingerprint")
    if trust.ca_file is not None:
        raise LabError("--ca-file and --ca-url exclude one another")
    return trust.ca_url, trust.ca_sha256


def _fetched(trust: TrustOptions) -> bytes:
    """The root that is to be fetched. Blocks. Raises LabError."""
    return fetch_root(*require_pinned(trust))


def server_tls(
    options: ServeTls, names: Sequence[str], ca_file: Path, *, ca_dir_for: str, keep_in: Path | None = None
) -> tuple[ssl.SSLContext, Path | None]:
    """The context of a server, and the file that its clients trust: None for a certificate of the user's own, else
    `ca_file`, into which the certificate of a throw-away CA is written.

    - `names`: DNS names and IP addresses for that one.
    - `ca_dir_for`: what the file's folder is, for people.
    - `keep_in`: folder in which the CA is kept for the next time.

    Raises LabError.
    """
    try:
        if options.cert is not None:
            return own_server_tls(options), None
        if options.key is not None:
            raise LabError("--tls-key goes with --tls-cert")
        from emulator.trust.authority import LabAuthority

        authority = LabAuthority.create() if keep_in is None else _kept_authority(keep_in)
        context = server_context_from(
            authority.issue_server(names),
            client_ca=options.client_ca,
            client_crls=options.client_crls,
            issuer=authority,
            names=names,
        )
    except TrustError as error:
        raise LabError(str(error)) from None
    try:
        ca_file.parent.mkdir(parents=True, exist_ok=True)
        ca_file.write_bytes(authority.certificate_pem)
    except OSError as error:
        raise LabError(f"{ca_dir_for} cannot be used: {error.strerror or error}") from None
    return context, ca_file


def _kept_authority(folder: Path) -> LabAuthority:
    """The CA of a folder, made when there is none. Raises TrustError, LabError."""
    from emulator.trust.authority_folder import AuthorityFolder

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock") as lock:  # two servers may start at once
            lock.acquire(_LOCK_SECONDS)
            return AuthorityFolder.open(folder, key_kind="ec").authority
    except OSError as error:
        raise not_written(folder, error, "--state") from None


def own_server_tls(options: ServeTls) -> ssl.SSLContext:
    """The context of a server with a certificate of the user's own. Raises TrustError."""
    assert options.cert is not None
    return server_context(
        options.cert,
        options.key,
        client_ca=options.client_ca,
        client_crls=options.client_crls,
        passwords=PasswordSource(options.password_file, SERVER_VARIABLE, options.ask, option="--tls-password-file"),
    )


def sink_tls(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """The context by which events are taken over HTTPS; None: over HTTP. Raises LabError."""
    if cert is None:
        if key is not None:
            raise LabError("--events-key goes with --events-cert")
        return None
    try:
        return server_context(cert, key)
    except TrustError as error:
        raise LabError(f"--events-cert: {error}") from None
