"""Reads a folder of users and scan processes again as far as it has changed: by name, size and times of its files.

What has changed is seen in three ways, so that a job costs the same whatever the folder holds:

* the times of the folder itself tell that a file came, went, or was put in the place of another, as most editors
  do;
* of the scan process that is wanted, and of `users.toml`, the files are asked for each time, so that an edit in
  place is seen by the next job that uses them;
* all files are asked for when the last time was long enough ago: each time where there are few of them, else so
  seldom that it takes less than a hundredth of the time. Only then it shows that an edit in place gave some other
  scan process the name or identifier that is wanted as well.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from emulator.directory.errors import DirectoryError
from emulator.directory.fields import read_toml
from emulator.directory.file_stamp import FileStamp, stamp_from, stamp_of
from emulator.directory.folder_snapshot import FolderFile, FolderSnapshot
from emulator.directory.scan_process_file import load_scan_process_file, load_scan_processes
from emulator.directory.users_file import read_users

USERS_FILE: Final = "users.toml"

FEW: Final = 200
"""So many files are asked for each time: it takes less than a millisecond."""
NOW: Final = 0.0
SOON: Final = 60e-6
"""Seconds for each file between two looks at all of them: a tenth of the time at most."""
SELDOM: Final = 3000e-6
"""A quarter of a hundredth of the time: a minute for 10,000 scan processes of two files each."""
KEPT_FOLDERS: Final = 16

Stamps = Callable[[str], FileStamp | None]


class FolderReader:
    """Keeps the last state of one folder. May be used from any thread."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is read yet. `clock`: seconds."""
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._snapshot: FolderSnapshot | None = None
        self._folder: FileStamp | None = None
        """Of the folder when it was listed; None: list it again."""
        self._looked = 0.0
        self._entries = 0

    def look(self, interval: float = SELDOM) -> tuple[FolderSnapshot, bool]:
        """The state, and whether all of it is of now. `interval`: seconds for each file before all are asked for
        again."""
        with self._lock:
            known = self._snapshot
            if known is None or self._is_due(interval):
                return self._look_at_all(known), True
            if not self._is_as_it_was(known.users_file, self._stamp):
                known = self._with(known, known.files)
            return known, False

    def is_as_it_was(self, file: FolderFile) -> bool:
        """Return whether a file of a state is still that."""
        return self._is_as_it_was(file, self._stamp)

    def _is_due(self, interval: float) -> bool:
        if self._folder is None or self._entries <= FEW or stamp_of(self.path) != self._folder:
            return True
        return self._clock() - self._looked >= interval * self._entries

    def _look_at_all(self, known: FolderSnapshot | None) -> FolderSnapshot:
        before = {} if known is None else known.files
        folder, now = stamp_of(self.path), time.time_ns()
        self._folder = folder if folder is not None and folder.is_settled(now) else None
        try:
            with os.scandir(self.path) as found:
                entries = {entry.name: entry for entry in found}
        except OSError as error:
            self._folder = None
            unreadable = f"{self.path}: cannot be read: {error.strerror or error}"
            return self._with(known, {}, unreadable)
        self._entries = len(entries)

        def stamps(name: str) -> FileStamp | None:
            entry = entries.get(name)
            if entry is None:
                return self._stamp(name)
            try:
                return stamp_from(entry.stat())
            except OSError:
                return None

        files: dict[str, FolderFile] = {}
        for name in sorted(each for each in entries if _is_read(each)):
            file = before.get(name)
            files[name] = file if file and self._is_as_it_was(file, stamps) else self._read(name)
        self._looked = self._clock()
        return self._with(known, files)

    def _with(
        self, known: FolderSnapshot | None, files: Mapping[str, FolderFile], unreadable: str | None = None
    ) -> FolderSnapshot:
        """The next state, which is the last one where nothing has changed."""
        if known is not None and self._is_as_it_was(known.users_file, self._stamp):
            users, people = known.users_file, known.read_users
        else:
            begun = self._begun(USERS_FILE)
            people = None
            try:
                people = read_users(self.path / USERS_FILE)
                users = FolderFile(*begun)
            except DirectoryError as error:
                users = FolderFile(*begun, broken=str(error))
        if (
            known is None
            or known.unreadable != unreadable
            or users is not known.users_file
            or list(files) != list(known.files)
            or any(file is not known.files[name] for name, file in files.items())
        ):
            known = FolderSnapshot(self.path, files, users, people, unreadable)
        self._snapshot = known
        return known

    def _read(self, name: str) -> FolderFile:
        path = self.path / name
        stamps, settled = self._begun(name)
        try:
            if path.suffix.lower() == ".ldif":
                return FolderFile(stamps, settled, tuple(load_scan_processes(path)))
            file = read_toml(path)
            table = file.table
            if "psp" not in table:  # which says where the XML of a scan process is
                return FolderFile(stamps, settled)
            if isinstance(table["psp"], str):
                more, also = self._begun(table["psp"])
                stamps, settled = stamps + more, settled and also
            return FolderFile(stamps, settled, (load_scan_process_file(file),))
        except DirectoryError as error:
            return FolderFile(stamps, settled, broken=str(error))

    def _begun(self, name: str) -> tuple[tuple[tuple[str, FileStamp | None], ...], bool]:
        """Before a file is read: its stamp, and whether a change from now on shows in it."""
        now, stamp = time.time_ns(), self._stamp(name)
        return ((name, stamp),), stamp is None or stamp.is_settled(now)

    def _stamp(self, name: str) -> FileStamp | None:
        return stamp_of(os.path.join(self.path, name))  # noqa: PTH118 - asked for each job

    @staticmethod
    def _is_as_it_was(file: FolderFile, stamps: Stamps) -> bool:
        if not file.settled:
            return False
        for name, stamp in file.stamps:  # noqa: SIM110 - of thousands of files all() takes half as long again
            if stamps(name) != stamp:
                return False
        return True


def _is_read(name: str) -> bool:
    """Return whether a file of that name may hold scan processes."""
    return name.lower().endswith((".toml", ".ldif")) and len(name) > len(".toml") and name != USERS_FILE


class KeptReaders:
    """The readers of the folders that were asked for last, for all jobs of a process."""

    def __init__(self, limit: int = KEPT_FOLDERS, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._readers: OrderedDict[Path, FolderReader] = OrderedDict()

    def of(self, path: Path) -> FolderReader:
        """Return the reader of a folder, whose path is told in messages as it is given here."""
        key = path.absolute()
        with self._lock:
            found = self._readers.pop(key, None)
            if found is None or found.path != path:
                found = FolderReader(path, self._clock)
            self._readers[key] = found
            while len(self._readers) > self._limit:
                self._readers.popitem(last=False)
            return found

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._readers)


kept_readers: Final = KeptReaders()
