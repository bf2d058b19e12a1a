"""What this machine can send at the most: the same devices and pages against a sink that does nothing."""

from __future__ import annotations

import asyncio
import json
import ssl
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from emulator.imaging.decoding.child_process import CannotStart, child_environment, interpreter
from emulator.loading.crowd import Crowd, Pace
from emulator.loading.device import LoadDevice, Target
from emulator.loading.load_share import ProcessLoad
from emulator.loading.null_sink import PATH
from emulator.loading.page_stock import PageStock
from emulator.loading.tally import Tally
from emulator.transport.kept_connections import KeptConnections

_START_SECONDS: Final = 60.0
_MOST_USERS: Final = 64
"""More make nothing faster against a sink that answers at once."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What came of it."""

    jobs_per_second: float
    images_per_second: float
    cpu: float
    """Seconds of CPU of this process for a job."""
    seconds: float


async def calibrate(target: Target, stock: PageStock, pace: Pace, seconds: float) -> Calibration | None:
    """Send to a sink for `seconds`; None where no job came to its end there, or no sink could be started."""
    tls = target.server.startswith("https:")
    try:
        async with _sink([each.dialect for each in target.request.instructions.filters], tls=tls) as (url, trusted):

            def connections() -> KeptConnections:
                return KeptConnections() if trusted is None else KeptConnections(trusted)

            to_sink = replace(target, server=url, service=url, connections=connections, line={})
            users = min(pace.users, _MOST_USERS)
            closed = replace(pace, users=users, spawn_rate=1000.0, seconds=seconds, jobs=None, rate=None, drain=5.0)
            tally = Tally(time.perf_counter)
            crowd = Crowd(closed, tally, lambda listener: LoadDevice(to_sink, stock, listener))
            load = ProcessLoad()
            await crowd.run()
            used = load.read()
    except CannotStart:
        return None
    jobs = tally.jobs.latencies.count
    if not jobs:
        return None
    return Calibration(jobs / tally.seconds, tally.images / tally.seconds, used.cpu / jobs, tally.seconds)


@asynccontextmanager
async def _sink(dialects: list[str], *, tls: bool) -> AsyncIterator[tuple[str, ssl.SSLContext | None]]:
    """A sink in a process of its own: its service, and what it is trusted by. Raises CannotStart."""
    with tempfile.TemporaryDirectory(prefix="dsm-emulator-sink-") as name:
        arguments, trusted = [json.dumps(dialects)], None
        if tls:
            certificate, key, trusted = await asyncio.to_thread(_certificate, Path(name))
            arguments += [str(certificate), str(key)]
        try:
            process = await asyncio.create_subprocess_exec(
                *(interpreter(), "-P", "-m", "emulator.loading.null_sink", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=child_environment(),
            )
        except OSError as error:
            raise CannotStart(f"the sink does not start: {error.strerror or error}") from None
        try:
            assert process.stdout is not None
            try:
                async with asyncio.timeout(_START_SECONDS):
                    line = await process.stdout.readline()
                port = int(line)
            except (TimeoutError, ValueError):
                raise CannotStart("the sink does not start") from None
            yield f"{'https' if tls else 'http'}://127.0.0.1:{port}{PATH}", trusted
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


def _certificate(folder: Path) -> tuple[Path, Path, ssl.SSLContext]:
    from emulator.trust.authority import LabAuthority, write_key
    from emulator.trust.contexts import client_context

    authority = LabAuthority.create()
    issued = authority.issue_server(["127.0.0.1"])
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(issued.cert_pem)
    write_key(key, issued.key_pem)
    return certificate, key, client_context(ca_file=None, ca_pem=authority.certificate_pem)
