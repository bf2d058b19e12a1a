"""What stands in the bodies of answers and events, by the schemas and by the tables of structures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from emulator.conformance.check import Invariant, Over, invariant
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.expect import require
from emulator.conformance.kinds import (
    a_canceled_job,
    a_description,
    a_dsc_answer,
    a_dsc_job,
    dsc_responses,
    dsp_answers,
    dsp_responses,
    holding,
    messages,
    said,
)
from emulator.conformance.names import DSC, DSP, NAMESPACES
from emulator.conformance.reading import name_of
from emulator.conformance.schemas import violations
from emulator.conformance.structures import STRUCTURES, all_flaws, flaws

_OF_KINDS: Final = {
    "bdsrr/6.2/order-of-elements": "order",
    "bdsrr/6.2/required-elements": "missing",
    "bdsrr/6.2/no-other-elements": "other",
    "bdsrr/6.2/once-where-it-says-once": "twice",
    "bdsrr/6.2/namespace-of-each-element": "namespace",
    "bdsrr/6.2/names-to-the-letter": "spelling",
}
_OF_TYPES: Final = {
    "bdsrr/6.2/values-of-their-type": ("DATATYPE", "ENUMERATION", "PATTERN"),
    "bdsrr/6.2/ranges-of-numbers": ("MININCLUSIVE", "MAXINCLUSIVE", "MINEXCLUSIVE", "MAXEXCLUSIVE"),
    "bdsrr/6.2/lengths-of-strings": ("MAXLENGTH", "MINLENGTH", "LENGTH_VALID"),
}
"""Clause -> what libxml2 calls its violations."""
KEYWORDS: Final = ("JobState", "JobStateReason", "JobCompletedState", "FilterState", "FilterStateReason", "Format")


def _documented(recording: Recording) -> list[Exchange]:
    """Messages whose Body is of WS-DSP or WS-DSC."""
    return [each for each in messages(recording) if said(each).body_name.namespace in (DSP, DSC)]


@invariant("bdsrr/6.2/content-by-the-schema", over=_documented)
def by_the_schema(exchange: Exchange) -> None:
    """What stands in the Body is valid by the schema of its namespace."""
    for content in said(exchange).contents:
        found = violations(content)
        require(not found, found[0][1] if found else "", "content that is valid by the schema", [exchange], content)


def _of_kind(kind: str) -> Invariant:
    def look(exchange: Exchange) -> None:
        for flaw in all_flaws(said(exchange).root):
            require(flaw.kind != kind, flaw.says, "the structure of the documents", [exchange], flaw.place)

    look.__doc__ = f"No structure in a message has this flaw: {kind}."
    return look


for _id, _kind in _OF_KINDS.items():
    invariant(_id, over=_documented)(_of_kind(_kind))


def _of_type(names: tuple[str, ...]) -> Invariant:
    def look(exchange: Exchange) -> None:
        for content in said(exchange).contents:
            for kind, says in violations(content):
                wrong = any(name in kind for name in names)
                require(not wrong, says, "a value as its type allows", [exchange], content)

    look.__doc__ = f"No value breaks these rules of its type: {', '.join(names).lower()}."
    return look


for _id, _names in _OF_TYPES.items():
    invariant(_id, over=_documented)(_of_type(_names))


@invariant("bdsrr/6.2/keywords-are-not-empty", over=_documented)
def keywords_are_not_empty(exchange: Exchange) -> None:
    """An element that holds a keyword has one."""
    for each in said(exchange).root.iter():
        if isinstance(each.tag, str) and name_of(each).local in KEYWORDS and name_of(each).namespace in (DSP, DSC):
            require(
                bool((each.text or "").strip()), f"an empty {name_of(each).local}", "a keyword", [exchange], each
            )


@invariant("bdsrr/6.2/form-of-attributes", over=holding(messages, "//dsp:ElementData | //dsc:ElementData"))
@invariant("dsp/get-post-scan-job-elements/qualified-attributes", over=holding(messages, "//dsp:ElementData"))
@invariant(
    "dsc/get-post-scan-job-elements/qualified-attributes",
    over=holding(messages, "//dsc:ElementData"),
    provoke=a_dsc_answer,
)
@invariant("notes/c-09/dsp-attributes-qualified", over=holding(messages, "//dsp:ElementData | //dsc:ElementData"))
def qualified_attributes(exchange: Exchange) -> None:
    """Name and Valid of ElementData have the prefix of their service."""
    for each in said(exchange).all("//dsp:ElementData | //dsc:ElementData"):
        namespace = name_of(each).namespace
        for name in ("Name", "Valid"):
            there = f"{{{namespace}}}{name}" in each.attrib
            found = f"the attributes {', '.join(each.attrib) or 'none'}"
            require(there, found, f"{NAMES[namespace]}:{name}", [exchange], each)


NAMES: Final = {namespace: prefix for prefix, namespace in NAMESPACES.items()}


@invariant("bdsrr/6.2/one-of-a-choice", over=holding(messages, "//dsp:ElementData/* | //dsc:ElementData/*"))
@invariant(
    "bdsrr/3.2.4.3/one-kind-of-content",
    over=holding(messages, "//dsc:JobElements/dsc:ElementData/*"),
    provoke=a_dsc_job,
)
def one_of_a_choice(exchange: Exchange) -> None:
    """An ElementData holds one of its elements, not two."""
    for each in said(exchange).all("//dsp:ElementData | //dsc:ElementData"):
        own = [child for child in each if name_of(child).namespace == name_of(each).namespace]
        require(len(own) <= 1, f"{len(own)} elements in an ElementData", "one", [exchange], each)


def structured(*names: str) -> Callable[[Exchange], None]:
    def look(exchange: Exchange) -> None:
        for each in said(exchange).root.iter():
            if isinstance(each.tag, str) and name_of(each).local in names:
                wanted = ", ".join(child.local for child in STRUCTURES[name_of(each).local])
                for flaw in flaws(each):
                    require(
                        False,
                        flaw.says,
                        f"{name_of(each).local} with {wanted or 'no children'}",
                        [exchange],
                        flaw.place,
                    )

    look.__doc__ = f"Each {' and '.join(names)} holds what it should, in order."
    return look


def _register(id: str, over: Over, path: str, *names: str, provoke=None) -> None:  # type: ignore[no-untyped-def]
    invariant(id, over=holding(over, path), provoke=provoke)(structured(*names))


_register(
    "dsp/create-post-scan-job/response",
    dsp_responses,
    "//dsp:CreatePostScanJobResponse",
    "CreatePostScanJobResponse",
)
_register("dsp/send-image/response-is-empty", dsp_responses, "//dsp:SendImageResponse", "SendImageResponse")
_register(
    "dsp/end-post-scan-job/response-is-empty",
    dsp_responses,
    "//dsp:EndPostScanJobResponse",
    "EndPostScanJobResponse",
)
_register(
    "dsp/get-post-scan-job-elements/response",
    dsp_responses,
    "//dsp:GetPostScanJobElementsResponse",
    "GetPostScanJobElementsResponse",
    "JobElements",
)
_register("dsp/job-status/children", messages, "//dsp:JobStatus", "JobStatus")
_register("bdsrr/3.2.1/job-status", messages, "//dsp:JobStatus | //dsc:JobStatus", "JobStatus")
_register("dsp/job-description/children", messages, "//dsp:JobDescription", "JobDescription", provoke=a_description)
_register(
    "bdsrr/3.2.1/job-description",
    messages,
    "//dsp:JobDescription | //dsc:JobDescription",
    "JobDescription",
    provoke=a_description,
)
_register("dsp/filter-status/children", messages, "//dsp:FilterStatus", "FilterStatus")
_register("bdsrr/3.2.1/filter-status", messages, "//dsp:FilterStatus | //dsc:FilterStatus", "FilterStatus")
_register(
    "dsp/filter-status/one-or-more",
    messages,
    "//dsp:FilterStatuses | //dsp:FilterCompletedStatuses",
    "FilterStatuses",
    "FilterCompletedStatuses",
)
_register(
    "dsp/job-state-reason/one-or-more",
    messages,
    "//dsp:JobStateReasons | //dsp:JobCompletedStateReasons",
    "JobStateReasons",
    "JobCompletedStateReasons",
)


_register(
    "dsp/cancel-post-scan-job/response-is-empty",
    dsp_responses,
    "//dsp:CancelPostScanJobResponse",
    "CancelPostScanJobResponse",
    provoke=a_canceled_job,
)


@invariant("dsp/wire/namespace", over=dsp_responses, provoke=a_canceled_job)
@invariant("dsc/wire/namespace", over=dsc_responses, provoke=a_dsc_answer)
@invariant(
    "notes/c-28/get-post-scan-job-elements-plural",
    over=holding(dsp_answers, "//dsp:JobElements"),
    provoke=a_description,
)
def response_of_the_service(exchange: Exchange) -> None:
    """The response is the element of its operation, in the namespace of its service."""
    assert exchange.asked is not None
    wanted = exchange.asked.action.rpartition("/")
    came = said(exchange).body_name
    expected = f"{{{wanted[0]}}}{wanted[2]}Response"
    require(came.tag == expected, f"the element {came.tag}", expected, [exchange], said(exchange).body)


@invariant("dsp/wire/no-white-space-around-values", over=messages)
def no_white_space_around_values(exchange: Exchange) -> None:
    """Values of WS-DSP have no white space around them."""
    for each in said(exchange).root.iter():
        if isinstance(each.tag, str) and not len(each) and name_of(each).namespace == DSP:
            text = each.text or ""
            free = name_of(each).local in ("PSP_DisplayName", "JobOriginatingUserName")
            require(
                free or text == text.strip(),
                f"{name_of(each).local} {text!r:.40}",
                "no white space",
                [exchange],
                each,
            )
