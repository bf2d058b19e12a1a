"""The SharePoint filter: each document goes to each library, in a folder `user@domain` (SharePointConfig page)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from urllib.parse import quote, unquote

from emulator.dsm.scan_process import SharePointFilter
from emulator.dsm.states import FilterStateReason
from emulator.layers import Layers
from emulator.scan_server.delivery.dav_place import DavPlace
from emulator.scan_server.delivery.handing import Handing
from emulator.scan_server.delivery.numbers import NumberedNames, first_free
from emulator.scan_server.delivery.outcome import Delivery, DeliveryFailed, Stopped, own_detail, own_reason
from emulator.scan_server.delivery.settings import DeliverySettings, SharePointSettings, require_url
from emulator.scan_server.delivery.web_dav import DavFolder
from emulator.scan_server.jobs import Job
from emulator.scan_server.naming import document_stem, extension, safe_component
from emulator.scan_server.points import AskDelivery
from emulator.transport.url import read_url

_DIALECT = SharePointFilter.dialect


async def run_share_point(
    wanted: SharePointFilter,
    job: Job,
    settings: DeliverySettings | None,
    layers: Layers | None = None,
    ask: AskDelivery | None = None,
) -> list[Delivery]:
    """Deliver; what became of it for each library.

    - `wanted`: the filter, and its `job`.
    - `settings`: of the delivery file.
    - `layers`: of the exchanges.
    - `ask`: whoever handles DELIVERY; to be called in a thread.
    """
    found = []
    libraries = [each.strip() for each in wanted.sites]
    if wanted.save_to_my_site:
        pattern = None if settings is None else settings.my_site
        if pattern is None:
            detail = "the user's own library is not known: the delivery file (--delivery) has no my_site"
            found.append(_lost("MySite", FilterStateReason.SHAREPOINT_ACCESS_DENIED, detail))
        else:
            user, domain = (quote(each, safe="") for each in (job.user.name, job.user.domain))
            libraries.append(pattern.format(user=user, domain=domain))
    if not libraries and not found:
        return [_lost("", FilterStateReason.INVALID_ARGS, "the SharePoint filter saves nowhere")]
    for library in dict.fromkeys(libraries):
        found.append(await _deliver(library, job, settings, layers, ask))
    return found


async def _deliver(
    library: str,
    job: Job,
    settings: DeliverySettings | None,
    layers: Layers | None,
    ask: AskDelivery | None,
) -> Delivery:
    with Handing(job, library, ask) as handing:
        return await _handed(library, handing, settings, layers)


async def _handed(
    library: str, handing: Handing, settings: DeliverySettings | None, layers: Layers | None
) -> Delivery:
    job = handing.job
    try:
        require_url(library)
        target = _target(library, settings)
        if target is None:
            detail = "the delivery file (--delivery) has no [[sharepoint]] for this library"
            return _lost(library, FilterStateReason.SHAREPOINT_ACCESS_DENIED, detail)
        base, found = target
        folder = DavFolder(f"{base}/{quote(safe_component(job.user.principal), safe='@')}", found, job.stop, layers)
        try:
            async with asyncio.timeout(found.time_limit):
                await _send_all(job, folder, handing)
        finally:
            await folder.aclose()
    except ValueError as error:
        return _lost(library, FilterStateReason.INVALID_ARGS, str(error))
    except TimeoutError:
        reason, detail = FilterStateReason.UNKNOWN_ERROR, f"not done within {found.time_limit:g} s"
    except Stopped as error:
        reason, detail = FilterStateReason.UNKNOWN_ERROR, str(error)
    except DeliveryFailed as error:
        reason, detail = error.reason, str(error)
    except OSError as error:  # of a document's own file
        reason, detail = own_reason(error), own_detail(error)
    else:
        return handing.done(_DIALECT)
    return handing.failed(_DIALECT, reason, detail)


async def _send_all(job: Job, folder: DavFolder, handing: Handing) -> None:
    stem = document_stem(job.instructions.document_root_name, datetime.now().astimezone().date())
    names = await folder.names()
    if names is None and job.documents:
        suffix = extension(job.documents_in_order()[0].format)
        names_from = NumberedNames(stem, await first_free(stem, suffix, folder.has) - 1)
    else:
        names_from = NumberedNames.behind(stem, names or ())
    place = DavPlace(folder)
    for document in job.documents_in_order():
        name = partial(names_from.next, extension(document.format))
        if handing.ask is None:
            put = await folder.put(document.file.path, document.file.size, name)
            handing.places[document.document_id] = place.place(put)
        else:
            await asyncio.to_thread(handing.hand, document, place, name, partial(place.put, document))


def _lost(target: str, reason: FilterStateReason, detail: str) -> Delivery:
    return Delivery(_DIALECT, target, reason=reason, detail=detail)


def _target(library: str, settings: DeliverySettings | None) -> tuple[str, SharePointSettings] | None:
    """Where a library really is (a URL without a slash at its end), and how its server is spoken to: by the longest
    URL of the delivery file that it lies at or below. Raises ValueError for a path with `..` in it."""
    wanted = _parts(library)
    best: tuple[int, str, SharePointSettings] | None = None
    for each in () if settings is None else settings.sharepoint:
        known = _parts(each.url)
        if wanted[: len(known)] == known and (best is None or len(known) > best[0]):
            rest = "".join("/" + quote(part, safe="@!$&'()+,;=:") for part in wanted[len(known) :])
            best = len(known), _url(each.base) + rest, each
    return None if best is None else best[1:]


def _parts(url: str) -> list[str]:
    """Scheme, host and port, and the parts of the path, unquoted."""
    parts = read_url(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    path = [unquote(part) for part in parts.path.split("/") if part]
    if any(part in (".", "..") or "/" in part or "\\" in part for part in path):
        raise ValueError(f"{url[:80]!r}: the path of a library has no '..', and no slash within a part")
    return [parts.scheme, f"{parts.host}:{port}", *path]


def _url(base: str) -> str:
    """Each part quoted, without a slash at the end."""
    parts = read_url(base)
    path = "".join("/" + quote(unquote(part), safe="@!$&'()+,;=:") for part in parts.path.split("/") if part)
    return parts.origin + path
