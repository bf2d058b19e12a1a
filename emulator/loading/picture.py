"""The latencies of a run as a picture: p50, p90 and p99 of jobs in time, what went through, what failed (SVG)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from emulator.loading.tally import Slice, Tally

_WIDTH, _HEIGHT = 900, 520
_LEFT, _RIGHT, _TOP, _MIDDLE, _BOTTOM = 70, 20, 60, 340, 480
_PERCENTILES: Final = ((50.0, "#2a7f62"), (90.0, "#d08a1d"), (99.0, "#b3261e"))
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#333}.t{font-size:16px}.g{stroke:#ddd;fill:none}"
    ".l{fill:none;stroke-width:2}.j{fill:#7aa6c2}.f{fill:#b3261e}"
)


def picture_of(tally: Tally, title: str) -> str:
    """The document. Of a run without a job: axes and the title."""
    slices = tally.slices
    end = max((each.at + each.seconds for each in slices), default=1.0)

    def across(at: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * at / end

    found = [each.latencies.percentile(99) for each in slices]
    most = _rounded_up(max((value for value in found if value is not None), default=1.0))
    rates = [(each.jobs + each.failed) / each.seconds for each in slices]
    fastest = _rounded_up(max(rates, default=1.0))

    def latency_at(seconds: float) -> float:
        return _MIDDLE - (_MIDDLE - _TOP) * seconds / most

    def rate_at(rate: float) -> float:
        return _BOTTOM - (_BOTTOM - _MIDDLE - 30) * rate / fastest

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"><title>{escape(title)}</title><style>{_STYLE}</style>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text class="t" x="{_LEFT}" y="24">{escape(title)}</text>',
        *_grid(latency_at, most, "s a job"),
        *_grid(rate_at, fastest, "jobs/s", lines=2),
    ]
    for number, (percent, colour) in enumerate(_PERCENTILES):
        x = _LEFT + 90 * number
        parts.append(f'<path class="l" stroke="{colour}" d="M{x} 42h20"/>')
        parts.append(f'<text x="{x + 26}" y="46">p{percent:g}</text>')
        points = [
            (across(each.at + each.seconds / 2), latency_at(value))
            for each in slices
            if (value := each.latencies.percentile(percent)) is not None
        ]
        parts.append(_line(points, colour))
    parts += [bar for each in slices for bar in _bars(each, across, rate_at)]
    for part in range(6):
        at = end * part / 5
        parts.append(f'<text x="{across(at):.0f}" y="{_BOTTOM + 18}" text-anchor="middle">{at:.3g} s</text>')
    return "\n".join((*parts, "</svg>", ""))


def _grid(place: Callable[[float], float], most: float, unit: str, lines: int = 4) -> list[str]:
    found = []
    for part in range(lines + 1):
        value = most * part / lines
        y = place(value)
        found.append(f'<path class="g" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>')
        label = f"{value:.3g} {unit}" if part == lines else f"{value:.3g}"
        found.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>')
    return found


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    if len(points) == 1:
        ((x, y),) = points
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="l" stroke="{colour}" d="M{path}"/>' if path else ""


def _bars(each: Slice, across: Callable[[float], float], rate_at: Callable[[float], float]) -> list[str]:
    """Jobs that ended well, above them those that failed."""
    left, right = across(each.at), across(each.at + each.seconds)
    width = max(right - left - 0.5, 0.5)
    low, high = rate_at(each.jobs / each.seconds), rate_at((each.jobs + each.failed) / each.seconds)
    bars = (("j", each.jobs, low, _BOTTOM - low), ("f", each.failed, high, low - high))
    return [
        f'<rect class="{name}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        for name, count, top, height in bars
        if count
    ]


def _rounded_up(value: float) -> float:
    """Return one, two, five or ten of its order."""
    if value <= 0:
        return 1.0
    order = 10.0 ** math.floor(math.log10(value))
    return next(step * order for step in (1, 2, 5, 10) if step * order >= value * 0.9999)
