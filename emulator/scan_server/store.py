"""The folder that a scan server stores in, and what becomes of it when the server is killed.

    <store>/<server>/<share>/...            delivered by the file share filter
    <store>/unfinished/<JobToken>/          acknowledged images of a job that did not end, and job.json
    <store>/.server/identity.json           addresses that stay the same over restarts
    <store>/.server/runs/<run>/lock         held while that server runs
    <store>/.server/runs/<run>/incoming/    images on their way in
    <store>/.server/runs/<run>/jobs/<JobToken>/   job.json and the acknowledged images of a job

Several servers may use one store at once (two `scan` commands with their default store do): each has a run
of its own, and only the run of a process that has ended is cleared away. Methods block: call them in a thread.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from emulator.file_lock import FileLock
from emulator.scan_server.files import IncomingFile, KeptFile, hash_file, read_json, sync_folder, write_json
from emulator.scan_server.naming import UNFINISHED

_log = logging.getLogger(__name__)

JOB_FILE: Final = "job.json"
STATE_UNFINISHED: Final = "unfinished"

_START_LIMIT: Final = 60.0
"""Seconds to wait for another server that is just starting on the same store."""


class Store:
    """One server's use of a store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.endpoint = uuid.UUID(int=0)
        """Identity of the host as a device (`urn:uuid:`): the same at every start on this store."""
        self.service = uuid.UUID(int=0)
        """The last part of the hosted service's address; the same at every start too."""
        self.configuration_service = uuid.UUID(int=0)
        """The same of the WS-DSC service; it follows from the first."""
        self.recovered: list[Path] = []
        """Folders of `unfinished` that `open` made of the jobs of a killed server."""
        self._hidden = root / ".server"
        self._run: Path | None = None
        self._lock: FileLock | None = None

    def open(self) -> None:
        """Clear away what killed servers left and begin a run. Raises OSError when the store cannot be used."""
        runs = self._hidden / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        starting = FileLock(self._hidden / "lock")
        # Only a missing lock of the file system lets two servers start at the same moment; then both go on.
        starting.acquire(_START_LIMIT)
        with starting:
            self._read_identity()
            for run in sorted(runs.iterdir()):
                try:
                    self._recover(run)
                except FileNotFoundError:
                    pass  # its own server has just cleared it away
                except OSError as error:
                    _log.warning("what a killed server left in %s stays there: %s", run, error)
            self.configuration_service = uuid.uuid5(self.service, "configuration")
            self._run = runs / uuid.uuid4().hex
            for name in ("incoming", "jobs"):
                (self._run / name).mkdir(parents=True)
            self._lock = FileLock(self._run / "lock")
            self._lock.acquire()

    def close(self) -> None:
        """End the run. Jobs that have not been put away become unfinished ones."""
        if self._run is None or self._lock is None:
            return
        run, self._run = self._run, None
        self._lock.release()
        with contextlib.suppress(OSError):
            self._recover(run)

    @property
    def run(self) -> Path:
        """The folder of this run. Raises RuntimeError before `open` and after `close`."""
        if self._run is None:
            raise RuntimeError("the store is not open")
        return self._run

    def incoming(self) -> IncomingFile:
        """A file for an attachment that arrives. Raises OSError."""
        return IncomingFile(self.spool_name())

    def spool_name(self) -> Path:
        """A fresh name for a file that is being written."""
        return self.run / "incoming" / uuid.uuid4().hex

    def create_job(self, token: str, record: dict[str, Any]) -> Path:
        """The folder of a new job, with what is known of it. Raises OSError."""
        folder = self.run / "jobs" / token
        folder.mkdir()
        write_json(folder / JOB_FILE, record)
        sync_folder(folder)
        sync_folder(folder.parent)
        return folder

    def drop_job(self, folder: Path) -> None:
        """Remove the folder of a job whose images are all delivered, or that has none."""
        shutil.rmtree(folder, ignore_errors=True)

    def keep_unfinished(self, folder: Path, record: dict[str, Any], names: Collection[str]) -> Path:
        """Move a job's folder to `unfinished` with the files `names`, without its others. Raises OSError."""
        write_json(folder / JOB_FILE, {**record, "state": STATE_UNFINISHED})
        for path in folder.iterdir():
            if path.name not in names and path.name != JOB_FILE:
                path.unlink(missing_ok=True)
        target = self.root / UNFINISHED / folder.name
        target.parent.mkdir(exist_ok=True)
        if target.exists():  # somebody put it back
            target = target.with_name(f"{folder.name}-{uuid.uuid4().hex[:8]}")
        folder.rename(target)
        for changed in (target, target.parent, folder.parent):
            sync_folder(changed)
        return target

    def _read_identity(self) -> None:
        path = self._hidden / "identity.json"
        known = read_json(path)
        try:
            self.endpoint, self.service = uuid.UUID(known["endpoint"]), uuid.UUID(known["service"])
        except (KeyError, ValueError, TypeError, AttributeError):
            self.endpoint, self.service = uuid.uuid4(), uuid.uuid4()
            write_json(path, {"endpoint": str(self.endpoint), "service": str(self.service)})

    def _recover(self, run: Path) -> None:
        """Turn the jobs of a run whose process has ended into unfinished ones, and remove the run."""
        if not run.is_dir():
            return
        lock = FileLock(run / "lock")
        if not lock.acquire():
            return
        with lock:
            jobs = run / "jobs"
            for folder in sorted(jobs.iterdir()) if jobs.is_dir() else ():
                if folder.is_dir():
                    self._recover_job(folder)
        shutil.rmtree(run, ignore_errors=True)

    def _recover_job(self, folder: Path) -> None:
        record = read_json(folder / JOB_FILE)
        left: list[KeptFile] = []
        images = [path for path in sorted(folder.iterdir()) if path.name.partition(".")[0].isdigit()]
        documents = []
        for path in images:
            # A second name of the same file is the one that the file share filter gave it: delivered.
            delivered = path.stat().st_nlink > 1
            file = hash_file(path)
            if not delivered:
                left.append(file)
            documents.append(document_record(int(path.name.partition(".")[0]), file, kept=not delivered))
        if documents:
            record = {**record, "documents": documents}
            self.recovered.append(self.keep_unfinished(folder, record, {file.path.name for file in left}))


def document_file_name(document_id: int, extension: str) -> str:
    """The name of an acknowledged image in its job's folder; recovery reads the DocumentId from it."""
    return f"{document_id:04d}.{extension}"


def document_record(document_id: int, file: KeptFile, *, kept: bool, format: str = "") -> dict[str, Any]:
    """What job.json says of a document. `file` is missing when the image is with the delivered ones."""
    record: dict[str, Any] = {"document_id": document_id, "bytes": file.size, "sha256": file.sha256}
    if format:
        record["format"] = format
    if kept:
        record["file"] = file.path.name
    return record
