"""What of a target goes out in datagrams: messages made once as bytes with holes, filled for each that is sent.

To build a ProbeMatches takes 100 us, to fill one 2 us: with a thousand targets behind one socket that is the
difference between the speed of the socket and a tenth of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import Final

from emulator.dpws.constants import MAX_MESSAGE_ID, MAX_SENT_DATAGRAM
from emulator.dpws.discovery import AppSequence, ProbeMatch, bye, hello, probe_matches, resolve_matches
from emulator.dpws.target import Target
from emulator.dpws.versions import V2009, DiscoveryVersion
from emulator.soap.envelope import Message, serialise, tell_written
from emulator.soap.fault import xml_text

_ID: Final = "urn:uuid:00000000-0000-4000-8000-0000000000a1"
_RELATED: Final = "urn:uuid:00000000-0000-4000-8000-0000000000a2"
_NUMBER: Final = 99_999_999_999
"""No InstanceId can be so large: it has 32 bits."""
_ROOM: Final = MAX_SENT_DATAGRAM - 2 * MAX_MESSAGE_ID
"""Octets for a template, so that it still fits when it is filled."""
_FILLED_IN: Final = 48
"""Octets of a MessageID of ours and of a small MessageNumber."""
_MAX_TEMPLATES: Final = 48
"""Of one target: four kinds of message, two versions, some local addresses."""


def at_port(port: int, scheme: str = "http") -> Callable[[str], str]:
    """Base URLs at a port that is the same on all addresses."""

    def base_url(local: str) -> str:
        return f"{scheme}://[{local}]:{port}" if ":" in local else f"{scheme}://{local}:{port}"

    return base_url


class PublicationKind(StrEnum):
    """What a target sends."""

    HELLO = "Hello"
    BYE = "Bye"
    PROBE_MATCHES = "ProbeMatches"
    RESOLVE_MATCHES = "ResolveMatches"


class Template:
    """A message of one target, whole but for MessageID, RelatesTo and MessageNumber."""

    __slots__ = ("_pieces",)

    def __init__(self, message: Message) -> None:
        """`message` has the marks of this module in the place of what is filled in."""
        rest = serialise(message)
        pieces: list[bytes] = []
        for mark in (_ID, _RELATED, str(_NUMBER)):
            before, found, after = rest.partition(mark.encode())
            if found:
                pieces.append(before)
                rest = after
        self._pieces = (*pieces, rest)

    def fill(self, message_id: str, number: int, relates_to: bytes = b"") -> bytes:
        """The message; `relates_to` is the MessageID of a request, as `escaped` gives it."""
        pieces = self._pieces
        if len(pieces) == 4:
            first, second, third, last = pieces
            return b"".join((first, message_id.encode(), second, relates_to, third, b"%d" % number, last))
        first, second, last = pieces
        return b"".join((first, message_id.encode(), second, b"%d" % number, last))

    def __len__(self) -> int:
        """Octets without what is filled in."""
        return sum(map(len, self._pieces))


def escaped(text: str) -> bytes:
    """Text of a peer as XML content."""
    data = xml_text(text).encode()
    return data.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


class MessageIds:
    """New `urn:uuid:` URIs of version 4 (RFC 4122): random for each instance of this class, then counted.
    [discovery/message-id/unique] [discovery/message-id/urn-uuid] [wsdapi/app-sequence/duplicates-dropped]"""

    def __init__(self, random: Random) -> None:
        digits = f"{random.getrandbits(80):020x}"
        self._begin = f"urn:uuid:{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:]}-"
        self._next = random.getrandbits(48)

    def new(self) -> str:
        """One that was not given before."""
        self._next = (self._next + 1) & 0xFFFF_FFFF_FFFF
        return f"{self._begin}{self._next:012x}"


@dataclass(slots=True, eq=False)
class Publication:
    """A target, and how it is reached by who is told of it. Raises ValueError when it fits in no datagram."""

    target: Target
    base_url: Callable[[str], str]
    """From the IP address of ours that the asker reaches to scheme, host and port; see `at_port`."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Namespace -> prefix wanted in Types."""
    own: str = ""
    """An IP address of ours that is this target's alone: it speaks from there and nowhere else, and nobody else
    does. '': from whatever address of ours stands for a link."""
    gone: bool = False
    """It has said Bye: nothing goes out any more."""
    _templates: dict[tuple[PublicationKind, str, str], Template] = field(default_factory=dict)
    _metadata_version: int = -1

    def __post_init__(self) -> None:
        longest = self._match("0000:0000:0000:0000:0000:0000:0000:0000")
        if len(self._fitting(PublicationKind.PROBE_MATCHES, V2009, longest)) > _ROOM:
            raise ValueError(f"types and addresses of {self.target.address} do not fit in a datagram")

    def datagram(
        self, kind: PublicationKind, version: DiscoveryVersion, local: str, message_id: str, relates_to: bytes = b""
    ) -> bytes | None:
        """The next message of the target, as it goes out: it takes the next MessageNumber.

        - `local`: our own IP address for its XAddrs.
        - `relates_to`: as `escaped` gives it. None where it would be longer than clients read (a MessageID may be
          full of '&').
        [discovery/app-sequence/message-number-counts]
        """
        number = self.target.next_number()
        data = self.template(kind, version, local).fill(message_id, number, relates_to)
        if len(data) > MAX_SENT_DATAGRAM:
            return None
        tell_written(data)
        return data

    def size(self, kind: PublicationKind, version: DiscoveryVersion, local: str, relates_to: bytes) -> int:
        """Octets of such a message, to within some digits of its number."""
        return len(self.template(kind, version, local)) + len(relates_to) + _FILLED_IN

    def template(self, kind: PublicationKind, version: DiscoveryVersion, local: str) -> Template:
        """Made when it is first needed, and again when the metadata have changed."""
        if self._metadata_version != self.target.metadata_version:
            self._templates.clear()
            self._metadata_version = self.target.metadata_version
        key = (kind, version.namespace, "" if kind is PublicationKind.BYE else local)
        template = self._templates.get(key)
        if template is None:
            if len(self._templates) >= _MAX_TEMPLATES:
                self._templates.clear()
            template = self._templates[key] = self._fitting(kind, version, self._match(local))
        return template

    def _match(self, local: str) -> ProbeMatch:
        # The law: [clients/wsd-python/first-probe-match] [wsdapi/xaddrs/subnet-of-the-adapter]
        # The law: [wsdapi/xaddrs/first-is-reachable] [clients/wsdd/one-x-addr]
        # The law: [clients/wsdd/address-of-the-asker-s-family]
        return self.target.match(self.base_url(local))

    def _fitting(self, kind: PublicationKind, version: DiscoveryVersion, match: ProbeMatch) -> Template:
        """Return a message with the scopes if there is room for them: of five children only they may be many.
        [discovery/timing/max-envelope-size]"""
        template = self._make(kind, version, match)
        if len(template) > _ROOM and match.scopes:
            template = self._make(kind, version, replace(match, scopes=()))
        return template

    def _make(self, kind: PublicationKind, version: DiscoveryVersion, match: ProbeMatch) -> Template:
        # The law: [discovery/hello/body] [discovery/probe-matches/body]
        sequence = AppSequence(self.target.instance_id, _NUMBER)
        asked = Message("", None, message_id=_RELATED, addressing=version.addressing)
        match kind:
            case PublicationKind.HELLO:
                message = hello(match, sequence, version=version, prefixes=self.prefixes)
            case PublicationKind.BYE:
                message = bye(match.address, sequence, version=version)
            case PublicationKind.PROBE_MATCHES:
                message = probe_matches(asked, (match,), sequence, version=version, prefixes=self.prefixes)
            case PublicationKind.RESOLVE_MATCHES:
                message = resolve_matches(asked, match, sequence, version=version, prefixes=self.prefixes)
        return Template(replace(message, message_id=_ID))
