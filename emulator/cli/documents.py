"""`documents`: document sets, listed, shown, validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from emulator.cli.running import CommandFailed, run

if TYPE_CHECKING:
    from emulator.documents.document_set import DocumentEntry, DocumentSet

app = typer.Typer(help="Document sets.", no_args_is_help=True, rich_markup_mode=None)

_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command(name="list")
def list_command(json_output: _JSON = False) -> None:
    """List the document sets that come along."""
    from emulator.cli.output import print_result
    from emulator.jobs.document_sets import document_sets

    found = run(document_sets)
    if json_output:
        print_result({"sets": [each.as_dict() for each in found]})
        return
    names = max(len(each.name) for each in found) + 2
    for each in found:
        if each.found is None:
            typer.echo(f"{each.name:<{names}}cannot be drawn: {each.problem}")
        else:
            told = each.as_dict()
            typer.echo(f"{each.name:<{names}}{told['page_count']:>3} pages  {told['language']}  {told['title']}")


@app.command()
def show(
    document_set: Annotated[str, typer.Argument(help="Name or TOML file.", show_default=False)],
    toml: Annotated[
        bool, typer.Option("--toml", help="Print the whole TOML with its comments, to start one's own from.")
    ] = False,
    json_output: _JSON = False,
) -> None:
    """Show which documents a set holds."""
    from emulator.cli.output import print_result
    from emulator.jobs import document_sets as sets

    if toml and json_output:
        raise CommandFailed("--toml and --json exclude one another", 2)
    if toml:
        typer.echo(run(lambda: sets.set_text(document_set)), nl=False)
        return
    found = run(lambda: sets.document_set(document_set))
    if json_output:
        print_result({**sets.summary(found), **found.model_dump(mode="json", exclude_defaults=True)})
    else:
        _print_set(found)


@app.command()
def validate(
    document_sets: Annotated[list[str], typer.Argument(help="Names or TOML files.", show_default=False)],
) -> None:
    """Check document sets; each mistake is named with file, line, page, field and what is allowed."""
    from emulator.jobs.document_sets import check_document_set

    bad = False
    for name in document_sets:
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
    """What a document is beside its kind, as its fields are called."""
    told = entry.model_dump(
        mode="json", exclude={"kind", "language", "copies", "traces", "text", "codes"}, exclude_defaults=True
    )
    said = [f"{name} {value}" for name, value in told.items()]
    said += [f"{code.kind} {code.value}" for code in entry.codes or ()]
    return ", ".join([*said, *([_strengths(entry.traces)] if entry.traces else [])])


def _strengths(traces: Mapping[str, str | float]) -> str:
    return ", ".join(f"{name} {strength}" for name, strength in traces.items())
