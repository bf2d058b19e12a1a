"""Makes what is read of the models of options elsewhere: `python docs/make_options.py`.

- emulator/cli/tables/: the commands as the command line reads them
- emulator/options/keywords.py, emulator/environment/keywords.py: the keywords of Python
- the tables of options in the pages of docs/, between their markers
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from emulator.cli.parameters import Command, Parameter
from emulator.environment.option_model import OptionField, Options, fields_of
from emulator.environment.options import LdapOptions, TrustOptions
from emulator.options.commands import COMMANDS, CommandOptions
from emulator.options.scan import ScanOptions

PROJECT = Path(__file__).resolve().parents[1]
DOCS = PROJECT / "docs"
TABLES = PROJECT / "emulator" / "cli" / "tables"
KEYWORDS = PROJECT / "emulator" / "options" / "keywords.py"
SHARED_KEYWORDS = PROJECT / "emulator" / "environment" / "keywords.py"

_MADE = "Made from the models in emulator/options by docs/make_options.py: change those, and run it."
_ORDER = (
    "What is checked", "Load", "Certificates", "Pages", "Limits", "Ticket", "Job", "Server", "Device", "Network",
    "Trust", "Certificate of its own", "Directory", "Control", "Faults", "Output",
)  # fmt: skip
MARKED = re.compile(
    r"(<!-- options: (?P<command>[^:>]+): (?P<names>[^>]+) -->\n).*?(<!-- end of options -->)", re.DOTALL
)


def options_of(command: CommandOptions) -> list[OptionField]:
    """Every option of a command, once, in the order of the help."""
    found: dict[str, OptionField] = {}
    for model in command.models:
        for name, each in fields_of(model).items():
            if _on_command_line(each):
                found.setdefault(name, each)
    return sorted(found.values(), key=lambda each: _ORDER.index(each.said.group))


def _on_command_line(option: OptionField) -> bool:
    return option.name != "password"  # every user of a machine can read command lines


def default_text(option: OptionField) -> str:
    """What is where nothing is given, in words; '' where that is nothing."""
    if option.said.default:
        return option.said.default
    value = option.default
    if value in (None, "", (), False) or option.kind == "truth" or option.said.short == "-v":
        return ""
    if option.kind == "size":
        from emulator.imaging.decoding.limits import size_text

        return size_text(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def metavar(option: OptionField) -> str:
    """What stands for the value."""
    if option.kind == "choice" and not option.said.metavar:
        return "|".join(option.choices)
    counted = option.said.short == "-v"  # it is repeated, and takes no value
    return "" if counted or option.kind == "truth" else option.said.metavar


def parameter(option: OptionField, command: CommandOptions) -> Parameter:
    """The row of an option."""
    default = default_text(option)
    flags = () if option.said.argument else tuple(filter(None, (option.said.short, option.flag)))
    hidden = (*option.said.hidden, *command.hidden.get(option.option, ()))
    return Parameter(
        name=option.option,
        flags=flags,
        kind="count" if option.said.short == "-v" else option.kind,
        group=option.said.group,
        metavar=metavar(option),
        help=option.said.help + (f" Default: {default}." if default else ""),
        many=option.many,
        required=option.required,
        hidden=hidden,
        completion=option.said.completion,
        choices=tuple(map(str, option.choices)),
        variable=option.said.variable,
    )


def modules() -> dict[str, dict[str, Command]]:
    """Of the command line: name of the module -> what is typed behind it -> the command."""
    made: dict[str, dict[str, Command]] = {}
    for typed, command in COMMANDS.items():
        first, _, rest = typed.partition(" ")
        rows = tuple(parameter(each, command) for each in options_of(command))
        row = Command(command.does, rows, command.examples, command.page)
        made.setdefault(first.replace("-", "_"), {})[rest] = row
    return made


def _row(value: tuple[object, ...]) -> str:
    """A call that makes it; what is as by default is left out."""
    kind = type(value)
    defaults = getattr(kind, "_field_defaults", {})
    said = []
    for name, each in zip(getattr(kind, "_fields", ()), value, strict=True):
        if name in defaults and each == defaults[name]:
            continue
        shown = f"({''.join(f'{_row(row)}, ' for row in each)})" if name == "parameters" else repr(each)  # type: ignore[attr-defined]
        said.append(f"{name}={shown}" if name in defaults else shown)
    return f"{kind.__name__}({', '.join(said)})"


def table_module(commands: dict[str, Command]) -> str:
    """The module of one name."""
    uses = "Command, Parameter" if any(each.parameters for each in commands.values()) else "Command"
    rows = "".join(f"{typed!r}: {_row(command)}," for typed, command in commands.items())
    return _formatted(
        f'"""{_MADE}"""\n\nfrom typing import Final\n\nfrom emulator.cli.parameters import {uses}\n\n'
        f"COMMANDS: Final[dict[str, Command]] = {{{rows}}}\n"
    )


def summaries() -> str:
    """The module of the names alone."""
    rows = "".join(f"{name!r}: {command.does!r}," for name, command in COMMANDS.items() if " " not in name)
    return _formatted(
        f'"""{_MADE}"""\n\nfrom typing import Final\n\nSUMMARIES: Final[dict[str, str]] = {{{rows}}}\n'
        '"""Every command and what it does, in the order of the help."""\n'
    )


def _formatted(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", "emulator/made.py", "-"],
        input=code,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        cwd=PROJECT,
    ).stdout


# Python


_TYPES = {"whole": "int", "number": "float", "truth": "bool", "text": "str", "path": "AnyPath", "size": "int | str",
          "place": "AnyPath", "date": "datetime | str"}  # fmt: skip


_OTHER: Final = {"loaded": "bool", "ask": "Ask | None", "password": "Secret | None"}
"""Fields that are no option of the command line."""


def keyword_type(option: OptionField) -> str:
    """As type checkers want it."""
    if option.kind == "choice":
        plain = f"Literal[{', '.join(map(repr, option.choices))}]"
    else:
        plain = _TYPES[option.kind]
    if option.many:
        plain = f"{plain} | Sequence[{plain}]"
    return f"{plain} | None" if option.optional else plain


def keywords(model: type[Options]) -> Iterator[tuple[str, str]]:
    """Every keyword of a model with its type: fields, options by their names, and earlier names."""
    told: dict[str, str] = {}
    for name, field in model.model_fields.items():
        own = next((each for each in fields_of(model).values() if each.name == name and not each.within), None)
        if own is not None:
            told[name] = keyword_type(own)
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Options):
            told[name] = field.annotation.__name__
        else:
            told[name] = _OTHER[name]
    for name, option in fields_of(model).items():
        told.setdefault(name, keyword_type(option))
    for name, (_, meaning) in model.ALSO.items():
        told.setdefault(name, " | ".join(sorted({type(each).__name__ for each in meaning})))
    yield from told.items()


def _typed_dict(name: str, does: str, rows: Mapping[str, str]) -> str:
    fields = "".join(f"    {field}: {kind}\n" for field, kind in rows.items())
    return f'\n\nclass {name}(TypedDict, total=False):\n    """{does}"""\n\n{fields}'


def keywords_module() -> str:
    """The keywords of `scan` in Python."""
    scan = {name: kind for name, kind in keywords(ScanOptions) if name not in ("files", "settings")}
    return _formatted(
        f'"""{_MADE}"""\n\nfrom __future__ import annotations\n\nfrom collections.abc import Sequence\n'
        "from typing import TYPE_CHECKING, Literal, TypedDict\n\n"
        "from emulator.environment.options import LdapOptions, TrustOptions\n\n"
        "if TYPE_CHECKING:\n    from emulator.environment.keywords import AnyPath\n"
        + _typed_dict(
            "ScanKeywords",
            "The options of a post-scan job as keywords.",
            {"settings": "str | Sequence[str]", **scan},
        )
    )


def shared_keywords_module() -> str:
    """The keywords of options that several models hold."""
    return _formatted(
        f'"""{_MADE}"""\n\nfrom __future__ import annotations\n\nfrom collections.abc import Sequence\n'
        "from os import PathLike\nfrom typing import TYPE_CHECKING, Literal, TypedDict\n\n"
        "from emulator.directory.secret import Secret\nfrom emulator.trust.passwords import Ask\n\n"
        "if TYPE_CHECKING:\n    AnyPath = str | PathLike[str]\n"
        + _typed_dict("TrustKeywords", "How others are trusted, as keywords.", dict(keywords(TrustOptions)))
        + _typed_dict(
            "LdapKeywords", "How a directory over LDAP is asked, as keywords.", dict(keywords(LdapOptions))
        )
    )


# The pages


def table(command: str, names: str) -> str:
    """The rows of some options (`pages repeat`), of groups (`group Pages, Ticket`) or of `all`, as a table."""
    options = options_of(COMMANDS[command])
    if names == "all":
        chosen = options
    elif names.startswith("group "):
        groups = [each.strip() for each in names.removeprefix("group ").split(",")]
        chosen = [each for each in options if each.said.group in groups]
    else:
        by_name = {each.option: each for each in options}
        chosen = [by_name[name] for name in names.split()]
    rows = [f"| {_spelled(each)} | {_cell(parameter(each, COMMANDS[command]).help)} |" for each in chosen]
    return "\n".join(["| Option | Does |", "|---|---|", *rows]) + "\n"


def _spelled(option: OptionField) -> str:
    flags = [flag for flag in (option.said.short, option.flag) if flag]
    value = metavar(option)
    if option.said.argument:
        return f"`{_cell(value)}`"
    return ", ".join(f"`{flag}`" for flag in [*flags[:-1], f"{flags[-1]} {_cell(value)}".rstrip()])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page_with_tables(text: str) -> str:
    """A page of docs/ with its tables as they should be."""
    return MARKED.sub(lambda found: f"{found[1]}{table(found['command'], found['names'])}{found[4]}", text)


def files() -> dict[Path, str]:
    """Everything that is made, as it should be."""
    made = {TABLES / f"{name}.py": table_module(commands) for name, commands in modules().items()}
    made[TABLES / "__init__.py"] = summaries()
    made[KEYWORDS] = keywords_module()
    made[SHARED_KEYWORDS] = shared_keywords_module()
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if MARKED.search(text):
            made[page] = page_with_tables(text)
    return made


def main() -> None:
    """Write what is not as it should be."""
    for path, text in files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"written: {path.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
