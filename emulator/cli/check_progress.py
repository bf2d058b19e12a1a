"""What a run of the judge shows: how far it is, what departs, and the whole at the end."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from emulator.cli.output import print_result
from emulator.reports.result import Report, Result
from emulator.reports.terminal import lines_of, summary
from emulator.reports.verdict import BAD, Verdict


class Progress:
    """Writes lines; on a terminal, the number and the id of what runs now."""

    def __init__(self, what: str, url: str, count: int, *, as_json: bool, quiet: bool) -> None:
        """These are its parameters.

        - `what`: is judged, for people.
        - `url`: where it is.
        - `count`: of the checks.
        - `as_json`, `quiet`: nothing is written but the end, or nothing.
        """
        self._count = count + 2
        """With the two ordinary jobs."""
        self._done = 0
        self._json = as_json
        self._quiet = quiet
        self._line = not as_json and not quiet and sys.stderr.isatty()
        if not as_json and not quiet:
            typer.echo(f"{what:<14}{url}")

    def begins(self, id: str) -> None:
        """The turn of that id has come."""
        if self._line:
            typer.echo(f"\r\x1b[K{self._done + 1}/{self._count}  {id}", nl=False, err=True)

    def heard(self, result: Result) -> None:
        """It has been judged."""
        self._done += 1
        if self._json or self._quiet:
            return
        if result.verdict in BAD or result.verdict is Verdict.WARNED:
            self.stop()
            for line in lines_of(result):
                typer.echo(line)

    def stop(self) -> None:
        """Take the line away."""
        if self._line:
            typer.echo("\r\x1b[K", nl=False, err=True)

    def ended(self, report: Report, peer: str, problem: str, code: int, folder: Path | None) -> None:
        """The end.

        - `peer`: what it calls itself.
        - `problem`: why the run has not passed; ''.
        - `code`: of the exit.
        - `folder`: of the report; None: none was written.
        """
        if self._json:
            results = [each.as_dict() for each in report.results]
            told = {"peer": peer, "counts": report.counts, "problem": problem or None, "results": results}
            print_result(told, code, problem or None)
            return
        if peer:
            typer.echo(f"It is        {peer}")
        typer.echo(summary(report))
        if problem and not report.problem:
            typer.echo(f"Not passed: {problem}")
        if folder is not None:
            typer.echo(f"Report       {folder}")
