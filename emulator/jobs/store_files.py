"""The files of a scan server's store, found by content and by the places that a job's result names."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from emulator.jobs.manifest import Manifest, is_manifest
from emulator.scan_server.naming import UNFINISHED

HEAD_BYTES: Final = 4096
_PIECE: Final = 1024 * 1024
_SEPARATORS: Final = re.compile(r"[\\/]+")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file found in the store."""

    path: Path
    bytes: int
    sha256: str
    head_sha256: str


def hash_file(path: Path) -> StoredFile:
    """Size and hashes of a file, read in pieces. Raises OSError."""
    whole, head, size = hashlib.sha256(), hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if size < HEAD_BYTES:
                head.update(piece[: HEAD_BYTES - size])
            whole.update(piece)
            size += len(piece)
    return StoredFile(path, size, whole.hexdigest(), head.hexdigest())


def stored_files(folder: Path) -> Iterator[Path]:
    """Every file below `folder` but hidden ones (a name, or a folder's name, that begins with '.'), the job
    records of unfinished jobs, and manifests."""
    for path in _visible(folder):
        if path.name == "job.json" or (path.suffix == ".jsonl" and is_manifest(path)):
            continue
        yield path


def manifests_in(folder: Path) -> Iterator[Path]:
    """Every manifest below `folder`, hidden ones left out."""
    for path in _visible(folder):
        if path.suffix == ".jsonl" and is_manifest(path):
            yield path


def _visible(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if not any(part.startswith(".") for part in relative.parts) and path.is_file():
            yield path


class StoreFiles:
    """The files of a folder, by content and by place."""

    def __init__(self, folder: Path) -> None:
        """Reads and hashes all. Raises OSError."""
        self.files: Sequence[StoredFile] = [hash_file(path) for path in stored_files(folder)]
        self.by_content: dict[str, list[int]] = defaultdict(list)
        """SHA-256 -> numbers of files."""
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._unfinished: dict[str, list[int]] = defaultdict(list)
        self._full: list[tuple[str, ...]] = []
        self._below = len(folder.resolve().parts)
        for number, file in enumerate(self.files):
            self.by_content[file.sha256].append(number)
            self._by_name[file.path.name].append(number)
            full = file.path.resolve().parts
            self._full.append(full)
            for part, inner in pairwise(full):
                if part == UNFINISHED:
                    self._unfinished[inner.casefold()].append(number)

    def at_places_of(self, manifest: Manifest) -> list[int]:
        """The files at the places that the job's result names, and those that its server put aside as unfinished.

        A place is told as the scanner saw it: relative to its folder, absolute, or a UNC path. It fits when the
        whole of it, or the whole path below the folder that is looked at, is the end of the other.
        """
        found: dict[int, None] = {}
        for place in manifest.places:
            wanted = tuple(part for part in _SEPARATORS.split(place) if part not in ("", "."))
            for number in self._by_name.get(wanted[-1], ()) if wanted else ():
                full = self._full[number]
                if _ends_with(full, wanted) or _ends_with(wanted, full[self._below :]):
                    found[number] = None
        if token := manifest.job_token.casefold():
            for folder, numbers in self._unfinished.items():
                # Where such a folder was there already, the second has something behind it.
                if folder == token or folder.startswith(f"{token}-"):
                    found.update(dict.fromkeys(numbers))
        return list(found)

    def paths(self, numbers: Iterable[int]) -> list[StoredFile]:
        """Files of those numbers."""
        return [self.files[number] for number in numbers]


def _ends_with(whole: tuple[str, ...], end: tuple[str, ...]) -> bool:
    return len(end) <= len(whole) and whole[len(whole) - len(end) :] == end
