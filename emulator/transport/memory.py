"""An HTTP client whose server is a function of the same process: no socket, the same types."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from urllib.parse import unquote

from emulator.layers import Layers
from emulator.transport.http import (
    Handler,
    HttpRequest,
    HttpResponse,
    IncomingRequest,
    Stage,
    TimedOut,
    TimeLimits,
)
from emulator.transport.observe import Exchange
from emulator.transport.passing import PassingOctets
from emulator.transport.points import EXCHANGE
from emulator.transport.reasons import reason_phrase
from emulator.transport.url import read_url


class MemoryClient:
    """Hands each request to `handler`. An answer given before the body was read counts as early."""

    def __init__(self, handler: Handler, *, layers: Layers | None = None, remote: str = "127.0.0.1") -> None:
        self._handler = handler
        self._layers = layers or Layers()
        self._remote = remote

    async def exchange(self, request: HttpRequest, limits: TimeLimits) -> HttpResponse:
        """Have the handler answer. Raises TimedOut after `limits.read` seconds, and what the handler raises."""
        address = read_url(request.url)
        headers = {name.lower(): value for name, value in request.headers}
        headers |= {"host": address.authority, "content-length": str(request.body.length)}
        record = Exchange(
            "client", request.method, request.url, self._remote, time.time(), request_headers=request.headers
        )
        passing = PassingOctets(self._layers, record, "request")
        body = _Octets(request.body.chunks(), request.body.length, passing)
        incoming = IncomingRequest(
            request.method,
            unquote(address.path) or "/",  # as the real host hands it on
            headers,
            self._remote,
            body,
            content_length=request.body.length,
            scheme=address.scheme,
            query=address.query,
        )
        try:
            async with asyncio.timeout(limits.read):
                answer = await self._handler(incoming)
        except TimeoutError:
            stage = Stage.ANSWER if body.complete else Stage.SEND
            error = TimedOut(f"{address.authority}: no answer", stage, body_bytes_sent=body.given)
            record.error = str(error)
            raise error from None
        except BaseException as error:
            record.error = str(error) or type(error).__name__
            raise
        finally:
            body.close()
            passing.finish()
            if record.error:
                self._layers.tell(EXCHANGE, record)
        data = answer.body if isinstance(answer.body, bytes) else b"".join(map(bytes, answer.body.chunks()))
        if answer.on_sent is not None:
            answer.on_sent(True)
        response = HttpResponse(
            answer.status, reason_phrase(answer.status), answer.headers, data, early=not body.complete
        )
        record.status, record.reason = response.status, response.reason
        record.response_headers = response.headers
        passed = PassingOctets(self._layers, record, "response")
        passed.feed(response.body)
        passed.finish()
        self._layers.tell(EXCHANGE, record)
        return response

    async def aclose(self) -> None:
        """Nothing is open."""


class _Octets:
    """The request's body as a host would see it arrive."""

    def __init__(self, chunks: Iterator[bytes | memoryview], length: int, passing: PassingOctets) -> None:
        self._chunks = chunks
        self._length = length
        self._passing = passing
        self.given = 0

    @property
    def complete(self) -> bool:
        return self.given == self._length

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise StopAsyncIteration
        data = bytes(chunk)  # the sender's buffer is used again
        self.given += len(data)
        self._passing.feed(data)
        return data
