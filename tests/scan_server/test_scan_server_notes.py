"""The notes of a job: what is written before each deed, and what a server that starts reads of them."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from disk_calls import replaced

from emulator.dsm.states import FilterStateReason
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.notes import CopyTarget, JobNotes, NoteFailed, NotesSummary

MAIL = "http://schemas.example/filters/email"
SHARE = "http://schemas.example/filters/fileshare"


def read(folder: Path, *lines: object) -> NotesSummary:
    """What is read of these lines."""
    (folder / ".notes").write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    return JobNotes(folder).read()


def test_each_note_is_a_line_of_json_between_two_line_ends(tmp_path: Path) -> None:
    """So that one which a full disk has cut off does not spoil the next; letters are told in ASCII."""
    notes = JobNotes(tmp_path)
    delivery = Delivery(MAIL, "joe@contoso.example", (1, 2), ("ä.jpg",), in_store=False)
    notes.filter(MAIL)
    notes.target(CopyTarget(1, "server/Größe/a.jpg"))
    notes.target(CopyTarget(2, "server/b.jpg", ".server/runs/1/incoming/f"))
    notes.copy_given_up(".server/runs/1/incoming/f")
    notes.delivery_made(delivery)
    lines = (tmp_path / ".notes").read_bytes().decode("ascii").split("\n")
    assert lines[::2] == [""] * 6 and lines[-1] == ""
    assert [json.loads(line) for line in lines[1::2]] == [
        {"filter": MAIL},
        {"document": 1, "target": "server/Größe/a.jpg"},
        {"document": 2, "target": "server/b.jpg", "aside": ".server/runs/1/incoming/f"},
        {"void": ".server/runs/1/incoming/f"},
        {"told": delivery.as_dict(), "in_store": False},
    ]
    assert notes.path == tmp_path / ".notes"


def test_what_was_noted_is_read(tmp_path: Path) -> None:
    notes = JobNotes(tmp_path)
    delivery = Delivery(MAIL, "joe@contoso.example", (1, 3), ("a.jpg", "c.jpg"), in_store=False)
    in_store = Delivery(SHARE, r"\\server\share", (2,), ("b.jpg",), in_store=True)
    targets = [CopyTarget(1, "server/a.jpg"), CopyTarget(2, "server/b.jpg", "f")]
    notes.filter(MAIL)
    for target in targets:
        notes.target(target)
    notes.delivery_made(delivery)
    notes.delivery_made(in_store)
    assert notes.read() == NotesSummary(targets, {1, 3}, [delivery.as_dict(), in_store.as_dict()], [])


def test_a_link_has_no_copy_that_waits() -> None:
    assert CopyTarget(1, "a").aside is None


def test_a_job_without_notes_has_done_nothing(tmp_path: Path) -> None:
    assert JobNotes(tmp_path).read() == NotesSummary([], set(), [], [])
    JobNotes(tmp_path).filter(MAIL)
    with replaced(open=_denied):
        assert JobNotes(tmp_path).read() == NotesSummary()


def _denied(*arguments: object) -> Any:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "the notes")


def test_a_note_that_cannot_be_written_is_a_fault_of_the_servers_own_disk(tmp_path: Path) -> None:
    """Of a kind of its own, because the target is not to blame; with the errno, its words, and the file."""
    for number in (errno.EACCES, errno.ENOSPC):

        def fails(*arguments: object, number: int = number) -> Any:
            raise OSError(number, os.strerror(number), "the notes")

        with replaced(open=fails), pytest.raises(NoteFailed) as found:
            JobNotes(tmp_path).copy_given_up("x")
        assert (found.value.errno, found.value.strerror) == (number, os.strerror(number))
        assert found.value.filename == "the notes"


def test_a_name_that_was_taken_gives_way_to_the_next_of_the_same_document(tmp_path: Path) -> None:
    """Of links: of a document one is made at a time. Of copies: while the same file waits."""
    noted = read(
        tmp_path,
        {"document": 1, "target": "a"},
        {"document": 2, "target": "a"},
        {"document": 1, "target": "b"},
        {"document": 1, "target": "c", "aside": "f"},
        {"document": 1, "target": "d", "aside": "f"},
        {"document": 1, "target": "e", "aside": "g"},
        {"document": 2, "target": "h", "aside": "f"},
    )
    assert noted.targets == [
        CopyTarget(2, "a"),
        CopyTarget(1, "b"),
        CopyTarget(1, "d", "f"),
        CopyTarget(1, "e", "g"),
        CopyTarget(2, "h", "f"),
    ]


def test_a_copy_that_was_given_up_is_no_target(tmp_path: Path) -> None:
    """And no other one is touched by that."""
    noted = read(
        tmp_path,
        {"document": 1, "target": "a"},
        {"document": 1, "target": "b", "aside": "f"},
        {"document": 2, "target": "c", "aside": "g"},
        {"void": "f"},
    )
    assert noted.targets == [CopyTarget(1, "a"), CopyTarget(2, "c", "g")]


def test_a_filter_that_was_told_of_has_ended_and_the_others_are_at_work(tmp_path: Path) -> None:
    """A delivery names its filter by the last word of the dialect."""
    told = Delivery(MAIL, "joe", (1,), reason=FilterStateReason.UNKNOWN_ERROR, in_store=False).as_dict()
    assert told["filter"] == "email"
    lines = [{"filter": MAIL}, {"filter": SHARE}, {"told": told, "in_store": True}]
    assert read(tmp_path, *lines).begun == [SHARE]
    assert read(tmp_path, *lines, {"filter": MAIL}).begun == [SHARE, MAIL]
    assert read(tmp_path, *lines[:2]).begun == [MAIL, SHARE]


@pytest.mark.parametrize("in_store", [False, True])
def test_only_a_target_outside_the_store_is_believed_by_its_word(tmp_path: Path, in_store: bool) -> None:
    told = [{"filter": "email", "documents": [number, 9]} for number in (1, 2)]
    noted = read(tmp_path, *({"told": each, "in_store": in_store} for each in told))
    assert noted.told == told
    assert noted.elsewhere == (set() if in_store else {1, 2, 9})


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "null",
        "7",
        '{"document": 1}',
        '{"document": "x", "target": "a"}',
        '{"document": null, "target": "a"}',
        '{"told": null, "in_store": false}',
        '{"told": {"filter": "email", "documents": [1]}}',
        '{"told": {"documents": [1]}, "in_store": false}',
        '{"told": {"filter": "email"}, "in_store": true}',
        '{"told": {"filter": "email", "documents": [1, "x"]}, "in_store": false}',
        '{"document": 1, "tar',
        "{}",
        '{"more": 1}',
        "\udcff",
        "",
    ],
)
def test_a_line_that_is_no_note_is_passed_over(tmp_path: Path, line: str) -> None:
    """An image of which nothing is known is kept; what other lines say holds."""
    good = json.dumps({"document": 2, "target": "b"})
    text = "\n".join((good.replace("2", "1"), line, good))
    (tmp_path / ".notes").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert JobNotes(tmp_path).read() == NotesSummary([CopyTarget(1, "b"), CopyTarget(2, "b")])


def test_a_note_behind_one_that_was_cut_off_is_read(tmp_path: Path) -> None:
    notes = JobNotes(tmp_path)
    notes.target(CopyTarget(1, "a"))
    notes.path.write_bytes(notes.path.read_bytes() + b'\n{"document": 2, "tar')
    notes.target(CopyTarget(3, "c"))
    assert notes.read().targets == [CopyTarget(1, "a"), CopyTarget(3, "c")]


def test_a_place_is_a_text_whatever_a_note_says(tmp_path: Path) -> None:
    """Else the server that starts could make no path of it, and would not start."""
    assert read(tmp_path, {"document": "1", "target": 2, "aside": 3}).targets == [CopyTarget(1, "2", "3")]
