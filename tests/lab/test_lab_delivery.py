"""Delivery from Python: a lab with a delivery file, and what the outcome tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from mail_process import mail_process, messages

from emulator import Lab, LabError


async def test_a_lab_delivers_as_its_delivery_file_says(tmp_path: Path) -> None:
    with mail_process(tmp_path / "maildir") as port:
        file = tmp_path / "delivery.toml"
        file.write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nsender = "s@contoso.example"\n', "utf-8"
        )
        async with Lab(store=tmp_path / "store", delivery=file) as lab:
            scanner = await lab.add_device()
            job = await scanner.scan(pages=1, scan_process="Scan to mail", mail_to=("guest@fabrikam.example",))
    assert job.outcome == "Completed" and job.exit_code == 0
    assert [each.target for each in job.deliveries] == [
        "archive@contoso.example",
        "guest@fabrikam.example",
        "demo@contoso.example",
    ]
    assert job.delivered == []
    (message,) = messages(tmp_path / "maildir")
    (attachment,) = message.iter_attachments()
    assert len(attachment.get_content()) == job.images[0].bytes


async def test_a_delivery_file_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"missing\.toml: cannot be read"):
        async with Lab(store=tmp_path / "store", delivery=tmp_path / "missing.toml"):
            pass
