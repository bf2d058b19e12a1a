"""The page of licences tells all that comes along, and nothing of it under terms that a user would not expect."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError

import make_licences
import pytest
from optional_programs import skip_or_fail
from test_dependencies import DECLARED, declared

ON_LINUX = "the page tells the packages of Linux"


@pytest.fixture(autouse=True)
def every_extra() -> None:
    """Only who has all of them can tell what they bring."""
    try:
        make_licences.coming()
    except PackageNotFoundError as error:
        skip_or_fail(f"the package {error.name} is not installed")


@pytest.mark.skipif(sys.platform != "linux", reason=ON_LINUX)
def test_the_page_is_that_of_what_is_installed() -> None:
    assert make_licences.PAGE.read_text("utf-8") == make_licences.page(), "python docs/make_licences.py"


def test_all_that_is_declared_is_told_and_so_is_what_it_needs() -> None:
    told = make_licences.coming()
    extras = DECLARED["optional-dependencies"]
    assert declared(DECLARED["dependencies"]) <= {name for name, one in told.items() if "" in one.by}
    assert declared(extras["all"]) <= told.keys()
    assert {"cffi", "propcache", "pydantic-core"} <= told.keys(), "what they need in turn"
    assert not {"mypy", "hypothesis", "gssapi"} & told.keys()


def test_nothing_that_comes_along_is_under_the_gpl() -> None:
    for name in make_licences.coming():
        licence = make_licences.licence_of(name)
        assert licence and not re.search(r"\bA?GPL|(?<!Lesser )General Public", licence), (name, licence)
