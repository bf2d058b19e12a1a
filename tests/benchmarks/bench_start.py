"""How fast the command is there: `--help` over a bare interpreter, `scan` to its first octet on the wire, and the
CPU of a whole `scan --server URL --events none` of one page over a bare interpreter's: of a letter, and of a JPEG
as it is, which leaves the drawing of the letter out. Modules are compiled first, as an installation has them.

Targets: <= 7 x `python -c pass`; <= 1.5 s; <= 40 x. Run: python bench_start.py [--quick]
"""

from __future__ import annotations

import compileall
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(TREE)}
PHOTO = TREE / "sample_images" / "photo.jpg"
MOST_CPU = 40.0
ROUNDS, SCANS = (5, 3) if "--quick" in sys.argv else (15, 5)


def seconds(*arguments: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def first_octet(folder: str) -> float:
    """Seconds from the start of `scan` to its first octet at a server that then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/ScanServer/x"
    command = [sys.executable, "-m", "emulator", "scan", "--service", url, "-q", "--manifest", "none"]
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=ENVIRONMENT, cwd=folder, stderr=subprocess.DEVNULL)
    listener.settimeout(30)
    connection, _ = listener.accept()
    connection.recv(1)
    took = time.perf_counter() - begun
    connection.close()
    listener.close()
    process.kill()  # it would try again
    process.wait()
    return took


def cpu(folder: str, *arguments: str) -> float:
    """Seconds of CPU of an interpreter."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments], env=ENVIRONMENT, cwd=folder, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def whole_scans(folder: str) -> dict[str, float]:
    """CPU of `scan` of one page, by what the page is, over that of a bare interpreter."""
    command = [sys.executable, "-m", "emulator", "server", "--http", "--port", "0", "--store", "store", "--json"]
    server = subprocess.Popen(
        command, env=ENVIRONMENT, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        scan = ("-m", "emulator", "scan", "--server", url, "--events", "none", "--manifest", "none", "-q")
        ways = {"bare": ("-c", "pass"), "letter": scan, "as it is": (*scan, "--as-is", str(PHOTO))}
        used: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, arguments in ways.items():
                used[name].append(cpu(folder, *arguments))
        bare, *others = (statistics.median(each) for each in used.values())
        return {name: each / bare for name, each in zip(list(ways)[1:], others, strict=True)}
    finally:
        server.kill()
        server.wait()


def main() -> int:
    compileall.compile_dir(TREE / "emulator", quiet=1)
    times: dict[str, list[float]] = {"bare": [], "help": []}
    for _ in range(ROUNDS):
        times["bare"].append(seconds("-c", "pass"))
        times["help"].append(seconds("-m", "emulator", "--help"))
    bare, own = statistics.median(times["bare"]), statistics.median(times["help"])
    with tempfile.TemporaryDirectory() as folder:
        first = statistics.median(first_octet(folder) for _ in range(SCANS))
        scans = whole_scans(folder)
    print(
        f"start  python {bare * 1000:.0f} ms  --help {own * 1000:.0f} ms  ratio {own / bare:.2f}  target 7.00  "
        f"{'ok' if own <= 7 * bare else 'MISSED'}"
    )
    print(f"scan to its first octet {first:.2f} s  target 1.50 s  {'ok' if first <= 1.5 else 'MISSED'}")
    for page, times_bare in scans.items():
        said = "ok" if times_bare <= MOST_CPU else "MISSED"
        print(f"scan of one page, {page}: CPU {times_bare:.1f} x python -c pass  target {MOST_CPU:.0f}  {said}")
    return 0 if own <= 7 * bare and first <= 1.5 and max(scans.values()) <= MOST_CPU else 1


if __name__ == "__main__":
    raise SystemExit(main())
