"""The scan server as a DPWS host: it answers a directed Probe, and WS-Transfer Get with its metadata."""

from __future__ import annotations

import re
import time
import uuid
from typing import Final
from urllib.parse import urlsplit

from emulator import __version__
from emulator.dpws.constants import DEVICE_TYPE, DISCOVERY_TO, GET, PREFIXES, PROBE
from emulator.dpws.discovery import (
    AppSequence,
    ProbeMatch,
    is_match,
    matching_rule_not_supported,
    probe_matches,
    read_probe,
)
from emulator.dpws.metadata import HostedService, Metadata, ThisDevice, ThisModel, get_response
from emulator.dsm.constants import DSP, PROCESSING_SERVICE_TYPE, SCAN_SERVER_PATH
from emulator.scan_server.endpoint import Call
from emulator.soap.constants import ANONYMOUS
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault, FaultError, action_not_supported, destination_unreachable, not_well_formed
from emulator.soap.xml import QName

TYPES: Final[tuple[QName, ...]] = (DEVICE_TYPE,)
_PREFIXES: Final = {**PREFIXES, DSP: "dsp"}
_AUTHORITY: Final = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?\Z|\[[0-9A-Fa-f:.]+\](:\d{1,5})?\Z")


class HostService:
    """`address` of the endpoint reference is `urn:uuid:` and the same at every start on a store."""

    def __init__(self, endpoint: uuid.UUID, service_path: str, base_url: str) -> None:
        """`service_path`: path of the hosted WS-DSP service; `base_url`: for who does not say how he reached us."""
        self._address = f"urn:uuid:{endpoint}"
        self._service_path = service_path
        self._base_url = base_url
        self._instance = int(time.time())
        self._messages = 0

    async def __call__(self, call: Call) -> Message:
        """Probe or Get. Raises FaultError and ContentError."""
        await call.incoming.rest()
        base_url = self._reached_at(call)
        match call.message.action:
            case action if action == PROBE:
                return self._probed(call, base_url)
            case action if action == GET:
                self._check_to(call.message.to)
                return get_response(call.message, self._metadata(base_url), prefixes=_PREFIXES)
        raise FaultError(action_not_supported(call.message.action))

    def invalid(self, argument: str) -> Fault:
        """DPWS has no fault of its own for content: soap:Sender."""
        return not_well_formed(argument)

    def internal_error(self) -> Fault:
        """soap:Receiver."""
        return Fault("Receiver", None, "The service had an unexpected error.")

    def _reached_at(self, call: Call) -> str:
        """Scheme and authority that the peer used: the only name of ours that he surely reaches and trusts."""
        request = call.incoming.request
        host = request.headers.get("host", "").strip()
        return f"{request.scheme}://{host}" if _AUTHORITY.match(host) else self._base_url

    def _check_to(self, to: str) -> None:
        """Our endpoint, or the URL that is probed (a client that got no ProbeMatches has nothing else)."""
        if to in ("", ANONYMOUS, DISCOVERY_TO) or to.lower() == self._address:
            return
        try:
            path = urlsplit(to).path
        except ValueError:
            path = ""
        if path.rstrip("/") != SCAN_SERVER_PATH:
            raise FaultError(destination_unreachable(to))

    def _probed(self, call: Call, base_url: str) -> Message:
        asked = read_probe(call.message, call.content)
        matches = is_match(asked, TYPES, ())
        if matches is None:
            raise FaultError(matching_rule_not_supported())
        self._messages += 1
        found = [ProbeMatch(self._address, TYPES, xaddrs=(base_url + SCAN_SERVER_PATH,))] if matches else []
        sequence = AppSequence(self._instance, self._messages)
        return probe_matches(call.message, found, sequence, prefixes=_PREFIXES)

    def _metadata(self, base_url: str) -> Metadata:
        model = ThisModel("dsm-emulator", "Embedded DSM scan server", __version__)
        device = ThisDevice("Embedded DSM scan server", __version__, self._address.rpartition(":")[2])
        processing = HostedService(
            base_url + self._service_path, (PROCESSING_SERVICE_TYPE,), f"{self._address}/processing"
        )
        host = HostedService(self._address, TYPES, f"{self._address}/host")
        return Metadata(model, device, (processing,), host)
