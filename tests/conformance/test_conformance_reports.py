"""The folder of a run is its evidence: lines, archive, page; what was cut off is told as unfinished."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
from judged_server import LIMITS, judged_peer, order
from lxml import etree
from mutant import Mutant, accepted

from emulator.conformance.check import all_checks
from emulator.conformance.judging import Judgement, judge
from emulator.conformance.redaction import Redaction
from emulator.conformance.server_judging import judging_of_server
from emulator.environment.exit_codes import ExitCode
from emulator.reports.reading import read_results
from emulator.reports.verdict import Verdict

pytestmark = pytest.mark.wire_fault

IDS = ["dsp/answer/cancel-of-an-ended-job", "dsp/answer/end-while-creating", "dsp/header/relates-to"]


async def run(folder: Path, mutant: Mutant | None = None, *, redact: bool = False) -> Judgement:
    async with judged_peer(folder, mutant) as peer:
        checks = [all_checks()[id] for id in IDS]
        return await judge(
            judging_of_server(
                peer.url,
                order(),
                checks,
                limits=LIMITS,
                events="127.0.0.1",
                report=folder / "report",
                redact=redact,
            )
        )


async def test_a_run_that_passes(tmp_path: Path) -> None:
    found = await run(tmp_path)
    assert found.exit_code is ExitCode.OK
    assert found.peer.startswith("dsm-emulator Embedded DSM scan server")
    # Who was judged, and when by both clocks, stands in the folder: in the lines, on the page, in JUnit.
    header = read_results(tmp_path / "report" / "results.jsonl").header
    assert header.peer == found.peer
    assert abs(datetime.fromisoformat(header.began) - datetime.now(UTC)).total_seconds() < 600
    assert re.fullmatch(r".* GMT \([+-][01] s\)", header.peer_clock)
    for name in ("report.html", "junit.xml"):
        text = (tmp_path / "report" / name).read_text("utf-8")
        assert all(escape(said) in text for said in (header.peer, header.began, header.peer_clock)), name


async def test_a_failure_is_shown_with_its_place_and_how_to_repeat_it(tmp_path: Path) -> None:
    found = await run(tmp_path, Mutant(IDS[0], "accepted", (accepted("CancelPostScanJob"),)))
    assert found.exit_code is ExitCode.FAILED
    failed = next(each for each in found.report.results if each.id == IDS[0])
    assert failed.verdict is Verdict.FAILED
    assert failed.evidence["repeat"] == f"--select {IDS[0]} --seed 1"
    assert "3.2.4.2" in failed.evidence["section"]
    archive = json.loads((tmp_path / "report" / "exchanges.har").read_text("utf-8"))["log"]["entries"]
    shown = archive[failed.evidence["exchanges"][0] - 1]
    assert "CancelPostScanJobRequest" in shown["request"]["postData"]["text"]
    assert "CancelPostScanJobResponse" in shown["response"]["content"]["text"]
    page = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert "CancelPostScanJobResponse" in page
    assert IDS[0] in page


async def test_the_page_has_no_scripts_and_names_its_files(tmp_path: Path) -> None:
    await run(tmp_path, Mutant(IDS[0], "accepted", (accepted("CancelPostScanJob"),)))
    folder = tmp_path / "report"
    page = (folder / "report.html").read_text("utf-8")
    root = etree.fromstring(page.replace("<!DOCTYPE html>", ""), etree.HTMLParser())
    assert not root.findall(".//script")
    assert not [each for each in root.iter() for name in each.attrib if str(name).startswith("on")]
    assert not root.findall(".//link") and not root.findall(".//img")
    for name in ("results.jsonl", "junit.xml", "exchanges.har"):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() in page
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))


async def test_names_are_taken_out(tmp_path: Path) -> None:
    await run(tmp_path, redact=True)
    asked = order()
    for path in (tmp_path / "report").iterdir():
        text = path.read_text("utf-8")
        for name in (asked.user, asked.scan_process, "joe@contoso.example", "127.0.0.1"):
            assert not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text), (path.name, name)


def test_secrets_never_appear() -> None:
    redaction = Redaction()
    assert redaction.header("Authorization", "Basic c2VjcmV0") == "[secret]"
    assert redaction.header("Set-Cookie", "id=secret") == "[secret]"
    assert redaction.text("see https://demo:secret@scan.example/x") == "see https://scan.example/x"


def _dsm(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "emulator", *words], capture_output=True, text=True, timeout=60)


def test_what_is_cut_off_is_unfinished(tmp_path: Path) -> None:
    report = tmp_path / "report"
    store = str(tmp_path / "store")
    words = [sys.executable, "-m", "emulator", "server", "--http", "--port", "0", "--store", store, "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        asked = [sys.executable, "-m", "emulator", "check", "server", url, "--report", str(report), "-q"]
        with subprocess.Popen(asked) as judging:
            lines = report / "results.jsonl"
            over = time.monotonic() + 40
            while time.monotonic() < over and (not lines.exists() or lines.read_bytes().count(b"\n") < 4):
                time.sleep(0.02)
            judging.kill()
        server.terminate()
    told = _dsm("check", "report", str(report))
    assert told.returncode == 1
    assert "unfinished" in told.stdout
    assert "unfinished" in (report / "junit.xml").read_text("utf-8")
    assert "unfinished" in (report / "report.html").read_text("utf-8")


def test_what_the_command_line_refuses(tmp_path: Path) -> None:
    for words, code, says in (
        (("check", "server", "http://127.0.0.1:9/x", "--select", "nonsense"), 2, "no check is called 'nonsense'"),
        (("check", "server", "http://127.0.0.1:9/x", "--skip", "*"), 2, "nothing is left"),
        (("check", "explain", "no/such/check"), 2, "no check is called"),
        (("check", "report", str(tmp_path)), 2, "results.jsonl"),
        (("check", "server", "http://127.0.0.1:9/x", "--waivers", str(tmp_path / "none.toml")), 2, "none.toml"),
        (("check", "server", "http://127.0.0.1:9/ScanServer", "--select", "dsp/answer/*"), 3, "Not passed"),
    ):
        told = _dsm(*words)
        assert told.returncode == code, (words, told)
        assert says in told.stdout + told.stderr, (words, told)
