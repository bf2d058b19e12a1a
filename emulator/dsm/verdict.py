"""The verdict on a job that the scan server calls ended: a success only where all that it has said agrees.
[dsp/answer/unseen-end-is-unconfirmed]"""

from __future__ import annotations

from emulator.dsm.contradictions import JobTestimony
from emulator.dsm.job_status import JobStatus
from emulator.dsm.outcome import SUCCESSES, JobOutcome


def verdict(
    outcome: JobOutcome, reason: str, testimony: JobTestimony, status: JobStatus | None
) -> tuple[JobOutcome, str]:
    """The outcome that can be believed, and why it is no plain final state ('' where it is one). `outcome` and
    `reason`: what the job came to by `status`, the last JobStatus seen."""
    contradictions = testimony.contradictions
    if contradictions and outcome in SUCCESSES | {JobOutcome.NOT_AWAITED}:
        told = "; ".join(f"{each.place.rpartition('/')[2]} {each.detail}" for each in contradictions)
        return JobOutcome.CONTRADICTED, f"the scan server contradicts itself: {told}"
    if outcome in SUCCESSES:
        count = testimony.count if status is None or status.images_received is None else status.images_received
        if count != testimony.acknowledged:
            told = "never told" if count is None else f"last told as {count}"
            reason = f"ImagesReceived was {told}, {testimony.acknowledged} images were acknowledged"
            return JobOutcome.UNCONFIRMED, reason
    return outcome, reason
