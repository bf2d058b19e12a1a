"""WS-DSC of the embedded server, by raw XML: repository, jobs and faults, on the jobs of WS-DSP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from dsc_caller import DSC, DscCaller, texts
from scan_server_bench import FILTER, PSP_ID, Answer, Caller, office, post

from emulator.directory.folder import FolderDirectory
from emulator.layers import Layers
from emulator.scan_server.job_keeper import JobKeeper
from emulator.scan_server.server import ScanServer


@pytest.fixture
def dsc(server: ScanServer) -> DscCaller:
    return DscCaller(server.configuration_url)


async def test_configuration_and_status_are_told_as_the_printed_example_has_them(dsc: DscCaller) -> None:
    # The law: [dsc/wire/filter-names-namespace] [bdsrr/3.2.4.1/response-or-fault]
    # The law: [dsc/repository-state-reason/none] [dsc/get-repository-elements/configuration]
    # The law: [dsc/get-repository-elements/filter] [dsc/get-repository-elements/status]
    # The law: [dsc/get-repository-elements/names] [bdsrr/3.2.4.1/success-is-answered]
    # The law: [bdsrr/3.2.4.1/content-of-the-configuration] [bdsrr/3.2.4.1/content-of-the-status]
    # The law: [bdsrr/3.2.4.1/one-repository-elements] [bdsrr/3.2.4.1/valid-true]
    # The law: [bdsrr/3.2.4.1/name-of-the-request] [bdsrr/3.2.4.1/order-of-the-request]
    # The law: [bdsrr/3.2.4.1.3.2/name-valid-and-data] [bdsrr/3.2.1/objects-of-a-repository]
    # The law: [notes/c-11/filter-dialect-of-dsc-is-a-qname]
    answer = await dsc.repository("dsc:RepositoryConfiguration", "dsc:RepositoryStatus")
    assert answer.status == 200
    assert answer.text("//wsa:Action") == f"{DSC}/GetRepositoryElementsResponse"
    assert texts(answer, "//dsc:ElementData/@dsc:Name") == [
        "dsc:RepositoryConfiguration",
        "dsc:RepositoryStatus",
    ]
    assert texts(answer, "//dsc:ElementData/@dsc:Valid") == ["true", "true"]
    assert texts(answer, "//dsc:Filter/dsc:Dialect") == ["ftr:fileshare", "ftr:sharepoint", "ftr:email"]
    assert answer.root.xpath("//*[local-name()='Dialect']")[0].nsmap["ftr"] == FILTER
    assert texts(answer, "//dsc:RepositoryState") == ["Idle"]
    assert texts(answer, "//dsc:RepositoryStateReason") == ["None"]


async def test_a_job_is_active_then_history_and_the_repository_processing_then_idle(
    dsc: DscCaller, caller: Caller
) -> None:
    # The law: [bdsrr/3.2.4.4/response-or-fault] [bdsrr/3.2.4.5/response-or-fault] [dsc/get-job-history/length]
    # The law: [dsc/repository-state/idle] [dsc/repository-state/processing]
    # The law: [bdsrr/3.2.4.4/summary-for-each-job] [bdsrr/3.2.4.5/summary-for-each-job]
    # The law: [bdsrr/3.2.4.4/success-is-answered] [bdsrr/3.2.4.5/success-is-answered]
    # The law: [bdsrr/3.2.4.4/data-of-the-job] [bdsrr/3.2.4.5/data-of-the-job] [bdsrr/3.2.4.4/one-active-jobs]
    # The law: [bdsrr/3.2.4.5/one-job-history] [dsc/get-active-jobs/empty-list] [dsc/job-summary/children]
    # The law: [dsc/job/shared-with-wsdsp]
    assert texts(await dsc.jobs("GetActiveJobs"), "//dsc:ActiveJobs/*") == []
    token = await caller.job()
    await caller.send(token)
    assert texts(await dsc.repository("dsc:RepositoryStatus"), "//dsc:RepositoryState") == ["Processing"]
    active = await dsc.jobs("GetActiveJobs")
    assert texts(active, "//dsc:ActiveJobs/dsc:JobSummary/dsc:JobToken") == [token]
    assert texts(active, "//dsc:PSP_Identifier") == [PSP_ID]
    assert texts(active, "//dsc:PSP_DisplayName | //dsc:JobOriginatingUserName") == ["Test", "joe@contoso.example"]
    assert texts(active, "//dsc:JobState") == ["Creating"]
    assert texts(active, "//dsc:FilterStatus/dsc:FilterState") == ["Pending"]
    assert texts(active, "//dsc:ImagesReceived") == ["1"]
    assert texts(await dsc.jobs("GetJobHistory"), "//dsc:JobHistory/*") == []
    await caller.with_token("EndPostScanJob", token)
    await caller.ended(token)
    assert texts(await dsc.jobs("GetActiveJobs"), "//dsc:ActiveJobs/*") == []
    history = await dsc.jobs("GetJobHistory")
    assert texts(history, "//dsc:JobHistory/dsc:JobSummary/dsc:JobToken") == [token]
    assert texts(history, "//dsc:JobStateReason") == ["PostScanJobCompletedSuccessfully"]
    assert texts(await dsc.repository("dsc:RepositoryStatus"), "//dsc:RepositoryState") == ["Idle"]


async def test_elements_of_a_job_are_in_the_namespace_of_the_service(dsc: DscCaller, caller: Caller) -> None:
    # The law: [bdsrr/3.2.1/job-status] [bdsrr/3.2.1/filter-status] [bdsrr/3.2.1/job-description]
    # The law: [bdsrr/3.2.1/scan-document] [bdsrr/3.2.1/dialect-is-of-the-configuration]
    # The law: [bdsrr/3.2.4.3/response-or-fault] [dsc/job-status/children] [dsc/job-description/children]
    # The law: [dsc/filter-status/children] [dsc/wire/namespace] [dsc/get-post-scan-job-elements/names]
    # The law: [dsc/get-post-scan-job-elements/documents] [dsc/get-post-scan-job-elements/qualified-attributes]
    # The law: [bdsrr/3.2.4.3/content-of-the-status] [bdsrr/3.2.4.3/content-of-the-description]
    # The law: [bdsrr/3.2.4.3/content-of-the-documents] [bdsrr/3.2.4.3/known-token-is-answered]
    # The law: [bdsrr/3.2.4.3/one-job-elements] [bdsrr/3.2.4.3.3.2/name-valid-and-data]
    # The law: [bdsrr/3.2.1/post-scan-job]
    token = await caller.job()
    await caller.send(token, 3, format="png")
    answer = await dsc.elements(token, "dsc:JobStatus", "dsc:JobDescription", "dsc:Documents", "dsp:JobStatus")
    assert texts(answer, "//dsc:ElementData/@dsc:Valid") == ["true", "true", "true", "false"]
    assert texts(answer, "//dsc:JobStatus/dsc:JobToken") == [token]
    assert texts(answer, "//dsc:JobDescription/dsc:PSP_DisplayName") == ["Test"]
    assert texts(answer, "//dsc:Documents/dsc:Document/dsc:DocumentDescription/dsc:DocumentId") == ["3"]
    assert texts(answer, "//dsp:*") == []
    theirs = await caller.elements(token, "dsp:JobStatus", "dsp:Documents")
    assert theirs.text("//dsp:JobToken") == token and texts(theirs, "//dsc:*") == []


async def test_an_administrator_cancels_a_job_of_the_device(dsc: DscCaller, caller: Caller) -> None:
    """[bdsrr/3.2.4.2/response-without-content] [bdsrr/3.2.4.2/response-or-fault] [bdsrr/3.2.4.2/best-effort]"""
    # The law: [bdsrr/3.2.4.2/response] [bdsrr/3.2.4.2/state-canceled]
    # The law: [bdsrr/3.2.4.2/reason-post-scan-job-canceled] [bdsrr/3.2.4.2/waiting-filters-canceled]
    # The law: [dsc/cancel-post-scan-job/request]
    token = await caller.job()
    answer = await dsc.cancel(token)
    assert answer.status == 200 and texts(answer, "//dsc:CancelPostScanJobResponse") == [""]
    assert (await caller.elements(token)).text("//dsp:JobState") == "Canceled"
    again = await dsc.cancel(token)
    assert again.fault == ("Sender", "ClientErrorJobTokenNotFound", token)
    assert "dsc:JobToken" in again.text("//soap:Text")
    assert again.root.xpath("//*[local-name()='Fault']")[0].nsmap["dsc"] == DSC


@pytest.mark.parametrize("operation", ["cancel", "elements"])
async def test_a_token_that_nobody_has(dsc: DscCaller, operation: str) -> None:
    # The law: [bdsrr/3.1.4.1.6/job-token-not-found] [bdsrr/3.2.4.3/unknown-token]
    # The law: [bdsrr/3.2.4.2/cancel-of-an-ended-job] [bdsrr/7/note-12-token-in-the-detail]
    # The law: [notes/c-40/job-token-not-found-is-sender]
    more = ("dsc:JobStatus",) if operation == "elements" else ()
    unknown = "58e4590c-01e4-4933-a247-dc497b1d6c58"
    assert (await getattr(dsc, operation)(unknown, *more)).fault == (
        "Sender",
        "ClientErrorJobTokenNotFound",
        unknown,
    )
    assert (await getattr(dsc, operation)("no guid", *more)).fault[:2] == ("Sender", "InvalidArgs")


@pytest.mark.parametrize(
    ("operation", "body", "argument"),
    [
        ("GetRepositoryElements", "", "GetRepositoryElementsRequest"),
        ("GetRepositoryElements", "<dsc:GetRepositoryElementsRequest/>", "RequestedElements"),
        (
            "GetRepositoryElements",
            "<dsc:GetRepositoryElementsRequest><dsc:RequestedElements/></dsc:GetRepositoryElementsRequest>",
            "Name",
        ),
        ("GetActiveJobs", "<dsc:GetJobHistoryRequest/>", "GetActiveJobsRequest"),
        ("GetActiveJobs", "<dsp:GetActiveJobsRequest/>", "GetActiveJobsRequest"),
        ("CancelPostScanJob", "<dsc:CancelPostScanJobRequest/>", "JobToken"),
        ("GetPostScanJobElements", "<dsc:GetPostScanJobElementsRequest/>", "RequestedElements"),
    ],
)
async def test_what_cannot_be_understood_is_invalid_args(
    dsc: DscCaller, operation: str, body: str, argument: str
) -> None:
    # The law: [bdsrr/3.1.4.1.2/invalid-args] [bdsrr/3.2.4/invalid-args] [bdsrr/3.2.4.1/invalid-args]
    # The law: [bdsrr/3.2.4.2/invalid-args] [bdsrr/3.2.4.3/invalid-args]
    code, subcode, detail = (await dsc.call(operation, body)).fault
    assert (code, subcode) == ("Sender", "InvalidArgs") and argument in detail


@pytest.mark.parametrize(
    ("operation", "broken"),
    [
        ("GetRepositoryElements", "open_jobs"),
        ("GetPostScanJobElements", "find"),
        ("CancelPostScanJob", "cancel"),
        ("GetActiveJobs", "summaries"),
        ("GetJobHistory", "summaries"),
    ],
)
async def test_what_is_broken_is_an_internal_error_of_each_operation(
    dsc: DscCaller, caller: Caller, operation: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[bdsrr/3.2.4.1/internal-error] [bdsrr/3.2.4.2/internal-error] [bdsrr/3.2.4.3/internal-error]
    [bdsrr/3.2.4.4/internal-error] [bdsrr/3.2.4.5/internal-error] [bdsrr/3.1.4.1.5/internal-error]"""
    token = await caller.job()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(JobKeeper, broken, property(fail) if broken == "open_jobs" else fail)
    answer = {
        "GetRepositoryElements": lambda: dsc.repository("dsc:RepositoryStatus"),
        "GetPostScanJobElements": lambda: dsc.elements(token, "dsc:JobStatus"),
        "CancelPostScanJob": lambda: dsc.cancel(token),
    }.get(operation, lambda: dsc.jobs(operation))
    told = await answer()
    assert told.status == 500 and told.fault == ("Receiver", "ServerErrorInternalError", "")


async def test_actions_of_the_other_service_are_not_supported(dsc: DscCaller) -> None:
    # The law: [bdsrr/3.1.4.1.1/action-not-supported] [dsc/wire/actions]
    assert (await dsc.call("EndPostScanJob", "<dsc:EndPostScanJobRequest/>")).fault[1] == "ActionNotSupported"


@pytest.mark.parametrize("unknown", ["wsa:Own", "dsc:JobStatus", "dsc:Repositorystatus", "Own"])
async def test_an_unknown_element_is_not_valid(dsc: DscCaller, unknown: str) -> None:
    """MS-BDSRR 3.2.4.1, of its own namespace too. [notes/c-36/unknown-element-answered]
    [bdsrr/3.2.4.1/valid-false] [bdsrr/3.2.4.1/element-data-for-each-name]"""
    answer = await dsc.repository("dsc:RepositoryStatus", unknown)
    assert texts(answer, "//dsc:ElementData/@dsc:Valid") == ["true", "false"]


async def test_the_misprinted_request_of_the_documents_is_taken(dsc: DscCaller) -> None:
    # The law: [dsc/get-job-history/request] [notes/c-10/get-jobs-history-request-read]
    assert (await dsc.call("GetJobHistory", "<dsc:GetJobsHistoryRequest/>")).status == 200


async def test_the_printed_requests_are_answered(server: ScanServer, reference: Path) -> None:
    """But for wsa:To, which names the documents' own host."""
    for number in (1, 3, 5):
        text = (reference / "examples" / "bdsrr" / f"bdsrr-4-{number}.xml").read_text("utf-8")
        before, _, rest = text.partition("<WSA:To>")
        sent = f"{before}<WSA:To>{server.configuration_url}</WSA:To>{rest.partition('</WSA:To>')[2]}"
        answer = await post_text(server.configuration_url, sent)
        assert answer.status == 200, sent


async def post_text(url: str, text: str) -> Answer:

    return await asyncio.to_thread(post, url, text.encode())


async def test_strict_refuses_the_misprint(tmp_path: Path) -> None:
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(store=tmp_path / "store", directory=directory, layers=Layers(strict=True)) as server:
        dsc = DscCaller(server.configuration_url)
        answer = await dsc.call("GetJobHistory", "<dsc:GetJobsHistoryRequest/>")
        assert answer.fault[:2] == ("Sender", "InvalidArgs")
        assert (await dsc.jobs("GetJobHistory")).status == 200


async def test_the_address_lasts_over_restarts_and_the_services_have_two(tmp_path: Path) -> None:
    # The law: [dsp/address/two-hosted-services] [notes/c-37/services-have-addresses-of-their-own]
    directory = FolderDirectory(office(tmp_path / "office"))
    paths = set()
    for _ in range(2):
        async with ScanServer(store=tmp_path / "store", directory=directory) as server:
            paths.add((server.service_url.rpartition("/")[2], server.configuration_url.rpartition("/")[2]))
    ((processing, configuration),) = paths
    assert processing != configuration
