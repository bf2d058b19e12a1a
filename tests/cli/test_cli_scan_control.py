"""A job of `scan` that is driven while it runs: `press` finds it as it finds a device, and only where that is asked
for."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from programs import interrupt, run, start

from emulator.environment.exit_codes import LabError
from emulator.network.registry import running
from emulator.panel.client import ControlClient, find_control, find_token

QUICK = ("--set", "Format=png", "--set", "Resolution=75x75", "--set", "ColorProcessing=Grayscale8")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of what is started."""
    monkeypatch.setenv("DSM_EMULATOR_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("DSM_EMULATOR_TOKEN", raising=False)
    return tmp_path / "state"


@contextmanager
def scanning(folder: Path, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """`scan` of many pages at real speed: it lasts for as long as a test needs it."""
    process = start("scan", "--pages", "200", "--speed", "real", *QUICK, *arguments, cwd=folder)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def found(process: subprocess.Popen[str], state: Path, count: int = 1) -> list[Any]:
    """What `press` finds, once there is so much."""
    limit = time.monotonic() + 40
    while len(there := running(state)) < count:
        assert process.poll() is None and time.monotonic() < limit, process.communicate()
        time.sleep(0.05)
    return there


def press(folder: Path, *words: str, code: int = 0) -> str:
    done = run("press", *words, cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def until(client: ControlClient, check: Any) -> dict[str, Any]:
    limit = time.monotonic() + 40
    while not check(status := client.status()):
        assert time.monotonic() < limit, status
        time.sleep(0.05)
    return status


def test_press_finds_a_job_of_scan_and_drives_it(tmp_path: Path, state: Path) -> None:
    with scanning(tmp_path, "--json", "--control-port", "0") as process:
        (listed,) = found(process, state)
        client = ControlClient(find_control(None, None, state), find_token(None, listed.control, state, {}))
        status = until(client, lambda status: any(job["state"] == "Processing" for job in status["active_jobs"]))
        assert status["name"] == listed.name == "Office MFP" and status["uuid"] == listed.uuid
        assert status["xaddrs"] == [] and status["scan_service"] is status["device_service"] is None
        assert "Office MFP: Stopped (MediaJam)" in press(tmp_path, "jam")
        assert "a job of scan takes no other job" in press(tmp_path, "start", code=2)
        with pytest.raises(LabError, match="not on the network"):
            client.do("start", {"to": "Den"})
        with pytest.raises(LabError, match="takes 100"):
            client.do("load", {"sheets": 1000})
        assert client.do("open", {"component": "adf"})["reasons"] == ["MediaJam", "CoverOpen"]
        client.do("close", {})
        assert "Office MFP: Processing" in press(tmp_path, "clear", "--device", "office mfp")
        wanted = {"job", "page", "image", "exchange", "state"}
        limit = time.monotonic() + 40
        events = client.events()
        while not wanted <= {event["kind"] for event in events["events"]}:
            assert time.monotonic() < limit, events
            time.sleep(0.05)
            events = client.events()
        conditions = [
            (e["data"]["name"], e["data"]["active"]) for e in events["events"] if e["kind"] == "condition"
        ]
        jammed = [("MediaJam", True), ("CoverOpen", True), ("CoverOpen", False), ("MediaJam", False)]
        assert [each for each in conditions if each[0] in ("MediaJam", "CoverOpen")] == jammed
        assert [event["number"] for event in events["events"]] == list(range(1, events["last"] + 1))
        later = client.events(events["last"])
        assert later["lost"] == 0 and all(event["number"] > events["last"] for event in later["events"])
        with pytest.raises(LabError, match="none of number 999999"):
            client.events(999999)
        shown = press(tmp_path, "watch", "--for", "0.1")
        assert "scanner: Stopped (MediaJam, CoverOpen)\n" in shown and "condition cleared: MediaJam" in shown
        watching = start("press", "watch", "--json", cwd=tmp_path)
        assert watching.stdout is not None
        first = json.loads(watching.stdout.readline())
        press(tmp_path, "cancel")
        stdout, stderr = process.communicate(timeout=40)
        entries = [first, *map(json.loads, watching.stdout)]
        _, told = watching.communicate(timeout=40)
        assert watching.returncode == 0 and told == "", "who watches ends with what is watched"
        numbers = [entry["number"] for entry in entries]
        assert numbers == list(range(1, len(entries) + 1)) and entries[-1]["kind"] in {
            "state",
            "job",
            "exchange",
            "event",
        }
        assert process.returncode == 1
    result = json.loads(stdout)  # one object, and nothing beside it
    assert result["exit_code"] == 1 and "cancelled at the panel" in result["error"]
    lines = [line for line in stderr.splitlines() if line.startswith("Control ")]
    assert lines == [f"Control       {listed.control}"]
    assert running(state) == [] and list((state / "running").glob("*.json")) == []


def test_without_the_option_nothing_listens_and_nothing_is_listed(tmp_path: Path, state: Path) -> None:
    process = start("scan", "--pages", "1", *QUICK, "--store", "s", cwd=tmp_path)
    seen = []
    while process.poll() is None:
        seen += running(state)
        time.sleep(0.02)
    stdout, stderr = process.communicate()
    assert process.returncode == 0 and seen == [] and "Control" not in stdout + stderr
    assert not (state / "running").exists()


def test_two_jobs_at_once_are_told_apart(tmp_path: Path, state: Path) -> None:
    with (
        scanning(tmp_path, "--control-port", "0", "--manifest", "a") as one,
        scanning(tmp_path, "--control-port", "0", "--manifest", "b") as other,
    ):
        first, second = found(other, state, 2)
        assert one.poll() is None and first.uuid != second.uuid
        told = press(tmp_path, "status", code=2)
        assert first.control in told and second.control in told and "--device" in told
        press(tmp_path, "jam", "--device", second.uuid)
        states = {
            each.uuid: ControlClient(each.control, find_token(None, each.control, state, {})).status()["state"]
            for each in (first, second)
        }
        assert states[first.uuid] != "Stopped" and states[second.uuid] == "Stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C goes to a whole console there")
def test_ctrl_c_ends_a_job_that_is_jammed(tmp_path: Path, state: Path) -> None:
    with scanning(tmp_path, "--json", "--control-port", "0") as process:
        found(process, state)
        press(tmp_path, "jam")
        interrupt(process)
        stdout, _ = process.communicate(timeout=40)
    assert process.returncode == 130 and json.loads(stdout)["exit_code"] == 130
    assert running(state) == []


def test_the_token_is_asked_for_and_may_be_given(tmp_path: Path, state: Path) -> None:
    (tmp_path / "token").write_text("a-token-of-the-laboratory\n", "utf-8")
    arguments = ("--control-port", "0", "--control-token", "token", "--control-bind", "localhost", "--quiet")
    with scanning(tmp_path, *arguments) as process:
        (listed,) = found(process, state)
        parts = urlsplit(listed.control)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        connection.request("GET", parts.path)
        response = connection.getresponse()
        assert response.status == 401 and b"a-token" not in response.read()
        connection.close()
        assert ControlClient(listed.control, "a-token-of-the-laboratory").status()["name"] == "Office MFP"
        with pytest.raises(LabError, match="HTTP 401"):
            ControlClient(listed.control, "another-token-of-the-lab").status()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--control-token", "token"), "--control-port"),
        (("--control-bind", "0.0.0.0"), "--control-port"),
        (("--control-port", "70000"), "65535"),
        (("--control-port", "0", "--control-token", "nowhere"), "nowhere"),
        (("--control-port", "0", "--control-token", "short"), "is no token"),
        (("--control-port", "0", "--control-bind", "192.0.2.1"), "--control-bind is an address of this machine"),
    ],
)
def test_wrong_options_are_told_and_nothing_is_sent(
    tmp_path: Path, state: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "short").write_text("short\n", "utf-8")
    done = run("scan", "--pages", "1", "--store", "s", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr, done.stderr
    assert not (tmp_path / "s").exists() and running(state) == [], "no image, no manifest"


def test_a_port_that_is_taken_is_told(tmp_path: Path, state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("scan", "--pages", "1", "--store", "s", "--json", "--control-port", port, cwd=tmp_path)
    assert done.returncode == 2 and "--control-port 0 takes a free port" in json.loads(done.stdout)["hint"]
