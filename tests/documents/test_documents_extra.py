"""The extra `documents`: without it files, letters and whole jobs are as ever, and documents are refused by its
name before anything is drawn."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from programs import PROJECT, environment

from emulator.documents.installed import missing
from emulator.printing.faces import packages

EXTRAS = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

WITHOUT = """
import sys
from importlib.abc import MetaPathFinder
hidden = set({hidden!r})
class Hide(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Hide())
import importlib.util
found = importlib.util.find_spec
def find_spec(name, package=None):
    return None if name.partition(".")[0] in hidden else found(name, package)
importlib.util.find_spec = find_spec
sys.argv[0] = "dsm-emulator"
from emulator.__main__ import main
main()
"""


def modules_of_the_extra() -> list[str]:
    """What the packages of the extra bring."""
    wanted = {re.split("[><=]", each)[0].lower().replace("_", "-") for each in EXTRAS["documents"]}
    return sorted(
        module
        for module, names in packages_distributions().items()
        if {name.lower().replace("_", "-").replace(".", "-") for name in names} & wanted
    )


def without(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(hidden=modules_of_the_extra()), *arguments], cwd=cwd,
        env=environment(), capture_output=True, text=True, timeout=100,
    )  # fmt: skip


def test_all_that_the_extra_brings_is_asked_for() -> None:
    """What is looked for before documents are drawn is what the extra brings."""
    assert len(modules_of_the_extra()) >= len(EXTRAS["documents"]) - 1
    assert {"faker", "num2words", "stdnum", *packages()} == set(modules_of_the_extra())
    assert missing() == ()


def test_a_job_of_files_and_letters_needs_nothing_of_it(tmp_path: Path) -> None:
    quick = ("--set", "Resolution=75x75", "-q", "--seed", "3")
    for what in ([str(PROJECT / "sample_images" / "invoice.pdf")], ["--pages", "2"]):
        done = without("scan", *what, *quick, "--overwrite", "--manifest", "job.jsonl", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    done = without(
        "scan", "--stamped", "--pages", "2", *quick, "--overwrite", "--manifest", "job.jsonl", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["scan", "--documents", "office-day", "--pages", "1"],
        ["render", "--documents", "office-day", "--pages", "1", "--output", "pages"],
        ["render", "--template", str(PROJECT / "profiles" / "templates" / "invoice.typ"), "--output", "pages"],
    ],
)
def test_documents_are_refused_by_the_name_of_the_extra(command: list[str], tmp_path: Path) -> None:
    done = without(*command, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "documents need an extra that is not installed" in done.stderr
    assert "pip install 'dsm-emulator[documents]'" in done.stderr
    assert not list(tmp_path.glob("pages/*"))
