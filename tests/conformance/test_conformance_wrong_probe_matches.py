"""Nineteen wrong ProbeMatches each fail, by the clause that they depart from, whatever the witness says of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from discovery_values import make_target, publish
from judged_device import judged
from mutant import Mutant, octets_by_udp
from wrong_probe_matches import WRONG, Wrong

from emulator.conformance.runner import FIRST
from emulator.dpws.publication import PublicationKind
from emulator.dpws.versions import V2005
from emulator.reports.verdict import Verdict
from emulator.witness.witness import readings_of

pytestmark = pytest.mark.wire_fault


def test_there_are_nineteen() -> None:
    assert len({each.name for each in WRONG}) == 19


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: each.name)
async def test_each_fails_by_its_clause(wrong: Wrong, tmp_path: Path) -> None:
    mutant = Mutant(wrong.clause, wrong.name, (octets_by_udp(wrong.change, "ProbeMatches"),))
    run, _ = await judged(tmp_path, [wrong.clause], mutant)
    assert run.verdict(FIRST) is Verdict.PASSED
    found = next(each for each in run.judged if each.id == wrong.clause)
    assert found.verdict is Verdict.FAILED, found
    assert found.evidence.exchanges, "the datagram is shown"


async def test_the_witness_takes_most_of_them_without_a_word() -> None:
    right = publish(make_target()).datagram(
        PublicationKind.PROBE_MATCHES, V2005, "192.0.2.1", "urn:uuid:00000000-0000-4000-8000-0000000000b1", b"urn:x"
    )
    assert right is not None
    readings = await readings_of([(each.change(right), "192.0.2.1") for each in WRONG])
    taken = {each.name: bool(reading.sees) for each, reading in zip(WRONG, readings, strict=True)}
    print(f"the witness takes {sum(taken.values())} of {len(WRONG)} wrong ProbeMatches")
    assert taken == {each.name: each.taken for each in WRONG}
