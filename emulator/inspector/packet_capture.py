"""A packet capture (pcap, pcapng) with the HTTP of a device in it, as tcpdump and Wireshark write it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.inspector.recorded import Headers, Recorded, Recording, UnreadableRecording

_MAGICS: Final = (b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1", b"\n\r\r\n")
"""Of pcap in both orders of octets, with micro- and nanoseconds, and of pcapng."""
_TLS_HANDSHAKE: Final = b"\x16\x03"
_LINKTYPE_RAW: Final = 101
"""Of packets without a frame, in files; dpkt knows only the numbers that systems have for it in memory."""
_NO_HTTP: Final = (ValueError, TypeError, AttributeError, OverflowError)
"""What dpkt raises, beside its own errors, for headers of HTTP that are none."""
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
    missing: list[str] = []
    try:
        reader: Any = dpkt.pcap.UniversalReader(io.BytesIO(data))
        kind = reader.datalink()
        for _, octets in reader:
            _take(dpkt, kind, octets, flows)
    except (ValueError, dpkt.dpkt.Error) as error:
        if not flows:
            raise UnreadableRecording(path, f"is damaged: {error}") from None
        missing.append(f"what stands behind a damaged place of the file: {error}")
    exchanges: list[Recorded] = []
    for flow, sent in flows.items():
        back = flows.get((flow[2], flow[3], flow[0], flow[1]))
        requests, whole = sent.octets()
        if requests.startswith(_TLS_HANDSHAKE):
            missing.append(f"what went over TLS to port {flow[3]}")
        elif requests[:5] in (b"POST ", b"GET /") and back is not None:
            answers, all_back = back.octets()
            asked, all_asked = _messages(dpkt, requests)
            answered, all_answered = _messages(dpkt, answers)
            exchanges += _exchanges(asked, answered)
            if not (whole and all_back and all_asked and all_answered):
                missing.append(f"octets of the connection to port {flow[3]} that were not captured, or are no HTTP")
    return Recording(exchanges, list(dict.fromkeys(missing)))


def _take(dpkt: Any, kind: int, octets: bytes, flows: dict[Flow, _Direction]) -> None:
    """Add the segment that a packet holds to its flow."""
    try:
        if kind in (dpkt.pcap.DLT_RAW, _LINKTYPE_RAW):
            packet = dpkt.ip6.IP6(octets) if octets[:1] and octets[0] >> 4 == 6 else dpkt.ip.IP(octets)
        elif kind == dpkt.pcap.DLT_LINUX_SLL:
            packet = dpkt.sll.SLL(octets).data
        elif kind == dpkt.pcap.DLT_LINUX_SLL2:
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


@dataclass(frozen=True, slots=True)
class _Message:
    start: Sequence[str]
    """The words of the first line."""
    headers: Mapping[str, Any]
    body: bytes


def _messages(dpkt: Any, octets: bytes) -> tuple[Sequence[_Message], bool]:
    """The HTTP messages that one side has sent on a connection, and whether there is nothing else."""
    found: list[_Message] = []
    file = io.BytesIO(octets)
    try:
        while line := file.readline():
            start, headers = line.decode("latin-1").split(), dpkt.http.parse_headers(file)
            if len(start) < 2:
                return found, False
            if start[1][:1] != "1":  # "100 Continue" is not yet the answer
                found.append(_Message(start, headers, dpkt.http.parse_body(file, headers)))
    except (dpkt.dpkt.Error, *_NO_HTTP):
        return found, False
    return found, True


def _exchanges(asked: Sequence[_Message], answered: Sequence[_Message]) -> Iterator[Recorded]:
    """Each request with the answer of its place on the connection."""
    for number, request in enumerate(asked):
        url = f"http://{request.headers.get('host', '')}{request.start[1]}"
        if number >= len(answered):
            yield Recorded(url, 0, request.body)
        else:
            answer = answered[number]
            status = int(answer.start[1]) if re.fullmatch("[2-5][0-9]{2}", answer.start[1]) else 0
            yield Recorded(url, status, request.body, answer.body, _headers(answer.headers))


def _headers(headers: Mapping[str, Any]) -> Headers:
    return [(name, value if isinstance(value, str) else ", ".join(value)) for name, value in headers.items()]
