"""`check list`, `check explain`, `check report`: what the judge looks at and has found; nobody is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from emulator.cli.command import GivenOptions
from emulator.cli.running import CommandFailed, set_up_logging

if TYPE_CHECKING:
    from emulator.conformance.check import Check, Subject
    from emulator.options.check import SelectedChecks


def list_checks(given: GivenOptions) -> None:
    """List the checks that there are, in the order in which they run."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.conformance.check import Subject
    from emulator.options.check import ListedChecks

    asked = given.of(ListedChecks)
    found = selected(asked, Subject(asked.subject), slow=True)
    if given.json:
        print_result({"checks": [_described(each) for each in found]})
        return
    width = max(len(each.id) for each in found) + 2
    for each in found:
        typer.echo(f"{each.clause.grade:<7}{each.id:<{width}}{each.clause.says}")


def explain(given: GivenOptions) -> None:
    """Explain a check: the clause, where it stands, what is done, what a departure comes to."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.conformance.runner import ORDINARY
    from emulator.options.check import ExplainedCheck

    id = given.of(ExplainedCheck).id
    if id in ORDINARY:
        told = {"id": id, "does": ORDINARY[id]}
    else:
        found = _every_check().get(id)
        if found is None:
            raise _no_such(id)
        told = _described(found)
    if given.json:
        print_result(told)
        return
    for name, said in told.items():
        typer.echo(f"{name:<10}{said}")


def report(given: GivenOptions) -> None:
    """Render a report again from its results; a run that was cut off is told as unfinished."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.conformance.judging import problem_of
    from emulator.conformance.page import render_again
    from emulator.options.check import RenderedReport
    from emulator.reports.reading import ReportError
    from emulator.reports.terminal import terminal_lines

    folder = given.of(RenderedReport).folder
    try:
        found = render_again(folder)
    except ReportError as error:
        raise CommandFailed(str(error), 2, "check server ... --report DIR writes such a folder") from None
    problem = problem_of(found)
    if given.json:
        print_result(
            {"counts": found.counts, "finished": found.finished, "problem": problem or None}, int(bool(problem))
        )
    else:
        for line in terminal_lines(found):
            typer.echo(line)
    raise typer.Exit(int(bool(problem)))


def _every_check() -> dict[str, Check]:
    """Return all by their ids; of one that judges several that of scan servers, then that of devices."""
    from emulator.conformance.check import Subject, all_checks

    return {
        **all_checks(Subject.CLIENT),
        **all_checks(Subject.DSP_CLIENT),
        **all_checks(Subject.DEVICE),
        **all_checks(Subject.SERVER),
    }


def selected(asked: SelectedChecks, of: Subject, *, gentle: bool = False, slow: bool = False) -> list[Check]:
    """Return the checks that are asked for, in their order. Raises CommandFailed where there are none."""
    from emulator.conformance.check import all_checks
    from emulator.conformance.selection import Selection, UnknownCheck

    try:
        found = Selection(asked.select, asked.skip, asked.grade, gentle, slow).of(all_checks(of))
    except UnknownCheck as error:
        raise CommandFailed(str(error), 2, "check list shows the checks") from None
    if not found:
        raise CommandFailed("nothing is left to check", 2, "check list shows the checks")
    return found


def _described(each: Check) -> dict[str, Any]:
    clause = each.clause
    return {
        "id": each.id,
        "grade": str(clause.grade),
        "basis": str(clause.basis),
        "section": clause.section,
        "says": clause.says,
        "does": each.does,
        "when": each.when.value + (", slow" if each.slow else ""),
        "departs": str(_departed(each)),
    }


def _departed(each: Check) -> str:
    from emulator.conformance.verdict import verdict_of_departure

    return str(verdict_of_departure(each.clause))


def _no_such(id: str) -> CommandFailed:
    from emulator.conformance.selection import UnknownCheck, matching

    try:
        matching(id, _every_check())
    except UnknownCheck as error:
        return CommandFailed(str(error), 2, "check list shows the checks")
    return CommandFailed(f"{id!r} is a pattern; one check is explained", 2, "check list shows the checks")
