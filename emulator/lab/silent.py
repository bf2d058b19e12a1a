"""A reporter of jobs that are run from Python: who asks for them sees their outcome."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from emulator.jobs.manifest import ImageRecord
from emulator.jobs.pages import Pages
from emulator.jobs.plan import Plan


class SilentReporter:
    """Says nothing but how many images have been scanned, to who wants to know."""

    def __init__(self, on_page: Callable[[int], None] | None = None) -> None:
        """`on_page` is told the number (from 1) of each image that has been scanned."""
        self._on_page = on_page

    def planned(self, plan: Plan, server: str, store: Path | None, pages: Pages) -> None:
        """Nothing."""

    def page_scanned(self, number: int) -> None:
        """Passed on."""
        if self._on_page is not None:
            self._on_page(number)

    def acknowledged(self, image: ImageRecord) -> None:
        """Nothing."""
