"""How many pages: the first of the files, the files again and again, or letters where there is no file."""

from __future__ import annotations

from emulator.imaging.coded import CodedPage, CodedSource, Coding
from emulator.imaging.letter import LetterSource
from emulator.imaging.pages import Page, PageSource, Wanted
from emulator.wsscan.values.geometry import Dimensions


class _Arranged:
    """`count` pages: those of `source` (over and over with `repeat`), then those of `letters`."""

    def __init__(self, source: PageSource, count: int, *, repeat: bool, letters: PageSource | None) -> None:
        self._source = source
        self._count = count
        self._repeat = repeat
        self._letters = letters

    def __len__(self) -> int:
        return self._count

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        if not 0 <= index < self._count:
            raise IndexError(index)
        length = len(self._source)
        if self._letters is not None and index >= length:
            return self._letters.page(index, wanted)
        return self._source.page(index % length, wanted)

    def coded(self, index: int, coding: Coding) -> CodedPage | None:
        length = len(self._source)
        if not isinstance(self._source, CodedSource) or (self._letters is not None and index >= length):
            return None
        return self._source.coded(index % length, coding)

    def close(self) -> None:
        self._source.close()
        if self._letters is not None:
            self._letters.close()


def arrange(
    source: PageSource | None,
    *,
    pages: int | None = None,
    repeat: bool = False,
    seed: int = 0,
    device: str = "Office MFP",
    job: str = "",
    size: Dimensions | None = None,
) -> PageSource:
    """The pages of a job. `pages` is always how many come out (None: all of `source`; one letter where
    there is none): more are cut off; of what is missing `repeat` makes the source come again, and without
    it pages of a synthetic letter follow, numbered on (`seed`, `device`, `job`, `size`: LetterSource).

    Raises ValueError for fewer than one page, and for a source without pages that is to be repeated.

    - `source`: where pages come from; None for letters alone.
    - `pages`: how many come out; None for all of `source`.
    - `repeat`: whether `source` comes again where it is too short.
    - `seed`: chooses the letters that follow.
    - `device`: named on them.
    - `job`: named on them.
    - `size`: of them.
    """
    if pages is not None and pages < 1:
        raise ValueError(f"{pages} pages: at least one is needed")
    if source is None:
        return LetterSource(pages or 1, seed=seed, device=device, job=job, size=size)
    if pages is None or pages == len(source):
        return source
    if repeat and not len(source):
        raise ValueError("there is no page to repeat")
    letters = None
    if pages > len(source) and not repeat:
        letters = LetterSource(pages, seed=seed, device=device, job=job, size=size)
    return _Arranged(source, pages, repeat=repeat, letters=letters)
