"""The pages of a job: files looked through, or letters made up, and what the device makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from emulator.device.panel_production import PanelProduction
from emulator.device.production import AsIsProduction, Pace, Production, ScannedProduction
from emulator.device.scanner import NotAcceptingJobs, VirtualScanner
from emulator.device.stamped_production import StampedProduction
from emulator.environment.exit_codes import LabError
from emulator.imaging.as_is import as_is_documents
from emulator.imaging.encode import require_supported
from emulator.imaging.pages import PageSource, SourceError
from emulator.imaging.scan_head import detect
from emulator.imaging.scanned import Origin, Scanned
from emulator.jobs.documents import TRUTH_ENDINGS, TruthFiles, page_stem
from emulator.jobs.options import ScanOptions
from emulator.jobs.page_folder import prepare_page_folder
from emulator.jobs.plan import Plan
from emulator.jobs.sources import open_source
from emulator.wsscan.detection import seen
from emulator.wsscan.values.ticket import EffectiveTicket


@dataclass(frozen=True, slots=True)
class Pages:
    """What will be scanned."""

    production: Production
    skipped: Sequence[str] = ()
    """Files and pages left out by --skip-bad, one line each."""
    passed_over: Sequence[str] = ()
    """Names of files of other kinds in the folders that were given: no page is missing for them."""
    warnings: Sequence[str] = ()
    """What a person should know of files that are read, one line each."""


def prepare_pages(options: ScanOptions, plan: Plan, spool: Path, on_page: Callable[[int], None]) -> Pages:
    """Look through the inputs before the job is created. Raises LabError naming file, page and reason."""
    try:
        if options.as_is:
            return _as_is(options, plan.resolved.ticket, on_page)
        return _scanned(options, plan, spool, on_page)
    except SourceError as error:
        raise LabError(str(error), hint="--skip-bad leaves out what cannot be read") from None
    except ValueError as error:
        raise LabError(str(error)) from None
    except OSError as error:
        raise LabError(f"{error.filename or 'input'}: {error.strerror or error}") from None


def _as_is(options: ScanOptions, ticket: EffectiveTicket, on_page: Callable[[int], None]) -> Pages:
    if not options.files:
        raise LabError("--as-is needs files")
    if options.pages is not None or options.repeat:
        raise LabError("--as-is sends whole files: --pages and --repeat do not go with it")
    if options.documents is not None:
        raise LabError("--as-is sends files as they are: --documents does not go with it")
    if options.stamped:
        raise LabError("--as-is sends files as they are: --stamped does not go with it")
    named = any(setting.partition("=")[0].strip() == "Format" for setting in options.settings)
    files = as_is_documents(options.files, ticket.format if named else None, options.page_limits)
    return Pages(AsIsProduction(files, on_page=on_page))


def pages_of(scanner: VirtualScanner, plan: Plan, on_page: Callable[[int], None]) -> Pages:
    """What lies in a running scanner. Raises LabError when there is nothing or it cannot scan now."""
    try:
        scanner.require_accepting()
        require_supported(plan.resolved.ticket)
    except (NotAcceptingJobs, ValueError) as error:
        raise LabError(str(error)) from None
    if not scanner.engine.has_sheets(plan.resolved.ticket):
        raise LabError("the feeder is empty", hint="press load --sheets 3 puts letters into it")
    return Pages(PanelProduction(scanner, plan.asked, plan.resolved, on_page=on_page))


def _check_region(plan: Plan, source: PageSource) -> None:
    """A region that the ticket demands and the first page is too small for is refused before the job is created.
    Raises SourceError, TicketRejected."""
    ticket = plan.resolved.ticket
    try:
        seen(plan.resolved, plan.asked, detect(source, 0, ticket.front, ticket))
    except BaseException:
        source.close()
        raise


def _scanned(options: ScanOptions, plan: Plan, spool: Path, on_page: Callable[[int], None]) -> Pages:
    profile, ticket = plan.profile, plan.resolved.ticket
    require_supported(ticket)
    if options.truth is not None and (options.documents is None or options.stamped):
        raise LabError("--truth goes with --documents, and not with --stamped: of other pages nothing is known")
    job = plan.stored.process.display_name
    opened = open_source(options, profile, ticket, job=job, base_only=options.stamped)
    source = opened.pages
    if ticket.size_auto_detect:
        _check_region(plan, source)
    pace = Pace(None)
    if options.speed == "real":
        pace = Pace(profile.images_per_minute(ticket), profile.warm_up)

    def origin() -> Origin:
        return profile.origin(datetime.now(UTC))

    if options.stamped:
        production: Production = StampedProduction(
            source,
            ticket,
            spool,
            pages=options.pages,
            name=job,
            pace=pace,
            origin=origin,
            on_page=on_page,
        )
    else:
        production = ScannedProduction(
            source, ticket, spool, pace=pace, origin=origin, on_scanned=_truth(options, source), on_page=on_page
        )
    return Pages(production, opened.skipped, opened.passed_over, opened.warnings)


def _truth(options: ScanOptions, source: PageSource) -> Callable[[int, Scanned], None]:
    """Writes what is on each page, where that is asked for."""
    files = None if options.truth is None else TruthFiles(options.truth)
    if options.truth is not None:
        names = [f"{page_stem(number)}{TRUTH_ENDINGS[0]}" for number in range(1, len(source) + 1)]
        prepare_page_folder(options.truth, names, "--truth", overwrite=options.overwrite)

    def write(number: int, scanned: Scanned) -> None:
        if files is not None:
            files.write(source, scanned, page_stem(number), page_stem(number))

    return write
