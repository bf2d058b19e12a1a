"""What the control API can have done at a device, but for post-scan jobs: which fields a request may have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from emulator.device.scanner import VirtualScanner
from emulator.jobs.front_panel import FrontPanel, Load
from emulator.soap.fault import not_in_xml


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


def _given(request: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The fields; one that is null is not given."""
    known_fields(request, *names)
    return {name: value for name, value in request.items() if value is not None}


async def _load(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    await FrontPanel(scanner).load(Load(**_given(request, *Load.__slots__)))


async def _open(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    FrontPanel(scanner).open(**_given(request, "component"))


async def _close(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    FrontPanel(scanner).close(**_given(request, "component"))


async def _jam(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    FrontPanel(scanner).jam(**_given(request, "component"))


async def _condition(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    given = {"name": None, **_given(request, "name", "on", "component", "severity")}
    FrontPanel(scanner).condition(**given)


async def _clear(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    known_fields(request)
    FrontPanel(scanner).clear()


async def _reset(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    known_fields(request)
    await FrontPanel(scanner).reset()


async def _cancel(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    await FrontPanel(scanner).cancel(**_given(request, "job_id"))


async def _describe(scanner: VirtualScanner, request: Mapping[str, Any]) -> None:
    known_fields(request, "name", "info", "location")
    FrontPanel(scanner).describe(**request)


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
