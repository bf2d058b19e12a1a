"""A scanner on the network, found and scanned from by programs of others without being told where it is; and what
went over the wire meanwhile, as tshark and our schemas see it."""

from __future__ import annotations

import email
import email.policy
import http.client
import io
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from optional_programs import needs_program
from PIL import Image
from sane_there import Sane, sane_there
from sent_messages import problems_of_sent
from two_namespaces import PREFIX, Machine, Network, two_machines

NO_MORE_DOCUMENTS = 7  # SANE_STATUS_NO_DOCS
PORT = 5357
MODEL = "Virtual Office MFP"
"""What sane-airscan shows: manufacturer and model, not the device's own name."""


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with two_machines() as made:
        yield made


@dataclass
class Scanner:
    """`dsm-emulator run` on the first machine."""

    machine: Machine
    process: subprocess.Popen[str]
    devices: list[dict[str, Any]]
    folder: Path

    def press(self, *words: str) -> None:
        """Do something at it."""
        control, state = self.devices[0]["control"], ("--state", str(self.folder / "state"))
        done = self.machine.run(sys.executable, "-m", "emulator", "press", *words, "--control", control, *state)
        assert done.returncode == 0, done.stderr

    def end(self) -> None:
        """As a user ends it."""
        self.machine.end(self.process)
        assert self.process.returncode == 0


def start(machine: Machine, folder: Path, *arguments: str) -> Scanner:
    process = machine.start(
        sys.executable, "-m", "emulator", "run", "--json", "--interface", machine.device, "--state",
        folder / "state", "--port", str(PORT), *arguments,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return Scanner(machine, process, json.loads(line)["devices"], folder)


@pytest.fixture
def scanner(network: Network, tmp_path: Path) -> Iterator[Scanner]:
    made = start(network.here, tmp_path, "--name", "Lab MFP")
    yield made
    network.here.end(made.process)


@pytest.fixture
def sane(tmp_path: Path, network: Network) -> Iterator[Sane]:
    """One that must find scanners itself."""
    with sane_there(network, tmp_path / "sane") as made:
        yield made


def texts_of(pages: list[Path]) -> list[str]:
    """What the codes on the pages say."""
    found = []
    for page in pages:
        read = subprocess.run(
            [needs_program("zbarimg"), "-q", "--raw", page], capture_output=True, text=True, check=False
        )
        found.append(" ".join(read.stdout.split()))
    return found


@pytest.mark.timeout(280)
def test_sane_finds_the_scanner_and_scans_from_it(
    network: Network, scanner: Scanner, sane: Sane, tmp_path: Path
) -> None:
    # The law: [clients/sane-airscan/probe] [clients/sane-airscan/scan-device-type]
    # The law: [clients/sane-airscan/x-addrs] [clients/sane-airscan/get-to-the-endpoint-address]
    # The law: [clients/sane-airscan/hosted-service] [clients/all/discovery-of-2005-04]
    found = sane.run("airscan-discover")
    assert re.search(rf"{MODEL} = http://\[?[0-9a-f.:%]+\]?:{PORT}/\S+, WSD", found.stdout), (
        found.stdout + found.stderr
    )
    listed = sane.run("scanimage", "-f", "%d%n")
    (name,) = [line for line in listed.stdout.splitlines() if MODEL in line]
    for source, mode, dpi in (
        ("Flatbed", "Color", 150), ("Flatbed", "Gray", 300), ("Flatbed", "Gray", 600),
    ):  # fmt: skip
        page = tmp_path / f"{source}{mode}{dpi}.png"
        done = sane.run("scanimage", "-d", name, "--format=png", "--source", source, "--mode", mode,
                     "--resolution", str(dpi), "-x", "210", "-y", "297", "-o", str(page))  # fmt: skip
        assert done.returncode == 0, done.stderr
        with Image.open(page) as image:
            assert image.mode == {"Color": "RGB", "Gray": "L"}[mode]
            assert abs(image.width - 210 / 25.4 * dpi) <= 1 and abs(image.height - 297 / 25.4 * dpi) <= 1
        assert "Lab MFP" in texts_of([page])[0]
    scanner.press("load", "--sheets", "3", "--replace")
    done = sane.run("scanimage", "-d", name, "--format=png", "--source", "ADF", "--mode", "Gray",
                 "--resolution", "150", f"--batch={tmp_path}/adf%d.png")  # fmt: skip
    assert "Document feeder out of documents" in done.stderr and "3 pages scanned" in done.stderr, done.stderr
    pages = sorted(tmp_path.glob("adf*.png"))
    assert len(pages) == 3, "as many as the feeder held"
    numbers = [re.search(r"page\W+(\d+)", text) for text in texts_of(pages)]
    assert [int(each[1]) for each in numbers if each] == [1, 2, 3], texts_of(pages)
    empty = sane.run("scanimage", "-d", name, "--format=png", "--source", "ADF", "-o", "/dev/null")
    assert empty.returncode == NO_MORE_DOCUMENTS, empty.stderr + empty.stdout


def capture(network: Network, file: Path) -> Any:
    """tshark on the second machine, of our ports alone."""
    process = network.there.start(
        needs_program("tshark"), "-q", "-i", network.there.device, "-w", file, "-f", f"port {PORT} or port 3702"
    )
    time.sleep(2)  # until it listens
    return process


def decoded(file: Path, *options: str) -> list[str]:
    done = subprocess.run(
        [needs_program("tshark"), "-r", file, *options], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.splitlines()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody may write to: tshark gives up its rights, and those above tmp_path are its owner's."""
    with tempfile.TemporaryDirectory(prefix="dsm-emulator-test-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.timeout(280)
def test_everything_that_we_sent_parses_and_passes_the_schemas(
    network: Network, sane: Sane, tmp_path: Path, open_folder: Path
) -> None:
    file = open_folder / "wire.pcapng"
    file.touch()
    file.chmod(0o666)
    watching = capture(network, file)
    scanner = start(network.here, tmp_path, "--name", "Wire MFP")
    scanner.press("load", "--sheets", "1", "--replace")
    name = next(line for line in sane.run("scanimage", "-f", "%d%n").stdout.splitlines() if MODEL in line)
    page = sane.run("scanimage", "-d", name, "--format=png", "--source", "ADF", "--resolution", "75",
                 f"--batch={tmp_path}/page%d.png")  # fmt: skip
    assert "1 page scanned" in page.stderr, page.stderr
    assert network.there.run(sys.executable, "-m", "emulator", "discover", "--timeout", "1").returncode == 0
    scanner.end()
    time.sleep(1)
    network.there.end(watching)

    ours = f"ip.src == {PREFIX}.1 or ipv6.src != ff02::c"
    datagrams = decoded(file, "-Y", f"udp.srcport == 3702 and ({ours})", "-T", "fields", "-e", "data.data",
                        "--disable-heuristic", "xml_udp")  # fmt: skip
    messages = [bytes.fromhex(line) for line in datagrams if line]
    assert len(messages) > 5, "Hello, ProbeMatches and Bye"
    kinds = set()
    for message in messages:
        assert len(message) <= 4096
        root = etree.fromstring(message)
        kinds.add(root.findtext(".//{*}Action").rpartition("/")[2])
        assert problems_of_sent(message) == []
    assert {"Hello", "Bye", "ProbeMatches"} <= kinds, kinds

    malformed = decoded(file, "-d", f"tcp.port=={PORT},http", "-Y", "_ws.malformed")
    assert malformed == []
    assert problems_of_answers(file) == []


def sent_by_server(file: Path, stream: str) -> bytes:
    """All octets of one TCP connection that came from our side (tshark puts a tab before them)."""
    lines = decoded(file, "-q", "-z", f"follow,tcp,raw,{stream}")
    ours, port = set(), f":{PORT}"
    node0 = next(line for line in lines if line.startswith("Node 0"))
    tab = not node0.endswith(port)
    for number, line in enumerate(lines):
        if re.fullmatch(r"\t?[0-9a-f]+", line) and line.startswith("\t") == tab:
            ours.add(number)
    return b"".join(bytes.fromhex(lines[number].strip()) for number in sorted(ours))


def problems_of_answers(file: Path) -> list[str]:
    """What is wrong with the envelopes in the HTTP answers of ours."""
    streams = sorted(set(decoded(file, "-Y", f"tcp.srcport == {PORT}", "-T", "fields", "-e", "tcp.stream")))
    problems, checked, packages = [], 0, 0
    for stream in streams:
        source = io.BytesIO(sent_by_server(file, stream))
        while source.tell() < len(source.getvalue()):
            response = http.client.HTTPResponse(Wire(source))  # type: ignore[arg-type]
            response.begin()
            body = response.read()
            assert response.status in (200, 400), response.status
            if response.headers.get_content_type() == "multipart/related":
                package = email.message_from_bytes(
                    f"Content-Type: {response.headers['Content-Type']}\r\n\r\n".encode() + body,
                    policy=email.policy.HTTP,
                )
                body = next(package.iter_parts()).get_payload(decode=True)
                packages += 1
            problems += problems_of_sent(body)
            checked += 1
    assert checked >= 6 and packages == 1, "metadata, configuration, status, job, image, the end of the batch"
    return problems


class Wire:
    """A socket of which only the reading is there, for the standard library's HTTP."""

    def __init__(self, source: io.BytesIO) -> None:
        self._source = source

    def makefile(self, *_: object) -> io.BufferedIOBase:
        source = self._source

        class Open(io.BufferedIOBase):
            def readline(self, size: int = -1) -> bytes:  # type: ignore[override]
                return source.readline(size)

            def read(self, size: int | None = -1) -> bytes:
                return source.read(size)

            def readinto(self, buffer: Any) -> int:
                return source.readinto(buffer)

        return Open()
