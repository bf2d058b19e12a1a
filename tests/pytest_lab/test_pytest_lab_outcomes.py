"""Of what a test fails with the plugin, what it then tells, and what the next test finds."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from user_repository import environment_of, left_in, run_pytest
from variants import exhaustive

from emulator import BlockingLab, LabError
from emulator.pytest_lab.lab_witness import LabWitness

GOLDEN = Path(__file__).with_name("failures.txt")

HEAD = """
import pytest

QUICK = {"settings": ("Format=png", "Resolution=75x75", "ColorProcessing=Grayscale8"), "events": "none"}
"""

FAILING = (
    HEAD
    + """
FAULTS = [
    {"name": "other start", "at": "package", "operation": "SendImage", "image": 1, "do": "start-names-nothing"},
    {"name": "busy", "at": "exchange", "of": "answer", "operation": "SendImage", "image": 2, "do": "fault",
     "subcode": "ServerErrorTemporaryError"},
]


@pytest.mark.dsm(faults=FAULTS)
def test_the_server_takes_all(dsm_scanner, dsm_server):
    dsm_scanner.scan(pages=2, **QUICK).check(images=2)
    dsm_server.jobs[0].check(strict=True)


@pytest.mark.dsm(faults=[{"name": "page 9 jams", "at": "page", "page": 9, "do": "MediaJam"}])
def test_a_fault_that_never_happens(dsm_scanner):
    dsm_scanner.scan(pages=1, **QUICK).check()


def test_too_few_images(dsm_scanner):
    dsm_scanner.scan(pages=1, **QUICK).check(images=2)
"""
)


def masked(text: str) -> str:
    """Without what differs from run to run."""
    for pattern, instead in (
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "GUID"),
        (r"\b\d\d:\d\d:\d\d\.\d{3}\b", "TIME"),
        (r"job [0-9a-f]{8}\b", "job TOKEN"),
        (r"root\.[0-9a-f]{32}", "root.ID"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\b\d+ ms\b", "N ms"),
        (r"\b[\d.]+ s\b", "N s"),
        (r"manifest +\S+", "manifest FILE"),
        (r"\b[\d.]+ (k?B|bytes)\b", r"N \1"),
        (r"\bin [\d.]+s\b", "in Ns"),
        (r"endpoint\.py:\d+", "endpoint.py:LINE"),
    ):
        text = re.sub(pattern, instead, text)
    return text


def test_what_three_failures_tell(tmp_path: Path) -> None:
    """Operation, page and clause without opening a file. `DSM_GOLDEN=1` writes the text anew."""
    (tmp_path / "test_failing.py").write_text(FAILING, encoding="utf-8")
    code, said = run_pytest(tmp_path, "-q", "-pno:asyncio", "-pno:xdist")
    assert code == 1, said

    if os.environ.get("DSM_GOLDEN") == "1":
        GOLDEN.write_text(masked(said), encoding="utf-8")
    assert essential(masked(said)) == essential(GOLDEN.read_text(encoding="utf-8")), said


BY_CHANCE = re.compile(r"\bpolls?\b|waits|Processing|in Ns$")
"""Lines of what another thread may do a moment later."""


def essential(text: str) -> list[str]:
    """The lines that are in every run; of two threads that tell nobody says which comes first."""
    return sorted(line for line in text.splitlines() if not BY_CHANCE.search(line))


PEER = (
    HEAD
    + """
import subprocess
import sys

SCAN = [sys.executable, "-m", "emulator", "scan", "--pages", "1", "--set", "Resolution=75x75", "--events", "none"]


def of_others(server, *more):
    where = ["--server", server.url, "--ca-file", str(server.ca_file), "--manifest", "none"]
    assert subprocess.run([*SCAN, *where, *more, "-q"]).returncode == 0


def test_peer(dsm_server):
    of_others(dsm_server, "--habit", "start-names-nothing")
    assert len(dsm_server.wait_for(pages=1)) == 1


@pytest.mark.dsm(allow="mime-start")
def test_peer_allowed(dsm_server):
    of_others(dsm_server, "--habit", "start-names-nothing")


def test_peer_that_is_right(dsm_server, dsm_lab):
    of_others(dsm_server)
    dsm_lab.scanner.scan(pages=1, **QUICK).check()


FAULT = {"name": "other start", "at": "package", "operation": "SendImage", "do": "start-names-nothing"}


@pytest.mark.dsm(faults=[FAULT])
def test_ours_on_purpose(dsm_scanner):
    dsm_scanner.scan(pages=1, **QUICK).check()
"""
)


def test_deviations_of_the_peer_are_failures_by_option(tmp_path: Path) -> None:
    (tmp_path / "test_peers.py").write_text(PEER, encoding="utf-8")
    code, said = run_pytest(tmp_path, "-q", "-pno:asyncio", "-pno:xdist", "--dsm-peer-deviations=fail")
    assert code == 1 and "4 passed, 1 error" in said, said
    assert re.search(
        r"ERROR at teardown of test_peer _[\s\S]*deviation in SendImage from 127.0.0.1: mime-start", said
    )
    assert "[mtom/outer/start]" in said
    code, said = run_pytest(
        tmp_path,
        "-q",
        "-pno:asyncio",
        "-pno:xdist",
        "-ktest_peer",
        "--deselect=test_peers.py::test_peer_allowed",
        "--deselect=test_peers.py::test_peer_that_is_right",
    )
    assert code == 0, said


OURS = (
    HEAD
    + """
from emulator.layers import EVERYWHERE
from emulator.soap.points import ENVELOPE_WRITTEN


def test_ours(dsm_scanner):
    written = []
    unplug = EVERYWHERE.listen(ENVELOPE_WRITTEN, written.append)
    dsm_scanner.scan(pages=1, **QUICK).check()
    unplug()
    sent = next(data for data in written if b"EndPostScanJobRequest" in data)
    EVERYWHERE.tell(ENVELOPE_WRITTEN, sent.replace(b"EndPostScanJobRequest", b"EndPostScanJobWish"))
    for _ in range(9):
        EVERYWHERE.tell(ENVELOPE_WRITTEN, sent[:-20])
"""
)


def test_a_deviation_of_ours_is_a_failure(tmp_path: Path) -> None:
    """As if we had written such a message: what was written is read back from where every message passes."""
    (tmp_path / "test_ours.py").write_text(OURS, encoding="utf-8")
    code, said = run_pytest(tmp_path, "-q", "-pno:asyncio", "-pno:xdist")
    assert code == 1 and "1 passed, 1 error" in said, said
    assert "dsm-emulator itself departs from the documents" in said and "EndPostScanJobWish" in said
    assert re.search(r"^and \d+ more$", said, re.MULTILINE), "a count is no departure"


CLEAN = (
    HEAD
    + """
from emulator import OPERATION


def refuse(call):
    raise RuntimeError("left by the test before")


def test_1_leaves_all_it_can(dsm_lab):
    dsm_lab.server.layers.handle(OPERATION, refuse)
    dsm_lab.use_faults([{"name": "jam", "at": "page", "page": 1, "do": "MediaJam", "may_miss": True}])
    dsm_lab.scanner.load(sheets=3)
    dsm_lab.scanner.jam("ADF")
    dsm_lab.scanner.listen(print)
    dsm_lab.device.describe(name="Renamed")
    dsm_lab.add_network_device(name="Second")
    dsm_lab.add_device("flatbed").start(pages=1, **QUICK)


def test_2_finds_nothing_of_it(dsm_lab):
    assert dsm_lab.server.jobs == () and dsm_lab.lab.unfired == []
    assert dsm_lab.scanner.state == "Idle" and dsm_lab.scanner.conditions[0].name == "InputTrayEmpty"
    assert dsm_lab.device.name == "Office MFP"
    dsm_lab.scanner.scan(pages=1, **QUICK).check(images=1)
    dsm_lab.server.jobs[0].check(images=1, strict=True)
"""
)


def test_the_next_test_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_clean.py").write_text(CLEAN, encoding="utf-8")
    code, said = run_pytest(tmp_path, "-q", "-pno:asyncio", "-pno:xdist")
    assert code == 0, said
    assert left_in(tmp_path) == []


WRONG_MARKS = {
    "dsm(profil='flatbed')": "@pytest.mark.dsm does not take profil=; it takes profile, faults, documents, allow",
    "dsm('flatbed')": "@pytest.mark.dsm does not take 'flatbed'",
    "dsm(profile='nothing')": "nothing: no such device profile; there are: ",
    "dsm(faults='missing.toml')": "missing.toml",
    "dsm(faults=[{'name': 'x', 'at': 'page', 'do': 'nothing'}])": "faults given as tables:",
    "dsm(documents='no-such-set')": "no-such-set",
}


def test_a_marker_that_says_what_cannot_be(tmp_path: Path) -> None:
    scan = "(dsm_scanner):\n    dsm_scanner.scan(pages=1, **QUICK).check()\n"
    tests = [f"@pytest.mark.{mark}\ndef test_{number}{scan}" for number, mark in enumerate(WRONG_MARKS)]
    (tmp_path / "test_wrong.py").write_text("\n".join([HEAD, *tests]), encoding="utf-8")
    code, said = run_pytest(tmp_path, "-q", "-pno:asyncio", "-pno:xdist")
    assert code == 1 and "passed" not in said, said
    for number, told in enumerate(WRONG_MARKS.values()):
        (report,) = re.findall(rf"_ (?:ERROR at setup of )?test_{number} _[\s\S]*?(?=\n___|\n===)", said)
        assert told in report and "concurrent" not in report and "emulator/" not in report, report
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--dsm-ca-file=ca.pem"], "ca_file is for somebody else's scan server, and none is named"),
        pytest.param(["-o", "dsm_delivery=missing.toml"], "missing.toml", marks=exhaustive),
        (["-o", "dsm_peer_deviations=maybe"], "dsm_peer_deviations is fail or ignore, not 'maybe'"),
    ],
)
def test_a_lab_that_cannot_be(options: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(dsm_lab):\n    pass\n", encoding="utf-8")
    code, said = run_pytest(tmp_path, "-q", "-pno:asyncio", "-pno:xdist", *options)
    assert code == 1 and told in said and "LabError" not in said, said


def test_an_empty_suite_pays_nothing(tmp_path: Path) -> None:
    """Less than 20 ms of CPU for a suite that does not use it, the least of many runs in turns."""
    measure = (
        "import os, subprocess, sys\n"
        "spent = os.times()\n"
        "subprocess.run([sys.executable, '-m', 'pytest', '--co', '-q', *sys.argv[1:]], stdout=subprocess.DEVNULL)\n"
        "now = os.times()\n"
        "print(now.children_user + now.children_system - spent.children_user - spent.children_system)\n"
    )

    def seconds(*options: str) -> float:
        done = subprocess.run(
            [sys.executable, "-c", measure, "-pno:cacheprovider", *options],
            cwd=tmp_path, env={**environment_of(tmp_path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        return float(done.stdout)

    with_it, without = [], []
    for _ in range(7):
        without.append(seconds())
        with_it.append(seconds("-pemulator.pytest_plugin"))
    assert min(with_it) - min(without) < 0.02, (with_it, without, statistics.median(with_it))


WITNESS = """
import pytest

from emulator import LabError


def test_it_sees_the_device(dsm_lab):
    word = dsm_lab.witness.sees(dsm_lab.device, within=3)
    assert word.reading.problem == "" and word.differs == ()
    (seen,) = word.reading.sees
    assert str(dsm_lab.device.uuid) in seen.address


def test_it_reads_what_it_is_shown(dsm_lab):
    assert dsm_lab.witness.reads(b"no datagram of anybody").problem


def test_who_has_gone_does_not_answer(dsm_lab):
    gone = dsm_lab.add_network_device(name="Gone")
    gone.remove()
    with pytest.raises(LabError, match="no answer of Gone came in 0.2 s"):
        dsm_lab.witness.sees(gone, within=0.2)
"""


def test_the_witness_of_a_lab(tmp_path: Path) -> None:
    (tmp_path / "test_witness.py").write_text(WITNESS, encoding="utf-8")
    code, said = run_pytest(tmp_path, "-q", "-pno:asyncio", "-pno:xdist", "-o", "dsm_multicast=true")
    assert code == 0 and "3 passed" in said, said
    with pytest.raises(LabError, match="dsm_multicast = true has them do it"):
        LabWitness(BlockingLab(), multicast=False).sees(None)
