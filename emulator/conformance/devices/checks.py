"""How checks of devices are registered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from emulator.conformance.check import Direct, Invariant, Over, Subject
from emulator.conformance.check import check as _check
from emulator.conformance.check import invariant as _invariant
from emulator.conformance.devices.asked_device import CONFIGURATION, DEFAULT_TICKET, DESCRIPTION, STATUS
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.exchange import Exchange

Says = Callable[[Any, Exchange], str | None]
"""Looks at an element that the device has told of itself, and at the exchange that brought it."""


def check(*ids: str, hostile: bool = False, slow: bool = False) -> Callable[[Direct], Direct]:
    """The function asks the device by itself; the rest as of check.check."""
    return _check(*ids, hostile=hostile, slow=slow, of=Subject.DEVICE)


def invariant(*ids: str, over: Over, provoke: Direct | None = None) -> Callable[[Invariant], Invariant]:
    """The function looks at exchanges that were recorded; the rest as of check.invariant."""
    return _invariant(*ids, over=over, provoke=provoke, of=Subject.DEVICE)


def of_section(section: str, *ids: str) -> Callable[[Says], Says]:
    """The function looks at one section of what the device says of itself."""

    def register(function: Says) -> Says:
        @wraps(function)
        async def asked(peer: DevicePeer) -> str | None:
            return function(*await peer.section(section))

        check(*ids)(asked)
        return function

    return register


def in_description(*ids: str) -> Callable[[Says], Says]:
    """The section is wscn:ScannerDescription."""
    return of_section(DESCRIPTION, *ids)


def in_configuration(*ids: str) -> Callable[[Says], Says]:
    """The section is wscn:ScannerConfiguration."""
    return of_section(CONFIGURATION, *ids)


def in_status(*ids: str) -> Callable[[Says], Says]:
    """The section is wscn:ScannerStatus."""
    return of_section(STATUS, *ids)


def in_default_ticket(*ids: str) -> Callable[[Says], Says]:
    """The section is wscn:DefaultScanTicket."""
    return of_section(DEFAULT_TICKET, *ids)


SECTIONS: Final = (DESCRIPTION, CONFIGURATION, STATUS, DEFAULT_TICKET)
"""[wscn/get-scanner-elements/sections]"""
