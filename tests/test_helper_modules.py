"""Modules that tests share are found by their names alone, from every room and in every order of files."""

from __future__ import annotations

import re
import site
import subprocess
import sys
from collections import Counter
from importlib.machinery import PathFinder
from pathlib import Path

from programs import with_helpers

PROJECT = Path(__file__).resolve().parents[1]
TESTS = PROJECT / "tests"
SCRIPTS = {"benchmarks", "mutation"}
"""Rooms of programs that people start by themselves, with no pytest to find anything."""
PROGRAMS = {"bye_listener", "killed_jobs", "discovery_host", "seed_samba_dc", "wsdd_listener"}
"""Started as programs; seed_samba_dc by the Python that Samba is for, wsdd_listener by that of wsdd."""
FIRST_BY_DESIGN = {
    "test_packaging.py": "a tree of its own, in a Python that heeds no environment",
    "test_trust_key_log.py": "a Python that heeds no environment",
}


def shared_modules() -> list[Path]:
    own = ("conftest", "sitecustomize", "make_")
    found = [path for path in TESTS.rglob("*.py") if not path.name.startswith(("test_", *own))]
    return [path for path in found if not SCRIPTS & set(path.relative_to(TESTS).parts)]


def test_every_folder_of_shared_modules_is_on_the_path_of_pytest() -> None:
    assert {str(path.parent) for path in shared_modules()} <= set(sys.path)


def test_every_name_is_there_once_and_hides_no_package() -> None:
    names = Counter(path.stem for path in (*shared_modules(), *TESTS.rglob("test_*.py")))
    assert [name for name, times in names.items() if times > 1] == []
    packages = site.getsitepackages()
    hidden = [name for name in names if name in sys.stdlib_module_names or PathFinder.find_spec(name, packages)]
    assert hidden == []


def test_nobody_changes_the_path() -> None:
    changed = {
        path.name
        for path in TESTS.rglob("*.py")
        if not SCRIPTS & set(path.relative_to(TESTS).parts) and path != Path(__file__)
        and re.search(r"sys\.path(\.(insert|append|extend)|\[.*\] =| \+?=)", path.read_text(encoding="utf-8"))
    }  # fmt: skip
    assert changed == set(FIRST_BY_DESIGN)


def test_each_can_be_imported_first(tmp_path: Path) -> None:
    """In one new process, each as if nothing of the tests had been imported before."""
    script = (
        "import sys, importlib\n"
        "for name in sys.argv[1:]:\n"
        "    kept = set(sys.modules)\n"
        "    importlib.import_module(name)\n"
        "    for each in set(sys.modules) - kept:\n"
        "        if each in sys.argv[1:]: del sys.modules[each]\n"
    )
    names = sorted({path.stem for path in shared_modules()} - PROGRAMS)
    done = subprocess.run(
        [sys.executable, "-c", script, *names], cwd=tmp_path, env=with_helpers(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
