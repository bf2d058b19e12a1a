"""The scripted client as it is judged in tests: a device in the situation that the product makes, and the judge."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from scanner_bench import small_profile
from scripted_client import Script, ScriptedClient, Wrong

from emulator.conformance.check import Check, Subject, all_checks
from emulator.conformance.clients.hearing import Hearing
from emulator.conformance.clients.peer import ClientPeer, Played
from emulator.conformance.clients.situations import Situation
from emulator.conformance.exchange import Recording
from emulator.conformance.runner import Run, Runner
from emulator.device.device import ScanDevice
from emulator.device.settings import DeviceIdentity
from emulator.disturbance.disturbances import Disturbances
from emulator.transport.host import HttpHost
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.transport.points import DatagramPassed
from emulator.wrapping.client_stage import SHEETS, plan_of

Scripts = Mapping[Situation, Script]


class ScriptStage:
    """Lets a script come in each situation, to a device of its own."""

    def __init__(
        self, hearing: Hearing, folder: Path, scripts: Scripts, wrong: Wrong | None, answered: int = 202
    ) -> None:
        """`answered`: status by which the client answers events."""
        self._hearing = hearing
        self._folder = folder
        self._scripts = scripts
        self._wrong = wrong
        self._answered = answered
        self.ended = False
        """Nothing more is done."""

    async def play(self, situation: Situation) -> Played:
        if self.ended:
            return Played()
        self._hearing.situation = situation
        sheets = 0 if situation is Situation.EMPTY_FEEDER else SHEETS
        device = ScanDevice(small_profile(loaded=sheets), DeviceIdentity(uuid.uuid4(), 1), spool=self._folder)
        unplug = Disturbances(plan_of(situation)).plug_device(device.scanner, device.layers)
        events: list[bytes] = []

        async def take(request: IncomingRequest) -> OutgoingResponse:
            events.append(b"".join([bytes(each) async for each in request.body]))
            return OutgoingResponse(self._answered)

        sink = HttpHost(take)
        await sink.start()
        unheard = self._hearing.plug(device.layers)
        try:
            async with device:
                client = ScriptedClient(
                    device.url,
                    self._wrong,
                    datagram=lambda data: self._hearing.datagram(DatagramPassed("received", "127.0.0.1", data)),
                    notify_to=f"{sink.base_url}/events",
                )
                client.events = events
                if situation is Situation.PANEL:
                    client.offer = partial(device.scan_to, "mine")
                await self._scripts[situation](client)
        finally:
            unheard()
            unplug()
            await sink.stop()
        return Played()

    async def aclose(self) -> None: ...


async def judged(
    folder: Path,
    checks: Iterable[str | Check],
    scripts: Scripts,
    wrong: Wrong | None = None,
    *,
    answered: int = 202,
    retrieve_seconds: float = 60.0,
    shuffle: int | None = None,
    emptied: Check | None = None,
) -> tuple[Run, Recording]:
    """What comes of those checks. `emptied`: one more, judged behind the others by what they were judged by."""
    recording = Recording()
    stage = ScriptStage(Hearing(recording), folder, scripts, wrong, answered)
    peer = ClientPeer(stage, recording, tuple(scripts), retrieve_seconds=retrieve_seconds)
    known = all_checks(Subject.CLIENT)
    wanted = [known[each] if isinstance(each, str) else each for each in checks]
    try:
        run = await Runner(peer, wanted, shuffle=shuffle).run()
        if emptied is not None:
            stage.ended = True
            again = await Runner(peer, [emptied]).run()
            run.judged += again.judged[1:]
        return run, recording
    finally:
        await peer.aclose()
