"""What a judge has of everybody whom it judges: a recording, and situations that are prepared once."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar, cast

from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.speaker import on_behalf
from emulator.conformance.verdict import Departure, Inconclusive, NotNow, NotRun
from emulator.transport.http import ExchangeError

T = TypeVar("T")


class JudgedPeer(ABC):
    """Whoever is judged."""

    called = "the peer"
    """What people call it: the server, the device, the client."""
    longest_check = 180.0
    """Seconds for one check that waits for no time limit of the documents."""
    ends_with_ordinary_job = True
    """An ordinary job is run again behind everything else."""

    def __init__(self, recording: Recording | None) -> None:
        """`recording`: where everything is written down; None: a new one."""
        self.recording = recording or Recording()
        self.described: Exchange | None = None
        """The exchange that brought its metadata."""
        self._situations: dict[str, asyncio.Future[object]] = {}
        self._tidying: list[Callable[[], Awaitable[object]]] = []

    @property
    def failures(self) -> Sequence[ExchangeError]:
        """Why exchanges of the judge's own brought no answer, in their order."""
        return ()

    @property
    def identity(self) -> str:
        """What it calls itself; '' where nothing is told."""
        told = None if self.described is None else self.described.told
        if told is None:
            return ""
        names = ("Manufacturer", "ModelName", "FirmwareVersion")
        return " ".join(filter(None, (told.text(f"//wsdp:{name}") for name in names)))

    @abstractmethod
    async def ordinary_job(self, *, first: bool) -> str:
        """Run one whole job, the first one after it was found; what it has come to. Raises Departure, Inconclusive,
        NotRun, NotApplicable."""

    @abstractmethod
    async def is_alive(self) -> bool:
        """Whether it answers anything."""

    @abstractmethod
    async def clear_away(self) -> None:
        """Cancel the jobs that are still open: nothing of the judge's is left behind."""

    # Situations

    async def situation(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """What was prepared under that name, or is now, once for all checks. Raises NotRun with what failed, and
        NotNow: then the next check that wants it has it tried again."""
        if name not in self._situations:

            async def made() -> object:
                with on_behalf(name):
                    return await make()

            self._situations[name] = asyncio.ensure_future(made())
        prepared = self._situations[name]
        try:
            return cast("T", await asyncio.shield(prepared))
        except NotNow:
            if self._situations.get(name) is prepared:
                del self._situations[name]
            raise
        except (Departure, Inconclusive) as error:
            raise self._not_had(name, error) from None

    def _not_had(self, name: str, error: Departure | Inconclusive) -> NotRun:
        return NotRun(f"{name} could not be had: {error}", self.numbered(error.evidence.exchanges))

    def numbered(self, numbers: Sequence[int]) -> list[Exchange]:
        """The exchanges of those numbers."""
        return [self.recording.numbered(each) for each in numbers]

    def provide(self, name: str, value: object) -> None:
        """Have something at hand under that name, as if it had been prepared."""
        made: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        made.set_result(value)
        self._situations[name] = made

    # The end

    def later(self, tidy: Callable[[], Awaitable[object]]) -> None:
        """Have something done when the check that runs now is over."""
        self._tidying.append(tidy)

    async def tidy(self) -> None:
        """Do what is to be done behind a check: what it has left at the peer shall disturb no other."""
        with on_behalf("clearing away"):
            while self._tidying:
                await self._tidying.pop()()

    async def aclose(self) -> None:
        """End what is still being prepared."""
        for task in self._situations.values():
            task.cancel()
        await asyncio.gather(*self._situations.values(), return_exceptions=True)
