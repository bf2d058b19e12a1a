"""Does what a reader of the documentation does, in one folder: makes files, types commands, looks at what they
print.

What stays (`server`, `run`, `demo`) is started on a free port, which stands in for the one that the pages name, and
is ended before another of its kind is started, as a reader must, and when the page is at its end.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import pytest
from docs_pages import Command, File, Script, Step, shows, steps
from mail_process import mail_process
from programs import COMMAND, end, environment
from samba_dc import PASSWORDS

PORTS = {"server": "5362", "run": "5357", "demo": ""}
"""Commands that stay, and the port that the pages have them on; '' for one that takes none."""
NAME_SERVER = "192.0.2.53"
"""The DNS server of the domain in the page on Active Directory."""
MAIL_PORT = "2525"
"""Where the pages have a mail server of the reader's own; a real one on a free port stands in for it."""


def with_domain(page: Path, folder: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """What a page says that is otherwise here. The page on Active Directory presumes a domain, its CA and passwords
    of its users."""
    if page.name != "active-directory.md":
        return {}
    domain = request.getfixturevalue("domain")
    shutil.copy(domain.ca_file, folder / "corp-ca.pem")
    for name in ("joe", "scansrv"):
        (folder / f"{name}.password").write_text(PASSWORDS[name], encoding="utf-8")
    return {NAME_SERVER: domain.address}


@dataclass
class Reader:
    """Reads one page; a context manager that ends what runs."""

    page: Path
    folder: Path
    here: Mapping[str, str] = field(default_factory=dict)
    """Arguments that are otherwise here."""
    emulator: Sequence[str] = tuple(COMMAND)
    python: str = sys.executable
    surroundings: Mapping[str, str] = field(default_factory=environment)
    """Variables of the environment of all that is run."""

    def __post_init__(self) -> None:
        self.told: list[str] = []
        """What the commands printed."""
        self._ports: dict[str, str] = {}
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Reader:
        self._mail_port = MAIL_PORT
        if MAIL_PORT in self.page.read_text(encoding="utf-8"):
            self._mail_port = str(self._stack.enter_context(mail_process(self.folder / "maildir")))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            end(process)
        self._stack.close()

    def read(self) -> None:
        """Do all that the page says."""
        for step in steps(self.page):
            self.do(step)

    def do(self, step: Step) -> None:
        """Do one thing that a page says."""
        match step:
            case File(name, text):
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_text(text.replace(MAIL_PORT, self._mail_port), encoding="utf-8")
            case Script():
                done = self._run([self.python, "-W", "error", "-c", step.text], {})
                assert done.returncode == 0, f"{self.page.name}\n{step.text}\n{done.stderr}"
            case Command():
                if step.program == "dsm-emulator" and step.arguments[0] in PORTS:
                    self._start(step)
                else:
                    self._type(step)

    def _arguments(self, command: Command) -> list[str]:
        program = [self.python] if command.program == "python" else self.emulator
        return [*program, *(self.here.get(argument, argument) for argument in command.arguments)]

    def _start(self, command: Command) -> None:
        """Start what stays, on a free port."""
        kind = command.arguments[0]
        if kind in self._running:
            end(self._running.pop(kind))
        process = subprocess.Popen(
            [*self._arguments(command), *(("--port", "0") if PORTS[kind] else ())],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            # A browser that is opened shows nothing: who reads here looks at no screen.
            env={**self.surroundings, "BROWSER": f"{sys.executable} -c pass %s", **command.variables},
        )
        self._running[kind] = process
        assert process.stdout is not None and process.stderr is not None
        output = ""
        for line in process.stdout:
            output += line
            if line.startswith("Try "):
                break
        found = re.search(r"https?://(?:127\.0\.0\.1|localhost):(\d+)/", output)
        assert found, f"{self.page.name}: {command.line}\n{output}{'' if output else process.stderr.read()}"
        if PORTS[kind]:
            self._ports[PORTS[kind]] = found[1]
        self._check_shown(command, output)

    def _type(self, command: Command) -> None:
        """Run what ends by itself."""
        arguments = self._arguments(command)
        for usual, port in self._ports.items():
            arguments = [
                re.sub(rf"(127\.0\.0\.1|localhost):{usual}", rf"\g<1>:{port}", argument) for argument in arguments
            ]
        done = self._run(arguments, command.variables)
        output = done.stdout + done.stderr
        assert done.returncode == command.exit_code, f"{self.page.name}: {command.line}\n{output}"
        self._check_shown(command, output)

    def _run(self, arguments: Sequence[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(arguments),
            cwd=self.folder,
            env={**self.surroundings, **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            stdin=subprocess.DEVNULL,
        )

    def _check_shown(self, command: Command, output: str) -> None:
        for usual, port in self._ports.items():
            output = re.sub(rf"(127\.0\.0\.1|localhost):{port}\b", rf"\g<1>:{usual}", output)
        self.told.append(output)
        if sys.platform != "win32":  # the samples have POSIX paths
            lacking = shows(command.expected, output)
            assert not lacking, (
                f"{self.page.name} shows {lacking!r}, which {command.line!r} does not print:\n{output}"
            )
