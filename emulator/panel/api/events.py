"""Operations on the journal: what has happened, with waiting for what comes."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Call, Operation, Parameter, ok
from emulator.panel.api.refusals import Refused
from emulator.panel.api.schemas import (
    ANYTHING,
    COUNT,
    TEXT,
    TIME,
    described,
    kinds,
    limit,
    listed,
    perhaps,
    ref,
    table,
)
from emulator.trace.journal import Entry, NoSuchEntry
from emulator.trace.kinds import EntryKind

MOST_EVENTS: Final = 1000
"""Entries of the journal in one answer."""
LONGEST_POLL: Final = 60.0
"""Seconds."""
EVENT: Final = table(
    number=described({"type": "integer", "minimum": 1}, "No number means two entries."),
    time=TIME,
    job=described(perhaps(TEXT), "JobToken of the post-scan job; #3 before there is one."),
    device=described(perhaps(TEXT), "UUID of the device."),
    who=described(TEXT, "Whose it is, in a few words."),
    kind=kinds(EntryKind),
    data=described(ANYTHING, "As docs/journal.md says of the kind."),
)
_NEWS: Final = table(
    events=described(listed(ref("Event")), "The oldest first."),
    lost=described(COUNT, "Entries after the number asked with that are there no more."),
    last=described(COUNT, "To ask with next."),
)


async def _poll(house: House, call: Call) -> Answer:
    query = call.query
    number, wait, limit = query["after"], query["wait"], query["limit"]
    device, kind = query["device"], query["kind"]
    if number is None:
        number = 0 if not wait else house.journal.last

    def own(entry: Entry) -> bool:
        return (device is None or house.whole_journal or entry.device == device.lower()) and (
            kind in (None, str(entry.kind))
        )

    loop = asyncio.get_running_loop()
    end, lost = loop.time() + wait, 0
    try:
        news = house.journal.since(number, limit)
    except NoSuchEntry as error:
        raise Refused(409, str(error), hint="it was of another run: ask after 0") from None
    while True:
        lost += news.lost
        found = [entry for entry in news.entries if own(entry)]
        if found or loop.time() >= end:
            return Answer(_told(found, lost, news.last))
        if len(news.entries) < limit:
            async with house.one_waits():
                news = await house.journal.news(news.last, seconds=max(0.0, end - loop.time()), limit=limit)
        else:
            news = house.journal.since(news.last, limit)


async def _of_device(house: House, call: Call) -> Answer:
    device = str(house.device(call.path["device"]).uuid)
    news = house.journal.since(call.path["after"], MOST_EVENTS)
    own = [each for each in news.entries if house.whole_journal or each.device == device]
    return Answer(_told(own, news.lost, news.last))


def _told(entries: list[Entry], lost: int, last: int) -> dict[str, Any]:
    return {"events": [each.as_dict() for each in entries], "lost": lost, "last": last}


AFTER: Final = Parameter(
    "after", COUNT, "Number of the entry that was read last.", lambda house: [0, house.journal.last]
)
OPERATIONS: Final = (
    Operation(
        "GET", "/events", "listEvents",
        "What has happened after an entry; where nothing has, it is waited for.", _poll,
        ok("What has happened; nothing, where nothing has in that time.", _NEWS), "events",
        query=(
            Parameter(
                "after", COUNT,
                "Number of the entry that was read last; without it all that is kept, or with `wait` what comes.",
            ),
            Parameter(
                "wait", {"type": "number", "minimum": 0, "maximum": LONGEST_POLL, "default": 0},
                "Seconds to wait for news at most.", lambda house: [0],
            ),
            Parameter("device", TEXT, "Only of the device of this UUID."),
            Parameter("kind", kinds(EntryKind), "Only of this kind."),
            Parameter("limit", limit(MOST_EVENTS), "So many entries are looked through at once."),
        ),
        refuses=(409, 503),
    ),
    Operation(
        "GET", "/devices/{device}/events/{after}", "listEventsOfDevice",
        "What has happened at a device after an entry.", _of_device, ok("What has happened.", _NEWS), "events",
        refuses=(404,),
    ),
)  # fmt: skip
