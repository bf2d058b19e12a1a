"""Scans that are begun at the panel for a PC: what `press start --to` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from emulator.device.destinations import NoSuchDestination
from emulator.environment.option_model import fields_of
from emulator.options.press import ScanToAction
from emulator.panel.actions import BadRequest, known_fields
from emulator.panel.drivable import Drivable


def destinations(device: Drivable) -> list[dict[str, str]]:
    """Return what subscribers offer: `display_name` and `client_context` of each."""
    return [asdict(each) for each in device.destinations.choices]


def start_to(device: Drivable, request: Mapping[str, Any]) -> dict[str, str]:
    """Tell the PC whose destination `to` names; what it was told. It is for the PC to create the scan job. Raises
    BadRequest, NotAcceptingJobs."""
    known_fields(request, fields_of(ScanToAction).values(), "start to a PC")
    asked = ScanToAction.of(**request)
    try:
        return {"to": asked.to, "scan_identifier": device.scan_to(asked.to)}
    except NoSuchDestination as error:
        raise BadRequest(str(error)) from None
