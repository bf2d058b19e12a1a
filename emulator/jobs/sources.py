"""Where the pages come from: files looked through, a document set, or letters made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from emulator.device.profile import DeviceProfile
from emulator.environment.exit_codes import LabError
from emulator.imaging.decoding.limits import PageLimits
from emulator.imaging.files import open_files
from emulator.imaging.pages import PageSource
from emulator.imaging.sequence import arrange
from emulator.jobs.documents import document_source
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.ticket import EffectiveTicket

if TYPE_CHECKING:
    from emulator.documents.look import Look

SYNTHETIC_PAGES: Final = 3
"""Letters that an empty-handed command puts into the feeder; one on the platen."""


class SourceOptions(Protocol):
    """The options that say where pages come from: of `scan` and of `render`."""

    @property
    def files(self) -> tuple[Path, ...]: ...
    @property
    def documents(self) -> str | None: ...
    @property
    def pages(self) -> int | None: ...
    @property
    def repeat(self) -> bool: ...
    @property
    def seed(self) -> int: ...
    @property
    def skip_bad(self) -> bool: ...
    @property
    def full_preflight(self) -> bool: ...
    @property
    def look(self) -> Look | None: ...
    @property
    def page_limits(self) -> PageLimits: ...


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """Pages, and what was left out."""

    pages: PageSource
    skipped: Sequence[str] = ()
    """Files and pages left out by --skip-bad, one line each."""
    passed_over: Sequence[str] = ()
    """Names of files of other kinds in the folders that were given: no page is missing for them."""
    warnings: Sequence[str] = ()
    """What a person should know of files that are read, one line each."""


def open_source(
    options: SourceOptions,
    profile: DeviceProfile,
    ticket: EffectiveTicket,
    *,
    job: str,
    base_only: bool = False,
    scanned: date | None = None,
) -> OpenedSource:
    """The pages that the options name, with the traces of the profile's scanner.

    - `job`: what letters say of it.
    - `base_only`: not more pages than there are, because copies are made of them.
    - `scanned`: the day of the scan, where it is not today.

    Raises LabError, SourceError, ValueError.
    """
    if options.look is not None and options.documents is None:
        raise LabError("--look is of document sets", hint="add --documents SET, or leave out --look")
    if options.documents is not None:
        return OpenedSource(_documents(options, profile, base_only, scanned))
    if options.repeat and options.pages is None:
        raise LabError(
            "--repeat needs --pages: the files are repeated until there are so many",
            hint="add --pages N, or leave out --repeat",
        )
    skipped: Sequence[str] = ()
    passed_over: Sequence[str] = ()
    warnings: Sequence[str] = ()
    files: PageSource | None = None
    count = options.pages
    if options.files:
        files = opened = open_files(
            options.files, skip_bad=options.skip_bad, full=options.full_preflight, limits=options.page_limits
        )
        warnings = opened.notes
        skipped = [str(entry) for entry in opened.skipped if entry.bad]
        passed_over = [entry.path.name for entry in opened.skipped if not entry.bad]
        if not len(files):
            raise LabError("no page can be read from what was given", hint="; ".join(skipped[:3]))
    elif count is None:
        count = 1 if ticket.images_to_transfer == 1 else SYNTHETIC_PAGES
    source = arrange(
        files,
        pages=_base_pages(files, count) if base_only else count,
        repeat=options.repeat,
        seed=options.seed,
        device=profile.friendly_name,
        job=job,
        size=Dimensions(*profile.default_ticket_section.input_size)
        if ticket.size_auto_detect
        else ticket.input_size,
    )
    return OpenedSource(profile.traced(source, options.seed), skipped, passed_over, warnings)


def _documents(options: SourceOptions, profile: DeviceProfile, base_only: bool, scanned: date | None) -> PageSource:
    assert options.documents is not None
    if options.files:
        raise LabError(
            "--documents makes the pages: files do not go with it", hint="leave out the one or the other"
        )
    if options.repeat:
        raise LabError("--documents goes on for as many --pages as are wanted: --repeat does not go with it")
    pages = options.pages
    if base_only and pages is not None:
        pages = min(pages, len(document_source(options.documents, seed=options.seed)))
    return document_source(
        options.documents,
        seed=options.seed,
        pages=pages,
        traces=profile.traces,
        scanned=scanned,
        look="clean" if base_only else options.look,  # what copies are made of
        limits=options.page_limits,
    )


def _base_pages(files: PageSource | None, count: int | None) -> int | None:
    """Pages that copies are made of: those of the files, but no more than copies; without files a short letter."""
    if files is None:
        return min(count or SYNTHETIC_PAGES, SYNTHETIC_PAGES)
    return min(count, len(files)) if count is not None else None
