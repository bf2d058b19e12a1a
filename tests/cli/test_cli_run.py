"""`run` and `press` as a user runs them, and the control API as a program calls it."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from optional_programs import needs_program
from PIL import Image
from programs import at, devices, end, run, server, start


def ask(url: str, token: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
    """One request to the control API by the standard library's client."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    sent = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(method, parts.path, data, sent)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def images_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in {".jpg", ".png", ".tif"})


def test_press_drives_a_device_through_jam_and_empty_feeder(tmp_path: Path) -> None:
    with devices("--store", "s", cwd=tmp_path) as (_, _):

        def press(*words: str, code: int = 0) -> str:
            done = run("press", *words, "--state", tmp_path / "state", cwd=tmp_path)
            assert done.returncode == code, done.stdout + done.stderr
            return done.stdout + done.stderr

        assert "100 of 100 sheets" in press("status")
        assert "feeder      2 of 100" in press("load", "--sheets", "2", "--replace")
        assert "Stopped (CoverOpen)" in press("open", "cover")
        assert "Stopped (CoverOpen, MediaJam)" in press("jam")
        assert "not now: the scanner is Stopped" in press("start", code=1)
        assert "Stopped (MediaJam)" in press("close")
        assert "Office MFP: Idle" in press("clear")
        told = press("start", "--set", "Format=png", "--set", "Resolution=150x150")
        assert told.startswith("Completed     2 images")
        assert len(images_in(tmp_path / "s")) == 2
        assert "the feeder is empty" in press("start", code=2)
        assert "InputTrayEmpty" in press("status")
        assert "100 of 100" in press("reset")
        assert "no scan job to cancel" in press("cancel", code=2)
        assert "LampError" in press("condition", "lamperror")
        assert "Idle" in press("condition", "LampError", "--off")
        assert "CONDITION is one of Calibrating" in press("condition", "Nonsense", code=2)


def test_pages_loaded_into_the_feeder_are_what_arrives(tmp_path: Path) -> None:
    for number, color in enumerate(("red", "green", "blue")):
        Image.new("RGB", (850, 1100), color).save(tmp_path / f"{number}.png", dpi=(100, 100))
    with devices("--store", "s", cwd=tmp_path) as ((device,), _):
        assert run("press", "load", "0.png", "1.png", "2.png", "--replace", *at(device, tmp_path),
                   cwd=tmp_path).returncode == 0  # fmt: skip
        done = run(
            "press",
            "start",
            "--set",
            "Format=png",
            "--json",
            *at(device, tmp_path),
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        job = json.loads(done.stdout)
        assert job["done"] and job["result"]["outcome"] == "Completed" and job["acknowledged"] == 3
        found = []
        for path in job["result"]["delivered"]:
            with Image.open(tmp_path / path) as image:
                found.append(image.convert("RGB").getpixel((image.width // 4, image.height // 4)))
        assert found == [(255, 0, 0), (0, 128, 0), (0, 0, 255)]
        checked = run("verify", job["result"]["manifest"], "s", cwd=tmp_path)
        assert checked.returncode == 0, checked.stdout


def test_documents_of_a_set_are_what_arrives(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'title = "Two"\n[[documents]]\nkind = "separator"\ncodes = [{ kind = "Code128", value = "BATCH-0007", '
        'module = 0.02 }]\n[[documents]]\nkind = "invoice"\n',
        encoding="utf-8",
    )
    with devices("--store", "s", cwd=tmp_path) as ((device,), _):
        control = [*at(device, tmp_path)]
        bad = run("press", "load", "--documents", "nosuch", *control, cwd=tmp_path)
        assert bad.returncode == 2 and "no such document set" in bad.stderr
        both = run("press", "load", "mine.toml", "--documents", "mine.toml", *control, cwd=tmp_path)
        assert both.returncode == 2 and "files do not go with it" in both.stderr
        loaded = run("press", "load", "--documents", "mine.toml", "--replace", *control, cwd=tmp_path)
        assert loaded.returncode == 0 and "2 of 100" in loaded.stdout, loaded.stderr
        done = run("press", "start", "--set", "Format=png", "--json", *control, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        first, second = json.loads(done.stdout)["result"]["delivered"]
        read = subprocess.run(
            [needs_program("zbarimg"), "-q", "--raw", tmp_path / first], capture_output=True, text=True, check=True
        )
        assert "BATCH-0007" in read.stdout and second


def test_a_jam_in_the_middle_of_a_post_scan_job_holds_it_and_a_cancel_at_the_panel_ends_it(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        ready, _ = stack.enter_context(server("--http", "--store", "s", cwd=tmp_path))
        at_server = devices("--server", ready["url"], "--speed", "real", cwd=tmp_path)
        (device,), _ = stack.enter_context(at_server)
        control, token = device["control"], device["token"]
        status, begun = ask(f"{control}/start", token, "POST", {"settings": ["Resolution=75x75"]})
        assert status == 202
        job_url = begun["url"]
        limit = time.monotonic() + 40
        while ask(job_url, token)[1]["acknowledged"] < 1:
            assert time.monotonic() < limit, ask(job_url, token)
            time.sleep(0.1)
        assert ask(f"{control}/jam", token, "POST", {})[0] == 200
        held = ask(control, token)[1]
        assert held["state"] == "Stopped"
        (scan_job,) = held["active_jobs"]
        assert scan_job["state"] == "Processing" and scan_job["reasons"] == ["ScannerStopped"]
        before = ask(job_url, token)[1]["scanned"]
        time.sleep(3)
        assert ask(job_url, token)[1]["scanned"] <= before + 1, "nothing is scanned with paper jammed"
        assert ask(f"{control}/cancel", token, "POST", {})[0] == 200
        limit = time.monotonic() + 60
        while not (job := ask(job_url, token)[1])["done"]:
            assert time.monotonic() < limit
            time.sleep(0.1)
        assert job["exit_code"] == 1 and "JobCanceledAtDevice" in job["error"]
    records = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "s" / "unfinished").glob("*/job.json")]
    assert [record["job_state"] for record in records] == ["Canceled"], "the scan server was told"


def test_several_devices_have_their_own_identity_which_lasts(tmp_path: Path) -> None:
    def identities() -> list[tuple[str, str]]:
        with devices("office-mfp", "flatbed", "--count", "3", cwd=tmp_path) as (found, process):
            control, token = found[0]["control"].rpartition("/")[0], found[0]["token"]
            assert len(ask(control, token)[1]["devices"]) == 6
            assert end(process) == 0 or sys.platform == "win32"
        return [(device["name"], device["uuid"]) for device in found]

    first = identities()
    assert len({uuid for _, uuid in first}) == 6
    assert [name for name, _ in first][:3] == ["Office MFP 1", "Office MFP 2", "Office MFP 3"]
    assert identities() == first


def test_press_finds_the_device_it_is_told_of_or_says_why_not(tmp_path: Path) -> None:
    nobody = run("press", "status", "--state", tmp_path / "state", cwd=tmp_path)
    assert nobody.returncode == 3 and "no device is running" in nobody.stderr
    with devices("--count", "2", cwd=tmp_path) as (found, process):
        both = run("press", "status", "--state", tmp_path / "state", cwd=tmp_path)
        assert both.returncode == 2 and "--device" in both.stderr and "--control" in both.stderr
        for each in found:
            assert f"{each['name']!r}  {each['uuid']}  {each['control']}" in both.stderr
        for name in ("office mfp 2", found[1]["uuid"]):
            one = run("press", "status", "--state", tmp_path / "state", "--device", name, "--json", cwd=tmp_path)
            assert json.loads(one.stdout)["uuid"] == found[1]["uuid"]
        process.kill()
        process.wait(60)
        gone = run("press", "status", "--state", tmp_path / "state", cwd=tmp_path)
        assert gone.returncode == 3 and "no device is running" in gone.stderr, "a killed run is not listed"
        refused = run("press", "status", *at(found[0], tmp_path), cwd=tmp_path)
        assert refused.returncode == 3 and "no device answers" in refused.stderr


@pytest.mark.parametrize(
    ("path", "method", "body", "headers", "status", "said"),
    [
        ("", "GET", None, {"Host": "evil.example"}, 403, "loopback"),
        ("/load", "POST", {"sheets": 1}, {"Content_Type": "text/plain"}, 400, "application/json"),
        ("/load", "POST", b"{", {}, 400, "no JSON"),
        ("/load", "POST", b"[" * 5000, {}, 400, "no JSON"),
        ("/load", "POST", b"[]", {}, 400, "no JSON object"),
        ("/load", "POST", b" " * 70_000, {}, 400, "octets"),
        ("/load", "POST", {}, {}, 400, "sheets"),
        ("/load", "POST", {"sheets": True}, {}, 400, "whole number"),
        ("/load", "POST", {"sheets": -1}, {}, 400, "at least 1"),
        ("/load", "POST", {"sheets": 1000}, {}, 400, "takes 100"),
        ("/load", "POST", {"files": ["/nowhere/x.png"]}, {}, 400, "no such file"),
        ("/load", "POST", {"sheets": 1, "colour": "red"}, {}, 400, "no field"),
        ("/open", "POST", {"component": "Trunk"}, {}, 400, "Platen"),
        ("/condition", "POST", {"name": "InputTrayEmpty"}, {}, 400, "nobody sets it"),
        ("/start", "POST", {"speed": 1}, {}, 400, "no field"),
        ("/start", "POST", {"user": 1}, {}, 400, "a string"),
        ("/fly", "POST", {}, {}, 404, "/fly"),
        ("/load", "GET", None, {}, 405, "POST"),
        ("/post-scan-jobs/7", "GET", None, {}, 404, "no post-scan job"),
        ("/post-scan-jobs/99999999999999999999", "GET", None, {}, 404, "no post-scan job"),
    ],
)
def test_bad_requests_to_the_control_api_are_told_in_one_line(
    running_device: dict[str, Any],
    path: str,
    method: str,
    body: Any,
    headers: dict[str, str],
    status: int,
    said: str,
) -> None:
    got, answer = ask(running_device["control"] + path, running_device["token"], method, body, **headers)
    assert got == status and said in answer["error"] and "\n" not in answer["error"], answer


@pytest.fixture(scope="module")
def running_device(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Its URLs, and the token of its control API."""
    folder = tmp_path_factory.mktemp("device")
    with devices(cwd=folder) as ((device,), _):
        yield device


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such"], "no-such"),
        (["--interface", "nowhere0"], "no such interface"),
        (["--trace", "no/where/x.har"], "no/where/x.har"),
        (["--state", "file"], "state folder"),
    ],
)
def test_run_that_cannot_start_says_why(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = run("run", "--state", tmp_path / "st", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for option in ("--port", "--control-port"):
            done = run("run", "--state", tmp_path, option, port, cwd=tmp_path)
            assert done.returncode == 2 and port in done.stderr, done.stderr


def test_nothing_listens_beyond_loopback_unless_asked(tmp_path: Path) -> None:
    process = start("run", "--state", tmp_path, cwd=tmp_path)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
    finally:
        end(process)
    assert lines[0].startswith("Device        Office MFP    http://127.0.0.1:")
    assert "from this machine alone; --interface NAME" in lines[1]
    assert lines[2].startswith("Front panel   http://127.0.0.1:")
    assert lines[3].startswith("Try           dsm-emulator inspect http://127.0.0.1:")


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("Bearer wrong", 401),
        ("Bearer {token}x", 401),
        ("Bearer M\xfcller", 401),
        ("Basic {token}", 401),
        ("{token}", 401),
        ("Bearer {token}", 200),
        ("bearer  {token}", 200),
    ],
)
@pytest.mark.parametrize("path", ["", "/load", "/start", "/post-scan-jobs/1", "/nothing"])
def test_nobody_drives_a_device_without_the_token(
    running_device: dict[str, Any], path: str, shown: str | None, status: int
) -> None:
    parts = urlsplit(running_device["control"])
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    headers = {} if shown is None else {"Authorization": shown.format(token=running_device["token"])}
    connection.request("GET", parts.path + path, headers=headers)
    response = connection.getresponse()
    said = response.read().decode()
    connection.close()
    assert (response.status == 401) == (status == 401)
    assert (response.headers["WWW-Authenticate"] == "Bearer") == (status == 401)
    assert running_device["token"] not in said


@pytest.mark.skipif(sys.platform == "win32", reason="the folder's access list decides there")
def test_the_token_is_in_a_file_for_its_owner_alone_and_nowhere_else(tmp_path: Path) -> None:
    process = start("run", "--json", "-vv", "--state", tmp_path / "state", cwd=tmp_path)
    assert process.stdout is not None and process.stderr is not None
    line = process.stdout.readline()
    by_name = json.loads(line)["devices"][0]["control"].replace("127.0.0.1", "localhost")
    file = Path(json.loads(line)["control_token_file"])
    token = file.read_text("utf-8").strip()
    try:
        assert file.parent == tmp_path / "state" / "running" and file.stat().st_mode & 0o777 == 0o600
        for which in ([], ["--control", by_name]):
            assert run("press", "status", "--state", tmp_path / "state", *which, cwd=tmp_path).returncode == 0
        others = [path for path in tmp_path.rglob("*") if path.is_file() and path != file]
        assert others and not [path for path in others if token.encode() in path.read_bytes()]
    finally:
        process.terminate()
        rest, errors = process.communicate(timeout=60)
    assert len(token) > 40 and token not in line + rest + errors
    assert not file.exists(), "it goes with the devices"


@pytest.mark.parametrize("url", ["http://localhost:abc/devices/x", "http://[::1/x", "ftp://localhost/x", "x"])
def test_a_control_url_that_is_none_is_an_error(tmp_path: Path, url: str) -> None:
    done = run("press", "status", "--control", url, "--state", tmp_path, cwd=tmp_path)
    assert done.returncode == 2 and "is no http URL" in done.stderr and "Traceback" not in done.stderr


def test_the_token_may_be_given_to_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On two machines there is no list of what runs that both see."""
    (tmp_path / "token").write_text("a-token-of-the-laboratory\nnot this\n", "utf-8")
    (tmp_path / "short").write_text("short\n", "utf-8")
    elsewhere = ["--state", tmp_path / "elsewhere"]
    with devices("--control-token", tmp_path / "token", cwd=tmp_path) as ((device,), _):
        assert device["token"] == "a-token-of-the-laboratory"
        status = ["press", "status", "--control", device["control"], *elsewhere]
        without = run(*status, cwd=tmp_path)
        assert without.returncode == 5 and "token" in without.stderr and "--control-token" in without.stderr
        assert run(*status, "--control-token", tmp_path / "token", cwd=tmp_path).returncode == 0
        monkeypatch.setenv("DSM_EMULATOR_TOKEN", "a-token-of-the-laboratory")
        assert run(*status, cwd=tmp_path).returncode == 0
        monkeypatch.setenv("DSM_EMULATOR_TOKEN", "another-token-of-somebody")
        assert run(*status, cwd=tmp_path).returncode == 5
        monkeypatch.delenv("DSM_EMULATOR_TOKEN")
        for file, said in (("short", "at least 16"), ("none", "No such file")):
            for command in (status, ["run", *elsewhere]):
                bad = run(*command, "--control-token", tmp_path / file, cwd=tmp_path)
                assert bad.returncode == 2 and said in bad.stderr and "short\n" not in bad.stderr, bad.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address")
def test_the_control_api_is_opened_by_its_address_and_answers_to_its_names(tmp_path: Path) -> None:
    with devices("--control-bind", "127.0.0.2", cwd=tmp_path) as ((device,), _):
        assert device["control"].startswith("http://127.0.0.2:")
        assert run("press", "status", "--state", tmp_path / "state", cwd=tmp_path).returncode == 0
    taken = run("run", "--control-bind", "192.0.2.1", "--state", tmp_path / "state", cwd=tmp_path)
    assert taken.returncode == 2 and "192.0.2.1" in taken.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a bind to all addresses asks the firewall there")
def test_bound_to_all_addresses_it_answers_to_those_and_to_no_other_name(tmp_path: Path) -> None:
    with devices("--control-bind", "0.0.0.0", cwd=tmp_path) as ((device,), _):
        url, token = device["control"], device["token"]
        for name in ("127.0.0.1", "localhost:1", socket.gethostname(), "[::1]:80"):
            assert ask(url, token, Host=name)[0] == 200, name
        for name in ("evil.example", "192.0.2.1", "localhost.evil.example", "127.0.0.1.evil.example", "a b", "["):
            assert ask(url, token, Host=name)[0] == 403, name
        assert ask(url, "wrong", Host="localhost")[0] == 401


@pytest.mark.parametrize(
    ("name", "status"), [("localhost", 200), (socket.gethostname(), 200), ("evil.example", 421)]
)
def test_a_web_page_of_another_name_does_not_reach_the_devices(
    running_device: dict[str, Any], name: str, status: int
) -> None:
    """A browser on this machine that was led to 127.0.0.1 by a name of that page says the name."""
    parts = urlsplit(running_device["scan_service"])
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("GET", f"{parts.path}?wsdl", headers={"Host": f"{name}:{parts.port}"})
    response = connection.getresponse()
    assert response.status == status
    assert (b"definitions" in response.read()) == (status == 200)
    connection.close()
