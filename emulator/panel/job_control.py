"""A job of `scan` that is driven while it runs: its scanner answers the control API, and `press` finds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from emulator.device.scanner import VirtualScanner
from emulator.environment.state import state_folder
from emulator.layers import Layers
from emulator.network.registry import Registered, registered
from emulator.options.groups import ControlOptions
from emulator.panel.api.house import House
from emulator.panel.control import ControlApi, record_job
from emulator.panel.drivable import JobScanner
from emulator.panel.listening import listening, names_of, token_of, unusable


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
        with ExitStack() as stack:
            try:
                mine = [Registered(str(device.uuid), scanner.name, url)]
                token_file = stack.enter_context(registered(folder, mine, token))
            except OSError as error:
                raise unusable(folder, error) from None
            ready(url, token_file)
            yield
