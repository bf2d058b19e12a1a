"""A comparison with the truth as JUnit's XML, which build servers show: a test for each page and limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.documents.comparing.score import Count, value_of
from emulator.jobs.truth_compare import MEASURES, ComparedPage, Comparison, Limit, beyond
from emulator.reports.junit_document import Case, junit_document


def write_junit(found: Comparison, limits: list[Limit]) -> bytes:
    """The document, in UTF-8. Without limits each page is a test that tells its figures."""
    cases = list(_held(found, limits)) if limits else [_told(page) for page in found.pages]
    return junit_document("truth compare", cases)


def _held(found: Comparison, limits: list[Limit]) -> Iterator[Case]:
    for name, limit in limits:
        bare = name.removeprefix("set.")
        if bare != name:
            counts: dict[Any, Count] = dict(found.whole.counts)
            if found.documents is not None:
                counts["documents"] = found.documents
            yield _case("set", "all pages", bare, counts, limit)
            continue
        for page in found.pages:
            yield _case(page.kind, page.page.stem, bare, page.score.counts, limit, page)


def _told(page: ComparedPage) -> Case:
    figures = [f"{name} {page.score.value(name):.4f}" for name in MEASURES if name in page.score.counts]
    return Case(page.kind, page.page.stem, out="\n".join(figures))


def _case(
    kind: str,
    name: str,
    measure: Any,
    counts: Mapping[Any, Count],
    limit: float,
    page: ComparedPage | None = None,
) -> Case:
    count = counts[measure]
    group = f"{kind}.{measure}"
    if said := beyond(measure, count, limit):
        return Case(group, name, "failure", message=f"{measure} {said}", text=_worst(page))
    return Case(group, name, out=f"{measure} {value_of(measure, count):.4f}")


def _worst(page: ComparedPage | None) -> str:
    if page is None:
        return ""
    words = [f"{wrong.word.text!r}: {wrong.read!r}" for wrong in page.score.wrong_words[:20]]
    fields = [f"{name}: {true!r}: {read!r}" for name, true, read in page.score.wrong_fields[:20]]
    return "\n".join([*words, *fields])
