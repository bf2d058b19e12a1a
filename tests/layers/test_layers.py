"""Where something is plugged in: who hears, who answers, in which order, and what a handler may not do."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from emulator.layers import (
    EVERYWHERE,
    AlreadyHandled,
    Deliberate,
    Intervention,
    InterventionFailed,
    Layers,
    Notification,
)
from emulator.listening_aside import Aside

TOLD: Final[Notification[int]] = Notification("toy", int)
OTHER: Final[Notification[int]] = Notification("other toy", int)
ASKED: Final[Intervention[int, int]] = Intervention("toy question", int)


# Notifications


def test_listeners_hear_in_the_order_in_which_they_were_plugged_in_and_those_of_everywhere_last() -> None:
    layers, heard = Layers(), list[str]()
    unplug = EVERYWHERE.listen(TOLD, lambda event: heard.append(f"everywhere {event}"))
    try:
        layers.listen(TOLD, lambda event: heard.append(f"first {event}"))
        layers.listen(TOLD, lambda event: heard.append(f"second {event}"))
        layers.tell(TOLD, 1)
        layers.tell(OTHER, 2)
        EVERYWHERE.tell(TOLD, 3)
    finally:
        unplug()
    layers.tell(TOLD, 4)
    assert heard == ["first 1", "second 1", "everywhere 1", "everywhere 3", "first 4", "second 4"]


def test_one_point_is_another_than_one_of_the_same_name() -> None:
    layers, heard = Layers(), list[int]()
    layers.listen(Notification("toy", int), heard.append)
    assert not layers.heard(TOLD)
    layers.tell(TOLD, 1)
    assert heard == []


def test_whether_somebody_hears() -> None:
    layers = Layers()
    assert not layers.heard(TOLD) and not EVERYWHERE.heard(TOLD)
    here, there = layers.listen(TOLD, print), EVERYWHERE.listen(TOLD, print)
    assert layers.heard(TOLD) and EVERYWHERE.heard(TOLD) and Layers().heard(TOLD) and not layers.heard(OTHER)
    there()
    assert layers.heard(TOLD) and not EVERYWHERE.heard(TOLD) and not Layers().heard(TOLD)
    here()
    here()
    assert not layers.heard(TOLD)


def test_unplugging_takes_one_and_may_be_done_while_it_is_told() -> None:
    layers, heard = Layers(), list[str]()

    def leaving(_: int) -> None:
        heard.append("leaving")
        unplug()

    unplug = layers.listen(TOLD, leaving)
    layers.listen(TOLD, lambda _: heard.append("next"))
    layers.tell(TOLD, 1)
    layers.tell(TOLD, 2)
    assert heard == ["leaving", "next", "next"]


def test_the_same_listener_twice_hears_twice_until_it_is_unplugged_twice() -> None:
    layers, heard = Layers(), list[int]()
    first, second = layers.listen(TOLD, heard.append), layers.listen(TOLD, heard.append)
    layers.tell(TOLD, 1)
    first()
    layers.tell(TOLD, 2)
    second()
    layers.tell(TOLD, 3)
    assert heard == [1, 1, 2]


def test_a_listener_that_raises_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    layers, heard = Layers(), list[int]()

    def broken(_: int) -> None:
        raise KeyError("a bug")

    layers.listen(TOLD, broken)
    layers.listen(TOLD, heard.append)
    layers.tell(TOLD, 1)
    assert heard == [1] and "a listener of toy failed" in caplog.text and "a bug" in caplog.text


# Aside


def test_a_listener_aside_hears_in_order_in_a_thread_of_its_own() -> None:
    layers, heard, threads = Layers(), list[int](), set[int]()
    done = threading.Event()

    def listener(event: int) -> None:
        threads.add(threading.get_ident())
        heard.append(event)
        if event == 999:
            done.set()

    unplug = layers.listen(TOLD, listener, aside=True)
    for event in range(1000):
        layers.tell(TOLD, event)
    assert done.wait(10)
    unplug()
    layers.tell(TOLD, 1000)
    assert heard == list(range(1000)) and len(threads) == 1 and threading.get_ident() not in threads


def test_the_queue_of_a_listener_aside_is_bounded_and_what_is_dropped_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slow = SlowListener()
    aside = Aside(slow, "toy", 5)
    aside(0)
    assert slow.busy.wait(10)
    for event in range(1, 10):
        aside(event)
    assert aside.dropped == 4 and caplog.text.count("too slow") == 1
    slow.go_on.set()
    wait_until(lambda: len(slow.heard) == 6)
    aside(10)
    wait_until(lambda: len(slow.heard) == 7)
    assert slow.heard == [0, 1, 2, 3, 4, 5, 10] and aside.dropped == 4
    aside.close()
    wait_until(lambda: not any(each.name == "listener of toy" for each in threading.enumerate()))


def test_what_waits_at_the_end_is_handed_on_before_the_thread_ends() -> None:
    slow = SlowListener()
    aside = Aside(slow, "toy at its end")
    for event in range(3):
        aside(event)
    assert slow.busy.wait(10)
    begun = time.monotonic()
    aside.close()
    assert time.monotonic() - begun < 20, "it does not wait for the listener"
    slow.go_on.set()
    wait_until(lambda: not any(each.name == "listener of toy at its end" for each in threading.enumerate()))
    assert slow.heard == [0, 1, 2]


def test_closing_a_full_queue_says_how_many_were_dropped(caplog: pytest.LogCaptureFixture) -> None:
    busy, go_on = threading.Event(), threading.Event()

    def stuck(_: int) -> None:
        busy.set()
        go_on.wait(30)

    aside = Aside(stuck, "full toy", 1)
    aside(0)
    assert busy.wait(10)
    aside(1)
    aside(2)
    aside(3)
    aside.close()
    assert "2 events were dropped" in caplog.text
    go_on.set()


def test_a_listener_aside_that_raises_hears_the_next(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[int] = []

    def broken(event: int) -> None:
        heard.append(event)
        raise KeyError("a bug")

    aside = Aside(broken, "broken toy")
    aside(1)
    aside(2)
    aside.close()
    wait_until(lambda: len(heard) == 2 and caplog.text.count("a listener of broken toy failed") == 2)


def test_the_thread_of_a_listener_that_is_too_slow_ends_too() -> None:
    slow = SlowListener()
    aside = Aside(slow, "slow toy", 2)
    aside(0)
    assert slow.busy.wait(10)
    for event in range(1, 6):
        aside(event)
    aside.close()  # no room for the end
    slow.go_on.set()
    wait_until(lambda: not any(each.name == "listener of slow toy" for each in threading.enumerate()))
    assert slow.heard == [0, 1, 2]


def test_an_aside_that_never_heard_anything_has_no_thread() -> None:
    before = threading.active_count()
    Aside(print, "toy").close()
    assert threading.active_count() == before


class SlowListener:
    """Hears one event at a time, and is done with none until it may go on."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.busy = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, event: int) -> None:
        self.busy.set()
        self.go_on.wait(30)
        self.heard.append(event)


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


# Interventions


async def ask(handler: Callable[[int], Any], value: int = 1, limit: float = 5) -> int:
    layers = Layers()
    layers.handle(ASKED, handler, limit=limit)
    return await layers.ask(ASKED, value)


async def test_a_function_answers_in_a_thread_and_a_coroutine_function_in_the_loop() -> None:
    threads: list[int] = []

    def function(value: int) -> int:
        threads.append(threading.get_ident())
        return value + 1

    async def coroutine(value: int) -> int:
        threads.append(threading.get_ident())
        await asyncio.sleep(0)
        return value + 2

    class Answering:
        async def __call__(self, value: int) -> int:
            return value + 3

    assert (await ask(function), await ask(coroutine), await ask(Answering())) == (2, 3, 4)
    assert threads[0] != threading.get_ident() == threads[1]


async def test_one_alone_may_answer_until_it_is_unplugged() -> None:
    layers = Layers()
    assert not layers.handled(ASKED)
    unplug = layers.handle(ASKED, lambda value: 1, name="the first")
    with pytest.raises(AlreadyHandled, match="toy question is handled by the first already"):
        layers.handle(ASKED, lambda value: 2)
    assert layers.handled(ASKED) and await layers.ask(ASKED, 0) == 1
    unplug()
    assert not layers.handled(ASKED)
    layers.handle(ASKED, lambda value: 2)
    unplug()
    assert layers.handled(ASKED) and await layers.ask(ASKED, 0) == 2, "it takes away what it plugged in, no other"
    assert not Layers().handled(ASKED)


async def test_answers_of_one_point_may_be_asked_for_at_once() -> None:
    layers = Layers()

    async def slow(value: int) -> int:
        await asyncio.sleep(0.1 / value)
        return value * 10

    layers.handle(ASKED, slow)
    assert await asyncio.gather(*(layers.ask(ASKED, value) for value in (1, 2, 5))) == [10, 20, 50]


def raising(value: int) -> int:
    raise KeyError("line one\nline two")


async def raising_later(value: int) -> int:
    await asyncio.sleep(0)
    raise ValueError("x" * 1000)


def timing_out(value: int) -> int:
    raise TimeoutError("of its own")


def stopping(value: int) -> int:
    raise StopIteration


def sleeping(value: int) -> int:
    time.sleep(30)
    return value


async def waiting(value: int) -> int:
    await asyncio.sleep(60)
    return value


def text(value: int) -> Any:
    return "1"


async def nothing(value: int) -> Any:
    return None


FAILURES = [
    (raising, "the handler raising of toy question raised KeyError: 'line one"),
    (raising_later, "the handler raising_later of toy question raised ValueError: xxxxx"),
    (timing_out, "the handler timing_out of toy question raised TimeoutError: of its own"),
    (stopping, "the handler stopping of toy question raised "),
    (sleeping, "the handler sleeping of toy question did not answer within 0.2 s"),
    (waiting, "the handler waiting of toy question did not answer within 0.2 s"),
    (text, "the handler text of toy question returned '1'"),
    (nothing, "the handler nothing of toy question returned None"),
]


@pytest.mark.parametrize(("handler", "told"), FAILURES, ids=[handler.__name__ for handler, _ in FAILURES])
async def test_a_failing_handler_is_named_in_one_line(
    handler: Callable[[int], Any], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun = time.monotonic()
    with pytest.raises(InterventionFailed) as caught:
        await ask(handler, limit=0.2 if "within 0.2 s" in told else 20)
    assert time.monotonic() - begun < 20
    assert str(caught.value).startswith(told) and "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert (caught.value.handler, caught.value.point) == (handler.__name__, "toy question")
    (record,) = (each for each in caplog.records if each.levelno == logging.ERROR)
    assert record.getMessage() == str(caught.value)


class OnPurpose(Deliberate):
    """Of the toy."""


async def test_what_is_raised_on_purpose_passes_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    purpose = OnPurpose("meant")

    def meaning_it(value: int) -> int:
        raise purpose

    with pytest.raises(OnPurpose) as caught:
        await ask(meaning_it)
    assert caught.value is purpose and caplog.text == ""


async def test_who_asks_and_is_cancelled_is_cancelled() -> None:
    cancelled: list[bool] = []

    async def patient(value: int) -> int:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return value

    asking = asyncio.ensure_future(ask(patient))
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert cancelled == [True]


async def test_the_name_is_that_of_the_function_unless_another_is_given() -> None:
    layers = Layers()
    unplug = layers.handle(ASKED, text)
    with pytest.raises(InterventionFailed, match=r"^the handler text of"):
        await layers.ask(ASKED, 1)
    unplug()
    layers.handle(ASKED, text, name="plan.toml, line 3")
    with pytest.raises(InterventionFailed, match=r"^the handler plan\.toml, line 3 of"):
        await layers.ask(ASKED, 1)


def test_strict_is_said_once() -> None:
    assert Layers(strict=True).strict and not Layers().strict


HANGING = """
    import asyncio, time
    from emulator.layers import Intervention, InterventionFailed, Layers

    async def main():
        layers, point = Layers(), Intervention("toy", int)
        layers.handle(point, lambda value: time.sleep(3600), limit=0.1)
        async def failing():
            try:
                await layers.ask(point, 1)
            except InterventionFailed:
                return True
        assert all(await asyncio.gather(*(failing() for _ in range(50))))
        assert await asyncio.wait_for(asyncio.to_thread(lambda: 7), 5) == 7

    asyncio.run(main())
    print("lives")
"""


def test_handlers_that_hang_keep_neither_the_process_nor_its_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(HANGING)], timeout=30, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "lives"


async def test_a_part_tells_its_whole_and_has_its_handlers() -> None:
    """Devices of a network: each has layers of its own within those that all share."""
    whole = Layers(strict=True)
    one, other = Layers(outer=whole), Layers(outer=whole)
    assert one.strict
    heard: list[tuple[str, int]] = []
    for name, layers in (("one", one), ("other", other), ("whole", whole)):
        layers.listen(TOLD, lambda event, name=name: heard.append((name, event)))
    unplug = EVERYWHERE.listen(TOLD, lambda event: heard.append(("everywhere", event)))
    one.tell(TOLD, 1)
    whole.tell(TOLD, 2)
    unplug()
    assert heard == [("one", 1), ("whole", 1), ("everywhere", 1), ("whole", 2), ("everywhere", 2)]
    assert one.heard(TOLD)

    unplug = whole.handle(ASKED, lambda value: value * 2)
    other.handle(ASKED, lambda value: value * 3)
    assert (await one.ask(ASKED, 1), await other.ask(ASKED, 1)) == (2, 3)
    unplug()
    assert (one.handled(ASKED), other.handled(ASKED), whole.handled(ASKED)) == (False, True, False)
