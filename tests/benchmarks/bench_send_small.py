"""SendImage of 100 KB to 1 MB over http: CPU of the client, by that of `sendall` of the same octets from a file.

Target: limit / ours >= 0.8. Both in one process and one run, A B A B, against one sink in a process of its own. The
limit opens the file, reads it into a buffer that it has, sends head, octets and end by `sendall` over a kept
connection, and reads the answer. Run by hand: `python tests/benchmarks/bench_send_small.py [--quick]`; prints,
never fails.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench_send import ENVELOPE, limit_connection

from emulator.soap import mtom
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.client import StreamClient
from emulator.transport.http import HttpRequest, TimeLimits

SIZES = (100_000, 300_000, 1_000_000)
TARGET, ROUNDS, EACH = 0.8, 5 if "--quick" in sys.argv else 15, 40


async def measure(port: int, folder: Path) -> None:
    """Print a line for each size."""
    for size in SIZES:
        page = folder / f"{size}.bin"
        page.write_bytes(os.urandom(size))
        package = mtom.package(
            ENVELOPE, FileSegment(page, size), content_id=mtom.new_content_id("image"), media_type="image/jpeg"
        )
        body = SegmentedBody(package.segments)
        before, behind = (each for each in package.segments if not isinstance(each, FileSegment))
        head = (
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {package.content_type}\r\n"
            f"Content-Length: {body.length}\r\n\r\n"
        ).encode()
        buffer = memoryview(bytearray(size))
        connection = limit_connection(port, None)
        client = StreamClient(None)
        request = HttpRequest(f"http://127.0.0.1:{port}/", (("Content-Type", package.content_type),), body)

        async def limit() -> None:
            with page.open("rb", buffering=0) as file:  # noqa: B023
                count = file.readinto(buffer)  # type: ignore[attr-defined]  # noqa: B023
            connection.sendall(head + before)  # noqa: B023
            connection.sendall(buffer[:count])  # noqa: B023
            connection.sendall(behind)  # noqa: B023
            assert connection.recv(65536).endswith(b"ok")  # noqa: B023

        async def ours() -> None:
            assert (await client.exchange(request, TimeLimits())).body == b"ok"  # noqa: B023

        used: dict[str, list[float]] = {"limit": [], "ours": []}
        runs: dict[str, Callable[[], Coroutine[None, None, None]]] = {"limit": limit, "ours": ours}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                begun = time.process_time()
                for _ in range(EACH):
                    await run()
                used[name].append((time.process_time() - begun) / EACH)
        base, own = statistics.median(used["limit"]), statistics.median(used["ours"])
        said = "ok" if base / own >= TARGET else "MISSED"
        print(
            f"{size:8} octets: limit {base * 1e6:6.0f} us, ours {own * 1e6:6.0f} us, ratio {base / own:.2f} {said}"
        )
        connection.close()
        await client.aclose()


def main() -> None:
    """Start the sink and measure."""
    sink = subprocess.Popen([sys.executable, str(Path(__file__).with_name("sinks.py"))], stdout=subprocess.PIPE)
    try:
        assert sink.stdout is not None
        with tempfile.TemporaryDirectory() as name:
            asyncio.run(measure(int(sink.stdout.readline()), Path(name)))
    finally:
        sink.kill()
        sink.wait()


if __name__ == "__main__":
    main()
