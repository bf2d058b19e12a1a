"""`render`: page sources through profile and ticket into a folder, without a scan server."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emulator._version import VERSION
from emulator.device.pipelines.scanned import ScannedPages
from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.next_step import command_line, profile_hint
from emulator.environment.whole_file import part_of
from emulator.imaging.coded import CodedScan
from emulator.imaging.decoding.interruption import in_thread
from emulator.imaging.encode import DocumentInfo, open_document, require_supported
from emulator.imaging.encoders.encoder import has_date
from emulator.imaging.pages import SourceError, UnsupportedSetting
from emulator.imaging.scanned import Scanned
from emulator.jobs.documents import TruthFiles, template_source
from emulator.jobs.page_folder import prepare_page_folder
from emulator.jobs.page_workers import PageWork, Workers
from emulator.jobs.scan_processes import NamedDirectory, find_scan_process
from emulator.jobs.set_files import SetFiles
from emulator.jobs.setting_refused import setting_refused
from emulator.jobs.shards import RunRecord, settings_of
from emulator.jobs.sources import OpenedSource, open_source
from emulator.options.render import RenderOptions
from emulator.scan_server.naming import extension
from emulator.wsscan.resolution import Resolved, TicketRejected, resolve
from emulator.wsscan.settings import SettingError, apply_settings
from emulator.wsscan.values.keywords import Format
from emulator.wsscan.values.ticket import EffectiveTicket, ScanTicket

if TYPE_CHECKING:
    from emulator.documents import PageTruth

ONE_DOCUMENT: Final = "pages"
"""Name of a document that holds all pages."""
_PAGES_FOR_A_WORKER: Final = 3
"""Fewer are done before another process has started."""


@dataclass(slots=True)
class Rendered:
    """What came of it."""

    folder: Path
    profile: DeviceProfile
    resolved: Resolved
    total: int
    """Pages that were to be rendered."""
    left_out: int
    """Pages that ImagesToTransfer leaves in the feeder."""
    skipped: list[str]
    """Files and pages left out by --skip-bad, one line each."""
    warnings: list[str] = field(default_factory=list)
    """What a person should know of files that are read, one line each."""
    files: list[tuple[Path, DocumentInfo]] = field(default_factory=list)
    truths: list[PageTruth] = field(default_factory=list)
    """Of each page, in short; of a document set only."""
    gallery: Path | None = None
    first: int = 1
    """Number of the first page in the whole."""
    of: int = 0
    """Pages of the whole."""
    seconds: float = 0.0

    def know(self, truth: PageTruth | None) -> None:
        """Keep what is on the next page, where that is known."""
        if truth is not None:
            self.truths.append(truth)

    @property
    def numbers(self) -> range:
        """Numbers of the pages that are rendered."""
        return range(self.first, self.first + self.total)

    @property
    def exit_code(self) -> ExitCode:
        """FAILED where pages were left out that were asked for."""
        return ExitCode.FAILED if self.skipped else ExitCode.OK

    def as_dict(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "folder": str(self.folder),
            "profile": self.profile.name,
            "images": [_image(self.folder, path, info) for path, info in self.files],
            "pages": {"first": self.first, "last": self.first + self.total - 1, "of": self.of},
            "pages_left_out": self.left_out,
            "skipped": self.skipped,
            "warnings": self.warnings,
            "gallery": None if self.gallery is None else str(self.gallery),
            "seconds": round(self.seconds, 3),
        }


def _image(folder: Path, path: Path, info: DocumentInfo) -> dict[str, Any]:
    return {
        "file": path.relative_to(folder).as_posix(),
        "format": info.format,
        "media_type": info.media_type,
        "bytes": info.bytes,
        "sha256": info.sha256,
        "pages": info.pages,
        "width": info.width,
        "height": info.height,
        "resolution": str(info.resolution),
        "color": info.color,
        "recoded": info.recoded,
    }


async def render(
    options: RenderOptions,
    *,
    planned: Callable[[Rendered], None] = lambda rendered: None,
    on_page: Callable[[int, int], None] = lambda number, octets: None,
) -> Rendered:
    """Render every page. `planned` is called before the first, `on_page` after each with its number (from 1) and
    its octets (0 where they stand in a common document). Raises LabError; pages finished before it stay."""
    begin = time.monotonic()
    try:
        # In a thread: a directory over LDAP is asked there.
        profile, resolved = await asyncio.to_thread(_ticket, options)
        ticket = resolved.ticket
        require_supported(ticket)
        _check(options, ticket)
        day = None if options.date is None else options.date.date()
        opened = await in_thread(_opened, options, profile, ticket, day)
    except SourceError as error:
        raise LabError(str(error), hint="--skip-bad leaves out what cannot be read") from None
    except (UnsupportedSetting, ValueError) as error:
        raise LabError(str(error)) from None
    source = opened.pages
    of = min(len(source), ticket.images_to_transfer) if ticket.images_to_transfer else len(source)
    first, last = _range(options, of)
    total = last - first + 1
    rendered = Rendered(options.output, profile, resolved, total, len(source) - of, list(opened.skipped))
    rendered.first, rendered.of = first, of
    rendered.warnings += opened.warnings
    source.close()
    work = PageWork(
        source,
        ticket,
        profile.origin(options.date or datetime.now(UTC)),
        options.output,
        f".{extension(ticket.format)}",
        TruthFiles(options.output, options.alto, options.hocr),
        ScannedPages(ticket, text=profile.black_and_white.text),
    )
    try:
        sets = _sets(options)
        settings = await asyncio.to_thread(settings_of, options, profile.name, ticket)
        run = RunRecord(VERSION, first, last, of, work.suffix, sets, settings)
        names = [f"{ONE_DOCUMENT}{work.suffix}", *run.names()] if ticket.multi_image else run.names()
        if ticket.multi_image:
            names = [name for name in names if name not in run.images()]
        if options.page_range is None:
            names += sets.names(of)
        await asyncio.to_thread(
            prepare_page_folder,
            options.output,
            names,
            "--output",
            overwrite=options.overwrite,
            run=None if ticket.multi_image else run.as_dict(),
        )
        planned(rendered)
        if ticket.multi_image:
            await _one_document(work, rendered, _jobs(options, total), on_page)
        else:
            await _a_document_each(work, rendered, _jobs(options, total), on_page)
        if options.page_range is None:
            images = [path for path, _ in rendered.files]
            rendered.gallery = await asyncio.to_thread(sets.write, options.output, images, rendered.truths)
    except SourceError as error:
        raise LabError(f"{error}; the pages before it are in {options.output}", ExitCode.FAILED) from None
    except OSError as error:
        where = error.filename or options.output
        raise LabError(f"{where}: {error.strerror or error}", ExitCode.FAILED) from None
    finally:
        source.close()
    rendered.seconds = time.monotonic() - begin
    return rendered


def _opened(
    options: RenderOptions, profile: DeviceProfile, ticket: EffectiveTicket, day: date | None
) -> OpenedSource:
    """Raises LabError, SourceError, ValueError."""
    if options.template is None:
        return open_source(options, profile, ticket, job="render", scanned=day)
    source, notes = template_source(
        options.template,
        options.data,
        language=options.language,
        seed=options.seed,
        pages=options.pages,
        traces=profile.traces,
        scanned=day,
        look=options.look,
        limits=options.page_limits,
    )
    return OpenedSource(source, warnings=notes)


def _sets(options: RenderOptions) -> SetFiles:
    title = options.documents or (options.template.name if options.template else "Pages")
    return SetFiles(
        title, options.has_truth, options.alto, options.hocr, options.coco, options.donut, options.gallery
    )


def _range(options: RenderOptions, of: int) -> tuple[int, int]:
    """First and last page that are to be rendered. Raises LabError."""
    if options.shard is None:
        return 1, of
    first, last = options.shard
    if last > of:
        raise LabError(f"--page-range {first}-{last}: there are {of} pages")
    return first, last


def _jobs(options: RenderOptions, total: int) -> int:
    wanted = options.jobs or os.cpu_count() or 1
    return max(1, min(wanted, total // _PAGES_FOR_A_WORKER))


def _ticket(options: RenderOptions) -> tuple[DeviceProfile, Resolved]:
    """The profile, and its ticket: of the scan process where one is named, else the device's default."""
    try:
        profile = load_profile(options.profile)
    except ProfileError as error:
        raise LabError(str(error), hint=profile_hint(options.profile)) from None
    asked = ScanTicket()
    if options.scan_process is not None:
        where = NamedDirectory(directory=options.directory, user=options.user, ldap=options.ldap)
        asked = find_scan_process(options.scan_process, where).process.ticket
    try:
        ticket = apply_settings(asked, options.settings, force=options.force)
        return profile, resolve(ticket, profile.configuration(), profile.default_ticket())
    except SettingError as error:
        raise setting_refused(error, profile, options.profile) from None
    except TicketRejected as error:
        raise LabError(
            f"the {profile.friendly_name} cannot scan this ticket: {error}",
            hint=f"{command_line('profiles', 'show', options.profile)} tells what the device can do",
        ) from None


def _check(options: RenderOptions, ticket: EffectiveTicket) -> None:
    """Raise LabError for options that do not go together."""
    if options.template is not None:
        others = {"--documents": options.documents, "a file": options.files, "--repeat": options.repeat}
        for name, given in others.items():
            if given:
                raise LabError(f"--template makes the pages: {name} does not go with it")
    elif options.data is not None:
        raise LabError("--data goes with --template: it is what the template is filled with")
    for name in ("alto", "hocr", "coco", "donut"):
        if getattr(options, name) and not options.has_truth:
            raise LabError(f"--{name} goes with --documents or --template: of other pages nothing is known")
    for name in ("coco", "donut"):
        if getattr(options, name) and ticket.multi_image:
            raise LabError(f"--{name} names an image file for each page; {ticket.format} has one for all")
    if options.page_range is not None:
        _check_range(options, ticket)
    if options.gallery and (ticket.multi_image or ticket.format == Format.JBIG):
        raise LabError(f"--gallery shows formats of one image a file, jbig excepted; not {ticket.format}")


def _check_range(options: RenderOptions, ticket: EffectiveTicket) -> None:
    if ticket.multi_image:
        raise LabError(
            f"--page-range makes some of the pages, and {ticket.format} has all in one file",
            hint="choose a format of one image a file: png, jfif, tiff-single-g4",
        )
    if options.skip_bad:
        raise LabError("--page-range counts all pages: --skip-bad, which leaves some out, does not go with it")
    if options.date is None and has_date(ticket.format):
        raise LabError(
            f"{ticket.format} says when it was scanned: shards are equal to one run only with the same --date",
            hint="add --date 2026-01-31T12:00, the same for all shards",
        )


def _written(work: PageWork, number: int) -> tuple[Path, DocumentInfo, PageTruth | None]:
    return work.written(number)


def _scanned(work: PageWork, number: int) -> tuple[Scanned | CodedScan, PageTruth | None]:
    return work.scanned(number, f"{ONE_DOCUMENT}{work.suffix}")


async def _a_document_each(
    work: PageWork, rendered: Rendered, jobs: int, on_page: Callable[[int, int], None]
) -> None:
    workers: Workers[tuple[Path, DocumentInfo, PageTruth | None]] = Workers(work, jobs)
    try:
        async with aclosing(workers.results(_written, rendered.numbers)) as results:
            async for path, info, truth in results:
                rendered.files.append((path, info))
                rendered.know(truth)
                on_page(len(rendered.files), info.bytes)
    finally:
        await workers.aclose()


async def _one_document(work: PageWork, rendered: Rendered, jobs: int, on_page: Callable[[int, int], None]) -> None:
    """The pages are scanned beside each other, and written in order here."""
    path = work.folder / f"{ONE_DOCUMENT}{work.suffix}"
    workers: Workers[tuple[Scanned | CodedScan, PageTruth | None]] = Workers(work, jobs)
    try:
        with part_of(path) as part:
            number = 0
            with open_document(part, work.ticket, work.origin) as writer:
                async with aclosing(workers.results(_scanned, rendered.numbers)) as results:
                    async for scanned, truth in results:
                        await asyncio.to_thread(writer.add, scanned)
                        rendered.know(truth)
                        number += 1
                        on_page(number, 0)
                info = await asyncio.to_thread(writer.finish)
        rendered.files.append((path, info))
    finally:
        await workers.aclose()
