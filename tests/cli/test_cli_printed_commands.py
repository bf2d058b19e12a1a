"""Commands that the program prints run as they are printed: in a shell, with blanks in names, with the options that
they need."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from programs import COMMAND, environment, interrupt, start

from emulator.environment.next_step import command_line, trust_words
from emulator.environment.options import TrustOptions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX runs what is printed")

QUICK = "--pages 1 --set Format=png --set Resolution=75x75 --set ColorProcessing=Grayscale8"


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line as a person does who copies it."""
    program = cwd / "bin" / "dsm-emulator"
    if not program.exists():
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
        program.chmod(0o755)
    return subprocess.run(
        ["sh", "-c", f"PATH={program.parent}:$PATH; {line}"], cwd=cwd, capture_output=True, text=True, timeout=120,
        stdin=subprocess.DEVNULL,
        env=environment(checked=False) | {"DSM_EMULATOR_STATE": str(cwd / "state")},
    )  # fmt: skip


def printed(text: str, command: str) -> str:
    """The one command of that name in what was said."""
    (line,) = re.findall(rf"dsm-emulator {command}\b.*", text)
    return str(line)


def test_scan_says_how_its_job_is_verified(tmp_path: Path) -> None:
    for more in ("", "--manifest 'my own; job.jsonl'"):
        done = shell(f"dsm-emulator scan {QUICK} --store 'my $store' {more}", tmp_path)
        assert done.returncode == 0, done.stderr
        verified = shell(printed(done.stdout, "verify"), tmp_path)
        assert verified.returncode == 0 and verified.stdout.startswith("OK  1 image delivered"), verified.stderr


@pytest.mark.parametrize("made", [False, True], ids=["its own certificate", "a certificate of a lab CA"])
def test_server_says_how_it_is_scanned_to(tmp_path: Path, made: bool) -> None:
    more: tuple[str, ...] = ()
    if made:
        assert shell("dsm-emulator lab-ca 'my ca' --server localhost,127.0.0.1", tmp_path).returncode == 0
        more = ("--tls-cert", "my ca/localhost.pem", "--tls-key", "my ca/localhost-key.pem")
    process = start("server", "--port", "0", "--store", "my store", *more, cwd=tmp_path, checked=False)
    try:
        assert process.stdout is not None
        said = ""
        while "\nTry " not in said:
            line = process.stdout.readline()
            assert line, process.communicate()
            said += line
        tried = said.splitlines()[-1].removeprefix("Try ").strip()
        if tried.startswith("dsm-emulator"):
            done = shell(f"{tried} {QUICK} --json", tmp_path)
            assert done.returncode == 0, done.stderr
        else:  # a certificate of which nobody knows who made it
            assert made and "--ca-file" in tried, said
            done = shell(f"dsm-emulator scan --server {said.split()[2]} --ca-file 'my ca/ca.pem' {QUICK}", tmp_path)
            assert done.returncode == 0, done.stderr
        interrupt(process)
    finally:
        if process.poll() is None and not process.stdout.closed:  # type: ignore[union-attr]
            process.terminate()
        process.communicate(timeout=60)


def test_run_says_how_a_secure_device_is_looked_at(tmp_path: Path) -> None:
    process = start("run", "--https", "--state", "my state", "--no-multicast", cwd=tmp_path, checked=False)
    try:
        assert process.stdout is not None
        while "Try " not in (line := process.stdout.readline()):
            assert line, process.communicate()
        done = shell(printed(line, "inspect"), tmp_path)
        assert done.returncode == 0 and "Office MFP" in done.stdout, done.stderr
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_a_command_has_the_options_of_trust_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    trust = TrustOptions(ca_file=Path("my ca.pem"), client_cert=Path("me.p12"), crls=(Path("a b.crl"),))
    line = command_line("inspect", "https://h:1/S", *trust_words(trust))
    assert shlex.split(line) == [
        "dsm-emulator", "inspect", "https://h:1/S", "--ca-file", "my ca.pem", "--crl", "a b.crl",
        "--client-cert", "me.p12",
    ]  # fmt: skip
    assert trust_words(TrustOptions(insecure=True)) == ["--insecure"]
    monkeypatch.setattr(sys, "platform", "win32")
    assert (
        command_line("verify", "my job.jsonl", "C:\\my store")
        == 'dsm-emulator verify "my job.jsonl" "C:\\my store"'
    )
