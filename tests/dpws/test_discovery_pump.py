"""The pump: what is due goes out in its time, and a mistake of ours ends nothing."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from discovery_values import FakeLink, make_target, probe_by_hand, publish
from hypothesis import given
from hypothesis import strategies as st

from emulator.dpws.answer_limits import RateLimits, SeenMessages, TokenBuckets
from emulator.dpws.outbox import MAX_PENDING, Outbox
from emulator.dpws.pump import Pump
from emulator.dpws.scopes import ends_with_names, same_uuid, starts_with
from emulator.dpws.timing import Timing

SOON = Timing(app_max_delay=0.05, hello_max_delay=0.05, min_delay=0.01, max_delay=0.02, upper_delay=0.03)


async def test_answers_and_their_repetitions_go_out_by_themselves() -> None:
    pump, link = Pump(timing=SOON), FakeLink()
    pump.responder.add(publish(make_target(1)))
    pump.received(link, probe_by_hand(), ("192.0.2.1", 7), "")
    pump.responder.hello(pump.responder.published[0], link, pump.now)
    pump.send_due()
    for _ in range(200):
        if len(link.sent) == 5:
            break
        await asyncio.sleep(0.01)
    assert [to for _, to in link.sent].count(None) == 3
    assert len({data for data, _ in link.sent}) == 2
    assert pump.responder.next_due is None
    pump.close()


async def test_an_address_in_whose_name_too_much_is_asked_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    limits = RateLimits(rate=0, rate_per_target=0, burst=5_000, burst_per_target=0)
    pump, link = Pump(timing=SOON, limits=limits), FakeLink()
    pump.responder.add(publish(make_target(1)))
    for _ in range(20):
        pump.received(link, probe_by_hand(), ("203.0.113.9", 7), "")
    pump.close()
    assert [record.getMessage() for record in caplog.records] == [
        "203.0.113.9: has asked by UDP more often than it is answered"
    ]


async def test_drain_waits_for_what_is_left_and_close_ends_it() -> None:
    pump, link = Pump(timing=SOON), FakeLink()
    pump.responder.add(publish(make_target(1)))
    pump.responder.bye(pump.responder.published[0], link, pump.now)
    await pump.drain()
    assert len(link.sent) == 3
    pump.responder.hello(pump.responder.published[0], link, pump.now + 30)
    pump.send_due()
    await pump.drain(limit=0.05)
    pump.close()
    assert len(link.sent) == 3


async def test_a_mistake_of_ours_is_told_and_the_next_datagram_answered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pump, link = Pump(timing=Timing(app_max_delay=0, unicast_repeat=0)), FakeLink()
    pump.responder.add(publish(make_target(1)))
    with monkeypatch.context() as patch:
        patch.setattr("emulator.dpws.responder.read_probe", lambda *_: 1 / 0)
        pump.received(link, probe_by_hand(), ("192.0.2.1", 7), "")
    assert "192.0.2.1" in caplog.text and not link.sent
    pump.received(link, probe_by_hand(), ("192.0.2.1", 7), "")
    assert len(link.sent) == 1
    pump.close()


def test_the_outbox_takes_no_more_than_its_bound() -> None:
    outbox = Outbox(Random(1), Timing())
    taken = sum(outbox.put(0.0, FakeLink(), None, "", lambda: b"x") for _ in range(MAX_PENDING + 5))
    assert taken == len(outbox) == MAX_PENDING


def test_nothing_goes_out_before_its_time_and_nothing_is_made_twice() -> None:
    made: list[int] = []
    outbox, link = Outbox(Random(1), Timing(multicast_repeat=2)), FakeLink()

    def make() -> bytes | None:
        made.append(1)
        return b"x" if len(made) == 1 else None

    outbox.put(5.0, link, None, "", make)
    outbox.put(5.0, link, None, "", make)
    assert list(outbox.due(4.9)) == []
    sent = [datagram.data for now in range(5, 9) for datagram in outbox.due(float(now))]
    assert sent == [b"x"] * 3 and len(made) == 2


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 30)), max_size=60))
def test_a_bucket_never_gives_more_than_burst_and_rate(asked: list[tuple[float, int]]) -> None:
    buckets, now, given_out = TokenBuckets(10, 20, 4), 0.0, 0
    for pause, wanted in asked:
        now += pause
        count = min(wanted, buckets.available("a", now))
        buckets.take("a", now, count)
        given_out += count
    assert given_out <= 20 + 10 * now + 1e-6


@given(st.lists(st.integers(0, 9), max_size=100))
def test_what_was_seen_lately_is_known(keys: list[int]) -> None:
    seen, recent = SeenMessages(size=5), []
    for key in keys:
        assert seen.before(key, 0.0) == (key in recent)
        if key not in recent:
            recent = [*recent, key][-5:]
        assert len(seen) <= 5


@given(st.text(max_size=40), st.text(max_size=40))
def test_rules_for_scopes_bear_any_text(first: str, second: str) -> None:
    for rule in (starts_with, same_uuid, ends_with_names):
        assert rule(first, second) in (True, False)
        assert rule(f"ldap://{first}", f"ldap://{second}") in (True, False)
