"""The head of a message of HTTP is another, or comes slowly."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Final

from pydantic import Field

from emulator.faults.alteration import EVERYBODY, Alteration, At, Parameters
from emulator.faults.impossible import Impossible
from emulator.faults.wire_script import (
    Close,
    Send,
    Step,
    Wait,
    WireScript,
    in_pieces,
    lines_of,
    named,
    with_lines,
)

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_PADDING: Final = 1000
"""Octets of one header of those that make a head long."""


class Slow(Parameters):
    """How slowly."""

    octets: Annotated[int, Field(ge=1, le=100_000, description="Octets of one piece.")] = 1
    seconds: Annotated[float, Field(gt=0, le=60, description="Between two pieces.")] = 0.05


class Cut(Parameters):
    """After how much."""

    octets: Annotated[int, Field(ge=0, le=100_000, description="Octets of the head that go out.")]


class Named(Parameters):
    """Which."""

    header: Annotated[str, Field(pattern=r"^[!-9;-~]+$", max_length=200, description="Its name, in any letters.")]


class Valued(Named):
    """Which, and what it says."""

    value: Annotated[str, Field(pattern=r"^[ -~\t]*$", max_length=8000, description="What it says.")]


class Twice(Named):
    """Which, and what it says the second time."""

    value: Annotated[
        str | None,
        Field(pattern=r"^[ -~\t]*$", max_length=8000, description="What it says the second time; else the same."),
    ] = None


class Long(Parameters):
    """How long."""

    octets: Annotated[int, Field(ge=100, le=10_000_000, description="Octets of headers that are added.")] = 65_536


class _Slow(WireScript):
    def __init__(self, parameters: Slow) -> None:
        super().__init__()
        self._parameters = parameters

    def head(self, head: bytes) -> Iterator[Step]:
        for index, each in enumerate(in_pieces(head, self._parameters.octets)):
            if index:
                yield Wait(self._parameters.seconds)
            yield Send(each)


class _Cut(WireScript):
    def __init__(self, octets: int) -> None:
        super().__init__()
        self._octets = octets

    def head(self, head: bytes) -> Iterable[Step]:
        if self._octets >= len(head):
            raise Impossible(f"the head has {len(head)} octets: it cannot be cut after {self._octets}")
        return (Send(head[: self._octets]), Close())


class _Head(WireScript):
    """Makes another head of one."""

    def __init__(self, made: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._made = made

    def head(self, head: bytes) -> Iterable[Step]:
        return (Send(self._made(head)),)


def _there(head: bytes, name: str) -> None:
    if not any(named(line, name) for line in lines_of(head)):
        has = ", ".join(line.partition(b":")[0].decode("latin-1") for line in lines_of(head))
        raise Impossible(f"the head has no {name}; it has: {has}")


def _slow_head(parameters: Slow, dice: random.Random) -> WireScript:
    return _Slow(parameters)


def _head_cut(parameters: Cut, dice: random.Random) -> WireScript:
    return _Cut(parameters.octets)


def _header_missing(parameters: Named, dice: random.Random) -> WireScript:
    def made(head: bytes) -> bytes:
        _there(head, parameters.header)
        return with_lines(head, [line for line in lines_of(head) if not named(line, parameters.header)])

    return _Head(made)


def _header_twice(parameters: Twice, dice: random.Random) -> WireScript:
    def made(head: bytes) -> bytes:
        _there(head, parameters.header)
        lines = lines_of(head)
        same = next(line for line in lines if named(line, parameters.header))
        more = same if parameters.value is None else _line(same, parameters.value)
        return with_lines(head, [*lines, more])

    return _Head(made)


def _header_changed(parameters: Valued, dice: random.Random) -> WireScript:
    def made(head: bytes) -> bytes:
        _there(head, parameters.header)
        changed = (_line(x, parameters.value) if named(x, parameters.header) else x for x in lines_of(head))
        return with_lines(head, changed)

    return _Head(made)


def _header_added(parameters: Valued, dice: random.Random) -> WireScript:
    added = f"{parameters.header}: {parameters.value}".encode()
    return _Head(lambda head: with_lines(head, [*lines_of(head), added]))


def _long_head(parameters: Long, dice: random.Random) -> WireScript:
    def made(head: bytes) -> bytes:
        lines = lines_of(head)
        for number, left in enumerate(range(parameters.octets, 0, -_PADDING)):
            line = b"X-Padding-%d: " % number
            lines.append(line + b"x" * max(1, min(left, _PADDING) - len(line) - 2))
        return with_lines(head, lines)

    return _Head(made)


def _folded_headers(parameters: Parameters, dice: random.Random) -> WireScript:
    return _Head(lambda head: with_lines(head, (line.replace(b": ", b":\r\n ", 1) for line in lines_of(head))))


def _bare_lf_head(parameters: Parameters, dice: random.Random) -> WireScript:
    return _Head(lambda head: head.replace(b"\r\n", b"\n"))


def _small_letters(parameters: Parameters, dice: random.Random) -> WireScript:
    def small(line: bytes) -> bytes:
        name, colon, value = line.partition(b":")
        return name.lower() + colon + value

    return _Head(lambda head: with_lines(head, map(small, lines_of(head))))


def _http_1_0(parameters: Parameters, dice: random.Random) -> WireScript:
    return _Head(lambda head: head.replace(b"HTTP/1.1", b"HTTP/1.0", 1))


def _continue_first(parameters: Parameters, dice: random.Random) -> WireScript:
    return _Head(lambda head: _CONTINUE + head)


def _line(line: bytes, value: str) -> bytes:
    return line.partition(b":")[0] + b": " + value.encode()


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    Alteration(
        "slow-head",
        At.WIRE,
        EVERYBODY,
        "The head goes out in small pieces with a pause between them.",
        _slow_head,
        source="RFC 9112, section 9.5",
        parameters=Slow,
    ),
    Alteration(
        "head-cut",
        At.WIRE,
        EVERYBODY,
        "The connection is closed within the head.",
        _head_cut,
        source="RFC 9112, section 8",
        parameters=Cut,
    ),
    Alteration(
        "header-missing",
        At.WIRE,
        EVERYBODY,
        "A header of HTTP is left out.",
        _header_missing,
        source="apple/cups issue 2787; RFC 9112, section 6.3",
        parameters=Named,
    ),
    Alteration(
        "header-twice",
        At.WIRE,
        EVERYBODY,
        "A header of HTTP stands twice, the same or with another value.",
        _header_twice,
        source="RFC 9110, section 5.3",
        parameters=Twice,
    ),
    Alteration(
        "header-changed",
        At.WIRE,
        EVERYBODY,
        "A header of HTTP says something else.",
        _header_changed,
        clause="soap/http/content-type",
        source="RFC 9110, section 8.3",
        parameters=Valued,
    ),
    Alteration(
        "header-added",
        At.WIRE,
        EVERYBODY,
        "The head has a header more.",
        _header_added,
        source="RFC 9110, section 5.1",
        parameters=Valued,
    ),
    Alteration(
        "long-head",
        At.WIRE,
        EVERYBODY,
        "The head is so long that peers may refuse it.",
        _long_head,
        source="RFC 9110, section 5.4",
        parameters=Long,
    ),
    Alteration(
        "folded-headers",
        At.WIRE,
        EVERYBODY,
        "Each header goes on in a second line that begins with a space, as it was allowed before RFC 7230.",
        _folded_headers,
        source="RFC 9112, section 5.2",
    ),
    Alteration(
        "bare-lf-head",
        At.WIRE,
        EVERYBODY,
        "The lines of the head end with LF alone.",
        _bare_lf_head,
        source="RFC 9112, section 2.2",
    ),
    Alteration(
        "small-letters",
        At.WIRE,
        EVERYBODY,
        "The names of headers are in small letters, which means the same.",
        _small_letters,
        source="RFC 9110, section 5.1",
    ),
    Alteration(
        "http-1-0",
        At.WIRE,
        EVERYBODY,
        "The message calls itself HTTP/1.0.",
        _http_1_0,
        source="RFC 9112, section 2.3",
    ),
    Alteration(
        "continue-first",
        At.WIRE,
        EVERYBODY,
        "Before the answer comes a 100 Continue for which nobody has asked.",
        _continue_first,
        source="RFC 9110, section 15.2",
        of=("answer",),
    ),
)
