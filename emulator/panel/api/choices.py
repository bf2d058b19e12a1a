"""Operations on what can be chosen from: document sets, users, scan processes."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Call, Operation, Parameter, ok
from emulator.panel.api.schemas import COUNT, TEXT, described, listed, perhaps, ref, table

DOCUMENT_SET: Final = table(
    name=TEXT,
    problem=described(perhaps(TEXT), "Why it cannot be drawn here."),
    optional={"title": TEXT, "language": TEXT, "page_count": COUNT, "document_count": COUNT, "kinds": listed(TEXT)},
)
SCAN_PROCESS: Final = table(
    id=TEXT,
    name=TEXT,
    scan_repository=TEXT,
    optional={"filters": listed({"type": "object", "additionalProperties": True})},
)
_CHOICES: Final = table(
    users=described(listed(table(name=TEXT, display_name=TEXT)), "Of a folder; of Active Directory who asks."),
    user=described(TEXT, "Who is meant where nobody is named."),
    scan_process=described(perhaps(TEXT), "Which is meant where none is named."),
    scan_processes=described(listed(ref("ScanProcess")), "Those that the user may use."),
)


async def _sets(house: House, call: Call) -> Answer:
    from emulator.jobs.document_sets import document_sets  # who has no use for documents does not pay for them

    return Answer({"sets": [each.as_dict() for each in await asyncio.to_thread(document_sets)]})


async def _scan_processes(house: House, call: Call) -> Answer:
    if house.jobs is None:
        return Answer({"users": [], "user": "", "scan_process": None, "scan_processes": []})
    told: dict[str, Any] = await asyncio.to_thread(house.jobs.choices, call.query["user"])
    return Answer(told)


OPERATIONS: Final = (
    Operation(
        "GET", "/document-sets", "listDocumentSets", "Document sets that come along.", _sets,
        ok("The sets.", table(sets=listed(ref("DocumentSet")))), "jobs",
    ),
    Operation(
        "GET", "/scan-processes", "listScanProcesses",
        "Users, and the scan processes that one of them may use, for jobs that are started at devices.",
        _scan_processes, ok("They.", _CHOICES), "jobs",
        query=(Parameter("user", TEXT, "Whose."),),
    ),
)  # fmt: skip
