"""The LDAP conversation of a device with a directory, sans-IO: octets in, answers out (RFC 4511). One request at a
time. Sealed buffers and TLS are the two ways in which a password or an answer may travel; nothing else is sent.
[adds/lookup/referrals-skipped]"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import sansldap

from emulator.directory.bind_result import SASL_BIND_IN_PROGRESS, SUCCESS, printable
from emulator.directory.entry import Entry
from emulator.directory.errors import ClearText, ConnectionEnded, DirectoryNonsense
from emulator.directory.framing import MessageFrames, SealedFrames, sealed

GSS_SPNEGO: Final = "GSS-SPNEGO"
"""The SASL mechanism of Windows (MS-ADTS 5.1.1.1): takes bare NTLM and Kerberos tokens too."""
SD_FLAGS: Final = "1.2.840.113556.1.4.801"
"""LDAP_SERVER_SD_FLAGS_OID (MS-ADTS 3.1.1.3.4.1.11)."""
_OWNER_GROUP_DACL: Final = bytes.fromhex("3003020107")
"""Its value: SEQUENCE of INTEGER 7; without SACL, which needs a privilege."""
PAGE_SIZE: Final = 500
"""Entries of a page (RFC 2696); a directory gives 1000 at most (MaxPageSize)."""
MAX_ENTRIES: Final = 10_000
"""Entries of one search that are read."""
MAX_SEARCH_BYTES: Final = 128 * 1024 * 1024
"""Octets of one search that are read."""
MAX_REFERENCES: Final = 1000

_DISCONNECTION: Final = sansldap.ExtendedOperations.LDAP_NOTICE_OF_DISCONNECTION.value
_CHUNK: Final = 64 * 1024

Scope = sansldap.SearchScope


class SecurityLayer(Protocol):
    """Signs and seals, once a SASL bind has agreed on keys."""

    def wrap(self, data: bytes) -> bytes:
        """Sealed."""

    def unwrap(self, data: bytes) -> bytes:
        """Opened. Raises DirectoryNonsense for what is not sealed, or not by our peer."""


@dataclass(frozen=True, slots=True)
class LdapResult:
    """How a request ended."""

    code: int
    """LDAP result code (RFC 4511, appendix A.1)."""
    diagnostic: str = ""
    matched_dn: str = ""
    referrals: tuple[str, ...] = ()
    token: bytes | None = None
    """serverSaslCreds of a bind."""
    entries: tuple[Entry, ...] = ()
    """What a search found."""
    references: tuple[str, ...] = ()
    """URLs at which a search could go on; nobody follows them."""
    cookie: bytes = b""
    """Not empty: there are more pages."""

    @property
    def ok(self) -> bool:
        """Whether all went well."""
        return self.code == SUCCESS


@dataclass(slots=True)
class _Collected:
    entries: list[Entry] = field(default_factory=list)
    references: list[str] = field(default_factory=list)


class LdapDialogue:
    """One connection's conversation, as messages."""

    def __init__(self, *, inside_tls: bool) -> None:
        """`inside_tls`: of ldaps."""
        self._session = sansldap.LDAPClient()
        self._frames = MessageFrames()
        self._sealed_frames = SealedFrames()
        self._layer: SecurityLayer | None = None
        self._inside_tls = inside_tls
        self._waiting: int | None = None
        self._collected = _Collected()
        self._searched_bytes = 0
        self._searched_entries = 0

    # Requests: each is in data_to_send() afterwards

    def start_tls(self) -> None:
        """StartTLS (RFC 4511 4.14). When its LdapResult is ok, begin TLS and call `tls_started`."""
        self._begin(self._session.extended_request(sansldap.ExtendedOperations.LDAP_START_TLS.value))

    def tls_started(self) -> None:
        """All octets go through TLS from here on. Raises DirectoryNonsense when some came before it: whoever
        stands between could have put them there."""
        if not self._frames.empty:
            raise DirectoryNonsense("the directory sent clear octets behind its answer to StartTLS")
        self._inside_tls = True

    def bind_simple(self, name: str, password: str) -> None:
        """Raises ClearText outside TLS, or for an empty password, which would be an anonymous bind (RFC 4513
        5.1.2)."""
        if not self._inside_tls:
            raise ClearText("a simple bind sends the password in clear: only inside TLS")
        if not name or not password:
            raise ClearText("a simple bind without a name or a password is an anonymous one")
        self._begin(self._session.bind_simple(name, password))

    def bind_sasl(self, token: bytes) -> None:
        """A token of GSS-SPNEGO; the LdapResult has the directory's in answer."""
        self._begin(self._session.bind_sasl(GSS_SPNEGO, None, token))

    def seal(self, layer: SecurityLayer) -> None:
        """All octets are sealed from here on. Raises DirectoryNonsense when some came unsealed."""
        if not self._frames.empty:
            raise DirectoryNonsense("the directory sent unsealed octets behind its answer to the bind")
        self._layer = layer

    def search(
        self,
        base: str,
        scope: Scope,
        matching: sansldap.LDAPFilter | None,
        attributes: Sequence[str],
        *,
        cookie: bytes | None = None,
        seconds: int = 0,
        access_lists: bool = False,
    ) -> None:
        """These are its parameters.

        - `cookie`: b"" for the first page, the last LdapResult's for another, None without pages.
        - `seconds`: the limit that the directory is told.
        - `access_lists`: nTSecurityDescriptor as somebody without privileges gets it.
        """
        if not cookie:
            self._searched_bytes = self._searched_entries = 0
        controls: list[sansldap.LDAPControl] = []
        if cookie is not None:
            controls.append(sansldap.PagedResultControl(critical=False, size=PAGE_SIZE, cookie=cookie))
        if access_lists:
            controls.append(sansldap.LDAPControl(SD_FLAGS, True, _OWNER_GROUP_DACL))
        self._collected = _Collected()
        self._begin(
            self._session.search_request(
                base,
                scope,
                size_limit=MAX_ENTRIES + 1,
                time_limit=seconds,
                filter=matching,
                attributes=list(attributes),
                controls=controls,
            )
        )

    def unbind(self) -> None:
        """The last message."""
        if self._session.state is not sansldap.SessionState.CLOSED:
            self._session.unbind()

    def _begin(self, message_id: int) -> None:
        assert self._waiting is None, "one request at a time"
        self._waiting = message_id

    # Octets

    def data_to_send(self) -> bytes:
        """Return what goes out now."""
        data: bytes = self._session.data_to_send()
        if self._layer is None or not data:
            return data
        layer = self._layer
        return b"".join(sealed(layer.wrap(data[at : at + _CHUNK])) for at in range(0, len(data), _CHUNK))

    def receive(self, data: bytes) -> LdapResult | None:
        """Take what has come; the LdapResult when the request has ended.

        Raises DirectoryNonsense and ConnectionEnded.
        """
        if not data:
            raise ConnectionEnded("the directory closed the connection")
        result: LdapResult | None = None
        for message in self._messages(data):
            found = self._take(message)
            if found is not None:
                if result is not None:
                    raise DirectoryNonsense("the directory answered a request twice")
                result = found
        return result

    def _messages(self, data: bytes) -> list[sansldap.LDAPMessage]:
        if self._layer is not None:
            layer = self._layer
            data = b"".join(layer.unwrap(buffer) for buffer in self._sealed_frames.feed(data))
        return [message for frame in self._frames.feed(data) for message in self._read(frame)]

    def _read(self, frame: bytes) -> list[sansldap.LDAPMessage]:
        self._searched_bytes += len(frame)
        if self._searched_bytes > MAX_SEARCH_BYTES:
            raise DirectoryNonsense(f"an answer of more than {MAX_SEARCH_BYTES} octets")
        try:
            found: list[sansldap.LDAPMessage] = self._session.receive(frame)
        except sansldap.ProtocolError as error:
            if isinstance(error.request, sansldap.ExtendedResponse) and error.request.name == _DISCONNECTION:
                text = printable(error.request.result.diagnostics_message)
                code = int(error.request.result.result_code)
                raise ConnectionEnded(f"the directory ended the connection: result {code} ({text})") from None
            raise DirectoryNonsense(f"not LDAP: {printable(str(error))}") from None
        except Exception as error:
            # The decoder is not ours: whatever it stumbles over is a message that nobody can read.
            raise DirectoryNonsense(f"not LDAP: {type(error).__name__} ({printable(str(error))})") from None
        if not found:
            raise DirectoryNonsense("not LDAP: a message that ends before what is in it")
        return found

    def _take(self, message: sansldap.LDAPMessage) -> LdapResult | None:
        if message.message_id != self._waiting:
            raise DirectoryNonsense(f"an answer to message {message.message_id}, which was not asked")
        match message:
            case sansldap.SearchResultEntry():
                self._searched_entries += 1
                if self._searched_entries > MAX_ENTRIES:
                    raise DirectoryNonsense(f"a search that finds more than {MAX_ENTRIES} entries")
                self._collected.entries.append(_entry(message))
                return None
            case sansldap.SearchResultReference():
                if len(self._collected.references) < MAX_REFERENCES:
                    self._collected.references += message.uris
                return None
            case sansldap.BindResponse():
                # RFC 4511 4.2.2: the next token of the same bind has a message of its own.
                return self._end(message.result, token=message.server_sasl_creds)
            case sansldap.SearchResultDone() | sansldap.ExtendedResponse():
                return self._end(message.result, controls=message.controls)
        raise DirectoryNonsense(f"an answer that fits no request: {type(message).__name__}")

    def _end(
        self,
        result: sansldap.LDAPResult,
        *,
        token: bytes | None = None,
        controls: Sequence[sansldap.LDAPControl] = (),
    ) -> LdapResult:
        self._waiting = None
        cookies = [each.cookie for each in controls if isinstance(each, sansldap.PagedResultControl)]
        collected, self._collected = self._collected, _Collected()
        return LdapResult(
            int(result.result_code),
            result.diagnostics_message,
            result.matched_dn,
            tuple(result.referrals or ()),
            token,
            tuple(collected.entries),
            tuple(collected.references),
            cookies[0] if cookies else b"",
        )


def in_progress(result: LdapResult) -> bool:
    """Return whether a SASL bind goes on."""
    return result.code == SASL_BIND_IN_PROGRESS


def _entry(message: sansldap.SearchResultEntry) -> Entry:
    attributes: dict[str, list[bytes]] = {}
    for each in message.attributes:
        # Options such as ;range do not matter here: no attribute of ours has as many values.
        attributes.setdefault(each.name.partition(";")[0].lower(), []).extend(each.values)
    return Entry(message.object_name, 0, attributes)
