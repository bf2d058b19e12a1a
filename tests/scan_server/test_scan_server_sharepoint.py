"""The SharePoint filter against real WebDAV servers: what is there, and what is told when it is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from delivery_bench import IMAGES, run_delivery
from mail_bench import delivery_file, listening
from real_servers import PASSWORD, DavServer, apache, give, nginx, server_folder
from scan_server_bench import FILTER, IMAGE, Caller, file_share, instructions, office

from emulator.directory.folder import FolderDirectory
from emulator.scan_server.delivery import web_dav
from emulator.scan_server.delivery.settings import load_delivery
from emulator.scan_server.server import ScanServer

LIBRARY = "https://sharepoint.contoso.example/sites/finance/Shared Documents"
DAY = f"{date.today():%Y-%m-%d}"  # noqa: DTZ011 - the day on the wall
USER = "joe@contoso.example"


def share_point(*libraries: str, my_site: bool = False) -> str:
    """psp:Filter of a SharePoint filter."""
    listed = "".join(f"<s:SaveToSharePointSiteURL>{each}</s:SaveToSharePointSiteURL>" for each in libraries)
    sites = f"<s:SaveToSharePointSites>{listed}</s:SaveToSharePointSites>" if libraries else ""
    own = f"<s:SaveToMySite>{str(my_site).lower()}</s:SaveToMySite>"
    return (
        f"<psp:Filter><psp:Dialect>{FILTER}/sharepoint</psp:Dialect><psp:Instructions>"
        f'<s:SharePointConfig xmlns:s="{FILTER}/sharepoint">{own}{sites}</s:SharePointConfig></psp:Instructions>'
        "</psp:Filter>"
    )


def section(url: str, send_to: str, ca_file: Path | None = None, more: str = "", user: str = "scanner") -> str:
    """[[sharepoint]] of a delivery file."""
    ca = f'ca_file = "{ca_file}"\n' if ca_file else ""
    login = f'user = "{user}"\npassword_file = "password.txt"\n' if ca_file else ""
    return f'[[sharepoint]]\nurl = "{url}"\nsend_to = "{send_to}"\n{ca}{login}{more}\n'


def library(server: DavServer, name: str = "library") -> Path:
    """A library of the server."""
    path = server.folder / name
    path.mkdir()
    give(path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder() -> Iterator[Path]:
    with server_folder() as made:
        yield made


WHOLE = {f"{USER}/Invoice_{DAY}_000{number}.jpg": image for number, image in enumerate(IMAGES, 1)}


@pytest.mark.parametrize("kind", ["nginx", "nginx without PROPFIND", "nginx without MOVE", "Apache"])
async def test_documents_lie_in_the_folder_of_the_user_numbered_behind_those_that_are_there(
    tmp_path: Path, folder: Path, kind: str
) -> None:
    # The law: [psp/share-point/directory-of-the-user]
    running = (
        apache(folder)
        if kind == "Apache"
        else nginx(folder, listing="PROPFIND" not in kind, moving="MOVE" not in kind)
    )
    with running as server:
        there = library(server)
        delivery = delivery_file(tmp_path, section(LIBRARY, f"{server.url}/library", server.ca_file))
        ended = await run_delivery(tmp_path, delivery, share_point(LIBRARY))
        assert (ended.state, ended.only) == ("Completed", ("CompletedSuccessfully", ()))
        assert contents(there) == WHOLE, "the folder is made, the files are whole, nothing else is there"
        assert ended.stored == []
        (told,) = ended.deliveries
        assert told.documents == (1, 2)
        assert told.places == tuple(f"{server.url}/library/{name}" for name in WHOLE)
        await run_delivery(tmp_path, delivery, share_point(LIBRARY))
        assert sorted(contents(there)) == [f"{USER}/Invoice_{DAY}_000{number}.jpg" for number in (1, 2, 3, 4)]


async def test_every_library_and_the_users_own_by_its_pattern(tmp_path: Path, folder: Path) -> None:
    # The law: [psp/share-point/each-library] [psp/share-point/save-to-my-site]
    with nginx(folder) as server:
        below = library(server, "finance")
        (below / "Shared Documents").mkdir()
        give(below / "Shared Documents")
        mine = library(server, "my-joe-contoso.example")
        text = 'my_site = "https://my.contoso.example/my-{user}-{domain}"\n'
        text += section("https://SharePoint.contoso.example:443/sites/", server.url, server.ca_file)
        text += section("https://my.contoso.example", server.url, server.ca_file)
        # The longest URL counts, whatever the order.
        text += section("https://my.contoso.example/my-ann-contoso.example", "http://127.0.0.1:1")
        ended = await run_delivery(tmp_path, delivery_file(tmp_path, text), share_point(LIBRARY, my_site=True))
        assert ended.only == ("CompletedSuccessfully", ())
        assert contents(below / "Shared Documents") == WHOLE
        assert contents(mine) == WHOLE


@pytest.mark.parametrize("moving", [True, False], ids=["MOVE", "no MOVE"])
async def test_two_jobs_at_once_never_write_over_one_another(
    tmp_path: Path, folder: Path, moving: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nginx looks for a file of the name and renames then, and another may come between."""
    asked: list[str] = []
    twice: list[str] = []
    step = "_move" if moving else "_put_openly"
    give = getattr(web_dav.DavFolder, step)

    async def slow(self: web_dav.DavFolder, first: Any, second: Any) -> Any:
        target = second if moving else first
        twice.extend([target] if target in asked else [])
        asked.append(target)
        await asyncio.sleep(0.05)  # so that another job comes to the same name meanwhile
        done = await give(self, first, second)
        asked.remove(target)
        return done

    monkeypatch.setattr(web_dav.DavFolder, step, slow)
    content = instructions(share_point(LIBRARY))
    with nginx(folder, moving=moving) as server:
        there = library(server)
        settings = load_delivery(delivery_file(tmp_path, section(LIBRARY, f"{server.url}/library", server.ca_file)))
        directory = FolderDirectory(office(tmp_path / "office", content))
        async with ScanServer(store=tmp_path / "store", directory=directory, delivery=settings) as running:
            caller = Caller(running.service_url)

            async def job(number: int) -> None:
                token = await caller.job(content)
                for document in (1, 2, 3):
                    await caller.send(token, document, IMAGE + bytes([number, document]))
                await caller.with_token("EndPostScanJob", token)
                status = await caller.ended(token)
                assert status.text("//dsp:JobStateReason") == "PostScanJobCompletedSuccessfully"

            await asyncio.gather(*(job(number) for number in range(4)))
        sent = sorted(IMAGE + bytes([number, document]) for number in range(4) for document in (1, 2, 3))
        assert twice == []
        assert sorted(contents(there).values()) == sent


FULL = "if ($request_method = PUT) { return 507; }"
BROKEN = "if ($request_method = MOVE) { return 500; }"


@pytest.mark.parametrize(
    ("more", "reason", "detail"),
    [
        (FULL, "SharePointOutOfDiskSpace", "507 Insufficient Storage"),
        ("if ($request_method = PUT) { return 403; }", "SharePointAccessDenied", "403 Forbidden"),
        (BROKEN, "UnknownError", "500 Internal Server Error"),
        ("client_max_body_size 5000;", "UnknownError", "413 Request Entity Too Large"),
        ("return 302 https://login.contoso.example/;", "UnknownError", "302"),
    ],
    ids=["full", "denied", "cannot be named", "too large", "redirects"],
)
async def test_a_library_that_does_not_take_a_document(
    tmp_path: Path, folder: Path, more: str, reason: str, detail: str
) -> None:
    # The law: [dsp/filter-state-reason/share-point-access-denied]
    with nginx(folder, more=more) as server:
        there = library(server)
        delivery = delivery_file(tmp_path, section(LIBRARY, f"{server.url}/library", server.ca_file))
        wanted = (share_point(LIBRARY), file_share(r"\\f\s"))
        ended = await run_delivery(tmp_path, delivery, *wanted, go_on="true")
        assert ended.filters == [
            ("sharepoint", "CompletedWithErrors", (reason,)),
            ("fileshare", "CompletedSuccessfully", ()),
        ]
        assert detail in ended.deliveries[0].detail
        assert contents(there) == {}, "nothing half done stays"


async def test_a_library_on_a_full_disk(tmp_path: Path, folder: Path) -> None:
    # The law: [dsp/filter-state-reason/share-point-out-of-disk-space]
    big = IMAGE * 20  # 100 KB; the second does not fit any more
    with apache(folder, disk=192 * 1024) as server:
        assert server.ask("MKCOL", "/library/")[0] == 201
        delivery = delivery_file(tmp_path, section(LIBRARY, f"{server.url}/library", server.ca_file))
        ended = await run_delivery(tmp_path, delivery, share_point(LIBRARY), images=[big, big])
        assert (ended.state, ended.only) == ("Aborted", ("CompletedWithErrors", ("SharePointOutOfDiskSpace",)))
        assert server.names(f"/library/{USER}") == [f"Invoice_{DAY}_0001.jpg"], "no part of the second is there"
        assert server.ask("GET", f"/library/{USER}/Invoice_{DAY}_0001.jpg") == (200, big)
    (told,) = ended.deliveries
    assert told.documents == (1,) and "1 of 2 documents are there" in told.detail
    assert [path.read_bytes() for path in ended.stored] == [big], "what no target has is kept"


@pytest.mark.parametrize(
    ("text", "wanted", "reason", "detail"),
    [
        ("", share_point(LIBRARY), "SharePointAccessDenied", "has no [[sharepoint]] for this library"),
        ("", share_point(my_site=True), "SharePointAccessDenied", "has no my_site"),
        ("", share_point("ftp://x/y"), "InvalidArgs", "an http or https URL is wanted"),
        (
            section("https://sharepoint.contoso.example/sites", "http://127.0.0.1:1"),
            share_point("https://sharepoint.contoso.example/sites/../secret"),
            "InvalidArgs",
            "has no '..'",
        ),
        ("", share_point(), "InvalidArgs", "saves nowhere"),
    ],
    ids=["no target", "no my_site", "no URL", "dots", "nowhere"],
)
async def test_instructions_that_cannot_be_followed(
    tmp_path: Path, text: str, wanted: str, reason: str, detail: str
) -> None:
    ended = await run_delivery(tmp_path, delivery_file(tmp_path, text), wanted)
    assert ended.only == ("CompletedWithErrors", (reason,))
    assert detail in ended.deliveries[0].detail


async def test_wrong_password_wrong_ca_and_a_library_that_is_not_there(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "other.pem").write_bytes((Path(__file__).parent / "mail_bench.py").read_bytes())
    with nginx(folder) as server:
        library(server)
        text = section("https://a.example", f"{server.url}/library", server.ca_file, user="somebody")
        text += section("https://b.example", f"{server.url}/missing", server.ca_file)
        text += section("https://c.example", f"https://localhost:{server.port}").replace("[[", "\n[[")
        wanted = share_point("https://a.example/", "https://b.example/", "https://c.example/")
        ended = await run_delivery(tmp_path, delivery_file(tmp_path, text), wanted)
    assert ended.only == ("CompletedWithErrors", ("SharePointAccessDenied", "UnknownError"))
    details = [each.detail for each in ended.deliveries]
    assert "401 Unauthorized" in details[0]
    assert "is there such a library?" in details[1]
    assert "certificate is not trusted" in details[2]


class Silent(asyncio.Protocol):
    """Takes connections and says nothing."""


async def test_a_server_that_stalls_and_one_that_is_not_there(tmp_path: Path, unused_tcp_port: int) -> None:
    async with listening(Silent) as port:
        text = section("https://a.example", f"http://127.0.0.1:{port}/x", more="timeout = 0.5")
        text += section("https://b.example", f"http://127.0.0.1:{unused_tcp_port}/x")
        begun = time.monotonic()
        wanted = share_point("https://a.example/", "https://b.example/")
        ended = await run_delivery(tmp_path, delivery_file(tmp_path, text), wanted)
    assert ended.only == ("CompletedWithErrors", ("UnknownError",))
    assert "does not answer for 0.5 s" in ended.deliveries[0].detail
    assert "connection refused" in ended.deliveries[1].detail
    assert time.monotonic() - begun < 15


async def test_a_folder_too_large_to_be_listed_gets_its_numbers_all_the_same(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.scan_server.delivery.web_dav.MAX_LISTING", 2000)
    with nginx(folder) as server:
        there = library(server) / USER
        there.mkdir()
        give(there)
        for number in range(1, 24):
            (there / f"Invoice_{DAY}_{number:04d}.jpg").write_bytes(b"old")
        delivery = delivery_file(tmp_path, section(LIBRARY, f"{server.url}/library", server.ca_file))
        ended = await run_delivery(tmp_path, delivery, share_point(LIBRARY))
        assert ended.only == ("CompletedSuccessfully", ())
        new = {name: octets for name, octets in contents(there).items() if octets != b"old"}
        assert new == {
            f"Invoice_{DAY}_{number:04d}.jpg": image for number, image in zip((24, 25), IMAGES, strict=True)
        }


class Trickle(asyncio.Protocol):
    """Answers for ever, an octet at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"HTTP/1.1 207 Multi-Status\r\n")
        self.task = asyncio.get_running_loop().create_task(self._go_on(transport))

    async def _go_on(self, transport: asyncio.Transport) -> None:
        while not transport.is_closing():
            transport.write(b"x")
            await asyncio.sleep(0.1)


async def test_an_answer_without_end_has_a_time_limit(tmp_path: Path) -> None:
    async with listening(Trickle) as port:
        text = section("https://a.example", f"http://127.0.0.1:{port}/x", more="time_limit = 1")
        begun = time.monotonic()
        ended = await run_delivery(tmp_path, delivery_file(tmp_path, text), share_point("https://a.example/"))
    assert ended.only == ("CompletedWithErrors", ("UnknownError",))
    assert ended.deliveries[0].detail == "not done within 1 s"
    assert time.monotonic() - begun < 30


async def test_a_server_that_breaks_in_the_middle_of_a_document_keeps_no_part_of_it(
    tmp_path: Path, folder: Path
) -> None:
    with nginx(folder, moving=False) as server:
        there = library(server)

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            """To the server, but for the octets of a PUT beyond the first 300,000: those break the connection."""
            out, to = await asyncio.open_connection("127.0.0.1", server.port)

            async def back() -> None:
                while data := await out.read(65536):
                    writer.write(data)

            task = asyncio.get_running_loop().create_task(back())
            taken = 0
            while data := await reader.read(65536):
                taken += len(data)
                if taken > 300_000:
                    break
                to.write(data)
            task.cancel()
            to.close()
            writer.transport.abort()

        between = await asyncio.start_server(relay, "127.0.0.1", 0)
        async with between:
            port = between.sockets[0].getsockname()[1]
            delivery = delivery_file(
                tmp_path, section(LIBRARY, f"https://127.0.0.1:{port}/library", server.ca_file)
            )
            ended = await run_delivery(tmp_path, delivery, share_point(LIBRARY), images=[IMAGE, IMAGE * 180])
        assert ended.only == ("CompletedWithErrors", ("UnknownError",))
        assert contents(there) == {f"{USER}/Invoice_{DAY}_0001.jpg": IMAGE}


async def test_a_cancelled_job_leaves_nothing_half_done(tmp_path: Path, folder: Path) -> None:
    # The law: [bdsrr/3.2.4.2/running-filters-stopped]
    content = instructions(share_point(LIBRARY))
    with nginx(folder, more="limit_rate 1; client_body_timeout 60s;") as server:
        there = library(server)
        held = asyncio.Event()

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            """Takes a request and holds the answer back."""
            held.set()
            while await reader.read(65536):
                pass
            writer.close()

        between = await asyncio.start_server(relay, "127.0.0.1", 0)
        async with between:
            port = between.sockets[0].getsockname()[1]
            settings = load_delivery(delivery_file(tmp_path, section(LIBRARY, f"http://127.0.0.1:{port}/library")))
            directory = FolderDirectory(office(tmp_path / "office", content))
            async with ScanServer(store=tmp_path / "store", directory=directory, delivery=settings) as running:
                caller = Caller(running.service_url)
                token = await caller.job(content)
                await caller.send(token)
                await caller.with_token("EndPostScanJob", token)
                await asyncio.wait_for(held.wait(), 60)
                begun = time.monotonic()
                assert (await caller.with_token("CancelPostScanJob", token)).status == 200
                assert (await caller.ended(token)).text("//dsp:JobState") == "Canceled"
            assert time.monotonic() - begun < 30
        assert contents(there) == {}
    assert (tmp_path / "store" / "unfinished" / token / "0001.jpg").read_bytes() == IMAGE


def test_the_password_is_not_told(tmp_path: Path) -> None:
    text = section("https://a.example", "https://b.example", Path("ca.pem"))
    settings = load_delivery(delivery_file(tmp_path, text))
    assert PASSWORD not in repr(settings) + str(settings.sharepoint[0]) + settings.model_dump_json()
