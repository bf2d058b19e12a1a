"""The manifest: JSON lines that say what a job sent and what the scan server acknowledged.

Line 1 describes the job (`"manifest": 1`), then two lines for each image: `"sending"` before its first
octet goes out and `"image"` when the server has acknowledged it; the last line is `"result"`. Each line is
flushed as it is written, so a killed run leaves the truth behind: an image with a `sending` line alone may
or may not be at the server, an image with an `image` line must be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

MANIFEST_VERSION: Final = 1
MAX_LINE_BYTES: Final = 64 * 1024 * 1024
"""Longest line read. An image line is some 400 octets; the result of a job with 10,000 images is 6 MB."""

_MAX_FIRST_LINE: Final = 1024 * 1024


class ManifestError(ValueError):
    """The file is no manifest, or one that cannot be used. `str()` is one line with file and line number."""


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One document of a job as the manifest and the result tell it."""

    document_id: int
    format: str
    media_type: str
    bytes: int
    sha256: str
    head_sha256: str
    """SHA-256 of the first 4096 octets: lets `verify` tell an altered file from a missing one."""
    pages: int
    width: int
    """Pixels; of the first page where there are several."""
    height: int
    resolution: str
    """`300x300`, in ppi."""
    color: str
    attempts: int = 0
    """SendImage requests; 0 in the line before the first."""
    acknowledged: bool = False


class ManifestWriter:
    """Writes a manifest line by line. A context manager."""

    def __init__(self, path: Path, job: Mapping[str, Any]) -> None:
        """Create `path` (its folder too) and write the job's line. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # A file name that is not UTF-8 has surrogates in it; `backslashreplace` makes them JSON's own escapes.
        self._file: TextIOWrapper = path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
        self._line({"manifest": MANIFEST_VERSION, **job})

    def _line(self, value: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()

    def created(self, job_token: str, service: str) -> None:
        """The scan server has made the job."""
        self._line({"created": {"job_token": job_token, "service": service}})

    def sending(self, image: ImageRecord) -> None:
        """An image is about to go out."""
        self._line({"sending": asdict(image)})

    def acknowledged(self, image: ImageRecord) -> None:
        """The scan server has answered that it has the image."""
        self._line({"image": asdict(image)})

    def result(self, result: Mapping[str, Any]) -> None:
        """How the job ended."""
        self._line({"result": result})

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._file.close()

    def __enter__(self) -> ManifestWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as read: the job's line, what was sent, what was acknowledged, the result if there is one."""

    job: Mapping[str, Any]
    sent: Sequence[ImageRecord] = field(default=())
    """Every image that began to go out, once each."""
    acknowledged: Sequence[ImageRecord] = field(default=())
    result: Mapping[str, Any] | None = None
    cut_off: bool = False
    """The last line is not whole: the writer was killed while it wrote."""

    @property
    def copies(self) -> int:
        """How often the scan server stores each image: once for each share of the file share filter."""
        value = self.job.get("copies", 1)
        return value if isinstance(value, int) and value > 0 else 1


def read_manifest(path: Path) -> Manifest:
    """Read a manifest, a cut-off one too. Raises ManifestError (also for a file that cannot be opened)."""
    job: Mapping[str, Any] | None = None
    sent: dict[int, ImageRecord] = {}
    acknowledged: dict[int, ImageRecord] = {}
    result: Mapping[str, Any] | None = None
    cut_off = False
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), start=1):
                if len(line) > MAX_LINE_BYTES:
                    raise ManifestError(f"{path}:{number}: a line longer than {MAX_LINE_BYTES} octets")
                whole = line.endswith(b"\n")
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    if whole or number == 1:
                        raise ManifestError(f"{path}:{number}: not a line of JSON") from None
                    cut_off = True
                    break
                if not isinstance(value, dict):
                    raise ManifestError(f"{path}:{number}: not a JSON object")
                if job is None:
                    if value.get("manifest") != MANIFEST_VERSION:
                        raise ManifestError(f"{path}:1: no manifest of version {MANIFEST_VERSION}")
                    job = value
                    continue
                for key, images in (("sending", sent), ("image", acknowledged)):
                    if key in value:
                        image = _image(value[key], f"{path}:{number}")
                        images[image.document_id] = image
                if isinstance(value.get("result"), dict):
                    result = value["result"]
    except ManifestError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ManifestError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if job is None:
        raise ManifestError(f"{path}: empty, no manifest")
    return Manifest(job, tuple(sent.values()), tuple(acknowledged.values()), result, cut_off)


def is_manifest(path: Path) -> bool:
    """Whether the file's first line is that of a manifest; never raises."""
    try:
        with path.open("rb") as file:
            value = json.loads(file.readline(_MAX_FIRST_LINE))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "manifest" in value


def _image(value: object, where: str) -> ImageRecord:
    if not isinstance(value, dict):
        raise ManifestError(f"{where}: an image that is no JSON object")
    fields: dict[str, Any] = {}
    for name, kind in ImageRecord.__annotations__.items():
        wanted = {"int": int, "str": str, "bool": bool}[kind]
        found = value.get(name)
        if not isinstance(found, wanted) or (wanted is int and isinstance(found, bool)):
            raise ManifestError(f"{where}: {name} of an image is missing or no {kind}")
        fields[name] = found
    return ImageRecord(**fields)
