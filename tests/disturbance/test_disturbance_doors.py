"""Fault plans and hooks at every door: commands, the Lab, what they leave behind, and what is refused."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from programs import devices, end, run, server

from emulator import BlockingLab, Lab, LabError
from emulator.layers import EVERYWHERE
from emulator.transport.points import BODY, BodyOctets

PLAN = """
[[fault]]
name = "second image indented"
at = "envelope"
operation = "SendImage"
image = 2
do = "indented"
"""
NEVER = """
[[fault]]
name = "too far"
at = "envelope"
operation = "SendImage"
image = 9
do = "indented"
"""
FIRING = {
    "name": "second image indented",
    "at": "envelope",
    "do": "indented",
    "where": "SendImage",
    "device": "Office MFP",
    "count": 1,
    "number": 2,
}
PROBE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">'
    "<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/Get</a:Action>"
    "<a:MessageID>urn:uuid:7a4f1b5e-1c1e-4a4e-9d2c-3b1f0c5d6e7f</a:MessageID><a:To>{to}</a:To>"
    "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
    "</s:Header><s:Body/></s:Envelope>"
)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def more_than(plan: Path) -> Path:
    """A plan with one fault more, which never happens."""
    more = plan.with_name("more.toml")
    more.write_text(PLAN + NEVER, encoding="utf-8")
    return more


def lines_of(manifest: Path) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]


def test_scan_tells_what_happened_in_result_manifest_and_trace(plan: Path, tmp_path: Path) -> None:
    done = run(
        "scan", "--pages", 3, "--faults", plan, "--json", "--manifest", "m.jsonl", "--trace", "t.har", cwd=tmp_path
    )
    result = json.loads(done.stdout)
    assert (done.returncode, result["faults"], result["unfired"]) == (0, [FIRING], [])
    lines = lines_of(tmp_path / "m.jsonl")
    keys = [next(iter(line)) for line in lines]
    # It is written before the image is acknowledged: a killed run leaves it behind.
    assert [line["fault"] for line in lines if "fault" in line] == [FIRING]
    assert keys.index("fault") < [i for i, key in enumerate(keys) if key == "image"][1]
    entries = json.loads((tmp_path / "t.har").read_text(encoding="utf-8"))["log"]["entries"]
    marked = [each for each in entries if "_faults" in each and each["_side"] == "client"]
    assert [each["_faults"] for each in marked] == [["second image indented"]]
    assert "<" in marked[0]["request"]["postData"]["text"]
    run("verify", "m.jsonl", "scans", cwd=tmp_path).check_returncode()


def test_a_fault_that_never_happened_fails_a_scan(plan: Path, tmp_path: Path) -> None:
    plan.write_text(PLAN + NEVER, encoding="utf-8")
    done = run("scan", "--pages", 2, "--faults", plan, cwd=tmp_path)
    assert done.returncode == 1
    assert "error: the fault 'too far' (line 10) never happened" in done.stderr
    plan.write_text(PLAN + NEVER + "may_miss = true\n", encoding="utf-8")
    done = run("scan", "--pages", 2, "--faults", plan, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  fault 'second image indented': indented at SendImage, image 2" in done.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PLAN.replace('indented"\n', 'intended"\n', 2), "plan.toml:7: fault.do: 'intended' is no alteration"),
        (PLAN.replace("SendImage", "RetrieveImages"), "plan.toml:5: fault.operation: 'RetrieveImages' is none"),
        ("seed = 3\n", "plan.toml: fault: missing"),
    ],
)
@pytest.mark.parametrize("command", ["scan", "run", "server"])
def test_what_is_wrong_is_told_before_anything_runs(
    plan: Path, tmp_path: Path, text: str, told: str, command: str
) -> None:
    plan.write_text(text, encoding="utf-8")
    done = run(command, "--faults", plan, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert not (tmp_path / "scans").exists()


def test_a_fault_of_another_is_refused(plan: Path, tmp_path: Path) -> None:
    plan.write_text(PLAN.replace("image = 2", 'of = "request"'), encoding="utf-8")
    done = run("server", "--faults", plan, cwd=tmp_path)
    assert done.returncode == 2
    assert "plan.toml:3: fault 'second image indented': SendImage is another's" in done.stderr


@pytest.mark.parametrize("must", [True, False])
def test_a_server_tells_of_what_never_happened_when_it_is_stopped(plan: Path, tmp_path: Path, must: bool) -> None:
    plan.write_text(PLAN, encoding="utf-8")
    with server("--faults", plan, *(["--faults-must-fire"] if must else []), cwd=tmp_path) as (ready, process):
        assert ready["ready"]
        code = end(process)
        _, stderr = process.communicate()
    assert code == (1 if must else 0)
    assert "the fault 'second image indented' (line 3) never happened" in stderr


def test_a_server_alters_its_answer_to_the_second_image_of_each_job(plan: Path, tmp_path: Path) -> None:
    with server("--http", "--faults", plan, "--faults-must-fire", cwd=tmp_path) as (ready, process):
        for _ in range(2):
            done = run(
                *("scan", "--pages", 3, "--server", ready["url"], "--trace", "t.har", "--overwrite"), cwd=tmp_path
            )
            assert done.returncode == 0, done.stderr
            entries = json.loads((tmp_path / "t.har").read_text(encoding="utf-8"))["log"]["entries"]
            answers = [
                each["response"]["content"]["text"]
                for each in entries
                if "SendImageRequest" in each["request"].get("postData", {}).get("text", "")
            ]
            assert [bool(re.search(r">\n\s+<", each)) for each in answers] == [False, True, False]
        assert end(process) == 0


def test_one_of_two_devices_answers_otherwise(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[[fault]]\nname = "a"\nat = "envelope"\ndo = "indented"\noperation = "Get"\ndevice = "Office MFP 2"\n'
        "nth = 2\n",
        encoding="utf-8",
    )
    asked = ("--count", "2", "--faults", plan, "--faults-must-fire", "--no-multicast")
    with devices(*asked, cwd=tmp_path) as (ready, process):
        seen = {}
        for device in ready:
            answers = []
            for _ in range(3):
                request = urllib.request.Request(
                    device["xaddrs"][0],
                    PROBE.format(to=f"urn:uuid:{device['uuid']}").encode(),
                    {"Content-Type": "application/soap+xml"},
                )
                with urllib.request.urlopen(request, timeout=30) as answer:
                    answers.append(bool(re.search(rb">\n\s+<", answer.read())))
            seen[device["name"]] = answers
        assert end(process) == 0
    assert seen == {"Office MFP 1": [False] * 3, "Office MFP 2": [False, True, False]}


async def test_a_lab_has_one_plan_for_all_and_fails_for_what_never_happened(plan: Path) -> None:
    async with Lab(faults=plan) as lab:
        first, second = (
            await lab.add_device("office-mfp"),
            await lab.add_device("office-mfp", network=True, name="Second"),
        )
        for scanner in (first, second):
            job = await scanner.scan(pages=2, settings="Resolution=75x75")
            assert job.outcome == "Completed"
        assert [each.device for each in lab.fired] == [first.name, second.name]
        assert lab.unfired == []
    more = more_than(plan)
    with pytest.raises(LabError, match=r"the fault 'second image indented' \(line 3\) and 1 more never happened"):
        async with Lab(faults=more):
            pass
    with pytest.raises(ZeroDivisionError):
        async with Lab(faults=more) as lab:
            raise ZeroDivisionError


def test_a_job_of_a_lab_may_bring_its_own_plan(plan: Path) -> None:
    with BlockingLab() as lab:
        job = lab.add_device("office-mfp").scan(pages=2, faults=plan, settings="Resolution=75x75")
        assert job.outcome == "Completed" and [each.as_dict() for each in job.faults] == [FIRING]
        assert lab.fired == []


HOOKS = """
from emulator.soap.points import OutgoingEnvelope

async def envelope(value: OutgoingEnvelope) -> bytes:
    return value.data.replace(b"?>", b"?><!-- mine -->")
"""


async def test_a_function_of_the_user_acts_at_its_point(tmp_path: Path) -> None:
    hooks = tmp_path / "hooks.py"
    hooks.write_text(HOOKS, encoding="utf-8")
    received: list[bytes] = []

    def hear(octets: BodyOctets) -> None:
        if octets.of == "request" and octets.exchange.side == "server":
            received.append(octets.octets)

    async with Lab() as lab:
        scanner = await lab.add_device("office-mfp")
        stop = EVERYWHERE.listen(BODY, hear)
        try:
            job = await scanner.scan(pages=1, hooks=hooks, settings="Resolution=75x75")
        finally:
            stop()
    assert job.outcome == "Completed"
    assert sum(b"<!-- mine -->" in each for each in received) >= 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def envelop(value): ...", "has no function of the name of a point"),
        ("def envelope(value:\n", "hooks.py:1: "),
        ("x = 1\ny = x / 0\n", "hooks.py:2: raised ZeroDivisionError: division by zero"),
    ],
)
def test_hooks_that_cannot_be_are_named_with_their_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "hooks.py").write_text(text, encoding="utf-8")
    done = run("scan", "--pages", 1, "--hooks", "hooks.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def envelope(value):\n    raise OSError('mine')\n", "envelope of envelope raised OSError: mine"),
        (HOOKS.replace("envelope", "part", 1), "part of part raised AttributeError: "),
    ],
)
def test_a_hook_that_raises_fails_the_job_and_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "hooks.py").write_text(text, encoding="utf-8")
    done = run("scan", "--pages", 1, "--hooks", "hooks.py", cwd=tmp_path)
    assert done.returncode in (1, 4)
    assert f"the handler --hooks: {told}" in done.stderr


def test_plan_and_hook_at_one_point_are_refused(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS, encoding="utf-8")
    done = run("scan", "--pages", 1, "--hooks", "hooks.py", "--faults", plan, cwd=tmp_path)
    assert done.returncode == 2
    assert "two would act at one point" in done.stderr


def test_plans_are_validated_and_alterations_listed(plan: Path, tmp_path: Path) -> None:
    plan.write_text(PLAN + PLAN.replace("second", "another"), encoding="utf-8")
    done = run("faults", "validate", plan, cwd=tmp_path)
    assert done.returncode == 0
    assert "may meet at one message: in this order" in done.stdout
    plan.write_text(PLAN + PLAN + "colour = 3\n", encoding="utf-8")
    done = run("faults", "validate", plan, "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert (done.returncode, told["plans"][0]["ok"], len(told["plans"][0]["problems"])) == (2, False, 2)
    listed = json.loads(run("faults", "list", "--json", cwd=tmp_path).stdout)["alterations"]
    one = next(each for each in listed if each["name"] == "indented")
    assert set(one) == {"name", "at", "roles", "of", "operations", "says", "clause", "source", "parameters"}
    shown = run("faults", "show", "indentd", cwd=tmp_path)
    assert shown.returncode == 2 and "there are: indented" in shown.stderr
