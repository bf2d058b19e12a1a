"""xs:dateTime as XML Schema has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.soap.times import format_date_time, parse_date_time

NAIVE = datetime.fromisoformat


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.5242689Z", datetime(2026, 1, 2, 3, 4, 5, 524268, UTC)),
        ("2026-01-02T03:04:05.5", NAIVE("2026-01-02T03:04:05.500000")),
        ("2026-01-02T03:04:05+14:00", datetime(2026, 1, 1, 13, 4, 5, tzinfo=UTC)),
        ("2026-12-31T24:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_read(text: str, time: datetime) -> None:
    # The law: [notes/c-10/white-space-in-date-times]
    found = parse_date_time(text)
    assert (found, found.tzinfo is None) == (time, time.tzinfo is None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-01-02",
        "2026-01-02 03:04:05",
        "2026-13-02T03:04:05",
        "2026-02-30T03:04:05",
        "2026-01-02T24:00:01",
        "9999-12-31T24:00:00",
        "0000-01-01T00:00:00",
        "2026-01-02T03:04:05+15:00",
        "2026-01-02T03:04:05+01:60",
        "2026-01-02T03:04:05Z\n",
        "٢٠٢٦-01-02T03:04:05",
    ],
)
def test_what_is_no_time_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no xs:dateTime|14 hours") as caught:
        parse_date_time(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (timedelta(hours=5, minutes=45), "2026-01-02T03:04:05.678+05:45"),
        (timedelta(hours=-9), "2026-01-02T03:04:05.678-09:00"),
        (timedelta(0), "2026-01-02T03:04:05.678Z"),
        (timedelta(minutes=19, seconds=32), "2026-01-02T02:44:33.678Z"),
    ],
)
def test_a_time_may_keep_its_zone(offset: timedelta, text: str) -> None:
    time = datetime(2026, 1, 2, 3, 4, 5, 678_999, timezone(offset))
    assert format_date_time(time, keep_zone=True) == text
    assert parse_date_time(text) == time.replace(microsecond=678_000)


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678_999, UTC), "2026-01-02T03:04:05.678Z"),
        (NAIVE("2026-01-02T03:04:05"), "2026-01-02T03:04:05.000"),
        (datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=5))), "2026-01-01T22:00:00.000Z"),
        (datetime(1, 1, 1, 3, tzinfo=timezone(timedelta(hours=5))), "0001-01-01T03:00:00.000+05:00"),
    ],
)
def test_a_time_is_written_to_the_millisecond(time: datetime, text: str) -> None:
    assert format_date_time(time) == text


@given(st.datetimes(timezones=st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=-14)))))
def test_any_time_comes_back(time: datetime) -> None:
    cut = time.replace(microsecond=time.microsecond // 1000 * 1000)
    assert parse_date_time(format_date_time(time)) == cut


@given(
    st.text(max_size=40)
    | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", fullmatch=True)
)
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        assert isinstance(parse_date_time(text), datetime)
    except ValueError as error:
        assert "\n" not in str(error)
