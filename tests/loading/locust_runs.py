"""Locust with our users, as processes: a master and its workers, or one alone. Locust is never imported here: it
would patch the standard library of the tests."""

from __future__ import annotations

import csv
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from programs import environment

MODULE = (sys.executable, "-W", "ignore", "-m", "emulator.loading.locust_users")


@dataclass
class LocustRun:
    """Processes of a run."""

    folder: Path
    master: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def wait(self, seconds: float) -> int:
        """The master's exit code."""
        return self.master.wait(seconds)

    def kill(self, number: int) -> None:
        """End a worker as a power failure does."""
        self.workers[number].send_signal(signal.SIGKILL)
        self.workers[number].wait()

    def told(self, name: str) -> str:
        """What a process wrote."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def counts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(type, name) -> requests and failures, of Locust's own CSV."""
        with (self.folder / "locust_stats.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return {(row["Type"], row["Name"]): (int(row["Request Count"]), int(row["Failure Count"])) for row in rows}


@contextmanager
def locust(
    folder: Path, *arguments: str, workers: int = 0, master: Sequence[str] = (), descriptors: int | None = None
) -> Iterator[LocustRun]:
    """`arguments`: of all processes; `master`: of the master, or of the only one, alone; `descriptors`: that each
    may have."""
    limited = ("sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh") if descriptors else ()
    started: list[subprocess.Popen[bytes]] = []
    files = []

    def start(name: str, *more: str) -> subprocess.Popen[bytes]:
        log = (folder / f"{name}.log").open("wb")
        files.append(log)
        process = subprocess.Popen(
            [*limited, *MODULE, *arguments, *more], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**environment(), "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        started.append(process)
        return process

    try:
        common = ("--headless", "--csv", "locust", "--only-summary", *master)
        if not workers:
            yield LocustRun(folder, start("master", *common))
            return
        port = str(_free_port())
        first = start(
            "master", "--master", "--expect-workers", str(workers), "--master-bind-host", "127.0.0.1",
            "--master-bind-port", port, *common,
        )  # fmt: skip
        run = LocustRun(folder, first)
        for number in range(workers):
            run.workers.append(start(f"worker-{number}", "--worker", "--master-port", port))
        yield run
    finally:
        for each in started:
            if each.poll() is None:
                each.terminate()
        for each in started:
            try:
                each.wait(20)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()
        for log in files:
            log.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
