"""Jobs of the scan server whose deliveries a plan changes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from delivery_bench import USERS_WITH_MAIL, filters_of
from scan_server_bench import IMAGE, Caller, images_below, instructions, office

from emulator.directory.folder import FolderDirectory
from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.faults.alteration import Role
from emulator.faults.plan import read_plan
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.delivery.settings import load_delivery
from emulator.scan_server.server import ScanServer

DAY = f"{date.today():%Y-%m-%d}"  # noqa: DTZ011 - the day on the wall
USER = "joe@contoso.example"
ONE, TWO, THREE = (IMAGE + bytes([number]) * number for number in (1, 2, 3))
IMAGES = [ONE, TWO]
WELL = "CompletedSuccessfully"


def fault(do: str, **more: Any) -> str:
    """One fault of a plan."""
    fields = {"name": do, "at": "delivery", "do": do, **more}
    return "[[fault]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items())


@dataclass
class Told:
    """How a job ended, and what is known of it."""

    filters: list[tuple[str, str, tuple[str, ...]]]
    deliveries: tuple[Delivery, ...]
    kept: list[bytes]
    """Images that stayed with the server, as unfinished ones."""
    ledger: Ledger

    @property
    def filter(self) -> str:
        """State and reasons of the one filter."""
        ((_, state, reasons),) = self.filters
        return " ".join((state, *reasons))


@asynccontextmanager
async def delivered(
    tmp_path: Path,
    plan: str,
    wanted: str,
    *,
    delivery: Path | None = None,
    images: Sequence[bytes] = IMAGES,
    while_it_runs: Callable[[], Any] = lambda: None,
) -> AsyncIterator[Told]:
    """A job with one filter at a server with that plan, until it has ended."""
    content = instructions(wanted)
    folder = office(tmp_path / "office", content)
    (folder / "users.toml").write_text(USERS_WITH_MAIL, "utf-8")
    settings = None if delivery is None else load_delivery(delivery)
    store = tmp_path / "store"
    async with ScanServer(store=store, directory=FolderDirectory(folder), delivery=settings) as server:
        ledger = Ledger(read_plan(plan.encode(), "plan.toml").for_roles({Role.SERVER}))
        unplug = disturb(ledger, {Role.SERVER}, server.layers)
        try:
            caller = Caller(server.service_url)
            token = await caller.job(content)
            for number, image in enumerate(images, 1):
                assert (await caller.send(token, number, image)).status == 200
            assert (await caller.with_token("EndPostScanJob", token)).status == 200
            while_it_runs()
            status = await caller.ended(token, seconds=30)
            kept = [each.read_bytes() for each in images_below(store / "unfinished") if each.suffix == ".jpg"]
            yield Told(filters_of(status), server.deliveries(token), kept, ledger)
        finally:
            unplug()


def short(name: str) -> str:
    """A file's name by the number of the document."""
    return re.sub(rf"Invoice_{DAY}_000(\d)", r"\1", name)


AT_ONCE: list[tuple[str, dict[str, Any]]] = [
    ("in-place", {}),
    ("empty-first", {"pause": 0.01}),
    ("reopened", {"pause": 0.01}),
    ("temporary-name", {"pause": 0.01}),
    ("renamed-over", {"pause": 0.01}),
]
"""Ways to write a whole document that many jobs may go at once."""


async def jobs_at_once(tmp_path: Path, plan: str, wanted: str, delivery: Path | None = None) -> list[bytes]:
    """Twelve jobs of one document each, with that plan and at one target; the documents, if all end well."""
    content = instructions(wanted)
    settings = None if delivery is None else load_delivery(delivery)
    directory = FolderDirectory(office(tmp_path / "office", content))
    documents = [IMAGE + bytes([number]) * number for number in range(1, 13)]
    async with ScanServer(store=tmp_path / "store", directory=directory, delivery=settings) as server:
        unplug = disturb(
            Ledger(read_plan(plan.encode(), "plan.toml").for_roles({Role.SERVER})), {Role.SERVER}, server.layers
        )
        try:

            async def job(document: bytes) -> str:
                caller = Caller(server.service_url)
                token = await caller.job(content)
                assert (await caller.send(token, 1, document)).status == 200
                assert (await caller.with_token("EndPostScanJob", token)).status == 200
                ((_, state, reasons),) = filters_of(await caller.ended(token, seconds=30))
                return " ".join((state, *reasons))

            assert await asyncio.gather(*map(job, documents)) == [WELL] * len(documents)
        finally:
            unplug()
    return documents
