"""Docstrings are whole sentences, and a long signature is explained in a list."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "emulator"

FRAGMENT = {
    *("As", "At", "By", "For", "From", "In", "Of", "On"),
    *("That", "To", "Until", "With", "Without", "Who", "Which"),
}
"""What begins with one of these leaves out what it speaks of. (`At least` and the like begin a sentence.)"""

MOST = 4
"""Parameters that a sentence may explain."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def functions() -> list[tuple[str, Function, bool]]:
    """Every function of the package: its place, itself, whether it is public."""
    return [found for path in sorted(PACKAGE.rglob("*.py")) for found in _functions(path)]


def _functions(path: Path) -> Iterator[tuple[str, Function, bool]]:
    waiting: list[tuple[ast.AST, bool]] = [(ast.parse(path.read_text("utf-8")), True)]
    for node, public in waiting:
        for each in getattr(node, "body", ()):
            if isinstance(each, ast.ClassDef):
                waiting.append((each, public and not each.name.startswith("_")))
            elif isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_overload(each):
                ours = public and (each.name == "__init__" or not each.name.startswith("_"))
                yield f"{path.relative_to(PACKAGE.parent).as_posix()}:{each.lineno} {each.name}", each, ours


def _is_overload(function: Function) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in function.decorator_list)


def said(function: Function) -> str:
    """Its docstring, without the clauses that it cites."""
    return re.sub(r"\s*\[[a-z]+(/[a-z0-9.-]+){2,}\]", "", ast.get_docstring(function) or "").strip()


def test_a_docstring_begins_and_ends_as_a_sentence_does() -> None:
    for place, function, _ in functions():
        text = said(function)
        if not text:
            continue
        first, second = (*text.replace(",", "").split(), "")[:2]
        assert first not in FRAGMENT or (first, second) == ("At", "least"), f"{place}: {text[:60]!r} is no sentence"
        assert re.search(r"""[.:?!)`'"]$""", text), f"{place}: {text[-60:]!r} has no end"


def test_what_is_said_of_parameters_is_a_list_where_there_are_many() -> None:
    """In prose nobody finds the fifth."""
    lists = 0
    for place, function, public in functions():
        arguments = function.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        count = len([name for name in names if name not in ("self", "cls")])
        if not public or count <= MOST:
            continue
        text = said(function)
        assert "\n- `" in text, f"{place}: {count} parameters want a list"
        lists += 1
        prose = re.sub(r"^- .*(\n  .*)*", "", text, flags=re.MULTILINE)
        for name in re.findall(r"(?:^|[.;]\s)`(\w+)`(?: \([^)]*\))?:\s", prose):
            assert name not in names, f"{place}: a line for `{name}`, please"
    assert lists > 120
