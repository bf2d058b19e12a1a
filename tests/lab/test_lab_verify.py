"""`verify` against folders that hold what was sent, less, more, or something else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.jobs.manifest import ImageRecord, ManifestError, ManifestWriter, read_manifest
from emulator.jobs.verify import verify


def record(number: int, data: bytes, **changes: object) -> ImageRecord:
    fields: dict[str, object] = {
        "document_id": number,
        "format": "jfif",
        "media_type": "image/jpeg",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "head_sha256": hashlib.sha256(data[:4096]).hexdigest(),
        "pages": 1,
        "width": 10,
        "height": 10,
        "resolution": "300x300",
        "color": "RGB24",
        "acknowledged": True,
    }
    return ImageRecord(**(fields | changes))  # type: ignore[arg-type]


PAGES = [bytes([number]) * (5000 + number) for number in range(3)]


def write(
    path: Path, pages: list[bytes], *, copies: int = 1, acknowledged: int | None = None, end: bool = True
) -> None:
    with ManifestWriter(path, {"copies": copies}) as writer:
        for number, data in enumerate(pages, start=1):
            writer.sending(record(number, data, acknowledged=False))
            if acknowledged is None or number <= acknowledged:
                writer.acknowledged(record(number, data))
        if end:
            writer.result({"outcome": "Completed"})


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store" / "deep" / "er"
    folder.mkdir(parents=True)
    for number, data in enumerate(PAGES):
        (folder / f"any name {number}").write_bytes(data)
    return tmp_path / "store"


def test_all_delivered_at_any_depth_and_name(tmp_path: Path, store: Path) -> None:
    write(tmp_path / "m.jsonl", PAGES)
    outcome = verify(read_manifest(tmp_path / "m.jsonl"), store)
    assert outcome.ok and len(outcome.delivered) == 3 and not outcome.surplus


def test_missing(tmp_path: Path, store: Path) -> None:
    write(tmp_path / "m.jsonl", PAGES)
    (store / "deep" / "er" / "any name 1").unlink()
    outcome = verify(read_manifest(tmp_path / "m.jsonl"), store)
    assert not outcome.ok and [image.document_id for image in outcome.missing] == [2]


@pytest.mark.parametrize("change", ["truncated", "last octet", "first octet"])
def test_altered_is_told_from_missing(tmp_path: Path, store: Path, change: str) -> None:
    write(tmp_path / "m.jsonl", PAGES)
    data = {
        "truncated": PAGES[1][:-10],
        "last octet": PAGES[1][:-1] + b"!",
        "first octet": b"!" + PAGES[1][1:],
    }[change]
    (store / "deep" / "er" / "any name 1").write_bytes(data)
    outcome = verify(read_manifest(tmp_path / "m.jsonl"), store)
    assert not outcome.ok and not outcome.missing and not outcome.surplus
    assert [(image.document_id, file.path.name) for image, file in outcome.altered] == [(2, "any name 1")]


def test_duplicate(tmp_path: Path, store: Path) -> None:
    write(tmp_path / "m.jsonl", PAGES)
    (store / "again").write_bytes(PAGES[0])
    outcome = verify(read_manifest(tmp_path / "m.jsonl"), store)
    assert not outcome.ok and len(outcome.delivered) == 3
    assert [len(files) for _, files in outcome.duplicate] == [2]


def test_two_shares_are_no_duplicates_and_one_lacking_is_missing(tmp_path: Path, store: Path) -> None:
    write(tmp_path / "m.jsonl", PAGES, copies=2)
    for number, data in enumerate(PAGES):
        (store / f"second {number}").write_bytes(data)
    assert verify(read_manifest(tmp_path / "m.jsonl"), store).ok
    (store / "second 2").unlink()
    outcome = verify(read_manifest(tmp_path / "m.jsonl"), store)
    assert [image.document_id for image in outcome.missing] == [3]


def test_the_same_page_sent_twice_is_wanted_twice(tmp_path: Path, store: Path) -> None:
    write(tmp_path / "m.jsonl", [*PAGES, PAGES[0]])
    outcome = verify(read_manifest(tmp_path / "m.jsonl"), store)
    assert len(outcome.missing) == 1
    (store / "again").write_bytes(PAGES[0])
    assert verify(read_manifest(tmp_path / "m.jsonl"), store).ok


def test_surplus_is_told_and_manifests_and_hidden_files_are_none(tmp_path: Path, store: Path) -> None:
    write(store / "m.jsonl", PAGES)
    (store / ".server").mkdir()
    (store / ".server" / "ca.pem").write_bytes(b"x")
    (store / "other").write_bytes(b"another job")
    outcome = verify(read_manifest(store / "m.jsonl"), store)
    assert outcome.ok and [file.path.name for file in outcome.surplus] == ["other"]


def test_a_killed_run_tells_what_may_have_arrived(tmp_path: Path, store: Path) -> None:
    write(tmp_path / "m.jsonl", PAGES, acknowledged=2, end=False)
    with (tmp_path / "m.jsonl").open("a") as file:
        file.write('{"image":{"docu')
    manifest = read_manifest(tmp_path / "m.jsonl")
    assert manifest.cut_off and manifest.result is None and len(manifest.acknowledged) == 2
    outcome = verify(manifest, store)
    assert outcome.ok and len(outcome.delivered) == 2
    assert [image.document_id for image, _ in outcome.unacknowledged] == [3]
    assert not outcome.surplus


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("[]\n", "not a JSON object"),
        ("{}\n", "no manifest of version"),
        ('{"manifest":2}\n', "no manifest of version"),
        ('{"manifest":1}\nxx\n', ":2: not a line of JSON"),
        ('{"manifest":1}\n{"image":3}\n', ":2: an image that is no JSON object"),
        ('{"manifest":1}\n{"image":{}}\n', ":2: document_id"),
        ('{"manifest":1}\n{"image":{"document_id":true}}\n', ":2: document_id"),
    ],
)
def test_what_is_no_manifest_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(text)
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path / "none.jsonl")


@given(
    st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["manifest", "image", "sending", "result", "document_id"]), inner, max_size=4
                )
            ),
            max_leaves=10,
        ).map(lambda value: b'{"manifest":1}\n' + json.dumps(value).encode() + b"\n"),
    )
)
def test_arbitrary_files_give_a_manifest_or_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.jsonl"
    path.write_bytes(data)
    try:
        manifest = read_manifest(path)
    except ManifestError:
        return
    assert manifest.copies >= 1


def test_a_job_that_did_not_complete_needs_each_image_once(tmp_path: Path, store: Path) -> None:
    """Two shares were asked for; the job was cancelled, and its images are in the unfinished folder."""
    write(tmp_path / "m.jsonl", PAGES, copies=2, end=False)
    with (tmp_path / "m.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"result": {"outcome": "Canceled"}}) + "\n")
    manifest = read_manifest(tmp_path / "m.jsonl")
    assert verify(manifest, store).ok
    (store / "deep" / "second share").write_bytes(PAGES[0])
    assert verify(manifest, store).ok, "one share of the two had got one image"
    (store / "deep" / "third").write_bytes(PAGES[0])
    assert verify(manifest, store).duplicate
    (store / "deep" / "er" / "any name 1").unlink()
    assert verify(manifest, store).missing
