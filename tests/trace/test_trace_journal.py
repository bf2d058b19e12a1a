"""The journal: numbers without gaps, bounds, what a reader is told, who waits, who disturbs."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
import time

import pytest

from emulator.layers import EVERYWHERE, Layers
from emulator.trace.journal import MOST_ITEMS, MOST_TEXT, Entry, Journal
from emulator.trace.kinds import ChangeTold, EntryKind, ImageTold, JobTold, PageTold, WarningTold
from emulator.trace.points import HAPPENED, Happened, tell_happened
from emulator.trace.recording import record
from emulator.trace.who import Who, label, several, speaking


def page(number: int, who: Who | None = None) -> Happened:
    return Happened(PageTold(number), who)


def numbers(entries: tuple[Entry, ...]) -> list[int]:
    return [entry.number for entry in entries]


def test_entries_have_numbers_times_and_kinds() -> None:
    clock = iter([10.0, 11.5])
    journal = Journal(clock=lambda: next(clock))
    first = journal.add(page(1))
    second = journal.add(Happened(WarningTold("late"), None))
    assert (first.number, first.time, first.kind, dict(first.data)) == (
        1,
        10.0,
        EntryKind.PAGE,
        {"number": 1, "scan_job": None},
    )
    assert (second.number, second.time, second.kind) == (2, 11.5, EntryKind.WARNING)
    assert journal.since(0).entries == (first, second) and journal.last == 2


def test_a_reader_is_told_what_it_has_missed() -> None:
    journal = Journal(size=10)
    for number in range(1, 26):
        journal.add(page(number))
    assert (journal.last, journal.dropped) == (25, 15)
    everything = journal.since(0)
    assert numbers(everything.entries) == list(range(16, 26)) and everything.lost == 15
    assert numbers(journal.since(10).entries) == list(range(16, 26)) and journal.since(10).lost == 5
    for read in (15, 16, 20):
        news = journal.since(read)
        assert numbers(news.entries) == list(range(read + 1, 26)) and news.lost == 0 and news.last == 25
    assert journal.since(25) == journal.since(25, 3) and journal.since(25).last == 25
    assert numbers(journal.since(0, 3).entries) == [16, 17, 18] and journal.since(0, 3).last == 18


def test_a_number_of_another_journal_is_an_error() -> None:
    journal = Journal()
    journal.add(page(1))
    for number in (2, -1):
        with pytest.raises(ValueError, match="1 entries"):
            journal.since(number)
    with pytest.raises(ValueError, match="one entry"):
        Journal(size=0)


def test_an_entry_as_json() -> None:
    journal = Journal(clock=lambda: 0.25)
    who = Who.of_job(Who(device="uuid", name="Office MFP"))
    before = journal.add(page(1, who)).as_dict()
    assert before["job"].startswith("#") and before["who"].startswith("job #")
    who.job = "8d8a72f5-7078-405f-815e-487f3800f13d"
    told = journal.add(Happened(ImageTold("acknowledged", 2, 1, 300), who)).as_dict()
    assert json.loads(json.dumps(told)) == {
        "number": 2,
        "time": "1970-01-01T00:00:00.250+00:00",
        "job": who.job,
        "device": "uuid",
        "who": "job 8d8a72f5",
        "kind": "image",
        "data": {"what": "acknowledged", "document_id": 2, "attempts": 1, "octets": 300},
    }
    counted = journal.add(Happened(JobTold("ended", exchanges={"requests": 3}), who))
    assert counted.as_dict()["data"]["exchanges"] == {"requests": 3}


def test_texts_of_peers_are_cut_and_lists_too() -> None:
    journal = Journal()
    text = journal.add(Happened(WarningTold("x" * 5_000_000), None)).data["text"]
    assert len(text) < MOST_TEXT + 50 and text.endswith("(5000000 characters in all)")
    names = journal.add(Happened(ChangeTold(tuple("y" * 5000 for _ in range(5000))), None)).data["names"]
    assert len(names) == MOST_ITEMS and all(len(name) < MOST_TEXT + 50 for name in names)


def test_a_hundred_thousand_events_stay_within_their_memory() -> None:
    journal = Journal(size=5000, characters=1_000_000)
    big = "peer" * 250_000
    for number in range(100_000):
        journal.add(Happened(WarningTold(big if number % 50 == 0 else "short"), None))
    held = len(pickle.dumps([(each.number, dict(each.data)) for each, _ in journal._entries]))
    assert journal.last == 100_000 and held < 2_000_000
    kept = journal.since(0)
    assert numbers(kept.entries) == list(range(100_001 - len(kept.entries), 100_001))
    assert 1000 < len(kept.entries) <= 5000 and kept.lost == 100_000 - len(kept.entries)


async def test_who_waits_is_woken_by_news_and_by_nothing_else() -> None:
    journal = Journal()
    waiting = [asyncio.create_task(journal.news(0)) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in waiting)
    journal.add(page(1))
    assert [numbers(news.entries) for news in await asyncio.gather(*waiting)] == [[1]] * 3
    assert numbers((await journal.news(0)).entries) == [1]
    empty = await journal.news(1, seconds=0.01)
    assert empty.entries == () and empty.last == 1
    with pytest.raises(ValueError, match="1 entries"):
        await journal.news(5)
    canceled = asyncio.create_task(journal.news(1))
    await asyncio.sleep(0)
    canceled.cancel()
    await asyncio.gather(canceled, return_exceptions=True)
    assert not journal._waiting


async def test_no_news_is_lost_between_two_questions_nor_from_other_threads() -> None:
    journal = Journal()
    threads = [
        threading.Thread(target=lambda: [journal.add(page(n)) for n in range(500)] and None) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    async with asyncio.timeout(20):
        while len(seen) < 1500:
            news = await journal.news(seen[-1] if seen else 0, limit=97)
            assert news.lost == 0
            seen += numbers(news.entries)
    for thread in threads:
        thread.join()
    assert seen == list(range(1, 1501))


def test_the_loop_of_a_reader_that_has_gone_does_no_harm() -> None:
    journal = Journal()
    loop = asyncio.new_event_loop()
    task = loop.create_task(journal.news(0))
    loop.run_until_complete(asyncio.sleep(0))
    waiting = list(journal._waiting)
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    journal._waiting = waiting
    assert journal.add(page(1)).number == 1


def test_a_listener_that_raises_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    journal, heard = Journal(), []

    def broken(entry: Entry) -> None:
        raise RuntimeError("listener")

    journal.listen(broken)
    unplug = journal.listen(lambda entry: heard.append(entry.number))
    journal.add(page(1))
    unplug()
    journal.add(page(2))
    assert heard == [1] and journal.last == 2
    assert any("an entry of the journal" in each.getMessage() for each in caplog.records)


def test_a_listener_that_is_slow_holds_up_nobody() -> None:
    journal, heard, go = Journal(), [], threading.Event()

    def slow(entry: Entry) -> None:
        go.wait(20)
        heard.append(entry.number)

    unplug = journal.listen(slow, aside=True)
    began = time.thread_time()
    for number in range(1, 201):
        journal.add(page(number))
    assert heard == [] and journal.last == 200
    assert time.thread_time() - began < 1
    go.set()
    unplug()
    deadline = time.monotonic() + 20
    while len(heard) < 200 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert heard == list(range(1, 201))


def test_what_is_told_at_layers_is_recorded_until_it_is_unplugged() -> None:
    journal, everywhere, layers = Journal(), Journal(), Layers()
    assert not layers.heard(HAPPENED)
    stop, stop_everywhere = record(journal, layers), record(everywhere)
    try:
        tell_happened(PageTold(1), layers=layers)
        tell_happened(PageTold(2))
        assert journal.last == 1 and everywhere.last == 2
    finally:
        stop()
        stop_everywhere()
    assert not layers.heard(HAPPENED) and not EVERYWHERE.heard(HAPPENED)
    tell_happened(PageTold(3), layers=layers)
    assert journal.last == 1 and everywhere.last == 2


async def test_whose_it_is_goes_along_with_the_task() -> None:
    journal, layers = Journal(), Layers()
    record(journal, layers)

    whose: list[Who] = []

    async def job(number: int) -> None:
        who = Who.of_job()
        whose.append(who)
        with speaking(who):
            await asyncio.sleep(0)
            who.job = f"{number:08}-token"
            work = [
                asyncio.create_task(tell(number)),
                asyncio.create_task(asyncio.to_thread(lambda: tell_in(number))),
            ]
            await asyncio.gather(*work)
            assert several() and label() == f"job {number:08}"

    async def tell(number: int) -> None:
        await asyncio.sleep(0.001)
        tell_in(number)

    def tell_in(number: int) -> None:
        tell_happened(PageTold(number), layers=layers)

    await asyncio.gather(*(job(number) for number in range(1, 20)))
    assert label() == ""
    entries = journal.since(0).entries
    assert len(entries) == 38
    assert all(entry.job == f"{entry.data['number']:08}-token" for entry in entries)


def test_jobs_that_have_gone_are_no_reason_to_say_whose_a_line_is() -> None:
    before = several()
    whose = [Who.of_job() for _ in range(5)]
    assert several()
    del whose
    assert several() is before
    assert Who(server="embedded", embedded=True).at_server("t").told_job == "t"
