"""Whether a reason is told of those alone who can have it: what a server says of its own trouble is believed, and
held against all else that it says of the same job. What brings such trouble about the judge cannot know: it is
looked for at the jobs of each scan process that was named."""

from __future__ import annotations

from typing import Final

from emulator.conformance.check import check
from emulator.conformance.direct.outcomes import FilterEnd, Outcome, fitting, require_of
from emulator.conformance.names import FILTER
from emulator.conformance.peer import ScanServerPeer

_SUCCESS: Final = "CompletedSuccessfully"
_OF_FILTERS: Final = {
    "invalid-args": ("InvalidArgs", ""),
    "out-of-disk-space": ("OutOfDiskSpace", ""),
    "server-out-of-memory": ("ServerOutOfMemory", ""),
    "file-share-access-denied": ("FileShareAccessDenied", "fileshare"),
    "file-share-out-of-disk-space": ("FileShareOutOfDiskSpace", "fileshare"),
    "share-point-access-denied": ("SharePointAccessDenied", "sharepoint"),
    "share-point-out-of-disk-space": ("SharePointOutOfDiskSpace", "sharepoint"),
    "invalid-smtp-server": ("InvalidSMTPServer", "email"),
    "unable-to-send-email": ("UnableToSendEmail", "email"),
    "unknown-error": ("UnknownError", ""),
}
"""End of an id -> reason of a filter, and the filter that alone can have it; '' where each can."""


def _of_filters(id: str, reason: str, name: str) -> None:
    """Register the check of one reason of filters."""

    async def told(peer: ScanServerPeer) -> str:
        found = await fitting(
            peer,
            lambda outcome: any(reason in each.reasons for each in outcome.filters),
            f"has a filter that tells {reason}",
        )
        for outcome in found:
            for each in outcome.filters:
                if reason in each.reasons:
                    _require_filter(outcome, each, name)
        return "; ".join(map(str, found))

    whose = "filters" if not name else f"filters of the dialect {FILTER}/{name}"
    told.__doc__ = f"{reason} is told of {whose} alone, and of none that has ended without an error or a warning."
    check(f"dsp/filter-state-reason/{id}")(told)


def _require_filter(outcome: Outcome, each: FilterEnd, name: str) -> None:
    said = f"{each.dialect}: {each.state}, {', '.join(each.reasons)}"
    if name:
        require_of(outcome, each.dialect == f"{FILTER}/{name}", f"a filter of {FILTER}/{name}", said)
    require_of(outcome, each.state != _SUCCESS, "a filter that had an error", said)


for _id, (_reason, _name) in _OF_FILTERS.items():
    _of_filters(_id, _reason, _name)


@check("dsp/job-state/aborted")
async def aborted(peer: ScanServerPeer) -> str:
    """A job that is Aborted was not complete: not every filter of it has done its work."""
    found = await fitting(peer, lambda each: each.state == "Aborted", "is Aborted")
    for each in found:
        done = bool(each.filters) and all(one.state == _SUCCESS for one in each.filters)
        require_of(each, not done, "Completed, where all its filters have done their work")
    return "; ".join(map(str, found))


@check("dsp/job-state-reason/post-scan-job-processing-failed")
async def processing_failed(peer: ScanServerPeer) -> str:
    """PostScanJobProcessingFailed is told of no job whose filters have all done their work."""
    reason = "PostScanJobProcessingFailed"
    found = await fitting(peer, lambda each: each.reason == reason, f"tells {reason}")
    for each in found:
        done = bool(each.filters) and all(one.state == _SUCCESS for one in each.filters)
        require_of(each, not done, "a filter that has not done its work")
    return "; ".join(map(str, found))


@check("dsp/job-state-reason/send-image-failed")
async def send_image_failed(peer: ScanServerPeer) -> str:
    """SendImageFailed is told of no job whose images were all acknowledged."""
    found = await fitting(peer, lambda each: each.reason == "SendImageFailed", "tells SendImageFailed")
    for each in found:
        ended = each.job.ended is not None and bool(each.job.sent)
        require_of(each, not ended, "another reason: each SendImage of it was answered with SendImageResponse")
    return "; ".join(map(str, found))


@check("dsp/job-state-reason/create-post-scan-job-failed")
async def creation_failed(peer: ScanServerPeer) -> str:
    """CreatePostScanJobFailed is told of no job that has taken an image."""
    reason = "CreatePostScanJobFailed"
    found = await fitting(peer, lambda each: each.reason == reason, f"tells {reason}")
    for each in found:
        require_of(each, not each.job.sent, "another reason: it was created, and has taken an image")
    return "; ".join(map(str, found))
