"""Handwriting: whose hand it is, and how somebody signs.

The same name has the same hand and the same signature wherever it stands; another name has others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from emulator.documents.invention import seeded
from emulator.documents.sheet import Sheet
from emulator.printing.faces import HANDS, Role
from emulator.printing.paper import Color
from emulator.printing.setting import Type
from emulator.printing.signature import signature

_SIZES: Final[dict[Role, float]] = {"hand": 1.0, "hand2": 0.84, "hand3": 0.84, "hand4": 0.92}
"""By how much a face is set smaller so that all hands are of one size."""
_INKS: Final[tuple[Color, ...]] = (
    (24, 40, 120),
    (24, 40, 120),
    (16, 52, 140),
    (38, 44, 88),
    (30, 30, 34),
    (44, 44, 52),
)
"""Blue ball pens more than black ones."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who writes."""

    role: Role
    slant: float
    """Tangent by which letters lean to the right."""
    ink: Color

    def type(self, points: float) -> Type:
        """Writing about as large as type of that size."""
        return Type(self.role, points * _SIZES[self.role])

    def at(self, sheet: Sheet) -> Writer:
        """Take the pen: what is written on the sheet from now on leans as this hand does."""
        sheet.slant = self.slant
        return self


@lru_cache(maxsize=256)
def writer(name: str) -> Writer:
    """The hand of a person."""
    random = seeded("hand of", name)
    return Writer(random.choice(HANDS), random.uniform(-0.06, 0.3), random.choice(_INKS))


_SEAL: Final[Color] = (190, 36, 30)


def seal(sheet: Sheet, x: float, y: float, size: float, name: str) -> None:
    """The seal of a Japanese family, `size` inches across, around (x, y).

    - `sheet`: what is sealed.
    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: inches from the upper edge.
    - `size`: inches across.
    - `name`: of the family.
    """
    family = name.split()[0][:3]
    random = seeded("seal", family)
    half = size / 2
    sheet.ellipse(x - half, y - half, x + half, y + half, _SEAL, random.uniform(1.6, 2.4))
    points = size * 72 / (len(family) + 0.55)
    with sheet.unnoted():
        for number, character in enumerate(family):
            base = y + (number - (len(family) - 1) / 2 + 0.36) * points / 72
            sheet.text(x, base, character, Type("serif", points, bold=True), align="center", color=_SEAL)


def sign(sheet: Sheet, x: float, y: float, inches: float, name: str) -> None:
    """A person signs on the line at `y`, as the document's language has it.

    - `sheet`: what is signed.
    - `x`: inches from the left edge (the right one where the layout is mirrored).
    - `y`: inches from the upper edge.
    - `inches`: its greatest width.
    - `name`: of the person.
    """
    if sheet.language == "ja":
        seal(sheet, x + 0.5, y - 0.12, 0.42, name)
    else:
        signature(sheet, x, y, inches, name, seeded("signature", name), writer(name).ink)
