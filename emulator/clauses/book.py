"""Reads the law book out of the package, once, when somebody first asks for a clause."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, TypeVar

from emulator.clauses.clause import Basis, Clause, Document, Grade, Party
from emulator.toml_problems import Location, TomlProblem, problem_at

ID: Final = re.compile(r"[a-z0-9-]+(?:/[a-z0-9]+(?:[.-][a-z0-9]+)*){2,}")
"""The form of an id: document/topic/rule."""
_HEAD: Final = ("document", "title", "source")
_WANTED: Final = ("id", "section", "says", "grade", "basis", "binds")
_ALLOWED: Final = frozenset({*_WANTED, "withdrawn"})

_Keyword = TypeVar("_Keyword", bound=StrEnum)


class BookError(ValueError):
    """A file of the law book says something that it may not. `str()` has a line `file:line: what` for each problem;
    `problems` holds them all."""

    def __init__(self, file: str, problems: Iterable[TomlProblem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(_placed(file, each) for each in self.problems))


class UnknownClause(KeyError):
    """No clause has this id. `str()` says so in words."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.id = id

    def __str__(self) -> str:
        return f"the law book has no clause {self.id!r}"


@cache
def documents() -> tuple[Document, ...]:
    """All documents by name, with their clauses in the order of the files. Raises BookError."""
    files = (each for each in resources.files("emulator.clauses").iterdir() if each.name.endswith(".toml"))
    return tuple(read_document(each.name, each.read_text("utf-8")) for each in sorted(files, key=lambda f: f.name))


@cache
def book() -> Mapping[str, Clause]:
    """Every clause by its id, withdrawn ones too. Raises BookError."""
    return MappingProxyType({each.id: each for document in documents() for each in document.clauses})


def clause(id: str) -> Clause:
    """The clause of this id. Raises UnknownClause."""
    try:
        return book()[id]
    except KeyError:
        raise UnknownClause(id) from None


def read_document(file: str, text: str) -> Document:
    """One document from the text of its file, which is named as the document is, with `.toml` behind.

    Raises BookError with every problem: what is no TOML; a key that is missing, unknown or empty; a grade, basis or
    party that there is not; an id that is not of this document, not of an id's form, or given twice.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise BookError(file, [TomlProblem("", str(error), int(line[1]) if line else None)]) from None
    reader = _Reader(file.removesuffix(".toml"), text)
    document = reader.document(told)
    if reader.problems:
        raise BookError(file, reader.problems)
    return document


class _Reader:
    """Reads one document and collects what is wrong with it."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._first: dict[str, int] = {}
        self.problems: list[TomlProblem] = []

    def document(self, told: Mapping[str, Any]) -> Document:
        for key in told.keys() - {*_HEAD, "clause"}:
            self._wrong((key,), f"no such key; there are: {', '.join(_HEAD)} and [[clause]]")
        document, title, source = (self._text_of(told, key, ()) for key in _HEAD)
        if document != self._name:
            self._wrong(("document",), f"{document!r} is not the name of the file, {self._name!r}")
        rows = told.get("clause")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._wrong(("clause",), "a document has [[clause]] tables")
            rows = []
        return Document(document, title, source, tuple(self._clause(row, at) for at, row in enumerate(rows)))

    def _clause(self, row: Mapping[str, Any], at: int) -> Clause:
        for key in sorted(row.keys() - _ALLOWED):
            self._wrong(("clause", at, key), f"no such key; there are: {', '.join(_WANTED)}, withdrawn")
        return Clause(
            id=self._id(row, at),
            section=self._text_of(row, "section", ("clause", at)),
            says=self._sentence(row, at),
            grade=self._member(Grade, row, "grade", at) or Grade.MAY,
            basis=self._member(Basis, row, "basis", at) or Basis.INFERRED,
            binds=self._parties(row, at),
            withdrawn=self._text_of(row, "withdrawn", ("clause", at)) if "withdrawn" in row else "",
        )

    def _id(self, row: Mapping[str, Any], at: int) -> str:
        id = self._text_of(row, "id", ("clause", at))
        where = ("clause", at, "id")
        if not id:
            return id
        if not ID.fullmatch(id):
            self._wrong(where, f"{id!r} is no id (document/topic/rule of small letters, digits, '.', '-')")
        elif id.partition("/")[0] != self._name:
            self._wrong(where, f"{id!r} is not of this document: {self._name}/...")
        elif id in self._first:
            before = problem_at(("clause", self._first[id], "id"), "", self._text).line
            self._wrong(where, f"{id!r} stands in line {before} already")
        self._first.setdefault(id, at)
        return id

    def _sentence(self, row: Mapping[str, Any], at: int) -> str:
        says = self._text_of(row, "says", ("clause", at))
        if says and not says.endswith("."):
            self._wrong(("clause", at, "says"), f"{says!r} is no whole sentence: it ends without a full stop")
        return says

    def _parties(self, row: Mapping[str, Any], at: int) -> tuple[Party, ...]:
        told = row.get("binds")
        if not isinstance(told, list) or not told:
            self._wrong(("clause", at, "binds"), "a list of those whom it binds is wanted")
            return ()
        return tuple(party for each in told if (party := self._member(Party, {"binds": each}, "binds", at)))

    def _member(self, kind: type[_Keyword], row: Mapping[str, Any], key: str, at: int) -> _Keyword | None:
        told = self._text_of(row, key, ("clause", at))
        if told in list(kind):
            return kind(told)
        if told:
            self._wrong(("clause", at, key), f"{told!r} is not allowed; allowed: {', '.join(kind)}")
        return None

    def _text_of(self, table: Mapping[str, Any], key: str, where: Location) -> str:
        told = table.get(key)
        if isinstance(told, str) and told.strip():
            return told
        self._wrong((*where, key), "missing" if told is None else f"{told!r} is not allowed; a text is wanted")
        return ""

    def _wrong(self, location: Location, reason: str) -> None:
        self.problems.append(problem_at(location, reason, self._text))


def _placed(file: str, problem: TomlProblem) -> str:
    return f"{file}: {problem}" if problem.line is None else f"{file}:{problem.line}: {problem}"
