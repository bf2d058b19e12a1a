"""The connection ends or falters within a body."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

from pydantic import Field

from emulator.faults.alteration import EVERYBODY, Alteration, At, Parameters
from emulator.faults.wire_script import Close, Offset, Reset, Send, Step, Wait, WireScript, in_pieces

_LONGEST: Final = 3600
_THROTTLE_STEP: Final = 0.1
"""Seconds between two pieces of a throttled body."""


class Place(Parameters):
    """Where."""

    offset: Annotated[
        Offset,
        Field(description='Octets of the body that go out before; negative from its end; a share such as "50 %".'),
    ]


class Stall(Place):
    """Where, for how long, and what then."""

    seconds: Annotated[float, Field(gt=0, le=_LONGEST, description="How long nothing goes out.")]
    then: Annotated[
        Literal["go-on", "close", "reset"], Field(description="What comes after: the rest, or the end.")
    ] = "go-on"


class Dribble(Parameters):
    """How slowly."""

    offset: Annotated[Offset, Field(description="Where it begins; everything before goes out at once.")] = 0
    octets: Annotated[int, Field(ge=1, le=1_000_000, description="Octets of one piece.")] = 1
    seconds: Annotated[float, Field(gt=0, le=60, description="Between two pieces.")] = 0.05
    pieces: Annotated[
        int, Field(ge=1, le=100_000, description="At most so many pieces; what is left then goes out at once.")
    ] = 100


class Throttle(Parameters):
    """How slowly."""

    octets_per_second: Annotated[int, Field(ge=10, le=10**10, description="Of the body, on average.")]


class _Cut(WireScript):
    def __init__(self, parameters: Place, end: Step) -> None:
        super().__init__()
        self.offset = parameters.offset
        self._end = end

    def there(self) -> Iterable[Step]:
        return (self._end,)


class _Stall(WireScript):
    def __init__(self, parameters: Stall) -> None:
        super().__init__()
        self.offset = parameters.offset
        self._steps: list[Step] = [Wait(parameters.seconds)]
        if parameters.then != "go-on":
            self._steps.append(Close() if parameters.then == "close" else Reset())

    def there(self) -> Iterable[Step]:
        return self._steps


class _Dribble(WireScript):
    def __init__(self, parameters: Dribble) -> None:
        super().__init__()
        self.offset = parameters.offset
        self._parameters = parameters
        self._left = parameters.pieces

    def behind(self, piece: bytes, start: int) -> Iterator[Step]:
        size = self._parameters.octets
        slowly = piece[: size * self._left]
        for each in in_pieces(slowly, size):
            self._left -= 1
            yield Wait(self._parameters.seconds)
            yield Send(each)
        if len(slowly) < len(piece):
            yield Send(piece[len(slowly) :])


class _Throttle(WireScript):
    def __init__(self, parameters: Throttle) -> None:
        super().__init__()
        self._size = max(1, int(parameters.octets_per_second * _THROTTLE_STEP))
        self._rate = parameters.octets_per_second

    def behind(self, piece: bytes, start: int) -> Iterator[Step]:
        for each in in_pieces(piece, self._size):
            yield Wait(len(each) / self._rate)
            yield Send(each)


def _reset(parameters: Place, dice: random.Random) -> WireScript:
    return _Cut(parameters, Reset())


def _close(parameters: Place, dice: random.Random) -> WireScript:
    return _Cut(parameters, Close())


def _stall(parameters: Stall, dice: random.Random) -> WireScript:
    return _Stall(parameters)


def _dribble(parameters: Dribble, dice: random.Random) -> WireScript:
    return _Dribble(parameters)


def _throttle(parameters: Throttle, dice: random.Random) -> WireScript:
    return _Throttle(parameters)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "reset",
        At.WIRE,
        EVERYBODY,
        "The connection is reset when the peer's system has so many octets of the body and no more: exact on Linux "
        "and macOS, where the system tells what has arrived; elsewhere at most so many arrive.",
        _reset,
        source="Shopify/toxiproxy issues 238 and 247; RFC 9293, section 3.5.3",
        parameters=Place,
    ),
    Alteration(
        "close",
        At.WIRE,
        EVERYBODY,
        "The connection is closed when so many octets of the body have gone out, of TLS with close_notify: on "
        "every system the peer receives these and then the end.",
        _close,
        source="Shopify/toxiproxy issue 122; RFC 9112, section 8",
        parameters=Place,
    ),
    Alteration(
        "stall",
        At.WIRE,
        EVERYBODY,
        "Nothing goes out for some time when so many octets of the body have gone out; then the rest, or the end.",
        _stall,
        source="RFC 9112, section 9.5",
        parameters=Stall,
    ),
    Alteration(
        "dribble",
        At.WIRE,
        EVERYBODY,
        "The body goes out in small pieces with a pause before each.",
        _dribble,
        source="RFC 9110, section 2.2",
        parameters=Dribble,
    ),
    Alteration(
        "throttle",
        At.WIRE,
        EVERYBODY,
        "The body goes out at so many octets a second.",
        _throttle,
        source="RFC 9110, section 2.2",
        parameters=Throttle,
    ),
)
