"""A job as the embedded scan server of a lab knows it: a picture of one moment, with the files that arrived."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from emulator.dsm.guid import format_guid
from emulator.dsm.job_status import FilterStatus
from emulator.dsm.states import FINAL_JOB_STATES, JobState, JobStateReason
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.imaging.files import count_pages, open_files
from emulator.imaging.pages import Page, SourceError
from emulator.jobs.checking import CheckFindings, first_deviations, of_deliveries, of_filters
from emulator.jobs.documents import TRUTH_ENDINGS
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.jobs import Job, StoredDocument
from emulator.soap.deviations import Deviation

if TYPE_CHECKING:
    from PIL import Image

    from emulator.documents import PageTruth

_SUCCESSES: Final = frozenset({JobStateReason.COMPLETED_SUCCESSFULLY, JobStateReason.COMPLETED_WITH_WARNINGS})


@dataclass(frozen=True, slots=True)
class ServerImage:
    """A scan document that the server has acknowledged, and its file."""

    document_id: int
    format: str
    """As the device named it (dsp:Format)."""
    bytes: int
    sha256: str
    files: tuple[Path, ...] = ()
    """Where it is: in each share of the store that has it, or in the folder of its job. () where it was delivered
    elsewhere alone (docs/delivery.md), or is being put away just now."""

    @property
    def path(self) -> Path:
        """The first of its files. Raises LabError where there is none."""
        if not self.files:
            raise LabError(f"image {self.document_id} is in no folder of the store", ExitCode.FAILED)
        return self.files[0]

    def page_count(self) -> int:
        """Pages in the file. Blocks. Raises LabError for a file that cannot be read."""
        try:
            return count_pages(self.path)
        except SourceError as error:
            raise LabError(str(error), ExitCode.FAILED) from None

    def pictures(self) -> list[Image.Image]:
        """Its pages as images of Pillow, with their resolution in `info["dpi"]`; those of a PDF are drawn at 200
        ppi. Blocks. Raises LabError for a file that cannot be read; what can be is what the device takes as files
        (docs/input-files.md)."""
        try:
            source = open_files([self.path])
            try:
                return [_picture(source.page(index)) for index in range(len(source))]
            finally:
                source.close()
        except SourceError as error:
            raise LabError(str(error), ExitCode.FAILED) from None

    def __repr__(self) -> str:
        return f"<ServerImage {self.document_id}: {self.format}, {self.bytes} bytes, {len(self.files)} files>"


def _image(job: Job, document: StoredDocument) -> ServerImage:
    file = document.file
    return ServerImage(document.document_id, document.format, file.size, file.sha256, tuple(job.files_of(document)))


def _picture(page: Page) -> Image.Image:
    from PIL import Image

    assert isinstance(page.image, Image.Image), "a deep image comes only where one is wanted"
    if page.dpi is not None:
        page.image.info["dpi"] = page.dpi
    return page.image


@dataclass(frozen=True, slots=True)
class ServerJob:
    """A post-scan job at the embedded scan server, as it was when it was asked for."""

    token: str
    """JobToken."""
    user: str
    """NAME@DOMAIN of whom the device named."""
    user_sid: str
    scan_process: str
    """Its DisplayName."""
    scan_process_id: str
    state: JobState
    reasons: tuple[JobStateReason, ...]
    created: datetime
    completed: datetime | None
    filters: tuple[FilterStatus, ...]
    images: tuple[ServerImage, ...]
    """The acknowledged ones, by DocumentId."""
    deliveries: tuple[Delivery, ...]
    """What each target of its filters has got."""
    deviations: tuple[tuple[str, Deviation], ...]
    """Operation and deviation: what the device's messages of this job did that the documents do not allow; the
    first hundred."""
    peer: str
    """IP address of the device."""
    _truth_folder: Callable[[], Path | None] = field(repr=False, compare=False)

    @classmethod
    def of(cls, job: Job, truth_folder: Callable[[], Path | None]) -> Self:
        """Make it of the job as it is at this moment. `truth_folder`: where the truths of its pages are."""
        return cls(
            token=job.token,
            user=job.user.principal,
            user_sid=job.user.sid,
            scan_process=job.process.display_name,
            scan_process_id=format_guid(job.process.identifier) if job.process.identifier else "",
            state=job.state,
            reasons=job.reasons,
            created=job.created,
            completed=job.completed,
            filters=job.status().filter_statuses,
            images=tuple(_image(job, each) for each in job.documents_in_order()),
            deliveries=tuple(job.deliveries),
            deviations=tuple(job.deviations),
            peer=job.peer,
            _truth_folder=truth_folder,
        )

    @property
    def ended(self) -> bool:
        """Whether its state is a final one: Completed, Aborted or Canceled."""
        return self.state in FINAL_JOB_STATES

    @property
    def truth(self) -> tuple[PageTruth, ...]:
        """What is on each page, in pixels of its image, where a device of this lab has scanned `documents` and
        `scan` has returned; () for all other pages. Blocks."""
        from emulator.documents import page_from_document

        folder = self._truth_folder()
        if folder is None:
            return ()
        files = sorted(folder.glob(f"page-*{TRUTH_ENDINGS[0]}"))
        return tuple(page_from_document(json.loads(file.read_text(encoding="utf-8"))) for file in files)

    def page_count(self) -> int:
        """Pages in all its images. Blocks. Raises LabError for a file that cannot be read."""
        return sum(image.page_count() for image in self.images)

    def check(self, *, images: int | None = None, strict: bool = False) -> Self:
        """Itself, if it has Completed, be it with warnings. Raises AssertionError with the reason, for people.
        `images`: how many must have come; `strict`: no deviation."""
        __tracebackhide__ = True
        findings = CheckFindings()
        if self.state is not JobState.COMPLETED or not _SUCCESSES & set(self.reasons):
            findings.add(f"it is {_state(self.state, self.reasons)}, not Completed")
        if images is not None and len(self.images) != images:
            findings.add(f"{len(self.images)} images have come, not {images}")
        if strict and self.deviations:
            findings.add("the device departs from the documents")
        findings.require(
            f"{self!r}",
            {
                "user": self.user,
                "filters": of_filters(self.filters),
                "deliveries": of_deliveries(self.deliveries),
                "deviations": first_deviations(self.deviations),
            },
        )
        return self

    def __repr__(self) -> str:
        state = _state(self.state, self.reasons)
        return f"<ServerJob {self.token}: {self.scan_process!r}, {state}, {len(self.images)} images>"


def _state(state: JobState, reasons: Sequence[JobStateReason]) -> str:
    return f"{state} ({', '.join(reasons)})" if reasons else str(state)
