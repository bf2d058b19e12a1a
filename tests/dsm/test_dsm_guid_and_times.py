"""GUIDs and times as DSM writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dsm.guid import format_guid, from_octets, parse_guid, to_octets
from emulator.dsm.times import format_date_time, parse_date_time

TEXT = "C4F199C7-6876-4549-A86E-A85035952448"


@pytest.mark.parametrize("text", [TEXT, TEXT.lower(), f"{{{TEXT}}}", f"  {TEXT}\n", "c4f199C7-6876-4549-a86E-A85035952448"])  # fmt: skip  # noqa: E501
def test_a_guid_is_read_in_every_form_of_the_documents(text: str) -> None:
    assert format_guid(parse_guid(text)) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "0",
        "{" + TEXT,
        TEXT + "}",
        "{{" + TEXT + "}}",
        TEXT.replace("-", ""),
        TEXT.replace("C", "G"),
        "urn:uuid:" + TEXT,
        TEXT.replace("-", "\u2010"),
        TEXT.replace("4", "\u0664"),
    ],
)
def test_what_is_no_guid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no GUID"):
        parse_guid(text)


def test_the_octets_of_the_directory_lie_as_windows_lays_them() -> None:
    octets = bytes.fromhex("c799f1c4 7668 4945 a86e a85035952448".replace(" ", ""))
    assert format_guid(from_octets(octets)) == TEXT
    assert to_octets(UUID(TEXT)) == octets


@pytest.mark.parametrize("length", [0, 15, 17, 36])
def test_a_guid_has_16_octets(length: int) -> None:
    with pytest.raises(ValueError, match=f"of {length} octets instead of 16"):
        from_octets(bytes(length))


@settings(max_examples=50, deadline=None)
@given(st.uuids())
def test_any_guid_comes_back(identifier: UUID) -> None:
    assert parse_guid(format_guid(identifier)) == from_octets(to_octets(identifier)) == identifier


# Times

ZONED = datetime(2009, 4, 28, 18, 37, 19, 519000, UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2009-04-28T18:37:19.519", ZONED.replace(tzinfo=None)),
        ("2009-04-28T18:37:19.519Z", ZONED),
        ("2009-04-28T20:37:19.519+02:00", ZONED),
        ("2009-04-28T13:07:19.519-05:30", ZONED),
        ("2009-04-29T08:37:19.519+14:00", ZONED),
        ("2009-04-28T18:37:19.5190000009Z", ZONED),
        ("2009-04-28T18:37:19Z", ZONED.replace(microsecond=0)),
        ("2009-12-31T24:00:00Z", datetime(2010, 1, 1, tzinfo=UTC)),
        ("2008-02-29T00:00:00Z", datetime(2008, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_time_is_read(text: str, expected: datetime) -> None:
    found = parse_date_time(text)
    assert found == expected
    assert (found.tzinfo is None) == (expected.tzinfo is None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2009-04-28",
        "18:37:19",
        "2009-04-28 18:37:19",
        "2009-4-28T18:37:19",
        "2009-02-29T00:00:00",
        "2009-13-01T00:00:00",
        "2009-04-28T24:00:01",
        "2009-04-28T25:00:00",
        "2009-04-28T18:60:00",
        "2009-04-28T18:37:60",
        "2009-04-28T18:37:19.",
        "2009-04-28T18:37:19z",
        "2009-04-28T18:37:19+2:00",
        "2009-04-28T18:37:19+14:01",
        "2009-04-28T18:37:19+05:60",
        "2009-04-28T18:37:19-99:00",
        "2009-04-28T18:37:19Z\n",
        "9999-12-31T24:00:00",
        "0000-01-01T00:00:00",
        "٢٠٠٩-04-28T18:37:19",
    ],
)
def test_what_is_no_time_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="no xs:dateTime") as caught:
        parse_date_time(text)
    assert "\n" not in str(caught.value)


def test_a_time_is_written_to_the_millisecond_and_with_a_zone_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert format_date_time(ZONED) == "2009-04-28T18:37:19.519Z"
    assert format_date_time(ZONED.astimezone(east)) == "2009-04-28T18:37:19.519Z"
    assert format_date_time(ZONED.replace(tzinfo=None)) == "2009-04-28T18:37:19.519"
    assert format_date_time(ZONED.replace(microsecond=999_999)) == "2009-04-28T18:37:19.999Z"


@settings(max_examples=100, deadline=None)
@given(
    st.datetimes(
        datetime.fromisoformat("0002-01-01"),
        datetime.fromisoformat("9998-12-31"),
        timezones=st.none() | st.integers(-14 * 60, 14 * 60).map(lambda each: timezone(timedelta(minutes=each))),
    )
)
def test_any_time_comes_back_to_the_millisecond(time: datetime) -> None:
    cut = time.replace(microsecond=time.microsecond // 1000 * 1000)
    assert parse_date_time(format_date_time(time)) == cut


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=30) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?", fullmatch=True)
)
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        assert isinstance(parse_date_time(text), datetime)
    except ValueError as error:
        assert "\n" not in str(error)
