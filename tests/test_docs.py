"""The documentation does what it says: commands run, samples are what they print, links lead somewhere."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from docs_pages import PAGES, PROJECT, README, Command, steps
from docs_reader import Reader, with_domain
from programs import run
from readme_commands import commands

from emulator.soap.deviations import CLAUSES

PROTOCOL = sorted((PROJECT / "docs" / "protocol").glob("*.md"))
WITH_STEPS = [page for page in PAGES if any(True for _ in steps(page))]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that holds what the pages presume: the sample images and the profiles of a checkout."""
    for name in ("sample_images", "profiles"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("page", WITH_STEPS, ids=lambda page: page.name)
def test_every_command_of_a_page_runs_and_prints_what_the_page_shows(
    page: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("DSM_EMULATOR_STATE", str(checkout / "state"))
    with Reader(page, checkout, with_domain(page, checkout, request)) as reader:
        reader.read()


def test_pages_hold_no_command_that_nobody_runs() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"```(console|shell|bash)", text), f"{page.name}: commands stand in blocks of sh"
        assert not re.search(r"^\s*\$ ", text, re.MULTILINE), f"{page.name}: commands stand without a prompt"
        for step in steps(page):
            if isinstance(step, Command):
                assert step.program == "dsm-emulator" or step.words[:3] == ["python", "-m", "pytest"], (
                    f"{page.name}: {step.line}"
                )
    pages_with_commands = {page.name for page in WITH_STEPS}
    assert {
        "scan.md",
        "server.md",
        "delivery.md",
        "discover.md",
        "verify.md",
        "profiles.md",
        "scan-processes.md",
        "python.md",
    } <= pages_with_commands


def test_the_two_commands_of_the_readme_are_whole_and_ci_runs_the_tests_by_the_second() -> None:
    found = commands()
    assert set(found) == {"run", "test"}
    assert len(re.findall(r"```sh\n", README.read_text(encoding="utf-8"))) == 2, "no third command hides among them"
    for line in found.values():
        assert "\n" not in line and shlex.split(line)[:3] == ["python3", "-m", "venv"]
        if shutil.which("bash"):
            subprocess.run(["bash", "-n", "-c", line], check=True, timeout=30)
    assert "tests/readme_commands.py test" in (PROJECT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_readmes_first_command_ends_in_a_job_that_succeeds(checkout: Path) -> None:
    command = commands()["run"].rpartition("/dsm-emulator ")[2]
    done = run(*shlex.split(command), cwd=checkout)
    assert done.returncode == 0, done.stderr
    shown = next(line for line in done.stdout.splitlines() if line.startswith("  scans"))
    assert (checkout / shown.partition(" ... ")[0].strip()).is_file(), "it prints where the files are"
    left = {path.name for path in checkout.iterdir()} - {"sample_images", "profiles"}
    ignored = (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert left == {"scans"} and "/scans/" in ignored, "nothing else is left, and git does not ask about it"


def anchors(page: Path) -> set[str]:
    """The names by which a heading can be linked to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "page",
    [README, PROJECT / "ARCHITECTURE.md", PROJECT / "CHANGELOG.md", *PAGES, *PROTOCOL],
    ids=lambda page: page.relative_to(PROJECT).as_posix(),
)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), f"{page.name} links to {target}"
        assert linked.is_relative_to(PROJECT)
        if anchor:
            assert anchor in anchors(linked), f"{page.name} links to {target}"


def test_every_page_is_linked_from_the_readme_or_a_page() -> None:
    linked: set[str] = set()
    for page in (README, PROJECT / "ARCHITECTURE.md", *PAGES, *PROTOCOL):
        linked |= {
            target.rpartition("/")[2] for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        }
    assert {page.name for page in (*PAGES, *PROTOCOL)} <= linked


def test_the_page_of_deviations_lists_exactly_those_that_are_told() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (.+?) \| (.+?) \|$",
        (PROJECT / "docs" / "deviations.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert [(id, rule) for id, rule, _ in rows] == list(CLAUSES.items())
    assert all(meaning.strip() for _, _, meaning in rows)


def test_the_page_of_states_is_what_the_tables_say() -> None:
    made = runpy.run_path(str(PROJECT / "docs" / "make_states.py"))
    assert (PROJECT / "docs" / "states.md").read_text(encoding="utf-8") == made["page"](), (
        "python docs/make_states.py"
    )
