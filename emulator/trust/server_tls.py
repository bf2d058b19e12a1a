"""The TLS context of a server that tells a client why its handshake fails.

asyncio resets the connection when a handshake fails and drops the alert that OpenSSL has ready, so that a client
never learns that its certificate is wanted, or refused.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # it needs cryptography
    from emulator.trust.authority import LabAuthority

_log = logging.getLogger(__name__)

says_goodbye: Final[ContextVar[bool]] = ContextVar("says_goodbye", default=True)
"""Set by who drives a handshake: whether the connection will end with close_notify, as TLS wants it."""
on_refusal: Final[ContextVar[Callable[[bytes], None] | None]] = ContextVar("on_refusal", default=None)
"""Set by who drives a handshake: takes the alert for the peer, before the error is raised."""


class _Alerting(ssl.SSLObject):
    _outgoing: ssl.MemoryBIO | None = None
    _tell: Callable[[bytes], None] | None = None
    _says_goodbye = True

    def unwrap(self) -> Any:
        """Say close_notify, or not."""
        return super().unwrap() if self._says_goodbye else None

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            _log.info("a client is refused in the TLS handshake: %s", _words(error))
            if self._tell is not None and self._outgoing is not None and self._outgoing.pending:
                self._tell(self._outgoing.read())
            raise


class ServerContext(ssl.SSLContext):
    """See `contexts.server_context`."""

    sslobject_class = _Alerting
    issuer: LabAuthority | None = None
    """Who has issued the certificate, where that is one of ours."""
    names: tuple[str, ...] = ()
    """That it then holds."""
    remade: Callable[..., ServerContext] | None = None
    """Makes another like it; given a certificate, with that one."""

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **more: Any) -> ssl.SSLObject:
        """Do what the ssl module does."""
        made = super().wrap_bio(incoming, outgoing, *args, **more)
        if isinstance(made, _Alerting):
            made._outgoing, made._tell = outgoing, on_refusal.get()
            made._says_goodbye = says_goodbye.get()
        return made


def _words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return (error.reason or str(error)).replace("_", " ").lower()
