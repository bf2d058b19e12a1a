"""Where a point goes: affine maps between a page's pixels, the medium and the delivered image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Affine:
    """x' = a x + b y + c, y' = d x + e y + f. Pixel (0, 0) covers the square from (0, 0) to (1, 1)."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        """Return where the point goes."""
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    def then(self, after: Affine) -> Affine:
        """This map and then `after`."""
        return Affine(
            after.a * self.a + after.b * self.d,
            after.a * self.b + after.b * self.e,
            after.a * self.c + after.b * self.f + after.c,
            after.d * self.a + after.e * self.d,
            after.d * self.b + after.e * self.e,
            after.d * self.c + after.e * self.f + after.f,
        )

    def inverse(self) -> Affine:
        """The way back. Raises ValueError where there is none."""
        determinant = self.a * self.e - self.b * self.d
        if determinant == 0:
            raise ValueError("the map has no inverse")
        a, b = self.e / determinant, -self.b / determinant
        d, e = -self.d / determinant, self.a / determinant
        return Affine(a, b, -(a * self.c + b * self.f), d, e, -(d * self.c + e * self.f))


IDENTITY: Final = Affine(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def scale(x: float, y: float) -> Affine:
    """Each axis by its factor."""
    return Affine(x, 0.0, 0.0, 0.0, y, 0.0)


def shift(x: float, y: float) -> Affine:
    """Every point by (x, y)."""
    return Affine(1.0, 0.0, x, 0.0, 1.0, y)


def quarter_turns(degrees: int, width: float, height: float) -> Affine:
    """Clockwise by 0, 90, 180 or 270 degrees of an image of that size (before the turn), so that its corner is
    at (0, 0) again. Raises ValueError for another angle."""
    turns = {
        0: IDENTITY,
        90: Affine(0.0, -1.0, height, 1.0, 0.0, 0.0),
        180: Affine(-1.0, 0.0, width, 0.0, -1.0, height),
        270: Affine(0.0, 1.0, 0.0, -1.0, 0.0, width),
    }
    try:
        return turns[degrees]
    except KeyError:
        raise ValueError(f"{degrees} degrees is no quarter turn") from None
