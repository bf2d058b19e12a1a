"""One message to an SMTP server (RFC 5321): STARTTLS, login, recipients one by one, the body piece by piece.

The commands and replies are smtplib's. Its own ways to connect, to log in and to send are not used: they hold the
whole message, know ASCII passwords alone, and cannot be ended from another thread.
"""

from __future__ import annotations

import base64
import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Sequence
from typing import Final

from emulator.dsm.states import FilterStateReason
from emulator.scan_server.delivery.mail_message import MailMessage
from emulator.scan_server.delivery.outcome import DeliveryFailed, Stopped, one_line
from emulator.scan_server.delivery.settings import MailSettings
from emulator.scan_server.delivery.watch import ConnectionWatch
from emulator.trust.contexts import TrustError, client_context

PAUSES: Final = (0.5, 2.0)
"""Seconds before another attempt, where surely nothing was delivered and another may help."""

MAX_REPLIES: Final = 1024 * 1024
"""Longest replies of a server that are read on one connection, in octets."""

_BAD_SERVER: Final = FilterStateReason.INVALID_SMTP_SERVER
_NOT_SENT: Final = FilterStateReason.UNABLE_TO_SEND_EMAIL


def send_message(
    settings: MailSettings, message: MailMessage, recipients: Sequence[str], stop: threading.Event
) -> dict[str, str]:
    """Send; the recipients that the server refused, with its words. It has taken the message for all others.
    Raises DeliveryFailed when it took it for nobody, Stopped, and OSError when a document cannot be read."""
    for pause in (*PAUSES, None):
        try:
            return _Talk(settings, stop).run(message, recipients)
        except DeliveryFailed as error:
            if not error.again or pause is None:
                raise
            if stop.wait(pause):
                raise Stopped from None
    raise AssertionError("not reached")


class _Talk:
    """One connection."""

    def __init__(self, settings: MailSettings, stop: threading.Event) -> None:
        self._settings = settings
        self._where = f"{settings.host}:{settings.server_port}"
        self._smtp = smtplib.SMTP(local_hostname=_own_name())
        self._watch = ConnectionWatch(stop, settings.time_limit, self._shut)

    def run(self, message: MailMessage, recipients: Sequence[str]) -> dict[str, str]:
        """Talk from connecting to QUIT."""
        with self._watch:
            try:
                self._open()
                refused = self._send(message, recipients)
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    self._smtp.docmd("QUIT")  # the message has been taken; what comes now changes nothing
                return refused
            finally:
                self._smtp.close()

    def _shut(self) -> None:
        """Called from the watch's thread."""
        if self._smtp.sock is not None:
            # Of the plain socket: SSLSocket.shutdown would take the TLS state away under the other thread.
            socket.socket.shutdown(self._smtp.sock, socket.SHUT_RDWR)

    def _failed(self, reason: FilterStateReason, detail: str, *, again: bool = False) -> DeliveryFailed:
        return DeliveryFailed(reason, f"mail server {self._where}: {detail}", again=again)

    def _broken(self, reason: FilterStateReason, error: Exception, doing: str, *, again: bool) -> DeliveryFailed:
        """Make the error for a connection that broke, or was ended by the watch."""
        self._watch.check()
        if self._watch.why:
            return self._failed(reason, f"{self._watch.why} ({doing})")
        # smtplib wraps what broke a reply.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return self._failed(reason, f"does not go on for {self._settings.timeout:g} s ({doing})")
        return self._failed(reason, f"the connection broke ({doing}): {_words(error)}", again=again)

    # The way to a server that takes messages of ours

    def _open(self) -> None:
        settings = self._settings
        try:
            context = None if settings.tls == "none" else client_context(ca_file=settings.ca_file)
        except TrustError as error:
            raise self._failed(_BAD_SERVER, str(error)) from None
        try:
            self._smtp.sock = socket.create_connection((settings.host, settings.server_port), settings.timeout)
        except (OSError, UnicodeError) as error:
            raise self._failed(
                _BAD_SERVER, f"cannot be reached: {_words(error)}", again=isinstance(error, ConnectionRefusedError)
            ) from None
        self._smtp.file = _Replies(self._smtp.sock)
        try:
            if settings.tls == "implicit" and context is not None:
                self._begin_tls(context)
            self._want(self._smtp.getreply(), 220, "its greeting")
            self._hello()
            if settings.tls == "starttls" and context is not None:
                if not self._smtp.has_extn("starttls"):
                    raise self._failed(_BAD_SERVER, "offers no STARTTLS")
                self._want(self._smtp.docmd("STARTTLS"), 220, "STARTTLS")
                self._begin_tls(context)
                self._hello()
            if settings.user is not None:
                self._log_in(settings.user, settings.password.get_secret_value())
        except ssl.SSLCertVerificationError as error:
            raise self._failed(
                _BAD_SERVER, f"its certificate is not trusted: {error.verify_message.rstrip('.')}"
            ) from None
        except ssl.SSLError as error:
            self._watch.check()
            raise self._failed(_BAD_SERVER, f"TLS failed: {_words(error)}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise self._broken(_BAD_SERVER, error, "before any message", again=True) from None

    def _begin_tls(self, context: ssl.SSLContext) -> None:
        """The plain socket's TLS; what the server said before it counts no more (RFC 3207, section 4.2)."""
        assert self._smtp.sock is not None
        if self._smtp.file is not None:
            self._smtp.file.close()
        wrapped = context.wrap_socket(
            self._smtp.sock, server_hostname=self._settings.host, do_handshake_on_connect=False
        )
        self._smtp.sock, self._smtp.file = wrapped, _Replies(wrapped)
        self._smtp.esmtp_features, self._smtp.ehlo_resp, self._smtp.helo_resp = {}, None, None
        wrapped.do_handshake()

    def _hello(self) -> None:
        code, _ = self._smtp.ehlo()
        if code != 250:
            self._want(self._smtp.helo(), 250, "HELO")

    def _log_in(self, user: str, password: str) -> None:
        """AUTH PLAIN or LOGIN, in UTF-8 (RFC 4616). Only inside TLS: the settings see to that."""
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            code, _ = self._smtp.docmd("AUTH", f"PLAIN {_base64(f'{chr(0)}{user}{chr(0)}{password}')}")
        elif "LOGIN" in offered:
            code, _ = self._smtp.docmd("AUTH", f"LOGIN {_base64(user)}")
            if code == 334:
                code, _ = self._smtp.docmd(_base64(password))
        else:
            told = ", ".join(offered) or "no login"
            raise self._failed(_BAD_SERVER, f"offers {told}; PLAIN and LOGIN are spoken here")
        if code != 235:
            # Not its words: some servers repeat what they were sent.
            raise self._failed(_BAD_SERVER, f"refuses the login of {user} ({code})", again=400 <= code < 500)

    def _want(self, reply: tuple[int, bytes], code: int, what: str) -> None:
        if reply[0] != code:
            raise self._failed(_BAD_SERVER, f"{what}: {_reply(reply)}", again=400 <= reply[0] < 500)

    # The message

    def _send(self, message: MailMessage, recipients: Sequence[str]) -> dict[str, str]:
        smtp = self._smtp
        size = message.size
        limit = smtp.esmtp_features.get("size", "").split()
        if limit and limit[0].isdigit() and 0 < int(limit[0]) < size:
            raise self._failed(_NOT_SENT, f"takes messages of {limit[0]} octets at most; this one has {size}")
        if message.utf8 and not smtp.has_extn("smtputf8"):
            raise self._failed(_NOT_SENT, "knows no addresses with letters beyond ASCII (SMTPUTF8)")
        try:
            options = [f"SIZE={size}"] * smtp.has_extn("size") + ["SMTPUTF8"] * message.utf8
            self._take(smtp.mail(self._settings.sender, options), f"refuses the sender {self._settings.sender}")
            refused = {}
            replies = []
            for address in recipients:
                reply = smtp.rcpt(address)
                if reply[0] not in (250, 251):
                    refused[address] = _reply(reply)
                    replies.append(reply[0])
                    if reply[0] == 421:
                        break
            if len(refused) == len(recipients) or 421 in replies:
                words = "; ".join(f"{address}: {told}" for address, told in refused.items())
                raise self._failed(_NOT_SENT, f"refuses {words}", again=all(400 <= code < 500 for code in replies))
            self._take(smtp.docmd("DATA"), "takes no message", 354)
        except (smtplib.SMTPException, OSError) as error:
            raise self._broken(_NOT_SENT, error, "before the message", again=True) from None
        self._send_body(message)
        return refused

    def _send_body(self, message: MailMessage) -> None:
        sock = self._smtp.sock
        assert sock is not None
        for piece in message.pieces():
            try:
                sock.sendall(piece)
            except OSError as error:
                # Without its end the server has no message.
                raise self._broken(_NOT_SENT, error, "in the message", again=True) from None
            self._watch.check()
        try:
            sock.sendall(b".\r\n")
            reply = self._smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            # It may have taken the message all the same: not again.
            raise self._broken(
                _NOT_SENT, error, "after the message, which it may have taken", again=False
            ) from None
        self._take(reply, "refuses the message")

    def _take(self, reply: tuple[int, bytes], what: str, code: int = 250) -> None:
        if reply[0] != code:
            raise self._failed(_NOT_SENT, f"{what}: {_reply(reply)}", again=400 <= reply[0] < 500)


class _Replies:
    """What the server says, as far as it is read: smtplib would gather a reply without end."""

    def __init__(self, sock: socket.socket) -> None:
        self._file = sock.makefile("rb")
        self._left = MAX_REPLIES

    def readline(self, size: int = -1) -> bytes:
        """The next line. Raises OSError when there have been too many."""
        line = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise OSError(f"its replies are longer than {MAX_REPLIES} octets")
        return line

    def close(self) -> None:
        """Let the socket go."""
        self._file.close()


def _own_name() -> str:
    """Return the name for EHLO. It is not that of getfqdn(), which may ask a name server for a long time."""
    name = socket.gethostname()
    return name if name.isascii() and name and not any(c.isspace() for c in name) else "localhost"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _reply(reply: tuple[int, bytes]) -> str:
    return one_line(f"{reply[0]} {reply[1].decode('utf-8', 'replace')}")


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return one_line(str(error)) or type(error).__name__
