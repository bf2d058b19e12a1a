"""Several `run` of one user: no UUID is twice on the network, and `press` tells which device could be meant."""

from __future__ import annotations

import json
import signal
import sys
import uuid
from contextlib import ExitStack
from pathlib import Path

import pytest
from command_tree import call
from programs import devices, end, run, start
from variants import exhaustive

from emulator.network.taken_identities import TakenIdentities


def test_the_second_takes_the_next_number_and_press_names_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        # All start at once: who comes first is not known, and does not matter.
        processes = [start("run", "--json", "--state", "state", *more, cwd=tmp_path, checked=False)
                     for more in ([], [], ["--count", "2"])]  # fmt: skip
        for process in processes:
            stack.callback(end, process)
        lines = [json.loads(process.stdout.readline()) for process in processes if process.stdout is not None]
        found = [device for line in lines for device in line["devices"]]
        assert len(found) == 4 == len({each["uuid"] for each in found}) == len({each["name"] for each in found})
        state = ("--state", "state")
        which = call(["press", "status", *state, "--json"], capsys)
        told = json.loads(which.stdout)
        assert which.code == told["exit_code"] == 2 and told["error"] == "4 devices are running"
        key = lambda each: each["uuid"]  # noqa: E731
        wanted = [{name: each[name] for name in ("uuid", "name", "control")} for each in found]
        assert sorted(told["devices"], key=key) == sorted(wanted, key=key)
        for each in found:
            assert f"{each['name']!r}  {each['uuid']}  {each['control']}" in which.stderr
        first = found[0]
        for choice in (
            ("--device", first["uuid"].upper()),
            ("--device", first["name"]),
            ("--control", first["control"]),
        ):
            one = call(["press", "status", *state, *choice, "--json"], capsys)
            assert json.loads(one.stdout)["uuid"] == first["uuid"], one.stderr
    with (again := TakenIdentities(tmp_path / "state")):
        assert again.take("device office-mfp#1"), "what ended gives its number back"
    again.close()


@exhaustive
def test_a_name_of_the_user_s_own_stays_and_a_name_that_is_twice_is_told(tmp_path: Path) -> None:
    with devices("--name", "Twin", cwd=tmp_path, checked=False) as (first, _):  # noqa: SIM117
        with devices("--name", "Twin", cwd=tmp_path, checked=False) as (second, _):
            assert first[0]["name"] == second[0]["name"] == "Twin" and first[0]["uuid"] != second[0]["uuid"]
            both = run("press", "status", "--state", "state", "--device", "twin", cwd=tmp_path)
            assert both.returncode == 2 and "2 running devices are named 'twin'" in both.stderr
            for each in (*first, *second):
                assert each["uuid"] in both.stderr and each["control"] in both.stderr


def test_two_profiles_of_one_uuid_are_two_devices(tmp_path: Path) -> None:
    """A profile that was copied has the UUID of the first; within one process and in two."""
    own = uuid.uuid4()
    source = (Path(__file__).resolve().parents[2] / "profiles" / "flatbed.toml").read_text(encoding="utf-8")
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(f'uuid = "{own}"\n{source}', encoding="utf-8")
    with devices("one.toml", "two.toml", cwd=tmp_path, checked=False) as (found, _):
        assert len({each["uuid"] for each in found}) == 2 and str(own) in {each["uuid"] for each in found}


@exhaustive
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    process = start("run", "--json", "--state", "state", cwd=tmp_path, checked=False)
    assert process.stdout is not None and process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    end(process)
    with TakenIdentities(tmp_path / "state") as taken:
        assert taken.take("device office-mfp#1")
    taken.close()
    assert not list((tmp_path / "state" / "running").glob("*.identities*"))


def test_all_names_are_taken_or_none(tmp_path: Path) -> None:
    first, second = TakenIdentities(tmp_path), TakenIdentities(tmp_path)
    with first:
        assert first.take("device a#1", "uuid X") and not first.take("uuid x", "device b#1")
        assert first.take("device b#1")
    with second:
        assert not second.take("DEVICE A#1", "device c#1") and second.take("device c#1")
    first.close()
    with (third := TakenIdentities(tmp_path)):
        assert third.take("device a#1") and not third.take("device c#1")
    for each in (second, third):
        each.close()
