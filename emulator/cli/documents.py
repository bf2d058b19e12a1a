"""`documents`: document sets, listed, shown, validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import typer

from emulator.cli.command import GivenOptions, Handler
from emulator.cli.running import run, set_up_logging, shown

if TYPE_CHECKING:
    from emulator.documents.document_set import DocumentEntry, DocumentSet


def list_sets(given: GivenOptions) -> None:
    """List the document sets that come along."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.jobs.document_sets import document_sets

    found = run(document_sets, verbosity=given.verbose)
    if given.json:
        print_result({"sets": [each.as_dict() for each in found]})
        return
    names = max(len(each.name) for each in found) + 2
    for each in found:
        if each.found is None:
            typer.echo(f"{each.name:<{names}}cannot be drawn: {each.problem}")
        else:
            told = each.as_dict()
            typer.echo(f"{each.name:<{names}}{told['page_count']:>3} pages  {told['language']}  {told['title']}")


def show(given: GivenOptions) -> None:
    """Show which documents a set holds."""
    set_up_logging(given.verbose)
    from emulator.cli.output import print_result
    from emulator.jobs import document_sets as sets
    from emulator.options.keeping import ShownDocumentSet

    asked = given.of(ShownDocumentSet)
    name = asked.document_set
    found = shown(given, asked.toml, lambda: sets.set_text(name), lambda: sets.document_set(name))
    if found is None:
        return
    if given.json:
        print_result({**sets.summary(found), **found.model_dump(mode="json", exclude_defaults=True)})
    else:
        _print_set(found)


def validate(given: GivenOptions) -> None:
    """Check document sets; each mistake is named with file, line, page, field and what is allowed."""
    set_up_logging(given.verbose)
    from emulator.jobs.document_sets import check_document_set
    from emulator.options.keeping import CheckedDocumentSets

    bad = False
    for name in given.of(CheckedDocumentSets).document_sets:
        mistakes = run(lambda name=name: check_document_set(name))  # type: ignore[misc]
        bad = bad or bool(mistakes)
        for line in mistakes:
            typer.echo(f"error: {line}", err=True)
        if not mistakes:
            typer.echo(f"{name}: valid")
    raise typer.Exit(2 if bad else 0)


def _print_set(found: DocumentSet) -> None:
    from emulator.cli.output import plural
    from emulator.jobs.document_sets import summary

    told = summary(found)
    counts = f"{plural(told['document_count'], 'document')}, {plural(told['page_count'], 'page')}"
    typer.echo(f"{found.title} ({found.name})    {counts}")
    if found.traces:
        typer.echo(f"  Traces        {_strengths(found.traces)}")
    for entry in found.documents:
        language = found.language_of(entry)
        typer.echo(f"  {f'{entry.copies} x':>4} {entry.kind:<17} {language}  {_particulars(entry)}".rstrip())


def _particulars(entry: DocumentEntry) -> str:
    """Return what a document is beside its kind, as its fields are called."""
    told = entry.model_dump(
        mode="json", exclude={"kind", "language", "copies", "traces", "text", "codes"}, exclude_defaults=True
    )
    said = [f"{name} {value}" for name, value in told.items()]
    said += [f"{code.kind} {code.value}" for code in entry.codes or ()]
    return ", ".join([*said, *([_strengths(entry.traces)] if entry.traces else [])])


def _strengths(traces: Mapping[str, str | float]) -> str:
    return ", ".join(f"{name} {strength}" for name, strength in traces.items())


COMMANDS: Final[dict[str, Handler]] = {"list": list_sets, "show": show, "validate": validate}
