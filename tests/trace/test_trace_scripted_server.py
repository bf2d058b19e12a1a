"""Log, result and manifest say the same, and it is what a scan server of the tests' own has seen."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lying_server import BUSY, DROP, HTML, NS, Fault, Lie, LyingServer, Raw
from PIL import Image
from programs import run
from typer.testing import CliRunner

from emulator.cli.main import app
from emulator.layers import EVERYWHERE
from emulator.trace.journal import Entry, Journal
from emulator.trace.points import HAPPENED
from emulator.trace.recording import record

TEMPORARY = Fault("ServerErrorTemporaryError")
ANSWERS: dict[str, dict[str, list[tuple[bool, Raw | Fault] | None]]] = {
    "all is well": {},
    "an image is taken, its answer lost": {"SendImage": [(True, DROP)]},
    "an image is lost": {"SendImage": [(False, DROP), None, (False, DROP)]},
    "the server is busy": {
        "SendImage": [(False, BUSY), (False, TEMPORARY)],
        "CreatePostScanJob": [(False, TEMPORARY)],
    },
    "the end is lost": {"EndPostScanJob": [(False, DROP), (True, DROP)]},
    "questions are lost": {"GetPostScanJobElements": [(False, DROP), (False, TEMPORARY)]},
    "the search is lost": {"Probe": [(False, DROP)], "Get": [(False, DROP)]},
    "an image is refused": {"SendImage": [None, (False, Fault("InvalidArgs", 400))]},
    "the job is refused": {"CreatePostScanJob": [(False, Fault("InvalidArgs", 400))]},
    "a page in the place of an answer": {"SendImage": [(True, HTML)]},
    "everything at once": {
        "SendImage": [(True, DROP), (False, BUSY), (False, DROP)],
        "GetPostScanJobElements": [(False, DROP), None, (False, DROP)],
        "EndPostScanJob": [(True, DROP)],
    },
}
_REQUEST = re.compile(r"^\d\d:\d\d:\d\d\.\d{3}  (?:job \S+  )?-> (\w+)(?: \(([^)]*)\))?  \S+  \d", re.MULTILINE)
_ANSWER = re.compile(r"^\d\d:\d\d:\d\d\.\d{3}  (?:job \S+  )?<- (\w+)(?: \([^)]*\))?  (.*)$", re.MULTILINE)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of those of the table."""
    for module, name in (
        ("open_request", "STORING_PAUSES"), ("open_request", "PARTIAL_PAUSES"), ("open_request", "ENDING_PAUSES"),
        ("sequence_steps", "RETRY_PAUSES"),
    ):  # fmt: skip
        value = __import__(f"emulator.dsm.{module}", fromlist=[name]).__dict__[name]
        monkeypatch.setattr(f"emulator.dsm.{module}.{name}", tuple(each / 10 for each in value))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for number in range(2):
        Image.new("RGB", (40, 40), (200, 90 * number, 30)).save(folder / f"{number}.jpg")
    return folder


def dropped_by(server: LyingServer) -> int:
    """Exchanges that it broke."""
    asked = Counter(server.operations)
    return sum(
        each is not None and each[1] is DROP
        for operation, planned in server.lie.answer.items()
        for each in planned[: asked[operation]]
    )


def images_seen(server: LyingServer) -> dict[int, int]:
    """How often each DocumentId came."""
    sent = [document for operation, document in server.seen if operation == "SendImage"]
    return dict(Counter(int(document.findtext(".//d:DocumentId", "", NS)) for document in sent))


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_log_result_and_manifest_say_what_the_server_has_seen(
    answers: dict[str, list[tuple[bool, Raw | Fault] | None]], pages: Path, tmp_path: Path
) -> None:
    journal, manifest = Journal(), tmp_path / "m.jsonl"
    with LyingServer(Lie(answer=answers)) as server:
        stop = record(journal)
        given = ["scan", str(pages), "--as-is", "--server", server.url, "--events", "none", "--json", "-vv"]
        done = CliRunner().invoke(app, [*given, "--manifest", str(manifest)])
        stop()
        result = json.loads(done.stdout)
        written = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
        seen, images = server.operations, images_seen(server)
        dropped = dropped_by(server)
    counts = result["exchanges"]
    polls = seen.count("GetPostScanJobElements")
    assert (counts["requests"], counts["polls"], counts["dropped"]) == (len(seen), polls, dropped), done.stderr
    assert written[-1]["result"]["exchanges"] == counts
    assert {each["document_id"]: each["attempts"] for each in result["images"]} == images
    assert {each["document_id"]: each["attempts"] for each in written[-1]["result"]["images"]} == images
    _check_journal(journal.since(0).entries, result, seen, images)
    _check_log(done.stderr, counts, seen, images)


def _check_journal(
    entries: tuple[Entry, ...], result: dict[str, Any], seen: list[str], images: dict[int, int]
) -> None:
    asked = [entry.data for entry in entries if entry.kind == "exchange"]
    assert all(each["job_request"] for each in asked) and [each["operation"] for each in asked] == seen
    again = Counter(each["again"] for each in asked)
    told = [entry.data for entry in entries if entry.kind == "retry"]
    assert result["exchanges"] == {
        "requests": len(asked),
        "retries": again["retry"],
        "repeats": again["repeat"],
        "dropped": sum(each["what"] == "dropped" for each in told),
        "polls": sum(each["poll"] for each in asked),
    }
    assert Counter(each["what"] for each in told) - Counter(["dropped"] * len(told)) == again - Counter(
        [""] * len(asked)
    )
    assert Counter(each["document_id"] for each in asked if each["document_id"] is not None) == images
    assert [entry.data["text"] for entry in entries if entry.kind == "warning"] == result["warnings"]
    first, last = entries[0], entries[-1]
    assert (first.kind, first.data["what"], last.data["what"]) == ("job", "begun", "ended")
    assert (last.data["outcome"], last.data["exchanges"]) == (result["outcome"], result["exchanges"])
    assert last.job == result["job_token"] or not result["job_token"]
    acknowledged = [each["document_id"] for each in result["images"] if each["acknowledged"]]
    assert acknowledged == [
        entry.data["document_id"]
        for entry in entries
        if entry.kind == "image" and entry.data["what"] == "acknowledged"
    ]


def _check_log(log: str, counts: dict[str, int], seen: list[str], images: dict[int, int]) -> None:
    asked = _REQUEST.findall(log)
    assert [operation for operation, _ in asked] == seen
    assert [operation for operation, _ in _ANSWER.findall(log)] == seen
    marks = Counter(mark for _, brackets in asked for mark in brackets.split(", "))
    assert (marks["poll"], marks["retried"], marks["repeated"]) == (
        counts["polls"],
        counts["retries"],
        counts["repeats"],
    )
    assert {number: marks[f"image {number}"] for number in images} == images
    assert len(re.findall("had no whole answer", log)) == counts["dropped"]


def test_the_same_in_a_process_of_its_own(pages: Path, tmp_path: Path) -> None:
    answers = {
        "SendImage": [(True, DROP), (False, TEMPORARY)],
        "EndPostScanJob": [(False, Fault("OperationFailed"))],
    }
    with LyingServer(Lie(answer=dict(answers))) as server:
        given = ("scan", pages, "--as-is", "--server", server.url, "--events", "none", "--json", "-vv")
        done = run(*given, "--manifest", "m.jsonl", cwd=tmp_path)
        result = json.loads(done.stdout)
        _check_log(done.stderr, result["exchanges"], server.operations, images_seen(server))
    assert "500 fault ServerErrorTemporaryError: " in done.stderr
    assert "SendImage of image 2 is tried again: ServerErrorTemporaryError: " in done.stderr


def test_a_command_leaves_no_listener_behind(pages: Path, tmp_path: Path) -> None:
    with LyingServer() as server:
        given = ["scan", str(pages), "--as-is", "--server", server.url, "--events", "none", "-v"]
        done = CliRunner().invoke(app, [*given, "--manifest", str(tmp_path / "m.jsonl")])
    assert done.exit_code == 0 and "image 2 acknowledged" in done.stderr
    assert not EVERYWHERE.heard(HAPPENED)
    assert "-> " not in done.stderr and "<- " not in done.stderr, "-v tells no message that went well"
