"""The mutants of a module: its source with one small change each, made by mutmut's operators.

Left out is what no test of a rule can notice or should: type annotations, decorators, `__all__` and `__slots__`,
what is only for type checkers, calls that lack an argument in their midst, values of enumerations, and the wording
of sentences for people (texts with a space in them, log lines).
Added is one operator, because the rules of this project are tables: a row takes the value of the row after it.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

_NAMES_LEFT_OUT = {"__all__", "__slots__", "_log"}
_LONG = 120
_CALLS_LEFT_OUT = {"TypeVar", "getLogger", "debug", "info", "warning", "exception"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed module."""

    module: str
    """Its dotted name."""
    line: int
    was: str
    """The changed piece of source, before the change."""
    becomes: str
    source: str
    """The whole module with the change."""
    original: str
    """The whole module without."""

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.was}  ->  {self.becomes}"


def _next_row(table: cst.Dict) -> Iterator[cst.Dict]:
    """A row of a table takes the value of the row after it."""
    rows = table.elements
    for index, (row, after) in enumerate(pairwise(rows)):
        both = isinstance(row, cst.DictElement) and isinstance(after, cst.DictElement)
        if both and not row.value.deep_equals(after.value):
            changed = row.with_changes(value=after.value)
            yield table.with_changes(elements=[*rows[:index], changed, *rows[index + 1 :]])


OPERATORS = (*mutation_operators, (cst.Dict, _next_row))


def _is_wording(node: cst.CSTNode | None) -> bool:
    """Whether an expression is a sentence for people."""
    match node:
        case cst.SimpleString():
            return " " in node.value.strip("\"' ")
        case cst.FormattedString():
            return any(isinstance(part, cst.FormattedStringText) and " " in part.value for part in node.parts)
        case cst.ConcatenatedString():
            return True
        case cst.Lambda():
            return _is_wording(node.body)
    return False


class _Finder(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if self._is_left_out(node):
            return False
        for kind, operator in OPERATORS:
            if isinstance(node, kind):
                for changed in operator(node):  # type: ignore[arg-type]
                    if not self._is_of_no_use(node, changed):
                        self.found.append((self._line(node), node, changed))
        return True

    def _line(self, node: cst.CSTNode) -> int:
        return self.get_metadata(PositionProvider, node).start.line

    def _is_left_out(self, node: cst.CSTNode) -> bool:
        match node:
            case cst.Annotation() | cst.Decorator() | cst.Import() | cst.ImportFrom() | cst.Assert():
                return True
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]) if name in _NAMES_LEFT_OUT:
                return True
            case cst.AnnAssign(annotation=cst.Annotation(annotation=cst.Name(value="TypeAlias"))):
                return True
            case cst.Call(func=cst.Name(value=name)) if name in _CALLS_LEFT_OUT:
                return True
            case cst.Call(func=cst.Attribute(value=cst.Name(value="_log"))):
                return True
            case cst.If(test=cst.Name(value="TYPE_CHECKING")):
                return True
            case cst.ClassDef(bases=[cst.Arg(value=cst.Name(value="StrEnum" | "Enum" | "IntEnum"))]):
                return True
        return _is_wording(node)

    @staticmethod
    def _is_of_no_use(node: cst.CSTNode, changed: cst.CSTNode) -> bool:
        match node:
            case cst.Call() if isinstance(changed, cst.Call):
                kept = {id(argument) for argument in changed.args}
                others = [each for each in node.args if id(each) not in kept]
                if len(others) != 1:
                    return False  # it is the function called that is another
                (other,) = others
                if len(changed.args) < len(node.args) and other is not node.args[-1] and other.keyword is None:
                    return (
                        True  # a call that lacks an argument in its midst is no slip: no type checker lets it pass
                    )
                return _is_wording(other.value)
            case cst.Assign() | cst.AnnAssign():
                return _is_wording(node.value)
        return False


class Changes:
    """All changes to one module; a mutant is made when it is asked for."""

    def __init__(self, module: str, source: str) -> None:
        """`module`: its dotted name."""
        self._module = module
        self._source = source
        self._wrapper = MetadataWrapper(cst.parse_module(source))
        finder = _Finder()
        self._wrapper.visit(finder)
        self._found = finder.found

    def __len__(self) -> int:
        return len(self._found)

    def mutant(self, number: int) -> Mutant | None:
        """The mutant of that number, counted from 0; None where the change is none, or no Python."""
        line, node, changed = self._found[number]
        text = self._wrapper.module.deep_replace(node, changed).code  # type: ignore[union-attr]
        if text == self._source or not _compiles(text):
            return None
        was, becomes = _difference(self._wrapper.module, node, changed)
        return Mutant(self._module, line, was, becomes, text, self._source)


def _difference(module: cst.Module, node: cst.CSTNode, changed: cst.CSTNode) -> tuple[str, str]:
    """The two texts; of long ones what differs, with a little before it."""
    was, becomes = (" ".join(module.code_for_node(each).split()) for each in (node, changed))
    if max(len(was), len(becomes)) <= _LONG:
        return was, becomes
    same = next(
        (i for i, (a, b) in enumerate(zip(was, becomes, strict=False)) if a != b), min(len(was), len(becomes))
    )
    from_ = max(0, same - 50)
    return was[from_ : from_ + _LONG], becomes[from_ : from_ + _LONG]


def _compiles(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def sample(modules: Iterable[str], root: Path, *, seed: int, count: int) -> tuple[list[Mutant], int]:
    """`count` mutants of some modules, chosen by `seed`, or all where there are fewer; and how many there are."""
    every: list[tuple[Changes, int]] = []
    for module in modules:
        changes = Changes(module, source_file(module, root).read_text(encoding="utf-8"))
        every += [(changes, number) for number in range(len(changes))]
    order = list(range(len(every)))
    random.Random(seed).shuffle(order)
    chosen: dict[int, Mutant] = {}
    for index in order:
        if len(chosen) == count:
            break
        changes, number = every[index]
        mutant = changes.mutant(number)
        if mutant is not None:
            chosen[index] = mutant
    return [chosen[index] for index in sorted(chosen)], len(every)


def source_file(module: str, root: Path) -> Path:
    """The file of a module of the package."""
    return root.joinpath(*module.split(".")).with_suffix(".py")
