"""Kinds of exchanges that invariants look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from emulator.conformance.asked_peer import AskedPeer
from emulator.conformance.by_udp import answered_by_udp
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.names import DSC, DSP
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.subscribing import watched_job

Over = Callable[[Recording], Iterable[Exchange]]


def answers(recording: Recording) -> list[Exchange]:
    """Envelopes that answer right requests: responses and faults, of whatever service."""
    return [each for each in recording.rightly_asked if each.told is not None]


def responses(recording: Recording) -> list[Exchange]:
    """Those that are no faults."""
    return [each for each in answers(recording) if each.envelope.fault is None]


def faults(recording: Recording) -> list[Exchange]:
    """Faults that answer right requests of WS-DSP and WS-DSC."""
    return [each for each in answers(recording) if each.service and each.envelope.fault is not None]


def dsp_answers(recording: Recording) -> list[Exchange]:
    """The answers of WS-DSP."""
    return [each for each in answers(recording) if each.service == DSP]


def dsp_responses(recording: Recording) -> list[Exchange]:
    """The answers of WS-DSP, without faults."""
    return [each for each in responses(recording) if each.service == DSP]


def dsp_faults(recording: Recording) -> list[Exchange]:
    """The faults of WS-DSP."""
    return [each for each in faults(recording) if each.service == DSP]


def dsc_responses(recording: Recording) -> list[Exchange]:
    """The answers of WS-DSC, without faults."""
    return [each for each in responses(recording) if each.service == DSC]


def sender_faults(recording: Recording) -> list[Exchange]:
    """Faults of the code Sender."""
    return [each for each in faults(recording) if (fault := each.envelope.fault) and fault.code.local == "Sender"]


def other_faults(recording: Recording) -> list[Exchange]:
    """Faults of another code."""
    return [each for each in faults(recording) if (fault := each.envelope.fault) and fault.code.local != "Sender"]


def messages(recording: Recording) -> list[Exchange]:
    """All envelopes of the peer: answers, events, and what it announces by UDP."""
    announced = [each for each in recording.announcements if each.asked is not None]
    return [*answers(recording), *events(recording), *announced]


def by_http(over: Over) -> Over:
    """Those of them that came over HTTP."""
    return lambda recording: [each for each in over(recording) if not each.udp]


def by_udp(recording: Recording) -> list[Exchange]:
    """Exchanges by UDP in which something of the peer came, readable or not."""
    return [each for each in recording if each.udp and (each.incoming or each.own) and not each.wrong]


def events(recording: Recording) -> list[Exchange]:
    """Events that can be read."""
    return [each for each in recording.events if each.asked is not None]


def holding(over: Over, path: str) -> Over:
    """Those of them in which an XPath finds something."""
    return lambda recording: [each for each in over(recording) if said(each).all(path)]


def said(exchange: Exchange):  # type: ignore[no-untyped-def]
    """The envelope that the peer has sent in it: its answer, or its event."""
    if exchange.incoming:
        assert exchange.asked is not None
        return exchange.asked
    return exchange.envelope


# What brings such messages about


async def a_datagram(peer: AskedPeer[Any]) -> str:
    """A Probe by UDP."""
    peer.require_found()
    await answered_by_udp(peer)
    return ""


async def a_fault(peer: ScanServerPeer) -> str:
    """A question for a job that nobody has."""
    await peer.elements(peer.unknown_token())
    return ""


async def a_receiver_fault(peer: ScanServerPeer) -> str:
    """An image for a job that the server is at work on."""
    job = await peer.working_job()
    await peer.send_image(job.token, 99)
    return ""


async def a_dsc_answer(peer: ScanServerPeer) -> str:
    """A question for the state of the repository."""
    from emulator.conformance import requests

    await peer.ask(
        "GetRepositoryElements",
        requests.repository_elements(["dsc:RepositoryStatus", "dsc:RepositoryConfiguration"]),
        namespace=DSC,
    )
    await peer.ask("GetJobHistory", "<dsc:GetJobHistoryRequest/>", namespace=DSC)
    await peer.ask("GetActiveJobs", "<dsc:GetActiveJobsRequest/>", namespace=DSC)
    return ""


async def a_description(peer: ScanServerPeer) -> str:
    """A question for a job's description."""
    await peer.elements((await peer.open_job()).token, "dsp:JobStatus", "dsp:JobDescription")
    return ""


async def a_dsc_job(peer: ScanServerPeer) -> str:
    """A question of WS-DSC for all that is told of a job."""
    job = await peer.open_job()
    await peer.elements(job.token, "dsc:JobStatus", "dsc:JobDescription", "dsc:Documents", namespace=DSC)
    return ""


async def a_canceled_job(peer: ScanServerPeer) -> str:
    """A job that is cancelled."""
    await peer.canceled_job()
    return ""


async def a_watched_job(peer: ScanServerPeer) -> str:
    """A job whose events come."""
    await watched_job(peer)
    return ""


async def a_canceled_by_dsc(peer: ScanServerPeer) -> str:
    """A job that is cancelled by WS-DSC."""
    job = await peer.new_job()
    await peer.cancel(job.token, DSC)
    return ""
