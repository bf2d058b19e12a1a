"""`health` and `doctor`: exit 0 when what runs is ready, in a bare root too; what a machine has and lacks."""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from posts import posts
from programs import PROJECT, devices, run, server

from emulator.environment import machine_checks
from emulator.environment.machine_checks import Finding, MachineCheck, check_machine, clock_check, discovery_port

HERE = Path(__file__).parent


def health(folder: Path, *words: str | Path, code: int = 0) -> dict[str, Any]:
    done = run("health", "--json", "--state", folder / "state", *words, cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["exit_code"] == code and told["ready"] is (code == 0)
    return told


def test_health_of_devices_and_a_server(tmp_path: Path) -> None:
    nothing = health(tmp_path, code=1)
    assert (nothing["devices"], nothing["server"]) == (0, None) and "nothing is running" in nothing["error"]
    with devices("--no-multicast", "--count", "2", cwd=tmp_path) as (running, process):
        assert health(tmp_path)["devices"] == 2
        control = ["--control-port", "0", "--state", tmp_path / "state"]
        with server("--http", *control, "--store", "s", cwd=tmp_path) as (ready, _):
            both = health(tmp_path)
            assert (both["devices"], both["server"], len(both["processes"])) == (2, True, 2)
            alone = health(tmp_path, "--control", ready["control"])
            assert (alone["devices"], alone["server"]) == (0, True)
        assert health(tmp_path, "--control", running[0]["control"])["devices"] == 2, "a device's URL does too"
        told = run("health", "--state", tmp_path / "state", cwd=tmp_path)
        assert told.stdout.startswith("Ready         http://127.0.0.1:") and told.returncode == 0
        process.kill()
        process.wait()
        assert "nothing is running" in health(tmp_path, code=1)["error"], "who was killed is not in the list"
    port = urlsplit(running[0]["control"]).port
    gone = health(tmp_path, "--control", f"http://127.0.0.1:{port}", code=1)
    assert "nobody answers" in gone["error"]


def test_health_of_what_is_no_control_api(tmp_path: Path) -> None:
    with posts(lambda path, data: None) as url:
        assert "is no control API" in health(tmp_path, "--control", url, code=1)["error"]
    done = run("health", "--control", "ftp://x", cwd=tmp_path)
    assert done.returncode == 2 and "no http URL" in done.stderr
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        told = health(tmp_path, "--control", f"http://127.0.0.1:{silent.getsockname()[1]}", code=1)
        assert "nobody answers" in told["error"] and time.monotonic() - begun < 60


IN_THE_ROOT = """
import json, os, subprocess, sys
assert not os.path.exists("/bin") and not os.path.exists("/usr/bin") and not os.path.exists("/etc/passwd")
command = [sys.executable, "-m", "emulator"]
running = subprocess.Popen([*command, "run", "--json", "--no-multicast"], stdout=subprocess.PIPE)
assert json.loads(running.stdout.readline())["ready"]
done = subprocess.run([*command, "health", "--json"], capture_output=True)
print(os.getuid(), done.returncode, json.loads(done.stdout)["devices"])
running.terminate()
ended = running.wait()
again = subprocess.run([*command, "health"], capture_output=True)
print(ended, again.returncode)
"""


@pytest.mark.needs(
    sys.platform == "linux" and hasattr(os, "geteuid") and os.geteuid() == 0, "mounts need root on Linux"
)
@pytest.mark.parametrize("uid", [0, 12345])
def test_health_in_a_root_without_a_shell_as_any_user(tmp_path: Path, uid: int) -> None:
    root = tmp_path / "root"
    for folder in (root, root / "program"):
        folder.mkdir()
        folder.chmod(0o755)
    (root / "program" / "go.py").write_text(IN_THE_ROOT)
    needed = [str(PROJECT), *(each for each in sys.path if each and Path(each).is_dir())]
    done = subprocess.run(
        [sys.executable, str(HERE / "bare_root.py"), str(root), str(uid), "/program/go.py"],
        env={**os.environ, "NEEDED": os.pathsep.join(needed)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [f"{uid} 0 1", "0 1"], done.stdout + done.stderr


def test_doctor_tells_what_the_machine_has(tmp_path: Path) -> None:
    done = run("doctor", "--json", "--state", tmp_path / "state", cwd=tmp_path)
    told = json.loads(done.stdout)
    checks = {each["name"]: each for each in told["checks"]}
    assert {"program", "interfaces", "loopback", "port 3702/udp", "clock", "state folder", "disk", "JBIG"} <= set(
        checks
    )
    assert checks["loopback"]["finding"] == "ok" and (tmp_path / "state").is_dir()
    wrong = [each["name"] for each in told["checks"] if each["finding"] == "wrong"]
    assert done.returncode == (1 if wrong else 0) and told["exit_code"] == done.returncode
    assert all(each["means"] for each in told["checks"] if each["finding"] != "ok")
    shown = run("doctor", "--state", tmp_path / "state", cwd=tmp_path).stdout
    assert [name for name in checks if name not in shown] == []


def test_a_port_that_is_taken_and_one_that_is_free() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", 0))
        port = other.getsockname()[1]
        taken = discovery_port(port)
        assert (taken.finding, taken.found) == (Finding.NOTE, "taken") and "another program" in taken.means
    assert discovery_port(port).finding is Finding.OK


def test_a_clock_that_cannot_be_right() -> None:
    assert clock_check(time.time()).finding is Finding.OK
    early = clock_check(0.0)
    assert early.finding is Finding.WRONG and early.found.startswith("1970-01-01")


def test_what_is_missing_or_wrong_is_told_with_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_socket(*_: object, **__: object) -> Any:
        raise OSError(errno.EPERM, "not permitted")

    def no_library() -> None:
        raise OSError("libjbig.so.0: not found")

    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setattr(machine_checks, "find_spec", lambda name: None)
    monkeypatch.setattr(machine_checks, "interfaces", list)
    monkeypatch.setattr(machine_checks.socket, "create_server", no_socket)
    monkeypatch.setattr(machine_checks.libjbig, "load", no_library)
    monkeypatch.setattr(machine_checks, "_group_socket", no_socket)
    found = {each.name: each for each in check_machine(file / "state", clock=lambda: 1.0)}
    wrong = {name for name, each in found.items() if each.finding is Finding.WRONG}
    assert wrong >= {"loopback", "clock", "state folder"}
    assert "dsm-emulator[ad]" in found["Active Directory"].means and "libjbig0" in found["JBIG"].means
    assert found["interfaces"].finding is Finding.NOTE and "this machine alone" in found["interfaces"].means
    told: MachineCheck = machine_checks.multicast("eth0", "192.0.2.9")
    assert told.finding is Finding.WRONG and "not permitted" in told.found
    assert all(each.means for each in found.values() if each.finding is not Finding.OK)
