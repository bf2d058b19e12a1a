"""What a job waits for, in words for its progress bar: made of what happens, without a clock."""

from __future__ import annotations

from collections.abc import Callable

from emulator.layers import EVERYWHERE, Unplug
from emulator.trace.kinds import ConditionTold, ImageTold, JobTold, PageTold, RetryTold, StepTold
from emulator.trace.lines import one_line
from emulator.trace.points import HAPPENED, Happened

SERVER = "waiting for the scan server"


class Waiting:
    """Hears what happens to the one job of this process; tells `say` each time that it waits for something else."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._conditions: dict[int | None, str] = {}
        self._retries = 0
        self._words = ""

    def begin(self) -> Unplug:
        """Until the answer is called."""
        self._now(SERVER)
        return EVERYWHERE.listen(HAPPENED, self.heard)

    def heard(self, happened: Happened) -> None:
        """What is waited for now."""
        if happened.who is not None and happened.who.embedded:
            return
        match happened.told:
            case ConditionTold(active=True, id=number, name=name):
                self._conditions[number] = name
                self._scanner()
            case ConditionTold(id=number):
                self._conditions.pop(number, None)
                self._scanner()
            case RetryTold(what="dropped"):
                pass  # what follows tells how it goes on
            case RetryTold(operation=operation, reason=reason):
                self._retries += 1
                why = f" after {one_line(reason, 100)}" if reason else ""
                self._now(f"retry {self._retries} of {one_line(operation, 60)}{why}")
            case StepTold(what="wait" | "end" | "await answer"):
                if not self._retries:
                    self._now(SERVER)
            case StepTold(what="found") | JobTold() | ImageTold(what="acknowledged"):
                self._retries = 0
                self._scanner()
            case PageTold():
                if self._words == SERVER:
                    self._now("")

    def _scanner(self) -> None:
        names = ", ".join(self._conditions.values())
        self._now(f"waiting for the scanner: {names}" if names else "")

    def _now(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self._say(words)
