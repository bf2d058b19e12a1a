"""Memory stays flat: over the pages of a long job, and over the octets of a large attachment.

DSM_LONG=1 (CI) runs the 1,000 pages and 500 MB of the targets; a laptop is content with fewer.
"""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from programs import server, start
from variants import LONG

from emulator.directory.folder import FolderDirectory
from emulator.dsm.constants import CREATE_POST_SCAN_JOB, GET_POST_SCAN_JOB_ELEMENTS, JOB_STATUS, SEND_IMAGE
from emulator.dsm.messages.create import CreatePostScanJobRequest, CreatePostScanJobResponse
from emulator.dsm.messages.elements import GetPostScanJobElementsRequest, GetPostScanJobElementsResponse
from emulator.dsm.messages.send_image import SendImageRequest
from emulator.jobs.choices import office_folder
from emulator.soap import envelope
from emulator.soap.deviations import Deviations
from emulator.soap.mtom import package
from emulator.transport.body import FileSegment

PAGES = 1000 if LONG else 120
ATTACHMENT_MB = 500 if LONG else 120

pytestmark = pytest.mark.needs(Path("/proc/self/status").exists(), "memory is read from /proc")


def memory_kib(process: int, field: str) -> int:
    """VmRSS or VmHWM of a process, in KiB; 0 when it has ended and nobody has fetched its exit code yet."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


@pytest.mark.timeout(600)
def test_a_long_job_needs_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    with server("--http", "--store", "s", cwd=tmp_path, checked=False) as (ready, _):
        device = start(
            "scan", "--pages", str(PAGES), "--server", ready["url"], "--manifest", "m.jsonl",
            "--set", "ColorProcessing=Grayscale8", "--set", "Resolution=300x300", cwd=tmp_path, checked=False,
        )  # fmt: skip
        early = late = 0
        try:
            while device.poll() is None:
                count = acknowledged(tmp_path / "m.jsonl")
                if count >= 20:
                    early = early or memory_kib(device.pid, "VmRSS")
                if count >= PAGES * 9 // 10:
                    late = memory_kib(device.pid, "VmRSS") or late
        finally:
            device.kill()  # nothing, when it has ended
            output, errors = device.communicate()
        assert device.returncode == 0, errors
    assert f"{PAGES} images" in output
    print(f"{PAGES} pages: {early} KiB at page 20, {late} KiB at the end")
    assert early and late and late - early <= 10 * 1024, f"{early} KiB at page 20, {late} KiB at page {PAGES}"


def acknowledged(manifest: Path) -> int:
    time.sleep(0.02)
    return manifest.read_bytes().count(b'{"image"') if manifest.exists() else 0


def post(url: str, content_type: str, length: int, body: Iterator[bytes]) -> bytes:
    """One POST by the standard library's client."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
    headers = {"Content-Type": content_type, "Content-Length": str(length)}
    connection.request("POST", parts.path, body, headers)
    answer = connection.getresponse().read()
    connection.close()
    return answer


def ask(url: str, action: str, body: object) -> envelope.Message:
    data = envelope.write_envelope(envelope.request(action, url, body))  # type: ignore[arg-type]
    return envelope.read_envelope(post(url, "application/soap+xml", len(data), iter([data]))).message


@pytest.mark.timeout(600)
def test_a_large_attachment_is_received_in_little_memory(tmp_path: Path) -> None:
    office = FolderDirectory(office_folder())
    stored = office.default_scan_process(office.default_user()).process
    megabyte = b"\xff\xd8" + os.urandom(1024 * 1024 - 2)
    with server("--http", "--store", "s", cwd=tmp_path, checked=False) as (ready, process):
        create = CreatePostScanJobRequest(office.default_user().sid, str(stored.identifier), stored.instructions)
        created = ask(ready["service"], CREATE_POST_SCAN_JOB, create.to_xml())
        assert created.body is not None and created.fault is None, created.fault
        token = CreatePostScanJobResponse.from_xml(created.body, Deviations()).job_token
        before = memory_kib(process.pid, "VmHWM")

        request = SendImageRequest(token, 1, "jfif", "image@test.invalid")
        message = envelope.write_envelope(envelope.request(SEND_IMAGE, ready["service"], request.to_xml()))
        length = ATTACHMENT_MB * len(megabyte)
        image = FileSegment(tmp_path, length)  # made as it is sent
        framed = package(message, image, content_id="image@test.invalid", media_type="image/jpeg")
        head, _, tail = framed.segments
        assert isinstance(head, bytes) and isinstance(tail, bytes)

        def body() -> Iterator[bytes]:
            yield head
            for _ in range(ATTACHMENT_MB):
                yield megabyte
            yield tail

        length += len(head) + len(tail)
        answer = envelope.read_envelope(post(ready["service"], framed.content_type, length, body())).message
        assert answer.fault is None, answer.fault
        more = memory_kib(process.pid, "VmHWM") - before
        asked = GetPostScanJobElementsRequest(token, (JOB_STATUS,))
        told = ask(ready["service"], GET_POST_SCAN_JOB_ELEMENTS, asked.to_xml()).body
        assert told is not None
        status = GetPostScanJobElementsResponse.from_xml(told, Deviations()).job_status
        assert status is not None and status.images_received == 1
    sizes = [path.stat().st_size for path in (tmp_path / "s").rglob("*") if path.is_file()]
    assert max(sizes) == ATTACHMENT_MB * len(megabyte)
    print(f"{ATTACHMENT_MB} MB attachment: {more} KiB more memory at the most")
    assert more < 20 * 1024, f"{more} KiB more for an attachment of {ATTACHMENT_MB} MB"
