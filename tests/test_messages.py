"""docs/messages.md lists every message, with its reason and remedy."""

from __future__ import annotations

import re

from message_sites import KINDS, NOT_FOR_PEOPLE, PACKAGE, PAGE, page, sites


def test_the_page_lists_every_message() -> None:
    text = PAGE.read_text("utf-8")
    assert page(text) == text, "python tests/message_sites.py writes the tables anew; look at what has changed"
    assert len(sites()) > 300


def test_each_chapter_says_why_and_what_to_do() -> None:
    chapters = PAGE.read_text("utf-8").split("\n## ")[1:]
    assert len(chapters) == len(KINDS)
    for chapter in chapters:
        why, what = re.search(r"\*\*Why\.\*\* (.+)", chapter), re.search(r"\*\*What to do\.\*\* (.+)", chapter)
        assert why and what and len(why[1]) > 40 and len(what[1]) > 40, chapter[:80]


def test_every_room_has_a_chapter_or_a_reason_to_have_none() -> None:
    """A new room does not stay out by oversight."""
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    known = {start.split("/")[0] for starts in KINDS.values() for start in starts}
    assert rooms - known == {start.rstrip("/") for start in NOT_FOR_PEOPLE} - known


def test_messages_are_sentences_of_ours() -> None:
    """No word of a library and no notation of Python in any of them, whether or not a test brings it about."""
    for each in sites():
        words = re.sub(r"\{[^}]*\}", "", f"{each.said} {each.hint}")
        assert not re.search(
            r"\b(pydantic|typer|click|lxml|aiohttp|pillow|numpy|Traceback|Errno|NoneType)\b", words, re.I
        ), each
