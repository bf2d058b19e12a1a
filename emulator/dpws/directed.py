"""The stable discovery path of a host with many targets: one directed Probe asks for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator.dpws.call import Call
from emulator.dpws.discovery import probe_matches, read_probe
from emulator.dpws.host_service import PROBES, reached_at
from emulator.dpws.matching import is_match, matching_rule_not_supported
from emulator.dpws.target import Target
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault, FaultError, action_not_supported, endpoint_unavailable, not_well_formed


class DirectedProbe:
    """Answers with every target that matches.
    [discovery/directed/stable-endpoint] [discovery/directed/answer-with-200]
    [discovery/directed/empty-probe-answered] [discovery/match/no-match-over-http]
    [wsdapi/wsdbit/directed-empty-probe]"""

    def __init__(self, targets: Sequence[Target], base_url: str, *, prefixes: Mapping[str, str]) -> None:
        """`targets`: at least one; `base_url`: for who does not say how he reached us."""
        self._targets = targets
        self._base_url = base_url
        self._prefixes = prefixes

    async def __call__(self, call: Call) -> Message:
        """Raises FaultError and ContentError."""
        await call.incoming.rest()
        if call.message.action not in PROBES:
            raise FaultError(action_not_supported(call.message.action))
        asked = read_probe(call.message, call.content)
        base_url = reached_at(call.incoming.request, self._base_url)
        found = []
        for target in self._targets:
            matches = is_match(asked, target.types, target.scopes)
            if matches is None:
                raise FaultError(matching_rule_not_supported(asked.version))
            if matches:
                found.append(target)
        # One message has one AppSequence: that of the first of whom it tells.
        sequence = (found or self._targets)[0].next_sequence()
        matches_ = [target.match(base_url) for target in found]
        return probe_matches(call.message, matches_, sequence, version=asked.version, prefixes=self._prefixes)

    def invalid(self, argument: str) -> Fault:
        """DPWS has no fault of its own for content: soap:Sender."""
        return not_well_formed(argument)

    def internal_error(self) -> Fault:
        """soap:Receiver."""
        return Fault("Receiver", None, "The service had an unexpected error.")

    def temporary_error(self) -> Fault:
        """wsa:EndpointUnavailable. [addressing/fault/endpoint-unavailable]"""
        return endpoint_unavailable()
