"""A program: targets on loopback, `discovery_host.py PORT FIRST COUNT INSTANCE_ID`. Prints `ready`; for each line
of its input its memory in KB; ends with Bye at the end of its input."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from discovery_values import make_target, publish

from emulator.dpws.announcer import Announcer


def resident_kb() -> int:
    """As Linux tells it; 0 elsewhere."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4
    except (OSError, ValueError):
        return 0


async def main(port: int, first: int, count: int, instance_id: int) -> None:
    announcer = Announcer(port=port)
    for number in range(first, first + count):
        announcer.add(publish(make_target(number, instance_id=instance_id)))
    async with announcer:
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(resident_kb(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
