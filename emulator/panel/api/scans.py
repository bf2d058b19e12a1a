"""Operations on the jobs that the scan servers of this process have, of any device; scan_images.py has images."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Final

from pydantic import Field, model_validator

from emulator.directory.model import User
from emulator.dsm.guid import format_guid
from emulator.dsm.states import FilterState, JobState, JobStateReason
from emulator.environment.option_model import Option, Options
from emulator.imaging.encode import media_type
from emulator.jobs.scan_processes import what_is_given
from emulator.options.groups import SERVER
from emulator.panel.api.devices import WITHIN_SCHEMA, waiting_asked
from emulator.panel.api.house import House, plain
from emulator.panel.api.operation import Answer, Answered, Call, Operation, Parameter, ok
from emulator.panel.api.refusals import Refused
from emulator.panel.api.schemas import (
    ANYTHING,
    COUNT,
    TEXT,
    TIME,
    TRUTH,
    described,
    kinds,
    limit,
    listed,
    of_options,
    perhaps,
    ref,
    table,
)
from emulator.scan_server.jobs import Job
from emulator.scan_server.server import ScanServer

IMAGE: Final = table(
    document_id=COUNT,
    format=described(TEXT, "As the device named it."),
    media_type=TEXT,
    bytes=COUNT,
    sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
    files=described(listed(TEXT), "Where it is, as the scan server's machine calls it."),
    url=described(TEXT, "Of its octets."),
)
SCAN: Final = table(
    token=described(TEXT, "JobToken."),
    server=described(TEXT, "URL of the scan server."),
    user=TEXT,
    user_sid=TEXT,
    scan_process=TEXT,
    scan_process_id=TEXT,
    state=kinds(JobState),
    reasons=listed(kinds(JobStateReason)),
    ended=TRUTH,
    created=TIME,
    completed=perhaps(TIME),
    peer=described(TEXT, "IP address of the device."),
    ticket=table(
        asked=described(ANYTHING, "What the scan process says."),
        effective=described(perhaps(ANYTHING), "By which a device of this process scanned it; else null."),
        settings=described(listed(TEXT), "What was asked at the device beside the scan process."),
        sent=described(
            listed(table(document_id=COUNT, sha256=TEXT, bytes=COUNT)),
            "What the device says that it has sent; empty before the job's end, and for devices elsewhere.",
        ),
    ),
    filters=listed(table(dialect=TEXT, state=kinds(FilterState), reasons=listed(TEXT))),
    images=listed(ref("Image")),
    deliveries=listed(ANYTHING),
    deviations=listed(table(operation=TEXT, id=TEXT, place=TEXT, detail=TEXT, clause=TEXT)),
)


class UntilScans(Options):
    """What has come to the scan servers of this process since the start or the last reset."""

    ended: Annotated[int | None, Field(ge=0), Option("So many jobs have ended, whichever way.", SERVER, "N")] = None
    images: Annotated[int | None, Field(ge=0), Option("So many images are in jobs, ended or not.", SERVER, "N")] = (
        None
    )
    job: Annotated[str | None, Option("The job of this JobToken has ended.", SERVER, "TOKEN")] = None

    @model_validator(mode="after")
    def _says_something(self) -> UntilScans:
        if self.ended is None and self.images is None and self.job is None:
            raise ValueError("until says nothing: give ended, images or job")
        return self


SCHEMAS: Final = {
    "Image": IMAGE,
    "Scan": SCAN,
    "UntilScans": {
        **of_options(UntilScans, nullable=False),
        "minProperties": 1,
    },
}


def _principal(user: User) -> str:
    return user.principal


def jobs_of(house: House) -> list[tuple[ScanServer, Job]]:
    """All that are known, the oldest first."""
    found = [(server, job) for server in house.servers() for job in server.jobs]
    return sorted(found, key=lambda each: each[1].created)


def find_scan(house: House, call: Call) -> tuple[ScanServer, Job]:
    """The job of the token in a request's path, and who has it. Raises Refused."""
    token = call.path["token"]
    found = next((each for each in jobs_of(house) if each[1].token == token), None)
    if found is None:
        raise Refused(404, f"no scan server of this process knows a job {token[:60]}", hint="GET /scans lists them")
    return found


def _told(house: House, server: ScanServer, job: Job) -> dict[str, Any]:
    status = job.status()
    return {
        "token": job.token,
        "server": server.url,
        "user": _principal(job.user),
        "user_sid": job.user.sid,
        "scan_process": job.process.display_name,
        "scan_process_id": format_guid(job.process.identifier) if job.process.identifier else "",
        "state": str(job.state),
        "reasons": [str(each) for each in job.reasons],
        "ended": job.ended,
        "created": job.created.isoformat(),
        "completed": None if job.completed is None else job.completed.isoformat(),
        "peer": job.peer,
        "ticket": _ticket(house, job),
        "filters": [
            {
                "dialect": each.dialect,
                "state": str(each.filter_state),
                "reasons": [str(reason) for reason in each.filter_state_reasons],
            }
            for each in status.filter_statuses
        ],
        "images": [
            {
                "document_id": each.document_id,
                "format": each.format,
                "media_type": media_type(each.format),
                "bytes": each.file.size,
                "sha256": each.file.sha256,
                "files": [str(path) for path in job.files_of(each)],
                "url": f"{house.base_url}/scans/{job.token}/images/{each.document_id}",
            }
            for each in job.documents_in_order()
        ],
        "deliveries": [each.as_dict() for each in job.deliveries],
        "deviations": [{"operation": operation, **_deviation(found)} for operation, found in job.deviations],
    }


def _ticket(house: House, job: Job) -> dict[str, Any]:
    started = () if house.jobs is None else house.jobs.started.jobs
    of_device = next((each for each in started if each.job_token == job.token), None)
    images = () if of_device is None or of_device.outcome is None else of_device.outcome.images
    return {
        "asked": plain(what_is_given(asdict(job.process.ticket))),
        "effective": None if of_device is None else plain(of_device.ticket),
        "settings": [] if of_device is None else list(of_device.settings),
        "sent": [{"document_id": each.document_id, "sha256": each.sha256, "bytes": each.bytes} for each in images],
    }


def _deviation(found: Any) -> dict[str, str]:
    return {name: str(asdict(found)[name]) for name in ("id", "place", "detail", "clause")}


async def _list(house: House, call: Call) -> Answer:
    query = call.query
    found = [
        each
        for each in jobs_of(house)
        if query["user"] in (None, _principal(each[1].user), each[1].user.name)
        and query["state"] in (None, str(each[1].state))
        and query["ended"] in (None, each[1].ended)
        and query["token"] in (None, each[1].token)
    ]
    if (after := query["after"]) is not None:
        place = next((index for index, each in enumerate(found) if each[1].token == after), -1)
        found = found[place + 1 :]
    found = found[: query["limit"]]
    return Answer({"scans": await asyncio.to_thread(lambda: [_told(house, *each) for each in found])})


async def _get(house: House, call: Call) -> Answer:
    found = find_scan(house, call)
    return Answer(await asyncio.to_thread(_told, house, *found))


async def _delete(house: House, call: Call) -> Answer:
    server, job = find_scan(house, call)
    await server.delete(job)
    return Answer(status=204)


async def _delete_all(house: House, call: Call) -> Answer:
    found, keep = jobs_of(house), call.query["keep"]
    if keep:
        found = [each for each in found[:-keep] if each[1].ended]
    for server, job in found:
        await server.delete(job)
    return Answer({"deleted": len(found)})


async def _wait(house: House, call: Call) -> Answer:
    until, within = waiting_asked(call.body, UntilScans)
    changed = asyncio.Event()
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    async with house.one_waits():
        with house.scans_change(changed.set):
            while True:
                changed.clear()
                jobs = jobs_of(house)
                lacking = _lacking(until, [job for _, job in jobs])
                left = end - loop.time()
                if not lacking or left <= 0:
                    break
                try:
                    async with asyncio.timeout(left):
                        await changed.wait()
                except TimeoutError:
                    continue
    told = {"met": not lacking, "scans": await asyncio.to_thread(lambda: [_told(house, *each) for each in jobs])}
    if lacking:
        raise Refused(409, f"not within {within:g} s: {lacking}", **told)
    return Answer(told)


def _lacking(until: UntilScans, jobs: list[Job]) -> str:
    ended, images = sum(job.ended for job in jobs), sum(len(job.documents) for job in jobs)
    if until.ended is not None and ended < until.ended:
        return f"{ended} of {until.ended} jobs have ended; {len(jobs)} have come"
    if until.images is not None and images < until.images:
        return f"{images} of {until.images} images have come"
    if until.job is not None and not any(job.token == until.job and job.ended for job in jobs):
        there = next((job for job in jobs if job.token == until.job), None)
        return f"no job {until.job[:60]} has come" if there is None else f"job {until.job} is {there.state}"
    return ""


def _tokens(house: House) -> list[str]:
    return [job.token for _, job in jobs_of(house)]


TOKEN: Final = Parameter("token", {"type": "string"}, "JobToken.", _tokens)

OPERATIONS: Final = (
    Operation(
        "GET", "/scans", "listScans", "The jobs that the scan servers of this process know, the oldest first.",
        _list,
        ok("The jobs.", table(scans=listed(ref("Scan")))), "scans",
        query=(
            Parameter("user", TEXT, "Only those of this user, NAME or NAME@DOMAIN."),
            Parameter("state", kinds(JobState), "Only those in this state."),
            Parameter("ended", TRUTH, "Only those that have ended, or have not."),
            Parameter("token", TEXT, "Only that of this JobToken."),
            Parameter("after", TEXT, "Only those that came after the job of this JobToken."),
            Parameter("limit", limit(1000), "So many at most."),
        ),
    ),
    Operation(
        "POST", "/scans/wait", "waitForScans",
        "Wait until so many jobs or images have come to the scan servers of this process.", _wait,
        {
            **ok("It is so.", table(met=TRUTH, scans=listed(ref("Scan")))),
            409: Answered("It is not so in time: `error` says what is lacking."),
        },
        "scans",
        body={
            "type": "object",
            "properties": {"until": ref("UntilScans"), "within": perhaps(WITHIN_SCHEMA)},
            "required": ["until"],
            "additionalProperties": False,
        },
        needs_body=True, refuses=(409, 503), changes=False,
    ),
    Operation(
        "DELETE", "/scans", "deleteScans",
        "Cancel and forget all jobs, and remove their images from the store.", _delete_all,
        ok("They are gone.", table(deleted=COUNT)), "scans",
        query=(
            Parameter(
                "keep", {"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0},
                "The newest so many jobs stay, and those that have not ended.",
            ),
        ),
    ),
    Operation(
        "GET", "/scans/{token}", "getScan", "A job as a scan server knows it.", _get, ok("The job.", "Scan"),
        "scans", refuses=(404,),
    ),
    Operation(
        "DELETE", "/scans/{token}", "deleteScan",
        "Cancel a job that has not ended, forget it, and remove its images from the store.", _delete,
        {204: Answered("It is gone.")}, "scans", refuses=(404,),
    ),
)  # fmt: skip
