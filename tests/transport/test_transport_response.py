"""The response reader, held against h11."""

from __future__ import annotations

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.transport.response import NotAResponse, ResponseReader

quick = settings(max_examples=300, deadline=None)
LIMIT = 10_000


def ours(data: bytes, size: int, method: str = "POST") -> ResponseReader:
    reader = ResponseReader(method, LIMIT)
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
    reader.eof()
    return reader


def theirs(data: bytes, method: str = "POST") -> tuple[int, bytes, list[tuple[bytes, bytes]], bool] | None:
    """Status, body, headers, reusable; None when incomplete or refused."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "x"), ("Content-Length", "0")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    status, body, headers = 0, b"", []
    ended = False
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA and not ended:
                connection.receive_data(b"")
                ended = True
                continue
            if event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return None
            if isinstance(event, h11.Response):
                status, headers = event.status_code, list(event.headers.raw_items())
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                reusable = connection.their_state is h11.DONE and not ended and not connection.trailing_data[0]
                return status, body, headers, reusable
    except h11.RemoteProtocolError:
        return None


token = st.from_regex(r"[A-Za-z][A-Za-z-]{0,8}", fullmatch=True).filter(
    lambda name: name.lower() not in ("content-length", "transfer-encoding", "connection")
)
value = st.from_regex(r"[!-~]([ -~]{0,10}[!-~])?", fullmatch=True)


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    body = draw(st.binary(max_size=60))
    status = draw(st.sampled_from([200, 204, 304, 400, 500]))
    headers = [f"{name}: {text}" for name, text in draw(st.lists(st.tuples(token, value), max_size=3))]
    framing = draw(st.sampled_from(["length", "chunked", "eof", "short"]))
    if draw(st.booleans()):
        headers.append("Connection: " + draw(st.sampled_from(["close", "Keep-Alive", "x, CLOSE"])))
    if framing in ("length", "short"):
        headers.append(f"content-LENGTH: {len(body) + (framing == 'short')}")
        content = body
    elif framing == "chunked":
        headers.append("Transfer-Encoding: chunked")
        cut = draw(st.integers(min_value=0, max_value=len(body)))
        content = b"".join(b"%X;e=1\r\n%s\r\n" % (len(c), c) for c in (body[:cut], body[cut:]) if c) + b"0\r\n\r\n"
    else:
        content = body
    version = draw(st.sampled_from(["1.1", "1.0"]))
    interim = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n" if draw(st.booleans()) else ""
    return (interim + "\r\n".join([f"HTTP/{version} {status} Reason", *headers]) + "\r\n\r\n").encode() + content


@quick
@given(responses(), st.integers(min_value=1, max_value=40), st.sampled_from(["POST", "HEAD"]))
def test_reads_what_h11_reads(data: bytes, size: int, method: str) -> None:
    expected = theirs(data, method)
    reader = ours(data, size, method)
    if expected is None:
        assert not reader.done
        return
    assert reader.done
    response = reader.response(early=False)
    status, body, headers, reusable = expected
    assert (response.status, response.body) == (status, body)
    assert [(n.lower().encode(), v.encode()) for n, v in response.headers] == [(n.lower(), v) for n, v in headers]
    # h11 keeps no HTTP/1.0 connection at all; the rest is judged alike.
    if b"HTTP/1.0" not in data:
        assert reader.keep_alive == reusable


@quick
@given(st.binary(max_size=300), st.integers(min_value=1, max_value=60))
@example(b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 1)
def test_arbitrary_bytes_give_a_response_or_an_error(data: bytes, size: int) -> None:
    for prefix in (
        b"",
        b"HTTP/1.1 ",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    ):
        try:
            reader = ours(prefix + data, size)
        except NotAResponse as error:
            assert "\n" not in str(error)
        else:
            assert not reader.done or len(reader.response(early=False).body) <= LIMIT


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("X: a\r\n b\r\n\tc", "a b c"),
        ("X:", ""),
        ("X:   a b \t ", "a b"),
    ],
)
def test_odd_headers(header: str, expected: str) -> None:
    reader = ours(f"HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 0\r\n\r\n".encode(), 3)
    assert reader.response(early=False).header("x") == expected


def test_line_feeds_alone_are_read() -> None:
    reader = ours(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 100)
    assert reader.response(early=True).body == b"ok"


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(LIMIT + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 10001,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 5000,
    ],
)
def test_everything_is_bounded(data: bytes) -> None:
    with pytest.raises(NotAResponse, match="long"):
        ours(data, 4096)
