"""Options that bound the work on one page of an untrusted file, the same in every command that reads files."""

from __future__ import annotations

from typing import Annotated

import typer

_PANEL = "Limits"

PageSeconds = Annotated[
    float,
    typer.Option(
        "--page-seconds",
        min=0.1,
        metavar="SECONDS",
        help="Longest time to open a PDF or a suspicious image, and to render each of its pages.",
        rich_help_panel=_PANEL,
    ),
]
PageMemory = Annotated[
    str,
    typer.Option(
        "--page-memory",
        metavar="SIZE",
        help="Most memory of the process that does it: 2G, 512M. Not bounded on Windows.",
        rich_help_panel=_PANEL,
    ),
]
PageSecondsOfRun = Annotated[
    float | None,
    typer.Option(
        "--page-seconds",
        min=0.1,
        metavar="SECONDS",
        help="For these files, in place of what `run` was given.",
        show_default=False,
    ),
]
PageMemoryOfRun = Annotated[
    str | None,
    typer.Option(
        "--page-memory",
        metavar="SIZE",
        help="For these files, in place of what `run` was given.",
        show_default=False,
    ),
]
DEFAULT_SECONDS = 60.0
DEFAULT_MEMORY = "2G"


def memory_size(text: str) -> int:
    """Octets. Raises BadParameter."""
    from emulator.imaging.decoding.limits import PageLimits, parse_size

    try:
        return PageLimits(memory=parse_size(text)).memory
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--page-memory") from None
