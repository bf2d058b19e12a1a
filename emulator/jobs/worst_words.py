"""The worst words of a comparison as pictures, cut out of the images that were read."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image

from emulator.documents.comparing.score import WrongWord
from emulator.documents.truth import PageTruth
from emulator.environment.exit_codes import LabError
from emulator.environment.whole_file import part_of
from emulator.imaging.files import open_files
from emulator.imaging.natural import natural_key
from emulator.imaging.pages import SourceError, Wanted
from emulator.imaging.pixels import on_white
from emulator.imaging.samples import DeepImage
from emulator.jobs.page_folder import prepare_page_folder
from emulator.jobs.readings import TruthPage
from emulator.jobs.truth_compare import ComparedPage, Comparison, worst_words
from emulator.options.truth import CompareOptions
from emulator.wsscan.values.geometry import Dimensions, Resolution

PAGE_FILE: Final = "worst.html"
_MARGIN: Final = 0.35  # of a word's height, around it
_TALL: Final = 48  # pixels that a picture has at least


def write_worst_words(found: Comparison, options: CompareOptions) -> Path:
    """Write a picture of each of the worst words, and the page that shows them; returns the page. Raises LabError,
    OSError."""
    assert options.worst is not None
    chosen = worst_words(found, options.worst_words)
    names = [f"{number:03}-{page.page.stem}.png" for number, (page, _) in enumerate(chosen, 1)]
    prepare_page_folder(options.worst, [*names, PAGE_FILE], "--worst", overwrite=options.overwrite)
    by_page: dict[int, list[tuple[str, WrongWord]]] = {}
    for name, (page, wrong) in zip(names, chosen, strict=True):
        by_page.setdefault(page.number, []).append((name, wrong))
    pages = {page.number: page for page in found.pages}
    for number, words in by_page.items():
        page = pages[number]
        try:
            image, scale = _image(page.page, page.page.truth(), options)
        except SourceError as error:
            raise LabError(str(error), hint="--images names the folder of the images") from None
        for name, wrong in words:
            with part_of(options.worst / name) as part:
                _cut_out(image, wrong, scale).save(part, "PNG")
    rows = "\n".join(_rows(chosen, names))
    with part_of(options.worst / PAGE_FILE) as part:
        part.write_text(_PAGE.format(rows=rows), encoding="utf-8")
    return options.worst / PAGE_FILE


def _image(page: TruthPage, truth: PageTruth, options: CompareOptions) -> tuple[Image.Image, tuple[float, float]]:
    """The page's image, and by how much it is larger than the truth says. Raises LabError, SourceError."""
    folder = options.images or options.truth
    name = page.image or _found(folder, page.stem)
    file = folder / name
    if not name or not file.is_file():
        raise LabError(
            f"{folder}: the image of {page.stem} is not there{f' ({name})' if name else ''}",
            hint="--images names the folder of the images",
        )
    source = open_files([file], limits=options.page_limits)
    try:
        wanted = Wanted(Resolution(round(truth.ppi[0]), round(truth.ppi[1])), "RGB", Dimensions(*_medium(truth)))
        image = source.page(page.place if len(source) > 1 else 0, wanted).image
    except IndexError:
        raise LabError(f"{file}: has no page {page.place + 1}") from None
    finally:
        source.close()
    assert not isinstance(image, DeepImage), "none was wanted"
    shown = on_white(image, "RGB")
    return shown, (shown.width / truth.image[0], shown.height / truth.image[1])


def _medium(truth: PageTruth) -> tuple[int, int]:
    """Width and height of the image in 1/1000 inch."""
    return (round(truth.image[0] / truth.ppi[0] * 1000) + 1, round(truth.image[1] / truth.ppi[1] * 1000) + 1)


_IMAGES: Final = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".dib", ".jp2", ".pdf"})


def _found(folder: Path, stem: str) -> str:
    """The file of a page's image, where the set does not name it; ''."""
    files = (path for path in folder.glob(f"{stem}.*") if path.suffix.lower() in _IMAGES)
    return min((path.name for path in files), key=natural_key, default="")


def _cut_out(image: Image.Image, wrong: WrongWord, scale: tuple[float, float]) -> Image.Image:
    xs = [x * scale[0] for x, _ in wrong.word.polygon]
    ys = [y * scale[1] for _, y in wrong.word.polygon]
    margin = max(4.0, (max(ys) - min(ys)) * _MARGIN)
    box = (
        max(0, int(min(xs) - margin)),
        max(0, int(min(ys) - margin)),
        min(image.width, int(max(xs) + margin) + 1),
        min(image.height, int(max(ys) + margin) + 1),
    )
    picture = image.crop(box)
    if picture.height < _TALL:
        factor = _TALL / picture.height
        picture = picture.resize((max(1, round(picture.width * factor)), _TALL), Image.Resampling.LANCZOS)
    return picture


def _rows(chosen: list[tuple[ComparedPage, WrongWord]], names: list[str]) -> Iterator[str]:
    for (page, wrong), name in zip(chosen, names, strict=True):
        read = html.escape(wrong.read) if wrong.read else "<i>nothing</i>"
        yield (
            f'<tr><td><img src="{name}" alt=""></td><td>{html.escape(wrong.word.text)}</td><td>{read}</td>'
            f"<td>{wrong.errors}</td><td>{html.escape(page.page.stem)}</td><td>{html.escape(page.kind)}</td></tr>"
        )


_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>The worst words</title>
<style>
body {{ font: 15px/1.4 sans-serif; margin: 2em; color: #222; }}
td, th {{ padding: 4px 14px 4px 0; text-align: left; border-bottom: 1px solid #ddd; }}
img {{ max-width: 480px; max-height: 72px; display: block; }}
</style>
</head>
<body>
<h1>The worst words</h1>
<table>
<tr><th>Picture</th><th>True</th><th>Read</th><th>Errors</th><th>Page</th><th>Kind</th></tr>
{rows}
</table>
</body>
</html>
"""
