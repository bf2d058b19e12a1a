"""Every command against every row of docs/exit-codes.md that it can end with."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from closed_ports import closed_port
from command_tree import call, commands
from exit_code_peers import NONSENSE, REFUSAL, answering, matches_nothing
from programs import PROJECT, devices, end, environment, run, server, start
from variants import EXHAUSTIVE, exhaustive

DEVICE = ["--control", "{control}", "--state", "state"]
GONE = ["--control", "http://127.0.0.1:{closed}/devices/x"]
WRONG = ["--control", "http://127.0.0.1:{nonsense}/devices/x"]
FOREIGN = ["--control", "http://127.0.0.1:{refusing}/devices/x"]
JUDGED = ["{server}", "--ca-file", "{ca}"]
AT_A_DEVICE = ["--situation", "ordinary", "--no-multicast", "--select"]
ASKS = """
import os, urllib.request
told = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
told += 'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header><a:To>urn:nobody</a:To>'
told += '<a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/Get</a:Action><a:MessageID>urn:uuid:1</a:MessageID>'
told += '</s:Header><s:Body/></s:Envelope>'
asked = urllib.request.Request(os.environ["DSM_DEVICE_URL"], told.encode())
asked.add_header("Content-Type", "application/soap+xml")
try:
    urllib.request.urlopen(asked)
except urllib.error.HTTPError:
    pass
"""
"""A client that asks for metadata, of nobody."""
SERVICE = ["--pages", "1", "--manifest", "none", "--service"]
LOAD = ["--server", "{server}", "--ca-file", "{ca}", "--set", "Resolution=100x100", "--calibrate", "none"]
LDAP = ["--directory", "ldap://127.0.0.1:{closed}", "--user", "x@y.z", "--password-file", "password"]


def at_a_device(name: str, *arguments: str, bad: str) -> dict[tuple[str, int], list[str]]:
    """`press NAME`: done, refused by the device, nobody there, nonsense, refused."""
    return {
        (name, 0): [*arguments, *DEVICE],
        (name, 2): [*bad.split(), *DEVICE],
        (name, 3): [*arguments, *GONE],
        (name, 4): [*arguments, *WRONG],
        (name, 5): [*arguments, *FOREIGN],
    }


CASES: dict[tuple[str, int], list[str]] = {
    ("scan", 0): ["--pages", "1"],
    ("scan", 1): ["letter.png", "broken.png", "--skip-bad"],
    ("scan", 2): ["missing.pdf"],
    ("scan", 3): [*SERVICE, "{https}"],
    ("scan", 4): [*SERVICE, "http://127.0.0.1:{nonsense}/x"],
    ("scan", 5): [*SERVICE, "http://127.0.0.1:{refusing}/x"],
    ("run", 2): ["no-such-profile"],
    ("server", 2): ["--store", "letter.png", "--port", "0"],
    ("demo", 2): ["--no-open", "--to", "mailto:nobody"],
    ("render", 0): ["--pages", "1", "-o", "rendered"],
    ("render", 1): ["letter.png", "broken.png", "--skip-bad", "-o", "left-out"],
    ("render", 2): ["--pages", "1", "-o", "letter.png"],
    ("verify", 0): ["good.jsonl", "store"],
    ("verify", 1): ["good.jsonl", "empty"],
    ("verify", 2): ["good.jsonl", "no-such-folder"],
    ("play", 0): ["good.toml"],
    ("play", 1): ["good.toml", "wrong.toml"],
    ("play", 2): ["good.toml", "plan.toml"],
    ("load", 0): [*LOAD, "--jobs", "2"],
    ("load", 1): [*LOAD, "--jobs", "1", "--fail-if", "jobs<2"],
    ("load", 2): ["--users", "0"],
    ("load", 3): ["--server", "http://127.0.0.1:{closed}/x"],
    ("load", 4): ["--server", "http://127.0.0.1:{nonsense}/x"],
    ("load", 5): ["--server", "http://127.0.0.1:{refusing}/x"],
    ("truth compare", 0): ["truths", "truths"],
    ("truth compare", 1): ["truths", "read", "--limit", "word_error=0"],
    ("truth compare", 2): ["truths", "no-such-folder"],
    ("discover", 0): ["127.0.0.1:{udp}", "--timeout", "2", "--no-metadata"],
    ("discover", 1): ["127.0.0.1:{closed}", "--timeout", "0.1"],
    ("discover", 2): ["--interface", "no-such"],
    ("inspect", 0): ["{device}"],
    ("inspect", 1): ["127.0.0.1:{nothing}", "--timeout", "2"],
    ("inspect", 2): ["ftp://x/y"],
    ("inspect", 3): ["http://127.0.0.1:{closed}/x", "--timeout", "2"],
    ("inspect", 4): ["http://127.0.0.1:{nonsense}/x", "--timeout", "2"],
    ("inspect", 5): ["http://127.0.0.1:{refusing}/x", "--timeout", "2"],
    ("check server", 0): [*JUDGED, "--select", "dsp/answer/cancel-of-an-ended-job"],
    ("check server", 1): [*JUDGED, "--select", "psp/change/document-root-name-accepted"],
    ("check server", 2): [*JUDGED, "--select", "no/such"],
    ("check server", 3): ["http://127.0.0.1:{closed}/x"],
    ("check server", 4): ["http://127.0.0.1:{nonsense}/x"],
    ("check server", 5): ["http://127.0.0.1:{refusing}/x"],
    ("check device", 0): ["{device}", "--select", "wscn/default-scan-ticket/every-option"],
    ("check device", 1): ["{device}", "--select", "wscn/default-scan-ticket/names"],
    ("check device", 2): ["{device}", "--select", "no/such"],
    ("check device", 3): ["http://127.0.0.1:{closed}/x"],
    ("check device", 4): ["http://127.0.0.1:{nonsense}/x"],
    ("check device", 5): ["http://127.0.0.1:{refusing}/x"],
    ("check client", 0): [*AT_A_DEVICE, "dpws/get/request", "--", sys.executable, "-c", ASKS],
    ("check client", 1): [*AT_A_DEVICE, "dpws/get/to-is-the-endpoint-address", "--", sys.executable, "-c", ASKS],
    ("check client", 2): ["--select", "no/such"],
    ("check client", 3): [*AT_A_DEVICE, "dpws/get/request", "--", sys.executable, "-c", ""],
    ("check list", 0): [],
    ("check list", 2): ["--select", "no/such"],
    ("check explain", 0): ["dsp/answer/cancel-of-an-ended-job"],
    ("check explain", 2): ["no/such"],
    ("check report", 0): ["judged"],
    ("check report", 1): ["cut-off"],
    ("check report", 2): ["empty"],
    ("health", 0): ["--control", "{control}"],
    ("health", 1): ["--control", "http://127.0.0.1:{closed}/"],
    ("doctor", 0): [],
    ("exec", 0): ["--devices", "1", "--no-multicast", "--", "true"],
    ("exec", 1): ["--devices", "1", "--no-multicast", "--", "false"],
    ("exec", 2): ["--devices", "0", "--", "true"],
    ("lab-ca", 0): ["ca", "--key", "ec"],
    ("lab-ca", 2): ["letter.png", "--key", "ec"],
    ("profiles list", 0): [],
    ("profiles show", 0): ["office-mfp"],
    ("profiles show", 2): ["no-such"],
    ("profiles validate", 0): ["office-mfp"],
    ("profiles validate", 2): ["no-such"],
    ("profiles capture", 0): ["{device}", "-o", "captured.toml"],
    ("profiles capture", 1): ["127.0.0.1:{nothing}", "--timeout", "2"],
    ("profiles capture", 2): ["{device}", "-o", "no-folder/captured.toml"],
    ("profiles capture", 3): ["http://127.0.0.1:{closed}/x", "--timeout", "2"],
    ("profiles capture", 4): ["http://127.0.0.1:{nonsense}/x", "--timeout", "2"],
    ("profiles capture", 5): ["http://127.0.0.1:{refusing}/x", "--timeout", "2"],
    ("documents list", 0): [],
    ("documents show", 0): ["ocr"],
    ("documents show", 2): ["no-such"],
    ("documents validate", 0): ["ocr"],
    ("documents validate", 2): ["no-such"],
    ("faults list", 0): [],
    ("faults show", 0): ["late"],
    ("faults show", 2): ["no-such"],
    ("faults validate", 0): ["plan.toml"],
    ("faults validate", 2): ["letter.png"],
    ("samples", 0): ["copied"],
    ("samples", 2): ["letter.png"],
    ("scan-processes list", 0): [],
    ("scan-processes list", 2): ["--directory", "no-such"],
    ("scan-processes list", 3): LDAP,
    ("scan-processes show", 0): ["Scan to folder"],
    ("scan-processes show", 2): ["no-such"],
    ("scan-processes show", 3): ["Scan to folder", *LDAP],
    ("scan-processes validate", 0): [],
    ("scan-processes validate", 2): ["letter.png"],
    ("scan-processes validate", 3): LDAP,
    **at_a_device("press status", bad="--no-such"),
    **at_a_device("press watch", "--for", "0.1", bad="--no-such"),
    **at_a_device("press load", "--sheets", "1", "--replace", bad="missing.pdf"),
    **at_a_device("press open", bad="nowhere"),
    **at_a_device("press close", bad="nowhere"),
    **at_a_device("press jam", bad="nowhere"),
    **at_a_device("press condition", "Calibrating", bad="NoSuch"),
    **at_a_device("press clear", bad="--no-such"),
    **at_a_device("press reset", bad="--no-such"),
    **at_a_device("press pause", bad="--no-such"),
    **at_a_device("press resume", bad="--no-such"),
    **at_a_device("press attention", bad="--no-such"),
    **at_a_device("press hold", bad="--no-such"),
    **at_a_device("press release", bad="--no-such"),
    **at_a_device("press cancel", bad="--job 0"),
    **at_a_device("press describe", "--name", "Copier", bad="--no-such"),
    **at_a_device("press start", bad="--scan-process no-such"),
    ("press start", 1): DEVICE,
}  # fmt: skip
"""(command, exit code) -> arguments that bring it about."""


ENDED_FROM_OUTSIDE = {("run", 0), ("server", 0), ("run", 1), ("server", 1), ("demo", 0), ("doctor", 1)}
"""What runs until it is stopped (tests/cli/test_cli_demo.py); 1 with --faults-must-fire:
tests/disturbance/test_disturbance_doors.py; a machine that lacks something: tests/cli/test_cli_health.py."""


def table() -> set[tuple[str, int]]:
    """The second table of the page: each command with the codes that it ends with beside 70 and 130."""
    page = (PROJECT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z -]+)` \| ([0-9, ]+?)(?:, or that of its command)? \|", page, re.MULTILINE)
    return {(name, int(code)) for name, codes in rows for code in codes.split(",")}


def test_the_page_and_the_cases_name_every_command_and_the_same_codes() -> None:
    stated = table()
    assert {name for name, _ in stated} == set(commands())
    assert stated == set(CASES) | ENDED_FROM_OUTSIDE


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A folder with files good and bad, a device, a server over HTTPS, and peers that bring about failures."""
    folder = tmp_path_factory.mktemp("places")
    (folder / "letter.png").write_bytes((PROJECT / "sample_images" / "letter.png").read_bytes())
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (folder / "password").write_text("secret\n")
    (folder / "empty").mkdir()
    header = {"version": 1, "tool": "dsm-emulator check server", "target": "http://x/", "seed": 1}
    line = {"id": "dsp/answer/cancel-of-an-ended-job", "verdict": "passed", "ms": 1, "evidence": {}}
    for name, lines in (
        ("judged", [header, line, {"counts": {"passed": 1}}]),
        ("cut-off", [header, line]),
    ):
        (folder / name).mkdir()
        (folder / name / "results.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    (folder / "read").mkdir()
    (folder / "read" / "page-0001.txt").write_text("nothing of it\n")
    (folder / "plan.toml").write_text('[[fault]]\nname = "once"\nat = "exchange"\ndo = "late"\nseconds = 1\n')
    for name, sheets in (("good", 2), ("wrong", 3)):
        step = f"[[step]]\nload = {{ sheets = 2, replace = true }}\nexpect = {{ sheets = {sheets} }}\n"
        (folder / f"{name}.toml").write_text(f'title = "Sheets"\n[devices.mfp]\n{step}')
    done = run("scan", "letter.png", "--store", "store", "--manifest", "good.jsonl", cwd=folder)
    assert done.returncode == 0, done.stderr
    small = ["--pages", "1", "--set", "Resolution=75x75", "--hocr"]
    done = run("render", "--documents", "ocr", *small, "--output", "truths", cwd=folder)
    assert done.returncode == 0, done.stderr
    with (
        devices(cwd=folder, checked=False) as (running, _),
        server(cwd=folder, checked=False) as (ready, _),
        answering(NONSENSE) as nonsense,
        answering(REFUSAL) as refusing,
        answering(matches_nothing) as nothing,
    ):
        yield {
            "folder": str(folder),
            "control": running[0]["control"],
            "device": running[0]["xaddrs"][0],
            "https": ready["service"],
            "server": ready["url"],
            "ca": ready["ca_file"],
            "udp": ready["url"].rpartition(":")[2].partition("/")[0],
            "closed": str(closed_port()),
            "nonsense": str(nonsense),
            "refusing": str(refusing),
            "nothing": str(nothing),
        }


def prepare(case: str, control: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Bring the device into the state that a case wants."""
    before = {
        "press start 0": [["load", "--sheets", "1", "--replace"]],
        "press start 1": [["open"]],
        "press cancel 0": [["start", "--no-wait"]],
    }
    for step in [["reset"], *before.get(case, [])]:
        assert call(["press", *step, "--control", control, "--state", "state"], capsys).code == 0
    while case == "press cancel 0":
        status = call(["press", "status", "--json", "--control", control, "--state", "state"], capsys)
        if json.loads(status.stdout)["active_jobs"]:
            return
        time.sleep(0.05)


@pytest.mark.parametrize(("name", "code"), sorted(CASES))
def test_the_code_of_the_table(
    name: str,
    code: int,
    places: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(places["folder"])
    monkeypatch.setenv("DSM_EMULATOR_STATE", f"{places['folder']}/own-state")
    if DEVICE[1] in CASES[name, code]:
        prepare(f"{name} {code}", places["control"], capsys)
    arguments = [each.format(**places) for each in CASES[name, code]]
    done = call([*name.split(), *arguments], capsys)
    assert done.code == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr and "a bug of" not in done.stderr
    if code >= 2:
        judged = name in ("check server", "check device", "check client") and code > 2  # the verdict is the report
        assert done.stdout == "" or name in ("scan", "scan-processes validate") or judged
        assert "rror: " in done.stderr or name.endswith("validate") or judged


def test_pressing_where_no_device_is_running(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(["press", "status", "--state", str(tmp_path)], capsys)
    assert done.code == 3 and done.stderr == "error: no device is running\n       dsm-emulator run starts one\n"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
@pytest.mark.parametrize("output", ["--output", "--truth", "--trace", "--manifest", "-o", "--store"])
def test_a_place_that_cannot_be_written_is_2_and_nothing_has_been_done(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each option that names what is written; the place is below a file, which root cannot write to either."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    place = f"file/{output.strip('-')}.out"
    command = {
        "--output": ["render", "--pages", "1"],
        "-o": ["profiles", "capture", str(PROJECT / "no-such.xml")],
        "--truth": ["scan", "--pages", "1", "--documents", "office-day", "--store", "scans"],
    }.get(output, ["scan", "--pages", "1"])
    done = call([*command, output, place], capsys)
    assert done.code == 2 and done.stderr.startswith("error: ") and "Traceback" not in done.stderr
    assert not list(tmp_path.glob("scans/*/*/*")), "no job has been made"


@exhaustive
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("command", "number"),
    [(["run", "--state", "state"], signal.SIGINT), (["server", "--port", "0", "--http"], signal.SIGTERM)],
)
def test_what_runs_until_it_is_stopped_ends_with_0(
    command: list[str], number: signal.Signals, tmp_path: Path
) -> None:
    process = start(*command, "--json", cwd=tmp_path, checked=False)
    try:
        assert process.stdout is not None and json.loads(process.stdout.readline())["ready"] is True
        process.send_signal(number)
        assert process.stdout.read() == "" and process.wait(60) == 0
    finally:
        end(process)


@pytest.mark.skipif(sys.platform == "win32", reason="devices of POSIX")
def test_every_command_whose_output_is_lost_says_so_in_one_line(places: dict[str, str]) -> None:
    """A full disk behind stdout: 1 where all else was well, one line, no traceback. A reader that has gone, and
    streams that the caller closed, cost no command its result."""
    folder = Path(places["folder"])
    loud = ["verify"]
    if EXHAUSTIVE:
        loud += [name for name, code in CASES if code == 0 and name not in (*loud, "scan", "press start")]
    for name in loud:
        arguments = [each.format(**places) for each in CASES[name, 0]]
        options = ["--overwrite"] if name == "render" else []
        command = [sys.executable, "-m", "emulator", *name.split(), *arguments, *options]
        for json_option in (
            [[], ["--json"]] if name not in ("profiles validate", "scan-processes validate") else [[]]
        ):
            done = _with_stdout(command + json_option, "/dev/full", folder)
            assert done.returncode == 1 and "Traceback" not in done.stderr, (name, done.stderr)
            assert done.stderr.splitlines()[-1].startswith("error: stdout: No space left"), (name, done.stderr)
        assert _shell(command, "| true", folder) == (0, ""), name


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize(
    "closed",
    [
        "<&- >&- 2>&-",
        "| head -c 1 >/dev/null",
        *(pytest.param(each, marks=exhaustive) for each in (">&-", "2>&-", "2>/dev/full")),
    ],
)
def test_a_job_goes_on_when_nobody_listens(closed: str, tmp_path: Path) -> None:
    code, said = _shell([sys.executable, "-m", "emulator", "scan", "--pages", "2"], closed, tmp_path)
    assert code == 0 and "Traceback" not in said
    assert len(list(tmp_path.glob("scans/contoso/*/*/*"))) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="devices of POSIX")
def test_a_ready_line_that_is_lost_ends_the_server(tmp_path: Path) -> None:
    for arguments in (["server", "--port", "0", "--http"], ["run", "--state", "state"]):
        done = _with_stdout([sys.executable, "-m", "emulator", *arguments, "--json"], "/dev/full", tmp_path)
        assert done.returncode == 1 and done.stderr.startswith("error: stdout: No space left on device"), (
            done.stderr
        )
        assert done.stderr.count("\n") == 1


def _with_stdout(command: list[str], path: str, folder: Path) -> subprocess.CompletedProcess[str]:
    with open(path, "w") as full:
        return subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=folder, timeout=60,
            stdin=subprocess.DEVNULL,
            env=environment(checked=False) | {"DSM_EMULATOR_STATE": f"{folder}/own-state"},
        )  # fmt: skip


def _shell(command: list[str], redirection: str, folder: Path) -> tuple[int, str]:
    """Exit code of the command itself, and what stands on stderr."""
    script = f'"$@" {redirection}; exit "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *command], capture_output=True, text=True, cwd=folder, timeout=120,
        env=environment(checked=False) | {"DSM_EMULATOR_STATE": f"{folder}/own-state"},
    )  # fmt: skip
    return done.returncode, done.stderr
