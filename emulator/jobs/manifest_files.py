"""Where the manifests of jobs go: to the file that the user names, beside the embedded server's store, else into
the state folder of the user, where the last ones are kept."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from emulator.environment.exit_codes import LabError
from emulator.environment.state import state_folder
from emulator.environment.whole_file import require_free
from emulator.file_lock import FileLock
from emulator.jobs.manifest import ManifestWriter
from emulator.jobs.options import NO_MANIFEST, ScanOptions

KEPT: Final = 200
"""Manifests that stay in the state folder; of jobs that run none is removed."""
_PRUNED_EACH: Final = 1.0
"""Seconds between two looks of this process for manifests too many: a thousand jobs do not each look at all."""
_pruned: Final[dict[Path, float]] = {}
_FOLDER: Final = "manifests"
_TOKEN: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,79}\Z")


def manifest_folder(state: Path) -> Path:
    """Return where manifests of other servers' jobs are kept, below the state folder."""
    return state / _FOLDER


def open_manifest(options: ScanOptions, store: Path | None, job: Mapping[str, Any]) -> ManifestWriter:
    """The manifest of a job that is about to begin; `store`: of the embedded server, where that is used.
    Raises LabError."""
    if options.manifest == NO_MANIFEST:
        return ManifestWriter(None, job)
    try:
        if isinstance(options.manifest, Path):
            require_free(options.manifest, "--manifest", overwrite=options.overwrite)
            known = options.overwrite or options.manifest.exists()  # a pipe, for example
            return ManifestWriter(options.manifest, job, overwrite=known)
        if store is not None:
            return _in_store(store, job)
        return KeptManifest(manifest_folder(state_folder(options.state)), job)
    except OSError as error:
        raise LabError(str(error), hint="--manifest FILE names another, --manifest none writes none") from None


def _in_store(store: Path, job: Mapping[str, Any]) -> ManifestWriter:
    """Under a name that nobody had: of ten thousand in one store, two may draw the same. Raises OSError."""
    while True:
        try:
            return ManifestWriter(store / f"{secrets.token_hex(4)}.jsonl", job, overwrite=False)
        except FileExistsError as error:
            if not Path(str(error.filename)).name.endswith(".jsonl"):
                raise  # the store itself is a file


class KeptManifest(ManifestWriter):
    """A manifest in the state folder, named after its job: it begins when the scan server has made one."""

    def __init__(self, folder: Path, job: Mapping[str, Any]) -> None:
        """Raises OSError when the folder cannot be used."""
        super().__init__(None, job)
        self._folder = folder
        self._lock: FileLock | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(f"the state folder {folder} cannot be written to")

    def created(self, job_token: str, service: str) -> None:
        """Begins the file. Raises ManifestNotWritten."""
        name = _file_name(job_token)
        for number in range(1, 1000):  # a server may give a token twice, after its restart for example
            path = self._folder / f"{name}{f'-{number}' if number > 1 else ''}.jsonl"
            lock = FileLock(_lock_of(path))
            if path.exists() or not lock.acquire():
                continue
            with suppress(FileExistsError):
                self._begin(path, overwrite=False)
                self._lock = lock
                break
            lock.release()
        super().created(job_token, service)

    def close(self) -> None:
        """Close it, and remove the oldest beyond the last `KEPT`."""
        super().close()
        if self._lock is not None and self.path is not None:
            with suppress(OSError):
                _lock_of(self.path).unlink()
            self._lock.release()
            self._lock = None
            if time.monotonic() - _pruned.get(self._folder, float("-inf")) >= _PRUNED_EACH:
                _pruned[self._folder] = time.monotonic()
                prune(self._folder)


def prune(folder: Path, kept: int = KEPT) -> None:
    """Remove all but the youngest manifests of ended jobs. Any number of processes may do so at once."""
    with os.scandir(folder) as entries:
        manifests = [each for each in entries if each.name.endswith(".jsonl")]
    if len(manifests) <= kept:
        return
    aged: list[tuple[float, str]] = []
    for each in manifests:
        with suppress(OSError):
            aged.append((each.stat().st_mtime, each.name))
    aged.sort(reverse=True)
    for _, name in aged[kept:]:
        path = folder / name
        lock_file = _lock_of(path)
        if not lock_file.exists():
            # A job locks before it begins its file, and unlocks when it has closed it: this one has ended.
            with suppress(OSError):
                path.unlink(missing_ok=True)
            continue
        lock = FileLock(lock_file)
        with suppress(OSError):
            if lock.acquire():  # else its job runs
                path.unlink(missing_ok=True)
                _lock_of(path).unlink(missing_ok=True)
                lock.release()


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.stem}.lock")


def _file_name(job_token: str) -> str:
    """The token, if it can be a file's name anywhere; a server may write anything there."""
    token = job_token.strip().removeprefix("urn:uuid:")
    return token if _TOKEN.match(token) else hashlib.sha256(job_token.encode("utf-8", "replace")).hexdigest()[:32]
