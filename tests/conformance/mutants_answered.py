"""Mutants of what answers at all, and of the events of the repository."""

from __future__ import annotations

from typing import Any

from mutant import Mutant, no_events, renamed, rewritten, status_instead, twice, without

ANY = ("dsp/*", "bdsrr/*", "dsc/*", "notes/*", "soap/*", "mtom/*", "eventing/*")
EVENT = "RepositoryStatusSummaryEvent"
OTHER = "{urn:example:other}Answer"
_OF_DSC = {
    "bdsrr/3.2.4.1/response-or-fault": "GetRepositoryElements",
    "bdsrr/3.2.4.2/response-or-fault": "CancelPostScanJob",
    "bdsrr/3.2.4.3/response-or-fault": "GetPostScanJobElements",
    "bdsrr/3.2.4.4/response-or-fault": "GetActiveJobs",
    "bdsrr/3.2.4.5/response-or-fault": "GetJobHistory",
}


def _told(id: str, does: str, change: Any) -> Mutant:
    return Mutant(id, does, (rewritten(change, EVENT),), also=ANY)


MUTANTS = (
    *(
        Mutant(id, "another element", (rewritten(renamed("//soap:Body/dsc:*", OTHER), name),), also=ANY)
        for id, name in _OF_DSC.items()
    ),
    Mutant(
        "dsp/operations/fault-instead-of-response",
        "another element",
        (rewritten(renamed("//soap:Body/dsp:*[.//dsp:JobStatus[dsp:JobState='Creating']]", OTHER), later=True),),
        also=ANY,
    ),
    Mutant("bdsrr/3.2.4.7/sent-to-all-subscribers", "never", (no_events(),), also=ANY),
    _told("bdsrr/3.2.4.7/one-status-summary", "two", twice("//dsc:StatusSummary")),
    _told("bdsrr/3.2.4.7/state", "none", without("//dsc:RepositoryState")),
    _told("bdsrr/3.2.4.7/reasons", "an empty list", without("//dsc:RepositoryStateReason")),
    Mutant("dsp/event/same-jobs-as-wsdsc", "never", (no_events(),), also=ANY),
    Mutant(
        "soap/envelope/size-without-attachments",
        "a small limit",
        http=status_instead(413, when=bytes(50_000)),
        also=ANY,
    ),
    Mutant("eventing/delivery/push", "demanded", http=status_instead(400, when=b"<wse:Delivery><wse"), also=ANY),
    Mutant(
        "notes/c-10/get-jobs-history-request-read",
        "not read",
        http=status_instead(400, when=b"GetJobsHistoryRequest"),
        strict=False,
        also=ANY,
    ),
)
