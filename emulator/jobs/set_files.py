"""What stands beside the pages of a run of `render`: truths of the set, COCO, Donut, the gallery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from emulator import documents
from emulator.documents.datasets import COCO_FILE, DONUT_FILE
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.whole_file import part_of
from emulator.jobs.documents import TRUTH_ENDINGS, page_stem

if TYPE_CHECKING:
    from emulator.documents import PageTruth


@dataclass(frozen=True, slots=True)
class SetFiles:
    """Which there are."""

    title: str
    truth: bool
    """It is known what is on the pages."""
    alto: bool
    hocr: bool
    coco: bool
    donut: bool
    gallery: bool

    def names(self, pages: int) -> list[str]:
        """Names of the files of the set."""
        truth = [f"set{TRUTH_ENDINGS[0]}", *[COCO_FILE] * self.coco, *[DONUT_FILE] * self.donut]
        return [*truth * self.truth, *(documents.gallery_files(pages) if self.gallery else ())]

    def write(self, folder: Path, images: Sequence[Path], truths: Sequence[PageTruth] | None = None) -> Path | None:
        """Write them for pages that are there; returns the gallery. Raises OSError, LabError.

        - `images`: of each page, or one of all.
        - `truths`: of each page in short, where they are known; None: from the pages' files.
        """
        if truths is None:
            truths = [_short(truth) for truth in _truths(folder, len(images))] if self.truth else []
        if truths:
            whole = images[0].name if len(images) == 1 < len(truths) else ""
            names = [whole] * len(truths) if whole else [path.name for path in images]
            documents.write_set_truth(folder, self.title, zip(truths, names, strict=True))
            if self.coco:
                with part_of(folder / COCO_FILE) as part:
                    documents.write_coco(part, self.title, zip(_truths(folder, len(names)), names, strict=True))
            if self.donut:
                with part_of(folder / DONUT_FILE) as part:
                    documents.write_donut(part, zip(_truths(folder, len(names)), names, strict=True))
        return self._gallery(folder, images, truths) if self.gallery else None

    def _gallery(self, folder: Path, images: Sequence[Path], truths: Sequence[PageTruth]) -> Path:
        exhibits = []
        for number, path in enumerate(images):
            known = truths[number] if truths else None
            marks = ", ".join(f"{trace.name} {trace.strength:g}" for trace in known.traces) if known else ""
            exhibits.append(documents.Exhibit(path, marks or (known.kind if known else path.name), path.name))
        try:
            return documents.write_gallery(folder, self.title, exhibits)[0]
        except documents.GalleryError as error:
            raise LabError(str(error), ExitCode.FAILED) from None


def _truths(folder: Path, pages: int) -> Iterator[PageTruth]:
    """The truth of each page from its file: of a long run not all are in memory."""
    for number in range(1, pages + 1):
        path = folder / f"{page_stem(number)}{TRUTH_ENDINGS[0]}"
        try:
            yield documents.read_truth(path)
        except ValueError as error:
            raise LabError(f"{path}: {error}", ExitCode.FAILED) from None


def _short(truth: PageTruth) -> PageTruth:
    """What the set's truth needs of it."""
    return replace(truth, words=(), lines=(), fields=(), tables=(), regions=())
