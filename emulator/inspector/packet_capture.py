"""A packet capture (pcap, pcapng) with the HTTP of a device in it, as tcpdump and Wireshark write it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.inspector.recorded import Headers, Recorded, Recording, UnreadableRecording

_MAGICS: Final = (b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1", b"\n\r\r\n")
"""Of pcap in both orders of octets, with micro- and nanoseconds, and of pcapng."""
_TLS_HANDSHAKE: Final = b"\x16\x03"
Flow = tuple[bytes, int, bytes, int]


def is_packet_capture(data: bytes) -> bool:
    """Whether a file is one."""
    return data[:4] in _MAGICS


@dataclass(slots=True)
class _Direction:
    """Octets that one side has sent on a connection, by their sequence numbers."""

    first: int | None = None
    pieces: dict[int, bytes] = field(default_factory=dict)

    def add(self, sequence: int, data: bytes, *, begins: bool) -> None:
        if begins:
            self.first = (sequence + 1) % 2**32
        if data:
            if self.first is None:
                self.first = sequence  # the capture begins in the middle
            place = (sequence - self.first) % 2**32
            if place < 2**31 and len(self.pieces.get(place, b"")) < len(data):
                self.pieces[place] = data

    def octets(self) -> tuple[bytes, bool]:
        """What was sent, up to the first octet that is missing, and whether nothing is."""
        found = bytearray()
        for place in sorted(self.pieces):
            if place > len(found):
                return bytes(found), False
            found += self.pieces[place][len(found) - place :]
        return bytes(found), True


def read_packet_capture(path: Path, data: bytes) -> Recording:
    """The exchanges over plain HTTP in it; what is not whole or encrypted is named. Raises UnreadableRecording, and
    LabError where the library for it is not installed."""
    try:
        import dpkt
    except ImportError:
        raise LabError(
            f"{path}: packet captures need dpkt", ExitCode.USAGE, hint="pip install 'dsm-emulator[capture]'"
        ) from None
    flows: dict[Flow, _Direction] = {}
    try:
        reader: Any = dpkt.pcap.UniversalReader(io.BytesIO(data))
        kind = reader.datalink()
        for _, octets in reader:
            _take(dpkt, kind, octets, flows)
    except (ValueError, dpkt.dpkt.Error) as error:
        if not flows:
            raise UnreadableRecording(path, f"is damaged: {error}") from None
    exchanges: list[Recorded] = []
    missing: list[str] = []
    for flow, sent in flows.items():
        back = flows.get((flow[2], flow[3], flow[0], flow[1]))
        requests, whole = sent.octets()
        if requests.startswith(_TLS_HANDSHAKE):
            missing.append(f"what went over TLS to port {flow[3]}")
        elif requests[:5] in (b"POST ", b"GET /") and back is not None:
            answers, all_back = back.octets()
            exchanges += _exchanges(dpkt, flow, requests, answers)
            if not (whole and all_back):
                missing.append(f"octets of the connection to port {flow[3]} that were not captured")
    return Recording(exchanges, list(dict.fromkeys(missing)))


def _take(dpkt: Any, kind: int, octets: bytes, flows: dict[Flow, _Direction]) -> None:
    """Add the segment that a packet holds to its flow."""
    try:
        if kind in (dpkt.pcap.DLT_RAW, 101):
            packet = dpkt.ip6.IP6(octets) if octets[:1] and octets[0] >> 4 == 6 else dpkt.ip.IP(octets)
        elif kind == dpkt.pcap.DLT_LINUX_SLL:
            packet = dpkt.sll.SLL(octets).data
        elif kind == 276:
            packet = dpkt.sll2.SLL2(octets).data
        elif kind in (dpkt.pcap.DLT_NULL, dpkt.pcap.DLT_LOOP):
            packet = dpkt.loopback.Loopback(octets).data
        else:
            packet = dpkt.ethernet.Ethernet(octets).data
        segment = packet.data
        if not isinstance(segment, dpkt.tcp.TCP):
            return
        flow = (packet.src, segment.sport, packet.dst, segment.dport)
        begins = bool(segment.flags & dpkt.tcp.TH_SYN)
        flows.setdefault(flow, _Direction()).add(segment.seq, bytes(segment.data), begins=begins)
    except (dpkt.dpkt.Error, AttributeError, IndexError, TypeError, ValueError):
        return  # no packet of ours


def _exchanges(dpkt: Any, flow: Flow, requests: bytes, answers: bytes) -> Iterator[Recorded]:
    """Each request with the answer of its place on the connection."""
    while requests:
        try:
            request = dpkt.http.Request(requests)
        except (dpkt.dpkt.Error, ValueError):
            return
        requests = bytes(request.data)
        url = f"http://{request.headers.get('host', '')}{request.uri}"
        try:
            answer = dpkt.http.Response(answers)
        except (dpkt.dpkt.Error, ValueError):
            yield Recorded(url, 0, bytes(request.body))
            return
        answers = bytes(answer.data)
        status = int(answer.status) if str(answer.status).isdigit() else 0
        yield Recorded(url, status, bytes(request.body), bytes(answer.body), _headers(answer.headers))


def _headers(headers: Mapping[str, Any]) -> Headers:
    return [(name, value if isinstance(value, str) else ", ".join(value)) for name, value in headers.items()]
