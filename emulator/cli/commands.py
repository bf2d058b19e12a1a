"""The commands by name. A module is imported, and its options are looked at, when its command is called: help of
the whole needs neither (target: `--help` within 7 x of a bare interpreter)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "scan": ("scan", "Scan pages and deliver them: one whole post-scan job at a DSM scan server."),
    "run": ("run", "Put virtual scanners on the network; SIGINT or SIGTERM stops them."),
    "press": ("press", "Drive a running device: load, start, open, close, jam, clear, reset ..."),
    "server": ("server", "Run the embedded scan server alone; SIGINT or SIGTERM stops it."),
    "render": ("render", "Write pages to a folder as a device would scan them: no scan server, no job."),
    "verify": ("verify", "Prove by content that a folder holds what a manifest says was sent."),
    "discover": ("discover", "List the devices and scan servers on the network."),
    "inspect": ("inspect", "Show what a device or a scan server tells of itself."),
    "lab-ca": ("lab_ca", "Make a CA for a lab, and certificates of servers and users."),
    "profiles": ("profiles", "Device profiles: list, show, validate, capture."),
    "documents": ("documents", "Document sets: list, show, validate."),
    "scan-processes": ("scan_processes", "Scan processes of a folder: list, show, validate."),
    "samples": ("samples", "Copy sample pages, device profiles, document sets and scan processes to a folder."),
}
"""Name -> module of this room, and what it does in a line. The module holds a function of its own name, or for
several commands in one a Typer `app`."""


def _loaded(name: str, module_name: str) -> Any:
    module = import_module(f"emulator.cli.{module_name}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        app.command(name=name)(getattr(module, module_name))
    command = typer.main.get_command(app)
    command.name = name
    return command


_UsageProblem: Final[type[Any]] = typer.BadParameter.__mro__[2]
"""ClickException: what the library raises for arguments that it does not take."""


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether `--json` stands among the options; known also where the rest of the line cannot be read."""
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
        two on stderr, and with --json the one object on stdout."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        from emulator.cli.running import CommandFailed

        arguments = sys.argv[1:] if args is None else args
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except CommandFailed as failed:
            failed.show()
            failure = failed
        except _UsageProblem as problem:
            problem.show()
            failure = CommandFailed(problem.format_message(), problem.exit_code)
        else:
            sys.exit(code if isinstance(code, int) else 0)
        if wants_json(arguments):
            from emulator.cli.output import print_json  # not for help, which is timed

            print_json(failure.as_dict())
        sys.exit(failure.code)

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
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, which is imported now; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _loaded(cmd_name, COMMANDS[cmd_name][0])
        return self.commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands, of what stands here."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Names of all commands are there to suggest when one is mistyped."""
        if args and args[0] not in COMMANDS:
            for name in COMMANDS:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)
