"""`verify`: what is missing, altered, doubled or surplus is told apart, for people and for programs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from emulator.cli.main import app
from emulator.jobs.manifest import ImageRecord, ManifestWriter

PAGES = [bytes([number]) * (6000 + number) for number in range(4)]


def record(number: int, *, acknowledged: bool) -> ImageRecord:
    data = PAGES[number - 1]
    hashes = hashlib.sha256(data).hexdigest(), hashlib.sha256(data[:4096]).hexdigest()
    return ImageRecord(
        number, "jfif", "image/jpeg", len(data), *hashes, 1, 10, 10, "300x300", "RGB24", acknowledged=acknowledged
    )


@pytest.fixture
def job(tmp_path: Path) -> tuple[Path, Path]:
    """A manifest of four images and a store that holds them at two depths."""
    with ManifestWriter(tmp_path / "m.jsonl", {"copies": 1}) as manifest:
        for number in range(1, 5):
            manifest.sending(record(number, acknowledged=False))
            manifest.acknowledged(record(number, acknowledged=True))
        manifest.result({"outcome": "Completed"})
    store = tmp_path / "store"
    (store / "share" / "demo").mkdir(parents=True)
    for number, data in enumerate(PAGES, 1):
        folder = store if number == 1 else store / "share" / "demo"
        (folder / f"page {number}").write_bytes(data)
    return tmp_path / "m.jsonl", store


def verify(job: tuple[Path, Path], *options: str) -> Result:
    return CliRunner().invoke(app, ["verify", str(job[0]), str(job[1]), *options])


def told(job: tuple[Path, Path], *options: str) -> dict[str, Any]:
    done = verify(job, "--json", *options)
    proof: dict[str, Any] = json.loads(done.stdout)
    assert done.exit_code == proof["exit_code"] == (0 if proof["ok"] else 1) and done.stderr == ""
    assert (proof["error"] is None) == proof["ok"]
    (found,) = proof["jobs"]
    assert found["ok"] == proof["ok"] and found["manifest"] == str(job[0])
    return dict(found)


def test_all_that_was_sent_is_there(job: tuple[Path, Path]) -> None:
    done = verify(job)
    assert (done.exit_code, done.stdout) == (0, "OK  4 images delivered\n")
    empty: list[Any] = []
    kinds = dict.fromkeys(("missing", "altered", "duplicate", "unacknowledged", "surplus"), empty)
    assert told(job) == {"manifest": str(job[0]), "outcome": "Completed", "ok": True, "delivered": 4, **kinds}


def test_missing_altered_duplicate_and_surplus_are_told_apart(job: tuple[Path, Path]) -> None:
    folder = job[1] / "share" / "demo"
    (job[1] / "page 1").unlink()
    (folder / "page 2").write_bytes(PAGES[1][:-1] + b"!")
    (folder / "again").write_bytes(PAGES[2])
    (folder / "other job").write_bytes(b"other")
    done = verify(job)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "FAILED  2 images delivered, 1 missing, 1 altered, 1 duplicate, 1 surplus"
    assert [line.split()[0] for line in lines[1:]] == ["missing", "altered", "duplicate", "surplus"]
    assert "image 1, jfif, 6.0 kB" in lines[1] and str(Path("share/demo/page 2")) in lines[2]
    found = told(job)
    assert found["ok"] is False and found["delivered"] == 2
    assert [image["document_id"] for image in found["missing"]] == [1]
    assert [(e["image"]["document_id"], Path(e["file"]).name) for e in found["altered"]] == [(2, "page 2")]
    assert [sorted(Path(f).name for f in e["files"]) for e in found["duplicate"]] == [["again", "page 3"]]
    assert [Path(file).name for file in found["surplus"]] == ["other job"]


@pytest.mark.parametrize("kind", ["missing", "altered", "duplicate"])
def test_each_of_the_three_alone_is_a_failure(job: tuple[Path, Path], kind: str) -> None:
    page = job[1] / "page 1"
    match kind:
        case "missing":
            page.unlink()
        case "altered":
            page.write_bytes(PAGES[0][:-100])
        case "duplicate":
            (job[1] / "again").write_bytes(PAGES[0])
    found = told(job)
    assert found["ok"] is False
    assert {name for name, value in found.items() if isinstance(value, list) and value} == {kind}


def test_surplus_fails_only_where_exactness_is_asked_for(job: tuple[Path, Path]) -> None:
    (job[1] / "other").write_bytes(b"other")
    assert told(job)["ok"] is True
    assert told(job, "--exact")["ok"] is False
    done = verify(job, "--exact")
    assert done.exit_code == 1 and done.stdout.startswith("FAILED  4 images delivered, 1 surplus\n")


def test_copies_says_how_often_each_must_be_there(job: tuple[Path, Path]) -> None:
    assert verify(job, "--copies", "2").exit_code == 1
    for number, data in enumerate(PAGES):
        (job[1] / f"second {number}").write_bytes(data)
    assert verify(job).exit_code == 1
    assert verify(job, "--copies", "2").exit_code == 0


def test_an_image_whose_acknowledgement_never_came_is_no_failure(tmp_path: Path) -> None:
    with ManifestWriter(tmp_path / "m.jsonl", {"copies": 1}) as manifest:
        manifest.sending(record(1, acknowledged=False))
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "a").write_bytes(PAGES[0])
    found = told((tmp_path / "m.jsonl", tmp_path / "store"), "--exact")
    assert found["ok"] is True and found["delivered"] == 0 and len(found["unacknowledged"]) == 1


@pytest.mark.parametrize(
    ("manifest", "folder", "said"),
    [
        ("m.jsonl", "none", "none is no folder"),
        ("m.jsonl", "m.jsonl", "m.jsonl is no folder"),
        ("none.jsonl", "store", "none.jsonl: cannot be read"),
        ("store", "store", "no manifest lies in "),
        ("empty", "store", "empty: empty, no manifest"),
        ("picture", "store", "picture:1: not a line of JSON"),
        ("later", "store", "later:1: no manifest of version 1"),
        ("cut", "store", "cut:2: document_id of an image is missing"),
    ],
)
def test_what_cannot_be_read_is_exit_code_2_in_one_line(
    job: tuple[Path, Path], tmp_path: Path, manifest: str, folder: str, said: str
) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "later").write_text('{"manifest": 99}\n')
    (tmp_path / "cut").write_text('{"manifest": 1}\n{"image": {}}\n')
    done = verify((tmp_path / manifest, tmp_path / folder), "--json")
    refused = json.loads(done.stdout)
    assert done.exit_code == refused["exit_code"] == 2 and said in refused["error"]
    assert done.stderr.startswith("error: ") and said in done.stderr and done.stderr.count("\n") == 2


# Zero images, several jobs, other jobs' manifests


def write(path: Path, pages: list[int], *, end: dict[str, Any] | None, token: str = "", **line: Any) -> Path:
    """A manifest of those pages, all acknowledged; `end`: its result."""
    with ManifestWriter(path, {"copies": 1, **line}) as manifest:
        if token:
            manifest.created(token, "http://x/service")
        for number in pages:
            manifest.sending(record(number, acknowledged=False))
            manifest.acknowledged(record(number, acknowledged=True))
        if end is not None:
            manifest.result(end)
    return path


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (
            {"outcome": "Failed", "error": "Probe: connection refused"},
            "the job ended Failed (Probe: connection refused)",
        ),
        ({"outcome": "Canceled"}, "the job ended Canceled"),
        ({"outcome": "Completed"}, "the job ended Completed"),
        (None, "the job has no result"),
    ],
)
def test_nothing_proves_nothing(tmp_path: Path, end: dict[str, Any] | None, said: str) -> None:
    """A job that never reached the server was called OK."""
    (tmp_path / "store").mkdir()
    job = write(tmp_path / "m.jsonl", [], end=end), tmp_path / "store"
    for options in ([], ["--exact"], ["--copies", "1"]):
        done = verify(job, *options)
        assert done.exit_code == 1 and done.stdout.startswith("FAILED  0 images delivered: nothing is proved")
        assert said in done.stdout
    found = told(job)
    assert found["ok"] is False and found["delivered"] == 0
    assert found["outcome"] == (None if end is None else end["outcome"])


def test_several_manifests_share_the_files_out(tmp_path: Path) -> None:
    """Two jobs of the same page at a server that tells no places: one file is not the proof of two images."""
    store = tmp_path / "store"
    store.mkdir()
    manifests = [str(write(tmp_path / f"{n}.jsonl", [1], end={"outcome": "Completed"})) for n in range(2)]
    (store / "a").write_bytes(PAGES[0])
    both = CliRunner().invoke(app, ["verify", *manifests, str(store), "--json"])
    found = json.loads(both.stdout)
    assert both.exit_code == 1 and [job["delivered"] for job in found["jobs"]] == [1, 0]
    assert [job["manifest"] for job in found["jobs"]] == manifests and len(found["jobs"][1]["missing"]) == 1
    (store / "b").write_bytes(PAGES[0])
    assert CliRunner().invoke(app, ["verify", *manifests, str(store)]).exit_code == 0
    (store / "c").write_bytes(PAGES[0])
    assert CliRunner().invoke(app, ["verify", *manifests, str(store)]).exit_code == 1


def test_many_surplus_files_do_not_hide_the_verdict(job: tuple[Path, Path]) -> None:
    for number in range(50):
        (job[1] / f"other {number:02}").write_bytes(b"%d" % number)
    lines = verify(job).stdout.splitlines()
    assert (
        lines[0].startswith("OK")
        and len(lines) == 22
        and lines[-1] == "  and 30 more files (--json names them all)"
    )
    assert told(job)["surplus"] == sorted(f"other {number:02}" for number in range(50))
