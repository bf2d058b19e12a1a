"""The commands by name. A module is imported, and its options are looked at, when its command is called: help of
the whole needs neither (target: `--help` within 7 x of a bare interpreter)."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from emulator.cli.tables import SUMMARIES


def _loaded(name: str) -> Any:
    """The command of that name, with those behind it: of its table. What it does is imported when it is called."""
    from emulator.cli.command import Handler, typer_command, typer_group

    module = name.replace("-", "_")

    def handler(typed: str) -> Handler:
        def call(given: Any) -> None:
            import_module(f"emulator.cli.{module}").COMMANDS[typed](given)

        return call

    table = import_module(f"emulator.cli.tables.{module}").COMMANDS
    if len(table) == 1:
        return typer_command(name, table[""], handler(""))
    members = {typed: typer_command(typed, row, handler(typed)) for typed, row in table.items() if typed}
    return typer_group(name, table[""], members)


COMPLETE_VARIABLE: Final = "_DSM_EMULATOR_COMPLETE"
"""By which a shell asks what may stand at a place."""
_UsageProblem: Final[type[Any]] = typer.BadParameter.__mro__[2]
"""ClickException: what the library raises for arguments that it does not take."""


def wants_json(arguments: Sequence[str]) -> bool:
    """Return whether `--json` stands among the options; known also where the rest of the line cannot be read."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


class LazyCommands(TyperGroup):
    """The group of all commands."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and leave with its code. Whatever it could not do is told here, in one place: a line or
        two on stderr, and with --json the one object on stdout.

        - `args`: the words of the command line; those of the process where there are none.
        - `prog_name`: what the usage calls the program.
        - `complete_var`: the variable by which a shell asks for completions.
        - `standalone_mode`: whether to leave the process at the end.
        - `windows_expand_args`: whether patterns are expanded where the shell does not.
        """
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        from emulator.cli.running import CommandFailed, with_hint

        arguments = sys.argv[1:] if args is None else args
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except CommandFailed as failed:
            failure = with_hint(failed, arguments)
            failure.show()
        except _UsageProblem as problem:
            from emulator.cli.usage import failure_of_usage

            failure = failure_of_usage(problem, self, arguments)
            if type(problem).__name__ == "NoArgsIsHelpError":
                problem.show()  # help is what somebody wants who names no command
            else:
                failure.show()
        else:
            sys.exit(code if isinstance(code, int) else 0)
        if wants_json(arguments):
            from emulator.cli.output import print_json  # not for help, which is timed

            print_json(failure.as_dict())
        sys.exit(failure.code)

    def _main_shell_completion(self, ctx_args: Any, prog_name: str, complete_var: str | None = None) -> None:
        """Take the place of typer's own: answer a shell that asks what may stand here, and leave."""
        if COMPLETE_VARIABLE in os.environ:
            from typer.completion import completion_init  # type: ignore[attr-defined]

            completion_init()
            super()._main_shell_completion(ctx_args, prog_name, COMPLETE_VARIABLE)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named. Raises CommandFailed for what it did not expect itself."""
        from emulator.cli.running import CommandFailed, command_ended, failure_of

        try:
            return super().invoke(ctx)
        except (typer.Exit, CommandFailed, _UsageProblem):
            raise
        except (Exception, KeyboardInterrupt) as error:
            import logging

            logging.getLogger("emulator").debug("traceback", exc_info=True)
            raise failure_of(error) from None
        finally:
            command_ended()

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in the order of the help."""
        return list(SUMMARIES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, which is imported now; None where there is none of that name."""
        if cmd_name not in SUMMARIES:
            return None
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _loaded(cmd_name)
        return self.commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands, of what stands here."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Names of all commands are there to suggest when one is mistyped."""
        if args and args[0] not in SUMMARIES:
            for name in SUMMARIES:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)
