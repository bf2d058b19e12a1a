"""Pictures that look like photographs, made of noise: landscapes, and a portrait for cards.

They are made at one size and scaled to the page, so that a page shows the same picture at every resolution.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageDraw, ImageFilter

from emulator.documents.invention import seeded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]


@lru_cache(maxsize=4)
def landscape(seed: int, width: int, height: int) -> Image.Image:
    """Hills behind water or meadows under a sky with clouds, as a camera has it: haze, grain, darker corners.
    Mode RGB."""
    import numpy as np

    random = np.random.default_rng(seed)
    mood = seeded("mood", seed)
    warm = mood.random()
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    horizon = mood.uniform(0.42, 0.6)
    low = _color(215, 226, 236) * (1 - warm) + _color(250, 205, 150) * warm
    canvas = np.zeros((height, width, 3), np.float32)
    wet = mood.random() < 0.6
    shore = int(height * (horizon + (0.14 if wet else 0.1)))
    # What stands before something else hides it: so each is made only in the rows in which it can be seen.
    sky = min(height, int(height * (horizon + 0.1)) + 1)
    _sky(canvas[:sky], random, mood, warm, low, x, y[:sky], horizon)
    layers = 5
    for layer in range(layers):
        near = layer / (layers - 1)
        ridge = _ridge(random, width, 3 + layer * 2, 9 - layer)
        line = horizon - 0.16 * (1 - near) + 0.03 * near + (0.5 - ridge) * (0.24 - 0.15 * near)
        top = max(0, int(float(line.min()) * height) - 3)
        end = min(height, shore + int(height * 0.06) + 1)
        if top < end:
            _hill(canvas[top:end], random, near, warm, low, y[top:end] - line[None, :], height)
    if wet:
        _water(canvas, random, shore)
    else:
        _meadow(canvas[shore:], random, warm, y[shore:] - (horizon + 0.1))
    corner = 1.08 - 0.4536 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
    canvas *= corner[..., None]
    canvas -= 12.24
    grain = _grain(random, height * width).reshape(height, width, 1)
    canvas += grain * np.float32(3.2)
    canvas += _grain(random, height * width * 3).reshape(height, width, 3) * np.float32(1.6)
    np.clip(canvas, 0, 255, out=canvas)
    return Image.fromarray(canvas.astype(np.uint8), "RGB")


def _color(red: float, green: float, blue: float) -> Samples:
    import numpy as np

    return np.array([red, green, blue], np.float32)


def _sky(
    canvas: Samples, random: Any, mood: Any, warm: float, low: Samples, x: Samples, y: Samples, horizon: float
) -> None:
    import numpy as np

    height, width = canvas.shape[:2]
    top = _color(70, 120, 190) * (1 - 0.35 * warm) + _color(60, 50, 90) * 0.35 * warm
    t = (np.clip(y / horizon, 0, 1) ** 0.8)[..., None]
    canvas[:] = top * (1 - t) + low * t
    cloud = _noise(random, width, height, (4, 8, 16, 32, 64, 128), stretch=2.6)
    cover = np.clip((cloud - mood.uniform(0.48, 0.58)) * 5, 0, 0.9) * np.clip(1.25 - t[..., 0], 0, 1)
    shade = np.clip((_noise(random, width, height, (8, 16, 32)) - 0.3) * 1.6, 0.45, 1)
    canvas *= (1 - cover)[..., None]
    canvas += (cover * (0.72 + 0.28 * shade))[..., None] * _color(252, 250, 247)
    sun = (mood.uniform(0.2, 0.8), horizon * mood.uniform(0.5, 0.95))
    glow = np.exp(-(((x - sun[0]) * 1.4) ** 2) / 0.03) * np.exp(-((y - sun[1]) ** 2) / 0.03) * (0.4 + warm)
    canvas += glow[..., None] * _color(70, 55, 30)


def _hill(
    canvas: Samples, random: Any, near: float, warm: float, low: Samples, below: Samples, height: int
) -> None:
    """A ridge; `below`: how far a place lies below its line, in parts of the picture's height."""
    import numpy as np

    rows, width = canvas.shape[:2]
    inside = np.clip(below * height / 2.5, 0, 1)[..., None]
    green = _color(46 + 30 * warm, 70, 40) * (0.85 - 0.1 * near) * (0.15 + 0.8 * near)
    haze = (low * 0.78 + _color(90, 110, 140) * 0.22) * (1.0 - (0.15 + 0.8 * near))
    texture = _noise(random, width, rows, (32, 64, 128, 256))
    body = (0.55 + 0.9 * texture) * (1 - 0.35 * np.clip(below * 5, 0, 1))
    color = body[..., None] * green + haze
    color -= canvas
    color *= inside
    canvas += color


def _meadow(canvas: Samples, random: Any, warm: float, below: Samples) -> None:
    import numpy as np

    rows, width = canvas.shape[:2]
    grass = _noise(random, width, rows, (64, 128, 256, 512), stretch=0.35)
    patches = _noise(random, width, rows, (3, 6, 12), stretch=2.0)
    field = ((0.45 + 0.75 * grass) * (0.7 + 0.6 * patches))[..., None] * _color(118 + 50 * warm, 128, 58)
    inside = np.clip(below / 0.05, 0, 1)[..., None]
    canvas *= 1 - inside
    canvas += field * inside


_GRAINS: Final = 1 << 17


@lru_cache(maxsize=1)
def _pool() -> Samples:
    import numpy as np

    return np.random.default_rng(0).standard_normal(_GRAINS, np.float32)


def _grain(random: Any, count: int) -> Samples:
    """Normal numbers: pieces of a pool from other places each, which no eye finds again."""
    import numpy as np

    piece = _GRAINS // 4
    starts = random.integers(0, _GRAINS - piece, -(-count // piece))
    return np.concatenate([_pool()[start : start + piece] for start in starts])[:count]


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


def _water(canvas: Samples, random: Any, start: int) -> None:
    """What stands above the shore, upside down, broken by ripples and darker."""
    import numpy as np

    height, width = canvas.shape[:2]
    rows = height - start
    if rows < 4:
        return
    depth = np.arange(rows)
    source = np.clip(start - 1 - (depth * 0.9).astype(int), 0, height - 1)
    ripple = _noise(random, width, rows, (8, 16, 32), stretch=9.0) - 0.5
    shift = (ripple * (4 + depth[:, None] / rows * 46)).astype(int)
    columns = np.clip(np.arange(width)[None, :] + shift, 0, width - 1)
    mirrored = canvas[source[:, None], columns]
    light = 1 + (ripple[..., None]) * 0.5
    canvas[start:] = (mirrored * 0.72 + np.array([28, 44, 58], np.float32) * 0.4) * light


@lru_cache(maxsize=16)
def portrait(seed: int) -> Image.Image:
    """Head and shoulders before a plain wall, soft as on an identity card. Mode RGB, 350 x 450."""
    import numpy as np

    random = seeded("portrait", seed)
    skin = random.choice(((236, 200, 176), (222, 178, 150), (190, 140, 108), (150, 104, 78), (112, 76, 58)))
    hair = random.choice(((40, 30, 26), (78, 52, 34), (122, 86, 50), (28, 26, 30), (150, 146, 144), (168, 128, 76)))
    shirt = random.choice(((48, 58, 84), (92, 36, 44), (60, 84, 72), (210, 210, 214), (30, 32, 38)))
    wall = random.choice(((206, 212, 218), (216, 214, 206), (190, 202, 212)))
    image = Image.new("RGB", (700, 900), wall)
    pen = ImageDraw.Draw(image)
    long = random.random() < 0.5
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
    soft = image.reduce(2).filter(ImageFilter.BoxBlur(3)).filter(ImageFilter.BoxBlur(3))
    samples = np.asarray(soft, np.float32)
    x = np.linspace(-1, 1, 350, dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, 450, dtype=np.float32)[:, None, None]
    samples = samples * (1 - 0.17 * x - 0.1 * y)
    samples += _grain(np.random.default_rng(seed), samples.size).reshape(samples.shape) * np.float32(4)
    return Image.fromarray(np.clip(samples, 0, 255).astype(np.uint8), "RGB")
