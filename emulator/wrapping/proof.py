"""What is to be said when the wrapped command is over: one result for each job at the scan server, each manifest,
each fault and each deviation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from emulator.disturbance.disturbances import Disturbances
from emulator.dsm.states import JobState
from emulator.environment.exit_codes import LabError
from emulator.jobs.manifest import ManifestError, read_manifest
from emulator.jobs.verify import Judged, verify_folder
from emulator.reports.result import SAYS, Result
from emulator.reports.verdict import Verdict
from emulator.scan_server.files import hash_file
from emulator.scan_server.jobs import Job
from emulator.trace.journal import Entry
from emulator.trace.kinds import EntryKind
from emulator.trace.lines import lines_of

EXIT_CODE = "exit_code"
LEFT = "left"
"""Of the evidence of the command."""
_SHOWN = 5


def of_command(command: Sequence[str], code: int, says: str, ms: float = 0.0, left: int = 0) -> Result:
    """How the command ended.

    - `command`: with its arguments.
    - `code`: its exit code.
    - `says`: how it ended, in a sentence.
    - `ms`: how long it took.
    - `left`: processes that it has left behind.
    """
    if left:
        says += f"; {left} processes that it had left were ended"
    evidence = {SAYS: says, "command": " ".join(command), EXIT_CODE: code, LEFT: left}
    return Result("command", Verdict.FAILED if code else Verdict.PASSED, ms, evidence)


def of_jobs(jobs: Sequence[Job]) -> Iterator[Result]:
    """Whether what the scan server has acknowledged is where it stores, with the same content. Blocks."""
    for job in jobs:
        yield _of_job(job)


def _of_job(job: Job) -> Result:
    said: dict[str, Any] = {
        SAYS: f"{job.state}, {len(job.documents)} images",
        "scan process": job.process.display_name,
        "user": job.user.principal,
        "reasons": [str(each) for each in job.reasons],
    }
    ident = f"job/{job.token}"
    if not job.ended:
        return Result(ident, Verdict.FAILED, 0, {**said, SAYS: f"it is {job.state}: nobody has ended it"})
    if job.state is JobState.CANCELED:
        return Result(ident, Verdict.OBSERVED, 0, said)
    if job.state is not JobState.COMPLETED:
        return Result(ident, Verdict.FAILED, 0, said)
    wrong = list(_not_stored(job))
    if wrong:
        return Result(ident, Verdict.FAILED, 0, {**said, SAYS: wrong[0], "images": wrong[:_SHOWN]})
    return Result(ident, Verdict.PASSED, 0, said)


def _not_stored(job: Job) -> Iterator[str]:
    delivered = any(each.reason is None for each in job.deliveries)
    for document in job.documents_in_order():
        ours = job.stored.get(document.document_id) or job.files_of(document)
        if not ours and not delivered:
            yield f"image {document.document_id} is in no folder"
        for file in ours:
            met = _sha256(file)
            if met != document.file.sha256:
                yield f"image {document.document_id} is another in {file}" if met else f"{file} is not there"


def _sha256(file: Path) -> str:
    try:
        return hash_file(file).sha256
    except OSError:
        return ""


def of_manifests(folder: Path, server: str, store: Path) -> Iterator[Result]:
    """Whether what devices of ours were acknowledged by that scan server is in its store. Blocks."""
    try:
        manifests = [
            path for path in sorted(folder.glob("*.jsonl")) if read_manifest(path).job.get("server") == server
        ]
    except ManifestError as error:
        yield Result("manifests", Verdict.ERROR, 0, {SAYS: str(error)})
        return
    if not manifests:
        return
    try:
        proof = verify_folder(manifests, store, state=folder.parent)
    except LabError as error:
        yield Result("manifests", Verdict.ERROR, 0, {SAYS: str(error)})
        return
    for job in proof.jobs:
        yield _of_manifest(job, ok=proof.passes(job.verification))


def _of_manifest(job: Judged, *, ok: bool) -> Result:
    found = job.verification
    ident = f"manifest/{job.path.stem}"
    if ok:
        return Result(ident, Verdict.PASSED, 0, {SAYS: f"{len(found.delivered)} images are proved"})
    if not (found.missing or found.altered or found.duplicate):
        return Result(
            ident, Verdict.OBSERVED, 0, {SAYS: f"{found.outcome or 'unfinished'}: nothing was acknowledged"}
        )
    evidence = {
        SAYS: f"{len(found.missing)} missing, {len(found.altered)} altered, {len(found.duplicate)} doubled",
        "missing": [repr(image) for image in found.missing[:_SHOWN]],
        "altered": [f"{image!r} is {file.path}" for image, file in found.altered[:_SHOWN]],
        "doubled": [repr(image) for image, _ in found.duplicate[:_SHOWN]],
    }
    return Result(ident, Verdict.FAILED, 0, {name: value for name, value in evidence.items() if value})


def of_faults(disturbances: Disturbances) -> Iterator[Result]:
    """Whether each fault of the plan has happened."""
    if disturbances.plan is None:
        return
    never = {fault.name for fault in disturbances.never_fired}
    for number, fault in enumerate(disturbances.plan.faults, 1):
        times = sum(each.fault.name == fault.name for each in disturbances.firings)
        verdict = Verdict.FAILED if fault.name in never else Verdict.PASSED if times else Verdict.OBSERVED
        says = f"{fault.name}: happened {times} times" if times else f"{fault.name}: never happened"
        yield Result(f"fault/{number}", verdict, 0, {SAYS: says})


def of_deviations(entries: Sequence[Entry]) -> Iterator[Result]:
    """Each departure from the documents that was met, once; warned of, because a fault plan or a habit may have
    wanted it."""
    met: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        if entry.kind is EntryKind.DEVIATION:
            met.setdefault((entry.data["operation"], entry.data["id"]), []).append(" ".join(lines_of(entry)))
    for (operation, ident), lines in met.items():
        name = "".join(letter for letter in operation if letter.isprintable()) or "message"
        yield Result(f"deviation/{name}/{ident}", Verdict.WARNED, 0, {SAYS: lines[0], "times": len(lines)})
