"""A scan server's CA that is kept, served and pinned; and printed commands that run as they are printed."""

from __future__ import annotations

import shlex
import ssl
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from closed_ports import closed_port
from command_tree import Done, call
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from exit_code_peers import NONSENSE, answering
from programs import devices, end, run, server, start
from variants import EXHAUSTIVE, exhaustive

from emulator.environment.ca_url import MAX_OCTETS, fetch_root
from emulator.environment.exit_codes import LabError
from emulator.environment.machine_names import addresses_of_machine, can_be_certified, names_of_machine


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A folder and the ready line of a server in it, on every address."""
    folder = tmp_path_factory.mktemp("served")
    with server(
        "--bind", "0.0.0.0", "--host", "scans.lab", "--host", "[::1]", "--state", "kept", cwd=folder, checked=False
    ) as (ready, _):
        yield folder, ready


def local(ready: dict[str, Any], path: str = "/ca.pem") -> str:
    return str(ready["url"]).replace("/ScanServer", path)


def unverified(url: str, **options: Any) -> tuple[int, bytes]:
    context = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, **options), context=context) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""


def test_the_ca_is_served_to_anybody_and_is_the_one_that_is_told(served: tuple[Path, dict[str, Any]]) -> None:
    folder, ready = served
    status, pem = unverified(local(ready))
    certificate = x509.load_pem_x509_certificate(pem)
    assert status == 200 and pem == (folder / ready["ca_file"]).read_bytes()
    assert certificate.fingerprint(hashes.SHA256()).hex() == ready["ca_sha256"]
    assert b"PRIVATE" not in pem and (folder / "kept" / "server-ca" / "ca-key.pem").stat().st_mode & 0o77 == 0
    assert unverified(local(ready), method="POST", data=b"x")[0] == 404
    assert unverified(local(ready, "/ca-key.pem"))[0] == 404


def test_every_address_and_name_is_certified(served: tuple[Path, dict[str, Any]]) -> None:
    _, ready = served
    port = int(ready["url"].rpartition(":")[2].partition("/")[0])
    pem = ssl.get_server_certificate(("127.0.0.1", port))
    names = x509.load_pem_x509_certificate(pem.encode()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    known = {
        *names.value.get_values_for_type(x509.DNSName),
        *map(str, names.value.get_values_for_type(x509.IPAddress)),
    }
    assert {"127.0.0.1", "::1", "localhost", "scans.lab", *addresses_of_machine()} <= known


def scan(served: tuple[Path, dict[str, Any]], *options: str, capsys: pytest.CaptureFixture[str]) -> Done:
    arguments = ["scan", "--pages", "1", "--manifest", "none", "--json", "--server", served[1]["url"], *options]
    return call(arguments, capsys)


def test_a_pinned_root_is_trusted_and_no_other(
    served: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    url, print_ = ("--ca-url", local(served[1])), served[1]["ca_sha256"]
    colons = ":".join(print_[n : n + 2] for n in range(0, 64, 2)).upper()
    for told in (print_, colons):
        assert scan(served, *url, "--ca-sha256", told, capsys=capsys).code == 0
    wrong = scan(served, *url, "--ca-sha256", "0" * 64, capsys=capsys)
    assert wrong.code == 3 and print_ in wrong.stderr and "0" * 64 in wrong.stderr
    with answering(NONSENSE) as port:
        cases = {
            ("--ca-url", url[1]): (2, "go together"),
            ("--ca-sha256", print_): (2, "go together"),
            (*url, "--ca-sha256", "12"): (2, "64 hexadecimal digits"),
            (*url, "--ca-sha256", print_, "--ca-file", "x"): (2, "exclude one another"),
            ("--ca-url", "ftp://x", "--ca-sha256", print_): (2, "no http or https URL"),
            ("--ca-url", local(served[1], "/x"), "--ca-sha256", print_): (4, "HTTP 404"),
            ("--ca-url", f"http://127.0.0.1:{port}/", "--ca-sha256", print_): (4, "no PEM certificate"),
            ("--ca-url", f"http://127.0.0.1:{closed_port()}/", "--ca-sha256", print_): (3, "refused"),
        }
        for options, (code, said) in cases.items():
            done = scan(served, *options, capsys=capsys)
            assert done.code == code and said in done.stderr, (options, done.stderr)
    for name in ("inspect", "profiles capture"):
        done = call([*name.split(), served[1]["url"], *url, "--ca-sha256", print_], capsys)
        assert done.code == (0 if name == "inspect" else 4), done.stderr


def test_what_never_ends_is_no_certificate() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"-" * (MAX_OCTETS + 1000)
    with answering(endless) as port, pytest.raises(LabError, match="more than a certificate"):
        fetch_root(f"http://127.0.0.1:{port}/", "0" * 64)


@exhaustive
def test_jobs_started_at_a_device_fetch_it_too(served: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    pin = ("--ca-url", local(served[1]), "--ca-sha256", served[1]["ca_sha256"])
    with devices("--server", served[1]["url"], *pin, cwd=tmp_path, checked=False):
        done = run("press", "start", "--state", "state", cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_names_that_can_stand_in_a_certificate() -> None:
    good, bad = ("a.b", "::1", "1.2.3.4", "xn--bcher-kva.example"), ("", "a b", "a/b", "x" * 64, "a:b")
    assert all(map(can_be_certified, good)) and not any(map(can_be_certified, bad))
    assert "127.0.0.1" in names_of_machine("localhost") and set(addresses_of_machine()) <= set(
        names_of_machine("::")
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
def test_printed_commands_run_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Blanks in names; a certificate of the user's own, which names its CA."""
    monkeypatch.chdir(tmp_path)
    assert call(["lab-ca", "my lab", "--server", "127.0.0.1", "--key", "ec"], capsys).code == 0
    own = ("--tls-cert", "my lab/127.0.0.1.pem", "--tls-key", "my lab/127.0.0.1-key.pem")
    for options in ((), own) if EXHAUSTIVE else (own,):
        process = start("server", "--port", "0", "--store", "my store", *options, cwd=tmp_path, checked=False)
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            words = next(shlex.split(line) for line in lines if line.startswith("Try"))
            assert words[1] == "dsm-emulator"
            done = call([*words[2:], "--pages", "1", "--manifest", "none"], capsys)
            assert done.code == 0, (words, done.stderr)
        finally:
            end(process)
    done = call(["scan", "--pages", "1", "--store", "my scans", "--manifest", "a job.jsonl"], capsys)
    line = next(line for line in done.stdout.splitlines() if line.startswith("Manifest"))
    words = shlex.split(line.partition("dsm-emulator")[2])
    assert call(words, capsys).stdout == "OK  1 image delivered\n"
    assert words == ["verify", "a job.jsonl", "my scans"]
