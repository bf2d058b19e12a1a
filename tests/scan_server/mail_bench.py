"""A real SMTP server (aiosmtpd) in the test's own loop, and offices whose scan processes send e-mail."""

from __future__ import annotations

import asyncio
import email.policy
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from real_servers import PASSWORD
from scan_server_bench import FILTER

from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import server_context_from


@dataclass
class Mailbox:
    """A handler of aiosmtpd that keeps what it is given, or answers as the test wants."""

    received: list[Envelope] = field(default_factory=list)
    tls: list[bool] = field(default_factory=list)
    """Whether each message came by TLS."""
    refused: dict[str, str] = field(default_factory=dict)
    """Reply to RCPT, by address."""
    answer: str = "250 OK"
    """Reply to the end of the message."""
    answers: list[str] = field(default_factory=list)
    """Replies that come before `answer`, one a message."""
    silence: float = 0.0
    """Seconds before that reply."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.silence)
        answer = self.answers.pop(0) if self.answers else self.answer
        if answer.startswith("250"):
            self.received.append(envelope)
            self.tls.append(session.ssl is not None)
        return answer

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages, parsed by the standard library."""
        parse = email.message_from_bytes
        return [parse(each.original_content or b"", policy=email.policy.default) for each in self.received]


def attachments(message: EmailMessage) -> list[tuple[str, str, bytes]]:
    """Name, media type and octets of each attachment."""
    return [
        (part.get_filename() or "", part.get_content_type(), part.get_content())
        for part in message.iter_attachments()
    ]


def _log_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.login == b"scanner" and data.password == PASSWORD.encode()
    return AuthResult(success=good, handled=False)


@asynccontextmanager
async def mail_server(mailbox: Mailbox, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    """The server on a free loopback port, which is given. With `tls` it wants STARTTLS and a login."""
    if tls is not None:
        options = {
            "tls_context": tls,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": _log_in,
            **options,
        }
    protocols: list[SMTP] = []

    def protocol() -> SMTP:
        protocols.append(SMTP(mailbox, hostname="mail.contoso.example", enable_SMTPUTF8=True, **options))
        return protocols[-1]

    async with listening(protocol) as port:
        try:
            yield port
        finally:
            for each in protocols:
                if each.transport is not None:
                    each.transport.close()
            await asyncio.sleep(0)


@asynccontextmanager
async def listening(protocol: Callable[[], asyncio.BaseProtocol]) -> AsyncIterator[int]:
    """A TCP server of that protocol on a free loopback port."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def lab_tls(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server context for 127.0.0.1, and the file of the CA that it can be verified by."""
    authority = LabAuthority.create()
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(authority.certificate_pem)
    return server_context_from(authority.issue_server(["127.0.0.1", "localhost"])), ca_file


def delivery_file(folder: Path, text: str) -> Path:
    """A delivery file, and the password beside it."""
    (folder / "password.txt").write_text(PASSWORD + "\n", "utf-8")
    path = folder / "delivery.toml"
    path.write_text(text, "utf-8")
    return path


def mail_section(port: int, more: str = "", tls: str = "none") -> str:
    """[mail] of a delivery file."""
    return f'[mail]\nhost = "127.0.0.1"\nport = {port}\ntls = "{tls}"\nsender = "scanner@contoso.example"\n{more}\n'


def email_filter(*addresses: str, own: bool = False, add: bool = False) -> str:
    """psp:Filter of an e-mail filter."""
    listed = "".join(f"<e:EmailAddress>{address}</e:EmailAddress>" for address in addresses)
    attribute = ' e:CanAddAddresses="true"' if add else ""
    entries = f"<e:SendToAddresses{attribute}>{listed}</e:SendToAddresses>" if addresses else ""
    user = "<e:SendToScanUser>true</e:SendToScanUser>" if own else ""
    return (
        f"<psp:Filter><psp:Dialect>{FILTER}/email</psp:Dialect><psp:Instructions>"
        f'<e:EmailConfig xmlns:e="{FILTER}/email">{user}{entries}</e:EmailConfig></psp:Instructions></psp:Filter>'
    )
