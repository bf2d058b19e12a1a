"""Mutants that do otherwise with what no client sends: lengths that lie, transfers that break, much of what is
valid."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from front import EMPTY, Front, said
from mutant import Handle, Http, Mutant, accepted, answered_as_if_right

from emulator.transport.http import IncomingRequest, OutgoingResponse

HOSTILE = ("http/*", "soap/limits/*", "soap/http/*", "mtom/*")


def _fronted(id: str, does: str, front: Front) -> Mutant:
    return Mutant(id, does, front=front, strict=False, also=HOSTILE)


def _answered(id: str, does: str, when: Callable[[bytes], bool], answer: bytes = EMPTY) -> Mutant:
    return _fronted(id, does, Front(when, answer))


def _gone(id: str, when: bytes) -> Mutant:
    """Whoever sends that finds the connection closed."""
    return _fronted(id, "the connection is closed", Front(lambda seen: when in seen, resets=True))


def _head_has(*words: bytes, missing: bytes = b"\0") -> Callable[[bytes], bool]:
    def has(seen: bytes) -> bool:
        head, end, _ = seen.partition(b"\r\n\r\n")
        return bool(end) and all(each in head for each in words) and missing not in head

    return has


def _wrapped(octets: bytes) -> bytes:
    """Sizes of chunks lose what is beyond their last eight digits."""
    head, end, body = octets.partition(b"\r\n\r\n")
    size, line, rest = body.partition(b"\r\n")
    if b"chunked" not in head or not line or len(size) <= 8:
        return octets
    return head + end + size.lstrip(b"1").lstrip(b"0") + line + rest


def _guessed(octets: bytes) -> bytes:
    """A size that is no number is that of the chunk."""
    head, end, body = octets.partition(b"\r\n\r\n")
    if not body.startswith(b"zz\r\n"):
        return octets
    data = body[4 : -len(b"\r\n0\r\n\r\n")]
    return head + end + f"{len(data):x}\r\n".encode() + data + body[len(data) + 4 :]


def _one_after_the_other() -> Http:
    """Nobody is served while somebody's request is not finished."""
    turn = asyncio.Lock()

    async def http(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
        async with turn:
            return await inner(request)

    return http


async def _package_ended(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
    """A package that lacks its last delimiter gets one."""
    octets = b"".join([bytes(each) async for each in request.body])
    boundary = request.headers.get("content-type", "").partition('boundary="')[2].partition('"')[0].encode()
    if boundary and b"--" + boundary + b"--" not in octets:
        octets += b"\r\n--" + boundary + b"--\r\n"
    request.body = _of(octets)
    return await inner(request)


async def _headers_ended(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
    """Headers of a part that never end, end."""
    octets = b"".join([bytes(each) async for each in request.body])
    if b"\r\nX-99999: 1" in octets:
        octets = octets.replace(b"\r\nX-0: 1", b"\r\n\r\nX-0: 1", 1)
    request.body = _of(octets)
    return await inner(request)


async def _of(octets: bytes) -> AsyncIterator[bytes]:
    yield octets


MUTANTS = (
    _fronted(
        "soap/http/answer-after-the-request",
        "the connection is reset",
        Front(lambda seen: len(seen) > 1_000_000, said(400), resets=True),
    ),
    _answered("http/host/one-and-no-more", "no Host will do", _head_has(b"POST", missing=b"Host:")),
    _answered("http/field/blank-before-colon", "it is read", _head_has(b"X-Judge : 1")),
    _answered("http/target/too-long", "400", lambda seen: b"POST /aaaa" in seen, said(400)),
    _answered("http/field/too-large", "500", lambda seen: b"X-Judge: aaa" in seen, said(500)),
    _answered("http/length/invalid", "it is read", _head_has(b"Content-Length: 4x")),
    _answered("http/length/invalid", "the connection stays open", _head_has(b"Content-Length: 4x"), said(400)),
    _answered("http/length/beside-chunks", "the connection stays open", _head_has(b"Length: 4", b"chunked")),
    _answered("http/coding/chunked-not-last", "it is read", _head_has(b"chunked, gzip")),
    _fronted("http/length/incomplete", "what is missing is made up", Front(completes=True)),
    _fronted("http/chunks/incomplete", "what is missing is made up", Front(completes=True)),
    _fronted("http/chunks/size-overflow", "32 bits are enough", Front(changes=_wrapped)),
    _fronted("http/chunks/broken", "a guess", Front(changes=_guessed)),
    Mutant("http/request/unfinished", "others wait", http=_one_after_the_other(), strict=False, also=HOSTILE),
    Mutant("mtom/delimiter/never-closed", "it is read", http=_package_ended, strict=False, also=HOSTILE),
    Mutant("mtom/part/headers-never-end", "it is read", http=_headers_ended, strict=False, also=HOSTILE),
    _gone("soap/limits/deep-nesting", b"<b><b><b><b>"),
    _gone("soap/limits/many-attributes", b'a1="1" a2="2"'),
    _gone("soap/limits/many-header-blocks", b'<j:a699 xmlns:j="urn:j"/>'),
    _gone("soap/limits/long-names", b"<j:aaaaaaaaaaaaaaaa"),
    Mutant(
        "soap/limits/long-texts",
        "it is answered like any other",
        http=answered_as_if_right(b"<dsp:JobToken>aaaaaaaaaaaaaaaaaaaa"),
        also=HOSTILE,
    ),
    Mutant("soap/limits/huge-numbers", "taken", (accepted("SendImage"),), also=("dsp/*", "mtom/*", *HOSTILE)),
    Mutant(
        "soap/limits/broken-xml",
        "it is read",
        http=answered_as_if_right(b"<dsp:JobToken>\xff\xfe"),
        also=HOSTILE,
    ),
    Mutant(
        "soap/limits/far-too-large",
        "it is read",
        http=answered_as_if_right(b" " * 1_000_000),
        also=HOSTILE,
    ),
)
