"""Kinds of exchanges with a device that invariants look at, and what brings them about."""

from __future__ import annotations

from emulator.conformance.devices.asked_device import CONFIGURATION, DEFAULT_TICKET, DESCRIPTION, STATUS
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.kinds import answers, messages, said
from emulator.conformance.names import DSD, WSCN


def packages(recording: Recording) -> list[Exchange]:
    """Answers that are MIME packages."""
    return [each for each in answers(recording) if each.parts]


def documented(recording: Recording) -> list[Exchange]:
    """Messages whose Body is of WS-Scan or WS-DSD."""
    return [each for each in messages(recording) if said(each).body_name.namespace in (WSCN, DSD)]


def scan_responses(recording: Recording) -> list[Exchange]:
    """Answers of WS-Scan without faults."""
    return [each for each in answers(recording) if each.service == WSCN and each.envelope.fault is None]


def scan_faults(recording: Recording) -> list[Exchange]:
    """Faults of WS-Scan."""
    return [each for each in answers(recording) if each.service == WSCN and each.envelope.fault is not None]


async def a_fault(peer: DevicePeer) -> str:
    """A question for a job that nobody has."""
    await peer.job_elements(peer.unknown_job())
    return ""


async def a_receiver_fault(peer: DevicePeer) -> str:
    """The cancel of a job that has ended."""
    await peer.cancel((await peer.ended_job()).id)
    return ""


async def a_job_under_way(peer: DevicePeer) -> str:
    """Questions for the scanner and for a job, while that waits for its client."""
    job = await peer.new_job()
    await peer.job_elements(job.id)
    await peer.scanner_elements(DESCRIPTION, CONFIGURATION, STATUS, DEFAULT_TICKET)
    await peer.cancel(job.id)
    job.over = True
    return ""


async def a_package(peer: DevicePeer) -> str:
    """An image."""
    await peer.ended_job()
    return ""
