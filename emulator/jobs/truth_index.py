"""What is true of scanned documents, by their SHA-256: of devices of this process, and of folders of truth."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emulator.device.pipelines.scanned import OnDocument
from emulator.environment.exit_codes import LabError
from emulator.jobs.documents import TRUTH_ENDINGS, page_stem

if TYPE_CHECKING:
    from emulator.documents import PageTruth

OF_DOCUMENTS: Final = "documents.jsonl"
"""Beside the truths of pages that a job has sent: which document, by its SHA-256, has which pages."""
MOST_PAGES: Final = 2000
"""Pages of devices of this process whose truth is kept."""
_log = logging.getLogger(__name__)


def of_documents(folder: Path) -> OnDocument:
    """Return what notes in a folder of truth which document has which pages. It raises OSError."""

    def note(sha256: str, numbers: Sequence[int], truths: Sequence[PageTruth]) -> None:
        line = json.dumps({"sha256": sha256, "pages": [page_stem(number) for number in numbers]})
        with (folder / OF_DOCUMENTS).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return note


class TruthIndex:
    """May be used from any thread; what it looks up blocks."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """`folders`: of truth, as `scan --truth` and `render` write them. Raises LabError for what is none."""
        for folder in folders:
            if not folder.is_dir():
                raise LabError(f"--truth {folder}: no such folder")
        self._folders = tuple(folders)
        self._lock = threading.Lock()
        self._made: OrderedDict[str, tuple[PageTruth, ...]] = OrderedDict()
        self._files: dict[str, tuple[Path, ...]] = {}
        self._read: dict[Path, tuple[int, int]] = {}

    def add(self, sha256: str, numbers: Sequence[int], truths: Sequence[PageTruth]) -> None:
        """A device has made a document."""
        if not truths:
            return
        with self._lock:
            self._made[sha256] = tuple(truths)
            while sum(map(len, self._made.values())) > MOST_PAGES and len(self._made) > 1:
                self._made.popitem(last=False)

    async def start_over(self) -> None:
        """Know nothing of devices any more; folders stay."""
        with self._lock:
            self._made.clear()

    def find(self, sha256: str) -> list[dict[str, Any]] | None:
        """The truth of each page of the document (docs/truth-schema.md); None where nothing is known of it."""
        with self._lock:
            made = self._made.get(sha256)
            if made is None:
                self._look_into_folders()
            files = self._files.get(sha256)
        if made is not None:
            from emulator.documents.truth_json import page_document  # a server without devices needs no documents

            return [page_document(each) for each in made]
        if files is None:
            return None
        found = []
        for file in files:
            try:
                found.append(json.loads(file.read_text(encoding="utf-8")))
            except (OSError, ValueError) as error:
                _log.warning("%s: no truth of a page: %s", file, error)
                return None
        return found

    def _look_into_folders(self) -> None:
        """Files that have come or changed since the last look. What cannot be read, or has gone since it was
        listed, is looked at again the next time."""
        for folder in self._folders:
            for pattern, look in ((f"*{TRUTH_ENDINGS[0]}", self._of_image), (OF_DOCUMENTS, self._of_job)):
                for file in sorted(folder.rglob(pattern)):
                    try:
                        look(file)
                    except (OSError, UnicodeDecodeError) as error:
                        _log.warning("%s: no truth of pages: %s", file, getattr(error, "strerror", None) or error)

    @contextmanager
    def _news_of(self, file: Path) -> Iterator[bool]:
        """Whether the file has changed since it was read last; it counts as read when the block has not failed.
        Raises OSError."""
        state = file.stat()
        known = (state.st_mtime_ns, state.st_size)
        yield self._read.get(file) != known
        self._read[file] = known

    def _of_image(self, truth: Path) -> None:
        """The image beside the truth of its page, as `render` writes the two."""
        stem = truth.name.removesuffix(TRUTH_ENDINGS[0])
        for image in truth.parent.glob(f"{stem}.*"):
            if image.name.endswith(TRUTH_ENDINGS) or not image.is_file():
                continue
            with self._news_of(image) as news:
                if news:
                    with image.open("rb") as file:
                        self._files[hashlib.file_digest(file, "sha256").hexdigest()] = (truth,)

    def _of_job(self, file: Path) -> None:
        with self._news_of(file) as news:
            lines = file.read_text(encoding="utf-8").splitlines() if news else []
        for line in lines:
            try:
                told = json.loads(line)
                pages = [file.parent / f"{Path(name).name}{TRUTH_ENDINGS[0]}" for name in told["pages"]]
                self._files[str(told["sha256"])] = tuple(pages)
            except (ValueError, KeyError, TypeError):
                _log.warning("%s: a line that is none of a document: %.80s", file, line)
