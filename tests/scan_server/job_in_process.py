"""One job of three documents at a server in this process, message by message, and what is left of it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from delivery_bench import USERS_WITH_MAIL, filters_of
from mail_bench import Mailbox, attachments, delivery_file, email_filter, mail_section, mail_server
from real_servers import give, nginx, server_folder, smbd
from scan_server_bench import FILTER, SOAP_TYPE, Answer, Caller, file_share, instructions, office

from emulator.directory.folder import FolderDirectory
from emulator.scan_server.delivery.settings import load_delivery
from emulator.scan_server.server import ScanServer
from emulator.transport.http import BytesBody, HttpRequest, TimeLimits
from emulator.transport.memory import MemoryClient

DOCUMENTS = 3

SHARE = r"\\files\In"
LIBRARY = "https://sharepoint.contoso.example/sites/finance"


class InProcess(Caller):
    """A client that is not ours, without sockets."""

    def __init__(self, server: ScanServer) -> None:
        super().__init__(server.service_url)
        self.server = server
        self._client = MemoryClient(server.handle)

    async def raw(self, body: bytes, content_type: str = SOAP_TYPE) -> Answer:
        request = HttpRequest(self.url, (("Content-Type", content_type),), BytesBody(body), "POST")
        response = await self._client.exchange(request, TimeLimits(20, 20))
        return Answer(response.status, response.body)

    async def at_its_end(self, token: str) -> Answer:
        """JobStatus when the job has ended and its images have been put away."""
        job = self.server._keeper.find(token)
        assert job is not None
        while True:
            if job.ended and not self.server._keeper._tasks:
                break
            await asyncio.sleep(0.001)
        return await self.elements(token)


@dataclass
class Ran:
    """What a client knows of a job."""

    token: str = ""
    acknowledged: list[bytes] = field(default_factory=list)
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    state: str = ""
    filters: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)


def images(mark: str) -> list[bytes]:
    """Three that no other job has."""
    return [f"\xff\xd8 image {number} of {mark} ".encode("latin-1") * 20 for number in range(1, DOCUMENTS + 1)]


async def one_job(
    caller: InProcess,
    content: str,
    mark: str,
    *,
    acknowledged: Callable[[int], None] = lambda number: None,
    ending: Callable[[], None] = lambda: None,
) -> Ran:
    """The job, as far as it comes. `acknowledged` is told each image as soon as it is, `ending` that
    EndPostScanJob is about to go out."""
    ran = Ran()
    created = await caller.create(content)
    if created.status != 200:
        ran.faults.append(created.fault)
        return ran
    ran.token = created.text("//dsp:JobToken")
    for number, image in enumerate(images(mark), 1):
        answer = await caller.send(ran.token, number, image)
        if answer.status != 200:
            ran.faults.append(answer.fault)
            break
        ran.acknowledged.append(image)
        acknowledged(number)
    else:
        ending()
        answer = await caller.with_token("EndPostScanJob", ran.token)
        assert answer.status == 200, answer.data
    status = await caller.at_its_end(ran.token)
    ran.state, ran.filters = status.text("//dsp:JobState"), filters_of(status)
    return ran


# The filters, each with a real counterpart

FILTERS = ("file share", "e-mail", "SharePoint", "SMB")


@dataclass
class Counterpart:
    """What a filter delivers to."""

    content: str
    """PostScanInstructions."""
    delivery: Path | None
    """Delivery file."""
    has: Callable[[], list[bytes]]
    """What it has got."""
    forget: Callable[[], None]
    """Throw that away."""


@contextlib.asynccontextmanager
async def counterpart(kind: str, folder: Path, store: Path) -> AsyncIterator[Counterpart]:
    """That of one of FILTERS, running."""
    if kind == "file share":
        with _files(instructions(file_share(SHARE)), None, store / "files") as made:
            yield made
    elif kind == "e-mail":
        box = Mailbox()
        async with mail_server(box) as port:
            yield Counterpart(
                instructions(email_filter("joe@contoso.example")),
                delivery_file(folder, mail_section(port)),
                lambda: [data for message in box.messages for _, _, data in attachments(message)],
                box.received.clear,
            )
    elif kind == "SharePoint":
        with server_folder() as place, nginx(place) as server:
            library = server.folder / "library"
            library.mkdir()
            give(library)
            section = (
                f'[[sharepoint]]\nurl = "{LIBRARY}"\nsend_to = "{server.url}/library"\n'
                f'ca_file = "{server.ca_file}"\nuser = "scanner"\npassword_file = "password.txt"\n'
            )
            sites = f"<s:SaveToSharePointSiteURL>{LIBRARY}</s:SaveToSharePointSiteURL>"
            wanted = (
                f"<psp:Filter><psp:Dialect>{FILTER}/sharepoint</psp:Dialect><psp:Instructions>"
                f'<s:SharePointConfig xmlns:s="{FILTER}/sharepoint"><s:SaveToMySite>false</s:SaveToMySite>'
                f"<s:SaveToSharePointSites>{sites}</s:SaveToSharePointSites></s:SharePointConfig>"
                "</psp:Instructions></psp:Filter>"
            )
            with _files(instructions(wanted), delivery_file(folder, section), library) as made:
                yield made
    else:
        with server_folder() as place, smbd(place) as smb:
            section = (
                f"[[share]]\nunc = '{SHARE}'\nsend_to = '\\\\127.0.0.1\\scans'\nport = {smb.port}\n"
                f"user = '{smb.user}'\npassword_file = \"password.txt\"\n"
            )
            delivery = delivery_file(folder, section)
            with _files(instructions(file_share(SHARE)), delivery, place / "scans") as made:
                yield made


@contextlib.contextmanager
def _files(content: str, delivery: Path | None, folder: Path) -> Iterator[Counterpart]:
    def has() -> list[bytes]:
        return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]

    def forget() -> None:
        for each in folder.iterdir() if folder.is_dir() else ():
            shutil.rmtree(each)
        if delivery is None:
            shutil.rmtree(folder, ignore_errors=True)

    yield Counterpart(content, delivery, has, forget)


def server_for(content: str, delivery: Path | None, folder: Path, store: Path) -> ScanServer:
    """A server whose office has one scan process of that content."""
    made = office(folder / "office", content)
    (made / "users.toml").write_text(USERS_WITH_MAIL, "utf-8")
    settings = None if delivery is None else load_delivery(delivery)
    return ScanServer(store=store, directory=FolderDirectory(made), delivery=settings)


def unfinished(store: Path, token: str) -> list[bytes]:
    """Images in the folder of a job that did not end."""
    folder = store / "unfinished" / token
    return [path.read_bytes() for path in sorted(folder.glob("*.jpg"))] if token else []
