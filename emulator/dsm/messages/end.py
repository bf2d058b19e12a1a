"""EndPostScanJob (its WS-DSP page): all images have been sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.dsm.messages.token_only import EmptyResponse, JobTokenRequest


@dataclass(frozen=True, slots=True)
class EndPostScanJobRequest(JobTokenRequest):
    """Sent after the last SendImageResponse.
    [dsp/end-post-scan-job/request] [dsp/sequence/end-after-the-last-response]"""

    element_name: ClassVar[str] = "EndPostScanJobRequest"


@dataclass(frozen=True, slots=True)
class EndPostScanJobResponse(EmptyResponse):
    """Acknowledges only: processing follows.
    [dsp/end-post-scan-job/response-is-empty] [dsp/end-post-scan-job/acknowledges-only]"""

    element_name: ClassVar[str] = "EndPostScanJobResponse"
