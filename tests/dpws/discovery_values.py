"""A target, a link without sockets and a hand-made asker, for tests of discovery."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from random import Random

from sent_messages import problems_of_sent

from emulator.dpws.answer_limits import RateLimits
from emulator.dpws.constants import DEVICE_TYPE
from emulator.dpws.discovery import AppSequence, read_app_sequence
from emulator.dpws.outbox import SocketAddress
from emulator.dpws.publication import Publication, at_port
from emulator.dpws.responder import DatagramOrigin, Responder
from emulator.dpws.target import Target
from emulator.dpws.timing import Timing
from emulator.dpws.versions import DISCOVERY_ADDRESSING
from emulator.soap.envelope import Message, read_envelope
from emulator.soap.xml import QName

WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
SCAN_DEVICE = QName(WSCN, "ScanDeviceType")
WSD = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSD_11 = "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"
WSA_11 = "http://www.w3.org/2005/08/addressing"
AT_ONCE = Timing(app_max_delay=0, hello_max_delay=0, multicast_repeat=0, unicast_repeat=0)


def make_target(number: int = 1, **changes: object) -> Target:
    values: dict[str, object] = {
        "address": f"urn:uuid:978e9349-e854-444f-87a6-{number:012x}",
        "types": (DEVICE_TYPE, SCAN_DEVICE),
        "path": f"/device/{number}",
        "instance_id": 1_700_000_000,
        "scopes": ("http://scopes.example/floor/1",),
    }
    return Target(**{**values, **changes})  # type: ignore[arg-type]


def publish(target: Target, port: int = 5357) -> Publication:
    return Publication(target, at_port(port), {WSCN: "wscn"})


@dataclass(eq=False)
class FakeLink:
    """Remembers what is sent."""

    local: str = "192.0.2.7"
    sent: list[tuple[bytes, SocketAddress | None]] = field(default_factory=list)

    def local_for(self, host: str) -> str:
        return "fe80::7" if ":" in host else self.local

    def send(self, data: bytes, to: SocketAddress | None, local: str) -> None:
        self.sent.append((data, to))


@dataclass
class Sent:
    """A datagram that went out, read back."""

    at: float
    to: SocketAddress | None
    data: bytes
    message: Message

    @property
    def name(self) -> str:
        return self.message.action.rpartition("/")[2]

    @property
    def sequence(self) -> AppSequence:
        found = read_app_sequence(self.message)
        assert found is not None
        return found


class Network:
    """A responder on a clock that is set by hand."""

    def __init__(self, *, timing: Timing = AT_ONCE, limits: RateLimits | None = None, targets: int = 1) -> None:
        self.link = FakeLink()
        self.now = 1_000.0
        self.responder = Responder(Random(7), timing, limits)
        self.publications = [publish(make_target(number)) for number in range(1, targets + 1)]
        for publication in self.publications:
            self.responder.add(publication)

    def ask(self, data: bytes, *, source: SocketAddress = ("192.0.2.1", 40_000), local: str = "") -> None:
        self.responder.received(data, DatagramOrigin(self.link, source, local), self.now)

    def run(self, seconds: float = 0.0) -> list[Sent]:
        """All that goes out within the next `seconds`."""
        end = self.now + seconds
        found = []
        while (due := self.responder.next_due) is not None and due <= end:
            self.now = max(self.now, due)
            for datagram in self.responder.due(self.now):
                assert datagram.link is self.link
                assert not problems_of_sent(datagram.data)
                message = read_envelope(datagram.data, DISCOVERY_ADDRESSING).message
                found.append(Sent(self.now, datagram.to, datagram.data, message))
        self.now = end
        return found

    def answers(self, data: bytes, **how: object) -> list[Sent]:
        """What is answered at once."""
        self.ask(data, **how)  # type: ignore[arg-type]
        return self.run()


def probe_by_hand(
    types: str = "",
    scopes: str = "",
    *,
    match_by: str = "",
    message_id: str | None = None,
    wsd: str = WSD,
    wsa: str = WSA,
    extra: str = "",
) -> bytes:
    """A Probe as nobody's library writes it."""
    rule = f' MatchBy="{match_by}"' if match_by else ""
    inner = (f"<d:Types>{types}</d:Types>" if types else "") + (
        f"<d:Scopes{rule}>{scopes}</d:Scopes>" if scopes or match_by else ""
    )
    return _by_hand("Probe", inner, message_id, wsd, wsa, extra)


def resolve_by_hand(address: str, *, message_id: str | None = None, wsd: str = WSD, wsa: str = WSA) -> bytes:
    inner = f"<a:EndpointReference><a:Address>{address}</a:Address></a:EndpointReference>"
    return _by_hand("Resolve", inner, message_id, wsd, wsa, "")


def _by_hand(name: str, inner: str, message_id: str | None, wsd: str, wsa: str, extra: str) -> bytes:
    message_id = f"urn:uuid:{uuid.uuid4()}" if message_id is None else message_id
    to = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
    if wsd == WSD_11:
        to = "urn:docs-oasis-open-org:ws-dd:ns:discovery:2009:01"
    identified = f"<a:MessageID>{message_id}</a:MessageID>" if message_id else ""
    return (
        f'<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{wsa}"'
        f' xmlns:d="{wsd}" xmlns:p="http://schemas.xmlsoap.org/ws/2006/02/devprof"'
        f' xmlns:q="http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01" xmlns:s="{WSCN}">'
        f"<e:Header><a:Action>{wsd}/{name}</a:Action>{identified}<a:To>{to}</a:To>{extra}</e:Header>"
        f"<e:Body><d:{name}>{inner}</d:{name}></e:Body></e:Envelope>"
    ).encode()
