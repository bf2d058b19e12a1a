"""The table format x colour mode at the end of a run: its figures come with the reports of the tests that passed
(record_property), so that a run of many processes has it too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

PROPERTY: Final = "format-table"
"""Name of the recorded property; its value is format, colour, judge, figure."""

INPUT_PROPERTY: Final = "input-table"
"""The same of files that are read; its value is kind, group, cells equal to another reader, cells refused by
name."""

BITS: Final = {
    "BlackAndWhite1": 1,
    "Grayscale4": 4,
    "Grayscale8": 8,
    "Grayscale16": 16,
    "RGB24": 8,
    "RGB48": 16,
    "RGBa32": 8,
    "RGBa64": 16,
}
"""Bits of a sample of each ColorProcessing; the table's columns."""


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of the table: a row for each format and judge, a column for each colour mode."""
    figures: dict[tuple[str, str], dict[str, str]] = {}
    for format, color, program, figure in rows:
        figures.setdefault((format, program), {})[color] = figure
    width = max([len(format) for format, _ in figures], default=0)
    lines = [f"{'format':{width}}  " + " ".join(f"{color:>14}" for color in BITS) + "  judge"]
    for (format, program), cells in sorted(figures.items()):
        shown = " ".join(f"{cells.get(color, '-'):>14}" for color in BITS)
        lines.append(f"{format:{width}}  {shown}  {program}")
    return lines


def input_table(rows: Sequence[Sequence[str | int]]) -> list[str]:
    """The lines of the table of files that are read, with their sum."""
    lines = [f"{'kind':10} {'group':26} {'equal':>7} {'refused':>8}"]
    lines += [f"{kind:10} {group:26} {equal:7} {refused:8}" for kind, group, equal, refused in sorted(rows)]
    equal, refused = (sum(int(row[place]) for row in rows) for place in (2, 3))
    return [*lines, f"{'all':10} {f'{equal + refused} cells':26} {equal:7} {refused:8}"]
