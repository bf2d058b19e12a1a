"""`faults`: alterations listed and shown, fault plans validated."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.running import CommandFailed, run, set_up_logging


def list_alterations(given: GivenOptions) -> None:
    """List the alterations that a fault plan may name, and the habits beside them."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.faults.alterations import all_alterations
    from emulator.faults.describing import described, described_habit
    from emulator.faults.habits import habits_alone
    from emulator.options.keeping import ListedAlterations

    at = given.of(ListedAlterations).at
    found = [described(each) for each in all_alterations() if at in (None, each.at.value)]
    habits = [described_habit(each) for each in habits_alone()] if at in (None, "habit") else []
    if given.json:
        print_result({"alterations": found, "habits": habits})
        return
    names = max(len(each["name"]) for each in [*found, *habits]) + 2
    for each in [*found, *habits]:
        typer.echo(f"{each['at']:<10}{each['name']:<{names}}{each['says']}")


def show(given: GivenOptions) -> None:
    """Show what an alteration or a habit does, what it breaks, what it can be told."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.faults.alterations import all_alterations
    from emulator.faults.describing import described, described_habit
    from emulator.faults.habits import habits_alone
    from emulator.faults.known_names import there_are
    from emulator.options.keeping import ShownAlteration

    name = given.of(ShownAlteration).alteration
    found = [described(each) for each in all_alterations() if each.name == name]
    habits = [described_habit(each) for each in habits_alone() if each.name == name]
    if not found and not habits:
        known = {each.name for each in all_alterations()} | {each.name for each in habits_alone()}
        said = f"there is no alteration and no habit {name!r}; {there_are(name, known)}"
        raise CommandFailed(said, 2, "dsm-emulator faults list tells of each")
    if given.json:
        print_result({"alterations": found, "habits": habits})
        return
    for each in found:
        _print(each)
    for each in habits:
        _print_habit(each)


def validate(given: GivenOptions) -> None:
    """Check fault plans; each mistake is named with file, line, field and what is allowed."""
    set_up_logging(given.verbose)
    from emulator.cli.output import plural, print_result
    from emulator.disturbance.disturbances import check_plan
    from emulator.faults.places import same_places
    from emulator.options.keeping import CheckedPlans

    told: list[dict[str, Any]] = []
    for path in given.of(CheckedPlans).plans:
        plan, mistakes = run(partial(check_plan, path), verbosity=given.verbose)
        notes = [] if plan is None else same_places(plan)
        told.append({"plan": str(path), "ok": not mistakes, "problems": mistakes, "notes": notes})
        for line in mistakes:
            typer.echo(f"error: {line}", err=True)
        if given.json:
            continue
        if plan is not None:
            typer.echo(f"{path}: valid, {plural(len(plan.faults), 'fault')}, seed {plan.seed}")
        for line in notes:
            typer.echo(f"  {line}")
    code = 0 if all(each["ok"] for each in told) else 2
    if given.json:
        print_result({"plans": told}, code, next((line for each in told for line in each["problems"]), None))
    raise typer.Exit(code)


def _print(told: dict[str, Any]) -> None:
    typer.echo(f"{told['name']}    at {told['at']}, done by {', '.join(told['roles'])}")
    typer.echo(f"  {told['says']}")
    if told["at"] in ("exchange", "package", "envelope", "wire"):
        typer.echo(f"  Of          {' or '.join(told['of'])}")
    if told["operations"]:
        typer.echo(f"  Operations  {', '.join(told['operations'])}")
    if told["clause"]:
        typer.echo(f"  Breaks      {told['clause']} (docs/clauses.md)")
    if told["source"]:
        typer.echo(f"  Seen at     {told['source']}")
    for each in told["parameters"]:
        default = "needed" if each["required"] else f"default {each['default']!r}"
        typer.echo(f"  {each['name']:<12}{each['says']} ({each['values']}; {default})")


def _print_habit(told: dict[str, Any]) -> None:
    typer.echo(f"{told['name']}    a habit of {', '.join(told['roles'])}")
    typer.echo(f"  {told['says']}")
    if told["alterations"]:
        typer.echo(f"  Alterations  {', '.join(told['alterations'])}")
    if told["behaviours"]:
        typer.echo(f"  Behaviours   {', '.join(told['behaviours'])}")
    if told["source"]:
        typer.echo(f"  Seen at      {told['source']}")


COMMANDS: Final[dict[str, Handler]] = {"list": list_alterations, "show": show, "validate": validate}
