"""What the server refuses, with which fault, and that other jobs go on."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from scan_server_bench import (
    DSP,
    EMAIL,
    IMAGE,
    PACKAGE_TYPE,
    PLAIN,
    SID,
    Caller,
    envelope,
    file_share,
    image_request,
    images_below,
    instructions,
    office,
    package,
    post,
    token_request,
)

from emulator.directory.folder import FolderDirectory
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer

UNKNOWN_TOKEN = "0b8a7c1e-0000-4000-8000-00000000000f"
OPERATIONS = ("SendImage", "EndPostScanJob", "CancelPostScanJob", "GetPostScanJobElements")


async def call(caller: Caller, operation: str, token: str) -> tuple[int, str]:
    """HTTP status and subcode of the fault, '' for none."""
    match operation:
        case "SendImage":
            answer = await caller.send(token, 99)
        case "GetPostScanJobElements":
            answer = await caller.elements(token)
        case _:
            answer = await caller.with_token(operation, token)
    return answer.status, answer.fault[1]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_tokens_that_are_not_known(caller: Caller, operation: str) -> None:
    # The law: [dsp/answer/send-image-to-an-unknown-token] [dsp/answer/end-of-an-unknown-token]
    # The law: [dsp/answer/cancel-of-an-unknown-token] [dsp/answer/elements-of-an-unknown-token]
    # The law: [dsp/fault/client-error-job-token-not-found] [bdsrr/3.2.4.3/unknown-token]
    assert await call(caller, operation, UNKNOWN_TOKEN) == (400, "ClientErrorJobTokenNotFound")
    # MS-BDSRR section 7, notes 14 and 15.
    assert await call(caller, operation, "no-guid") == (400, "InvalidArgs")


async def test_the_fault_names_the_token_and_relates_to_the_request(caller: Caller) -> None:
    # The law: [bdsrr/7/note-12-token-in-the-detail] [dsp/fault/relates-to] [dsp/fault/action]
    # The law: [dsp/fault/reason-in-english] [bdsrr/2.2.2.1/required-headers]
    request = envelope(caller.url, f"{DSP}/EndPostScanJob", token_request("EndPostScanJob", UNKNOWN_TOKEN))
    answer = await caller.raw(request)
    assert answer.fault == ("Sender", "ClientErrorJobTokenNotFound", UNKNOWN_TOKEN)
    assert answer.text("//wsa:RelatesTo") in request.decode()
    assert answer.text("//wsa:Action") == "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault"
    assert answer.text("//soap:Text/@xml:lang") == "en"
    assert answer.headers["content-type"] == "application/soap+xml; charset=utf-8"


async def test_answers_by_the_state_of_the_job(caller: Caller) -> None:
    """Row by row of docs/protocol/dsm.md section 6.3.
    [dsp/answer/send-image-after-the-end] [dsp/answer/send-image-to-an-ended-job] [dsp/answer/end-after-the-end]
    [dsp/answer/end-of-an-ended-job] [dsp/answer/cancel-while-creating] [dsp/answer/cancel-while-processing]
    [dsp/answer/cancel-of-an-ended-job] [dsp/answer/elements-while-processing]
    [dsp/answer/elements-of-an-ended-job] [bdsrr/3.2.4.2/cancel-of-an-ended-job]"""
    not_found, failed, fine = (400, "ClientErrorJobTokenNotFound"), (500, "OperationFailed"), (200, "")
    canceled = await caller.job()
    assert await call(caller, "CancelPostScanJob", canceled) == fine
    completed = await caller.job()
    await caller.with_token("EndPostScanJob", completed)
    await caller.ended(completed)
    for token in (canceled, completed):
        assert [await call(caller, operation, token) for operation in OPERATIONS] == [
            not_found, not_found, not_found, fine
        ]  # fmt: skip
    ending = await caller.job()
    for number in range(1, 30):
        await caller.send(ending, number)
    answers = await asyncio.gather(
        caller.with_token("EndPostScanJob", ending),
        *(caller.with_token("EndPostScanJob", ending) for _ in range(3)),
    )
    assert sorted(answer.status for answer in answers)[0] == 200, "one End is taken, the others are not"
    assert {answer.fault[1] for answer in answers if answer.status != 200} <= {failed[1], not_found[1]}
    assert sum(answer.status == 200 for answer in answers) == 1


@pytest.mark.parametrize(
    ("content", "sid", "psp_id", "named"),
    [
        (PLAIN, "S-1-5-21-9-9-9-9", None, "UserIdentifier"),
        (PLAIN, SID, "C4F199C7-6876-4549-A86E-A85035952449", "PSP_Identifier"),
        (PLAIN, SID, "nonsense", "PSP_Identifier"),
        (instructions(file_share(r"\\files\In"), name="Other"), SID, None, "DocumentRootName"),
        (instructions(file_share(r"\\evil\In")), SID, None, "ShareUNC"),
        (instructions(file_share(r"\\files\In"), EMAIL), SID, None, "Filter"),
        (instructions(file_share(r"\\files\In"), go_on="true"), SID, None, "ContinueOnError"),
        ("", SID, None, "missing in PostScanInstructions"),
        (instructions(), SID, None, "Filter"),
    ],
)
async def test_a_job_that_is_not_the_scan_process(
    caller: Caller, content: str, sid: str, psp_id: str | None, named: str
) -> None:
    # The law: [dsp/create-post-scan-job/checked-against-the-directory] [psp/change/instructions-as-stored]
    answer = await caller.create(content, sid=sid, **({"psp_id": psp_id} if psp_id else {}))
    assert (answer.status, *answer.fault[:2]) == (400, "Sender", "InvalidArgs")
    assert named in answer.fault[2]


async def test_what_the_scan_process_lets_the_device_change(tmp_path: Path) -> None:
    # The law: [psp/change/email-addresses] [psp/change/document-root-name-accepted]
    # The law: [psp/change/share-unc-accepted]
    spx = "http://schemas.microsoft.com/windows/2010/09/imaging/postscan/scanprocess/extensions"
    extensions = (
        f'<x:AllowDeviceFileNameChange xmlns:x="{spx}">true</x:AllowDeviceFileNameChange>'
        f'<x:AllowDeviceFilePathChange xmlns:x="{spx}">true</x:AllowDeviceFilePathChange>'
    )
    directory = FolderDirectory(office(tmp_path / "office", extensions=extensions))
    async with ScanServer(store=tmp_path / "s", directory=directory) as server:
        caller = Caller(server.service_url)
        changed = instructions(file_share(r"\\elsewhere\Out"), name="Mine")
        token = await caller.job(changed)
        await caller.send(token)
        await caller.with_token("EndPostScanJob", token)
        assert (await caller.ended(token)).text("//dsp:JobState") == "Completed"
        (stored,) = images_below(tmp_path / "s")
        assert stored.is_relative_to(tmp_path / "s" / "elsewhere" / "Out") and stored.name.startswith("Mine_")
        assert (await caller.create(instructions(file_share(r"\\a\b"), EMAIL))).status == 400


async def test_the_access_list_is_kept(tmp_path: Path) -> None:
    # The law: [bdsrr/3/authorization-checks] [dsp/create-post-scan-job/checked-against-the-directory]
    directory = FolderDirectory(office(tmp_path / "office", access='["Staff"]'))
    async with ScanServer(store=tmp_path / "s", directory=directory) as server:
        caller = Caller(server.service_url)
        assert (await caller.create(sid=SID)).status == 200
        refused = await caller.create(sid=SID + "2")
        assert refused.fault[1] == "InvalidArgs" and "ann@contoso.example" in refused.fault[2]


async def test_a_document_id_used_twice_is_refused_also_when_both_come_at_once(caller: Caller) -> None:
    # The law: [dsp/send-image/document-id-once] [dsp/send-image/document-id-unique]
    token = await caller.job()
    answers = await asyncio.gather(*(caller.send(token, 1, IMAGE + bytes([n])) for n in range(6)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 5
    assert {answer.fault[1:] for answer in answers if answer.status == 400} == {
        ("InvalidArgs", "DocumentId: 1 has been used")
    }
    assert (await caller.elements(token)).text("//dsp:ImagesReceived") == "1"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("<dsp:SendImageRequest/>", "JobToken"),
        (image_request("TOKEN", 0), "DocumentId"),
        (image_request("TOKEN", "x"), "DocumentId"),
        (image_request("TOKEN", 1, ""), "Format"),
        (image_request("TOKEN", cid="other@x"), "ImageData"),
        (image_request("TOKEN").replace("href", "hrex"), "ImageData"),
        (image_request("TOKEN").replace("<dsp:ImageData>", "<dsp:Other>").replace("/dsp:Ima", "/dsp:Other><dsp:Ima")
         .replace("<dsp:ImageData>", ""), ""),
        ("<dsp:EndPostScanJobRequest/>", "SendImageRequest"),
        ("", "SendImageRequest"),
    ],
)  # fmt: skip
async def test_a_send_image_that_is_wrong_leaves_the_job_alone(
    caller: Caller, store: Path, body: str, named: str
) -> None:
    # The law: [dsp/fault/invalid-args] [dsp/send-image/document-id-is-positive] [dsp/send-image/format-keyword]
    token = await caller.job()
    root = envelope(caller.url, f"{DSP}/SendImage", body.replace("TOKEN", token))
    answer = await caller.raw(package(root), PACKAGE_TYPE)
    assert answer.status == 400 and named in answer.fault[2], answer.data
    status = await caller.elements(token)
    assert (status.text("//dsp:JobState"), status.text("//dsp:ImagesReceived")) == ("Creating", "0")
    assert (await caller.send(token)).status == 200, "the job goes on"
    assert not list((store / ".server").rglob("incoming/*"))


async def test_an_image_of_no_octets(caller: Caller) -> None:
    token = await caller.job()
    answer = await caller.send(token, 1, b"")
    assert answer.fault[:2] == ("Sender", "InvalidArgs") and "ImageData" in answer.fault[2]


HOSTILE = {
    "dtd": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "bomb": b'<!DOCTYPE a [<!ENTITY b "cccccccccc"><!ENTITY d "&b;&b;&b;&b;&b;">]><a>&d;&d;&d;</a>',
    "nested": b"<a>" * 5000 + b"</a>" * 5000,
    "text": b"x" * 1000,
    "empty": b"",
    "html": b"<html><body>hello</body></html>",
    "cut": envelope("x", "y", "<dsp:X/>")[:-20],
    "latin": '<?xml version="1.0" encoding="latin-1"?><a>é</a>'.encode("latin-1"),
    "nul": b"\x00" * 100,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("packaged", [False, True])
async def test_hostile_xml(caller: Caller, kind: str, packaged: bool) -> None:
    body = package(HOSTILE[kind]) if packaged else HOSTILE[kind]
    answer = await caller.raw(body, PACKAGE_TYPE if packaged else "application/soap+xml")
    assert answer.status == (415 if kind == "latin" else 400) and answer.fault[0] in (
        "Sender",
        "VersionMismatch",
    ), answer.data
    assert (await caller.create()).status == 200


async def test_a_hundred_megabytes_of_text_are_not_read(server: ScanServer) -> None:
    """The answer comes while the peer still sends; a peer that goes on is cut off."""
    parts = urlsplit(server.service_url)

    def send() -> tuple[int, bytes]:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as connection:
            head = f"POST {parts.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml\r\n"
            connection.sendall(head.encode() + f"Content-Length: {100 * 2**20}\r\n\r\n<a>".encode())
            sent = 0
            connection.setblocking(False)
            answer = b""
            import select

            while sent < 100 * 2**20:
                readable, writable, _ = select.select([connection], [connection], [], 20)
                if readable:
                    try:
                        answer = connection.recv(4096)
                    except ConnectionResetError:
                        answer = answer or b"reset"
                    break
                if writable:
                    sent += connection.send(b"x" * 65536)
            return sent, answer

    sent, answer = await asyncio.to_thread(send)
    assert answer.startswith(b"HTTP/1.1 400") and sent < 40 * 2**20, (sent, answer[:100])
    assert (await Caller(server.service_url).create()).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/related",
        'multipart/related; type="application/xop+xml"; start="<root@x>"',
        'multipart/related; boundary=""',
        'multipart/related; boundary="other"; type="application/xop+xml"',
        "nonsense",
        "",
    ],
)
async def test_mime_without_the_right_boundary(caller: Caller, content_type: str) -> None:
    # The law: [habits/client/lax-boundary]
    token = await caller.job()
    root = envelope(caller.url, f"{DSP}/SendImage", image_request(token))
    answer = await caller.raw(package(root), content_type)
    assert answer.status == 400 and answer.fault[0] == "Sender"
    assert (await caller.elements(token)).text("//dsp:ImagesReceived") == "0"


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("lie", [0, 1000])
async def test_a_body_that_stops_half_way(server: ScanServer, store: Path, cut: float, lie: int) -> None:
    """Also one whose Content-Length announces more than comes."""
    caller = Caller(server.service_url)
    token = await caller.job()
    body = package(envelope(caller.url, f"{DSP}/SendImage", image_request(token)), IMAGE * 50)
    parts = urlsplit(server.service_url)

    def send() -> None:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as connection:
            head = f"POST {parts.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PACKAGE_TYPE}\r\n"
            connection.sendall(head.encode() + f"Content-Length: {len(body) + lie}\r\n\r\n".encode())
            connection.sendall(body if lie else body[: int(len(body) * cut)])

    await asyncio.to_thread(send)
    for _ in range(100):
        if not list((store / ".server").rglob("incoming/*")):
            break
        await asyncio.sleep(0.02)
    assert not list((store / ".server").rglob("incoming/*")), "the half image is gone"
    status = await caller.elements(token)
    assert (status.text("//dsp:JobState"), status.text("//dsp:ImagesReceived")) == ("Creating", "0")
    assert (await caller.send(token)).status == 200
    assert images_below(store) == []


async def test_what_is_no_message_of_the_service(caller: Caller, server: ScanServer) -> None:
    # The law: [dsp/operations/fault-instead-of-response] [dsp/fault/action-not-supported]
    # The law: [dsp/fault/most-specific]
    unknown = await caller.call("FlyToTheMoon", "<dsp:FlyToTheMoonRequest/>")
    assert unknown.fault == ("Sender", "ActionNotSupported", "FlyToTheMoon")
    elsewhere = await caller.raw(
        envelope("http://x/ScanServer/other", f"{DSP}/EndPostScanJob", token_request("EndPostScanJob", "x"))
    )
    assert elsewhere.fault[1] == "DestinationUnreachable"
    must = '<x:Security xmlns:x="urn:x" soap:mustUnderstand="1"/>'
    refused = await caller.raw(envelope(caller.url, f"{DSP}/EndPostScanJob", "<dsp:X/>", must))
    assert refused.fault[0] == "MustUnderstand" and refused.status == 500
    parts = urlsplit(server.url)
    missing = await asyncio.to_thread(post, f"http://{parts.netloc}/elsewhere", b"x")
    assert missing.status == 404


async def test_a_refused_image_is_answered_before_it_has_come(server: ScanServer) -> None:
    """As gSOAP does: the device need not send 100 MB for a token that is not known."""
    parts = urlsplit(server.service_url)
    root = envelope(server.service_url, f"{DSP}/SendImage", image_request(UNKNOWN_TOKEN))
    start = package(root)[: -len(IMAGE)]

    def send() -> bytes:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as connection:
            head = f"POST {parts.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {PACKAGE_TYPE}\r\n"
            connection.sendall(head.encode() + b"Content-Length: 100000000\r\n\r\n" + start)
            return connection.recv(65536)

    answer = await asyncio.to_thread(send)
    assert answer.startswith(b"HTTP/1.1 400") and b"ClientErrorJobTokenNotFound" in answer
    assert b"connection: close" in answer.lower()


async def test_strict_refuses_what_is_otherwise_tolerated_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = FolderDirectory(office(tmp_path / "office"))

    def odd(url: str) -> bytes:
        return envelope(url, f" {DSP}/EndPostScanJob\n", token_request("EndPostScanJob", "\n TOKEN "))

    async with ScanServer(store=tmp_path / "a", directory=directory) as server:
        caller = Caller(server.service_url)
        token = await caller.job()
        assert (await caller.raw(odd(caller.url).replace(b"TOKEN", token.encode()))).status == 200
        assert "address-white-space" in caplog.text and "white-space at Envelope/Body" in caplog.text
    async with ScanServer(store=tmp_path / "b", directory=directory, layers=Layers(strict=True)) as server:
        caller = Caller(server.service_url)
        token = await caller.job()
        refused = await caller.raw(odd(caller.url).replace(b"TOKEN", token.encode()))
        assert refused.fault[:2] == ("Sender", "InvalidMessageInformationHeader")
        assert "address-white-space" in refused.fault[2]
        root = envelope(caller.url, f"{DSP}/SendImage", image_request(token))
        lax = package(root).replace(b"Content-ID: <image@x>", b"Content-ID: <image@x >")
        assert "mime-content-id" in (await caller.raw(lax, PACKAGE_TYPE)).fault[2]
        assert (await caller.elements(token)).text("//dsp:JobState") == "Creating"
        assert (await caller.elements(token)).text("//dsp:ImagesReceived") == "0"
        assert (await caller.send(token)).status == 200


async def test_a_disk_that_fails_ends_the_job(caller: Caller, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SendImageFailed; what was acknowledged before stays.
    [dsp/job-transition/image-failed] [dsp/job-state-reason/send-image-failed]"""
    token = await caller.job()
    assert (await caller.send(token, 1)).status == 200

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("emulator.scan_server.disk.calls.fsync", full)
    answer = await caller.send(token, 2)
    monkeypatch.undo()
    assert (answer.status, *answer.fault[:2]) == (500, "Receiver", "ServerErrorInternalError")
    status = await caller.ended(token)
    assert status.text("//dsp:JobStateReason") == "SendImageFailed"
    kept = store / "unfinished" / token
    left = kept if kept.is_dir() else next((store / ".server" / "runs").glob(f"*/jobs/{token}"))
    assert [path.read_bytes() for path in left.glob("*.jpg")] == [IMAGE]
