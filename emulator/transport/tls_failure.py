"""The error of ours for one of the ssl module, each told apart in plain words: a server that we do not trust (with
the rule that failed), a server that does not take us, a peer that speaks no TLS or too old a one."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Final

from emulator.transport.address import Address
from emulator.transport.http import ClientRefused, ConnectionLost, ExchangeError, Stage, TlsFailed

_NO_TLS: Final = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}
)
_TOO_OLD: Final = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW"})
_WEAK: Final = {
    "DH_KEY_TOO_SMALL": "its Diffie-Hellman key is too weak",
    "EE_KEY_TOO_SMALL": "its key is too weak",
    "NO_SUPPORTED_SIGNATURE_ALGORITHM": "it can prove itself by SHA-1 alone, which proves nothing any more",
    "NO_SUITABLE_SIGNATURE_ALGORITHM": "it can prove itself by SHA-1 alone, which proves nothing any more",
    "WRONG_SIGNATURE_TYPE": "it proves itself by SHA-1, which proves nothing any more",
}


def not_trusted(
    address: Address,
    error: ssl.SSLCertVerificationError,
    shown: Sequence[bytes],
    context: ssl.SSLContext | None,
    *,
    peer: str = "server",
) -> TlsFailed:
    """Make the error for a certificate that failed the verification by `context`.

    - `shown`: DER of what the peer shows, its own certificate first, as far as it is known.
    - `peer`: what it is, in words.
    """
    from emulator.trust.refusals import why_not_trusted  # cryptography, only where it is needed

    why = why_not_trusted(error.verify_code, error.verify_message, address.tls_name, shown, context)
    return TlsFailed(f"{address}: the {peer}'s certificate is not trusted: {why}", Stage.TLS)


def tls_failure(
    address: Address,
    error: Exception,
    stage: Stage,
    sent: int = 0,
    *,
    context: ssl.SSLContext | None = None,
    agreed: bool = True,
) -> ExchangeError:
    """Make the error for any error of the ssl module, or of the socket below it.

    - `agreed`: protocol and cipher had been agreed on before it.
    """
    if isinstance(error, ssl.SSLError) and not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        reason = error.reason or str(error)
        words = reason.replace("_", " ").lower()
        if reason in _NO_TLS:
            words = "the peer does not speak TLS here (http:// instead of https://?)"
        elif reason in _TOO_OLD:
            words = "the peer speaks no TLS 1.2 or newer"
        elif reason in _WEAK:
            words = _WEAK[reason]
        elif "ALERT" in reason:
            return _alerted(address, reason, stage, sent, context, agreed=agreed)
        elif stage is not Stage.TLS:
            return ConnectionLost(f"{address}: TLS broke: {words}", stage, body_bytes_sent=sent)
        return TlsFailed(f"{address}: TLS failed: {words}", stage, body_bytes_sent=sent)
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
        reason = error.strerror or str(error) or type(error).__name__
        return ConnectionLost(f"{address}: the connection broke: {reason}", stage, body_bytes_sent=sent)
    if stage is Stage.TLS:
        return ConnectionLost(f"{address}: the peer closed the connection during the TLS handshake", stage)
    return ConnectionLost(f"{address}: {error}", stage, body_bytes_sent=sent)


def _alerted(
    address: Address, reason: str, stage: Stage, sent: int, context: ssl.SSLContext | None, *, agreed: bool
) -> ExchangeError:
    """`TLSV13_ALERT_CERTIFICATE_REQUIRED` and the like. With TLS 1.3 a server looks at a client's certificate when
    the client's own handshake has ended: the alert comes in the place of the first answer."""
    from emulator.trust.refusals import why_we_are_refused  # cryptography, only where it is needed

    alert = (reason.partition("ALERT_")[2] or reason).replace("_", " ").lower()
    if why := why_we_are_refused(alert, context, agreed=agreed):
        return ClientRefused(f"{address}: the server refuses us: {why}", stage, body_bytes_sent=sent)
    return TlsFailed(f"{address}: TLS failed: the peer refused: {alert}", stage, body_bytes_sent=sent)
