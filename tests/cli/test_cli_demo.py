"""`demo` as somebody runs it who shows it to others: one PDF a job, where it was wanted, and a clean end."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pypdfium2
import pytest
from mail_process import mail_process, messages
from programs import run, start

from emulator.cli.report_demo import DemoReporter
from emulator.environment.exit_codes import LabError
from emulator.options.demo import DemoOptions
from emulator.options.groups import ControlOptions
from emulator.panel.demo import run_demo


class Shown:
    """A demo that runs."""

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, Any]) -> None:
        self.process = process
        self.ready = ready
        self.base = str(ready["panel"]).removesuffix("/panel/")
        self.device = f"/devices/{ready['devices'][0]['uuid']}"
        self.token = Path(ready["control_token_file"]).read_text().split()[0]

    def ask(self, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.base + path, data, headers), timeout=60) as answer:
            return json.loads(answer.read())

    def run_job(self) -> dict[str, Any]:
        begun = self.ask(f"{self.device}/start", {})
        waited = self.ask(f"{self.device}/wait", {"until": {"job": begun["job"], "done": True}, "within": 60})
        return dict(waited["job"])


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[Shown]:
    process = start("demo", "--json", "--no-open", "--speed", "max", "--sheets", "3", *options, cwd=folder)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield Shown(process, json.loads(line))
        process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
        _, told = process.communicate(timeout=60)
        if sys.platform != "win32":
            assert process.returncode == 0, told
    finally:
        process.kill()
        process.communicate()


def pages(pdf: Path) -> int:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()


def test_each_job_is_one_pdf_in_the_folder_and_nothing_else_stays(tmp_path: Path) -> None:
    with demo(tmp_path, "--to", "scans/inbox", "--set", "receipts") as shown:
        assert shown.ask(shown.device)["sheets"] == 3
        job = shown.run_job()
        assert job["outcome"] == "Completed" and job["scan_process"] == "Scan to PDF", job
        [scan] = shown.ask("/scans")["scans"]
        [image] = scan["images"]
        stored = Path(image["files"][0])
        folder = tmp_path / "scans" / "inbox"
        deadline = time.monotonic() + 30
        while not list(folder.glob("*.pdf")) and time.monotonic() < deadline:
            time.sleep(0.05)
        [pdf] = folder.iterdir()
        assert pdf.read_bytes() == stored.read_bytes() and pages(pdf) == 3
        truth = shown.ask(f"/scans/{scan['token']}/images/1/truth")["pages"]
        assert [each["set"] for each in truth] == ["receipts"] * 3
        assert shown.ask("/exchanges")["numbers"], "envelopes are kept from the start"
    if sys.platform != "win32":
        assert not stored.parent.exists()
        assert [each.name for each in tmp_path.iterdir()] == ["scans"], "nothing is left where it was started"


def test_a_pdf_is_mailed_by_the_server_of_a_delivery_file(tmp_path: Path) -> None:
    with mail_process(tmp_path / "mail") as port:
        (tmp_path / "delivery.toml").write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nsender = "scanner@contoso.example"\n'
        )
        with demo(tmp_path, "--to", "mailto:guest@fabrikam.example", "--delivery", "delivery.toml") as shown:
            assert shown.run_job()["outcome"] == "Completed"
    [message] = messages(tmp_path / "mail")
    assert message["X-RcptTo"] == "guest@fabrikam.example"
    [attachment] = message.iter_attachments()
    assert attachment.get_content_type() == "application/pdf"
    (tmp_path / "mailed.pdf").write_bytes(attachment.get_content())
    assert pages(tmp_path / "mailed.pdf") == 3


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"to": "mailto:nobody"}, "no e-mail address"),
        ({"to": "mailto:a@b.example"}, "needs --delivery FILE"),
        ({"to": "smb:server"}, "smb://SERVER/SHARE"),
        ({"to": "smb://server/share"}, "needs --delivery FILE"),
        ({"to": "mailto:a@b.example", "delivery": "file"}, "--delivery file: it has no [mail]"),
        ({"to": "smb://server/share", "delivery": "file"}, "--delivery file: no [[share]] of it"),
        ({"to": "smb://server/share", "delivery": "nowhere.toml"}, "nowhere.toml: cannot be read"),
        ({"to": "file/below"}, "--to file/below: cannot be written: Not a directory"),
        ({"to": "file"}, "--to file: a file lies there, where a folder is wanted"),
        ({"documents": "nothing"}, "nothing"),
        ({"sheets": 101}, "the feeder takes 100"),
        ({"profile": "flatbed"}, "no feeder"),
    ],
)
async def test_what_cannot_be_is_told_before_anything_is_ready(
    given: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    options = DemoOptions.of(open_panel=False, **given)
    reporter = DemoReporter(options, as_json=False, quiet=True)
    with pytest.raises(LabError, match=re.escape(told)) as raised:
        await run_demo(options, reporter, ControlOptions(), tmp_path / "state")
    assert raised.value.code == 2


def test_the_command_line_tells_what_is_missing(tmp_path: Path) -> None:
    done = run("demo", "--no-open", "--to", "mailto:a@b.example", cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("error: --to mailto:a@b.example needs"), done.stderr
    assert "docs/delivery.md" in done.stderr
