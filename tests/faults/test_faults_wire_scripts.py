"""Scripts of the wire are pure: however a message is cut into pieces on its way to them, the same comes out."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.faults.alteration import At
from emulator.faults.alterations import alterations_at
from emulator.faults.impossible import Impossible
from emulator.faults.wire_script import Close, Reset, Send, Wait, place, play

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 26\r\n\r\n"
BODY = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PARAMETERS: dict[str, dict[str, Any]] = {
    "reset": {"offset": 5},
    "close": {"offset": "50 %"},
    "stall": {"offset": -1, "seconds": 2},
    "throttle": {"octets_per_second": 100},
    "corrupt": {"bits": 7, "offset": 3},
    "content-length": {"by": 3},
    "head-cut": {"octets": 10},
    "header-missing": {"header": "content-type"},
    "header-twice": {"header": "Content-Type", "value": "x"},
    "header-changed": {"header": "Content-Type", "value": "x"},
    "header-added": {"header": "X", "value": "x"},
}


def played(name: str, pieces: list[bytes], **parameters: Any) -> tuple[bytes, float, str]:
    """What goes out until the end, for how long nothing does, and how it ends."""
    alteration = alterations_at(At.WIRE)[name]
    script = alteration.apply(alteration.parameters.model_validate(parameters), random.Random(3))
    out, waits = bytearray(), 0.0
    for piece in pieces:
        for step in play((script,), piece):
            match step:
                case Send(octets):
                    out += octets
                case Wait(seconds):
                    waits += seconds
                case Close() | Reset():
                    return bytes(out), waits, type(step).__name__
    return bytes(out), waits, ""


def unchunked(data: bytes) -> bytes:
    """Chunks put together: their sizes may depend on the pieces."""
    return re.sub(rb"(?:\r\n)?[0-9a-f]+\r\n(?=[A-Z])", b"", data)


@pytest.mark.parametrize("name", alterations_at(At.WIRE))
@given(cuts=st.sets(st.integers(1, len(HEAD + BODY) - 1), max_size=6))
@settings(max_examples=25)
def test_pieces_make_no_difference(name: str, cuts: set[int]) -> None:
    data, places = HEAD + BODY, sorted({0, *cuts, len(HEAD + BODY)})
    pieces = [data[start:end] for start, end in pairwise(places)]
    whole, parts = (played(name, each, **PARAMETERS.get(name, {})) for each in ([data], pieces))
    assert unchunked(parts[0]) == unchunked(whole[0]) and parts[2] == whole[2]
    assert parts[1] == pytest.approx(whole[1])


@pytest.mark.parametrize(
    ("offset", "length", "at"),
    [(0, 10, 0), (10, 10, 10), (-1, 10, 9), (-10, 10, 0), ("50 %", 9, 4), ("100%", 10, 10), ("0.5 %", 1000, 5)],
)
def test_an_offset_is_a_place(offset: int | str, length: int, at: int) -> None:
    assert place(offset, length) == at


@pytest.mark.parametrize("offset", [11, -11])
def test_an_offset_outside_of_the_body_is_none(offset: int) -> None:
    with pytest.raises(Impossible, match=f"offset {offset} is outside of the body, which has 10 octets"):
        place(offset, 10)


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("content-length", {"by": -27}, "the body has 26 octets: its length cannot be 27 less"),
        ("corrupt", {"octets": "0000", "offset": -1}, "there are only 1 octets behind the offset -1"),
        ("corrupt", {"bits": 9, "offset": 25}, "there are only 1 octets behind"),
        ("head-cut", {"octets": 500}, "cannot be cut after 500"),
        ("header-missing", {"header": "Host"}, "the head has no Host; it has: Content-Type, Content-Length"),
    ],
)
def test_what_cannot_be_is_said(name: str, parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(Impossible, match=re.escape(said)):
        played(name, [HEAD + BODY], **parameters)


def test_a_body_of_unknown_length_has_no_place() -> None:
    with pytest.raises(Impossible, match="the length of the body is not known"):
        played("close", [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], offset=1)


def test_an_answer_before_the_answer_passes() -> None:
    early = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert played("close", [early + HEAD + BODY], offset=3) == (early + HEAD + b"ABC", 0, "Close")
