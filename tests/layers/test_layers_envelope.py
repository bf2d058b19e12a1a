"""Toy handlers of ENVELOPE, a few lines each: judged by the octets that clients and servers of other makes got."""

from __future__ import annotations

from pathlib import Path

import pytest
from eventing_bench import STORM, Received, by_host, until
from eventing_bench import Bench as EventsBench
from layers_bench import BAD, bad, job, told_in
from scan_server_bench import Caller as ServerCaller
from scan_service_bench import Caller
from scripted_server import ScriptedServer
from test_dsm_driver import Bench

from emulator.layers import EVERYWHERE, AlreadyHandled, Layers
from emulator.soap.points import ENVELOPE, ENVELOPE_WRITTEN, OutgoingEnvelope


async def test_a_device_says_what_the_handler_makes_of_it(mfp: Caller, layers: Layers) -> None:
    asked: list[OutgoingEnvelope] = []

    async def renamed(out: OutgoingEnvelope) -> bytes:
        asked.append(out)
        return out.data.replace(b"Reception", b"Cellar")

    true: list[bytes] = []
    unplug, forget = layers.handle(ENVELOPE, renamed), EVERYWHERE.listen(ENVELOPE_WRITTEN, true.append)
    answer = await mfp.elements("wscn:ScannerDescription")
    forget()
    assert answer.text("//wscn:ScannerName") == "Cellar"
    assert true == [asked[0].data] and b"Reception" in true[0]
    told = asked[0]
    assert (told.side, told.operation, told.peer) == ("server", "GetScannerElements", "127.0.0.1")
    assert told.action.endswith("/GetScannerElementsResponse")
    unplug()
    assert (await mfp.elements("wscn:ScannerDescription")).text("//wscn:ScannerName") == "Reception"


def test_two_handlers_of_a_point_are_refused(layers: Layers) -> None:
    layers.handle(ENVELOPE, lambda out: out.data, name="first")
    with pytest.raises(AlreadyHandled, match="envelope is handled by first already"):
        layers.handle(ENVELOPE, lambda out: out.data)


async def test_a_fault_can_be_altered_too(mfp: Caller, layers: Layers) -> None:
    layers.handle(ENVELOPE, lambda out: out.data.replace(b"ClientErrorJobIdNotFound", b"ClientErrorUnheardOf"))
    answer = await mfp.job_elements(77)
    assert (answer.status, answer.fault) == (400, "ClientErrorUnheardOf")


async def test_a_scan_server_relates_to_another_message(server: ServerCaller, layers: Layers) -> None:
    async def elsewhere(out: OutgoingEnvelope) -> bytes:
        assert out.operation == "CreatePostScanJob"
        return out.data.replace(b":RelatesTo>urn:uuid:", b":RelatesTo>urn:uuid:0")

    layers.handle(ENVELOPE, elsewhere)
    answer = await server.create()
    assert answer.text("//wsa:RelatesTo").startswith("urn:uuid:0")
    assert answer.text("//dsp:JobToken")


async def test_a_client_sends_what_the_handler_makes_of_it(tmp_path: Path, layers: Layers) -> None:
    async def renumbered(out: OutgoingEnvelope) -> bytes:
        assert out.side == "client"
        if out.operation != "SendImage":
            return out.data
        return out.data.replace(b"DocumentId>1<", b"DocumentId>41<")

    layers.handle(ENVELOPE, renumbered)
    async with ScriptedServer() as scripted:
        bench = Bench(scripted, tmp_path, layers=layers)
        await bench.run(1)
        await bench.client.aclose()
        (sent,) = [each for each in scripted.seen if each.operation == "SendImage"]
    assert sent.text("DocumentId") == "41"
    assert sent.image


@pytest.mark.parametrize("name", BAD)
async def test_a_device_whose_handler_fails_answers_a_fault_and_lives(
    name: str, mfp: Caller, layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    unplug, line = bad(layers, ENVELOPE, name)
    answer = await mfp.elements("wscn:ScannerDescription")
    assert (answer.status, answer.fault) == (500, "ServerErrorInternalError")
    # The fault that it would have answered by itself is not written either.
    assert (await mfp.job_elements(77)).fault == "ServerErrorInternalError"
    assert told_in(caplog, line)
    unplug()
    assert (await mfp.elements("wscn:ScannerDescription")).text("//wscn:ScannerName") == "Reception"


@pytest.mark.parametrize("name", BAD)
async def test_a_job_whose_handler_fails_has_failed_by_its_name(
    name: str, tmp_path: Path, layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    _, line = bad(layers, ENVELOPE, name)
    ran = await job(tmp_path, layers)
    assert str(ran.error) == f"{line}; there was no job to cancel"
    assert ran.error.code == 1
    assert told_in(caplog, line)
    assert ran.stored == []


async def test_a_handler_that_fails_in_the_middle_has_the_job_cancelled_without_it(
    tmp_path: Path, layers: Layers
) -> None:
    async def fails_late(out: OutgoingEnvelope) -> bytes:
        if out.operation == "SendImage":
            raise KeyError("here")
        return out.data

    layers.handle(ENVELOPE, fails_late, name="the toy")
    async with ScriptedServer() as scripted:
        bench = Bench(scripted, tmp_path, layers=layers)
        with pytest.raises(Exception, match="the handler the toy of envelope raised KeyError: 'here'"):
            await bench.run(1)
        await bench.client.aclose()
        assert scripted.operations[-1] == "CancelPostScanJob"
        assert [each.state for each in scripted.jobs.values()] == ["Canceled"]
    assert bench.driver.canceled is True


async def test_an_event_is_altered_and_one_that_cannot_be_costs_no_other(
    layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    async def hail(out: OutgoingEnvelope) -> bytes:
        assert (out.side, out.operation, out.action) == ("client", "StormEvent", STORM)
        if b"bad" in out.data:
            raise ValueError("no hail")
        return out.data.replace(b"rain", b"hail")

    sink = Received()
    bench = EventsBench(by_host({"/sink": sink}), layers=layers)
    await bench.subscribed(notify_to="http://127.0.0.1:9/sink")
    layers.handle(ENVELOPE, hail, name="the toy")
    for text in ("rain", "bad", "more rain"):
        bench.storm(text)
    await until(lambda: len(sink.messages) == 2, 30)
    assert sink.texts == ["hail", "more hail"]
    assert told_in(caplog, "the handler the toy of envelope raised ValueError: no hail")
    assert len(bench.source.subscriptions) == 1
