"""What is told of HTTP exchanges that many jobs share, passed on to the jobs that each exchange is of."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, Protocol
from weakref import WeakKeyDictionary

from emulator.layers import Layers, Unplug
from emulator.transport.observe import Exchange
from emulator.transport.points import BODY, EXCHANGE, BodyOctets


class HearsExchanges(Protocol):
    """A job, as far as it hears of exchanges."""

    def pass_on(self, exchange: Exchange, bodies: list[BodyOctets]) -> None:
        """An exchange of this job."""


_JOBS: Final[ContextVar[tuple[HearsExchanges, ...]]] = ContextVar(
    "jobs of the event that is being answered", default=()
)


def event_is_of(jobs: tuple[HearsExchanges, ...]) -> None:
    """The event that is being answered is of these jobs."""
    _JOBS.set(jobs)


def jobs_of_event_under_way() -> tuple[HearsExchanges, ...]:
    """The jobs that the event was of which has just been answered."""
    jobs = _JOBS.get()
    _JOBS.set(())
    return jobs


def relay(layers: Layers, whose: Callable[[], tuple[HearsExchanges, ...]]) -> Unplug:
    """Pass on what is told of exchanges at `layers`; whose they are is known when they have ended."""
    bodies: WeakKeyDictionary[Exchange, list[BodyOctets]] = WeakKeyDictionary()

    def body(octets: BodyOctets) -> None:
        bodies.setdefault(octets.exchange, []).append(octets)

    def exchange(ended: Exchange) -> None:
        passed = bodies.pop(ended, [])
        for job in whose():
            job.pass_on(ended, passed)

    unplug = (layers.listen(BODY, body), layers.listen(EXCHANGE, exchange))

    def unplug_both() -> None:
        for each in unplug:
            each()

    return unplug_both
