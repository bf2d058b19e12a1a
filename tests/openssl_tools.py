"""The openssl program as a judge: certificates that it makes, its own server and its own client."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from optional_programs import needs_program

VERSIONS = {"1.2": "-tls1_2", "1.3": "-tls1_3"}
LEVEL_0 = ("-cipher", "DEFAULT:@SECLEVEL=0")
"""So that openssl's own server shows what it would refuse itself."""


def openssl(*arguments: str | Path, cwd: Path, data: str = "", check: bool = True) -> str:
    """Run the program; what it prints."""
    command = [needs_program("openssl"), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, input=data, capture_output=True, text=True, timeout=60)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@dataclass(frozen=True)
class Pair:
    """The files of a certificate."""

    cert: Path
    key: Path


class OpensslAuthority:
    """A CA of the openssl program, which makes also what no CA should."""

    def __init__(self, folder: Path, name: str = "Judge CA") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.ca = folder / "ca.pem"
        config = (
            "[ca]\ndefault_ca=judge\n[judge]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\n"
            "default_crl_days=30\nnew_certs_dir=.\nunique_subject=no\nserial=serial\npolicy=any\n[any]\ncommonName=supplied\n"
            "[req]\ndistinguished_name=dn\n[dn]\n"
        )
        (folder / "ca.cnf").write_text(config)
        (folder / "index.txt").write_text("")
        (folder / "crlnumber").write_text("01\n")
        self._run(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
            "-subj", f"/CN={name}", "-config", "ca.cnf", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-addext", "subjectKeyIdentifier=hash",
        )  # fmt: skip

    def issue(
        self,
        name: str,
        *,
        alternatives: str = "IP:127.0.0.1",
        usage: str = "serverAuth",
        digest: str = "sha256",
        key: str = "rsa:2048",
        begin: str = "",
        end: str = "",
    ) -> Pair:
        """A certificate; `begin` and `end` as openssl writes times (`20200101000000Z`)."""
        self._run("req", "-new", "-newkey", key, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                  "-subj", f"/CN={name}", "-config", "ca.cnf")  # fmt: skip
        lines = [f"extendedKeyUsage={usage}", *([f"subjectAltName={alternatives}"] if alternatives else [])]
        (self.folder / f"{name}.ext").write_text("\n".join(lines))
        dates = ("-startdate", begin, "-enddate", end) if end else ("-days", "20")
        files = ("-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.ext")
        self._ca("-batch", "-notext", "-rand_serial", "-md", digest, *files, *dates)
        return Pair(self.folder / f"{name}.pem", self.folder / f"{name}.key")

    def self_signed(self, name: str) -> Pair:
        """A certificate of nobody but itself."""
        self._run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem",
                  "-days", "30", "-subj", f"/CN={name}", "-config", "ca.cnf",
                  "-addext", "subjectAltName=IP:127.0.0.1")  # fmt: skip
        return Pair(self.folder / f"{name}.pem", self.folder / f"{name}.key")

    def issue_authority(self, other: OpensslAuthority) -> None:
        """Make another CA one of ours: it stays what it is, with a certificate by us."""
        extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign,cRLSign",
                      "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid")  # fmt: skip
        (self.folder / "authority.ext").write_text("\n".join(extensions))
        csr = other.folder / "ca.csr"
        openssl("x509", "-x509toreq", "-in", "ca.pem", "-signkey", "ca.key", "-out", csr, cwd=other.folder)
        files = ("-in", csr, "-out", other.ca, "-extfile", "authority.ext")
        self._ca("-batch", "-notext", "-rand_serial", "-days", "20", *files)

    def revoke(self, cert: Path) -> None:
        """Put it onto the list that `crl` writes."""
        self._ca("-revoke", cert)

    def crl(self, name: str = "ca.crl", *dates: str) -> Path:
        """The revocation list, PEM; `dates`: options of `openssl ca -gencrl`."""
        self._ca("-gencrl", "-out", name, *dates)
        return self.folder / name

    def _ca(self, *arguments: str | Path) -> None:
        self._run("ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", *arguments)

    def _run(self, *arguments: str | Path) -> None:
        openssl(*arguments, cwd=self.folder)


@contextlib.contextmanager
def s_server(pair: Pair, *options: str | Path) -> Iterator[int]:
    """`openssl s_server -www` on a free loopback port while the block lasts."""
    program = needs_program("openssl")
    port = free_port()
    command = [program, "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-cert", pair.cert, "-key", pair.key]
    process = subprocess.Popen(
        [*map(str, command), *map(str, options)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ACCEPT"):
                break
        else:
            raise AssertionError("openssl s_server has not begun to listen")
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)


def s_client(port: int, request: bytes, *options: str | Path, ca: Path, host: str = "127.0.0.1") -> tuple[str, str]:
    """Send a request by `openssl s_client`, which verifies the server strictly; what came, and what it says."""
    command = [needs_program("openssl"), "s_client", "-connect", f"{host}:{port}", "-CAfile", ca, "-no-CApath",
               "-no-CAstore", "-verify_return_error", "-x509_strict", "-verify_ip", host, "-quiet", "-ign_eof",
               *options]  # fmt: skip
    done = subprocess.run(list(map(str, command)), input=request, capture_output=True, timeout=60)
    return done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def http_post(path: str, host: str, body: bytes, more: Sequence[str] = ()) -> bytes:
    """A request after which the server closes the connection."""
    head = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/soap+xml; charset=utf-8",
            f"Content-Length: {len(body)}", "Connection: close", *more]  # fmt: skip
    return "\r\n".join([*head, "", ""]).encode() + body


def answer_of(output: str) -> tuple[int, str]:
    """HTTP status and body."""
    head, _, body = output.partition("\r\n\r\n")
    status = re.match(r"HTTP/1\.1 (\d+)", head)
    assert status is not None, output
    return int(status[1]), body


def free_port() -> int:
    """One that is free now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for_port(port: int, seconds: float = 10.0) -> None:
    """Until somebody listens."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert time.monotonic() < end, f"nobody listens on port {port}"
        time.sleep(0.05)
