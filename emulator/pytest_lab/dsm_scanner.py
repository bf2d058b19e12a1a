"""The scanner of a test, which scans the documents that the test is about where nothing says what is scanned."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Final, Unpack

from emulator.jobs.outcome import ScanOutcome
from emulator.lab.blocking import BlockingScanner
from emulator.layers import Layers
from emulator.options.keywords import ScanKeywords
from emulator.options.scan import ScanOptions

_SAYS_WHAT: Final = frozenset({"files", "documents", "stamped", "loaded"})


class DsmScanner(BlockingScanner):
    """As every scanner of a lab."""

    documents: str | None = None
    """The set that a scan without files is of; None: synthetic letters."""

    @classmethod
    def of(cls, scanner: BlockingScanner, documents: str | None) -> DsmScanner:
        """The same scanner."""
        found = cls(scanner._thread, scanner._scanner)
        found.documents = documents
        return found

    def scan(
        self,
        *files: str | PathLike[str],
        options: ScanOptions | None = None,
        on_page: Callable[[int], None] | None = None,
        layers: Layers | None = None,
        **keywords: Unpack[ScanKeywords],
    ) -> ScanOutcome:
        """Run one post-scan job, as every scanner of a lab does; of the test's documents where nothing says what is
        scanned. Raises LabError when nothing was sent."""
        self._add_documents(files, options, keywords)
        return super().scan(*files, options=options, on_page=on_page, layers=layers, **keywords)

    def start(
        self, *files: str | PathLike[str], options: ScanOptions | None = None, **keywords: Unpack[ScanKeywords]
    ) -> int:
        """Begin a job as `scan` does, and do not wait for it; its number. Raises LabError."""
        self._add_documents(files, options, keywords)
        return super().start(*files, options=options, **keywords)

    def _add_documents(
        self, files: tuple[str | PathLike[str], ...], options: ScanOptions | None, keywords: ScanKeywords
    ) -> None:
        said = keywords.keys() if options is None else keywords.keys() | options.model_fields_set
        if self.documents is not None and not files and not _SAYS_WHAT & said:
            keywords["documents"] = self.documents
