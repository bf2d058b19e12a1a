"""The message of the e-mail filter: a text and one attachment for each document, never held as a whole."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any, Final

from emulator.scan_server.disk import read_file

_LINE: Final = 57
"""Octets in a line of base64: 76 characters (RFC 2045, section 6.8)."""
_PIECE: Final = _LINE * 8192

MEDIA_TYPES: Final = {
    "bmp": "image/bmp",
    "jpg": "image/jpeg",
    "jp2": "image/jp2",
    "pdf": "application/pdf",
    "png": "image/png",
    "tif": "image/tiff",
    "xps": "application/vnd.ms-xpsdocument",
}
"""By a file's extension (IANA)."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document of the job and what the message calls it."""

    name: str
    path: Path
    size: int
    """Octets."""

    @property
    def media_type(self) -> str:
        """Return the media type by the name's extension."""
        return MEDIA_TYPES.get(self.name.rpartition(".")[2], "application/octet-stream")


class MailMessage:
    """A message ready to go, as the octets that DATA takes, dots stuffed (RFC 5321, section 4.5.2)."""

    def __init__(
        self,
        *,
        sender: str,
        recipients: Sequence[str],
        subject: str,
        text: str,
        date: datetime,
        attachments: Sequence[Attachment],
    ) -> None:
        """Raises ValueError for an address that is none.

        - `sender`: the address in From.
        - `recipients`: the addresses in To.
        - `subject`: one line.
        - `text`: the body.
        - `date`: when it was sent.
        - `attachments`: files, in this order.
        """
        self.utf8 = not all(address.isascii() for address in (sender, *recipients))
        """Whether an address has letters beyond ASCII, which not every server takes (RFC 6531)."""
        policy = (SMTPUTF8 if self.utf8 else SMTP).clone(cte_type="7bit")
        boundary = f"=_{secrets.token_hex(16)}"  # base64 and quoted-printable never have `=_`
        head = EmailMessage(policy=policy)
        head["From"] = sender
        head["To"] = ", ".join(recipients)
        head["Subject"] = " ".join(subject.split())
        head["Date"] = format_datetime(date)
        head["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        head["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody answers it by a machine
        head["MIME-Version"] = "1.0"
        head["Content-Type"] = f'multipart/mixed; boundary="{boundary}"'
        body = MIMEPart(policy=policy)
        body.set_content(text, cte="quoted-printable")
        self._begin = _stuffed(bytes(head).partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        self._begin += f"--{boundary}\r\n".encode() + _stuffed(bytes(body).rstrip(b"\r\n") + b"\r\n")
        self._heads = [_part_head(each, boundary, policy) for each in attachments]
        self._end = f"--{boundary}--\r\n".encode()
        self._attachments = tuple(attachments)

    @property
    def size(self) -> int:
        """Octets of the message as SIZE counts them, some stuffed dots more at most (RFC 1870)."""
        ends = len(self._begin) + len(self._end)
        return ends + sum(map(len, self._heads)) + sum(encoded_size(each.size) for each in self._attachments)

    def pieces(self) -> Iterator[bytes]:
        """The octets, some 600 KiB at a time. Raises OSError for a file that cannot be read or has changed."""
        yield self._begin
        for head, attachment in zip(self._heads, self._attachments, strict=True):
            yield head
            left = attachment.size
            with read_file(attachment.path) as file:
                while left:
                    piece = file.read(min(_PIECE, left))
                    if not piece:
                        raise OSError(f"{attachment.path} became shorter while it was sent")
                    left -= len(piece)
                    yield base64.encodebytes(piece).replace(b"\n", b"\r\n")
        yield self._end


def encoded_size(size: int) -> int:
    """Octets of base64 in lines of 76 characters, for `size` octets."""
    lines, rest = divmod(size, _LINE)
    return lines * 78 + (-(-rest // 3) * 4 + 2 if rest else 0)


def _stuffed(data: bytes) -> bytes:
    return re.sub(rb"(?m)^\.", b"..", data)


def _part_head(attachment: Attachment, boundary: str, policy: EmailPolicy[Any]) -> bytes:
    part = MIMEPart(policy=policy)
    main, _, sub = attachment.media_type.partition("/")
    part.add_header("Content-Type", f"{main}/{sub}", name=attachment.name)
    part.add_header("Content-Disposition", "attachment", filename=attachment.name)
    part["Content-Transfer-Encoding"] = "base64"
    return f"--{boundary}\r\n".encode() + _stuffed(bytes(part).rstrip(b"\r\n") + b"\r\n\r\n")
