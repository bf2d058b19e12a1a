"""The pages of a job: files looked through, or letters made up, and what the scanner makes of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.device.originals import Originals
from emulator.device.panel_production import PanelProduction
from emulator.device.pipelines.as_is import AsIsFiles
from emulator.device.pipelines.lanes import PagesInLanes
from emulator.device.pipelines.pipeline import PagePipeline
from emulator.device.pipelines.scanned import OnScanned, ScannedPages, known_truth
from emulator.device.pipelines.stamped import StampedCopies
from emulator.device.scanner import NoSheets, NotAcceptingJobs, VirtualScanner
from emulator.environment.exit_codes import LabError
from emulator.imaging.as_is import as_is_documents
from emulator.imaging.coded import CodedScan
from emulator.imaging.encode import require_supported
from emulator.imaging.pages import PageSource, SourceError
from emulator.imaging.scan_head import detect
from emulator.imaging.scanned import Scanned
from emulator.imaging.sequence import arrange
from emulator.jobs.documents import TRUTH_ENDINGS, TruthFiles, page_stem
from emulator.jobs.options import ScanOptions
from emulator.jobs.page_folder import prepare_page_folder
from emulator.jobs.plan import Plan
from emulator.jobs.sources import OpenedSource, open_source
from emulator.jobs.truth_index import OF_DOCUMENTS, of_documents
from emulator.wsscan.detection import with_detected_medium
from emulator.wsscan.resolution import Resolved

_FOR_LANES: Final = 4
"""Of fewer pages each is sent before the next but one is asked for."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What will be scanned, and where."""

    scanner: VirtualScanner
    """Its conditions, layers and history are those of the job too."""
    production: PanelProduction
    skipped: Sequence[str] = ()
    """Files and pages left out by --skip-bad, one line each."""
    passed_over: Sequence[str] = ()
    """Names of files of other kinds in the folders that were given: no page is missing for them."""
    warnings: Sequence[str] = ()
    """What a person should know of files that are read, one line each."""


def prepare_pages(
    options: ScanOptions, plan: Plan, scanner: VirtualScanner, on_page: Callable[[int], None]
) -> Pages:
    """Look through the inputs before the job is created. Raises LabError naming file, page and reason, or why
    the scanner cannot scan now."""
    try:
        scanner.require_accepting()
        if options.loaded:
            require_supported(plan.resolved.ticket)
            scanner.require_sheets(plan.resolved)
            production = PanelProduction(scanner, plan.asked, plan.resolved, on_page=on_page)
            return Pages(scanner, production)
        if options.as_is:
            files = _as_is(options, plan)
            originals = Originals(files, files, len(files), options.speed)
            production = PanelProduction(scanner, plan.asked, plan.resolved, originals=originals, on_page=on_page)
            return Pages(scanner, production)
        opened, originals, resolved = _brought(options, plan)
        production = PanelProduction(scanner, plan.asked, resolved, originals=originals, on_page=on_page)
        return Pages(scanner, production, opened.skipped, opened.passed_over, opened.warnings)
    except NoSheets as error:
        raise LabError(str(error), hint="dsm-emulator press load --sheets 3 puts letters into it") from None
    except SourceError as error:
        raise LabError(str(error), hint="--skip-bad leaves out what cannot be read") from None
    except (NotAcceptingJobs, ValueError) as error:
        raise LabError(str(error)) from None
    except OSError as error:
        raise LabError(f"{error.filename or 'input'}: {error.strerror or error}") from None


def _as_is(options: ScanOptions, plan: Plan) -> AsIsFiles:
    if not options.files:
        raise LabError("--as-is needs files")
    if options.pages is not None or options.repeat:
        raise LabError("--as-is sends whole files: --pages and --repeat do not go with it")
    if options.documents is not None:
        raise LabError("--as-is sends files as they are: --documents does not go with it")
    if options.stamped:
        raise LabError("--as-is sends files as they are: --stamped does not go with it")
    named = any(setting.partition("=")[0].strip() == "Format" for setting in options.settings)
    format = plan.resolved.ticket.format if named else None
    return AsIsFiles(as_is_documents(options.files, format, options.page_limits))


def _brought(options: ScanOptions, plan: Plan) -> tuple[OpenedSource, Originals, Resolved]:
    """What was opened, what of it is laid into the scanner, and the ticket when its first page was looked at."""
    profile, ticket = plan.profile, plan.resolved.ticket
    require_supported(ticket)
    if options.truth is not None and (options.documents is None or options.stamped):
        raise LabError("--truth goes with --documents, and not with --stamped: of other pages nothing is known")
    job, text = plan.stored.process.display_name, profile.black_and_white.text
    opened = open_source(options, profile, ticket, job=job, base_only=options.stamped)
    source = opened.pages
    try:
        resolved = plan.resolved
        if ticket.size_auto_detect:
            # A region that the ticket demands and the first page is too small for is refused at once.
            resolved = with_detected_medium(resolved, plan.asked, detect(source, 0, ticket.front, ticket))
        count = len(source)
        if options.stamped and options.pages is not None:
            source = arrange(source, pages=options.pages, repeat=True)
        images = min(len(source), ticket.images_to_transfer or len(source))
        pipeline: PagePipeline
        if options.stamped:
            pipeline = StampedCopies(resolved.to_scan, pages=count, copies=images, name=job, text=text)
        else:
            on_scanned = _truth(options, len(source))
            on_document = None if options.truth is None else of_documents(options.truth)
            lanes = _lanes(options, images)
            if lanes == 1:
                pipeline = ScannedPages(resolved.to_scan, text=text, on_scanned=on_scanned, on_document=on_document)
            else:
                source.close()  # the lanes have copies
                pipeline = PagesInLanes(
                    resolved.to_scan,
                    source,
                    images,
                    lanes,
                    text=text,
                    on_scanned=on_scanned,
                    on_document=on_document,
                )
    except BaseException:
        source.close()
        raise
    return opened, Originals(source, pipeline, images, options.speed), resolved


def _lanes(options: ScanOptions, images: int) -> int:
    """How many pages are worked on at once. At real speed none waits for one that is worked on."""
    if options.speed == "real" or images < _FOR_LANES:
        return 1
    return min(options.jobs or os.cpu_count() or 1, images)


def _truth(options: ScanOptions, count: int) -> OnScanned | None:
    """Writes what is on each page, where that is asked for."""
    if options.truth is None:
        return None
    files = TruthFiles(options.truth)
    names = [f"{page_stem(number)}{TRUTH_ENDINGS[0]}" for number in range(1, count + 1)]
    prepare_page_folder(options.truth, [*names, OF_DOCUMENTS], "--truth", overwrite=options.overwrite)

    def known(source: PageSource, scanned: Scanned | CodedScan) -> Callable[[int], object]:
        truth = known_truth(source, scanned)
        return lambda number: files.write_known(truth, page_stem(number), page_stem(number))

    return known
