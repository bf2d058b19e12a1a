"""How much of each room the tests run through, in their own process and in those that they start.

`python tests/coverage_by_room.py [ARGUMENT ...]` runs `pytest ARGUMENT ...` (nothing: `-q -n auto --slow`) under
coverage and prints a line for each room; `--report` prints that of the run before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coverage import Coverage
from coverage.exceptions import NoDataError

PROJECT = Path(__file__).resolve().parents[1]
WORST = 3
"""Modules named of each room, the least covered first."""


@dataclass
class Covered:
    """Lines and branches of a module or a room: how many there are, and how many were run through."""

    there: int = 0
    run: int = 0

    @property
    def percent(self) -> float:
        return 100 * self.run / self.there if self.there else 100.0


def measured(coverage: Coverage) -> dict[Path, Covered]:
    """Each module of the package, relative to it. Raises NoDataError where nothing was measured."""
    package = PROJECT / "emulator"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        # Tests make copies of the package elsewhere, and remove them.
        coverage.json_report(outfile=str(path), include=[str(package / "*")])
        files: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["files"]
    found = {}
    for name, told in sorted(files.items()):
        numbers = told["summary"]
        there = numbers["num_statements"] + numbers["num_branches"]
        run = numbers["covered_lines"] + numbers["covered_branches"]
        found[Path(name).resolve().relative_to(package)] = Covered(there, run)
    return found


def by_room(modules: dict[Path, Covered]) -> list[str]:
    """A line for each room and one for all."""
    rooms: dict[str, dict[Path, Covered]] = defaultdict(dict)
    for path, covered in modules.items():
        rooms[path.parts[0] if len(path.parts) > 1 else "(top)"][path] = covered
    lines = [f"{'room':<12}{'modules':>8}{'lines and branches':>20}{'run':>8}   least of all"]
    for room, its in [*sorted(rooms.items()), ("all", modules)]:
        sum_ = Covered(sum(each.there for each in its.values()), sum(each.run for each in its.values()))
        worst = sorted((path for path in its if its[path].there), key=lambda path: its[path].percent)[:WORST]
        told = ", ".join(f"{path.as_posix()} {its[path].percent:.0f} %" for path in worst)
        lines.append(f"{room:<12}{len(its):>8}{sum_.there:>20}{sum_.percent:>6.1f} %   {told}")
    return lines


def main(arguments: list[str]) -> int:
    """Exit code: that of pytest."""
    os.chdir(PROJECT)
    code = 0
    if arguments != ["--report"]:
        run = [sys.executable, "-m", "coverage"]
        subprocess.run([*run, "erase"], check=True)
        pytest = arguments or ["-q", "-n", "auto", "--slow"]
        code = subprocess.run([*run, "run", "-m", "pytest", *pytest], check=False).returncode
        subprocess.run([*run, "combine", "-q"], check=True)
    coverage = Coverage()
    coverage.load()
    try:
        print("\n".join(by_room(measured(coverage))))
    except NoDataError as error:
        sys.exit(f"nothing was measured: {error}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
