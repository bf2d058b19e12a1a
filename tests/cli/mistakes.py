"""The table of mistakes (mistakes.txt): what was typed, the exit code, what is said, and the next step.

`python tests/cli/mistakes.py` makes every one of them and prints the table as the program is now.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from closed_ports import closed_port
from exit_code_peers import answering
from PIL import Image

from emulator.cli.main import app
from emulator.environment.directories import office_folder

TABLE = Path(__file__).with_name("mistakes.txt")

_REASONS = (errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.ECONNREFUSED, errno.EADDRINUSE, errno.EADDRNOTAVAIL)


@dataclass(frozen=True)
class Mistake:
    """`typed` without the program's name; ports of peers stand as `{web}`, words of the system as `{ENOENT}`."""

    typed: str
    code: int
    said: str
    hint: str


def table() -> list[Mistake]:
    """All of mistakes.txt."""
    found = []
    for block in TABLE.read_text("utf-8").strip().split("\n\n"):
        typed, said, hint = block.splitlines()
        code, _, said = said.partition(" error: ")
        found.append(
            Mistake(
                typed.removeprefix("$ dsm-emulator ").removeprefix("$ dsm-emulator"), int(code), said, hint.strip()
            )
        )
    return found


def _http(status: str, kind: str, body: str) -> bytes:
    data = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    return head.encode() + data


PEERS = {
    "html": _http(
        "500 Internal Server Error",
        "text/html",
        "<html><body>NullReferenceException at ScanSvc.Store()</body></html>",
    ),
    "busy": _http("503 Service Unavailable", "text/plain", "Service Unavailable"),
    "web": _http("200 OK", "text/html", "<!DOCTYPE html><html><body>Welcome to nginx</body></html>"),
    "plain": _http("200 OK", "text/plain", "hello"),
    "refuses": _http("403 Forbidden", "text/html", "<h1>Forbidden</h1>"),
    "login": _http("401 Unauthorized", "text/html", "<h1>no</h1>"),
    "moved": _http("302 Found\r\nLocation: https://elsewhere.example/", "text/html", ""),
    "gone": _http("404 Not Found", "text/html", "<h1>Not Found</h1>"),
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
}
"""Who sits at a port that was given by mistake -> what it answers."""


@contextlib.contextmanager
def peers() -> Iterator[dict[str, int]]:
    """Their ports by name; at `closed` nobody listens."""
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(answering(answer)) for name, answer in PEERS.items()}
        yield {**ports, "closed": closed_port()}


def put_files(folder: Path) -> None:
    """What lies in the current folder of who makes the mistakes."""
    Image.new("L", (100, 100), 255).save(folder / "page.png")
    (folder / "half.png").write_bytes((folder / "page.png").read_bytes()[:60])
    (folder / "no.pdf").write_bytes(b"%PDF-1.4\nnothing")
    for name, text in {
        "empty.png": "", "text.txt": "hello", "notes.docx": "PK", "bad.toml": "name = \n", "afile": "",
        "wrong.toml": 'name = "x"\ncolour = 1\n', "taken.har": "x", "m.jsonl": "not json\n", "no.pem": "hello",
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    for name in ("empty", "store"):
        (folder / name).mkdir()


@dataclass(frozen=True)
class Told:
    code: int
    stdout: str
    stderr: str


def make(typed: str, ports: dict[str, int], *more: str) -> Told:
    """Make a mistake, in this process and in the current folder."""
    root: Any = typer.main.get_command(app)
    stdout, stderr = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            root.main(args=[*shlex.split(typed.format(**ports)), *more], prog_name="dsm-emulator")
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else -1
    return Told(code, stdout.getvalue(), stderr.getvalue())


def as_in_table(text: str, ports: dict[str, int]) -> str:
    """Without what is of this machine alone."""
    for name, port in ports.items():
        text = text.replace(str(port), f"{{{name}}}")
    text = text.replace(str(office_folder()), "{office}")
    for number in _REASONS:
        for words in (os.strerror(number), os.strerror(number).lower()):
            text = text.replace(words, f"{{{errno.errorcode[number]}}}")
    text = re.sub(r"(?<=port 0: ).*", "{reason}", text)
    return re.sub(r"there are: lo\b.*|(?<=no such interface; there are: ).*", "{interfaces}", text)


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp())
    os.environ["DSM_EMULATOR_STATE"] = str(folder / "state")
    put_files(folder)
    os.chdir(folder)
    rows = [each.typed for each in table()]
    with peers() as ports:
        for typed in rows:
            told = make(typed, ports)
            said = told.stderr.splitlines()
            lines = [as_in_table(line, ports) for line in said[:1]] + [
                as_in_table(line.strip(), ports) for line in said[1:]
            ]
            print(f"$ dsm-emulator {typed}\n{told.code} " + "\n    ".join(lines) + "\n")


if __name__ == "__main__":
    main()
