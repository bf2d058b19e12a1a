"""What the front panel stands on: its files and their policy, read-only links, what lies in a device, files that
are sent, exchanges with their envelopes, what can be chosen from."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import stat
import sys
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from control_bench import Came, Desk, desk
from PIL import Image
from programs import PROJECT

from emulator.imaging.pages import Page
from emulator.panel.api import pictures
from emulator.panel.api.refusals import Refused
from emulator.panel.api.uploads import Uploads, plain_name
from emulator.panel.opening import opened_panel
from emulator.panel.page_files import CONTENT_SECURITY_POLICY, page_files
from emulator.trace.journal import Journal
from emulator.trace.kept_exchanges import KeptExchanges
from emulator.transport.observe import Exchange

OCTETS = "application/octet-stream"


def gone(folder: Path) -> bool:
    return not folder.exists()


def read(file: Path) -> str:
    return file.read_text()


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def send(found: Desk, name: str, data: bytes, query: str = "", **headers: str) -> Came:
    given = {"Content_Type": OCTETS} | headers
    return await found.ask("POST", f"{found.device}/pages?name={quote(name)}{query}", data, **given)


async def test_the_files_are_open_and_run_nothing_but_themselves(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        came = await found.ask("GET", "/panel", token=None)
        assert came.status == 308 and came.headers["location"] == "/panel/"
        for name in ("", *page_files()):
            came = await found.ask("GET", f"/panel/{name}", token=None)
            assert came.status == 200 and came.body == page_files()[name or "index.html"]
            assert came.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
            assert came.headers["x-content-type-options"] == "nosniff"
            again = await found.ask("GET", f"/panel/{name}", token=None, If_None_Match=came.headers["etag"])
            assert again.status == 304 and not again.body
            packed = await found.ask("GET", f"/panel/{name}", token=None, Accept_Encoding="gzip, br")
            octets = packed.body
            if packed.headers.get("content-encoding") == "gzip":
                octets = gzip.decompress(octets)
            assert octets == came.body
        for wrong in ("nothing.js", "../control.py", "%2e%2e/control.py", "vendor/", "page_files.py"):
            assert (await found.ask("GET", f"/panel/{wrong}", token=None)).status in (401, 404), wrong
        assert (await found.ask("GET", "/panel/", token=None, Host="evil.example")).status == 403
        assert (await found.ask("POST", "/panel/", {}, token=None)).status == 401


def test_nothing_in_the_files_is_inline_or_of_another_host() -> None:
    page = page_files()["index.html"].decode()
    assert "<style" not in page and "style=" not in page and "onload" not in page
    assert page.count("<script") == page.count('<script type="module" src=')
    for name, octets in page_files().items():
        text = octets.decode()
        for word in ("eval(", "new Function", "innerHTML", "document.write", "https://cdn", "dangerouslySet"):
            # The library knows the property that nobody here uses.
            assert word not in text or name.startswith("vendor/"), (name, word)
    sent = sum(len(gzip.compress(each, 9)) for each in page_files().values())
    assert sent < 100_000, f"{sent} octets go over the wire"


async def test_who_has_a_read_only_link_is_told_everything_and_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        url = (await found.do("/session/link"))["url"]
        assert url.startswith(f"{found.base}/panel/#look=") and found.token not in url
        look = url.rpartition("=")[2]
        mine = found.base
        began = await found.ask("POST", "/session", token=look, Origin=mine)
        assert began.status == 204
        cookie = began.headers["set-cookie"].partition(";")[0]
        for shown in ({"token": look}, {"token": None, "Cookie": cookie, "Origin": mine}):
            assert (await found.ask("GET", "/session", **shown)).json["may"] == "look"
            for path in (
                "/devices",
                found.device,
                f"{found.device}/sheets",
                "/faults",
                "/events",
                "/exchanges.har",
            ):
                assert (await found.ask("GET", path, **shown)).status == 200
            until = {"until": {"state": "Idle"}}
            assert (await found.ask("POST", f"{found.device}/wait", until, **shown)).status == 200
            for method, path, body in (
                ("POST", f"{found.device}/jam", {}),
                ("POST", f"{found.device}/start", {}),
                ("POST", "/reset", {}),
                ("POST", "/actions/jam", {}),
                ("POST", "/session/link", {}),
                ("PUT", "/faults", {"fault": []}),
                ("DELETE", "/faults", None),
                ("DELETE", "/scans", None),
            ):
                came = await found.ask(method, path, body, **shown)
                assert came.status == 403 and "looked at" in came.json["error"], (method, path)
        assert (await found.get("/session"))["may"] == "everything"
        assert (await found.get(found.device))["state"] == "Idle"


@pytest.mark.parametrize(
    ("profile", "sources", "capacity"),
    [
        ("office-mfp", ["Platen", "ADF", "ADFDuplex"], 100),
        ("flatbed", ["Platen"], None),
        ("photo-film", ["Platen", "Film"], None),
    ],
)
async def test_what_a_device_can_do_is_what_its_profile_says(
    profile: str, sources: list[str], capacity: int | None, tmp_path: Path
) -> None:
    async with desk(tmp_path, profiles=(profile,)) as found:
        told = await found.get(f"{found.device}/capabilities")
        assert [each["name"] for each in told["sources"]] == sources
        assert told["capacity"] == capacity
        configuration = found.network.devices[0].scanner.configuration
        assert told["formats"] == list(configuration.device_settings.formats)
        for each in told["sources"]:
            source = configuration.source(each["name"])
            assert source is not None and each["colors"] == list(source.colors)
            assert each["maximum_size"] == [source.maximum_size.width, source.maximum_size.height]
        sheets = await found.get(f"{found.device}/sheets")
        assert sheets["count"] == (None if capacity is None else 100)


async def test_sheets_keep_their_names_and_pictures_while_others_are_scanned(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        await found.do(f"{found.device}/load", {"documents": "office-day", "sheets": 4, "replace": True})
        before = (await found.get(f"{found.device}/sheets"))["sheets"]
        assert len(set(before)) == 4
        pictures = [(await found.ask("GET", f"{found.device}/sheets/{each}?width=100")).body for each in before]
        for octets in pictures:
            with Image.open(io.BytesIO(octets)) as image:
                assert image.format == "PNG" and image.width == 100
        assert len(set(pictures)) == 4
        scanner = found.network.devices[0].scanner
        assert scanner.engine.feeder is not None
        taken = scanner.engine.feeder.take()
        assert taken is not None
        taken.release()
        assert (await found.get(f"{found.device}/sheets?limit=2"))["sheets"] == before[1:3]
        again = await found.ask("GET", f"{found.device}/sheets/{before[1]}?width=100")
        assert again.body == pictures[1]
        gone_by = f"{found.device}/sheets/{before[0]}"
        assert (await found.ask("GET", f"{gone_by}?width=100")).body == pictures[0], "its picture is there still"
        assert (await found.ask("GET", f"{gone_by}?width=101")).status == 204
        assert (await found.ask("GET", f"{found.device}/sheets/platen")).status == 200
        for wrong in ("film", "x", "1-", "-1", "1-2-3", "９-1", "0-" + "9" * 40):
            assert (await found.ask("GET", f"{found.device}/sheets/{quote(wrong)}")).status == 404, wrong
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        assert scanner.engine.feeder.find(*map(int, before[2].split("-"))) is None


async def test_files_that_are_sent_are_scanned_and_those_that_cannot_be_are_gone(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        scanner = found.network.devices[0].scanner
        scanner.empty_feeder()
        letter = (PROJECT / "sample_images" / "letter.png").read_bytes()
        came = await send(found, "../../Brief <img>.png", letter)
        assert came.status == 200 and came.json["sheets"] == 1
        assert (await send(found, "glass.png", letter, "&place=platen")).json["sheets"] == 1
        folder = Path(found.house.uploads._place().name)
        assert names_in(folder) == ["0001-Brief_img_.png", "0002-glass.png"]
        for name, data, query in (
            ("empty.png", b"", ""),
            ("broken.png", letter[:2000], ""),
            ("page.html", b"<script>", ""),
            ("film.png", letter, "&place=film"),
        ):
            came = await send(found, name, data, query)
            assert came.status == 400 and came.json["error"], name
        assert len(names_in(folder)) == 2
        assert (await send(found, "a.png", letter, Content_Type="text/plain")).status == 400
        assert (await send(found, "a.png", letter, Origin="http://evil.example")).status == 403
        job = await found.run_job()
        assert job["acknowledged"] == 1
        await found.do("/reset", status=204)
        assert gone(folder)


async def test_a_file_that_is_too_large_leaves_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        found.house.uploads = Uploads(largest=1000, room=1500)
        for name, size, status in (("a", 1001, 413), ("b", 900, 400), ("c", 900, 400), ("d", 1000, 400)):
            came = await send(found, name, b"x" * size)
            assert came.status == status, came  # none of them is an image: what is taken is given back
        assert names_in(Path(found.house.uploads._place().name)) == []


class Slowly:
    """A body that comes a piece at a time, when the test says so."""

    def __init__(self, *sizes: int) -> None:
        self.goes_on = asyncio.Semaphore(0)
        self.body = self._pieces(sizes)

    async def _pieces(self, sizes: tuple[int, ...]) -> AsyncIterator[bytes]:
        for size in sizes:
            await self.goes_on.acquire()
            yield b"x" * size


async def test_files_that_come_at_once_count_for_themselves(tmp_path: Path) -> None:
    uploads = Uploads(largest=1000, room=1500)
    files = [Slowly(300, 300), Slowly(300, 500), Slowly(1001)]
    first, second, third = (
        asyncio.create_task(uploads.take(each.body, f"{number}.png")) for number, each in enumerate(files)
    )
    files[0].goes_on.release()
    files[1].goes_on.release()
    await asyncio.sleep(0.1)  # both have begun
    files[2].goes_on.release()
    with pytest.raises(Refused, match="a file has at most"):
        await third
    for each in files[:2]:
        for _ in range(2):
            each.goes_on.release()
    assert (await first).stat().st_size == 600
    assert (await second).stat().st_size == 800, "two that fit into the room together"
    more = Slowly(200)
    more.goes_on.release()
    with pytest.raises(Refused, match="all files that were sent"):
        await uploads.take(more.body, "more.png")
    uploads.forget(await first)
    await uploads.start_over()
    uploads.forget(await second)  # a reset has taken it already


async def test_no_more_than_one_page_of_a_document_is_decoded_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Image.Image]] = []

    class Pages:
        def __len__(self) -> int:
            return 5

        def page(self, index: int) -> Page:
            assert not any(each() for each in made), "the one before is there still"
            image = Image.new("L", (10 + index, 20))
            made.append(weakref.ref(image))
            return Page(image, (300.0, 300.0), "a page")

        def close(self) -> None:
            pass

    monkeypatch.setattr(pictures, "open_files", lambda *files, **limits: Pages())
    facts = await pictures.Pictures().facts(tmp_path, "0" * 64)
    assert [each["width"] for each in facts] == [10, 11, 12, 13, 14]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("letter.png", "letter.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x y.PDF", "x_y.PDF"),
        ("", "file"),
        (".png", "file.png"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("a" * 300 + ".tif", "a" * 80 + ".tif"),
        ("nul\0.png", "nul_.png"),
    ],
)
def test_names_of_files_mean_nothing_to_a_system(name: str, plain: str) -> None:
    assert plain_name(name) == plain


async def test_exchanges_are_kept_from_the_first_question_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        await found.run_job()
        assert (await found.get("/exchanges"))["numbers"] == []
        await found.do(f"{found.device}/load", {"sheets": 2, "replace": True})
        job = await found.run_job()
        token = job["result"]["job_token"]
        numbers = (await found.get("/exchanges"))["numbers"]
        events = {each["number"]: each for each in (await found.get("/events?after=0"))["events"]}
        sends = [n for n in numbers if events[n]["data"]["operation"] == "SendImage"]
        assert len(sends) == 4, "of the device and of the scan server, each image"
        for number in numbers:
            entry = await found.get(f"/exchanges/{number}")
            assert entry["_number"] == number and entry["response"]["status"] == events[number]["data"]["status"]
            if number in sends:
                [part] = entry["request"]["postData"]["_attachments"]
                assert part["sha256"] in {each["sha256"] for each in job["result"]["images"]}
        with_token = (await found.get(f"/exchanges?text={token.upper()}"))["numbers"]
        assert set(sends) <= set(with_token) < set(numbers)
        assert (await found.get("/exchanges?text=nowhere-to-be-found"))["numbers"] == []
        har = (await found.ask("GET", "/exchanges.har")).json
        assert [each["_number"] for each in har["log"]["entries"]] == numbers
        assert (await found.ask("GET", "/exchanges/999999")).status == 404


def test_no_more_exchanges_are_kept_than_memory_is_meant_for() -> None:
    kept = KeptExchanges(Journal(), most=3, characters=1000)
    from emulator.layers import Layers
    from emulator.transport.points import EXCHANGE

    layers = Layers()
    unplug = kept.record(layers)
    kept.begin()
    for number, size in enumerate((10, 10, 10, 10, 900, 5000), 1):
        exchange = Exchange("client", "POST", f"http://a/{number}", "127.0.0.1", 0.0)
        exchange.request_headers = (("Content-Type", "text/plain"),)
        exchange.request_start, exchange.request_size = b"x" * size, size
        layers.tell(EXCHANGE, exchange)
        if number == 4:
            assert kept.containing("") == [2, 3, 4]
    assert kept.containing("") == [6], "the newest stays, however large"
    unplug()
    kept.close()


async def test_choices_are_those_of_the_directory(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        told = await found.get("/scan-processes")
        assert told["user"] == "demo" and told["scan_process"] == "Scan to folder"
        assert {each["name"] for each in told["users"]} == {"demo", "joe", "ann"}
        names = {each["name"] for each in told["scan_processes"]}
        assert "Scan to PDF" in names and "Staff duplex" not in names
        joe = await found.get("/scan-processes?user=joe")
        assert "Staff duplex" in {each["name"] for each in joe["scan_processes"]}
        assert (await found.ask("GET", "/scan-processes?user=nobody")).status == 400
        sets = (await found.get("/document-sets"))["sets"]
        assert {"office-day", "receipts"} <= {each["name"] for each in sets}


async def test_scans_tell_the_ticket_and_what_was_sent(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        await found.do(f"{found.device}/load", {"sheets": 2, "replace": True})
        for _ in range(3):
            job = await found.run_job()
            await found.do(f"{found.device}/load", {"sheets": 2, "replace": True})
        token = job["result"]["job_token"]
        [scan] = (await found.get(f"/scans?token={token}"))["scans"]
        ticket = scan["ticket"]
        assert ticket["asked"]["document_parameters"]["format"]["value"] == "jfif"
        assert ticket["effective"]["front"]["resolution"] == {"width": 75, "height": 75}
        assert [each["sha256"] for each in ticket["sent"]] == [each["sha256"] for each in scan["images"]]
        assert (await found.ask("DELETE", "/scans?keep=1")).json == {"deleted": 2}
        assert [each["token"] for each in (await found.get("/scans"))["scans"]] == [token]


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are of POSIX")
async def test_the_browser_is_given_a_file_of_this_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    async with opened_panel("http://127.0.0.1:1", "a-secret<&", tmp_path, wanted=True):
        [file] = [tmp_path / each for each in names_in(tmp_path)]
        assert opened == [file.as_uri()]
        assert "secret" not in opened[0]
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 or os.name == "nt"
        assert "http://127.0.0.1:1/panel/#token=a-secret&lt;&amp;" in read(file)
    assert names_in(tmp_path) == []
    async with opened_panel("http://127.0.0.1:1", "t", tmp_path, wanted=False):
        assert names_in(tmp_path) == []
