"""The table of subscriptions: what is granted, what expires, who has room, and which filter lets what through."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from eventing_bench import CALM, EVENTS, ODD, OTHER_CALM, STORM, Clock
from hypothesis import given
from hypothesis import strategies as st

from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.eventing.messages import Expires
from emulator.dpws.eventing.reference import EndpointReference
from emulator.dpws.eventing.subscriptions import Actions, Subscription, Subscriptions, matches
from emulator.soap.fault import FaultError

HOUR = timedelta(hours=1)


def subscription(peer: str = "10.0.0.1") -> Subscription:
    here = EndpointReference("http://10.0.0.1/sink")
    return Subscription(uuid.uuid4().urn, "/weather", peer, here, None, here, None)


def table(clock: Clock, **limits: int) -> Subscriptions:
    return Subscriptions(SourceLimits(**limits), clock, clock.wall)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, HOUR),
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(days=40), HOUR),
        (timedelta.max, HOUR),
        (timedelta(seconds=90.75), timedelta(seconds=90)),
        (timedelta(seconds=0.5), timedelta(seconds=0.5)),
        (timedelta(milliseconds=1), timedelta(milliseconds=1)),
        (datetime(2026, 1, 1, 0, 10, tzinfo=UTC), datetime(2026, 1, 1, 0, 10, tzinfo=UTC)),
        (datetime(2026, 1, 1, 0, 10), datetime(2026, 1, 1, 0, 10, tzinfo=UTC)),  # noqa: DTZ001
        (
            datetime(2026, 1, 1, 2, 10, tzinfo=timezone(timedelta(hours=2))),
            datetime(2026, 1, 1, 0, 10, tzinfo=UTC),
        ),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))), datetime(2026, 1, 1, 1, tzinfo=UTC)),
    ],
)
def test_as_long_as_asked_but_no_longer_than_the_limit(asked: Expires | None, granted: Expires) -> None:
    # The law: [eventing/expires/granted-time] [eventing/expires/absent]
    clock = Clock()
    assert table(clock).add(subscription(), asked) == granted


@pytest.mark.parametrize(
    "asked",
    [
        timedelta(),
        timedelta(seconds=-1),
        timedelta.min,
        timedelta(microseconds=999),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    ],
)
def test_no_time_or_time_in_the_past_is_refused_and_changes_nothing(asked: Expires) -> None:
    # The law: [eventing/expires/in-the-future]
    clock = Clock()
    entries = table(clock)
    with pytest.raises(FaultError, match="InvalidExpirationTime"):
        entries.add(subscription(), asked)
    assert len(entries) == 0
    one = subscription()
    entries.add(one, timedelta(minutes=5))
    with pytest.raises(FaultError, match="InvalidExpirationTime"):
        entries.renew(one, asked)
    assert entries.left(one) == timedelta(minutes=5)


def test_it_expires_unless_it_is_renewed_and_is_told_once() -> None:
    # The law: [eventing/expires/end-of-time]
    clock = Clock()
    entries = table(clock)
    first, second = subscription(), subscription()
    entries.add(first, timedelta(seconds=10))
    entries.add(second, timedelta(seconds=10))
    clock.now += 9
    assert entries.renew(second, timedelta(seconds=5)) == timedelta(seconds=5)
    assert entries.next_expiry() == 1.0
    clock.now += 1
    assert entries.live() == (second,) and entries.find(first.identifier) is None
    assert entries.left(second) == timedelta(seconds=4)
    assert entries.take_expired() == [first] and first.ended and entries.take_expired() == []
    assert entries.remove(second) and second.ended and not entries.remove(second)
    assert entries.next_expiry() is None


def test_the_time_left_is_said_as_it_was_asked() -> None:
    # The law: [eventing/expires/duration-answered-with-a-duration]
    # The law: [eventing/expires/date-time-answered-with-a-date-time]
    clock = Clock()
    entries = table(clock)
    one = subscription()
    entries.add(one, datetime(2026, 1, 1, 0, 30, tzinfo=UTC))
    clock.now += 60
    assert entries.left(one) == datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    assert entries.renew(one, None) == datetime(2026, 1, 1, 1, 1, tzinfo=UTC)  # in kind, whoever names no time
    entries.renew(one, timedelta(minutes=2))
    assert entries.left(one) == timedelta(minutes=2)


def test_there_is_room_for_so_many_of_one_address_and_in_all_and_again_when_some_have_gone() -> None:
    clock = Clock()
    entries = table(clock, subscriptions=5, per_address=3)
    for _ in range(3):
        entries.add(subscription("10.0.0.1"), timedelta(seconds=10))
    with pytest.raises(FaultError, match=r"EventSourceUnableToProcess.*from 10\.0\.0\.1"):
        entries.add(subscription("10.0.0.1"), timedelta(seconds=10))
    for _ in range(2):
        entries.add(subscription("10.0.0.2"), timedelta(seconds=20))
    with pytest.raises(FaultError, match=r"EventSourceUnableToProcess.*too many"):
        entries.add(subscription("10.0.0.3"), timedelta(seconds=10))
    clock.now += 10
    entries.add(subscription("10.0.0.1"), timedelta(seconds=10))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 30), st.integers(0, 10)), max_size=60))
def test_never_more_than_the_limits(steps: list[tuple[str, int, int]]) -> None:
    clock = Clock()
    entries = table(clock, subscriptions=6, per_address=3)
    for peer, seconds, later in steps:
        try:
            entries.add(subscription(peer), timedelta(seconds=seconds))
        except FaultError:
            assert len(entries.live()) == 6 or sum(each.peer == peer for each in entries.live()) == 3
        assert len(entries.live()) <= 6
        clock.now += later
        for gone in entries.take_expired():
            assert gone.expires_at <= clock.now
        assert len(entries) == len(entries.live())


@pytest.mark.parametrize(
    ("entry", "action", "lets"),
    [
        (STORM, STORM, True),
        (EVENTS, STORM, True),  # the beginning, by whole segments
        (f"{EVENTS}/", STORM, True),
        ("HTTP://EXAMPLE.ORG/weather/StormEvent", STORM, True),
        ("http://example.org", STORM, True),
        (f"{EVENTS}/Storm", STORM, False),
        (f"{EVENTS}/stormevent", STORM, False),
        (f"{STORM}/More", STORM, False),
        (f"{EVENTS}/../weather/StormEvent", STORM, False),
        ("http://[example", STORM, False),
        ("urn:example:odd", ODD, True),
        ("urn:example:od", ODD, False),
        ("", STORM, False),
    ],
)
def test_an_entry_of_a_filter(entry: str, action: str, lets: bool) -> None:
    # The law: [eventing/filter/matches-by-whole-segments] [eventing/filter/equal-action-suffices]
    assert matches(entry, action) is lets


def test_an_event_goes_by_the_name_that_was_asked_for() -> None:
    actions = Actions([STORM, CALM], {OTHER_CALM: CALM})
    assert actions.known([OTHER_CALM, "http://nowhere/x", OTHER_CALM, STORM]) == (OTHER_CALM, STORM)
    assert actions.name_for(None, CALM) == CALM
    assert actions.name_for((OTHER_CALM, STORM), CALM) == OTHER_CALM
    assert actions.name_for((STORM, CALM, OTHER_CALM), CALM) == CALM
    assert actions.name_for(("http://example.org/other",), CALM) == OTHER_CALM
    assert actions.name_for((OTHER_CALM,), STORM) == ""
    assert STORM in actions and OTHER_CALM not in actions
    with pytest.raises(KeyError):
        Actions([STORM], {OTHER_CALM: CALM})


def test_a_limit_below_a_second_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="one second at least"):
        SourceLimits(longest=timedelta(milliseconds=5))
