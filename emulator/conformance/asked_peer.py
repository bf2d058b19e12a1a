"""What a judge has of everybody whom it asks: a voice, and where events come."""

from __future__ import annotations

import random
import ssl
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from emulator.conformance import requests
from emulator.conformance.datagrams import DatagramSpeaker, Hearing, IsOwn
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.judged_peer import JudgedPeer
from emulator.conformance.reading import Envelope
from emulator.conformance.sink import EventSink
from emulator.conformance.speaker import Speaker
from emulator.conformance.verdict import NotRun
from emulator.transport.http import ExchangeError

J = TypeVar("J")
"""A job of the judge's at the peer."""


NO_TYPE: Final = "a Probe for a type that nobody has"
OF_NOBODY: Final = '<wsd:Types xmlns:odd="urn:example:judge">odd:Nobody</wsd:Types>'


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the judge waits, in seconds."""

    silence: float = 15.0
    """For an answer."""
    job: float = 60.0
    """For the state that a job comes to."""
    poll: float = 0.2
    """Between two questions for a state."""
    quiet: float = 1.0
    """Within which nothing may come that must not come."""
    event: float = 5.0
    """For an event."""
    udp_answer: float = 5.0
    """For an answer by UDP: APP_MAX_DELAY of DPWS. [discovery/timing/app-max-delay]"""
    udp_silence: float = 10.0
    """Within which no answer by UDP may come. [wsdapi/wsdbit/unknown-type-silence]"""
    udp_repeats: float = 1.5
    """For repetitions of a datagram. [discovery/timing/gap-doubles-to-the-upper-delay]"""
    udp_pause: float = 0.05
    """Between questions: many hosts answer nobody who asks too often."""
    power: float = 120.0
    """For a device to be there again once it is switched on."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question by UDP that a peer has to meet with silence."""

    name: str
    octets: bytes
    operation: str
    to: str
    """datagrams.GROUP or HOST."""
    wrong: bool = False
    twice: bool = False
    """It is answered; sent once more, with its MessageID, it is not."""


class AskedPeer(JudgedPeer, Generic[J]):
    """A scan server or a device, asked by one judge."""

    type = "wsdp:Device"
    """That it is probed for, with the usual prefix."""
    group_port = 0
    """UDP port of the group in which it hears Probes; 0: in none."""
    job_events: tuple[str, str]
    """Actions of the events of a job, the last that of its end."""

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext | None,
        limits: Limits,
        seed: int,
        sink: EventSink | None,
        recording: Recording | None,
    ) -> None:
        """These are its parameters.

        - `url`: where it is asked for its metadata.
        - `tls`: by which it is trusted.
        - `limits`: how long is waited.
        - `seed`: of what is made up.
        - `sink`: where its events can come; None: nowhere.
        - `recording`: where everything is written down.
        """
        super().__init__(recording)
        self.url = url
        self.address = url
        """Its endpoint address, once it is known."""
        self.interfaces: tuple[str, ...] = ()
        """Names or addresses of ours, on one of which the group is asked; (): that by which it is reached."""
        self.service = ""
        """Address of the service that takes jobs, once it is found."""
        self.limits = limits
        self.tls = tls
        self.sink = sink
        self.speaker = Speaker(self.recording, tls, limits.silence)
        self.datagrams = DatagramSpeaker(self.recording, self._is_own)
        self._own: IsOwn = lambda octets, host: True
        self.probed: Exchange | None = None
        self._dice = random.Random(seed)  # noqa: S311 - no secret

    @property
    def failures(self) -> Sequence[ExchangeError]:
        """Why exchanges brought no answer, in their order."""
        return self.speaker.failures

    @abstractmethod
    async def whole_job(self, images: int = 1) -> J:
        """An ordinary job, from its creation to its end. Raises Departure, Inconclusive, NotRun."""

    @abstractmethod
    def is_about(self, job: J, event: Envelope) -> bool:
        """Whether an event may be about that job: it names it, or none."""

    @abstractmethod
    def require_found(self) -> None:
        """Raise NotRun where nobody was probed."""

    # Datagrams

    @property
    def udp_port(self) -> int:
        """UDP port at which it is asked directly; 0: it is not."""
        return self.group_port

    async def unanswered(self) -> Sequence[Unanswered]:
        """Questions by UDP that it has to meet with silence."""
        return ()

    def tell_own(self, own: IsOwn) -> None:
        """Have its datagrams told from those of others so."""
        self._own = own

    def _is_own(self, octets: bytes, host: str) -> bool:
        return self._own(octets, host)

    def hearing(self) -> Hearing:
        """Something that hears what it announces to the group."""
        return Hearing(self.recording, self._is_own, self.group_port)

    async def _gives_a_sign(self, url: str, address: str) -> bool:
        """Whether it answers a Probe or the question for metadata at `url`."""
        for octets, operation in ((requests.empty_probe(), "Probe"), (requests.get(address), "Get")):
            if (await self.speaker.send(url, octets, operation=operation, seconds=5.0)).answered:
                return True
        return False

    def require_sink(self) -> EventSink:
        """Where events come. Raises NotRun where they cannot."""
        if self.sink is None:
            raise NotRun(f"events need an address of this machine that {self.called} reaches: --events ADDRESS")
        return self.sink

    async def aclose(self) -> None:
        """Close all connections, and end what is still being prepared."""
        await super().aclose()
        self.datagrams.close()
        await self.speaker.aclose()
