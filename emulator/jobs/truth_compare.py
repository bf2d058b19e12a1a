"""`truth compare`: what a reader made of the pages of a set, held against their truth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from emulator.documents.comparing.reading import Reading
from emulator.documents.comparing.score import (
    ERRORS,
    FOUND,
    KEPT,
    SEPARATORS,
    Count,
    Measure,
    PageScore,
    WrongWord,
    score_page,
    told,
    total,
    value_of,
)
from emulator.documents.comparing.texts import Ignored, Rules
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.whole_file import not_written, part_of, require_free
from emulator.jobs.readings import Readings, TruthPage, truth_pages
from emulator.options.truth import CompareOptions

MEASURES: Final = (*ERRORS, *FOUND)


@dataclass(slots=True)
class ComparedPage:
    """How a page was read."""

    page: TruthPage
    number: int
    """In the stack, from 1."""
    kind: str
    language: str
    score: PageScore
    is_read: bool
    """Whether the reader says anything of it."""
    beyond: list[str] = field(default_factory=list)
    """Limits that it exceeds, in words."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "page": self.number,
            "name": self.page.stem,
            "kind": self.kind,
            "language": self.language,
            "read": self.is_read,
            **figures(self.score),
            "wrong_words": [
                {"true": wrong.word.text, "read": wrong.read, "errors": wrong.errors}
                for wrong in self.score.wrong_words
            ],
            "wrong_fields": [
                {"name": name, "true": true, "read": read} for name, true, read in self.score.wrong_fields
            ],
            "beyond": self.beyond,
        }


@dataclass(slots=True)
class Comparison:
    """How a set was read."""

    pages: list[ComparedPage]
    documents: Count | None = None
    """How the stack was cut: documents that have just their pages, on both sides."""
    beyond: list[str] = field(default_factory=list)
    """Limits of the whole set that it exceeds, in words."""
    pictures: Path | None = None
    """The page that shows the worst words."""
    notes: list[str] = field(default_factory=list)
    """What a person should know, one line each."""

    @property
    def whole(self) -> PageScore:
        """All pages together."""
        return total(page.score for page in self.pages)

    def by(self, what: str) -> dict[str, PageScore]:
        """All pages of each `kind` or `language`, by its name."""
        names = sorted({getattr(page, what) for page in self.pages})
        return {name: total(p.score for p in self.pages if getattr(p, what) == name) for name in names}

    @property
    def exit_code(self) -> ExitCode:
        """FAILED where a limit is exceeded."""
        failed = self.beyond or any(page.beyond for page in self.pages)
        return ExitCode.FAILED if failed else ExitCode.OK

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "whole": figures(self.whole),
            "documents": None if self.documents is None else _number(self.documents.found),
            "by_kind": {name: figures(score) for name, score in self.by("kind").items()},
            "by_language": {name: figures(score) for name, score in self.by("language").items()},
            "pages": [page.as_dict() for page in self.pages],
            "not_read": [page.page.stem for page in self.pages if not page.is_read],
            "beyond": self.beyond,
            "worst": None if self.pictures is None else str(self.pictures),
            "notes": self.notes,
        }


def figures(score: PageScore) -> dict[str, Any]:
    """The figures of a score, with what they are made of."""
    return {
        "figures": {name: _number(score.value(name)) for name in MEASURES if name in score.counts},
        "counts": {
            name: {"wrong": score.counts[name].wrong, "of": score.counts[name].of}
            for name in MEASURES
            if name in score.counts
        },
        "words": {name: {"lost": count.wrong, "of": count.of} for name, count in sorted(score.words.items())},
    }


def _number(value: float) -> float | None:
    """JSON has no infinity: None, where something was read and nothing is true."""
    return round(value, 6) if math.isfinite(value) else None


def compare_truth(options: CompareOptions) -> Comparison:
    """Score all pages; writes what the options ask for. Raises LabError."""
    limits = _limits(options.limits)
    if options.junit is not None:
        require_free(options.junit, "--junit", overwrite=options.overwrite)
    pages = truth_pages(options.truth)
    readings = Readings(options.reading, options.format, pages)
    ignored: list[Ignored] = [*["case"] * options.ignore_case, *["punctuation"] * options.ignore_punctuation]  # type: ignore[list-item]
    rules = Rules(frozenset(ignored))
    speaks_of = told(readings.all())
    found = Comparison([])
    stack = _Stack()
    for page in pages:
        truth, reading = page.truth(), readings.of(page)
        number = truth.index + 1
        stack.add(truth.document, number, truth.kind)
        score = score_page(truth, reading or Reading(), rules, speaks_of)
        compared = ComparedPage(page, number, truth.kind, truth.language, score, reading is not None)
        compared.beyond = list(_beyond(score.counts, limits, ""))
        found.pages.append(compared)
    found.documents = stack.cut(readings.parts)
    counts: dict[str, Count] = {str(name): count for name, count in found.whole.counts.items()}
    if found.documents is not None:
        counts["documents"] = found.documents
    found.beyond = list(_beyond(counts, limits, "set."))
    unsaid = sorted({name for name, _ in limits if name.removeprefix("set.") not in counts})
    if unsaid:
        raise LabError(f"--limit {unsaid[0]}: the reader says nothing of it; there are: {', '.join(counts)}")
    _write(found, options, limits)
    return found


def _write(found: Comparison, options: CompareOptions, limits: list[Limit]) -> None:
    """Write what the options ask for. Raises LabError."""
    if options.worst is not None:
        from emulator.jobs.worst_words import write_worst_words

        try:
            found.pictures = write_worst_words(found, options)
        except OSError as error:
            raise not_written(options.worst, error, "--worst") from None
    if options.junit is not None:
        from emulator.jobs.junit import write_junit

        try:
            with part_of(options.junit) as part:
                part.write_bytes(write_junit(found, limits))
        except OSError as error:
            raise not_written(options.junit, error, "--junit") from None


def worst_words(found: Comparison, most: int) -> list[tuple[ComparedPage, WrongWord]]:
    """The words with the most wrong characters, those first of which the larger part is wrong."""
    every = ((page, wrong) for page in found.pages for wrong in page.score.wrong_words)
    order = sorted(
        every, key=lambda each: (-each[1].errors, -each[1].errors / len(each[1].word.text), each[0].number)
    )
    return order[:most]


class _Stack:
    """Which pages are a document."""

    def __init__(self) -> None:
        self._documents: dict[int, set[int]] = {}
        self._between: set[int] = set()
        """Documents that are sheets between others."""
        self._optional: set[int] = set()
        """Pages of such sheets that pipelines leave in what they begin: those with tags."""

    def add(self, document: int, number: int, kind: str) -> None:
        """One page, in order."""
        self._documents.setdefault(document, set()).add(number)
        if kind in SEPARATORS:
            self._between.add(document)
        if kind in KEPT:
            self._optional.add(number)

    def cut(self, parts: list[set[int]] | None) -> Count | None:
        """How many documents a reader has cut as they are; None where it says nothing of it."""
        if parts is None:
            return None
        true = [pages for document, pages in self._documents.items() if document not in self._between]
        told = [left for each in parts if (left := each - self._optional)]
        right = sum(each in told for each in true)
        return Count(len(true) + len(told) - 2 * right, len(true) + len(told))


# Limits


Limit = tuple[str, float]


def _limits(said: Iterable[str]) -> list[Limit]:
    """Raises LabError."""
    found = []
    for text in said:
        name, equals, number = text.partition("=")
        bare = name.removeprefix("set.")
        if not equals or (bare not in MEASURES and name != "set.documents"):
            names = ", ".join((*MEASURES, "set.documents"))
            raise LabError(f"--limit {text}: NAME=VALUE is wanted; names: {names}, and set.NAME of all pages")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not 0 <= value <= 1:
            raise LabError(f"--limit {text}: {number!r} is no number from 0 to 1")
        found.append((name, value))
    return found


def _beyond(counts: Mapping[Any, Count], limits: list[Limit], prefix: str) -> Iterator[str]:
    for name, limit in limits:
        bare = name.removeprefix("set.")
        if name.startswith("set.") != bool(prefix) or bare not in counts:
            continue
        if said := beyond(bare, counts[bare], limit):
            yield f"{name}: {said}"


def beyond(measure: str, count: Count, limit: float) -> str:
    """What is to be said of a figure that is worse than its limit; '' of one that is not."""
    known: Measure = measure  # type: ignore[assignment]  # or documents, which is found
    value = value_of(known, count)
    if known in ERRORS:
        return f"{value:.4f} is more than {limit:g}" if value > limit else ""
    return f"{value:.4f} is less than {limit:g}" if value < limit else ""
