"""Where something can be plugged in: notifications, which many hear, and interventions, which one handles.

A scanner, a device, a scan server or a client has one `Layers`. The points stand where the data are at home: octets
in `transport/points.py`, envelopes and parts in `soap/points.py`, operations and datagrams in `dpws/points.py`,
pages in `device/points.py`, what the journal hears in `trace/points.py`. The split is that of pynetdicom: a
notification has no answer, so nobody who listens can disturb; an intervention may change or answer, so only one can
be responsible. Order: what we say is checked, and altered only then.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, cast

from emulator.listening_aside import Aside

E = TypeVar("E")
V = TypeVar("V")
R = TypeVar("R")

HANDLER_LIMIT: Final = 30.0
"""Seconds that a handler has for one intervention; one that wants to hold something up longer says so."""

MAX_HANGING: Final = 64
"""Threads of one handler at once."""

Unplug = Callable[[], None]
"""Takes away what was plugged in; harmless when it is called again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Notification(Generic[E]):
    """A point that tells; `E`: what its listeners are given."""

    name: str
    event: type[E] | tuple[type, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Intervention(Generic[V, R]):
    """A point that asks; a handler is given `V` and returns `R`."""

    name: str
    returns: type[R] | tuple[type, ...] = field(repr=False)
    """What a handler may return; anything else is nonsense."""
    passes: tuple[type[Exception], ...] = field(default=(), repr=False)
    """What a handler may raise on purpose, beside Deliberate: it passes as it is."""


class InterventionFailed(Exception):
    """A handler has raised, hung, or returned nonsense. `str()` is one line: handler, point, what it did."""

    def __init__(self, handler: str, point: str, reason: str) -> None:
        super().__init__(f"the handler {handler} of {point} {reason}")
        self.handler = handler
        self.point = point
        self.reason = reason


class AlreadyHandled(ValueError):
    """An intervention has a handler already: one alone can be responsible for what goes out."""


class Deliberate(Exception):
    """Base of what a handler may raise on purpose: it passes as it is, and is no failure of the handler. Each point
    says which it knows."""


class GoOn(Generic[R]):
    """The rest of a chain, as a handler is given it to call or not. Its time is not the handler's, and what it
    raises is no failure of the handler."""

    __slots__ = ("_rest", "_watch", "raised")

    def __init__(self, rest: Callable[[], Awaitable[R]]) -> None:
        self._rest = rest
        self._watch: asyncio.Timeout | None = None
        self.raised: Exception | None = None
        """What it has raised last."""

    async def __call__(self) -> R:
        """Return what comes of the rest. Raises what that raises."""
        return await self.instead(self._rest)

    async def instead(self, rest: Callable[[], Awaitable[R]]) -> R:
        """Return what comes of another rest in its place. Raises what that raises."""
        now = asyncio.get_running_loop().time
        watch = self._watch
        when = None if watch is None else watch.when()
        left = None if when is None else when - now()
        with contextlib.suppress(RuntimeError):  # the time of the handler that calls is over
            if watch is not None and left is not None:
                watch.reschedule(None)
        try:
            return await rest()
        except Exception as error:
            self.raised = error
            raise
        finally:
            with contextlib.suppress(RuntimeError):
                if watch is not None and left is not None:
                    watch.reschedule(now() + left)


@dataclass(slots=True)
class _Plugged:
    handler: Callable[[Any], Any]
    name: str
    limit: float
    running: int = 0
    """Threads that have not come back."""

    async def answer(self, value: Any) -> Any:
        """Raises what the handler raises."""
        if inspect.iscoroutinefunction(self.handler):
            return await self.handler(value)
        answer = await self._in_thread(value)
        return await answer if inspect.isawaitable(answer) else answer

    async def _in_thread(self, value: Any) -> Any:
        """Run it in a thread of its own that does not keep the process alive: one that hangs takes no place of
        others."""
        if self.running >= MAX_HANGING:
            raise TimeoutError(f"{self.running} calls of it have not come back")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()

        def tell(answer: Any, error: Exception | None) -> None:
            self.running -= 1
            if done.done():
                return
            if error is None:
                done.set_result(answer)
            else:
                done.set_exception(error)

        def run() -> None:
            answer: Any = None
            raised: Exception | None = None
            try:
                answer = self.handler(value)
            except BaseException as error:
                # No future can hold a StopIteration, and no SystemExit of a handler shall end the event loop.
                raised = RuntimeError(_words(error))
                if isinstance(error, Exception) and not isinstance(error, StopIteration):
                    raised = error
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(tell, answer, raised)

        self.running += 1
        threading.Thread(target=run, name=f"handler {self.name}", daemon=True).start()
        return await done


class Layers:
    """What is plugged in. Its methods run in the event loop's thread; before something runs, `listen` and `handle`
    may be called in any."""

    def __init__(self, *, strict: bool = False, outer: Layers | None = None) -> None:
        """`strict`: a peer's message with a deviation is refused. `outer`: of what this is a part: its listeners
        are told too, its handlers are asked where there is none here, and where it is strict, this is."""
        self.strict: bool = strict or (outer is not None and outer.strict)
        self._outer = outer
        self._told: tuple[Layers, ...] = ()
        self._listeners: dict[Notification[Any], list[Callable[[Any], None]]] = {}
        self._handlers: dict[Intervention[Any, Any], _Plugged] = {}

    # Notifications

    def listen(self, point: Notification[E], listener: Callable[[E], None], *, aside: bool = False) -> Unplug:
        """Have `listener` told of each event, in order. `aside`: in a thread of its own, behind a bounded queue, so
        that a slow one holds up nobody; what it is too slow for is dropped, and counted in the log."""
        told = Aside(listener, point.name) if aside else None
        entry: Callable[[Any], None] = listener if told is None else told
        self._listeners.setdefault(point, []).append(entry)

        def unplug() -> None:
            listeners = self._listeners.get(point, [])
            if entry in listeners:
                listeners.remove(entry)
            if told is not None:
                told.close()

        return unplug

    def heard(self, point: Notification[Any]) -> bool:
        """Return whether somebody listens: what costs something to tell need not be made otherwise."""
        for layers in self._told or self._outwards():  # noqa: SIM110 - four times as fast as any()
            if layers._listeners.get(point):
                return True
        return False

    def handled_here(self, point: Intervention[V, R]) -> bool:
        """Return whether somebody intervenes there in these layers themselves, not in those they are a part of."""
        return point in self._handlers

    def within(self, other: Layers) -> bool:
        """Whether these are a part of the others, or those themselves."""
        return self is other or (self._outer is not None and self._outer.within(other))

    @property
    def intervenes(self) -> bool:
        """Whether somebody handles anything, here or in the outer layers."""
        return bool(self._handlers) or (self._outer is not None and self._outer.intervenes)

    def tell(self, point: Notification[E], event: E) -> None:
        """Tell every listener, then those of the outer layers, then those of EVERYWHERE. One that raises is logged
        and disturbs nobody."""
        for layers in self._told or self._outwards():
            layers._tell_own(point, event)

    def pass_on(self, point: Notification[E], event: E) -> None:
        """Tell, as `tell` does, of what has been told elsewhere: those of EVERYWHERE have heard it."""
        for layers in self._told or self._outwards():
            if layers is not EVERYWHERE:
                layers._tell_own(point, event)

    def _tell_own(self, point: Notification[E], event: E) -> None:
        if not (listeners := self._listeners.get(point)):
            return
        for listener in tuple(listeners):
            try:
                listener(event)
            except Exception:
                _log.exception("a listener of %s failed", point.name)

    def remembered(self) -> Unplug:
        """Return what takes away all that is plugged in here from now on, whoever did it."""
        listeners = {point: tuple(each) for point, each in self._listeners.items()}
        handlers = dict(self._handlers)

        def unplug() -> None:
            for point, now in self._listeners.items():
                for each in [each for each in now if each not in listeners.get(point, ())]:
                    now.remove(each)
                    if isinstance(each, Aside):
                        each.close()
            for asked, handler in tuple(self._handlers.items()):
                if handlers.get(asked) is not handler:
                    del self._handlers[asked]

        return unplug

    # Interventions

    def handle(
        self,
        point: Intervention[V, R],
        handler: Callable[[V], R] | Callable[[V], Awaitable[R]],
        *,
        name: str = "",
        limit: float = HANDLER_LIMIT,
    ) -> Unplug:
        """Let `handler` (a coroutine function, or a function, which runs in a thread) answer at `point`. `name`: in
        errors; `limit`: seconds for one answer. Raises AlreadyHandled."""
        if point in self._handlers:
            raise AlreadyHandled(f"{point.name} is handled by {self._handlers[point].name} already")
        plugged = _Plugged(handler, name or getattr(handler, "__qualname__", repr(handler)), limit)
        self._handlers[point] = plugged

        def unplug() -> None:
            if self._handlers.get(point) is plugged:
                del self._handlers[point]

        return unplug

    def handled(self, point: Intervention[Any, Any]) -> bool:
        """Return whether somebody intervenes there."""
        return point in self._handlers or (self._outer is not None and self._outer.handled(point))

    async def ask(self, point: Intervention[V, R], value: V, go_on: GoOn[Any] | None = None) -> R:
        """Return what the handler makes of `value`; to be called only where `handled`. `go_on`: the rest of the
        chain, where the value gives the handler one. Raises InterventionFailed (that of another handler, where this
        one has asked it), what a handler raises on purpose (Deliberate, and what the point lists), and what `go_on`
        has raised and the handler lets through."""
        plugged = self._responsible(point)
        if plugged is None:
            raise KeyError(point)
        try:
            async with asyncio.timeout(plugged.limit) as watch:
                if go_on is not None:
                    go_on._watch = watch
                answer = await plugged.answer(value)
        except Exception as error:
            passes = (Deliberate, InterventionFailed, *point.passes)
            if (go_on is not None and error is go_on.raised) or isinstance(error, passes):
                raise
            if isinstance(error, TimeoutError) and watch.expired():
                raise self._failed(plugged, point, f"did not answer within {plugged.limit:g} s") from None
            raise self._failed(plugged, point, f"raised {_words(error)}") from error
        if not isinstance(answer, point.returns):
            raise self._failed(plugged, point, f"returned {answer!r:.100}")
        return cast("R", answer)

    def nonsense(self, point: Intervention[Any, Any], reason: str) -> InterventionFailed:
        """The failure of the handler there, whose answer is of the right type and cannot be used all the same;
        `reason`: what it did."""
        return self._failed(self._responsible(point) or _NOBODY, point, reason)

    def _responsible(self, point: Intervention[Any, Any]) -> _Plugged | None:
        found = self._handlers.get(point)
        return found if found is not None or self._outer is None else self._outer._responsible(point)

    def _outwards(self) -> tuple[Layers, ...]:
        """Whose listeners are told."""
        if self is EVERYWHERE:
            self._told = (self,)
        else:
            self._told = (self, *(EVERYWHERE if self._outer is None else self._outer)._outwards())
        return self._told

    @staticmethod
    def _failed(plugged: _Plugged, point: Intervention[Any, Any], reason: str) -> InterventionFailed:
        failure = InterventionFailed(plugged.name, point.name, " ".join(reason.split())[:300])
        _log.error("%s", failure)
        return failure


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")


_NOBODY: Final = _Plugged(lambda value: value, "that was there", HANDLER_LIMIT)

EVERYWHERE: Final = Layers()
"""Its listeners hear what is told in the whole process, at every Layers; it has no handlers."""
