"""What the control API can have done at a device, but for post-scan jobs: which fields a request may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.device.scanner import VirtualScanner
from emulator.environment.option_model import OptionField, fields_of
from emulator.jobs.front_panel import FrontPanel
from emulator.options.press import ACTIONS
from emulator.soap.fault import not_in_xml


class BadRequest(ValueError):
    """The request cannot be understood. `str()` is one line."""


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


async def do_action(scanner: VirtualScanner, name: str, request: Mapping[str, Any]) -> None:
    """Have the action of that name done, with what the request says; a field that is null is not given. Raises
    BadRequest, WrongOption, KeyError for another name, and what FrontPanel raises."""
    require_text(request)
    known_fields(request, fields_of(ACTIONS[name]).values(), name)
    await FrontPanel(scanner).do(name, request)


def require_action(name: str, request: Mapping[str, Any]) -> None:
    """Raise BadRequest and WrongOption for what no device could be asked by that name."""
    require_text(request)
    known_fields(request, fields_of(ACTIONS[name]).values(), name)
    needed = {each.name: None for each in fields_of(ACTIONS[name]).values() if each.required}
    ACTIONS[name].of(**needed | {key: value for key, value in request.items() if value is not None})


def known_fields(request: Mapping[str, Any], fields: Iterable[OptionField], action: str) -> None:
    """Raise BadRequest for a field that the action has not: before anything is changed."""
    names = [each.option if each.within else each.name for each in fields]
    for name in request:
        if name not in names:
            raise BadRequest(f"{name!r} is no field of {action}; there are: {', '.join(names) or 'none'}")
