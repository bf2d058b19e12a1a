"""One run of the judge, from its options to its report and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

from emulator.clauses.clause import Grade
from emulator.conformance.check import Check, Subject, all_checks
from emulator.conformance.exchange import Recording
from emulator.conformance.har import har_of
from emulator.conformance.judged_peer import JudgedPeer
from emulator.conformance.names import FINAL_STATES
from emulator.conformance.page import write_page
from emulator.conformance.redaction import Redaction
from emulator.conformance.runner import ORDINARY, Runner
from emulator.conformance.sink import EventSink
from emulator.conformance.verdict import Departure, Inconclusive, Judged, NobodyCame, NotRun
from emulator.conformance.waivers import Waivers, waivers_text
from emulator.environment.exit_codes import ExitCode
from emulator.environment.report_folder import report_lines
from emulator.environment.whole_file import not_written, part_of
from emulator.reports.files import EXCHANGES
from emulator.reports.result import Header, Report, Result, tool_of
from emulator.reports.verdict import BAD, Verdict
from emulator.transport.http import ClientRefused, ExchangeError, NotHttp

_REFUSED: Final = (401, 403, 407)
_OF_CLIENTS: Final = "The client comes, in each situation of the device, before anything is judged."
_MODE: Final = {Subject.DSP_CLIENT: "--post-scan "}
"""Option of `check device` by which its subject is meant."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What is to be judged, and how."""

    url: str
    subject: Subject
    checks: Sequence[Check]
    peer: Callable[[Recording, EventSink | None], JudgedPeer]
    """Makes who is asked, by what is written down and where its events come."""
    seed: int = 1
    events: str = ""
    """IP address of this machine that events come to; '': they cannot come."""
    waivers: Waivers = field(default_factory=Waivers)
    write_waivers: Path | None = None
    report: Path | None = None
    overwrite: bool = False
    redaction: Redaction = field(default_factory=Redaction)
    shuffle: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What has come of it."""

    report: Report
    exit_code: ExitCode
    peer: str
    """What the peer calls itself."""


def passed_must(report: Report) -> bool:
    """Whether a MUST of a document was kept."""
    checks = {id: each for subject in Subject for id, each in all_checks(subject).items()}
    return any(
        each.verdict is Verdict.PASSED and each.id in checks and checks[each.id].clause.grade is Grade.MUST
        for each in report.results
    )


def problem_of(report: Report) -> str:
    """Why a run has not passed; '' where it has."""
    if report.problem:
        return report.problem
    return "" if passed_must(report) else "no MUST was found to be kept"


async def judge(
    asked: Judging, heard: Callable[[Result], None] = lambda _: None, begins: Callable[[str], None] = lambda _: None
) -> Judgement:
    """Run it. Raises LabError where the report cannot be written, or what the judge itself needs cannot be had.

    - `heard`: told of each result.
    - `begins`: told of each id before its turn.
    """
    recording = Recording()
    redaction = asked.redaction
    began = datetime.now(UTC).isoformat(timespec="seconds")
    header = Header(tool_of(f"check {asked.subject}"), redaction.text(asked.url), asked.seed, began=began)
    judged: list[Judged] = []
    async with AsyncExitStack() as stack:
        sink = None
        if asked.events:
            sink = await stack.enter_async_context(EventSink(recording, asked.events))
        peer = asked.peer(recording, sink)
        stack.push_async_callback(peer.aclose)
        with report_lines(header, asked.report, overwrite=asked.overwrite) as lines:
            today = datetime.now(UTC).date()

            def hear(each: Judged) -> None:
                each = asked.waivers.applied(each, peer.identity, today)
                judged.append(each)
                result = result_of(each, asked, redaction)
                if not lines.report.results:  # the first ordinary job: by now it has told who it is
                    called = redaction.text(peer.identity)
                    lines.complete(replace(header, peer=called, peer_clock=clock_of(recording)))
                lines.add(result)
                heard(result)

            run = await Runner(peer, asked.checks, hear, begins=begins, shuffle=asked.shuffle).run()
            if asked.report is not None:
                _write(asked.report / EXCHANGES, json.dumps(har_of(recording, redaction), indent=1))
            report = lines.end()
        if asked.report is not None:
            write_page(asked.report, report)
        if asked.write_waivers is not None:
            _write(asked.write_waivers, waivers_text(judged, peer.identity, today))
        code = _code(report, run.first_failure, peer)
        return Judgement(report, code, redaction.text(peer.identity))


def clock_of(recording: Recording) -> str:
    """The time that the peer tells by HTTP, and how many seconds it is ahead of ours; '' where it tells none."""
    for each in recording:
        date = each.header("Date")
        if date and not each.incoming:
            try:
                ahead = parsedate_to_datetime(date).timestamp() - (each.began + each.ms / 1000)
            except (TypeError, ValueError):
                return date
            return f"{date} ({round(ahead):+d} s)"
    return ""


def result_of(judged: Judged, asked: Judging, redaction: Redaction) -> Result:
    """The line of a report."""
    evidence: dict[str, Any] = {"says": judged.evidence.met}
    found = asdict(judged.evidence)
    evidence.update({name: found[name] for name in ("expected", "place") if found[name]})
    if judged.evidence.exchanges:
        evidence["exchanges"] = list(judged.evidence.exchanges)
    if judged.id in ORDINARY:
        evidence["does"] = _OF_CLIENTS if asked.subject is Subject.CLIENT else ORDINARY[judged.id]
    else:
        clause = all_checks(asked.subject)[judged.id].clause
        seed = "" if asked.subject is Subject.CLIENT else f" --seed {asked.seed}"
        evidence |= {
            "clause": clause.says,
            "section": clause.section,
            "grade": str(clause.grade),
            "basis": str(clause.basis),
            "repeat": f"{_MODE.get(asked.subject, '')}--select {judged.id}{seed}",
        }
    said = {name: redaction.text(each) if isinstance(each, str) else each for name, each in evidence.items()}
    return Result(judged.id, judged.verdict, judged.ms, said)


def _code(report: Report, failure: Exception | None, peer: JudgedPeer) -> ExitCode:
    if failure is not None:
        return code_of_failure(failure, peer)
    verdicts = {each.verdict for each in report.results}
    if Verdict.ERROR in verdicts:
        return ExitCode.BUG
    return ExitCode.FAILED if verdicts & BAD or not passed_must(report) else ExitCode.OK


def code_of_failure(failure: Exception, peer: JudgedPeer) -> ExitCode:
    """The exit code where no ordinary job could be had."""
    if isinstance(failure, NobodyCame):
        return ExitCode.UNREACHABLE
    if isinstance(failure, NotRun):
        return ExitCode.FAILED
    last = peer.recording.exchanges[-1] if peer.recording.exchanges else None
    if isinstance(failure, Departure | Inconclusive):
        shown = [peer.recording.numbered(number) for number in failure.evidence.exchanges]
        last = shown[-1] if shown else last
        if last is not None and last.status in _REFUSED:
            return ExitCode.REFUSED
        if last is not None and last.answered:
            told = last.told
            ended = told is not None and told.text("//dsp:JobState | //wscn:JobState") in FINAL_STATES
            return ExitCode.FAILED if ended else ExitCode.NONSENSE
        return _of_transport(peer.failures[-1]) if peer.failures else ExitCode.UNREACHABLE
    return ExitCode.BUG


def _of_transport(error: ExchangeError) -> ExitCode:
    if isinstance(error, ClientRefused):
        return ExitCode.REFUSED
    return ExitCode.NONSENSE if isinstance(error, NotHttp) else ExitCode.UNREACHABLE


def _write(path: Path, text: str) -> None:
    try:
        with part_of(path) as part:
            part.write_text(text, "utf-8")
    except OSError as error:
        raise not_written(path, error) from None
