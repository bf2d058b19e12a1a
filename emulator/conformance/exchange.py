"""What went out and what came, of one exchange over HTTP or by datagrams, and the list of all of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from emulator.conformance.mime import Part, media_type, parameter, unpacked_leniently
from emulator.conformance.names import DSC, DSD, DSP, WSCN
from emulator.conformance.reading import Envelope, Unreadable, read_envelope
from emulator.transport.http import Headers


@dataclass(frozen=True, slots=True)
class Datagram:
    """One that came."""

    octets: bytes = field(repr=False)
    sender: str
    """IP address that it came from."""
    port: int
    ms: float
    """Since the question went out, or since somebody listened."""
    own: bool
    """It is of the peer who is judged, as far as can be told."""

    @property
    def told(self) -> Envelope | None:
        """The envelope in it; None where it is none."""
        try:
            return read_envelope(self.octets)
        except Unreadable:
            return None


@dataclass
class Exchange:
    """One request and its answer. An event that came is one too: `incoming`, and the answer is ours. By UDP there
    is neither status nor Content-Type; a Hello or Bye that came is `incoming`."""

    number: int
    """From 1."""
    check: str
    """On whose behalf: the id of a check, or what was prepared."""
    operation: str
    """Local name of the action, for people."""
    url: str
    request_headers: Headers
    request: bytes = field(repr=False)
    method: str = "POST"
    wrong: bool = False
    """The request is wrong on purpose."""
    incoming: bool = False
    """The peer has sent the request."""
    began: float = 0.0
    """Unix time."""
    ms: float = 0.0
    status: int = 0
    """Of HTTP; 0 where no answer came."""
    reason: str = ""
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    error: str = ""
    """Why no answer came."""
    closed: bool = False
    """The peer has closed the connection; known of octets that were sent as they are."""
    early: bool = False
    """The answer came before the request was sent."""
    udp: bool = False
    """By UDP: `body` is the first datagram of the peer."""
    datagrams: list[Datagram] = field(default_factory=list, repr=False)
    """All that came by UDP, repetitions and those of others too."""

    def header(self, name: str) -> str:
        """The first header of the answer of that name; ''."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def content_type(self) -> str:
        """The Content-Type of the answer."""
        return self.header("Content-Type")

    @property
    def answered(self) -> bool:
        """Whether any answer came."""
        return self.status != 0 or bool(self.own)

    @property
    def own(self) -> list[Datagram]:
        """The datagrams of the peer, in the order in which they came."""
        return [each for each in self.datagrams if each.own]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of an answer that is a package, however it is made; () of another. Raises Unreadable."""
        if not media_type(self.content_type).startswith("multipart/"):
            return ()
        return unpacked_leniently(self.body, self.content_type)

    @cached_property
    def envelope(self) -> Envelope:
        """The envelope that came. Raises Unreadable."""
        if self.parts:
            start = parameter(self.content_type, "start").strip()
            named = [
                each for each in self.parts if ("content-id", start) in [(n.lower(), v) for n, v in each.headers]
            ]
            return read_envelope((named or self.parts)[0].data)
        return read_envelope(self.body)

    @property
    def told(self) -> Envelope | None:
        """The envelope that came; None where none can be read."""
        try:
            return self.envelope if self.answered else None
        except Unreadable:
            return None

    @cached_property
    def asked(self) -> Envelope | None:
        """The envelope that went out; None where it is none, or the octets are wrong on purpose."""
        try:
            if self.package_type:
                return self.as_sent.envelope
            return read_envelope(self.request)
        except Unreadable:
            return None

    @cached_property
    def as_sent(self) -> Exchange:
        """The request as if it were an answer: what holds for either is looked at in one way."""
        return replace(
            self, headers=self.request_headers, body=self.request, status=self.status or 200, incoming=False
        )

    @property
    def package_type(self) -> str:
        """Content-Type of a request that is a package; ''."""
        sent = self.as_sent.header("Content-Type")
        return sent if media_type(sent).startswith("multipart/") else ""

    @property
    def service(self) -> str:
        """The namespace of the service that was asked: WS-DSP, WS-DSC, WS-Scan or WS-DSD; ''."""
        asked = self.asked
        action = "" if asked is None else asked.action
        return next((each for each in (DSP, DSC, WSCN, DSD) if action.startswith(f"{each}/")), "")


@dataclass
class Recording:
    """All exchanges of a run, in the order in which they began."""

    exchanges: list[Exchange] = field(default_factory=list)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self.exchanges))

    def new(self, check: str, operation: str, url: str, headers: Headers, request: bytes) -> Exchange:
        """Begin one.

        - `check`: on whose behalf.
        - `operation`: how people call it.
        - `url`: where it goes.
        - `headers`: of HTTP, those that are ours.
        - `request`: the body.
        """
        made = Exchange(len(self.exchanges) + 1, check, operation, url, headers, request)
        self.exchanges.append(made)
        return made

    def numbered(self, number: int) -> Exchange:
        """The one of that number."""
        return self.exchanges[number - 1]

    @property
    def rightly_asked(self) -> list[Exchange]:
        """Those whose request was right, which an answer came to."""
        return [each for each in self.exchanges if not each.wrong and not each.incoming and each.answered]

    @property
    def events(self) -> list[Exchange]:
        """The messages that the peer has sent by itself, over HTTP."""
        return [each for each in self.exchanges if each.incoming and not each.udp]

    @property
    def announcements(self) -> list[Exchange]:
        """The datagrams that the peer has sent by itself: Hello and Bye."""
        return [each for each in self.exchanges if each.incoming and each.udp]
