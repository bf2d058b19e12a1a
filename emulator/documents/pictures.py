"""Pictures that look like photographs, made of noise: landscapes, and a portrait for cards.

They are made at one size and scaled to the page, so that a page shows the same picture at every resolution.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from emulator.documents.invention import seeded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Octets = NDArray[np.uint8]


@lru_cache(maxsize=4)
def landscape(seed: int, width: int, height: int) -> Image.Image:
    """Hills behind water or meadows under a sky with clouds, as a camera has it: haze, grain, darker corners.
    Mode RGB. What is soft is made in half of the pixels; edges and grain have all of them."""
    import numpy as np

    random = np.random.default_rng(seed)
    mood = seeded("mood", seed)
    warm = mood.random()
    horizon = mood.uniform(0.42, 0.6)
    low = _color(215, 226, 236) * (1 - warm) + _color(250, 205, 150) * warm
    image = Image.new("RGB", (width, height))
    # What stands before something else hides it: so each is made only in the rows in which it can be seen.
    _sky(image, random, mood, warm, low, horizon)
    wet = mood.random() < 0.6
    shore = int(height * (horizon + (0.14 if wet else 0.1)))
    layers = 5
    for layer in range(layers):
        near = layer / (layers - 1)
        ridge = _ridge(random, width, 3 + layer * 2, 9 - layer)
        line = horizon - 0.16 * (1 - near) + 0.03 * near + (0.5 - ridge) * (0.24 - 0.15 * near)
        _hill(image, random, near, warm, low, line, min(height, shore + int(height * 0.06) + 1))
    if wet:
        _water(image, random, shore)
    else:
        _meadow(image, random, warm, shore)
    image = ImageChops.multiply(image, _corners(width, height))
    image = image.point([min(255, max(0, round(value * 1.08 - 12.24))) for value in range(256)] * 3)
    return _grained(image, random, 2.6)


@lru_cache(maxsize=4)
def _corners(width: int, height: int) -> Image.Image:
    """What a lens lets through: less where it is far from the middle."""
    import numpy as np

    x, y = np.linspace(-0.5, 0.5, 64, dtype=np.float32), np.linspace(-0.5, 0.5, 64, dtype=np.float32)[:, None]
    corner = Image.fromarray((255 * (1 - 0.42 * (x**2 + y**2))).astype(np.uint8), "L")
    dark = corner.resize((width, height), Image.Resampling.BILINEAR)
    return Image.merge("RGB", (dark, dark, dark))


def _color(red: float, green: float, blue: float) -> Samples:
    import numpy as np

    return np.array([red, green, blue], np.float32)


def _enlarged(samples: NDArray[np.floating[Any]], size: tuple[int, int]) -> Image.Image:
    """Samples from 0 to 255 as an image of that size."""
    import numpy as np

    return Image.fromarray(np.clip(samples, 0, 255).astype(np.uint8), "RGB").resize(size, Image.Resampling.BILINEAR)


def _sky(image: Image.Image, random: Any, mood: Any, warm: float, low: Samples, horizon: float) -> None:
    import numpy as np

    rows = min(image.height, int(image.height * (horizon + 0.1)) + 2)
    width, height = image.width // 3, rows // 3
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, rows / image.height, height, dtype=np.float32)[:, None]
    top = _color(70, 120, 190) * (1 - 0.35 * warm) + _color(60, 50, 90) * 0.35 * warm
    t = np.clip(y / horizon, 0, 1) ** 0.8
    cloud = _noise(random, width, height, (4, 8, 16, 32, 64), stretch=2.6)
    cover = np.clip((cloud - mood.uniform(0.48, 0.58)) * 5, 0, 0.9) * np.clip(1.25 - t, 0, 1)
    shade = np.clip((_noise(random, width, height, (8, 16, 32)) - 0.3) * 1.6, 0.45, 1)
    canvas = (top * (1 - t[..., None]) + low * t[..., None]) * (1 - cover)[..., None]
    canvas += (cover * (0.72 + 0.28 * shade))[..., None] * _color(252, 250, 247)
    sun = (mood.uniform(0.2, 0.8), horizon * mood.uniform(0.5, 0.95))
    glow = np.exp(-(((x - sun[0]) * 1.4) ** 2) / 0.03) * np.exp(-((y - sun[1]) ** 2) / 0.03) * (0.4 + warm)
    canvas += glow[..., None] * _color(70, 55, 30)
    image.paste(_enlarged(canvas, (image.width, rows)))


def _hill(image: Image.Image, random: Any, near: float, warm: float, low: Samples, line: Samples, end: int) -> None:
    """A ridge and what lies below it down to the row `end`; `line`: its height in each column, in parts of the
    picture's."""
    import numpy as np

    top = max(0, int(float(line.min()) * image.height) - 3)
    if top >= end:
        return
    y = (np.arange(top, end, dtype=np.float32) / image.height)[:, None]
    inside = np.clip((y - line[None, :]) * (image.height / 2.5 * 255), 0, 255).astype(np.uint8)
    below = np.minimum(np.maximum(y[::2] - line[None, ::2], 0), np.float32(0.2))
    body = _ground(random, below.shape[1], below.shape[0]) * (1 - np.float32(1.75) * below)
    light = Image.fromarray(body.astype(np.uint8), "L").resize((image.width, end - top), Image.Resampling.BILINEAR)
    green = _color(46 + 30 * warm, 70, 40) * (0.85 - 0.1 * near) * (0.15 + 0.8 * near)
    haze = (low * 0.78 + _color(90, 110, 140) * 0.22) * (1.0 - (0.15 + 0.8 * near))
    levels = (np.arange(256, dtype=np.float32) / _LIGHT)[:, None] * green + haze
    light.putpalette(np.clip(levels, 0, 255).astype(np.uint8).tobytes())
    image.paste(light.convert("RGB"), (0, top), Image.fromarray(inside, "L"))


def _meadow(image: Image.Image, random: Any, warm: float, start: int) -> None:
    import numpy as np

    rows = image.height - start
    width, height = image.width // 2, max(1, rows // 2)
    grass = _noise(random, width, height, (64, 128, 256), stretch=0.35)
    patches = _noise(random, width, height, (3, 6, 12), stretch=2.0)
    field = ((0.45 + 0.75 * grass) * (0.7 + 0.6 * patches))[..., None] * _color(118 + 50 * warm, 128, 58)
    edge = np.clip(np.arange(rows, dtype=np.float32) / image.height / 0.05 * 255, 0, 255).astype(np.uint8)
    mask = Image.fromarray(edge[:, None], "L").resize((image.width, rows))
    image.paste(_enlarged(field, (image.width, rows)), (0, start), mask)


def _water(image: Image.Image, random: Any, start: int) -> None:
    """What stands above the shore, upside down, broken by ripples and darker."""
    import numpy as np

    canvas = np.asarray(image.reduce(2), np.float32)
    height, width = canvas.shape[:2]
    rows = height - start // 2
    if rows < 2:
        return
    depth = np.arange(rows)
    source = np.clip(start // 2 - 1 - (depth * 0.9).astype(int), 0, height - 1)
    ripple = _noise(random, width, rows, (8, 16, 32), stretch=9.0) - 0.5
    shift = (ripple * (2 + depth[:, None] / rows * 23)).astype(int)
    columns = np.clip(np.arange(width)[None, :] + shift, 0, width - 1)
    water = canvas[source[:, None], columns] * 0.72 + _color(28, 44, 58) * 0.4
    water *= 1 + (ripple[..., None]) * 0.5
    image.paste(_enlarged(water, (image.width, image.height - start)), (0, start))


_LIGHT: Final = 170
"""Level of a slope in full light; what lies in the open is half as light again."""
_GROUND: Final = (1024, 512)


@lru_cache(maxsize=1)
def _slopes() -> Samples:
    """Woods and fields as they lie on hills, in levels."""
    import numpy as np

    return (0.55 + 0.9 * _noise(np.random.default_rng(1), *_GROUND, (73, 146, 291, 582))) * np.float32(_LIGHT)


def _ground(random: Any, width: int, height: int) -> Samples:
    """A piece of the slopes, as wide and as high, from another place for each hill."""
    left, top = random.integers(0, _GROUND[0] - width + 1), random.integers(0, _GROUND[1] - height + 1)
    return _slopes()[top : top + height, left : left + width]


_GRAINS: Final = 1 << 17


@lru_cache(maxsize=4)
def _pool(deviation: float) -> Octets:
    """Normal numbers around 128."""
    import numpy as np

    numbers = np.random.default_rng(0).standard_normal(_GRAINS, np.float32)
    return (numbers * np.float32(deviation) + 128).astype(np.uint8)


def _grained(image: Image.Image, random: Any, deviation: float) -> Image.Image:
    """The image with a camera's grain: pieces of a pool from other places each, which no eye finds again."""
    import numpy as np

    count = image.width * image.height * len(image.getbands())
    piece = _GRAINS // 4
    starts = random.integers(0, _GRAINS - piece, -(-count // piece))
    grain = np.concatenate([_pool(deviation)[start : start + piece] for start in starts])[:count]
    return ImageChops.add(image, Image.frombytes(image.mode, image.size, grain.tobytes()), offset=-128)


def _noise(random: Any, width: int, height: int, cells: tuple[int, ...], stretch: float = 1.0) -> Samples:
    """Clouds of noise between 0 and 1: octaves, each half as strong as the one before. Coarse ones are
    added up in fewer pixels."""
    import numpy as np

    coarse = (max(2, width // _COARSE), max(2, height // _COARSE))
    low, fine = np.zeros(coarse[::-1], np.float32), np.zeros((height, width), np.float32)
    weight, sum_ = 1.0, 0.0
    for count in cells:
        rows = max(2, round(count * stretch * height / width))
        grid = random.random((rows + 2, count + 2), np.float32) * np.float32(weight)
        octave = Image.fromarray(grid, "F")
        if max(count / coarse[0], rows / coarse[1]) <= 0.5:
            low += np.asarray(octave.resize(coarse, Image.Resampling.BICUBIC))
        else:
            fine += np.asarray(octave.resize((width, height), Image.Resampling.BILINEAR))
        sum_ += weight
        weight *= 0.58
    fine += np.asarray(Image.fromarray(low, "F").resize((width, height), Image.Resampling.BILINEAR))
    fine /= np.float32(sum_)
    return fine


_COARSE: Final = 4


def _ridge(random: Any, width: int, cells: int, octaves: int) -> Samples:
    import numpy as np

    total = np.zeros(width, np.float32)
    weight, sum_ = 1.0, 0.0
    for octave in range(octaves):
        count = cells * 2**octave
        grid = random.random((1, count + 2)).astype(np.float32)
        line = Image.fromarray(grid, "F").resize((width, 1), Image.Resampling.BICUBIC)
        total += np.asarray(line, np.float32)[0] * weight
        sum_ += weight
        weight *= 0.5
    return total / np.float32(sum_)


@lru_cache(maxsize=16)
def portrait(seed: int, *, long: bool, old: bool) -> Image.Image:
    """Head and shoulders before a plain wall, soft as on an identity card. Mode RGB, 175 x 225.

    - `seed`: decides whose.
    - `long`: the hair is, and not short.
    - `old`: the hair is grey.
    """
    import numpy as np

    random = seeded("portrait", seed)
    skin = random.choice(((236, 200, 176), (222, 178, 150), (190, 140, 108), (150, 104, 78), (112, 76, 58)))
    hair = random.choice(((40, 30, 26), (78, 52, 34), (122, 86, 50), (28, 26, 30), (168, 128, 76)))
    if old:
        hair = random.choice(((150, 146, 144), (186, 184, 180), (108, 104, 102)))
    shirt = random.choice(((48, 58, 84), (92, 36, 44), (60, 84, 72), (210, 210, 214), (30, 32, 38)))
    wall = random.choice(((206, 212, 218), (216, 214, 206), (190, 202, 212)))
    image = Image.new("RGB", (700, 900), wall)
    pen = ImageDraw.Draw(image)
    wide = random.uniform(0.94, 1.06)
    cx, cy = 350 + random.randrange(-8, 9), 400

    def oval(x: float, y: float, rx: float, ry: float, fill: tuple[int, int, int]) -> None:
        pen.ellipse((cx + x - rx * wide, cy + y - ry, cx + x + rx * wide, cy + y + ry), fill=fill)

    def shaded(color: tuple[int, int, int], factor: float) -> tuple[int, int, int]:
        red, green, blue = (min(255, round(value * factor)) for value in color)
        return red, green, blue

    if long:
        oval(0, 60, 215, 310, hair)
    pen.rounded_rectangle((cx - 330, cy + 330, cx + 330, 1100), 170, fill=shirt)
    pen.polygon([(cx - 95, cy + 335), (cx + 95, cy + 335), (cx, cy + 440)], fill=shaded(skin, 0.86))
    pen.rectangle((cx - 78, cy + 170, cx + 78, cy + 345), fill=shaded(skin, 0.82))
    oval(0, -40, 188, 250, hair)
    oval(0, 20, 160, 222, skin)
    oval(-158, 40, 20, 44, shaded(skin, 0.92))
    oval(158, 40, 20, 44, shaded(skin, 0.92))
    pen.pieslice((cx - 172 * wide, cy - 232, cx + 172 * wide, cy + 60), 182, 358, fill=hair)
    oval(0, 5, 140, 130, skin)
    for side in (-1, 1):
        oval(side * 62, 6, 30, 14, (244, 240, 236))
        oval(side * 62, 6, 13, 13, (64, 50, 40))
        oval(side * 62, 6, 6, 6, (12, 10, 10))
        pen.line(
            [(cx + side * 28, cy - 30), (cx + side * 64, cy - 42), (cx + side * 96, cy - 30)],
            fill=shaded(hair, 0.9),
            width=10,
        )
        oval(side * 92, 96, 34, 26, shaded(skin, 1.03))
    pen.line([(cx + 4, cy + 12), (cx + 20, cy + 78), (cx - 2, cy + 88)], fill=shaded(skin, 0.78), width=8)
    oval(0, 142, 52, 12, shaded(skin, 0.7))
    pen.line([(cx - 54, cy + 140), (cx, cy + 146), (cx + 54, cy + 140)], fill=(118, 62, 58), width=7)
    if random.random() < 0.3:
        for side in (-1, 1):
            pen.ellipse((cx + side * 62 - 46, cy - 26, cx + side * 62 + 46, cy + 42), outline=(40, 36, 36), width=5)
    soft = image.reduce(4).filter(ImageFilter.BoxBlur(1))
    x = np.linspace(-1, 1, soft.width, dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, soft.height, dtype=np.float32)[:, None, None]
    lit = np.asarray(soft) * (1 - np.float32(0.17) * x - np.float32(0.1) * y)
    face = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8), "RGB")
    return _grained(face, np.random.default_rng(seed), 3.0)
