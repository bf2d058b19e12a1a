"""What `play` does: reads all scenarios, plays them one after the other, and writes the reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.report_folder import report_lines
from emulator.jobs.choices import server_url
from emulator.options.play import PlayOptions
from emulator.reports.result import Header, Report, Result, tool_of
from emulator.reports.verdict import Verdict
from emulator.scenarios.playing import play
from emulator.scenarios.reading import read_all
from emulator.scenarios.scenario import Scenario
from emulator.scenarios.stage import Against
from emulator.scenarios.variables import NAME, Value, value_of

SERVER: Final = "server"
"""What `--against` can name."""


class PlayReporter(Protocol):
    """Who is told while scenarios are played."""

    def begins(self, scenario: Scenario) -> None:
        """A scenario begins."""

    def found(self, result: Result) -> None:
        """A step has ended."""


@dataclass(slots=True)
class Played:
    """How scenarios have gone."""

    report: Report
    scenarios: list[tuple[Scenario, bool]] = field(default_factory=list)
    """Each with whether all of it is as expected."""

    @property
    def exit_code(self) -> ExitCode:
        """0 where everything is as expected."""
        if any(each.verdict is Verdict.ERROR for each in self.report.results):
            return ExitCode.BUG
        return ExitCode.OK if self.report.passed else ExitCode.FAILED

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "passed": self.report.passed,
            "counts": self.report.counts,
            "scenarios": [
                {"name": each.name, "file": each.source, "title": each.title, "passed": passed}
                for each, passed in self.scenarios
            ],
            "results": [each.as_dict() for each in self.report.results],
        }


async def play_scenarios(options: PlayOptions, reporter: PlayReporter) -> Played:
    """Play them. Raises LabError before anything runs: for mistakes in any of them, all as details."""
    against = _against(options)
    variables = _variables(options.variables)
    scenarios, mistakes = read_all(options.scenarios, variables, server=against is None)
    if mistakes:
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        hint = "\n".join(mistakes[1:])
        raise LabError(mistakes[0] + more, hint=hint, details={"problems": mistakes})
    target = ", ".join(dict.fromkeys(each.source for each in scenarios))
    if against is not None:
        target += f" against {against.server}"
    done: list[tuple[Scenario, bool]] = []
    header = Header(tool_of("play"), target)
    with report_lines(header, options.report, overwrite=options.overwrite) as lines:

        def found(result: Result) -> None:
            lines.add(result)
            reporter.found(result)

        for scenario in scenarios:
            reporter.begins(scenario)
            done.append((scenario, await play(scenario, found, against)))
        return Played(lines.end(), done)


def _against(options: PlayOptions) -> Against | None:
    """Raises LabError."""
    found = ""
    for text in options.against:
        party, equals, where = text.partition("=")
        if not equals or party != SERVER or not where:
            raise LabError(f"--against {text}: write {SERVER}=URL")
        if found:
            raise LabError("--against names one scan server")
        found = server_url(where)
    return Against(found, options.trust) if found else None


def _variables(texts: Sequence[str]) -> dict[str, Value]:
    """Raises LabError."""
    found: dict[str, Value] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or NAME.fullmatch(name) is None:
            raise LabError(f"--var {text}: write NAME=VALUE, where a name has letters, digits and _")
        if name in found:
            raise LabError(f"--var {name} stands twice")
        found[name] = value_of(value)
    return found
