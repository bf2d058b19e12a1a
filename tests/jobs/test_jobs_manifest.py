"""The manifest: what is written is read again, a cut-off one too, and any other file gives one clear error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import PROJECT

from emulator.environment.exit_codes import LabError
from emulator.jobs import manifest, manifest_files
from emulator.jobs.manifest import (
    ImageRecord,
    Manifest,
    ManifestError,
    ManifestWriter,
    is_manifest,
    read_manifest,
)
from emulator.jobs.manifest_files import open_manifest
from emulator.options.scan import ScanOptions

IMAGE = ImageRecord(
    document_id=1,
    format="jfif",
    media_type="image/jpeg",
    bytes=12_345,
    sha256="ab" * 32,
    head_sha256="cd" * 32,
    pages=1,
    width=2480,
    height=3508,
    resolution="300x300",
    color="Grayscale8",
)
JOB = {"server": "https://127.0.0.1:1/ScanServer", "copies": 2, "user": "dämon@contoso.example"}


def written(path: Path) -> Path:
    """A whole job of two images, the second not acknowledged."""
    with ManifestWriter(path, JOB) as writer:
        writer.created("token", "https://127.0.0.1:1/service")
        writer.sending(IMAGE)
        writer.acknowledged(replace(IMAGE, attempts=2, acknowledged=True))
        writer.sending(replace(IMAGE, document_id=2))
        writer.result({"outcome": "Failed", "error": "gone"})
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def read(path: Path, data: bytes) -> Manifest | ManifestError:
    """What comes of these octets; the error's text is one line with the file in it."""
    path.write_bytes(data)
    is_manifest(path)  # never raises
    try:
        found = read_manifest(path)
    except ManifestError as error:
        assert str(error).startswith(f"{path}:") and "\n" not in str(error)
        return error
    assert isinstance(found.copies, int) and found.copies > 0
    return found


def test_a_manifest_says_the_job_then_each_image_twice_then_the_result(tmp_path: Path) -> None:
    lines = lines_of(written(tmp_path / "new" / "folder" / "m.jsonl"))
    assert [next(iter(line)) for line in lines] == ["manifest", "created", "sending", "image", "sending", "result"]
    assert lines[0] == {"manifest": 1, **JOB}
    assert lines[1] == {"created": {"job_token": "token", "service": "https://127.0.0.1:1/service"}}
    assert lines[3]["image"] == {**asdict(IMAGE), "attempts": 2, "acknowledged": True}


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    found = read_manifest(written(tmp_path / "m.jsonl"))
    assert found == Manifest(
        job={"manifest": 1, **JOB},
        sent=(IMAGE, replace(IMAGE, document_id=2)),
        acknowledged=(replace(IMAGE, attempts=2, acknowledged=True),),
        result={"outcome": "Failed", "error": "gone"},
    )
    assert found.copies == 2
    assert is_manifest(tmp_path / "m.jsonl")


def test_each_line_can_be_read_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    with ManifestWriter(path, JOB) as writer:
        assert (len(lines_of(path)), read_manifest(path).sent) == (1, ())
        writer.sending(IMAGE)
        assert (read_manifest(path).sent, read_manifest(path).acknowledged) == ((IMAGE,), ())
        writer.acknowledged(IMAGE)
        assert read_manifest(path).acknowledged == (IMAGE,)
        assert read_manifest(path).result is None


KILLED = """
import os, sys
from pathlib import Path
from emulator.jobs.manifest import ImageRecord, ManifestWriter
image = ImageRecord(1, "png", "image/png", 1, "00", "00", 1, 1, 1, "1x1", "RGB24")
writer = ManifestWriter(Path(sys.argv[1]), {})
writer.sending(image)
os._exit(9)
"""


def test_a_process_that_is_killed_leaves_every_line(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    assert subprocess.run([sys.executable, "-c", KILLED, path], env=environment).returncode == 9
    assert [image.document_id for image in read_manifest(path).sent] == [1]


def test_a_manifest_cut_anywhere_is_read_up_to_there(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.jsonl").read_bytes()
    ends = [position for position, octet in enumerate(whole) if octet == ord("\n")]
    everything = read_manifest(tmp_path / "whole.jsonl")
    for cut in range(len(whole) + 1):
        found = read(tmp_path / "cut.jsonl", whole[:cut])
        if cut < ends[0]:  # not even the first line
            assert isinstance(found, ManifestError)
            continue
        assert isinstance(found, Manifest)
        assert found.job == everything.job
        lines = sum(end <= cut for end in ends)  # the line break itself may be missing
        assert (len(found.sent), len(found.acknowledged)) == ((lines >= 3) + (lines >= 5), int(lines >= 4))
        assert (found.result is not None) == (lines == 6)
        assert found.cut_off == (cut not in {0, *ends, *(end + 1 for end in ends)})


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_arbitrary_octets_give_a_manifest_or_a_manifest_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    read(tmp_path_factory.getbasetemp() / "octets", data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.fixed_dictionaries({}, optional=dict.fromkeys(asdict(IMAGE), JSON))
LINES = st.one_of(
    st.binary(max_size=60),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.builds(
        lambda key, changes: json.dumps({key: {**asdict(IMAGE), **changes}}).encode(),
        st.sampled_from(["sending", "image"]),
        FIELDS,
    ),
    st.dictionaries(st.sampled_from(["manifest", "copies", "sending", "image", "result", "created"]), JSON).map(
        lambda value: json.dumps(value).encode()
    ),
)


@given(st.lists(LINES, max_size=6), st.sampled_from([b"", b"\n"]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_arbitrary_lines_give_a_manifest_or_a_manifest_error(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], end: bytes, headed: bool
) -> None:
    head = [b'{"manifest":1}'] if headed else []
    read(tmp_path_factory.getbasetemp() / "lines", b"\n".join([*head, *lines]) + end)


@given(st.dictionaries(st.text(max_size=10).filter(lambda name: name != "manifest"), JSON, max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_text_of_a_job_comes_back(tmp_path_factory: pytest.TempPathFactory, job: dict[str, Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "job.jsonl"
    ManifestWriter(path, job).close()
    assert json.dumps(read_manifest(path).job, sort_keys=True) == json.dumps({"manifest": 1, **job}, sort_keys=True)


def test_file_names_that_are_no_utf_8_can_be_written(tmp_path: Path) -> None:
    """os.fsdecode makes a surrogate of each octet that fits into no character."""
    name = os.fsdecode(b"caf\xe9.png") if os.name == "posix" else "caf\udce9.png"
    with ManifestWriter(tmp_path / "m.jsonl", {"server": name}) as writer:
        writer.result({"skipped": [name]})
    found = read_manifest(tmp_path / "m.jsonl")
    assert (found.job["server"], found.result) == (name, {"skipped": [name]})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty, no manifest"),
        (b"\n", ":1: not a line of JSON"),
        (b"\x89PNG\r\n\x1a\n", ":1: not a line of JSON"),
        (b"[1]\n", ":1: not a JSON object"),
        (b'{"a": 1}\n', ":1: no manifest of version 1"),
        (b'{"manifest": 2}\n', ":1: no manifest of version 1"),
        (b'{"manifest": 1}\nnonsense\n{}\n', ":2: not a line of JSON"),
        (b'{"manifest": 1}\n7\n', ":2: not a JSON object"),
        (b'{"manifest": 1}\n{"image": 5}\n', ":2: an image that is no JSON object"),
        (b'{"manifest": 1}\n{"image": {}}\n', ":2: document_id of an image is missing or no int"),
        (b'{"manifest": 1}\n' + b"[" * 100_000 + b"\n", ":2: not a line of JSON"),
        (b'{"manifest": 1, "a": ' + b"9" * 5000 + b"}\n", ":1: not a line of JSON"),
    ],
)
def test_what_is_no_manifest_is_named_with_its_line(data: bytes, reason: str, tmp_path: Path) -> None:
    found = read(tmp_path / "m.jsonl", data)
    assert isinstance(found, ManifestError)
    assert reason in str(found)


@pytest.mark.parametrize(
    ("field", "value"),
    [("document_id", "1"), ("document_id", True), ("bytes", 1.5), ("sha256", None), ("acknowledged", 1)],
)
def test_an_image_with_a_wrong_field_is_named(field: str, value: object, tmp_path: Path) -> None:
    line = json.dumps({"sending": {**asdict(IMAGE), field: value}}).encode()
    found = read(tmp_path / "m.jsonl", b'{"manifest": 1}\n' + line + b"\n")
    assert isinstance(found, ManifestError)
    assert f":2: {field} of an image is missing or no " in str(found)


def test_a_line_that_does_not_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MAX_LINE_BYTES", 1000)
    found = read(tmp_path / "m.jsonl", b'{"manifest": 1}\n' + b" " * 2000)
    assert isinstance(found, ManifestError)
    assert str(found).endswith(":2: a line longer than 1000 octets")


def test_the_result_of_a_very_long_job_is_read(tmp_path: Path) -> None:
    images = [asdict(IMAGE)] * 20_000
    with ManifestWriter(tmp_path / "m.jsonl", JOB) as writer:
        writer.result({"images": images, "delivered": ["scans/" + "x" * 80] * 20_000})
    result = read_manifest(tmp_path / "m.jsonl").result
    assert result is not None and len(result["images"]) == 20_000


def test_a_file_that_cannot_be_opened_is_a_manifest_error(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path, Path("a\0b")):
        with pytest.raises(ManifestError, match="cannot be read"):
            read_manifest(path)
        assert not is_manifest(path)


def test_an_image_sent_again_counts_once(tmp_path: Path) -> None:
    with ManifestWriter(tmp_path / "m.jsonl", JOB) as writer:
        writer.sending(IMAGE)
        writer.sending(IMAGE)
    assert len(read_manifest(tmp_path / "m.jsonl").sent) == 1


def test_a_manifest_is_closed_twice_without_harm(tmp_path: Path) -> None:
    with ManifestWriter(tmp_path / "m.jsonl", JOB) as writer:
        writer.close()


def test_of_two_jobs_that_draw_the_same_name_each_has_a_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["aaaa", "aaaa", "bbbb"])
    with monkeypatch.context() as patch:
        patch.setattr(manifest_files.secrets, "token_hex", lambda size: next(drawn))
        for _ in range(2):
            open_manifest(ScanOptions(), tmp_path, JOB).close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["aaaa.jsonl", "bbbb.jsonl"]
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="file"):
        open_manifest(ScanOptions(), tmp_path / "file", JOB)
