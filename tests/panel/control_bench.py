"""The control API of devices in this process, and of a device or server in another, asked by the standard library's
client."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emulator.jobs.options import ScanOptions
from emulator.network.device_network import DeviceNetwork, NetworkOptions
from emulator.options.groups import ControlOptions
from emulator.panel.api.house import House
from emulator.panel.control import ControlApi
from emulator.panel.listening import listening
from emulator.panel.post_scan import PanelJobs
from emulator.panel.serve import house_of

TOKEN = "a-token-of-the-test"
SMALL = {"settings": ["Resolution=75x75", "ColorProcessing=BlackAndWhite1"]}


@dataclass(frozen=True)
class Came:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(
    base: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    token: str | None = TOKEN,
    timeout: float = 30,
    **headers: str,
) -> Came:
    """One request. `body`: octets, or what becomes JSON; `headers`: with `_` for `-`; '' leaves one out."""
    parts = urlsplit(base)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    sent = {"Content-Type": "application/json"} if body is not None else {}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    try:
        connection.request(method, path, data, {name: value for name, value in sent.items() if value})
        response = connection.getresponse()
        return Came(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


@dataclass
class Desk:
    """Devices with their control API."""

    network: DeviceNetwork
    house: House
    jobs: PanelJobs
    base: str
    token: str = field(default=TOKEN)

    @property
    def device(self) -> str:
        """Path of the first device."""
        return f"/devices/{self.network.devices[0].uuid}"

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Came:
        return await asyncio.to_thread(request, self.base, method, path, body, **more)

    async def get(self, path: str, **more: Any) -> Any:
        came = await self.ask("GET", path, **more)
        assert came.status == 200, came
        return came.json

    async def do(self, path: str, body: Any = None, status: int = 200) -> Any:
        came = await self.ask("POST", path, {} if body is None else body)
        assert came.status == status, came
        return came.json if came.body else None

    async def until_waiting(self, requests: int) -> None:
        """So many wait for an answer."""
        for _ in range(3000):
            if self.house._waiting >= requests:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.house._waiting} requests wait")

    async def run_job(self, **asked: Any) -> dict[str, Any]:
        """A job of what lies in the first device, to its end."""
        begun = await self.do(f"{self.device}/start", {**SMALL, **asked}, 202)
        waited = await self.do(f"{self.device}/wait", {"until": {"job": begun["job"]}, "within": 60})
        assert waited["job"]["outcome"] == "Completed", waited["job"]
        return dict(waited["job"])


@asynccontextmanager
async def desk(
    folder: Path, *, truth: tuple[Path, ...] = (), control: ControlOptions | None = None, **options: Any
) -> AsyncIterator[Desk]:
    """Devices of these options (NetworkOptions), whose jobs go to an embedded server with its store in `folder`."""
    wanted = NetworkOptions.of(**{"state": folder / "state", "multicast": False, **options})
    async with DeviceNetwork(wanted) as network:
        jobs = PanelJobs(ScanOptions(store=folder / "store", state=folder / "state"), network.disturbances)
        house = house_of(network, jobs, truth)
        api = ControlApi(house, TOKEN)
        async with listening(api, control or ControlOptions()):
            yield Desk(network, house, jobs, api.base_url)
            await jobs.stop()
