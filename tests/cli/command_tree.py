"""Every command of the command line, found in the program itself, and how one is run within the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import typer

from emulator.cli.main import app


def commands() -> dict[str, Any]:
    """Name (`press load`) -> command, of all that do something."""
    return dict(_leaves(typer.main.get_command(app), ()))


def _leaves(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "list_commands"):
        yield " ".join(words), command
        return
    for name in command.list_commands(None):
        yield from _leaves(command.get_command(None, name), (*words, name))


def has_json(command: Any) -> bool:
    return any("--json" in parameter.opts for parameter in command.params)


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


def call(arguments: list[str], capsys: pytest.CaptureFixture[str], *, instead: Any = None) -> Done:
    """Run the command line. `instead`: what is called in place of the command's own function."""
    root: Any = typer.main.get_command(app)
    if instead is not None:
        found = root
        for word in arguments:
            if not hasattr(found, "list_commands"):
                break
            found = found.get_command(None, word)
        found.callback = instead
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        root.main(args=arguments, prog_name="dsm-emulator")
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, told.out, told.err)
