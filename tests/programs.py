"""Runs our own command as a user does: in a process of its own, ended by its id."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-m", "emulator"]


def run(*arguments: str | Path, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run `dsm-emulator ARGUMENTS` to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        env=environment(),
    )


def start(*arguments: str | Path, cwd: Path, checked: bool = True) -> subprocess.Popen[str]:
    """Start `dsm-emulator ARGUMENTS`; the caller ends it. `checked`: see environment."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env=environment(checked=checked),
    )


def environment(*, checked: bool = True) -> dict[str, str]:
    """Ours, with UTF-8 everywhere and the source tree importable. `checked`: every message that the process
    writes is checked (tests/checked_process); it costs time and memory, so not where those are measured."""
    tests = PROJECT / "tests"
    checks = [str(tests / "checked_process"), str(tests)] if checked else []
    trees = [*checks, str(PROJECT), os.environ.get("PYTHONPATH", "")]
    path = os.pathsep.join(trees).strip(os.pathsep)
    return {**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": path}


def with_helpers() -> dict[str, str]:
    """Ours, for a program or script of the tests that imports what tests import."""
    # The top folder first: rooms that have been collected, and may have a conftest of their own, stand before it.
    path = [str(Path(__file__).parent), *filter(None, sys.path)]
    return {**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": os.pathsep.join(path)}


@contextlib.contextmanager
def server(
    *arguments: str | Path, cwd: Path, checked: bool = True
) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """`dsm-emulator server --json` on a free port: its ready line and its process, ended afterwards."""
    process = start("server", "--json", "--port", "0", *arguments, cwd=cwd, checked=checked)
    try:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield json.loads(line), process
    finally:
        end(process)


@contextlib.contextmanager
def devices(
    *arguments: str | Path, cwd: Path, checked: bool = True
) -> Iterator[tuple[list[dict[str, Any]], subprocess.Popen[str]]]:
    """`dsm-emulator run --json` with a state folder in `cwd`: its devices, each with the
    token of its control API, and its process, ended afterwards."""
    process = start("run", "--json", "--state", cwd / "state", *arguments, cwd=cwd, checked=checked)
    try:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        ready = json.loads(line)
        token = Path(ready["control_token_file"]).read_text("utf-8").strip()
        yield [{**device, "token": token} for device in ready["devices"]], process
    finally:
        end(process)


def at(device: dict[str, Any], folder: Path) -> list[str]:
    """Options by which `press` finds one of `devices(cwd=folder)`, and the token of its control API."""
    return ["--control", device["control"], "--state", str(folder / "state")]


def end(process: subprocess.Popen[str]) -> int:
    """Stop a process as a user would (SIGTERM), by force after 10 s; its exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    with contextlib.suppress(ValueError):
        process.communicate(timeout=60)
    return process.wait(10)


def interrupt(process: subprocess.Popen[str]) -> None:
    """What Ctrl-C sends."""
    process.send_signal(signal.CTRL_C_EVENT if sys.platform == "win32" else signal.SIGINT)
