"""`verify` where several jobs share a store: each is judged by its own manifest and its own places."""

from __future__ import annotations

import gc
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from test_lab_verify import PAGES, record

from emulator.jobs.manifest import ManifestWriter, read_manifest
from emulator.jobs.verify import Proof, Verification, verify, verify_folder

SHARE = "contoso/Scans/demo@contoso.example"


def write(
    path: Path, pages: list[bytes], places: list[str] | None = None, *, token: str = "", outcome: str = "Completed",
    acknowledged: int | None = None, server: str = "https://h:5362/ScanServer", copies: int = 1, end: bool = True,
) -> Path:  # fmt: skip
    """A manifest; `places`: where the result says that the images are."""
    with ManifestWriter(path, {"copies": copies, "server": server}) as writer:
        if token:
            writer.created(token, f"{server}/x")
        for number, data in enumerate(pages, start=1):
            writer.sending(record(number, data, acknowledged=False))
            if acknowledged is None or number <= acknowledged:
                writer.acknowledged(record(number, data))
        if end:
            result: dict[str, Any] = {"outcome": outcome, "job_token": token}
            writer.result(result | ({} if places is None else {"delivered": places}))
    return path


def put(store: Path, name: str, data: bytes) -> Path:
    path = store / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def judge(manifest: Path, store: Path, **options: Any) -> Verification:
    proof: Proof = verify_folder([manifest], store, state=store / "no-state", **options)
    return proof.jobs[0].verification


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A store with the same page of two jobs, and their manifests in it."""
    store = tmp_path / "scans"
    for number in (1, 2):
        put(store, f"{SHARE}/page_{number}.jpg", PAGES[0])
    first = write(store / "1.jsonl", [PAGES[0]], [f"scans/{SHARE}/page_1.jpg"], token="t1")
    second = write(store / "2.jsonl", [PAGES[0]], [f"scans/{SHARE}/page_2.jpg"], token="t2")
    return store, first, second


def test_the_same_page_of_two_jobs_is_no_duplicate(two: tuple[Path, Path, Path]) -> None:
    """The second run of any command was called FAILED, duplicate."""
    store, *manifests = two
    for manifest in manifests:
        found = judge(manifest, store, exact=True)
        assert found.ok and not found.surplus and found.outcome == "Completed"


def test_the_file_of_another_job_proves_nothing(two: tuple[Path, Path, Path]) -> None:
    store, first, second = two
    (store / SHARE / "page_1.jpg").unlink()
    assert [image.document_id for image in judge(first, store).missing] == [1]
    assert judge(second, store).ok


def test_a_third_file_is_a_duplicate_of_each(two: tuple[Path, Path, Path]) -> None:
    store, first, second = two
    put(store, "elsewhere/again.jpg", PAGES[0])
    for manifest in (first, second):
        assert len(judge(manifest, store).duplicate) == 1
    assert not judge(first, store).surplus


def test_a_store_that_was_moved_and_renamed_files_are_found(two: tuple[Path, Path, Path], tmp_path: Path) -> None:
    store, first, _ = two
    moved = tmp_path / "deep" / "archive"
    moved.parent.mkdir()
    store.rename(moved)
    for folder in (moved, moved.parent, moved / "contoso"):
        assert judge(moved / first.name, folder).ok
    for number, path in enumerate(sorted((moved / SHARE).iterdir())):
        path.rename(moved / f"any name {number}")
    assert judge(moved / first.name, moved).ok and judge(moved / "2.jsonl", moved).ok


@pytest.mark.parametrize(
    "place", ["\\\\contoso\\Scans\\demo@contoso.example\\page_1.jpg", "/srv/scans/" + SHARE + "/page_1.jpg"]
)
def test_a_place_is_known_in_every_form(two: tuple[Path, Path, Path], place: str) -> None:
    store, first, second = two
    write(first, [PAGES[0]], [place])
    (store / SHARE / "page_2.jpg").write_bytes(b"not that page")
    assert judge(first, store).ok
    assert [file.path.name for _, file in judge(second, store).altered] == ["page_2.jpg"]


def test_other_content_at_its_place_is_altered_and_nobody_else_s_surplus(two: tuple[Path, Path, Path]) -> None:
    store, first, second = two
    (store / SHARE / "page_1.jpg").write_bytes(b"x")
    assert [(image.document_id, file.bytes) for image, file in judge(first, store).altered] == [(1, 1)]
    assert judge(second, store).ok and not judge(second, store, exact=True).surplus


def test_the_same_image_twice_in_one_job_and_again_in_another(tmp_path: Path) -> None:
    store = tmp_path / "scans"
    places = [str(put(store, f"{SHARE}/{n}.jpg", PAGES[0])) for n in range(3)]
    both = write(store / "both.jsonl", [PAGES[0], PAGES[0]], places[:2])
    one = write(store / "one.jsonl", [PAGES[0]], places[2:])
    assert len(judge(both, store).delivered) == 2 and judge(both, store).ok and judge(one, store).ok
    Path(places[1]).unlink()
    assert len(judge(both, store).missing) == 1 and judge(one, store).ok
    Path(places[0]).unlink()
    assert len(judge(both, store).missing) == 2 and judge(one, store).ok


def test_images_in_unfinished_are_those_of_their_job(tmp_path: Path) -> None:
    """Two aborted jobs of one page: each has a folder named after its token (and something behind it)."""
    store = tmp_path / "scans"
    put(store, "unfinished/token-a/1.jpg", PAGES[0])
    put(store, "unfinished/token-a/job.json", b"{}")
    put(store, "unfinished/token-b-0123abcd/1.jpg", PAGES[0])
    first = write(store / "a.jsonl", [PAGES[0]], [], token="TOKEN-A", outcome="Aborted", copies=2)
    second = write(store / "b.jsonl", [PAGES[0]], [], token="token-b", outcome="Aborted")
    assert judge(first, store, exact=True).ok and judge(second, store, exact=True).ok
    assert judge(first, store).outcome == "Aborted"
    (store / "unfinished/token-a/1.jpg").unlink()
    assert judge(first, store).missing and judge(second, store).ok


def test_a_killed_run_is_known_by_the_token_of_its_created_line(tmp_path: Path) -> None:
    store = tmp_path / "scans"
    put(store, "unfinished/t1/1.jpg", PAGES[0])
    put(store, "unfinished/t1/2.jpg", PAGES[1])
    killed = write(store / "1.jsonl", PAGES[:2], token="t1", acknowledged=1, end=False)
    put(store, f"{SHARE}/1.jpg", PAGES[0])
    other = write(store / "2.jsonl", PAGES[:1], [f"{SHARE}/1.jpg"], token="t2")
    found = judge(killed, store, exact=True)
    assert found.ok and found.outcome == "" and len(found.delivered) == 1
    assert [image.document_id for image, _ in found.unacknowledged] == [2]
    assert judge(other, store, exact=True).ok


@pytest.mark.parametrize("lost", [None, 0, 1])
def test_copies_for_several_shares_of_two_jobs(tmp_path: Path, lost: int | None) -> None:
    store = tmp_path / "scans"
    manifests = []
    for job in range(2):
        places = [str(put(store, f"share{share}/job{job}.jpg", PAGES[0])) for share in range(2)]
        manifests.append(write(store / f"{job}.jsonl", PAGES[:1], places, copies=2))
    if lost is not None:
        (store / "share1" / f"job{lost}.jpg").unlink()
    assert [judge(each, store).ok for each in manifests] == [lost != 0, lost != 1]


def test_a_job_of_the_same_server_explains_only_what_is_as_old_as_its_manifest(tmp_path: Path) -> None:
    """Manifests of a foreign server lie together, away from its store, and tell no places."""
    store, kept = tmp_path / "store", tmp_path / "manifests"
    store.mkdir()
    kept.mkdir()
    put(store, "a", PAGES[0])
    put(store, "b", PAGES[0])
    mine = write(kept / "1.jsonl", PAGES[:1])
    assert judge(mine, store).duplicate
    other = write(kept / "2.jsonl", PAGES[:1])
    assert judge(mine, store).ok, "the other job of that server has sent the other file"
    write(other, PAGES[:1], server="https://elsewhere/")
    assert judge(mine, store).duplicate, "a job of another server explains nothing"
    write(other, PAGES[:1])
    yesterday = time.time() - 86400
    os.utime(other, (yesterday, yesterday))
    assert judge(mine, store).duplicate, "what came after the other job had ended is not of it"


def test_manifests_of_the_state_folder_are_known(tmp_path: Path) -> None:
    store, state = tmp_path / "store", tmp_path / "state"
    for name in "ab":
        put(store, name, PAGES[0])
    (state / "manifests").mkdir(parents=True)
    write(state / "manifests" / "t.jsonl", PAGES[:1])
    (state / "manifests" / "broken.jsonl").write_text('{"manifest":1}\n{"image":3}\n')
    mine = write(tmp_path / "mine.jsonl", PAGES[:1])
    assert verify_folder([mine], store, state=state).ok
    assert not verify_folder([mine], store, state=tmp_path / "other").ok


@pytest.mark.parametrize("same_pages", [False, True])
@pytest.mark.parametrize("kept", [True, False])
def test_a_job_in_another_store_takes_no_file_of_this_one(
    same_pages: bool, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two stores of one folder have files of the same names, and the manifests lie beside one another: the file of
    the one was taken for an altered file of the other, and the image that it is was missing. Where the other store
    is gone, its files are still not those of this one if they hold something else."""
    monkeypatch.chdir(tmp_path)
    name = f"{SHARE}/page_1.jpg"
    put(tmp_path / "first", name, PAGES[0])
    put(tmp_path / "second", name, PAGES[0 if same_pages else 1])
    write(Path("first.jsonl"), [PAGES[0]], [f"first/{name}"], token="t1", server="https://a/")
    mine = write(Path("second.jsonl"), [PAGES[0 if same_pages else 1]], token="t2", server="https://b/")
    if not kept and not same_pages:
        (tmp_path / "first" / name).unlink()
    assert judge(mine, Path("second"), exact=True).ok


def test_odd_results_tell_no_places(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    for result in (
        {"delivered": 3},
        {"delivered": [1, None]},
        {"deliveries": [{"places": "x"}, 4]},
        {"job_token": 1},
    ):
        path.write_text(f'{{"manifest":1}}\n{{"created":[]}}\n{json.dumps({"result": result})}\n')
        manifest = read_manifest(path)
        assert manifest.places == () and manifest.job_token == "" and manifest.server == ""
    assert not verify(read_manifest(path), tmp_path).ok


def test_missing_images_beside_surplus_files_take_time_in_proportion(tmp_path: Path) -> None:
    """CPU time; each missing image was compared with each surplus file: nine times as long for three times more."""

    def seconds(count: int) -> float:
        store = tmp_path / f"store{count}"
        store.mkdir()
        pages = [b"sent %06d" % n for n in range(count)]
        for n in range(count):
            (store / f"{n:06}").write_bytes(b"other, and longer %06d" % n)
        manifest = read_manifest(write(tmp_path / f"{count}.jsonl", pages))
        gc.collect()
        gc.disable()  # a collection in the middle counts whatever other tests have left
        begin = time.process_time()
        try:
            found = verify(manifest, store)
        finally:
            gc.enable()
        taken = time.process_time() - begin
        assert len(found.missing) == len(found.surplus) == count
        return taken

    seconds(50)
    small, large = seconds(300), seconds(900)
    assert large < 5 * small + 0.05, (small, large)
