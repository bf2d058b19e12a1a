"""What the tests of points share: handlers that fail in every way, and a job of ours at the embedded server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.environment.exit_codes import LabError
from emulator.jobs.choices import office_folder
from emulator.jobs.options import ScanOptions
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.scan import run_scan
from emulator.lab.silent import SilentReporter
from emulator.layers import Intervention, Layers, Unplug

SHORT = 0.15
"""Seconds that a handler has here that hangs."""


async def raises(value: Any) -> Any:
    raise ValueError("not\nmy day")


def raises_in_its_thread(value: Any) -> Any:
    raise StopIteration


async def hangs(value: Any) -> Any:
    await asyncio.sleep(30)


def hangs_in_its_thread(value: Any) -> Any:
    time.sleep(2)


async def answers_nonsense(value: Any) -> Any:
    return 7


BAD: dict[str, tuple[Callable[[Any], Any], str]] = {
    "raises": (raises, "raised ValueError: not my day"),
    "raises in its thread": (raises_in_its_thread, "raised RuntimeError: StopIteration"),
    "hangs": (hangs, f"did not answer within {SHORT:g} s"),
    "hangs in its thread": (hangs_in_its_thread, f"did not answer within {SHORT:g} s"),
    "nonsense": (answers_nonsense, "returned 7"),
}
"""Handlers that fail, and what is told of each."""


def bad(layers: Layers, point: Intervention[Any, Any], name: str) -> tuple[Unplug, str]:
    """Plug one in; what the log must say of it."""
    handler, told = BAD[name]
    unplug = layers.handle(point, handler, name="the toy", limit=SHORT if name.startswith("hangs") else 30)
    return unplug, f"the handler the toy of {point.name} {told}"


def told_in(caplog: pytest.LogCaptureFixture, line: str) -> bool:
    """Whether an error in the log is that line."""
    return any(each.levelname == "ERROR" and each.getMessage() == line for each in caplog.records)


@dataclass
class Ran:
    """How a job went."""

    outcome: ScanOutcome
    store: Path

    @property
    def error(self) -> LabError:
        assert self.outcome.error is not None
        return self.outcome.error

    @property
    def stored(self) -> list[bytes]:
        """What the server delivered."""
        return [path.read_bytes() for path in self.outcome.delivered]


async def job(folder: Path, layers: Layers, **options: Any) -> Ran:
    """A job of one page at an embedded server of its own, over TLS."""
    asked: dict[str, Any] = {"pages": 1, "store": folder / "store", "events": "none", "manifest": "none"}
    asked |= {"directory": office_folder(), "settings": ("Resolution=75x75", "Format=jfif")} | options
    return Ran(await run_scan(ScanOptions(**asked), SilentReporter(), layers=layers), folder / "store")
