"""Waivers: one id each, with reason and last day; what covers nothing any more fails."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from emulator.conformance.check import all_checks
from emulator.conformance.verdict import Evidence, Judged
from emulator.conformance.waivers import WaiverError, read_waivers, waivers_text
from emulator.reports.verdict import Verdict

ID = "dsp/send-image/document-id-once"
PEER = "Contoso Scan Server 4.2"
TODAY = date(2027, 1, 15)
FILE = f"""
[[waiver]]
check = "{ID}"
peer = "Contoso Scan Server 4.*"
because = "ticket 4711, fixed in 4.3"
until = 2027-03-31
seen = "SendImageResponse"
"""


def judged(verdict: Verdict, met: str = "dsp:SendImageResponse (HTTP 200)", id: str = ID) -> Judged:
    return Judged(id, verdict, 1, Evidence(met, "a fault", "", (3,)))


def written(folder: Path, text: str = FILE) -> Path:
    path = folder / "known.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("each", "peer", "today", "verdict", "says"),
    [
        (judged(Verdict.WARNED), PEER, TODAY, Verdict.WAIVED, "ticket 4711"),
        (judged(Verdict.FAILED), PEER, date(2027, 3, 31), Verdict.WAIVED, "ticket 4711"),
        (judged(Verdict.FAILED), PEER, date(2027, 4, 1), Verdict.FAILED, "which is over"),
        (judged(Verdict.FAILED, "another fault"), PEER, TODAY, Verdict.FAILED, "another departure"),
        (judged(Verdict.PASSED, "as the clause says"), PEER, TODAY, Verdict.FAILED, "take the entry out"),
        (judged(Verdict.NOT_RUN, "no job"), PEER, TODAY, Verdict.NOT_RUN, "no job"),
        (judged(Verdict.INCONCLUSIVE, "no answer"), PEER, TODAY, Verdict.INCONCLUSIVE, "no answer"),
        (judged(Verdict.FAILED), "Contoso Scan Server 5.0", TODAY, Verdict.FAILED, "SendImageResponse"),
        (judged(Verdict.FAILED, id="dsp/job-token/guid"), PEER, TODAY, Verdict.FAILED, "SendImageResponse"),
    ],
)
def test_what_a_waiver_does(
    each: Judged, peer: str, today: date, verdict: Verdict, says: str, tmp_path: Path
) -> None:
    waivers = read_waivers(written(tmp_path), all_checks())
    found = waivers.applied(each, peer, today)
    assert found.verdict is verdict
    assert says in found.evidence.met


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (f'"{ID}"', '"dsp/*"', "is a pattern"),
        (f'"{ID}"', '"no/such/check"', "no check is called"),
        ('"ticket 4711, fixed in 4.3"', '""', "because"),
        ("until = 2027-03-31", "", "until"),
        ("seen", "saw", "waiver.seen: missing"),
        ("2027-03-31", '"soon"', "until"),
        ("[[waiver]]", "[[waiver", "TOML"),
    ],
)
def test_what_a_file_may_not_say(old: str, new: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match=says) as error:
        read_waivers(written(tmp_path, FILE.replace(old, new)), all_checks())
    assert "known.toml:" in str(error.value)


def test_one_waiver_twice(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match="twice"):
        read_waivers(written(tmp_path, FILE * 2), all_checks())


def test_what_is_written_needs_a_reason_and_then_covers(tmp_path: Path) -> None:
    odd = judged(Verdict.FAILED, 'a "quoted" [met] \\ text')
    text = waivers_text([odd, judged(Verdict.PASSED, id="dsp/job-token/guid")], "Odd [v1]*", TODAY)
    with pytest.raises(WaiverError, match="because"):
        read_waivers(written(tmp_path, text), all_checks())
    waivers = read_waivers(written(tmp_path, text.replace('because = ""', 'because = "known"')), all_checks())
    assert waivers.applied(odd, "Odd [v1]*", TODAY).verdict is Verdict.WAIVED
    assert waivers.applied(odd, "Odd 1", TODAY).verdict is Verdict.FAILED
