"""CancelPostScanJob (its WS-DSP page): best effort; files that are processed already stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.dsm.messages.token_only import EmptyResponse, JobTokenRequest


@dataclass(frozen=True, slots=True)
class CancelPostScanJobRequest(JobTokenRequest):
    """Must come from the user who created the job.
    [dsp/cancel-post-scan-job/request] [dsp/cancel-post-scan-job/same-user] [dsc/cancel-post-scan-job/request]"""

    element_name: ClassVar[str] = "CancelPostScanJobRequest"


@dataclass(frozen=True, slots=True)
class CancelPostScanJobResponse(EmptyResponse):
    """The job is being cancelled.
    [dsp/cancel-post-scan-job/response-is-empty] [dsp/cancel-post-scan-job/best-effort]
    [bdsrr/3.2.4.2/best-effort]"""

    element_name: ClassVar[str] = "CancelPostScanJobResponse"
