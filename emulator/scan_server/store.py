"""The folder that a scan server stores in, and what becomes of it when the server is killed.

    <store>/<server>/<share>/...            delivered by the file share filter
    <store>/unfinished/<JobToken>/          acknowledged images of a job that did not end, and job.json
    <store>/.server/identity.json           addresses that stay the same over restarts
    <store>/.server/runs/<run>/lock         held while that server runs
    <store>/.server/runs/<run>/incoming/    files on their way in, or to a share
    <store>/.server/runs/<run>/jobs/<JobToken>/   job.json, notes and the acknowledged images of a job (custody.py)
    <store>/.server/runs/<run>/spare/       becomes `unfinished` on a full disk

Several servers may use one store at once (two `scan` commands with their default store do): each has a run
of its own, and only the run of a process that has ended is cleared away. Methods block: call them in a thread.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import uuid
from pathlib import Path
from typing import Any, Final

from emulator.file_lock import FileLock
from emulator.scan_server.custody import Custody, RunFolders
from emulator.scan_server.disk import LastingFolders, calls, sync_folder, try_to_remove
from emulator.scan_server.files import IncomingFile, read_json, write_json
from emulator.scan_server.kept_numbers import KeptNumbers

_log = logging.getLogger(__name__)

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
        self.numbers = KeptNumbers()
        """The highest numbers that documents have in its folders."""
        self._hidden = root / ".server"
        self._lasting = LastingFolders(root)
        self._run: RunFolders | None = None
        self._lock: FileLock | None = None
        self._beginning = threading.Lock()
        self._usable = True

    def open(self) -> None:
        """Clear away what killed servers left and begin a run. Raises OSError when the store cannot be used."""
        self._lasting.make(self._hidden / "runs")
        with self._starting():
            self._read_identity()
            self._recover_all()
            self.configuration_service = uuid.uuid5(self.service, "configuration")
            self._begin_run()

    def close(self) -> None:
        """End the run. Jobs that have not been put away become unfinished ones."""
        if self._run is None or self._lock is None:
            return
        run, self._run = self._run, None
        self._lock.release()
        try:
            self._recover(run.run, alone=False)
        except FileNotFoundError:
            pass  # another server has just done it, or the store is gone
        except OSError as error:
            _log.warning("what has not been put away stays in %s: %s", run.run, error)

    @property
    def run(self) -> RunFolders:
        """The folders of this run. Raises RuntimeError before `open` and after `close`."""
        if self._run is None:
            raise RuntimeError("the store is not open")
        return self._run

    def incoming(self) -> IncomingFile:
        """A file for an attachment that arrives. Raises OSError."""
        run = self.run
        try:
            return IncomingFile(run.file_name())
        except FileNotFoundError:
            if not run.jobs.is_dir():
                raise
            self._lasting.make(run.incoming)
            return IncomingFile(run.file_name())

    def new_job(self, token: str, record: dict[str, Any]) -> Custody:
        """The custody of a new job, with what is known of it. Where the store has been removed meanwhile it is
        made anew. Raises OSError; that is told in one line, when it begins and when it is over."""
        try:
            job = self._new_job(token, record)
        except OSError as error:
            if self._usable:
                _log.error(
                    "the store %s cannot be used (%s); jobs are refused until it can", self.root, error.strerror
                )
            self._usable = False
            raise
        if not self._usable:
            _log.warning("the store %s can be used again", self.root)
            self._usable = True
        return job

    def _new_job(self, token: str, record: dict[str, Any]) -> Custody:
        run = self.run
        job = Custody(run, run.jobs / token)
        try:
            job.begin(record)
        except OSError:
            if run.jobs.is_dir():
                self._drop_beginning(job)
                raise
            run = self._begin_anew(run)
            job = Custody(run, run.jobs / token)
            job.begin(record)
        return job

    def _drop_beginning(self, job: Custody) -> None:
        """A job that nobody has heard of leaves nothing."""
        with contextlib.suppress(OSError):
            job.put_away({}, ())

    def _begin_anew(self, gone: RunFolders) -> RunFolders:
        """A run in the place of one that somebody has removed, or moved away with all that was in it."""
        with self._beginning:
            if self.run is not gone:
                return self.run
            self._lasting.make(self._hidden / "runs")
            with self._starting():
                self._write_identity()
                lock = self._lock
                self._begin_run()
            if lock is not None:
                lock.release()
            _log.warning(
                "the store %s was removed while the server ran, and is made anew; images of jobs that had not "
                "ended are gone with it",
                self.root,
            )
            return self.run

    def _starting(self) -> FileLock:
        """Held while a server starts. Only where the file system has no locks two may start at the same moment."""
        lock = FileLock(self._hidden / "lock")
        lock.acquire(_START_LIMIT)
        return lock

    def _begin_run(self) -> None:
        folder = self._hidden / "runs" / uuid.uuid4().hex
        run = RunFolders(self.root, folder, self._lasting)
        calls.mkdir(folder)
        lock = FileLock(folder / "lock")
        lock.acquire()
        try:
            for each in (run.incoming, run.jobs, run.spare):
                calls.mkdir(each)
            for changed in (folder, folder.parent):
                sync_folder(changed)
        except OSError:
            lock.release()
            raise
        self._run, self._lock = run, lock

    def _read_identity(self) -> None:
        known = read_json(self._hidden / "identity.json")
        try:
            self.endpoint, self.service = uuid.UUID(known["endpoint"]), uuid.UUID(known["service"])
        except (KeyError, ValueError, TypeError, AttributeError):
            self.endpoint, self.service = uuid.uuid4(), uuid.uuid4()
            self._write_identity()

    def _write_identity(self) -> None:
        write_json(self._hidden / "identity.json", {"endpoint": str(self.endpoint), "service": str(self.service)})
        sync_folder(self._hidden)

    def _recover_all(self) -> None:
        runs = sorted((self._hidden / "runs").iterdir())
        alone = not any(_is_alive(run) for run in runs)
        for run in runs:
            try:
                self._recover(run, alone=alone)
            except FileNotFoundError:
                pass  # its own server has just cleared it away
            except OSError as error:
                _log.warning("what a killed server left in %s stays there: %s", run, error)

    def _recover(self, run: Path, *, alone: bool) -> None:
        """Turn the jobs of a run whose process has ended into unfinished ones, and remove the run. Raises OSError
        when a job has to stay."""
        if not run.is_dir():
            return
        lock = FileLock(run / "lock")
        if not lock.acquire():
            return
        stays: OSError | None = None
        with lock:
            folders = RunFolders(self.root, run, self._lasting)
            for folder in sorted(folders.jobs.iterdir()) if folders.jobs.is_dir() else ():
                if not folder.is_dir():
                    continue
                try:
                    found = Custody(folders, folder).recover(alone=alone)
                except OSError as error:
                    stays = error
                else:
                    self.recovered += [] if found is None else [found]
            if stays is None:
                # Nothing of a run but its jobs is worth anything; and a job that came here just now stays.
                shutil.rmtree(folders.incoming, ignore_errors=True)
                for empty in (folders.spare, folders.jobs):
                    with contextlib.suppress(OSError):
                        empty.rmdir()
        if stays is not None:
            raise stays
        if not folders.jobs.exists():
            try_to_remove(run / "lock")
            with contextlib.suppress(OSError):
                run.rmdir()


def _is_alive(run: Path) -> bool:
    """Return whether the server of a run is at work."""
    try:
        lock = FileLock(run / "lock")
        free = lock.acquire()
    except OSError:
        return False
    lock.release()
    return not free
