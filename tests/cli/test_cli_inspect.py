"""`inspect`: what it prints, for people and for scripts, and its exit codes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from programs import at, devices, run, server

BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;&b;&b;</a>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inspect")


@pytest.fixture(scope="module")
def device(folder: Path) -> Iterator[dict[str, Any]]:
    with devices("office-mfp", "--no-multicast", cwd=folder) as (found, _):
        yield found[0]


def http(body: bytes, status: str = "200 OK", kind: str = "application/soap+xml") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A TCP server on loopback that lets `talk` answer each connection; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(peer,), daemon=True).start()

        def one(peer: socket.socket) -> None:
            with peer:
                try:
                    peer.recv(65536)
                    talk(peer)
                except OSError:
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/device"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_device_is_told_as_people_read_it(device: dict[str, Any], folder: Path) -> None:
    done = run("inspect", device["xaddrs"][0], "-v", cwd=folder)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{'Device':<14}Office MFP"
    for part in (
        f"{'Address':<14}{device['xaddrs'][0]}",
        f"{'Endpoint':<14}urn:uuid:{device['uuid']}",
        f"{'Model':<14}DSM emulator project, Virtual Office MFP M-45",
        f"{'Category':<14}Scanners",
        f"{'Service':<14}ScannerServiceType",
        f"{'':<14}{device['scan_service']}",
        f"{'State':<14}Idle",
        f"{'Formats':<14}jfif, png, tiff-single-uncompressed, tiff-single-g4, tiff-multi-g4, pdf-a",
        f"{'Default':<14}jfif, ADF, RGB24, 300x300, 8.268 x 11.693 inches, all images",
        f"{'Active jobs':<14}none",
        f"{'Job history':<14}none",
        f"{'Deviations':<14}none",
    ):
        assert part in lines, part


def test_conditions_are_told(device: dict[str, Any], folder: Path) -> None:
    assert run("press", "jam", *at(device, folder), cwd=folder).returncode == 0
    done = run("inspect", device["scan_service"], cwd=folder)
    assert f"{'State':<14}Stopped (MediaJam)" in done.stdout
    assert "MediaJam at " in done.stdout and "Critical" in done.stdout
    assert run("press", "clear", *at(device, folder), cwd=folder).returncode == 0
    done = run("inspect", device["scan_service"], cwd=folder)
    assert f"{'State':<14}Idle" in done.stdout and "Was           MediaJam at " in done.stdout


def test_json_is_one_object_on_stdout(device: dict[str, Any], folder: Path) -> None:
    done = run("inspect", device["xaddrs"][0].split("/")[2], "--json", cwd=folder)
    assert done.returncode == 0 and done.stdout.count("\n") == 1
    told = json.loads(done.stdout)
    assert told["kind"] == "device" and told["endpoint"] == f"urn:uuid:{device['uuid']}"
    assert told["scanner"]["service"] == device["scan_service"] and told["scanner"]["status"]["state"] == "Idle"


def test_trace_records_what_goes_over_the_wire(device: dict[str, Any], folder: Path) -> None:
    done = run("inspect", device["xaddrs"][0], "--trace", "wire.har", cwd=folder)
    assert done.returncode == 0
    entries = json.loads((folder / "wire.har").read_text(encoding="utf-8"))["log"]["entries"]
    assert len(entries) == 4, "Get, GetScannerElements, GetActiveJobs, GetJobHistory"


def test_a_scan_server_is_told_with_its_services(tmp_path: Path) -> None:
    with server(cwd=tmp_path) as (ready, _):
        done = run("inspect", ready["url"], "--ca-file", ready["ca_file"], cwd=tmp_path)
        assert done.returncode == 0 and done.stderr == ""
        assert done.stdout.startswith("Scan server   ") and ready["service"] in done.stdout
        done = run("inspect", ready["url"], cwd=tmp_path)
        assert done.returncode == 3 and done.stderr.startswith("error: Get at https://") and done.stdout == ""
        assert "--ca-file" in done.stderr and "Traceback" not in done.stderr
        assert run("inspect", ready["url"], "--insecure", "--json", cwd=tmp_path).returncode == 0


def check_error(done: Any, code: int, *said: str) -> None:
    assert done.returncode == code, done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error: ") and len(lines) <= 2 and done.stdout == ""
    assert all(part in lines[0] for part in said), lines[0]


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (http(b"<html>Printer<br></html>", kind="text/html"), 4, "text/html"),
        (http(BOMB), 4, "document type declaration"),
        (http(b"", "404 Not Found"), 4, "HTTP 404"),
        (http(b"who are you", "401 Unauthorized", "text/plain"), 5, "HTTP 401"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", 4, "no HTTP/1.x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", 4, "longer than"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 3, "in the middle of its answer"),
        (b"", 3, "without an answer"),
    ],
    ids=["html", "bomb", "404", "401", "ssh", "endless", "half", "nothing"],
)
def test_whoever_answers_otherwise_is_one_line_and_the_right_code(
    answer: bytes, code: int, said: str, tmp_path: Path
) -> None:
    def talk(peer: socket.socket) -> None:
        peer.sendall(answer)
        peer.shutdown(socket.SHUT_WR)

    with answering(talk) as url:
        check_error(run("inspect", url, cwd=tmp_path), code, said, url)
        check_error(run("profiles", "capture", url, cwd=tmp_path), code, said, url)
    assert list(tmp_path.iterdir()) == []


def test_who_hangs_is_left_in_time(tmp_path: Path) -> None:
    ended = threading.Event()
    with answering(lambda peer: ended.wait(60) and None) as url:
        check_error(
            run("inspect", url, "--timeout", "0.5", cwd=tmp_path, timeout=30), 3, "does not answer for 0.5 s"
        )
        ended.set()


def test_who_drips_is_left_in_time(tmp_path: Path) -> None:
    ended = threading.Event()

    def drip(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not ended.wait(0.1):
            peer.sendall(b"x")

    with answering(drip) as url:
        check_error(run("inspect", url, "--timeout", "0.5", cwd=tmp_path, timeout=30), 3, "not whole after 1 s")
        ended.set()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["http://127.0.0.1:1/device"], 3, "connection refused"),
        (["127.0.0.1:1"], 3, "ScanServer"),
        (["no-such-host.invalid:80"], 3, "no-such-host.invalid"),
        (["not a host"], 2, "no http or https URL and no host name"),
        (["scanner/path"], 2, "no http or https URL and no host name"),
        (["http://127.0.0.1:1/", "--ca-file", "gone.pem"], 2, "gone.pem"),
        (["http://127.0.0.1:1/", "--client-key", "gone.pem"], 2, "--client-cert"),
        (["http://127.0.0.1:1/", "--trace", "no/such/folder.har"], 2, "folder.har"),
    ],
)
def test_errors_before_any_answer(arguments: list[str], code: int, said: str, tmp_path: Path) -> None:
    check_error(run("inspect", *arguments, cwd=tmp_path), code, said)


def test_a_peers_text_does_not_steer_the_terminal() -> None:
    from emulator.cli.inspection import shown

    assert shown("a\x1b[31mb\u202ec\r\nd\x85e") == "a?[31mb?c d e"
