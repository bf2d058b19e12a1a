"""CONTRIBUTING.md: its commands can be typed, and what it names is there."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from programs import with_helpers

PROJECT = Path(__file__).resolve().parents[1]
TEXT = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
SPANS = re.findall(r"`([^`\n]+)`", TEXT.replace("```", ""))
COMMANDS = [*BLOCKS, *(span for span in SPANS if re.match(r"(\.venv/bin/|\.ci/|docs/make_)\w", span))]


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 25 and len(set(BLOCKS)) == len(BLOCKS)


@pytest.mark.parametrize("command", [each for each in COMMANDS if "-m pytest" in each])
def test_a_run_of_pytest_finds_tests(command: str) -> None:
    """Collected, not run; of the whole the names of rooms are enough."""
    words = shlex.split(command)
    assert words[:3] == [".venv/bin/python", "-m", "pytest"]
    arguments = words[3:]
    where = [word for word in arguments if word.startswith("tests/")]
    for path in where:
        assert (PROJECT / path).exists(), path
    if not where:
        arguments.append("tests/options/test_options_made.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *arguments],
        cwd=PROJECT, env=with_helpers(), capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0 and re.search(r"\d+(/\d+)? tests? collected", done.stdout), (
        done.stdout + done.stderr
    )


@pytest.mark.parametrize("command", [each for each in COMMANDS if "-m pytest" not in each])
def test_any_other_command_names_a_program_and_options_that_are_there(command: str) -> None:
    words = shlex.split(command)
    program, arguments = words[0], words[1:]
    if program.startswith(".ci/"):
        script = (PROJECT / program).read_text(encoding="utf-8")
        assert all(re.search(rf"^part {each} ", script, re.MULTILINE) for each in arguments)
    elif program.startswith("docs/"):
        assert (PROJECT / program).is_file()
    elif program == "python3":
        assert arguments == ["-m", "venv", ".venv"]
    elif program == ".venv/bin/python":
        assert (PROJECT / arguments[0]).is_file(), "a script"
    else:
        name = program.removeprefix(".venv/bin/")
        assert name in ("pip", "ruff", "mypy", "lint-imports")
        options = [word for word in arguments if word.startswith("--")]
        subcommand = arguments[:1] if name == "ruff" else []
        if options:
            shown = subprocess.run(
                [sys.executable, "-m", name, *subcommand, "--help"], capture_output=True, text=True, timeout=60
            )
            assert all(option in shown.stdout for option in options), shown.stderr
        for extra in re.findall(r"\[(\w+)\]", command):
            assert re.search(
                rf"^{extra} = \[", (PROJECT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
            )


def test_every_file_that_is_named_is_there() -> None:
    named = {span for span in SPANS if re.fullmatch(r"[\w.-]+(/[\w.-]+)+|[\w-]+\.(py|md|toml|txt)", span)}
    assert len(named) > 25
    missing = {
        name
        for name in named
        if not (PROJECT / name).exists() and not list((PROJECT / "emulator").rglob(name))
    }  # fmt: skip
    assert missing == set()


def test_variables_and_options_that_it_tells_of_are_read_somewhere() -> None:
    files = [*(PROJECT / "tests").rglob("*.py"), PROJECT / ".ci" / "run", PROJECT / ".ci" / "long"]
    code = "".join(path.read_text(encoding="utf-8") for path in files if path != Path(__file__))
    for variable in set(re.findall(r"DSM_[A-Z_]+", TEXT)):
        assert variable in code


@pytest.mark.parametrize(
    "script", sorted((PROJECT / "tests/benchmarks").glob("bench_*.py")), ids=lambda each: each.stem
)
def test_a_benchmark_takes_quick(script: Path) -> None:
    """As `.ci/run` calls each."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    assert "--quick" in [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
