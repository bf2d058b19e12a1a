"""What a job waits for, in words for its progress bar: made of what happens, without a clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from emulator.layers import Unplug
from emulator.trace.journal import Entry, Journal
from emulator.trace.kinds import EntryKind
from emulator.trace.lines import one_line
from emulator.trace.recording import record

SERVER: Final = "waiting for the scan server"
_REASON: Final = 100
"""Letters of a reason that are shown."""


class Waiting:
    """Hears what happens to the one job of this process; tells `say` each time that it waits for something else."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._conditions: dict[int | None, str] = {}
        self._retries = 0
        self._words = ""

    def begin(self) -> Unplug:
        """Listen until the answer is called."""
        self._now(SERVER)
        journal = Journal(size=1)  # it is shown at once, and read by nobody afterwards
        journal.listen(self.heard)
        return record(journal)

    def heard(self, entry: Entry) -> None:
        """What is waited for now."""
        if entry.embedded:
            return
        data = entry.data
        match entry.kind:
            case EntryKind.CONDITION:
                if data["active"]:
                    self._conditions[data["id"]] = data["name"]
                else:
                    self._conditions.pop(data["id"], None)
                self._scanner()
            case EntryKind.RETRY if data["what"] != "dropped":
                self._retries += 1
                self._now(f"retry {self._retries} of {one_line(data['operation'], 60)}{_after(data['reason'])}")
            case EntryKind.STEP if data["what"] == "found":
                self._go_on()
            case EntryKind.STEP if data["reason"]:
                self._now(f"retry {self._retries + 1} in {data['seconds']:.2g} s{_after(data['reason'])}")
            case EntryKind.STEP if not self._retries:
                self._now(SERVER)
            case EntryKind.IMAGE if data["what"] == "acknowledged":
                self._go_on()
            case EntryKind.JOB:
                self._go_on()

    def _go_on(self) -> None:
        self._retries = 0
        self._scanner()

    def _scanner(self) -> None:
        names = ", ".join(self._conditions.values())
        self._now(f"waiting for the scanner: {names}" if names else "")

    def _now(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self._say(words)


def _after(reason: str) -> str:
    return f" after {one_line(reason, _REASON)}" if reason else ""
