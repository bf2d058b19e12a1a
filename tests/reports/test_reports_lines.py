"""results.jsonl: what is written is read again, what no run writes is refused with its line, what was cut off is
told as unfinished."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from programs import environment

from emulator.environment.exit_codes import LabError
from emulator.environment.report_folder import report_lines
from emulator.reports.files import FILES, JUNIT, RESULTS
from emulator.reports.reading import MAX_LINE, ReportError, parse_results, read_results
from emulator.reports.result import Header, Result, tool_of
from emulator.reports.terminal import terminal_lines
from emulator.reports.verdict import Verdict
from emulator.reports.writing import ResultLines

HEADER = Header(tool_of("play"), "jam.toml", 7)
HEAD = b'{"version": 1, "tool": "t", "target": "x", "seed": null}\n'
PASSED = b'{"id": "a/1", "verdict": "passed", "ms": 1, "evidence": {}}\n'
END = b'{"counts": {"passed": 1}}\n'

ODD: list[Any] = ["", "\u2028 line\nline", "\ud800 half a pair", "\x00\x1b[31m", "日本", 1.5, None, [1, {"a": []}]]


def test_every_verdict_and_any_text_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = [
        Result(f"family/{number}", verdict, number / 8, {"says": f"it {verdict}", "odd": ODD})
        for number, verdict in enumerate(Verdict)
    ]
    with ResultLines(HEADER, tmp_path / RESULTS) as lines:
        for each in found:
            lines.add(each)
        told = lines.end()
    read = read_results(tmp_path / RESULTS)
    assert read == told and list(read.results) == found and read.finished
    assert read.counts == {str(verdict): 1 for verdict in Verdict}
    written = [json.loads(line) for line in (tmp_path / RESULTS).read_bytes().split(b"\n")[:-1]]
    assert list(written[0]) == ["version", "tool", "target", "seed"]
    assert all(list(each) == ["id", "verdict", "ms", "evidence"] for each in written[1:-1])
    assert list(written[-1]) == ["counts"]
    assert "日本".encode() in (tmp_path / RESULTS).read_bytes(), "a person reads it too"
    assert Result("a", Verdict.PASSED, 1.23456).as_dict()["ms"] == 1.235


def test_a_header_tells_more_once_somebody_was_met(tmp_path: Path) -> None:
    more = Header("t", "x", 7, began="2026-01-01T00:00:00+00:00", peer="Contoso 1", peer_clock="Thu (+3 s)")
    with ResultLines(Header("t", "x, and a long target", 7), tmp_path / RESULTS) as lines:
        lines.complete(more)
        lines.complete(Header("t", "x", 7, peer="C"))
        assert len((tmp_path / RESULTS).read_bytes().splitlines()) == 1
        lines.complete(more)
        lines.add(Result("a/1", Verdict.PASSED))
        with pytest.raises(ValueError, match="before the results"):
            lines.complete(HEADER)
        lines.end()
    assert read_results(tmp_path / RESULTS).header == more


def test_headers_of_files_that_are_older_are_read() -> None:
    told = parse_results([HEAD, PASSED, END], "old").header
    assert (told.began, told.peer, told.peer_clock) == ("", "", "")
    assert told.as_dict() == json.loads(HEAD)


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        ([], 0, "no header"),
        ([PASSED], 1, "no version"),
        ([HEAD.replace(b"1", b"2", 1)], 1, "version 2"),
        ([HEAD.replace(b"1", b"true", 1)], 1, "no version"),
        ([HEAD.replace(b'"t"', b"3")], 1, "tool is a text"),
        ([HEAD.replace(b"null", b'"7"')], 1, "seed is"),
        ([HEAD.replace(b"null", b'null, "peer": 7')], 1, "peer is a text"),
        ([HEAD, b"{}\n"], 2, "neither"),
        ([HEAD, b"[]\n"], 2, "no JSON object"),
        ([HEAD, b"\n"], 2, "no JSON"),
        ([HEAD, b"\xff\n"], 2, "no JSON"),
        ([HEAD, b"[" * 100_000 + b"\n"], 2, "nested too deep"),
        ([HEAD, PASSED, PASSED], 3, "a/1 has a result already"),
        ([HEAD, PASSED.replace(b"passed", b"fine")], 2, "'fine' is no verdict; there are: passed, failed"),
        ([HEAD, PASSED.replace(b'"passed"', b"null")], 2, "no verdict"),
        ([HEAD, PASSED.replace(b'"passed"', b"[]")], 2, "no verdict"),
        ([HEAD, PASSED.replace(b'"a/1"', b'""')], 2, "no id"),
        ([HEAD, PASSED.replace(b'"a/1"', b"5")], 2, "id is a text"),
        ([HEAD, PASSED.replace(b": 1,", b": -1,")], 2, "no milliseconds"),
        ([HEAD, PASSED.replace(b": 1,", b": NaN,")], 2, "no number of JSON"),
        ([HEAD, PASSED.replace(b": 1,", b": true,")], 2, "ms is a number"),
        ([HEAD, PASSED.replace(b": 1,", b": 1" + b"0" * 400 + b",")], 2, "too large"),
        ([HEAD, PASSED.replace(b": 1,", b": 1" + b"0" * 9000 + b",")], 2, "no JSON"),
        ([HEAD, PASSED.replace(b"{}", b"[]")], 2, "evidence is"),
        ([HEAD, PASSED.replace(b'"ms"', b'"id"')], 2, "twice"),
        ([HEAD, PASSED, END.replace(b"1", b"2")], 3, "the footer counts"),
        ([HEAD, PASSED, END, PASSED], 4, "behind the footer"),
        ([HEAD, PASSED, END, b"{"], 4, "behind the footer"),
        ([HEAD, b"x" * (MAX_LINE + 1)], 2, "longer than"),
    ],
    ids=str,
)
def test_what_no_run_writes_is_refused_with_its_line(lines: list[bytes], line: int, says: str) -> None:
    with pytest.raises(ReportError) as raised:
        parse_results(lines, "results.jsonl")
    text = str(raised.value)
    assert text.startswith(f"results.jsonl:{line}: " if line else "results.jsonl: ") and says in text
    assert "\n" not in text


def test_files_are_refused_by_their_own_name_once(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    with pytest.raises(ReportError) as raised:
        read_results(path)
    assert str(raised.value) == f"{path}: cannot be read: No such file or directory"
    for line, says in ((b"x" * (MAX_LINE - 1) + b"\n", "is no JSON"), (b"x" * MAX_LINE + b"\n", "longer than")):
        path.write_bytes(HEAD + line)
        with pytest.raises(ReportError) as raised:
            read_results(path)
        assert str(raised.value).startswith(f"{path}:2: {says}")


@pytest.mark.parametrize("lines", [[HEAD], [HEAD, PASSED], [HEAD, PASSED, END[:-1]], [HEAD, PASSED, PASSED[:20]]])
def test_without_a_whole_footer_it_is_unfinished(lines: list[bytes]) -> None:
    report = parse_results(lines, "results.jsonl")
    assert (
        not report.finished and not report.passed and report.problem.startswith("unfinished: the run was cut off")
    )
    assert terminal_lines(report)[-1].startswith("Not passed: unfinished")
    number = len(report.results)
    assert report.problem.endswith(f"after {number} result" + ("" if number == 1 else "s"))


@pytest.mark.parametrize(
    ("verdicts", "problem"),
    [
        ([], "nothing was looked at"),
        ([Verdict.NOT_RUN, Verdict.WAIVED, Verdict.OBSERVED], "nothing passed"),
        ([Verdict.PASSED, Verdict.FAILED, Verdict.FAILED], "2 failed"),
        ([Verdict.PASSED, Verdict.INCONCLUSIVE, Verdict.ERROR], "1 inconclusive, 1 error"),
        ([Verdict.PASSED, Verdict.WARNED, Verdict.NOT_APPLICABLE, Verdict.WAIVED, Verdict.NOT_RUN], ""),
    ],
)
def test_a_run_has_passed_when_something_did_and_nothing_is_bad(verdicts: list[Verdict], problem: str) -> None:
    lines = ResultLines(HEADER)
    for number, verdict in enumerate(verdicts):
        lines.add(Result(str(number), verdict))
    assert not lines.report.passed
    report = lines.end()
    assert report.problem == problem and report.passed == (not problem)


def test_what_cannot_be_read_again_is_not_written(tmp_path: Path) -> None:
    with ResultLines(HEADER, tmp_path / RESULTS) as lines:
        lines.add(Result("a", Verdict.PASSED))
        with pytest.raises(ValueError, match="a has a result already"):
            lines.add(Result("a", Verdict.FAILED))
        for wrong in ({"id": ""}, {"id": "a\nb"}, {"id": "b", "ms": -1.0}, {"id": "b", "ms": float("nan")}):
            with pytest.raises(ValueError, match=r"no id of a result|no milliseconds"):
                Result(**{"verdict": Verdict.PASSED, **wrong})
        with pytest.raises(ValueError, match="not JSON compliant"):
            lines.add(Result("b", Verdict.PASSED, evidence={"met": float("inf")}))
        lines.end()
        with pytest.raises(ValueError, match="after the end"):
            lines.add(Result("c", Verdict.PASSED))
    assert [each.id for each in read_results(tmp_path / RESULTS).results] == ["a"]


def test_a_run_that_is_killed_leaves_what_it_found_and_is_unfinished(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from emulator.environment.report_folder import report_lines\n"
        "from emulator.reports.result import Header, Result\n"
        "from emulator.reports.verdict import Verdict\n"
        "with report_lines(Header('t', 'x'), Path(sys.argv[1]), overwrite=True) as lines:\n"
        "    for number in range(50):\n"
        "        lines.add(Result(f'a/{number}', Verdict.PASSED))\n"
        "    os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))\n"
    )
    # A whole run has left its verdict there: the one that is killed must not be taken for it.
    with report_lines(HEADER, tmp_path) as lines:
        lines.add(Result("a", Verdict.PASSED))
        lines.end()
    assert (tmp_path / JUNIT).exists()
    done = subprocess.run([sys.executable, "-c", script, tmp_path], env=environment(), timeout=60)
    assert done.returncode != 0
    report = read_results(tmp_path / RESULTS)
    assert len(report.results) == 50 and not report.finished and "after 50 results" in report.problem
    assert not (tmp_path / JUNIT).exists()


def test_files_of_an_earlier_run_are_replaced_only_when_somebody_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    for name in FILES:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("of an earlier run")
        with pytest.raises(LabError, match=name), report_lines(HEADER, folder):
            raise AssertionError("it must not begin")
        assert (folder / name).read_text() == "of an earlier run"
        with report_lines(HEADER, folder, overwrite=True) as lines:
            lines.add(Result("a", Verdict.PASSED))
            lines.end()
        assert sorted(each.name for each in folder.iterdir()) == [JUNIT, RESULTS]
        for each in (JUNIT, RESULTS):
            (folder / each).unlink()


def test_what_a_run_raises_stays_and_leaves_an_unfinished_report(tmp_path: Path) -> None:
    error = OSError(errno.ECONNREFUSED, "nobody there")
    with pytest.raises(OSError, match="nobody there") as raised, report_lines(HEADER, tmp_path) as lines:
        lines.add(Result("a", Verdict.PASSED))
        raise error
    assert raised.value is error
    assert not read_results(tmp_path / RESULTS).finished
    assert "unfinished" in (tmp_path / JUNIT).read_text()


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match=r"--report .*file"), report_lines(HEADER, tmp_path / "file"):
        raise AssertionError("it must not begin")


@pytest.mark.needs(Path("/dev/full").exists(), "/dev/full is a disk that is full")
def test_a_full_disk_is_told_and_is_no_footer(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(OSError, match="No space left") as raised:
        ResultLines(HEADER, Path("/dev/full"))
    assert raised.value.filename == "/dev/full"
