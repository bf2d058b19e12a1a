"""What the control API can have done at a device, but for post-scan jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from emulator.device.scanner import LANGUAGE, VirtualScanner
from emulator.environment.exit_codes import LabError
from emulator.imaging.decoding.limits import PageLimits
from emulator.jobs.documents import document_source
from emulator.soap.fault import not_in_xml
from emulator.wsscan.values.status import Component, ConditionName, LocalizedText, Severity
from emulator.wsscan.xml.settings import MAX_STRING

E = TypeVar("E", bound=StrEnum)


class BadRequest(ValueError):
    """The request cannot be understood. `str()` is one line."""


Action = Callable[[VirtualScanner, Mapping[str, Any]], Awaitable[None]]


def require_text(request: Any, field: str = "") -> None:
    """Raise BadRequest for a text anywhere in a request, or a field's name, that no message can hold: JSON has
    escapes for halves of surrogate pairs, which have no form in UTF-8, and for controls, which XML 1.0 has not."""
    if isinstance(request, str) and (found := not_in_xml(request)):
        where = f"{field}: " if field and not not_in_xml(field) else ""
        raise BadRequest(f"{where}{found} is no character of XML 1.0: no message can hold it")
    if isinstance(request, Mapping):
        for name, value in request.items():
            require_text(name)
            require_text(value, field or name)
    elif isinstance(request, list):
        for value in request:
            require_text(value, field)


def known_fields(request: Mapping[str, Any], *names: str) -> None:
    """Raise BadRequest for a field that is none of `names`, and for a text that no message can hold: before
    anything is changed."""
    require_text(request)
    for name in request:
        if name not in names:
            raise BadRequest(f"{name!r} is no field of this action; there are: {', '.join(names) or 'none'}")


def _one_of(request: Mapping[str, Any], name: str, kind: type[E]) -> E | None:
    """A keyword in any case; None where it is not given."""
    value = request.get(name)
    if value is None:
        return None
    found = {each.casefold(): each for each in kind}.get(value.casefold()) if isinstance(value, str) else None
    if found is None:
        raise BadRequest(f"{name} is one of {', '.join(kind)}, not {value!r}")
    return found


def _flag(request: Mapping[str, Any], name: str, *, otherwise: bool) -> bool:
    value = request.get(name, otherwise)
    if not isinstance(value, bool):
        raise BadRequest(f"{name} is true or false")
    return value


async def _load(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    """Sheets of letters or files or of a document set into the feeder, or a file onto the platen or into the film
    holder; `replace`: for what is there."""
    known_fields(
        request,
        "sheets",
        "files",
        "documents",
        "seed",
        "two_sided",
        "platen",
        "film",
        "replace",
        "page_seconds",
        "page_memory",
    )
    sheets, files, documents = request.get("sheets"), request.get("files"), request.get("documents")
    if documents is not None:
        if files is not None or not isinstance(documents, str):
            raise BadRequest("documents is the name or the file of a document set, and files do not go with it")
    elif (sheets is None) == (files is None):
        raise BadRequest("give sheets (how many letters), files or documents")
    if files is not None and not (isinstance(files, list) and files and all(isinstance(f, str) for f in files)):
        raise BadRequest("files is a list of paths")
    if sheets is not None and (not isinstance(sheets, int) or isinstance(sheets, bool)):
        raise BadRequest("sheets is a whole number")
    platen, film = _flag(request, "platen", otherwise=False), _flag(request, "film", otherwise=False)
    if platen and film:
        raise BadRequest("platen or film, not both")
    if platen or film:
        if files is None or len(files) != 1:
            raise BadRequest(f"one file goes {'into the film holder' if film else 'onto the platen'}")
        await scanner.place_file(Path(files[0]), film=film, limits=_limits(scanner, request))
        return
    if _flag(request, "replace", otherwise=False):
        scanner.empty_feeder()
    if documents is not None:
        await _load_documents(scanner, request, documents, sheets)
    elif files is not None:
        two_sided = _flag(request, "two_sided", otherwise=False)
        await scanner.load_files([Path(f) for f in files], two_sided=two_sided, limits=_limits(scanner, request))
    elif sheets:
        scanner.load_letters(sheets)


def _limits(scanner: VirtualScanner, request: Mapping[str, Any]) -> PageLimits:
    """The scanner's, with what a request says: `page_seconds`, and `page_memory` in octets."""
    values = {
        "seconds": request.get("page_seconds", scanner.page_limits.seconds),
        "memory": request.get("page_memory", scanner.page_limits.memory),
    }
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values.values()):
        raise BadRequest("page_seconds is a number of seconds, page_memory one of octets")
    try:
        return PageLimits(float(values["seconds"]), int(values["memory"]))
    except (ValueError, OverflowError) as error:
        raise BadRequest(str(error)) from None


async def _load_documents(
    scanner: VirtualScanner, request: Mapping[str, Any], documents: str, sheets: int | None
) -> None:
    """A document set once, or so many sheets of it."""
    seed = request.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise BadRequest("seed is a whole number")
    two_sided = _flag(request, "two_sided", otherwise=False)
    pages = None if sheets is None else sheets * (2 if two_sided else 1)
    try:
        source = await asyncio.to_thread(document_source, documents, seed=seed, pages=pages)
    except (LabError, ValueError) as error:
        raise BadRequest(str(error)) from None
    scanner.load_pages(source, two_sided=two_sided)


async def _open(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    known_fields(request, "component")
    scanner.open(_one_of(request, "component", Component))


async def _close(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    known_fields(request, "component")
    scanner.close(_one_of(request, "component", Component))


async def _jam(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    known_fields(request, "component")
    scanner.jam(_one_of(request, "component", Component))


async def _condition(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    """Any condition on or off."""
    known_fields(request, "name", "on", "component", "severity")
    name = _one_of(request, "name", ConditionName)
    if name is None:
        raise BadRequest(f"name is one of {', '.join(ConditionName)}")
    component = _one_of(request, "component", Component)
    if _flag(request, "on", otherwise=True):
        scanner.set_condition(name, component, _one_of(request, "severity", Severity))
    else:
        scanner.clear_condition(name, component)


async def _clear(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    known_fields(request)
    scanner.clear()


async def _reset(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    known_fields(request)
    await scanner.reset()


async def _cancel(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    """A scan job, or all, at the panel."""
    known_fields(request, "job_id")
    job_id = request.get("job_id")
    if job_id is not None and (not isinstance(job_id, int) or isinstance(job_id, bool)):
        raise BadRequest("job_id is a whole number")
    if not await scanner.cancel_at_panel(job_id):
        raise BadRequest("there is no such scan job to cancel" if job_id else "there is no scan job to cancel")


async def _describe(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    """Another ScannerDescription; what is not given stays as it is, an empty `info` or `location` goes."""
    known_fields(request, "name", "info", "location")
    for field, value in request.items():
        if not isinstance(value, str) or len(value) > MAX_STRING:
            raise BadRequest(f"{field} is a text of at most {MAX_STRING} characters")
    if request.get("name") == "":
        raise BadRequest("a device has a name")
    texts = {field: (LocalizedText(value, LANGUAGE),) if value else () for field, value in request.items()}
    if "name" in texts:
        texts["names"] = texts.pop("name")
    scanner.change_description(replace(scanner.description, **texts))


ACTIONS: Final[Mapping[str, Action]] = {
    "load": _load,
    "open": _open,
    "close": _close,
    "jam": _jam,
    "condition": _condition,
    "clear": _clear,
    "reset": _reset,
    "cancel": _cancel,
    "describe": _describe,
}
