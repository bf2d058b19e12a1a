"""The ticket that a device would use by itself (docs/protocol/ws-scan.md, section 3)."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, Final

from lxml import etree

from emulator.conformance.devices.asked_device import CONFIGURATION, DEFAULT_TICKET, NO_IMAGES
from emulator.conformance.devices.checks import check, in_default_ticket
from emulator.conformance.devices.configuration import number
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import child, require_children, text
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import WSCN

MUST_HONOR: Final = ("MustHonor", f"{{{WSCN}}}MustHonor")
OPTIONS: Final = (
    "Format",
    "ImagesToTransfer",
    "InputSource",
    "ContentType",
    "InputSize",
    "Exposure",
    "Scaling",
    "Rotation",
)
"""Of DocumentParameters, that every device supports in one value at least."""


@in_default_ticket("wscn/default-scan-ticket/every-option")
def every_option(ticket: Any, exchange: Exchange) -> None:
    """DefaultScanTicket holds a value for every option."""
    parameters = child(ticket, "DocumentParameters")
    require(parameters is not None, "no DocumentParameters", "DocumentParameters", [exchange], ticket)
    missing = [each for each in OPTIONS if child(parameters, each) is None]
    front = parameters.find(f"{{{WSCN}}}MediaSides/{{{WSCN}}}MediaFront")
    missing += [
        f"MediaFront/{each}"
        for each in ("ColorProcessing", "Resolution")
        if front is None or child(front, each) is None
    ]
    require(not missing, f"no {', '.join(missing)}", "a value for every option", [exchange], parameters)


@in_default_ticket("wscn/must-honor/only-in-submitted-tickets")
def no_must_honor(ticket: Any, exchange: Exchange) -> None:
    """No element of DefaultScanTicket has MustHonor."""
    for each in ticket.iter(etree.Element):
        marked = any(each.get(name) is not None for name in MUST_HONOR)
        require(not marked, "MustHonor", "none in a DefaultScanTicket", [exchange], each)


@in_default_ticket("wscn/default-scan-ticket/names")
def names(ticket: Any, exchange: Exchange) -> str:
    """JobName and JobOriginatingUserName of the device's own choice are there."""
    description = child(ticket, "JobDescription")
    require(description is not None, "no JobDescription", "JobDescription", [exchange], ticket)
    optional = ("JobInformation",)
    require_children(description, ("JobName", "JobOriginatingUserName", *optional), exchange, optional)
    return f"JobName {text(child(description, 'JobName'))!r}"


@check("wscn/ticket/contrast")
async def contrast(peer: DevicePeer) -> None:
    """Contrast of -1000 and 1000 makes no ticket invalid, where the device has it."""
    await _exposure(peer, "Contrast", (-1000, 1000) if (await peer.configuration()).contrast else (0,))


@check("wscn/ticket/brightness")
async def brightness(peer: DevicePeer) -> None:
    """Brightness of -1000 and 1000 makes no ticket invalid, where the device has it."""
    await _exposure(peer, "Brightness", (-1000, 1000) if (await peer.configuration()).brightness else (0,))


@check("wscn/ticket/sharpness")
async def sharpness(peer: DevicePeer) -> None:
    """Sharpness of 0 makes no ticket invalid."""
    await _exposure(peer, "Sharpness", (0,))


async def _exposure(peer: DevicePeer, name: str, values: tuple[int, ...]) -> None:
    plain = await peer.ticket()
    for value in values:
        answer = await peer.validate(_with_exposure(plain, name, value))
        told = expect(answer).response("ValidateScanTicketResponse", WSCN).text("//wscn:ValidTicket")
        if told not in ("1", "true"):
            await peer.require_ordinary_is_valid()
        require(told in ("1", "true"), f"{name} {value} makes ValidTicket {told}", "true", [answer])


def _with_exposure(plain: Ticket, name: str, value: int) -> Ticket:
    return replace(plain, exposure=((name, value),))


@check("wscn/ticket/film-scan-mode-not-applicable")
async def film_scan_mode(peer: DevicePeer) -> str:
    """NotApplicable is not in the list of what the film unit supports."""
    configuration, exchange = await peer.section(CONFIGURATION)
    await peer.require_film()
    told = [text(each) for each in configuration.iter(f"{{{WSCN}}}FilmScanModeValue")]
    require("NotApplicable" not in told, "FilmScanModeValue NotApplicable", "none", [exchange], configuration)
    return ", ".join(told)


@check("wscn/default-scan-ticket/can-be-submitted")
async def can_be_submitted(peer: DevicePeer) -> str:
    """DefaultScanTicket makes a job as it is; where the feeder it names is empty, nothing else is said of it."""
    ticket, exchange = await peer.section(DEFAULT_TICKET)
    same = copy.deepcopy(ticket)
    same.tag = f"{{{WSCN}}}ScanTicket"
    octets = etree.tostring(same, with_tail=False).decode()
    if text(same.find(f".//{{{WSCN}}}InputSource")).startswith("ADF"):
        await peer.feed()
    # It is the device's own ticket: what is wrong with it is no mistake of the judge's.
    answer = await peer.ask(
        "CreateScanJob", f"<wscn:CreateScanJobRequest>{octets}</wscn:CreateScanJobRequest>", wrong=True
    )
    told = expect(answer).answer("CreateScanJobResponse")
    if told.fault is not None and told.fault.subcode == NO_IMAGES:
        return "its feeder is empty"
    peer.require_not_busy(answer)
    if told.fault is not None:
        raise expect(answer).departs("CreateScanJobResponse", place=exchange.envelope.root)
    id = number(told.body.find(f"{{{WSCN}}}JobId")) if told.body is not None else None
    if id is not None:
        await peer.cancel(id)
    return "a job was made by it"
