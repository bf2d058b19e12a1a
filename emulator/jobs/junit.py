"""A comparison with the truth as JUnit's XML, which build servers show: a test for each page and limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from emulator.documents.comparing.score import Count, value_of
from emulator.jobs.truth_compare import MEASURES, ComparedPage, Comparison, Limit, beyond


def write_junit(found: Comparison, limits: list[Limit]) -> bytes:
    """The document, in UTF-8. Without limits each page is a test that tells its figures."""
    suite = etree.Element("testsuite", name="truth compare")
    for name, limit in limits:
        bare = name.removeprefix("set.")
        if bare != name:
            counts: dict[Any, Count] = dict(found.whole.counts)
            if found.documents is not None:
                counts["documents"] = found.documents
            _case(suite, "set", "all pages", bare, counts, limit)
            continue
        for page in found.pages:
            _case(suite, page.kind, page.page.stem, bare, page.score.counts, limit, page)
    if not limits:
        for page in found.pages:
            case = etree.SubElement(suite, "testcase", classname=page.kind, name=page.page.stem)
            figures = [f"{name} {page.score.value(name):.4f}" for name in MEASURES if name in page.score.counts]
            etree.SubElement(case, "system-out").text = "\n".join(figures)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    root = etree.Element("testsuites")
    root.append(suite)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _case(
    suite: etree._Element,
    kind: str,
    name: str,
    measure: Any,
    counts: Mapping[Any, Count],
    limit: float,
    page: ComparedPage | None = None,
) -> None:
    case = etree.SubElement(suite, "testcase", classname=f"{kind}.{measure}", name=name)
    count = counts[measure]
    if said := beyond(measure, count, limit):
        etree.SubElement(case, "failure", message=f"{measure} {said}").text = _worst(page)
    else:
        etree.SubElement(case, "system-out").text = f"{measure} {value_of(measure, count):.4f}"


def _worst(page: ComparedPage | None) -> str:
    if page is None:
        return ""
    words = [f"{wrong.word.text!r}: {wrong.read!r}" for wrong in page.score.wrong_words[:20]]
    fields = [f"{name}: {true!r}: {read!r}" for name, true, read in page.score.wrong_fields[:20]]
    # XML has no control characters, and a reader's text may.
    return "".join(
        each if each.isprintable() or each == "\n" else "\ufffd" for each in "\n".join([*words, *fields])
    )
