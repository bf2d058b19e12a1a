"""A client as it is judged: what it did in each situation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from emulator.conformance.clients.conversation import Conversation
from emulator.conformance.clients.kinds import operation_of
from emulator.conformance.clients.situations import Situation
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.judged_peer import JudgedPeer
from emulator.conformance.verdict import Departure, NotRun

RETRIEVE_SECONDS: Final = 60.0
"""[wscn/retrieve-image/sixty-seconds]"""


@dataclass(frozen=True, slots=True)
class Played:
    """How a situation ended."""

    says: str = ""
    """In a few words; '' where there is nothing to tell."""
    cut_off: bool = False
    """The judge has ended it: what the client would still have done nobody knows."""
    last: bool = False
    """No further situation is wanted."""


class Stage(Protocol):
    """Who has the device, and lets the client come."""

    async def play(self, situation: Situation) -> Played:
        """Bring the device into a situation, let the client do what it does, and write it down. Raises NotRun where
        no client can be had."""

    async def aclose(self) -> None:
        """End all that it has started."""


class ClientPeer(JudgedPeer):
    """A client of WS-Scan."""

    called = "the client"
    ends_with_ordinary_job = False

    def __init__(
        self,
        stage: Stage,
        recording: Recording,
        situations: Sequence[Situation] = tuple(Situation),
        *,
        retrieve_seconds: float = RETRIEVE_SECONDS,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """These are its parameters.

        - `stage`: who has the device.
        - `recording`: where the stage writes down what the client sends.
        - `situations`: those that the device goes through.
        - `retrieve_seconds`: longest time between two RetrieveImage.
        - `told`: hears how each situation ended.
        """
        super().__init__(recording)
        self.retrieve_seconds = retrieve_seconds
        self._stage = stage
        self._situations_wanted = tuple(situations)
        self._told = told
        self._played: dict[Situation, Played] = {}

    @property
    def identity(self) -> str:
        """Its User-Agent, or that it has none."""
        found = (each.as_sent.header("User-Agent") for each in self.recording if each.incoming)
        return next(filter(None, found), "a client without a name")

    async def ordinary_job(self, *, first: bool) -> str:
        """Let it come in each situation; what it has done. Raises Departure where it never came, NotRun."""
        for situation in self._situations_wanted:
            self._played[situation] = await self._stage.play(situation)
            if situation is Situation.LOST_ANSWER:
                self._mark_what_was_lost()
            self._told(self._summary(situation))
            if self._played[situation].last or not any(each.incoming for each in self.recording):
                break  # who does not come at first will not come
        if not any(each.incoming for each in self.recording):
            told = "; ".join(dict.fromkeys(each.says for each in self._played.values() if each.says))
            raise Departure(f"no client came{f': {told}' if told else ''}", "a client that asks the device")
        return "; ".join(map(self._summary, self._played))

    def _mark_what_was_lost(self) -> None:
        """The device has given an answer there which has not gone out."""
        for each in self.seen(Situation.LOST_ANSWER):
            if each.incoming and operation_of(each) == "RetrieveImage":
                each.error = each.error or "the answer was lost, on purpose"
                return

    def _summary(self, situation: Situation) -> str:
        seen = self.seen(situation)
        asked = sum(each.incoming for each in seen)
        images = sum(len(job.images) for job in Conversation(seen).jobs)
        says = self._played[situation].says
        told = f"{_so_many(asked, 'request')}, {_so_many(images, 'image')}"
        return f"{situation}: {told}{f' ({says})' if says else ''}"

    def seen(self, situation: Situation) -> list[Exchange]:
        """What was written down in a situation."""
        return [each for each in self.recording if each.check == situation]

    @property
    def conversations(self) -> Mapping[Situation, Conversation]:
        """What it did in each situation in which it came."""
        found = {each: Conversation(self.seen(each), self.cut_off(each)) for each in Situation}
        return {situation: each for situation, each in found.items() if each.asked}

    def cut_off(self, situation: Situation) -> bool:
        """Whether the judge has ended it there."""
        return situation in self._played and self._played[situation].cut_off

    def at(self, situation: Situation) -> Conversation:
        """What it did in one situation. Raises NotRun where it did not come."""
        found = self.conversations.get(situation)
        if found is None:
            raise NotRun(f"no client came in the situation {situation}")
        return found

    async def aclose(self) -> None:
        """The device goes."""
        await super().aclose()
        await self._stage.aclose()

    async def is_alive(self) -> bool:
        """Nobody asks a client."""
        return True

    async def clear_away(self) -> None:
        """Nothing of the judge's is at a client."""


def _so_many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
