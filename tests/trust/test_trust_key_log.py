"""SSLKEYLOGFILE: both sides of a TLS connection write its secrets where the variable says, and nowhere without it;
what is captured of a job can be read with them."""

from __future__ import annotations

import ast
import json
import logging
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from handshakes import handshake
from optional_programs import needs_program, skip_or_fail
from programs import PROJECT, end, environment, run, start

from emulator.environment import ca_url
from emulator.environment.exit_codes import LabError
from emulator.transport.kept_connections import KeptConnections
from emulator.trust import key_log
from emulator.trust.authority import LabAuthority
from emulator.trust.client_tls import unverifying_context
from emulator.trust.contexts import client_context, server_context_from
from emulator.trust.errors import TrustError

AUTHORITY = LabAuthority.create()
CERTIFICATE = AUTHORITY.issue_server(["localhost"])


def trusting() -> ssl.SSLContext:
    return client_context(ca_file=None, ca_pem=AUTHORITY.certificate_pem)


def serving() -> ssl.SSLContext:
    return server_context_from(CERTIFICATE)


def by_default() -> ssl.SSLContext:
    from emulator.transport.address import parse_address

    context = KeptConnections().context(parse_address("https://localhost/"))
    assert context is not None
    return context


CLIENTS: dict[str, Callable[[], ssl.SSLContext]] = {
    "client": trusting,
    "looking": unverifying_context,
    "ca-url": ca_url._unverified,
}


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "secrets.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(file))
    return file


def labels(file: Path) -> list[str]:
    return [line.split()[0] for line in file.read_text("ascii").splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_client_of_ours_writes_the_secrets_of_its_connections(kind: str, secrets: Path) -> None:
    client = CLIENTS[kind]()
    before = len(labels(secrets))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSLKEYLOGFILE")
        server = serving()  # so that all that is written is the client's
    handshake(client, server, "localhost")
    assert "CLIENT_TRAFFIC_SECRET_0" in labels(secrets)[before:]


def test_a_server_of_ours_writes_them_too(secrets: Path) -> None:
    server = serving()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSLKEYLOGFILE")
        client = trusting()
    handshake(client, server, "localhost")
    assert {"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"} <= set(labels(secrets))


def test_the_context_of_who_was_given_none_does_so_too(secrets: Path) -> None:
    assert by_default().keylog_filename == str(secrets)


@pytest.mark.parametrize("unset", [True, False])
def test_never_without_the_variable(unset: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if unset:
        monkeypatch.delenv("SSLKEYLOGFILE", raising=False)
    else:
        monkeypatch.setenv("SSLKEYLOGFILE", "")
    for make in (*CLIENTS.values(), serving, by_default):
        assert make().keylog_filename is None


def test_it_is_said_once_and_the_file_is_for_its_owner(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(key_log, "_told", set())
    for _ in range(3):
        trusting()
        serving()
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            f"the secrets of TLS connections are written to {secrets}, as SSLKEYLOGFILE says: "
            "who has it can read them",
        )
    ]
    if sys.platform != "win32":
        assert secrets.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("make", [trusting, serving, unverifying_context, by_default])
def test_a_file_that_cannot_be_written_is_named(
    make: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (tmp_path, tmp_path / "no" / "such"):
        monkeypatch.setenv("SSLKEYLOGFILE", str(name))
        with pytest.raises(TrustError, match=r"SSLKEYLOGFILE .*: cannot be written: "):
            make()
        with pytest.raises(LabError, match=r"SSLKEYLOGFILE .*: cannot be written: "):
            ca_url._unverified()


def test_no_context_is_made_elsewhere() -> None:
    """A new place that makes a TLS context must have it write secrets too."""
    makers = {"SSLContext", "ClientContext", "ServerContext"}
    makers |= {"create_default_context", "_create_unverified_context"}
    found: set[str] = set()
    for path in sorted((PROJECT / "emulator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in makers:
                    found.add(path.relative_to(PROJECT / "emulator").as_posix())
    assert found == {
        "environment/ca_url.py",
        "loading/null_sink.py",
        "transport/kept_connections.py",
        "trust/client_tls.py",
        "trust/contexts.py",
    }


def test_python_that_heeds_no_environment_does_not_heed_this_variable(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path[:0] = {[str(PROJECT), *sys.path]!r}\n"
        "from emulator.trust.client_tls import unverifying_context\n"
        "print(unverifying_context().keylog_filename)"
    )
    told = subprocess.run(
        [sys.executable, "-E", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={**environment(), "SSLKEYLOGFILE": str(tmp_path / "secrets.log")},
    )  # fmt: skip
    assert told.stdout == "None\n" and not (tmp_path / "secrets.log").exists()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody may write to: tshark gives up its rights."""
    with tempfile.TemporaryDirectory(prefix="dsm-emulator-test-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def tshark(*arguments: str | Path) -> list[str]:
    done = subprocess.run(
        [needs_program("tshark"), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("of_the_server", [False, True])
def test_tshark_reads_a_job_over_https_with_them(
    of_the_server: bool, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the secrets of either side alone; without them it sees no message."""
    program = needs_program("tshark")
    if sys.platform != "linux" or os.geteuid() != 0:
        skip_or_fail("capturing on the loopback interface needs Linux and the rights of root")
    secrets, capture, bodies = (open_folder / name for name in ("secrets.log", "wire.pcapng", "bodies"))
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)
    if of_the_server:
        monkeypatch.setenv("SSLKEYLOGFILE", str(secrets))
    server = start("server", "--json", "--port", "0", "--store", "store", cwd=open_folder, checked=False)
    assert server.stdout is not None and server.stderr is not None
    try:
        ready = json.loads(server.stdout.readline())
        port = ready["url"].rpartition(":")[2].partition("/")[0]
        watching = subprocess.Popen(
            [program, "-q", "-i", "lo", "-w", str(capture), "-f", f"tcp port {port}"], stderr=subprocess.PIPE
        )
        try:
            limit = time.monotonic() + 30
            while not (capture.exists() and capture.stat().st_size):
                assert time.monotonic() < limit and watching.poll() is None
                time.sleep(0.1)
            time.sleep(0.5)
            monkeypatch.setenv("SSLKEYLOGFILE", str(secrets))
            if of_the_server:
                monkeypatch.delenv("SSLKEYLOGFILE")
            done = run(
                "scan", "--pages", "1", "--set", "Resolution=75x75", "--events", "none", "--server", ready["url"],
                "--ca-file", ready["ca_file"], "--manifest", "none", cwd=open_folder,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            assert ("SSLKEYLOGFILE" in done.stderr) is not of_the_server
            time.sleep(1)  # until it has written what it saw
        finally:
            watching.terminate()
            watching.communicate(timeout=30)
    finally:
        end(server)
    decode = ("-d", f"tcp.port=={port},tls", "-d", f"tls.port=={port},http")
    fields = ("-Y", "http.request", "-T", "fields", "-e", "http.content_type")
    assert tshark("-r", capture, *decode, *fields) == []
    read = tshark("-r", capture, "-o", f"tls.keylog_file:{secrets}", *decode, *fields)
    assert [line for line in read if line.startswith("multipart/related")], read
    assert [line for line in read if line.startswith("application/soap+xml")]
    tshark("-r", capture, "-q", "-o", f"tls.keylog_file:{secrets}", *decode, "--export-objects", f"http,{bodies}")
    told = b"".join(path.read_bytes() for path in bodies.iterdir())
    assert b"CreatePostScanJobRequest>" in told and b"SendImageRequest>" in told and b"\xff\xd8\xff" in told
