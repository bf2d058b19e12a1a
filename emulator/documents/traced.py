"""Pages of any source with the traces that a scanner leaves on all that it scans (a profile's `[traces]`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PIL import Image

from emulator.documents.invention import number_from
from emulator.documents.traces import TracePlan, apply
from emulator.documents.truth import PageTruth
from emulator.imaging.pages import Page, PageSource, Wanted
from emulator.imaging.pixels import on_white
from emulator.imaging.placement import place
from emulator.imaging.samples import DeepImage

_UNKNOWN_PPI: Final = 300.0


class TracedSource:
    """A source whose pages are drawn as they are and then get the traces of `plan`: of 8 bits a channel, grey or
    RGB. The same source, plan and seed give the same pages."""

    def __init__(self, source: PageSource, plan: TracePlan, seed: int, *, passed: int | None = None) -> None:
        """`passed`: how many pages the scanner has scanned before, which decides the traces; None: the number of
        the page in the source does."""
        self._source = source
        self._plan = plan
        self._seed = seed
        self._passed = passed
        self.last_truth: PageTruth | None = None
        """Of the page that `page` gave last, where the source knows it."""

    def __len__(self) -> int:
        return len(self._source)

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Page `index` (from 0) with its traces. Raises IndexError, SourceError."""
        page = self._source.page(index, None if wanted is None else replace(wanted, deep=False))
        image = page.image
        assert not isinstance(image, DeepImage), "none was wanted"
        if image.mode not in {"1", "L", "RGB"}:
            image = _on_paper(image)
        traced = apply(
            image,
            _ppi(page, image, wanted),
            self._plan,
            number_from("scanner", self._seed, index if self._passed is None else self._passed),
            feed_seed=number_from("scanner", self._seed),
            take=True,
        )
        known: PageTruth | None = getattr(self._source, "last_truth", None)
        move = traced.map if traced.map is not None else traced.point_map
        if known is not None and move is not None:
            known = known.mapped(move, traced.image.size)
        self.last_truth = known
        return replace(page, image=traced.image)

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def _on_paper(image: Image.Image) -> Image.Image:
    return on_white(image, "L" if image.mode in {"LA", "I", "F"} or image.mode.startswith("I;") else "RGB")


def _ppi(page: Page, image: Image.Image, wanted: Wanted | None) -> float:
    """Pixels per inch of the page as it will lie on the medium; of unequal ones the mean."""
    if page.dpi is not None:
        return (page.dpi[0] + page.dpi[1]) / 2
    if wanted is None:
        return _UNKNOWN_PPI
    lie = place(image.size, None, wanted.medium)
    return image.width / lie.width * 1000
