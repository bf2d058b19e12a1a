"""Proof by content hash that what a server stored is what was sent, at any depth and under any name."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emulator.device.manifest import ImageRecord, Manifest, ManifestError, is_manifest, read_manifest
from emulator.lab.exit_codes import LabError

HEAD_BYTES: Final = 4096
_PIECE: Final = 1024 * 1024
_CLEAN: Final = frozenset({"Completed", "NotAwaited"})
"""Outcomes after which every share has every image, or will have."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file found in the store."""

    path: Path
    bytes: int
    sha256: str
    head_sha256: str


@dataclass(slots=True)
class Verification:
    """What the comparison found. `ok` judges the images that the server acknowledged."""

    delivered: list[ImageRecord] = field(default_factory=list)
    missing: list[ImageRecord] = field(default_factory=list)
    """Acknowledged, but nothing in the store has or resembles their content (or not often enough)."""
    altered: list[tuple[ImageRecord, StoredFile]] = field(default_factory=list)
    """Acknowledged and missing, but a file of other content has the same size or the same first 4096 octets."""
    duplicate: list[tuple[ImageRecord, list[StoredFile]]] = field(default_factory=list)
    """Stored more often than the scan process asks for; the list holds every file of that content."""
    unacknowledged: list[tuple[ImageRecord, StoredFile]] = field(default_factory=list)
    """Stored although the manifest holds no acknowledgement (the sender was stopped before it came)."""
    surplus: list[StoredFile] = field(default_factory=list)
    """Files of other content: other jobs, or nothing that this job sent."""

    @property
    def ok(self) -> bool:
        """Nothing acknowledged is missing, altered or doubled."""
        return not (self.missing or self.altered or self.duplicate)


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
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts) or not path.is_file():
            continue
        if path.name == "job.json" or (path.suffix == ".jsonl" and is_manifest(path)):
            continue
        yield path


def verify(manifest: Manifest, folder: Path, *, copies: int | None = None) -> Verification:
    """Compare a manifest with the files below `folder`.

    `copies`: how often each image must be there. By default what the scan process asks for, once for each
    share; of a job that did not complete cleanly once at the least (not every share may have got it, and what no
    share got is in the server's unfinished folder). Raises OSError.
    """
    found = [hash_file(path) for path in stored_files(folder)]
    by_content: dict[str, list[StoredFile]] = defaultdict(list)
    for file in found:
        by_content[file.sha256].append(file)
    least, most = _copies(manifest) if copies is None else (copies, copies)
    outcome = Verification()
    acknowledged = {image.document_id for image in manifest.acknowledged}
    unproved: list[ImageRecord] = []
    for content, images in _by_hash(manifest.acknowledged).items():
        there = by_content.pop(content, [])
        proved = len(there) // least
        outcome.delivered += images[:proved]
        unproved += images[proved:]
        if len(there) > len(images) * most:
            outcome.duplicate.append((images[0], there))
    for image in manifest.sent:
        if image.document_id not in acknowledged and image.sha256 in by_content:
            outcome.unacknowledged += [(image, file) for file in by_content.pop(image.sha256)]
    left = [file for files in by_content.values() for file in files]
    for image in unproved:
        alike = next((f for f in left if f.head_sha256 == image.head_sha256), None) or next(
            (f for f in left if f.bytes == image.bytes), None
        )
        if alike is None:
            outcome.missing.append(image)
        else:
            left.remove(alike)
            outcome.altered.append((image, alike))
    outcome.surplus = left
    return outcome


def _copies(manifest: Manifest) -> tuple[int, int]:
    """How often each image must be there at the least and may be there at the most."""
    clean = manifest.result is not None and manifest.result.get("outcome") in _CLEAN
    return (manifest.copies if clean else 1), manifest.copies


def _by_hash(images: Sequence[ImageRecord]) -> dict[str, list[ImageRecord]]:
    groups: dict[str, list[ImageRecord]] = defaultdict(list)
    for image in images:
        groups[image.sha256].append(image)
    return groups


def verify_folder(manifest: Path, folder: Path, *, copies: int | None = None) -> Verification:
    """`verify` on paths as a person gives them. Raises LabError for a manifest or folder that cannot be read."""
    if not folder.is_dir():
        raise LabError(f"{folder} is no folder")
    try:
        return verify(read_manifest(manifest), folder, copies=copies)
    except ManifestError as error:
        raise LabError(str(error)) from None
    except OSError as error:
        raise LabError(f"{error.filename or folder}: {error.strerror or error}") from None
