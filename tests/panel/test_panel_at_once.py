"""Two requests at once at the control API, and a disk that takes no more: what they share stays whole, and who
asked is told what to do."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from control_bench import desk
from PIL import Image

from emulator import LabError
from emulator.jobs import front_panel
from emulator.jobs.truth_index import OF_DOCUMENTS, TruthIndex
from emulator.panel import opening
from emulator.panel.api.house import House
from emulator.panel.api.refusals import Refused
from emulator.panel.api.uploads import Uploads
from emulator.panel.listening import listed
from emulator.scan_server.jobs import Job, StoredDocument


def full(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, calls: int) -> Iterator[None]:
    """A function that is called in threads goes on when so many calls of it are there."""
    real, together = getattr(owner, name), threading.Barrier(calls)

    def call(*arguments: Any, **more: Any) -> Any:
        made = real(*arguments, **more)
        together.wait(60)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, call)
        yield


async def test_of_two_who_replace_what_lies_in_the_feeder_one_has_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path) as found:
        with held(monkeypatch, front_panel, "document_source", 2):
            both = [
                found.do(f"{found.device}/load", {"documents": "office-day", "sheets": sheets, "replace": True})
                for sheets in (2, 3)
            ]
            await asyncio.gather(*both)
        assert (await found.get(found.device))["sheets"] in (2, 3)


async def test_what_cannot_be_loaded_replaces_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        await found.do(f"{found.device}/load", {"sheets": 4, "replace": True})
        for wrong in ({"files": ["nowhere.pdf"]}, {"documents": "nothing"}, {"sheets": 1000}):
            await found.do(f"{found.device}/load", {**wrong, "replace": True}, 400)
            assert (await found.get(found.device))["sheets"] == 4, wrong


async def test_a_file_that_comes_while_a_reset_takes_all_away_is_refused_and_the_next_one_is_not() -> None:
    uploads, begun, go_on = Uploads(), asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"the first half, "
        begun.set()
        await go_on.wait()
        yield b"the other"

    async def whole() -> AsyncIterator[bytes]:
        yield b"all"

    first = asyncio.create_task(uploads.take(body(), "a.png"))
    await begun.wait()
    await uploads.start_over()
    second = await uploads.take(whole(), "b.png")
    go_on.set()
    with pytest.raises(Refused, match="a reset took the file away") as refused:
        await first
    assert refused.value.status == 409
    assert second.read_bytes() == b"all" and list(uploads._sizes) == [second]
    uploads.close()
    assert not second.parent.exists()


async def test_a_file_comes_onto_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk(tmp_path) as found:
        path = f"{found.device}/pages?name=a.png"
        kind = {"Content_Type": "application/octet-stream"}
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        for name in ("tempfile.mkdtemp", "pathlib.Path.open"):
            with monkeypatch.context() as patch:
                patch.setattr(name, full)
                came = await found.ask("POST", path, b"x", **kind)
            assert (came.status, came.json["error"]) == (
                409, "the file cannot be kept: No space left on device",
            ), name  # fmt: skip
            assert "TMPDIR" in came.json["hint"]
            found.house.uploads._place()
        picture = tmp_path / "page.png"
        Image.new("L", (80, 80), "white").save(picture)
        assert (await found.ask("POST", path, picture.read_bytes(), **kind)).status == 200


async def test_an_image_is_found_while_the_end_of_its_job_moves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path) as found:
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        await found.run_job()
        (scan,) = (await found.get("/scans"))["scans"]
        where, asked = Job.files_of, []

        def moved(job: Job, document: StoredDocument) -> list[Path]:
            asked.append(document)
            return [tmp_path / "it was here"] if len(asked) <= 2 else where(job, document)

        path = f"/scans/{scan['token']}/images/1"
        with monkeypatch.context() as patch:
            patch.setattr(Job, "files_of", moved)
            came = await found.ask("GET", path)
        assert hashlib.sha256(came.body).hexdigest() == scan["images"][0]["sha256"]
        with monkeypatch.context() as patch:
            patch.setattr(Job, "files_of", lambda job, document: [tmp_path])
            came = await found.ask("GET", path)
        assert came.status == 404 and "that can be read: Is a directory" in came.json["error"]


async def test_nobody_begins_to_wait_when_it_ends() -> None:
    house = House()
    async with house.one_waits():
        pass
    house.end_waiting()
    with pytest.raises(Refused, match="about to stop") as refused:
        async with house.one_waits():
            raise AssertionError("it waits")
    assert refused.value.status == 503


def test_what_fails_while_all_is_listed_is_no_fault_of_the_state_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space"), listed(tmp_path, (), "a-token-of-the-test"):
        full()
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match=r"state folder .* cannot be used"), listed(tmp_path / "file", (), "x" * 20):
        raise AssertionError("it is listed")


async def test_a_browser_that_cannot_be_led_to_the_panel_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(opening.webbrowser, "open", lambda url: True)
    entered = []
    async with opening.opened_panel("http://127.0.0.1:1", "token", tmp_path / "nowhere", wanted=True):
        entered.append(True)
    assert entered and "the front panel is http://127.0.0.1:1/panel/" in caplog.text


def test_truth_that_cannot_be_read_hides_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sha256 = "0" * 64
    for name, data in (("a", b"\xff\xfe"), ("b", f'{{"sha256": "{sha256}", "pages": ["page-0001"]}}\n'.encode())):
        (tmp_path / name).mkdir()
        (tmp_path / name / OF_DOCUMENTS).write_bytes(data)
    (tmp_path / "c" / OF_DOCUMENTS).mkdir(parents=True)
    (tmp_path / "b" / "page-0001.truth.json").write_text('{"page": 1}')
    truths = TruthIndex([tmp_path])
    assert truths.find(sha256) == [{"page": 1}]
    assert {"a", "c"} == {Path(line.args[0]).parent.name for line in caplog.records}  # type: ignore[index,arg-type]
    (tmp_path / "a" / OF_DOCUMENTS).write_bytes(b"")
    caplog.clear()
    assert truths.find("1" * 64) is None
    assert [Path(line.args[0]).parent.name for line in caplog.records] == ["c"]  # type: ignore[index,arg-type]
