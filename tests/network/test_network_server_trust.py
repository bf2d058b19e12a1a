"""A scan server on one machine, its clients on another: its certificate names every address, and its CA is fetched
by the command that the server printed. Real processes in two network namespaces."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from two_namespaces import PREFIX, Network, two_machines
from variants import exhaustive

PORT = 5362
OURS = [sys.executable, "-m", "emulator"]


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with two_machines() as made:
        yield made


def scan(network: Network, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """On the other machine, in a folder of its own."""
    folder.mkdir(exist_ok=True)
    home = ["env", "-C", str(folder), f"DSM_EMULATOR_STATE={folder}/state"]
    return network.there.run(*home, *OURS, *arguments, "--pages", "1", "--json")


def test_all_addresses_are_certified_and_the_printed_command_runs(network: Network, tmp_path: Path) -> None:
    shown = tmp_path / "shown.txt"
    store, state = tmp_path / "a store", tmp_path / "state"
    command = [*OURS, "server", "--bind", "0.0.0.0", "--store", store, "--state", state, "--host", "scans.lab"]
    first = network.here.start(*command, "--json")
    assert first.stdout is not None
    ready: dict[str, Any] = json.loads(first.stdout.readline())
    try:
        assert ready["outside"] == f"https://scans.lab:{PORT}/ScanServer"
        assert ready["ca_url"] == f"https://scans.lab:{PORT}/ca.pem"
        pin = ("--ca-sha256", ready["ca_sha256"])
        url = f"https://{PREFIX}.1:{PORT}"
        server = ("scan", "--server", f"{url}/ScanServer")
        done = scan(network, tmp_path / "pc1", *server, "--ca-url", f"{url}/ca.pem", *pin)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["outcome"] == "Completed"
        unknown = scan(network, tmp_path / "pc1", *server)
        assert unknown.returncode == 3 and "its CA" in unknown.stderr
    finally:
        network.here.end(first)

    without_host = command[: command.index("--host")]
    second = network.here.start(*without_host, file=shown)
    try:
        for _ in range(200):
            lines = dict(line.split(maxsplit=1) for line in shown.read_text().splitlines() if line)
            outside = [line for line in shown.read_text().splitlines() if line.startswith("From outside")]
            if outside and "\nTry " in shown.read_text():
                break
            network.here.run("sleep", "0.05")
        words = shlex.split(outside[0].removeprefix("From outside"))
        assert words[0] == "dsm-emulator" and f"https://{PREFIX}.1:{PORT}/ScanServer" in words
        assert words[-1] == ready["ca_sha256"] == lines["SHA-256"], "the kept CA is the same after a restart"
        done = scan(network, tmp_path / "pc3", *words[1:])
        assert done.returncode == 0, done.stderr
    finally:
        network.here.end(second)


@exhaustive
def test_ipv6_and_what_is_not_the_root_that_is_pinned(network: Network, tmp_path: Path) -> None:
    process = network.here.start(*OURS, "server", "--bind", "::", "--store", tmp_path / "store", "--json")
    assert process.stdout is not None
    ready: dict[str, Any] = json.loads(process.stdout.readline())
    try:
        assert ready["outside"] == f"https://[fd99:7::1]:{PORT}/ScanServer"
        url = f"https://[fd99:7::1]:{PORT}"
        server = ("scan", "--server", f"{url}/ScanServer", "--ca-url", f"{url}/ca.pem", "--ca-sha256")
        good = scan(network, tmp_path / "pc", *server, ready["ca_sha256"].upper())
        assert good.returncode == 0, good.stderr
        wrong = scan(network, tmp_path / "pc", *server, "0" * 64)
        told = json.loads(wrong.stdout)
        assert wrong.returncode == told["exit_code"] == 3 and ready["ca_sha256"] in told["error"]
    finally:
        network.here.end(process)
