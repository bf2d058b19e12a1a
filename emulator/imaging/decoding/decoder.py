"""Who asks decoding children: one child for a source, one file at a time; idle ones wait for the next source."""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from emulator.imaging.decoding.child_process import ChildDied, ChildError, ChildProcess, TooSlow
from emulator.imaging.decoding.limits import PageLimits, size_text
from emulator.imaging.decoding.memory_bound import OUT_OF_MEMORY
from emulator.imaging.decoding.shared_memory import SharedMemory

if TYPE_CHECKING:
    from emulator.imaging.decoding.messages import Message

_MODULE: Final = "emulator.imaging.decoding.child"
_MOST_IDLE: Final = 2
_IDLE_SECONDS: Final = 10.0
_CLOSING_SECONDS: Final = 2.0


class NotDecoded(Exception):
    """A child has not done what it was asked for. `str()` is the reason, for people."""


class _Child:
    """A process and the memory that it draws into."""

    def __init__(self) -> None:
        """Raises CannotStart, OSError."""
        self.memory = SharedMemory()
        try:
            self.process = ChildProcess(_MODULE, self.memory.name, inherited=self.memory.inherited)
        except BaseException:
            self.memory.close()
            raise
        self.idle_since = 0.0
        self._is_new = True

    def close_file(self) -> None:
        """Have it close what it has open. Does not wait: this may be an event loop. Raises ChildError."""
        self.process.tell(json.dumps({"do": "close", "seconds": _CLOSING_SECONDS}).encode())
        self._is_new = False

    @property
    def is_fit(self) -> bool:
        """Whether it can take a file: it is alive, has closed the one before, and has given its memory back."""
        if not self.process.alive:
            return False
        if self._is_new:
            return True
        try:
            return bool(json.loads(self.process.hear(_CLOSING_SECONDS))["fit"])
        except (ChildError, ValueError, KeyError, TypeError):
            return False

    def ask(self, request: Message, limits: PageLimits, seconds: float) -> Message:
        """Raises ChildError, Interrupted, ValueError for an answer that is none."""
        asked = {**request, "seconds": seconds, "memory": limits.memory}
        answer = json.loads(self.process.ask(json.dumps(asked).encode(), seconds))
        if not isinstance(answer, dict):
            raise ValueError(answer)
        return answer

    def end(self) -> None:
        """Safe to call twice."""
        self.process.end()
        self.memory.close()


class _Idle:
    """Children without a file. They end when nobody has wanted them for a while, and with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: list[_Child] = []
        self._timer: threading.Timer | None = None

    def take(self) -> _Child:
        """One that is alive. Raises CannotStart, OSError."""
        while True:
            with self._lock:
                child = self._children.pop() if self._children else None
            if child is None:
                return _Child()
            if child.is_fit:
                return child
            child.end()

    def give(self, child: _Child) -> None:
        """It has no file any more."""
        child.idle_since = time.monotonic()
        with self._lock:
            self._children.append(child)
            surplus = self._children[:-_MOST_IDLE]
            del self._children[:-_MOST_IDLE]
            self._arm()
        for each in surplus:
            each.end()

    def _arm(self) -> None:
        if self._timer is None and self._children:
            self._timer = threading.Timer(_IDLE_SECONDS, self._sweep)
            self._timer.daemon = True
            self._timer.start()

    def _sweep(self) -> None:
        latest = time.monotonic() - _IDLE_SECONDS
        with self._lock:
            self._timer = None
            old = [each for each in self._children if each.idle_since <= latest]
            self._children = [each for each in self._children if each.idle_since > latest]
            self._arm()
        for each in old:
            each.end()

    def end(self) -> None:
        """End those that are idle, and wait for no more."""
        with self._lock:
            children, self._children = self._children, []
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        for each in children:
            each.end()

    def forget(self) -> None:
        """Forget the children in a fork: they belong to its parent."""
        self._lock = threading.Lock()
        self._children.clear()
        self._timer = None


_idle: Final = _Idle()


def end_idle_children() -> None:
    """End the children that have no file; who needs one later starts another."""
    _idle.end()


atexit.register(_idle.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.forget)


class Decoder:
    """The child of one source, started when it is first needed, and again after it has died. One thread at a time
    may use it. A Decoder that is copied to another process has no child there yet."""

    def __init__(self, limits: PageLimits) -> None:
        self.limits = limits
        self._held: list[_Child] = []
        self._file: object = None
        weakref.finalize(self, _drop, self._held)

    def __reduce__(self) -> tuple[type[Decoder], tuple[PageLimits]]:
        return Decoder, (self.limits,)

    def ask(self, file: object, opening: Message, request: Message | None, work: str) -> Message:
        """The answer to a request about a file, which is opened first where another one is open; None: open it
        alone, anew. `work`, for people: what takes its time. Raises NotDecoded, Interrupted."""
        try:
            child = self._child()
            answer: Message = {}
            if request is None or self._file is not file:
                self._file = None
                answer = child.ask(opening, self.limits, self.limits.seconds)
                self._refuse(answer, "open it")
                self._file = file
            if request is not None:
                answer = child.ask(request, self.limits, self.limits.seconds)
                self._refuse(answer, work)
            return answer
        except NotDecoded:
            raise
        except TooSlow:
            self._drop()
            raise NotDecoded(
                f"takes more than {self.limits.seconds:g} s to {'open' if request is None else work}; "
                "--page-seconds allows more"
            ) from None
        except ChildDied as error:
            self._drop()
            raise NotDecoded(self._death(error)) from None
        except (ChildError, ValueError, OSError) as error:
            self._drop()
            raise NotDecoded(str(error)) from None
        except BaseException:
            self._drop()
            raise

    @property
    def memory(self) -> SharedMemory:
        """Where the last page's pixels are; of a Decoder that has been asked."""
        return self._held[0].memory

    def _refuse(self, answer: Message, work: str) -> None:
        if answer.get("memory"):
            raise NotDecoded(f"needs more than {size_text(self.limits.memory)} of memory to {work}; {_MORE_MEMORY}")
        if "error" in answer:
            raise NotDecoded(str(answer["error"]))

    def _death(self, error: ChildDied) -> str:
        most = size_text(self.limits.memory)
        if error.exit_code == OUT_OF_MEMORY:
            return f"needs more than {most} of memory; {_MORE_MEMORY}"
        return f"{error}; if it lacked memory ({most} are allowed), {_MORE_MEMORY}"

    def _child(self) -> _Child:
        if self._held and self._held[0].process.owner != os.getpid():
            self._held.clear()
        if not self._held:
            self._file = None
            self._held.append(_idle.take())
        return self._held[0]

    def release(self) -> None:
        """Close the file; the child is free for other sources. Does not wait for it. Safe to call twice."""
        if not self._held:
            return
        child = self._held.pop()
        self._file = None
        if child.process.owner != os.getpid():
            return
        try:
            child.close_file()
        except ChildError:
            child.end()
            return
        _idle.give(child)

    def _drop(self) -> None:
        self._file = None
        _drop(self._held)


_MORE_MEMORY: Final = "--page-memory allows more"


def _drop(held: list[_Child]) -> None:
    while held:
        with suppress(OSError):
            held.pop().end()
