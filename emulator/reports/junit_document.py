"""JUnit's XML, which build servers show. It knows passed, failure, error and skipped, and no warning; readers
take what the schema of Jenkins has (junit-10.xsd), where a test has no properties."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from emulator.reports.verdict import Bearing


@dataclass(frozen=True, slots=True)
class Case:
    """A test."""

    classname: str
    name: str
    bearing: Bearing = "passed"
    kind: str = ""
    """What it is called, where it has not passed."""
    message: str = ""
    """Why it has not, in a line."""
    text: str = ""
    """What shows it."""
    out: str = ""
    """What it tells beside that."""
    ms: float | None = None


_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_document(
    name: str, cases: Sequence[Case], properties: Sequence[tuple[str, str]] = (), *, out: str = ""
) -> bytes:
    """The document of one suite, in UTF-8.

    - `properties`: of the suite, each with its name;
    - `out`: what the suite tells.
    """
    suite = etree.Element("testsuite", name=_clean(name))
    if properties:
        table = etree.SubElement(suite, "properties")
        for key, value in properties:
            etree.SubElement(table, "property", name=_clean(key), value=_clean(value))
    for case in cases:
        _write(suite, case)
    if out:
        etree.SubElement(suite, "system-out").text = _clean(out)
    count = {
        "tests": len(cases),
        "failures": sum(case.bearing == "failure" for case in cases),
        "errors": sum(case.bearing == "error" for case in cases),
    }
    root = etree.Element("testsuites")
    for attribute, number in count.items():
        suite.set(attribute, str(number))
        root.set(attribute, str(number))
    suite.set("skipped", str(sum(case.bearing == "skipped" for case in cases)))
    if any(case.ms is not None for case in cases):
        suite.set("time", _seconds(sum(case.ms or 0 for case in cases)))
    root.append(suite)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _write(suite: etree._Element, case: Case) -> None:
    element = etree.SubElement(suite, "testcase", classname=_clean(case.classname), name=_clean(case.name))
    if case.ms is not None:
        element.set("time", _seconds(case.ms))
    if case.bearing != "passed":
        said = etree.SubElement(element, case.bearing, message=_clean(case.message))
        if case.kind:
            said.set("type", _clean(case.kind))
        said.text = _clean(case.text)
    if case.out:
        etree.SubElement(element, "system-out").text = _clean(case.out)


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.3f}"


def _clean(text: str) -> str:
    """Return it without what XML cannot hold; texts of peers may have any character."""
    return _NO_XML.sub("\ufffd", text)
