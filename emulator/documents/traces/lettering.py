"""Lines of text that a trace writes: the same faces as on documents, with the place of each word."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from emulator.printing.bidi import pieces_of
from emulator.printing.faces import Role
from emulator.printing.inking import draw
from emulator.printing.setting import RIGHT_TO_LEFT, Type, advance, shape, space_width, words_of

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Lettered:
    """A line as coverage (mode L), and its words."""

    mask: Image.Image
    left: int
    """Pixels from the beginning of the base line to the upper left corner of the mask."""
    top: int
    words: tuple[tuple[str, Box], ...]
    """With their boxes in the mask, in the order in which they are read."""


def lettered(text: str, role: Role, language: str, em: float, *, bold: bool = False) -> Lettered | None:
    """A line of text, `em` pixels to the type size; runs of spaces are as wide as they are long. None without ink.
    Raises FontMissing.

    - `text`: the line.
    - `role`: the kind of face.
    - `language`: a BCP 47 tag.
    - `em`: pixels to the type size.
    - `bold`: whether it is set in bold.
    """
    type = Type(role, 1.0, bold)
    space = space_width(type, language) * em
    drawn, boxes = [], dict[int, Box]()
    found = words_of(text, language)
    spaces = _spaces(text)
    at, gap = 0.0, 0
    for piece in pieces_of(found, backwards=language in RIGHT_TO_LEFT):
        if piece.word is None:
            gap += 1
            at += space * (spaces[gap - 1] if gap <= len(spaces) else 1)
            continue
        inked = draw(shape(piece.text, role, bold, False, language), em, shift=(at, 0.0))
        at += advance(piece.text, type, language) * em
        if inked is not None:
            drawn.append(inked)
            box = (inked.left, inked.top, inked.left + inked.width, inked.top + inked.height)
            boxes[piece.word] = _around(boxes[piece.word], box) if piece.word in boxes else box
    if not drawn:
        return None
    whole = (0, 0, 0, 0)
    for number, box in enumerate(boxes.values()):
        whole = box if not number else _around(whole, box)
    mask = Image.new("L", (whole[2] - whole[0], whole[3] - whole[1]))
    for inked in drawn:
        mask.paste(255, (inked.left - whole[0], inked.top - whole[1]), inked.mask)
    words = tuple(
        (found[number][0], (x - whole[0], y - whole[1], right - whole[0], bottom - whole[1]))
        for number, (x, y, right, bottom) in sorted(boxes.items())
    )
    return Lettered(mask, whole[0], whole[1], words)


def _spaces(text: str) -> list[int]:
    """Return how many spaces stand between the words."""
    runs, count = [], 0
    for character in text.strip():
        if character == " ":
            count += 1
        elif count:
            runs.append(count)
            count = 0
    return runs


def _around(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
