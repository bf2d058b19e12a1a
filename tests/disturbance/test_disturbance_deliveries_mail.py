"""What a plan does to deliveries by mail, as a mail server got them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from delivery_runs import (
    ONE,
    TWO,
    WELL,
    delivered,
    fault,
    short,
)
from mail_bench import Mailbox, attachments, delivery_file, email_filter, mail_section, mail_server

MAIL: dict[str, tuple[dict[str, Any], list[tuple[str, bytes]], str]] = {
    "page-by-page": ({"pause": 0.01}, [("1.jpg", ONE + TWO)], WELL),
    "overwritten": ({}, [("1.jpg", TWO)], WELL),
    "numbered": ({}, [("1.jpg", ONE), ("1 (2).jpg", TWO)], WELL),
    "cut-off": ({"octets": 100, "nth": 2}, [("1.jpg", ONE), ("2.jpg", TWO[:100])], WELL),
    "with-warnings": ({"nth": 2}, [("1.jpg", ONE), ("2.jpg", TWO)], "CompletedWithWarnings"),
    "full": ({"octets": 5}, [], "CompletedWithErrors UnableToSendEmail"),
    "gone": ({"octets": 5}, [], "CompletedWithErrors InvalidSMTPServer"),
    "denied": ({}, [], "CompletedWithErrors UnableToSendEmail"),
}


@pytest.mark.parametrize("do", MAIL)
async def test_a_mail_server_is_given(do: str, tmp_path: Path) -> None:
    more, files, filter_ = MAIL[do]
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        delivery = delivery_file(tmp_path, mail_section(port))
        async with delivered(tmp_path, fault(do, **more), email_filter(own=True), delivery=delivery) as told:
            assert told.filter == filter_, told.deliveries
    found = [(short(name), data) for each in mailbox.messages for name, _, data in attachments(each)]
    assert found == files
