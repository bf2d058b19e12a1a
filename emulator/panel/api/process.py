"""Operations on the process as a whole: whether it is ready, and a reset."""

from __future__ import annotations

import time
from typing import Final

from emulator._version import VERSION
from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Answered, Call, Operation, ok
from emulator.panel.api.schemas import COUNT, NUMBER, TEXT, TRUTH, described, perhaps, table

HEALTH: Final = table(
    ready=described(TRUTH, "Everything listens."),
    version=TEXT,
    devices=described(COUNT, "On the network."),
    server=described(perhaps(TRUTH), "Whether the scan server listens; null where none runs."),
    seconds=described(NUMBER, "Since the start."),
)


async def _health(house: House, call: Call) -> Answer:
    servers = house.servers()
    ready = house.ready() and all(each.listening for each in servers)
    return Answer(
        {
            "ready": ready,
            "version": VERSION,
            "devices": len(house.devices),
            "server": all(each.listening for each in servers) if servers else None,
            "seconds": round(time.monotonic() - house.begun, 1),
        },
        200 if ready else 503,
    )


async def _reset(house: House, call: Call) -> Answer:
    await house.reset()
    return Answer(status=204)


OPERATIONS: Final = (
    Operation(
        "GET", "/health", "getHealth", "Whether all is ready. Asks for no token.", _health,
        {**ok("It is ready.", "Health"), 503: Answered("It is not, or is about to stop.")}, "process", open=True,
    ),
    Operation(
        "POST", "/reset", "reset",
        "Be as at the start: jobs, feeders, conditions, subscriptions, scans, faults, the journal. Devices stay, "
        "and so do files of the store.",
        _reset, {204: Answered("Everything is as at the start.")}, "process",
    ),
)  # fmt: skip
