"""Where the clauses of the law book are cited: in code, tests and pages, by their ids as plain text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
BOOKS: Final = PROJECT / "emulator" / "clauses"
PROTOCOL: Final = PROJECT / "docs" / "protocol"
GENERATED: Final = PROJECT / "docs" / "clauses.md"
FOREIGN: Final = PROJECT / "tests" / "data"
"""Documents of others, kept as they are."""
_TEXTS: Final = frozenset({".md", ".py", ".toml", ".txt", ".wsdl", ".xsd", ".xml", ".sh"})
_PART: Final = r"[a-z0-9]++(?:[.-][a-z0-9]++)*+"
_FILE: Final = re.compile(r"\.(?:md|py|toml|txt|wsdl|xsd|xml|sh|json|svg)\Z")


@dataclass(frozen=True, slots=True)
class Citation:
    """One place that names a clause."""

    id: str
    file: str
    """From the project's root, with '/'."""
    line: int
    where: str
    """What the line is in: a function, class or constant of a module, a heading of a page; '' for a file's head."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def place(self) -> str:
        """The same without the line's number, which changes with every edit."""
        return f"{self.file}: {self.where}" if self.where else self.file


def names_of_documents(folder: Path = BOOKS) -> frozenset[str]:
    """The stems of the TOML files: first parts of all ids."""
    return frozenset(path.stem for path in folder.glob("*.toml"))


def cited_ids(text: str, documents: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Every id in a text with its line: a document's name and at least two more parts. No path with a file at its
    end, no part of a URL or of a longer path."""
    for found in _pattern(frozenset(documents)).finditer(text):
        if not _FILE.search(found[0]):
            yield text.count("\n", 0, found.start()) + 1, found[0]


def too_short(text: str, documents: Iterable[str]) -> Iterator[tuple[int, str]]:
    """What stands in brackets as an id does, but has two parts alone."""
    for found in re.finditer(rf"\[((?:{_either(documents)})/{_PART})\](?!\()", text):
        yield text.count("\n", 0, found.start()) + 1, found[1]


@cache
def _pattern(documents: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./:-])(?:{_either(documents)})(?:/{_PART}){{2,}}+(?![\w/*{{<-])")


def _either(documents: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(documents, reverse=True))) or "(?!)"


def texts(root: Path = PROJECT) -> Iterator[Path]:
    """Every file of the project that may cite: code, tests, pages, and the documents at its root."""
    yield from sorted(root.glob("*.md"))
    for folder in ("emulator", "tests", "docs"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in _TEXTS and path != GENERATED and not path.is_relative_to(FOREIGN):
                yield path


def citations_in(file: str, text: str, documents: Iterable[str]) -> list[Citation]:
    """All citations of one file. What stands as `id = ` in a file of the law book is no citation."""
    found = list(cited_ids(text, documents))
    if file.startswith("emulator/clauses/"):
        lines = text.splitlines()
        found = [(line, id) for line, id in found if not re.match(r"\s*id\s*=", lines[line - 1])]
    if not found:
        return []
    where = _enclosing_code(text) if file.endswith(".py") else _enclosing_headings(text)
    return [Citation(id, file, line, where.get(line, "")) for line, id in found]


@cache
def all_citations() -> tuple[Citation, ...]:
    """All citations of the project, in the order of its files."""
    documents = names_of_documents()
    found: list[Citation] = []
    for path in texts():
        found += citations_in(path.relative_to(PROJECT).as_posix(), path.read_text("utf-8"), documents)
    return tuple(found)


def _enclosing_headings(text: str) -> dict[int, str]:
    """Of a page: line -> the heading above it."""
    lines: dict[int, str] = {}
    heading = ""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"#+ (.+)", line):
            heading = found[1].strip()
        lines[number] = heading
    return lines


def _enclosing_code(text: str) -> dict[int, str]:
    """Of a module: line -> function, class or constant that it belongs to. A string behind a constant is its
    description; comments belong to what follows them."""
    lines: dict[int, str] = {}
    _fill(lines, ast.parse(text).body, "", 0)
    return lines


def _fill(lines: dict[int, str], body: list[ast.stmt], inside: str, before: int) -> None:
    last = inside
    for node in body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        name = _name_of(node)
        if name is None:
            described = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            own = last if described else inside
        else:
            own = f"{inside}.{name}" if inside else name
        for line in range(before + 1, (node.end_lineno or node.lineno) + 1):
            lines[line] = own if line >= first or name is not None else inside
        if isinstance(node, ast.ClassDef):
            _fill(lines, node.body, own, first)
        before, last = node.end_lineno or node.lineno, own


def _name_of(node: ast.stmt) -> str | None:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def by_id(citations: Iterable[Citation]) -> Mapping[str, list[Citation]]:
    """The citations of each clause."""
    found: dict[str, list[Citation]] = {}
    for each in citations:
        found.setdefault(each.id, []).append(each)
    return found
