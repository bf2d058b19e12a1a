"""What `--directory ldap://...` means. No I/O."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from emulator.directory.errors import DirectoryError
from emulator.directory.user_name import UserName
from emulator.transport.url import read_url

LDAP_PORT: Final = 389  # [adds/lookup/port-389]
LDAPS_PORT: Final = 636
_PORTS: Final = {"ldap": LDAP_PORT, "ldaps": LDAPS_PORT}
_HOST: Final = re.compile(r"[A-Za-z0-9._:%-]+\Z")
_DC: Final = re.compile(r"\s*dc\s*=\s*([A-Za-z0-9_-]+)\s*\Z", re.IGNORECASE)


def is_ldap_url(text: str) -> bool:
    """Whether it is meant as the URL of an LDAP directory, not as a folder."""
    return text.lstrip().lower().startswith(("ldap:", "ldaps:"))


@dataclass(frozen=True, slots=True)
class LdapPlace:
    """One URL: a controller, or a domain whose controllers DNS tells."""

    host: str
    port: int
    is_controller: bool
    """True where an address or a port is given: nobody is asked for the controllers of a domain."""


@dataclass(frozen=True, slots=True)
class LdapUrl:
    """Where a directory is looked for."""

    text: str
    tls: bool
    """ldaps."""
    places: tuple[LdapPlace, ...]
    """In the order in which they are tried."""

    def __str__(self) -> str:
        return self.text


def parse_ldap_url(text: str, user: str) -> LdapUrl:
    """One URL or several, separated by blanks. A URL without a host means the domain of its base
    (`ldap:///DC=dsm,DC=test`), else that of `user` (`joe@dsm.test`). Raises DirectoryError."""
    schemes: set[str] = set()
    places: list[LdapPlace] = []
    for url in text.split():
        parts = read_url(url)
        if parts.problem:
            raise DirectoryError(f"--directory {text!r} is no URL: {parts.problem}")
        scheme, host, port = parts.scheme, unquote(parts.host), parts.port
        if scheme not in _PORTS or not url.partition(":")[2].startswith("//"):
            raise DirectoryError(f"--directory {text!r}: a directory is a folder, ldap://HOST or ldaps://HOST")
        if parts.login:
            raise DirectoryError("--directory: a URL with a user or a password in it is refused; give --user")
        if parts.query or parts.fragment or port == 0 or (host and not _HOST.match(host)):
            raise DirectoryError(f"--directory {text!r}: ldap://HOST[:PORT], ldap:/// or ldap:///DC=...,DC=...")
        schemes.add(scheme)
        base = unquote(parts.path.lstrip("/"))
        if host and base:
            raise DirectoryError(f"--directory {text!r}: a base goes with a URL without a host alone")
        if host:
            places.append(LdapPlace(host, port or _PORTS[scheme], port is not None or _is_address(host)))
        else:
            places.append(LdapPlace(_domain(base, user, text), _PORTS[scheme], False))
    if len(schemes) != 1:
        raise DirectoryError(f"--directory {text!r}: ldap and ldaps do not go together")
    return LdapUrl(text, "ldaps" in schemes, tuple(places))


def _domain(base: str, user: str, text: str) -> str:
    if base:
        found = [_DC.match(part) for part in base.split(",")]
        if not all(found):
            raise DirectoryError(f"--directory {text!r}: the base of a domain reads DC=dsm,DC=test")
        return ".".join(part[1] for part in found if part is not None)
    domain = UserName.parse(user).dns_domain
    if not domain:
        raise DirectoryError(f"--directory {text!r} means the domain of the user: --user joe@dsm.test names it")
    return domain


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
