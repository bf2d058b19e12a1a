"""No file and no document is named that this repository has not."""

from __future__ import annotations

from pathlib import Path

import pytest
from citations import PROJECT, texts
from named_files import Tree

ELSEWHERE = {
    "test_scans.py": "docs/pipeline.md has its reader write it",
    "test_my_scans.py": "docs/pytest.md has its reader write it",
    "my_client.py": "docs/test-my-client.md has its reader write it",
    "office.py": "docs/load.md has its reader write it",
    "index.md": "of the site that is made of docs/, as the next",
    "LICENSE.md": "of the site",
    "../../ARCHITECTURE.md": "of the site, from one of its folders",
    "../clauses.md": "of the site, from one of its folders",
    "test_failing.py": "of a stranger's repository, tests/pytest_lab",
    "summary.md": "of a build server, tests/test_pipelines.py",
    "PROGRAM.py": "it stands for a file of users",
    "FILE.py": "it stands for a file of users",
    "page-0001.md": "what a reader of pages writes, of truth compare",
    "page.md": "what a reader of pages writes, of truth compare",
    "a.md": "what a reader of pages writes, of truth compare",
    "donut/util.py": "of the repository clovaai/donut",
}
TREE = Tree(PROJECT, ELSEWHERE)


def test_every_file_and_document_that_is_named_is_in_the_repository() -> None:
    wrong: list[str] = []
    for path in texts():
        if path.parent != Path(__file__).parent:  # these tests name what there is not
            wrong += TREE.problems(path.relative_to(PROJECT).as_posix(), path.read_text("utf-8"))
    assert not wrong, "\n".join(wrong)


def test_files_that_are_elsewhere_are_still_named() -> None:
    written = "\n".join(path.read_text("utf-8") for path in texts() if path.parent != Path(__file__).parent)
    for name, why in ELSEWHERE.items():
        assert not (PROJECT / name).exists(), why
        assert name in written, name


# The tests of these tests


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A small project."""
    for name, text in {
        "README.md": "",
        "docs/protocol/dsm.md": "# DSM\n## 6. States\n### 6.3 Operations\n",
        "docs/page.md": "",
        "emulator/dsm/states.py": "",
        "profiles/flatbed.toml": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return Tree(tmp_path, {"mine.py": "of readers"})


FINE = [
    '"""dsm.md 6.3, row by row; docs/protocol/dsm.md, section 6; dsm/states.py."""',
    '"""README.md, page.md and profiles/flatbed.toml; mine.py."""',
    "x = open('script.py'), 'mine.toml'  # mine.toml",
    "NOTES = {}\nNOTES.values()\n# CIPA DC-007 and CMC-7",
    "# dsm.md 20 ppi, dsm.md 3 to 4",
]
WRONG = {
    '"""NOTES."""\n': ["made.py:1 names NOTES: cite the clause (notes/c-nn/...) of the law book"],
    "#\n# (NOTES C-07)": ["made.py:2 names NOTES C-07: cite the clause (notes/c-nn/...) of the law book"],
    "# C-07": ["made.py:1 names C-07: cite the clause (notes/c-nn/...) of the law book"],
    "#\n# ws-scan.md section 5": ["made.py:2 names ws-scan.md, which is not in the repository"],
    "x = 'ws-scan.md'": ["made.py:1 names ws-scan.md, which is not in the repository"],
    '"""dsm.md section 6.4"""': ["made.py:1 names section 6.4 of dsm.md, which has no such heading"],
    '"""docs/protocol/dsm.md, 7."""': [
        "made.py:1 names section 7 of docs/protocol/dsm.md, which has no such heading"
    ],
    "# dsm/state.py": ["made.py:1 names dsm/state.py, which is not in the repository"],
    "# profiles/none.toml": ["made.py:1 names profiles/none.toml, which is not in the repository"],
    "# ../shared/spec/dsm.md": ["made.py:1 names ../shared/spec/dsm.md, which is not in the repository"],
}


@pytest.mark.parametrize("text", FINE)
def test_what_is_there_is_found_by_its_path_or_the_end_of_it(text: str, tree: Tree) -> None:
    assert list(tree.problems("emulator/made.py", text)) == []


@pytest.mark.parametrize("text", WRONG)
def test_what_is_not_there_is_told_with_file_and_line(text: str, tree: Tree) -> None:
    assert list(tree.problems("made.py", text)) == WRONG[text]


def test_a_page_may_show_files_of_its_reader_in_its_blocks_alone(tree: Tree) -> None:
    page = "made.py\n```sh\nmade.py\n```\n"
    assert list(tree.problems("docs/page.md", page)) == [
        "docs/page.md:1 names made.py, which is not in the repository"
    ]
