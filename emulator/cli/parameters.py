"""Commands and their options as the command line reads them: plain rows, made from the models of emulator/options
by docs/make_options.py, so that help needs none of what the models need."""

from __future__ import annotations

from typing import NamedTuple


class Parameter(NamedTuple):
    """An option, or with no `flags` an argument."""

    name: str
    """Keyword of the models."""
    flags: tuple[str, ...]
    kind: str
    group: str
    metavar: str
    help: str
    many: bool = False
    required: bool = False
    hidden: tuple[str, ...] = ()
    """Earlier names."""
    completion: str = ""
    choices: tuple[str, ...] = ()
    variable: str = ""


class Command(NamedTuple):
    """What a command does, its options, lines that run, and the page that tells more."""

    does: str
    parameters: tuple[Parameter, ...] = ()
    examples: tuple[str, ...] = ()
    page: str = ""
