"""The event loop beside gevent, in a process of its own: gevent changes what it is imported into."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

from optional_programs import skip_or_fail
from programs import environment

if importlib.util.find_spec("gevent") is None:
    skip_or_fail("the package gevent is not installed")

PROGRAM = """
import asyncio
from contextlib import asynccontextmanager

import gevent

from emulator.loading.locust_users.bridge import Bridge

told = []

@asynccontextmanager
async def shared():
    yield "what is shared"
    told.append("left")

async def whatever_it_is_called(found):
    assert found == "what is shared"
    told.append("begun")
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.2)
        told.append("cancelled at the server")

bridge = Bridge(shared)
greenlet = gevent.spawn(lambda: bridge.run(whatever_it_is_called))
while not told:
    gevent.sleep(0.01)
bridge.close()
print(told)
"""


def test_jobs_are_ended_before_what_they_share_is_left() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, env=environment()
    )
    assert done.stdout == "['begun', 'cancelled at the server', 'left']\n", done.stderr
