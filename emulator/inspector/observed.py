"""Which habits of real devices a device showed while it was asked (device/quirks.py)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from emulator.device.quirks import Quirk
from emulator.dpws.client import CallFailed, Faulted
from emulator.dpws.discovery import ProbeMatch
from emulator.inspector.conversation import Conversation
from emulator.inspector.reach import directed_probe
from emulator.inspector.recorded import Recording, envelope_of
from emulator.inspector.scanner_elements import ScannerElements
from emulator.soap import envelope
from emulator.soap.deviations import Deviation, Deviations
from emulator.soap.envelope import Message
from emulator.transport.url import read_url
from emulator.wsscan.constants import GET_JOB_ELEMENTS, JOB_STATUS, MAX_JOB_ID
from emulator.wsscan.messages.elements import GetJobElementsRequest

_OK: Final = 200
_FAULT: Final = re.compile(rb"<(?:[\w.-]+:)?Body[^>]*>\s*<(?:[\w.-]+:)?Fault\b")


async def observe(talk: Conversation, url: str, scanner: ScannerElements) -> set[Quirk]:
    """Look for habits: a directed Probe to `url`, and a question after a job that is not there, which any
    device answers with a fault. Never raises for what the device does."""
    found = set(quirks_in(talk.deviations, scanner))
    try:
        matches = await directed_probe(talk, url)
    except CallFailed:
        matches = ()
    if lacks_ipv4(url, matches):
        found.add(Quirk.NO_IPV4_ADDRESS)
    try:
        asked = GetJobElementsRequest(MAX_JOB_ID, (JOB_STATUS,)).to_xml()
        message = envelope.request(GET_JOB_ELEMENTS, scanner.service, asked)
        await talk.ask(scanner.service, message, _nothing)
    except Faulted as error:
        if error.http_status == _OK:
            found.add(Quirk.FAULT_ON_200)
    except CallFailed:
        pass
    return found | set(quirks_in(talk.deviations, scanner))


def quirks_in(deviations: Iterable[tuple[str, Deviation]], scanner: ScannerElements) -> Iterator[Quirk]:
    """The habits that show in answers, saved ones too."""
    for operation, deviation in deviations:
        told = deviation.detail
        if deviation.id == "response-action" and operation != "Probe" and not told.endswith("Response"):
            yield Quirk.ACTION_WITHOUT_RESPONSE
        if deviation.id == "soap-version":
            yield Quirk.SOAP_1_1
        if deviation.id == "value" and "ADFSupportsDuplex is false" in deviation.detail:
            yield Quirk.BACK_WITHOUT_DUPLEX
        if deviation.id == "http-status" and deviation.detail.startswith(f"{_OK} for a fault"):
            yield Quirk.FAULT_ON_200
    configuration = scanner.configuration
    front = configuration.adf_front if configuration else None
    if front is not None and front.maximum_size.width > front.maximum_size.height:
        yield Quirk.SIZES_SWAPPED


def quirks_recorded(recording: Recording) -> frozenset[Quirk]:
    """The habits that show in how a recorded device answered."""
    found: set[Quirk] = set()
    for exchange in recording.exchanges:
        envelope = envelope_of(exchange)
        if exchange.status == _OK and _FAULT.search(envelope):
            found.add(Quirk.FAULT_ON_200)
    return frozenset(found)


def lacks_ipv4(url: str, matches: Sequence[ProbeMatch]) -> bool:
    """Whether who was reached over IPv4 at `url` names addresses, and all of them are of IPv6."""
    addresses = [xaddr for match in matches for xaddr in match.xaddrs]
    return bool(addresses) and _family(url) == 4 and all(_family(each) == 6 for each in addresses)


def _family(url: str) -> int | None:
    """4 or 6 for an address, None for a name."""
    try:
        return ipaddress.ip_address(read_url(url).host.partition("%")[0]).version
    except ValueError:
        return None


def _nothing(message: Message, deviations: Deviations) -> None:
    """Any answer will do."""
