"""Files and documents that code and pages name, and whether a reader of this repository finds them."""

from __future__ import annotations

import ast
import io
import posixpath
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

_FOLDERS: Final = (".ci", "docs", "emulator", "profiles", "sample_images", "tests")
_NAME: Final = re.compile(
    r"(?<![\w/.\\{}<>*:~$-])(?P<name>(?:[\w.-]+/)*[\w-]+(?:\.[\w-]+)*\.(?P<kind>md|py|toml|wsdl|xsd))(?![\w/])"
    r"(?:[ ,]+(?:sections? )?(?P<section>\d+(?:\.\d+)*)\b(?!\s*(?:[A-Za-z%x]|to \d)))?"
)
_NUMBER_OF_A_CONTRADICTION: Final = re.compile(r"(?<![\w/-])(?:NOTES\s+)?C-\d\d\b|\bNOTES\b(?!\s*(?:=|\.\w|\[))")


@dataclass(frozen=True)
class Tree:
    """The files of a project."""

    root: Path
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Files that may be named and that the project has not: name -> whose they are."""

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every file from the root."""
        found = [path for path in self.root.iterdir() if path.is_file()]
        for folder in _FOLDERS:
            found += [path for path in (self.root / folder).rglob("*") if "__pycache__" not in path.parts]
        return frozenset(path.relative_to(self.root).as_posix() for path in found)

    @cached_property
    def _tails(self) -> Mapping[str, list[str]]:
        tails: dict[str, list[str]] = {}
        for path in sorted(self.paths):
            tails.setdefault(PurePosixPath(path).name, []).append(path)
        return tails

    def found(self, name: str, beside: str) -> list[str]:
        """The files that a name may mean: from the root, from the file that names it, or the end of a path."""
        near = posixpath.normpath(f"{posixpath.dirname(beside)}/{name}").lstrip("/")
        if name in self.paths or near in self.paths:
            return [each for each in (near, name) if each in self.paths]
        return [each for each in self._tails.get(PurePosixPath(name).name, ()) if f"/{each}".endswith(f"/{name}")]

    def problems(self, file: str, text: str) -> Iterator[str]:
        """What a file names that is not there: documents and sections everywhere, other files where it is said in
        prose, as a program makes files of its own."""
        prose: list[range] | None = None
        for named in _NAME.finditer(text):
            name, section = named["name"], named["section"]
            line = text.count("\n", 0, named.start()) + 1
            meant = self.found(name, file)
            if name in self.elsewhere or (meant and section is None):
                continue
            if meant:
                if named["kind"] == "md" and not any(section in self._sections(each) for each in meant):
                    yield f"{file}:{line} names section {section} of {name}, which has no such heading"
                continue
            if named["kind"] == "toml" and PurePosixPath(name).parts[0] not in _FOLDERS:
                continue  # of people who use the program
            if named["kind"] != "md":
                prose = _prose(file, text) if prose is None else prose
                if not any(named.start() in each for each in prose):
                    continue
            yield f"{file}:{line} names {name}, which is not in the repository"
        if not file.startswith("docs/protocol/"):
            for found in _NUMBER_OF_A_CONTRADICTION.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{file}:{line} names {found[0]}: cite the clause (notes/c-nn/...) of the law book"

    def _sections(self, page: str) -> frozenset[str]:
        return _numbers((self.root / page).read_text("utf-8"))


def _numbers(page: str) -> frozenset[str]:
    """The numbers of a page's headings."""
    return frozenset(re.findall(r"^#+ (\d+(?:\.\d+)*)\.? ", page, re.MULTILINE))


def _prose(file: str, text: str) -> list[range]:
    """Where a module has comments and docstrings; where a page has no code block."""
    if not file.endswith(".py"):
        parts = re.split(r"^ *```.*$", text, flags=re.MULTILINE)
        ends = [found.end() for found in re.finditer(r"^ *```.*$", text, re.MULTILINE)]
        return [range(start, start + len(part)) for start, part in list(zip([0, *ends], parts, strict=True))[::2]]
    lines = [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    found = [
        range(lines[token.start[0] - 1] + token.start[1], lines[token.end[0] - 1] + token.end[1])
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    ]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.append(range(lines[node.lineno - 1], lines[node.end_lineno or node.lineno]))
    return found
