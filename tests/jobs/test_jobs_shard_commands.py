"""The commands for several machines that docs/large-sets.md shows: the ranges that their tasks ask for are the set
without a gap, each in a folder of its own, and of options that there are."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from emulator.cli.tables.render import COMMANDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "large-sets.md"
OPTIONS = {flag for parameter in COMMANDS[""].parameters for flag in parameter.flags}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX runs them")


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None, kind
    return found[1]


def asked(script: str, folder: Path, **variables: str) -> list[str]:
    """The arguments that dsm-emulator gets from a script of sh."""
    program = folder / "dsm-emulator"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **variables, "PATH": path, "SCRATCH": "/scratch"}
    done = subprocess.run(["sh", "-euc", script], env=environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.splitlines()


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


def check(tasks: list[list[str]], pages: int) -> None:
    """What all tasks ask for together."""
    following, outputs = 1, set()
    for arguments in tasks:
        assert arguments[0] == "render" and option(arguments, "--pages") == str(pages)
        assert {each for each in arguments if each.startswith("--")} <= OPTIONS
        first, last = map(int, option(arguments, "--page-range").split("-"))
        assert first == following and last <= pages
        following = last + 1
        outputs.add(option(arguments, "--output"))
    assert following == pages + 1 and len(outputs) == len(tasks)


def test_the_tasks_of_a_slurm_array_make_the_set(tmp_path: Path) -> None:
    script = block("slurm")
    found = re.search(r"--array=(\d+)-(\d+)", script)
    assert found is not None
    numbers = range(int(found[1]), int(found[2]) + 1)
    variables = {"SLURM_CPUS_PER_TASK": "4"}
    check([asked(script, tmp_path, SLURM_ARRAY_TASK_ID=str(each), **variables) for each in numbers], 100_000)


def test_the_pods_of_an_indexed_job_make_the_set(tmp_path: Path) -> None:
    manifest = block("yaml")
    found = re.search(r"args:\n\s+- \|\n((?: {14}.*\n)+)", manifest)
    count = re.search(r"completions: (\d+)", manifest)
    assert found is not None and count is not None
    script = textwrap.dedent(found[1])
    check([asked(script, tmp_path, JOB_COMPLETION_INDEX=str(each)) for each in range(int(count[1]))], 100_000)


def test_the_lines_of_gnu_parallel_make_the_set(tmp_path: Path) -> None:
    """As parallel puts them together: each line of its input stands for {}."""
    numbers, _, command = block("parallel").partition(" | ")
    done = subprocess.run(shlex.split(numbers), capture_output=True, text=True, check=True, timeout=20)
    quoted = command[command.index("'") + 1 : command.rindex("'")]
    check([asked(quoted.replace("{}", each), tmp_path) for each in done.stdout.split()], 10_000)
