"""The witness sees what came, in a process that a datagram can end, and no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import bombs
import pytest
from device_plugs import wrong
from discovery_values import make_target, publish
from judged_device import judged
from mutant import octets_by_udp

from emulator.conformance.runner import FIRST, LAST
from emulator.dpws.publication import PublicationKind
from emulator.dpws.versions import V2005
from emulator.reports.verdict import Verdict
from emulator.witness.witness import MOST_CHILDREN, MOST_DATAGRAMS, MOST_OCTETS, Witness

pytestmark = pytest.mark.wire_fault
SAME = "clients/wsdiscover/same-reading"
WHOLE = "soap/udp/one-envelope-a-datagram"


def right() -> bytes:
    made = publish(make_target()).datagram(
        PublicationKind.PROBE_MATCHES, V2005, "192.0.2.1", "urn:uuid:00000000-0000-4000-8000-0000000000b1", b"urn:x"
    )
    assert made is not None
    return made


async def test_it_says_what_it_sees_and_outlives_nothing_but_its_own_end() -> None:
    octets = right()
    async with Witness() as witness:
        seen = await witness.reads(octets, "192.0.2.1")
        assert [each.address for each in seen.sees] == [make_target().address]
        assert seen.sees[0].xaddrs == ("http://192.0.2.1:5357/device/1",)
        assert seen.sees[0].scopes == ("http://scopes.example/floor/1",)
        assert (await witness.reads(b"no envelope", "192.0.2.1")).problem == "it passes it over"
        broken = await witness.reads(octets.replace(b"MetadataVersion", b"Version"), "192.0.2.1")
        assert broken.problem.startswith("it cannot read it: IndexError") and not broken.sees
        # It expands entities: what comes of that is cut before it is told.
        expanded = await witness.reads(bombs.of_text(octets), "192.0.2.1")
        assert expanded.sees[0].xaddrs[0].endswith("(1000030 characters)")
        ended = await witness.reads(bombs.of_elements(octets), "192.0.2.1")
        assert ended.problem.startswith("its process was ended"), ended
        assert await witness.reads(octets, "192.0.2.1") == seen, "another process goes on"


async def test_it_is_shown_no_more_than_it_may_see() -> None:
    async with Witness() as witness:
        assert "not shown" in (await witness.reads(b"x" * (MOST_OCTETS + 1), "192.0.2.1")).problem
        witness._shown = MOST_DATAGRAMS
        assert "and no more" in (await witness.reads(right(), "192.0.2.1")).problem
        witness._shown, witness._lost = 0, MOST_CHILDREN
        assert "were ended before" in (await witness.reads(right(), "192.0.2.1")).problem
        assert witness._child is None, "nothing was started for that"


async def test_an_entity_bomb_ends_the_process_of_the_witness_alone(tmp_path: Path) -> None:
    bomb = octets_by_udp(bombs.of_elements, "ProbeMatches")
    run, _ = await judged(tmp_path, [SAME, WHOLE], wrong(SAME, "a bomb", bomb))
    assert run.verdict(FIRST) is Verdict.PASSED and run.verdict(LAST) is Verdict.PASSED
    assert run.verdict(WHOLE) is Verdict.FAILED, "the judge's own reading decides"
    found = next(each for each in run.judged if each.id == SAME)
    assert found.verdict is Verdict.OBSERVED
    assert found.evidence.met.startswith("no: WSDiscovery: its process was ended"), found
    assert found.evidence.expected == "as this judge reads it: no envelope"


async def test_both_readings_are_shown(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, [SAME])
    found = next(each for each in run.judged if each.id == SAME)
    assert found.verdict is Verdict.OBSERVED
    said, colon, own = found.evidence.met.removeprefix("yes: WSDiscovery: ").partition("; this judge: ")
    assert colon and said == own and "ScanDeviceType" in own


def test_nobody_imports_the_package_before_it_is_asked() -> None:
    program = (
        "import json, sys, emulator.cli.main, emulator.inspector.discover, emulator.conformance.check as c\n"
        "c.all_checks(c.Subject.DEVICE)\n"
        "print(json.dumps([each for each in sys.modules if each.partition('.')[0] == 'wsdiscovery']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
