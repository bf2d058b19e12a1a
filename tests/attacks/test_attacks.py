"""While somebody attacks a scan server, others are served: attacker and server in processes of their own, the jobs
of another client timed quietly and under attack in turn, in one run; the figures are printed.

In the short version a few jobs and the worst of each kind; all of them, 20 jobs at a time and the memory half a
minute later, with DSM_EXHAUSTIVE=1.
"""

from __future__ import annotations

import http.client
import re
import ssl
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from attacker import MARKUP, envelope
from programs import server
from scan_server_bench import PLAIN, PSP, PSP_ID, SID, office
from variants import EXHAUSTIVE, exhaustive

from emulator.transport.host_limits import HostLimits

ATTACKER = Path(__file__).with_name("attacker.py")
JOBS = 20 if EXHAUSTIVE else 6
"""Jobs in each turn: quiet, attacked, quiet, attacked ..."""
CONNECTIONS = 1_200 if EXHAUSTIVE else 300
TURNS = 6
"""Quiet and attacked turns at most; two are enough where the rule holds then. On a busy machine a few jobs are no
measure."""
FACTOR = 2.0
FLOOR = 0.010
"""Seconds that a job may take longer whatever happens: two programs more share the processors."""
MEGABYTES = 50

KINDS = ["names", "allowed names", *MARKUP, "silent", "heads", "bodies", "hellos", "half-hellos"]
SHORT = ["names", "instructions", "bodies", "hellos"]


@dataclass
class Client:
    """Another client: jobs of two images on a connection of its own."""

    url: str
    ca_file: str | None

    def job(self) -> float:
        """Seconds for one, from CreatePostScanJob to Completed."""
        parts = urlsplit(self.url)
        begun = time.perf_counter()
        connection: http.client.HTTPConnection
        if self.ca_file is None:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        else:
            tls = ssl.create_default_context(cafile=self.ca_file)
            connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=30, context=tls)
        try:
            self._run(lambda data, kind: self._post(connection, parts.path, data, kind), parts.path)
        finally:
            connection.close()
        return time.perf_counter() - begun

    @staticmethod
    def _post(connection: http.client.HTTPConnection, path: str, data: bytes, kind: str) -> bytes:
        connection.request("POST", path, data, {"Content-Type": kind})
        response = connection.getresponse()
        answer = response.read()
        assert response.status == 200, answer
        return answer

    def _run(self, post: Callable[[bytes, str], bytes], path: str) -> None:
        soap = "application/soap+xml; charset=utf-8"

        def ask(operation: str, inside: str) -> bytes:
            data = envelope(path, operation, inside).replace(b"urn:uuid:0", f"urn:uuid:{uuid.uuid4()}".encode())
            return post(data, soap)

        created = ask("CreatePostScanJob", CREATE)
        found = re.search(rb"JobToken>([^<]+)<", created)
        assert found is not None, created
        token = f"<dsp:JobToken>{found[1].decode()}</dsp:JobToken>"
        for number in (1, 2):
            described = (
                f"<dsp:DocumentDescription><dsp:DocumentId>{number}</dsp:DocumentId><dsp:Format>jfif</dsp:Format>"
                '</dsp:DocumentDescription><dsp:ImageData><xop:Include href="cid:i@x" '
                'xmlns:xop="http://www.w3.org/2004/08/xop/include"/></dsp:ImageData>'
            )
            root = envelope(path, "SendImage", token + described)
            part = "Content-Type: %s\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <%s>\r\n\r\n"
            xop = 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'
            body = (
                b"--b\r\n" + (part % (xop, "r@x")).encode() + root + b"\r\n--b\r\n"
                + (part % ("image/jpeg", "i@x")).encode() + b"\xff\xd8" + bytes(100_000) + b"\r\n--b--\r\n"
            )  # fmt: skip
            package = 'multipart/related; type="application/xop+xml"; boundary="b"; start="<r@x>"; '
            post(body, package + 'start-info="application/soap+xml"')
        ask("EndPostScanJob", token)
        asked = "<dsp:RequestedElements><dsp:Name>dsp:JobStatus</dsp:Name></dsp:RequestedElements>"
        while b"JobState>Completed<" not in ask("GetPostScanJobElements", token + asked):
            time.sleep(0.002)


CREATE = ""
"""Content of CreatePostScanJob, as a job of our own client says it; set by the fixture."""


def is_well(quiet: list[float], attacked: list[float]) -> bool:
    """Whether the median of the attacked jobs is at most twice that of the quiet ones, and what quiet jobs of the
    same run differ by themselves (to their ninth decile)."""
    usual = statistics.median(quiet)
    noise = statistics.quantiles(quiet, n=10)[-1] - usual
    return statistics.median(attacked) <= FACTOR * usual + max(FLOOR, noise)


def resident(pid: int) -> float:
    """MB of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
@pytest.mark.parametrize("kind", KINDS if EXHAUSTIVE else SHORT)
def test_others_are_served_while_somebody_attacks(
    kind: str, tmp_path: Path, office_job: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    global CREATE
    CREATE, office = office_job
    secure = kind in ("hellos", "half-hellos")
    options = ["--store", tmp_path / "s", "--directory", office] + ([] if secure else ["--http"])
    with server(*options, cwd=tmp_path, checked=False) as (ready, process):
        client = Client(ready["service"], ready["ca_file"] if secure else None)
        victim = many_documents(client, 300) if "names" in kind else "0"
        for _ in range(5):
            client.job()
        before = resident(process.pid)
        parts = urlsplit(ready["service"])
        quiet: list[float] = []
        attacked: list[float] = []
        peak = before
        for turn in range(TURNS):
            if turn >= 2 and is_well(quiet, attacked):
                break
            quiet += [client.job() for _ in range(JOBS)]
            command = [sys.executable, ATTACKER, kind, parts.hostname or "", str(parts.port), parts.path, victim]
            attacker = subprocess.Popen(
                [*map(str, command), "60", str(CONNECTIONS)], stdout=subprocess.PIPE, text=True
            )
            try:
                assert attacker.stdout is not None and attacker.stdout.readline() == "ready\n"
                time.sleep(1.0 if EXHAUSTIVE else 0.4)
                for _ in range(JOBS):
                    attacked.append(client.job())
                    peak = max(peak, resident(process.pid))
            finally:
                attacker.terminate()
                attacker.communicate(timeout=20)
        after = resident(process.pid)
        limit = time.monotonic() + 32
        while after > before + MEGABYTES and time.monotonic() < limit:
            time.sleep(1.0)
            after = resident(process.pid)
        a, b = statistics.median(quiet), statistics.median(attacked)
        with capsys.disabled():
            print(
                f"\n  {kind:<18} job {a * 1e3:6.1f} ms quiet, {b * 1e3:6.1f} ms attacked ({b / a:.2f}), longest "
                f"{max(quiet) * 1e3:.0f} and {max(attacked) * 1e3:.0f} ms; memory {before:.0f}, peak {peak:.0f}, "
                f"then {after:.0f} MB",
                end="",
            )
        if not kind.startswith("allowed"):  # what anybody may ask as fast as he is answered is told, not bounded
            assert is_well(quiet, attacked)
        assert after <= before + MEGABYTES
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors
    lines = errors.splitlines()
    assert len(lines) <= 10, "what is refused is told, and not each time"
    refused = kind in ("names", *MARKUP) or HostLimits().connections < CONNECTIONS
    if refused and not kind.startswith("allowed"):
        assert any("127.0.0.1: " in line for line in lines), errors


@exhaustive
def test_500_jobs_of_one_address_pass_while_it_has_600_silent_connections(
    tmp_path: Path, office_job: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    global CREATE
    CREATE, office = office_job
    options = ["--store", tmp_path / "s", "--directory", office, "--http"]
    with server(*options, cwd=tmp_path, checked=False) as (ready, process):
        client = Client(ready["service"], None)
        parts = urlsplit(ready["service"])
        command = [sys.executable, str(ATTACKER), "silent", parts.hostname or "", str(parts.port), parts.path, "0"]
        attacker = subprocess.Popen([*command, "120", "600"], stdout=subprocess.PIPE, text=True)
        try:
            assert attacker.stdout is not None and attacker.stdout.readline() == "ready\n"
            time.sleep(1.0)
            with ThreadPoolExecutor(500) as threads:
                begun = time.perf_counter()
                taken = [each.result() for each in [threads.submit(client.job) for _ in range(500)]]
                whole = time.perf_counter() - begun
        finally:
            attacker.terminate()
            attacker.communicate(timeout=20)
        with capsys.disabled():
            told = f"500 jobs at once beside 600 silent connections: {whole:.1f} s, longest {max(taken):.1f} s"
            print(f"\n  {told}", end="")
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert len(taken) == 500
    assert "Traceback" not in errors
    assert len(list((tmp_path / "s").rglob("*.jpg"))) == 1000


def many_documents(client: Client, count: int) -> str:
    """The token of a job of so many documents, still open."""
    parts = urlsplit(client.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    token: list[str] = []

    def post(data: bytes, kind: str) -> bytes:
        answer = Client._post(connection, parts.path, data, kind)
        if found := re.search(rb"JobToken>([^<]+)<", answer):
            token.append(found[1].decode())
        return answer

    try:
        created = envelope(parts.path, "CreatePostScanJob", CREATE)
        post(created, "application/soap+xml; charset=utf-8")
        for number in range(1, count + 1):
            inside = (
                f"<dsp:JobToken>{token[0]}</dsp:JobToken><dsp:DocumentDescription><dsp:DocumentId>{number}"
                "</dsp:DocumentId><dsp:Format>jfif</dsp:Format></dsp:DocumentDescription>"
                "<dsp:ImageData>eHh4</dsp:ImageData>"
            )
            post(envelope(parts.path, "SendImage", inside), "application/soap+xml; charset=utf-8")
    finally:
        connection.close()
    return token[0]


@pytest.fixture(scope="module")
def office_job(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What CreatePostScanJob holds, and the directory of the server."""
    folder = office(tmp_path_factory.mktemp("office"))
    content = (
        f"<dsp:UserIdentifier>{SID}</dsp:UserIdentifier><dsp:PSP_Identifier>{PSP_ID}</dsp:PSP_Identifier>"
        f'<dsp:PostScanInstructions xmlns:psp="{PSP}">{PLAIN}</dsp:PostScanInstructions>'
    )
    return content, folder
