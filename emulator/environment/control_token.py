"""The secret that who drives running devices must know: made by `run`, found by `press`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from emulator.environment.exit_codes import LabError

VARIABLE: Final = "DSM_EMULATOR_TOKEN"
"""Environment variable that holds it."""

_SHORTEST: Final = 16
"""Characters: what is guessed is no secret."""
_LONGEST: Final = 4096


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def given_token(file: Path | None, environment: Mapping[str, str]) -> str | None:
    """The token in the first line of `file`, else in DSM_EMULATOR_TOKEN, else None. Raises LabError, which does not
    say what stands there."""
    if file is not None:
        try:
            with file.open(encoding="utf-8") as lines:
                return _checked(lines.readline(_LONGEST).strip(), f"{file}: its first line")
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise LabError(f"--control-token {file}: {reason}") from None
    value = environment.get(VARIABLE, "").strip()
    return _checked(value, VARIABLE) if value else None


def _checked(token: str, where: str) -> str:
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise LabError(f"{where} is no token: at least {_SHORTEST} printable ASCII characters without blanks")
    return token


def write_token(path: Path, token: str) -> None:
    """Into a new file that its owner alone may read. On Windows the folder's access list decides, which in a user's
    profile lets that user and administrators in. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(token + "\n")
