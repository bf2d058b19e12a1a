"""EndPostScanJob (its WS-DSP page): all images have been sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from emulator.dsm.messages.token_only import EmptyResponse, JobTokenRequest


@dataclass(frozen=True, slots=True)
class EndPostScanJobRequest(JobTokenRequest):
    """Sent after the last SendImageResponse."""

    element_name: ClassVar[str] = "EndPostScanJobRequest"


@dataclass(frozen=True, slots=True)
class EndPostScanJobResponse(EmptyResponse):
    """Acknowledges only: processing follows."""

    element_name: ClassVar[str] = "EndPostScanJobResponse"
