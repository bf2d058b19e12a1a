"""Mutants of WS-DSC."""

from __future__ import annotations

from typing import Any

from mutant import (
    NAMESPACES,
    Mutant,
    at,
    attribute,
    rewritten,
    swapped,
    text,
    twice,
    unsupported,
    with_child,
    without,
)

DSC = f"{{{NAMESPACES['dsc']}}}"
REPOSITORY, ACTIVE, HISTORY, CANCEL = "GetRepositoryElements", "GetActiveJobs", "GetJobHistory", "CancelPostScanJob"
OF_DSC = ("dsc/*", "bdsrr/*", "notes/*", "dsp/*", "wsdapi/*", "dpws/*")
VALID = f"{DSC}Valid"


def _told(change: Any, *operations: str) -> tuple[Any, ...]:
    return (rewritten(change, *(operations or (REPOSITORY,)), faults=False),)


def _sorted(root: Any) -> None:
    for each in at(root, "//dsc:RepositoryElements"):
        each[:] = sorted(each, key=lambda data: str(data.get(f"{DSC}Name")))


def _other_dialect(root: Any) -> None:
    for each in at(root, "//dsc:Filter/dsc:Dialect"):
        each.text = "dsc:" + (each.text or "").rpartition(":")[2]


def _one(id: str, does: str, change: Any, *operations: str) -> Mutant:
    return Mutant(id, does, _told(change, *operations), also=OF_DSC)


LESS = without("//dsc:RepositoryStatus/..")
ENDED = "//dsc:JobSummary[dsc:JobState='Completed']"

MUTANTS = (
    Mutant("bdsrr/3.2.4/five-operations-and-four-events", "one less", (unsupported(HISTORY),), also=OF_DSC),
    Mutant("bdsrr/3.2.1/objects-of-a-repository", "one less", (unsupported(ACTIVE),), also=OF_DSC),
    Mutant("bdsrr/3.2.4.1/success-is-answered", "not", (unsupported(REPOSITORY),), also=OF_DSC),
    _one("bdsrr/3.2.4.1/element-data-for-each-name", "one less", LESS),
    _one("bdsrr/3.2.4.1/order-of-the-request", "sorted", _sorted),
    _one("bdsrr/3.2.4.1/name-of-the-request", "another", attribute("//dsc:ElementData", f"{DSC}Name", "dsc:Other")),
    _one("bdsrr/3.2.4.1/valid-true", "false", attribute("//dsc:ElementData", VALID, "false")),
    _one("bdsrr/3.2.4.1/content-of-the-configuration", "none", without("//dsc:RepositoryConfiguration")),
    _one("bdsrr/3.2.4.1/content-of-the-status", "none", without("//dsc:RepositoryStatus")),
    _one("bdsrr/3.2.4.1.3.2/name-valid-and-data", "no data", without("//dsc:ElementData/*")),
    _one("dsc/get-repository-elements/names", "none", without("//dsc:ElementData")),
    _one("bdsrr/3.2.4.1/valid-false", "true", attribute("//dsc:ElementData", VALID, "true")),
    _one("bdsrr/3.2.4.1/one-repository-elements", "two", twice("//dsc:RepositoryElements")),
    _one("bdsrr/3.2.4.1/one-kind-of-content", "two", twice("//dsc:RepositoryStatus")),
    _one("dsc/get-repository-elements/configuration", "no filters", without("//dsc:Filters")),
    _one("dsc/get-repository-elements/filter", "no FilterConfig", without("//dsc:FilterConfig")),
    _one("notes/c-11/filter-dialect-of-dsc-is-a-qname", "a URI", text("//dsc:Filter/dsc:Dialect", "urn:a/b")),
    _one("dsc/wire/filter-names-namespace", "another", _other_dialect),
    _one("bdsrr/3.2.1/dialect-is-of-the-configuration", "another", _other_dialect),
    _one("bdsrr/3.2.1/instructions-by-a-configured-dialect", "none", without("//dsc:Filter")),
    _one("dsc/get-repository-elements/status", "no state", without("//dsc:RepositoryState")),
    _one("dsc/repository-state/processing", "Stopped", text("//dsc:RepositoryState", "Stopped")),
    _one("dsc/repository-state/idle", "Busy", text("//dsc:RepositoryState", "Busy")),
    _one("dsc/repository-state-reason/none", "another", text("//dsc:RepositoryStateReason", "Tired")),
    Mutant("bdsrr/3.2.4.4/success-is-answered", "not", (unsupported(ACTIVE),), also=OF_DSC),
    _one("bdsrr/3.2.4.4/one-active-jobs", "two", twice("//dsc:ActiveJobs"), ACTIVE),
    _one("dsc/get-active-jobs/empty-list", "left out", without("//dsc:ActiveJobs"), ACTIVE),
    _one("bdsrr/3.2.4.4/summary-for-each-job", "one less", without("//dsc:JobSummary"), ACTIVE),
    _one("bdsrr/3.2.4.4/data-of-the-job", "another count", text("//dsc:ImagesReceived", "7"), ACTIVE),
    Mutant("bdsrr/3.2.4.5/success-is-answered", "not", (unsupported(HISTORY),), also=OF_DSC),
    _one("bdsrr/3.2.4.5/one-job-history", "two", twice("//dsc:JobHistory"), HISTORY),
    Mutant("notes/c-28/get-job-history-singular", "not known", (unsupported(HISTORY),), also=OF_DSC),
    _one("bdsrr/3.2.4.5/summary-for-each-job", "twice", twice("//dsc:JobSummary"), HISTORY),
    _one("dsc/get-job-history/length", "none", without("//dsc:JobSummary"), HISTORY),
    _one("bdsrr/3.2.4.5/data-of-the-job", "another state", text(f"{ENDED}/dsc:JobState", "Aborted"), HISTORY),
    _one("dsc/job-summary/children", "no name", without("//dsc:PSP_DisplayName"), HISTORY),
    _one("dsc/job-status/children", "another order", swapped("//dsc:JobStatus"), "GetPostScanJobElements"),
    _one("dsc/job-description/children", "no name", without("//dsc:PSP_DisplayName"), "GetPostScanJobElements"),
    _one("dsc/filter-status/children", "no state", without("//dsc:FilterState"), "GetPostScanJobElements"),
    _one(
        "bdsrr/3.2.4.2/response-without-content",
        "a token",
        with_child("//dsc:CancelPostScanJobResponse", "<dsc:JobToken/>"),
        CANCEL,
    ),
    _one(
        "dsc/wire/port-type",
        "another",
        text("//wsdp:Hosted/wsdp:Types[contains(., 'Configuration')]", "dsc:Other"),
        "Get",
    ),
)
