"""A user who is in no list of users and has no home, as containers start programs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from optional_programs import needs_program, skip_or_fail
from programs import COMMAND, environment
from variants import exhaustive

UID = 54321
ENTER = ["unshare", "--user", f"--map-user={UID}", f"--map-group={UID}"]
"""A namespace of users in which ours is another number, of which no list knows anything."""


@pytest.fixture(scope="module", autouse=True)
def _namespaces() -> None:
    needs_program("unshare")
    if subprocess.run([*ENTER, "true"], capture_output=True).returncode:
        skip_or_fail("no namespaces of users can be made here")


def start(folder: Path, *arguments: str, home: str | None = None) -> subprocess.Popen[str]:
    told = environment(checked=False)
    known = {name: told[name] for name in ("PATH", "PYTHONPATH", "PYTHONUTF8", "LD_LIBRARY_PATH") if name in told}
    return subprocess.Popen(
        [*ENTER, *COMMAND, *arguments], cwd=folder, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**known, "TMPDIR": str(folder / "tmp"), **({} if home is None else {"HOME": home})},
    )  # fmt: skip


def run(folder: Path, *arguments: str, home: str | None = None) -> str:
    process = start(folder, *arguments, home=home)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    return stdout


def test_a_device_runs_and_is_found(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    device = start(tmp_path, "run", "--json")
    try:
        assert device.stdout is not None
        line = device.stdout.readline()
        assert line, device.communicate()[1]
        found = json.loads(line)["devices"][0]
        assert json.loads(run(tmp_path, "press", "status", "--json"))["uuid"] == found["uuid"]
    finally:
        device.terminate()
        device.communicate(timeout=60)
    assert (tmp_path / "tmp" / f"dsm-emulator-{UID}" / "running").is_dir()


@exhaustive
@pytest.mark.parametrize("home", [None, "/proc", ""])
def test_every_kind_of_command_works(tmp_path: Path, home: str | None) -> None:
    folder = tmp_path
    (folder / "tmp").mkdir()
    device = start(folder, "run", "--json", home=home)
    server = start(folder, "server", "--http", "--port", "0", "--json", home=home)
    try:
        assert device.stdout is not None and server.stdout is not None
        line = device.stdout.readline()
        assert line, device.communicate()[1]
        found = json.loads(line)["devices"][0]
        url = json.loads(server.stdout.readline())["url"]
        assert json.loads(run(folder, "press", "status", "--json", home=home))["uuid"] == found["uuid"]
        done = json.loads(run(folder, "scan", "--pages", "1", "--server", url, "--json", home=home))
        assert Path(done["manifest"]).parent == folder / "tmp" / f"dsm-emulator-{UID}" / "manifests"
        run(folder, "verify", done["manifest"], "scans", home=home)
    finally:
        for process in (device, server):
            process.terminate()
            process.communicate(timeout=60)
    if home == "":
        run(folder, "scan", "--pages", "1")
        run(folder, "render", "--pages", "1")
        run(folder, "lab-ca", "ca", "--key", "ec", "--user", "demo")
        run(folder, "scan-processes", "list")
        run(folder, "profiles", "list")
