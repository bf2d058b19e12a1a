"""What is made from the models of options: tables of the command line, keywords of Python, tables of the pages. An
option that is declared once is at every door."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "docs"))

import make_options  # noqa: E402


@pytest.fixture(scope="module")
def made() -> dict[Path, str]:
    return make_options.files()


def test_what_is_made_is_as_the_models_say(made: dict[Path, str]) -> None:
    stale = [path.relative_to(PROJECT) for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, f"not as the models say: {stale}; `python docs/make_options.py` writes them anew"


def test_nothing_else_lies_among_the_tables(made: dict[Path, str]) -> None:
    there = set(make_options.TABLES.glob("*.py"))
    assert there == {path for path in made if path.parent == make_options.TABLES}


def test_every_marker_of_a_page_is_read() -> None:
    for page in make_options.DOCS.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert len(make_options.MARKED.findall(text)) == text.count("<!-- options:"), page.name


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project as far as options, command line and pages go, to be changed."""
    for name in ("emulator", "docs", "profiles"):
        shutil.copytree(PROJECT / name, tmp_path / name)  # with what is compiled: it is compiled once
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def changed(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, before
    path.write_text(text.replace(before, after), encoding="utf-8")


ASK_EVERY_DOOR = """
from emulator.environment.exit_codes import LabError
from emulator.options.scan import START_FIELDS, ScanOptions
from emulator.panel.actions import known_fields
from emulator.panel.post_scan import _options
print(ScanOptions(colour_of_paper=3).colour_of_paper)
print(_options(ScanOptions(), {"colour_of_paper": 4}).colour_of_paper)
for door in (lambda: ScanOptions(colour_of_paper=9), lambda: _options(ScanOptions(), {"colour_of_paper": 9})):
    try:
        door()
    except LabError as error:
        print(error)
"""


def test_a_new_option_of_one_file_is_at_every_door(copy: Path) -> None:
    """One field in one model, and the command that makes the rest."""
    changed(
        copy / "emulator/options/groups.py",
        "    force: Annotated[bool, ",
        "    colour_of_paper: Annotated[\n"
        '        int, Field(ge=0, le=7), Option("What the paper is coloured like.", TICKET, "N")\n'
        "    ] = 0\n"
        "    force: Annotated[bool, ",
    )
    changed(
        copy / "docs/scan.md",
        "# Scan pages to a scan server\n",
        "# Scan pages to a scan server\n\n<!-- options: scan: colour_of_paper -->\n<!-- end of options -->\n",
    )
    done = python(copy, "docs/make_options.py")
    assert done.returncode == 0, done.stderr
    assert "| `--colour-of-paper N` | What the paper is coloured like. |" in (copy / "docs/scan.md").read_text()
    for command in (["scan"], ["press", "start"], ["render"]):
        assert "--colour-of-paper N" in python(copy, "-m", "emulator", *command, "--help").stdout
    assert "    colour_of_paper: int\n" in (copy / "emulator/options/keywords.py").read_text()
    asked = python(copy, "-c", ASK_EVERY_DOOR).stdout.splitlines()
    says = "is a whole number from 0 to 7, not 9"
    assert asked == ["3", "4", f"colour_of_paper {says}", f"colour_of_paper {says}"]
    done = python(copy, "-m", "emulator", "scan", "--colour-of-paper", "9")
    assert done.returncode == 2 and f"--colour-of-paper {says}" in done.stderr


def test_a_new_value_of_one_file_is_at_every_door(copy: Path) -> None:
    changed(copy / "emulator/options/groups.py", 'Literal["real", "max"]', 'Literal["real", "max", "half"]')
    assert python(copy, "docs/make_options.py").returncode == 0
    assert "--speed real|max|half" in python(copy, "-m", "emulator", "run", "--help").stdout
    told = python(copy, "-c", "from emulator.options.scan import *; ScanOptions.of(speed='x')").stderr
    assert "speed is real, max or half, not 'x'" in told
    assert 'Literal["real", "max", "half"]' in (copy / "emulator/options/keywords.py").read_text()


DO_IT = """
import asyncio, tempfile, pathlib
from emulator.device.profiles import profile_of
from emulator.device.scanner import VirtualScanner
from emulator.panel.actions import do_action
scanner = VirtualScanner(profile_of("flatbed"), pathlib.Path(tempfile.mkdtemp()))
asyncio.run(do_action(scanner, "dust", {"grains": 5}))
print(scanner.grains)
"""


def test_a_new_action_of_two_files_is_at_the_control_api_and_in_press(copy: Path) -> None:
    """Its model, and what the front panel does; `press` and the control API have it then."""
    press = copy / "emulator/options/press.py"
    changed(
        press,
        "ACTIONS: Final",
        'class DustAction(Action):\n    """Dust."""\n\n    DOES: ClassVar[str] = "Put dust onto the glass."\n'
        '    EXAMPLE: ClassVar[str] = "dsm-emulator press dust --grains 2"\n\n'
        '    grains: Annotated[int, Field(ge=1), Option("So many.", DEVICE, "N")] = 1\n\n\nACTIONS: Final',
    )
    changed(
        press,
        '        "describe": DescribeAction,\n',
        '        "describe": DescribeAction,\n        "dust": DustAction,\n',
    )
    changed(
        copy / "emulator/jobs/front_panel.py",
        "    def describe(self",
        "    def dust(self, action: Any) -> None:\n        self._scanner.grains = action.grains\n\n"
        "    def describe(self",
    )
    assert python(copy, "docs/make_options.py").returncode == 0
    shown = python(copy, "-m", "emulator", "press", "dust", "--help").stdout
    assert "Put dust onto the glass." in shown and "--grains N" in shown
    assert re.search(r"^  dust +Put dust", python(copy, "-m", "emulator", "press", "--help").stdout, re.MULTILINE)
    done = python(copy, "-c", DO_IT)
    assert done.stdout == "5\n", done.stderr


USERS_FILE = """
from emulator import Lab, LdapOptions, Secret, TrustOptions
from emulator.options.scan import ScanOptions

TrustOptions(ca_file="ca.pem", crls=["a.crl"], insecure=True)
LdapOptions(password=Secret("x"), ca_file="ca.pem", timeout=5)
TrustOptions(ca_file=1)
LdapOptions(auth="guess")

async def scans() -> None:
    async with Lab() as lab:
        scanner = await lab.add_device()
        await scanner.scan("a.pdf", pages=2, settings="Format=png", ca_file="ca.pem", no_wait=True, insecure=True)
        await scanner.scan(options=ScanOptions(pages=2, store="here", trace="x.har"))
        await scanner.scan(pages="two")
        await scanner.scan(colour=1)
        await scanner.scan(preflight="some")
        await scanner.scan(options=ScanOptions(pages="two"))
"""


def test_a_type_checker_refuses_a_wrong_value_in_a_file_of_a_user(tmp_path: Path) -> None:
    """And nothing else: right values are keywords of their own types, paths texts or paths."""
    (tmp_path / "mine.py").write_text(USERS_FILE)
    done = subprocess.run(
        # The project's own settings are strict, and with them its cache is of use.
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(tmp_path / "mine.py")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = re.findall(r"mine\.py:(\d+): error: (.*)", done.stdout)
    assert [int(line) for line, _ in found] == [7, 8, 15, 16, 17, 18], done.stdout + done.stderr
    for (_, message), name in zip(found, ("ca_file", "auth", "pages", "colour", "preflight", "pages"), strict=True):
        assert f'"{name}"' in message
