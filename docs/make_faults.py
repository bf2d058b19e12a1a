"""Makes the tables of docs/faults.md, between their markers, from the registry: `python docs/make_faults.py`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from emulator.device.profile import list_named_devices
from emulator.faults.alteration import At
from emulator.faults.alterations import all_alterations
from emulator.faults.behaviours import BEHAVIOURS
from emulator.faults.describing import described
from emulator.faults.habits import PRESETS
from emulator.faults.plan import When

PAGE = Path(__file__).resolve().parent / "faults.md"
MARKED = re.compile(r"(<!-- made: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def cell(text: str) -> str:
    """What may stand in a table."""
    return text.replace("|", "\\|")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown."""
    names = list(head)
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)]) + "\n"


def fields() -> str:
    """What every fault has."""
    return table(
        ("Field", "Meaning"), ((f"`{name}`", field.description or "") for name, field in When.model_fields.items())
    )


def alterations() -> str:
    """Every alteration, by place."""
    told = [described(each) for each in all_alterations()]
    parts = []
    for at in At:
        rows = [
            (
                f"`{each['name']}`",
                each["says"],
                _parameters(each),
                ", ".join(each["roles"]),
                _why(each),
            )
            for each in told
            if each["at"] == at
        ]
        parts.append(
            f"### `{at}`\n\n" + table(("Name", "What it does", "Told", "Done by", "Breaks, or seen at"), rows)
        )
    return f"{len(told)} alterations, by place.\n\n" + "\n".join(parts)


def presets() -> str:
    """Habits that are no single alteration."""
    rows = [(f"`{each.name}`", each.meaning, each.source) for each in PRESETS]
    rows += [
        (f"`{name}`", f"{meaning[:1].upper()}{meaning[1:]}.", "embedded scan server")
        for name, meaning in BEHAVIOURS.items()
    ]
    return table(("Habit", "What it does", "From"), rows)


def devices() -> str:
    """Profiles of named devices."""
    rows = ((f"`{each.name}`", ", ".join(f"`{habit}`" for habit in each.habits)) for each in list_named_devices())
    return table(("Profile", "Habits"), rows)


def _parameters(told: dict[str, Any]) -> str:
    return "; ".join(
        f"`{each['name']}`: {each['says'].rstrip('.')} ({each['values']}"
        + ("" if each["required"] else f", else {_value(each['default'])}")
        + ")"
        for each in told["parameters"]
    )


def _value(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "nothing" if value is None else str(value).lower()
    return str(value).encode("unicode_escape").decode()


def _why(told: dict[str, Any]) -> str:
    return "; ".join(
        [*([f"`{told['clause']}`"] if told["clause"] else []), *([told["source"]] if told["source"] else [])]
    )


def page() -> str:
    """The page as it should be."""
    made = {"fields": fields, "alterations": alterations, "presets": presets, "devices": devices}
    return MARKED.sub(
        lambda found: f"{found[1]}\n{made[found['name']]()}\n{found[3]}", PAGE.read_text(encoding="utf-8")
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"written: {PAGE.name}\n")
