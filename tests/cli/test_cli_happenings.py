"""`run` and `server` say what happens, a line each, to a person who reads; nobody waits for one who does not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from programs import COMMAND, environment, interrupt, run, start

from emulator.cli.waiting import SERVER, Waiting
from emulator.trace.journal import Journal
from emulator.trace.kinds import ConditionTold, ImageTold, JobTold, RetryTold, StepTold, Told
from emulator.trace.points import Happened

TIME = r"\d\d:\d\d:\d\d\.\d{3}  "
QUICK = ("--set", "Format=png", "--set", "Resolution=75x75", "--set", "ColorProcessing=Grayscale8")


def first_lines(process: subprocess.Popen[str], last: str) -> list[str]:
    """What is said until everything listens."""
    assert process.stdout is not None
    lines = []
    while not lines or not lines[-1].startswith(last):
        lines.append(process.stdout.readline())
        assert lines[-1], process.communicate()
    return lines


def stopped(process: subprocess.Popen[str]) -> tuple[list[str], str]:
    interrupt(process)
    stdout, stderr = process.communicate(timeout=30)
    return stdout.splitlines(), stderr


@pytest.mark.skipif(sys.platform == "win32", reason="where nobody can ask whether a pipe is full, nothing is told")
def test_a_server_says_which_jobs_it_has_and_where_it_delivers(tmp_path: Path) -> None:
    process = start("server", "--http", "--port", "0", "--store", "s", cwd=tmp_path, checked=False)
    try:
        tried = first_lines(process, "Try ")[-1].split("dsm-emulator ")[1].split()
        done = run(*tried, "--pages", "2", *QUICK, "--json", cwd=tmp_path)  # the command that it prints
        assert done.returncode == 0, done.stderr
        lines, stderr = stopped(process)
    finally:
        if process.poll() is None:
            process.kill()
    token = json.loads(done.stdout)["job_token"]
    wanted = [
        f"post-scan job created: JobToken {token}: Scan to folder of demo@contoso.example",
        r"2 documents delivered by fileshare to \S+",
        rf"post-scan job {token}: Completed \(PostScanJobCompletedSuccessfully\), 2 images",
    ]
    assert len(lines) == len(wanted) and stderr == "Stopped\n", lines
    for line, pattern in zip(lines, wanted, strict=True):
        assert re.fullmatch(rf"{TIME}(\S+ \S+  )?{pattern}", line), line


@pytest.mark.skipif(sys.platform == "win32", reason="where nobody can ask whether a pipe is full, nothing is told")
@pytest.mark.parametrize("quiet", [False, True])
def test_a_device_says_what_is_loaded_and_what_becomes_of_jobs(tmp_path: Path, quiet: bool) -> None:
    options = ["--state", "state", "--store", "s", "--port", "0", *["-q"] * quiet]
    process = start("run", *options, cwd=tmp_path, checked=False)
    try:
        if not quiet:
            first_lines(process, "Try ")
        where = ("--state", "state")
        while run("press", "status", *where, cwd=tmp_path).returncode:
            assert process.poll() is None
        for words in (
            ["start", *QUICK, "--set", "ImagesToTransfer=1"],
            ["load", "--sheets", "1"],
            ["jam"],
            ["clear"],
        ):
            done = run("press", *words, *where, cwd=tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
        lines, _ = stopped(process)
    finally:
        if process.poll() is None:
            process.kill()
    if quiet:
        assert lines == []
        return
    said = [re.sub(TIME + r"((job \S+|Office MFP)  )?", "", line) for line in lines]
    for pattern in (
        r"feeder loaded, 100 sheets in it", r"post-scan job: Scan to folder at \S+", r"scan job 1: Completed.*",
        r"1 document delivered by fileshare to \S+", r"post-scan job ended: Completed, 1 image; .*",
        r"condition: MediaJam at \w+ \(Critical\)", r"condition cleared: MediaJam.*",
    ):  # fmt: skip
        assert sum(bool(re.fullmatch(pattern, line)) for line in said) == 1, f"{pattern}\n{said}"
    assert len(said) < 12, said


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_pipe_that_nobody_reads_holds_up_nobody(tmp_path: Path) -> None:
    """The server's output is a pipe that is full: jobs go on."""
    import os

    reader, writer = os.pipe()
    process = subprocess.Popen(
        [*COMMAND, "server", "--http", "--port", "0", "--store", "s"], cwd=tmp_path, stdout=writer,
        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=environment(checked=False),
    )  # fmt: skip
    try:
        said = b""
        while b"Try " not in said:
            said += os.read(reader, 65536)
        url = re.search(rb"--server (\S+)", said)
        assert url is not None
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        done = run("scan", "--pages", "2", *QUICK, "--server", url[1].decode(), "-q", cwd=tmp_path, timeout=60)
        assert done.returncode == 0, done.stderr
    finally:
        process.terminate()
        os.close(reader)
        os.close(writer)
        assert process.wait(60) == 0


def test_what_a_job_waits_for() -> None:
    said: list[str] = []
    waiting = Waiting(said.append)
    journal = Journal()
    journal.listen(waiting.heard)
    things: list[tuple[Told, str]] = [
        (StepTold("wait", seconds=0.5, reason="connection refused"), "retry 1 in 0.5 s after connection refused"),
        (RetryTold("retry", "Probe", reason="connection refused"), "retry 1 of Probe after connection refused"),
        (StepTold("wait", seconds=1.0, reason="connection refused"), "retry 2 in 1 s after connection refused"),
        (RetryTold("retry", "Probe", reason="HTTP 503\nx"), "retry 2 of Probe after HTTP 503\\nx"),
        (StepTold("found", where="http://x/"), ""),
        (ConditionTold(True, "MediaJam", "ADF", "Critical", 1), "waiting for the scanner: MediaJam"),
        (ConditionTold(True, "CoverOpen", "ADF", "Critical", 2), "waiting for the scanner: MediaJam, CoverOpen"),
        (ConditionTold(False, "MediaJam", "ADF", id=1), "waiting for the scanner: CoverOpen"),
        (ConditionTold(False, "CoverOpen", "ADF", id=2), ""),
        (RetryTold("repeat", "SendImage", 2, 3, "connection lost"), "retry 1 of SendImage after connection lost"),
        (ImageTold("acknowledged", 3, 2, 100), ""),
        (StepTold("end"), SERVER),
        (JobTold("ended", outcome="Completed"), ""),
    ]
    for told, words in things:
        journal.add(Happened(told, None))
        assert said[-1] == words, told
