"""Layouts: each plan of each kind in each language keeps its page in order, and says what the kind says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import pytest
from document_pages import source_of, wanted
from PIL import Image

from emulator.documents import DocumentSetError, DocumentSource
from emulator.documents.countries import country
from emulator.documents.kinds import KINDS
from emulator.documents.kinds.kind import Job
from emulator.documents.languages import codes, language
from emulator.documents.layouts.choosing import Plan, plan_of
from emulator.documents.sheet import letters_of
from emulator.documents.truth import PageTruth, Polygon, Table

PLANS = [(kind.name, plan) for kind in KINDS.values() for plan in kind.plans]
EXHAUSTIVE = os.environ.get("DSM_EXHAUSTIVE") == "1"
PPI = 60


def laid_out(kind: str, plan: str, code: str = "en", pages: int = 1, seed: int = 0) -> DocumentSource:
    more = f"\npages = {pages}" if KINDS[kind].many_pages and pages > 1 else ""
    return source_of(f'kind = "{kind}"\nlayout = "{plan}"{more}', language=code, seed=seed)


def truths(source: DocumentSource, ppi: int = PPI) -> list[PageTruth]:
    return [source.truth(index, wanted(ppi)) for index in range(len(source))]


def box(polygon: Polygon) -> tuple[float, float, float, float]:
    xs, ys = zip(*polygon, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def in_disorder(truth: PageTruth) -> Iterator[str]:
    """What leaves the page, and printed words that stand upon each other or on a code; a pen may cross print."""
    found = [(box(word.polygon), word.text, word.hand) for word in truth.words]
    found += [(box(code.polygon), code.kind, False) for code in truth.codes]
    wide, tall = truth.image
    for place, text, _ in found:
        if place[0] < 2 or place[1] < 1 or place[2] > wide - 2 or place[3] > tall - 2:
            yield f"{text} leaves the page"
    found.sort()
    for number, (a, text, hand) in enumerate(found):
        for b, other, other_hand in found[number + 1 :]:
            if b[0] >= a[2]:
                break
            across, down = min(a[2], b[2]) - b[0], min(a[3], b[3]) - max(a[1], b[1])
            if across > 1.5 and down > max(2.5, 0.4 * min(a[3] - a[1], b[3] - b[1])) and not (hand or other_hand):
                yield f"{text} stands upon {other}"


def languages_of(number: int) -> tuple[str, ...]:
    """Two of them for each plan, so that each comes many times; all in the long run."""
    known = codes()
    return known if EXHAUSTIVE else (known[number % len(known)], known[(number * 5 + 7) % len(known)])


@pytest.mark.parametrize(("kind", "plan", "number"), [(kind, plan, n) for n, (kind, plan) in enumerate(PLANS)])
def test_a_page_is_in_order(kind: str, plan: Plan, number: int) -> None:
    for code in languages_of(number):
        for seed in range(4 if EXHAUSTIVE else 1):
            for truth in truths(laid_out(kind, plan.name, code, pages=3, seed=seed)):
                assert [*in_disorder(truth)] == [], (code, seed, truth.page_of_document)


def test_every_kind_that_people_lay_out_has_six_to_ten_plans() -> None:
    counts = {kind.name: len(kind.plans) for kind in KINDS.values() if kind.plans}
    assert {"letter", "invoice", "order-form", "statement", "receipt"} <= set(counts)
    assert {"delivery-note", "payslip", "form", "table-sheet"} <= set(counts)
    assert all(6 <= count <= 10 for count in counts.values()), counts
    assert all(len({plan.name for plan in kind.plans}) == len(kind.plans) for kind in KINDS.values())


@pytest.mark.parametrize(
    "kind", [kind.name for kind in KINDS.values() if kind.plans and kind.name != "table-sheet"]
)
@pytest.mark.parametrize("code", ["de", "ar", "hi"])
def test_a_kind_has_the_same_fields_in_every_plan(kind: str, code: str) -> None:
    found = {
        plan.name: {field.name for truth in truths(laid_out(kind, plan.name, code), 25) for field in truth.fields}
        for plan in KINDS[kind].plans
    }
    some = {"statement": {"address"}, "payslip": {"address"}}.get(kind, set())  # in the window of an envelope
    fields = {frozenset(names - some) for names in found.values()}
    assert len(fields) == 1, found


def test_papers_of_a_plan_differ_in_where_things_stand() -> None:
    for kind in ("invoice", "letter", "statement", "order-form", "receipt", "delivery-note", "payslip", "form"):
        places = set()
        for plan in KINDS[kind].plans:
            (truth, *_) = truths(laid_out(kind, plan.name), 25)
            first = {field.name: field.polygon[0] for field in truth.fields}
            places.add(tuple(sorted((name, round(x / 3), round(y / 3)) for name, (x, y) in first.items())))
        assert len(places) == len(KINDS[kind].plans)


def test_a_seed_chooses_among_the_plans_of_the_country_and_the_paper() -> None:
    for kind in ("invoice", "letter"):
        plans = KINDS[kind].plans
        for code in ("de", "fr", "en"):
            words, home = language(code), country(code).code
            own = {plan.name for plan in plans if not plan.paper and (not plan.countries or home in plan.countries)}
            assert {plan_of(plans, Job(seed, words, 0, 1)).name for seed in range(150)} == own
            letter = {plan_of(plans, Job(seed, words, 0, 1, size="Letter")).name for seed in range(9)}
            assert letter == {"us-letter"}
            assert {plan_of(plans, Job(seed, words, 0, 1, size="A5")).name for seed in range(9)} <= own
    source = source_of(*['kind = "invoice"'] * 9, seed=3)
    columns = {plan_columns(source.truth(index, wanted(20))) for index in range(9)}
    assert len(columns) >= 4
    (truth,) = truths(source_of('kind = "invoice"\nsize = "Letter"'))
    assert plan_columns(truth) == ("quantity", "article", "item", "price", "amount")


def plan_columns(truth: PageTruth) -> tuple[str, ...]:
    return table_of(truth, "items").columns


def test_a_named_layout_brings_its_paper() -> None:
    for kind in ("invoice", "letter", "delivery-note"):
        (truth, *_) = truths(laid_out(kind, "us-letter"), 100)
        assert truth.sheet == (8500, 11000)
    (truth,) = truths(source_of('kind = "letter"\nlayout = "us-letter"\nsize = "A4"'), 100)
    assert truth.sheet[0] == pytest.approx(8268, abs=8)


def test_a_layout_that_there_is_not_is_told() -> None:
    with pytest.raises(DocumentSetError, match="'spiral' is not allowed; allowed: bar, din-5008, band, "):
        source_of('kind = "invoice"\nlayout = "spiral"')
    with pytest.raises(DocumentSetError, match="a document of kind 'cheque' has no layout"):
        source_of('kind = "cheque"\nlayout = "bar"')


def table_of(truth: PageTruth, name: str) -> Table:
    return next(table for table in truth.tables if table.name == name)


def rows_of(found: list[PageTruth], name: str) -> list[dict[str, str]]:
    numbers = [row.number for truth in found for table in truth.tables if table.name == name for row in table.rows]
    assert numbers == list(range(1, len(numbers) + 1))
    return [
        {cell.column: cell.value for cell in row.cells}
        for truth in found
        for table in truth.tables
        if table.name == name
        for row in table.rows
    ]


def fields_of(found: list[PageTruth]) -> dict[str, str]:
    return {field.name: field.value for truth in found for field in truth.fields}


@pytest.mark.parametrize("plan", [plan.name for plan in KINDS["invoice"].plans])
def test_sums_are_carried_from_page_to_page(plan: str) -> None:
    found = truths(laid_out("invoice", plan, "it", pages=3, seed=6), 25)
    rows = rows_of(found, "items")
    total, seen = Decimal(0), 0
    for number, truth in enumerate(found):
        count = len(table_of(truth, "items").rows)
        total += sum(Decimal(row["amount"]) for row in rows[seen : seen + count])
        seen += count
        texts = [cell.text for row in table_of(truth, "items").rows for cell in row.cells if cell.column == "item"]
        assert len(set(texts)) == len(texts)
        own = {field.name: field.value for field in truth.fields}
        assert ("carried" in own) == (number < 2)
        assert Decimal(own.get("carried", own.get("subtotal", "0"))) == total
    prices: dict[str, str] = {}
    for row in rows:
        assert prices.setdefault(row["item"], row["price"]) == row["price"]


@pytest.mark.parametrize("plan", [plan.name for plan in KINDS["delivery-note"].plans])
def test_no_more_is_delivered_than_was_ordered(plan: str) -> None:
    less = 0
    for seed in range(6):
        rows = rows_of(truths(laid_out("delivery-note", plan, "pl", pages=2, seed=seed), 25), "items")
        assert all(0 < int(row["delivered"]) <= int(row["ordered"]) for row in rows)
        less += sum(int(row["delivered"]) < int(row["ordered"]) for row in rows)
    assert less


@pytest.mark.parametrize("code", codes())
def test_what_is_paid_out_is_what_was_earned_without_deductions(code: str) -> None:
    for plan in KINDS["payslip"].plans:
        found = truths(laid_out("payslip", plan.name, code, seed=9), 20)
        earned = sum(Decimal(row["amount"]) for row in rows_of(found, "earnings"))
        kept = sum(Decimal(row["amount"]) for row in rows_of(found, "deductions"))
        fields = fields_of(found)
        assert (Decimal(fields["gross_pay"]), Decimal(fields["total_deductions"])) == (earned, kept)
        assert Decimal(fields["net_pay"]) == earned - kept > 0


def minutes(clock: str) -> int:
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


@pytest.mark.parametrize("code", ["en", "ja", "ar"])
def test_sheets_of_tables_add_up(code: str) -> None:
    found = truths(laid_out("table-sheet", "stock", code, pages=2), 25)
    rows = rows_of(found, "rows")
    assert all(int(row["stock"]) * Decimal(row["price"]) == Decimal(row["value"]) for row in rows)
    assert sum(Decimal(row["value"]) for row in rows) == Decimal(fields_of(found)["total"])
    for plan in ("hours", "hours-by-hand"):
        found = truths(laid_out("table-sheet", plan, code), 25)
        rows = rows_of(found, "rows")
        for row in rows:
            assert minutes(row["end"]) - minutes(row["begin"]) - minutes(row["pause"]) == minutes(row["hours"])
        assert sum(minutes(row["hours"]) for row in rows) == minutes(fields_of(found)["total_hours"])
        assert all(a["date"] < b["date"] for a, b in pairwise(rows))
    hands = {word.hand for word in found[0].words if word.text in {row["begin"] for row in rows}}
    assert hands == {True}


COMBS = {"surname", "given_names", "birth", "telephone", "street", "postcode", "city"}
MARKS = {"accept", "by_mail"} | {f"membership_{key}" for key in ("single", "family", "reduced")}
MARKS |= {f"paid_{key}" for key in ("yearly", "quarterly", "monthly")}


@pytest.mark.parametrize("code", codes())
def test_combs_and_marks_are_fields(code: str) -> None:
    for plan in KINDS["form"].plans:
        (truth,) = truths(laid_out("form", plan.name, code, seed=4), 50)
        fields = {field.name: field for field in truth.fields}
        assert set(fields) >= COMBS | MARKS
        for group in ("membership_", "paid_"):
            ticked = [name for name in MARKS if name.startswith(group) and fields[name].value == "ticked"]
            assert len(ticked) == 1
        texts = {line.text: line for line in truth.lines}
        for name in COMBS - {"birth", "postcode"}:
            line = texts[fields[name].value]
            words = [word for word in truth.words if word.line == line.number]
            assert [word.text for word in words] == line.text.split() and all(word.hand for word in words)
            assert line.polygon == fields[name].polygon


def ink_in(image: Image.Image, polygon: Polygon) -> float:
    """Share of the inner half of a box that is inked."""
    left, top, right, bottom = box(polygon)
    x, y = (right - left) / 4, (bottom - top) / 4
    inside = image.crop((round(left + x), round(top + y), round(right - x), round(bottom - y)))
    return sum(inside.histogram()[:140]) / max(1, inside.width * inside.height)


@pytest.mark.parametrize("plan", [plan.name for plan in KINDS["form"].plans])
def test_marks_are_where_the_truth_says(plan: str) -> None:
    for code in ("en", "he"):
        source = laid_out("form", plan, code, seed=1)
        image = source.page(0, wanted(150)).image
        assert isinstance(image, Image.Image)
        seen = set()
        for field in source.truth(0, wanted(150)).fields:
            if field.name in MARKS:
                seen.add(field.value)
                share = ink_in(image, field.polygon)
                assert (share > 0.06) == (field.value == "ticked"), (field.name, share)
        assert seen == {"ticked", "empty"}


def test_letters_of_scripts_keep_their_marks() -> None:
    assert letters_of("Ada 12") == list("Ada12")
    assert letters_of("क्षेत्री") == ["क्षे", "त्री"]
    assert letters_of("e\u0301A") == ["e\u0301", "A"]
