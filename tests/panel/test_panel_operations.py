"""The operations of the control API, as a program asks them: events, jobs, faults, many devices, scans, truth."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from control_bench import SMALL, Desk, desk
from PIL import Image
from programs import run

from emulator import LabError
from emulator.jobs.truth_index import OF_DOCUMENTS, TruthIndex
from emulator.panel.api.openapi import openapi
from emulator.panel.api.table import meant

LATE = {"name": "late", "at": "exchange", "operation": "SendImage", "image": 2, "do": "late", "seconds": 0.01}
PLAN = {"seed": 3, "fault": [LATE]}


def require_as_told(found: Desk, method: str, path: str, answer: Any, status: int = 200) -> None:
    """The answer is what openapi.json says."""
    document = openapi(found.house)
    operation = meant(method, path.partition("?")[0]).operation
    assert operation is not None
    schema = document["paths"][operation.path][method.lower()]["responses"][str(status)]["content"]
    whole = {**schema["application/json"]["schema"], "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer)


async def test_what_is_asked_is_answered_as_the_document_says(tmp_path: Path) -> None:
    async with desk(tmp_path, count=2, faults=None) as found:
        await found.do(f"{found.device}/load", {"documents": "office-day", "sheets": 2, "replace": True})
        job = await found.run_job()
        assert (job["outcome"], job["settings"], job["acknowledged"]) == ("Completed", SMALL["settings"], 2)
        assert job["ticket"]["front"]["resolution"] == {"width": 75, "height": 75}
        await found.do(f"{found.device}/jam")
        await found.ask("PUT", "/faults", PLAN)
        scan = (await found.get("/scans"))["scans"][0]
        for path in (
            "/health", "/devices", "/devices?state=Stopped", found.device, "/jobs", "/jobs?done=true", "/jobs/1",
            f"{found.device}/post-scan-jobs/1", "/events?after=0", f"{found.device}/events/0", "/faults", "/scans",
            f"/scans/{scan['token']}", f"/scans/{scan['token']}/images/1/facts",
            f"/scans/{scan['token']}/images/2/truth",
        ):  # fmt: skip
            require_as_told(found, "GET", path, await found.get(path))
        waited = await found.do(f"{found.device}/wait", {"until": {"state": "Stopped", "conditions": ["mediajam"]}})
        require_as_told(found, "POST", f"{found.device}/wait", waited)
        waited = await found.do("/scans/wait", {"until": {"ended": 1, "images": 2, "job": scan["token"]}})
        require_as_told(found, "POST", "/scans/wait", waited)
        for path in (
            "/jobs/2",
            "/jobs/x",
            "/scans/none",
            "/devices/none",
            f"{found.device}/post-scan-jobs/9",
            "/x",
        ):
            assert (await found.ask("GET", path)).status == 404, path
        assert len((await found.get("/devices?state=Idle"))["devices"]) == 1
        every = [each["uuid"] for each in (await found.get("/devices"))["devices"]]
        first = (await found.get(f"/devices?after={'0' * 8}&limit=1"))["devices"]
        rest = (await found.get(f"/devices?after={first[0]['uuid']}"))["devices"]
        assert [each["uuid"] for each in first + rest] == sorted(every)


async def test_health_is_of_devices_and_servers(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        await found.run_job()
        health = await found.get("/health", token=None)
        assert (health["ready"], health["devices"], health["server"]) == (True, 1, True)
        (server,) = found.jobs.servers.servers
        await server.stop()
        stopped = await found.ask("GET", "/health", token=None)
        assert (stopped.status, stopped.json["ready"], stopped.json["server"]) == (503, False, False)
        found.network._announcer, kept = None, found.network._announcer
        assert (await found.ask("GET", "/health", token=None)).status == 503
        found.network._announcer = kept


async def test_a_wait_that_is_not_met_says_how_it_is(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        path = f"{found.device}/wait"
        came = await found.ask("POST", path, {"until": {"sheets": 3, "state": "Idle"}, "within": 0.05})
        assert came.status == 409 and came.json["met"] is False and came.json["device"]["sheets"] == 100
        assert came.json["error"] == "not within 0.05 s: 100 sheets are in the feeder, not 3"
        for body, status, says in (
            ({}, 400, "until is an object"),
            ({"until": {}}, 400, "until says nothing"),
            ({"until": {"state": "Idle"}, "within": -1}, 400, "within is a number of seconds from 0 to 3600"),
            ({"until": {"state": "Idle"}, "within": True}, 400, "within is a number"),
            ({"until": {"state": "Idle"}, "for": 1}, 400, "'for' is no field of wait"),
            ({"until": {"state": "Asleep"}}, 400, "state is one of Idle, Processing, Stopped"),
            ({"until": {"state": None}}, 400, "state is null"),
            ({"until": {"job": 4}}, 404, "no post-scan job 4 was started there"),
            ({"until": {"event": "page", "after": 999}}, 409, "none of number 999"),
        ):
            refused = await found.ask("POST", path, body)
            assert (refused.status, says in refused.json["error"]) == (status, True), refused
        came = await found.ask("POST", "/scans/wait", {"until": {"ended": 1}, "within": 0.05})
        assert came.status == 409 and "0 of 1 jobs have ended" in came.json["error"]
        waiting = asyncio.create_task(found.do("/scans/wait", {"until": {"images": 1}, "within": 30}))
        event = asyncio.create_task(
            found.do(path, {"until": {"event": "page", "data": {"number": 1}}, "within": 30})
        )
        await asyncio.sleep(0.1)
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        await found.do(f"{found.device}/start", SMALL, 202)
        assert (await waiting)["scans"][0]["images"] and (await event)["event"]["data"]["number"] == 1


async def test_a_long_poll_is_answered_when_something_happens(tmp_path: Path) -> None:
    async with desk(tmp_path, count=2) as found:
        one, other = (str(each.uuid) for each in found.network.devices)
        last = (await found.get("/events"))["last"]
        begun = asyncio.get_running_loop().time()
        assert (await found.get("/events?wait=0.2"))["events"] == []
        assert asyncio.get_running_loop().time() - begun >= 0.2
        poll = asyncio.create_task(found.get(f"/events?after={last}&wait=30&device={other}&kind=condition"))
        await asyncio.sleep(0.1)
        await found.do(f"/devices/{one}/jam")
        await asyncio.sleep(0.1)
        assert not poll.done(), "that was the other one's"
        await found.do(f"/devices/{other}/jam")
        news = await poll
        assert [each["data"]["name"] for each in news["events"]] == ["MediaJam"] and news["lost"] == 0
        again = await found.get(f"/events?after={last}&device={one}&kind=condition")
        assert len(again["events"]) == 1 and again["last"] >= news["last"]
        few = await found.get(f"/events?after={last}&limit=1&kind=condition")
        assert len(few["events"]) == 1
        for query in ("after=x", "after=-1", "wait=61", "wait=nan", "limit=0", "kind=x", "a=1", "after=1&after=2"):
            assert (await found.ask("GET", f"/events?{query}")).status == 400, query
        assert (await found.ask("GET", "/events?after=999999")).status == 409


async def test_something_is_done_at_many_devices(tmp_path: Path) -> None:
    async with desk(tmp_path, profiles=("office-mfp", "flatbed"), count=2) as found:
        devices = (await found.get("/devices"))["devices"]
        mfps = {each["uuid"] for each in devices if each["profile"] == "office-mfp"}
        done = await found.do("/actions/load", {"select": {"profile": "office-mfp"},
                                                "with": {"sheets": 3, "replace": True}})  # fmt: skip
        assert set(done["done"]) == mfps and done["refused"] == []
        everybody = await found.do("/actions/load", {"with": {"sheets": 1}})
        assert set(everybody["done"]) == mfps and len(everybody["refused"]) == 2
        assert "has no feeder" in everybody["refused"][0]["error"]
        one = devices[0]
        assert (await found.do("/actions/open", {"select": {"names": [one["name"].upper()]}}))["done"] == [
            one["uuid"]
        ]
        stopped = await found.do("/actions/clear", {"select": {"state": "Stopped"}})
        assert stopped["done"] == [one["uuid"]]
        nobody = await found.do("/actions/jam", {"select": {"uuids": []}})
        assert nobody == {"done": [], "refused": []}
        one_sheet = {"sheets": 1}
        both = {"select": {"uuids": [one["uuid"].upper()], "profile": "nothing"}}
        assert (await found.do("/actions/jam", both))["done"] == []
        for body, says in (
            ({"select": "all", "with": one_sheet}, "select is an object"),
            ({"select": {"uuid": "x"}, "with": one_sheet}, "'uuid' selects nothing"),
            ({"select": {"uuids": "x"}, "with": one_sheet}, "uuids is a list of strings"),
            ({"select": {"profile": ["x"]}, "with": one_sheet}, "profile is a string"),
            ({"select": {"state": "x"}, "with": one_sheet}, "state is one of"),
            ({}, "give sheets"),
            ({"with": []}, "with is an object"),
            ({"with": {"sheets": 1, "paper": 2}}, "'paper' is no field of load"),
            ({"with": {"sheets": 0}}, "sheets is a whole number of at least 1"),
            ({"which": {}}, "'which' is no field of this"),
        ):
            refused = await found.ask("POST", "/actions/load", body)
            assert (refused.status, says in refused.json["error"]) == (400, True), refused


async def test_a_fault_plan_comes_goes_and_is_counted(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        assert (await found.get("/faults"))["plan"] is None
        told = await found.ask("PUT", "/faults", PLAN)
        assert told.status == 200 and told.json["unfired"] == ["late"]
        await found.do(f"{found.device}/load", {"sheets": 2, "replace": True})
        job = await found.run_job()
        assert [each["number"] for each in job["result"]["faults"]] == [2]
        now = await found.get("/faults")
        assert (now["unfired"], now["seed"], now["faults"][0]["fired"], len(now["firings"])) == ([], 3, 1, 1)
        toml = b'[[fault]]\nname = "jam"\nat = "page"\npage = 1\ndo = "MediaJam"\nfor = 0.01\n'
        told = await found.ask("PUT", "/faults", toml, Content_Type="application/toml")
        assert told.json["faults"][0]["line"] == 2 and told.json["firings"] == []
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        assert (await found.run_job())["outcome"] == "Completed"
        assert [each["name"] for each in (await found.get("/faults"))["firings"]] == ["jam"]
        wrong = toml.replace(b"MediaJam", b"MediaJelly")
        for body, kind, says in (
            (wrong, "application/toml", "MediaJelly"),
            (b"[[fault", "application/toml", "no TOML"),
            (b"\xff", "application/toml", "not UTF-8"),
            (json.dumps({"fault": [{**LATE, "do": "latte"}]}).encode(), "application/json", "latte"),
            (json.dumps({"fault": []}).encode(), "application/json", "at least 1"),
            (b"{}", "application/json", "missing"),
            (b"[]", "application/json", "no JSON object"),
            (toml, "text/plain", "Content-Type: application/json or application/toml is wanted"),
            (toml, "", "Content-Type"),
        ):
            refused = await found.ask("PUT", "/faults", body, Content_Type=kind)
            assert (refused.status, says in refused.json["error"]) == (400, True), refused
        problems = (await found.ask("PUT", "/faults", wrong, Content_Type="application/toml")).json["problems"]
        assert problems[0]["line"] == 5 and problems[0]["field"] == "fault.do"
        assert [each["name"] for each in (await found.get("/faults"))["faults"]] == ["jam"], "the one before stays"
        large = await found.ask("PUT", "/faults", b"#" * 2_000_000, Content_Type="application/toml")
        assert large.status == 413
        assert (await found.ask("DELETE", "/faults")).json["plan"] is None
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        await found.run_job()
        assert (await found.get("/faults"))["firings"] == []


async def test_images_come_whole_and_small_and_can_be_deleted(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        await found.do(f"{found.device}/load", {"sheets": 3, "replace": True})
        await found.run_job(
            settings=["Resolution=75x75", "Format=tiff-multi-g4", "ColorProcessing=BlackAndWhite1"], user="ann"
        )
        await found.do(f"{found.device}/load", {"sheets": 1, "replace": True})
        await found.run_job(settings=["Resolution=75x75", "Format=png"])
        first, second = (await found.get("/scans"))["scans"]
        assert [each["token"] for each in (await found.get("/scans?user=ann"))["scans"]] == [first["token"]]
        assert [each["token"] for each in (await found.get(f"/scans?after={first['token']}"))["scans"]] == [
            second["token"]
        ]
        assert (await found.get("/scans?state=Aborted"))["scans"] == []
        path = f"/scans/{first['token']}/images/1"
        whole = await found.ask("GET", path)
        assert (
            whole.headers["content-type"] == "image/tiff" and whole.headers["x-content-type-options"] == "nosniff"
        )
        assert hashlib.sha256(whole.body).hexdigest() == first["images"][0]["sha256"]
        small = await found.ask("GET", f"{path}?width=100&page=3")
        assert small.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(small.body)).width == 100
        facts = await found.get(f"{path}/facts")
        assert [each["width"] for each in facts["pages"]] == [620] * 3 and facts["truth"] is False
        missing = await found.ask("GET", f"{path}?page=4")
        assert missing.status == 409 and "3 pages" in missing.json["error"]
        assert (await found.ask("GET", f"{path}/truth")).status == 404
        assert (await found.ask("GET", f"/scans/{first['token']}/images/7")).status == 404
        files = [Path(name) for name in first["images"][0]["files"]]
        assert files and all(each.is_file() for each in files)
        assert (await found.ask("DELETE", f"/scans/{first['token']}")).status == 204
        assert not any(each.exists() for each in files)
        assert (await found.ask("GET", path)).status == 404
        kept = Path(second["images"][0]["files"][0])
        await asyncio.to_thread(kept.write_bytes, b"no picture at all")
        assert (await found.ask("GET", f"/scans/{second['token']}/images/1?width=9")).status == 409
        await asyncio.to_thread(kept.unlink)
        assert (await found.ask("GET", f"/scans/{second['token']}/images/1")).status == 404
        assert (await found.ask("DELETE", "/scans")).json == {"deleted": 1}
        assert (await found.get("/scans"))["scans"] == []


async def test_a_job_that_runs_can_be_deleted(tmp_path: Path) -> None:
    async with desk(tmp_path) as found:
        await found.do(f"{found.device}/load", {"sheets": 3, "replace": True})
        slow = {**LATE, "image": 3, "seconds": 8}
        assert (await found.ask("PUT", "/faults", {"fault": [slow]})).status == 200
        begun = await found.do(f"{found.device}/start", SMALL, 202)
        await found.do("/scans/wait", {"until": {"images": 2}})
        (scan,) = (await found.get("/scans?ended=false"))["scans"]
        assert scan["state"] == "Creating", "who waits for images is told of each"
        assert (await found.ask("DELETE", f"/scans/{scan['token']}")).status == 204
        assert (await found.get("/scans"))["scans"] == []
        await found.do(f"{found.device}/wait", {"until": {"job": begun["job"]}, "within": 60})
        assert not [each for each in (tmp_path / "store").rglob("*") if each.suffix in {".jpg", ".png"}]


async def test_truth_is_found_by_the_octets(tmp_path: Path) -> None:
    """Of a device of this process, of what `scan --truth` wrote elsewhere, and beside images of `render`."""
    settings = ["Resolution=75x75", "ColorProcessing=Grayscale8"]
    words = [word for each in settings for word in ("--set", each)]
    truth, rendered = tmp_path / "truth", tmp_path / "rendered"
    done = run("render", "--documents", "office-day", "--pages", "1", "--seed", "5", *words, "--output", rendered,
               cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    truth.mkdir()
    async with desk(tmp_path, truth=(truth, rendered)) as found:
        load = {"documents": "office-day", "sheets": 1, "replace": True}
        await found.do(f"{found.device}/load", load)
        await found.run_job(settings=settings)
        await found.do(f"{found.device}/load", {**load, "seed": 5})
        await found.run_job(settings=settings)
        first, _ = (await found.get("/scans"))["scans"]
        (page,) = (await found.get(f"/scans/{first['token']}/images/1/truth"))["pages"]
        assert page["set"] == "office-day" and page["image"]["width"] == 620 and page["words"]
        schema = Path(__file__).parents[2] / "emulator/documents/schemas/page-truth.schema.json"
        jsonschema.validate(page, json.loads(schema.read_text(encoding="utf-8")))
        # A scan of another process, whose store and truth lie elsewhere.
        done = await asyncio.to_thread(
            run, "scan", "--documents", "office-day", "--pages", "2", "--seed", "9", *words, "--truth",
            truth / "job", "--store", "other", "--manifest", "m.jsonl", cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in (truth / "job" / OF_DOCUMENTS).read_text("utf-8").splitlines()]
        sent = [json.loads(line) for line in (tmp_path / "m.jsonl").read_text("utf-8").splitlines()]
        images = [each["image"]["sha256"] for each in sent if "image" in each]
        assert [each["sha256"] for each in lines] == images and len(images) == 2
        pages = found.house.truths.find(lines[1]["sha256"])
        assert pages is not None and [each["page"] for each in pages] == [2]
        image = next(each for each in rendered.iterdir() if each.suffix == ".jpg")
        known = found.house.truths.find(hashlib.sha256(image.read_bytes()).hexdigest())
        assert known is not None and known[0]["seed"] == 5
        assert found.house.truths.find("0" * 64) is None
        await found.house.truths.start_over()
        assert found.house.truths.find(first["images"][0]["sha256"]) is None
        assert found.house.truths.find(lines[0]["sha256"]) is not None, "folders stay"
    with pytest.raises(LabError, match="no such folder"):
        TruthIndex([tmp_path / "nowhere"])
