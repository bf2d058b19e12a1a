"""Terminal and JUnit, rendered from the lines alone; JUnit as another's reader takes it, and by the schema of
Jenkins."""

from __future__ import annotations

from pathlib import Path

import junitparser
import pytest
from lxml import etree

from emulator.environment.report_folder import report_lines
from emulator.reports.files import JUNIT, RESULTS
from emulator.reports.junit import junit_of
from emulator.reports.junit_document import Case, junit_document
from emulator.reports.reading import read_results
from emulator.reports.result import Header, Report, Result
from emulator.reports.terminal import MOST_LINES, lines_of, terminal_lines
from emulator.reports.verdict import BAD, BEARINGS, Verdict

HEADER = Header("dsm-emulator play", "https://scan1/ScanServer", 7)
HOSTILE = "\x00\x1b[31m <b>&amp;\ud800\uffff ]]> \u2028"


def every_verdict() -> list[Result]:
    return [
        Result(
            f"wait/stopped/{number}",
            verdict,
            1234.5,
            {"says": f"it {verdict}{HOSTILE}", "expected": "Stopped", "met": HOSTILE, "journal": ["one", HOSTILE]},
        )
        for number, verdict in enumerate(Verdict)
    ]


@pytest.fixture(scope="session")
def jenkins(reference: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(reference / "junit" / "junit-10.xsd"))


def test_jenkins_and_junitparser_read_every_verdict(tmp_path: Path, jenkins: etree.XMLSchema) -> None:
    with report_lines(HEADER, tmp_path) as lines:
        for each in every_verdict():
            lines.add(each)
        lines.end()
    jenkins.assertValid(etree.parse(tmp_path / JUNIT))
    (suite,) = junitparser.JUnitXml.fromfile(str(tmp_path / JUNIT))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (9, 1, 2, 3)
    assert suite.name == HEADER.tool and suite.time == pytest.approx(9 * 1.2345, abs=0.01)
    assert {each.name: each.value for each in suite.properties()} == {
        "tool": HEADER.tool, "target": HEADER.target, "seed": "7",
    }  # fmt: skip
    kinds = {
        "passed": [],
        "failure": [junitparser.Failure],
        "error": [junitparser.Error],
        "skipped": [junitparser.Skipped],
    }
    cases = list(suite)
    for case, verdict in zip(cases, Verdict, strict=True):
        assert [type(each) for each in case.result] == kinds[BEARINGS[verdict]]
        assert case.classname == "wait.stopped"
        told = "".join(each.message for each in case.result) or case.system_out
        assert f"it {verdict}" in told, "the verdict's own evidence stands at its test"
        if verdict in (Verdict.WARNED, Verdict.OBSERVED):
            assert case.system_out.startswith(f"{verdict}: ")
    assert {case.name for case in cases} == {str(number) for number in range(9)}


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("results", [[], [Result("a", Verdict.PASSED)]])
def test_a_build_server_sees_red_where_the_report_is_unfinished_or_empty(
    results: list[Result], finished: bool, jenkins: etree.XMLSchema
) -> None:
    document = junit_of(Report(HEADER, results, finished))
    jenkins.assertValid(etree.fromstring(document))
    found = junitparser.JUnitXml.fromstring(document)
    assert (found.errors + found.failures == 0) == (finished and bool(results))
    red = [case for suite in found for case in suite if not case.is_passed]
    assert len(red) == (0 if finished and results else 1)


def test_junit_is_made_of_the_file_alone(tmp_path: Path) -> None:
    with report_lines(HEADER, tmp_path) as lines:
        lines.add(Result("a", Verdict.PASSED))
        lines.end()
    before = (tmp_path / JUNIT).read_bytes()
    assert junit_of(read_results(tmp_path / RESULTS)) == before
    moved = tmp_path / "elsewhere.jsonl"
    moved.write_bytes((tmp_path / RESULTS).read_bytes().replace(b'"passed", "ms"', b'"failed", "ms"')
                      .replace(b'{"passed": 1}', b'{"failed": 1}'))  # fmt: skip
    assert b"<failure" in junit_of(read_results(moved)) and b"<failure" not in before


def test_the_terminal_shows_what_is_bad_with_what_was_expected_and_met() -> None:
    lines = lines_of(Result("jam/4-wait", Verdict.FAILED, 12.3, {
        "says": "state is not Stopped", "where": "jam.toml:12", "expected": "Stopped", "met": "Idle",
        "journal": ["one", "two"],
    }))  # fmt: skip
    assert lines == [
        "FAILED          jam/4-wait  12 ms  state is not Stopped",
        "                where     jam.toml:12",
        "                expected  Stopped",
        "                met       Idle",
        "                journal:",
        "                  one",
        "                  two",
    ]


def test_a_line_of_what_has_passed_is_short() -> None:
    assert lines_of(Result("a/b", Verdict.PASSED, 999.4, {"met": 5})) == ["passed          a/b  999 ms"]
    assert lines_of(Result("a/b", Verdict.NOT_RUN, 1000, {"says": "why"})) == ["not run         a/b  1.0 s  why"]


def test_what_stands_around_the_tests() -> None:
    document = junit_of(Report(HEADER, [Result("a", Verdict.PASSED, 1, {"says": "fine"})], True))
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<testsuites")
    (suite,) = junitparser.JUnitXml.fromstring(document)
    assert etree.fromstring(document).findtext("testsuite/system-out") == "Passed: 1 passed"
    assert [case.system_out for case in suite] == ["fine"]
    assert b'type="unfinished"' in junit_of(Report(HEADER, [], False))
    without = junit_document("truth", [Case("a", "b")])
    assert b" time=" not in without and b"system-out" not in without and b'skipped="0"' in without


def test_no_text_of_a_peer_commands_the_terminal_or_makes_lines() -> None:
    report = Report(HEADER, [*every_verdict(), Result("long", Verdict.FAILED, 0, {"journal": ["x"] * 1000})], True)
    lines = terminal_lines(report, passed=True)
    assert all(line.isprintable() for line in lines)
    assert sum(line.strip() == "x" for line in lines) == MOST_LINES
    assert f"... {1000 - MOST_LINES} before" in "\n".join(lines)


def test_what_needs_nobody_is_counted_and_shown_when_asked_for() -> None:
    report = Report(HEADER, every_verdict(), True)
    short = terminal_lines(report)
    assert sum(line.startswith(tuple(map(str.upper, map(str, BAD)))) for line in short) == len(BAD)
    assert not any(line.startswith(("passed", "waived", "observed", "not ")) for line in short)
    whole = terminal_lines(report, passed=True)
    assert sum(line.startswith(("passed", "waived", "observed", "not ", "warned")) for line in whole) == 6
    assert short[-1] == (
        "Not passed: 1 failed, 1 inconclusive, 1 error (1 passed, 1 failed, 1 warned, 1 observed, "
        "1 not applicable, 1 not run, 1 inconclusive, 1 error, 1 waived)"
    )


def test_every_verdict_has_a_bearing() -> None:
    assert set(BEARINGS) == set(Verdict)
    assert {verdict for verdict, bearing in BEARINGS.items() if bearing in ("failure", "error")} == set(BAD)
