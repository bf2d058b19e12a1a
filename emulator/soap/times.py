"""xs:dateTime, with a zone and without (XSD part 2, section 3.2.7).
[notes/c-10/white-space-in-date-times] [notes/schema/white-space-round-date-times]"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_DATE_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?\Z", re.ASCII
)


def parse_date_time(text: str) -> datetime:
    """The time, naive where no zone is given, cut to microseconds. Raises ValueError, one line."""
    match = _DATE_TIME.match(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no xs:dateTime")
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    fraction = int((match[7] or "0").ljust(6, "0")[:6])
    midnight_after = (hour, minute, second, fraction) == (24, 0, 0, 0)
    try:
        time = datetime(
            year, month, day, 0 if midnight_after else hour, minute, second, fraction, _zone(match[8] or "")
        )
        return time + timedelta(days=1) if midnight_after else time
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is no xs:dateTime: {error}") from None


def _zone(text: str) -> timezone | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours * 60 + minutes > 14 * 60 or minutes > 59:
        raise ValueError("a zone is at most 14 hours from UTC")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def format_date_time(time: datetime, *, keep_zone: bool = False) -> str:
    """Write a time to the millisecond; one with a zone in UTC with `Z`, a naive one without zone.

    A time within 14 hours of the first or the last that there is has no form in UTC: it keeps its zone.
    `keep_zone`: so does any other that is not in UTC, if its zone is one of whole minutes, as XML Schema writes it.
    """
    offset = time.utcoffset()
    if offset is None or (keep_zone and offset and not offset % timedelta(minutes=1)):
        return time.isoformat(timespec="milliseconds")
    try:
        utc = time.astimezone(UTC)
    except OverflowError:
        return time.isoformat(timespec="milliseconds")
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
