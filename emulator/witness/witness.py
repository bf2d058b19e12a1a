"""Has WSDiscovery read datagrams, in a process that is bounded in time, memory and octets."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Final

from emulator.imaging.decoding.child_process import CannotStart, ChildDied, ChildProcess, TooSlow
from emulator.imaging.decoding.memory_bound import OUT_OF_MEMORY

SECONDS: Final = 10.0
"""For one datagram."""
MEMORY: Final = 128 * 1024**2
"""Octets of the process, where the system can bound them."""
MOST_OCTETS: Final = 65_507
"""Of one datagram: that of UDP."""
MOST_DATAGRAMS: Final = 200
"""Of one witness; the rest is not shown to it."""
MOST_CHILDREN: Final = 5
"""Processes that one witness may lose."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A service that the witness lists."""

    address: str
    types: tuple[str, ...]
    """Names as `{namespace}local`."""
    scopes: tuple[str, ...]
    xaddrs: tuple[str, ...]
    metadata_version: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What the witness makes of one datagram."""

    sees: tuple[Seen, ...] = ()
    problem: str = ""
    """Why it lists nothing: it cannot read the datagram, passes it over, or was ended by it."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return asdict(self)


class Witness:
    """One witness, whose process is started with the first datagram, and anew where a datagram has ended it.
    `async with`."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        """`memory`: octets."""
        self._seconds = seconds
        self._memory = memory
        self._child: ChildProcess | None = None
        self._lost = 0
        self._shown = 0

    async def __aenter__(self) -> Witness:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    async def reads(self, octets: bytes, sender: str) -> Reading:
        """What it makes of a datagram that came from that IP address. Raises nothing."""
        self._shown += 1
        if len(octets) > MOST_OCTETS:
            return Reading(problem=f"{len(octets)} octets are not shown to it")
        if self._shown > MOST_DATAGRAMS:
            return Reading(problem=f"it was shown {MOST_DATAGRAMS} datagrams, and no more")
        if self._lost >= MOST_CHILDREN:
            return Reading(problem=f"{MOST_CHILDREN} processes of its were ended before")
        return await asyncio.to_thread(self._asked, octets, sender)

    def _asked(self, octets: bytes, sender: str) -> Reading:
        request = {
            "octets": base64.b64encode(octets).decode("ascii"),
            "sender": sender,
            "seconds": self._seconds,
            "memory": self._memory,
        }
        try:
            if self._child is None:
                self._child = ChildProcess("emulator.witness.child")
            answer = json.loads(self._child.ask(json.dumps(request).encode(), self._seconds))
        except TooSlow:
            return self._gone(f"its process was ended after {self._seconds:g} s")
        except ChildDied as error:
            lacked = error.exit_code == OUT_OF_MEMORY or "MemoryError" in str(error)
            said = f"its process was ended at {self._memory // 1024**2} MB" if lacked else str(error)
            return self._gone(said)
        except CannotStart as error:
            self._lost = MOST_CHILDREN
            return self._gone(str(error))
        return _reading(answer)

    def _gone(self, problem: str) -> Reading:
        self._end()
        self._lost += 1
        return Reading(problem=problem)


def _reading(answer: dict[str, Any]) -> Reading:
    sees = tuple(
        Seen(
            each["address"],
            tuple(each["types"]),
            tuple(each["scopes"]),
            tuple(each["xaddrs"]),
            each["metadata_version"],
        )
        for each in answer.get("sees", ())
    )
    problem = answer.get("problem", "")
    return Reading(sees, problem or ("" if sees else "it lists nothing"))


async def readings_of(datagrams: Sequence[tuple[bytes, str]]) -> list[Reading]:
    """What a witness makes of datagrams and the IP addresses they came from, in their order."""
    async with Witness() as witness:
        return [await witness.reads(octets, sender) for octets, sender in datagrams]
