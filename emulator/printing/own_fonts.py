"""Font files of a user's own, in the place of the faces that packages bring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, get_args

import uharfbuzz as hb

Family = Literal["sans", "serif", "mono", "hand"]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
MAX_FONT_BYTES: Final = 64 * 1024 * 1024
"""Of a file; the largest of Noto's have 20 MB."""
_OUTLINES: Final = frozenset({"glyf", "CFF ", "CFF2"})


class FontRefused(ValueError):
    """A file is no font that text can be set in; `str()` is one line."""


@dataclass(frozen=True, slots=True)
class OwnFont:
    """One of them, looked through."""

    families: frozenset[Family]
    """Kinds of faces that it stands for."""
    file: Path
    bold: Path | None
    italic: Path | None
    variable: bool
    """Whether it has an axis of weight."""


_IN_USE: Final[ContextVar[tuple[OwnFont, ...]]] = ContextVar("own_fonts", default=())


def in_use() -> tuple[OwnFont, ...]:
    """Those that text is set in now, first choice first; () for the faces of packages."""
    return _IN_USE.get()


@contextmanager
def set_in(fonts: Sequence[OwnFont]) -> Iterator[None]:
    """Within: what this thread or task sets is set in these fonts, where they stand for the kind of face."""
    token = _IN_USE.set(tuple(fonts))
    try:
        yield
    finally:
        _IN_USE.reset(token)


@lru_cache(maxsize=64)
def own_font(
    file: Path, families: tuple[Family, ...], bold: Path | None = None, italic: Path | None = None
) -> OwnFont:
    """The font of these files. Raises FontRefused, for a file that is missing too."""
    axes = _looked_through(file)
    for each in (bold, italic):
        if each is not None:
            _looked_through(each)
    return OwnFont(frozenset(families), file, bold, italic, "wght" in axes)


def _looked_through(path: Path) -> frozenset[str]:
    """The axes of a font file."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise FontRefused(f"{path} is no file")
        if size > MAX_FONT_BYTES:
            raise FontRefused(f"{path} is larger than {MAX_FONT_BYTES // 1024 // 1024} MB")
        face = hb.Face(path.read_bytes())
    except OSError as error:
        raise FontRefused(f"{path} cannot be read: {error.strerror or error}") from None
    tables = frozenset(face.table_tags)
    if not tables:
        raise FontRefused(f"{path} is no OpenType or TrueType font")
    if not tables & _OUTLINES:
        raise FontRefused(f"{path} holds no outlines, only pictures of its characters")
    if not face.glyph_count or not face.unicodes:
        raise FontRefused(f"{path} is damaged, or has no characters of Unicode")
    return frozenset(axis.tag for axis in face.axis_infos)
