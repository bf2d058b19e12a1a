"""The manifest: JSON lines that say what a job sent and what the scan server acknowledged.

Line 1 describes the job (`"manifest": 1`), then two lines for each image: `"sending"` before its first
octet goes out and `"image"` when the server has acknowledged it; the last line is `"result"`. Each line is
flushed as it is written, so a killed run leaves the truth behind: an image with a `sending` line alone may
or may not be at the server, an image with an `image` line must be.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any, Final, Self

MANIFEST_VERSION: Final = 1
MAX_LINE_BYTES: Final = 64 * 1024 * 1024
"""Longest line read. An image line is some 400 octets; the result of a job with 10,000 images is 6 MB."""

_MAX_FIRST_LINE: Final = 1024 * 1024


class ManifestError(ValueError):
    """The file is no manifest, or one that cannot be used. `str()` is one line with file and line number."""


@dataclass(frozen=True, slots=True, repr=False)
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
    recoded: bool = True
    """False where its pixels are coded as the user's file had them, which nobody has decoded and coded again."""

    def __repr__(self) -> str:
        sure = "acknowledged" if self.acknowledged else "not acknowledged"
        what = f"{self.format}, {self.width}x{self.height} at {self.resolution}, {self.color}, {self.bytes} bytes"
        return f"<ImageRecord {self.document_id}: {what}, {sure}>"

    def as_dict(self) -> dict[str, Any]:
        """Every field by its name; what dataclasses.asdict gives, which copies deeply what here is plain."""
        return {name: getattr(self, name) for name in self.__slots__}


class ManifestNotWritten(OSError):
    """A line of the manifest could not be written. `str()` is one line; the lines before it stand whole."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(error.errno, error.strerror)
        self._message = f"the manifest {path} cannot be written: {error.strerror or error}"

    def __str__(self) -> str:
        return self._message


class ManifestWriter:
    """Writes a manifest line by line. A context manager."""

    def __init__(self, path: Path | None, job: Mapping[str, Any], *, overwrite: bool = True) -> None:
        """Create `path` (its folder too) and write the job's line; None: nothing is written. Raises
        ManifestNotWritten, and FileExistsError for a file that is there and may not be overwritten."""
        self.path: Path | None = None
        self._job = job
        self._file: FileIO | None = None
        if path is not None:
            self._begin(path, overwrite=overwrite)

    def _begin(self, path: Path, *, overwrite: bool) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: a line is on its way when it is written, and one that is not whole can be taken back.
            self._file = FileIO(path, "w" if overwrite else "x")
        except FileExistsError:
            raise
        except OSError as error:
            raise ManifestNotWritten(path, error) from None
        self.path = path
        self._line({"manifest": MANIFEST_VERSION, **self._job})

    def _line(self, value: Mapping[str, Any]) -> None:
        """After a line that could not be written there are no more: what stands is true, and ends early."""
        if self._file is None or self.path is None:
            return
        # A file name that is not UTF-8 has surrogates in it; `backslashreplace` makes them JSON's own escapes.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        written = 0
        try:
            while written < len(data):
                written += self._file.write(data[written:])
        except OSError as error:
            file, self._file = self._file, None
            with contextlib.suppress(OSError):
                file.truncate(file.tell() - written)
            with contextlib.suppress(OSError):
                file.close()
            raise ManifestNotWritten(self.path, error) from None

    def created(self, job_token: str, service: str) -> None:
        """The scan server has made the job. Raises ManifestNotWritten, as all that follow."""
        self._line({"created": {"job_token": job_token, "service": service}})

    def sending(self, image: ImageRecord) -> None:
        """An image is about to go out."""
        self._line({"sending": image.as_dict()})

    def acknowledged(self, image: ImageRecord) -> None:
        """The scan server has answered that it has the image."""
        self._line({"image": image.as_dict()})

    def fault(self, firing: Mapping[str, Any]) -> None:
        """A fault of the plan acts."""
        self._line({"fault": firing})

    def result(self, result: Mapping[str, Any]) -> None:
        """How the job ended."""
        self._line({"result": result})

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
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
    created_token: str = field(default="", compare=False)
    """JobToken of the line that tells of the job's creation; '' where there is none."""

    @property
    def job_token(self) -> str:
        """JobToken that the scan server gave; '' where it made no job."""
        told = (self.result or {}).get("job_token")
        return self.created_token or (told if isinstance(told, str) else "")

    @property
    def server(self) -> str:
        """URL of the scan server that the job was meant for."""
        told = self.job.get("server")
        return told if isinstance(told, str) else ""

    @property
    def places(self) -> tuple[str, ...]:
        """Where the result says that the images are: paths, URLs and UNC paths of the server's targets."""
        result = self.result or {}
        lists = [result.get("delivered")]
        deliveries = result.get("deliveries")
        if isinstance(deliveries, list):
            lists += [each.get("places") for each in deliveries if isinstance(each, dict)]
        told = [place for each in lists if isinstance(each, list) for place in each]
        return tuple(dict.fromkeys(place for place in told if isinstance(place, str)))

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
    token = ""
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
                created = value.get("created")
                if isinstance(created, dict) and isinstance(created.get("job_token"), str):
                    token = created["job_token"]
                if isinstance(value.get("result"), dict):
                    result = value["result"]
    except ManifestError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise ManifestError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if job is None:
        raise ManifestError(f"{path}: empty, no manifest")
    return Manifest(job, tuple(sent.values()), tuple(acknowledged.values()), result, cut_off, token)


def is_manifest(path: Path) -> bool:
    """Return whether the file's first line is that of a manifest; never raises."""
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
        found = value.get(name, True if name == "recoded" else None)  # manifests of before have none
        if not isinstance(found, wanted) or (wanted is int and isinstance(found, bool)):
            raise ManifestError(f"{where}: {name} of an image is missing or no {kind}")
        fields[name] = found
    return ImageRecord(**fields)
