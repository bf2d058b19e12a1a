"""SendImage throughput: ours over blocking `sendall` of the same bytes into the same discarding sink.

Targets (ratio of throughputs, 1, 10 and 100 MB): >= 0.85 over plain TCP, >= 0.90 over TLS.
The page lies in a file, as it does in a job; the limit sends it from memory. Real pages (real_pages.py) are told by
CPU too, limit / ours, without a target. Run: python bench_send.py [--quick]
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from real_pages import real_pages

from emulator.soap import mtom
from emulator.transport.body import FileSegment, SegmentedBody
from emulator.transport.client import StreamClient
from emulator.transport.http import HttpRequest, TimeLimits
from emulator.trust.authority import LabAuthority, write_key
from emulator.trust.contexts import client_context

SIZES = {1: 30, 10: 8, 100: 2} if "--quick" in sys.argv else {1: 150, 10: 40, 100: 8}
"""Megabytes -> rounds."""
PAGE_ROUNDS = 10 if "--quick" in sys.argv else 60
ENVELOPE = b"<soap:Envelope>" + b" " * 1500 + b"</soap:Envelope>"


def limit_connection(port: int, context: ssl.SSLContext | None) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection if context is None else context.wrap_socket(connection, server_hostname="127.0.0.1")


async def measure(port: int, context: ssl.SSLContext | None, folder: Path, target: float) -> bool:
    good = True
    scheme = "http" if context is None else "https"
    for megabytes, rounds in SIZES.items():
        image = os.urandom(megabytes * 1_000_000)
        page = folder / f"{megabytes}.bin"
        page.write_bytes(image)
        package = mtom.package(
            ENVELOPE,
            FileSegment(page, len(image)),
            content_id=mtom.new_content_id("image"),
            media_type="image/jpeg",
        )
        body = SegmentedBody(package.segments)
        head = (
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {package.content_type}\r\n"
            f"Content-Length: {body.length}\r\n\r\n"
        )
        octets = (image if isinstance(each, FileSegment) else each for each in package.segments)
        raw = head.encode() + b"".join(octets)
        connection = limit_connection(port, context)
        client = StreamClient(context)
        request = HttpRequest(f"{scheme}://127.0.0.1:{port}/", (("Content-Type", package.content_type),), body)

        async def limit(connection: socket.socket = connection, raw: bytes = raw) -> None:
            connection.sendall(raw)
            assert connection.recv(65536).endswith(b"ok")

        async def ours(client: StreamClient = client, request: HttpRequest = request) -> None:
            assert (await client.exchange(request, TimeLimits())).body == b"ok"

        times: dict[str, list[float]] = {"limit": [], "ours": []}
        runs: dict[str, Callable[[], Coroutine[None, None, None]]] = {"limit": limit, "ours": ours}
        for _ in range(rounds):
            for name, run in runs.items():
                begun = time.perf_counter()
                await run()
                times[name].append(time.perf_counter() - begun)
        base, own = statistics.median(times["limit"]), statistics.median(times["ours"])
        ratio = base / own
        good = good and ratio >= target
        print(
            f"{scheme:5} {megabytes:4} MB  limit {megabytes / base:6.0f} MB/s  ours {megabytes / own:6.0f} MB/s  "
            f"ratio {ratio:.2f}  target {target:.2f}  {'ok' if ratio >= target else 'MISSED'}"
        )
        connection.close()
        await client.aclose()
    return good


async def measure_pages(port: int, context: ssl.SSLContext | None, folder: Path) -> None:
    """Real pages, one after the other over one connection."""
    scheme = "http" if context is None else "https"
    connection, client = limit_connection(port, context), StreamClient(context)
    used: dict[str, list[tuple[float, float]]] = {"limit": [], "ours": []}
    packages = []
    for page in real_pages(folder):
        image = page.read_bytes()
        package = mtom.package(
            ENVELOPE, FileSegment(page, len(image)), content_id=mtom.new_content_id("i"), media_type="image/jpeg"
        )
        body = SegmentedBody(package.segments)
        request = HttpRequest(f"{scheme}://127.0.0.1:{port}/", (("Content-Type", package.content_type),), body)
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {body.length}\r\n\r\n".encode()
        whole = b"".join(image if isinstance(each, FileSegment) else each for each in package.segments)
        packages.append((head + whole, request))
    for _ in range(PAGE_ROUNDS):
        for name, times in used.items():
            wall, cpu = time.perf_counter(), time.process_time()
            for raw, request in packages:
                if name == "limit":
                    connection.sendall(raw)
                    assert connection.recv(65536).endswith(b"ok")
                else:
                    assert (await client.exchange(request, TimeLimits())).body == b"ok"
            times.append((time.perf_counter() - wall, time.process_time() - cpu))
    (wall, cpu), (own_wall, own_cpu) = (
        tuple(statistics.median(each[kind] for each in times) for kind in (0, 1)) for times in used.values()
    )
    octets = sum(len(raw) for raw, _ in packages)
    print(
        f"{scheme:5} pages, {len(packages)} of {octets / 1e6:.1f} MB  wall ratio {wall / own_wall:.2f}  "
        f"CPU ratio {cpu / own_cpu:.2f}"
    )
    connection.close()
    await client.aclose()


def with_sink(folder: Path, context: ssl.SSLContext | None, target: float) -> bool:
    command = [sys.executable, str(Path(__file__).with_name("sinks.py"))]
    if context is not None:
        command += [str(folder / "cert.pem"), str(folder / "key.pem")]
    sink = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        good = asyncio.run(measure(port, context, folder, target))
        asyncio.run(measure_pages(port, context, folder))
        return good
    finally:
        sink.kill()
        sink.wait()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = LabAuthority.create()
        certificate = authority.issue_server(["127.0.0.1"])
        (folder / "cert.pem").write_bytes(certificate.cert_pem)
        write_key(folder / "key.pem", certificate.key_pem)
        plain = with_sink(folder, None, 0.85)
        tls = with_sink(folder, client_context(ca_file=None, ca_pem=authority.certificate_pem), 0.90)
    return 0 if plain and tls else 1


if __name__ == "__main__":
    raise SystemExit(main())
