"""A cut on the wire is exact: the peer has received so many octets of the body and no more. The peer is a raw
reader that counts (`raw_peer.py`), once as server of our client, once as client of our host."""

from __future__ import annotations

import asyncio
import ssl
import sys
from typing import Any, Final

import pytest
from disturbed import DEVICE, SERVER, disturbed, fault
from raw_peer import Heard, ask, counting
from variants import EXHAUSTIVE, exhaustive

from emulator.layers import Layers
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.http import (
    BytesBody,
    Carried,
    ConnectionLost,
    HttpRequest,
    IncomingRequest,
    OutgoingResponse,
    TimeLimits,
)
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context, server_context_from

BODY: Final = bytes(range(256)) * 4000
OFFSETS: Final = {"1": (1, 1), "100,000": (100_000, 100_000), "50 %": ("50 %", len(BODY) // 2)}
ROUNDS: Final = 20 if EXHAUSTIVE else 2
PAUSE: Final = 0.4
Contexts = tuple[ssl.SSLContext | None, ssl.SSLContext | None]
TELLS: Final = sys.platform in ("linux", "darwin")
"""Whether the system says what has arrived."""


@pytest.fixture(params=["HTTP", "HTTPS"])
def tls(request: pytest.FixtureRequest) -> Contexts:
    """Contexts of a server and of its client."""
    if request.param == "HTTP":
        return None, None
    authority = LabAuthority.create()
    return (
        server_context_from(authority.issue_server(["127.0.0.1"])),
        client_context(ca_file=None, ca_pem=authority.certificate_pem),
    )


def deed(do: str, offset: int | str) -> str:
    more: dict[str, Any] = {"seconds": PAUSE} if do == "stall" else {}
    return fault("wire", do, offset=offset, **more)


async def as_client(tls: Contexts, do: str, offset: int | str, slowly: float = 0) -> list[Heard]:
    server, client = tls
    found: list[Heard] = []

    async def once() -> None:
        layers = Layers()
        sender = StreamClient(client, layers)
        with disturbed(layers, DEVICE, deed(do, offset)) as ledger, counting(server, slowly=slowly) as peer:
            asked = HttpRequest(peer.url, (), BytesBody(BODY), carried=Carried("SendImage"))
            if do == "stall":
                assert (await sender.exchange(asked, TimeLimits())).status == 202
            else:
                with pytest.raises(ConnectionLost, match="on purpose"):
                    await sender.exchange(asked, TimeLimits())
            await sender.aclose()
            await asyncio.to_thread(peer.join, 1)
            assert len(ledger.firings) == 1
            found.extend(peer.heard)

    await asyncio.gather(*(once() for _ in range(ROUNDS)))
    return found


async def as_host(tls: Contexts, do: str, offset: int | str, slowly: float = 0) -> list[Heard]:
    server, client = tls

    async def answer(request: IncomingRequest) -> OutgoingResponse:
        async for _ in request.body:
            pass
        return OutgoingResponse(200, BODY, carried=Carried("GetScannerElements"))

    layers = Layers()
    asked = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nabc"
    with disturbed(layers, DEVICE, deed(do, offset)) as ledger:
        async with HttpHost(answer, ssl_context=server, layers=layers) as host:
            found = await asyncio.gather(
                *(asyncio.to_thread(ask, host.port, asked, client, slowly) for _ in range(ROUNDS))
            )
    assert len(ledger.firings) == ROUNDS
    return list(found)


def judge(found: list[Heard], do: str, octets: int, *, secured: bool) -> None:
    """By the count of the peer."""
    assert len(found) == ROUNDS
    for heard in found:
        if do == "stall":
            (pause, there), *_ = heard.pauses
            assert there - len(heard.head) - 4 == octets and pause >= PAUSE / 2
            assert heard.body == BODY and heard.end == "answered"
        elif do == "close" or TELLS:
            assert len(heard.body) == octets and BODY.startswith(heard.body)
            assert heard.end == ("closed" if do == "close" else "reset")
            assert do == "reset" or heard.polite == secured
        else:
            assert len(heard.body) <= octets and BODY.startswith(heard.body)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("do", ["reset", "close", "stall"])
@pytest.mark.parametrize("side", [as_client, as_host])
async def test_the_peer_has_so_many_octets_and_no_more(tls: Contexts, side: Any, do: str, offset: str) -> None:
    said, octets = OFFSETS[offset]
    judge(await side(tls, do, said), do, octets, secured=tls[0] is not None)


@exhaustive
@pytest.mark.parametrize("do", ["reset", "close"])
@pytest.mark.parametrize("side", [as_client, as_host])
async def test_a_slow_reader_has_as_many(tls: Contexts, side: Any, do: str) -> None:
    judge(await side(tls, do, -1, slowly=0.02), do, len(BODY) - 1, secured=tls[0] is not None)


@pytest.mark.parametrize("side", ["client", "host"])
async def test_an_offset_outside_of_the_body_is_a_failure_that_is_named(side: str, caplog: Any) -> None:
    offset = len(BODY) + 1
    said = f"offset {offset} is outside of the body, which has {len(BODY)} octets"
    if side == "host":
        (heard, *_) = await as_host((None, None), "close", offset)
        assert not heard.body and said in caplog.text
    else:
        with pytest.raises(Exception, match=said):
            await as_client((None, None), "close", offset)


async def test_a_server_does_nothing_to_what_it_does_not_mean() -> None:
    """Another operation, and what is no SOAP."""
    layers = Layers()

    async def answer(request: IncomingRequest) -> OutgoingResponse:
        async for _ in request.body:
            pass
        carried = Carried(request.path[1:]) if request.path != "/plain" else None
        return OutgoingResponse(200, BODY, carried=carried)

    with disturbed(layers, SERVER, fault("wire", "close", offset=0, operation="SendImage", nth=2)) as ledger:
        async with HttpHost(answer, layers=layers) as host:

            async def body(path: str) -> bytes:
                asked = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n".encode()
                return (await asyncio.to_thread(ask, host.port, asked)).body

            asked = ("/SendImage", "/EndPostScanJob", "/plain", "/SendImage", "/SendImage")
            assert [len(await body(each)) for each in asked] == [len(BODY)] * 3 + [0, len(BODY)]
    assert [(each.count, each.fault.name) for each in ledger.firings] == [(2, "the fault")]
