"""What a scan process lets a device change is accepted by a server as it should be, and told from what it
forbids."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from judged_server import judged, order
from mutant import Mutant
from mutants_instructions import CHOOSING, MUTANTS

from emulator.conformance.direct import instructions
from emulator.conformance.reading import parsed
from emulator.reports.verdict import Verdict

IDS = sorted({each.caught_by for each in MUTANTS})
FORBIDDEN = "psp/change/flags-default-to-false"
BARE = {"notes/c-08/can-add-addresses-read", "psp/email/bare-can-add-addresses-read"}


@pytest.mark.parametrize("strict", [True, False])
async def test_a_scan_process_that_lets_a_device_choose(strict: bool, tmp_path: Path) -> None:
    run, recording = await judged(tmp_path, IDS, Mutant("", "choosing", office="choosing", strict=strict))
    expected = {**dict.fromkeys(IDS, Verdict.PASSED), FORBIDDEN: Verdict.NOT_RUN}
    if strict:  # nothing that departs from the schema is taken then
        expected |= dict.fromkeys(BARE, Verdict.WARNED)
    assert {id: run.verdict(id) for id in IDS} == expected, run.judged
    open_ = [each for each in recording if each.operation == "CreatePostScanJob" and each.status == 200]
    ended = [each for each in recording if each.operation in ("CancelPostScanJob", "EndPostScanJob")]
    assert len(open_) == len(ended), "a job of the judge's is left behind"


async def test_a_scan_process_that_lets_a_device_choose_nothing(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, IDS)
    found = {id: run.verdict(id) for id in IDS}
    assert found == {**dict.fromkeys(IDS, Verdict.PASSED), **dict.fromkeys(CHOOSING, Verdict.NOT_RUN)}, run.judged


async def test_it_is_looked_for_among_all_scan_processes(tmp_path: Path) -> None:
    closed = order()
    open_ = dataclasses.replace(closed, scan_process="another", may_rename=True)

    class Peer:
        order = dataclasses.replace(closed, others=(open_,))

    found, octets = instructions._first(
        Peer(),  # type: ignore[arg-type]
        instructions._renamed,
        lambda each: bool(each.may_rename),
        "allows another name",
    )
    assert found is open_
    assert b"of the judge" in octets
    assert parsed(octets).tag == parsed(closed.instructions).tag
