"""Type faces: which font file sets which text.

One family comes along; the others come with packages of PyPI (extra `documents`), so that a page is the same on
every machine with the same lock. A role
(sans, serif, mono, hands) is a chain of files; each character is set in the first that has it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

import uharfbuzz as hb

from emulator.printing.own_fonts import FAMILIES, Family, OwnFont, in_use

Role = Literal["sans", "sans2", "narrow", "serif", "serif2", "mono", "hand", "hand2", "hand3", "hand4"]
HANDS: Final[tuple[Role, ...]] = ("hand", "hand2", "hand3", "hand4")
"""Handwriting of several people."""

CJK: Final = frozenset({"ja", "ko", "zh"})
"""Languages whose fonts are an extra: 36 MB."""
_EXTRA: Final = "pip install 'dsm-emulator[documents-cjk]'"
_REGULAR: Final = 400
_BOLD: Final = 700
_SYNTHETIC_BOLD: Final = 0.022  # of the em: what a fixed face lacks to a bold one
_SYNTHETIC_SLANT: Final = 0.2


class FontMissing(ValueError):
    """No installed font has the script. `str()` is one line: what is missing, what to install."""


@dataclass(frozen=True, slots=True)
class FontFile:
    """A file of a font package, or of a user's own."""

    package: str
    """'' of a user's own: `file` is its path."""
    file: str
    italic: str | None = None
    variable: bool = True
    """Whether it has an axis of weight."""
    bold: str | None = None
    light: int = _REGULAR
    """Weight of what is not bold."""
    features: tuple[str, ...] = ()
    """OpenType features that it is set with."""


_ARIMO: Final = FontFile("emulator.printing.fonts", "Arimo.ttf", "Arimo-Italic.ttf")
_SOURCE_SERIF: Final = FontFile(
    "fontpkg_source_serif_4", "files/SourceSerif4[opsz,wght].ttf", "files/SourceSerif4-Italic[opsz,wght].ttf"
)
# The zero without a dot and the plain g: tills have those.
_PLEX_MONO: Final = FontFile(
    "fontpkg_ibm_plex_mono",
    "files/IBMPlexMono-Regular.ttf",
    "files/IBMPlexMono-Italic.ttf",
    variable=False,
    bold="files/IBMPlexMono-SemiBold.ttf",
    features=("ss02", "ss04"),
)
_ROBOTO_MONO: Final = FontFile(
    "fontpkg_roboto_mono", "files/RobotoMono[wght].ttf", "files/RobotoMono-Italic[wght].ttf"
)
_OPEN_SANS: Final = FontFile(
    "fontpkg_open_sans", "files/OpenSans[wdth,wght].ttf", "files/OpenSans-Italic[wdth,wght].ttf"
)
_CONDENSED: Final = FontFile(
    "fontpkg_roboto_condensed", "files/RobotoCondensed[wght].ttf", "files/RobotoCondensed-Italic[wght].ttf"
)
_GARAMOND: Final = FontFile(
    "fontpkg_eb_garamond", "files/EBGaramond[wght].ttf", "files/EBGaramond-Italic[wght].ttf", light=440
)
_CAVEAT: Final = FontFile("fontpkg_caveat", "files/Caveat[wght].ttf", light=480)
_KALAM: Final = FontFile("fontpkg_kalam", "files/Kalam-Light.ttf", variable=False, bold="files/Kalam-Regular.ttf")
_INDIE_FLOWER: Final = FontFile("fontpkg_indie_flower", "files/IndieFlower-Regular.ttf", variable=False)
_SHADOWS: Final = FontFile("fontpkg_shadows_into_light", "files/ShadowsIntoLight.ttf", variable=False)
_AMATIC: Final = FontFile("font_amatic_sc", "files/AmaticSC-Bold.ttf", variable=False)
_AMATIC_THIN: Final = FontFile("font_amatic_sc", "files/AmaticSC-Regular.ttf", variable=False)
_AMIRI: Final = FontFile("fontpkg_amiri", "files/Amiri-Regular.ttf", variable=False)
_AMIRI_SLANTED: Final = FontFile("fontpkg_amiri", "files/Amiri-Italic.ttf", variable=False)
_ARABIC: Final = FontFile("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf")
_DEVANAGARI: Final = FontFile("fontpkg_noto_sans_devanagari", "files/NotoSansDevanagari[wdth,wght].ttf")


def _comfortaa(weight: int) -> FontFile:
    return FontFile("fontpkg_comfortaa", "files/Comfortaa[wght].ttf", light=weight)


def _caveat(weight: int) -> FontFile:
    return FontFile("fontpkg_caveat", "files/Caveat[wght].ttf", light=weight)


_KALAM_REGULAR: Final = FontFile("fontpkg_kalam", "files/Kalam-Regular.ttf", variable=False)

_LATIN_HANDS: Final = (_CAVEAT, _KALAM, _INDIE_FLOWER, _SHADOWS)
_HANDS_OF: Final[dict[str, tuple[FontFile, FontFile, FontFile, FontFile]]] = {
    "ar": (_AMIRI, _AMIRI_SLANTED, _AMIRI, _AMIRI_SLANTED),
    "el": (_comfortaa(300), _comfortaa(420), _comfortaa(340), _comfortaa(500)),
    "he": (_AMATIC, _AMATIC_THIN, _AMATIC, _AMATIC_THIN),
    "hi": (_KALAM, _KALAM_REGULAR, _KALAM, _KALAM_REGULAR),
    "ru": (_CAVEAT, _caveat(650), _comfortaa(320), _caveat(400)),
}
"""First file of each hand, of languages that are not written in Latin letters. What is in fonts on PyPI: for Greek
and Arabic no more than faces that are near to writing, for Chinese, Japanese and Korean none."""


def _fixed(package: str, file: str) -> FontFile:
    return FontFile(package, file, variable=False)


_EASTERN: Final[dict[str, tuple[FontFile, FontFile]]] = {
    "ja": (
        _fixed("pylopdf_fonts_jp", "NotoSansJP-Regular.otf"),
        _fixed("pylopdf_fonts_jp", "NotoSerifJP-Regular.otf"),
    ),
    "ko": (
        _fixed("pylopdf_fonts_ko", "NotoSansKR-Regular.otf"),
        _fixed("pylopdf_fonts_ko", "NotoSerifKR-Regular.otf"),
    ),
    "zh": (
        _fixed("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
        _fixed("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"),
    ),
}
"""Language -> sans and serif: Han characters have other shapes in each."""

_CHAINS: Final[dict[Role, tuple[FontFile, ...]]] = {
    "sans": (_ARIMO, _ARABIC, _DEVANAGARI),
    "sans2": (_OPEN_SANS, _ARIMO, _ARABIC, _DEVANAGARI),
    "narrow": (_CONDENSED, _ARIMO, _ARABIC, _DEVANAGARI),
    "serif": (_SOURCE_SERIF, _ARIMO, _ARABIC, _DEVANAGARI),
    "serif2": (_GARAMOND, _ARIMO, _AMIRI, _DEVANAGARI),
    "mono": (_PLEX_MONO, _ROBOTO_MONO, _ARIMO, _ARABIC, _DEVANAGARI),
    **dict.fromkeys(HANDS, (_CAVEAT, _KALAM, _ARIMO, _ARABIC)),
}


def family_of(role: Role) -> Family:
    """The kind of face that a role is of: what a user says of a font of his own."""
    if role in HANDS:
        return "hand"
    if role == "mono":
        return "mono"
    return "serif" if role in ("serif", "serif2") else "sans"


def chain(role: Role, language: str) -> tuple[FontFile, ...]:
    """The files of a role for a language, those that are installed, first choice first. Raises FontMissing for
    a language whose own font is not installed.

    Where a user's own fonts stand for that kind of face it is these, and behind them the one family that comes
    along: the page is the same whatever else is installed.
    """
    own = tuple(_own_file(each) for each in in_use() if family_of(role) in each.families)
    return (*own, _ARIMO) if own else _chain(role, language)


@lru_cache(maxsize=64)
def _own_file(font: OwnFont) -> FontFile:
    italic, bold = (None if path is None else str(path) for path in (font.italic, font.bold))
    return FontFile("", str(font.file), italic, font.variable, bold)


@lru_cache(maxsize=256)
def _chain(role: Role, language: str) -> tuple[FontFile, ...]:
    files = _CHAINS[role]
    hand = role in HANDS
    if hand:
        files = (_HANDS_OF.get(language, _LATIN_HANDS)[HANDS.index(role)], *files)
    if language in CJK:
        own = _EASTERN[language][1 if role in ("serif", "serif2", "hand2", "hand4") else 0]
        if not installed(own):
            raise FontMissing(f"no font for the language {language!r} is installed: {_EXTRA}")
        # Western figures and letters of the face itself stand better among Han characters.
        files = (*files, own) if hand else (own, *files)
    others = tuple(
        pair[1 if role in ("serif", "serif2") else 0] for key, pair in _EASTERN.items() if key != language
    )
    return tuple(file for file in (*files, *others) if installed(file))


def needs_packages(fonts: Sequence[OwnFont]) -> bool:
    """Return whether pages that are set in these fonts need faces of packages too."""
    return not set(FAMILIES) <= {family for each in fonts for family in each.families}


def packages() -> tuple[str, ...]:
    """The packages of PyPI that hold faces of documents, without those of the eastern languages."""
    hands = (file for files in _HANDS_OF.values() for file in files)
    files = (*(file for files in _CHAINS.values() for file in files), *hands, *_LATIN_HANDS)
    return tuple(dict.fromkeys(file.package for file in files if file is not _ARIMO))


@lru_cache(maxsize=64)
def installed(file: FontFile) -> bool:
    """Return whether its package is."""
    return find_spec(file.package) is not None


@dataclass(frozen=True, slots=True)
class Face:
    """A font file at one weight and slant, ready to shape with."""

    font: Any
    """hb.Font, in units of `upem`; set up once and then only read, so threads may share it."""
    upem: int
    characters: frozenset[int]
    features: tuple[str, ...] = ()


_LOCK: Final = threading.Lock()
_FACES: Final[dict[tuple[FontFile, bool, bool], Face]] = {}


def face(file: FontFile, bold: bool, italic: bool) -> Face:
    """The face; made once. Raises FontMissing where its package is not installed."""
    key = (file, bold, italic)
    found = _FACES.get(key)
    if found is None:
        with _LOCK:
            found = _FACES.get(key)
            if found is None:
                found = _FACES[key] = _open(file, bold, italic)
    return found


def _open(file: FontFile, bold: bool, italic: bool) -> Face:
    name = file.file
    if italic and file.italic is not None:
        name = file.italic
    elif bold and file.bold is not None:
        name = file.bold
    opened = hb.Face(hb.Blob.from_file_path(str(_folder_of(file) / name)))
    font = hb.Font(opened)
    if file.variable:
        font.set_variations({"wght": _BOLD if bold else file.light})
    elif bold and file.bold is None:
        font.synthetic_bold = (_SYNTHETIC_BOLD, _SYNTHETIC_BOLD, False)
    if italic and file.italic is None:
        font.synthetic_slant = _SYNTHETIC_SLANT
    return Face(font, opened.upem, frozenset(opened.unicodes), file.features)


def _folder_of(file: FontFile) -> Path:
    if not file.package:
        return Path()
    spec = find_spec(file.package)
    if spec is None or spec.origin is None:
        raise FontMissing(f"the font package {file.package.replace('_', '-')} is not installed")
    return Path(spec.origin).parent


def runs(text: str, role: Role, bold: bool, italic: bool, language: str) -> list[tuple[Face, str]]:
    """`text` cut into what one face sets. Raises FontMissing, naming the character that no font has.

    - `text`: one line.
    - `role`: the kind of face.
    - `bold`: whether it is set in bold.
    - `italic`: whether it is set in italics.
    - `language`: a BCP 47 tag.
    """
    faces: list[Face] = []
    for file in chain(role, language):  # opened one by one: mostly the first has all
        faces.append(face(file, bold, italic))
        if all(ord(character) in faces[-1].characters for character in text):
            return [(faces[-1], text)]
    result: list[tuple[Face, str]] = []
    for character in text:
        for candidate in faces:
            if ord(character) in candidate.characters:
                break
        else:
            lacking = f"{character!r} (U+{ord(character):04X})"
            if any(file.package == "" for file in chain(role, language)):
                raise FontMissing(f"no font of the set for {family_of(role)} has {lacking}")
            hint = f": {_EXTRA}" if ord(character) >= 0x2E80 else ""
            raise FontMissing(f"no installed font has {lacking}{hint}")
        if result and result[-1][0] is candidate:
            result[-1] = (candidate, result[-1][1] + character)
        else:
            result.append((candidate, character))
    return result


def font_folders() -> list[str]:
    """The folders of the font packages that are installed, for programs that set text by themselves."""
    folders = []
    for package in _FOLDERS:
        found = find_spec(package)
        if found is not None and found.submodule_search_locations:
            folders += list(found.submodule_search_locations)
    return folders


_FOLDERS: Final = (
    "emulator.printing.fonts",
    "fontpkg_source_serif_4",
    "fontpkg_ibm_plex_mono",
    "fontpkg_caveat",
    "fontpkg_amiri",
    "fontpkg_noto_sans_devanagari",
    "pylopdf_fonts_jp",
    "pylopdf_fonts_ko",
    "pylopdf_fonts_zh_cn",
)
"""Packages of faces for each script, most of them a face of its own for bold."""
