"""Options in a line, for debuggers and logs."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path


class Shown:
    """A base of dataclasses whose `repr` tells what is not as it is by default."""

    __slots__ = ()

    def __repr__(self) -> str:
        told = []
        for each in fields(self):  # type: ignore[arg-type]  # the class is made a dataclass
            value = getattr(self, each.name)
            default = each.default if each.default_factory is MISSING else each.default_factory()
            if each.repr and value != default:
                told.append(f"{each.name}={str(value) if isinstance(value, Path) else value!r}")
        return f"{type(self).__name__}({', '.join(told)})"
