"""Group 4 (ITU-T T.6) strips and tiles of TIFFs, with a proof that they are sound.

Each row is coded by its differences from the one above, so after damage all that follows is noise; libtiff goes
on, and Pillow does not hear what it says. Here rows of a known look are appended to the code, each whole and
without regard to the row above: they come out at their place only where every row before them took the bits that
are its own."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from PIL import Image

from emulator.imaging.encoders import tiff_directory as tags
from emulator.imaging.readers import tiff_layout as layouts
from emulator.imaging.readers.libtiff import decoded
from emulator.imaging.readers.tiff_directories import Directory
from emulator.imaging.readers.tiff_layout import Layout
from emulator.imaging.readers.tiff_segments import Segments
from emulator.imaging.readers.unreadable import Unreadable

_END: Final = "000000000001" * 2  # EOFB (T.6, 2.4.1.1)
_HORIZONTAL: Final = "001"  # table 1
_WHITE_0, _BLACK_0 = "00110101", "0000110111"  # tables 2/T.4
_BLACK_1, _WHITE_1 = "010", "000111"
_PROOF_IS_BLACK: Final = (True, False, True, True, False)
"""Rows of the proof."""


def read_group_4(directory: Directory, layout: Layout) -> Image.Image | None:
    """Mode `1`, black 0. None where Pillow may read it: of several strips that all end with EOFB nothing is proved,
    because it would take as long again as to decode them. Raises Unreadable."""
    segments = Segments(directory, layout)
    wide, high = layout.block
    places = list(segments.places())
    codes = [segments.data(number) for number in range(len(places))]
    if layout.fill_order == 2:
        codes = [code.translate(tags.REVERSED_OCTETS) for code in codes]
    ends = [_ends(code) for code in codes]
    if len(codes) > 1 and all(len(each) == 1 for each in ends):
        return None
    sheet: Image.Image | None = None
    for place, code, possible in zip(places, codes, ends, strict=True):
        rows = high if layout.tile is not None else min(high, layout.height - place[1])
        strip = _proved(code, possible, wide, rows, inverted=layout.photometric == layouts.WHITE_IS_ZERO)
        if strip.size == (layout.width, layout.height):
            return strip
        if sheet is None:
            sheet = Image.new("1", (layout.width, layout.height))
        sheet.paste(strip, place)
    return sheet


def proved(code: bytes, wide: int, rows: int, *, inverted: bool) -> Image.Image:
    """The pixels of Group 4 data in one piece, mode `1`; `inverted`: what is coded as black is black. Raises
    Unreadable for what is not sound."""
    return _proved(code, _ends(code), wide, rows, inverted=inverted)


def _proved(code: bytes, ends: Sequence[int], wide: int, rows: int, *, inverted: bool) -> Image.Image:
    height = rows + len(_PROOF_IS_BLACK)
    for end in ends:
        proved = _joined(code, end, _proof(wide) + _END)
        strip = decoded([proved], wide, height, height, layouts.CCITT_G4, inverted=inverted)
        shown = strip.crop((0, rows, wide, height))
        if shown.tobytes() == _proof_rows(wide, inverted=inverted):
            return strip.crop((0, 0, wide, rows))
    raise Unreadable("damaged: the Group 4 code of a strip or tile of the TIFF does not end where its rows do")


def _ends(data: bytes) -> list[int]:
    """Return how many bits of the code are rows: up to EOFB, or where writers left it out, up to one of the bits
    that may be fill behind the last row."""
    tail = data.rstrip(b"\0")
    if not tail:
        raise Unreadable("damaged: no Group 4 code in a strip or tile of the TIFF")
    last = len(tail) * 8 - (tail[-1] & -tail[-1]).bit_length() + 1
    bits = "".join(f"{octet:08b}" for octet in tail[-4:])
    until = len(bits) - (len(tail) * 8 - last)
    if bits[:until].endswith(_END):
        return [last - len(_END)]
    most = min(len(data) * 8, last + 16)
    return list(range(last, most + 1))


def _joined(data: bytes, end: int, more: str) -> bytes:
    whole, part = divmod(end, 8)
    bits = (f"{data[whole]:08b}"[:part] if part else "") + more
    bits += "0" * (-len(bits) % 8)
    return data[:whole] + int(bits, 2).to_bytes(len(bits) // 8, "big")


@lru_cache(16)
def _proof(wide: int) -> str:
    """The code of the rows, in horizontal mode alone."""
    white = _HORIZONTAL + _run(wide, black=False) + _BLACK_0
    black = _HORIZONTAL + _WHITE_0 + _run(wide, black=True)
    return "".join(black if each else white for each in _PROOF_IS_BLACK)


@lru_cache(16)
def _proof_rows(wide: int, *, inverted: bool) -> bytes:
    """Their pixels as Pillow packs them. In fax black is 1, which without WhiteIsZero is shown white."""
    sheet = Image.new("1", (wide, len(_PROOF_IS_BLACK)))
    for row, black in enumerate(_PROOF_IS_BLACK):
        sheet.paste(0 if black == inverted else 1, (0, row, wide, row + 1))
    return sheet.tobytes()


def _run(wide: int, *, black: bool) -> str:
    """The code of one run (tables 2 and 3/T.4), which libtiff knows: as part of a row of modified Huffman code."""
    row = Image.new("1", (wide + 1, 1), black)  # Pillow gives the pixels as they are, and in fax 1 is black
    row.putpixel((wide, 0), not black)
    file = io.BytesIO()
    row.save(file, "TIFF", compression="tiff_ccitt")
    found = tags.first_directory(file.getvalue())
    begin = tags.number(found, tags.STRIP_OFFSETS)
    code = file.getvalue()[begin : begin + tags.number(found, tags.STRIP_BYTE_COUNTS)]
    bits = "".join(f"{octet:08b}" for octet in code)
    if black:
        return bits[len(_WHITE_0) : bits.rindex("1") + 1 - len(_WHITE_1)]
    return bits[: bits.rindex("1") + 2 - len(_BLACK_1)]
