"""Where manifests go, and which of them stay."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from programs import devices, environment, server
from test_lab_verify import PAGES, record
from typer.testing import CliRunner

from emulator.cli.main import app
from emulator.environment.exit_codes import LabError
from emulator.environment.state import state_folder
from emulator.jobs.manifest import read_manifest
from emulator.jobs.manifest_files import KEPT, KeptManifest, open_manifest, prune
from emulator.jobs.options import NO_MANIFEST, ScanOptions
from emulator.lab.lab import Lab


def keep(folder: Path, token: str) -> Path:
    """A manifest of an ended job."""
    with KeptManifest(folder, {"copies": 1}) as manifest:
        manifest.created(token, "http://x/")
        manifest.acknowledged(record(1, PAGES[0]))
        manifest.result({"outcome": "Completed", "job_token": token})
    assert manifest.path is not None
    return manifest.path


def test_it_is_named_after_its_job_and_begins_with_it(tmp_path: Path) -> None:
    with KeptManifest(tmp_path / "state", {"copies": 2}) as manifest:
        assert list((tmp_path / "state").iterdir()) == [] and manifest.path is None
        manifest.created("4617845A-CE94", "http://x/")
        assert manifest.path == tmp_path / "state" / "4617845A-CE94.jsonl"
        read = read_manifest(manifest.path)
        assert read.copies == 2 and read.job_token == "4617845A-CE94"
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["4617845A-CE94.jsonl"], "no lock stays"


@pytest.mark.parametrize(
    "token", ["../../etc/passwd", "", ".", "con:", "a/b", "x" * 300, "\ud800", "urn:uuid:1-2", " 1-2 ", "nul\0"]
)
def test_a_token_that_a_server_makes_up_leads_nowhere_else(tmp_path: Path, token: str) -> None:
    path = keep(tmp_path / "state", token)
    assert path.parent == tmp_path / "state" and path.is_file() and len(path.name) < 100
    assert [each.name for each in tmp_path.iterdir()] == ["state"]


def test_a_token_that_comes_again_overwrites_nothing(tmp_path: Path) -> None:
    names = [keep(tmp_path, "token").name for _ in range(3)]
    assert names == ["token.jsonl", "token-2.jsonl", "token-3.jsonl"]


def test_the_last_ones_stay_and_none_of_a_job_that_runs(tmp_path: Path) -> None:
    running = KeptManifest(tmp_path, {})
    running.created("running", "")
    for number in range(KEPT + 5):
        (tmp_path / f"{number:03}.jsonl").write_text('{"manifest":1}\n')
        os.utime(tmp_path / f"{number:03}.jsonl", (1000 + number, 1000 + number))
    os.utime(tmp_path / "running.jsonl", (1, 1))
    (tmp_path / "other.txt").write_text("somebody's")
    keep(tmp_path, "last")
    stay = {path.name for path in tmp_path.glob("*.jsonl")}
    assert stay == {"running.jsonl", "last.jsonl", *(f"{number:03}.jsonl" for number in range(6, KEPT + 5))}
    assert (tmp_path / "other.txt").exists()
    running.acknowledged(record(1, PAGES[0]))
    assert len(read_manifest(tmp_path / "running.jsonl").acknowledged) == 1
    running.close()
    os.utime(tmp_path / "running.jsonl", (1, 1))
    prune(tmp_path, KEPT - 1)
    assert not (tmp_path / "running.jsonl").exists(), "the oldest of the ended ones"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_processes_that_prune_at_once_lose_nothing_that_runs(tmp_path: Path) -> None:
    """Real processes: some hold a manifest, some end jobs, one is killed; what they hold stays."""
    hold = (
        "import sys, time; from pathlib import Path; from emulator.jobs.manifest_files import KeptManifest\n"
        "m = KeptManifest(Path(sys.argv[1]), {}); m.created(sys.argv[2], '')\n"
        "print('ready', flush=True); sys.stdin.read()\n"
        "m.result({'outcome': sys.argv[2]}); m.close()\n"
    )
    work = (
        "import sys; from pathlib import Path; from emulator.jobs import manifest_files\n"
        "manifest_files.KEPT = 3\n"
        "for n in range(20):\n"
        "    m = manifest_files.KeptManifest(Path(sys.argv[1]), {})\n"
        "    m.created(f'{sys.argv[2]}-{n}', ''); m.close()\n"
        "    manifest_files.prune(Path(sys.argv[1]), 3)\n"
    )

    def python(code: str, name: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=environment(checked=False),
        )  # fmt: skip

    holders = {name: python(hold, name) for name in ("kept", "killed")}
    for each in holders.values():
        assert each.stdout is not None and each.stdout.readline() == "ready\n"
    workers = [python(work, f"w{number}") for number in range(2)]
    for each in workers:
        assert each.communicate(timeout=60)[1] == ""
    assert {"kept.jsonl", "killed.jsonl"} <= {path.name for path in tmp_path.iterdir()}
    holders["killed"].kill()
    holders["killed"].communicate()
    prune(tmp_path, 0)
    assert [path.name for path in tmp_path.glob("*.jsonl")] == ["kept.jsonl"]
    assert holders["kept"].communicate("")[1] == ""
    assert read_manifest(tmp_path / "kept.jsonl").result == {"outcome": "kept"}


def test_a_folder_that_cannot_be_used_is_refused_before_the_job(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(LabError) as caught:
        open_manifest(ScanOptions(state=tmp_path / "state"), None, {})
    assert caught.value.code == 2 and "--manifest none" in caught.value.hint


def test_a_file_that_is_there_is_replaced_only_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text("mine")
    with pytest.raises(LabError, match="there already"):
        open_manifest(ScanOptions(manifest=path), None, {})
    assert path.read_text() == "mine"
    open_manifest(ScanOptions(manifest=path, overwrite=True), None, {}).close()
    assert read_manifest(path).copies == 1


def test_a_user_without_a_home_has_a_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    monkeypatch.delenv("DSM_EMULATOR_STATE", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    homes = [RuntimeError("no home"), Path("~/.local/state/dsm-emulator"), tmp_path / "file" / "below"]
    (tmp_path / "file").write_text("")
    for home in homes:

        def told(*names: object, home: RuntimeError | Path = home, **options: object) -> Path:
            if isinstance(home, RuntimeError):
                raise home
            return home

        monkeypatch.setattr(platformdirs, "user_state_path", told)
        found = state_folder()
        assert found.parent == tmp_path / "t" and found.is_dir()
        if sys.platform != "win32":
            assert found.stat().st_mode & 0o777 == 0o700
    found.rmdir()
    found.symlink_to(tmp_path)
    with pytest.raises(LabError, match="somebody else's"):
        state_folder()


async def test_the_python_api_does_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DSM_EMULATOR_STATE", str(tmp_path / "state"))
    async with Lab(store=tmp_path / "store") as lab:
        scanner = await lab.add_device()
        beside = await scanner.scan(pages=1)
        assert beside.manifest is not None and beside.manifest.parent == tmp_path / "store"
        none = await scanner.scan(pages=1, manifest=NO_MANIFEST)
        assert none.manifest is None and none.as_dict()["manifest"] is None and none.outcome == "Completed"
        foreign = await scanner.scan(pages=1, server=lab.url, trust=lab_trust(lab, tmp_path))
        assert foreign.manifest == tmp_path / "state" / "manifests" / f"{foreign.as_dict()['job_token']}.jsonl"
    assert len(list(tmp_path.rglob("*.jsonl"))) == 2  # noqa: ASYNC240 - nothing else runs
    with pytest.raises(LabError):
        async with Lab() as lab:
            await (await lab.add_device()).scan(pages=1, server="127.0.0.1:1", manifest=tmp_path)


def lab_trust(lab: Lab, folder: Path) -> object:
    from emulator.environment.options import TrustOptions

    (folder / "ca.pem").write_bytes(lab.embedded.ca_pem)
    return TrustOptions(ca_file=folder / "ca.pem")


def test_scan_and_press_start_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A foreign server: nothing in the current folder, the path is told, `verify` takes it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DSM_EMULATOR_STATE", str(tmp_path / "own"))

    def command(*arguments: str | Path) -> str:
        done = CliRunner().invoke(app, [str(each) for each in arguments])
        assert done.exit_code == 0, done.stderr
        return done.stdout

    with (
        server("--http", "--store", "store", cwd=tmp_path, checked=False) as (ready, _),
        devices(cwd=tmp_path, checked=False) as (found, _),
    ):
        said = command("scan", "--pages", "1", "--server", ready["url"])
        (manifest,) = (tmp_path / "own" / "manifests").iterdir()
        assert f"Manifest      {manifest.relative_to(tmp_path)}\n" in said
        control = ("--control", found[0]["control"], "--state", "state")
        command("press", "load", "--sheets", "1", "--replace", *control)
        pressed = command("press", "start", "--server", ready["url"], *control)
        (second,) = (tmp_path / "state" / "manifests").iterdir()
        assert f"Manifest      {second}\n" in pressed
        command("verify", manifest, "store", "--json")
        command("verify", manifest, second, "store", "--exact")
    assert not list(tmp_path.glob("*.jsonl"))
