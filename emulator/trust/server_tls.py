"""The TLS context of a server that tells a client why its handshake fails."""

from __future__ import annotations

import logging
import ssl

_log = logging.getLogger(__name__)


class _Alerting(ssl.SSLObject):
    """asyncio resets the connection when a handshake fails and drops the alert that OpenSSL has ready, so that a
    client never learns that its certificate is wanted or refused. This one asks to wait for the peer instead: the
    alert goes out, and the connection ends when the peer has read it, or with the time limit of the handshake."""

    _failure: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        if self._failure is not None:
            raise self._failure
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self._failure = error
            _log.info("a client is refused in the TLS handshake: %s", _words(error))
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "the alert has yet to go out") from None


class ServerContext(ssl.SSLContext):
    """See `contexts.server_context`."""

    sslobject_class = _Alerting


def _words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return (error.reason or str(error)).replace("_", " ").lower()
