"""The structures that a scan server is asked with, and those that it tells of its jobs: which children stand in
each, in which order, how often."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from emulator.conformance.names import DSC, DSP
from emulator.conformance.reading import name_of


class Child(NamedTuple):
    """A child of a structure."""

    local: str
    least: int = 1
    most: int = 1


MANY: Final = 1_000_000
_REASONS = Child("JobStateReasons", 0)
_FILTERS = Child("FilterStatuses")

STRUCTURES: Final[dict[str, tuple[Child, ...]]] = {
    "JobStatus": (
        Child("JobToken"),
        Child("JobState"),
        _REASONS,
        _FILTERS,
        Child("ImagesReceived"),
        Child("JobCreatedTime", 0),
        Child("JobCompletedTime", 0),
    ),
    "JobDescription": (Child("PSP_Identifier"), Child("PSP_DisplayName"), Child("JobOriginatingUserName")),
    "FilterStatuses": (Child("FilterStatus", 1, MANY),),
    "FilterCompletedStatuses": (Child("FilterStatus", 1, MANY),),
    "FilterStatus": (Child("Dialect"), Child("FilterState"), Child("FilterStateReasons", 0)),
    "JobStateReasons": (Child("JobStateReason", 1, MANY),),
    "JobCompletedStateReasons": (Child("JobStateReason", 1, MANY),),
    "FilterStateReasons": (Child("FilterStateReason", 1, MANY),),
    "PostScanJobEndState": (
        Child("JobToken"),
        Child("PSP_Identifier"),
        Child("PSP_DisplayName"),
        Child("JobOriginatingUserName"),
        Child("JobCompletedState"),
        Child("JobCompletedStateReasons"),
        Child("FilterCompletedStatuses"),
        Child("ImagesReceived"),
        Child("JobCompletedTime", 0),
    ),
    "PostScanJobStatusEvent": (Child("JobStatus"),),
    "PostScanJobEndStateEvent": (Child("PostScanJobEndState"),),
    "CreatePostScanJobRequest": (Child("UserIdentifier"), Child("PSP_Identifier"), Child("PostScanInstructions")),
    "SendImageRequest": (Child("JobToken"), Child("DocumentDescription"), Child("ImageData")),
    "EndPostScanJobRequest": (Child("JobToken"),),
    "CancelPostScanJobRequest": (Child("JobToken"),),
    "GetPostScanJobElementsRequest": (Child("JobToken"), Child("RequestedElements")),
    "RequestedElements": (Child("Name", 1, MANY),),
    "CreatePostScanJobResponse": (Child("JobToken"),),
    "SendImageResponse": (),
    "EndPostScanJobResponse": (),
    "CancelPostScanJobResponse": (),
    "GetPostScanJobElementsResponse": (Child("JobElements"),),
    "JobElements": (Child("ElementData", 1, MANY),),
    "Documents": (Child("Document", 0, MANY),),
    "Document": (Child("DocumentDescription"),),
    "DocumentDescription": (Child("DocumentId"), Child("Format")),
    "GetRepositoryElementsResponse": (Child("RepositoryElements"),),
    "RepositoryElements": (Child("ElementData", 1, MANY),),
    "RepositoryConfiguration": (Child("Filters"),),
    "Filters": (Child("Filter", 0, MANY),),
    "Filter": (Child("Dialect"), Child("FilterConfig")),
    "RepositoryStatus": (Child("RepositoryState"), Child("RepositoryStateReasons", 0)),
    "RepositoryStateReasons": (Child("RepositoryStateReason", 1, MANY),),
    "GetActiveJobsResponse": (Child("ActiveJobs"),),
    "ActiveJobs": (Child("JobSummary", 0, MANY),),
    "GetJobHistoryResponse": (Child("JobHistory"),),
    "JobHistory": (Child("JobSummary", 0, MANY),),
    "JobSummary": (
        Child("JobToken"),
        Child("PSP_Identifier"),
        Child("PSP_DisplayName"),
        Child("JobOriginatingUserName"),
        Child("JobState"),
        _REASONS,
        _FILTERS,
        Child("ImagesReceived"),
    ),
}
"""Local name of a structure of WS-DSP or WS-DSC -> its children in their order; those of other namespaces may stand
behind them. [dsp/job-status/children] [dsp/job-description/children] [dsp/filter-status/children]
[dsp/event/end-state-body] [dsc/job-summary/children]"""


class Flaw(NamedTuple):
    """What is wrong with a structure."""

    kind: str
    """missing, twice, order, other, spelling or namespace."""
    says: str
    place: Any


def own_children(element: Any) -> list[Any]:
    """The children of a structure that are of its own namespace or of none."""
    own = name_of(element).namespace
    return [each for each in element if isinstance(each.tag, str) and name_of(each).namespace in (own, "")]


def flaws(element: Any) -> list[Flaw]:
    """What is wrong with a structure of WS-DSP or WS-DSC; [] where nothing is, or where it is none that is
    known."""
    name = name_of(element)
    wanted = STRUCTURES.get(name.local)
    if wanted is None or name.namespace not in (DSP, DSC):
        return []
    places = {each.local: number for number, each in enumerate(wanted)}
    lower = {each.local.lower(): each.local for each in wanted}
    found: list[Flaw] = []
    counts = dict.fromkeys(places, 0)
    before = -1
    for child in (each for each in element if isinstance(each.tag, str)):
        of = name_of(child)
        if of.local in places and of.namespace != name.namespace:
            found.append(Flaw("namespace", f"{of.local} in {of.namespace or 'no namespace'}", child))
            counts[of.local] += 1
        elif of.namespace not in (name.namespace, ""):
            continue  # a vendor's
        elif of.local in places:
            if places[of.local] < before:
                found.append(Flaw("order", f"{of.local} behind {wanted[before].local}", child))
            before = max(before, places[of.local])
            counts[of.local] += 1
        elif of.local.lower() in lower:
            found.append(Flaw("spelling", f"{of.local} for {lower[of.local.lower()]}", child))
            counts[lower[of.local.lower()]] += 1
        else:
            found.append(Flaw("other", f"the element {of.local} in {name.local}", child))
    for each in wanted:
        if counts[each.local] < each.least:
            found.append(Flaw("missing", f"{name.local} without {each.local}", element))
        if counts[each.local] > each.most:
            found.append(Flaw("twice", f"{counts[each.local]} elements {each.local} in {name.local}", element))
    return found


def all_flaws(root: Any) -> list[Flaw]:
    """The flaws of each structure in a message."""
    return [flaw for each in root.iter() if isinstance(each.tag, str) for flaw in flaws(each)]
