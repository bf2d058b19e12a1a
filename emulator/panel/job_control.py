"""A job of `scan` that is driven while it runs: its scanner answers the control API, and `press` finds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from emulator.device.scanner import VirtualScanner
from emulator.environment.state import state_folder
from emulator.layers import Layers
from emulator.network.registry import Registered
from emulator.options.groups import ControlOptions
from emulator.panel.api.house import House
from emulator.panel.control import ControlApi, record_job
from emulator.panel.drivable import JobScanner
from emulator.panel.listening import listed, listening, names_of, token_of


@asynccontextmanager
async def controlled_job(
    scanner: VirtualScanner,
    layers: Layers,
    control: ControlOptions,
    state: Path | None,
    ready: Callable[[str, Path], None],
) -> AsyncIterator[None]:
    """While the block lasts, `press` does at the job's scanner what it does at a device.

    - `layers`: of the job.
    - `state`: the state folder, None: the user's; `ready` is told the control URL and the file with the token.

    Raises LabError.
    """
    token, folder = token_of(control), state_folder(state)
    device = JobScanner(scanner, layers)
    house = House([device])
    record_job(house, device)
    api = ControlApi(house, token, names_of(control))
    async with listening(api, control):
        url = api.url_of(device)
        with listed(folder, [Registered(str(device.uuid), scanner.name, url)], token) as token_file:
            ready(url, token_file)
            yield
