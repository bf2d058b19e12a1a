"""Jobs of a foreign client at a server with a delivery file: what its filters say in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from scan_server_bench import IMAGE, USERS, Answer, Caller, images_below, instructions, office

from emulator.directory.folder import FolderDirectory
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.delivery.settings import load_delivery
from emulator.scan_server.server import ScanServer

USERS_WITH_MAIL = USERS.replace('groups = ["Staff"]', 'mail = "joe@contoso.example"\ngroups = ["Staff"]')
IMAGES = [IMAGE + bytes([number]) for number in (1, 2)]


@dataclass
class Ended:
    """How a job ended, as GetPostScanJobElements tells it, and what the server knows of its targets."""

    state: str
    filters: list[tuple[str, str, tuple[str, ...]]]
    deliveries: tuple[Delivery, ...]
    stored: list[Path] = field(default_factory=list)
    """Files in the store that anybody can see, without job.json."""

    @property
    def only(self) -> tuple[str, tuple[str, ...]]:
        """State and reasons of the one filter."""
        ((_, state, reasons),) = self.filters
        return state, reasons


def filters_of(answer: Answer) -> list[tuple[str, str, tuple[str, ...]]]:
    """Dialect's last word, state and reasons of each filter."""
    return [
        (
            status.findtext("{*}Dialect").rpartition("/")[2],
            status.findtext("{*}FilterState"),
            tuple(each.text for each in status.iter("{*}FilterStateReason")),
        )
        for status in answer.root.iter("{*}FilterStatus")
    ]


async def run_delivery(
    tmp_path: Path,
    delivery: Path | None,
    *filters: str,
    go_on: str = "",
    name: str = "Invoice",
    images: list[bytes] = IMAGES,
    seconds: float = 30,
) -> Ended:
    """A job with these filters at a server with that delivery file, to its end."""
    content = instructions(*filters, name=name, go_on=go_on)
    folder = office(tmp_path / "office", content)
    (folder / "users.toml").write_text(USERS_WITH_MAIL, "utf-8")
    settings = None if delivery is None else load_delivery(delivery)
    store = tmp_path / "store"
    async with ScanServer(store=store, directory=FolderDirectory(folder), delivery=settings) as server:
        caller = Caller(server.service_url)
        token = await caller.job(content)
        for number, image in enumerate(images, 1):
            assert (await caller.send(token, number, image)).status == 200
        assert (await caller.with_token("EndPostScanJob", token)).status == 200
        status = await caller.ended(token, seconds=seconds)
        stored = [path for path in images_below(store) if path.name != "job.json"]
        return Ended(status.text("//dsp:JobState"), filters_of(status), server.deliveries(token), stored)
