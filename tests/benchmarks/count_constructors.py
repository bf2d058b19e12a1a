"""Counts constructors' parameters and lines of a tree: `python count_constructors.py TREE [TREE...]`, one row each.

A constructor is an `__init__` of a class that is written by hand; its parameters are counted without `self`. The
fields of dataclasses are told beside them, so that nothing is hidden by moving it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path


def classes(tree: Path) -> Iterator[tuple[Path, ast.ClassDef]]:
    """Every class below `tree/emulator`."""
    for path in sorted((tree / "emulator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield path, node


def parameters(node: ast.ClassDef) -> int | None:
    """Of its `__init__`; None where it has none."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            asked = item.args
            return len(asked.posonlyargs) + len(asked.args) + len(asked.kwonlyargs) - 1
    return None


def fields(node: ast.ClassDef) -> int:
    """Of a dataclass; 0 of another class."""
    if not any("dataclass" in ast.unparse(each) for each in node.decorator_list):
        return 0
    return sum(isinstance(item, ast.AnnAssign) and "ClassVar" not in ast.unparse(item) for item in node.body)


def row(tree: Path) -> dict[str, int]:
    """Print the row of a tree; its constructors' parameters by class."""
    found = [(parameters(node), fields(node), f"{path.name}:{node.name}") for path, node in classes(tree)]
    counts = {who: count for count, _, who in found if count is not None}
    texts = [path.read_text("utf-8") for path in (tree / "emulator").rglob("*.py")]
    handed = sum(len(re.findall(r"\bstrict=(?!True|False)|\bobservers=", text)) for text in texts)
    most = sorted(((count, who) for who, count in counts.items()), reverse=True)[:6]
    print(
        f"{tree.name}: {sum(text.count(chr(10)) for text in texts)} lines, {len(counts)} constructors with "
        f"{sum(counts.values())} parameters ({sum(count > 8 for count in counts.values())} with more than eight), "
        f"{sum(each for _, each, _ in found)} fields of dataclasses, strict or observers handed on {handed} times; "
        f"most: {', '.join(f'{who} {count}' for count, who in most)}"
    )
    return counts


def main() -> None:
    """Print the rows, and what has changed in classes that the first and the last tree both have."""
    rows = [row(Path(name)) for name in sys.argv[1:]]
    first, last = rows[0], rows[-1]
    changed = {who for who in first.keys() & last.keys() if first[who] != last[who]}
    before, after = (sum(each[who] for who in changed) for each in (first, last))
    print(f"in both, and not the same: {len(changed)} constructors, {before} parameters before, {after} after")


if __name__ == "__main__":
    main()
