"""The option of all commands that have an embedded scan server: how it departs from the documents."""

from __future__ import annotations

from typing import Annotated

import typer

Habit = Annotated[
    list[str] | None,
    typer.Option(
        "--habit",
        metavar="NAME",
        help="Let the embedded scan server depart from the documents as a real one does: 2008r2, or one of its "
        "parts (docs/server.md). Repeatable.",
        show_default=False,
    ),
]
