"""Coverage counts what runs in processes that a test starts, and is told room by room."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from coverage_by_room import PROJECT, Covered, by_room

ROOMS = {path.name for path in (PROJECT / "emulator").iterdir() if (path / "__init__.py").is_file()}


def test_a_line_for_each_room_and_one_for_all() -> None:
    modules = {
        Path("soap/a.py"): Covered(10, 5),
        Path("soap/b.py"): Covered(10, 10),
        Path("layers.py"): Covered(4, 1),
    }
    first, top, soap, everything = by_room(modules)
    assert first.split()[:2] == ["room", "modules"]
    assert top.split() == ["(top)", "1", "4", "25.0", "%", "layers.py", "25", "%"]
    assert soap.split()[:6] == ["soap", "2", "20", "75.0", "%", "soap/a.py"]
    assert everything.split()[:5] == ["all", "3", "24", "66.7", "%"]


@pytest.mark.slow
def test_what_a_process_of_a_test_runs_through_counts(tmp_path: Path) -> None:
    """One test, which starts the command: its rooms are not covered by the test's own process."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "COV_", "PYTEST_"))
    }
    done = subprocess.run(
        [
            sys.executable, PROJECT / "tests" / "coverage_by_room.py", "-q", "-n", "0", "-p", "no:cacheprovider",
            "tests/test_docs.py::test_the_readmes_first_command_ends_in_a_job_that_succeeds",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=200,
        env={**ours, "COVERAGE_FILE": str(tmp_path / "data")},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = {row[0]: float(row[1]) for row in re.findall(r"^(\S+) .*? ([\d.]+) %   ", done.stdout, re.MULTILINE)}
    assert told.keys() == ROOMS | {"(top)", "all"}
    assert told["cli"] > 15 and told["dsm"] > 50 and told["scan_server"] > 30, done.stdout
    assert told["panel"] < 5, "nobody was at a panel"
