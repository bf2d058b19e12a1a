"""The message itself: whole for every parser, and never held as a whole."""

from __future__ import annotations

import email
import email.policy
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.scan_server.delivery.mail_message import Attachment, MailMessage, encoded_size

WHEN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def message(attachments: list[Attachment], text: str = "t", subject: str = "s") -> MailMessage:
    return MailMessage(
        sender="s@contoso.example",
        recipients=["a@contoso.example"],
        subject=subject,
        text=text,
        date=WHEN,
        attachments=attachments,
    )


def unstuffed(data: bytes) -> bytes:
    """What a server makes of the octets of DATA (RFC 5321, section 4.5.2)."""
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in data.split(b"\r\n"))


@given(
    st.lists(st.binary(max_size=200), max_size=3),
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60),
    st.text(st.characters(exclude_categories=["C"]), max_size=200),
)
def test_a_parser_of_others_finds_what_went_in(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], name: str, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    attachments = []
    for number, content in enumerate(contents):
        path = folder / f"attachment{number}"
        path.write_bytes(content)
        attachments.append(Attachment(f"{name}_{number}.jpg", path, len(content)))
    made = message(attachments, text, name)
    data = b"".join(made.pieces())
    assert made.size == len(data)
    assert b"\n" not in data.replace(b"\r\n", b"") and data.endswith(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    parsed = email.message_from_bytes(unstuffed(data), policy=email.policy.default)
    found = list(parsed.iter_attachments())
    assert [each.get_content() for each in found] == contents
    assert [each.get_filename() for each in found] == [each.name for each in attachments]
    assert parsed["Subject"] == name
    body = parsed.get_body()
    assert body is not None and body.get_content().rstrip("\n") == text.rstrip("\n")


@given(st.integers(0, 5000))
def test_the_size_of_base64_is_known_before(size: int) -> None:
    import base64

    assert encoded_size(size) == len(base64.encodebytes(bytes(size)).replace(b"\n", b"\r\n"))


def test_a_large_document_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    made = message([Attachment("a.tif", path, 64 * 1024 * 1024)])
    tracemalloc.start()
    try:
        total = sum(len(piece) for piece in made.pieces())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total == made.size
    assert peak < 4 * 1024 * 1024, f"{peak} octets"
