"""The pages of a job: files looked through, or letters made up, and what the device makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from emulator.device.panel_production import PanelProduction
from emulator.device.production import AsIsProduction, Pace, Production, ScannedProduction
from emulator.device.scanner import NotAcceptingJobs, VirtualScanner
from emulator.imaging.as_is import as_is_documents
from emulator.imaging.encode import require_supported
from emulator.imaging.files import open_files
from emulator.imaging.pages import PageSource, SourceError
from emulator.imaging.scanned import Origin
from emulator.imaging.sequence import arrange
from emulator.lab.exit_codes import LabError
from emulator.lab.options import ScanOptions
from emulator.lab.plan import Plan
from emulator.wsscan.values.ticket import EffectiveTicket

#: Letters that an empty-handed `scan` puts into the feeder; one on the platen.
SYNTHETIC_PAGES = 3


@dataclass(frozen=True, slots=True)
class Pages:
    """What will be scanned."""

    production: Production
    skipped: Sequence[str] = ()
    """Files and pages left out by --skip-bad, one line each."""
    passed_over: Sequence[str] = ()
    """Names of files of other kinds in the folders that were given: no page is missing for them."""


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
    named = any(setting.partition("=")[0].strip() == "Format" for setting in options.settings)
    files = as_is_documents(options.files, ticket.format if named else None)
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


def _scanned(options: ScanOptions, plan: Plan, spool: Path, on_page: Callable[[int], None]) -> Pages:
    profile, ticket = plan.profile, plan.resolved.ticket
    require_supported(ticket)
    skipped: Sequence[str] = ()
    passed_over: Sequence[str] = ()
    files: PageSource | None = None
    count = options.pages
    if options.files:
        files = opened = open_files(options.files, skip_bad=options.skip_bad, full=options.full_preflight)
        skipped = [str(entry) for entry in opened.skipped if entry.bad]
        passed_over = [entry.path.name for entry in opened.skipped if not entry.bad]
        if not len(files):
            raise LabError("no page can be read from what was given", hint="; ".join(skipped[:3]))
    elif count is None:
        count = 1 if ticket.images_to_transfer == 1 else SYNTHETIC_PAGES
    source = arrange(
        files,
        pages=count,
        repeat=options.repeat,
        seed=options.seed,
        device=profile.friendly_name,
        job=plan.stored.process.display_name,
        size=ticket.input_size,
    )
    pace = Pace(None)
    if options.speed == "real":
        pace = Pace(profile.images_per_minute(ticket), profile.warm_up)

    def origin() -> Origin:
        return profile.origin(datetime.now(UTC))

    return Pages(
        ScannedProduction(source, ticket, spool, pace=pace, origin=origin, on_page=on_page), skipped, passed_over
    )
