"""Every section of MS-BDSRR that code, pages and tests name is a section of the published text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from citations import PROJECT, PROTOCOL, texts
from protocol_tables import all_rows

from emulator.clauses.book import documents

_HEADINGS: Final = """
    top:8 1:9 1.2:2 2:2 2.2:8 2.2.2:1 2.2.3:94 2.2.3.1:2 2.2.3.58:2 2.2.3.81:2 2.2.4:83 2.2.5:44 2.2.6:3
    3:3 3.1:4 3.1.4:1 3.1.4.1:6 3.2:6 3.2.4:9 3.2.4.1:3 3.2.4.1.1:2 3.2.4.1.2:6 3.2.4.1.3:5 3.2.4.2:3
    3.2.4.2.1:2 3.2.4.2.2:2 3.2.4.2.3:2 3.2.4.3:3 3.2.4.3.1:2 3.2.4.3.2:6 3.2.4.3.3:5 3.2.4.4:3
    3.2.4.4.1:2 3.2.4.4.2:3 3.2.4.4.3:2 3.2.4.5:3 3.2.4.5.1:2 3.2.4.5.2:3 3.2.4.5.3:2 3.2.4.6:3
    3.2.4.6.1:1 3.2.4.6.2:2 3.2.4.6.3:2 3.2.4.7:3 3.2.4.7.1:1 3.2.4.7.2:2 3.2.4.7.3:2 3.2.4.8:3
    3.2.4.8.1:1 3.2.4.8.2:1 3.2.4.8.3:1 3.2.4.9:3 3.2.4.9.1:1 3.2.4.9.2:2 3.2.4.9.3:2 4:2 5:2 6:2 6.2:7
"""
SUBSECTIONS: Final = {
    above.replace("top", ""): int(count) for above, _, count in (each.partition(":") for each in _HEADINGS.split())
}
"""How many sections there are right below each, by the headings of the published text (393 of them)."""
NOTES: Final = 18
"""Notes on the behaviour of products, all in section 7."""

_NUMBER: Final = r"\d+(?:\.\d+)*"
_NAMED: Final = re.compile(
    rf"MS-BDSRR,?\s+(?:section\s+)?({_NUMBER}(?:(?:,\s*(?:and\s+)?|;\s*|\s+(?:and|to)\s+)\d+(?:\.\d+)+)*)"
    rf"|\[B\]?,? ({_NUMBER})"
)
_NOTE: Final = re.compile(r"MS-BDSRR[^|\"\n]*?\bnotes? ((?:\d+(?:, | and | to )?)+)|\[B <(\d+)>")


def is_section(number: str) -> bool:
    """Whether the published text has a section of this number."""
    above, _, last = number.rpartition(".")
    return int(last) in range(1, SUBSECTIONS.get(above, 0) + 1) and (not above or is_section(above))


def named_sections(text: str) -> Iterator[tuple[int, str]]:
    """Each section that a text names, with its line."""
    for found in _NAMED.finditer(text):
        for number in re.findall(_NUMBER, found[1] or found[2]):
            yield text.count("\n", 0, found.start()) + 1, number


def test_each_section_of_ms_bdsrr_that_is_named_is_there() -> None:
    wrong, count = [], 0
    for path in texts():
        if path.is_relative_to(PROJECT / "tests" / "clauses"):
            continue
        text = path.read_text("utf-8")
        for line, number in named_sections(text):
            count += 1
            if not is_section(number):
                wrong.append(
                    f"{path.relative_to(PROJECT)}:{line} names section {number} of MS-BDSRR: there is none"
                )
        for found in _NOTE.finditer(text):
            count += 1
            for number in re.findall(r"\d+", found[1] or found[2]):
                if int(number) not in range(1, NOTES + 1):
                    line = text.count("\n", 0, found.start()) + 1
                    wrong.append(
                        f"{path.relative_to(PROJECT)}:{line} names note {number} of MS-BDSRR: there is none"
                    )
    assert count > 250 and not wrong, "\n".join(wrong)


def test_each_clause_of_ms_bdsrr_is_of_a_section_that_is_there_and_that_its_id_names() -> None:
    wrong = []
    clauses = {each.name: each.clauses for each in documents()}
    for each in clauses["bdsrr"]:
        numbers = re.findall(rf"(?<!note )(?<!notes )\b{_NUMBER}\b", each.section.partition(",")[0])
        if not numbers or not all(map(is_section, numbers)):
            wrong.append(f"{each.id}: {each.section}")
        topic = each.id.split("/")[1]
        if not (is_section(topic) and any(f"{number}.".startswith(f"{topic}.") for number in numbers)):
            wrong.append(f"{each.id} is of section {each.section}")
    for each in clauses["dsc"]:
        wrong += [f"{each.id}: {number}" for number in re.findall(_NUMBER, each.section) if not is_section(number)]
    assert not wrong, "\n".join(wrong)


def test_each_row_of_section_12_is_of_a_section_that_is_there() -> None:
    rows = [row for row in all_rows() if row.page == "dsm.md" and row.section.startswith("12.")]
    assert (PROTOCOL / "dsm.md").is_file() and len(rows) > 100
    for row in rows:
        assert all(map(is_section, row.cells[0].split(", "))), row


# The tests of these tests


def test_sections_are_found_in_prose() -> None:
    text = (
        "MS-BDSRR 3.2.4.1, 3.2.4.9\nand 4.3 say (MS-BDSRR, section 7, note 19) [B 2.2.5.45] [B] 1.10 MS-BDSRR 6.2"
    )
    found = list(named_sections(text))
    assert [number for _, number in found] == ["3.2.4.1", "3.2.4.9", "4.3", "7", "2.2.5.45", "1.10", "6.2"]
    assert [number for _, number in found if not is_section(number)] == ["4.3", "2.2.5.45", "1.10"]
    assert [line for line, _ in found] == [1, 1, 1, 2, 2, 2, 2]
    assert [found[1] for found in _NOTE.finditer(text)] == ["19"]
