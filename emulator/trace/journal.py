"""The journal: what happened, in order, by number, and no more of it than memory is meant for."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from emulator.layers import Layers, Notification, Unplug
from emulator.trace.kinds import EntryKind
from emulator.trace.points import Happened

ENTRIES: Final = 10_000
"""Entries that are kept."""
CHARACTERS: Final = 8_000_000
"""Characters that all entries kept may have together."""
MOST_TEXT: Final = 1000
"""Characters of one text; a peer may have sent megabytes."""
MOST_ITEMS: Final = 100
"""Of a list or a table."""
_FRAME: Final = 300
"""Characters that an entry counts for beside its texts."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    number: int
    """From 1, without gaps."""
    time: float
    """Unix time."""
    kind: EntryKind
    data: Mapping[str, Any]
    """As the kind says (kinds.py): texts, numbers, lists."""
    job: str = ""
    """JobToken (`#3` before there is one) of the post-scan job; '' where it is of none."""
    device: str = ""
    """UUID of the device, or name of its profile; '' where it is of none."""
    label: str = ""
    """Whose it is, in a few words."""
    embedded: bool = False
    """It is of the scan server that runs for a job of this process: the job has told of the same."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "number": self.number,
            "time": datetime.fromtimestamp(self.time, UTC).isoformat(timespec="milliseconds"),
            "job": self.job or None,
            "device": self.device or None,
            "who": self.label,
            "kind": str(self.kind),
            "data": dict(self.data),
        }


ENTRY: Final = Notification("an entry of the journal", Entry)


@dataclass(frozen=True, slots=True)
class News:
    """What a reader gets who has read up to a number."""

    entries: tuple[Entry, ...]
    lost: int
    """How many between that number and the first of these are there no more."""
    last: int
    """Number to ask with next."""


class NoSuchEntry(ValueError):
    """A number that no entry has had: it is that of another journal."""


class Journal:
    """What happened is added in any thread; readers wait in their event loop."""

    def __init__(
        self, *, size: int = ENTRIES, characters: int = CHARACTERS, clock: Callable[[], float] = time.time
    ) -> None:
        """`size`: entries kept; `characters`: of all of them together; `clock`: Unix time."""
        if size < 1:
            raise ValueError("a journal keeps one entry at least")
        self._size = size
        self._room = characters
        self._clock = clock
        self._entries: deque[tuple[Entry, int]] = deque()
        self._characters = 0
        self._last = 0
        self._gone = 0
        """The number up to which entries were taken away on purpose: nobody has lost them."""
        self._lock = threading.Lock()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._layers = Layers()

    @property
    def last(self) -> int:
        """Number of the newest entry; 0 where there is none yet."""
        return self._last

    @property
    def dropped(self) -> int:
        """How many entries, from number 1 on, are there no more."""
        return self._last - len(self._entries)

    def add(self, happened: Happened) -> Entry:
        """Take down what happened."""
        who, told = happened.who, happened.told
        data, characters = _plain(told)
        with self._lock:
            self._last += 1
            entry = Entry(self._last, self._clock(), told.kind, data)
            if who is not None:
                entry = Entry(
                    entry.number,
                    entry.time,
                    entry.kind,
                    data,
                    who.told_job[:MOST_TEXT],
                    who.device[:MOST_TEXT],
                    who.label(),
                    who.embedded,
                )
            self._entries.append((entry, characters))
            self._characters += characters
            while len(self._entries) > self._size or (self._characters > self._room and len(self._entries) > 1):
                self._characters -= self._entries.popleft()[1]
            waiting, self._waiting = self._waiting, []
        self._layers.tell(ENTRY, entry)
        for loop, event in waiting:
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:  # the reader's loop has ended
                _log.debug("a reader of the journal has gone")
        return entry

    def listen(self, listener: Callable[[Entry], None], *, aside: bool = False) -> Unplug:
        """Have `listener` told of each entry from now on, in order. One that raises is logged; `aside`: in a thread
        of its own, so that a slow one holds up nobody."""
        return self._layers.listen(ENTRY, listener, aside=aside)

    def since(self, number: int, limit: int | None = None) -> News:
        """Return what came after entry `number` (0: all that is kept), the oldest first, `limit` entries at most.
        Raises NoSuchEntry."""
        with self._lock:
            if not 0 <= number <= self._last:
                raise NoSuchEntry(f"the journal has {self._last} entries, none of number {number}")
            first = self._last - len(self._entries) + 1
            lost = max(0, first - max(number, self._gone) - 1)
            skipped = max(0, number - first + 1)
            end = None if limit is None else skipped + limit
            entries = tuple(entry for entry, _ in islice(self._entries, skipped, end))
        return News(entries, lost, entries[-1].number if entries else number)

    async def start_over(self) -> None:
        """Hold no entry any more. Numbers go on: no number means two entries, and a reader goes on with his."""
        with self._lock:
            self._entries.clear()
            self._characters = 0
            self._gone = self._last

    async def news(self, since: int, *, seconds: float | None = None, limit: int | None = None) -> News:
        """Return what `since` returns, but wait for news where there is none, for so many seconds at most (None:
        until there is some); then `entries` is empty. Raises NoSuchEntry."""
        event = asyncio.Event()
        waiter = (asyncio.get_running_loop(), event)
        with self._lock:
            self._waiting.append(waiter)
        try:
            found = self.since(since, limit)
            if not found.entries:
                async with asyncio.timeout(seconds):
                    await event.wait()
                found = self.since(since, limit)
        except TimeoutError:
            return self.since(since, limit)
        finally:
            with self._lock:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)
        return found


def _plain(told: Any) -> tuple[dict[str, Any], int]:
    """The fields of a dataclass as JSON has them, each within bounds; and how many characters that is."""
    data: dict[str, Any] = {}
    characters = _FRAME
    for each in fields(told):
        value = getattr(told, each.name)
        kind = type(value)
        if kind is str:
            value = shortened(value)
            characters += len(value)
        elif not (kind is int or kind is bool or kind is float or value is None):
            value, size = _nested(value, 3)
            characters += size
        data[each.name] = value
    return data, characters


def _nested(value: Any, depth: int) -> tuple[Any, int]:
    if value is None or type(value) in (int, bool, float):
        return value, 0
    if isinstance(value, str):
        text = shortened(str(value))
        return text, len(text)
    if isinstance(value, Mapping) and depth:
        pairs = {shortened(str(key)): _nested(each, depth - 1) for key, each in islice(value.items(), MOST_ITEMS)}
        return {key: each for key, (each, _) in pairs.items()}, sum(
            size + len(key) for key, (_, size) in pairs.items()
        )
    if isinstance(value, list | tuple) and depth:
        items = [_nested(each, depth - 1) for each in islice(value, MOST_ITEMS)]
        return [each for each, _ in items], sum(size for _, size in items)
    if is_dataclass(value) and depth:
        return _plain(value)
    text = shortened(str(value))
    return text, len(text)


def shortened(text: str, most: int = MOST_TEXT) -> str:
    """The text, cut where it is too long."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters in all)"
