"""What the journal is told of a scanner, of a device's jobs and of the scan server's filters."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from emulator import Lab
from emulator.device.profile import load_profile
from emulator.device.scanner import VirtualScanner
from emulator.layers import EVERYWHERE
from emulator.trace.journal import Journal
from emulator.trace.points import HAPPENED
from emulator.trace.recording import record


def told(journal: Journal, *kinds: str) -> list[dict[str, Any]]:
    """Data of the entries of these kinds, without what is empty."""
    return [
        {name: value for name, value in entry.data.items() if value not in ("", None, [], ["None"])}
        for entry in journal.since(0).entries
        if entry.kind in kinds
    ]


async def test_a_scanner_tells_of_sheets_conditions_states_and_pages(tmp_path: Path) -> None:
    scanner = VirtualScanner(load_profile("office-mfp"), tmp_path)
    journal = Journal()
    stop = record(journal, scanner.layers)
    scanner.empty_feeder()
    scanner.load_letters(2)
    scanner.jam()
    scanner.clear()
    assert told(journal, "input", "condition", "state") == [
        {"what": "emptied", "source": "feeder", "sheets": 0},
        {"what": "empty", "source": "feeder", "sheets": 0},
        {"what": "loaded", "source": "feeder", "sheets": 2},
        {"active": True, "name": "MediaJam", "component": "MediaPath", "severity": "Critical", "id": 2},
        {"of": "scanner", "state": "Stopped", "reasons": ["MediaJam"]},
        {"active": False, "name": "MediaJam", "component": "MediaPath", "severity": "Critical", "id": 2},
        {"of": "scanner", "state": "Idle"},
    ]
    seen = journal.last
    job = scanner.create_job(scanner.default_ticket)
    while (await journal.news(journal.last, seconds=20)).entries and not told(journal, "page"):
        pass
    await scanner.cancel_at_panel()
    await scanner.stop()
    stop()
    entries = journal.since(seen).entries
    assert {"number": 1, "scan_job": job.id} in told(journal, "page")
    states = [entry.data["state"] for entry in entries if entry.data.get("of") == "scan job"]
    assert states[:3] == ["Creating", "Pending", "Started"] and states[-1] == "Canceled"
    assert {(entry.device, entry.label, entry.job) for entry in entries} == {("office-mfp", "Office MFP", "")}
    assert not EVERYWHERE.heard(HAPPENED)


async def test_jobs_at_once_are_told_apart(tmp_path: Path) -> None:
    journal = Journal()
    async with Lab(store=tmp_path) as lab:
        stop = record(journal)
        first, second = [await lab.add_device("office-mfp"), await lab.add_device("flatbed")]
        results = await asyncio.gather(first.scan(pages=2), second.scan(pages=1), first.scan(pages=3))
        stop()
    for result in results:
        token = result.as_dict()["job_token"]
        mine = [entry for entry in journal.since(0).entries if entry.job == token]
        numbers = [entry.number for entry in mine]
        assert numbers == sorted(numbers)
        asked = [entry.data for entry in mine if entry.kind == "exchange" and entry.data["job_request"]]
        counts = result.as_dict()["exchanges"]
        # Of a job that has no token yet the first requests are told by number.
        early = counts["requests"] - len(asked)
        assert 2 <= early <= 3 and sum(each["poll"] for each in asked) == counts["polls"]
        pages = [entry.data["number"] for entry in mine if entry.kind == "page"]
        assert pages == list(range(1, len(result.images) + 1))
        sent = [entry.data["document_id"] for entry in mine if entry.kind == "image"]
        assert sent == [number for image in result.images for number in [image.document_id] * 2]
        at_server = [entry.data["state"] for entry in mine if entry.embedded and entry.data.get("of") == "filter"]
        assert at_server == ["Pending", "Processing", "CompletedSuccessfully"]
        delivered = [entry.data["documents"] for entry in mine if entry.kind == "delivery"]
        assert delivered == [len(result.images)]
        ends = [entry for entry in mine if entry.data.get("operation") == "PostScanJobEndStateEvent"]
        assert [entry.data["direction"] for entry in ends if not entry.embedded] == ["received"]
    numbered = [entry.number for entry in journal.since(0).entries]
    assert numbered == list(range(1, len(numbered) + 1))


async def test_what_is_not_delivered_is_told_with_its_reason(tmp_path: Path) -> None:
    journal = Journal()
    async with Lab(store=tmp_path) as lab:
        stop = record(journal)
        scanner = await lab.add_device("office-mfp")
        job = await scanner.scan(pages=1, scan_process="Scan to everyone")
        stop()
    failed = [each for each in told(journal, "delivery") if "reason" in each]
    assert [(each["filter"].rpartition("/")[2], each["reason"]) for each in failed] == [
        (each.dialect.rpartition("/")[2], str(each.reason)) for each in job.deliveries if each.reason is not None
    ]
    assert failed and job.outcome == "CompletedWithErrors"
