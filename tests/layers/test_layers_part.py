"""Toy handlers of PART, a few lines each: the package of a SendImage, and that of the answer to a RetrieveImage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from layers_bench import BAD, bad, job, told_in
from scan_service_bench import Caller, ticket
from scripted_server import ScriptedServer
from test_dsm_driver import Bench

from emulator.layers import Layers
from emulator.soap.package import MimePackage, MimePart
from emulator.soap.points import PART, OutgoingPackage
from emulator.transport.body import FileSegment


def altered(package: MimePackage, **changes: Any) -> MimePackage:
    """With another attachment."""
    root, attachment = package.parts
    return replace(package, parts=(root, replace(attachment, **changes)))


# The toys


async def other_content_id(out: OutgoingPackage) -> MimePackage:
    return altered(out.package, headers=(("Content-Type", "image/png"), ("Content-ID", "<nobody@x>")))


async def fewer_octets(out: OutgoingPackage) -> MimePackage:
    data = out.package.parts[1].data
    assert isinstance(data, FileSegment)
    return altered(out.package, data=replace(data, length=data.length - 10))


async def no_closing_delimiter(out: OutgoingPackage) -> MimePackage:
    return replace(out.package, closing=b"")


async def attachment_first(out: OutgoingPackage) -> MimePackage:
    return replace(out.package, parts=out.package.parts[::-1])


async def one_part_more(out: OutgoingPackage) -> MimePackage:
    more = MimePart((("Content-Type", "text/plain"), ("X-Odd", "é")), b"surplus")
    return replace(out.package, parts=(*out.package.parts, more))


async def retrieved(mfp: Caller) -> Any:
    """The answer to RetrieveImage of a new job."""
    created = await mfp.call("CreateScanJob", ticket(images=1))
    job_id, token = created.text("//wscn:JobId"), created.text("//wscn:JobToken")
    return await mfp.call(
        "RetrieveImage",
        f"<wscn:JobId>{job_id}</wscn:JobId><wscn:JobToken>{token}</wscn:JobToken><wscn:DocumentDescription>"
        "<wscn:DocumentName>page</wscn:DocumentName></wscn:DocumentDescription>",
    )


async def test_what_a_client_gets_of_a_device(mfp: Caller, layers: Layers) -> None:
    size = (await retrieved(mfp)).image.size
    unplug = layers.handle(PART, other_content_id)
    answer = await retrieved(mfp)
    assert answer.status == 200
    assert answer.parts[1][:2] == ("image/png", "<nobody@x>")
    assert answer.image.size == size
    unplug()
    layers.handle(PART, attachment_first)
    answer = await retrieved(mfp)
    assert [each[0] for each in answer.parts] == ["image/png", "application/xop+xml"]


@pytest.mark.parametrize("toy", [fewer_octets, no_closing_delimiter, one_part_more])
async def test_http_tells_the_true_length(mfp: Caller, layers: Layers, toy: Any) -> None:
    layers.handle(PART, toy)
    answer = await retrieved(mfp)
    assert int(answer.headers["content-length"]) == len(answer.data)
    boundary = answer.headers["content-type"].partition('boundary="')[2].partition('"')[0].encode()
    assert answer.data.count(b"--" + boundary) == {no_closing_delimiter: 2, one_part_more: 4}.get(toy, 3)
    if toy is fewer_octets:
        assert not answer.parts[1][2].endswith(b"IEND\xaeB`\x82")
    if toy is one_part_more:
        assert answer.parts[2] == ("text/plain", None, b"surplus")
        assert b"X-Odd: \xe9\r\n" in answer.data


async def test_a_scan_server_of_another_make_gets_what_the_handler_makes(tmp_path: Path, layers: Layers) -> None:
    asked: list[OutgoingPackage] = []

    def longer(out: OutgoingPackage) -> MimePackage:
        asked.append(out)
        return altered(out.package, data=b"another image")

    layers.handle(PART, longer)
    async with ScriptedServer() as scripted:
        bench = Bench(scripted, tmp_path, layers=layers)
        await bench.run(1)
        await bench.client.aclose()
        (sent,) = [each for each in scripted.seen if each.operation == "SendImage"]
    assert sent.image == b"another image"
    assert (asked[0].side, asked[0].operation) == ("client", "SendImage")
    assert asked[0].peer == scripted.service_url


@pytest.mark.parametrize(
    ("toy", "told"),
    [
        (other_content_id, "InvalidArgs"),
        (no_closing_delimiter, "well-formed"),
    ],
)
async def test_the_embedded_server_refuses_a_package_that_is_broken(
    tmp_path: Path, layers: Layers, toy: Any, told: str
) -> None:
    layers.handle(PART, toy)
    ran = await job(tmp_path, layers)
    assert told in str(ran.error)
    assert ran.stored == []


async def test_the_embedded_server_stores_the_fewer_octets(tmp_path: Path, layers: Layers) -> None:
    layers.handle(PART, fewer_octets)
    ran = await job(tmp_path, layers)
    assert ran.outcome.error is None
    (image,) = ran.outcome.report.images
    assert [len(each) for each in ran.stored] == [image.bytes - 10]


@pytest.mark.parametrize("name", BAD)
async def test_a_device_whose_handler_fails_ends_the_scan_job_and_lives(
    name: str, mfp: Caller, layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    """The image did not go out: the job ends as one whose transfer has failed does."""
    unplug, line = bad(layers, PART, name)
    assert (await retrieved(mfp)).fault == "ServerErrorInternalError"
    assert told_in(caplog, line)
    status = await mfp.job_elements(1)
    assert (status.text("//wscn:JobState"), status.text("//wscn:JobStateReason")) == (
        "Aborted",
        "ImageTransferError",
    )
    unplug()
    assert (await retrieved(mfp)).image.format == "PNG"


@pytest.mark.parametrize("nonsense", ["data", "headers", "content_type"])
async def test_a_package_that_cannot_be_framed_is_nonsense(
    nonsense: str, mfp: Caller, layers: Layers, caplog: pytest.LogCaptureFixture
) -> None:
    async def toy(out: OutgoingPackage) -> MimePackage:
        if nonsense == "content_type":
            return replace(out.package, content_type="multipart/日本")
        return altered(out.package, **{nonsense: "text"})

    layers.handle(PART, toy, name="the toy")
    assert (await retrieved(mfp)).fault == "ServerErrorInternalError"
    assert "the handler the toy of part returned a package that cannot be framed" in caplog.text


@pytest.mark.parametrize("name", BAD)
async def test_a_job_whose_handler_fails_is_cancelled_and_failed(name: str, tmp_path: Path, layers: Layers) -> None:
    _, line = bad(layers, PART, name)
    ran = await job(tmp_path, layers)
    assert str(ran.error) == f"{line}; the job was cancelled at the scan server"
    assert ran.error.code == 1
    assert ran.stored == []
