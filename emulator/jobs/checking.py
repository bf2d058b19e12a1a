"""What keeps a job from passing, said so that whoever reads a failed test need not look elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from emulator.dsm.job_status import FilterStatus
from emulator.scan_server.delivery.outcome import Delivery
from emulator.soap.deviations import Deviation

_SHOWN: Final = 3
_WIDTH: Final = 14


class CheckFindings:
    """What is wrong, a line each."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, finding: str) -> None:
        """One more thing that is wrong."""
        self._found.append(" ".join(finding.split()))

    def require(self, what: str, known: Mapping[str, str | Sequence[str]]) -> None:
        """Raise AssertionError where something is wrong: what, and beside it all that is `known` by name; empty
        values are left out."""
        __tracebackhide__ = True  # pytest shows who has called
        if not self._found:
            return
        lines = ["; ".join(self._found), _line("", what)]
        for name, value in known.items():
            shown = [value] if isinstance(value, str) else value
            lines += [_line(name if number == 0 else "", each) for number, each in enumerate(shown) if each]
        raise AssertionError("\n".join(lines))


def _line(name: str, value: str) -> str:
    return f"  {name:{_WIDTH}}{' '.join(value.split())}"


def of_filters(filters: Sequence[FilterStatus]) -> list[str]:
    """A line for each filter and how it ended."""
    lines = []
    for each in filters:
        reasons = ", ".join(map(str, each.filter_state_reasons))
        lines.append(
            f"{each.dialect.rpartition('/')[2]}: {each.filter_state}" + (f" ({reasons})" if reasons else "")
        )
    return lines


def of_deliveries(deliveries: Sequence[Delivery]) -> list[str]:
    """A line for each target that has not got all."""
    return [f"{each.target}: {each.reason} ({each.detail})" for each in deliveries if each.reason is not None]


def first_deviations(deviations: Sequence[tuple[str, Deviation]]) -> list[str]:
    """A line for each of the first deviations, and how many more there are."""
    lines = [f"{operation or 'a message'}: {each}" for operation, each in deviations[:_SHOWN]]
    more = len(deviations) - _SHOWN
    return [*lines, f"and {more} more"] if more > 0 else lines
