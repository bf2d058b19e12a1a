"""What all papers of one house have in common: type, colours, the strength of rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from emulator.documents.invention import Company, seeded
from emulator.documents.ornaments import tint
from emulator.printing.faces import Role
from emulator.printing.paper import Color
from emulator.printing.setting import Type

_BODIES: Final[tuple[tuple[Role, float], ...]] = (
    ("sans", 9.5),
    ("sans", 9.0),
    ("sans", 10.0),
    ("sans2", 9.0),
    ("sans2", 9.5),
    ("narrow", 10.0),
    ("serif", 9.5),
    ("serif2", 11.0),
)
"""Faces and sizes of what is not running text; sizes that look alike."""
_HEADS: Final[dict[Role, tuple[Role, ...]]] = {
    "sans": ("sans", "sans", "serif", "narrow"),
    "sans2": ("sans2", "sans2", "serif2"),
    "narrow": ("narrow", "sans"),
    "serif": ("serif", "sans"),
    "serif2": ("serif2", "serif2", "sans2"),
}
_INKS: Final[tuple[Color, ...]] = ((17, 17, 17), (40, 44, 52), (17, 17, 17))
"""Of houses that print in one colour."""


@dataclass(frozen=True, slots=True)
class House:
    """The look of a house's papers."""

    body: Role
    head: Role
    points: float
    """Of tables and facts."""
    color: Color
    """Of name, logo, bands and rules; a dark grey where the house prints in black."""
    rule: float
    """Thickness of rules that matter, in points."""
    spelled: bool
    """Headings are in capitals, where the script has them."""

    @property
    def text(self) -> Type:
        """Type of facts and cells."""
        return Type(self.body, self.points)

    @property
    def bold(self) -> Type:
        """Type of what is to be found at a glance."""
        return Type(self.body, self.points, bold=True)

    @property
    def small(self) -> Type:
        """Type of labels and feet."""
        return Type(self.body, self.points - 1.25)

    @property
    def fine(self) -> Type:
        """Type of what must be there and nobody reads."""
        return Type(self.body, self.points - 2)

    def title(self, points: float, *, bold: bool = True) -> Type:
        """Type of headings."""
        return Type(self.head, points, bold=bold)

    def tint(self, white: float = 0.88) -> Color:
        """The colour as a background."""
        return tint(self.color, white)


def house_of(company: Company) -> House:
    """The same company has the same look on all that it sends."""
    return _house(company.name, company.color)


@lru_cache(maxsize=256)
def _house(name: str, color: Color) -> House:
    random = seeded("house", name)
    body, points = random.choice(_BODIES)
    return House(
        body,
        random.choice(_HEADS[body]),
        points,
        color if random.random() < 0.72 else random.choice(_INKS),
        random.choice((0.6, 0.9, 1.2, 1.6)),
        random.random() < 0.25,
    )
