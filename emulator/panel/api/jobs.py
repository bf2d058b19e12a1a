"""Operations on post-scan jobs that were started at devices."""

from __future__ import annotations

from typing import Final

from emulator.panel.api.house import House
from emulator.panel.api.operation import Answer, Call, Operation, Parameter, ok
from emulator.panel.api.refusals import Refused
from emulator.panel.api.schemas import ANYTHING, COUNT, TEXT, TIME, TRUTH, described, listed, perhaps, ref, table

JOB: Final = table(
    number=COUNT,
    device=described(TEXT, "UUID of its device."),
    begun=TIME,
    done=TRUTH,
    outcome=described(perhaps(TEXT), "Completed, Aborted, Failed ..., once it is done."),
    server=described(TEXT, "URL of the scan server; '' before it is chosen."),
    scan_process=perhaps(TEXT),
    user=perhaps(TEXT),
    settings=described(listed(TEXT), "What was asked of the ticket."),
    ticket=described(perhaps(ANYTHING), "The effective one."),
    scanned=COUNT,
    total=COUNT,
    acknowledged=COUNT,
    result=described(perhaps(ANYTHING), "As `scan --json` tells it, once it is done."),
    error=perhaps(TEXT),
    hint=perhaps(TEXT),
    exit_code=described(perhaps(COUNT), "What `scan` would exit with."),
)
_NUMBER: Final = Parameter(
    "number",
    {"type": "integer", "minimum": 1},
    "Number of the job.",
    lambda house: [] if house.jobs is None else [each.number for each in house.jobs.started.jobs],
)


async def _list(house: House, call: Call) -> Answer:
    wanted, done = call.query["device"], call.query["done"]
    found = () if house.jobs is None else house.jobs.started.jobs
    return Answer(
        {
            "jobs": [
                each.as_dict()
                for each in found
                if (wanted is None or each.device == wanted.lower()) and done in (None, each.done)
            ]
        }
    )


async def _get(house: House, call: Call) -> Answer:
    number = call.path["number"]
    job = None if house.jobs is None else house.jobs.started.find(number)
    if job is None or ("device" in call.path and job.device != str(house.device(call.path["device"]).uuid)):
        raise Refused(404, f"no post-scan job {str(number)[:20]}")
    return Answer(job.as_dict())


OF_DEVICE: Final = Parameter("device", TEXT, "Only those of the device of this UUID.")
OPERATIONS: Final = (
    Operation(
        "GET", "/jobs", "listJobs", "Post-scan jobs that were started at devices, the oldest first.", _list,
        ok("The jobs.", table(jobs=listed(ref("Job")))), "jobs",
        query=(OF_DEVICE, Parameter("done", TRUTH, "Only those that have come to their end, or have not.")),
    ),
    Operation(
        "GET", "/jobs/{number}", "getJob", "How a post-scan job goes, or its result.", _get,
        ok("The job.", "Job"), "jobs", refuses=(404,),
    ),
    Operation(
        "GET", "/devices/{device}/post-scan-jobs/{number}", "getJobOfDevice",
        "How a post-scan job of a device goes, or its result.", _get, ok("The job.", "Job"), "jobs", refuses=(404,),
    ),
)  # fmt: skip
NUMBER: Final = _NUMBER
