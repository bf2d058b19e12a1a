"""xs:duration (XSD part 2, section 3.2.6)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_DURATION: Final = re.compile(
    r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?\Z", re.ASCII
)
_DAYS_OF_YEAR: Final = 365
_DAYS_OF_MONTH: Final = 28
"""Years and months have no fixed length: the shortest that there is, for who promises "not longer than asked"."""
_MAX_DIGITS: Final = 12
"""Of one number; more seconds than that are 30 000 years."""


def parse_duration(text: str) -> timedelta:
    """The duration, cut to microseconds; one too long for a timedelta is as long as there can be.

    Raises ValueError, one line.
    """
    match = _DURATION.match(text)
    if match is None or match[5] == "T" or text.endswith("P"):
        raise ValueError(f"{text[:40]!r} is no xs:duration")
    negative = match[1] == "-"
    numbers = [match[group] or "0" for group in (2, 3, 4, 6, 7, 8)]
    try:
        if any(len(number.lstrip("0")) > _MAX_DIGITS for number in numbers):
            raise OverflowError
        years, months, days, hours, minutes, seconds = map(int, numbers)
        found = timedelta(
            days=years * _DAYS_OF_YEAR + months * _DAYS_OF_MONTH + days,
            hours=hours,
            minutes=minutes,
            seconds=seconds,
            microseconds=int((match[9] or "0").ljust(6, "0")[:6]),
        )
    except OverflowError:
        return timedelta.min if negative else timedelta.max
    return -found if negative else found


def format_duration(duration: timedelta) -> str:
    """Days, hours, minutes and seconds, those that are not 0; `PT0S` for none."""
    sign = "-" if duration < timedelta() else ""
    size = abs(duration)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{size.microseconds:06d}".rstrip("0") if size.microseconds else ""
    date = f"{size.days}D" if size.days else ""
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or fraction or not (date or time):
        time += f"{seconds}{fraction}S"
    return f"{sign}P{date}" + (f"T{time}" if time else "")
