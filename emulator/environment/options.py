"""How others are trusted, how clients are served, how a directory is asked: options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from emulator.directory.secret import Secret
from emulator.environment.shown import Shown
from emulator.trust.passwords import Ask


@dataclass(frozen=True, slots=True, repr=False)
class TrustOptions(Shown):
    """How the scan server is trusted and how the device identifies itself to it (spec: DSM security modes)."""

    ca_file: Path | None = None
    """PEM of the roots to trust instead of the system's."""
    client_cert: Path | None = None
    """PEM or PKCS#12 of the certificate that is shown to a server that asks: the user's, in strong mode."""
    client_key: Path | None = None
    insecure: bool = False
    """Take any server certificate."""
    crls: tuple[Path, ...] = ()
    """Revocation lists; one must be of the CA of the server's certificate."""
    client_password_file: Path | None = None
    ask: Ask | None = None
    """Asks a person for the password of the key, where neither file nor environment gives it."""
    ca_url: str | None = None
    """Where the root to trust is fetched (a server's /ca.pem), which `ca_sha256` pins."""
    ca_sha256: str | None = None
    """SHA-256 fingerprint of that certificate, in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class ServeTls:
    """How clients are served over HTTPS."""

    cert: Path | None = None
    """PEM or PKCS#12; None: a throw-away CA makes one."""
    key: Path | None = None
    password_file: Path | None = None
    client_ca: Path | None = None
    """PEM of the CAs of clients, who must then show a certificate (strong mode)."""
    client_crls: tuple[Path, ...] = ()
    ask: Ask | None = None
    """As of TrustOptions."""


@dataclass(frozen=True, slots=True, repr=False)
class LdapOptions(Shown):
    """How a directory over LDAP is asked; nothing of it matters for a folder."""

    password: Secret | None = field(default=None, repr=False)
    """Of the user who binds."""
    auth: Literal["auto", "ntlm", "kerberos", "simple"] = "auto"
    """The kind of bind. auto: simple inside TLS; else Kerberos where it can be tried, else NTLM."""
    start_tls: bool = False
    ca_file: Path | None = None
    """PEM of the roots that the controller's certificate must come from, instead of the system's."""
    dns_server: str | None = None
    """Address of the DNS server that knows the domain, instead of the system's."""
    timeout: float = 30.0
    """Seconds for one question, whatever it takes: finding a controller, binding, searching."""
    roots: bool = False
    """Trust the scan server by the enterprise roots that the directory publishes."""
