"""The file share filter against Samba: what is in the share, and what is told when it is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from delivery_bench import IMAGES, run_delivery
from mail_bench import delivery_file, listening
from optional_programs import needs_package
from real_servers import SmbServer, server_folder, smbd
from scan_server_bench import IMAGE, Caller, file_share, instructions, office

from emulator.directory.folder import FolderDirectory
from emulator.scan_server.delivery.settings import load_delivery
from emulator.scan_server.server import ScanServer

needs_package("smbprotocol")
from emulator.scan_server.delivery import smb  # noqa: E402

SHARE = r"\\contoso\IncomingScans"
DAY = f"{date.today():%Y-%m-%d}"  # noqa: DTZ011 - the day on the wall
USER = "joe@contoso.example"
WHOLE = {f"{USER}/Invoice_{DAY}_000{number}.jpg": image for number, image in enumerate(IMAGES, 1)}
DENIED = ("CompletedWithErrors", ("FileShareAccessDenied",))


def section(unc: str, server: SmbServer | int, share: str, more: str = "", user: str = "") -> str:
    """[[share]] of a delivery file."""
    port = server if isinstance(server, int) else server.port
    user = user or (server.user if isinstance(server, SmbServer) else "scanner")
    return (
        f"[[share]]\nunc = '{unc}'\nsend_to = '\\\\127.0.0.1\\{share}'\nport = {port}\nuser = '{user}'\n"
        f'password_file = "password.txt"\n{more}\n'
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder() -> Iterator[Path]:
    with server_folder() as made:
        yield made


@pytest.mark.parametrize("more", ["", "encrypt = true"], ids=["signed", "encrypted"])
async def test_documents_lie_in_the_folder_of_the_user_numbered_behind_those_that_are_there(
    tmp_path: Path, folder: Path, more: str
) -> None:
    # The law: [psp/file-share/directory-of-the-user] [psp/file-share/each-share]
    with smbd(folder) as server:
        delivery = delivery_file(tmp_path, section(SHARE, server, "scans", more))
        ended = await run_delivery(tmp_path, delivery, file_share(SHARE))
        assert (ended.state, ended.only) == ("Completed", ("CompletedSuccessfully", ()))
        assert contents(folder / "scans") == WHOLE
        assert ended.stored == [], "the store has no copy"
        (told,) = ended.deliveries
        assert told.documents == (1, 2)
        assert told.places[0] == rf"\\127.0.0.1\scans\{USER}\Invoice_{DAY}_0001.jpg"
        await run_delivery(tmp_path, delivery, file_share(SHARE))
        assert server.names("scans", USER) == [f"Invoice_{DAY}_000{number}.jpg" for number in (1, 2, 3, 4)]


async def test_folders_of_a_share_are_made_and_other_shares_are_folders_of_the_store(
    tmp_path: Path, folder: Path
) -> None:
    with smbd(folder) as server:
        delivery = delivery_file(tmp_path, section(r"\\CONTOSO\incomingscans\deep", server, r"scans\a"))
        wanted = file_share(SHARE + r"\Deep\er", SHARE + r"\other", r"\\fabrikam\x")
        ended = await run_delivery(tmp_path, delivery, wanted)
        assert ended.only == ("CompletedSuccessfully", ())
        assert contents(folder / "scans") == {f"a/er/{name}": image for name, image in WHOLE.items()}
        store = tmp_path / "store"
        assert contents(store / "contoso" / "IncomingScans" / "other") == WHOLE
        assert contents(store / "fabrikam") == {f"x/{name}": image for name, image in WHOLE.items()}


async def test_only_names_of_the_day_and_the_document_are_told_by_the_server(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 3,000 files the few that count; their names in another case count too, as they are taken."""
    told: list[str] = []
    real = smb.SmbFolder.names

    def names(self: smb.SmbFolder, beginning: str) -> Iterator[str]:
        for name in real(self, beginning):
            told.append(name)
            yield name

    monkeypatch.setattr(smb.SmbFolder, "names", names)
    place = folder / "scans" / USER
    with smbd(folder) as server:
        delivery = delivery_file(tmp_path, section(SHARE, server, "scans"))
        await run_delivery(tmp_path, delivery, file_share(SHARE))
        assert told == [], "none begins like that"
        for number in range(1, 3001):
            (place / f"Invoice_2026-01-02_{number:04d}.jpg").touch()
        (place / f"INVOICE_{DAY}_0007.JPG").touch()
        await run_delivery(tmp_path, delivery, file_share(SHARE))
        assert sorted(name.lower() for name in told) == [f"invoice_{DAY}_{number:04d}.jpg" for number in (1, 2, 7)]
        assert set(server.names("scans", USER)) > {f"Invoice_{DAY}_0008.jpg", f"Invoice_{DAY}_0009.jpg"}


async def test_two_jobs_at_once_never_write_over_one_another(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Samba looks for a file of the name and renames then: of two connections that do so at once one document was
    lost."""
    asked: list[str] = []
    twice: list[str] = []
    rename = smb.SmbFolder._rename

    def slow(self: smb.SmbFolder, handle: object, target: str, **more: bool) -> bool:
        twice.extend([target] if target in asked else [])
        asked.append(target)
        time.sleep(0.05)  # so that another job comes to the same name meanwhile
        done = rename(self, handle, target, **more)
        asked.remove(target)
        return done

    monkeypatch.setattr(smb.SmbFolder, "_rename", slow)
    content = instructions(file_share(SHARE))
    with smbd(folder) as server:
        settings = load_delivery(delivery_file(tmp_path, section(SHARE, server, "scans")))
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

            await asyncio.gather(*(job(number) for number in range(3)))
        sent = sorted(IMAGE + bytes([number, document]) for number in range(3) for document in (1, 2, 3))
        assert twice == []
        assert sorted(contents(folder / "scans").values()) == sent


async def test_a_share_that_does_not_let_us(tmp_path: Path, folder: Path) -> None:
    # The law: [dsp/filter-state-reason/file-share-access-denied]
    with smbd(folder) as server:
        text = section(r"\\a\read", server, "readonly")
        text += section(r"\\a\who", server, "scans", user="somebody")
        text += section(r"\\a\where", server, "missing")
        (tmp_path / "password.txt").write_text("x", "utf-8")
        delivery = delivery_file(tmp_path, text)
        wanted = [file_share(rf"\\a\{name}") for name in ("read", "who", "where")]
        ended = await run_delivery(tmp_path, delivery, *wanted, file_share(r"\\f\s"), go_on="true")
        assert [each[1:] for each in ended.filters] == [
            DENIED,
            DENIED,
            ("CompletedWithErrors", ("UnknownError",)),
            ("CompletedSuccessfully", ()),
        ]
        assert "making the folder" in ended.deliveries[0].detail
        assert "logging in" in ended.deliveries[1].detail
        assert "connecting to the share" in ended.deliveries[2].detail
        assert contents(folder / "readonly") == contents(folder / "scans") == {}


async def test_a_share_on_a_full_disk(tmp_path: Path, folder: Path) -> None:
    # The law: [dsp/filter-state-reason/file-share-out-of-disk-space]
    big = IMAGE * 20  # 100 KB; the second does not fit any more
    with smbd(folder, disk=192 * 1024) as server:
        delivery = delivery_file(tmp_path, section(SHARE, server, "small"))
        ended = await run_delivery(tmp_path, delivery, file_share(SHARE), images=[big, big])
        assert (ended.state, ended.only) == ("Aborted", ("CompletedWithErrors", ("FileShareOutOfDiskSpace",)))
        assert server.names("small", USER) == [f"Invoice_{DAY}_0001.jpg"], "no part of the second is there"
    (told,) = ended.deliveries
    assert told.documents == (1,) and "1 of 2 documents are there" in told.detail
    assert [path.read_bytes() for path in ended.stored] == [big], "what no share has is kept"


class Silent(asyncio.Protocol):
    """Takes connections and says nothing."""


async def test_a_server_that_stalls_and_one_that_is_not_there(tmp_path: Path, unused_tcp_port: int) -> None:
    async with listening(Silent) as port:
        text = section(r"\\a\x", port, "x", "timeout = 1") + section(r"\\b\x", unused_tcp_port, "x")
        begun = time.monotonic()
        delivery = delivery_file(tmp_path, text)
        ended = await run_delivery(tmp_path, delivery, file_share(r"\\a\x", r"\\b\x"))
    assert ended.only == ("CompletedWithErrors", ("UnknownError",))
    assert "connecting" in ended.deliveries[0].detail
    assert "Connection refused" in ended.deliveries[1].detail
    assert time.monotonic() - begun < 15


async def gone(folder: Path) -> None:
    """The server has seen that the connection is gone, and has deleted what it deletes then."""
    for _ in range(100):
        if not any(name.endswith(".part") for name in contents(folder)):
            return
        await asyncio.sleep(0.05)


class Between:
    """A relay that lets so many octets go to the server, and then none."""

    def __init__(self, port: int, octets: int) -> None:
        self._port = port
        self._left = octets
        self.held = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        out, to = await asyncio.open_connection("127.0.0.1", self._port)

        async def back() -> None:
            while data := await out.read(65536):
                writer.write(data)

        task = asyncio.get_running_loop().create_task(back())
        while data := await reader.read(65536):
            self._left -= len(data)
            if self._left < 0:
                self.held.set()
            else:
                to.write(data)
        task.cancel()
        to.close()
        writer.close()


async def test_a_server_that_stalls_in_the_middle_of_a_document(tmp_path: Path, folder: Path) -> None:
    with smbd(folder) as server:
        between = Between(server.port, 500_000)
        async with await asyncio.start_server(between, "127.0.0.1", 0) as relay:
            port = relay.sockets[0].getsockname()[1]
            delivery = delivery_file(tmp_path, section(SHARE, port, "scans", "timeout = 1", user=server.user))
            begun = time.monotonic()
            ended = await run_delivery(tmp_path, delivery, file_share(SHARE), images=[IMAGE, IMAGE * 400])
        assert between.held.is_set() and time.monotonic() - begun < 15
        assert ended.only == ("CompletedWithErrors", ("UnknownError",))
        assert "was silent for 1 s" in ended.deliveries[0].detail
        await gone(folder / "scans")
        assert contents(folder / "scans") == {f"{USER}/Invoice_{DAY}_0001.jpg": IMAGE}


async def test_a_cancelled_job_is_let_go(tmp_path: Path, folder: Path) -> None:
    content = instructions(file_share(SHARE))
    with smbd(folder) as server:
        between = Between(server.port, 3000)
        async with await asyncio.start_server(between, "127.0.0.1", 0) as relay:
            port = relay.sockets[0].getsockname()[1]
            settings = load_delivery(delivery_file(tmp_path, section(SHARE, port, "scans", user=server.user)))
            directory = FolderDirectory(office(tmp_path / "office", content))
            async with ScanServer(store=tmp_path / "store", directory=directory, delivery=settings) as running:
                caller = Caller(running.service_url)
                token = await caller.job(content)
                await caller.send(token)
                await caller.with_token("EndPostScanJob", token)
                await asyncio.wait_for(between.held.wait(), 60)
                begun = time.monotonic()
                assert (await caller.with_token("CancelPostScanJob", token)).status == 200
                assert (await caller.ended(token)).text("//dsp:JobState") == "Canceled"
            assert time.monotonic() - begun < 30
        await gone(folder / "scans")
        assert contents(folder / "scans") == {}
    assert (tmp_path / "store" / "unfinished" / token / "0001.jpg").read_bytes() == IMAGE
