"""A directory that changes while the server runs: each job is judged by one whole state, that of its beginning."""

from __future__ import annotations

from pathlib import Path

import pytest
from job_in_process import InProcess, one_job
from scan_server_bench import PLAIN, PSP_ID, SID, USERS, file_share, images_below, instructions, office

from emulator import Lab
from emulator.directory.folder import FolderDirectory
from emulator.resources import resource_folder
from emulator.scan_server.jobs import JobTable
from emulator.scan_server.server import ScanServer

OTHER_ID = "0B6A2C1E-52F4-4C57-9F0E-3D1C7E5A9B10"
OTHER = instructions(file_share(r"\\files\Other"))


async def test_a_running_server_knows_what_a_folder_has_when_a_job_begins(tmp_path: Path) -> None:
    """Scan processes and users that come, change, break, are mended and go."""
    folder = office(tmp_path / "office")
    async with ScanServer(store=tmp_path / "store", directory=FolderDirectory(folder)) as server:
        caller = InProcess(server)

        async def answer(content: str = PLAIN, **more: str) -> str:
            answered = await caller.create(content, **more)
            return "taken" if answered.status == 200 else answered.fault[1] + ": " + answered.fault[2]

        assert await answer() == "taken"
        assert "no scan process" in await answer(psp_id=OTHER_ID)
        more = folder / "more.toml"
        more.write_text(f'identifier = "{OTHER_ID}"\ndisplay_name = "More"\npsp = "p.xml"\n')
        assert await answer(psp_id=OTHER_ID) == "taken"
        assert "PostScanInstructions" in await answer(OTHER)
        xml = (folder / "p.xml").read_text()
        (folder / "p.xml").write_text(xml.replace(PLAIN, OTHER))
        assert await answer(OTHER) == "taken"
        assert "PostScanInstructions" in await answer(PLAIN)
        (folder / "p.xml").write_text(xml[:100])
        assert "no scan process" in await answer()
        (folder / "p.xml").write_text(xml)
        assert await answer() == "taken"
        more.unlink()
        assert "no scan process" in await answer(psp_id=OTHER_ID)
        assert "nobody known" in await answer(sid=SID + "9")
        (folder / "users.toml").write_text(USERS + f'[[user]]\nname = "eve"\nsid = "{SID}9"\n')
        assert await answer(sid=SID + "9") == "taken"
        (folder / "users.toml").write_text("?")
        assert (await answer()).startswith("ServerErrorInternalError")
        (folder / "users.toml").write_text(USERS)
        assert await answer() == "taken"


async def test_a_job_goes_by_what_stood_there_when_it_began(tmp_path: Path) -> None:
    folder = office(tmp_path / "office")
    async with ScanServer(store=tmp_path / "store", directory=FolderDirectory(folder)) as server:
        caller = InProcess(server)

        def changed() -> None:
            (folder / "p.xml").write_text((folder / "p.xml").read_text().replace(PLAIN, OTHER))
            (folder / "users.toml").write_text(USERS.replace("joe", "jim"))

        ran = await one_job(caller, PLAIN, "a", acknowledged=lambda number: changed() if number == 1 else None)
        assert ran.state == "Completed"
        assert {str(path.parent.relative_to(tmp_path)) for path in images_below(tmp_path / "store")} == {
            "store/files/In/joe@contoso.example"
        }


async def test_jobs_of_a_lab_see_a_scan_process_that_is_added_and_edited(tmp_path: Path) -> None:
    source = resource_folder("profiles") / "office"
    for path in source.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    async with Lab(directory=tmp_path) as lab:
        scanner = await lab.add_device()

        async def scanned(name: str | None = None) -> str:
            outcome = await scanner.scan(scan_process=name, pages=1, events="none", manifest="none")
            assert outcome.outcome == "Completed"
            return outcome.stored.process.instructions.document_root_name

        assert await scanned() == "Invoice"
        text = (tmp_path / "scan-to-folder.xml").read_text()
        (tmp_path / "scan-to-folder.xml").write_text(text.replace(">Invoice<", ">Letter<"))
        assert await scanned() == "Letter"
        (tmp_path / "new.xml").write_text(text.replace(">Invoice<", ">Order<"))
        (tmp_path / "new.toml").write_text(
            f'identifier = "{PSP_ID[:-1]}0"\ndisplay_name = "Scan orders"\npsp = "new.xml"\n'
        )
        assert await scanned("Scan orders") == "Order"


@pytest.mark.parametrize("open_first", [False, True])
async def test_the_oldest_ended_jobs_are_forgotten_and_no_open_one(tmp_path: Path, *, open_first: bool) -> None:
    folder = office(tmp_path / "office")
    async with ScanServer(store=tmp_path / "store", directory=FolderDirectory(folder)) as server:
        server._keeper._jobs = JobTable(history=3)
        caller = InProcess(server)
        stays = [await caller.job() for _ in range(2)] if open_first else []
        tokens = []
        for _ in range(6):
            tokens.append(await caller.job())
            assert server._keeper.open_jobs == len(stays) + 1
            await caller.with_token("CancelPostScanJob", tokens[-1])
        known = [token for token in (*stays, *tokens) if (await caller.elements(token)).status == 200]
        assert known == [*stays, *tokens[3:]]
        assert [each.job_token for each in server._keeper.summaries(ended=True)] == tokens[:2:-1]
        assert [each.job_token for each in server._keeper.summaries(ended=False)] == stays
