"""The checks as items of pytest. Their node ids are `dsm-check-server::ID` and `dsm-check-device::ID`, with the ids
of the law book; each is as the judge's verdict has it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Final

import pytest

from emulator.conformance.runner import FIRST, LAST
from emulator.pytest_checks.asked import AskedChecks, asked_checks
from emulator.pytest_checks.run import CheckRun
from emulator.reports.result import Result
from emulator.reports.terminal import evidence_lines, lines_of
from emulator.reports.verdict import BEARINGS, Verdict

_PROPERTY: Final = "dsm_verdict"
"""Of a report's user properties: the judge's own word."""


class CheckFailed(Exception):
    """The verdict of a check is a bad one, or there is none; `str()` is all that is to be said of it."""


class CheckItem(pytest.Item):
    """One check."""

    def __init__(self, *, asked: AskedChecks, plugin: ChecksPlugin, **more: Any) -> None:
        super().__init__(**more)
        self.asked = asked
        self._plugin = plugin
        self.told: list[tuple[str, str]] = []
        """Sections of its report."""

    def runtest(self) -> None:
        """Tell the verdict, as pytest says such a thing."""
        if reason := self.asked.why_not(self.name):
            pytest.skip(reason)
        run = self._plugin.run_of(self.asked)
        result = run.result_of(self.name)
        if result is None:
            raise CheckFailed(_not_judged(self.name, run))
        self.user_properties.append((_PROPERTY, str(result.verdict)))
        if result.verdict is not Verdict.PASSED:
            self.told = [("Evidence", "\n".join(evidence_lines(result.evidence)))]
        self._tell(result)

    def _tell(self, result: Result) -> None:
        says = f"{result.verdict}: {result.says or result.id}"
        bearing = BEARINGS[result.verdict]
        if result.verdict is Verdict.WAIVED:
            pytest.xfail(says)
            raise CheckFailed(says)  # --runxfail: nothing is known to fail
        if bearing == "skipped":
            pytest.skip(says)
        if bearing != "passed":
            raise CheckFailed("\n".join(lines_of(result)))
        if result.verdict is not Verdict.PASSED:
            self.told.insert(0, ("Check", says))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The evidence; our own lines say nothing to anybody."""
        if isinstance(excinfo.value, CheckFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """A check stands in no file of the user's; what follows the path is what a failure is headed with."""
        return self.config.rootpath / self.asked.group, None, f"check {self.name}"


class CheckCollector(pytest.Collector):
    """The checks of one peer."""

    def __init__(self, *, asked: AskedChecks, plugin: ChecksPlugin, ids: frozenset[str], **more: Any) -> None:
        super().__init__(**more)
        self._asked = asked
        self._plugin = plugin
        self._ids = ids

    def collect(self) -> Iterator[pytest.Item]:
        """Each in the order of a run."""
        for id in self._asked.ids:
            if id in self._ids:
                yield CheckItem.from_parent(self, name=id, asked=self._asked, plugin=self._plugin)


class ChecksPlugin:
    """The plugin's part that is there only where a peer is to be judged."""

    def __init__(self, config: pytest.Config) -> None:
        """Raises pytest.UsageError."""
        self._asked = asked_checks(config)
        self._only: dict[str, frozenset[str]] = {}
        """What node ids of the command line name, by collector."""
        self._session: pytest.Session | None = None
        self._runs: dict[str, CheckRun] = {}
        if config.getoption("dist", "no") == "each":
            raise pytest.UsageError("--dist each has every worker judge the same peer: take another --dist")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Take node ids of checks out of what pytest looks for in the file system."""
        self._session = session
        paths = []
        for word in session.config.args:
            name, _, id = word.partition("::")
            asked = next((each for each in self._asked if each.group == name), None)
            if asked is None:
                paths.append(word)
            else:
                found = asked.matching(id) if id else asked.ids
                self._only[name] = self._only.get(name, frozenset()) | frozenset(found)
        if self._only:
            session.config.args[:] = paths

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """The session collects the checks behind the files."""
        report = yield
        if collector is self._session and report.passed:
            report.result += self._collectors(collector)
        return report

    def _collectors(self, session: pytest.Collector) -> list[CheckCollector]:
        return [
            CheckCollector.from_parent(
                session,
                name=each.group,
                nodeid=each.group,
                asked=each,
                plugin=self,
                ids=self._only.get(each.group, frozenset() if self._only else frozenset(each.ids)),
            )
            for each in self._asked
        ]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The two ordinary jobs go with every check, whatever is selected: so a peer that died of one is told."""
        for each in self._asked:
            mine = [item for item in items if isinstance(item, CheckItem) and item.asked is each]
            names = {item.name for item in mine}
            for id, beside, offset in ((FIRST, mine[:1], 0), (LAST, mine[-1:], 1)):
                for item in beside:
                    if id not in names and item.parent is not None:
                        added = CheckItem.from_parent(item.parent, name=id, asked=each, plugin=self)
                        items.insert(items.index(item) + offset, added)

    def run_of(self, asked: AskedChecks) -> CheckRun:
        """The run behind the items of that peer: of what is left of them after -k, --deselect and the like."""
        if asked.group not in self._runs:
            items = () if self._session is None else self._session.items
            mine = [each.name for each in items if isinstance(each, CheckItem) and each.asked is asked]
            self._runs[asked.group] = CheckRun(asked, frozenset(id for id in mine if not asked.why_not(id)))
        return self._runs[asked.group]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """What was met goes with the report."""
        report = yield
        if isinstance(item, CheckItem) and call.when == "call":
            report.sections.extend(item.told)
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """All checks of a peer go to one worker, so that there is one run. Files and scopes are that already."""
        if config.getoption("dist") not in ("load", "worksteal", "loadgroup"):
            return None
        from emulator.pytest_checks.distribution import OneRunScheduling

        return OneRunScheduling(config, log)

    def pytest_sessionfinish(self) -> None:
        """No run outlives its session."""
        for each in self._runs.values():
            each.end()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Tell who was judged, the verdicts, and what was warned of: pytest has no word for it."""
        for asked in self._asked:
            reports = [
                each
                for reports in terminalreporter.stats.values()
                for each in reports
                if getattr(each, "when", "") == "call" and each.nodeid.startswith(f"{asked.group}::")
            ]
            verdicts = [(each.nodeid, dict(each.user_properties).get(_PROPERTY)) for each in reports]
            counts = {name: sum(found == name for _, found in verdicts) for name in Verdict}
            told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
            terminalreporter.section(f"dsm check {asked.subject} {asked.url}")
            terminalreporter.write_line(told or "nothing was judged")
            for nodeid, found in verdicts:
                if found == Verdict.WARNED:
                    terminalreporter.write_line(f"warned: {nodeid}")
            if asked.report is not None:
                terminalreporter.write_line(f"report: {asked.report}")


def _not_judged(id: str, run: CheckRun) -> str:
    first = run.first()
    if first is not None and BEARINGS[first.verdict] in ("failure", "error"):
        return "\n".join([f"{id} was not asked: the ordinary job could not be had", *lines_of(first)])
    code = run.exit_code
    return "\n".join([f"{id} has no verdict: the judge ended with code {code}, and said", run.said])
