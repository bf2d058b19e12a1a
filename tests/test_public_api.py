"""What the package promises stands in a file, and a change to it in the changelog; all of it can be imported."""

from __future__ import annotations

import ast
import logging
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from programs import environment

import emulator

PROJECT = Path(__file__).resolve().parents[1]
api = SimpleNamespace(**runpy.run_path(str(PROJECT / "docs" / "make_public_api.py")))
PAGE = PROJECT / "docs" / "public-api.md"


def test_the_file_holds_the_names_and_signatures_of_the_code() -> None:
    revision, told, body = api.committed()
    assert body == api.made(), "python docs/make_public_api.py makes it anew, with the next revision"
    assert revision > 0 and told == api.digest(body), (
        "the file was edited by hand: only the script counts revisions"
    )


def test_a_change_stands_in_the_changelog() -> None:
    revision = api.committed()[0]
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    # The first revision is the file itself: there was no promise before it.
    assert revision == 1 or re.search(rf"Python API, revision {revision}\b", changelog), (
        f"CHANGELOG.md says what has changed, in a line with 'Python API, revision {revision}'"
    )


def test_every_public_name_is_there_and_is_declared_for_type_checkers() -> None:
    assert sorted(emulator.__all__) == sorted([*api.names(), "__version__"])
    for name in api.names():
        assert api.resolve(name) is not None and name in dir(emulator)
    tree = ast.parse((PROJECT / "emulator" / "__init__.py").read_text(encoding="utf-8"))
    declared = {
        alias.asname: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is not None
    }
    assert declared == api.names()
    try:
        emulator.no_such_name  # noqa: B018
    except AttributeError as error:
        assert str(error) == "module 'emulator' has no attribute 'no_such_name'"
    else:
        raise AssertionError("a name that is not there must be refused")


def test_what_is_private_whatever_its_name_is_told_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for member in api.PRIVATE:
        assert f"`{member}`" in page, member
        owner, _, name = member.partition(".")
        assert hasattr(api.resolve(owner), name) or name in ("scanner",) or name in api.resolve(owner).__slots__, (
            member
        )


def test_no_signature_hides_what_it_takes() -> None:
    """`Any` would let `scan(pages="two")` pass; what programs get as JSON may be anything."""
    body = api.committed()[2]
    found = [line.strip() for line in body.splitlines() if re.search(r"\bAny\b", line)]
    # A ticket, and what is asked of an event's data, are JSON too.
    known = re.compile(r"^def as_dict|details: Mapping|^(ticket|data): dict\[")
    assert [line for line in found if not known.search(line)] == []


def test_to_import_the_package_imports_nothing_of_it() -> None:
    """`dsm-emulator --help` waits for it."""
    script = "import sys, emulator; print(*sorted(name for name in sys.modules if name.startswith('emulator')))"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(checked=False), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["emulator", "emulator._version"]


def test_the_log_is_silent_until_somebody_wants_it_and_the_names_are_documented() -> None:
    script = "import logging, emulator; logging.getLogger('emulator.scan_server.store').warning('told')"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(checked=False), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert any(isinstance(each, logging.NullHandler) for each in logging.getLogger("emulator").handlers)
    rooms = set()
    for file in (PROJECT / "emulator").rglob("*.py"):
        if "getLogger(__name__)" in file.read_text(encoding="utf-8") and file.name != "__init__.py":
            parts = file.relative_to(PROJECT).with_suffix("").parts
            rooms.add(".".join(parts[:2]))
    listed = set(re.findall(r"^\| `(emulator\.\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == rooms
