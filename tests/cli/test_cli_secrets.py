"""A whole run with passwords and keys, told as loudly as can be: none of them stands in what it prints, logs,
traces or leaves behind."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from openssl_tools import openssl
from programs import PROJECT, environment, run, server
from secrets_in_output import files_below, leaks, spellings

from emulator.trust.passwords import CLIENT_VARIABLE, SERVER_VARIABLE

PASSWORDS: Mapping[str, str] = {
    "the client key's password": "client-PIN-83 öffne",
    "the server key's password": "server-pass-19 öffne",
    "a wrong password": "wrong-guess-44 öffne",
}
"""By what they are. Who adds a password to a run adds it here and to `whole_run`."""
DEMO = "demo@contoso.example"


def lab(folder: Path) -> None:
    """Certificates under our own passwords; a folder directory whose user has a card."""
    (folder / "pin").write_text(PASSWORDS["the client key's password"] + "\n", encoding="utf-8")
    (folder / "server-pass").write_text(PASSWORDS["the server key's password"] + "\n", encoding="utf-8")
    made = run("lab-ca", "ca", "--user", "demo", "--password-file", "pin", cwd=folder)
    assert made.returncode == 0, made.stderr
    made = run("lab-ca", "ca", "--server", "127.0.0.1", "--password-file", "server-pass", cwd=folder)
    assert made.returncode == 0, made.stderr
    ca = folder / "ca"
    openssl(
        "pkcs8", "-topk8", "-in", ca / f"{DEMO}-key.pem", "-out", "user-key.pem", "-passout", "file:pin", cwd=folder
    )
    shutil.copytree(PROJECT / "profiles" / "office", folder / "office")
    users = (folder / "office" / "users.toml").read_text(encoding="utf-8")
    card = f'certificate = "../ca/{DEMO}.p12"\ncertificate_password_file = "../pin"\n'
    users = users.replace('name = "demo"\n', f'name = "demo"\n{card}', 1)
    assert card in users
    (folder / "office" / "users.toml").write_text(users, encoding="utf-8")


def test_nothing_of_a_whole_run_holds_a_password_or_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    lab(secret)
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setenv(SERVER_VARIABLE, PASSWORDS["the server key's password"])
    monkeypatch.setenv("DSM_EMULATOR_STATE", str(out / "state"))
    ca = secret / "ca"
    printed: dict[str, bytes] = {}

    def job(name: str, *options: str | Path, expected: int = 0) -> None:
        told = ("-vv", "--trace", f"{name}.har", "--manifest", f"{name}.jsonl", "--json")
        done = run("scan", "--pages", "1", "--server", url, "--ca-file", ca / "ca.pem", *told, *options, cwd=out)
        assert done.returncode == expected, done.stderr
        printed[f"{name}: stdout"], printed[f"{name}: stderr"] = done.stdout.encode(), done.stderr.encode()

    own = ("--tls-cert", ca / "127.0.0.1.p12", "--client-ca", ca / "ca.pem", "--client-crl", ca / "ca.crl")
    with server("-vv", "--trace", "server.har", *own, cwd=out) as (ready, process):
        url = ready["url"]
        p12 = ("--client-cert", ca / f"{DEMO}.p12")
        job("file", *p12, "--client-password-file", secret / "pin")
        job("pem", "--client-cert", ca / f"{DEMO}.pem", "--client-key", secret / "user-key.pem",
            "--client-password-file", secret / "pin")  # fmt: skip
        job("card", "--directory", secret / "office")
        job("none", expected=5)
        monkeypatch.setenv(CLIENT_VARIABLE, PASSWORDS["the client key's password"])
        job("environment", *p12)
        monkeypatch.setenv(CLIENT_VARIABLE, PASSWORDS["a wrong password"])
        job("wrong", *p12, expected=2)
        monkeypatch.delenv(CLIENT_VARIABLE)
        for name in ("inspect", "discover"):
            trust = ("--ca-file", ca / "ca.pem", *p12, "--client-password-file", secret / "pin", "-vv")
            done = run(
                name,
                *(() if name == "discover" else (url,)),
                *trust,
                *(() if name == "inspect" else ("--timeout", "0.2")),
                cwd=out,
            )
            printed[f"{name}: stdout"], printed[f"{name}: stderr"] = done.stdout.encode(), done.stderr.encode()
        process.terminate()
        stdout, stderr = process.communicate(timeout=60)
        printed["server: stdout"], printed["server: stderr"] = stdout.encode(), stderr.encode()

    assert (
        b"-> SendImage (image 1)" in printed["file: stderr"]
        and len(json.loads((out / "file.har").read_text())["log"]["entries"]) > 4
    )
    assert b"job" in printed["server: stderr"] and len(list(out.glob("*.jsonl"))) >= 4
    wanted = spellings(PASSWORDS, [ca / f"{DEMO}-key.pem", ca / "127.0.0.1-key.pem", ca / "ca-key.pem"])
    left = printed | files_below(out)
    assert sum(map(len, left.values())) > 100_000, "there is something to search"
    assert leaks(left, wanted) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_a_password_that_is_typed_is_not_echoed(tmp_path: Path) -> None:
    import pty
    import subprocess

    lab(tmp_path)
    ca = tmp_path / "ca"
    password = PASSWORDS["the client key's password"]
    options = (
        "--tls-cert",
        ca / "127.0.0.1.p12",
        "--tls-password-file",
        tmp_path / "server-pass",
        "--client-ca",
        ca / "ca.pem",
    )
    with server(*options, cwd=tmp_path) as (ready, _):
        command = [sys.executable, "-m", "emulator", "scan", "--pages", "1", "--server", ready["url"], "--ca-file",
                   str(ca / "ca.pem"), "--client-cert", str(ca / f"{DEMO}.p12"), "-vv"]  # fmt: skip
        for typed, expected in ((password, 0), ("wrong-guess-44", 2)):
            ours, theirs = pty.openpty()
            process = subprocess.Popen(
                command,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                cwd=tmp_path,
                env=environment(),
                start_new_session=True,
            )
            os.close(theirs)
            shown = b""
            deadline = time.monotonic() + 60
            while b"Password of client certificate" not in shown and time.monotonic() < deadline:
                shown += os.read(ours, 4096)
            time.sleep(0.3)  # until the echo is off
            os.write(ours, typed.encode() + b"\n")
            while True:
                try:
                    data = os.read(ours, 4096)
                except OSError:  # the other end is closed
                    break
                if not data:
                    break
                shown += data
            os.close(ours)
            assert process.wait(60) == expected, shown
            assert typed.encode() not in shown and (b"Completed" in shown) == (expected == 0)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """It would be worth nothing otherwise."""
    lab(tmp_path)
    key = tmp_path / "ca" / f"{DEMO}-key.pem"
    wanted = spellings(PASSWORDS, [key])
    password = PASSWORDS["the server key's password"]
    for told in (
        f"x {password} y".encode(),
        b"Basic " + base64.b64encode(f"user:{password}".encode()),
        base64.b64encode(f"us:{password}!".encode()),
        base64.b64encode(f"u:{password}?".encode()),
        password.encode().hex().upper().encode(),
        password.encode("utf-16-le"),
        key.read_bytes(),
        key.read_bytes().replace(b"\n", b"\\n"),
        base64.b64decode(b"".join(key.read_bytes().splitlines()[1:-1])),
    ):
        assert leaks({"told": told}, wanted), told[:60]
    assert leaks({"told": b"nothing"}, wanted) == []
