"""The search of a job for a scan server's WS-DSP service: directed Probe, Get, hosted services. No clock, no I/O.

Where is asked the search for metadata says (`emulator/dpws/metadata_search.py`); how often, and what each failure
means, the rows Probe and Get of the sequencer's table. It is used like the sequencer (sequencer.py), and ends with
Found or Failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from emulator.dpws.constants import DISCOVERY_TO
from emulator.dpws.discovery import ProbeMatch
from emulator.dpws.metadata import Metadata
from emulator.dpws.metadata_search import MetadataAddress, MetadataSearch, addresses_of_service
from emulator.dsm.constants import DSP, PROCESSING_SERVICE_TYPE
from emulator.dsm.outcome import Failure
from emulator.dsm.request_counts import RequestCounts
from emulator.dsm.sequence_steps import (
    FAILURES,
    OPERATIONS,
    Answered,
    Failed,
    Found,
    Interrupted,
    Operation,
    SendRequest,
    Trouble,
    Wait,
    Waited,
    pause_before_retry,
)
from emulator.dsm.sequence_table import PROBE_LIMIT, RULES, TRIES, Phase, Reaction, Result
from emulator.soap.deviations import Deviations
from emulator.soap.xml import QName

SearchStep = SendRequest | Wait | Found | Failed
SearchEvent = Answered | Trouble | Waited | Interrupted


class ServiceSearch:
    """From the URL of a scan server (`https://FQDN:5362/ScanServer`) to the address of its WS-DSP service.
    [discovery/directed/device-probes-its-scan-server]
    [dsp/sequence/directed-probe] [dsp/sequence/get-from-that-address] [dsp/address/port-and-path]"""

    def __init__(self, server_url: str, counts: RequestCounts | None = None) -> None:
        self.counts = counts or RequestCounts()
        self._metadata = MetadataSearch(server_url)
        self._phase = Phase.PROBE
        self._tries = 0
        self._address = MetadataAddress("", server_url)

    @property
    def deviations(self) -> Deviations:
        """What the server did that the documents do not allow, beyond the content of its messages; the place is the
        operation."""
        return self._metadata.deviations

    def start(self) -> SearchStep:
        """The first step: the directed Probe."""
        return self._exchange()

    def feed(self, event: SearchEvent) -> SearchStep:
        """Tell what came of the last step."""
        match event:
            case Waited():
                return self._exchange()
            case Interrupted():
                return Failed(Failure.INTERRUPTED, OPERATIONS[self._phase], "interrupted")
            case Trouble():
                return self._trouble(event)
            case Answered(_, objection) if objection:
                return self._fail(Trouble(Result.NONSENSE, objection))
            case Answered(content):
                if self._phase is Phase.PROBE and isinstance(content, tuple):
                    return self._probed(content)
                if self._phase is Phase.GET and isinstance(content, Metadata):
                    return self._described(content)
        raise AssertionError(f"{event} in {self._phase}")

    def _exchange(self) -> SendRequest:
        self._tries += 1
        again: Literal["", "retry"] = "retry" if self._tries > 1 else ""
        self.counts.sent(again=again, poll=False)
        if self._phase is Phase.PROBE:
            return SendRequest(Operation.PROBE, self._metadata.url, DISCOVERY_TO, limit=PROBE_LIMIT, again=again)
        return SendRequest(Operation.GET, self._address.url, self._address.endpoint, again=again)

    def _probed(self, matches: tuple[ProbeMatch, ...]) -> SearchStep:
        self._metadata.matched(matches)
        step = self._next_address()
        assert step is not None, "the URL that was probed is one"
        return step

    def _next_address(self) -> SendRequest | None:
        address = self._metadata.next_address()
        if address is None:
            return None
        self._phase, self._tries, self._address = Phase.GET, 0, address
        return self._exchange()

    def _described(self, metadata: Metadata) -> SearchStep:
        """The service with a type in the dsp namespace, whatever its local name.
        [notes/silent/dsp-service-by-namespace] [notes/c-37/addresses-from-the-metadata]
        [dsp/address/types-in-the-namespace] [dsp/address/service-from-the-metadata]"""
        services = metadata.services_in(DSP)
        for service in services:
            if found := addresses_of_service(service, self._address.url, self.deviations):
                return Found(found[0].url, found[0].parameters)
        if services:
            reason = (
                f"the WS-DSP service has no address that can be used ({services[0].address}); "
                "name the service URL itself to use it all the same"
            )
        elif metadata.hosted:
            reason = _no_service([name for service in metadata.hosted for name in service.types])
        else:
            reason = "the host names no services"
        return self._trouble(Trouble(Result.NONSENSE, reason))

    def _trouble(self, trouble: Trouble) -> SearchStep:
        self.counts.dropped += trouble.result in (Result.PARTLY_SENT, Result.UNANSWERED)
        reaction = RULES[self._phase][trouble.result]
        if self._phase is Phase.PROBE and reaction is Reaction.NEXT_ADDRESS:
            self._metadata.unanswered(trouble.reason)
        if reaction in (Reaction.NEXT_ADDRESS, Reaction.RETRY_ADDRESS) and (step := self._next_address()):
            return step
        if reaction in (Reaction.RETRY, Reaction.RETRY_ADDRESS) and self._tries < TRIES:
            return Wait(pause_before_retry(self._tries, trouble))
        return self._fail(trouble)

    def _fail(self, trouble: Trouble) -> Failed:
        return Failed(FAILURES[trouble.result], OPERATIONS[self._phase], trouble.reason, fault=trouble.fault)


def _no_service(types: Sequence[QName]) -> str:
    """Names alone mislead: a service that calls itself ours in a namespace that is not looks right."""
    misnamed = next((name for name in types if name.local == PROCESSING_SERVICE_TYPE.local), None)
    if misnamed is not None:
        return (
            f"the host has no WS-DSP service: its {misnamed.local} is of the namespace {misnamed.namespace[:200]}, "
            f"not of {DSP}"
        )
    named = ", ".join(f"{name.local} of {name.namespace}" for name in types)
    return f"the host has no WS-DSP service, only {named[:300] or 'services without types'}"
