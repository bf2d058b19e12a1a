"""Runs the gSOAP scan server as a process and tells what it stored."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class GsoapServer:
    """A running server: address of its service and its store."""

    service_url: str
    store: Path
    process: subprocess.Popen[str]

    def images(self, job_token: str) -> dict[str, bytes]:
        """File name (`<DocumentId>.<Format>`) -> octets of the images of a job."""
        folder = self.store / job_token
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "job.txt"}

    def said(self, job_token: str) -> list[tuple[str, str]]:
        """What gSOAP read in CreatePostScanJobRequest, as name and value."""
        lines = (self.store / job_token / "job.txt").read_text("utf-8").splitlines()
        pairs = [line.partition("=") for line in lines]
        return [(name, value) for name, _, value in pairs]

    def jobs(self) -> list[str]:
        """JobTokens of all jobs that were created."""
        return sorted(path.name for path in self.store.iterdir() if path.is_dir())

    def incoming(self) -> list[str]:
        """Names of attachments that are being received."""
        return [path.name for path in self.store.iterdir() if path.is_file()]


@contextlib.contextmanager
def running(executable: Path, store: Path, *options: str) -> Iterator[GsoapServer]:
    """Start the server; it is ended by closing its standard input, and by its id if that does not help."""
    process = subprocess.Popen(
        [executable, store, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    guard = threading.Timer(20, process.kill)
    guard.start()
    try:
        assert process.stdout is not None and process.stdin is not None
        service_url = process.stdout.readline().strip()
        guard.cancel()
        assert service_url.startswith("http://127.0.0.1:"), f"the gSOAP server did not start: {service_url!r}"
        yield GsoapServer(service_url, store, process)
    finally:
        guard.cancel()
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None and process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
    finally:
        process.stdout.close()
