"""Conformance checks as items of pytest: the ids of the law book, the verdicts of `check`, one run behind them."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import judged_device
import judged_server
import pytest
from closed_ports import closed_port
from device_plugs import says
from lxml import etree
from mutant import Mutant, accepted, without
from user_repository import environment_of, left_in, run_pytest
from variants import exhaustive

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.runner import FIRST, LAST
from emulator.pytest_checks.items import ChecksPlugin
from emulator.reports.verdict import BEARINGS, Verdict

pytestmark = pytest.mark.wire_fault
QUIET = ("-q", "-pno:asyncio", "-pno:xdist")
ENDED = "dsp/answer/cancel-of-an-ended-job"
ACCEPTED = Mutant(ENDED, "accepted", (accepted("CancelPostScanJob"),), strict=False)
TIME = "wscn/scanner-status/current-time"
TELLS_WRONG = Mutant(TIME, "missing", (says(without("//wscn:ScannerCurrentTime")),))


@dataclass(frozen=True)
class Case:
    """A testcase of JUnit."""

    verdict: str | None
    """The judge's own word."""
    outcome: str
    """passed, failure, error or skipped."""
    text: str


def cases(path: Path) -> dict[str, Case]:
    """By id."""
    found = {}
    for each in etree.parse(path).iter("testcase"):
        verdict = each.xpath("string(properties/property[@name='dsm_verdict']/@value)")
        (outcome,) = [child for child in each if child.tag in ("failure", "error", "skipped")] or [None]
        said = "" if outcome is None else f"{outcome.get('message')} {outcome.text}"
        found[each.get("name")] = Case(verdict or None, "passed" if outcome is None else outcome.tag, said)
    return found


async def by_command(folder: Path, *arguments: str) -> dict[str, str]:
    """Verdicts of the command."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "emulator", "check", *arguments, "--json", env=environment_of(folder),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await child.communicate()
    return {each["id"]: each["verdict"] for each in json.loads(said)["results"]}


async def by_pytest(folder: Path, *arguments: str) -> tuple[int, str, dict[str, Case]]:
    """Exit code, output and cases of the same peer in a user's suite."""
    report = folder / "report.xml"
    code, said = await asyncio.to_thread(run_pytest, folder, *QUIET, f"--junitxml={report}", *arguments)
    return code, said, cases(report) if report.exists() else {}


def assert_alike(command: dict[str, str], items: dict[str, Case]) -> None:
    told = {id: case.verdict for id, case in items.items() if case.verdict is not None}
    assert told == command
    for id, case in items.items():
        if case.verdict is None:
            assert case.outcome == "skipped" and ("--slow" in case.text or "leave it out" in case.text), (id, case)
        else:
            bearing = BEARINGS[Verdict(case.verdict)]
            assert case.outcome == ("failure" if bearing == "error" else bearing), (id, case)


WAIVERS = f"""
[[waiver]]
check = "{ENDED}"
peer = "*"
because = "known"
until = 2099-12-31
seen = "CancelPostScanJobResponse"

[[waiver]]
check = "dsp/answer/cancel-of-an-unknown-token"
peer = "*"
because = "known"
until = 2020-01-01
seen = "CancelPostScanJobResponse"

[[waiver]]
check = "dsp/answer/end-of-an-ended-job"
peer = "*"
because = "it was so"
until = 2099-12-31
seen = "EndPostScanJobResponse"
"""
FAMILIES = ("dsp/answer/*-job", "dsp/answer/cancel-*", "addressing/fault/*")


@pytest.mark.parametrize("families", [FAMILIES, pytest.param((), marks=exhaustive)], ids=["some", "all"])
async def test_a_scan_server_has_the_verdicts_of_the_command(families: tuple[str, ...], tmp_path: Path) -> None:
    """With waivers: one that holds, one whose time is over, one of what is kept now; and one warning."""
    (tmp_path / "known.toml").write_text(WAIVERS, encoding="utf-8")
    async with judged_server.judged_peer(tmp_path, ACCEPTED) as peer:
        options = ["--directory", str(tmp_path / "office"), "--user", "joe@contoso.example", "--read-timeout", "3"]
        select = [word for each in families for word in ("--select", each)]
        waivers = ["--waivers", str(tmp_path / "known.toml")]
        command = await by_command(tmp_path, "server", peer.url, *options, *waivers, *select)
        nodes = [f"dsm-check-server::{each}" for each in (*families, FIRST, LAST)] if families else []
        code, said, items = await by_pytest(
            tmp_path, *nodes, f"--dsm-check-server={peer.url}", f"--dsm-directory={tmp_path / 'office'}",
            "--dsm-user=joe@contoso.example", "--dsm-check-args=--read-timeout 3", "--dsm-waivers=known.toml",
        )  # fmt: skip
    assert_alike(command, items)
    assert code == 1
    assert items[ENDED].outcome == "skipped" and "known" in items[ENDED].text
    assert "2020-01-01, which is over" in items["dsp/answer/cancel-of-an-unknown-token"].text
    assert "take the entry out" in items["dsp/answer/end-of-an-ended-job"].text
    assert Verdict.WARNED in command.values() and Verdict.PASSED in command.values()
    warned = re.findall(r"^warned: dsm-check-server::(.+)$", said, re.MULTILINE)
    assert sorted(warned) == sorted(id for id, verdict in command.items() if verdict == Verdict.WARNED)
    if not families:
        assert sorted(items) == sorted([FIRST, *all_checks(), LAST])
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    "families", [("wscn/scanner-status/*",), pytest.param((), marks=exhaustive)], ids=["some", "all"]
)
async def test_a_device_has_the_verdicts_of_the_command(families: tuple[str, ...], tmp_path: Path) -> None:
    async with judged_device.judged_peer(tmp_path / "spool", TELLS_WRONG) as peer:
        select = [word for each in families for word in ("--select", each)]
        command = await by_command(tmp_path, "device", peer.url, "--read-timeout", "5", *select)
        nodes = [f"dsm-check-device::{each}" for each in (*families, FIRST, LAST)] if families else []
        code, said, items = await by_pytest(
            tmp_path, *nodes, f"--dsm-check-device={peer.url}", "--dsm-check-args=--read-timeout 5"
        )
    assert_alike(command, items)
    assert code == 1 and items[TIME].outcome == "failure", said
    if not families:
        assert sorted(items) == sorted([FIRST, *all_checks(Subject.DEVICE), LAST])


async def test_a_failure_has_its_evidence_and_the_report_is_kept(tmp_path: Path) -> None:
    """-k says what is run; where there are tests of the user's own they are collected beside the checks."""
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n", encoding="utf-8")
    async with judged_server.judged_peer(tmp_path, ACCEPTED) as peer:
        office = f"--dsm-directory={tmp_path / 'office'}", "--dsm-user=joe@contoso.example"
        code, said, items = await by_pytest(
            tmp_path, f"--dsm-check-server={peer.url}", *office, "-k", f"{ENDED} or test_own",
            "--dsm-check-report=evidence",
        )  # fmt: skip
    assert (code, list(items)) == (1, ["test_own", FIRST, ENDED, LAST]), said
    for told in ("expected", "CancelPostScanJobResponse", "3.2.4.2", f"--select {ENDED} --seed 1"):
        assert told in items[ENDED].text, (told, said)
    assert re.search(rf"_+ check {re.escape(ENDED)} _+", said) and "Evidence" in said
    assert "items.py" not in said, "our own lines say nothing to a user"
    lines = (tmp_path / "evidence/server/results.jsonl").read_text("utf-8").splitlines()
    ids = [json.loads(line).get("id") for line in lines]
    assert ids == [None, FIRST, ENDED, LAST, None]
    assert (tmp_path / "evidence/server/report.html").is_file()


async def test_all_checks_go_to_one_worker(tmp_path: Path) -> None:
    own = "".join(f"def test_{number}():\n    pass\n" for number in range(12))
    (tmp_path / "test_own.py").write_text(own, encoding="utf-8")
    async with judged_server.judged_peer(tmp_path) as peer:
        before = len(list((tmp_path / "store").iterdir()))
        code, said = await asyncio.to_thread(
            run_pytest, tmp_path, "-v", "-n2", "-pno:asyncio", f"--dsm-check-server={peer.url}",
            f"--dsm-directory={tmp_path / 'office'}", "--dsm-user=joe@contoso.example",
            "-k", "test_own or addressing/fault",
        )  # fmt: skip
        jobs = len(list((tmp_path / "store").iterdir())) - before
    assert code == 0, said
    ran = re.findall(r"\[(gw\d)\].*PASSED (\S+)", said)
    wanted = [id for id, each in all_checks().items() if "addressing/fault" in id and not each.slow]
    assert {name for _, name in ran if "::" in name and name.startswith("dsm-")} == {
        f"dsm-check-server::{id}" for id in (FIRST, *wanted, LAST)
    }
    assert len({worker for worker, name in ran if name.startswith("dsm-check-server")}) == 1
    assert len([name for _, name in ran if name.startswith("test_own")]) == 12
    assert jobs > 0


def listed(said: str) -> list[str]:
    return re.findall(r"^dsm-check-\w+::(\S+)$", said, re.MULTILINE)


def ids_of(subjects: Iterable[Subject]) -> list[str]:
    return [id for subject in subjects for id in (FIRST, *all_checks(subject), LAST)]


def closed() -> str:
    """Where nobody listens."""
    return f"http://127.0.0.1:{closed_port()}/it"


def test_collecting_asks_nobody(tmp_path: Path) -> None:
    both = f"--dsm-check-server={closed()}", f"--dsm-check-device={closed()}"
    code, said = run_pytest(tmp_path, *QUIET, "--co", *both)
    assert (code, sorted(listed(said))) == (0, sorted(ids_of((Subject.SERVER, Subject.DEVICE)))), said


def test_a_peer_that_is_not_there(tmp_path: Path) -> None:
    where = f"--dsm-check-device={closed()}", "--dsm-check-args=--gentle --grade must"
    chosen = [TIME, FIRST]
    code, said = run_pytest(tmp_path, *QUIET, *where, *(f"dsm-check-device::{each}" for each in chosen))
    assert code == 1 and "3 failed" in said, said
    assert "was not asked: the ordinary job could not be had" in said


class Said:
    """A config of pytest, of which these options are given."""

    def __init__(self, **options: str) -> None:
        self._options = options

    def getoption(self, name: str, default: object = None) -> object:
        return self._options.get(name.removeprefix("dsm_"), default)

    def getini(self, name: str) -> list[str]:
        return []


def test_what_cannot_be_asked_for(tmp_path: Path) -> None:
    wrong, empty = tmp_path / "wrong.toml", tmp_path / "empty.toml"
    wrong.write_text('[[waiver]]\ncheck = "nothing"\n', encoding="utf-8")
    empty.write_text("", encoding="utf-8")
    server = {"check_server": closed()}
    for options, told in (
        ({"waivers": str(wrong)}, "wrong.toml"),
        ({"waivers": str(tmp_path / "missing.toml")}, "missing.toml"),
        ({"waivers": str(empty), "check_device": closed()}, "one in a run"),
        ({"check_args": "--select x"}, "-k and node ids say what is run"),
        ({"check_args": "--grade all"}, "invalid choice: 'all'"),
        ({"dist": "each"}, "--dist each has every worker judge the same peer"),
    ):
        with pytest.raises(pytest.UsageError, match=re.escape(told)):
            ChecksPlugin(Said(**server, **options))
    code, said = run_pytest(tmp_path, *QUIET, f"--dsm-check-server={closed()}", f"dsm-check-server::{ENDED[:-1]}")
    assert code == 4 and f"there is {ENDED}" in said and "Traceback" not in said, said


def test_options_that_the_command_does_not_have_are_told(tmp_path: Path) -> None:
    where = f"--dsm-check-server={closed()}", "--dsm-check-args=--no-such"
    code, said = run_pytest(tmp_path, *QUIET, *where, f"dsm-check-server::{ENDED}")
    assert code == 1 and "ended with code 2" in said and "--no-such" in said, said


async def test_an_interrupted_session_leaves_no_run(tmp_path: Path) -> None:
    """-x ends it with the first failure; the rest of the checks are not asked any more."""
    async with judged_server.judged_peer(tmp_path, ACCEPTED) as peer:
        code, said, _ = await by_pytest(
            tmp_path, f"--dsm-check-server={peer.url}", f"--dsm-directory={tmp_path / 'office'}", "-x",
            "--dsm-user=joe@contoso.example", "--dsm-check-report=evidence", "-k", "dsp/answer or dsp/job-",
        )  # fmt: skip
        lines = (tmp_path / "evidence/server/results.jsonl").read_bytes().splitlines()
        states = [json.loads(each.read_bytes())["state"] for each in (tmp_path / "store").rglob("job.json")]
    assert code == 1 and "1 failed" in said, said
    wanted = [id for id in all_checks() if id.startswith(("dsp/answer/", "dsp/job-"))]
    assert len(lines) < len(wanted) and b'"counts"' not in lines[-1]
    assert states and not set(states) & {"Creating", "Processing"}
    assert left_in(tmp_path) == []
