"""Reads the documentation pages as a person works through them: files to make, commands to type, what they print.

In a page, `<!-- file: NAME -->` before a block of code makes that block a file. A block of `sh` holds commands of
ours (or a run of pytest), one a line, with `# exit code N` behind one that fails; a block of `text` right after it
shows what the last of them prints, `...` standing for anything. A file of `yaml` is a pipeline: what its steps run
are commands too, but for the installation.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PAGES = sorted((PROJECT / "docs").glob("*.md"))
README = PROJECT / "README.md"

_BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- file: (?P<file>\S+) -->\n *)?```(?P<kind>\w*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
_VARIABLE = re.compile(r"([A-Z_]+)=(.*)", re.DOTALL)
_OF_A_PIPELINE = re.compile(r"^ *- (?:run: )?((?:dsm-emulator|python -m pytest) .*)$", re.MULTILINE)
_EXIT = re.compile(r"#\s*exit code (\d+)\s*$")


@dataclass
class Command:
    """A line of a `sh` block."""

    line: str
    expected: str = ""
    """What the page shows of its output; '' where it shows nothing."""

    @property
    def words(self) -> list[str]:
        """The program and its arguments; without variables before it and an & behind it."""
        found = shlex.split(self.line, comments=True)
        return [word for word in found[len(self.variables) :] if word != "&"]

    @property
    def variables(self) -> dict[str, str]:
        """Of the environment, which stand before the program."""
        found: dict[str, str] = {}
        for word in shlex.split(self.line, comments=True):
            if not (variable := _VARIABLE.fullmatch(word)):
                break
            found[variable[1]] = variable[2]
        return found

    @property
    def program(self) -> str:
        """`dsm-emulator` or `python`."""
        return self.words[0]

    @property
    def arguments(self) -> list[str]:
        """What follows the program's name."""
        return self.words[1:]

    @property
    def exit_code(self) -> int:
        """The exit code that the page tells."""
        found = _EXIT.search(self.line)
        return int(found[1]) if found else 0


@dataclass
class File:
    """A block that is a file."""

    name: str
    text: str


@dataclass
class Script:
    """A block of Python."""

    text: str


Step = Command | File | Script


def steps(page: Path) -> Iterator[Step]:
    """What a reader of the page does, in order."""
    found: list[Step] = []
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        text = textwrap.dedent(block["text"])
        last = found[-1] if found else None
        if block["file"]:
            found.append(File(block["file"], text))
            if block["kind"] == "yaml":
                found += [Command(line) for line in _OF_A_PIPELINE.findall(text)]
        elif block["kind"] == "sh":
            found += [Command(line) for line in text.splitlines() if line.strip()]
        elif block["kind"] == "python":
            found.append(Script(text))
        elif block["kind"] == "text" and isinstance(last, Command):
            last.expected = text
    yield from found


def shows(expected: str, output: str) -> str:
    """'' when the output has the expected lines in their order, otherwise the first that it lacks."""
    lines = iter(output.splitlines())
    for wanted in expected.splitlines():
        if wanted.strip() == "...":
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("...")))
        if not any(pattern.fullmatch(line.rstrip()) for line in lines):
            return wanted
    return ""
