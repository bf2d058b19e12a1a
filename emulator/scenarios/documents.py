"""What steps meet, as `expect` is compared with it: the same as the control API and `--json` tell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Container
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.started_jobs import StartedJob
from emulator.lab.network_device import NetworkDevice
from emulator.lab.proving import verify
from emulator.lab.server import LabServer
from emulator.lab.server_job import ServerJob

if TYPE_CHECKING:
    from emulator.scenarios.stage import Stage

VERIFIED: Final = "verified"
"""Whether what the embedded scan server stored is what was sent; asked for where it is expected, since it reads all
files."""


def plain(value: Any) -> Any:
    """Return it as JSON has it."""
    return json.loads(json.dumps(value, default=lambda each: getattr(each, "isoformat", lambda: str(each))()))


def device_document(device: NetworkDevice) -> dict[str, Any]:
    """How a device is: what `press status` shows."""
    found = plain(asdict(device.snapshot()))
    return {
        "name": device.name,
        "profile": device.profile.name,
        **found,
        "conditions": [each["name"] for each in found["conditions"]],
        "description": plain(asdict(device.scanner.description)),
        "destinations": [each.display_name for each in device.destinations],
    }


def outcome_document(outcome: ScanOutcome) -> dict[str, Any]:
    """How a job has ended: as `scan --json`."""
    return {"done": True, **plain(outcome.as_dict())}


def job_document(job: StartedJob) -> dict[str, Any]:
    """How a job goes, and when it has ended also how."""
    found = plain(job.as_dict())
    result = found.pop("result") or {}
    return {**found, **result, "outcome": found["outcome"], "error": found["error"]}


async def job_met(job: StartedJob, expected: Container[str], state: Path) -> dict[str, Any]:
    """How a job goes; where that is expected of one that has ended, also whether all of it is stored. Raises
    LabError where the store is another's."""
    met = job_document(job)
    if VERIFIED in expected and job.outcome is not None:
        met[VERIFIED] = await asyncio.to_thread(verified, job.outcome, state)
    return met


def verified(outcome: ScanOutcome, state: Path) -> bool:
    """Whether each image is in the store, by content. Blocks. Raises LabError where the store is another's."""
    return verify(outcome, state=state).ok


def faults_document(stage: Stage) -> dict[str, Any]:
    """What of the fault plan has happened, and what should have and has not."""
    return {"fired": stage.fired, "unfired": stage.lab.unfired}


def server_document(server: LabServer) -> dict[str, Any]:
    """What has come to the embedded scan server."""
    jobs = server.jobs
    return {
        "jobs": [_server_job(each) for each in jobs],
        "images": sum(len(each.images) for each in jobs),
        "bytes": sum(image.bytes for each in jobs for image in each.images),
    }


def _server_job(job: ServerJob) -> dict[str, Any]:
    return {
        "token": job.token,
        "user": job.user,
        "scan_process": job.scan_process,
        "state": str(job.state),
        "reasons": [str(each) for each in job.reasons],
        "images": [
            {"document_id": each.document_id, "format": each.format, "bytes": each.bytes, "sha256": each.sha256}
            for each in job.images
        ],
        "deliveries": [each.as_dict() for each in job.deliveries],
        "deviations": [each.id for _, each in job.deviations],
    }
