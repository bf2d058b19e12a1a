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
from emulator.scan_server.delivery.folder_place import FolderPlace
from emulator.scan_server.delivery.handing import Handing
from emulator.scan_server.delivery.numbers import NumberedNames
from emulator.scan_server.delivery.outcome import Delivery, DeliveryFailed, Stopped, own_detail, own_reason
from emulator.scan_server.disk import DISK_FULL
from emulator.scan_server.jobs import Job, StoredDocument
from emulator.scan_server.naming import document_stem, extension, safe_component, share_path
from emulator.scan_server.notes import NoteFailed
from emulator.scan_server.points import AskDelivery
from emulator.scan_server.store import Store

if TYPE_CHECKING:
    from emulator.scan_server.delivery.settings import DeliverySettings, ShareSettings
    from emulator.scan_server.delivery.smb import SmbFolder

_DIALECT: Final = FileShareFilter.dialect
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def run_file_share(
    wanted: FileShareFilter,
    job: Job,
    store: Store,
    settings: DeliverySettings | None = None,
    ask: AskDelivery | None = None,
) -> list[Delivery]:
    """Deliver every document of the job; what became of it for each share. Blocks; for a thread.

    - `wanted`: the filter, and its `job`.
    - `store`: has the folders that stand for shares.
    - `settings`: of the delivery file.
    - `ask`: whoever handles DELIVERY.

    Stops between two files when `job.stop` is set; files that are there stay (CancelPostScanJob page).
    [psp/file-share/each-share] [psp/file-share/directory-of-the-user]
    [dsp/cancel-post-scan-job/processed-files-stay]"""
    if not wanted.shares:
        return [_lost("", FilterStateReason.INVALID_ARGS, "the file share filter names no share")]
    return [_deliver(share, job, store, settings, ask) for share in wanted.shares]


def _deliver(
    share: str, job: Job, store: Store, settings: DeliverySettings | None, ask: AskDelivery | None
) -> Delivery:
    with Handing(job, share, ask) as handing:
        return _handed(share, handing, store, settings)


def _handed(share: str, handing: Handing, store: Store, settings: DeliverySettings | None) -> Delivery:
    in_store = True
    try:
        parts = share_path(share)
        target = _target(parts, settings)
        in_store = target is None
        if target is None:
            _to_store(parts, store, handing)
        else:
            _to_share(*target, handing)
    except ValueError as error:
        return _lost(share, FilterStateReason.INVALID_ARGS, str(error))
    except DeliveryFailed as error:
        reason, detail = error.reason, str(error)
    except Stopped as error:
        reason, detail = FilterStateReason.UNKNOWN_ERROR, str(error)
    except NoteFailed as error:
        reason, detail = own_reason(error), own_detail(error)
    except OSError as error:
        if in_store:
            reason, detail = _reason(error), f"{share}: {error.strerror or error}"
        else:  # of the document's own file: what the server of a share says is DeliveryFailed
            reason, detail = own_reason(error), own_detail(error)
    else:
        return handing.done(_DIALECT, in_store=in_store)
    return handing.failed(_DIALECT, reason, detail, in_store=in_store)


def _lost(target: str, reason: FilterStateReason, detail: str) -> Delivery:
    return Delivery(_DIALECT, target, reason=reason, detail=detail)


def _reason(error: OSError) -> FilterStateReason:
    # The law: [dsp/filter-state-reason/file-share-access-denied]
    # The law: [dsp/filter-state-reason/file-share-out-of-disk-space]
    if error.errno in DISK_FULL:
        return FilterStateReason.FILE_SHARE_OUT_OF_DISK_SPACE
    if error.errno in _DENIED:
        return FilterStateReason.FILE_SHARE_ACCESS_DENIED
    return FilterStateReason.UNKNOWN_ERROR


def _stem(job: Job) -> str:
    # The law: [psp/scan-process/document-root-name]
    return document_stem(job.instructions.document_root_name, date.today())  # noqa: DTZ011 - the day on the wall


# A real share


def _target(parts: tuple[str, ...], settings: DeliverySettings | None) -> tuple[str, ShareSettings] | None:
    """Return where a share really is, and how its server is spoken to: by the longest UNC path of the delivery file
    that it lies at or below."""
    wanted = [part.casefold() for part in parts]
    best: tuple[int, str, ShareSettings] | None = None
    for each in () if settings is None else settings.share:
        known = [part.casefold() for part in share_path(each.unc)]
        if wanted[: len(known)] == known and (best is None or len(known) > best[0]):
            base = each.base.strip().replace("/", "\\").rstrip("\\")
            best = len(known), "\\".join((base, *parts[len(known) :])), each
    return None if best is None else best[1:]


def is_elsewhere(share: str, settings: DeliverySettings) -> bool:
    """Return whether a ShareUNC is a share of a real server, and not folders of the store."""
    try:
        return _target(share_path(share), settings) is not None
    except ValueError:
        return False


def _to_share(unc: str, settings: ShareSettings, handing: Handing) -> None:
    from emulator.scan_server.delivery.smb import SmbFolder  # an extra, and slow to import
    from emulator.scan_server.delivery.smb_place import SmbPlace

    job = handing.job
    with SmbFolder(f"{unc}\\{safe_component(job.user.principal)}", settings, job.stop) as folder:
        stem = _stem(job)
        names = NumberedNames.behind(stem, folder.names(stem))
        with SmbPlace(folder) as place:
            for document in job.documents_in_order():
                name = partial(names.next, extension(document.format))
                handing.hand(document, place, name, partial(_put, folder, document))


def _put(folder: SmbFolder, document: StoredDocument, name: Callable[[], str]) -> str:
    return f"{folder.unc}\\{folder.put(document.file.path, name)}"


# Folders of the store


def _to_store(parts: tuple[str, ...], store: Store, handing: Handing) -> None:
    """Numbers go on behind those that the directory has. Raises OSError, NoteFailed, Stopped, DeliveryFailed."""
    job = handing.job
    folder = store.root.joinpath(*parts, safe_component(job.user.principal))
    giving = job.kept_by.documents_for(folder)
    kept = store.numbers.of(folder)
    names = kept.names(_stem(job))

    given: set[int] = set()

    def give(document: StoredDocument, name: Callable[[], str]) -> str:
        number = document.document_id
        # A second share gets a file of its own: whoever changes one must not change the other. So does a handler.
        own = bool(job.stored.get(number)) or handing.ask is not None
        path = giving.put(number, document.file.path, name, kept.taking, copy=own)
        given.add(number)
        return str(path)

    try:
        with giving, FolderPlace(folder) as place:
            for document in job.documents_in_order():
                if job.stop.is_set():
                    raise Stopped
                name = partial(names.next, extension(document.format))
                handing.hand(document, place, name, partial(give, document))
    except (OSError, MemoryError):
        kept.forget()  # a number may have been taken for nothing
        raise
    finally:
        for number in given.difference(number for number, _ in giving.lasting):
            handing.places.pop(number, None)
        for number, where in handing.places.items():
            job.stored.setdefault(number, []).append(Path(where))
