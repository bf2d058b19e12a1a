"""A body has other octets, another length than its head says, or another framing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Annotated, Final

from pydantic import Field, model_validator

from emulator.faults.alteration import EVERYBODY, Alteration, At, Parameters
from emulator.faults.impossible import Impossible
from emulator.faults.wire_script import (
    Close,
    Offset,
    Send,
    Step,
    WireScript,
    in_pieces,
    lines_of,
    named,
    with_lines,
)

_LENGTH: Final = "Content-Length"
_CHUNKED: Final = b"Transfer-Encoding: chunked"


class Corrupt(Parameters):
    """Where, and into what."""

    offset: Annotated[Offset, Field(description="Where it begins.")] = 0
    bits: Annotated[
        int, Field(ge=0, le=10_000, description="Bits behind the offset that are turned, chosen by the dice.")
    ] = 0
    octets: Annotated[
        str,
        Field(
            pattern=r"^(?:[0-9A-Fa-f]{2})*$",
            max_length=20_000,
            description="Octets in hexadecimal digits that stand at the offset in the place of those there.",
        ),
    ] = ""

    @model_validator(mode="after")
    def _one(self) -> Corrupt:
        if bool(self.bits) == bool(self.octets):
            raise ValueError("either bits or octets")
        return self


class Other(Parameters):
    """By how much."""

    by: Annotated[int, Field(ge=-(10**9), le=10**9, description="Added to the true length; negative for less.")]


class Chunks(Parameters):
    """Of which size."""

    octets: Annotated[int, Field(ge=1, le=10**9, description="Octets of one chunk, at most.")] = 16_384


class Extra(Parameters):
    """What comes behind."""

    octets: Annotated[int, Field(ge=1, le=10_000_000, description="How many, chosen by the dice.")] = 16


class _Corrupt(WireScript):
    def __init__(self, parameters: Corrupt, dice: random.Random) -> None:
        super().__init__()
        self.offset = parameters.offset
        self._bits = parameters.bits
        self._octets = bytes.fromhex(parameters.octets)
        self._dice = dice
        self._turned: list[int] = []
        """Bits of the body."""

    def begin(self) -> None:
        there = 8 * (self.length - self.at)
        if self._bits > there or len(self._octets) > self.length - self.at:
            raise Impossible(f"there are only {self.length - self.at} octets behind the offset {self.offset}")
        self._turned = sorted(8 * self.at + each for each in self._dice.sample(range(there), self._bits))

    def behind(self, piece: bytes, start: int) -> Iterable[Step]:
        made = bytearray(piece)
        given = self._octets[start - self.at :][: len(made)]
        made[: len(given)] = given
        while self._turned and self._turned[0] < 8 * (start + len(made)):
            bit = self._turned.pop(0) - 8 * start
            made[bit // 8] ^= 0x80 >> bit % 8
        return (Send(bytes(made)),)


class _OtherLength(WireScript):
    def __init__(self, by: int) -> None:
        super().__init__()
        self._by = by

    def begin(self) -> None:
        if self.length + self._by < 0:
            raise Impossible(f"the body has {self.length} octets: its length cannot be {-self._by} less")

    def head(self, head: bytes) -> Iterable[Step]:
        lines = [line for line in lines_of(head) if not named(line, _LENGTH)]
        return (Send(with_lines(head, [*lines, f"{_LENGTH}: {self.length + self._by}".encode()])),)


class _Chunked(WireScript):
    def __init__(self, octets: int, *, keeps_length: bool = False, ends: bool = True) -> None:
        super().__init__()
        self._size = octets
        self._keeps_length = keeps_length
        self._ends = ends

    def head(self, head: bytes) -> Iterable[Step]:
        lines = [line for line in lines_of(head) if self._keeps_length or not named(line, _LENGTH)]
        return (Send(with_lines(head, [*lines, _CHUNKED])),)

    def behind(self, piece: bytes, start: int) -> Iterator[Step]:
        for each in in_pieces(piece, self._size):
            yield Send(b"%x\r\n%b\r\n" % (len(each), each))

    def end(self) -> Iterable[Step]:
        return (Send(b"0\r\n\r\n"),) if self._ends else (Close(),)


class _Extra(WireScript):
    def __init__(self, octets: int, dice: random.Random) -> None:
        super().__init__()
        self._octets = octets
        self._dice = dice

    def end(self) -> Iterable[Step]:
        return (Send(self._dice.randbytes(self._octets)),)


def _corrupt(parameters: Corrupt, dice: random.Random) -> WireScript:
    return _Corrupt(parameters, dice)


def _content_length(parameters: Other, dice: random.Random) -> WireScript:
    return _OtherLength(parameters.by)


def _chunked(parameters: Chunks, dice: random.Random) -> WireScript:
    return _Chunked(parameters.octets)


def _chunked_with_length(parameters: Chunks, dice: random.Random) -> WireScript:
    return _Chunked(parameters.octets, keeps_length=True)


def _last_chunk_missing(parameters: Chunks, dice: random.Random) -> WireScript:
    return _Chunked(parameters.octets, ends=False)


def _extra_octets(parameters: Extra, dice: random.Random) -> WireScript:
    return _Extra(parameters.octets, dice)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "corrupt",
        At.WIRE,
        EVERYBODY,
        "Octets of the body are others, as many as before.",
        _corrupt,
        source="RFC 9293, section 3.1 (the checksum of TCP has 16 bits)",
        parameters=Corrupt,
    ),
    Alteration(
        "content-length",
        At.WIRE,
        EVERYBODY,
        "Content-Length says more or less than there is.",
        _content_length,
        clause="soap/http/length-and-chunks",
        source="thibauts/node-upnp-device-client pull request 10; expressjs/body-parser issue 373",
        parameters=Other,
    ),
    Alteration(
        "chunked",
        At.WIRE,
        EVERYBODY,
        "The body goes out in chunks, without Content-Length.",
        _chunked,
        source="DigDes/SoapCore pull request 841 (SOAP clients that want Content-Length)",
        parameters=Chunks,
    ),
    Alteration(
        "chunked-with-length",
        At.WIRE,
        EVERYBODY,
        "The body goes out in chunks, and the head has Content-Length too.",
        _chunked_with_length,
        clause="soap/http/length-and-chunks",
        source="RFC 9112, section 6.3",
        parameters=Chunks,
    ),
    Alteration(
        "last-chunk-missing",
        At.WIRE,
        EVERYBODY,
        "The body goes out in chunks, and the connection is closed before the last, empty one.",
        _last_chunk_missing,
        clause="soap/http/length-and-chunks",
        source="RFC 9112, section 8",
        parameters=Chunks,
    ),
    Alteration(
        "extra-octets",
        At.WIRE,
        EVERYBODY,
        "Behind the body come octets that belong to no message.",
        _extra_octets,
        clause="soap/http/length-and-chunks",
        source="RFC 9112, section 6.3",
        parameters=Extra,
    ),
)
