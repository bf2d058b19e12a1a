"""xs:duration, read and written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.soap.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT1H", timedelta(hours=1)),
        ("P0Y0M0DT0H10M0S", timedelta(minutes=10)),  # as WSDAPI writes it
        ("PT5M30.5S", timedelta(minutes=5, seconds=30.5)),
        ("PT0.0000019S", timedelta(microseconds=1)),  # cut, never longer
        ("P1D", timedelta(days=1)),
        ("P1Y", timedelta(days=365)),
        ("P1M", timedelta(days=28)),  # the shortest month that there is
        ("PT90M", timedelta(minutes=90)),
        ("PT0S", timedelta()),
        ("-PT1H", timedelta(hours=-1)),
        ("PT3600S", timedelta(hours=1)),
        ("P00000000000000000000001D", timedelta(days=1)),
        ("P" + "9" * 5000 + "D", timedelta.max),
        ("P999999999999Y", timedelta.max),
        ("-P999999999999Y", timedelta.min),
    ],
)
def test_a_duration_is_read(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "-P",
        "PT",
        "P1DT",
        "1H",
        "P1H",
        "PT1D",
        "PT.5S",
        "PT5.S",
        "PT1.5H",
        "+PT1H",
        "P-1D",
        "pt1h",
        "PT1H ",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("text", ["P1M1Y", "PT1S\n", "PT٣S", "2026-01-01T00:00:00Z"])
def test_nor_is_this_one(text: str) -> None:
    refused(text)


def refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no xs:duration") as caught:
        parse_duration(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(), "PT0S"),
        (timedelta(hours=1), "PT1H"),
        (timedelta(minutes=59, seconds=59), "PT59M59S"),
        (timedelta(days=2, seconds=1), "P2DT1S"),
        (timedelta(days=1), "P1D"),
        (timedelta(milliseconds=1500), "PT1.5S"),
        (timedelta(seconds=-90), "-PT1M30S"),
    ],
)
def test_a_duration_is_written(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


@given(st.timedeltas())
def test_what_is_written_is_read_again(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@given(st.text(alphabet="PTYMDHS.-0123456789", max_size=30))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        parse_duration(text)
    except ValueError as error:
        assert "is no xs:duration" in str(error)
