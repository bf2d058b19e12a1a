"""CPU time for receiving images: the embedded scan server over a bare asyncio protocol that also searches the
delimiter, hashes and writes a file, both as processes of their own, in one run, A B A B.

Target: <= 1.5 x CPU seconds per GB, of images of 50 MB. Real pages (real_pages.py), some hundred kB each, over TLS
are told too, with what an exchange costs in them. Run: python bench_receive.py [--quick]
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from real_pages import real_pages

from emulator.directory.folder import FolderDirectory
from emulator.dpws.hosting import Hosting
from emulator.dsm.constants import CREATE_POST_SCAN_JOB, SEND_IMAGE
from emulator.dsm.messages.create import CreatePostScanJobRequest, CreatePostScanJobResponse
from emulator.dsm.messages.send_image import SendImageRequest
from emulator.jobs.choices import office_folder
from emulator.scan_server.server import ScanServer
from emulator.soap import envelope
from emulator.soap.deviations import Deviations
from emulator.soap.mtom import package
from emulator.transport.body import FileSegment
from emulator.trust.authority import LabAuthority, write_key
from emulator.trust.contexts import client_context

TARGET = 1.5
MEGABYTES = 50
PAGE_ROUNDS = 10 if "--quick" in sys.argv else 40
ROUNDS = 2 if "--quick" in sys.argv else 6
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
    tls = None
    if (certificate := folder / "cert.pem").is_file():
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, folder / "key.pem")
    if kind == "bare":
        server = await asyncio.get_running_loop().create_server(lambda: Bare(folder), "127.0.0.1", 0, ssl=tls)
        scheme = "http" if tls is None else "https"
        print(f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    else:
        ours = ScanServer(
            store=folder / "store", directory=FolderDirectory(office_folder()), hosting=Hosting(tls=tls)
        )
        await ours.start()
        print(ours.service_url, flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(time.process_time(), flush=True)


class Served:
    """A server process."""

    def __init__(self, kind: str, folder: Path, tls: ssl.SSLContext | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, kind, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self._line()
        self.connection = socket.create_connection(("127.0.0.1", urlsplit(self.url).port or 0))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.connection = tls.wrap_socket(self.connection, server_hostname="127.0.0.1")

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


def both(folder: Path, tls: ssl.SSLContext | None, images: list[bytes], rounds: int) -> tuple[float, float]:
    """Seconds of CPU for all images, of the bare protocol and of ours; the median of `rounds`."""
    bare, ours = Served("bare", folder / "bare", tls), Served("ours", folder / "ours", tls)
    token = new_job(ours)
    used: dict[str, list[float]] = {"bare": [], "ours": []}
    number = 0
    for _ in range(rounds):
        packages = []
        for image in images:
            number += 1
            request = SendImageRequest(token, number, "jfif", "image@bench.invalid").to_xml()
            framed = package(
                envelope.write_envelope(envelope.request(SEND_IMAGE, ours.url, request)),
                FileSegment(folder, len(image)),  # sent from memory
                content_id="image@bench.invalid",
                media_type="image/jpeg",
                boundary=BOUNDARY,
            )
            head, _, tail = framed.segments
            assert isinstance(head, bytes) and isinstance(tail, bytes)
            packages.append((framed.content_type, head, image, tail))
        for kind, served in (("bare", bare), ("ours", ours)):
            before = served.cpu()
            for content_type, *body in packages:
                served.post(content_type, *body)
            used[kind].append(served.cpu() - before)
    bare.end()
    ours.end()
    return statistics.median(used["bare"]), statistics.median(used["ours"])


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("bare", "ours"):
            (folder / kind).mkdir()
        limit, own = both(folder, None, [os.urandom(MEGABYTES * 1_000_000)], ROUNDS)
        limit, own = limit * 1000 / MEGABYTES, own * 1000 / MEGABYTES
        good = own / limit <= TARGET
        print(
            f"receive {MEGABYTES} MB  limit {limit:.2f} CPU s/GB  ours {own:.2f} CPU s/GB  "
            f"ratio {own / limit:.2f}  target {TARGET:.2f}  {'ok' if good else 'MISSED'}"
        )
        authority = LabAuthority.create()
        certificate = authority.issue_server(["127.0.0.1"])
        for kind in ("bare", "ours"):
            (folder / kind / "cert.pem").write_bytes(certificate.cert_pem)
            write_key(folder / kind / "key.pem", certificate.key_pem)
        images = [page.read_bytes() for page in real_pages(folder)]
        trusted = client_context(ca_file=None, ca_pem=authority.certificate_pem)
        limit, own = both(folder, trusted, images, PAGE_ROUNDS)
    size = sum(map(len, images)) / 1e6
    print(
        f"receive pages over TLS, {len(images)} of {size:.1f} MB  limit {limit * 1000:.2f} ms  "
        f"ours {own * 1000:.2f} ms of CPU  ratio {own / limit:.2f}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
    else:
        raise SystemExit(main())
