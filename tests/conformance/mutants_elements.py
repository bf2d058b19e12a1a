"""Mutants of what is answered to a question for elements."""

from __future__ import annotations

from typing import Any

from mutant import NAMESPACES, Mutant, at, attribute, refused_of_dsc, rewritten, text, twice, without

from emulator.faults.behaviours import Behaviour

ASKS = "GetPostScanJobElements"
DSP, DSC = (f"{{{NAMESPACES[each]}}}" for each in ("dsp", "dsc"))
ELEMENTS = ("dsp/*", "bdsrr/*", "notes/*", "dsc/*")


def _told(change: Any) -> tuple[Any, ...]:
    return (rewritten(change, ASKS, faults=False),)


def _sorted(root: Any) -> None:
    """ElementData stand in the order of their names."""
    for each in at(root, "//dsp:JobElements | //dsc:JobElements"):
        each[:] = sorted(each, key=lambda data: data.get(f"{DSP}Name") or data.get(f"{DSC}Name"))


NO_STATUS = without("//dsp:JobDescription/.. | //dsc:JobDescription/..")
VALID = f"{DSC}Valid"

MUTANTS = (
    Mutant(
        "dsp/get-post-scan-job-elements/element-data-for-each-name", "one less", _told(NO_STATUS), also=ELEMENTS
    ),
    Mutant("bdsrr/3.2.4.3/element-data-for-each-name", "one less", _told(NO_STATUS), also=ELEMENTS),
    Mutant("bdsrr/3.2.4.3/order-of-the-request", "sorted", _told(_sorted), also=ELEMENTS),
    Mutant(
        "bdsrr/3.2.4.3/name-of-the-request",
        "another",
        _told(attribute("//dsc:ElementData", f"{DSC}Name", "dsc:Status")),
        also=ELEMENTS,
    ),
    Mutant(
        "dsp/get-post-scan-job-elements/names",
        "not known",
        _told(attribute("//dsp:JobDescription/..", f"{DSP}Valid", "false")),
        also=ELEMENTS,
    ),
    Mutant(
        "bdsrr/3.2.4.3/valid-true", "false", _told(attribute("//dsc:ElementData", VALID, "false")), also=ELEMENTS
    ),
    Mutant("bdsrr/3.2.4.3/content-of-the-status", "none", _told(without("//dsc:JobStatus")), also=ELEMENTS),
    Mutant(
        "bdsrr/3.2.4.3/content-of-the-description", "none", _told(without("//dsc:JobDescription")), also=ELEMENTS
    ),
    Mutant("bdsrr/3.2.4.3/content-of-the-documents", "none", _told(without("//dsc:Documents")), also=ELEMENTS),
    Mutant(
        "bdsrr/3.2.4.3.3.2/name-valid-and-data", "no data", _told(without("//dsc:ElementData/*")), also=ELEMENTS
    ),
    Mutant(
        "dsc/get-post-scan-job-elements/names",
        "not known",
        _told(attribute("//dsc:Documents/..", VALID, "false")),
        also=ELEMENTS,
    ),
    Mutant(
        "dsp/get-post-scan-job-elements/documents",
        "not known",
        _told(attribute("//dsp:Documents/..", f"{DSP}Valid", "false")),
        also=ELEMENTS,
    ),
    Mutant(
        "dsp/get-post-scan-job-elements/valid",
        "true",
        _told(attribute("//dsp:ElementData", f"{DSP}Valid", "true")),
        also=ELEMENTS,
    ),
    Mutant(
        "bdsrr/3.2.4.3/valid-false", "true", _told(attribute("//dsc:ElementData", VALID, "true")), also=ELEMENTS
    ),
    Mutant(
        "notes/c-36/unknown-element-answered",
        "silence",
        behaviours=frozenset({Behaviour.UNKNOWN_ELEMENT_UNANSWERED}),
        also=ELEMENTS,
    ),
    Mutant("bdsrr/3.2.4.3/one-job-elements", "two", _told(twice("//dsc:JobElements")), also=ELEMENTS),
    Mutant("bdsrr/3.2.4.3/known-token-is-answered", "refused", (refused_of_dsc(ASKS),), also=ELEMENTS),
    Mutant("dsc/job/shared-with-wsdsp", "another token", _told(text("//dsc:JobToken", "x")), also=ELEMENTS),
    Mutant(
        "dsc/get-post-scan-job-elements/documents", "one less", _told(without("//dsc:Document[2]")), also=ELEMENTS
    ),
    Mutant("bdsrr/3.2.1/scan-document", "the same id", _told(text("//dsc:DocumentId", "1")), also=ELEMENTS),
)
