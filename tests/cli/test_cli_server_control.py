"""`server --control-port`: the control API of a scan server alone; and `run --advertise`."""

from __future__ import annotations

import json
import re
import socket
import uuid
from pathlib import Path
from typing import Any

import pytest
from control_bench import request
from programs import devices, run, server

from emulator.network.registry import running, running_servers


def test_a_server_tells_what_it_has_waits_and_resets(tmp_path: Path) -> None:
    control = ("--control-port", "0", "--state", tmp_path / "state", "--truth", tmp_path)
    with server("--http", *control, "--store", "s", cwd=tmp_path) as (ready, process):
        token = Path(ready["control_token_file"]).read_text("utf-8").strip()

        def ask(method: str, path: str, body: Any = None, status: int = 200) -> Any:
            came = request(ready["control"], method, path, body, token=token)
            assert came.status == status, came
            return came.json if came.body else None

        (listed,) = running_servers(tmp_path / "state")
        assert (listed.url, listed.control) == (ready["url"], ready["control"])
        assert listed.control_token_file == ready["control_token_file"] and running(tmp_path / "state") == []
        assert ask("GET", "/health")["server"] is True and ask("GET", "/devices") == {"devices": []}
        scan = ("scan", "--server", ready["url"], "--documents", "office-day", "--pages", "2", "--user", "ann",
                "--set", "Resolution=75x75", "--truth", "truth", "-q")  # fmt: skip
        assert run(*scan, cwd=tmp_path).returncode == 0
        waited = ask("POST", "/scans/wait", {"until": {"ended": 1, "images": 2}})
        (job,) = waited["scans"]
        assert (job["user"], job["state"], len(job["images"])) == ("ann@contoso.example", "Completed", 2)
        (page,) = ask("GET", f"/scans/{job['token']}/images/2/truth")["pages"]
        assert page["page"] == 2, "of another process, by the octets"
        news = ask("GET", "/events?after=0")["events"]
        operations = {each["data"]["operation"] for each in news if each["kind"] == "exchange"}
        assert {"CreatePostScanJob", "SendImage", "EndPostScanJob"} <= operations
        assert all(
            each["data"]["request_octets"] > 0 for each in news if each["data"].get("operation") == "SendImage"
        )
        refused = ask("PUT", "/faults", {"fault": [{"name": "x", "at": "page", "do": "MediaJam", "page": 1}]}, 400)
        assert "is done by device" in refused["error"]
        plan = {"fault": [{"name": "busy", "at": "exchange", "operation": "CreatePostScanJob", "nth": 1,
                           "do": "late", "seconds": 0.01}]}  # fmt: skip
        ask("PUT", "/faults", plan)
        assert run(*scan, "--overwrite", cwd=tmp_path).returncode == 0
        assert ask("GET", "/faults")["unfired"] == []
        ask("POST", "/reset", status=204)
        assert ask("GET", "/scans") == {"scans": []} and ask("GET", "/faults")["plan"] is None
        assert ask("GET", "/events?after=0")["events"] == []
        files = [Path(name) for each in job["images"] for name in each["files"]]
        assert all((tmp_path / each).is_file() for each in files), "the files of the store stay"
        told = run("press", "status", "--state", tmp_path / "state", cwd=tmp_path)
        assert told.returncode == 3 and "no device is running" in told.stderr
        assert process.poll() is None
    assert running_servers(tmp_path / "state") == []


@pytest.mark.parametrize("words", [["--control-bind", "0.0.0.0"], ["--control-token", "t"], ["--truth", "."]])
def test_what_goes_with_the_control_port_alone(tmp_path: Path, words: list[str]) -> None:
    done = run("server", "--http", "--port", "0", *words, cwd=tmp_path)
    assert done.returncode == 2 and "go with --control-port" in done.stderr


def test_a_folder_of_truth_that_is_none(tmp_path: Path) -> None:
    done = run("run", "--no-multicast", "--truth", "nowhere", cwd=tmp_path)
    assert done.returncode == 2 and "--truth nowhere: no such folder" in done.stderr
    done = run("server", "--http", "--port", "0", "--control-port", "0", "--truth", "nowhere", cwd=tmp_path)
    assert done.returncode == 2 and "--truth nowhere: no such folder" in done.stderr


PROBE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>
 <a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>
 <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>
 <a:MessageID>urn:uuid:{id}</a:MessageID></s:Header><s:Body><d:Probe/></s:Body></s:Envelope>"""


def probed(address: str) -> list[str]:
    """XAddrs in the answers to a Probe by UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(5)
        asker.bind((address, 0))
        found: list[str] = []
        for _ in range(3):
            asker.sendto(PROBE.format(id=uuid.uuid4()).encode(), (address, 3702))
            try:
                while not found:
                    found += re.findall(r"<\w+:XAddrs>([^<]*)<", asker.recv(65536).decode())
            except TimeoutError:
                continue
            return found
        return found


@pytest.mark.parametrize(
    ("advertised", "told"),
    [("scanner.lab:8357", "http://scanner.lab:8357"), ("[2001:db8::7]:8357", "http://[2001:db8::7]:8357")],
)
def test_devices_tell_what_is_advertised(tmp_path: Path, advertised: str, told: str) -> None:
    with devices("--advertise", advertised, "--no-multicast", cwd=tmp_path) as ((device,), _):
        path = f"/{device['uuid']}"
        assert device["xaddrs"][0] == f"{told}{path}" and device["xaddrs"][1].startswith("http://127.0.0.1:")
        assert device["scan_service"].startswith(told)
        inspected = run("inspect", device["xaddrs"][1], "--json", cwd=tmp_path)
        assert inspected.returncode == 0, "over HTTP it tells what it was asked by"
        service = json.dumps(json.loads(inspected.stdout))
        assert f"{device['xaddrs'][1]}/WSDScanner" in service and "scanner.lab" not in service
        assert {each for found in probed("127.0.0.1") for each in found.split() if path in each} <= {
            f"{told}{path}"
        }


@pytest.mark.parametrize("wrong", ["http://x", "x/y", "x:99999", "a b:1", ":80", "user@x"])
def test_what_cannot_be_advertised(tmp_path: Path, wrong: str) -> None:
    done = run("run", "--no-multicast", "--advertise", wrong, cwd=tmp_path)
    assert done.returncode == 2 and "is no HOST[:PORT]" in done.stderr, done.stderr


def test_a_secure_device_has_a_certificate_for_what_is_advertised(tmp_path: Path) -> None:
    with devices("--https", "--advertise", "scanner.lab:8357", "--no-multicast", cwd=tmp_path) as ((device,), _):
        assert device["xaddrs"] == [f"https://scanner.lab:8357/{device['uuid']}"]
