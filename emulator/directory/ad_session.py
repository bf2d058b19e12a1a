"""A bound connection to Active Directory, and the way in: controllers, TLS, the kind of bind."""

from __future__ import annotations

import logging
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from emulator.directory.connection import LdapConnection
from emulator.directory.controllers import Controller, NameService
from emulator.directory.deadline import Deadline
from emulator.directory.entry import Entry
from emulator.directory.errors import (
    AccountRevoked,
    ClearText,
    DirectoryError,
    DirectoryNonsense,
    NoKerberos,
    TooSlow,
)
from emulator.directory.gss import has_kerberos
from emulator.directory.ldap_dialogue import Scope
from emulator.directory.ldap_url import LdapUrl, parse_ldap_url
from emulator.directory.search import ROOT_DSE
from emulator.directory.secret import Login
from emulator.directory.sid import sid_text
from emulator.directory.user_name import UserName
from emulator.trust.contexts import TrustError, client_context

_log = logging.getLogger(__name__)

Auth = Literal["auto", "ntlm", "kerberos", "simple"]
"""auto: simple inside TLS; without TLS Kerberos where it can be tried, else NTLM."""

CONNECT_SECONDS: Final = 5.0
"""Longest wait for a controller to take a connection; another may be there."""
_DC: Final = re.compile(r"\s*DC\s*=\s*((?:[^,\\]|\\.)*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AdSession:
    """A connection that has bound."""

    connection: LdapConnection
    base: str
    """defaultNamingContext."""
    configuration: str
    """configurationNamingContext."""
    domain: str
    """DNS name of the domain."""
    own_sid: str | None
    """Of who has bound, as the directory tells it."""

    def close(self) -> None:
        """Say goodbye; never raises."""
        self.connection.close()

    def drop(self) -> None:
        """Close without a word; never raises."""
        self.connection.drop()


@dataclass(frozen=True, slots=True)
class _RootDse:
    base: str
    configuration: str
    host: str
    domain: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to get in."""

    url: LdapUrl
    login: Login
    user: UserName
    auth: Auth
    start_tls: bool
    tls: ssl.SSLContext | None
    names: NameService

    @classmethod
    def of(
        cls,
        url: str,
        login: Login,
        *,
        auth: Auth,
        start_tls: bool,
        ca_file: Path | None,
        dns_server: str | None,
    ) -> SignIn:
        """Raises DirectoryError for what cannot work, before anything is sent.

        - `url`: a domain or its controllers, several with blanks between.
        - `login`: user name and password.
        - `auth`: the kind of bind.
        - `start_tls`: whether TLS begins inside the connection.
        - `ca_file`: the CA that has to have signed the controllers' certificates.
        - `dns_server`: who is asked for controllers; None for the system's own.

        [adds/bind/sealed-inside-tls-refused] [adds/bind/no-clear-text-password]
        """
        where = parse_ldap_url(url, login.user)
        inside_tls = where.tls or start_tls
        if where.tls and start_tls:
            raise ClearText(f"--start-tls: {url} is inside TLS already")
        if auth == "simple" and not inside_tls:
            raise ClearText("a simple bind sends the password in clear, so it is done inside TLS only")
        if auth in ("ntlm", "kerberos") and inside_tls:
            raise ClearText(
                f"a bind by {auth} seals by itself and goes to port 389 without TLS; inside TLS it is simple"
            )
        if not login.password.reveal():
            raise DirectoryError("the password is empty: a directory takes such a bind for an anonymous one")
        try:
            tls = client_context(ca_file=ca_file) if inside_tls else None
        except TrustError as error:
            raise DirectoryError(str(error)) from None
        return cls(where, login, UserName.parse(login.user), auth, start_tls, tls, NameService(dns_server))

    def controllers(self, deadline: Deadline) -> list[Controller]:
        """Whom to try. Raises DirectoryError."""
        return self.names.controllers(self.url, deadline)

    def enter(self, controller: Controller, deadline: Deadline) -> AdSession:
        """Connect and bind. Raises DirectoryError."""
        connection = LdapConnection.open(
            controller,
            self.names.addresses(controller, deadline),
            tls=self.tls,
            start_tls=self.start_tls,
            seconds=CONNECT_SECONDS,
            deadline=deadline,
        )
        try:
            # Before the bind for names alone: nobody vouches for what comes in clear.
            self._bind(connection, _root_dse(connection, deadline)[0], deadline)
            root, own_sid = _root_dse(connection, deadline, "tokenGroups")
            return AdSession(connection, root.base, root.configuration, root.domain, own_sid)
        except BaseException:
            connection.drop()
            raise

    def _bind(self, connection: LdapConnection, root: _RootDse, deadline: Deadline) -> None:
        # The law: [adds/lookup/bind-with-the-users-credentials] [adds/bind/no-clear-text-password]
        # The law: [adds/bind/sealed-on-389] [adds/bind/simple-inside-tls]
        if self.tls is not None:
            connection.bind_simple(self.user.for_simple_bind(root.domain), self.login, deadline)
            _log.info("%s: bound as %s by a simple bind inside TLS", connection.controller, self.login.user)
        elif self.auth == "auto" and has_kerberos():
            try:
                # A name service that is silent must not use up the time for NTLM.
                share = Deadline(deadline.left(f"{connection.controller}: no bind") / 2)
                self._bind_kerberos(connection, root, share)
            except (NoKerberos, TooSlow, AccountRevoked) as error:
                # AccountRevoked: NTLM tells whether it is locked, disabled or expired.
                _log.info("%s; trying NTLM", error)
                self._bind_ntlm(connection, deadline)
        elif self.auth == "kerberos":
            self._bind_kerberos(connection, root, deadline)
        else:
            self._bind_ntlm(connection, deadline)

    def _bind_ntlm(self, connection: LdapConnection, deadline: Deadline) -> None:
        connection.bind_sealed("ntlm", str(self.user), connection.controller.host, self.login, deadline)
        _log.info("%s: bound as %s by NTLM, sealed", connection.controller, self.login.user)

    def _bind_kerberos(self, connection: LdapConnection, root: _RootDse, deadline: Deadline) -> None:
        controller = connection.controller
        # A service has no key under its address; then its own word for its name must do.
        host = root.host if controller.is_address and root.host else controller.host
        connection.bind_sealed("kerberos", self.user.for_kerberos(root.domain), host, self.login, deadline)
        _log.info("%s: bound as %s by Kerberos, sealed", controller, self.login.user)


def _root_dse(connection: LdapConnection, deadline: Deadline, *more: str) -> tuple[_RootDse, str | None]:
    """What the directory tells of itself, and the SID of who asks, if that was wanted (rootDSE's tokenGroups begins
    with it, MS-ADTS 3.1.1.3.2). Raises DirectoryError. [adds/lookup/root-dse]"""
    found = connection.search("", Scope.BASE, None, (*ROOT_DSE, *more), deadline)
    entry = found[0] if found else Entry("")
    base = entry.shown("defaultNamingContext")
    configuration = entry.shown("configurationNamingContext")
    if not base or not configuration:
        raise DirectoryNonsense(f"{connection.controller}: no Active Directory (it names no defaultNamingContext)")
    domain = ".".join(part.replace("\\", "") for part in _DC.findall(base))
    if not domain:
        raise DirectoryNonsense(f"{connection.controller}: {base!r} is no domain (DC=...,DC=...)")
    own = entry.octets("tokenGroups")
    try:
        own_sid = None if own is None else sid_text(own)
    except ValueError:
        own_sid = None
    return _RootDse(base, configuration, entry.shown("dnsHostName"), domain), own_sid
