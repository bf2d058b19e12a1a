"""What `verify` found, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from emulator.cli.output import human_bytes, plural, print_result

if TYPE_CHECKING:
    from emulator.jobs.verify import Judged, Proof, StoredFile, Verification

_SHOWN = 20
"""Lines of a kind that a person is shown."""
_KINDS = ("missing", "altered", "duplicate", "unacknowledged", "surplus")


def print_proof(proof: Proof, *, as_json: bool) -> None:
    """The verdict first, then each image or file that is not as it should be."""
    if as_json:
        failed = [job for job in proof.jobs if not proof.passes(job.verification)]
        error = "; ".join(f"{job.path}: {_verdict(proof, job.verification)}" for job in failed) or None
        found = {"ok": proof.ok, "jobs": [_as_dict(proof, job) for job in proof.jobs]}
        print_result(found, proof.exit_code, error)
        return
    for job in proof.jobs:
        name = f"  {job.path}" if len(proof.jobs) > 1 else ""
        word = "OK" if proof.passes(job.verification) else "FAILED"
        typer.echo(f"{word}  {_verdict(proof, job.verification)}{name}")
        for line in _lines(job.verification, proof.folder):
            typer.echo(line)
    if surplus := proof.jobs[0].verification.surplus:
        _list([f"  surplus         {_name(file, proof.folder)}" for file in surplus])


def _verdict(proof: Proof, found: Verification) -> str:
    """Counts, and how the job ended."""
    counts = [f"{plural(len(found.delivered), 'image')} delivered"]
    counts += [f"{len(kind)} {name}" for name in _KINDS if (kind := getattr(found, name))]
    ended = (
        f"the job ended {found.outcome}"
        if found.outcome
        else "the job has no result: its run was killed, or goes on"
    )
    told = [] if found.proved and found.outcome == "Completed" else [ended]
    if not found.proved:
        told.insert(0, "nothing is proved")
    if found.reason and not found.proved:
        told[-1] += f" ({found.reason})"
    return ", ".join(counts) + (f": {', '.join(told)}" if told else "")


def _lines(found: Verification, folder: Path) -> list[str]:
    lines = [
        f"  missing         image {image.document_id}, {image.format}, {human_bytes(image.bytes)}"
        for image in found.missing
    ]
    lines += [
        f"  altered         image {image.document_id}: {_name(file, folder)}" for image, file in found.altered
    ]
    for image, files in found.duplicate:
        names = ", ".join(_name(file, folder) for file in files)
        lines.append(f"  duplicate       image {image.document_id}: {names}")
    lines += [
        f"  unacknowledged  image {image.document_id}: {_name(file, folder)}"
        for image, file in found.unacknowledged
    ]
    return lines


def _list(lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        typer.echo(line)
    if len(lines) > _SHOWN:
        typer.echo(f"  and {len(lines) - _SHOWN} more files (--json names them all)")


def _name(file: StoredFile, folder: Path) -> str:
    return str(file.path.relative_to(folder))


def _as_dict(proof: Proof, job: Judged) -> dict[str, Any]:
    found, folder = job.verification, proof.folder
    return {
        "manifest": str(job.path),
        "outcome": found.outcome or None,
        "ok": proof.passes(found),
        "delivered": len(found.delivered),
        "missing": [asdict(image) for image in found.missing],
        "altered": [{"image": asdict(image), "file": _name(file, folder)} for image, file in found.altered],
        "duplicate": [
            {"image": asdict(image), "files": [_name(file, folder) for file in files]}
            for image, files in found.duplicate
        ],
        "unacknowledged": [
            {"image": asdict(image), "file": _name(file, folder)} for image, file in found.unacknowledged
        ],
        "surplus": [_name(file, folder) for file in found.surplus],
    }
