"""Answers Probes and Resolves for any number of targets, and announces them: datagrams and times in, datagrams and
times out. No socket, no clock: `announcer.py` and `unicast.py` run it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

from emulator.dpws.answer_limits import RateLimits, SeenMessages, TokenBuckets
from emulator.dpws.constants import MAX_DATAGRAM, MAX_MESSAGE_ID
from emulator.dpws.discovery import Probe, read_probe, read_resolve
from emulator.dpws.headers import OF_DISCOVERY
from emulator.dpws.matching import is_match, matching_rule_not_supported
from emulator.dpws.outbox import Datagram, Link, Outbox, SocketAddress
from emulator.dpws.publication import MessageIds, Publication, PublicationKind, escaped
from emulator.dpws.timing import Timing
from emulator.dpws.versions import DISCOVERY_ADDRESSING, V2005, DiscoveryVersion, discovery_action
from emulator.soap.bounds import DATAGRAM
from emulator.soap.deviations import Deviations
from emulator.soap.envelope import Message, fault_response, read_envelope, write_envelope
from emulator.soap.fault import FaultError
from emulator.soap.reading import ContentError
from emulator.soap.xml import QName, XmlRefused

_log = logging.getLogger(__name__)

_TOTAL: Final = "total"


@dataclass(frozen=True, slots=True)
class DatagramOrigin:
    """Where a datagram came from."""

    link: Link
    address: SocketAddress
    local: str = ""
    """Address of ours that it came to; '' if it came to the group. Only the former may be answered with a fault."""

    @property
    def host(self) -> str:
        """IP address of the sender."""
        return str(self.address[0])


class Responder:
    """All targets behind all links. Times are seconds of one clock that does not go back."""

    def __init__(
        self,
        random: Random,
        timing: Timing | None = None,
        limits: RateLimits | None = None,
        on_refusal: Callable[[str], None] = lambda host: None,
        reserved: Container[str] = (),
    ) -> None:
        """These are its parameters.

        - `on_refusal`: told of an address that is not answered, or not by all, because it has asked too often.
        - `reserved`: IP addresses of ours that are one target's alone, be it there or not.
        """
        self._reserved = reserved
        self._random = random
        self._on_refusal = on_refusal
        self.timing = timing or Timing()
        limits = limits or RateLimits()
        self._limits = limits
        self._ids = MessageIds(random)
        self._outbox = Outbox(random, self.timing)
        self._published: dict[str, Publication] = {}
        self._groups: dict[tuple[tuple[QName, ...], tuple[str, ...]], dict[Publication, None]] = {}
        self._own: dict[str, Publication] = {}
        """By the addresses that are one target's alone."""
        self._by_address = TokenBuckets(limits.rate, limits.burst, limits.addresses)
        self._total = TokenBuckets(limits.total_rate, limits.total_burst, 1)
        self._seen = SeenMessages()

    @property
    def published(self) -> Sequence[Publication]:
        """The targets that answer, in the order of adding."""
        return list(self._published.values())

    def add(self, publication: Publication) -> None:
        """Let a target answer; `hello` announces it. Raises ValueError when its address is there already, or its
        own IP address is another's."""
        target = publication.target
        if target.address in self._published:
            raise ValueError(f"{target.address} is published already")
        if publication.own in self._own:
            raise ValueError(f"{publication.own} is the address of {self._own[publication.own].target.address}")
        self._published[target.address] = publication
        if publication.own:
            self._own[publication.own] = publication
        self._groups.setdefault((target.types, target.scopes), {})[publication] = None
        self._set_limits()

    def find(self, address: str) -> Publication | None:
        """The target of that endpoint address."""
        return self._published.get(address)

    def move(self, publication: Publication, own: str) -> None:
        """Let a target speak from another IP address of its own from now on. Raises ValueError when that is
        another's."""
        if self._own.get(own, publication) is not publication:
            raise ValueError(f"{own} is the address of {self._own[own].target.address}")
        self._own.pop(publication.own, None)
        publication.own = own
        if own:
            self._own[own] = publication

    def remove(self, address: str) -> Publication | None:
        """Let a target be silent from now on, whatever was to be sent of it; `bye` takes leave of it."""
        publication = self._published.pop(address, None)
        if publication is not None:
            publication.gone = True
            self._own.pop(publication.own, None)
            group = (publication.target.types, publication.target.scopes)
            del self._groups[group][publication]
            if not self._groups[group]:
                del self._groups[group]
            self._set_limits()
        return publication

    def _set_limits(self) -> None:
        limits, count = self._limits, len(self._published)
        self._by_address.rate = limits.rate + limits.rate_per_target * count
        self._by_address.burst = limits.burst + limits.burst_per_target * count
        self._total.burst = max(limits.total_burst, limits.burst_per_target * count)

    def hello(self, publication: Publication, link: Link, now: float, spread: float | None = None) -> None:
        """Announce a target on a link, at a random time within `spread` seconds (by default the timing's).
        [discovery/timing/hello-delayed]"""
        spread = self.timing.hello_spread(1) if spread is None else spread
        self._announce(PublicationKind.HELLO, publication, link, now + self._random.uniform(0, spread))

    def bye(self, publication: Publication, link: Link, now: float, spread: float = 0.0) -> None:
        """Take leave on a link, at a random time within `spread` seconds. [discovery/life/bye-at-stop]"""
        self._announce(
            PublicationKind.BYE, publication, link, now + self._random.uniform(0, spread) if spread else now
        )

    def _announce(self, kind: PublicationKind, publication: Publication, link: Link, when: float) -> None:
        local = self._local(publication, link, "", "" if publication.own else link.local_for(""))
        if not local:
            return

        def make() -> bytes | None:
            return publication.datagram(kind, V2005, local, self._ids.new())

        # A Bye goes out although the target has gone, and nothing else does.
        self._outbox.put(
            when, link, None, local, make, owner=None if kind is PublicationKind.BYE else publication, kind=kind
        )

    def _local(self, publication: Publication, link: Link, asked: str, shared: str) -> str:
        """The address of ours from which a target speaks on a link; '' where it does not.

        - `asked`: our address that was asked; '' if that was the group.
        - `shared`: the one that stands for the link towards who asks.
        """
        if publication.own:
            return publication.own if asked in ("", publication.own) and link.has(publication.own) else ""
        return "" if asked in self._own or asked in self._reserved else shared

    def close(self, link: Link) -> None:
        """Forget what was to be sent on a link that is gone."""
        self._outbox.drop(link)

    def due(self, now: float) -> Iterator[Datagram]:
        """What is to be sent now; ask again by `next_due`."""
        return self._outbox.due(now)

    @property
    def next_due(self) -> float | None:
        """When `due` will have something; None: not before something happens."""
        return self._outbox.next_due

    def received(self, data: bytes, asker: DatagramOrigin, now: float) -> None:
        """Take in a datagram. Raises nothing: what cannot be understood is told to the log.
        [discovery/match/no-match-by-multicast-silence] [discovery/timing/repeated-message-ids-dropped]
        [discovery/version/answer-in-that-of-the-request]"""
        if self._allowed(asker, now) <= 0:
            self._on_refusal(asker.host)
            return
        deviations = Deviations()
        try:
            if len(data) > MAX_DATAGRAM:
                raise XmlRefused(f"{len(data)} octets")
            received = read_envelope(data, DISCOVERY_ADDRESSING, DATAGRAM, understood=OF_DISCOVERY)
            asked = received.message
            known = discovery_action(asked.action)
            if known is None or known[1] not in ("Probe", "Resolve"):
                return
            if not 0 < len(asked.message_id) <= MAX_MESSAGE_ID:
                raise ContentError("MessageID", "there is none, or an endless one")
            if asked.addressing is not known[0].addressing:
                raise ContentError("Action", "WS-Addressing of another version")
            if self._seen.before((asker.host, asked.message_id), now):
                return
            if known[1] == "Probe":
                self._probed(read_probe(asked, deviations), asked, asker, now)
            else:
                self._resolved(read_resolve(asked, deviations), known[0], asked, asker, now)
        except (XmlRefused, FaultError, ContentError) as error:
            _log.debug("%s: no message that is answered: %s", asker.host, str(error)[:200])
            return
        if _log.isEnabledFor(logging.DEBUG):
            for deviation in (*received.deviations, *deviations):
                _log.debug("%s: %s", asker.host, deviation)

    def _allowed(self, asker: DatagramOrigin, now: float) -> int:
        """Octets that the asker may get now."""
        return min(self._by_address.available(asker.host, now), self._total.available(_TOTAL, now))

    def _take(self, asker: DatagramOrigin, now: float, octets: int) -> bool:
        """Note what the asker will get; whether it may get the repetitions too."""
        with_repetitions = octets * (1 + self.timing.unicast_repeat)
        repeated = with_repetitions <= self._allowed(asker, now)
        count = with_repetitions if repeated else octets
        self._by_address.take(asker.host, now, count)
        self._total.take(_TOTAL, now, count)
        return repeated

    def _probed(self, probe: Probe, asked: Message, asker: DatagramOrigin, now: float) -> None:
        # The law: [wsdapi/wsdbit/empty-probe-answered] [wsdapi/wsdbit/probe-for-wsdp-device-answered]
        # The law: [wsdapi/wsdbit/unknown-type-silence] [wsdapi/wsdbit/scope-match-answered]
        # The law: [discovery/match/no-match-by-multicast-silence] [discovery/match/no-match-by-unicast-udp]
        # The law: [discovery/match/unknown-rule-multicast-silence] [discovery/probe-matches/to-the-source-port]
        # The law: [discovery/timing/app-max-delay] [discovery/timing/answers-within-half-a-second]
        shared = asker.local or asker.link.local_for(asker.host)
        matching: list[tuple[Publication, str]] = []
        for (types, scopes), publications in self._groups.items():
            matches = is_match(probe, types, scopes)
            if matches is None:
                self._refuse_rule(probe, asked, asker, now)
                return
            if matches:
                places = ((each, self._local(each, asker.link, asker.local, shared)) for each in publications)
                matching += [each for each in places if each[1]]
        relates_to = escaped(asked.message_id)
        sizes = [
            each.size(PublicationKind.PROBE_MATCHES, probe.version, local, relates_to) for each, local in matching
        ]
        allowed, wanted = self._allowed(asker, now), sum(sizes)
        if wanted > allowed:
            # Not always the same ones.
            order = self._random.sample(range(len(matching)), len(matching))
            reached = accumulate(sizes[index] for index in order)
            chosen = [index for index, octets in zip(order, reached, strict=True) if octets <= allowed]
            self._on_refusal(asker.host)
            matching, wanted = [matching[index] for index in chosen], sum(sizes[index] for index in chosen)
        spread = self.timing.answer_spread(len(matching))
        repeated = self._take(asker, now, wanted)
        for publication, local in matching:
            when = now + self._random.uniform(0, spread) if spread else now
            self._answer(
                PublicationKind.PROBE_MATCHES, publication, probe.version, relates_to, asker, local, when, repeated
            )

    def _refuse_rule(self, probe: Probe, asked: Message, asker: DatagramOrigin, now: float) -> None:
        # The law: [discovery/match/unknown-rule-fault]
        if asker.local:
            fault = write_envelope(fault_response(asked, matching_rule_not_supported(probe.version)))
            if len(fault) > self._allowed(asker, now):
                return
            repeated = self._take(asker, now, len(fault))
            self._outbox.put(
                now, asker.link, asker.address, asker.local, lambda: fault, repeated=repeated, kind="Fault"
            )

    def _resolved(
        self, address: str, version: DiscoveryVersion, asked: Message, asker: DatagramOrigin, now: float
    ) -> None:
        # The law: [wsdapi/wsdbit/foreign-resolve-silence] [wsdapi/discovery/xaddrs-or-resolve]
        # The law: [discovery/resolve/foreign-address-silence] [discovery/resolve-matches/to-the-source-port]
        # The law: [discovery/timing/resolve-matches-at-once] [clients/wsd-python/always-resolves]
        # The law: [clients/wsdiscover/resolves]
        publication = self._published.get(address)
        shared = asker.local or asker.link.local_for(asker.host)
        if publication is not None and (local := self._local(publication, asker.link, asker.local, shared)):
            relates_to = escaped(asked.message_id)
            octets = publication.size(PublicationKind.RESOLVE_MATCHES, version, local, relates_to)
            if octets > self._allowed(asker, now):
                return
            repeated = self._take(asker, now, octets)
            self._answer(
                PublicationKind.RESOLVE_MATCHES, publication, version, relates_to, asker, local, now, repeated
            )

    def _answer(
        self,
        kind: PublicationKind,
        publication: Publication,
        version: DiscoveryVersion,
        relates_to: bytes,
        asker: DatagramOrigin,
        local: str,
        when: float,
        repeated: bool,
    ) -> None:
        # The law: [wsdapi/discovery/answer-within-4-s] [discovery/probe/reply-to]
        def make() -> bytes | None:
            return publication.datagram(kind, version, local, self._ids.new(), relates_to)

        self._outbox.put(
            when, asker.link, asker.address, local, make, owner=publication, repeated=repeated, kind=kind
        )
