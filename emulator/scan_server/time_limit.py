"""The time limit of a job in Creating: it counts silence. Octets of an image on their way are none, as long as they
come at a minimum rate (MS-BDSRR 2.2.5.11 counts between operations, and an operation may take long)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

MINIMUM_RATE: Final = 128
"""Octets a second below which a body counts as silent: an eighth of what a modem of 9600 bit/s carries."""


class Patience:
    """How long somebody is waited for. Seconds are those of one clock that does not go back."""

    def __init__(self, limit: float, now: float) -> None:
        """`limit`: seconds of silence."""
        self._limit = limit
        self.until = now + limit
        """When it ends, if nothing more is heard."""

    def restart(self, now: float) -> None:
        """Something whole has come, or begins."""
        self.until = now + self._limit

    def octets_arrived(self, octets: int, now: float) -> None:
        """Some octets have come. They buy as much time as they may take at the minimum rate, so that a body of one
        octet now and then does not last."""
        self.until = min(now + self._limit, self.until + octets / MINIMUM_RATE)


class Arrivals:
    """Requests whose envelope is not whole, so that nobody knows yet which job they are for, by their sender."""

    def __init__(self, limit: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._clock = clock
        self._by_remote: dict[str, list[Patience]] = {}

    def until(self, remote: str) -> float:
        """Return until when something of that sender may turn out to be for any job of its; 0 where nothing
        arrives."""
        return max((each.until for each in self._by_remote.get(remote, ())), default=0.0)

    def listen(self, remote: str, body: AsyncIterator[bytes]) -> ArrivingBody:
        """The body of a request of which nothing is known yet."""
        patience = Patience(self._limit, self._clock())
        self._by_remote.setdefault(remote, []).append(patience)

        def octets_arrived(octets: int) -> None:
            patience.octets_arrived(octets, self._clock())

        def known() -> None:
            with suppress(KeyError, ValueError):
                self._by_remote[remote].remove(patience)
                if not self._by_remote[remote]:
                    del self._by_remote[remote]

        return ArrivingBody(body, octets_arrived, known)


class ArrivingBody:
    """A request's body that tells of each piece. `known`: to be called when it is known what the request is for, or
    when it has ended."""

    def __init__(self, body: AsyncIterator[bytes], heard: Callable[[int], None], known: Callable[[], None]) -> None:
        self._body = body
        self._heard = heard
        self.known = known

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        data = await anext(self._body)
        self._heard(len(data))
        return data
