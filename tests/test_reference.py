"""The schemas and printed messages that tests judge by: whole, each with its source and terms, in no package."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

PROJECT = Path(__file__).resolve().parents[1]


def files_of(reference: Path) -> set[str]:
    return {path.relative_to(reference).as_posix() for path in reference.rglob("*") if path.is_file()}


def test_the_notice_tells_source_and_terms_of_every_file(reference: Path) -> None:
    text = (reference / "NOTICE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \| (.+?) \| (\(O\)|\(D\)|\(M\)|the project's) \|$", text, re.MULTILINE)
    told: list[str] = []
    for files, _, _ in rows:
        for pattern in re.findall(r"`([^`]+)`", files):
            found = [path.relative_to(reference).as_posix() for path in reference.glob(pattern)]
            assert found, f"NOTICE.md names {pattern}"
            told += found
    assert sorted(told) == sorted(files_of(reference) - {"NOTICE.md"}), "each file in one row"
    for mark in ("(O)", "(D)", "(M)"):
        assert f"**{mark}**" in text


def test_every_schema_and_message_can_be_read(reference: Path) -> None:
    for path in sorted(reference.rglob("*.xsd")):
        assert etree.XMLSchema(etree.parse(path)) is not None
    for path in sorted(reference.rglob("*.xml")):
        assert etree.parse(path).getroot() is not None
    assert len(list(reference.rglob("*.xml"))) == 63


@pytest.mark.parametrize("target", ["sdist", "wheel"])
def test_no_package_carries_them(reference: Path, target: str, tmp_path: Path) -> None:
    """What the build backend would put in, asked without building."""
    script = (
        "import sys; from hatchling.builders.sdist import SdistBuilder; from hatchling.builders.wheel import"
        " WheelBuilder\n"
        "builder = {'sdist': SdistBuilder, 'wheel': WheelBuilder}[sys.argv[1]](sys.argv[2])\n"
        "print('\\n'.join(each.distribution_path for each in builder.recurse_included_files()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, target, PROJECT], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    carried = done.stdout.replace("\\", "/").splitlines()
    assert any(path.endswith("soap/xsd/all.xsd") for path in carried)
    assert any(path.endswith("tests/test_reference.py") for path in carried) == (target == "sdist")
    assert not [path for path in carried if "data/reference" in path]
