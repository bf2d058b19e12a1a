"""Pages of which no two are alike: a few are scanned and encoded once for all devices of a run, and each image is a
copy with a number of its own at the foot (imaging/stamped), so that no scan server can store two as one."""

from __future__ import annotations

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from emulator.device.pipelines.pipeline import PassingSide
from emulator.device.pipelines.scanned import ScannedPages
from emulator.device.produced import Produced
from emulator.device.sheets import SheetSide
from emulator.environment.exit_codes import LabError
from emulator.imaging.encode import DocumentInfo, require_supported
from emulator.imaging.encoders.encoder import UnsupportedFormat
from emulator.imaging.pages import SourceError
from emulator.imaging.scan_head import detect
from emulator.imaging.stamped.imprint import Imprint
from emulator.imaging.stamped.splice import require_stampable
from emulator.imaging.stamped.stamped_page import StampedPage
from emulator.jobs.options import ScanOptions
from emulator.jobs.plan import Plan
from emulator.jobs.sources import open_source
from emulator.wsscan.detection import with_detected_medium

MOST_PAGES: Final = 16
"""Pages that copies are made of."""
_NUMBERS: Final = 99_999_999
"""Copies that a label has room for."""


class PageStock:
    """Made in a thread; used on one event loop. Copies are made in a thread of its own, one after the other."""

    def __init__(self, options: ScanOptions, plan: Plan, folder: Path, name: str) -> None:
        """Scan and encode the pages. Raises LabError, before anything is sent.

        - `folder`: where pages wait;
        - `name`: stands on each label; two stocks of the same name make the same copies.
        """
        self._folder = folder
        self._numbers = itertools.count(1)
        self._pages: list[StampedPage] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dsm-load-pages")
        self._left = ExitStack()
        try:
            self._prepare(options, plan, name)
        except BaseException:
            self.close()
            raise

    def _prepare(self, options: ScanOptions, plan: Plan, name: str) -> None:
        ticket, profile = plan.resolved.ticket, plan.profile
        job = plan.stored.process.display_name
        try:
            require_supported(ticket)
            source = open_source(options, profile, ticket, job=job, base_only=True).pages
            self._left.callback(source.close)
            resolved = plan.resolved
            if ticket.size_auto_detect:
                resolved = with_detected_medium(resolved, plan.asked, detect(source, 0, ticket.front, ticket))
            to_scan = resolved.to_scan
            imprint = Imprint(_NUMBERS, name)
            require_stampable(to_scan, imprint)
            scan = ScannedPages(to_scan, text=profile.black_and_white.text).scan
            for index in range(min(len(source), MOST_PAGES)):
                scanned = scan(PassingSide(1, SheetSide(source, index)))
                body = self._folder / f"page-{index}"
                self._pages.append(StampedPage(scanned, to_scan, body, imprint))
        except SourceError as error:
            raise LabError(str(error), hint="--skip-bad leaves out what cannot be read") from None
        except (UnsupportedFormat, ValueError) as error:
            raise LabError(str(error)) from None
        except OSError as error:
            raise LabError(f"{error.filename or 'input'}: {error.strerror or error}") from None

    async def document(self, number: int) -> Produced:
        """The next copy, in a file of its own, as document `number` (from 1) of a job. Raises OSError."""
        serial = next(self._numbers)
        path = self._folder / f"copy-{serial}"
        made = asyncio.get_running_loop().run_in_executor(self._thread, self._write, serial, path)
        try:
            info = await asyncio.shield(made)
        except asyncio.CancelledError:
            made.add_done_callback(lambda _: path.unlink(missing_ok=True))
            raise
        return Produced.of(number, path, info, temporary=True)

    def _write(self, serial: int, path: Path) -> DocumentInfo:
        return self._pages[(serial - 1) % len(self._pages)].write(path, serial)

    def close(self) -> None:
        """Wait for what is being made, and remove all."""
        self._thread.shutdown(cancel_futures=True)
        for page in self._pages:
            page.discard()
        self._left.close()
