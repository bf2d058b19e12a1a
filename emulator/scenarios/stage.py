"""Where a scenario is played: a lab with its devices on the network, its journal, and what steps have brought."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.options import TrustOptions
from emulator.inspector.pc import Pc
from emulator.jobs.started_jobs import StartedJob
from emulator.lab.lab import Lab
from emulator.lab.network_device import NetworkDevice
from emulator.scenarios.scenario import Scenario, Step
from emulator.scenarios.variables import brought_name


@dataclass(frozen=True, slots=True)
class Against:
    """Somebody else's scan server, to which the jobs go."""

    server: str
    trust: TrustOptions = field(default_factory=TrustOptions)


@dataclass(frozen=True, slots=True)
class BroughtJob:
    """A post-scan job that a step has started."""

    device: NetworkDevice
    number: int

    @property
    def job(self) -> StartedJob:
        """How it goes. Raises LabError where a reset has forgotten it."""
        return self.device.started_job(self.number)


class Stage:
    """Made by `open_stage`."""

    def __init__(
        self,
        scenario: Scenario,
        lab: Lab,
        devices: dict[str, NetworkDevice],
        state: Path,
        stack: AsyncExitStack,
        against: Against | None = None,
    ) -> None:
        """These are its parameters.

        - `scenario`, `lab`: what is played, and where; the lab runs.
        - `devices`: by their names in the scenario.
        - `state`: the folder of what would else be in the user's own.
        - `stack`: is left when the scenario ends.
        - `against`: where jobs go, if not to the embedded scan server.
        """
        self.scenario = scenario
        self.lab = lab
        self.devices = devices
        self.state = state
        self.stack = stack
        self.of_every_job: dict[str, Any] = {} if against is None else {"trust": against.trust}
        """Options of jobs that no step says."""
        self.journal = lab.journal
        self.removed: dict[str, int] = {}
        """Devices that are gone, with the step that took them."""
        self.brought: dict[str, BroughtJob | Pc] = {}
        self.excused: set[str] = set()
        """Faults that never happened, as was expected."""

    def device(self, step: Step) -> NetworkDevice:
        """The device of a step. Raises LabError where it is gone."""
        if step.device in self.removed:
            raise LabError(
                f"the device {step.device!r} is gone: step {self.removed[step.device]} has removed it",
                ExitCode.FAILED,
            )
        return self.devices[step.device]

    def job(self, used: str) -> BroughtJob:
        """The job that `$NAME` is; the reader has seen that it is one. Raises LabError where its step has brought
        none."""
        found = self.brought.get(brought_name(used))
        if not isinstance(found, BroughtJob):
            raise LabError(f"there is no job {used}", ExitCode.FAILED)
        return found

    def pc(self, used: str) -> Pc:
        """The PC that `$NAME` is. Raises LabError."""
        found = self.brought.get(brought_name(used))
        if not isinstance(found, Pc):
            raise LabError(f"there is no PC {used}", ExitCode.FAILED)
        return found

    @property
    def fired(self) -> list[str]:
        """Names of the faults that have acted, in order, each as often as it has."""
        return [each.name for each in self.lab.fired]


@asynccontextmanager
async def open_stage(scenario: Scenario, against: Against | None = None) -> AsyncIterator[Stage]:
    """Within: the lab runs, and the devices of the scenario are on the network. What never fired is not told at
    the end: who plays asks for it. Raises LabError."""
    async with AsyncExitStack() as stack:
        state = Path(
            stack.enter_context(TemporaryDirectory(prefix="dsm-emulator-play-", ignore_cleanup_errors=True))
        )
        lab = Lab(
            state=state,
            faults=scenario.faults,
            habits=scenario.habits,
            directory=scenario.directory,
            delivery=scenario.delivery,
            strict=scenario.strict,
            server=None if against is None else against.server,
        )
        await lab.start()
        stack.push_async_callback(_close, lab)
        _ = lab.journal  # from here on
        devices = {
            name: await lab.add_device(
                table.profile, network=True, name=table.name, speed=table.speed, seed=table.seed, https=table.https
            )
            for name, table in scenario.devices.items()
        }
        async with AsyncExitStack() as inner:
            yield Stage(scenario, lab, devices, state, inner, against)


async def _close(lab: Lab) -> None:
    try:
        await lab.close()
    except LabError:  # a fault has never happened: told by who plays
        return
