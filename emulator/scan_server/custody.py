"""The custody of acknowledged images: nothing else moves one, so that at every moment each is in a place where it
is looked for, whoever is killed, whatever the disk says, and whatever it forgets at a power cut.

The order is always the same:

1. note: what is about to be made is written into the job's folder (`.notes`);
2. make: the document gets a second name or a copy there, under a name that nobody had;
3. make durable: the target's folder is synced, and every folder on the way to it;
4. tell: only then does the job, and whoever asks, hear that the target has it;
5. clear away: only what was told leaves the job's folder; all else goes to `unfinished`.

After a kill recovery believes a target in the store that was noted before it was made and is the same file: the
same inode, or, for a copy, one whose file no longer waits for its name and that has the same size and hash. A
target elsewhere (a mail server, a library, a share of a real server) is believed when it had been told. In doubt
recovery keeps the image. Link counts say nothing: backups and programs that join equal files make links too.

Notes are not synced. What a power cut may take from them only makes recovery keep an image that was delivered.
"""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from emulator.scan_server.disk import (
    DISK_FULL,
    LastingFolders,
    calls,
    knows_no_links,
    remove,
    rename_to_new,
    sync_folder,
    try_to_remove,
)
from emulator.scan_server.files import IncomingFile, KeptFile, aside_of, copy_file, hash_file, read_json, write_json
from emulator.scan_server.naming import UNFINISHED
from emulator.scan_server.notes import NOTES_FILE, CopyTarget, JobNotes

Taking = Callable[[], AbstractContextManager[None]]
"""What is around each call that takes a name in a folder."""
JOB_FILE: Final = "job.json"
STATE_UNFINISHED: Final = "unfinished"


@dataclass(frozen=True, slots=True)
class RunFolders:
    """The folders that one run of a server works with."""

    root: Path
    """The store."""
    run: Path
    lasting: LastingFolders
    """Those of `root`."""

    @property
    def incoming(self) -> Path:
        """Files that are being written. Whatever is here belongs to nobody when the run has ended."""
        return self.run / "incoming"

    @property
    def jobs(self) -> Path:
        """A folder for each job."""
        return self.run / "jobs"

    @property
    def spare(self) -> Path:
        """An empty folder, to become `unfinished` where a full disk has none to give."""
        return self.run / "spare"

    def file_name(self) -> Path:
        """A fresh name for a file that is being written."""
        return self.incoming / uuid.uuid4().hex


class Custody:
    """The folder of one job, from CreatePostScanJob until its images are delivered or in `unfinished`. Methods
    block: call them in a thread."""

    def __init__(self, folders: RunFolders, folder: Path) -> None:
        self.folder = folder
        self._folders = folders

    def begin(self, record: dict[str, Any]) -> None:
        """Make the folder, with what is known of the job. Raises OSError."""
        calls.mkdir(self.folder)
        write_json(self.folder / JOB_FILE, record)
        sync_folder(self.folder)
        sync_folder(self.folder.parent)

    def take(self, incoming: IncomingFile, document_id: int, extension: str) -> KeptFile:
        """Make an image last; then it may be acknowledged. Raises OSError."""
        return incoming.keep(self.folder / document_file_name(document_id, extension))

    def give_back(self, file: KeptFile) -> None:
        """Drop an image that has not been acknowledged after all."""
        try_to_remove(self.folder / file.path.name)

    @property
    def notes(self) -> JobNotes:
        """Where it is written down what is about to be done with the documents, and what was told of it."""
        return JobNotes(self.folder)

    # Make, and make durable

    def documents_for(self, folder: Path) -> DocumentsForFolder:
        """Documents for a folder of the store, which is made when it is missing. Raises OSError."""
        self._folders.lasting.make(folder)
        return DocumentsForFolder(self, folder)

    def _give(self, number: int, source: Path, names: Iterator[Path], taking: Taking, *, copy: bool) -> Path:
        """A document under the first of `names` that is free, each tried within `taking`. With `copy` it gets a
        file of its own: what happens to one then does not happen to the other. Raises OSError, NoteFailed."""
        target = next(names)
        while not copy:
            self.notes.target(CopyTarget(number, self._place(target)))
            try:
                with taking():
                    calls.link(source, target)
            except FileExistsError:
                target = next(names)
            except OSError as error:
                if not knows_no_links(error):
                    raise
                copy = True
            else:
                return target
        try:
            return self._give_copy(number, source, self._folders.file_name(), target, names, taking)
        except _OtherDisk as error:
            # A folder of the store that lies on another file system: the copy waits beside its name.
            aside = error.target.with_name(f".{uuid.uuid4().hex}.part")
            return self._give_copy(number, source, aside, error.target, names, taking)

    def _give_copy(
        self, number: int, source: Path, aside: Path, target: Path, names: Iterator[Path], taking: Taking
    ) -> Path:
        try:
            copy_file(source, aside)
            while True:
                self.notes.target(CopyTarget(number, self._place(target), self._place(aside)))
                try:
                    with taking():
                        rename_to_new(aside, target)
                except FileExistsError:
                    target = next(names)
                except OSError as error:
                    if error.errno == errno.EXDEV and aside.parent != target.parent:
                        raise _OtherDisk(target) from error
                    raise
                else:
                    return target
        except BaseException:
            # While the copy waits, whatever has the target's name is not ours; so that is taken back first.
            with contextlib.suppress(OSError):
                self.notes.copy_given_up(self._place(aside))
                calls.unlink(aside)
            raise

    def _place(self, path: Path) -> str:
        """Relative to the store, which may be moved before it is recovered."""
        return path.relative_to(self._folders.root).as_posix()

    # Clear away

    def put_away(self, record: dict[str, Any], left: Collection[str]) -> Path | None:
        """The job is over: the images `left` go to `unfinished`, where they are in a folder that is given; all
        others are removed. None where none is left. Raises OSError, and then they stay in their folder or are in
        `unfinished`, never lost."""
        return self._put_away(record, [path for path in self._images() if path.name not in left], bool(left))

    def _put_away(self, record: dict[str, Any], gone: Collection[Path], left: bool) -> Path | None:
        """Only the images `gone` are removed: what came after they were listed stays."""
        if not left:
            self._clear(gone)
            return None
        record = {**record, "state": STATE_UNFINISHED}
        written = self._write_record(record)
        for path in gone:
            try_to_remove(path)
        target = self._move_to_unfinished()
        # Nothing that comes now can lose an image; on a full disk what is removed makes room for the record.
        try_to_remove(self.folder / NOTES_FILE)
        error = None if written is None else self._write_record(record)
        if error is not None and error.errno in DISK_FULL:
            try_to_remove(self.folder / JOB_FILE)
            error = self._write_record(record)
        for changed in (target, target.parent, self._folders.jobs):
            sync_folder(changed)
        if error is not None:
            raise error
        return target

    def _write_record(self, record: dict[str, Any]) -> OSError | None:
        try:
            write_json(self.folder / JOB_FILE, record)
        except OSError as error:
            return error
        return None

    def _move_to_unfinished(self) -> Path:
        unfinished = self._folders.root / UNFINISHED
        try:
            calls.mkdir(unfinished)
        except OSError:
            if not unfinished.is_dir():  # a full disk can still rename
                calls.rename(self._folders.spare, unfinished)
        # Before anything is in it: else a power cut could take it away with all that is.
        self._folders.lasting.make(unfinished)
        target = unfinished / self.folder.name
        try:
            calls.rename(self.folder, target)
        except OSError:
            if not target.exists():
                raise
            # Somebody put it back there.
            target = target.with_name(f"{self.folder.name}-{uuid.uuid4().hex[:8]}")
            calls.rename(self.folder, target)
        self.folder = target
        return target

    def _clear(self, gone: Collection[Path]) -> None:
        """Images first and notes last: what is left of a kill in between can still be judged. What cannot be
        removed stays for the next start."""
        for path in (*gone, *(self.folder / name for name in (JOB_FILE, aside_of(JOB_FILE), NOTES_FILE))):
            remove(path)
        with contextlib.suppress(FileNotFoundError):
            calls.rmdir(self.folder)

    def _images(self) -> list[Path]:
        try:
            return [path for path in sorted(self.folder.iterdir()) if path.name.partition(".")[0].isdigit()]
        except FileNotFoundError:
            return []

    # After a kill

    def recover(self, *, alone: bool) -> Path | None:
        """Put away what a process that has ended left: what surely is where it belongs is cleared away, all else
        goes to `unfinished`, as `put_away` does. `alone`: no other server works on the store. Raises OSError."""
        record = _or_nothing(self.folder / JOB_FILE)
        noted = self.notes.read()
        gone, documents = [], []
        for path in self._images():
            number = int(path.name.partition(".")[0])
            file = _hashed(path)
            delivered = number in noted.elsewhere or any(
                self._is_there(each, file) for each in noted.targets if each.document == number
            )
            if delivered:
                gone.append(path)
            documents.append(document_record(number, file, kept=not delivered))
        record |= {"documents": documents, "deliveries": noted.told or record.get("deliveries", [])}
        if noted.begun:
            record["begun_filters"] = noted.begun
        target = self._put_away(record, gone, len(gone) < len(documents))
        for each in noted.targets:
            self._clear_aside(each, alone=alone)
        return target

    def _is_there(self, noted: CopyTarget, file: KeptFile) -> bool:
        """Return whether a noted target is the document, and lasts."""
        target = self._folders.root / noted.target
        try:
            if noted.aside is None:
                if not _one_file(target, file.path):
                    return False
            elif (aside := self._folders.root / noted.aside).exists():
                if not _one_file(target, aside):
                    return False
            elif target.lstat().st_size != file.size or not _same_content(target, file):
                return False
            self._folders.lasting.make(target.parent)
            sync_folder(target.parent)
        except OSError:
            return False
        return True

    def _clear_aside(self, noted: CopyTarget, *, alone: bool) -> None:
        """Remove a copy that waits beside a name that it never got, and the empty file that held the name."""
        if noted.aside is None:
            return
        target, aside = self._folders.root / noted.target, self._folders.root / noted.aside
        with contextlib.suppress(OSError):
            # While another server is at work an empty file may be its own.
            if alone and target.stat().st_size == 0 and aside.exists() and aside.stat().st_size:
                calls.unlink(target)
        try_to_remove(aside)


class _OtherDisk(Exception):
    """A copy cannot be renamed to its target, which lies on another file system."""

    def __init__(self, target: Path) -> None:
        super().__init__(os.fspath(target))
        self.target = target


class DocumentsForFolder:
    """Documents on their way into one folder of the store. A context manager: when it has ended, whether or not
    well, `lasting` holds what the folder surely has."""

    def __init__(self, custody: Custody, folder: Path) -> None:
        self._custody = custody
        self._folder = folder
        self._made: list[tuple[int, Path]] = []
        self.lasting: list[tuple[int, Path]] = []
        """DocumentIds and files, in the order of their coming."""

    def put(
        self,
        number: int,
        source: Path,
        name: Callable[[], str],
        taking: Taking = nullcontext,
        *,
        copy: bool = False,
    ) -> None:
        """Give it document `number`, under the first name that `name` finds free; `taking` is around each attempt.
        Other jobs, of this server and of others, may write to the same folder at the same moment. Raises OSError,
        NoteFailed.

        - `number`: the DocumentId.
        - `source`: the image's file.
        - `name`: gives one name after another.
        - `taking`: stands around each attempt.
        - `copy`: whether the source stays where it is.
        """
        names = (self._folder / each for each in iter(name, None))
        self._made.append((number, self._custody._give(number, source, names, taking, copy=copy)))

    def __enter__(self) -> DocumentsForFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._made:
            return
        try:
            sync_folder(self._folder)
        except OSError:
            if error is None:
                raise
        else:
            self.lasting = self._made


def _or_nothing(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except OSError:
        return {}


def _hashed(path: Path) -> KeptFile:
    """An image whose content cannot be read is still one."""
    try:
        return hash_file(path)
    except OSError:
        return KeptFile(path, path.stat().st_size, "")


def _one_file(one: Path, other: Path) -> bool:
    return os.path.samestat(one.lstat(), other.lstat())


def _same_content(target: Path, file: KeptFile) -> bool:
    return bool(file.sha256) and hash_file(target).sha256 == file.sha256


def document_file_name(document_id: int, extension: str) -> str:
    """The name of an acknowledged image in its job's folder; recovery reads the DocumentId from it."""
    return f"{document_id:04d}.{extension}"


def document_record(document_id: int, file: KeptFile, *, kept: bool, format: str = "") -> dict[str, Any]:
    """Return what job.json says of a document. `file` is missing when the image is with the delivered ones."""
    record: dict[str, Any] = {"document_id": document_id, "bytes": file.size, "sha256": file.sha256}
    if format:
        record["format"] = format
    if kept:
        record["file"] = file.path.name
    return record
