"""What the judge sends in pieces: what is said to them meanwhile is heard."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from emulator.conformance import speaker
from emulator.conformance.exchange import Recording
from emulator.conformance.speaker import Speaker

ANSWER = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


class OneAnswer:
    """A connection at which an answer comes once some pieces were sent. Whoever breaks off listening loses what
    would have come to him, as with a socket whose octets come in that moment."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._sent = 0
        self._enough = asyncio.Event()
        self._heard = False

    async def send(self, data: bytes) -> None:
        self._sent += 1
        if self._sent == self._behind:
            self._enough.set()

    async def receive(self) -> bytes:
        if self._heard:
            return b""
        self._heard = True
        await self._enough.wait()
        return ANSWER

    def close(self) -> None:
        pass


@pytest.mark.parametrize("behind", [1, 2, 3])
async def test_an_answer_in_a_pause_between_pieces_is_heard(behind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def opened(*_: Any) -> OneAnswer:
        return OneAnswer(behind)

    monkeypatch.setattr(speaker, "open_stream", opened)
    asked = Speaker(Recording(), None, 60.0)
    said = await asked.raw("http://127.0.0.1:9/", b"a", b"b", b"c", operation="", pause=0.001, heeds=True)
    assert (said.status, said.error) == (400, "")
