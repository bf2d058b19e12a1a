"""`verify` for Python: an outcome, or manifests, and the folder that a scan server stores in."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from emulator.environment.exit_codes import LabError
from emulator.jobs.outcome import ScanOutcome
from emulator.jobs.verify import Proof, verify_folder


def verify(
    job: ScanOutcome | str | PathLike[str] | Sequence[ScanOutcome | str | PathLike[str]],
    folder: str | PathLike[str] | None = None,
    *,
    copies: int | None = None,
    exact: bool = False,
    state: str | PathLike[str] | None = None,
) -> Proof:
    """Prove by content hash that what a scan server stored is what was sent: at any depth, under any name.

    - `job`: outcomes or manifests, one or several, which are judged together: a file counts for one of them.
    - `folder`: what the server stores in; may be left out for outcomes of the embedded server.
    - `copies`: how often each image must be there (None: once for each share).
    - `exact`: files that no known job explains are a failure too.
    - `state`: folder in which manifests of other jobs are kept (None: the user's).

    Blocks. Raises LabError for what cannot be read; the proof says the rest: `ok`, `jobs`, `exit_code`, `check()`.
    """
    jobs = [job] if isinstance(job, ScanOutcome | str | PathLike) else list(job)
    if not jobs:
        raise LabError("verify needs at least one outcome or manifest")
    stores = {each.store for each in jobs if isinstance(each, ScanOutcome)} - {None}
    if folder is not None:
        where = Path(folder)
    elif len(stores) == 1 and (store := stores.pop()) is not None:
        where = store
    else:
        raise LabError("verify needs the folder that the scan server stores in")
    return verify_folder(
        [_manifest(each) for each in jobs],
        where,
        copies=copies,
        exact=exact,
        state=None if state is None else Path(state),
    )


def _manifest(job: ScanOutcome | str | PathLike[str]) -> Path:
    if not isinstance(job, ScanOutcome):
        return Path(job)
    if job.manifest is None:
        raise LabError(
            "the job has no manifest, which says what was sent",
            hint='scan(manifest=FILE) writes one; only manifest="none" keeps it from being written',
        )
    return job.manifest
