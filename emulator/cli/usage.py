"""Arguments that a command does not take, in our words: what was given, what is wanted, where the rest stands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from emulator.cli.running import CommandFailed
from emulator.environment.next_step import command_line


def failure_of_usage(problem: Any, root: Any, arguments: Sequence[str]) -> CommandFailed:
    """The failure for a person and for `--json`. `problem`: of the library; `root`: the group of all commands."""
    command, path = _called(root, arguments)
    kinds = [each.__name__ for each in type(problem).__mro__]
    said = next((said for kind, said in _SAID.items() if kind in kinds), _other)
    return CommandFailed(
        said(problem, command, arguments),
        problem.exit_code,
        f"{command_line(*path, '-h')} tells what {'it' if path else 'there is'}{' takes' if path else ''}",
    )


def _called(root: Any, arguments: Sequence[str]) -> tuple[Any, list[str]]:
    """The command that the arguments name, as far as they name one, and its words."""
    path: list[str] = []
    command = root
    for word in arguments:
        if word.startswith("-") or not hasattr(command, "get_command"):
            break
        inner = command.get_command(None, word)
        if inner is None:
            break
        command, path = inner, [*path, word]
    return command, path


def _no_command(problem: Any, command: Any, arguments: Sequence[str]) -> str:
    names = command.list_commands(None)
    return f"a command is missing; there are: {', '.join(names)}"


def _no_option(problem: Any, command: Any, arguments: Sequence[str]) -> str:
    options = [each for parameter in command.params for each in parameter.opts if each.startswith("--")]
    if difflib.get_close_matches(problem.option_name, ["--version"], 1, 0.8):
        return f"there is no option {problem.option_name} here; {command_line('--version')} tells the version"
    return f"there is no option {problem.option_name}{_meant(problem.option_name, options)}"


def _meant(word: str, names: Sequence[str]) -> str:
    bare = {name.lstrip("-"): name for name in names}  # the dashes are alike in all
    close = [bare[name] for name in difflib.get_close_matches(word.lstrip("-"), bare, 2, 0.6)]
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _no_value(problem: Any, command: Any, arguments: Sequence[str]) -> str:
    name = problem.option_name
    found = next((each for each in command.params if name in each.opts), None)
    if found is None:
        return f"{name} goes without a value"
    if getattr(found, "is_flag", False):
        return f"{name} is a switch: it goes without a value"
    wanted = _metavar(found)
    return f"{name} needs a value: {_NOUNS.get(wanted, wanted)}"


_NOUNS: Final = {"N": "a whole number", "SECONDS": "a number of seconds", "OCTETS": "a number of octets"}
"""What a metavar stands for, where its word alone does not tell."""


def _missing(problem: Any, command: Any, arguments: Sequence[str]) -> str:
    parameter = problem.param
    if parameter is None or parameter.param_type_name != "argument":
        return f"{parameter.opts[0] if parameter is not None else 'an option'} is missing"
    wanted = [_metavar(each) for each in command.params if each.param_type_name == "argument" and each.required]
    name = _metavar(parameter)
    return f"{name} is missing" + (f"; wanted are {' and '.join(wanted)}" if len(wanted) > 1 else "")


def _metavar(parameter: Any) -> str:
    """Return what a person is told that stands there, as FILE or SECONDS."""
    return str(parameter.metavar).removesuffix("...")


def _other(problem: Any, command: Any, arguments: Sequence[str]) -> str:
    said = str(problem.format_message())
    if found := re.match(r"No such command '(.*?)'\.", said, re.S):
        names = command.list_commands(None)
        meant = _meant(found[1], names) or f"; there are: {', '.join(names)}"
        return f"there is no command {found[1]!r}{meant}"
    if found := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", said, re.S):
        return f"{found[1]!r} is one argument too many"
    return said.rstrip(".")


_SAID: Final[dict[str, Callable[[Any, Any, Sequence[str]], str]]] = {
    "NoArgsIsHelpError": _no_command,
    "NoSuchOption": _no_option,
    "BadOptionUsage": _no_value,
    "MissingParameter": _missing,
}
"""Name of the library's class -> what is said; the first that fits."""
