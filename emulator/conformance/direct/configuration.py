"""WS-DSC: the repository's configuration and status, its lists of jobs (MS-BDSRR 3.2.4)."""

from __future__ import annotations

from typing import Any, Final

from emulator.conformance import requests
from emulator.conformance.check import check
from emulator.conformance.direct.elements import attribute, named
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import expect, require
from emulator.conformance.names import DSC, FILTER, FINAL_STATES, Name
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.reading import Envelope, name_of, qname_in
from emulator.conformance.services import hosted_types
from emulator.conformance.structures import flaws

CONFIGURATION, STATUS = "RepositoryConfiguration", "RepositoryStatus"
KNOWN_FILTERS: Final = ("fileshare", "sharepoint", "email")


async def _repository(peer: ScanServerPeer, *names: str) -> tuple[Exchange, list[Any]]:
    answer = await peer.ask(
        "GetRepositoryElements", requests.repository_elements([f"dsc:{each}" for each in names]), namespace=DSC
    )
    told = expect(answer).response("GetRepositoryElementsResponse", DSC)
    return answer, told.all("//dsc:RepositoryElements/dsc:ElementData")


async def _list(peer: ScanServerPeer, operation: str) -> tuple[Exchange, Envelope]:
    answer = await peer.ask(operation, f"<dsc:{operation}Request/>", namespace=DSC)
    return answer, expect(answer).response(f"{operation}Response", DSC)


@check("bdsrr/3.2.4/five-operations-and-four-events", "bdsrr/3.2.1/objects-of-a-repository")
async def five_operations(peer: ScanServerPeer) -> None:
    """None of the five operations of WS-DSC is one that is not supported."""
    token = (await peer.open_job()).token
    unknown = peer.unknown_token()
    answers = [
        (await _repository(peer, STATUS))[0],
        (await _list(peer, "GetActiveJobs"))[0],
        (await _list(peer, "GetJobHistory"))[0],
        await peer.elements(token, namespace=DSC),
        await peer.cancel(unknown, DSC),
    ]
    for each in answers:
        told = expect(each).answer()
        subcode = None if told.fault is None else told.fault.subcode
        refused = subcode is not None and subcode.local == "ActionNotSupported"
        require(not refused, f"{each.operation} is not supported", "all five operations", [each])


@check(
    "bdsrr/3.2.4.1/success-is-answered",
    "bdsrr/3.2.4.1/element-data-for-each-name",
    "bdsrr/3.2.4.1/order-of-the-request",
    "bdsrr/3.2.4.1/name-of-the-request",
)
async def repository_in_order(peer: ScanServerPeer) -> None:
    """Two names bring two ElementData, in their order."""
    for names in ((CONFIGURATION, STATUS), (STATUS, CONFIGURATION)):
        answer, found = await _repository(peer, *names)
        told = [named(each)[1] for each in found]
        require(told == list(names), f"ElementData for {told}", f"for {list(names)}", [answer])


@check(
    "bdsrr/3.2.4.1/valid-true",
    "bdsrr/3.2.4.1/content-of-the-configuration",
    "bdsrr/3.2.4.1/content-of-the-status",
    "bdsrr/3.2.4.1.3.2/name-valid-and-data",
    "dsc/get-repository-elements/names",
)
async def repository_known(peer: ScanServerPeer) -> None:
    """Configuration and status can be asked for, each with its content."""
    for name in (CONFIGURATION, STATUS):
        answer, found = await _repository(peer, name)
        require(bool(found), f"no ElementData for {name}", "one", [answer])
        for each in found:
            valid = attribute(each, "Valid")
            require(valid in ("true", "1"), f"{name} with Valid={valid or 'none'}", "Valid=true", [answer], each)
            held = [name_of(child).local for child in each]
            require(name in held, f"{name} with {held}", f"ElementData that holds {name}", [answer], each)


@check("bdsrr/3.2.4.1/valid-false")
async def repository_unknown(peer: ScanServerPeer) -> None:
    """An element that nobody knows is told with Valid=false."""
    answer, found = await _repository(peer, "NoSuchElement")
    require(len(found) == 1, f"{len(found)} ElementData", "one, with Valid=false", [answer])
    valid = attribute(found[0], "Valid")
    require(valid in ("false", "0"), f"Valid={valid or 'none'}", "Valid=false", [answer], found[0])


@check("bdsrr/3.2.4.1/one-repository-elements")
async def one_repository_elements(peer: ScanServerPeer) -> None:
    """The response has one RepositoryElements."""
    answer, _ = await _repository(peer, STATUS)
    count = len(answer.envelope.all("//dsc:RepositoryElements"))
    require(count == 1, f"{count} RepositoryElements", "one", [answer])


@check("bdsrr/3.2.4.1/one-kind-of-content")
async def one_kind_of_content(peer: ScanServerPeer) -> None:
    """An ElementData holds one element."""
    answer, found = await _repository(peer, CONFIGURATION, STATUS)
    for each in found:
        require(len(each) == 1, f"{len(each)} elements in an ElementData", "one", [answer], each)


@check("dsc/get-repository-elements/configuration", "dsc/get-repository-elements/filter")
async def configuration(peer: ScanServerPeer) -> None:
    """RepositoryConfiguration holds Filters, each with Dialect and FilterConfig."""
    answer, _ = await _repository(peer, CONFIGURATION)
    for each in answer.envelope.all("//dsc:RepositoryConfiguration | //dsc:Filters | //dsc:Filters/dsc:Filter"):
        found = flaws(each)
        require(not found, found[0].says if found else "", "the structure of the schema", [answer], each)
    require(bool(answer.envelope.all("//dsc:Filters/dsc:Filter")), "no Filter", "one for each filter", [answer])


@check("notes/c-11/filter-dialect-of-dsc-is-a-qname")
async def dialect_is_a_qname(peer: ScanServerPeer) -> None:
    """Dialect of a Filter is a QName whose prefix is declared."""
    answer, _ = await _repository(peer, CONFIGURATION)
    for each in answer.envelope.all("//dsc:Filter/dsc:Dialect"):
        name = qname_in(each)
        right = bool(name.namespace) and "/" not in (each.text or "")
        require(right, f"Dialect {each.text}", "a QName with a declared prefix", [answer], each)


@check("dsc/wire/filter-names-namespace")
async def filter_names(peer: ScanServerPeer) -> None:
    """Filters for file shares, SharePoint and mail have the names of the documents."""
    answer, _ = await _repository(peer, CONFIGURATION)
    for each in answer.envelope.all("//dsc:Filter/dsc:Dialect"):
        name = qname_in(each)
        wrong = name.local.lower() in KNOWN_FILTERS and name not in [Name(FILTER, local) for local in KNOWN_FILTERS]
        require(not wrong, f"{name}", f"{Name(FILTER, name.local.lower())}", [answer], each)


@check("bdsrr/3.2.1/dialect-is-of-the-configuration", "bdsrr/3.2.1/instructions-by-a-configured-dialect")
async def dialect_of_the_configuration(peer: ScanServerPeer) -> None:
    """The dialects of a job's filters are among those of the configuration."""
    job = await peer.ended_job()
    answer, _ = await _repository(peer, CONFIGURATION)
    names = [qname_in(each) for each in answer.envelope.all("//dsc:Filter/dsc:Dialect")]
    configured = {f"{name.namespace}/{name.local}" for name in names}
    for each in job.last_status.all("//dsp:FilterStatus/dsp:Dialect") if job.statuses else []:
        text = (each.text or "").strip()
        require(
            text in configured, f"Dialect {text}", f"one of {sorted(configured)}", [job.statuses[-1], answer], each
        )


@check("dsc/get-repository-elements/status")
async def status(peer: ScanServerPeer) -> None:
    """RepositoryStatus holds RepositoryState, and reasons where there are any."""
    answer, _ = await _repository(peer, STATUS)
    for each in answer.envelope.all("//dsc:RepositoryStatus"):
        found = flaws(each)
        require(
            not found, found[0].says if found else "", "RepositoryState, RepositoryStateReasons", [answer], each
        )


@check("dsc/repository-state/processing", "dsc/repository-state/idle")
async def repository_state(peer: ScanServerPeer) -> str:
    """The repository is Idle or Processing while it takes jobs."""
    await peer.open_job()
    answer, _ = await _repository(peer, STATUS)
    state = answer.envelope.text("//dsc:RepositoryState")
    require(state in ("Idle", "Processing"), f"RepositoryState {state}", "Idle or Processing", [answer])
    return state


@check("dsc/repository-state-reason/none")
async def repository_reason(peer: ScanServerPeer) -> None:
    """Where a reason is told, it is None, or a vendor's."""
    answer, _ = await _repository(peer, STATUS)
    for each in answer.envelope.all("//dsc:RepositoryStateReason"):
        text = (each.text or "").strip()
        require(text == "None" or ":" in text, f"the reason {text!r}", "None, or a vendor's", [answer], each)


# Lists of jobs


@check(
    "bdsrr/3.2.4.4/success-is-answered",
    "bdsrr/3.2.4.4/one-active-jobs",
    "dsc/get-active-jobs/empty-list",
)
async def active_jobs(peer: ScanServerPeer) -> None:
    """GetActiveJobs is answered with one ActiveJobs."""
    answer, told = await _list(peer, "GetActiveJobs")
    count = len(told.all("//dsc:ActiveJobs"))
    require(count == 1, f"{count} ActiveJobs", "one", [answer])


@check("bdsrr/3.2.4.4/summary-for-each-job")
async def active_jobs_listed(peer: ScanServerPeer) -> None:
    """A job that has not ended is among the active ones, one that has ended is not."""
    job, ended = await peer.open_job(), await peer.ended_job()
    answer, told = await _list(peer, "GetActiveJobs")
    tokens = [(each.text or "").strip() for each in told.all("//dsc:ActiveJobs/dsc:JobSummary/dsc:JobToken")]
    require(
        tokens.count(job.token) == 1, f"the open job stands there {tokens.count(job.token)} times", "once", [answer]
    )
    require(ended.token not in tokens, "a job that has ended", "active ones alone", [answer])


@check("bdsrr/3.2.4.4/data-of-the-job")
async def active_jobs_data(peer: ScanServerPeer) -> None:
    """The summary of an active job has its data."""
    job = await peer.open_job()
    answer, told = await _list(peer, "GetActiveJobs")
    wanted = {"JobState": "Creating", "ImagesReceived": "1"}
    _require_summary(answer, told, job.token, wanted)


@check("bdsrr/3.2.4.5/success-is-answered", "bdsrr/3.2.4.5/one-job-history", "notes/c-28/get-job-history-singular")
async def job_history(peer: ScanServerPeer) -> None:
    """GetJobHistory is answered with one JobHistory."""
    answer, told = await _list(peer, "GetJobHistory")
    count = len(told.all("//dsc:JobHistory"))
    require(count == 1, f"{count} JobHistory", "one", [answer])


@check("notes/c-10/get-jobs-history-request-read")
async def as_printed(peer: ScanServerPeer) -> None:
    """The printed root GetJobsHistoryRequest is read as GetJobHistoryRequest."""
    answer = await peer.ask("GetJobHistory", "<dsc:GetJobsHistoryRequest/>", namespace=DSC, wrong=True)
    expect(answer).response("GetJobHistoryResponse", DSC)


@check("bdsrr/3.2.4.5/summary-for-each-job")
async def job_history_listed(peer: ScanServerPeer) -> None:
    """The history has jobs that have ended, each once."""
    job = await peer.open_job()
    await peer.ended_job()
    answer, told = await _list(peer, "GetJobHistory")
    tokens = [(each.text or "").strip() for each in told.all("//dsc:JobHistory/dsc:JobSummary/dsc:JobToken")]
    require(len(tokens) == len(set(tokens)), "a job that stands there twice", "each once", [answer])
    require(job.token not in tokens, "a job that has not ended", "ended ones alone", [answer])
    for each in told.all("//dsc:JobHistory/dsc:JobSummary/dsc:JobState"):
        text = (each.text or "").strip()
        require(text in FINAL_STATES or ":" in text, f"a job in {text}", "jobs that have ended", [answer], each)


@check("dsc/get-job-history/length")
async def job_history_length(peer: ScanServerPeer) -> str:
    """Whether the history has the job that ended last."""
    job = await peer.ended_job()
    answer, told = await _list(peer, "GetJobHistory")
    tokens = [(each.text or "").strip() for each in told.all("//dsc:JobHistory/dsc:JobSummary/dsc:JobToken")]
    require(job.token in tokens, "the job that has ended is not there", "it is there", [answer])
    return f"{len(tokens)} jobs"


@check("bdsrr/3.2.4.5/data-of-the-job")
async def job_history_data(peer: ScanServerPeer) -> None:
    """The summary of an ended job has its data."""
    job = await peer.ended_job()
    answer, told = await _list(peer, "GetJobHistory")
    _require_summary(answer, told, job.token, {"JobState": "Completed", "ImagesReceived": str(len(job.images))})


@check("dsc/job-summary/children")
async def job_summaries(peer: ScanServerPeer) -> None:
    """Each JobSummary has the children of the schema, in order."""
    await peer.open_job()
    await peer.ended_job()
    for operation in ("GetActiveJobs", "GetJobHistory"):
        answer, told = await _list(peer, operation)
        for each in told.all("//dsc:JobSummary"):
            found = flaws(each)
            require(not found, found[0].says if found else "", "the children of the schema", [answer], each)


@check("dsc/job-status/children", "dsc/job-description/children", "dsc/filter-status/children")
async def structures_of_dsc(peer: ScanServerPeer) -> None:
    """Status, description and filters that WS-DSC tells have the children of the schema, in order."""
    token = (await peer.open_job()).token
    answer = await peer.elements(token, "dsc:JobStatus", "dsc:JobDescription", namespace=DSC)
    told = expect(answer).response("GetPostScanJobElementsResponse", DSC)
    for each in told.all("//dsc:JobStatus | //dsc:JobDescription | //dsc:FilterStatus"):
        found = flaws(each)
        require(not found, found[0].says if found else "", "the children of the schema", [answer], each)


@check("bdsrr/3.2.4.2/response-without-content")
async def cancel_by_dsc(peer: ScanServerPeer) -> None:
    """CancelPostScanJobResponse of WS-DSC has no children."""
    job = await peer.new_job()
    answer = await peer.cancel(job.token, DSC)
    body = expect(answer).response("CancelPostScanJobResponse", DSC).body
    assert body is not None
    require(not [each for each in body if name_of(each).namespace == DSC], "children", "none", [answer], body)


@check("dsc/wire/port-type")
async def port_type(peer: ScanServerPeer) -> None:
    """The hosted service is of the type dsc:RepositoryConfigurationServiceType."""
    peer.require_configuration()
    assert peer.described is not None
    names = hosted_types(peer.described.envelope)
    wanted = Name(DSC, "RepositoryConfigurationServiceType")
    require(wanted in names, f"the types {', '.join(map(str, names))}", str(wanted), [peer.described])


def _require_summary(answer: Exchange, told: Envelope, token: str, wanted: dict[str, str]) -> None:
    for each in told.all("//dsc:JobSummary"):
        if (each.findtext(f"{{{DSC}}}JobToken") or "").strip() == token:
            for name, value in wanted.items():
                text = (each.findtext(f"{{{DSC}}}{name}") or "").strip()
                require(text == value, f"{name} {text or 'is missing'}", value, [answer], each)
            return
    require(False, "the job is not there", "a JobSummary of the job", [answer])
