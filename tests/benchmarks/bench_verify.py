"""`verify` against sha256 of the same files, and where much is missing and much surplus: CPU, in one run, A B A B.

Targets: verify / sha256 <= 1.5; with files missing and others surplus linear, so that ten times of both take ten
times as long. Run by hand: `python tests/benchmarks/bench_verify.py [--quick]`; prints, never fails.
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

from emulator.jobs.manifest import ImageRecord, Manifest
from emulator.jobs.store_files import StoreFiles
from emulator.jobs.verify import _Comparison, verify

QUICK = "--quick" in sys.argv
FILES, OCTETS, ROUNDS = (1_000, 100_000, 3) if QUICK else (5_000, 100_000, 5)
SIZES = (300, 3_000) if QUICK else (500, 5_000)


def record(number: int, data: bytes) -> ImageRecord:
    """What a manifest says of an image."""
    whole, head = hashlib.sha256(data).hexdigest(), hashlib.sha256(data[:4096]).hexdigest()
    return ImageRecord(
        number, "jfif", "image/jpeg", len(data), whole, head, 1, 10, 10, "300x300", "RGB24", 1, acknowledged=True
    )


def cpu() -> float:
    """Seconds."""
    return time.process_time()


def hashed(folder: Path) -> None:
    """The limit: every file read and hashed."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256").hexdigest()


def against_sha256() -> None:
    """Print the ratio for a store in which all is as it should be."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = []
        for number in range(1, FILES + 1):
            data = number.to_bytes(8, "big") * (OCTETS // 8)
            (folder / f"page-{number:05}.jpg").write_bytes(data)
            images.append(record(number, data))
        manifest = Manifest({"manifest": 1}, tuple(images), tuple(images), {"outcome": "Completed"})
        limit, ours = [], []
        for _ in range(ROUNDS):
            begin = cpu()
            hashed(folder)
            limit.append(cpu() - begin)
            begin = cpu()
            assert verify(manifest, folder).ok
            ours.append(cpu() - begin)
        ratio = statistics.median(ours) / statistics.median(limit)
        print(f"verify of {FILES} files of {OCTETS} octets / sha256: {ratio:.2f} (target 1.5)")


def missing_times_surplus() -> None:
    """Print how the time grows: jobs whose images are all missing, as many files that nobody knows."""
    times = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for number in range(size):
                (folder / f"other-{number}.jpg").write_bytes(f"other {number}".encode())
            jobs = []
            for number in range(size):
                image = (record(1, f"page {number} of a job".encode()),)
                jobs.append(Manifest({"manifest": 1}, image, image, {"outcome": "Completed"}))
            store = StoreFiles(folder)
            begin = cpu()
            _Comparison(jobs, (), store, None).judged()
            times.append(cpu() - begin)
    growth, grown = times[1] / times[0], SIZES[1] / SIZES[0]
    shown = ", ".join(f"{size} in {seconds:.3f} s" for size, seconds in zip(SIZES, times, strict=True))
    print(f"missing and surplus: {shown}: {growth:.1f} times, linear is {grown:.0f}")


if __name__ == "__main__":
    against_sha256()
    missing_times_surplus()
