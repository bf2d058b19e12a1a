"""A small request gets no large answer: a bounded list of names and of documents, answers that can be read."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from urllib.parse import urlsplit

import pytest
from dsc_caller import DscCaller, texts
from lxml import etree
from scan_server_bench import DSP, Answer, Caller, envelope, token_request

from emulator.dpws import incoming
from emulator.scan_server import job_operations
from emulator.scan_server.server import ScanServer
from emulator.soap.constants import MAX_REQUESTED_NAMES

MANY = 4_000


async def ask(server: ScanServer, caller: Caller, service: str, token: str, names: list[str]) -> Answer:
    """GetPostScanJobElements of either service, or GetRepositoryElements."""
    dsc = DscCaller(server.configuration_url)
    if service == "dsp":
        return await caller.elements(token, *(f"dsp:{name}" for name in names))
    if service == "dsc":
        return await dsc.elements(token, *(f"dsc:{name}" for name in names))
    return await dsc.repository(*(f"dsc:{name}" for name in names))


@pytest.mark.parametrize(
    ("service", "name"),
    [("dsp", "Documents"), ("dsp", "JobStatus"), ("dsc", "Documents"), ("repository", "RepositoryConfiguration")],
)
async def test_an_element_that_is_named_again_is_answered_again(
    server: ScanServer, caller: Caller, service: str, name: str
) -> None:
    """[bdsrr/3.2.4.1/element-data-for-each-name] [bdsrr/3.2.4.1/order-of-the-request]
    [bdsrr/3.2.4.3/element-data-for-each-name] [bdsrr/3.2.4.3/order-of-the-request]
    [bdsrr/3.2.4.1/one-kind-of-content] [bdsrr/3.2.4.3/one-kind-of-content]
    [dsp/get-post-scan-job-elements/element-data-for-each-name]"""
    token = await caller.job()
    for number in range(1, 4):
        assert (await caller.send(token, number)).status == 200
    other = "RepositoryStatus" if service == "repository" else "JobDescription"
    asked = [name, other, name] * (MAX_REQUESTED_NAMES // 3)
    answer = await ask(server, caller, service, token, asked)
    assert answer.status == 200
    assert [each.rpartition(":")[2] for each in texts(answer, "//@*[local-name()='Name']")] == asked
    elements = answer.root.iter("{*}ElementData")
    assert [etree.QName(content).localname for each in elements for content in each] == asked


@pytest.mark.parametrize("service", ["dsp", "dsc", "repository"])
async def test_more_names_than_anybody_needs_are_refused_and_told_once(
    server: ScanServer, caller: Caller, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    """4,000 names in 137 kB made an answer of 174 MB, and nobody else was served for 43 s."""
    token = await caller.job()
    name = "RepositoryStatus" if service == "repository" else "Documents"
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            answer = await ask(server, caller, service, token, [name] * MANY)
            assert answer.status == 400 and answer.fault[:2] == ("Sender", "InvalidArgs")
            assert len(answer.data) < 2_000
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1 and f"more than {MAX_REQUESTED_NAMES} names" in told[0] and "127.0.0.1" in told[0]


async def test_a_job_of_very_many_documents_is_refused_before_the_answer_is_made(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_operations, "MAX_DOCUMENTS_TOLD", 2)
    token = await caller.job()
    for number in range(1, 4):
        await caller.send(token, number)
    refused = await caller.elements(token, "dsp:Documents")
    assert refused.status == 500 and refused.fault[:2] == ("Receiver", "ServerErrorInternalError")
    assert (await caller.elements(token, "dsp:JobStatus")).text("//dsp:ImagesReceived") == "3"


async def test_documents_that_are_asked_for_often_count_as_often(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred lists of a long job would be some hundred MB."""
    monkeypatch.setattr(job_operations, "MAX_DOCUMENTS_TOLD", 6)
    token = await caller.job()
    for number in range(1, 4):
        await caller.send(token, number)
    assert (await caller.elements(token, "dsp:Documents", "dsp:Documents")).status == 200
    refused = await caller.elements(token, "dsp:Documents", "dsp:JobStatus", "dsp:Documents", "dsp:Documents")
    assert refused.status == 500 and refused.fault[:2] == ("Receiver", "ServerErrorInternalError")


async def test_a_long_list_of_documents_is_whole(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made while others are served."""
    monkeypatch.setattr(job_operations, "_FEW_DOCUMENTS", 2)
    token = await caller.job()
    for number in range(1, 5):
        await caller.send(token, number)
    answer = await caller.elements(token, "dsp:Documents")
    assert [each.text for each in answer.root.iter(f"{{{DSP}}}DocumentId")] == ["1", "2", "3", "4"]


async def test_an_answer_that_nobody_reads_is_not_sent(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = await caller.job()
    monkeypatch.setattr("emulator.dpws.endpoint.MAX_ENVELOPE_BYTES", 300)
    with caplog.at_level(logging.WARNING):
        answer = await caller.elements(token, "dsp:JobStatus")
    assert answer.status == 500 and answer.fault[1] == "ServerErrorInternalError"
    assert "its answer would have" in caplog.text


@pytest.mark.parametrize(
    "many",
    [
        "<?p?>" * 1_000,
        "<!---->" * 100_000,
        "<x/>" * 20_000,
        "<x " + " ".join(f"a{n}=''" for n in range(5_000)) + "/>",
    ],
    ids=["processing instructions", "comments", "elements", "attributes"],
)
async def test_a_request_with_too_much_markup_is_a_fault_and_told_once(
    caller: Caller, many: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = envelope(caller.url, f"{DSP}/EndPostScanJob", token_request("EndPostScanJob", many))
    with caplog.at_level(logging.WARNING):
        answers = [await caller.raw(data) for _ in range(2)]
    assert [each.status for each in answers] == [400, 400] and answers[0].fault[0] == "Sender"
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1 and "XML with more than" in told[0]


async def test_all_envelopes_together_are_bounded(
    server: ScanServer, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand connections could each hold one of 8 MB that is never whole. It passes when they are gone.
    [bdsrr/3.2.4.1/temporary-error] [bdsrr/3.2.4.2/temporary-error] [bdsrr/3.2.4.3/temporary-error]
    [bdsrr/3.2.4.4/temporary-error] [bdsrr/3.2.4.5/temporary-error]"""
    monkeypatch.setattr(incoming, "MAX_HELD", 1_000_000)
    token = await caller.job()
    parts = urlsplit(server.service_url)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        begun = []
        for _ in range(3):
            sock = stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=60))
            await asyncio.to_thread(sock.sendall, head + b"<a>" + b"x" * 400_000)
            begun.append(sock)
        last = await asyncio.to_thread(begun[-1].recv, 1000)
        assert last.startswith(b"HTTP/1.1 500 ")
        assert (await caller.elements(token)).status == 200, "short ones pass"
        refused = await caller.raw(b" " * 600_000 + b"<a/>")
        assert (refused.status, *refused.fault[:2]) == (500, "Receiver", "ServerErrorTemporaryError")
        of_dsc = await Caller(server.configuration_url).raw(b" " * 600_000 + b"<a/>")
        (subcode,) = of_dsc.root.xpath("//*[local-name()='Subcode']/*[local-name()='Value']")
        assert (of_dsc.status, subcode.text) == (500, "dsc:ServerErrorTemporaryError")
    for _ in range(3000):
        if not incoming.IncomingMessage.all_held:
            break
        await asyncio.sleep(0.02)
    assert (await caller.raw(b" " * 600_000 + b"<a/>")).status == 400


def test_a_refusal_is_told_at_once_and_then_counted(caplog: pytest.LogCaptureFixture) -> None:
    """Kinds are told at once, and a minute later how many there were."""
    from emulator.transport.refusals import Refusals

    now = [0.0]
    refusals = Refusals(logging.getLogger("test"), lambda: now[0])
    for _ in range(5):
        refusals.tell("192.0.2.1", "too much", "first")
    refusals.tell("192.0.2.2", "too much")
    now[0] = 61.0
    refusals.tell("192.0.2.1", "too much", "later")
    assert [record.getMessage() for record in caplog.records] == [
        "192.0.2.1: too much: first",
        "192.0.2.2: too much",
        "192.0.2.1: too much: later (4 more of the kind were not told)",
    ]
    assert all(record.exc_info is None for record in caplog.records)
