"""docs/ as a site: built without a warning, every page in it, and no link of it leads nowhere."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import site_pages
from lxml import etree
from optional_programs import needs_program
from programs import PROJECT
from variants import exhaustive


@pytest.mark.parametrize(
    ("before", "after", "link", "led"),
    [
        ("docs/", "", "docs/pytest.md#the-marker", "pytest.md#the-marker"),
        ("docs/", "", "README.md", "index.md"),
        ("docs/", "", "LICENSE", "LICENSE.md"),
        ("docs/", "", "https://example.org/docs/README.md", "https://example.org/docs/README.md"),
        ("../", "", "../README.md#run-a-job", "index.md#run-a-job"),
        ("../", "", "exec.md", "exec.md"),
        ("../../", "../", "../../ARCHITECTURE.md", "../ARCHITECTURE.md"),
        ("../../", "../", "README.md", "README.md"),
        ("../../", "../", "../clauses.md", "../clauses.md"),
    ],
)
def test_links_lead_on(before: str, after: str, link: str, led: str) -> None:
    assert site_pages.within(f"[a]({link})", before, after) == f"[a]({led})"


@exhaustive
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    program = needs_program("mkdocs")
    done = subprocess.run(
        [program, "build", "--strict", "--site-dir", tmp_path / "site"], cwd=PROJECT, capture_output=True,
        text=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    site = tmp_path / "site"
    made = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    docs = PROJECT / "docs"
    pages = {path.relative_to(docs).with_suffix("").as_posix() for path in docs.rglob("*.md")}
    assert {each.removesuffix("README") + "index" * each.endswith("README") for each in pages} <= made
    for path in site.rglob("*.html"):
        for link in etree.parse(path, etree.HTMLParser()).xpath("//a/@href"):
            target = link.partition("#")[0]
            if target and ":" not in target and not target.startswith("/"):
                assert (path.parent / target).exists(), (path.name, link)
