"""Files and folders as a page source, looked through before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from emulator.imaging import kinds
from emulator.imaging.coded import CodedPage, CodedSource, Coding
from emulator.imaging.decoding.limits import PageLimits
from emulator.imaging.decoding.suspicion import is_suspicious
from emulator.imaging.kinds import FileKind
from emulator.imaging.natural import walk
from emulator.imaging.pages import Page, SourceError, Wanted
from emulator.imaging.raster import RasterFile
from emulator.wsscan.values.geometry import Dimensions, Resolution

if TYPE_CHECKING:
    from emulator.imaging.decoding.decoder import Decoder

_LOOK_THROUGH = Wanted(Resolution(75, 75), "L", Dimensions(8500, 11000))
"""A page is decoded small where only its soundness is asked."""


class PageFile(Protocol):
    """One open file with pages: RasterFile, or ChildFile for what a child decodes."""

    path: Path
    notes: tuple[str, ...]

    def __len__(self) -> int: ...

    def page(self, index: int, wanted: Wanted | None = None) -> Page: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SkippedPage:
    """A file or page that was left out, and why. `page` counts from 1; None: the whole file."""

    path: Path
    page: int | None
    reason: str
    bad: bool = True
    """False for a file of another kind in a folder: nobody asked for it by name."""

    def __str__(self) -> str:
        return str(SourceError(self.path, self.reason, self.page))


class FileSource:
    """Pages of files, in order. Only the file in use is open."""

    def __init__(
        self, pages: Sequence[tuple[PageFile, int]], skipped: Sequence[SkippedPage], notes: Sequence[str] = ()
    ) -> None:
        self._pages = pages
        self._in_use: PageFile | None = None
        self.notes = tuple(notes)
        """What a person should know of the files although they are read, one line each."""
        self.skipped = tuple(skipped)
        """What was left out: bad files and pages (skip_bad), files of other kinds in a folder."""

    def __len__(self) -> int:
        return len(self._pages)

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Page `index` (from 0) of all. Raises SourceError."""
        file, number = self._opened(index)
        return file.page(number, wanted)

    def coded(self, index: int, coding: Coding) -> CodedPage | None:
        """See CodedSource."""
        file, number = self._opened(index)
        return file.coded(number, coding) if isinstance(file, CodedSource) else None

    def _opened(self, index: int) -> tuple[PageFile, int]:
        file, number = self._pages[index]
        if self._in_use is not None and self._in_use is not file:
            self._in_use.close()
        self._in_use = file
        return file, number

    def close(self) -> None:
        """Close the file in use."""
        if self._in_use is not None:
            self._in_use.close()
            self._in_use = None


def list_files(paths: Sequence[Path]) -> tuple[list[Path], list[SkippedPage]]:
    """The files that `paths` stand for: files as named, folders walked (natural.walk). In a folder a file
    of another kind is left out and listed. Raises SourceError for what is not there or a folder with
    nothing to scan."""
    found: list[Path] = []
    skipped: list[SkippedPage] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        before = len(found)
        try:
            for entry in walk(path):
                if entry.suffix.lower() in kinds.SUFFIXES or kinds.kind_of(_head(entry)) is not None:
                    found.append(entry)
                else:
                    skipped.append(SkippedPage(entry, None, "not a kind of file that is read", bad=False))
        except OSError as error:
            raise SourceError(Path(error.filename or path), error.strerror or str(error)) from None
        if len(found) == before:
            raise SourceError(path, f"no page in this folder; it may hold {kinds.NAMES}")
    return found, skipped


def open_files(
    paths: Sequence[Path], *, skip_bad: bool = False, full: bool = False, limits: PageLimits | None = None
) -> FileSource:
    """Look through files and folders: headers, page counts and encryption of every file, and the first
    page decoded; with `full` every page. Raises SourceError for the first bad one, Interrupted.

    `skip_bad` leaves out bad files and pages and lists them; it decodes every page, because the number of
    pages must be known before the job begins. `limits`: of the children that decode PDFs and suspicious images."""
    files, skipped = list_files(paths)
    opener = _Opener(limits or PageLimits())
    pages: list[tuple[PageFile, int]] = []
    notes: list[str] = []
    for path in files:
        try:
            file = opener.open(path)
        except SourceError as error:
            if not skip_bad:
                raise
            skipped.append(SkippedPage(error.file, error.page, error.reason))
            continue
        notes += [f"{path}: {note}" for note in file.notes]
        try:
            for index in range(len(file)):
                try:
                    if full or skip_bad or not pages:
                        file.page(index, _LOOK_THROUGH)
                    pages.append((file, index))
                except SourceError as error:
                    if not skip_bad:
                        raise
                    skipped.append(SkippedPage(error.file, error.page, error.reason))
        finally:
            file.close()
    return FileSource(pages, skipped, notes)


def count_pages(path: Path, limits: PageLimits | None = None) -> int:
    """Return how many pages a file has. Raises SourceError, Interrupted."""
    file = _Opener(limits or PageLimits()).open(path)
    try:
        return len(file)
    finally:
        file.close()


class _Opener:
    """Opens the files of one source. Those that a child decodes share one."""

    def __init__(self, limits: PageLimits) -> None:
        self._limits = limits
        self._decoder: Decoder | None = None

    def open(self, path: Path) -> PageFile:
        """Raises SourceError, Interrupted."""
        head = _head(path)
        if not head:
            raise SourceError(path, "the file is empty (0 bytes)")
        kind = kinds.kind_of(head)
        if kind is None:
            raise SourceError(path, f"not a kind of file that is read; there are {kinds.NAMES}")
        try:
            if kind is not FileKind.PDF and not is_suspicious(path, kind):
                return RasterFile(path, kind)
        except OSError as error:
            raise SourceError(path, error.strerror or str(error)) from None
        from emulator.imaging.decoding.child_file import ChildFile
        from emulator.imaging.decoding.decoder import Decoder

        if self._decoder is None:
            self._decoder = Decoder(self._limits)
        try:
            return ChildFile(path, kind, self._decoder)
        except BaseException:
            self._decoder.release()
            raise


def _head(path: Path) -> bytes:
    """The first octets. Raises SourceError."""
    try:
        if not path.is_file():
            raise SourceError(path, "not a file" if path.exists() else "no such file or folder")
        with path.open("rb") as file:
            return file.read(kinds.HEAD_BYTES)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise SourceError(path, getattr(error, "strerror", None) or str(error)) from None
