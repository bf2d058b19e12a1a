"""The file share filter: each document goes to each share, in a directory `user@domain` (FileShareConfig page).

A ShareUNC is a real share where the delivery file has one for it. Otherwise it stands for folders of the store:
`\\\\server\\share\\dir` for `<store>/server/share/dir`.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.dsm.scan_process import FileShareFilter
from emulator.dsm.states import FilterStateReason
from emulator.scan_server.delivery.numbers import Names
from emulator.scan_server.delivery.outcome import Delivery, DeliveryFailed, Stopped
from emulator.scan_server.files import publish, publish_copy, sync_folder
from emulator.scan_server.jobs import Job
from emulator.scan_server.naming import document_stem, extension, safe_component, share_path
from emulator.scan_server.store import Store

if TYPE_CHECKING:
    from emulator.scan_server.delivery.settings import DeliverySettings, ShareSettings

_DIALECT: Final = FileShareFilter.dialect
_DISK_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def run_file_share(
    wanted: FileShareFilter, job: Job, store: Store, settings: DeliverySettings | None = None
) -> list[Delivery]:
    """Deliver every document of the job; what became of it for each share. Blocks; for a thread.

    Stops between two files when `job.stop` is set; files that are there stay (CancelPostScanJob page).
    """
    if not wanted.shares:
        return [_lost("", FilterStateReason.INVALID_ARGS, "the file share filter names no share")]
    return [_deliver(share, job, store, settings) for share in wanted.shares]


def _deliver(share: str, job: Job, store: Store, settings: DeliverySettings | None) -> Delivery:
    numbers: list[int] = []
    places: list[str] = []
    try:
        parts = share_path(share)
        target = _target(parts, settings)
        if target is None:
            _to_store(parts, job, store, numbers, places)
        else:
            _to_share(*target, job, numbers, places)
    except ValueError as error:
        return _lost(share, FilterStateReason.INVALID_ARGS, str(error))
    except DeliveryFailed as error:
        reason, detail = error.reason, str(error)
    except Stopped as error:
        reason, detail = FilterStateReason.UNKNOWN_ERROR, str(error)
    except OSError as error:
        reason, detail = _reason(error), f"{share}: {error.strerror or error}"
    else:
        return Delivery(_DIALECT, share, tuple(numbers), tuple(places))
    if numbers:
        detail += f"; {len(numbers)} of {len(job.documents)} documents are there"
    return Delivery(_DIALECT, share, tuple(numbers), tuple(places), reason, detail)


def _lost(target: str, reason: FilterStateReason, detail: str) -> Delivery:
    return Delivery(_DIALECT, target, reason=reason, detail=detail)


def _reason(error: OSError) -> FilterStateReason:
    if error.errno in _DISK_FULL:
        return FilterStateReason.FILE_SHARE_OUT_OF_DISK_SPACE
    if error.errno in _DENIED:
        return FilterStateReason.FILE_SHARE_ACCESS_DENIED
    return FilterStateReason.UNKNOWN_ERROR


def _stem(job: Job) -> str:
    return document_stem(job.instructions.document_root_name, date.today())  # noqa: DTZ011 - the day on the wall


# A real share


def _target(parts: tuple[str, ...], settings: DeliverySettings | None) -> tuple[str, ShareSettings] | None:
    """Where a share really is, and how its server is spoken to: by the longest UNC path of the delivery file that
    it lies at or below."""
    wanted = [part.casefold() for part in parts]
    best: tuple[int, str, ShareSettings] | None = None
    for each in () if settings is None else settings.share:
        known = [part.casefold() for part in share_path(each.unc)]
        if wanted[: len(known)] == known and (best is None or len(known) > best[0]):
            base = each.base.strip().replace("/", "\\").rstrip("\\")
            best = len(known), "\\".join((base, *parts[len(known) :])), each
    return None if best is None else best[1:]


def is_elsewhere(share: str, settings: DeliverySettings) -> bool:
    """Whether a ShareUNC is a share of a real server, and not folders of the store."""
    try:
        return _target(share_path(share), settings) is not None
    except ValueError:
        return False


def _to_share(unc: str, settings: ShareSettings, job: Job, numbers: list[int], places: list[str]) -> None:
    from emulator.scan_server.delivery.smb import SmbFolder  # an extra, and slow to import

    with SmbFolder(f"{unc}\\{safe_component(job.user.principal)}", settings, job.stop) as folder:
        names = Names.behind(_stem(job), folder.names())
        for document in job.documents_in_order():
            name = folder.put(document.file.path, partial(names.next, extension(document.format)))
            numbers.append(document.document_id)
            places.append(f"{folder.unc}\\{name}")


# Folders of the store


def _to_store(parts: tuple[str, ...], job: Job, store: Store, numbers: list[int], places: list[str]) -> None:
    """Numbers go on behind those that the directory has. Raises OSError, Stopped."""
    folder = store.root.joinpath(*parts, safe_component(job.user.principal))
    folder.mkdir(parents=True, exist_ok=True)
    names = Names.behind(_stem(job), (path.name for path in folder.iterdir()))
    for document in job.documents_in_order():
        if job.stop.is_set():
            sync_folder(folder)
            raise Stopped
        stored = job.stored.setdefault(document.document_id, [])
        # A second share gets a file of its own: whoever changes one must not change the other.
        put = publish_copy if stored else publish
        path = _next_free(document.file.path, folder, partial(names.next, extension(document.format)), store, put)
        stored.append(path)
        numbers.append(document.document_id)
        places.append(str(path))
    sync_folder(folder)


def _next_free(
    source: Path,
    folder: Path,
    names: Callable[[], str],
    store: Store,
    put: Callable[[Path, Path, Path], None],
) -> Path:
    """Other jobs, of this server and of others, may write to the same directory at the same moment."""
    while True:
        path = folder / names()
        try:
            put(source, path, store.spool_name())
        except FileExistsError:
            continue
        return path
