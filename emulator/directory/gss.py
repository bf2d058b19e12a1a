"""Sealed binds: NTLM and Kerberos by password, through pyspnego. Tokens in, tokens out; afterwards the security
layer of the connection."""

from __future__ import annotations

import importlib.util
import logging
import sys
from typing import TYPE_CHECKING, Any, Final, Literal

from emulator.directory.bind_result import kerberos_error, printable
from emulator.directory.errors import BindRefused, DirectoryError, DirectoryNonsense, NotInstalled, WrongPassword
from emulator.directory.secret import Login

if TYPE_CHECKING:
    import spnego

# The library's debug log shows the tokens, of which a password can be guessed.
logging.getLogger("spnego").setLevel(logging.WARNING)

Protocol = Literal["ntlm", "kerberos"]

_SEC_E_LOGON_DENIED: Final = 0x8009030C
"""SSPI, Windows (MS-ERREF 2.1)."""
_MAX_TOKEN_BYTES: Final = 256 * 1024


def has_kerberos() -> bool:
    """Whether Kerberos can be tried at all: SSPI on Windows, else the extra `kerberos`."""
    return sys.platform == "win32" or all(importlib.util.find_spec(name) for name in ("gssapi", "krb5"))


class SealedBind:
    """One bind's side of a device. The password that is given decides; no ticket of a cache is used.
    [adds/bind/given-password-not-a-cached-ticket]"""

    def __init__(self, protocol: Protocol, user: str, login: Login, host: str, where: str) -> None:
        """These are its parameters.

        - `user`: the name in the form that the protocol wants.
        - `host`: the controller's name, of which its service name is made; `where` begins messages.

        Blocks where a KDC is asked. Raises DirectoryError.
        """
        import spnego

        if protocol == "kerberos" and not has_kerberos():
            raise NotInstalled("Kerberos needs the extra: pip install 'dsm-emulator[kerberos]'")
        self._whom = login.user
        self._where = where
        wanted = spnego.ContextReq.mutual_auth | spnego.ContextReq.integrity | spnego.ContextReq.confidentiality
        # The library's own NTLM, which is the same on every system.
        options = spnego.NegotiateOptions.use_ntlm if protocol == "ntlm" else spnego.NegotiateOptions.none
        self._context: spnego.ContextProxy = self._guarded(
            lambda: spnego.client(
                user,
                login.password.reveal(),
                hostname=host,
                service="ldap",
                protocol=protocol,
                context_req=wanted,
                options=options,
            )
        )

    @property
    def complete(self) -> bool:
        """Whether our side has nothing more to say."""
        return bool(self._context.complete)

    def step(self, token: bytes | None) -> bytes | None:
        """The next token for the directory; None when there is none. Blocks where a KDC is asked. Raises
        DirectoryError."""
        if len(token or b"") > _MAX_TOKEN_BYTES:
            raise DirectoryNonsense(f"{self._where}: a token of {len(token or b'')} octets")
        answer: bytes | None = self._guarded(lambda: self._context.step(token))
        return answer

    def layer(self) -> SealedBind:
        """The security layer. Raises BindRefused when the directory did not agree to seal."""
        import spnego

        need = spnego.ContextReq.integrity | spnego.ContextReq.confidentiality
        if not self._context.complete or self._context.context_attr & need != need:
            raise BindRefused(f"{self._where}: the directory did not agree to sign and seal")
        return self

    def wrap(self, data: bytes) -> bytes:
        """Signed and sealed."""
        return bytes(self._context.wrap(data, encrypt=True).data)

    def unwrap(self, data: bytes) -> bytes:
        """Opened. Raises DirectoryNonsense."""
        try:
            opened = self._context.unwrap(data)
        except Exception as error:  # the library's, for whatever the octets may be
            raise DirectoryNonsense(
                f"{self._where}: octets that our peer has not sealed ({type(error).__name__})"
            ) from None
        if not opened.encrypted:
            raise DirectoryNonsense(f"{self._where}: octets that are signed but not sealed")
        return bytes(opened.data)

    def _guarded(self, work: Any) -> Any:
        """Errors of the library as ours."""
        try:
            return work()
        except DirectoryError:
            raise
        except Exception as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> DirectoryError:
        code = getattr(error, "err_code", None)  # krb5.Krb5Error
        base = getattr(error, "base_error", None)  # spnego.exceptions.SpnegoError
        if code is None and base is not None:
            code = getattr(base, "min_code", None)  # gssapi.exceptions.GSSError
            if (getattr(base, "winerror", 0) or 0) & 0xFFFFFFFF == _SEC_E_LOGON_DENIED:
                return WrongPassword(f"{self._where}: {self._whom}: the user name or the password is wrong")
        if isinstance(code, int):
            return kerberos_error(code, printable(str(getattr(base, "message", error))), self._whom, self._where)
        return DirectoryNonsense(f"{self._where}: the bind cannot go on: {printable(str(error))}")
