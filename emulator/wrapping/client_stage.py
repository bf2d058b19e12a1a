"""The device at which a client is judged: one of ours, which faults bring from one situation into the next, and a
command, or somebody, that scans from it.

The judge reads none of this: it reads the octets of the client, which are written down where they pass.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from emulator.conformance.clients.hearing import Hearing
from emulator.conformance.clients.peer import Played
from emulator.conformance.clients.situations import Situation
from emulator.conformance.exchange import Exchange
from emulator.device.destinations import NoSuchDestination
from emulator.device.device import ScanDevice
from emulator.disturbance.disturbances import Disturbances
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.signals import told_of_signals
from emulator.faults.plan import FaultPlan, read_plan
from emulator.network.device_network import DeviceNetwork
from emulator.options.run import NetworkOptions
from emulator.panel.serve import at_host_of
from emulator.wrapping.process import CommandCannotRun, WrappedCommand, own_path, until

SHEETS: Final = 3
"""In the feeder, where it is not empty."""
SETTLE: Final = 2.0
"""Seconds that exchanges have to end, which are still under way when the client is gone."""
QUIET: Final = 5.0
"""Seconds without a request, behind a scan, after which somebody who scans by hand is taken to be done."""
_STDERR: Final = 2
"""Descriptor: what the command writes, for stdout is the report's."""
STOP_SECONDS: Final = 3.0
"""That a command has to end by itself when its time is over."""
PLANS: Final = {
    Situation.JAM: """
[[fault]]
name = "a jam"
at = "page"
page = 1
do = "MediaJam"
for = 2.0
may_miss = true
""",
    Situation.FAULT_ON_200: """
[[fault]]
name = "a fault on HTTP 200"
at = "exchange"
operation = "CreateScanJob"
of = "answer"
nth = 1
do = "fault"
subcode = "ServerErrorTemporaryError"
status = 200
may_miss = true
""",
    Situation.LOST_ANSWER: """
[[fault]]
name = "a lost answer"
at = "wire"
operation = "RetrieveImage"
of = "answer"
nth = 1
do = "close"
offset = 0
may_miss = true
""",
    Situation.SLOW: """
[[fault]]
name = "a slow answer"
at = "exchange"
operation = "RetrieveImage"
of = "answer"
nth = 1
do = "late"
when = "after"
seconds = 3.0
may_miss = true
""",
}
"""Situation -> the fault plan that makes it."""


def plan_of(situation: Situation) -> FaultPlan | None:
    """The faults that make a situation; None where none are needed."""
    text = PLANS.get(situation)
    return None if text is None else read_plan(text.encode(), f"the situation {situation}")


class DeviceStage:
    """A device of ours, on the network from its first situation on."""

    def __init__(
        self,
        hearing: Hearing,
        network: NetworkOptions,
        *,
        command: Sequence[str] = (),
        seconds: float,
        several: bool = True,
        begins: Callable[[Situation, Mapping[str, str]], None] = lambda situation, variables: None,
    ) -> None:
        """These are its parameters.

        - `hearing`: writes down what the client sends.
        - `network`: the device, and where it can be reached.
        - `command`: the client; () for somebody who scans by hand.
        - `seconds`: longest time for one situation.
        - `several`: whoever scans by hand is given the next situation when he is done with one; else the one goes
          on until the time is over, or a signal ends it.
        - `begins`: told of each, and of what a command finds in its environment.
        """
        self._hearing = hearing
        self._options = network
        self._command = command
        self._seconds = seconds
        self._several = several
        self._begins = begins
        self._disturbances = Disturbances()
        self._network: DeviceNetwork | None = None
        self._stack = AsyncExitStack()

    async def play(self, situation: Situation) -> Played:
        """Bring the device into a situation, let the client do what it does, and write it down. Raises LabError
        where the device cannot be had, or the command cannot be run."""
        device = await self._device()
        await self._bring(device, situation)
        self._hearing.situation = situation
        self._begins(situation, self.variables)
        pressing = asyncio.ensure_future(self._offer(device)) if situation is Situation.PANEL else None
        try:
            played = await (self._run() if self._command else self._wait(situation, device))
            await until(lambda: not self._hearing.busy, SETTLE)
        finally:
            if pressing is not None:
                pressing.cancel()
                await asyncio.gather(pressing, return_exceptions=True)
            self._hearing.situation = ""
        return played

    @property
    def variables(self) -> Mapping[str, str]:
        """What a command finds in its environment."""
        assert self._network is not None
        (device,) = self._network.devices
        url = self._network.xaddrs_of(device)[0]
        service = at_host_of(url, device.scan_service_url)
        return {
            "DSM_DEVICE_URL": url,
            "DSM_SCAN_SERVICE_URL": service,
            "DSM_SITUATION": str(self._hearing.situation),
            "SANE_AIRSCAN_DEVICE": f"wsd:{device.scanner.name}:{service}",
        }

    async def aclose(self) -> None:
        """The device goes."""
        await self._stack.aclose()

    # The device

    async def _device(self) -> ScanDevice:
        if self._network is None:
            async with AsyncExitStack() as stack:
                options = self._options
                if self._command:  # who scans by hand meets the device again under its old name
                    folder = Path(await asyncio.to_thread(mkdtemp, prefix="dsm-check-client-"))
                    stack.callback(shutil.rmtree, folder, ignore_errors=True)
                    options = options.but(state=folder)
                network = DeviceNetwork(options, self._disturbances)
                stack.callback(self._hearing.plug(network.layers))
                self._network = await stack.enter_async_context(network)
                self._stack = stack.pop_all()
        (device,) = self._network.devices
        return device

    async def _bring(self, device: ScanDevice, situation: Situation) -> None:
        """Everything as at the start, but for what the situation is."""
        if self._command:
            await device.start_over()
        else:
            await device.scanner.start_over()  # subscribers stay: nobody would let them subscribe again
        device.scanner.empty_feeder()
        if situation is not Situation.EMPTY_FEEDER:
            device.scanner.load_letters(SHEETS)
        self._disturbances.change(plan_of(situation))

    @staticmethod
    async def _offer(device: ScanDevice) -> None:
        """Choose the first destination at the panel, as soon as there is one."""
        await until(lambda: bool(device.destinations.choices), float("inf"))
        try:
            device.scan_to(device.destinations.choices[0].client_context)
        except (NoSuchDestination, ValueError):
            return  # it has gone meanwhile, or two are called alike

    # The client

    async def _run(self) -> Played:
        environment = {**os.environ, **own_path(), **self.variables}
        try:
            wrapped = await asyncio.to_thread(WrappedCommand, self._command, environment, stdout=_STDERR)
        except CommandCannotRun as error:
            hint = "-- COMMAND is the client, with its arguments"
            raise LabError(str(error), ExitCode.USAGE, hint=hint) from None
        ending = asyncio.ensure_future(wrapped.ended())
        try:
            done, _ = await asyncio.wait({ending}, timeout=self._seconds)
            if not done:
                await wrapped.stop(STOP_SECONDS)
            code = await ending
        finally:
            left = await asyncio.shield(wrapped.end_what_is_left())
            await asyncio.gather(ending, return_exceptions=True)
        if wrapped.interrupted:
            raise asyncio.CancelledError
        if not done:
            return Played(f"ended after {self._seconds:g} s, which it had", cut_off=True)
        said = f"exit code {code}" if code else ""
        if left:
            said += f"{', ' if said else ''}what it had left was ended ({left})"
        return Played(said)

    async def _wait(self, situation: Situation, device: ScanDevice) -> Played:
        """Wait until somebody who scans by hand is done: a scan has ended, no job is open, and nothing comes any
        more; the time is over; or a signal ends it all."""
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()

        def done() -> bool:
            return stopped.is_set() or (
                self._several and not device.scanner.jobs.active and self._is_quiet(situation)
            )

        with told_of_signals(lambda _: loop.call_soon_threadsafe(stopped.set)):
            await until(done, self._seconds)
        said = "ended by you" if stopped.is_set() else ""
        return Played(said, cut_off=self._hearing.busy, last=stopped.is_set())

    def _is_quiet(self, situation: Situation) -> bool:
        seen = [each for each in self._hearing.recording if each.check == situation and each.incoming]
        scanned = any(each.operation == "CreateScanJob" for each in seen)
        return scanned and not self._hearing.busy and time.time() - _end_of(seen[-1]) > QUIET


def _end_of(exchange: Exchange) -> float:
    return exchange.began + exchange.ms / 1000
