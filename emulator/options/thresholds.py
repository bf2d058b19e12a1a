"""Thresholds of a load run, as they are typed: `p99>2s,errors>0.1%,SendImage.p90>300ms`. Read strictly: what names
nothing is a mistake, not a threshold that is always kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from operator import ge, gt, le, lt
from types import MappingProxyType
from typing import Final, Literal

from emulator.dsm.sequence_steps import Operation

JOB: Final = "job"
"""What a time is of where nothing is named: a job, from when it should have begun to its known end."""
DEFAULT_THRESHOLDS: Final = "errors>0"

Kind = Literal["time", "share", "count", "rate"]

ERRORS: Final = "errors"
MEAN: Final = "mean"
MAX: Final = "max"
COUNTS: Final = ("jobs", "images")
RATES: Final = ("jobs/s", "images/s", "MB/s")

_SUBJECTS: Final = (JOB, *map(str, Operation))
_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {">": gt, ">=": ge, "<": lt, "<=": le}
)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}
_FORM: Final = re.compile(r"(?:([A-Za-z]+)\.)?([A-Za-z0-9./]+?)\s*(>=|<=|>|<)\s*([0-9]+(?:\.[0-9]+)?)(ms|s|m|%)?")
_PERCENTILE: Final = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,3})?)")


@dataclass(frozen=True, slots=True)
class Threshold:
    """One of them. `str()` is as it was typed."""

    text: str
    subject: str
    """`JOB`, or the name of an operation."""
    metric: str
    kind: Kind
    compare: str
    value: float
    """Seconds of a time, a part of 1 of a share."""

    @property
    def percentile(self) -> float | None:
        """99 of `p99`; None where it is none."""
        found = _PERCENTILE.fullmatch(self.metric)
        return None if found is None else float(found[1])

    def crossed_by(self, value: float) -> bool:
        """Whether that is a failure."""
        return _COMPARED[self.compare](value, self.value)

    def __str__(self) -> str:
        return self.text


def thresholds_of(text: str) -> tuple[Threshold, ...]:
    """Each threshold of a list with commas. Raises ValueError with the one that is wrong and what there is."""
    found: dict[tuple[str, str, str], Threshold] = {}
    for each in text.split(","):
        one = _threshold(each.strip())
        key = (one.subject, one.metric, one.compare[0])
        if key in found:
            raise ValueError(f"{one.text!r} and {found[key].text!r} are of the same")
        found[key] = one
    return tuple(found.values())


def _threshold(text: str) -> Threshold:
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"{text!r:.60} is no threshold: write p99>2s, errors>0.1%, SendImage.p90>300ms, jobs/s<20")
    subject, metric, compare, number, unit = form.groups()
    if subject is not None and subject not in _SUBJECTS:
        raise ValueError(f"{subject!r:.60} is nothing of a load run{_near(subject, _SUBJECTS)}")
    value = float(number)
    kind = _kind(text, metric, unit or "")
    if kind != "time" and metric != ERRORS and subject not in (None, JOB):
        raise ValueError(f"{metric} is of the whole run, not of {subject}")
    if kind == "share":
        if value > 100:
            raise ValueError(f"{text!r} can never be: a share is at most 100%")
        value /= 100
    return Threshold(text, subject or JOB, metric, kind, compare, value * _SECONDS.get(unit or "", 1.0))


def _kind(text: str, metric: str, unit: str) -> Kind:
    """Raises ValueError for a metric that there is not, and for another unit than its own."""
    percentile = _PERCENTILE.fullmatch(metric)
    if metric in (MEAN, MAX) or (percentile is not None and float(percentile[1]) > 0):
        if unit not in _SECONDS:
            raise ValueError(f"{text!r} needs a unit of time: ms, s or m")
        return "time"
    if metric == ERRORS:
        if unit not in ("", "%"):
            raise ValueError(f"{text!r}: errors are a count, or a share in %")
        return "share" if unit else "count"
    if metric not in (*COUNTS, *RATES):
        known = (MEAN, MAX, ERRORS, *COUNTS, *RATES, "p50", "p90", "p99")
        raise ValueError(f"{metric!r:.60} is nothing that is measured{_near(metric, known)}")
    if unit:
        raise ValueError(f"{text!r}: {metric} has no unit {unit}")
    return "count" if metric in COUNTS else "rate"


def _near(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(known)}"
