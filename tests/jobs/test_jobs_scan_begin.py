"""A job that does not begin leaves nothing open, whatever keeps it from beginning."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from emulator.device.scanner import VirtualScanner
from emulator.environment.exit_codes import LabError
from emulator.imaging.pages import Page, Wanted
from emulator.jobs import pages
from emulator.jobs.options import ScanOptions
from emulator.jobs.scan import run_scan
from emulator.jobs.sources import OpenedSource
from emulator.lab.silent import SilentReporter
from emulator.layers import Layers


class Sheets:
    """A source of two pages that knows how often it was closed."""

    closed = 0

    def __len__(self) -> int:
        return 2

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        return Page(Image.new("L", (100, 100), "white"), (75.0, 75.0), "page")

    def close(self) -> None:
        self.closed += 1


@asynccontextmanager
async def refused(scanner: VirtualScanner, layers: Layers) -> AsyncIterator[None]:
    """Nobody can drive it."""
    raise LabError("no port")
    yield


@pytest.mark.parametrize("why", ["control", "events", "manifest"])
async def test_what_is_brought_is_closed_where_the_job_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    source = Sheets()
    monkeypatch.setattr(pages, "open_source", lambda *_, **__: OpenedSource(source))
    (tmp_path / "there").write_bytes(b"")
    options = {
        "control": ScanOptions(store=tmp_path / "s"),
        "events": ScanOptions(store=tmp_path / "s", events="192.0.2.1:1"),
        "manifest": ScanOptions(store=tmp_path / "s", manifest=tmp_path / "there"),
    }[why]
    with pytest.raises(LabError):
        await run_scan(options, SilentReporter(), driven=refused if why == "control" else None)
    assert source.closed == 1


async def test_what_is_brought_is_closed_once_where_the_job_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Sheets()
    monkeypatch.setattr(pages, "open_source", lambda *_, **__: OpenedSource(source))
    outcome = await run_scan(ScanOptions(store=tmp_path / "s"), SilentReporter())
    assert outcome.outcome == "Completed" and source.closed == 1
