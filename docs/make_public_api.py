"""Makes docs/public-api.txt, every name that the package promises with its signature: `python
docs/make_public_api.py`. A change gives it the next revision, which CHANGELOG.md must name."""

from __future__ import annotations

import ast
import hashlib
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
MADE = PROJECT / "docs" / "public-api.txt"
PRIVATE = frozenset(
    {
        "Lab.commons", "Lab.embedded", "Lab.embedded_or_none", "Lab.job_options", "Lab.keep_truth",
        "Lab.run_job", "Lab.started_jobs", "Lab.unplugged_at_close", "Lab.with_truth", "LabScanner.scanner",
        "LabServer.start_over", "Journal.start_over", "Layers.ask", "Layers.handled",
        "Layers.heard", "Layers.intervenes", "Layers.nonsense", "Layers.pass_on", "Layers.tell",
        "NetworkDevice.scanner", "ScanOptions.ALSO", "ScanOutcome.report", "ServerJob.of",
        "StartedJob.acknowledged", "StartedJob.on_change", "StartedJob.page_scanned", "StartedJob.planned",
        "StartedJob.task",
    }
)  # fmt: skip
"""Of public classes: for the package itself, whatever their names."""
PRIVATE_BASES = frozenset({"Options"})
"""Their members are for the package itself."""
DUNDER = ("__init__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__call__", "__len__", "__iter__")


def names() -> dict[str, str]:
    """The public names and the modules that they are taken from."""
    tree = ast.parse((PROJECT / "emulator" / "__init__.py").read_text(encoding="utf-8"))
    found = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "_PUBLIC"
    )
    listed: dict[str, str] = ast.literal_eval(found)
    return listed


def made() -> str:
    """The text below the head line."""
    lines: list[str] = []
    for name, module in sorted(names().items()):
        lines += [*described(name, module), ""]
    return "\n".join(lines)


def described(name: str, module: str) -> list[str]:
    for node in source(module).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return [headline(node), *(f"    {line}" for line in members(node, module, name))]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return [signature(node)]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return [
                f"{name}: {ast.unparse(node.annotation)}" + (f" = {ast.unparse(node.value)}" if node.value else "")
            ]
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return [f"{name} = {ast.unparse(node.value)}"]
    raise LookupError(f"{module} defines no {name}")


def source(module: str) -> ast.Module:
    file = PROJECT / (module.replace(".", "/") + ".py")
    text = (file if file.exists() else file.with_suffix("") / "__init__.py").read_text(encoding="utf-8")
    return ast.parse(text)


def headline(node: ast.ClassDef) -> str:
    bases = ", ".join(ast.unparse(each) for each in node.bases)
    kind = "dataclass " if any("dataclass" in ast.unparse(each) for each in node.decorator_list) else "class "
    return f"{kind}{node.name}({bases})" if bases else f"{kind}{node.name}"


def members(node: ast.ClassDef, module: str, name: str) -> Iterator[str]:
    """Those of bases in this package too."""
    seen: set[str] = set()
    for each in lineage(node, module):
        own: set[str] = set()
        for item in each.body:
            for member, line in member_lines(item):
                hidden = member.startswith("_") and member not in DUNDER
                if member not in seen and not hidden and f"{name}.{member}" not in PRIVATE:
                    own.add(member)
                    yield line
        seen |= own


def lineage(node: ast.ClassDef, module: str) -> Iterator[ast.ClassDef]:
    yield node
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id not in PRIVATE_BASES:
            yield from ancestors(base.id, module)


def ancestors(name: str, module: str) -> Iterator[ast.ClassDef]:
    """A class that `module` defines or takes from another of this package, and those that it is made of."""
    for each in source(module).body:
        if isinstance(each, ast.ClassDef) and each.name == name:
            yield from lineage(each, module)
        elif isinstance(each, ast.ImportFrom) and each.module is not None:
            given = {alias.asname or alias.name for alias in each.names}
            yield from ancestors(name, each.module) if name in given and each.module.startswith("emulator") else ()


def member_lines(item: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
        yield item.name, signature(item)
    elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
        value = "" if item.value is None else f" = {ast.unparse(item.value)}"
        yield item.target.id, f"{item.target.id}: {plain(item.annotation)}{value}"
    elif isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
        yield item.targets[0].id, f"{item.targets[0].id} = {ast.unparse(item.value)}"
    if isinstance(item, ast.FunctionDef) and item.name == "__init__":
        for line in item.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Attribute):
                yield line.target.attr, f"{line.target.attr}: {ast.unparse(line.annotation)}"


def plain(annotation: ast.expr) -> str:
    """The type alone: help and bounds stand beside it in models of options."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Annotated":
        assert isinstance(annotation.slice, ast.Tuple)
        return ast.unparse(annotation.slice.elts[0])
    return ast.unparse(annotation)


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    decorators = "".join(f"@{ast.unparse(each)} " for each in node.decorator_list)
    returns = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    return f"{decorators}{kind} {node.name}({ast.unparse(node.args)}){returns}"


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def head(revision: int, body: str) -> str:
    return f"# Python API, revision {revision} ({digest(body)}); made by docs/make_public_api.py\n\n"


def committed() -> tuple[int, str, str]:
    """Revision, digest and body of the file as it is; 0 where there is none."""
    if not MADE.exists():
        return 0, "", ""
    first, _, body = MADE.read_text(encoding="utf-8").partition("\n\n")
    found = re.match(r"# Python API, revision (\d+) \(([0-9a-f]{12})\)", first)
    return (int(found[1]), found[2], body) if found else (0, "", body)


def resolve(name: str) -> object:
    """The object itself: a name that leads nowhere is noticed."""
    return getattr(importlib.import_module("emulator"), name)


if __name__ == "__main__":
    sys.path.insert(0, str(PROJECT))
    revision, before, _ = committed()
    text = made()
    if digest(text) != before:
        revision += 1
    MADE.write_text(head(revision, text) + text, encoding="utf-8", newline="\n")
