"""Which pages a set has, and which files of a reader are about them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator import documents
from emulator.documents.comparing.reading import (
    SUFFIXES,
    Format,
    Reading,
    UnreadableReading,
    read_pages,
    reading_of,
)
from emulator.documents.truth import PageTruth
from emulator.environment.exit_codes import LabError
from emulator.jobs.documents import TRUTH_ENDINGS

_SET_FILE: Final = f"set{TRUTH_ENDINGS[0]}"
_PARTS_FILE: Final = "documents.json"
"""How the reader has cut the stack into documents."""
_WITH_TEXT: Final[tuple[Format, ...]] = ("text", "hocr", "alto", "markdown")


@dataclass(frozen=True, slots=True)
class TruthPage:
    """A page of the set: its truth is read when it is scored, and not kept."""

    file: Path
    image: str
    """File of its image, where that is known; else ''."""
    place: int
    """Of the page in that file, from 0."""

    @property
    def stem(self) -> str:
        """`page-0001`."""
        return self.file.name.removesuffix(TRUTH_ENDINGS[0])

    def truth(self) -> PageTruth:
        """Raises LabError."""
        try:
            return documents.read_truth(self.file)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise LabError(f"{self.file}: {reason}") from None


# Pages of the set


def truth_pages(folder: Path) -> list[TruthPage]:
    """The pages of a set in the order of their names. Raises LabError."""
    if not folder.is_dir():
        raise LabError(f"{folder}: no such folder", hint="render --documents SET --output DIR writes one")
    files = sorted(path for path in folder.glob(f"*{TRUTH_ENDINGS[0]}") if path.name != _SET_FILE)
    if not files:
        raise LabError(
            f"{folder}: no truth of pages lies there (page-0001{TRUTH_ENDINGS[0]})",
            hint="render --documents SET --output DIR writes it, and scan --documents SET --truth DIR",
        )
    images = _images(folder)
    seen: dict[str, int] = {}
    pages = []
    for number, file in enumerate(files):
        image = images[number] if len(images) == len(files) else ""
        pages.append(TruthPage(file, image, seen.get(image, 0)))
        seen[image] = seen.get(image, 0) + 1
    return pages


def _images(folder: Path) -> list[str]:
    """The files of the pages' images, as the set's truth names them."""
    try:
        told = json.loads((folder / _SET_FILE).read_bytes())
        return [str(page["file"]) for page in told["pages"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


# What was read


class Readings:
    """What the reader says, by page. Raises LabError."""

    def __init__(self, path: Path, format: Format | None, pages: list[TruthPage]) -> None:
        self._found: dict[str, Reading] = {}
        self.parts: list[set[int]] | None = None
        if path.is_dir():
            files = [each for each in sorted(path.iterdir()) if each.is_file()]
        elif path.is_file():
            files = [path]
        else:
            raise LabError(f"{path}: no such file or folder")
        try:
            self._read(files, format, pages, alone=not path.is_dir())
            if path.is_dir() and (path / _PARTS_FILE).is_file():
                self.parts = _parts(path / _PARTS_FILE)
        except UnreadableReading as error:
            raise LabError(str(error)) from None
        except OSError as error:
            raise LabError(f"{error.filename or path}: cannot be read: {error.strerror or error}") from None
        if not self._found and self.parts is None:
            raise LabError(
                f"{path}: nothing there is about the pages of the set",
                hint=f"wanted are {pages[0].stem}.txt, .hocr, .xml (ALTO), .md or .json, and so on",
            )

    def _read(self, files: list[Path], format: Format | None, pages: list[TruthPage], *, alone: bool) -> None:
        groups = _groups(pages)
        seen: dict[tuple[str, bool], Path] = {}
        for file in files:
            if file.suffix == ".jsonl" and (alone or format == "json"):
                self._read_lines(file, pages)
                continue
            kind = SUFFIXES.get(file.suffix.lower())
            if kind is None or format not in (None, kind) or file.name.endswith(TRUTH_ENDINGS[0]):
                continue
            group = groups.get(_bare(file.name)) or (pages if alone else None)
            if group is None:
                continue
            has_text = kind in _WITH_TEXT
            before = seen.setdefault((group[0].stem, has_text), file)
            if before is not file:
                raise LabError(
                    f"{before} and {file.name} are about the same page", hint="--format says which is meant"
                )
            read = read_pages(file, kind)
            if len(read) == len(group) + 1 and read[-1].text is not None and not read[-1].text.strip():
                read.pop()  # behind the form feed at the end
            if len(read) > len(group):
                raise LabError(f"{file}: has {len(read)} pages; the image it is about has {len(group)}")
            for page, reading in zip(group, read, strict=False):
                self._add(page, reading)

    def _read_lines(self, file: Path, pages: list[TruthPage]) -> None:
        by_image = {page.image: page for page in pages}
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    told = json.loads(line)
                    page = by_image.get(told["file_name"])
                except (ValueError, KeyError, TypeError, RecursionError):
                    raise UnreadableReading(file, "is no JSON object with a file_name", number) from None
                if page is not None:
                    self._add(page, reading_of(told, file))

    def _add(self, page: TruthPage, reading: Reading) -> None:
        before = self._found.setdefault(page.stem, reading)
        if before is not reading:
            for name in ("text", "fields", "tables", "grids", "codes", "separator"):
                if getattr(before, name) is None:
                    setattr(before, name, getattr(reading, name))

    def of(self, page: TruthPage) -> Reading | None:
        """None where it says nothing."""
        return self._found.get(page.stem)

    def all(self) -> Iterable[Reading]:
        """All of them."""
        return self._found.values()


def _groups(pages: list[TruthPage]) -> dict[str, list[TruthPage]]:
    """Bare name of a reader's file -> the pages that it is about."""
    groups: dict[str, list[TruthPage]] = {}
    for page in pages:
        if page.image and Path(page.image).stem != page.stem:
            groups.setdefault(Path(page.image).stem, []).append(page)
    return {**groups, **{page.stem: [page] for page in pages}}


_MORE_SUFFIXES: Final = frozenset({".hocr", ".alto", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf", ".bmp"})


def _bare(name: str) -> str:
    """`page-0001` of `page-0001.jpg.alto.xml`."""
    path = Path(name)
    bare = path.stem
    while Path(bare).suffix.lower() in _MORE_SUFFIXES:
        bare = Path(bare).stem
    return bare


def _parts(path: Path) -> list[set[int]]:
    """Raises UnreadableReading, OSError."""
    try:
        told = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise UnreadableReading(path, "is no JSON") from None
    good = isinstance(told, list) and all(
        isinstance(each, list) and all(isinstance(number, int) for number in each) for each in told
    )
    if not good:
        raise UnreadableReading(path, "is no list of documents, each a list of numbers of pages")
    return [set(each) for each in told if each]
