"""docs/checks.md tells every check that there is."""

from __future__ import annotations

import re

import make_checks

from emulator.conformance.check import Subject, all_checks


def test_the_page_is_that_of_the_checks() -> None:
    page = make_checks.PAGE.read_text("utf-8")
    assert page == make_checks.page(), "python docs/make_checks.py makes it anew"
    told = re.findall(r"^\| `([^`]+)` \| \w+ \| ([a-z, -]+) \|", page, re.MULTILINE)
    for of in Subject:
        assert sorted(id for id, who in told if of in who.split(", ")) == sorted(all_checks(of))
