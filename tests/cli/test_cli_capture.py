"""`profiles capture`: from a running device to a profile that runs, and what is said on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import devices, run

from emulator.device.profile import load_profile


@pytest.fixture
def device(tmp_path: Path) -> Iterator[dict[str, Any]]:
    with devices("flatbed", "--no-multicast", cwd=tmp_path) as (found, _):
        yield found[0]


def test_a_captured_profile_is_valid_runs_and_tells_the_same(device: dict[str, Any], tmp_path: Path) -> None:
    done = run("profiles", "capture", device["xaddrs"][0], cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert done.stdout.splitlines() == [
        "Profile       virtual-desk-flatbed.toml",
        "Device        Desk Flatbed (DSM emulator project, Virtual Desk Flatbed F-600)",
        "Differs       nothing: a device of the profile answers the same",
    ]
    file = tmp_path / "virtual-desk-flatbed.toml"
    shipped, captured = load_profile("flatbed"), load_profile(str(file))
    assert captured.configuration() == shipped.configuration()
    assert captured.default_ticket() == shipped.default_ticket()
    assert run("profiles", "validate", file, cwd=tmp_path).returncode == 0
    first = json.loads(run("inspect", device["xaddrs"][0], "--json", cwd=tmp_path).stdout)
    with devices(file, "--no-multicast", cwd=tmp_path) as (found, _):
        second = json.loads(run("inspect", found[0]["xaddrs"][0], "--json", cwd=tmp_path).stdout)
    for name in ("description", "configuration", "default_ticket"):
        assert first["scanner"][name] == second["scanner"][name]
    assert first["metadata"]["this_model"] == second["metadata"]["this_model"]


def test_a_profile_that_is_there_is_not_overwritten(device: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("mine", encoding="utf-8")
    done = run("profiles", "capture", device["xaddrs"][0], "-o", "mine.toml", cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("error: -o mine.toml: the file is there already\n")
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == "mine"
    capture = ("profiles", "capture", device["scan_service"], "-o", "mine.toml", "--json")
    assert run(*capture, "--overwrite", cwd=tmp_path).returncode == 0
    done = run(*capture, "--force", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["profile"] == "mine.toml" and told["name"] == "mine"
    assert told["differences"] == ["metadata: not told; names of the emulator's own stand for it"]


def test_saved_answers_make_a_profile(reference: Path, tmp_path: Path) -> None:
    files = sorted((reference / "examples" / "wscn").glob("getscannerelementsresponse*.xml"))
    done = run("profiles", "capture", *files, "-v", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for part in ("Habit         action-without-response: ", "Differs       ScannerDescription/ScannerInfo: "):
        assert part in done.stdout
    assert "Deviation     getscannerelementsresponse.xml: response-action at " in done.stdout
    assert run("profiles", "validate", *tmp_path.glob("*.toml"), cwd=tmp_path).returncode == 0


def test_a_file_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    done = run("profiles", "capture", "gone.xml", cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith(
        "error: gone.xml: cannot be read: No such file or directory\n"
    )
    (tmp_path / "odd.xml").write_bytes(b"\x00\xff")
    done = run("profiles", "capture", "odd.xml", cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("error: odd.xml: ") and done.stderr.count("\n") == 2
