"""Runs one post-scan job: documents from the production to the scan server, each step into the manifest."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from emulator.device.produced import Produced
from emulator.dsm.driver import Document, PostScanJobDriver
from emulator.dsm.messages.create import CreatePostScanJobRequest
from emulator.dsm.outcome import JobAccount, JobResult
from emulator.jobs.manifest import ImageRecord, ManifestWriter


@dataclass(slots=True)
class JobReport:
    """What became of a job. `result` is None when it failed before its end; `images` is true in any case."""

    images: list[ImageRecord] = field(default_factory=list)
    left_out: int = 0
    result: JobResult | None = None
    account: JobAccount = field(default_factory=JobAccount)
    """What is known of the job, also where it failed or was interrupted."""
    started: float = field(default_factory=time.time)
    """Unix time."""
    seconds: float = 0.0

    @property
    def acknowledged(self) -> list[ImageRecord]:
        """The images that the server has answered for."""
        return [image for image in self.images if image.acknowledged]


class Production(Protocol):
    """Where the documents of a job come from."""

    @property
    def left_out(self) -> int:
        """Pages that were not scanned."""

    def documents(self) -> AsyncGenerator[Produced, None]:
        """Each when it is asked for. Raises SourceError, OSError."""


class PostScanJobRunner:
    """Ties production, driver and manifest together for one job."""

    def __init__(
        self,
        driver: PostScanJobDriver,
        production: Production,
        manifest: ManifestWriter,
        *,
        on_acknowledged: Callable[[ImageRecord], None] = lambda image: None,
    ) -> None:
        """`on_acknowledged` is told each image when the server has it."""
        self._driver = driver
        self._production = production
        self._manifest = manifest
        self._on_acknowledged = on_acknowledged
        self._under_way: dict[int, Produced] = {}
        self.report = JobReport()

    async def run(self, request: CreatePostScanJobRequest, *, wait: bool = True) -> JobReport:
        """Run the job to its end (or to EndPostScanJob with `wait` False) and return the report.

        Raises what the driver raises (PostScanJobFailed, CancelledError) and what the production raises
        (SourceError); `self.report` holds the truth up to then.
        """
        begin = time.monotonic()
        try:
            self.report.result = await self._driver.run(request, self._documents(), self._acknowledged, wait=wait)
            self.report.left_out = self._production.left_out
        finally:
            self.report.seconds = time.monotonic() - begin
            account = self.report.account = self._driver.account
            for index, image in enumerate(self.report.images):
                attempts = account.attempts.get(image.document_id, 0)
                self.report.images[index] = replace(image, attempts=attempts)
            for produced in self._under_way.values():
                produced.discard()
        return self.report

    async def _documents(self) -> AsyncIterator[Document]:
        documents = self._production.documents()
        try:
            async for produced in documents:
                record = _record(produced)
                self._under_way[record.document_id] = produced
                self.report.images.append(record)
                self._manifest.sending(record)
                yield produced.document
        finally:
            await documents.aclose()

    def _acknowledged(self, document: Document, attempts: int) -> None:
        number = document.document_id
        index = number - 1  # DocumentIds run from 1 without gaps (device/acquisition.py)
        record = replace(self.report.images[index], attempts=attempts, acknowledged=True)
        self.report.images[index] = record
        self._manifest.acknowledged(record)
        self._under_way.pop(number).discard()
        self._on_acknowledged(record)


def _record(produced: Produced) -> ImageRecord:
    info = produced.info
    return ImageRecord(
        document_id=produced.document.document_id,
        format=info.format,
        media_type=info.media_type,
        bytes=info.bytes,
        sha256=info.sha256,
        head_sha256=info.head_sha256,
        pages=info.pages,
        width=info.width,
        height=info.height,
        resolution=str(info.resolution),
        color=info.color,
        recoded=info.recoded,
    )
