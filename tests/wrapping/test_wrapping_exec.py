"""`exec`: exit codes, what the command finds, what is proved after it, and that no process is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from optional_programs import needs_program, skip_or_fail
from programs import COMMAND, environment
from variants import exhaustive

from emulator.reports.reading import read_results
from emulator.reports.verdict import Verdict

SCAN = (
    "import os, subprocess, sys\n"
    "run = [sys.executable, '-m', 'emulator', 'scan', '--pages', '2', '--set', 'Resolution=75x75', '-q']\n"
    "run += ['--server', os.environ['DSM_SERVER_URL'], '--ca-file', os.environ['DSM_CA_FILE'], *sys.argv[1:]]\n"
    "assert subprocess.run(run).returncode == 0\n"
)
posix = pytest.mark.skipif(os.name != "posix", reason="signals and sessions of POSIX")


def wrapped(*arguments: str, cwd: Path, timeout: float = 100) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "exec", *arguments], cwd=cwd, env=_environment(cwd), capture_output=True, text=True,
        timeout=timeout, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _environment(cwd: Path) -> dict[str, str]:
    temporary = cwd / "temporary"
    temporary.mkdir(exist_ok=True)
    return {**environment(), "TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)}


def left_in(cwd: Path) -> list[str]:
    return [path.name for path in (cwd / "temporary").iterdir()]


def results(cwd: Path) -> dict[str, Verdict]:
    report = read_results(cwd / "out" / "results.jsonl")
    assert report.finished and (cwd / "out" / "junit.xml").is_file()
    return {each.id.partition("/")[0]: each.verdict for each in report.results}


def python(text: str, *arguments: str) -> list[str]:
    return ["--", sys.executable, "-c", text, *arguments]


def test_what_the_command_finds(tmp_path: Path) -> None:
    """Each variable leads to what it names: asked by other programs' means, and by `press` and `health`."""
    script = """
import json, os, ssl, subprocess, sys, urllib.request
told = {name: value for name, value in os.environ.items() if name.startswith(("DSM_", "SANE_AIRSCAN"))}
trusted = ssl.create_default_context(cafile=told["DSM_CA_FILE"])
told["open"] = urllib.request.urlopen(told["DSM_CONTROL"] + "/health").status
try:
    urllib.request.urlopen(told["DSM_SERVER_URL"], context=trusted)
except urllib.error.HTTPError as error:
    told["server"] = error.code
asked = urllib.request.Request(told["DSM_CONTROL"] + "/devices",
    headers={"Authorization": "Bearer " + told["DSM_EMULATOR_TOKEN"]})
told["devices"] = [each["uuid"] for each in json.load(urllib.request.urlopen(asked))["devices"]]
told["health"] = subprocess.run([sys.executable, "-m", "emulator", "health"]).returncode
told["press"] = subprocess.run([sys.executable, "-m", "emulator", "press", "status"]).returncode
json.dump(told, open("told.json", "w"))
"""
    done = wrapped("-q", *python(script), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads((tmp_path / "told.json").read_text())
    assert (told["open"], told["health"], told["press"]) == (200, 0, 0)
    assert told["server"] in (400, 404, 405)
    (uuid,) = told["devices"]
    assert uuid in told["DSM_DEVICE_URL"]
    assert told["SANE_AIRSCAN_DEVICE"] == f"wsd:Office MFP:{told['DSM_SCAN_SERVICE_URL']}"
    assert told["DSM_EMULATOR_TOKEN"] not in done.stdout + done.stderr
    assert left_in(tmp_path) == []


def test_a_job_is_proved_and_reported(tmp_path: Path) -> None:
    done = wrapped("--server", "--report", "out", *python(SCAN), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert results(tmp_path) == {"command": "passed", "job": "passed", "manifest": "passed"}
    assert done.stdout == ""
    assert "Passed: 3 passed" in done.stderr


@pytest.mark.parametrize("how", ["removed", pytest.param("altered", marks=exhaustive)])
def test_a_store_that_loses_something_fails_what_has_passed(how: str, tmp_path: Path) -> None:
    spoil = "file.unlink()" if how == "removed" else "file.write_bytes(file.read_bytes()[:-9] + b'otherwise')"
    script = f"{SCAN}import pathlib\nfile = next(pathlib.Path(os.environ['DSM_STORE']).rglob('*.jpg'))\n{spoil}\n"
    done = wrapped("--server", "--report", "out", *python(script), cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert results(tmp_path) == {"command": "passed", "job": "failed", "manifest": "failed"}


def test_a_fault_that_never_happens_and_one_that_does(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        '[[fault]]\nname = "cut"\nat = "wire"\noperation = "SendImage"\nof = "answer"\n'
        'nth = 1\ndo = "close"\noffset = 0\n'
        '[[fault]]\nname = "jam"\nat = "page"\npage = 9\ndo = "MediaJam"\n'
    )
    done = wrapped("--faults", "plan.toml", "--report", "out", *python(SCAN), cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    by_id = {each.id: each.verdict for each in read_results(tmp_path / "out" / "results.jsonl").results}
    assert (by_id["fault/1"], by_id["fault/2"]) == ("passed", "failed"), done.stderr


def test_a_deviation_is_told_and_no_failure(tmp_path: Path) -> None:
    done = wrapped("--server", "--report", "out", *python(SCAN, "--habit", "start-names-nothing"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert results(tmp_path)["deviation"] == "warned" and "[mtom/outer/start]" in done.stderr


def test_a_job_that_nobody_ends_is_a_failure(tmp_path: Path) -> None:
    script = SCAN.replace("assert subprocess.run(run).returncode == 0", (
        "run = [each for each in run if each != '-q']\n"
        "started = subprocess.Popen([*run, '--speed', 'real', '--pages', '9'])\n"
        "import pathlib, time\n"
        "while not list(pathlib.Path(os.environ['DSM_STORE']).rglob('*.jpg')): time.sleep(0.1)\n"
        "started.kill(); started.wait()"
    ))  # fmt: skip
    done = wrapped("--server", "--report", "out", *python(script), cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert results(tmp_path)["job"] == "failed" and "nobody has ended it" in done.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["-c", "raise SystemExit(0)"], 0),
        (["-c", "raise SystemExit(7)"], 7),
        pytest.param(["-c", "import os; os.kill(os.getpid(), 9)"], 137, marks=posix),
    ],
)
def test_the_code_is_that_of_the_command(command: list[str], code: int, tmp_path: Path) -> None:
    done = wrapped("-q", "--server", "--", sys.executable, *command, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert left_in(tmp_path) == []


def test_a_command_that_is_missing_or_cannot_be_run(tmp_path: Path) -> None:
    done = wrapped("--server", "--report", "out", "--", "no-such-command", cwd=tmp_path)
    assert done.returncode == 127 and "no-such-command: there is no such command" in done.stderr
    assert results(tmp_path) == {"command": "failed"}
    if os.name == "posix":
        (tmp_path / "data").write_text("no program")
        done = wrapped("-q", "--server", "--", "./data", cwd=tmp_path)
        assert done.returncode == 126, done.stderr
    done = wrapped("-q", "--server", cwd=tmp_path)
    assert done.returncode == 2


def alive(processes: list[int]) -> list[int]:
    found = []
    for each in processes:
        try:
            os.kill(each, 0)
        except OSError:
            continue
        state = Path(f"/proc/{each}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z":
            found.append(each)
    return found


LEAVES = """
import os, signal, subprocess, sys, time
sleeper = "import signal, sys, time; {ignore}; time.sleep(600)"
children = [subprocess.Popen([sys.executable, "-c", sleeper]),
            subprocess.Popen([sys.executable, "-c", sleeper], start_new_session=True)]
time.sleep(1)
open("children", "w").write(" ".join(str(each.pid) for each in children))
{then}
"""


@posix
@pytest.mark.parametrize("ignore", ["pass", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"])
def test_processes_that_it_leaves_are_ended(ignore: str, tmp_path: Path) -> None:
    """Also in a session of their own (on Linux), also those that ignore SIGTERM."""
    done = wrapped("--server", *python(LEAVES.format(ignore=ignore, then="")), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 processes that it had left were ended" in done.stderr or not sys.platform.startswith("linux")
    children = [int(each) for each in (tmp_path / "children").read_text().split()]
    assert alive(children if sys.platform.startswith("linux") else children[:1]) == []


@posix
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), pytest.param(signal.SIGINT, 130, marks=exhaustive)]
)
def test_a_signal_goes_on_to_the_command(number: int, code: int, tmp_path: Path) -> None:
    command = python(LEAVES.format(ignore="pass", then="time.sleep(600)"))
    started = subprocess.Popen(
        [*COMMAND, "exec", "-q", "--server", *command], cwd=tmp_path, env=_environment(tmp_path),
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "children").exists() or not (tmp_path / "children").read_text():
            assert time.monotonic() < deadline and started.poll() is None
            time.sleep(0.05)
        started.send_signal(number)
        assert started.wait(60) == code, started.communicate()
    finally:
        started.kill()
        started.communicate()
    assert alive([int(each) for each in (tmp_path / "children").read_text().split()]) == []
    assert left_in(tmp_path) == []


def test_a_file_that_is_there_is_not_overwritten_and_nothing_runs(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "junit.xml").write_text("mine")
    done = wrapped("--report", "out", *python("open('ran', 'w')"), cwd=tmp_path)
    assert done.returncode == 2 and not (tmp_path / "ran").exists(), done.stderr


def test_around_pytest(tmp_path: Path) -> None:
    """Tests that know nothing of the plugin, told by the environment where the scan server is."""
    (tmp_path / "test_it.py").write_text(
        "import os, subprocess, sys\n"
        "def test_it():\n"
        "    url = os.environ['DSM_SERVER_URL']\n"
        "    run = [sys.executable, '-m', 'emulator', 'scan', '--pages', '1', '--set', 'Resolution=75x75', '-q']\n"
        "    done = subprocess.run([*run, '--server', url, '--ca-file', os.environ['DSM_CA_FILE']])\n"
        "    assert done.returncode == 0\n"
        "def test_wrong():\n    assert False\n"
    )
    more = ["-pno:asyncio", "-pno:cacheprovider", "-q"]
    done = wrapped("--report", "out", "--", sys.executable, "-m", "pytest", *more, cwd=tmp_path)
    assert done.returncode == 1 and "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert results(tmp_path) == {"command": "failed", "job": "passed", "manifest": "passed"}


SCANIMAGE = r"""
printf 'airscan\n' > dll.conf
printf '[options]\ndiscovery = disable\nws-discovery = off\n[devices]\n"Ours" = %s, WSD\n' \
  "$DSM_SCAN_SERVICE_URL" > airscan.conf
export SANE_CONFIG_DIR="$PWD"
scanimage -d airscan:w0:Ours --resolution 75 --format=png > page.png
"""
"""Versions of sane-airscan before 0.99.30 do not know SANE_AIRSCAN_DEVICE, which says the same."""


def test_around_scanimage(tmp_path: Path) -> None:
    needs_program("scanimage")
    places = ("lib/*/sane", "lib64/sane", "lib/sane", "local/lib/sane")
    if not any(list(Path("/usr").glob(f"{place}/libsane-airscan.so*")) for place in places):
        skip_or_fail("the SANE backend airscan is not installed")
    done = wrapped("--no-multicast", "--", "sh", "-c", SCANIMAGE, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


def test_around_a_script_that_fails(tmp_path: Path) -> None:
    needs_program("sh")
    done = wrapped("-q", "--", "sh", "-c", "sleep 600 & sleep 600 & exit 3", cwd=tmp_path)
    assert done.returncode == 3 and "exit code 3" in done.stderr
    assert left_in(tmp_path) == []
