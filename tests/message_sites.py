"""Every message that a person can be told, found where it is made: exceptions of ours and the words they are made
with. docs/messages.md lists them; `python tests/message_sites.py` writes its tables anew."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "emulator"
PAGE = PROJECT / "docs" / "messages.md"

KINDS: dict[str, tuple[str, ...]] = {
    "arguments": ("cli/", "wrapping/"),
    "jobs": (
        "jobs/",
        "loading/",
        "environment/",
        "options/",
        "dsm/device_choices.py",
        "file_lock.py",
        "resources.py",
        "faults/",
        "disturbance/",
    ),
    "settings": (
        "wsscan/settings.py",
        "wsscan/resolution.py",
        "wsscan/resolving/",
        "imaging/scan_head.py",
        "imaging/encoders/",
        "imaging/encode.py",
    ),
    "files": ("imaging/",),
    "toml": (
        "device/profile",
        "documents/",
        "printing/",
        "toml_files.py",
        "scan_server/delivery_file.py",
        "scan_server/delivery/settings.py",
    ),
    "directory": ("directory/", "dsm/scan_process_xml.py"),
    "trust": ("trust/",),
    "peers": ("dsm/", "dpws/", "transport/", "inspector/", "trace/"),
    "devices": ("network/", "panel/", "device/"),
    "server": ("scan_server/",),
    "scenarios": ("scenarios/", "reports/"),
    "judge": ("conformance/",),
    "python": ("lab/", "layers.py", "pytest_checks/", "pytest_lab/"),
}
"""Kind, which is a chapter of the page -> the rooms and modules whose messages it lists; the first that fits."""

NOT_FOR_PEOPLE = {
    "witness/": "what another client cannot read is told beside our own reading (discover.md)",
    "clauses/": "a mistake in the law book is one of the project's own",
    "soap/": "what is wrong with a message is told as a fault or a deviation (deviations.md)",
    "wsscan/": "likewise, but for settings and tickets",
}
"""Rooms whose exceptions never come to a person as they are -> why."""

RETURNED = {"cli/usage.py", "cli/running.py", "dpws/not_an_answer.py"}
"""Modules whose functions answer with what is said."""

BUGS = {"RuntimeError", "TypeError", "AssertionError", "NotImplementedError", "KeyError", "IllegalTransition"}
"""Exceptions that tell of a mistake in the program."""


@dataclass(frozen=True, order=True)
class Site:
    """One message: `{...}` stands for what is put in."""

    kind: str
    said: str
    hint: str
    module: str


@cache
def sites() -> list[Site]:
    """All, each once a kind."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
    ours = _exceptions(trees.values())
    found: dict[tuple[str, str], Site] = {}
    for path, tree in trees.items():
        module = path.relative_to(PACKAGE).as_posix()
        kind = next((kind for kind, rooms in KINDS.items() if module.startswith(rooms)), "")
        if not kind:
            continue
        for node in ast.walk(tree):
            said = hint = ""
            if isinstance(node, ast.Call) and _name(node.func) in ours:
                said, hint = _message(node), _keyword(node, "hint")
            elif isinstance(node, ast.Return) and module in RETURNED and node.value is not None:
                said = _text(node.value) if len(_own_words(_text(node.value))) > 1 else ""
            if said:
                found.setdefault((kind, said), Site(kind, said, hint, module))
    return sorted(found.values())


def _exceptions(trees: Iterable[ast.AST]) -> set[str]:
    """Names of our exceptions, but for those that tell of bugs, and what is raised as them."""
    bases = {
        node.name: {_name(base) for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"Exception", "ValueError", "OSError", "LabError"}
    grown = True
    while grown:
        more = {name for name, of in bases.items() if of & known} - known
        known |= more
        grown = bool(more)
    told = {"Problem", "TicketProblem", "TomlProblem", "Trouble"}
    return known - {"Exception", "ValueError", "OSError"} - BUGS | told


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _message(call: ast.Call) -> str:
    """The argument that is a text of several words of ours, the longest of them; '' where there is none."""
    texts = [text for argument in call.args[:4] if len(_own_words(text := _text(argument))) > 1]
    longest = max(texts, key=len, default="")
    if _name(call.func) == "WrongOption" and longest:  # which says it of an option, named before it
        return f"{{option}}{'' if longest.startswith(':') else ' '}{longest}"
    return longest


def _own_words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]{2,}", re.sub(r"\{[^}]*\}", "", text))


def _keyword(call: ast.Call, name: str) -> str:
    given = next((each.value for each in call.keywords if each.arg == name), None)
    return "" if given is None else _text(given)


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(each) for each in values)
        case ast.FormattedValue(value=value):
            return f"{{{_shown(value)}}}"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case ast.IfExp(body=body, orelse=orelse):
            return _text(body) or _text(orelse)
    return ""


def _shown(value: ast.expr) -> str:
    """A word for what is put in: the last name of it."""
    names = [
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(value)
        if isinstance(node, ast.Attribute | ast.Name)
    ]
    plain = [
        name for name in names if name not in ("strerror", "self", "str", "join", "map", "sorted", "repr", "len")
    ]
    return plain[0].strip("_").replace("_", " ") if plain else "..."


def table(kind: str) -> str:
    """The chapter's table."""
    lines = ["| Message | Next step |", "|---|---|"]
    for each in sites():
        if each.kind == kind:
            lines.append(f"| {_cell(each.said)} | {_cell(each.hint)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    cleaned = " ".join(text.replace("|", "\\|").split())
    return f"`{cleaned}`".replace("`", "") if not cleaned else f"`{cleaned.replace('`', chr(39))}`"


def page(text: str) -> str:
    """The page with its tables as they should be."""
    for kind in KINDS:
        pattern = re.compile(rf"(<!-- {kind} -->\n).*?(<!-- end -->)", re.S)
        assert pattern.search(text), f"docs/messages.md has no chapter {kind}"
        text = pattern.sub(lambda found, kind=kind: f"{found[1]}\n{table(kind)}\n\n{found[2]}", text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    if "--list" in sys.argv:
        for each in sites():
            print(each.kind, "|", each.module, "|", each.said, "|", each.hint)
    else:
        PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
