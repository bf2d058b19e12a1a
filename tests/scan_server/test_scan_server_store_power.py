"""The power fails after each call of a job, of a cancelled one, and of a server that clears up: in every state that
the model of the disk (power_loss.py) allows, a server that starts finds each acknowledged image."""

from __future__ import annotations

import errno
import shutil
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from disk_calls import MODES, file_system, replaced
from job_in_process import SHARE, InProcess, images, one_job, server_for
from power_loss import Disk, Recorder
from scan_server_bench import file_share, instructions

from emulator.scan_server.disk import calls
from emulator.scan_server.store import Store

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be synced there: the model is POSIX's"),
    pytest.mark.wire_fault,
    pytest.mark.timeout(900),
]

IMAGES = images("power")
ONE = instructions(file_share(SHARE))
TWO = instructions(file_share(SHARE, r"\\files\Copy"))


@dataclass
class Setting:
    """Where a scenario happens."""

    folder: Path
    store: Path
    recorder: Recorder


async def _delivered(setting: Setting, content: str = ONE) -> None:
    async with server_for(content, None, setting.folder, setting.store) as server:
        await one_job(
            InProcess(server),
            content,
            "power",
            acknowledged=lambda number: setting.recorder.acknowledged(IMAGES[number - 1]),
        )


async def _delivered_twice(setting: Setting) -> None:
    await _delivered(setting, TWO)


async def _failed(setting: Setting) -> None:
    """The second document finds no room."""
    real, count = calls.link, [0]

    def link(*arguments: object) -> None:
        count[0] += 1
        if count[0] == 2:
            raise OSError(errno.ENOSPC, "full")
        real(*arguments)  # type: ignore[arg-type]

    with replaced(link=link):
        await _delivered(setting)


async def _cancelled(setting: Setting) -> None:
    async with server_for(ONE, None, setting.folder, setting.store) as server:
        caller = InProcess(server)
        token = await caller.job(ONE)
        for number, image in enumerate(IMAGES, 1):
            assert (await caller.send(token, number, image)).status == 200
            setting.recorder.acknowledged(image)
        await caller.with_token("CancelPostScanJob", token)
        await caller.at_its_end(token)


async def _killed(setting: Setting) -> None:
    """Two documents have their names in the share, which nobody has synced; then another server clears up."""
    store = Store(setting.store)
    store.open()
    custody = store.new_job("t", {})
    kept = []
    for number, image in enumerate(IMAGES, 1):
        incoming = store.incoming()
        incoming.write(image)
        kept.append(custody.take(incoming, number, "jpg"))
        setting.recorder.acknowledged(image)
    giving = custody.documents_for(setting.store / "files" / "In")
    for number in (1, 2):
        giving.put(number, kept[number - 1].path, lambda number=number: f"{number}.jpg")  # type: ignore[misc]
    assert store._lock is not None
    store._lock.release()
    again = Store(setting.store)
    again.open()
    again.close()


LINKS_ONLY = ("no room", "cancelled")

SCENARIOS: dict[str, Callable[[Setting], Awaitable[None]]] = {
    "delivered": _delivered,
    "delivered to two shares": _delivered_twice,
    "no room": _failed,
    "cancelled": _cancelled,
    "killed, then cleared up": _killed,
}


@pytest.mark.parametrize(
    ("scenario", "mode"),
    [(name, mode) for name in SCENARIOS for mode in MODES if mode == "links" or name not in LINKS_ONLY],
)
async def test_no_power_cut_loses_an_acknowledged_image(
    tmp_path: Path, memory: Path, figures: Callable[[str], None], scenario: str, mode: str
) -> None:
    (store := tmp_path / "store").mkdir()
    with file_system(mode), Recorder() as recorder:
        await SCENARIOS[scenario](Setting(tmp_path, store, recorder))
    disk = Disk(store)
    tried: set[object] = set()
    possible = 0
    for call, event in enumerate(recorder.events):
        disk.happens(*event)
        states = list(dict.fromkeys(disk.states()))
        possible += len(states)
        for state in states:
            if (key := (state, len(disk.acknowledged))) in tried:
                continue
            tried.add(key)
            state.build(memory / "after")
            with file_system(mode), replaced(fsync=lambda descriptor: None):
                found = _found_by_a_server(memory / "after")
            lost = [IMAGES.index(image) + 1 for image in disk.acknowledged if image not in found]
            assert not lost, f"after call {call} ({event[0]} {event[1][:1]}): {lost} lost of {state}"
            assert set(found) <= {*IMAGES, b""}, f"after call {call}: something is seen half"
            shutil.rmtree(memory / "after")
    assert disk.acknowledged == IMAGES and len(tried) > 30
    figures(f"power cut, {scenario}, {mode}: {len(recorder.events)} calls, {possible} states, {len(tried)} built")


def _found_by_a_server(root: Path) -> list[bytes]:
    with ExitStack() as until_the_end:
        store = Store(root)
        store.open()
        until_the_end.callback(store.close)
        return [
            path.read_bytes()
            for path in root.rglob("*")
            if path.is_file() and path.name != "job.json" and ".server" not in path.parts and path.name[0] != "."
        ]
