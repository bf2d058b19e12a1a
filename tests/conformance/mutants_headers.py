"""Mutants of the headers of answers."""

from __future__ import annotations

from typing import Any

from mutant import Mutant, altered, rewritten, text, without

DSC = ("GetRepositoryElements", "GetJobHistory", "GetActiveJobs")
ACTION, TO, MESSAGE_ID, RELATES_TO = (
    f"//soap:Header/wsa:{each}" for each in ("Action", "To", "MessageID", "RelatesTo")
)
HEADERS = (
    "dsp/header/*",
    "dsp/fault/*",
    "addressing/*",
    "notes/c-*",
    "bdsrr/2.2.2.1/*",
    "discovery/*",
    "eventing/*",
    "dsc/*",
    "dsp/event/*",
)


def _of_2005(root) -> None:  # type: ignore[no-untyped-def]
    """The header blocks are of WS-Addressing 1.0."""
    for each in root.xpath("//*[namespace-uri()='http://schemas.xmlsoap.org/ws/2004/08/addressing']"):
        each.tag = each.tag.replace(
            "http://schemas.xmlsoap.org/ws/2004/08/addressing", "http://www.w3.org/2005/08/addressing"
        )


def _without_response(root: Any) -> None:
    """The action of an answer is that of its request."""
    for each in root.xpath("//*[local-name()='Action']"):
        each.text = (each.text or "").removesuffix("Response")


MUTANTS = (
    Mutant(
        "dsp/header/response-action",
        "that of the request",
        (rewritten(_without_response, faults=False),),
        also=HEADERS,
    ),
    Mutant(
        "addressing/action/of-a-response",
        "that of the request",
        (rewritten(_without_response, faults=False),),
        also=HEADERS,
    ),
    Mutant(
        "notes/c-14/response-action-with-response",
        "that of the request",
        (rewritten(_without_response, faults=False),),
        also=HEADERS,
    ),
    Mutant(
        "dsc/wire/actions", "another", (rewritten(text(ACTION, "urn:other"), *DSC, faults=False),), also=HEADERS
    ),
    Mutant("addressing/action/required", "missing", (altered("action-missing"),), also=HEADERS),
    Mutant("dsp/fault/action", "another", (rewritten(text(ACTION, "urn:other"), faults=True),), also=HEADERS),
    Mutant("addressing/action/of-a-fault", "missing", (rewritten(without(ACTION), faults=True),), also=HEADERS),
    Mutant("dsp/header/message-id", "missing", (altered("message-id-missing"),), also=HEADERS),
    Mutant("dsp/header/message-id", "that of the request", (altered("message-id-of-the-request"),), also=HEADERS),
    Mutant("addressing/message-id/required", "twice", (altered("message-id-twice"),), also=HEADERS),
    Mutant("dsp/header/relates-to", "another", (altered("relates-to-wrong"),), also=HEADERS),
    Mutant(
        "dsp/fault/relates-to", "missing in faults", (rewritten(without(RELATES_TO), faults=True),), also=HEADERS
    ),
    Mutant("addressing/relates-to/of-a-response", "missing", (altered("relates-to-missing"),), also=HEADERS),
    Mutant(
        "bdsrr/2.2.2.1/required-headers",
        "missing in faults",
        (rewritten(without(RELATES_TO), faults=True),),
        also=HEADERS,
    ),
    Mutant(
        "notes/c-10/headers-of-the-example-not-sent",
        "as printed",
        (rewritten(text(RELATES_TO, "urn:uuid:0"), *DSC),),
        also=HEADERS,
    ),
    Mutant("dsp/header/response-to-anonymous", "another", (altered("to-wrong"),), also=HEADERS),
    Mutant("addressing/to/of-a-response", "missing", (altered("to-missing"),), also=HEADERS),
    Mutant(
        "addressing/anonymous/address",
        "that of 2005",
        (rewritten(text(TO, "http://www.w3.org/2005/08/addressing/anonymous")),),
        also=HEADERS,
    ),
    Mutant(
        "addressing/namespace/of-2004-08",
        "that of 2005",
        (rewritten(_of_2005, "CreatePostScanJob", "GetPostScanJobElements"),),
        also=("*",),
    ),
    Mutant(
        "addressing/address/no-white-space-around", "a line break", (altered("address-white-space"),), also=HEADERS
    ),
)
