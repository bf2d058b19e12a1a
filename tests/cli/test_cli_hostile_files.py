"""A signal ends `scan` and `run` in the midst of a file that a decoder would work on for minutes, and the other
devices of a `run` go on meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import programs
import pytest
from hostile_files import form_that_calls_itself_twice, write

pytestmark = pytest.mark.needs(Path("/proc/self/status").exists(), "looks for children in /proc")

BUSY = ("form-calls-itself.pdf", "levels-of-forms.pdf", "groups.pdf", "operators.pdf", "scans.jpg", "pages.tif")
"""Those that a decoder does not end with by itself. `states.pdf` takes all memory in less than two seconds."""
START = 30
"""Hundredths of a second of CPU that a child needs until it opens a file."""
LONGEST = 2.0
"""Seconds from a signal to the end of the command."""
MEMORY = "8G"
"""So that it is the signal that ends them."""


def children_at_work(parent: int, count: int = 1) -> set[int]:
    """So many children of a process, when each has worked for a while."""
    until = time.monotonic() + 60
    found: set[int] = set()
    while len(found) < count:
        assert time.monotonic() < until, "no children at work"
        for task in Path(f"/proc/{parent}/task").iterdir():
            for child in (task / "children").read_text().split():
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                if int(fields[11]) > START + 15:  # hundredths of a second of CPU
                    found.add(int(child))
        time.sleep(0.02)
    return found


def runs(process: int) -> bool:
    """Whether it has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def end(process: subprocess.Popen[str], children: set[int]) -> tuple[int, str]:
    """Exit code and what was said, after SIGTERM; it must not take long, and leave nothing behind."""
    begun = time.monotonic()
    process.terminate()
    try:
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    took = time.monotonic() - begun
    others = os.getloadavg()[0] / (os.cpu_count() or 1)  # of a machine that has more to do than it can
    assert took < LONGEST * max(1, others)
    assert not [child for child in children if runs(child)]
    return process.returncode, said


@pytest.mark.parametrize("name", BUSY)
def test_a_signal_ends_scan_in_the_midst_of_a_file(name: str, tmp_path: Path) -> None:
    path = write(name, tmp_path)
    process = programs.start("scan", path, "--page-memory", MEMORY, cwd=tmp_path, checked=False)
    code, said = end(process, children_at_work(process.pid))
    assert (code, said.strip()) == (130, "error: interrupted")
    assert [each.name for each in tmp_path.iterdir()] == [name]


def call(device: dict[str, Any], url: str, request: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """POST of a request, or GET."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {device['token']}"}
    data = None if request is None else json.dumps(request).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def press(device: dict[str, Any], action: str, **request: Any) -> tuple[int, dict[str, Any]]:
    """What a device answers to an action at its panel."""
    return call(device, f"{device['control']}/{action}", request)


class Loading(threading.Thread):
    """A file that is being put into a device, and what is answered."""

    def __init__(self, device: dict[str, Any], file: Path) -> None:
        super().__init__(daemon=True)
        self._what = device, str(file)
        self.answer: tuple[int, dict[str, Any]] | None = None
        self.start()

    def run(self) -> None:
        device, file = self._what
        self.answer = press(device, "load", files=[file])


def goes_on(device: dict[str, Any]) -> None:
    """A device scans, and is not held up."""
    assert press(device, "load", sheets=1, replace=True)[1]["sheets"] == 1
    job = press(device, "start", settings=["Format=png", "Resolution=75x75"])[1]
    until = time.monotonic() + 60
    while not (status := call(device, job["url"])[1])["done"] and time.monotonic() < until:
        time.sleep(0.05)
    assert status["result"]["outcome"] == "Completed", status


def test_a_signal_ends_run_in_the_midst_of_such_files(tmp_path: Path) -> None:
    """Each lies at a device of its own, and one more device scans meanwhile."""
    options = ("--count", str(len(BUSY) + 1), "--no-multicast", "--page-memory", MEMORY)
    with programs.devices(*options, cwd=tmp_path, checked=False) as (devices, process):
        files = [write(name, tmp_path) for name in BUSY]
        loads = [Loading(device, file) for device, file in zip(devices, files, strict=False)]
        goes_on(devices[-1])
        children = children_at_work(process.pid, len(BUSY))
        assert [load.answer for load in loads] == [None] * len(BUSY)
        assert end(process, children)[0] == 0
        for load in loads:
            load.join(10)
            assert load.answer == (409, {"error": "the scanner is switched off"})


def test_a_file_that_is_too_much_is_refused_and_the_device_goes_on(tmp_path: Path) -> None:
    """By the bounds of `run`, and by those of the one request."""
    path = write("form-calls-itself.pdf", tmp_path)
    with programs.devices("--no-multicast", "--page-seconds", "1", cwd=tmp_path) as (devices, _):
        (device,) = devices
        told = f"{path}: page 1: takes more than 1 s to render; --page-seconds allows more"
        assert press(device, "load", files=[str(path)]) == (400, {"error": told})
        bounds = ("--page-seconds", "60", "--page-memory", "256M")
        done = programs.run("press", "load", path, *programs.at(device, tmp_path), *bounds, cwd=tmp_path)
        assert done.returncode != 0
        assert f"{path}: page 1: " in done.stderr and "256M" in done.stderr
        assert "; --page-memory allows more" in done.stderr or ", --page-memory allows more" in done.stderr
        assert press(device, "load", files=["x"], page_memory=True)[0] == 400
        assert press(device, "load", files=["x"], page_seconds=0)[0] == 400
        goes_on(device)


def test_a_signal_ends_run_while_a_later_page_is_scanned(tmp_path: Path) -> None:
    """The first page is sound, so that it is loaded; the job is in the midst of the second."""
    path = tmp_path / "second.pdf"
    sound = b"9 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>endobj\ntrailer"
    data = form_that_calls_itself_twice().replace(b"/Kids[3 0 R]/Count 1", b"/Kids[9 0 R 3 0 R]/Count 2")
    path.write_bytes(data.replace(b"trailer", sound))
    options = ("--no-multicast", "--page-memory", MEMORY)
    with programs.devices(*options, cwd=tmp_path, checked=False) as (devices, process):
        assert press(devices[0], "load", files=[str(path)], replace=True)[1]["sheets"] == 2
        press(devices[0], "start", settings=["Resolution=75x75"])
        assert end(process, children_at_work(process.pid))[0] == 0


@pytest.mark.parametrize("command", ["scan", "render"])
def test_the_bounds_are_those_of_the_command_line(command: str, tmp_path: Path) -> None:
    path = write("groups.pdf", tmp_path)
    done = programs.run(command, path, "--page-seconds", "0.7", cwd=tmp_path)
    assert done.returncode == 2
    assert f"error: {path}: page 1: takes more than 0.7 s to render; --page-seconds allows more" in done.stderr


@pytest.mark.parametrize("size", ["much", "1M"])
def test_a_size_that_is_none_is_bad_usage(size: str, tmp_path: Path) -> None:
    done = programs.run("scan", f"--page-memory={size}", cwd=tmp_path)
    assert done.returncode == 2
    assert "--page-memory" in done.stderr
