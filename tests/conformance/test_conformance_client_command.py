"""A client as a command: real clients of other makes, commands that go wrong, and nobody at all."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from optional_programs import needs_program, skip_or_fail
from programs import COMMAND, environment
from scripted_client import ScriptedClient, scans
from variants import exhaustive

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.clients.client_judging import judging_of_client
from emulator.conformance.clients.hearing import Hearing
from emulator.conformance.clients.situations import Situation
from emulator.conformance.judging import Judgement, judge
from emulator.conformance.selection import Selection
from emulator.conformance.waivers import read_waivers
from emulator.environment.exit_codes import LabError
from emulator.options.run import NetworkOptions
from emulator.reports.result import Result
from emulator.wrapping import client_stage
from emulator.wrapping.client_stage import DeviceStage

posix = pytest.mark.skipif(os.name != "posix", reason="shells and signals of POSIX")
OUT_OF_ORDER = {"bdsrr/6.2/content-by-the-schema", "bdsrr/6.2/order-of-elements"}
"""[clients/sane-airscan/ticket-out-of-order]"""
NOT_WELL = ("failed", "warned", "inconclusive", "error")
SCANIMAGE = r"""
printf 'airscan\n' > dll.conf
printf '[options]\ndiscovery = disable\nws-discovery = off\n[devices]\n"Ours" = %s, WSD\n' \
  "$DSM_SCAN_SERVICE_URL" > airscan.conf
export SANE_CONFIG_DIR="$PWD"
exec scanimage -d airscan:w0:Ours --resolution 75 --format=png "$@"
"""


async def judged(
    folder: Path, *command: str, seconds: float = 60.0, select: str = "*", **more: Any
) -> tuple[Judgement, dict[str, Result]]:
    """What comes of a command at ordinary times, and each result by its id."""
    network = NetworkOptions(multicast=False, state=folder / "state")
    checks = Selection([select]).of(all_checks(Subject.CLIENT))
    stages: list[DeviceStage] = []

    def stage(hearing: Hearing) -> DeviceStage:
        stages.append(DeviceStage(hearing, network, command=command, seconds=seconds))
        return stages[0]

    judging = judging_of_client("a command", checks, stage, situations=[Situation.ORDINARY], **more)
    judgement = await judge(judging)
    return judgement, {each.id: each for each in judgement.report.results}


def with_verdict(found: dict[str, Result], *verdicts: str) -> set[str]:
    return {id for id, each in found.items() if each.verdict in verdicts}


def test_scanimage_departs_by_the_order_of_its_ticket_alone(tmp_path: Path) -> None:
    needs_program("scanimage")
    places = ("lib/*/sane", "lib64/sane", "lib/sane", "local/lib/sane")
    if not any(list(Path("/usr").glob(f"{place}/libsane-airscan.so*")) for place in places):
        skip_or_fail("the SANE backend airscan is not installed")
    batch = ["sh", "-c", SCANIMAGE, "sh", "--source", "ADF", "--batch=page%d.png"]
    done = subprocess.run(
        [*COMMAND, "check", "client", "--json", "--no-multicast", "--", *batch],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    told = {each["id"]: each for each in json.loads(done.stdout)["results"]}
    by_verdict = {id: each["verdict"] for id, each in told.items()}
    assert {id for id, each in by_verdict.items() if each in NOT_WELL} == OUT_OF_ORDER
    assert list(by_verdict.values()).count("passed") > 50
    assert "ordinary: 8 requests, 3 images" in told["ordinary-job/first"]["evidence"]["says"]


async def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="there is no such command") as raised:
        await judged(tmp_path, "no-such-command")
    assert raised.value.code == 2


async def test_a_command_that_asks_nothing(tmp_path: Path) -> None:
    judgement, found = await judged(tmp_path, sys.executable, "-c", "raise SystemExit(3)")
    assert judgement.exit_code == 3 and list(found) == ["ordinary-job/first"]
    assert "no client came: exit code 3" in found["ordinary-job/first"].evidence["says"]


def state_of(process: str) -> str:
    """The letter for the state of a process; '' where there is none."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", process], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1]


@posix
@pytest.mark.parametrize("ignores", [False, pytest.param(True, marks=exhaustive)])
async def test_a_command_that_hangs_is_ended_with_all_that_it_has_left(ignores: bool, tmp_path: Path) -> None:
    needs_program("sh")
    trap = "trap '' TERM; " if ignores else ""
    script = f"{trap}sleep 977 & echo $! > {tmp_path}/left; while true; do sleep 0.2; done"
    begun = time.monotonic()
    judgement, found = await judged(tmp_path, "sh", "-c", script, seconds=2)
    assert judgement.exit_code == 3 and "which it had" in found["ordinary-job/first"].evidence["says"]
    assert time.monotonic() - begun < 60
    assert state_of((tmp_path / "left").read_text().strip()) in ("", "Z"), "it is gone, or waits for being buried"


async def test_nobody_comes(tmp_path: Path) -> None:
    judgement, found = await judged(tmp_path, seconds=0.2)
    assert judgement.exit_code == 3
    assert found["ordinary-job/first"].evidence["says"] == "no client came"


async def test_whoever_scans_by_hand_goes_from_one_situation_to_the_next_until_a_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_stage, "QUIET", 1.0)
    begun: list[Situation] = []
    tasks: list[asyncio.Task[None]] = []

    def begins(situation: Situation, variables: Mapping[str, str]) -> None:
        begun.append(situation)
        if situation is Situation.SLOW:
            asyncio.get_running_loop().call_later(0.2, signal.raise_signal, signal.SIGINT)
        else:
            tasks.append(asyncio.ensure_future(scans(ScriptedClient(variables["DSM_DEVICE_URL"]))))

    network = NetworkOptions(multicast=False, state=tmp_path / "state")
    judging = judging_of_client(
        "by hand",
        list(all_checks(Subject.CLIENT).values()),
        lambda hearing: DeviceStage(hearing, network, seconds=60.0, begins=begins),
        situations=[Situation.ORDINARY, Situation.FAULT_ON_200, Situation.SLOW, Situation.JAM],
    )
    judgement = await judge(judging)
    assert begun == [Situation.ORDINARY, Situation.FAULT_ON_200, Situation.SLOW]
    assert judgement.exit_code == 0 and len(tasks) == 2
    says = judgement.report.results[0].evidence["says"]
    assert "ordinary: 6 requests, 3 images; fault-on-200: 2 requests, 0 images; slow: 0 requests" in says
    assert says.endswith("(ended by you)")


GARBAGE = """
import os, socket, urllib.parse
parts = urllib.parse.urlsplit(os.environ["DSM_DEVICE_URL"])
head = f"POST {parts.path} HTTP/1.1\\r\\nHost: {parts.netloc}\\r\\nContent-Type: application/soap+xml\\r\\n"
for octets in (b"\\0" * 100, b"<a/>", b"<soap", b"\\xff\\xfe<", b"x" * 2_000_000):
    with socket.create_connection((parts.hostname, parts.port)) as asked:
        try:
            asked.sendall(f"{head}Content-Length: {len(octets)}\\r\\n\\r\\n".encode() + octets)
            asked.recv(1000)
        except OSError:
            pass
with socket.create_connection((parts.hostname, parts.port)) as asked:
    asked.sendall(b"\\x16\\x03\\x01 no HTTP at all")
with socket.create_connection((parts.hostname, parts.port)) as asked:
    asked.sendall(head.encode() + b"Content-Length: 1000\\r\\n\\r\\n<soap")
"""


async def test_garbage_is_a_verdict(tmp_path: Path) -> None:
    report = tmp_path / "report"
    judgement, found = await judged(tmp_path, sys.executable, "-c", GARBAGE, report=report)
    assert judgement.exit_code == 1
    assert with_verdict(found, "failed", "error") == {"soap/envelope/namespace"}
    names = {"results.jsonl", "junit.xml", "exchanges.har", "report.html"}
    assert {each.name for each in report.iterdir()} == names


ASKS = """
import os, urllib.request
asked = urllib.request.Request(os.environ["DSM_DEVICE_URL"], b"<nothing/>")
asked.add_header("Content-Type", "text/xml")
try:
    urllib.request.urlopen(asked)
except OSError:
    pass
"""


async def test_waivers_cover_what_is_known(tmp_path: Path) -> None:
    known, command = tmp_path / "known.toml", (sys.executable, "-c", ASKS)
    first, _ = await judged(tmp_path, *command, select="soap/*", write_waivers=known)
    assert first.exit_code == 1 and first.peer.startswith("Python-urllib")
    known.write_text(known.read_text("utf-8").replace('because = ""', 'because = "it is a test"'), "utf-8")
    waivers = read_waivers(known, all_checks(Subject.CLIENT))
    again, found = await judged(tmp_path, *command, select="soap/*", waivers=waivers)
    assert with_verdict(found, "failed") == set()
    assert again.exit_code == 0
