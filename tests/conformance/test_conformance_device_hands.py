"""Who does what a person does at a device: the control API, a command, a person who is asked, nobody."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from emulator.conformance.devices.hands import (
    Action,
    AskedHands,
    ControlHands,
    HookHands,
    NobodysHands,
)
from emulator.conformance.verdict import NotRun
from emulator.transport.host import HttpHost
from emulator.transport.http import IncomingRequest, OutgoingResponse

WRITES = "import json, sys; open(sys.argv[1], 'a').write(json.dumps([sys.argv[2], json.load(sys.stdin)]) + '\\n')"


async def test_nobody_says_what_is_to_be_done() -> None:
    with pytest.raises(NotRun, match="have 3 sheets in the feeder: --control URL, --hook COMMAND or --ask"):
        await NobodysHands().do(Action.LOAD, sheets=3)


async def test_a_hook_gets_the_action_and_its_details(tmp_path: Path) -> None:
    told = tmp_path / "told"
    hands = HookHands([sys.executable, "-c", WRITES, str(told)])
    await hands.do(Action.LOAD, sheets=3)
    await hands.do(Action.OPEN)
    assert [json.loads(line) for line in told.read_text().splitlines()] == [["load", {"sheets": 3}], ["open", {}]]


async def test_a_hook_that_fails_says_why() -> None:
    hands = HookHands([sys.executable, "-c", "import sys; sys.exit('the robot is away')"])
    with pytest.raises(NotRun, match=r"could not jam \(exit code 1\): the robot is away"):
        await hands.do(Action.JAM)


async def test_a_hook_that_does_not_end_is_ended() -> None:
    hands = HookHands([sys.executable, "-c", "import time; time.sleep(60)"], seconds=0.5)
    with pytest.raises(NotRun, match="did not end within"):
        await hands.do(Action.OPEN)


async def test_a_hook_that_is_not_there() -> None:
    with pytest.raises(NotRun, match="cannot be run"):
        await HookHands(["/no/such/program"]).do(Action.OPEN)


async def test_a_person_is_asked() -> None:
    said: list[str] = []

    def ask(what: str) -> bool:
        said.append(what)
        return len(said) == 1

    hands = AskedHands(ask)
    await hands.do(Action.OPEN)
    with pytest.raises(NotRun, match="nobody could close the cover"):
        await hands.do(Action.CLOSE)
    assert said == ["Please open the cover.", "Please close the cover."]


async def test_the_control_api_is_posted_to() -> None:
    came: list[tuple[str, str, object]] = []

    async def take(request: IncomingRequest) -> OutgoingResponse:
        octets = b"".join([bytes(each) async for each in request.body])
        came.append((request.path, request.headers.get("authorization", ""), json.loads(octets)))
        return OutgoingResponse(409 if request.path.endswith("jam") else 200)

    host = HttpHost(take)
    await host.start()
    hands = ControlHands(f"{host.base_url}/devices/1", "secret-token")
    try:
        await hands.do(Action.LOAD, sheets=2)
        await hands.do(Action.SCAN_TO, to="here")
        with pytest.raises(NotRun, match="refuses jam: HTTP 409"):
            await hands.do(Action.JAM)
    finally:
        await hands.aclose()
        await host.stop()
    assert came == [
        ("/devices/1/load", "Bearer secret-token", {"sheets": 2, "replace": True}),
        ("/devices/1/start", "Bearer secret-token", {"to": "here"}),
        ("/devices/1/jam", "Bearer secret-token", {}),
    ]
    with pytest.raises(NotRun, match="cannot be asked"):
        await ControlHands("http://127.0.0.1:9/devices/1").do(Action.OPEN)
