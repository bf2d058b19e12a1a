"""Where the password of a key comes from: a file, the environment, a person. Never a command line, which every user
of a machine can read, and never a log."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator.trust.errors import TrustError

CLIENT_VARIABLE: Final = "DSM_EMULATOR_CLIENT_CERT_PASSWORD"
"""Environment variable with the password of --client-cert."""
SERVER_VARIABLE: Final = "DSM_EMULATOR_TLS_CERT_PASSWORD"
"""Environment variable with the password of --tls-cert."""

Ask = Callable[[str], str | None]
"""Asks a person for the password of what is named; None where nobody can be asked."""


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """Looked at in this order. It holds no password, so that it can be shown."""

    file: Path | None = None
    """Its first line is the password."""
    variable: str = ""
    """Environment variable."""
    ask: Ask | None = None
    option: str = ""
    """The option that names `file`, for people."""

    def read(self, what: str) -> str:
        """The password of `what`. Raises TrustError when there is none to be had."""
        if self.file is not None:
            return _first_line(self.file)
        if self.variable and (found := os.environ.get(self.variable)) is not None:
            return found
        if self.ask is not None and (found := self.ask(what)) is not None:
            return found
        ways = [
            self.option and f"{self.option} names a file with it",
            self.variable and f"{self.variable} holds it",
        ]
        hint = ", or ".join(way for way in ways if way) or "give one without a password"
        raise TrustError(f"{what} is protected by a password: {hint}")


def _first_line(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no UTF-8 text"
        raise TrustError(f"password file {path}: {reason}") from None
    return text.partition("\n")[0].removesuffix("\r")
