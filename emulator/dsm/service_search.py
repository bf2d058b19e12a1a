"""The search for a scan server's WS-DSP service: directed Probe, Get, hosted services. No clock, no I/O.

Used like the sequencer (sequencer.py), with the rows Probe and Get of the same table; it ends with Found
or Failed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal

from emulator.dpws.constants import DISCOVERY_TO
from emulator.dpws.discovery import ProbeMatch
from emulator.dpws.metadata import Metadata
from emulator.dpws.probed import addresses_of, may_be_followed
from emulator.dsm.constants import DSP, PROCESSING_SERVICE_TYPE
from emulator.dsm.exchange_counts import ExchangeCounts
from emulator.dsm.outcome import Failure
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
from emulator.soap.deviations import Deviation
from emulator.soap.xml import QName

SearchStep = SendRequest | Wait | Found | Failed
SearchEvent = Answered | Trouble | Waited | Interrupted


class ServiceSearch:
    """From the URL of a scan server (`https://FQDN:5362/ScanServer`) to the address of its WS-DSP service.
    [discovery/directed/device-probes-its-scan-server]
    [dsp/sequence/directed-probe] [dsp/sequence/get-from-that-address] [dsp/address/port-and-path]"""

    def __init__(self, server_url: str, counts: ExchangeCounts | None = None) -> None:
        self.notices: list[tuple[Operation, Deviation]] = []
        """What the server did that the documents do not allow, beyond the content of its messages."""
        self.counts = counts or ExchangeCounts()
        self._server_url = server_url
        self._phase = Phase.PROBE
        self._tries = 0
        self._addresses: deque[tuple[str, str]] = deque()  # (wsa:To, URL) still to be asked for metadata
        self._address = ("", "")

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
            return SendRequest(Operation.PROBE, self._server_url, DISCOVERY_TO, limit=PROBE_LIMIT, again=again)
        return SendRequest(Operation.GET, self._address[1], self._address[0], again=again)

    def _probed(self, matches: tuple[ProbeMatch, ...]) -> SearchStep:
        if not matches:
            self._notice("probe-unanswered", "ProbeMatches without a match")
        self._addresses.extend(addresses_of(matches, self._server_url, self._usable))
        return self._next_address()

    def _next_address(self) -> SendRequest:
        self._phase, self._tries = Phase.GET, 0
        self._address = self._addresses.popleft()
        return self._exchange()

    def _described(self, metadata: Metadata) -> SearchStep:
        """The service with a type in the dsp namespace, whatever its local name.
        [notes/silent/dsp-service-by-namespace] [notes/c-37/addresses-from-the-metadata]
        [dsp/address/types-in-the-namespace] [dsp/address/service-from-the-metadata]"""
        services = metadata.services_in(DSP)
        for service in services:
            for address in service.addresses:
                if self._usable(address):
                    return Found(address, service.parameters_of(address))
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

    def _usable(self, url: str) -> bool:
        """Whether an address that the server has told may be followed; otherwise that is noted.
        [dsp/security/https] [dsp/security/dpws-security-model]"""
        if may_be_followed(url, self._server_url):
            return True
        self._notice("address-scheme", url)
        return False

    def _notice(self, id: str, detail: str) -> None:
        operation = OPERATIONS[self._phase]
        self.notices.append((operation, Deviation(id, str(operation), detail[:200])))

    def _trouble(self, trouble: Trouble) -> SearchStep:
        self.counts.dropped += trouble.result in (Result.PARTLY_SENT, Result.UNANSWERED)
        reaction = RULES[self._phase][trouble.result]
        if self._phase is Phase.PROBE and reaction is Reaction.NEXT_ADDRESS:
            self._notice("probe-unanswered", trouble.reason)
            self._addresses.append((self._server_url, self._server_url))
        if reaction in (Reaction.NEXT_ADDRESS, Reaction.RETRY_ADDRESS) and self._addresses:
            return self._next_address()
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
