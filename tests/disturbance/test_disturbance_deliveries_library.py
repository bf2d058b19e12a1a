"""What a plan does to deliveries into libraries, by the logs of WebDAV servers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from delivery_runs import (
    AT_ONCE,
    DAY,
    IMAGES,
    ONE,
    TWO,
    USER,
    WELL,
    delivered,
    fault,
    jobs_at_once,
    short,
)
from mail_bench import delivery_file
from real_servers import DavServer, apache, give, nginx, server_folder
from scan_server_bench import FILTER

NEW, OVER = 201, 204
LIBRARY: dict[str, tuple[dict[str, Any], str, dict[str, bytes], str]] = {
    "in-place": ({"nth": 1}, f"PUT 1.jpg {NEW}", {"1.jpg": ONE}, WELL),
    "empty-first": ({"pause": 0.01, "nth": 1}, f"PUT 1.jpg {NEW}, PUT 1.jpg {OVER}", {"1.jpg": ONE}, WELL),
    "reopened": (
        {"pause": 0.01, "nth": 1},
        f"PUT 1.jpg {NEW}, PUT 1.jpg {OVER}, PUT 1.jpg {OVER}",
        {"1.jpg": ONE},
        WELL,
    ),
    "page-by-page": (
        {"pause": 0.01},
        f"PUT 1.jpg {NEW}, PUT 1.jpg {OVER}",
        {"1.jpg": ONE + TWO},
        WELL,
    ),
    "temporary-name": (
        {"pause": 0.01},
        f"PUT 1.jpg.tmp {NEW}, MOVE 1.jpg.tmp {OVER}, PUT 2.jpg.tmp {NEW}, MOVE 2.jpg.tmp {OVER}",
        {"1.jpg": ONE, "2.jpg": TWO},
        WELL,
    ),
    "renamed-over": (
        {"pause": 0.01, "nth": 1},
        f"PUT 1.jpg {NEW}, PUT 1.jpg.tmp {NEW}, MOVE 1.jpg.tmp {OVER}, PUT 1.jpg {OVER}",
        {"1.jpg": ONE},
        WELL,
    ),
    "overwritten": ({}, f"PUT 1.jpg {NEW}, PUT 1.jpg {OVER}", {"1.jpg": TWO}, WELL),
    "numbered": ({}, f"PUT 1.jpg {NEW}, PUT 1 (2).jpg {NEW}", {"1.jpg": ONE, "1 (2).jpg": TWO}, WELL),
    "cut-off": ({"octets": 9}, f"PUT 1.jpg {NEW}", {"1.jpg": ONE[:9]}, WELL),
    "full": ({"octets": 9}, f"PUT 1.jpg {NEW}", {"1.jpg": ONE[:9]}, "CompletedWithErrors SharePointOutOfDiskSpace"),
    "denied": ({}, "", {}, "CompletedWithErrors SharePointAccessDenied"),
    "with-warnings": ({"nth": 1}, "MOVE PART 204", {"1.jpg": ONE}, "CompletedWithWarnings"),
}
"""Alteration, parameters; requests and statuses in nginx's log, what its folder has, what the filter says."""
OF_TWO = ("page-by-page", "temporary-name", "overwritten", "numbered")


@pytest.fixture(scope="module")
def web_dav() -> Iterator[DavServer]:
    with server_folder() as folder, nginx(folder) as server:
        yield server


def asked(server: DavServer, folder: str) -> list[str]:
    """PUT and MOVE of files of a folder, by nginx's own log."""
    log = (server.log.parent / "access.log").read_text("utf-8")
    found = re.findall(rf'"(PUT|MOVE) (/{folder}/\S*) HTTP/1.1" (\d+)', log)
    named = ((how, short(unquote(path).rpartition("/")[2]), status) for how, path, status in found)
    parts = ((how, re.sub(r"^\w{32}\.part$", "PART", name), status) for how, name, status in named)
    return [" ".join(each) for each in parts if each[:2] != ("PUT", "PART")]


def share_point(url: str) -> str:
    """psp:Filter of a SharePoint filter."""
    return (
        f"<psp:Filter><psp:Dialect>{FILTER}/sharepoint</psp:Dialect><psp:Instructions>"
        f'<s:SharePointConfig xmlns:s="{FILTER}/sharepoint"><s:SaveToSharePointSites><s:SaveToSharePointSiteURL>'
        f"{url}</s:SaveToSharePointSiteURL></s:SaveToSharePointSites></s:SharePointConfig></psp:Instructions>"
        "</psp:Filter>"
    )


def library_section(url: str, server: DavServer, folder: str) -> str:
    """[[sharepoint]] of a delivery file."""
    return (
        f'[[sharepoint]]\nurl = "{url}"\nsend_to = "{server.url}/{folder}"\nca_file = "{server.ca_file}"\n'
        'user = "scanner"\npassword_file = "password.txt"\n'
    )


@pytest.mark.parametrize("do", LIBRARY)
async def test_nginx_writes_into_its_log(do: str, web_dav: DavServer, tmp_path: Path) -> None:
    more, log, files, filter_ = LIBRARY[do]
    library = web_dav.folder / do
    await asyncio.to_thread(library.mkdir)
    give(library)
    url = "https://sharepoint.contoso.example/scans"
    delivery = delivery_file(tmp_path, library_section(url, web_dav, do))
    images = IMAGES if do in OF_TWO else [ONE]
    async with delivered(tmp_path, fault(do, **more), share_point(url), delivery=delivery, images=images) as told:
        assert told.filter == filter_, told.deliveries
    found = {short(path.name): path.read_bytes() for path in (library / USER).iterdir()}
    assert found == files
    for _ in range(200):  # nginx writes when it has answered
        if ", ".join(asked(web_dav, do)) == log:
            break
        await asyncio.sleep(0.02)
    assert ", ".join(asked(web_dav, do)) == log


@pytest.mark.parametrize(("do", "more"), AT_ONCE)
async def test_jobs_at_once_get_names_of_their_own_in_a_library(
    do: str, more: dict[str, Any], web_dav: DavServer, tmp_path: Path
) -> None:
    library = web_dav.folder / f"many-{do}"
    await asyncio.to_thread(library.mkdir)
    give(library)
    url = "https://sharepoint.contoso.example/scans"
    delivery = delivery_file(tmp_path, library_section(url, web_dav, library.name))
    documents = await jobs_at_once(tmp_path, fault(do, **more), share_point(url), delivery)
    found = [path.read_bytes() for path in (library / USER).iterdir()]
    assert sorted(found) == sorted(documents)


async def test_apache_lets_nobody_write_to_a_file_that_is_locked(tmp_path: Path) -> None:
    said: list[int] = []
    with server_folder() as folder, apache(folder) as server:
        library = server.folder / "library"
        await asyncio.to_thread(library.mkdir)
        give(library)
        path = f"/library/{USER}/Invoice_{DAY}_0001.jpg"

        async def look() -> None:
            while 423 not in said:
                # What is there before our server looks is another's file, and it takes the next name.
                how = "PUT" if 200 in said else "HEAD"
                status, _ = await asyncio.to_thread(server.ask, how, path, b"mine" if how == "PUT" else b"")
                said.append(status)

        looking: list[asyncio.Task[None]] = []
        url = "https://sharepoint.contoso.example/scans"
        delivery = delivery_file(tmp_path, library_section(url, server, "library"))
        async with delivered(
            tmp_path,
            fault("locked", **{"for": 2}),
            share_point(url),
            delivery=delivery,
            images=[ONE],
            while_it_runs=lambda: looking.append(asyncio.create_task(look())),
        ) as told:
            assert told.filter == WELL, told.deliveries
            await asyncio.wait_for(looking[0], 20)
            assert (library / USER / f"Invoice_{DAY}_0001.jpg").read_bytes() == ONE
            assert server.ask("PUT", path, b"mine")[0] == 204, "when it is closed anybody may"
