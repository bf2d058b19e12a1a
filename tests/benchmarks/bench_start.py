"""How fast the command is there: `--help` over a bare interpreter, and `scan` to its first octet on the wire.

Targets: <= 7 x `python -c pass`; <= 1.5 s. Run: python bench_start.py [--quick]
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(TREE)}
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


def main() -> int:
    times: dict[str, list[float]] = {"bare": [], "help": []}
    for _ in range(ROUNDS):
        times["bare"].append(seconds("-c", "pass"))
        times["help"].append(seconds("-m", "emulator", "--help"))
    bare, own = statistics.median(times["bare"]), statistics.median(times["help"])
    with tempfile.TemporaryDirectory() as folder:
        first = statistics.median(first_octet(folder) for _ in range(SCANS))
    print(
        f"start  python {bare * 1000:.0f} ms  --help {own * 1000:.0f} ms  ratio {own / bare:.2f}  target 7.00  "
        f"{'ok' if own <= 7 * bare else 'MISSED'}"
    )
    print(f"scan to its first octet {first:.2f} s  target 1.50 s  {'ok' if first <= 1.5 else 'MISSED'}")
    return 0 if own <= 7 * bare and first <= 1.5 else 1


if __name__ == "__main__":
    raise SystemExit(main())
