"""Which `run` and `server` commands of this user are there, so that `press --device NAME` finds the device.

One JSON file for each, beside a lock that ends with its process however that ends, and beside the token of its
control API in a file that others cannot read.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from emulator.environment.control_token import write_token
from emulator.file_lock import FileLock

_FOLDER: Final = "running"
_BESIDE: Final = ".token"
"""Ending of the file that holds the token."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A running device and the URL of its control API."""

    uuid: str
    name: str
    control: str
    control_token_file: str = ""


@dataclass(frozen=True, slots=True)
class RegisteredServer:
    """A running scan server and the URL of its control API."""

    url: str
    control: str
    control_token_file: str = ""


@contextmanager
def registered(
    state: Path, devices: Sequence[Registered], token: str, server: RegisteredServer | None = None
) -> Iterator[Path]:
    """Devices and server can be found while the block lasts, and the token of their control API stands in the file
    that is yielded. Raises OSError."""
    folder = state / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}-{secrets.token_hex(4)}.json"
    lock = FileLock(path.with_suffix(".lock"))
    lock.acquire()
    token_file = path.with_suffix(_BESIDE).absolute()
    try:
        write_token(token_file, token)
        entries = [asdict(replace(each, control_token_file=str(token_file))) for each in devices]
        of_server = None if server is None else asdict(replace(server, control_token_file=str(token_file)))
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps({"devices": entries, "server": of_server}), encoding="utf-8")
        aside.replace(path)
        yield token_file
    finally:
        _remove(path)
        _remove(token_file)
        lock.release()
        with suppress(OSError):
            path.with_suffix(".lock").unlink()


def running(state: Path) -> list[Registered]:
    """Every device that runs now; what ended processes left is removed."""
    return [Registered(**each) for entry in _entries(state) for each in entry.get("devices") or ()]


def running_servers(state: Path) -> list[RegisteredServer]:
    """Every scan server that runs now and has a control API; what ended processes left is removed."""
    return [RegisteredServer(**entry["server"]) for entry in _entries(state) if entry.get("server")]


def _entries(state: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted((state / _FOLDER).glob("*.json")):
        lock = FileLock(path.with_suffix(".lock"))
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            if lock.acquire():
                _remove(path)
                _remove(path.with_suffix(_BESIDE))
                lock.release()
                path.with_suffix(".lock").unlink()
                continue
            entry = json.loads(path.read_text(encoding="utf-8"))
            entry.get("devices"), entry.get("server")  # it is a table
            found.append(entry)
    return found


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
