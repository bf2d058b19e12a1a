"""An alteration in words and as data: what `faults list` and `faults show` print, and docs/faults.md is made of."""

from __future__ import annotations

from typing import Any

from emulator.faults.alteration import Alteration
from emulator.faults.habits import Habit


def described(alteration: Alteration) -> dict[str, Any]:
    """An alteration as JSON tells it: name, at, roles, of, operations, says, clause, source, parameters."""
    return {
        "name": alteration.name,
        "at": str(alteration.at),
        "roles": sorted(alteration.roles),
        "of": list(alteration.of),
        "operations": list(alteration.operations),
        "says": alteration.says,
        "clause": alteration.clause,
        "source": alteration.source,
        "parameters": parameters_of(alteration),
    }


def described_habit(habit: Habit) -> dict[str, Any]:
    """A habit as JSON tells it: name, at, roles, says, alterations, behaviours, source."""
    return {
        "name": habit.name,
        "at": "habit",
        "roles": sorted(habit.roles),
        "says": habit.meaning,
        "alterations": list(habit.alterations),
        "behaviours": sorted(habit.behaviours),
        "source": habit.source,
    }


def parameters_of(alteration: Alteration) -> list[dict[str, Any]]:
    """What an alteration can be told beside where and when: name, what it means, its values, its default."""
    schema = alteration.parameters.model_json_schema()
    wanted = schema.get("required", [])
    return [
        {
            "name": name,
            "says": field.get("description", ""),
            "values": _values(field),
            "default": field.get("default"),
            "required": name in wanted,
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _values(field: dict[str, Any]) -> str:
    """Say in words which values a field takes."""
    if "anyOf" in field:
        return " or ".join(_values(each) for each in field["anyOf"] if each.get("type") != "null")
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    kind = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false"}
    said = kind.get(field.get("type", ""), "list" if field.get("type") == "array" else "value")
    bounds = [
        f"{word} {field[key]:g}"
        for key, word in (
            ("minimum", "from"),
            ("exclusiveMinimum", "above"),
            ("maximum", "to"),
            ("exclusiveMaximum", "below"),
        )
        if key in field
    ]
    return " ".join([said, *bounds])
