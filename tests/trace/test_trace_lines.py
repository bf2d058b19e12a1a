"""Entries as lines: every kind has one, and no text of a peer makes two of it."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from emulator.trace import kinds
from emulator.trace.journal import Journal
from emulator.trace.kinds import (
    ConditionTold,
    DatagramTold,
    DeliveryTold,
    DeviationTold,
    EntryKind,
    EventTold,
    ExchangeTold,
    ImageTold,
    InputTold,
    JobTold,
    PageTold,
    RetryTold,
    StateTold,
    StepTold,
    Told,
    WarningTold,
)
from emulator.trace.lines import lines_of, one_line, size, timed
from emulator.trace.points import Happened
from emulator.trace.who import Who

DOCS = Path(__file__).parents[2] / "docs" / "journal.md"
URL = "https://dsm1.contoso.example:5362/ScanServer"
PLAIN: list[tuple[Told, list[str]]] = [
    (JobTold("begun", where=URL, name="Scan to folder"), [f"post-scan job: Scan to folder at {URL}"]),
    (JobTold("created", token="t", where=URL), [f"post-scan job created: JobToken t at {URL}"]),
    (
        JobTold("created", token="t", name="Scan to folder", user="demo@contoso.example"),
        ["post-scan job created: JobToken t: Scan to folder of demo@contoso.example"],
    ),
    (
        JobTold(
            "ended", outcome="Failed", reason="SendImage: gone", images=1, exchanges={"requests": 5, "polls": 1}
        ),
        ["post-scan job ended: Failed (SendImage: gone), 1 image; 5 requests, 1 poll"],
    ),
    (JobTold("ended", outcome="Completed", images=0), ["post-scan job ended: Completed, 0 images"]),
    (StepTold("found", where=URL), [f"service found: {URL}"]),
    (StepTold("end"), ["all images are sent: EndPostScanJob"]),
    (StepTold("wait", seconds=0.04), ["waits 0.04 s"]),
    (StepTold("await answer", seconds=5.0), ["interrupted: waits 5 s for the answer that is under way"]),
    (
        StateTold("filter", "CompletedWithErrors", ("SmtpServerUnavailable",), "http://x/filter/email"),
        ["filter email: CompletedWithErrors (SmtpServerUnavailable)"],
    ),
    (StateTold("scanner", "Idle", ("None",), by="poll"), ["scanner: Idle, told by a poll"]),
    (
        StateTold("scan job", "Processing", (), "3", 2, "event"),
        ["scan job 3: Processing, 2 images, told by an event"],
    ),
    (ConditionTold(True, "MediaJam", "MediaPath", "Critical", 1), ["condition: MediaJam at MediaPath (Critical)"]),
    (ConditionTold(False, id=1), ["condition cleared: number 1"]),
    (InputTold("loaded", sheets=3), ["feeder loaded, 3 sheets in it"]),
    (InputTold("placed", "film"), ["film placed"]),
    (PageTold(2, 7), ["page 2 scanned of scan job 7"]),
    (ImageTold("acknowledged", 2, 2, 2_500), ["image 2 acknowledged, 2.5 kB, attempt 2"]),
    (
        ExchangeTold("sent", "SendImage", URL, "10.0.0.1", 200, "", "", 1_234_567, 700, 12.4, "repeat", False, 3),
        [f"-> SendImage (image 3, repeated)  {URL}  1.2 MB", "<- SendImage (image 3, repeated)  200, 700 B, 12 ms"],
    ),
    (
        ExchangeTold(
            "received",
            "CreatePostScanJob",
            URL,
            "10.0.0.2",
            400,
            "InvalidArgs: no",
            request_octets=9,
            answer_octets=5,
        ),
        [
            f"<- CreatePostScanJob  from 10.0.0.2 to {URL}  9 B",
            "-> CreatePostScanJob  400 fault InvalidArgs: no, 5 B, 0 ms",
        ],
    ),
    (
        ExchangeTold("sent", "GetPostScanJobElements", URL, error="reset", ms=3.0, poll=True, again="retry"),
        [
            f"-> GetPostScanJobElements (poll, retried)  {URL}  0 B",
            "<- GetPostScanJobElements (poll, retried)  no whole answer: reset, 3 ms",
        ],
    ),
    (
        EventTold("received", "JobStatusEvent", URL, "10.0.0.1", 202, request_octets=1300),
        [f"<- JobStatusEvent  from 10.0.0.1 to {URL}  1.3 kB", "-> JobStatusEvent  202, 0 B, 0 ms"],
    ),
    (DatagramTold("sent", "Probe", "239.255.255.250", 600), ["-> Probe  to 239.255.255.250 by UDP  600 B"]),
    (DatagramTold("received", "", "10.0.0.9", 3), ["<- no message  from 10.0.0.9 by UDP  3 B"]),
    (
        RetryTold("repeat", "SendImage", 2, 1, "reset"),
        ["SendImage of image 1 goes out again, though it may have arrived: reset"],
    ),
    (RetryTold("retry", "Probe"), ["Probe is tried again"]),
    (RetryTold("dropped", "EndPostScanJob", reason="reset"), ["EndPostScanJob had no whole answer: reset"]),
    (
        DeviationTold("Get", "value", "Header/To", "x", "A value is one"),
        ["deviation in Get: value at Header/To (x): A value is one"],
    ),
    (DeliveryTold("http://x/filter/fileshare", r"\\a\b", 2), [r"2 documents delivered by fileshare to \\a\b"]),
    (
        DeliveryTold("email", "", 0, "InvalidArgs", "nobody"),
        ["not delivered by email to nobody: InvalidArgs: nobody"],
    ),
    (WarningTold("slow"), ["warning: slow"]),
    (
        kinds.ChangeTold(("DefaultScanTicket", "ScannerDescription")),
        ["changed: DefaultScanTicket, ScannerDescription"],
    ),
]


def lines(told: Told) -> list[str]:
    return lines_of(Journal().add(Happened(told, None)))


@pytest.mark.parametrize(("told", "expected"), PLAIN, ids=lambda value: getattr(value, "kind", None))
def test_what_a_line_says(told: Told, expected: list[str]) -> None:
    assert lines(told) == expected


def test_every_kind_has_its_line() -> None:
    assert {told.kind for told, _ in PLAIN} == set(EntryKind)
    assert {told.kind for told in get_args(Told)} == set(EntryKind)


HOSTILE = "evil\r\nERROR  faked\x1b[2J\u2028\u202e\udcff\x00" + "a" * 3_000_000


@pytest.mark.parametrize("told", [told for told, _ in PLAIN], ids=lambda told: type(told).__name__)
def test_no_text_of_a_peer_makes_two_lines_or_a_long_one(told: Told) -> None:
    """Each text of each kind in turn is the peer's."""
    hints = get_type_hints(type(told))
    for each in fields(told):
        value: Any = (HOSTILE,) if hints[each.name] == tuple[str, ...] else HOSTILE
        if hints[each.name] not in (str, tuple[str, ...]):
            continue
        hostile = replace(told, **{each.name: value})
        for line in timed(Journal().add(Happened(hostile, Who(device=HOSTILE, embedded=True)))):
            assert line.isprintable() and len(line) < 3000, (each.name, line[:300])


def test_lines_have_the_time_at_which_each_message_went() -> None:
    entry = Journal(clock=lambda: 86_400 * 365.0).add(Happened(ExchangeTold("sent", "Get", URL, ms=1500.0), None))
    (first, second) = timed(entry)
    assert re.match(r"\d\d:\d\d:58\.500  -> Get", first) and re.match(r"\d\d:\d\d:00\.000  <- Get", second)


@pytest.mark.parametrize(
    ("octets", "told"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_999, "1000.0 kB"), (5_000_000_000_000, "5000.0 GB")],
)
def test_sizes(octets: int, told: str) -> None:
    assert size(octets) == told


def test_one_line_keeps_what_can_be_shown() -> None:
    assert one_line("Grüße 漢字\n") == r"Grüße 漢字\n"
    assert one_line("abcdef", 3) == "abc..."


def test_the_page_of_the_journal_has_every_kind_with_every_field() -> None:
    """docs/journal.md has the kinds as a table: kind, when, fields."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", DOCS.read_text("utf-8"), re.MULTILINE)
    documented = {kind: re.findall(r"`(\w+)`", cells) for kind, cells in rows}
    assert documented == {str(told.kind): [each.name for each in fields(told)] for told in get_args(Told)}
