"""`$NAME` in a scenario: values that are known before it runs, and what its steps have brought."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

Value = str | int | float | bool

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USE: Final = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_PLAIN: Final = re.compile(r"[+-]?\d[\d_]*(\.\d+)?\Z|true\Z|false\Z")


class NoVariable(LookupError):
    """A name that nothing has; `str()` is the name."""


def value_of(text: str) -> Value:
    """What `--var NAME=TEXT` says: a number, true or false where it is written as one, else the text."""
    if _PLAIN.match(text):
        try:
            value = tomllib.loads(f"v = {text}")["v"]
        except (tomllib.TOMLDecodeError, ValueError):  # 007, or a number of thousands of digits
            return text
        if isinstance(value, bool | int | float):
            return value
    return text


def filled_in(value: Any, known: Mapping[str, Value], brought: Mapping[str, Any]) -> Any:
    """The value with variables in place of their names, in texts at any depth; `$$` is a dollar sign. A text that
    is one variable is its value, whatever type that has. What steps bring (`brought`) stays `$NAME`: it is filled
    in when it is there. Raises NoVariable."""
    if isinstance(value, str):
        return _text(value, known, brought)
    if isinstance(value, Mapping):
        return {name: filled_in(each, known, brought) for name, each in value.items()}
    if isinstance(value, list):
        return [filled_in(each, known, brought) for each in value]
    return value


def _text(text: str, known: Mapping[str, Value], brought: Mapping[str, Any]) -> Value:
    whole = _USE.fullmatch(text)
    name = "" if whole is None else whole[1] or whole[2] or ""
    if name:
        if name in known:
            return known[name]
        if name in brought:
            return f"${name}"

    def used(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name is None:
            return "$"
        if name not in known:
            raise NoVariable(name)
        return _shown(known[name])

    return _USE.sub(used, text)


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def brought_name(text: str) -> str:
    """The name of what a step has brought, of `$NAME`; '' for any other text."""
    found = _USE.fullmatch(text)
    return "" if found is None else found[1] or found[2] or ""
