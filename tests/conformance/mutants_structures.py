"""Mutants of what stands in bodies."""

from __future__ import annotations

from typing import Any

from mutant import (
    NAMESPACES,
    Mutant,
    altered,
    at,
    renamed,
    rewritten,
    swapped,
    text,
    twice,
    with_child,
    without,
)

ASKS = "GetPostScanJobElements"
DSP, DSC = (f"{{{NAMESPACES[each]}}}" for each in ("dsp", "dsc"))
BODIES = ("bdsrr/*", "dsp/*", "dsc/*", "notes/*")


def _bare_attributes(root: Any) -> None:
    for each in root.iter(f"{DSP}ElementData", f"{DSC}ElementData"):
        for name in list(each.attrib):
            each.set(name.rpartition("}")[2], each.attrib.pop(name))


def _other_namespace(root: Any) -> None:
    body = at(root, "//soap:Body/*")[0]
    for each in body.iter():
        each.tag = each.tag.replace("/processing}", "/other}").replace("/configuration}", "/other}")


def _told(change: Any, *operations: str) -> tuple[Any, ...]:
    return (rewritten(change, *(operations or (ASKS,)), faults=False),)


STATUS, DESCRIPTION = "//dsp:JobStatus", "//dsp:JobDescription"
LONG = "x" * 300

MUTANTS = (
    Mutant(
        "bdsrr/6.2/content-by-the-schema", "an element less", _told(without("//dsp:ImagesReceived")), also=BODIES
    ),
    Mutant("bdsrr/6.2/order-of-elements", "another order", _told(swapped(STATUS)), also=BODIES),
    Mutant("bdsrr/6.2/required-elements", "an element less", _told(without("//dsp:ImagesReceived")), also=BODIES),
    Mutant(
        "bdsrr/6.2/no-other-elements", "an element more", _told(with_child(STATUS, "<dsp:Other/>")), also=BODIES
    ),
    Mutant("bdsrr/6.2/once-where-it-says-once", "twice", _told(twice("//dsp:ImagesReceived")), also=BODIES),
    Mutant(
        "bdsrr/6.2/namespace-of-each-element",
        "of WS-DSC",
        _told(renamed("//dsp:ImagesReceived", f"{DSC}ImagesReceived")),
        also=BODIES,
    ),
    Mutant(
        "bdsrr/6.2/names-to-the-letter",
        "small letters",
        _told(renamed("//dsp:ImagesReceived", f"{DSP}imagesReceived")),
        also=BODIES,
    ),
    Mutant("bdsrr/6.2/values-of-their-type", "no number", _told(text("//dsp:ImagesReceived", "two")), also=BODIES),
    Mutant("bdsrr/6.2/ranges-of-numbers", "below zero", _told(text("//dsp:ImagesReceived", "-1")), also=BODIES),
    Mutant("bdsrr/6.2/lengths-of-strings", "300 characters", _told(text("//dsp:JobToken", LONG)), also=BODIES),
    Mutant("bdsrr/6.2/keywords-are-not-empty", "empty", _told(text("//dsp:FilterState", "")), also=BODIES),
    Mutant("bdsrr/6.2/form-of-attributes", "without a prefix", _told(_bare_attributes), also=BODIES),
    Mutant(
        "dsp/get-post-scan-job-elements/qualified-attributes",
        "without a prefix",
        _told(_bare_attributes),
        also=BODIES,
    ),
    Mutant(
        "dsc/get-post-scan-job-elements/qualified-attributes",
        "without a prefix",
        _told(_bare_attributes, "GetRepositoryElements"),
        also=BODIES,
    ),
    Mutant("notes/c-09/dsp-attributes-qualified", "without a prefix", _told(_bare_attributes), also=BODIES),
    Mutant("bdsrr/6.2/one-of-a-choice", "two", _told(twice(STATUS)), also=BODIES),
    Mutant("bdsrr/3.2.4.3/one-kind-of-content", "two", _told(twice("//dsc:JobStatus")), also=BODIES),
    Mutant(
        "dsp/create-post-scan-job/response",
        "two tokens",
        _told(twice("//dsp:JobToken"), "CreatePostScanJob"),
        also=BODIES,
    ),
    Mutant(
        "dsp/send-image/response-is-empty",
        "a JobToken",
        _told(with_child("//dsp:SendImageResponse", "<dsp:JobToken/>"), "SendImage"),
        also=BODIES,
    ),
    Mutant(
        "dsp/end-post-scan-job/response-is-empty",
        "a JobToken",
        _told(with_child("//dsp:EndPostScanJobResponse", "<dsp:JobToken/>"), "EndPostScanJob"),
        also=BODIES,
    ),
    Mutant(
        "dsp/cancel-post-scan-job/response-is-empty",
        "a JobToken",
        _told(with_child("//dsp:CancelPostScanJobResponse", "<dsp:JobToken/>"), "CancelPostScanJob"),
        also=BODIES,
    ),
    Mutant("dsp/get-post-scan-job-elements/response", "two lists", _told(twice("//dsp:JobElements")), also=BODIES),
    Mutant("dsp/job-status/children", "another order", _told(swapped(STATUS)), also=BODIES),
    Mutant("bdsrr/3.2.1/job-status", "no filters", _told(without("//dsp:FilterStatuses")), also=BODIES),
    Mutant("dsp/job-description/children", "no name", _told(without("//dsp:PSP_DisplayName")), also=BODIES),
    Mutant("bdsrr/3.2.1/job-description", "no user", _told(without("//dsp:JobOriginatingUserName")), also=BODIES),
    Mutant(
        "dsp/filter-status/children", "no dialect", _told(without("//dsp:FilterStatus/dsp:Dialect")), also=BODIES
    ),
    Mutant("bdsrr/3.2.1/filter-status", "no state", _told(without("//dsp:FilterState")), also=BODIES),
    Mutant("dsp/filter-status/one-or-more", "none", _told(without("//dsp:FilterStatus")), also=BODIES),
    Mutant("dsp/job-state-reason/one-or-more", "none", _told(without("//dsp:JobStateReason")), also=BODIES),
    Mutant("dsp/wire/namespace", "another", _told(_other_namespace, "CancelPostScanJob"), also=("*",)),
    Mutant("dsc/wire/namespace", "another", _told(_other_namespace, "GetRepositoryElements"), also=BODIES),
    Mutant(
        "notes/c-28/get-post-scan-job-elements-plural",
        "without the s",
        _told(
            renamed(
                "//dsp:GetPostScanJobElementsResponse[.//dsp:JobDescription]", f"{DSP}GetPostScanJobElementResponse"
            )
        ),
        also=("*",),
    ),
    Mutant(
        "dsp/wire/no-white-space-around-values", "blanks", (altered("white-space", operation=ASKS),), also=BODIES
    ),
)
