"""What is answered to a question for elements of a job, by both services (MS-BDSRR 3.2.4.3)."""

from __future__ import annotations

from typing import Any, Final

from emulator.conformance.check import check
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import DSC, DSP
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.reading import name_of, qname

_PREFIX: Final = {DSP: "dsp", DSC: "dsc"}
STATUS, DESCRIPTION, DOCUMENTS = "JobStatus", "JobDescription", "Documents"


async def _asked(peer: ScanServerPeer, namespace: str, *elements: str) -> tuple[Exchange, list[Any]]:
    """The ElementData for those names of an open job."""
    prefix = _PREFIX[namespace]
    job = await peer.open_job()
    answer = await peer.elements(job.token, *(f"{prefix}:{each}" for each in elements), namespace=namespace)
    told = expect(answer).response("GetPostScanJobElementsResponse", namespace)
    return answer, told.all(f"//{prefix}:JobElements/{prefix}:ElementData")


def attribute(data: Any, name: str) -> str:
    """An attribute of ElementData, with the prefix of its service or bare: another check says which."""
    return str(data.get(f"{{{name_of(data).namespace}}}{name}", data.get(name, ""))).strip()


def named(data: Any) -> tuple[str, str]:
    """The QName that ElementData is for."""
    return tuple(qname(attribute(data, "Name"), data.nsmap))  # type: ignore[return-value]


@check("dsp/get-post-scan-job-elements/element-data-for-each-name")
async def one_for_each_name(peer: ScanServerPeer) -> None:
    """Two names bring two ElementData, in their order."""
    await _require_order(peer, DSP)


@check(
    "bdsrr/3.2.4.3/element-data-for-each-name",
    "bdsrr/3.2.4.3/order-of-the-request",
    "bdsrr/3.2.4.3/name-of-the-request",
)
async def one_for_each_name_of_dsc(peer: ScanServerPeer) -> None:
    """Two names bring two ElementData, in their order, by WS-DSC too."""
    await _require_order(peer, DSC)


async def _require_order(peer: ScanServerPeer, namespace: str) -> None:
    for names in ((STATUS, DESCRIPTION), (DESCRIPTION, STATUS)):
        answer, found = await _asked(peer, namespace, *names)
        told = [named(each)[1] for each in found]
        require(told == list(names), f"ElementData for {told}", f"for {list(names)}", [answer])


@check("dsp/get-post-scan-job-elements/names")
async def names(peer: ScanServerPeer) -> None:
    """JobStatus and JobDescription can be asked for."""
    await _require_known(peer, DSP, STATUS, DESCRIPTION)


@check(
    "bdsrr/3.2.4.3/valid-true",
    "bdsrr/3.2.4.3/content-of-the-status",
    "bdsrr/3.2.4.3/content-of-the-description",
    "bdsrr/3.2.4.3/content-of-the-documents",
    "bdsrr/3.2.4.3.3.2/name-valid-and-data",
    "dsc/get-post-scan-job-elements/names",
)
async def names_of_dsc(peer: ScanServerPeer) -> None:
    """Status, description and documents can be asked for by WS-DSC, each with its content."""
    await _require_known(peer, DSC, STATUS, DESCRIPTION, DOCUMENTS)


async def _require_known(peer: ScanServerPeer, namespace: str, *elements: str) -> None:
    for local in elements:
        answer, found = await _asked(peer, namespace, local)
        for each in found:
            valid = attribute(each, "Valid")
            require(valid in ("true", "1"), f"{local} with Valid={valid or 'none'}", "Valid=true", [answer], each)
            held = [name_of(child).local for child in each]
            require(local in held, f"{local} with {held}", f"ElementData that holds {local}", [answer], each)
        require(bool(found), f"no ElementData for {local}", "one", [answer])


@check("dsp/get-post-scan-job-elements/documents")
async def documents(peer: ScanServerPeer) -> None:
    """Whether Documents can be asked for by WS-DSP."""
    await _require_known(peer, DSP, DOCUMENTS)


@check("dsp/get-post-scan-job-elements/valid")
async def not_valid(peer: ScanServerPeer) -> None:
    """An element that nobody knows is told with Valid=false."""
    await _require_unknown(peer, DSP)


@check("bdsrr/3.2.4.3/valid-false")
async def not_valid_of_dsc(peer: ScanServerPeer) -> None:
    """An element that nobody knows is told with Valid=false by WS-DSC."""
    await _require_unknown(peer, DSC)


async def _require_unknown(peer: ScanServerPeer, namespace: str) -> None:
    answer, found = await _asked(peer, namespace, "NoSuchElement")
    require(len(found) == 1, f"{len(found)} ElementData", "one, with Valid=false", [answer])
    valid = attribute(found[0], "Valid")
    require(valid in ("false", "0"), f"Valid={valid or 'none'}", "Valid=false", [answer], found[0])


@check("notes/c-36/unknown-element-answered")
async def unknown_element_answered(peer: ScanServerPeer) -> str:
    """A question for an element that nobody knows has an answer, whatever it is."""
    job = await peer.open_job()
    answer = await peer.elements(job.token, "dsp:NoSuchElement")
    # Silence is what the clause speaks of, so it is no reason to say nothing.
    require(answer.answered, f"no answer: {answer.error}", "an answer", [answer])
    return f"HTTP {answer.status}"


@check("bdsrr/3.2.4.3/one-job-elements")
async def one_job_elements(peer: ScanServerPeer) -> None:
    """The answer of WS-DSC has one JobElements."""
    job = await peer.open_job()
    answer = await peer.elements(job.token, "dsc:JobStatus", namespace=DSC)
    told = expect(answer).response("GetPostScanJobElementsResponse", DSC)
    count = len(told.all("//dsc:JobElements"))
    require(count == 1, f"{count} JobElements", "one", [answer])


@check("bdsrr/3.2.4.3/known-token-is-answered")
async def known_token_is_answered(peer: ScanServerPeer) -> None:
    """WS-DSC answers for a job that it has."""
    job = await peer.open_job()
    answer = await peer.elements(job.token, "dsc:JobStatus", namespace=DSC)
    expect(answer).response("GetPostScanJobElementsResponse", DSC)


@check("dsc/job/shared-with-wsdsp")
async def shared_jobs(peer: ScanServerPeer) -> None:
    """WS-DSC tells of the job that was created by WS-DSP, by the same token."""
    job = await peer.open_job()
    answer, found = await _asked(peer, DSC, STATUS)
    told = [each.findtext(f".//{{{DSC}}}JobToken") for each in found]
    require(told == [job.token], f"the token {told}", job.token, [answer])


@check("dsc/get-post-scan-job-elements/documents", "bdsrr/3.2.1/scan-document")
async def documents_of_dsc(peer: ScanServerPeer) -> None:
    """Documents has a Document for each image, with its id and its format."""
    job = await peer.new_job(2)
    answer = await peer.elements(job.token, "dsc:Documents", namespace=DSC)
    told = expect(answer).response("GetPostScanJobElementsResponse", DSC)
    found = [
        (each.findtext(f"{{{DSC}}}DocumentId"), each.findtext(f"{{{DSC}}}Format"))
        for each in told.all("//dsc:Documents/dsc:Document/dsc:DocumentDescription")
    ]
    wanted = [("1", "jfif"), ("2", "jfif")]
    require(found == wanted, f"{found}", f"{wanted}", [answer])
