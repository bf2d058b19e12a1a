"""The newest HTTP exchanges with their envelopes, as a HAR file has them, by the numbers of their entries in the
journal."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from emulator.layers import Layers, Unplug
from emulator.trace.bodies import Bodies
from emulator.trace.har import har_entry, har_head
from emulator.trace.journal import Entry, Journal
from emulator.trace.recording import record
from emulator.transport.observe import Exchange
from emulator.transport.points import BODY

MOST: Final = 2000
"""Exchanges that are kept."""
CHARACTERS: Final = 32_000_000
"""Characters that the bodies of all together may have."""


class KeptExchanges:
    """Nothing is kept before somebody has asked once: whoever has no use for it pays nothing."""

    def __init__(self, journal: Journal, *, most: int = MOST, characters: int = CHARACTERS) -> None:
        """`journal`: which takes down what is told at the same layers; `most`, `characters`: what is kept."""
        self._journal = journal
        self._most, self._room = most, characters
        self._kept: OrderedDict[int, tuple[dict[str, Any], int]] = OrderedDict()
        self._characters = 0
        self._bodies = Bodies()
        self._recorded: dict[Layers, Unplug | None] = {}
        """Where it records, and what ends its listening to bodies there."""
        self._on = False

    def record(self, layers: Layers) -> Unplug:
        """Have the journal take down all that is told at these layers, and keep their exchanges once somebody wants
        them; until the answer is called."""
        self._recorded[layers] = layers.listen(BODY, self._bodies) if self._on else None
        end_journal = record(self._journal, layers, on_exchange=self._take)

        def unplug() -> None:
            end_journal()
            self._end(layers)

        return unplug

    def begin(self) -> None:
        """Somebody wants them from now on."""
        if not self._on:
            self._on = True
            self._recorded = {each: each.listen(BODY, self._bodies) for each in self._recorded}

    def close(self) -> None:
        """Keep nothing more."""
        self._on = False
        for each in tuple(self._recorded):
            self._end(each)

    def _end(self, layers: Layers) -> None:
        end_bodies = self._recorded.pop(layers, None)
        if end_bodies is not None:
            end_bodies()

    def _take(self, entry: Entry, exchange: Exchange) -> None:
        if not self._on:
            return
        told = har_entry(exchange, *self._bodies.of(exchange)) | {"_number": entry.number}
        characters = sum(map(len, bodies_of(told)))
        self._kept[entry.number] = told, characters
        self._characters += characters
        while len(self._kept) > self._most or (self._characters > self._room and len(self._kept) > 1):
            self._characters -= self._kept.popitem(last=False)[1][1]

    def find(self, number: int) -> dict[str, Any] | None:
        """The exchange of that journal entry, as an entry of a HAR file; None where it is not kept."""
        kept = self._kept.get(number)
        return None if kept is None else kept[0]

    def containing(self, text: str) -> list[int]:
        """Numbers of those with that text, in any case, in their URLs or bodies; the oldest first."""
        wanted = text.casefold()
        return [
            number
            for number, (told, _) in self._kept.items()
            if any(wanted in each.casefold() for each in (told["request"]["url"], *bodies_of(told)))
        ]

    def har(self) -> dict[str, Any]:
        """All of them as a HAR document."""
        return {"log": har_head() | {"entries": [told for told, _ in self._kept.values()]}}

    async def start_over(self) -> None:
        """Keep none of those that were; what comes is kept where somebody has asked."""
        self._kept.clear()
        self._characters = 0


def bodies_of(entry: dict[str, Any]) -> Sequence[str]:
    """The texts of request and answer of a HAR entry."""
    return entry["request"].get("postData", {}).get("text", ""), entry["response"]["content"]["text"]
