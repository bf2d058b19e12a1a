"""CancelPostScanJob (its WS-DSP page): best effort; files that are processed already stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.dsm.messages.token_only import EmptyResponse, JobTokenRequest


@dataclass(frozen=True, slots=True)
class CancelPostScanJobRequest(JobTokenRequest):
    """Must come from the user who created the job."""

    element_name: ClassVar[str] = "CancelPostScanJobRequest"


@dataclass(frozen=True, slots=True)
class CancelPostScanJobResponse(EmptyResponse):
    """The job is being cancelled."""

    element_name: ClassVar[str] = "CancelPostScanJobResponse"
