"""`--json` in every command that has it: one object with exit_code and error, whatever happens."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command_tree import call, commands, has_json
from programs import COMMAND, environment, interrupt, server

from emulator.environment.exit_codes import ExitCode

WITH_JSON = sorted(name for name, command in commands().items() if has_json(command))

NO_DEVICE = (["--state", "no state"], 3, "no device is running")
OWN: dict[str, tuple[list[str], int, str]] = {
    "discover": (["--type", "x"], 2, "no type"),
    "inspect": (["a b"], 2, "no http or https URL"),
    "lab-ca": (["ca", "--server", ","], 2, "names no server"),
    "profiles capture": (["missing.txt", "other.txt"], 2, "no such file"),
    "profiles show": (["no-such"], 2, "no-such"),
    "documents show": (["no-such"], 2, "no-such"),
    "faults show": (["no-such"], 2, "no-such"),
    "faults validate": (["missing.toml"], 2, "missing.toml"),
    "samples": (["file"], 2, "file"),
    "render": (["missing.pdf"], 2, "missing.pdf"),
    "run": (["no-such"], 2, "no-such"),
    "scan": (["missing.pdf"], 2, "missing.pdf"),
    "scan-processes list": (["--directory", "no-such"], 2, "no-such"),
    "scan-processes show": (["no-such"], 2, "no-such"),
    "server": (["--http", "--tls-cert", "x.pem"], 2, "--http excludes"),
    "load": (["missing.pdf"], 2, "missing.pdf"),
    "play": (["missing.toml"], 2, "missing.toml"),
    "truth compare": (["missing", "missing"], 2, "no such folder"),
    "check client": (["--select", "no/such"], 2, "no/such"),
    "check device": (["x", "--select", "no/such"], 2, "no/such"),
    "check explain": (["no/such"], 2, "no/such"),
    "check list": (["--select", "no/such"], 2, "no/such"),
    "check report": (["missing"], 2, "missing"),
    "check server": (["x", "--select", "no/such"], 2, "no/such"),
    "demo": (["--to", "mailto:nobody"], 2, "mailto:nobody"),
    "health": (["--control", "http://127.0.0.1:1/"], 1, "127.0.0.1:1"),
    "verify": (["missing.jsonl", "missing"], 2, "no folder"),
    "press condition": (["LampError", *NO_DEVICE[0]], *NO_DEVICE[1:]),
    "press load": (["--sheets", "1", *NO_DEVICE[0]], *NO_DEVICE[1:]),
}
"""Command -> arguments that it refuses itself, with which code and in which words."""
OWN |= {name: NO_DEVICE for name in WITH_JSON if name.startswith("press ") and name not in OWN}
NOTHING_TO_REFUSE = {"profiles list", "documents list", "faults list", "doctor"}


def one_object(stdout: str) -> dict[str, Any]:
    found = json.loads(stdout)  # fails on two objects, and on none
    assert isinstance(found, dict)
    return found


def test_every_command_is_tried() -> None:
    assert set(WITH_JSON) == set(OWN) | NOTHING_TO_REFUSE


@pytest.mark.parametrize("name", WITH_JSON)
def test_arguments_that_are_not_taken(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--json", "--no-such-option"], ["--json", "--state"]):
        done = call([*name.split(), *arguments], capsys)
        told = one_object(done.stdout)
        assert done.code == told["exit_code"] == ExitCode.USAGE
        assert told["error"] and f"error: {told['error']}" in done.stderr


@pytest.mark.parametrize("name", sorted(OWN))
def test_what_the_command_refuses_itself(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("no folder")
    arguments, code, said = OWN[name]
    done = call([*name.split(), "--json", *arguments], capsys)
    told = one_object(done.stdout)
    assert done.code == told["exit_code"] == code and said in told["error"]
    assert done.stderr.startswith(f"error: {told['error']}\n")


@pytest.mark.parametrize("name", WITH_JSON)
@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [(ZeroDivisionError("scripted"), 70, "a bug of dsm-emulator: ZeroDivisionError: scripted"),
     (KeyboardInterrupt(), 130, "interrupted")],
)  # fmt: skip
def test_a_bug_and_an_interruption(
    name: str, raised: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**given: object) -> None:
        raise raised

    required = {
        "inspect": ["x"],
        "lab-ca": ["x"],
        "verify": ["x", "y"],
        "truth compare": ["x", "y"],
        "play": ["x"],
        "check device": ["x"],
        "check explain": ["x"],
        "check report": ["x"],
        "check server": ["x"],
        "press condition": ["x"],
    }
    required |= {"documents show": ["x"], "samples": ["x"], "faults show": ["x"], "faults validate": ["x"]}
    required |= {"profiles capture": ["x"], "profiles show": ["x"], "scan-processes show": ["x"]}
    done = call([*name.split(), "--json", *required.get(name, [])], capsys, instead=broken)
    told = one_object(done.stdout)
    assert (done.code, told["exit_code"], told["error"]) == (code, code, said)
    assert done.stderr.splitlines()[0] == f"error: {said}"


def test_without_json_nothing_of_it_is_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["scan", "--no-such-option"], ["scan", "missing.pdf"], ["verify", "--", "--json", "x"]):
        done = call(arguments, capsys)
        assert done.code == 2 and done.stdout == "" and done.stderr


def test_an_error_is_one_line_whatever_stands_in_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    done = call(["scan", "two\nlines\x1b[31m.pdf", "--json"], capsys)
    assert done.stderr.splitlines()[0].startswith("error: two\\nlines\\x1b[31m.pdf") and "\x1b" not in done.stderr
    assert one_object(done.stdout)["exit_code"] == 2


RESULTS = ("profiles show", "scan-processes show", "documents show", "profiles list", "scan-processes list")


@pytest.mark.parametrize("name", [*RESULTS, "documents list"])
def test_a_result_has_both_too(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    things = {"profiles show": "office-mfp", "scan-processes show": "Scan to folder", "documents show": "ocr"}
    done = call([*name.split(), *([things[name]] if name in things else []), "--json"], capsys)
    told = one_object(done.stdout)
    assert (done.code, told["exit_code"], told["error"]) == (0, 0, None)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupted_job_is_told_whole(tmp_path: Path) -> None:
    """Real processes: the job's token, and which images the server has, stand in the one object."""
    with server("--http", cwd=tmp_path, checked=False) as (ready, _):
        process = subprocess.Popen(
            [*COMMAND, "scan", "--json", "--pages", "500", "--server", ready["url"], "--speed", "real"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
            env=environment(checked=False) | {"DSM_EMULATOR_STATE": str(tmp_path / "state")},
        )  # fmt: skip
        kept = tmp_path / "state" / "manifests"
        limit = time.monotonic() + 60
        while not any('"image"' in path.read_text() for path in kept.glob("*.jsonl")):
            assert time.monotonic() < limit and process.poll() is None
            time.sleep(0.05)
        interrupt(process)
        stdout, stderr = process.communicate(timeout=30)
    told = one_object(stdout)
    assert process.returncode == told["exit_code"] == ExitCode.INTERRUPTED and "interrupted" in told["error"]
    assert [image for image in told["images"] if image["acknowledged"]] and "Traceback" not in stderr
    assert Path(told["manifest"]).parent == kept and Path(told["manifest"]).is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interruption_while_the_program_is_still_being_loaded(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, importlib.abc\n"
        "class Now(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Now())\n"
        "sys.argv = ['dsm-emulator', 'profiles', 'list', '--json']\n"
        "from emulator.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(checked=False), cwd=tmp_path
    )
    assert done.returncode == 130 and done.stderr == "error: interrupted\n"
    assert one_object(done.stdout) == {"exit_code": 130, "error": "interrupted", "hint": None}
    assert signal.SIGINT == 2
