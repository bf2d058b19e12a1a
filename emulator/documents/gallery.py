"""A gallery of pages: an HTML page and a contact sheet, of image files; and the sets that show every kind and
every trace."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from PIL import Image, ImageOps

from emulator.documents.document_set import DocumentEntry, DocumentSet
from emulator.documents.kinds import KINDS
from emulator.documents.traces import TRACES
from emulator.printing.inking import inked

_THUMBNAIL: Final = (360, 480)
_CELL: Final = (280, 400)
_PICTURE: Final = (256, 350)
_LABEL: Final = 15
_COLUMNS: Final = 6
_GROUND: Final = (222, 222, 220)


class GalleryError(ValueError):
    """An image of the gallery cannot be read. `str()` is one line: file, reason."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A page in a gallery."""

    image: Path
    title: str
    """Kind, or trace and strength."""
    note: str = ""


def every_kind(language: str = "en") -> DocumentSet:
    """A set with a document of every kind."""
    samples = {"text": {"text": "Your own words stand here.\n\nAn empty line begins a paragraph."}}
    entries = [{"kind": name, **samples.get(name, {})} for name in KINDS]
    documents = tuple(DocumentEntry.model_validate(entry) for entry in entries)
    return DocumentSet(name="every-kind", title="Every kind", language=language, documents=documents)


def every_trace(language: str = "en") -> DocumentSet:
    """A set with an invoice for every trace, light and heavy in turn."""
    documents = tuple(
        DocumentEntry.model_validate({"kind": "invoice", "traces": {name: strength}})
        for name in TRACES
        for strength in ("light", "heavy")
    )
    return DocumentSet(name="every-trace", title="Every trace", language=language, documents=documents)


_PAGE_FILE: Final = "gallery.html"
_SHEET_FILE: Final = "contact-sheet.jpg"
_THUMBNAILS: Final = "thumbnails"


def gallery_files(count: int) -> list[str]:
    """Names, below its folder, of the files of a gallery of `count` images."""
    return [_PAGE_FILE, _SHEET_FILE, *(f"{_THUMBNAILS}/{number:04}.jpg" for number in range(1, count + 1))]


def write_gallery(folder: Path, title: str, exhibits: Sequence[Exhibit]) -> tuple[Path, Path]:
    """Write `gallery.html` with `thumbnails/`, and `contact-sheet.jpg`; the images stay where they are and are
    linked. Returns both files. Raises GalleryError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    thumbnails = folder / _THUMBNAILS
    thumbnails.mkdir(exist_ok=True)
    figures = []
    rows = max(1, -(-len(exhibits) // _COLUMNS))
    sheet = Image.new("RGB", (_CELL[0] * min(_COLUMNS, max(1, len(exhibits))), _CELL[1] * rows), _GROUND)
    for number, exhibit in enumerate(exhibits):
        picture = _open(exhibit.image)
        small = ImageOps.contain(picture, _THUMBNAIL, Image.Resampling.LANCZOS)
        file = thumbnails / f"{number + 1:04}.jpg"
        small.save(file, quality=82)
        figures.append(_figure(folder, exhibit, file, small.size))
        _lay(sheet, number, exhibit, ImageOps.contain(picture, _PICTURE, Image.Resampling.LANCZOS))
    contact = folder / _SHEET_FILE
    sheet.save(contact, quality=88)
    page = folder / _PAGE_FILE
    page.write_text(_PAGE.format(title=html.escape(title), figures="\n".join(figures)), encoding="utf-8")
    return page, contact


def _open(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            image.draft("RGB", (800, 800))
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise GalleryError(f"{path}: cannot be shown: {error}") from None


def _figure(folder: Path, exhibit: Exhibit, file: Path, size: tuple[int, int]) -> str:
    try:
        link = quote(Path(os.path.relpath(exhibit.image, folder)).as_posix())
    except ValueError:  # another drive of Windows
        link = exhibit.image.absolute().as_uri()
    note = f"<br><small>{html.escape(exhibit.note)}</small>" if exhibit.note else ""
    return (
        f'<figure><a href="{html.escape(link)}"><img src="thumbnails/{file.name}" width="{size[0]}" '
        f'height="{size[1]}" loading="lazy" alt="{html.escape(exhibit.title)}"></a>'
        f"<figcaption>{html.escape(exhibit.title)}{note}</figcaption></figure>"
    )


def _lay(sheet: Image.Image, number: int, exhibit: Exhibit, picture: Image.Image) -> None:
    left, top = number % _COLUMNS * _CELL[0], number // _COLUMNS * _CELL[1]
    x = left + (_CELL[0] - picture.width) // 2
    y = top + 12 + (_PICTURE[1] - picture.height) // 2
    sheet.paste((150, 150, 150), (x - 1, y - 1, x + picture.width + 1, y + picture.height + 1))
    sheet.paste(picture, (x, y))
    at = float(left + (_CELL[0] - _PICTURE[0]) // 2)
    for word in exhibit.title.split():
        drawn = inked(word, "sans", False, False, "en", _LABEL)
        if drawn is None or at + drawn.width > left + _CELL[0]:
            break
        corner = (round(at) + drawn.left, top + 12 + _PICTURE[1] + 22 + drawn.top)
        sheet.paste((40, 40, 40), (*corner, corner[0] + drawn.width, corner[1] + drawn.height), drawn.mask)
        at += drawn.width + 5


_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px/1.4 sans-serif; background: #dededc; color: #222; margin: 2em; }}
main {{ display: flex; flex-wrap: wrap; gap: 24px; align-items: flex-end; }}
figure {{ margin: 0; }}
img {{ display: block; background: #fff; box-shadow: 0 1px 4px #0006; }}
figcaption {{ padding-top: 6px; max-width: 360px; }}
</style>
</head>
<body>
<h1>{title}</h1>
<main>
{figures}
</main>
</body>
</html>
"""
