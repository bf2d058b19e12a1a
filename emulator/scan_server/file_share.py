"""The file share filter: each image goes to each share, in a directory `user@domain` (FileShareConfig page).

A ShareUNC stands for folders of the store: `\\\\server\\share\\dir` for `<store>/server/share/dir`.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from emulator.dsm.scan_process import FileShareFilter
from emulator.dsm.states import FilterStateReason
from emulator.scan_server.files import publish, publish_copy, sync_folder
from emulator.scan_server.jobs import Job, StoredDocument
from emulator.scan_server.naming import (
    document_name,
    document_stem,
    extension,
    number_of,
    safe_component,
    share_path,
)
from emulator.scan_server.store import Store

_DISK_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def run_file_share(wanted: FileShareFilter, job: Job, store: Store) -> tuple[FilterStateReason, ...]:
    """Deliver every document of the job; () when all went well, else why not. Blocks; for a thread.

    Stops between two files when `job.stop` is set; files that are there stay (CancelPostScanJob page).
    """
    reasons: list[FilterStateReason] = []
    if not wanted.shares:
        return (FilterStateReason.INVALID_ARGS,)
    for share in wanted.shares:
        try:
            folder = store.root.joinpath(*share_path(share), safe_component(job.user.principal))
            folder.mkdir(parents=True, exist_ok=True)
            _deliver(job, folder, store)
        except ValueError:
            reasons.append(FilterStateReason.INVALID_ARGS)
        except OSError as error:
            reasons.append(_reason(error))
    return tuple(dict.fromkeys(reasons))


def _reason(error: OSError) -> FilterStateReason:
    if error.errno in _DISK_FULL:
        return FilterStateReason.FILE_SHARE_OUT_OF_DISK_SPACE
    if error.errno in _DENIED:
        return FilterStateReason.FILE_SHARE_ACCESS_DENIED
    return FilterStateReason.UNKNOWN_ERROR


def _deliver(job: Job, folder: Path, store: Store) -> None:
    """Numbers go on behind those that the directory has. Raises OSError."""
    stem = document_stem(job.instructions.document_root_name, date.today())  # noqa: DTZ011 - the day on the wall
    number = max((number_of(stem, path.name) for path in folder.iterdir()), default=0)
    for document in job.documents_in_order():
        if job.stop.is_set():
            break
        paths = job.delivered.get(document.document_id, [])
        # A second share gets a file of its own: whoever changes one must not change the other.
        put = publish_copy if paths else publish
        number, path = _next_free(document, folder, stem, number, store, put)
        job.delivered.setdefault(document.document_id, []).append(path)
    sync_folder(folder)


def _next_free(
    document: StoredDocument,
    folder: Path,
    stem: str,
    number: int,
    store: Store,
    put: Callable[[Path, Path, Path], None],
) -> tuple[int, Path]:
    """Other jobs, of this server and of others, may write to the same directory at the same moment."""
    while True:
        number += 1
        path = folder / document_name(stem, number, extension(document.format))
        try:
            put(document.file.path, path, store.spool_name())
        except FileExistsError:
            continue
        return number, path
