"""`render`: page sources through profile and ticket into a folder, without a scan server."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.imaging.encode import DocumentInfo, open_document, require_supported
from emulator.imaging.files import open_files
from emulator.imaging.pages import PageSource, SourceError, UnsupportedSetting
from emulator.imaging.scanned import Scanned
from emulator.imaging.sequence import arrange
from emulator.lab.exit_codes import ExitCode, LabError
from emulator.lab.options import LdapOptions
from emulator.lab.page_workers import Work, Workers, part_of
from emulator.lab.pages import SYNTHETIC_PAGES
from emulator.lab.scan_processes import Where, find_scan_process
from emulator.scan_server.naming import extension
from emulator.wsscan.resolution import Resolved, TicketRejected, resolve
from emulator.wsscan.settings import SettingError, apply_settings
from emulator.wsscan.values.ticket import ScanTicket

_PAGES_FOR_A_WORKER: Final = 3
"""Fewer are done before another process has started."""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """Options of `render`; each says what its command line option of the same name says."""

    files: tuple[Path, ...] = ()
    output: Path = Path("pages")
    profile: str = "office-mfp"
    scan_process: str | None = None
    directory: Path | str | None = None
    user: str | None = None
    """Who asks a directory over LDAP."""
    ldap: LdapOptions = field(default_factory=LdapOptions)
    settings: tuple[str, ...] = ()
    force: bool = False
    pages: int | None = None
    repeat: bool = False
    seed: int = 0
    skip_bad: bool = False
    full_preflight: bool = False
    date: datetime | None = None
    """When the documents say that they were scanned; None: now."""
    jobs: int | None = None
    """Processes; None: as many as there are cores."""


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
    files: list[tuple[Path, DocumentInfo]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def exit_code(self) -> ExitCode:
        """FAILED where pages were left out that were asked for."""
        return ExitCode.FAILED if self.skipped else ExitCode.OK

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "folder": str(self.folder),
            "profile": self.profile.name,
            "images": [_image(self.folder, path, info) for path, info in self.files],
            "pages_left_out": self.left_out,
            "skipped": self.skipped,
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
        source, skipped = _source(options, profile, resolved)
    except SourceError as error:
        raise LabError(str(error), hint="--skip-bad leaves out what cannot be read") from None
    except (ProfileError, SettingError, UnsupportedSetting, ValueError) as error:
        raise LabError(str(error)) from None
    total = min(len(source), ticket.images_to_transfer) if ticket.images_to_transfer else len(source)
    rendered = Rendered(options.output, profile, resolved, total, len(source) - total, skipped)
    source.close()
    work = Work(
        source,
        ticket,
        profile.origin(options.date or datetime.now(UTC)),
        options.output,
        f".{extension(ticket.format)}",
    )
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        planned(rendered)
        if ticket.multi_image:
            await _one_document(work, rendered, _jobs(options, total), on_page)
        else:
            await _a_document_each(work, rendered, _jobs(options, total), on_page)
    except SourceError as error:
        raise LabError(f"{error}; the pages before it are in {options.output}", ExitCode.FAILED) from None
    except OSError as error:
        where = error.filename or options.output
        raise LabError(f"{where}: {error.strerror or error}", ExitCode.FAILED) from None
    finally:
        source.close()
    rendered.seconds = time.monotonic() - begin
    return rendered


def _jobs(options: RenderOptions, total: int) -> int:
    wanted = options.jobs or os.cpu_count() or 1
    return max(1, min(wanted, total // _PAGES_FOR_A_WORKER))


def _ticket(options: RenderOptions) -> tuple[DeviceProfile, Resolved]:
    """The profile, and its ticket: of the scan process where one is named, else the device's default."""
    profile = load_profile(options.profile)
    asked = ScanTicket()
    if options.scan_process is not None:
        where = Where(options.directory, options.user, options.ldap)
        asked = find_scan_process(options.scan_process, where).process.ticket
    try:
        ticket = apply_settings(asked, options.settings, force=options.force)
        return profile, resolve(ticket, profile.configuration(), profile.default_ticket())
    except TicketRejected as error:
        raise LabError(f"the {profile.friendly_name} cannot scan this ticket: {error}") from None


def _source(options: RenderOptions, profile: DeviceProfile, resolved: Resolved) -> tuple[PageSource, list[str]]:
    files: PageSource | None = None
    skipped: list[str] = []
    count = options.pages
    if options.files:
        files = opened = open_files(options.files, skip_bad=options.skip_bad, full=options.full_preflight)
        skipped = [str(entry) for entry in opened.skipped if entry.bad]
        if not len(files):
            raise LabError("no page can be read from what was given", hint="; ".join(skipped[:3]))
    elif count is None:
        count = 1 if resolved.ticket.images_to_transfer == 1 else SYNTHETIC_PAGES
    source = arrange(
        files,
        pages=count,
        repeat=options.repeat,
        seed=options.seed,
        device=profile.friendly_name,
        job="render",
        size=resolved.ticket.input_size,
    )
    return source, skipped


def _written(work: Work, number: int) -> tuple[Path, DocumentInfo]:
    return work.written(number)


def _scanned(work: Work, number: int) -> Scanned:
    return work.scanned(number)


async def _a_document_each(work: Work, rendered: Rendered, jobs: int, on_page: Callable[[int, int], None]) -> None:
    workers: Workers[tuple[Path, DocumentInfo]] = Workers(work, jobs)
    try:
        async with aclosing(workers.results(_written, rendered.total)) as results:
            async for path, info in results:
                rendered.files.append((path, info))
                on_page(len(rendered.files), info.bytes)
    finally:
        await workers.aclose()


async def _one_document(work: Work, rendered: Rendered, jobs: int, on_page: Callable[[int, int], None]) -> None:
    """The pages are scanned beside each other, and written in order here."""
    path = work.folder / f"pages{work.suffix}"
    workers: Workers[Scanned] = Workers(work, jobs)
    try:
        with part_of(path) as part:
            writer = open_document(part, work.ticket, work.origin)
            number = 0
            try:
                async with aclosing(workers.results(_scanned, rendered.total)) as results:
                    async for scanned in results:
                        await asyncio.to_thread(writer.add, scanned)
                        number += 1
                        on_page(number, 0)
                info = await asyncio.to_thread(writer.finish)
            except BaseException:
                writer.discard()
                raise
        rendered.files.append((path, info))
    finally:
        await workers.aclose()
