"""A connection to one domain controller: owns the socket, drives the dialogue, keeps to the time."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from emulator.directory.bind_result import bind_error, printable
from emulator.directory.controllers import Controller
from emulator.directory.deadline import Deadline
from emulator.directory.entry import Entry
from emulator.directory.errors import (
    ConnectionEnded,
    DirectoryError,
    DirectoryNonsense,
    DirectoryNotTrusted,
    NoController,
    TooSlow,
)
from emulator.directory.gss import Protocol, SealedBind
from emulator.directory.ldap_dialogue import LdapDialogue, LdapResult, Scope, in_progress
from emulator.directory.search import search_error
from emulator.directory.secret import Login

if TYPE_CHECKING:
    import sansldap

_log = logging.getLogger(__name__)
_READ: Final = 256 * 1024
_MAX_BIND_STEPS: Final = 8
"""NTLM takes two, Kerberos one or two."""
_REFERENCES_TOLD: Final = 5
_UNBIND_SECONDS: Final = 1.0


class LdapConnection:
    """Open, bind once, search as often as wanted, close. Every method but `close` may block until its deadline, and
    raises DirectoryError."""

    def __init__(self, controller: Controller, sock: socket.socket, dialogue: LdapDialogue) -> None:
        self.controller = controller
        self._sock = sock
        self._dialogue = dialogue

    @classmethod
    def open(
        cls,
        controller: Controller,
        addresses: Sequence[str],
        *,
        tls: ssl.SSLContext | None,
        start_tls: bool,
        seconds: float,
        deadline: Deadline,
    ) -> LdapConnection:
        """Connect within `seconds`, and within the deadline.

        - `tls`: the context for ldaps or StartTLS.
        """
        sock = _connect(
            controller, addresses, Deadline(min(seconds, deadline.left(f"{controller}: no connection")))
        )
        connection = cls(controller, sock, LdapDialogue(inside_tls=tls is not None and not start_tls))
        try:
            if tls is not None:
                if start_tls:
                    connection._start_tls(deadline)
                connection._wrap(tls, deadline)
                if start_tls:
                    connection._dialogue.tls_started()
        except BaseException:
            connection.drop()
            raise
        return connection

    def bind_simple(self, name: str, login: Login, deadline: Deadline) -> None:
        """Inside TLS only; `name` in the form that this bind wants."""
        self._dialogue.bind_simple(name, login.password.reveal())
        self._require(self._round_trip(deadline), login)

    def bind_sealed(self, protocol: Protocol, name: str, host: str, login: Login, deadline: Deadline) -> None:
        """NTLM or Kerberos; afterwards all octets are signed and sealed.

        - `host`: of the service's name.
        """
        where, late = str(self.controller), f"{self.controller}: no end of the bind"
        bind = deadline.call(lambda: SealedBind(protocol, name, login, host, where), late)
        token = deadline.call(lambda: bind.step(None), late)
        for _ in range(_MAX_BIND_STEPS):
            self._dialogue.bind_sasl(token or b"")
            result = self._round_trip(deadline)
            if not in_progress(result):
                self._require(result, login)
            token = None
            if result.token and not bind.complete:
                token = deadline.call(partial(bind.step, result.token), late)
            if result.ok:
                self._dialogue.seal(bind.layer())
                return
        raise DirectoryNonsense(f"{where}: a bind that does not end")

    def search(
        self,
        base: str,
        scope: Scope,
        matching: sansldap.LDAPFilter | None,
        attributes: Sequence[str],
        deadline: Deadline,
        *,
        access_lists: bool = False,
    ) -> list[Entry]:
        """Every entry, page by page. Referrals to other directories are told in the log and not followed.

        - `base`: the distinguished name where the search begins.
        - `scope`: that entry alone, one level below it, or all.
        - `matching`: the filter; None for every entry.
        - `attributes`: the names of those that are wanted.
        - `deadline`: when everything has to be there.
        - `access_lists`: whether the access control list of each entry is asked for.
        """
        paged = scope is not Scope.BASE
        cookie: bytes | None = b"" if paged else None
        found: list[Entry] = []
        while True:
            seconds = int(deadline.left(f"{self.controller}: no end of the answer")) + 1
            self._dialogue.search(
                base, scope, matching, attributes, cookie=cookie, seconds=seconds, access_lists=access_lists
            )
            result = self._round_trip(deadline)
            if not result.ok:
                raise search_error(result, base, str(self.controller))
            found += result.entries
            if result.references:
                to = " ".join(printable(url) for url in result.references[:_REFERENCES_TOLD])
                _log.info("%s: %d referrals not followed: %s", self.controller, len(result.references), to)
            cookie = result.cookie
            if not cookie:
                return found

    def close(self) -> None:
        """Say goodbye; never raises."""
        with contextlib.suppress(OSError, DirectoryError, ValueError):
            self._dialogue.unbind()
            self._sock.settimeout(_UNBIND_SECONDS)
            self._sock.sendall(self._dialogue.data_to_send())
        self.drop()

    def drop(self) -> None:
        """Close without a word; never raises."""
        with contextlib.suppress(OSError):
            self._sock.close()

    # What goes over the wire

    def _require(self, result: LdapResult, login: Login) -> None:
        if not result.ok:
            raise bind_error(result.code, result.diagnostic, login.user, str(self.controller))

    def _start_tls(self, deadline: Deadline) -> None:
        self._dialogue.start_tls()
        result = self._round_trip(deadline)
        if not result.ok:
            said = printable(result.diagnostic)
            raise DirectoryNotTrusted(
                f"{self.controller}: the directory refuses StartTLS: result {result.code} ({said})"
            )

    def _wrap(self, context: ssl.SSLContext, deadline: Deadline) -> None:
        name = self.controller.host.partition("%")[0]
        try:
            self._sock.settimeout(deadline.left(f"{self.controller}: no TLS handshake"))
            self._sock = context.wrap_socket(self._sock, server_hostname=name)
        except TimeoutError:
            raise TooSlow(f"{self.controller}: no TLS handshake within {deadline.seconds:g} s") from None
        except (OSError, ValueError) as error:
            raise _tls_error(self.controller, error, context) from None

    def _round_trip(self, deadline: Deadline) -> LdapResult:
        """Send what waits, and read until the request has ended."""
        late = f"{self.controller}: no answer"
        try:
            self._sock.settimeout(deadline.left(late))
            self._sock.sendall(self._dialogue.data_to_send())
            while True:
                self._sock.settimeout(deadline.left(late))
                result = self._dialogue.receive(self._sock.recv(_READ))
                if result is not None:
                    return result
        except TimeoutError:
            raise TooSlow(f"{late} within {deadline.seconds:g} s") from None
        except (OSError, ValueError) as error:
            if isinstance(error, DirectoryError):
                raise _with_controller_named(error, self.controller) from None
            reason = getattr(error, "strerror", None) or str(error)
            raise ConnectionEnded(f"{self.controller}: the connection broke: {reason}") from None


def _with_controller_named(error: DirectoryError, controller: Controller) -> DirectoryError:
    """Return the error with the controller in front."""
    text = str(error)
    return error if text.startswith(str(controller)) else type(error)(f"{controller}: {text}")


def _connect(controller: Controller, addresses: Sequence[str], deadline: Deadline) -> socket.socket:
    """Connect to the first address that takes us; each gets its share of the time."""
    reason = "no address"
    for number, address in enumerate(addresses):
        share = deadline.left(f"{controller}: no connection") / (len(addresses) - number)
        try:
            return socket.create_connection((address, controller.port), timeout=share)
        except TimeoutError:
            reason = f"no connection within {share:.3g} s"
        except ConnectionRefusedError:
            reason = "connection refused"
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
    raise NoController(f"{controller}: {reason}")


def _tls_error(controller: Controller, error: Exception, context: ssl.SSLContext) -> DirectoryError:
    """A failed handshake in the words that the scan server's own gets."""
    from emulator.transport.address import Address
    from emulator.transport.http import Stage
    from emulator.transport.tls_failure import not_trusted, tls_failure

    address = Address("https", controller.host, controller.port, "/")
    if isinstance(error, ssl.SSLCertVerificationError):
        return DirectoryNotTrusted(str(not_trusted(address, error, (), context, peer="directory")))
    text = str(tls_failure(address, error, Stage.TLS))
    if not isinstance(error, ssl.SSLError):
        return ConnectionEnded(text)
    return DirectoryNotTrusted(text.replace(" (http:// instead of https://?)", " (ldap:// instead of ldaps://?)"))
