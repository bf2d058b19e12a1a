"""CPU time for receiving images: the embedded scan server over a bare asyncio protocol that also searches the
delimiter, hashes and writes a file, both as processes of their own, in one run, A B A B.

Target: <= 1.5 x CPU seconds per GB. Run: python bench_receive.py
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from emulator.directory.folder import FolderDirectory
from emulator.dsm.constants import CREATE_POST_SCAN_JOB, SEND_IMAGE
from emulator.dsm.messages.create import CreatePostScanJobRequest, CreatePostScanJobResponse
from emulator.dsm.messages.send_image import SendImageRequest
from emulator.jobs.choices import office_folder
from emulator.scan_server.server import ScanServer
from emulator.soap import envelope
from emulator.soap.deviations import Deviations
from emulator.soap.mtom import package
from emulator.transport.body import FileSegment

TARGET = 1.5
MEGABYTES = 50
ROUNDS = 6
BOUNDARY = "MIMEBoundary-0123456789abcdef0123456789abcdef"


class Bare(asyncio.Protocol):
    """The limit: one request after another; body searched, hashed, written and synced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._left = 0
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._left:
            self._head += data
            head, found, data = self._head.partition(b"\r\n\r\n")
            if not found:
                return
            self._head = b""
            self._left = int(head.lower().partition(b"content-length:")[2].split()[0])
            self._number += 1
            self._file = (self._folder / str(self._number)).open("wb")
            self._hash = hashlib.sha256()
        data.find(BOUNDARY.encode())
        self._hash.update(data)
        self._file.write(data)
        self._left -= len(data)
        if not self._left:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


async def serve(kind: str, folder: Path) -> None:
    """The process under measurement: says where it listens, then its CPU time for each line on stdin."""
    if kind == "bare":
        server = await asyncio.get_running_loop().create_server(lambda: Bare(folder), "127.0.0.1", 0)
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    else:
        ours = ScanServer(store=folder, directory=FolderDirectory(office_folder()))
        await ours.start()
        print(ours.service_url, flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(time.process_time(), flush=True)


class Served:
    """A server process."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, kind, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self._line()
        self.connection = socket.create_connection(("127.0.0.1", urlsplit(self.url).port or 0))

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def cpu(self) -> float:
        """CPU seconds of the process up to now."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self._line())

    def post(self, content_type: str, *body: bytes) -> bytes:
        """One request; the body of its answer."""
        head = (
            f"POST {urlsplit(self.url).path} HTTP/1.1\r\nHost: {urlsplit(self.url).netloc}\r\n"
            f"Content-Type: {content_type}\r\n"
            f"Content-Length: {sum(map(len, body))}\r\n\r\n"
        )
        for piece in (head.encode(), *body):
            self.connection.sendall(piece)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.connection.recv(65536)
        answer, _, rest = data.partition(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].split()[0])
        while len(rest) < length:
            rest += self.connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer + rest
        return rest

    def end(self) -> None:
        """Ends by the end of its input."""
        self.connection.close()
        self.process.communicate()


def new_job(ours: Served) -> str:
    """A post-scan job of the office that comes along."""
    office = FolderDirectory(office_folder())
    user = office.default_user()
    process = office.default_scan_process(user).process
    request = CreatePostScanJobRequest(user.sid, str(process.identifier), process.instructions)
    message = envelope.write_envelope(envelope.request(CREATE_POST_SCAN_JOB, ours.url, request.to_xml()))
    body = envelope.read_envelope(ours.post("application/soap+xml", message)).message.body
    assert body is not None
    return CreatePostScanJobResponse.from_xml(body, Deviations()).job_token


def main() -> int:
    image = os.urandom(MEGABYTES * 1_000_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bare").mkdir()
        bare, ours = Served("bare", folder / "bare"), Served("ours", folder / "ours")
        token = new_job(ours)
        used: dict[str, list[float]] = {"bare": [], "ours": []}
        for number in range(1, ROUNDS + 1):
            request = SendImageRequest(token, number, "jfif", "image@bench.invalid").to_xml()
            message = envelope.write_envelope(envelope.request(SEND_IMAGE, ours.url, request))
            framed = package(
                message,
                FileSegment(folder, len(image)),  # sent from memory
                content_id="image@bench.invalid",
                media_type="image/jpeg",
                boundary=BOUNDARY,
            )
            head, _, tail = framed.segments
            assert isinstance(head, bytes) and isinstance(tail, bytes)
            for kind, served in (("bare", bare), ("ours", ours)):
                before = served.cpu()
                served.post(framed.content_type, head, image, tail)
                used[kind].append(served.cpu() - before)
        bare.end()
        ours.end()
    limit, own = (statistics.median(used[kind]) * 1000 / MEGABYTES for kind in ("bare", "ours"))
    good = own / limit <= TARGET
    print(
        f"receive {MEGABYTES} MB  limit {limit:.2f} CPU s/GB  ours {own:.2f} CPU s/GB  ratio {own / limit:.2f}  "
        f"target {TARGET:.2f}  {'ok' if good else 'MISSED'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
    else:
        raise SystemExit(main())
