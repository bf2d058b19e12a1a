"""Makes emulator/lab/blocking.py of Lab, its devices and its server: `python docs/make_blocking.py`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOM = Path(__file__).resolve().parents[1] / "emulator" / "lab"
MADE = ROOM / "blocking.py"

CLASSES = {  # file, twin, name of the twin's attribute
    "LabScanner": ("lab_scanner.py", "BlockingScanner", "_scanner"),
    "NetworkDevice": ("network_device.py", "BlockingNetworkDevice", "_device"),
    "LabServer": ("server.py", "BlockingServer", "_server"),
    "Lab": ("lab.py", "BlockingLab", "_lab"),
}
PRIVATE = {
    "embedded",
    "embedded_or_none",
    "commons",
    "disturbances",
    "job_options",
    "with_truth",
    "keep_truth",
    "unplugged_at_close",
    "run_job",
    "remove_scanner",
    "started_jobs",
}
"""Of Lab: for the package itself."""
EVERYWHERE_PRIVATE = {"scanner", "start_over"}
"""Of any of them."""
OWN = {"start", "close"}
"""Of Lab: written here."""
TYPES_ALONE = {"TYPE_CHECKING"}

HEAD = '''"""The Lab for programs without an event loop: the same methods, blocking. Made by docs/make_blocking.py.

Every call may come from any thread, and waits until it is done; Ctrl-C cancels it, a job at its scan server first.
What a lab calls (`on_page`, listeners, handlers) is called from the lab's own thread. There it may use what does
not wait (`jam`, `state` ...), and must not wait for the lab.
"""
'''

DEVICES = '''
class _Blocking:
    """Something of a lab, and the thread in which that runs."""

    def __init__(self, thread: LoopThread, own: object) -> None:
        self._thread = thread
        self._own = own

    def __repr__(self) -> str:
        try:
            return "<Blocking" + self._thread.do(lambda: repr(self._own)).removeprefix("<").removeprefix("Lab")
        except LabError:
            return f"<{type(self).__name__}, not running>"

'''

LAB = '''
    def start(self) -> Self:
        """Start what the lab consists of, in a thread of its own; itself, when everything is ready. Raises
        LabError."""
        self._thread.start(self._lab.start, self.close)
        return self

    def close(self) -> None:
        """Cancel what is at work, end devices, server and thread, and remove what is temporary; nothing happens
        when the lab is not running."""
        self._thread.close(self._lab.close)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Blocking" + repr(self._lab).removeprefix("<")
'''


class Renamed(ast.NodeTransformer):
    """The classes of the lab are their blocking twins, in annotations and in text."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = CLASSES[node.id][1] if node.id in CLASSES else node.id
        return node


def made() -> str:
    """The text of the module."""
    imports: list[str] = []
    bodies: list[str] = []
    known: set[str] = set()
    for name, (file, twin, _) in CLASSES.items():
        tree = ast.parse((ROOM / file).read_text(encoding="utf-8"))
        imports += imports_of(tree)
        found = next(each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == name)
        bodies.append(class_of(found, twin, known))
    code = "\n\n".join(bodies)
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    lines = ["from __future__ import annotations"]
    bound: set[str] = set()
    """Two modules may take a name from two others: one is enough."""
    for line in dict.fromkeys(imports):
        (node,) = ast.parse(line).body
        assert isinstance(node, ast.Import | ast.ImportFrom)
        wanted = [alias for alias in node.names if (alias.asname or alias.name) in used | set(CLASSES)]
        wanted = [alias for alias in wanted if alias.name not in TYPES_ALONE | bound]
        bound |= {alias.name for alias in wanted}
        if wanted:
            node.names = wanted
            lines.append(ast.unparse(node))
    own = {
        name: f"from emulator.lab.{file.removesuffix('.py')} import {name}"
        for name, (file, _, _) in CLASSES.items()
    }
    lines += [
        *own.values(),
        "from emulator.environment.exit_codes import LabError",
        "from emulator.lab.loop_thread import LoopThread",
        "from typing import Self, overload",
    ]
    return formatted(HEAD + "\n" + "\n".join(dict.fromkeys(lines)) + "\n" + DEVICES + code)


def imports_of(tree: ast.Module) -> list[str]:
    return [
        ast.unparse(ast.ImportFrom(node.module, [alias], 0))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__"
        for alias in node.names
    ]


def class_of(found: ast.ClassDef, twin: str, known: set[str]) -> str:
    """The twin of a class."""
    is_lab = found.name == "Lab"
    attribute = CLASSES[found.name][2]
    base = "" if is_lab else "_Blocking"
    if found.bases and isinstance(found.bases[0], ast.Name):
        base = CLASSES[found.bases[0].id][1]
    lines = [f"class {twin}({base}):" if base else f"class {twin}:"]
    lines.append(indented(docstring(class_text(found))) + "\n")
    if is_lab:
        lines.append(lab_constructor(found))
    else:
        lines.append(f"    def __init__(self, thread: LoopThread, own: {found.name}) -> None:")
        lines.append(f"        super().__init__(thread, own)\n        self.{attribute} = own\n")
    for item in found.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and is_public(item.name, is_lab):
            lines.append(indented(method(item, attribute)))
    if is_lab:
        lines.append(LAB)
    known.add(twin)
    return "\n".join(lines)


def is_public(name: str, is_lab: bool) -> bool:
    return not name.startswith("_") and name not in EVERYWHERE_PRIVATE and not (is_lab and name in PRIVATE | OWN)


def class_text(found: ast.ClassDef) -> str:
    text = re.sub(r"(?<=\S)\n(?=\S)", " ", ast.get_docstring(found) or "")
    text = text.replace("Its methods belong into the event loop of the lab, and raise", "Its methods raise")
    return text.replace("async with Lab()", "with BlockingLab()")


def docstring(text: str) -> str:
    paragraphs = [" ".join(each.split()) for each in text.split("\n\n")]
    wrapped = "\n\n".join(
        textwrap.fill(each, 105, break_long_words=False, break_on_hyphens=False) for each in paragraphs
    )
    return f'"""{wrapped}"""'


def indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.split("\n"))


def lab_constructor(found: ast.ClassDef) -> str:
    own = next(each for each in found.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
    arguments = ast.unparse(own.args)
    given = ", ".join(f"{each.arg}={each.arg}" for each in own.args.kwonlyargs)
    assert not own.args.args[1:], "the options of a lab have names"
    text = ast.get_docstring(own) or ""
    return (
        f"    def __init__({arguments}) -> None:\n{indented(indented(docstring(text)))}\n"
        f'        self._thread = LoopThread("lab")\n        self._lab = Lab({given})\n'
    )


def method(item: ast.FunctionDef | ast.AsyncFunctionDef, attribute: str) -> str:
    decorators = [ast.unparse(each) for each in item.decorator_list]
    arguments = Renamed().visit(item.args)
    returns = Renamed().visit(item.returns) if item.returns is not None else ast.Constant(None)
    answer = ast.unparse(returns)
    head = "".join(f"@{each}\n" for each in decorators)
    signature = f"def {item.name}({ast.unparse(arguments)}) -> {answer}:"
    if "overload" in decorators:
        return f"{head}{signature} ...\n"
    own = f"self.{attribute}.{item.name}"
    if "property" not in decorators:
        own += f"({call_of(item.args)})"
    how = "run" if isinstance(item, ast.AsyncFunctionDef) else "do"
    work = f"self._thread.{how}(lambda: {own})"
    text = (ast.get_docstring(item) or "").replace("the event loop", "the lab's thread")
    body = [docstring(text)] if text else []
    twins = [twin for _, twin, _ in CLASSES.values() if twin in answer.replace("|", " ").split()]
    if not twins:
        body.append(work if answer == "None" else f"return {work}")
    elif len(twins) == 1:
        body.append(f"return {twins[0]}(self._thread, {work})")
    else:
        body += [f"found = {work}", "if isinstance(found, NetworkDevice):"]
        body += [
            "    return BlockingNetworkDevice(self._thread, found)",
            "return BlockingScanner(self._thread, found)",
        ]
    return head + signature + "\n" + "\n".join(indented(each) for each in body) + "\n"


def call_of(arguments: ast.arguments) -> str:
    given = [each.arg for each in (*arguments.posonlyargs, *arguments.args)[1:]]
    if arguments.vararg is not None:
        given.append(f"*{arguments.vararg.arg}")
    given += [f"{each.arg}={each.arg}" for each in arguments.kwonlyargs]
    if arguments.kwarg is not None:
        given.append(f"**{arguments.kwarg.arg}")
    return ", ".join(given)


def formatted(text: str) -> str:
    """As ruff lays it out, with the imports in order."""
    for arguments in (["check", "--fix-only", "--quiet", "--select", "I,F401", "-"], ["format", "--quiet", "-"]):
        done = subprocess.run(  # noqa: S603 - our own linter
            [sys.executable, "-m", "ruff", *arguments[:-1], "--stdin-filename", str(MADE), "-"],
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            cwd=ROOM.parents[1],
        )
        text = done.stdout
    return text


if __name__ == "__main__":
    MADE.write_text(made(), encoding="utf-8", newline="\n")
