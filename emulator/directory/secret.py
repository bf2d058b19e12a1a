"""A password on its way from a person to a bind, which neither a log nor an error nor a trace may show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn


class Secret:
    """Text that shows itself to nobody who does not ask for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written to a file")


@dataclass(frozen=True, slots=True)
class Login:
    """Who binds."""

    user: str
    """`joe`, `joe@dsm.test` or `DSM\\joe`."""
    password: Secret = field(repr=False)
