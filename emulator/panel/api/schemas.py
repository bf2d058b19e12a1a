"""JSON Schemas of what the control API takes and gives; those of requests are made of the models of options."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from emulator.environment.option_model import OptionField, Options, fields_of

Schema: TypeAlias = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
NUMBER: Final[Schema] = {"type": "number"}
WHOLE: Final[Schema] = {"type": "integer"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
TRUTH: Final[Schema] = {"type": "boolean"}
ANYTHING: Final[Schema] = {"type": "object", "additionalProperties": True}


def listed(each: Schema, **more: Any) -> Schema:
    """A list of such."""
    return {"type": "array", "items": each, **more}


def perhaps(schema: Schema) -> Schema:
    """Such, or null."""
    if "$ref" in schema or not isinstance(schema.get("type"), str):
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]} | (
        {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    )


def one_of(words: Iterable[str]) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": [str(each) for each in words]}


def kinds(enumeration: type[enum.StrEnum]) -> Schema:
    """One of the words of an enumeration."""
    return one_of(enumeration)


def table(*, optional: Mapping[str, Schema] | None = None, more: bool = True, **fields: Schema) -> Schema:
    """An object that has these fields, and may have the optional ones. `more`: others may come with a later
    version."""
    return {
        "type": "object",
        "properties": {**fields, **(optional or {})},
        "required": list(fields),
        "additionalProperties": more,
    }


def described(schema: Schema, words: str) -> Schema:
    """The same, with what it is."""
    return {**schema, "description": words}


def limit(most: int) -> Schema:
    """How many at most are wanted."""
    return {"type": "integer", "minimum": 1, "maximum": most, "default": most}


def ref(name: str) -> Schema:
    """A schema of the document's own list."""
    return {"$ref": f"#/components/schemas/{name}"}


def of_option(option: OptionField, *, nullable: bool = True) -> Schema:
    """What a request may say of an option; null is as if it were not given, where that may be."""
    kind = _of_kind(option)
    schema = described(perhaps(kind) if nullable and not option.required else kind, option.said.help)
    default = option.default if nullable else None  # what is said of a wait must be meant
    if default is not None and isinstance(default, bool | int | float | str) and not isinstance(default, enum.Enum):
        schema["default"] = default
    return schema


def _of_kind(option: OptionField) -> Schema:
    text: Schema = dict(TEXT)
    if option.kind in ("path", "place"):
        text = {**text, "minLength": 1}
    if option.longest is not None:
        text = {**text, "maxLength": option.longest}
    if option.many:
        few = {} if option.fewest is None else {"minItems": option.fewest}
        return {"anyOf": [listed(text, **few), text]}
    if option.kind == "size":
        return {"anyOf": [_number("integer", option), text]}
    if option.kind in ("whole", "number"):
        return _number("integer" if option.kind == "whole" else "number", option)
    if option.kind == "truth":
        return TRUTH
    if option.kind == "choice":
        return one_of(option.choices)
    return text


def _number(kind: str, option: OptionField) -> Schema:
    bounds = {"minimum": option.least, "exclusiveMinimum": option.above, "maximum": option.most}
    return {"type": kind, **{name: value for name, value in bounds.items() if value is not None}}


def of_options(
    model: type[Options],
    *,
    leave_out: Iterable[str] = (),
    more: Mapping[str, Schema] | None = None,
    nullable: bool = True,
) -> Schema:
    """The object that a request says a model of options with.

    - `leave_out`: names of fields that it has not.
    - `more`: fields beside the model's, or in place of them.
    - `nullable`: null is as if a field were not given.
    """
    fields = {
        (each.option if each.within else each.name): each
        for each in fields_of(model).values()
        if each.name not in leave_out
    }
    words = (model.__doc__ or "").split("\n\n")[0]
    return {
        "type": "object",
        "description": " ".join(words.split()),
        "properties": {
            **{name: of_option(each, nullable=nullable) for name, each in fields.items()},
            **(more or {}),
        },
        "required": [name for name, each in fields.items() if each.required],
        "additionalProperties": False,
    }
