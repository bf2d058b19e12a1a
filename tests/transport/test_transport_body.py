"""Bodies, addresses, and the in-memory client."""

from __future__ import annotations

import asyncio
import mmap
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optional_programs import skip_or_fail
from told import told

from emulator.transport import body as body_module
from emulator.transport.address import parse_address
from emulator.transport.body import FileSegment, SegmentedBody, SourceChanged
from emulator.transport.http import (
    BytesBody,
    HttpRequest,
    IncomingRequest,
    OutgoingResponse,
    Refused,
    Stage,
    TimedOut,
    TimeLimits,
)
from emulator.transport.memory import MemoryClient
from emulator.transport.observe import Exchange

LIMITS = TimeLimits(connect=1, read=1)


def joined(body: SegmentedBody) -> bytes:
    return b"".join(bytes(chunk) for chunk in body.chunks())


@pytest.mark.parametrize("mapped", [True, False])
@pytest.mark.parametrize("offset", [0, 1, mmap.ALLOCATIONGRANULARITY + 3])
def test_file_segments_give_their_stretch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapped: bool, offset: int
) -> None:
    monkeypatch.setattr(body_module, "WINDOW", 3 * mmap.ALLOCATIONGRANULARITY)
    monkeypatch.setattr(body_module, "PIECE", 1000)
    if not mapped:

        def no_mapping(*_: object, **__: object) -> None:
            raise OSError("not on this file system")

        monkeypatch.setattr(mmap, "mmap", no_mapping)
    content = bytes(range(256)) * 2000
    path = tmp_path / "page"
    path.write_bytes(content)
    length = len(content) - offset - 7
    body = SegmentedBody((b"a", FileSegment(path, length, offset), memoryview(b"b"), FileSegment(path, 0)))
    assert body.length == length + 2
    expected = b"a" + content[offset : offset + length] + b"b"
    assert joined(body) == expected
    assert joined(body) == expected


@pytest.mark.parametrize("mapped", [True, False])
def test_file_that_shrinks_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapped: bool) -> None:
    monkeypatch.setattr(body_module, "PIECE", 4096)
    if not mapped:
        monkeypatch.setattr(mmap, "mmap", lambda *_, **__: (_ for _ in ()).throw(OSError("no")))
    path = tmp_path / "page"
    path.write_bytes(bytes(100_000))
    chunks = SegmentedBody((FileSegment(path, 100_000),)).chunks()
    next(chunks)
    with path.open("r+b") as file:
        try:
            file.truncate(50_000)
        except OSError:
            skip_or_fail("this system keeps mapped files from being truncated")
    with pytest.raises(SourceChanged, match="50000 octets fewer"):
        for _ in chunks:
            pass


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "header"),
    [
        ("http://a", "a", 80, "/", "a"),
        ("https://a", "a", 443, "/", "a"),
        ("https://a:443/x?y=z#f", "a", 443, "/x?y=z", "a"),
        ("http://A.Example:5357/x", "a.example", 5357, "/x", "a.example:5357"),
        ("http://[::1]:80/", "::1", 80, "/", "[::1]"),
        ("http://[fe80::1%25eth0]:8/", "fe80::1%eth0", 8, "/", "[fe80::1]:8"),
        ("http://bücher.example/ü", "xn--bcher-kva.example", 80, "/%C3%BC", "xn--bcher-kva.example"),
        ("http://user:secret@a/", "a", 80, "/", "a"),
    ],
)
def test_addresses(url: str, host: str, port: int, target: str, header: str) -> None:
    address = parse_address(url)
    assert (address.host, address.port, address.target, address.host_header) == (host, port, target, header)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["", "http://", "https://a", "http://[", "http://a:"]))
def test_any_url_is_an_address_or_refused(text: str, prefix: str) -> None:
    try:
        address = parse_address(prefix + text)
    except Refused as error:
        assert error.stage is Stage.CONNECT
        assert "\n" not in str(error)
        return
    assert 0 < address.port < 65536
    assert address.target.isascii()
    assert " " not in address.target
    assert urlsplit(f"{address.scheme}://{address.host_header}{address.target}").hostname


async def echo(request: IncomingRequest) -> OutgoingResponse:
    if request.path == "/early":
        return OutgoingResponse(400, b"no")
    if request.path == "/slow":
        await asyncio.sleep(10)
    body = b"".join([piece async for piece in request.body])
    text = f"{request.method} {request.headers['host']} {request.content_length} ".encode()
    return OutgoingResponse(200, text + body, (("X", "y"),))


async def test_memory_client_is_a_twin_of_the_real_one(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"image")
    seen: list[Exchange] = []
    client = MemoryClient(echo, layers=told(seen.append))
    body = SegmentedBody((b"<", FileSegment(tmp_path / "page", 5), b">"))
    response = await client.exchange(HttpRequest("http://h:1/x", (), body), LIMITS)
    assert (response.body, response.reason, response.header("x")) == (b"POST h:1 7 <image>", "OK", "y")
    assert not response.early
    response = await client.exchange(HttpRequest("http://h:1/early", (), body), LIMITS)
    assert (response.status, response.early) == (400, True)
    with pytest.raises(TimedOut):
        await client.exchange(HttpRequest("http://h/slow", (), BytesBody(b"")), TimeLimits(read=0.05))
    await client.aclose()
    assert [(e.status, bool(e.error)) for e in seen] == [(200, False), (400, False), (0, True)]
    assert seen[0].request_start == b"<image>"
