"""A scanner's eye: drawn pages become what an ordinary scanner sees of printed ones (docs/documents.md, Look)."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Look: TypeAlias = Literal["scanned", "clean"]
"""`scanned`: printed on paper and seen through a lens; `clean`: as it was drawn."""

LOOKS: Final[tuple[Look, ...]] = ("scanned", "clean")
