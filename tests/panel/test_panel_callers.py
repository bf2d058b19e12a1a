"""Who the control API lets in, what it does with requests that are none, and that nobody holds up anybody."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from control_bench import TOKEN, desk

from emulator.panel.api import house as houses
from emulator.panel.api.table import OPERATIONS, PARAMETERS


def paths(device: str) -> list[tuple[str, str, bool]]:
    """Method, path and whether it is open, of every operation."""
    values = {name: "1" if each.schema["type"] == "integer" else "x" for name, each in PARAMETERS.items()}
    values["device"] = device.rpartition("/")[2]
    found = [(each.method, each.path.format(**values), each.open) for each in OPERATIONS]
    return [*found, ("GET", "/openapi.json", True), ("GET", "/nothing", False)]


async def test_every_operation_wants_the_token_and_our_own_site(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        port = urlsplit(found.base).port
        for method, path, open_to_all in paths(found.device):
            body = {} if method in ("POST", "PUT") else None
            for token in (None, "wrong", TOKEN[:-1], f"{TOKEN}x", ""):
                came = await found.ask(method, path, body, token=token)
                assert (came.status != 401) is open_to_all, (method, path, token, came)
                if not open_to_all:
                    assert came.headers["www-authenticate"] == "Bearer" and TOKEN not in came.body.decode()
            for strange in (
                {"Host": "evil.example"},
                {"Host": f"evil.example:{port}"},
                {"Origin": "http://evil.example"},
                {"Origin": "null"},
                {"Origin": f"http://127.0.0.1:{(port or 0) + 1}"},
                {"Origin": f"https://127.0.0.1:{port}"},
            ):
                came = await found.ask(method, path, body, **strange)
                assert came.status == 403, (method, path, strange, came)
        assert (await found.get("/devices"))["devices"][0]["state"] == "Idle", "nothing was done"
        uuid = found.device.rpartition("/")[2]
        for token, there in ((TOKEN, True), (None, False), ("wrong", False)):
            told = await found.ask("GET", "/openapi.json", token=token)
            assert told.status == 200 and (uuid in told.body.decode()) is there, (
                "what is there is for who may see it"
            )


async def test_a_page_trades_the_token_for_a_cookie_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        port = urlsplit(found.base).port
        mine = f"http://127.0.0.1:{port}"
        came = await found.ask("POST", "/session", Origin=mine)
        assert came.status == 204
        cookie = came.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie
        pair = cookie.partition(";")[0]
        assert pair.startswith(f"dsm_emulator_session_{port}=")

        async def ask(method: str, path: str, body: Any = None, **headers: str) -> int:
            return (await found.ask(method, path, body, token=None, Cookie=f"a=b; {pair}", **headers)).status

        assert await ask("GET", "/devices") == 200
        assert await ask("GET", "/devices", Sec_Fetch_Site="same-origin") == 200
        assert await ask("GET", "/devices", Sec_Fetch_Site="same-site") == 403, "a page of another port"
        assert await ask("GET", "/devices", Sec_Fetch_Site="cross-site") == 403
        assert await ask("POST", f"{found.device}/jam", {}, Origin=mine) == 200
        assert await ask("POST", f"{found.device}/clear", {}, Origin=mine, Sec_Fetch_Site="same-origin") == 200
        assert await ask("POST", f"{found.device}/jam", {}) == 403, "nobody says that it is our page"
        assert await ask("POST", f"{found.device}/jam", {}, Origin="http://evil.example") == 403
        assert (await found.get("/devices"))["devices"][0]["state"] == "Idle"
        assert await ask("POST", "/session", Origin=mine) == 401, "a cookie begins no session"
        assert (await found.ask("POST", "/session", token="wrong")).status == 401
        other = await found.ask("GET", "/devices", token=None, Cookie=f"dsm_emulator_session_{port}=guessed")
        assert other.status == 401
        ended = await found.ask("DELETE", "/session", token=None, Cookie=pair, Origin=mine)
        assert ended.status == 204 and "Max-Age=0" in ended.headers["set-cookie"]
        assert await ask("GET", "/devices") == 401
        for _ in range(120):
            await found.ask("POST", "/session")
        assert len(found.house.callers._sessions) == 100


WRONG: dict[str, tuple[bytes, str, int, str]] = {
    "no JSON": (b"{", "application/json", 400, "no JSON"),
    "no object": (b"[1]", "application/json", 400, "no JSON object"),
    "a number": (b"7", "application/json", 400, "no JSON object"),
    "not UTF-8": (b'{"sheets": "\xff"}', "application/json", 400, "no JSON"),
    "deep": (b"[" * 20_000, "application/json", 400, "no JSON"),
    "NaN": (b'{"sheets": NaN}', "application/json", 400, "no JSON"),
    "infinite": (b'{"sheets": 1e999}', "application/json", 400, "no JSON"),
    "large": (b'{"files": "' + b"x" * 70_000 + b'"}', "application/json", 400, "more than 65536 octets"),
    "a form": (b"sheets=3", "application/x-www-form-urlencoded", 400, "Content-Type: application/json"),
    "text": (b'{"sheets": 3}', "text/plain", 400, "Content-Type: application/json"),
    "no type": (b'{"sheets": 3}', "", 400, "Content-Type: application/json"),
    "half a pair": (b'{"documents": "\\ud800"}', "application/json", 400, "U+D800"),
    "a huge number": (b'{"sheets": 1' + b"0" * 5000 + b"}", "application/json", 400, ""),
    "twice": (b'{"sheets": 1, "sheets": 0}', "application/json", 400, "sheets is a whole number of at least 1"),
}


@pytest.mark.parametrize(("body", "kind", "status", "says"), WRONG.values(), ids=WRONG)
async def test_what_is_no_request_is_refused_with_a_line(
    tmp_path: Path, body: bytes, kind: str, status: int, says: str
) -> None:
    async with desk(tmp_path) as found:
        for path in (f"{found.device}/load", "/actions/load", f"{found.device}/wait", f"{found.device}/start"):
            came = await found.ask("POST", path, body, Content_Type=kind)
            assert came.status == status and "\n" not in came.json["error"], came
            assert len(came.body) < 2000
        assert says in (await found.ask("POST", f"{found.device}/load", body, Content_Type=kind)).json["error"]
        snapshot = found.network.devices[0].scanner.snapshot()
        assert snapshot.sheets == 100 and found.house.jobs is not None and not found.house.jobs.started.jobs


async def test_methods_that_a_path_has_not_are_named(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        for method, path, allowed in (
            ("POST", "/devices", "GET"),
            ("GET", f"{found.device}/jam", "POST"),
            ("DELETE", "/events", "GET"),
            ("PATCH", "/faults", "GET, PUT, DELETE"),
            ("PUT", "/openapi.json", "GET"),
            ("GET", "/scans/wait", "POST"),
        ):
            came = await found.ask(method, path)
            assert (came.status, came.headers["allow"]) == (405, allowed), came


async def test_who_hangs_holds_up_nobody(tmp_path: Path) -> None:
    """Twenty long polls and waits, some of whose clients have gone without a word: a click is answered at once."""
    async with desk(tmp_path) as found:
        port = urlsplit(found.base).port
        head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\n"
        hanging = []
        for number in range(20):
            connection = await asyncio.to_thread(socket.create_connection, ("127.0.0.1", port), 10)
            hanging.append(connection)
            if number % 3 == 0:
                body = json.dumps({"until": {"sheets": 1}, "within": 600})
                asked = f"POST {found.device}/wait HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
                asked += f"Content-Length: {len(body)}\r\n\r\n{body}"
            elif number % 3 == 1:
                asked = f"GET /events?wait=60 HTTP/1.1\r\n{head}\r\n"
            else:
                asked = f"POST {found.device}/load HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
                asked += "Content-Length: 100\r\n\r\n{"  # the rest never comes
            connection.sendall(asked.encode())
        await found.until_waiting(14)
        begun = time.process_time()
        assert (await found.do(f"{found.device}/jam"))["state"] == "Stopped"
        assert (await found.do(f"{found.device}/clear"))["state"] == "Idle"
        assert time.process_time() - begun < 0.4, "of both together, with all who hear of it"
        idle = time.process_time()
        await asyncio.sleep(1)
        assert time.process_time() - idle < 0.05, "waiting costs nothing"
        for connection in hanging:
            connection.close()
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        assert (await found.run_job())["outcome"] == "Completed"


async def test_too_many_who_wait_are_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(houses, "MOST_WAITING", 3)
    async with desk(tmp_path) as found:
        waits = [asyncio.create_task(found.ask("GET", "/events?wait=20")) for _ in range(3)]
        await found.until_waiting(3)
        for method, path, body in (
            ("GET", "/events?wait=1", None),
            ("POST", f"{found.device}/wait", {"until": {"state": "Stopped"}}),
            ("POST", "/scans/wait", {"until": {"ended": 1}}),
        ):
            came = await found.ask(method, path, body)
            assert came.status == 503 and came.json["error"] == "3 requests wait already", came
        assert (await found.ask("GET", "/events")).status == 200, "who does not wait is answered"
        await found.do(f"{found.device}/jam")
        assert [each.status for each in await asyncio.gather(*waits)] == [200] * 3
        assert found.house._waiting == 0


async def test_reset_ends_what_waits_without_holding_it_up(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        begun = await found.do(f"{found.device}/start", {"settings": ["Resolution=600x600"]}, 202)
        wait = asyncio.create_task(
            found.ask("POST", f"{found.device}/wait", {"until": {"job": begun["job"]}, "within": 30})
        )
        poll = asyncio.create_task(found.ask("GET", "/events?wait=30&kind=change"))
        await asyncio.sleep(0.3)
        resets = await asyncio.gather(*(found.ask("POST", "/reset") for _ in range(3)))
        assert [each.status for each in resets] == [204] * 3
        assert (await wait).json["job"]["done"] is True
        assert not poll.done()
        await found.do(f"{found.device}/describe", {"location": "Room 3"})
        assert (await poll).json["events"][0]["kind"] == "change"


def test_a_body_that_stops_half_way_is_no_request(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as found:
            parts = urlsplit(found.base)
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

            def half() -> None:
                connection.putrequest("POST", f"{found.device}/jam")
                for name, value in (("Authorization", f"Bearer {TOKEN}"), ("Content-Length", "10")):
                    connection.putheader(name, value)
                connection.putheader("Content-Type", "application/json")
                connection.endheaders(b"{}")
                assert connection.sock is not None
                connection.sock.close()

            await asyncio.to_thread(half)
            await asyncio.sleep(0.1)
            assert (await found.get(found.device))["state"] == "Idle"

    asyncio.run(run())
