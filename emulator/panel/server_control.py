"""The control API of a scan server that runs alone: what it has, and waiting for what comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from emulator.disturbance.disturbances import SERVER_ROLES, Disturbances
from emulator.environment.state import state_folder
from emulator.jobs.truth_index import TruthIndex
from emulator.network.registry import RegisteredServer
from emulator.options.groups import ControlOptions
from emulator.panel.api.house import House
from emulator.panel.control import ControlApi
from emulator.panel.listening import listed, listening, names_of, token_of
from emulator.panel.opening import opened_panel, panel_url
from emulator.scan_server.alone import Driven
from emulator.scan_server.server import ScanServer


@asynccontextmanager
async def controlled_server(
    server: ScanServer,
    control: ControlOptions,
    disturbances: Disturbances,
    truth: Sequence[Path] = (),
    state: Path | None = None,
    *,
    open_panel: bool = False,
) -> AsyncIterator[Driven]:
    """While the block lasts, the control API tells of a running scan server, and it is in the list of what runs.

    - `truth`: folders of what is true of scanned pages.
    - `state`: the state folder, None: the user's.
    - `open_panel`: a browser shows the front panel.

    Raises LabError.
    """
    house = House(
        disturbances=disturbances,
        roles=SERVER_ROLES,
        servers=lambda: (server,),
        truths=TruthIndex(truth),
    )
    house.resettable = lambda: (server, disturbances, house.truths, house.exchanges, house.journal)
    house.at_close(house.exchanges.record(server.layers))
    house.server_started(server)
    token, folder = token_of(control), state_folder(state)
    api = ControlApi(house, token, names_of(control))
    async with listening(api, control):
        with listed(folder, (), token, RegisteredServer(server.url, api.base_url)) as token_file:
            async with opened_panel(api.base_url, token, token_file.parent, wanted=open_panel):
                yield Driven(api.base_url, token_file, panel_url(api.base_url))
