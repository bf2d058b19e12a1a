"""The page while it gets its traces: its pixels, how they are changed without a second page in memory, and where
its points have gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops

from emulator.documents.traces.plan import NOBODY, PointMap, Subject, TraceWriting
from emulator.documents.traces.shearing import BAND_BYTES, NO_MOTION, Motion
from emulator.documents.truth import Polygon
from emulator.imaging import affine
from emulator.imaging.affine import Affine
from emulator.printing.paper import Color

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside."""


@dataclass(slots=True)
class Sheet:
    """A page of mode `L` or `RGB`."""

    image: Image.Image
    """Whoever changes it in place asks `writable` first."""
    ppi: float
    """Pixels per inch, both ways."""
    back: Image.Image | None = None
    """What is printed on the back, upright as one reads it there."""
    next_page: Image.Image | None = None
    """The sheet that follows in the feeder."""
    owned: bool = False
    """The image is nobody else's: it may be changed in place."""
    to_traced: Affine = affine.IDENTITY
    """Where a point of the page as it came is now."""
    backing: Color = (244, 244, 242)
    """What the scanner sees where there is no paper."""
    motion: Motion = NO_MOTION
    """Turn and shift of the feed, still to be made (feed.py makes both in one)."""
    subject: Subject = NOBODY
    """What the page is about."""
    bent: PointMap | None = None
    """Where points of the page went before all that `to_traced` tells of; None: they stayed."""
    _written: list[tuple[Affine | None, TraceWriting]] = field(default_factory=list)
    """With where points of the page as it came were at that time; None: before it was bent."""

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.image.width

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.image.height

    @property
    def millimetre(self) -> float:
        """Pixels."""
        return self.ppi / 25.4

    def note(self, written: TraceWriting) -> None:
        """Words that now stand on the page."""
        self._written.append((self.to_traced, written))

    def bend(self, move: PointMap) -> None:
        """The page is bent, before it is moved."""
        assert self.to_traced == affine.IDENTITY, "traces that move the page come after those that bend it"
        self.bent = move
        self._written = [(None, written) for _, written in self._written]

    def written(self) -> Iterator[TraceWriting]:
        """All of them, where they are now."""
        for then, written in self._written:
            move = self.to_traced if then is None else then.inverse().then(self.to_traced)
            bent = self.bent if then is None else None

            def place(polygon: Polygon, move: Affine = move, bent: PointMap | None = bent) -> Polygon:
                return tuple(move(x, y) for x, y in (polygon if bent is None else bent(polygon)))

            words = tuple(replace(word, polygon=place(word.polygon)) for word in written.words)
            lines = tuple(replace(line, polygon=place(line.polygon)) for line in written.lines)
            yield TraceWriting(written.source, words, lines)

    def writable(self) -> Image.Image:
        """The image, to be changed in place."""
        if not self.owned:
            self.image = self.image.copy()
            self.owned = True
        return self.image

    def replace(self, image: Image.Image) -> None:
        """Another image, made for this sheet."""
        self.image, self.owned = image, True

    def ink(self, color: Color) -> Color | int:
        """`color` as the image's mode takes it."""
        return color if self.image.mode == "RGB" else grey(color)

    def clip(self, box: Box) -> Box | None:
        """The part of a box that is on the sheet; None where none is."""
        left, top = max(0, box[0]), max(0, box[1])
        right, bottom = min(self.width, box[2]), min(self.height, box[3])
        return (left, top, right, bottom) if left < right and top < bottom else None

    def bands(self, box: Box | None = None) -> Iterator[Box]:
        """The boxes of a few rows each that make up `box` (clipped already; None: the whole sheet)."""
        left, top, right, bottom = box or (0, 0, *self.image.size)
        rows = max(1, BAND_BYTES // ((right - left) * len(self.image.getbands())))
        for begin in range(top, bottom, rows):
            yield left, begin, right, min(bottom, begin + rows)

    def multiply(self, density: Image.Image, box: Box, color: Color = (0, 0, 0)) -> None:
        """Lay a film over a box, as light sees it: `density` (mode L, of any size, stretched over the whole box)
        says where it lets everything through (0) and where only what `color` reflects (255)."""
        clipped = self.clip(box)
        if clipped is None:
            return
        image = self.writable()
        tables = [_film(value) for value in (color if image.mode == "RGB" else (grey(color),))]
        size = box[2] - box[0], box[3] - box[1]
        for band in self.bands(clipped):
            part = stretched(
                density, size, (band[0] - box[0], band[1] - box[1], band[2] - box[0], band[3] - box[1])
            )
            films = [part.point(table) for table in tables]
            film = films[0] if len(films) == 1 else Image.merge("RGB", films)
            image.paste(ImageChops.multiply(image.crop(band), film), band[:2])

    def paint(self, mask: Image.Image, place: tuple[int, int], color: Color) -> None:
        """Paint a colour that covers, through a mask (mode L) whose upper left corner is at `place`."""
        self.writable().paste(self.ink(color), (*place, place[0] + mask.width, place[1] + mask.height), mask)

    def in_bands(self, change: Callable[[Image.Image], Image.Image], margin: int) -> None:
        """Replace every pixel by what `change` makes of it and its neighbours up to `margin` rows away."""
        result = Image.new(self.image.mode, self.image.size)
        rows = max(8 * margin, 4 * BAND_BYTES // (self.width * len(self.image.getbands())), 1)
        for top in range(0, self.height, rows):
            bottom = min(self.height, top + rows)
            above, below = max(0, top - margin), min(self.height, bottom + margin)
            changed = change(self.image.crop((0, above, self.width, below)))
            result.paste(changed.crop((0, top - above, self.width, bottom - above)), (0, top))
        self.replace(result)


def grey(color: Color) -> int:
    """Luminance of a colour, as Pillow converts RGB to L (ITU-R 601-2)."""
    red, green, blue = color
    return (red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16


def blend(first: Color, second: Color, part: float) -> Color:
    """Between two colours; `part` of the second."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue


def stretched(image: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    """The part `box` of `image` enlarged to `size`, without making the rest."""
    if image.size == size:
        return image.crop(box)
    across, down = image.width / size[0], image.height / size[1]
    source = (box[0] * across, box[1] * down, min(image.width, box[2] * across), min(image.height, box[3] * down))
    return image.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR, box=source)


def _film(value: int) -> list[int]:
    """Density -> factor (255 is 1) of one channel of the film's colour."""
    return [255 - (255 - value) * density // 255 for density in range(256)]


def mapped(move: Affine, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Each point's new place."""
    return [move(x, y) for x, y in points]


def grain(columns: int, rows: int, cells: int, seed: int) -> NDArray[np.float32]:
    """A cloud: smooth random values between 0 and 1 of which about `cells` fit into the longer side, with half as
    much of twice as many, and so on. Rows x columns."""
    import numpy as np

    random = np.random.Generator(np.random.PCG64(seed))
    total = np.zeros((rows, columns), np.float32)
    weight, sum_of_weights = 1.0, 0.0
    longer = max(columns, rows)
    while cells < longer and weight > 0.1:
        size = max(2, round(cells * columns / longer)), max(2, round(cells * rows / longer))
        coarse = random.random((size[1], size[0]), dtype=np.float32)
        enlarged = Image.fromarray(coarse).resize((columns, rows), Image.Resampling.BICUBIC)
        total += np.float32(weight) * np.asarray(enlarged)
        sum_of_weights += weight
        weight, cells = weight / 2, cells * 2
    total /= np.float32(max(sum_of_weights, 1e-6))
    return np.clip(total, 0, 1, out=total)


def as_image(values: NDArray[np.floating[Any]]) -> Image.Image:
    """Values from 0 to 1 as an image of mode L."""
    import numpy as np

    return Image.fromarray(np.clip(values * 255 + 0.5, 0, 255).astype(np.uint8))
