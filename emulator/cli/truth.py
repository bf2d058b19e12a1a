"""`truth`: what a reader made of pages, scored against what is true of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.running import run, set_up_logging

if TYPE_CHECKING:
    from emulator.jobs.truth_compare import Comparison

_SHOWN: Final = 10
"""Wrong words, and fields, that a person is shown."""
_HEADS: Final = {
    "character_error": "character error",
    "word_error": "word error",
    "character_error_any_order": "in any order: characters",
    "word_error_any_order": " words",
    "fields": "fields",
    "cells": " cells",
    "codes": " codes",
    "separators": "separators",
}


def compare(given: GivenOptions) -> None:
    """Score what a reader (OCR, an extractor) made of pages against what is true of them."""
    set_up_logging(given.verbose)
    from emulator.cli.output import plural, print_result
    from emulator.jobs.truth_compare import compare_truth
    from emulator.options.truth import CompareOptions

    options = given.of(CompareOptions)
    found = run(lambda: compare_truth(options), verbosity=given.verbose)
    over = sum(bool(page.beyond) for page in found.pages)
    said = [*found.beyond, *([f"{plural(over, 'page')} beyond a limit"] if over else [])]
    if given.json:
        print_result(found.as_dict(), found.exit_code, "; ".join(said) or None)
    else:
        _print(found)
        for line in said:
            typer.echo(f"FAILED        {line}")
    raise typer.Exit(int(found.exit_code))


def _print(found: Comparison) -> None:
    from emulator.cli.output import plural
    from emulator.jobs.truth_compare import MEASURES, worst_words

    lost = [page.page.stem for page in found.pages if not page.is_read]
    more = f", {len(lost)} of them not read: {', '.join(lost[:3])}{' ...' if len(lost) > 3 else ''}" if lost else ""
    typer.echo(f"Compared      {plural(len(found.pages), 'page')}{more}")
    whole, groups = found.whole, found.by("kind")
    shown = [name for name in MEASURES if name in whole.counts]
    wide = max(14, *(len(name) + 2 for name in groups))
    head = "  ".join(_HEADS[name] for name in shown)
    typer.echo(f"{'':<{wide}}{head}".rstrip())
    for name, score in [("all", whole), *(groups.items() if len(groups) > 1 else ())]:
        figures = (
            f"{score.value(each):>{len(_HEADS[each])}.4f}" if each in score.counts else " " * len(_HEADS[each])
            for each in shown
        )
        typer.echo(f"  {name:<{wide - 2}}{'  '.join(figures)}".rstrip())
    for name, count in sorted(found.whole.words.items()) if len(found.whole.words) > 1 else ():
        typer.echo(f"  words {name:<{wide - 8}}{count.of - count.wrong} of {count.of} found")
    if found.documents is not None:
        typer.echo(f"  documents    {found.documents.found:.4f} cut as they are")
    for page, wrong in worst_words(found, _SHOWN):
        typer.echo(f"  {page.page.stem}: {wrong.word.text!r} was read {wrong.read!r}")
    fields = [(page.page.stem, *wrong) for page in found.pages for wrong in page.score.wrong_fields]
    for stem, field, true, read in fields[:_SHOWN]:
        typer.echo(f"  {stem}: {field} is {true!r}, was read {read!r}")
    if found.pictures is not None:
        typer.echo(f"Worst words   {found.pictures}")


COMMANDS: Final[dict[str, Handler]] = {"compare": compare}
