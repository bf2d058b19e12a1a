import asyncio
import sys
import tempfile

sys.path[:0] = ["tests", "tests/conformance"]
import pathlib

for p in pathlib.Path("tests").iterdir():
    if p.is_dir():
        sys.path.append(str(p))
import emulator.dsm.open_request as o
import emulator.dsm.sequence_steps as st
import emulator.dsm.sequencer as s

for m, n in (
    (o, "STORING_PAUSES"),
    (o, "PARTIAL_PAUSES"),
    (o, "ENDING_PAUSES"),
    (s, "CONFIRM_PAUSES"),
    (st, "RETRY_PAUSES"),
):
    setattr(m, n, tuple(x / 10 for x in getattr(m, n)))
from judged_post_scan import judged

from emulator.conformance.check import *


async def main():
    with tempfile.TemporaryDirectory() as f:
        run, _ = await judged(pathlib.Path(f), all_checks(Subject.DSP_CLIENT))
        for j in sorted(run.judged, key=lambda j: -j.ms)[:22]:
            print(j.ms, j.id, j.verdict)
        print(sum(j.ms for j in run.judged))


asyncio.run(main())
