"""Files that are nobody's: found as a search through all of them would, in time that grows with their number."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from emulator.jobs.free_files import FreeFiles
from emulator.jobs.manifest import ImageRecord, Manifest
from emulator.jobs.store_files import StoredFile, StoreFiles
from emulator.jobs.verify import _Comparison


def image(content: str, head: str, size: int) -> ImageRecord:
    return ImageRecord(1, "png", "image/png", size, content, head, 1, 1, 1, "1x1", "RGB24")


def store_of(folder: Path, files: list[tuple[str, str, int]]) -> StoreFiles:
    """A store whose files have these hashes and sizes, whatever is in them."""
    store = StoreFiles(folder)
    store.files = [
        StoredFile(folder / str(number), size, sha, head) for number, (sha, head, size) in enumerate(files)
    ]
    for number, (sha, _, _) in enumerate(files):
        store.by_content[sha].append(number)
    return store


class Naive:
    """The same by looking through all."""

    def __init__(self, files: list[tuple[str, str, int]]) -> None:
        self.files = files
        self.free = list(range(len(files)))

    def count(self, content: str, most: int | None) -> int:
        found = sum(self.files[number][0] == content for number in self.free)
        return found if most is None else max(0, min(found, most))

    def claim(self, number: int) -> None:
        self.free.remove(number)

    def alike(self, wanted: ImageRecord, *, by_head: bool) -> int | None:
        for number in reversed(self.free):
            _, head, size = self.files[number]
            if (head == wanted.head_sha256) if by_head else (size == wanted.bytes):
                self.free.remove(number)
                return number
        return None

    def release(self, number: int) -> None:
        self.free.append(number)


@pytest.mark.parametrize("seed", range(30))
def test_each_file_is_found_as_by_looking_through_all(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    files = [(f"c{dice.randrange(9)}", f"h{dice.randrange(5)}", dice.randrange(6)) for _ in range(60)]
    free, naive = FreeFiles(store_of(tmp_path, files)), Naive(files)
    claimed: list[int] = []
    for _ in range(200):
        match dice.randrange(4):
            case 0:
                content, most = f"c{dice.randrange(10)}", dice.choice([None, -1, 0, 1, 2])
                expected = naive.count(content, most)
                found = free.take(content, most)
                assert len(set(found)) == expected and all(files[number][0] == content for number in found)
                for number in found:
                    naive.claim(number)
                claimed += found
            case 1 | 2:
                wanted, by_head = image("x", f"h{dice.randrange(6)}", dice.randrange(7)), dice.random() < 0.5
                one = free.alike(wanted, by_head=by_head)
                assert one == naive.alike(wanted, by_head=by_head)
                claimed += [] if one is None else [one]
            case 3 if claimed:
                number = claimed.pop(dice.randrange(len(claimed)))
                free.release(number)
                naive.release(number)
        assert list(free.numbers) == naive.free
        assert all(not free.claim(number) for number in claimed)


def judged_in(folder: Path, jobs: int) -> float:
    """CPU seconds where each job lacks its image and as many files are nobody's."""
    store = store_of(folder, [(f"other {number}", f"head {number}", 7) for number in range(jobs)])
    manifests = []
    for number in range(jobs):
        one = (image(f"mine {number}", f"my head {number}", 9),)
        manifests.append(Manifest({"manifest": 1}, one, one, {"outcome": "Completed"}))
    begin = time.process_time()
    found = _Comparison(manifests, (), store, None).judged()
    seconds = time.process_time() - begin
    assert all(len(each.missing) == 1 and len(each.surplus) == jobs for each in found)
    return seconds


def test_missing_and_surplus_take_time_by_their_sum(tmp_path: Path) -> None:
    """Ten times of both took two hundred times as long when each job looked at each file."""
    few = min(judged_in(tmp_path, 200) for _ in range(5))
    assert judged_in(tmp_path, 4_000) < few * 100
