"""What is played and does not go as it should: each step is a result, and nothing more is done behind one that
fails."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from scenario_play import failed_in, results_of, scenario_of

from emulator import Lab
from emulator.environment.exit_codes import LabError
from emulator.environment.options import TrustOptions
from emulator.inspector.discover import Discovery, discover
from emulator.options.asking import DiscoverOptions
from emulator.reports.result import Result
from emulator.reports.verdict import Verdict
from emulator.scenarios import playing
from emulator.scenarios.playing import MOST_JOURNAL, play_on
from emulator.scenarios.stage import Against, open_stage
from emulator.scenarios.steps import actions
from emulator.scenarios.steps import discover as discovering

HEAD = 'title = "t"\n[devices.mfp]\n'
SMALL = 'settings = ["Resolution=75x75", "ColorProcessing=BlackAndWhite1"]'
JAM = '[[fault]]\nname = "jam"\nat = "page"\npage = 2\ndo = "MediaJam"\n'


async def played(text: str, folder: Path) -> list[Result]:
    return await results_of(scenario_of(HEAD + text, folder))


async def test_a_wrong_expectation_names_file_line_expected_met_and_what_has_happened(tmp_path: Path) -> None:
    results = await played(
        "[[step]]\nload = { sheets = 2, replace = true }\n"
        f"[[step]]\nscan = {{ {SMALL} }}\n[step.expect]\nimages = 2\noutcome = 'Aborted'\n"
        "exchanges.repeats = { min = 1 }\n[[step]]\nclear = {}\n",
        tmp_path,
    )
    assert [each.id for each in results] == ["written/01-load", "written/02-scan", "written/03-clear"]
    failed = failed_in(results)
    assert failed.says == "outcome is not as expected (and 1 more)"
    assert failed.evidence["where"] == f"{tmp_path}/written.toml:9"
    assert failed.evidence["expected"] == {"outcome": "Aborted", "exchanges.repeats": {"min": 1}}
    assert failed.evidence["met"] == {"outcome": "Completed", "exchanges.repeats": 0}
    journal = failed.evidence["journal"]
    assert any("SendImage (image 2)" in line for line in journal)
    assert not any("loaded" in line for line in journal), "only since the step began"
    assert results[2].says == "step 2 has failed"


async def test_a_job_that_nobody_expects_to_fail_fails_the_step(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('[[fault]]\nname = "x"\nat = "page"\npage = 1\ndo = "page-failed"\n')
    text = (
        'title = "t"\nfaults = "plan.toml"\n[devices.mfp]\n'
        f"[[step]]\nload = {{ sheets = 1, replace = true }}\n[[step]]\nscan = {{ {SMALL} }}\n"
    )
    failed = failed_in(await results_of(scenario_of(text, tmp_path)))
    assert failed.id == "written/02-scan" and failed.says.startswith("outcome is Failed: ")
    assert (failed.evidence["expected"], failed.evidence["met"]) == ("Completed", "Failed")
    failed = failed_in(await results_of(scenario_of(f"{text}expect = {{ done = true }}\n", tmp_path)))
    assert failed.says.startswith("outcome is Failed: "), "that it has ended is not that it has ended well"
    for expected in ("outcome = 'Failed'", "exit_code = 1", "error = { matches = '.*' }"):
        results = await results_of(scenario_of(f"{text}expect = {{ {expected} }}\n", tmp_path))
        assert all(each.verdict is Verdict.PASSED for each in results), results
    started = text.replace("scan = ", "start = ") + 'as = "job"\n[[step]]\nwait = { job = "$job"'
    failed = failed_in(await results_of(scenario_of(started + " }\n", tmp_path)))
    assert failed.id == "written/03-wait" and failed.says.startswith("outcome is Failed: ")
    results = await results_of(scenario_of(started + ', outcome = "Failed" }\n', tmp_path))
    assert all(each.verdict is Verdict.PASSED for each in results), results


async def test_a_step_that_cannot_be_done_fails_unless_it_expects_the_error(tmp_path: Path) -> None:
    text = "[[step]]\nopen = { component = 'Film' }\n"
    failed = failed_in(await played(text, tmp_path))
    assert failed.says and failed.evidence["where"].endswith(".toml:4")
    results = await played(f"{text}expect = {{ error = {{ matches = '.+' }}, exit_code = 2 }}\n", tmp_path)
    assert [each.verdict for each in results] == [Verdict.PASSED, Verdict.PASSED]
    failed = failed_in(await played("[[step]]\nclear = {}\nexpect = { error = { matches = '.+' } }\n", tmp_path))
    assert failed.says.startswith("error is not there"), "an error that is expected and does not come"
    missing = failed_in(await played("[[step]]\nload = { files = ['gone.png'] }\n", tmp_path))
    assert "gone.png" in missing.says


async def test_a_wait_ends_when_its_time_is_over_and_says_how_it_is(tmp_path: Path) -> None:
    failed = failed_in(await played("[[step]]\nwait = { state = 'Stopped', within = 0.2 }\n", tmp_path))
    assert "not within 0.2 s: the scanner is Idle, not Stopped" in failed.says and 150 < failed.ms < 5000


async def test_a_wait_for_what_only_a_later_step_brings_about_ends_with_its_time(tmp_path: Path) -> None:
    (tmp_path / "jam.toml").write_text(JAM)
    text = (
        'title = "t"\nfaults = "jam.toml"\n[devices.mfp]\n[[step]]\nload = { sheets = 3, replace = true }\n'
        f'[[step]]\nstart = {{ {SMALL} }}\nas = "job"\n'
        '[[step]]\nwait = { job = "$job", within = 1 }\n[[step]]\nclear = {}\n'
    )
    failed = failed_in(await asyncio.wait_for(results_of(scenario_of(text, tmp_path)), 30))
    assert failed.id == "written/03-wait" and "has not ended; 1 images are acknowledged" in failed.says
    assert any("MediaJam" in line for line in failed.evidence["journal"])


async def test_a_job_is_waited_for_at_its_own_device(tmp_path: Path) -> None:
    text = (
        'title = "t"\n[devices.a]\nname = "A"\n[devices.b]\n'
        f'[[step]]\nstart = {{ device = "a", {SMALL} }}\nas = "job"\n'
        '[[step]]\nwait = { DEVICE job = "$job" }\n'
    )
    for device in ("", 'device = "a",'):
        results = await results_of(scenario_of(text.replace("DEVICE", device), tmp_path))
        assert all(each.verdict is Verdict.PASSED for each in results), results
    failed = failed_in(await results_of(scenario_of(text.replace("DEVICE", 'device = "b",'), tmp_path)))
    assert failed.says == "$job was not started at 'b', but at A"


async def test_a_device_that_is_gone_is_told(tmp_path: Path) -> None:
    for step in ("clear = {}", "wait = { state = 'Idle' }", "start = {}", "scan = {}", "reset = { device = 'mfp' }",
                 "subscribe = {}", "remove = {}", "expect = { device = 'mfp', state = 'Idle' }"):  # fmt: skip
        failed = failed_in(await played(f"[[step]]\nremove = {{}}\n[[step]]\n{step}\n", tmp_path))
        assert failed.id.startswith("written/02-"), step
        assert failed.says == "the device 'mfp' is gone: step 1 has removed it", step


async def test_a_job_that_nobody_waits_for_and_a_fault_that_never_happens_fail_the_end(tmp_path: Path) -> None:
    (tmp_path / "jam.toml").write_text(JAM)
    head = (
        'title = "t"\nfaults = "jam.toml"\n[devices.mfp]\n'
        f"[[step]]\nload = {{ sheets = 3, replace = true }}\n[[step]]\nstart = {{ {SMALL} }}\n"
    )
    failed = failed_in(await results_of(scenario_of(head + "[[step]]\nwait = { state = 'Stopped' }\n", tmp_path)))
    assert failed.id == "written/end" and failed.says.startswith("1 post-scan jobs have not ended")
    quiet = 'title = "t"\nfaults = "jam.toml"\n[devices.mfp]\n[[step]]\nclear = {}\n'
    failed = failed_in(await results_of(scenario_of(quiet, tmp_path)))
    assert failed.id == "written/end" and failed.says == "the fault 'jam' (line 2 of its plan) never happened"
    for plan in ("{}", '{ plan = "jam.toml" }'):
        failed = failed_in(await results_of(scenario_of(f"{quiet}[[step]]\nfaults = {plan}\n", tmp_path)))
        assert failed.id == "written/02-faults" and "'jam' of the plan before has never happened" in failed.says
    excused = f"{quiet}[[step]]\nfaults = {{}}\nexpect = {{ unfired = ['jam'], fired = 0 }}\n"
    assert all(each.verdict is Verdict.PASSED for each in await results_of(scenario_of(excused, tmp_path)))
    (tmp_path / "jam.toml").write_text(JAM + "may_miss = true\n")
    assert all(each.verdict is Verdict.PASSED for each in await results_of(scenario_of(quiet, tmp_path)))


async def test_who_answers_late_is_asked_again_until_the_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[int] = []

    async def late(options: DiscoverOptions) -> Discovery:
        rounds.append(1)
        await asyncio.sleep(0.01)
        return await discover(options) if len(rounds) > 2 else Discovery()

    monkeypatch.setattr(discovering, "discover", late)
    step = (
        "[[step]]\ndiscover = {{ timeout = 1, metadata = false, within = {} }}\nexpect = {{ devices = ['mfp'] }}\n"
    )
    results = await played(step.format(60), tmp_path)
    assert all(each.verdict is Verdict.PASSED for each in results) and len(rounds) >= 3
    rounds.clear()
    failed = failed_in(await played(step.format(0.001), tmp_path))
    assert (failed.evidence["expected"], failed.evidence["met"], len(rounds)) == (["mfp"], [], 1)


async def test_a_bug_is_an_error_of_ours_and_ends_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(error: Exception, device: object) -> None:
        raise error

    for raised in (ZeroDivisionError("scripted"), TimeoutError("scripted"), KeyError("scripted")):
        monkeypatch.setattr(actions, "device_document", partial(broken, raised))
        failed = failed_in(await played("[[step]]\nclear = {}\n[[step]]\nclear = {}\n", tmp_path))
        assert failed.verdict is Verdict.ERROR and f"{type(raised).__name__}: " in failed.says
    assert "Traceback" in caplog.text


async def test_a_step_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "STEP_LIMIT", 0.2)
    failed = failed_in(await played("[[step]]\nwait = { state = 'Stopped', within = 60 }\n", tmp_path))
    assert failed.says == "it has not ended within 0.2 s" and failed.ms < 10_000


async def test_a_lab_that_cannot_be_had_is_a_failure_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(lab: Lab) -> None:
        raise LabError("no port is free", hint="end something")

    monkeypatch.setattr(Lab, "start", refuse)
    (failed,) = await played("[[step]]\nclear = {}\n", tmp_path)
    assert (failed.id, failed.verdict, failed.says) == ("written/lab", Verdict.FAILED, "no port is free")


async def test_reset_in_the_midst_forgets_jobs_and_brings_the_first_plan_back(tmp_path: Path) -> None:
    (tmp_path / "jam.toml").write_text(JAM)
    text = (
        'title = "t"\nfaults = "jam.toml"\n[devices.mfp]\n'
        f'[[step]]\nload = {{ sheets = 3, replace = true }}\n[[step]]\nstart = {{ {SMALL} }}\nas = "job"\n'
        "[[step]]\nwait = { state = 'Stopped' }\n[[step]]\nfaults = {}\nexpect = { fired = ['jam'] }\n"
        "[[step]]\nreset = {}\n[[step]]\nexpect = { device = 'mfp', state = 'Idle', active_jobs = 0 }\n"
        "[[step]]\nexpect = { server = true, jobs = 0 }\n"
        "[[step]]\nexpect = { faults = true, fired = 0, unfired = ['jam'] }\n"
    )
    results = await results_of(scenario_of(text, tmp_path))
    assert all(each.verdict is Verdict.PASSED for each in results), results
    failed = failed_in(await results_of(scenario_of(text + '[[step]]\nwait = { job = "$job" }\n', tmp_path)))
    assert "no post-scan job 1 was started there" in failed.says


async def test_jobs_go_to_somebody_elses_server_which_is_trusted_by_its_ca(tmp_path: Path) -> None:
    text = f"[[step]]\nscan = {{ pages = 2, {SMALL} }}\nexpect = {{ outcome = 'Completed', images = 2 }}\n"
    async with Lab() as other:
        scenario = scenario_of(HEAD + text, tmp_path)
        against = Against(other.url, TrustOptions(ca_file=other.server.ca_file))
        results = await results_of(scenario, against)
        assert all(each.verdict is Verdict.PASSED for each in results), results
        assert [len(job.images) for job in other.server.jobs] == [2], "that server has stored them"
        started = scenario_of(
            f"{HEAD}[[step]]\nload = {{ sheets = 1, replace = true }}\n[[step]]\nstart = {{ {SMALL} }}\nas = 'j'\n"
            "[[step]]\nwait = { job = '$j' }\nexpect = { images = 1 }\n",
            tmp_path,
        )
        assert all(each.verdict is Verdict.PASSED for each in await results_of(started, against))
        assert len(other.server.jobs) == 2
        failed = failed_in(await results_of(scenario, Against(other.url)))
        assert "certificate" in failed.evidence["error"], "nobody is trusted unseen"
        for looks in ("[[step]]\nexpect = { server = true, jobs = 0 }\n",
                      text.replace("images = 2", "verified = true")):  # fmt: skip
            failed = failed_in(await results_of(scenario_of(HEAD + looks, tmp_path), against))
            assert "scan server" in failed.says or "folder" in failed.says, failed


async def test_a_long_journal_keeps_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "MOST_JOURNAL", 5)
    assert MOST_JOURNAL > 100
    failed = failed_in(
        await played(f"[[step]]\nscan = {{ pages = 3, {SMALL} }}\nexpect = {{ images = 4 }}\n", tmp_path)
    )
    journal = failed.evidence["journal"]
    assert len(journal) == 6 and re.fullmatch(r"\.\.\. \d+ lines before", journal[0])
    assert "post-scan job ended: Completed" in journal[-1]


async def test_each_stage_is_a_lab_of_its_own_and_leaves_nothing_running(tmp_path: Path) -> None:
    before = {each.name for each in threading.enumerate()}
    text = f"[[step]]\nscan = {{ pages = 1, {SMALL} }}\n[[step]]\nexpect = {{ server = true, jobs = 1 }}\n"
    for _ in range(2):
        assert all(each.verdict is Verdict.PASSED for each in await played(text, tmp_path))
    tasks = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
    assert tasks == [] and {each.name for each in threading.enumerate() if "handler" in each.name} <= before


@contextmanager
def own_state(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DSM_EMULATOR_STATE", str(folder))
    yield
    assert not folder.exists(), "a scenario leaves nothing in the user's own folder"


async def test_nothing_goes_into_the_users_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with own_state(tmp_path / "state", monkeypatch):
        text = f"[[step]]\nscan = {{ pages = 1, {SMALL} }}\nexpect = {{ verified = true }}\n"
        found: list[Result] = []
        async with open_stage(scenario_of(HEAD + text, tmp_path)) as stage:
            assert await play_on(stage, found.append), found
