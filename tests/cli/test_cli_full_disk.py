"""A disk that takes no more while a command writes its trace or its manifest: one line, code 1, nothing half called
whole. The size of files is limited in the command's own process; the scan server is another."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import devices, environment, run, server
from typer.testing import CliRunner
from variants import exhaustive

from emulator.cli.main import app
from emulator.jobs.manifest import read_manifest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")

FILES = 40
LIMITED = (
    "import resource, sys\n"
    "limit = int(sys.argv.pop(1)); resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
    "from emulator.__main__ import main\n"
    "main()\n"
)


def limited(octets: int, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process none of whose files may grow beyond `octets`."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(octets), *map(str, arguments)], capture_output=True, text=True, cwd=cwd,
        timeout=120, env=environment(checked=False) | {"DSM_EMULATOR_STATE": str(cwd / "state")},
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with small files, and the URL of a scan server."""
    folder = tmp_path_factory.mktemp("full")
    (folder / "in").mkdir()
    for number in range(FILES):
        (folder / "in" / f"{number:02}.jpg").write_bytes(b"\xff\xd8\xff" + bytes([number]) * 500)
    with server("--http", "--store", "store", cwd=folder, checked=False) as (ready, _):
        yield folder, ready["url"]


def one_line(done: subprocess.CompletedProcess[str], said: str) -> None:
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 1 and said in errors[0] and "Traceback" not in done.stderr, done.stderr


@pytest.mark.parametrize("where", ["kept", pytest.param("named", marks=exhaustive)])
def test_a_manifest_that_cannot_go_on_ends_the_job(place: tuple[Path, str], tmp_path: Path, where: str) -> None:
    folder, url = place
    named = () if where == "kept" else ("--manifest", tmp_path / "m.jsonl")
    done = limited(
        12_000, "scan", folder / "in", "--as-is", "--server", url, "--json", *named, cwd=tmp_path
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    one_line(done, "cannot be written: File too large; the job was cancelled at the scan server")
    told = json.loads(done.stdout)
    manifest = read_manifest(Path(told["manifest"]))
    assert told["exit_code"] == 1 and not manifest.cut_off and manifest.result is None
    sent = [image for image in told["images"] if image["acknowledged"]]
    assert 0 < len(manifest.acknowledged) <= len(sent) < FILES, "its lines are whole, and true"
    proof = CliRunner().invoke(app, ["verify", told["manifest"], str(folder / "store")])
    assert "no result" in proof.stdout


@exhaustive
def test_a_manifest_whose_last_line_does_not_fit(place: tuple[Path, str], tmp_path: Path) -> None:
    """The job is done; that its end is not written down is a failure all the same."""
    folder, url = place
    one = ("scan", folder / "in" / "00.jpg", "--as-is", "--server", url)
    whole = run(*one, "--manifest", tmp_path / "whole.jsonl", cwd=tmp_path)
    assert whole.returncode == 0
    lines = (tmp_path / "whole.jsonl").read_bytes().splitlines(keepends=True)
    room = sum(map(len, lines[:-1])) + 200
    done = limited(room, *one, "--manifest", tmp_path / "m.jsonl", cwd=tmp_path)
    assert done.returncode == 1 and "Completed" in done.stdout
    one_line(done, "cannot be written: File too large; how the job ended is not in it")
    assert len(read_manifest(tmp_path / "m.jsonl").acknowledged) == 1


def test_a_trace_of_a_job_that_is_not_complete(place: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = place
    scan = ("scan", folder / "in" / "00.jpg", "--as-is", "--server", url, "--manifest", "none")
    done = limited(20_000, *scan, "--trace", tmp_path / "t.har", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout.splitlines()[3].startswith("Completed"), "the job itself went well"
    one_line(done, f"the trace {tmp_path / 't.har'} is not complete: ")
    log = json.loads((tmp_path / "t.har").read_text(encoding="utf-8"))["log"]
    assert log["_complete"] is False and log["entries"]


@exhaustive
def test_traces_of_other_commands(tmp_path: Path) -> None:
    with devices(cwd=tmp_path, checked=False) as (found, _):
        for name in ("inspect", "profiles capture"):
            where = [*name.split(), found[0]["xaddrs"][0], "--trace", tmp_path / f"{name}.har", "--json"]
            done = limited(9_000, *where, cwd=tmp_path)
            assert done.returncode == 1 and json.loads(done.stdout)["exit_code"] == 1, done.stderr
            one_line(done, "is not complete")
            assert json.loads((tmp_path / f"{name}.har").read_text(encoding="utf-8"))["log"]["_complete"] is False


@exhaustive
def test_pages_and_profiles_are_there_whole_or_not_at_all(tmp_path: Path) -> None:
    done = limited(20_000, "render", "--pages", "2", "--jobs", "1", "-o", "pages", cwd=tmp_path)
    assert done.returncode == 1 and not list((tmp_path / "pages").glob("[!.]*"))
    one_line(done, "File too large")
    with devices(cwd=tmp_path, checked=False) as (found, _):
        done = limited(500, "profiles", "capture", found[0]["xaddrs"][0], "-o", "mine.toml", cwd=tmp_path)
    assert done.returncode == 1 and not list(tmp_path.glob("*mine.toml*"))
    one_line(done, "-o mine.toml: cannot be written: File too large")


@exhaustive
def test_a_server_whose_trace_is_full_goes_on_and_says_so_at_its_end(
    place: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = place
    process = subprocess.Popen(
        [sys.executable, "-c", LIMITED, "20000", "server", "--http", "--port", "0", "--json", "--trace", "t.har"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment(checked=False),
    )  # fmt: skip
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["url"]
    for _ in range(2):
        assert run("scan", folder / "in" / "00.jpg", "--as-is", "--server", url, "--manifest", "none",
                   cwd=tmp_path).returncode == 0  # fmt: skip
    process.terminate()
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 1 and "Traceback" not in stderr
    assert stderr.splitlines()[-1].startswith("error: the trace t.har is not complete: ")
