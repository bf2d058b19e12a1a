"""The documentation is walked: from a wheel in a fresh environment, the README and all pages in one folder, in the
order of the README. No command fails, and nothing is left behind that nobody was told of."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from built_packages import Environment, bare_variables, build
from docs_pages import PAGES, PROJECT, README, Command, File, Script, steps
from docs_reader import Reader, with_domain
from readme_commands import commands
from variants import exhaustive

SHORT = ("install.md", "test-my-scan-server.md", "pipeline.md", "show.md", "verify.md")
"""Where a newcomer goes first."""


def in_the_order_of_the_readme() -> list[Path]:
    """The pages as the README links them, then those that only pages link."""
    linked = re.findall(r"\]\(docs/([a-z-]+\.md)", README.read_text(encoding="utf-8"))
    first = [PROJECT / "docs" / name for name in dict.fromkeys(linked)]
    return [*first, *(page for page in PAGES if page not in first)]


WRITES = {"-o", "--output", "--manifest", "--trace", "--truth"}
"""Options whose value is a file or folder that must not be there."""


_WRITTEN_BY_PYTHON = re.compile(r"""(?:trace|manifest|truth)=(?:Path\()?["']([^"']+)["']|= Path\("([^"]+)"\)""")


def test_no_page_writes_what_another_one_has_written() -> None:
    """What a page writes, or has the reader write, has a name of its own: else the reader's second page fails."""
    found: Counter[str] = Counter()
    for page in PAGES:
        names = set()
        for step in steps(page):
            if isinstance(step, File):
                names.add(step.name)
            if isinstance(step, Script):
                names |= {first or second for first, second in _WRITTEN_BY_PYTHON.findall(step.text)}
            if isinstance(step, Command) and "--overwrite" not in step.arguments:
                words = step.arguments
                names |= {words[at + 1] for at, word in enumerate(words) if word in WRITES and step.exit_code == 0}
                if words[:1] == ["render"] and not WRITES & set(words):
                    names.add("pages")
        found.update(names - {"none"})
    assert [name for name, times in found.items() if times > 1] == []


@dataclass
class Walk:
    """A reader's machine: an environment with the wheel, a home, and the folder."""

    environment: Environment
    home: Path
    folder: Path

    @property
    def surroundings(self) -> dict[str, str]:
        """With the environment activated."""
        kept = {name: value for name, value in bare_variables().items() if not name.startswith(("DSM_", "XDG_"))}
        path = os.pathsep.join([str(self.environment.scripts), os.environ["PATH"]])
        return {**kept, "PATH": path, "VIRTUAL_ENV": str(self.environment.folder), "HOME": str(self.home),
                "USERPROFILE": str(self.home), "LOCALAPPDATA": str(self.home / "AppData")}  # fmt: skip

    def reader(self, page: Path, here: dict[str, str] | None = None) -> Reader:
        suffix = ".exe" if sys.platform == "win32" else ""
        emulator = str(self.environment.scripts / f"dsm-emulator{suffix}")
        return Reader(page, self.folder, here or {}, (emulator,), str(self.environment.python), self.surroundings)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A fresh environment with the wheel in it."""
    base = tmp_path_factory.mktemp("wheel")
    build(base, "--wheel")
    made = Environment(base / "venv")
    (wheel,) = base.glob("*.whl")
    made.install(wheel)
    return made


@pytest.fixture
def walk(environment: Environment, tmp_path: Path) -> Walk:
    for name in ("home", "folder"):
        (tmp_path / name).mkdir()
    return Walk(environment, tmp_path / "home", tmp_path / "folder")


def through(pages: list[Path], walk: Walk, request: pytest.FixtureRequest) -> None:
    """Read the pages one after another."""
    failed, told = [], []
    # `samples .` of the page on installation gives what the README's command wants.
    first = Command("dsm-emulator " + commands()["run"].rpartition("/dsm-emulator ")[2])
    for page in pages:
        here = with_domain(page, walk.folder, request)
        with walk.reader(page, here) as reader:
            try:
                reader.read()
                if page.name == "install.md":
                    reader.do(first)
            except AssertionError as error:
                failed.append(str(error).splitlines()[0] + "\n" + str(error)[-1500:])
            told += reader.told
    litter = untold(walk, "\n".join([*told, *(page.read_text(encoding="utf-8") for page in (README, *PAGES))]))
    assert (failed, litter) == ([], []), "\n\n".join(failed)


def untold(walk: Walk, told: str) -> list[str]:
    """What lies in the folder, or at home, and stands in no page and no output. What pytest leaves is its own,
    and the tests' mail server stands for the reader's."""
    names = {place.name for folder in (walk.folder, walk.home) for place in folder.iterdir()}
    return sorted(name for name in names - {".pytest_cache", "__pycache__", "maildir"} if name not in told)


def test_a_newcomer_walks_the_first_pages(walk: Walk, request: pytest.FixtureRequest) -> None:
    through([page for page in in_the_order_of_the_readme() if page.name in SHORT], walk, request)


@exhaustive
@pytest.mark.timeout(1800)
def test_all_pages_are_walked_in_one_folder(walk: Walk, request: pytest.FixtureRequest) -> None:
    through(in_the_order_of_the_readme(), walk, request)
