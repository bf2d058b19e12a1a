"""The law book: what its files may say, and who is told by file and line what they may not."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.clauses.book import BookError, UnknownClause, book, clause, documents, read_document
from emulator.clauses.clause import Basis, Clause, Grade, Party

GOOD = """\
document = "zzz"
title = "An invented document"
source = "nowhere"

[[clause]]
id = "zzz/topic/first-rule"
section = "1.1"
says = "A device does the first thing."
grade = "MUST"
basis = "text"
binds = ["device", "host"]

[[clause]]
id = "zzz/3.2.4/second-rule"
section = "3.2.4"
says = "Nobody does the second thing."
grade = "MAY"
basis = "observed"
binds = ["everybody"]
withdrawn = "It was a misreading."
"""

#: What is changed in GOOD, into what, and every problem that is then told, with its line.
BAD = {
    "a clause without section": ('section = "1.1"\n', "", ["5: clause.section: missing"]),
    "an empty section": ('"1.1"', '" "', ["7: clause.section: ' ' is not allowed; a text is wanted"]),
    "a clause without id": ('id = "zzz/topic/first-rule"\n', "", ["5: clause.id: missing"]),
    "an id twice": (
        "zzz/3.2.4/second-rule",
        "zzz/topic/first-rule",
        ["14: clause.id: 'zzz/topic/first-rule' stands in line 6 already"],
    ),
    "an id of another document": (
        "zzz/topic/first-rule",
        "yyy/topic/first-rule",
        ["6: clause.id: 'yyy/topic/first-rule' is not of this document: zzz/..."],
    ),
    "an id of two parts": (
        "zzz/topic/first-rule",
        "zzz/topic",
        ["6: clause.id: 'zzz/topic' is no id (document/topic/rule of small letters, digits, '.', '-')"],
    ),
    "an id with a capital": (
        "zzz/topic/first-rule",
        "zzz/topic/First",
        ["6: clause.id: 'zzz/topic/First' is no id (document/topic/rule of small letters, digits, '.', '-')"],
    ),
    "an id that ends with a full stop": (
        "zzz/topic/first-rule",
        "zzz/topic/first.",
        ["6: clause.id: 'zzz/topic/first.' is no id (document/topic/rule of small letters, digits, '.', '-')"],
    ),
    "an unknown key": (
        'section = "1.1"\n',
        'section = "1.1"\nseen = "x"\n',
        ["8: clause.seen: no such key; there are: id, section, says, grade, basis, binds, withdrawn"],
    ),
    "an unknown grade": (
        '"MUST"',
        '"must"',
        ["9: clause.grade: 'must' is not allowed; allowed: MUST, SHOULD, MAY"],
    ),
    "an unknown basis": (
        '"text"',
        '"hearsay"',
        [
            "10: clause.basis: 'hearsay' is not allowed; allowed: text, schema, example, observed, inferred",
        ],
    ),
    "an unknown party": (
        '["device", "host"]',
        '["device", "cook"]',
        [
            "11: clause.binds: 'cook' is not allowed; allowed: client, server, device, scanner-client, host, "
            "event-source, event-sink, directory, everybody",
        ],
    ),
    "nobody bound": ('["device", "host"]', "[]", ["11: clause.binds: a list of those whom it binds is wanted"]),
    "a party that is no text": (
        '["device", "host"]',
        "[7]",
        ["11: clause.binds: 7 is not allowed; a text is wanted"],
    ),
    "a fragment for a sentence": (
        "does the first thing.",
        "does the first thing",
        ["8: clause.says: 'A device does the first thing' is no whole sentence: it ends without a full stop"],
    ),
    "a withdrawal without reason": (
        '"It was a misreading."',
        '""',
        ["20: clause.withdrawn: '' is not allowed; a text is wanted"],
    ),
    "another document than the file's": (
        'document = "zzz"',
        'document = "zzy"',
        ["1: document: 'zzy' is not the name of the file, 'zzz'"],
    ),
    "a document without source": ('source = "nowhere"\n', "", [" source: missing"]),
    "an unknown key of the document": (
        'source = "nowhere"',
        'source = "nowhere"\nyear = 2009',
        ["4: year: no such key; there are: document, title, source and [[clause]]"],
    ),
    "a clause that is no table": (
        GOOD[GOOD.index("[[clause]]") :],
        'clause = ["zzz/topic/rule"]\n',
        ["5: clause: a document has [[clause]] tables"],
    ),
}


def test_a_file_is_read_into_typed_and_frozen_clauses() -> None:
    document = read_document("zzz.toml", GOOD)
    assert (document.name, document.title, document.source) == ("zzz", "An invented document", "nowhere")
    first, second = document.clauses
    assert first == Clause(
        "zzz/topic/first-rule",
        "1.1",
        "A device does the first thing.",
        Grade.MUST,
        Basis.TEXT,
        (Party.DEVICE, Party.HOST),
    )
    assert (second.id, second.document, second.withdrawn) == (
        "zzz/3.2.4/second-rule",
        "zzz",
        "It was a misreading.",
    )
    assert str(first) == "A device does the first thing. [zzz/topic/first-rule]"
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.grade = Grade.MAY  # type: ignore[misc]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.replace(" ", "-"))
def test_what_is_wrong_with_a_file_is_told_with_file_and_line(case: str) -> None:
    before, after, told = BAD[case]
    assert before in GOOD
    with pytest.raises(BookError) as raised:
        read_document("zzz.toml", GOOD.replace(before, after, 1))
    assert str(raised.value).splitlines() == [f"zzz.toml:{line}" for line in told]


def test_every_problem_of_a_file_is_told_at_once() -> None:
    text = GOOD.replace('section = "1.1"\n', "").replace('"MAY"', '"CAN"')
    with pytest.raises(BookError) as raised:
        read_document("zzz.toml", text)
    assert [each.line for each in raised.value.problems] == [5, 16]


def test_what_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(BookError, match=r"^zzz\.toml:8: Unescaped|^zzz\.toml:8: "):
        read_document("zzz.toml", GOOD.replace("first thing.", 'first "thing".'))


def test_the_book_of_the_package_is_read_whole() -> None:
    assert [each.name for each in documents()] == sorted(each.name for each in documents())
    assert list(book()) == [each.id for document in documents() for each in document.clauses]
    assert book() is book(), "once"
    for id, each in book().items():
        assert clause(id) is each


def test_an_unknown_id_is_refused_by_name() -> None:
    with pytest.raises(UnknownClause, match=re.escape("the law book has no clause 'zzz/no/such'")):
        clause("zzz/no/such")


def test_a_start_of_the_program_reads_no_law_book(tmp_path: Path) -> None:
    """Reading it takes longer than all that `--help` does. Here is what `scan`, `run` and `server` begin with."""
    script = (
        "import sys\n"
        "import emulator.cli.main, emulator.device.device, emulator.jobs.scan, emulator.scan_server.alone\n"
        "read = sys.modules.get('emulator.clauses.book')\n"
        "sys.exit('a file was read' if read and read.documents.cache_info().currsize else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
