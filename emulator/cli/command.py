"""A command of the command line, made of its row in a table: how it is read, what its help shows, what is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from emulator.cli.parameters import Command, Parameter

if TYPE_CHECKING:
    from emulator.environment.option_model import Options, WrongOption

M = TypeVar("M", bound="Options")

UsageProblem: Final[type[Any]] = typer.BadParameter.__mro__[1]
"""UsageError: what is wrong with the arguments; the usage stands above it."""


class GivenOptions(dict[str, Any]):
    """What the command line says, by the options' names; what it does not say is not there."""

    def __init__(self, command: Command, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.command = command

    def of(self, model: type[M], **more: Any) -> M:
        """The options of that model, with `more` by their fields' names. Raises UsageError, with the option as it
        is typed."""
        from emulator.environment.option_model import WrongOption, fields_of

        try:
            return model.of(**{name: value for name, value in self.items() if name in fields_of(model)}, **more)
        except WrongOption as error:
            raise self.usage_error(error) from None

    def usage_error(self, error: WrongOption) -> Exception:
        """The same for who has typed it."""
        for each in self.command.parameters:
            if each.name == error.option:
                typed = each.flags[-1] if each.flags else each.metavar
                space = "" if error.says.startswith(":") else " "
                return UsageProblem(f"{typed}{space}{error.says}")  # type: ignore[no-any-return]
        return UsageProblem(str(error))  # type: ignore[no-any-return]

    @property
    def json(self) -> bool:
        """--json."""
        return bool(self.get("json"))

    @property
    def quiet(self) -> bool:
        """--quiet."""
        return bool(self.get("quiet"))

    @property
    def verbose(self) -> int:
        """How often -v."""
        return int(self.get("verbose", 0))


Handler = Callable[[GivenOptions], None]


def typer_command(name: str, command: Command, handler: Handler, *, examples: str = "") -> Any:
    """The command as Typer has it; `handler` is called with what is given."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name=name, cls=_HelpfulCommand, help=command.does, context_settings=_HELP)(
        _function(command, handler)
    )
    made: Any = typer.main.get_command(app)
    made.row = command
    made.name = name
    return made


class _HelpfulCommand(TyperCommand):
    """Its options stand in their groups; below them environment variables, examples, exit codes, the page."""

    row: Command

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the sections of the help, as click asks for them."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for argument in (each for each in self.row.parameters if not each.flags):
            groups.setdefault("Arguments", []).append((argument.metavar, argument.help))
        for each in (each for each in self.get_params(ctx) if each.param_type_name == "option"):
            record = each.get_help_record(ctx)
            if record is not None:
                groups.setdefault(getattr(each, "rich_help_panel", None) or "Help", []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what stands behind the name, as click asks for it."""
        return [self.options_metavar or "", *(each.metavar for each in self.row.parameters if not each.flags)]

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write what stands at the end, as click asks for it."""
        command: Command = self.row
        variables = {each.variable: _spelled(each) for each in command.parameters if each.variable}
        if variables:
            with formatter.section("Environment variables"):
                formatter.write_dl([(name, f"Where {flag} is not given.") for name, flag in variables.items()])
        write_end(formatter, command)


def write_end(formatter: Any, command: Command) -> None:
    """Examples, exit codes, and the page that tells more."""
    if command.examples:
        with formatter.section("Examples"):
            formatter.write("".join(f"  {line}\n" for line in command.examples))
    if not command.parameters:
        return
    with formatter.section("Exit codes"):
        formatter.write_text(_EXIT_CODES)
    formatter.write_paragraph()
    formatter.write_text(f"More: docs/{command.page}, docs/exit-codes.md")


_HELP: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
_EXIT_CODES: Final = (
    "0 done; 1 failed, or something is missing; 2 wrong usage or input, nothing was sent; 3 unreachable or not "
    "trusted; 4 a fault or nonsense; 5 refused; 70 a bug; 130 interrupted"
)


def _spelled(parameter: Parameter) -> str:
    return parameter.flags[-1] if parameter.flags else parameter.metavar


def _function(command: Command, handler: Handler) -> Callable[..., None]:
    """A function whose signature is what Typer makes a command of."""

    def run(**typed: Any) -> None:
        handler(GivenOptions(command, dict(_values(command, typed))))

    rows = list(_signature(command))
    run.__signature__ = inspect.Signature(rows)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in rows}
    run.__doc__ = command.does
    return run


def _signature(command: Command) -> Iterator[inspect.Parameter]:
    for each in command.parameters:
        yield _row(each.name, each, _said(each))
        for number, flag in enumerate(each.hidden):
            earlier = each._replace(flags=(flag,), hidden=(), required=False)
            yield _row(f"{each.name}{_EARLIER}{number}", earlier, _said(earlier, hidden=True))


_EARLIER: Final = "__earlier_"


def _row(name: str, each: Parameter, said: Any) -> inspect.Parameter:
    plain: Any = {"truth": bool, "count": int}.get(each.kind, str)
    annotation = list[plain] if each.many else plain
    kind = inspect.Parameter.KEYWORD_ONLY
    if each.required:
        return inspect.Parameter(name, kind, annotation=Annotated[annotation, said])
    return inspect.Parameter(name, kind, default=None, annotation=Annotated[annotation | None, said])


def _said(each: Parameter, *, hidden: bool = False) -> Any:
    shared: dict[str, Any] = {
        "help": each.help,
        "show_default": False,
        "rich_help_panel": each.group,
        "autocompletion": _completer(each) if each.completion or each.choices else None,
    }
    if not each.flags:
        return typer.Argument(metavar=each.metavar, **shared)
    metavar = None if each.kind in ("truth", "count") else each.metavar
    count: dict[str, Any] = {"count": True} if each.kind == "count" else {}
    return typer.Option(*reversed(each.flags), metavar=metavar, hidden=hidden, **shared, **count)  # type: ignore[misc]


def _completer(each: Parameter) -> Callable[..., Any]:
    """What a shell is told of its values."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        from emulator.cli.completion import completions

        return completions(each, incomplete, ctx.params)

    return complete


def _values(command: Command, typed: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What was typed, by the options' names."""
    kinds = {each.name: each for each in command.parameters}
    for typed_name, value in typed.items():
        name = typed_name.partition(_EARLIER)[0]
        each = kinds[name]
        if value is None or value is False or value == [] or (each.kind == "count" and value == 0):
            continue
        if each.hidden == (f"--{name.removeprefix('no_')}",) and typed_name != name:
            continue  # --metadata, beside --no-metadata: as it is anyway
        yield name, tuple(value) if each.many else _value(each.kind, value)


def _value(kind: str, text: Any) -> Any:
    """A number where it is one; a model says what is wrong with anything else."""
    try:
        return int(text) if kind == "whole" else float(text) if kind == "number" else text
    except ValueError:
        return text


class SubCommands(TyperGroup):
    """Commands behind one name: `press load`."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write what stands at the end, as click asks for it."""
        formatter.write_paragraph()
        formatter.write_text(f"More: docs/{self.row.page}, and {ctx.command_path} COMMAND --help")

    row: Command


def typer_group(name: str, command: Command, members: Mapping[str, Any]) -> Any:
    """The group as Typer has it."""
    group = SubCommands(
        name=name,
        commands=dict(members),
        help=command.does,
        no_args_is_help=True,
        context_settings=_HELP,
        rich_markup_mode=None,
    )
    group.row = command
    return group
