"""openapi.json: what another's programs make of it, and that the control API holds what it says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
from control_bench import SMALL, desk, request
from optional_programs import needs_package
from programs import devices, environment, server

from emulator.options.press import ACTIONS
from emulator.panel.api.house import House
from emulator.panel.api.openapi import openapi
from emulator.panel.api.table import OPERATIONS, PARAMETERS, SCHEMAS, meant

HERE = Path(__file__).parent
EXHAUSTIVE = os.environ.get("DSM_EXHAUSTIVE") == "1"
LEFT_OUT = (
    "startAtDevice",
    "reset",
    "deleteScan",
    "deleteScans",
    "endSession",
    "switchDeviceOff",
    "switchDeviceOn",
)
"""A job may be sent to any server of the network; others take away what there is to be asked for, and what is there
is on already."""


def refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        for each in value.values():
            yield from refs(each)
    elif isinstance(value, list):
        for each in value:
            yield from refs(each)


def test_the_document_is_valid_by_another_s_validator() -> None:
    validator = needs_package("openapi_spec_validator")
    document = openapi(House())
    validator.validate(document)
    assert document["openapi"].startswith("3.1")
    assert set(refs(document)) == set(SCHEMAS), "each schema that has a name is used, and there"
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_operation_stands_there_once_and_is_meant_by_its_own_path() -> None:
    document = openapi(House())
    told = [(m.upper(), path) for path, row in document["paths"].items() for m in row]
    assert sorted(told) == sorted((each.method, each.path) for each in OPERATIONS)
    assert len({each.id for each in OPERATIONS}) == len(OPERATIONS)
    for each in OPERATIONS:
        path = each.path
        for name, parameter in PARAMETERS.items():
            path = path.replace(f"{{{name}}}", "7" if parameter.schema["type"] == "integer" else "x")
        found = meant(each.method, path)
        assert found.operation is each, path
        assert meant("PATCH", path).operation is None and each.method in meant("PATCH", path).allowed
        assert each.open is (document["paths"][each.path][each.method.lower()].get("security") == [])
    assert {each.path for each in OPERATIONS if each.open} == {"/health"}
    for name in ACTIONS:
        assert f"/devices/{{device}}/{name}" in document["paths"] and f"/actions/{name}" in document["paths"]


def test_docs_have_every_operation() -> None:
    page = (HERE.parents[1] / "docs" / "control.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(GET|POST|PUT|DELETE) (/[^`? ]*)", page, re.MULTILINE))
    actions = {("POST", f"/devices/{{device}}/{name}") for name in ACTIONS}
    actions |= {("POST", f"/actions/{name}") for name in ACTIONS}
    wanted = {(each.method, each.path) for each in OPERATIONS} - actions
    wanted |= {("GET", "/openapi.json"), ("POST", "/devices/{device}/ACTION"), ("POST", "/actions/ACTION")}
    assert told == wanted


def schemathesis(base: str, token: str, folder: Path, *more: str) -> str:
    """What it prints; it fails for any failure."""
    needs_package("schemathesis")
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run",
            f"{base}/openapi.json", "-H", f"Authorization: Bearer {token}", "--request-timeout", "20",
            "--max-examples", "50" if EXHAUSTIVE else "3", "--no-color", "--seed", "7",
            *(word for each in LEFT_OUT for word in ("--exclude-operation-id", each)), *more,
        ],
        cwd=folder,
        env={**environment(checked=False), "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
             "PYTHONPATH": os.pathsep.join([str(HERE), environment(checked=False)["PYTHONPATH"]])},
        capture_output=True, text=True, encoding="utf-8", timeout=1200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_schemathesis_finds_nothing_at_a_running_device(tmp_path: Path) -> None:
    with devices("--no-multicast", "--store", "s", cwd=tmp_path, checked=False) as ((device,), process):
        base, _, _ = device["control"].partition("/devices/")
        ask = {"base": base, "token": device["token"]}
        path = device["control"].removeprefix(base)
        assert request(method="POST", path=f"{path}/load", **ask,
                       body={"documents": "office-day", "sheets": 1, "replace": True}).status == 200  # fmt: skip
        assert request(method="POST", path=f"{path}/start", body=SMALL, **ask).status == 202
        waited = request(method="POST", path="/scans/wait", body={"until": {"ended": 1}}, **ask)
        token = waited.json["scans"][0]["token"]
        document = request(method="GET", path="/openapi.json", **ask).json
        parameters = document["paths"]["/scans/{token}"]["get"]["parameters"]
        assert parameters[0]["examples"] == {"now1": {"value": token}}
        told = schemathesis(base, device["token"], tmp_path)
        passed = re.search(r"(\d+) generated, (\d+) passed", told)
        assert passed is not None and passed[1] == passed[2] and int(passed[1]) > 1000, told[-1500:]
        assert request(method="GET", path="/health", **ask).json["ready"] and process.poll() is None


def test_schemathesis_finds_nothing_at_a_running_scan_server(tmp_path: Path) -> None:
    with server(
        "--control-port", "0", "--store", "s", "--http", "--state", tmp_path / "state", cwd=tmp_path, checked=False
    ) as (ready, process):
        token = Path(ready["control_token_file"]).read_text("utf-8").strip()
        told = schemathesis(
            ready["control"], token, tmp_path,
            "--exclude-path-regex", "^/(actions|devices/\\{device\\})/", "--phases", "examples,coverage",
        )  # fmt: skip
        assert re.search(r"(\d+) generated, \1 passed", told), told[-1500:]
        assert process.poll() is None


GENERATOR = """
package_name_override: generated
project_name_override: made
post_hooks: []
content_type_overrides:
  application/toml: application/octet-stream
  image/png: application/octet-stream
"""

CLIENT = r"""
import json, sys
from httpx import Timeout
from {made} import AuthenticatedClient
from {made}.api.devices import get_device, list_devices, load_at_device, wait_at_device
from {made}.api.events import list_events
from {made}.api.jobs import get_job, start_at_device
from {made}.api.process import get_health, reset
from {made}.api.scans import get_image, get_scan, list_scans, wait_for_scans
from {made}.models import (
    LoadRequest, StartRequest, Until, WaitAtDeviceBody, UntilScans, WaitForScansBody,
)

base, token = sys.argv[1:]
client = AuthenticatedClient(
    base_url=base, token=token, raise_on_unexpected_status=True, timeout=Timeout(90)  # httpx waits 5 s
)
assert get_health.sync(client=client).ready
(device,) = list_devices.sync(client=client).devices
uuid = str(device.uuid)
loaded = load_at_device.sync(uuid, client=client, body=LoadRequest(sheets=2, replace=True))
assert loaded.sheets == 2 and loaded.state.value == "Idle"
begun = start_at_device.sync(uuid, client=client, body=StartRequest(settings=["Resolution=75x75"], user="ann"))
waited = wait_at_device.sync(
    uuid, client=client, body=WaitAtDeviceBody(until=Until(job=begun.job, outcome="Completed"), within=60)
)
assert waited.met and waited.job.acknowledged == 2, waited
job = get_job.sync(begun.job, client=client)
assert job.done and job.outcome == "Completed"
came = wait_for_scans.sync(client=client, body=WaitForScansBody(until=UntilScans(ended=1, images=2)))
(scan,) = list_scans.sync(client=client, user="ann").scans
assert scan.token == came.scans[0].token == job.result["job_token"] and len(scan.images) == 2
assert get_scan.sync(scan.token, client=client).state.value == "Completed"
image = get_image.sync_detailed(scan.token, 1, client=client, width=50)
assert image.content.startswith(b"\x89PNG")
assert get_image.sync_detailed(scan.token, 1, client=client).content.startswith(b"\xff\xd8")
kinds = {each.kind.value for each in list_events.sync(client=client, device=uuid).events}
assert {"input", "page", "image", "job", "exchange"} <= kinds, kinds
assert reset.sync_detailed(client=client).status_code == 204
assert list_scans.sync(client=client).scans == []
wrong = wait_at_device.sync_detailed(
    uuid, client=client, body=WaitAtDeviceBody(until=Until(sheets=1), within=0.01)
)
assert wrong.status_code == 409, wrong
print("a whole job")
"""


async def test_a_client_that_another_s_program_made_runs_a_whole_job(tmp_path: Path) -> None:
    needs_package("openapi_python_client")
    async with desk(tmp_path) as found:
        (tmp_path / "openapi.json").write_text(json.dumps(await found.get("/openapi.json")), encoding="utf-8")
        (tmp_path / "config.yml").write_text(GENERATOR, encoding="utf-8")

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
            )

        made = await asyncio.to_thread(
            run, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none",
            "--config", "config.yml", "--output-path", "generated", "--fail-on-warning",
        )  # fmt: skip
        assert made.returncode == 0, made.stdout + made.stderr
        (tmp_path / "client.py").write_text(CLIENT.replace("{made}", "generated"), encoding="utf-8")
        done = await asyncio.to_thread(run, "client.py", found.base, found.token)
        assert done.stdout == "a whole job\n", done.stderr
