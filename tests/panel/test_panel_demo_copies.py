"""What `demo --to DIR` copies: several jobs end at once, and none takes another one's name; nor is one half copied
when the demo ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.dsm.states import JobState
from emulator.jobs.front_panel import FrontPanel
from emulator.options.demo import DemoOptions
from emulator.options.groups import ControlOptions
from emulator.options.scan import ScanOptions
from emulator.panel import demo
from emulator.panel.demo import copy_all
from emulator.panel.post_scan import PanelJobs
from emulator.trace.journal import Journal
from emulator.trace.kept_exchanges import KeptExchanges


def test_documents_of_one_name_that_end_at_once_are_all_there(tmp_path: Path) -> None:
    folder = tmp_path / "wanted"
    folder.mkdir()
    (folder / "Scan.pdf").write_bytes(b"of the user")
    sources = []
    for number in range(24):
        source = tmp_path / str(number) / "Scan.pdf"
        source.parent.mkdir()
        source.write_bytes(f"{number} ".encode() * 50_000)
        sources.append(source)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda source: copy_all([source], folder), sources))
    found = {path.read_bytes() for path in folder.iterdir()}
    assert found == {b"of the user", *(source.read_bytes() for source in sources)}
    names = {path.name for path in folder.iterdir()}
    assert names == {"Scan.pdf", *(f"Scan_{number}.pdf" for number in range(2, 26))}


class _Document:
    pass


class _Job:
    """As much of a job as is looked at."""

    def __init__(self, state: JobState, file: Path) -> None:
        self.state, self._file = state, file

    def documents_in_order(self) -> list[_Document]:
        return [_Document()]

    def files_of(self, document: _Document) -> list[Path]:
        return [self._file]


class _Server:
    watcher: Callable[[Any], None]

    def watch(self, watcher: Callable[[Any], None]) -> None:
        self.watcher = watcher


async def test_only_a_completed_job_is_copied_and_the_demo_waits_for_what_is_being_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is copied lies in the store, which goes when the demo ends."""
    target, server = tmp_path / "wanted", _Server()
    begun, go_on, there = threading.Event(), threading.Event(), []

    def held(files: list[Path], folder: Path) -> None:
        begun.set()
        assert go_on.wait(60)
        there.append(files[0].read_bytes())

    async def run_devices(*_: Any, prepare: Callable[[Any], Any], **_more: Any) -> None:
        jobs = PanelJobs(ScanOptions())
        devices = [SimpleNamespace(scanner=None)]
        await prepare(SimpleNamespace(exchanges=KeptExchanges(Journal()), devices=devices, jobs=jobs))
        jobs.servers.on_start(server)  # type: ignore[arg-type]
        store = tmp_path / "demo" / "store"
        store.mkdir(parents=True)
        (store / "a.pdf").write_bytes(b"a page")
        for state in (JobState.PROCESSING, JobState.ABORTED, JobState.CANCELED, JobState.COMPLETED):
            server.watcher(_Job(state, store / "a.pdf"))
        assert await asyncio.to_thread(begun.wait, 60)
        asyncio.get_running_loop().call_later(0.1, go_on.set)

    async def nothing(self: FrontPanel, name: str, request: Any) -> None:
        pass

    monkeypatch.setattr(demo, "run_devices", run_devices)
    monkeypatch.setattr(demo, "copy_all", held)
    monkeypatch.setattr(FrontPanel, "do", nothing)
    monkeypatch.setattr("tempfile.mkdtemp", lambda *_, **__: str(made(tmp_path / "demo")))
    options = DemoOptions.of(open_panel=False, to=str(target))
    await demo.run_demo(options, SilentRun(), ControlOptions(), tmp_path / "state")
    assert there == [b"a page"], "of four jobs one, and whole"
    assert not (tmp_path / "demo").exists()


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


class SilentRun:
    """Tells nobody."""

    def ready(self, ready: Any) -> None:
        pass

    def stopped(self) -> None:
        pass
