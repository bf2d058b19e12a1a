"""Run as a program (POSIX): a server with one job, killed by SIGKILL before its first call to the disk, before its
second, and so on until it comes through; after each a server starts on the store. A line of JSON for each.

Python and the package are loaded once; each server is a process of its own, forked from this one.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

from disk_calls import Watched, file_system
from job_in_process import InProcess, images, one_job, server_for

from emulator.scan_server.store import Store


def main(arguments: dict[str, Any]) -> None:
    """`content`, `delivery`, `folder`, `mode`; `first`: the call before which the first kill comes, 0: that behind
    EndPostScanJob; `step`: from one kill to the next; `again`: kill the server that starts afterwards as well,
    before each of its calls."""
    folder, delivery = Path(arguments["folder"]), arguments["delivery"]
    content = arguments["content"]
    with file_system(arguments["mode"]):
        asyncio.run(_loaded(content, folder / "warm"))
        at = arguments["first"] or _calls_before_the_end(content, delivery, folder / "counted") + 1
        done = False
        while not done:
            store, mark = folder / f"{at}", f"kill {at}"
            lines = _killed_at(at, partial(_serve, content, delivery, folder, store, mark))
            acknowledged = [int(each[4:]) for each in lines if each.startswith("ack ")]
            done = "done" in lines
            call = next((each[5:] for each in lines if each.startswith("call ")), "")
            recoveries = _recovered_in_pieces(store) if arguments.get("again") else 0
            _recover(store)
            found = {str(path.relative_to(store)): path.read_bytes().hex() for path in _seen(store)}
            print(
                json.dumps(
                    {
                        "at": at,
                        "call": call,
                        "acknowledged": [images(f"kill {at}")[number - 1].hex() for number in acknowledged],
                        "found": found,
                        "done": done,
                        "recoveries": recoveries,
                        "left": [str(path) for path in (store / ".server" / "runs").rglob("*") if path.is_file()],
                    }
                ),
                flush=True,
            )
            shutil.rmtree(store)
            at += arguments.get("step", 1)


def _seen(store: Path) -> list[Path]:
    return [
        path
        for path in sorted(store.rglob("*"))
        if path.is_file()
        and path.name != "job.json"
        and not any(part.startswith(".") for part in path.relative_to(store).parts)
    ]


async def _loaded(content: str, store: Path) -> None:
    """All that is imported late, once: in this process, before any fork."""
    async with server_for(content, None, store, store) as server:
        await one_job(InProcess(server), content, "warm")


def _calls_before_the_end(content: str, delivery: str | None, folder: Path) -> int:
    lines = _killed_at(10**9, lambda tell: _serve(content, delivery, folder, folder / "store", "counted", tell))
    return int(next(each[7:] for each in lines if each.startswith("ending ")))


def _serve(content: str, delivery: str | None, folder: Path, store: Path, mark: str, tell: Any) -> None:
    async def run() -> None:
        path = None if delivery is None else Path(delivery)
        async with server_for(content, path, folder / "offices" / mark, store) as server:
            ran = await one_job(
                InProcess(server),
                content,
                mark,
                acknowledged=lambda number: tell(f"ack {number}"),
                ending=lambda: tell("ending ?"),
            )
            assert ran.state == "Completed", ran

    asyncio.run(run())


def _recover(store: Path) -> None:
    again = Store(store)
    again.open()
    again.close()


def _recovered_in_pieces(store: Path) -> int:
    """A server starts and is killed before its first call, another before its second, ..."""
    for at in range(1, 1000):
        if "done" in _killed_at(at, lambda tell: _recover(store)):
            return at - 1
    raise AssertionError("it never came through")


def _killed_at(at: int, work: Any) -> list[str]:
    """The work in a process that kills itself before call number `at`; what it said."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)

        def kill(name: str, number: int, path: str) -> None:
            if number == at:
                os.write(write, f"call {name} {path}\n".encode())
                os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        signal.alarm(60)
        try:
            with Watched(kill) as watched:
                work(lambda text: os.write(write, f"{text.replace('?', str(watched.count))}\n".encode()))
            os.write(write, b"done\n")
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "r") as file:
        lines = file.read().splitlines()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) != ("done" in lines), lines
    return lines


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
