"""The version of this program; its own module, so that any room may name it."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.2.0"
