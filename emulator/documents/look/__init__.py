"""A scanner's eye: drawn pages become what an ordinary scanner sees of printed ones (docs/documents.md, Look)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from PIL import Image

    from emulator.documents.traces.shearing import Motion

Look: TypeAlias = Literal["scanned", "clean"]
"""`scanned`: printed on paper and seen through a lens; `clean`: as it was drawn."""

MEASURED: Final = frozenset({"resolution-chart", "grey-wedges", "color-patches", "grid", "patch-sheet"})
"""Kinds of documents that things are measured by: they are clean unless a set's entry says otherwise."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it was seen."""

    image: Image.Image
    motion: Motion
    """Where points of the page are in the image."""
    seed: int
    parameters: dict[str, object]
