"""`-v` and `-vv` of the commands, as a person sees them."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import Literal

import pytest
from programs import COMMAND, devices, environment, interrupt, run, server

TIME = r"\d\d:\d\d:\d\d\.\d{3}  "
BAR = re.compile("━|pages/s|  page \\d+ of")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_a_server_tells_of_its_jobs_and_with_two_of_each_message(tmp_path: Path) -> None:
    with server("--http", "-vv", cwd=tmp_path) as (ready, process):
        done = run("scan", "--pages", "1", "--server", ready["url"], "--events", "none", "-v", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        asked = run("discover", ready["url"].split("/")[2], "--timeout", "0.5", "-vv", cwd=tmp_path)
        looked = run("inspect", ready["url"], "-vv", cwd=tmp_path)
        interrupt(process)
        assert process.stderr is not None
        told = process.stderr.read()
    token = re.search(r"JobToken ([0-9a-f-]{36})", done.stderr)
    assert token is not None
    whose = f"job {token[1][:8]}  "
    for line in (
        f"{TIME}{whose}post-scan job created: JobToken {token[1]}: Scan to folder of demo@contoso.example",
        f"{TIME}{whose}filter fileshare: CompletedSuccessfully",
        f"{TIME}{whose}1 document delivered by fileshare to .+",
        rf"{TIME}{whose}post-scan job {token[1]}: Completed \(PostScanJobCompletedSuccessfully\), 1 image",
        rf"{TIME}scan server  <- SendImage  from 127\.0\.0\.1 to http://\S+  [\d.]+ kB",
        rf"{TIME}scan server  -> SendImage  200, \d+ B, \d+ ms",
        rf"{TIME}scan server  <- Get  from 127\.0\.0\.1 to http://\S+  \d+ B",
    ):
        assert re.search(f"^{line}$", told, re.MULTILINE), f"{line}\n{told}"
    assert "Traceback" not in told and " INFO " not in told and "aiohttp" not in told
    # What a scan with -v tells: its steps, no message.
    steps = [line.split("  ", 1)[1] for line in done.stderr.splitlines() if re.match(TIME, line)]
    assert steps[0].startswith("post-scan job: Scan to folder at http://")
    assert [step for step in steps if re.match("page|image 1 is", step)] == [
        "page 1 scanned of scan job 1",
        "image 1 is sent",
    ]
    assert steps[-1].startswith("post-scan job ended: Completed, 1 image; ")
    assert not any(step.startswith(("->", "<-")) for step in steps)
    # discover and inspect tell theirs.
    assert re.search(rf"^{TIME}-> Probe  to 127\.0\.0\.1 by UDP  \d+ B$", asked.stderr, re.MULTILINE), asked.stderr
    assert re.search(rf"^{TIME}<- ProbeMatches  from 127\.0\.0\.1 by UDP  [\d.]+ k?B$", asked.stderr, re.MULTILINE)
    assert re.search(rf"^{TIME}-> GetRepositoryElements  http://\S+  \d+ B$", looked.stderr, re.MULTILINE)
    assert looked.returncode == 0 and not re.search(TIME, looked.stdout)


def test_lines_of_jobs_at_several_devices_say_whose_they_are(tmp_path: Path) -> None:
    with devices("--count", "2", "--no-multicast", "-vv", "--store", tmp_path / "s", cwd=tmp_path) as (
        both,
        process,
    ):
        tokens = {}
        for device in both:
            given = ("press", "start", "--device", device["name"], "--set", "ImagesToTransfer=1", "--json")
            done = run(*given, "--state", tmp_path / "state", cwd=tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
            found = re.search(r'"job_token": "([0-9a-f-]{36})"', done.stdout)
            assert found is not None
            tokens[device["name"]] = found[1]
        jam = run("press", "jam", "--device", both[1]["name"], "--state", tmp_path / "state", cwd=tmp_path)
        assert jam.returncode == 0, jam.stderr
        interrupt(process)
        process.wait(20)
        assert process.stderr is not None
        told = process.stderr.read()
    for token in tokens.values():
        mine = [line for line in told.splitlines() if f"  job {token[:8]}  " in line]
        for piece in ("-> SendImage (image 1)", "<- SendImage (image 1)  200", "image 1 acknowledged", "job ended"):
            assert any(piece in line for line in mine), f"{piece}\n{told}"
        others = set(tokens.values()) - {token}
        assert not any(other in line for other in others for line in mine)
    assert re.search(rf"^{TIME}{both[1]['name']}  condition: MediaJam at \w+ \(Critical\)$", told, re.MULTILINE)
    assert not re.search(rf"{TIME}{both[0]['name']}  condition: MediaJam", told)
    assert not any(device["token"] in told for device in both), "who has the token drives the devices"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
@pytest.mark.parametrize("options", [("-vv",), ("-vv", "--json")])
def test_no_line_stands_in_the_progress_bar(tmp_path: Path, options: tuple[str, ...]) -> None:
    """On a terminal; with --json the bar is on stderr and stdout is a file."""
    aside: Literal["stdout"] | None = "stdout" if "--json" in options else None
    shown = on_terminal(tmp_path, "scan", "--pages", "3", *options, aside=aside)
    lines = [ESCAPES.sub("", line) for line in re.split(r"[\r\n]+", shown)]
    bars = [line for line in lines if BAR.search(line)]
    told = [line for line in lines if re.match(TIME, line)]
    assert len(bars) > 3 and len(told) > 20
    assert not [line for line in bars if re.search(TIME.strip(), line)]
    for line in (r"-> SendImage \(image 3\)  https://\S+  [\d.]+ kB", r"image 3 acknowledged, [\d.]+ kB"):
        assert sum(bool(re.fullmatch(TIME + line, each)) for each in told) == 1, "whole, though it is long"
    if "--json" in options:
        assert (tmp_path / "stdout").read_text("utf-8").count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_what_goes_to_a_file_stays_away_from_the_bar(tmp_path: Path) -> None:
    shown = on_terminal(tmp_path, "scan", "--pages", "1", "-v", aside="stderr")
    assert "image 1 acknowledged" not in shown
    told = (tmp_path / "stderr").read_text("utf-8")
    assert "image 1 acknowledged" in told and not BAR.search(told) and "\x1b" not in told


def on_terminal(folder: Path, *words: str, aside: Literal["stdout", "stderr"] | None) -> str:
    """What a command that succeeds shows on a terminal; one of its outputs may go into the file of that name."""
    if sys.platform == "win32":
        return ""
    import pty
    import subprocess

    controller, terminal = pty.openpty()
    with (folder / (aside or "nothing")).open("wb") as file:
        process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=file if aside == "stdout" else terminal,
            stderr=file if aside == "stderr" else terminal,
            env={**environment(), "TERM": "xterm", "COLUMNS": "100"},
        )
    os.close(terminal)
    shown = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            more = os.read(controller, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(controller)
    assert process.wait(20) == 0
    return shown.decode()


def test_a_traceback_is_shown_with_two(tmp_path: Path) -> None:
    for option, shown in (("-v", False), ("-vv", True)):
        missing = run("scan", "missing.pdf", option, cwd=tmp_path)
        assert missing.returncode == 2 and ("Traceback" in missing.stderr) is shown
