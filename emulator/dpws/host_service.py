"""The host of hosted services: it answers a directed Probe, and WS-Transfer Get (and WS-MetadataExchange
GetMetadata) with its metadata."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from emulator.dpws.call import Call, require_destination
from emulator.dpws.constants import GET, GET_METADATA, GET_METADATA_RESPONSE
from emulator.dpws.discovery import probe_matches, read_probe
from emulator.dpws.matching import is_match, matching_rule_not_supported
from emulator.dpws.metadata import Metadata, get_response
from emulator.dpws.target import Target
from emulator.dpws.versions import VERSIONS
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault, FaultError, action_not_supported, endpoint_unavailable, not_well_formed
from emulator.transport.http import IncomingRequest
from emulator.transport.url import read_url

PROBES: Final = frozenset(version.action("Probe") for version in VERSIONS)
_TO_ANYBODY: Final = frozenset(
    {"", *(to for version in VERSIONS for to in (version.to, version.addressing.anonymous))}
)
_AUTHORITY: Final = re.compile(
    r"(?:\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:.]+\]|(?P<name>[A-Za-z0-9.\-]+))(?P<port>:\d{1,5})?\Z"
)


def reached_at(request: IncomingRequest, otherwise: str) -> str:
    """Scheme and authority that the peer used: the only name of ours that he surely reaches and trusts (a
    certificate names hosts). `otherwise`: for one who does not say it."""
    host = request.headers.get("host", "").strip()
    match = _AUTHORITY.match(host)
    if match is None:
        return otherwise
    port = read_url(otherwise).port
    if match["port"] is None and match["name"] is None and port is not None:
        host = f"{host}:{port}"  # wsdd names an IPv6 address without the port; a proxy would name a name
    return f"{request.scheme}://{host}"


class HostService:
    """Probe and Get of one target.
    [dpws/get/without-discovery] [wsdapi/wsdbit/get-without-discovery] [dpws/transfer/put-create-delete-refused]"""

    def __init__(
        self,
        target: Target,
        metadata: Callable[[str], Metadata],
        base_url: str,
        *,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        """`metadata`: makes it for a base URL (scheme, host, port); `base_url`: for who does not say how he
        reached us; `prefixes`: namespace -> prefix wanted in Types."""
        self._target = target
        self._metadata = metadata
        self._base_url = base_url
        self._prefixes = prefixes or {}

    async def __call__(self, call: Call) -> Message:
        """Raises FaultError and ContentError."""
        await call.incoming.rest()
        base_url = reached_at(call.incoming.request, self._base_url)
        match call.message.action:
            case action if action in PROBES:
                return self._probed(call, base_url)
            case action if action == GET:
                self._check_to(call.message.to)
                return get_response(call.message, self._metadata(base_url), prefixes=self._prefixes)
            case action if action == GET_METADATA:
                self._check_to(call.message.to)
                return get_response(
                    call.message,
                    self._metadata(base_url),
                    prefixes=self._prefixes,
                    action=GET_METADATA_RESPONSE,
                )
        raise FaultError(action_not_supported(call.message.action))

    def invalid(self, argument: str) -> Fault:
        """DPWS has no fault of its own for content: soap:Sender."""
        return not_well_formed(argument)

    def internal_error(self) -> Fault:
        """soap:Receiver."""
        return Fault("Receiver", None, "The service had an unexpected error.")

    def temporary_error(self) -> Fault:
        """wsa:EndpointUnavailable. [addressing/fault/endpoint-unavailable]"""
        return endpoint_unavailable()

    def _check_to(self, to: str) -> None:
        """Our endpoint, or the URL that is probed (a client that got no ProbeMatches has nothing else).
        [clients/sane-airscan/get-to-the-endpoint-address]
        [dpws/get/to-is-the-endpoint-address] [dpws/get/to-the-url-accepted]
        [wsdapi/get/to-equals-endpoint-address]"""
        require_destination(to, self._target.path, also={*_TO_ANYBODY, self._target.address.lower()})

    def _probed(self, call: Call, base_url: str) -> Message:
        # The law: [discovery/directed/probe-to-the-metadata-path] [discovery/directed/answer-with-200]
        # The law: [discovery/directed/empty-probe-answered]
        asked = read_probe(call.message, call.content)
        matches = is_match(asked, self._target.types, self._target.scopes)
        if matches is None:
            raise FaultError(matching_rule_not_supported(asked.version))
        found = [self._target.match(base_url)] if matches else []
        return probe_matches(
            call.message, found, self._target.next_sequence(), version=asked.version, prefixes=self._prefixes
        )
