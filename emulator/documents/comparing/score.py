"""How well a page was read: errors of characters and words; what was found of fields, cells, codes, separators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from emulator.documents.comparing.alignment import align, distance, nearest_part
from emulator.documents.comparing.cells import cells_by_key, cells_by_text
from emulator.documents.comparing.reading import Reading
from emulator.documents.comparing.texts import Rules, is_alone, join
from emulator.documents.truth import PageTruth, Word

Measure = Literal[
    "character_error", "word_error", "character_error_any_order", "word_error_any_order",
    "fields", "cells", "codes", "separators",
]  # fmt: skip
ERRORS: Final[tuple[Measure, ...]] = (
    "character_error",
    "word_error",
    "character_error_any_order",
    "word_error_any_order",
)
"""Smaller is better."""
FOUND: Final[tuple[Measure, ...]] = ("fields", "cells", "codes", "separators")
"""Larger is better: the F1 of what was found, 1 where all is right and nothing is said beside it."""
SEPARATORS: Final = frozenset({"patch-sheet", "separator", "patcht-sheet", "tag-sheet"})
"""Kinds of documents that stand between others."""
KEPT: Final = frozenset({"tag-sheet"})
"""Those of them that paperless-ngx keeps as the first page of what they begin."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a figure is made of; figures of several pages are made of the sums."""

    wrong: int = 0
    """Errors; of what is found: what is missed or false, and what is said beside it."""
    of: int = 0
    """Characters or words in the truth; of what is found: entries of the truth and of the reader together."""

    def __add__(self, other: Count) -> Count:
        return Count(self.wrong + other.wrong, self.of + other.of)

    @property
    def error(self) -> float:
        """Errors by what is true; 0 where nothing is true and nothing was read, else infinite or more than 1."""
        if self.of:
            return self.wrong / self.of
        return float("inf") if self.wrong else 0.0

    @property
    def found(self) -> float:
        """F1, from 0 to 1."""
        return 1 - self.wrong / self.of if self.of else 1.0


@dataclass(frozen=True, slots=True)
class WrongWord:
    """A word that was not read as it stands."""

    word: Word
    read: str
    """What stands in its place; '' for nothing."""
    errors: int
    """Characters."""


@dataclass(slots=True)
class PageScore:
    """How well a page was read. A measure that the reader says nothing of is not there."""

    counts: dict[Measure, Count] = field(default_factory=dict)
    words: dict[str, Count] = field(default_factory=dict)
    """Words that were not found, by whose they are: `printed`, `hand`, `stamp`, `fax`, `double_feed`."""
    wrong_words: list[WrongWord] = field(default_factory=list)
    wrong_fields: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, what is true, what was read; '' for nothing."""

    def value(self, measure: Measure) -> float:
        """The figure of a measure."""
        return value_of(measure, self.counts[measure])


def value_of(measure: Measure, count: Count) -> float:
    """The figure that a count makes."""
    return count.error if measure in ERRORS else count.found


def total(scores: Iterable[PageScore]) -> PageScore:
    """All pages together, by the sums of what their figures are made of; without single words and fields."""
    whole = PageScore()
    for score in scores:
        for measure, count in score.counts.items():
            whole.counts[measure] = whole.counts.get(measure, Count()) + count
        for name, count in score.words.items():
            whole.words[name] = whole.words.get(name, Count()) + count
    return whole


def told(readings: Iterable[Reading]) -> set[str]:
    """What a reader speaks of at all: `text`, `fields`, `tables`, `grids`, `codes`, `separator`. On a page where it
    says nothing of these it has found none."""
    names = ("text", "fields", "tables", "grids", "codes", "separator")
    return {name for each in readings for name in names if getattr(each, name) is not None}


def score_page(truth: PageTruth, reading: Reading, rules: Rules, speaks_of: set[str]) -> PageScore:
    """Hold what was read against what is true. Words, fields, cells and codes that are cut or hidden in part need
    not be read; they count as wrong nowhere."""
    score = PageScore()
    if "text" in speaks_of:
        _score_text(score, truth, reading.text or "", rules)
    if "fields" in speaks_of:
        score.counts["fields"] = _fields(score, truth, reading.fields or {}, rules)
    if "tables" in speaks_of:
        score.counts["cells"] = Count(*cells_by_key(truth.tables, reading.tables or {}, rules, same))
    elif "grids" in speaks_of:
        score.counts["cells"] = Count(*cells_by_text(truth.tables, reading.grids or [], rules, same))
    if "codes" in speaks_of:
        score.counts["codes"] = _codes(truth, reading.codes or [])
    if "separator" in speaks_of:
        right = (truth.kind in SEPARATORS) == bool(reading.separator)
        score.counts["separators"] = Count(0 if right else 1, 1)
    return score


# Text


def true_text(truth: PageTruth, rules: Rules) -> list[str]:
    """The lines of a page as they are compared, in the order of the truth; without words that are cut."""
    by_line: dict[int, list[str]] = {}
    for word in truth.words:
        if not word.partly:
            by_line.setdefault(word.line, []).append(word.text)
    return [rules.normal(" ".join(by_line[line.number])) for line in truth.lines if line.number in by_line]


def _score_text(score: PageScore, truth: PageTruth, text: str, rules: Rules) -> None:
    order = {line.number: place for place, line in enumerate(truth.lines)}
    words = sorted((w for w in truth.words if not w.partly), key=lambda word: order.get(word.line, len(order)))
    tokens = [(token, word) for word in words for token in rules.words(word.text)]
    true = [token for token, _ in tokens]
    read = _without_cut(rules.words(text), truth, true, rules)
    edits = align(true, read)
    score.counts["word_error"] = Count(sum(edit.step != "equal" for edit in edits), len(true))
    true_line, read_line = join(true), join(read)
    score.counts["character_error"] = Count(distance(true_line, read_line), len(true_line))

    equal = {edit.true for edit in edits if edit.step == "equal"}
    spare = Counter(read) - Counter(true[at] for at in equal if at is not None)
    missed = []
    for at, (token, _) in enumerate(tokens):
        if at in equal:
            continue
        if spare[token] > 0:
            spare[token] -= 1  # it stands elsewhere
        else:
            missed.append(at)
    score.counts["word_error_any_order"] = Count(max(len(missed), +spare.total()), len(true))
    lines = true_text(truth, rules)
    score.counts["character_error_any_order"] = Count(_any_order(lines, read_line), sum(map(len, lines)))
    lost = set(missed)
    for at, (token, word) in enumerate(tokens):
        whose = word.source if word.source != "document" else "hand" if word.hand else "printed"
        score.words[whose] = score.words.get(whose, Count()) + Count(int(at in lost), 1)
        if at in lost:
            other = _most_like(token, spare)
            score.wrong_words.append(WrongWord(word, other, distance(token, other)))


_TRIED: Final = 1000
"""Words among which one that was misread is looked for."""


def _most_like(token: str, spare: Counter[str]) -> str:
    """The word that was read and is nowhere true which is most like `token`, and is taken from the others; '' where
    none is near."""
    near = ""
    least = len(token) * _LIKE
    for other, _ in zip(+spare, range(_TRIED), strict=False):
        if abs(len(other) - len(token)) <= least and (errors := distance(token, other)) <= least:
            near, least = other, errors - 0.5
    if near:
        spare[near] -= 1
    return near


def _without_cut(read: list[str], truth: PageTruth, true: list[str], rules: Rules) -> list[str]:
    """What was read of words that are cut, as far as it is the whole word, is neither right nor wrong."""
    cut = Counter(token for word in truth.words if word.partly for token in rules.words(word.text))
    if not cut:
        return read
    left_out = set()
    for edit in align(true, read):
        if edit.step != "equal" and edit.read is not None and cut[read[edit.read]] > 0:
            cut[read[edit.read]] -= 1
            left_out.add(edit.read)
    return [token for at, token in enumerate(read) if at not in left_out]


_LIKE: Final = 0.5
"""Of its characters a line must be found with fewer errors, else it counts as not found."""


def _any_order(lines: list[str], read: str) -> int:
    """Errors of characters where the order of lines does not count: each line, the longest first, takes the part
    of what was read that is most like it. What is left on both sides stands against each other.

    After C. Clausner, S. Pletschacher, A. Antonacopoulos, "Flexible character accuracy measure for reading-order-
    independent evaluation", Pattern Recognition Letters 131 (2020)."""
    parts = [read]
    rest = []
    for line in sorted(lines, key=len, reverse=True):
        place = next(((n, at) for n, part in enumerate(parts) if (at := _whole(line, part)) >= 0), None)
        if place is None:
            rest.append(line)
        else:
            _take_out(parts, place[0], place[1], place[1] + len(line))
    errors = missed = 0
    for line in rest:
        best = min(
            ((*nearest_part(line, part), number) for number, part in enumerate(parts)),
            key=lambda found: found[2],
            default=(0, 0, len(line), 0),
        )
        begin, end, errors_here, number = best
        if errors_here < len(line) * _LIKE:
            errors += errors_here
            _take_out(parts, number, begin, end)
        else:
            missed += len(line)
    return errors + max(missed, sum(len(part.replace(" ", "")) for part in parts))


def _take_out(parts: list[str], number: int, begin: int, end: int) -> None:
    part = parts[number]
    parts[number : number + 1] = [each for each in (part[:begin].strip(), part[end:].strip()) if each]


def _whole(line: str, part: str) -> int:
    """Where a line stands in a text, not inside of a word; -1: nowhere."""
    at = part.find(line)
    while at >= 0:
        end = at + len(line)
        before, after = part[at - 1 : at], part[end : end + 1]
        if not (_one_word(before, line[0]) or _one_word(line[-1], after)):
            return at
        at = part.find(line, at + 1)
    return -1


def _one_word(left: str, right: str) -> bool:
    """Return whether two characters side by side are of one word."""
    return left.isalnum() and right.isalnum() and not is_alone(left) and not is_alone(right)


# Fields and codes


def same(true: str, read: str, rules: Rules) -> bool:
    """Return whether two values are the same: texts as words, numbers by what they are worth."""
    if rules.words(true) == rules.words(read):
        return True
    try:
        return Decimal(true) == Decimal(read)
    except InvalidOperation:
        return False


def _fields(score: PageScore, truth: PageTruth, read: Mapping[str, list[str]], rules: Rules) -> Count:
    said = {name: list(values) for name, values in read.items()}
    wrong = of = 0
    for entry in truth.fields:
        values = said.get(entry.name, [])
        found = next((value for value in values if same(entry.value, value, rules)), None)
        if found is not None:
            values.remove(found)
            of += 0 if entry.partly else 2
        elif not entry.partly:
            other = values.pop(0) if values else None
            wrong += 1 if other is None else 2
            of += 1 if other is None else 2
            score.wrong_fields.append((entry.name, entry.value, other or ""))
    surplus = sum(map(len, said.values()))
    score.wrong_fields += [(name, "", value) for name, values in said.items() for value in values]
    return Count(wrong + surplus, of + surplus)


def _codes(truth: PageTruth, read: list[str]) -> Count:
    said, true = Counter(read), Counter(code.value for code in truth.codes if not code.partly)
    optional = Counter(code.value for code in truth.codes if code.partly)
    right = (said & true).total()
    surplus = (said - true - optional).total()
    missed = true.total() - right
    return Count(missed + surplus, 2 * right + missed + surplus)
