"""What is taken down of bodies while they pass: hashes, and of a package its root part and its attachments."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from emulator.soap.deviations import Deviations
from emulator.soap.mime import MimeError, parse_content_type
from emulator.soap.mtom import Attachment, Data, MtomReader, Root
from emulator.soap.mtom import Event as PackageEvent
from emulator.transport.http import Headers
from emulator.transport.observe import KEPT_BODY_BYTES, Exchange
from emulator.transport.points import BodyOctets

_LINE_BY_LINE: Final = 64 * 1024
"""Octets of the start of a package that are read line by line."""


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment that has passed."""

    content_id: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TakenBody:
    """What is known of a body that has passed."""

    sha256: str = ""
    """Of all its octets; '' where there were none."""
    root: bytes | None = None
    """Of a package: the start of its root part, at most KEPT_BODY_BYTES; None where none can be read."""
    root_size: int = 0
    """Octets of the root part, as far as it came."""
    root_whole: bool = False
    attachments: tuple[Attached, ...] = ()
    """Those that are whole."""


NO_BODY: Final = TakenBody()


class BodyTally:
    """Fed with the octets of a body. What is not well-formed gives fewer parts, never an error."""

    def __init__(self, content_type: str) -> None:
        self._hash = hashlib.sha256()
        self._reader: MtomReader | None = None
        self._root: bytes | None = None
        self._root_whole = False
        self._attachments: list[Attached] = []
        self._attachment: Attachment | None = None
        self._part_hash = hashlib.sha256()
        self._part_size = 0
        self._left = _LINE_BY_LINE
        with suppress(MimeError):
            if parse_content_type(content_type, Deviations()).media_type.startswith("multipart/"):
                self._reader = MtomReader(content_type)

    def feed(self, octets: bytes) -> None:
        """Take the next ones."""
        self._hash.update(octets)
        # Where the reader gives up, it keeps what the same piece had brought before: so the pieces are small.
        lines = octets[: self._left].splitlines(keepends=True) if self._reader is not None else []
        for piece in (*lines, octets[self._left :]):
            if self._reader is None:
                return
            try:
                events = self._reader.feed(piece)
            except MimeError:
                self._give_up()
                return
            for event in events:
                self._take(event)
        self._left = max(0, self._left - len(octets))

    def taken(self) -> TakenBody:
        """Return what has been found; to be asked for once, at the body's end."""
        if self._reader is not None:
            try:
                for event in self._reader.close():
                    self._take(event)
            except MimeError:
                self._give_up()
        root = self._root
        sha256, attachments = self._hash.hexdigest(), tuple(self._attachments)
        if root is None:
            return TakenBody(sha256, attachments=attachments)
        return TakenBody(sha256, root[:KEPT_BODY_BYTES], len(root), self._root_whole, attachments)

    def _give_up(self) -> None:
        """The rest cannot be read; what came of the root part stays."""
        if self._reader is not None and self._root is None:
            self._root = self._reader.root_so_far
        self._reader = None

    def _take(self, event: PackageEvent) -> None:
        match event:
            case Root():
                self._root, self._root_whole = event.data, True
            case Attachment():
                self._attachment, self._part_hash, self._part_size = event, hashlib.sha256(), 0
            case Data():
                self._part_hash.update(event.data)
                self._part_size += len(event.data)
            case _:
                part = self._attachment
                assert part is not None  # its end comes behind its beginning
                self._attachments.append(
                    Attached(part.content_id, part.media_type, self._part_size, self._part_hash.hexdigest())
                )


@dataclass(slots=True)
class _Tallies:
    request: BodyTally | None = None
    response: BodyTally | None = None


@dataclass(slots=True)
class Bodies:
    """A listener of BODY that keeps what it takes down until it is asked for it, or the exchange is forgotten."""

    _of: WeakKeyDictionary[Exchange, _Tallies] = field(default_factory=WeakKeyDictionary)

    def __call__(self, passed: BodyOctets) -> None:
        """Take down a piece."""
        exchange = passed.exchange
        tallies = self._of.get(exchange)
        if tallies is None:
            tallies = self._of[exchange] = _Tallies()
        if passed.of == "request":
            tally = tallies.request = tallies.request or BodyTally(content_type(exchange.request_headers))
        else:
            tally = tallies.response = tallies.response or BodyTally(content_type(exchange.response_headers))
        tally.feed(passed.octets)

    def of(self, exchange: Exchange) -> tuple[TakenBody, TakenBody]:
        """Request and response of an exchange that has ended."""
        tallies = self._of.pop(exchange, None) or _Tallies()
        request, response = tallies.request, tallies.response
        return NO_BODY if request is None else request.taken(), NO_BODY if response is None else response.taken()


def content_type(headers: Headers) -> str:
    """The Content-Type of a message; '' where it has none."""
    return next((value for name, value in headers if name.lower() == "content-type"), "")
