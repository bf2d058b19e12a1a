"""`play` as it is typed: what is printed, the reports, exit codes, somebody else's server, an interruption."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import junitparser
import pytest
from command_tree import Done, call
from lxml import etree
from programs import run, server, start

from emulator.reports.files import JUNIT, RESULTS
from emulator.reports.reading import read_results

SMALL = 'settings = ["Resolution=75x75", "ColorProcessing=BlackAndWhite1"]'
GOOD = (
    'title = "Two sheets"\n[vars]\nsheets = 2\n[devices.mfp]\n'
    '[[step]]\nload = { sheets = "$sheets", replace = true }\n'
    f'[[step]]\ntitle = "both arrive"\nscan = {{ {SMALL} }}\nexpect = {{ images = 2 }}\n'
)
Play = Callable[..., Done]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Play:
    monkeypatch.chdir(tmp_path)
    Path("good.toml").write_text(GOOD)
    Path("wrong.toml").write_text(GOOD.replace("Two sheets", "Nine").replace("images = 2", "images = 9"))
    return lambda *words: call(["play", *words], capsys)


def test_what_is_printed_and_written_of_good_and_wrong(play: Play, tmp_path: Path, reference: Path) -> None:
    done = play("good.toml", "wrong.toml", "--report", "out")
    assert done.code == 1 and done.stderr == ""
    lines = [re.sub(r"  \d+(\.\d)? m?s", "", each) for each in done.stdout.splitlines()]
    assert lines[:5] == [
        "Scenario      Two sheets    good.toml",
        "passed          good/01-load",
        "passed          good/02-scan  both arrive",
        "passed          good/end",
        "Scenario      Nine    wrong.toml",
    ]
    assert "FAILED          wrong/02-scan  images is not as expected" in lines
    assert "                where     wrong.toml:10" in lines and "                expected  9" in lines
    assert lines[-1] == "Not passed: 1 failed (4 passed, 1 failed)"
    report = read_results(tmp_path / "out" / RESULTS)
    assert report.finished and report.header.target == "good.toml, wrong.toml"
    assert re.fullmatch(r"dsm-emulator \S+ play", report.header.tool)
    assert [each.id for each in report.results] == [
        "good/01-load", "good/02-scan", "good/end", "wrong/01-load", "wrong/02-scan",
    ]  # fmt: skip
    assert re.search(r"SendImage \(image 2\)", "\n".join(report.results[-1].evidence["journal"]))
    etree.XMLSchema(etree.parse(reference / "junit" / "junit-10.xsd")).assertValid(
        etree.parse(tmp_path / "out" / JUNIT)
    )
    (suite,) = junitparser.JUnitXml.fromfile(str(tmp_path / "out" / JUNIT))
    assert (suite.tests, suite.failures, suite.errors) == (5, 1, 0)
    (failure,) = next(case for case in suite if case.classname == "wrong" and case.name == "02-scan").result
    assert failure.message == "images is not as expected" and "wrong.toml:10" in failure.text


def test_one_object_for_programs(play: Play) -> None:
    done = play("good.toml", "wrong.toml", "--json")
    told = json.loads(done.stdout)
    assert done.code == told["exit_code"] == 1 and told["error"] == "1 failed" and not told["passed"]
    assert [(each["name"], each["title"], each["passed"]) for each in told["scenarios"]] == [
        ("good", "Two sheets", True), ("wrong", "Nine", False),
    ]  # fmt: skip
    assert told["counts"] == {"passed": 4, "failed": 1}
    assert told["results"][-1]["evidence"]["where"] == "wrong.toml:10"
    assert json.loads(play("good.toml", "--json").stdout)["error"] is None


def test_quiet_says_only_what_is_wrong(play: Play) -> None:
    done = play("good.toml", "-q")
    assert (done.code, done.stdout, done.stderr) == (0, "", "")
    assert play("wrong.toml", "-q").stdout.startswith("FAILED          wrong/02-scan")


def test_nothing_runs_where_any_file_has_a_mistake(play: Play, tmp_path: Path) -> None:
    Path("bad.toml").write_text('title = "b"\n[devices.mfp]\n[[step]]\nlaod = {}\n[[step]]\nclear = { x = 1 }\n')
    Path("none.toml").write_text('title = "n"\n[devices.mfp]\n')
    done = play("good.toml", "bad.toml", "none.toml", "--report", "out")
    assert done.code == 2 and done.stdout == "" and not (tmp_path / "out").exists()
    assert done.stderr.splitlines() == [
        "error: bad.toml:4: step.laod: 'laod' is no operation; there are: load (and 2 more)",
        "       bad.toml:6: step.clear.x: is no field of clear; there are: device",
        "       none.toml: step: a scenario without steps shows nothing: [[step]]",
    ]
    told: dict[str, Any] = json.loads(play("bad.toml", "--json").stdout)
    assert told["exit_code"] == 2 and len(told["problems"]) == 2


def test_reports_of_an_earlier_run_stay_unless_they_may_go(play: Play, tmp_path: Path) -> None:
    assert play("good.toml", "--report", "out").code == 0
    before = (tmp_path / "out" / RESULTS).read_bytes()
    done = play("wrong.toml", "--report", "out")
    assert done.code == 2 and "results.jsonl: the file is there already" in done.stderr
    assert (tmp_path / "out" / RESULTS).read_bytes() == before
    assert play("wrong.toml", "--report", "out", "--overwrite").code == 1
    assert b"<failure" in (tmp_path / "out" / JUNIT).read_bytes()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--var", "sheets"], "--var sheets: write NAME=VALUE"),
        (["--var", "a b=1"], "--var a b=1: write NAME=VALUE"),
        (["--var", "sheets=1", "--var", "sheets=2"], "--var sheets stands twice"),
        (["--var", "sheet=1"], "--var sheet: no [vars] of these scenarios has it; there are: sheets"),
        (["--var", "sheets=two"], "good.toml:6: step.load.sheets: is a whole number of at least 1, not 'two'"),
        (["--against", "scan1"], "--against scan1: write server=URL"),
        (["--against", "device=x"], "--against device=x: write server=URL"),
        (["--against", "server="], "--against server=: write server=URL"),
        (["--against", "server=a", "--against", "server=b"], "--against names one scan server"),
        (["--against", "server=ftp://x"], "ftp://x"),
    ],
)
def test_what_is_typed_wrong_is_told(words: list[str], says: str, play: Play) -> None:
    done = play("good.toml", *words)
    assert done.code == 2 and done.stdout == "" and says in done.stderr


def test_a_variable_of_the_command_line_changes_what_is_done(play: Play) -> None:
    done = play("good.toml", "--var", "sheets=1")
    assert done.code == 1 and "expected  2" in done.stdout


def test_a_scan_server_of_another_process_is_played_against(play: Play, tmp_path: Path) -> None:
    with server("--store", "elsewhere", cwd=tmp_path) as (ready, _):
        done = play("good.toml", "--against", f"server={ready['url']}", "--ca-file", ready["ca_file"])
        assert done.code == 0, done.stdout + done.stderr
    stored = [path for path in (tmp_path / "elsewhere" / "contoso").rglob("*.png") if path.stat().st_size]
    assert len(stored) == 2, "that server has them"


def test_a_scan_server_that_nobody_is_at_fails_the_scenario(play: Play) -> None:
    done = play("good.toml", "--against", "server=http://127.0.0.1:9/ScanServer")
    assert done.code == 1 and "FAILED          good/02-scan" in done.stdout


@pytest.mark.needs(sys.platform != "win32", "signals as POSIX has them")
def test_an_interrupted_run_is_unfinished_and_red(tmp_path: Path) -> None:
    (tmp_path / "waits.toml").write_text(
        'title = "w"\n[devices.mfp]\n[[step]]\nclear = {}\n[[step]]\nwait = { state = "Stopped", within = 600 }\n'
    )
    process = start("play", "waits.toml", "--report", "out", cwd=tmp_path)
    try:
        results = tmp_path / "out" / RESULTS
        end = time.monotonic() + 60
        while not results.exists() or b"01-clear" not in results.read_bytes():
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and "error: interrupted" in stderr
    report = read_results(results)
    assert [each.id for each in report.results] == ["waits/01-clear"] and not report.finished
    (suite,) = junitparser.JUnitXml.fromfile(str(tmp_path / "out" / JUNIT))
    assert suite.errors == 1


def test_shipped_ones_are_found_by_name_from_any_folder(tmp_path: Path) -> None:
    done = run("play", "cover", "--report", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "Passed: 11 passed"
