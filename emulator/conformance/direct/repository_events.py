"""WS-Eventing at the WS-DSC service: what tells of the repository, and of its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.conformance import requests
from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import DSC, UNSUBSCRIBE, WSE
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.subscribing import asked
from emulator.conformance.verdict import Departure, NotRun

SUMMARY: Final = "RepositoryStatusSummaryEvent"
OF_JOBS: Final = ("PostScanJobStatusEvent", "PostScanJobEndStateEvent")
ACTIONS: Final = tuple(f"{DSC}/{each}" for each in (SUMMARY, *OF_JOBS))


@dataclass(frozen=True, slots=True)
class _Told:
    """The answer to Subscribe, and what came then."""

    answer: Exchange
    events: list[Exchange]

    def of(self, *names: str) -> list[Exchange]:
        """The events of those names. Raises Departure where there is none."""
        found = [each for each in self.events if each.operation in names]
        if not found:
            raise Departure(f"no {' and no '.join(names)}", "one", [self.answer, *self.events[:3]])
        return found


async def _told(peer: ScanServerPeer) -> _Told:
    """What WS-DSC tells of a job that is run, and of the repository meanwhile, which has no other job then."""

    async def make() -> _Told:
        sink = peer.require_sink()
        await peer.clear_away()
        asking = requests.repository_elements(["dsc:RepositoryStatus"])
        status = await peer.ask("GetRepositoryElements", asking, namespace=DSC)
        state = expect(status).answer().text("//dsc:RepositoryState")
        if state != "Idle":
            raise NotRun(
                f"the repository is {state}: others are at work there, and its status stays as it is", [status]
            )
        notify_to, service = sink.address(), peer.require_configuration()
        octets = requests.subscribe(service, notify_to, ACTIONS)
        answer = await peer.speaker.send(service, octets, operation="Subscribe")
        told = expect(answer).response("SubscribeResponse", WSE)
        manager = told.text("//wse:SubscriptionManager/wsa:Address") or service
        block = f"<wse:Identifier>{told.text('//wse:Identifier')}</wse:Identifier>"
        ending = requests.envelope(manager, UNSUBSCRIBE, "<wse:Unsubscribe/>", headers=block)
        peer.later(lambda: peer.speaker.send(manager, ending, operation="Unsubscribe"))
        await peer.whole_job(1)
        await sink.wait(notify_to, OF_JOBS[1], peer.limits.event)
        await sink.wait(notify_to, SUMMARY, peer.limits.event)
        return _Told(answer, sink.at(notify_to))

    return await peer.situation("a job whose events WS-DSC sends", make)


async def _summaries(peer: ScanServerPeer) -> list[Exchange]:
    return (await _told(peer)).of(SUMMARY)


@check("bdsrr/3.2.4.7/sent-to-all-subscribers")
async def summary_is_sent(peer: ScanServerPeer) -> str:
    """A job makes the repository's status change, and the event tells it."""
    return f"{len(await _summaries(peer))} events"


@check("bdsrr/3.2.4.7/one-status-summary")
async def one_summary(peer: ScanServerPeer) -> None:
    """RepositoryStatusSummaryEvent has one StatusSummary."""
    for each in await _summaries(peer):
        count = len(asked(each).all("//dsc:StatusSummary"))
        require(count == 1, f"{count} StatusSummary", "one", [each])


@check("bdsrr/3.2.4.7/state")
async def summary_state(peer: ScanServerPeer) -> None:
    """StatusSummary holds RepositoryState."""
    for each in await _summaries(peer):
        state = asked(each).text("//dsc:StatusSummary/dsc:RepositoryState")
        require(bool(state), "no RepositoryState", "RepositoryState", [each])


@check("bdsrr/3.2.4.7/reasons")
async def summary_reasons(peer: ScanServerPeer) -> None:
    """Where StatusSummary has reasons, they are not empty."""
    for each in await _summaries(peer):
        for reasons in asked(each).all("//dsc:RepositoryStateReasons"):
            held = reasons.findall(f"{{{DSC}}}RepositoryStateReason")
            require(bool(held), "RepositoryStateReasons without a reason", "one or more", [each], reasons)


@check("dsp/event/same-jobs-as-wsdsc")
async def jobs_by_dsc(peer: ScanServerPeer) -> None:
    """Whether WS-DSC tells of jobs by events of its own."""
    for each in (await _told(peer)).of(*OF_JOBS):
        name = asked(each).body_name
        require(name.namespace == DSC, f"the body {name}", "a body of WS-DSC", [each])
