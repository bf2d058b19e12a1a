"""Each alteration of TLS as its peers meet it: openssl s_client and curl of our hosts, Python's ssl module of our
clients; and what our own client says of such a host."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import pytest
import scan_server_bench as at_server
from disturbed import DEVICE, SERVER, disturbed, fault
from openssl_tools import s_client
from optional_programs import needs_program
from raw_peer import Counting, ask, counting

from emulator.directory.folder import FolderDirectory
from emulator.dpws.hosting import Hosting
from emulator.faults.alteration import At
from emulator.faults.alterations import alterations_at
from emulator.faults.alterations.tls import ALERTS
from emulator.faults.plan import PlanError
from emulator.lab.lab import Lab
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer
from emulator.transport.client import StreamClient
from emulator.transport.host import HttpHost
from emulator.transport.http import (
    BytesBody,
    Carried,
    ExchangeError,
    HttpRequest,
    IncomingRequest,
    OutgoingResponse,
    TimeLimits,
)
from emulator.trust.authority import LabAuthority
from emulator.trust.authority_folder import AuthorityFolder
from emulator.trust.client_tls import ClientContext
from emulator.trust.contexts import client_context, server_context, server_context_from

REQUEST: Final = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NAMES: Final = ("127.0.0.1", "localhost")


class OfHost(NamedTuple):
    do: str
    parameters: dict[str, Any]
    openssl: str
    """What s_client says."""
    curl: int
    """How curl ends; man curl, EXIT CODES."""
    ours: str
    """What our own client says."""
    seconds: float = 0.0
    """That curl takes at the least."""


CONNECT, CERTIFICATE, LATE, FINE = 35, 60, 28, 0
OLD: Final = "legacy sigalg disallowed|alert protocol version|unsupported protocol|no protocols"
GONE: Final = "unexpected eof|errno=104|Connection reset"
HOSTS: Final = [
    OfHost("expired", {}, "certificate has expired", CERTIFICATE, "expired"),
    OfHost("not-yet-valid", {}, "certificate is not yet valid", CERTIFICATE, "not yet valid"),
    OfHost("wrong-name", {}, "IP address mismatch", CERTIFICATE, "elsewhere.example"),
    OfHost("wrong-name", {"other": "127.0.0.2"}, "IP address mismatch", CERTIFICATE, "127.0.0.2"),
    OfHost("unknown-ca", {}, "unable to get local issuer certificate", CERTIFICATE, "Another CA"),
    OfHost("self-signed", {}, "self-signed certificate", CERTIFICATE, "self-signed"),
    OfHost("revoked", {"crl": "CRL"}, "certificate revoked", CERTIFICATE, "revoked"),
    OfHost("weak-key", {}, "EE certificate key too weak", CERTIFICATE, "too weak"),
    OfHost("sha-1-signature", {}, "CA signature digest algorithm too weak", CERTIFICATE, "SHA-1"),
    OfHost("tls-1-0", {}, OLD, CONNECT, "speaks no TLS 1.2"),
    OfHost("tls-1-1", {}, OLD, CONNECT, "speaks no TLS 1.2"),
    OfHost("no-close-notify", {}, "unexpected eof while reading", FINE, ""),
    OfHost("handshake-stalled", {"seconds": 0.5}, "", FINE, "", 0.5),
    OfHost("handshake-stalled", {"seconds": 9}, "-", LATE, "no TLS handshake within"),
    OfHost(
        "handshake-stalled",
        {"seconds": 0.1, "then": "close"},
        GONE,
        CONNECT,
        "closed|reset",
    ),
    OfHost("handshake-refused", {}, "alert handshake failure", CONNECT, "handshake failure"),
    OfHost("handshake-refused", {"alert": "access_denied"}, "alert access denied", CONNECT, "access denied"),
]


def named(shown: Any) -> str:
    return "-".join([shown.do, *map(str, shown.parameters.values())])


async def answer(request: IncomingRequest) -> OutgoingResponse:
    async for _ in request.body:
        pass
    return OutgoingResponse(200, b"yes", carried=Carried("GetScannerElements"))


@pytest.mark.parametrize("shown", HOSTS, ids=named)
async def test_of_a_host(tmp_path: Path, shown: OfHost) -> None:
    authority = LabAuthority.create()
    ca, crl = tmp_path / "ca.pem", tmp_path / "list.pem"
    ca.write_bytes(authority.certificate_pem)
    parameters = {name: str(crl) if value == "CRL" else value for name, value in shown.parameters.items()}
    context = server_context_from(authority.issue_server(NAMES), issuer=authority, names=NAMES)
    layers = Layers()
    with disturbed(layers, SERVER, fault("tls", shown.do, **parameters), context=context) as ledger:
        async with HttpHost(answer, ssl_context=context, layers=layers) as host:
            trusting = client_context(ca_file=ca, crls=[crl] if shown.do == "revoked" else ())
            by_others = (
                await asyncio.to_thread(by_openssl, host.port, ca, crl, shown) if shown.openssl != "-" else "-"
            )
            begun = time.monotonic()
            ended = await asyncio.to_thread(by_curl, host.port, ca, crl)
            assert time.monotonic() - begun >= shown.seconds
            said = [by_others, ended, await by_our_client(host.port, trusting)]
    assert any(words in said[0] for words in shown.openssl.split("|")), said
    assert said[1] == shown.curl, said
    assert any(words in said[2] for words in shown.ours.split("|")) and bool(said[2]) == bool(shown.ours), said
    assert ledger.firings and {each.fault.alteration.name for each in ledger.firings} == {shown.do}


def by_openssl(port: int, ca: Path, crl: Path, shown: OfHost) -> str:
    options = ("-crl_check", "-CRL", crl) if crl.exists() else ()
    out, said = s_client(port, REQUEST, *options, ca=ca)
    assert (out.endswith("yes")) == (shown.curl == FINE), (out, said)
    return said


def by_curl(port: int, ca: Path, crl: Path) -> int:
    command = [needs_program("curl"), "-s", "--max-time", "2", "--cacert", str(ca)]
    command += ["--crlfile", str(crl)] if crl.exists() else []
    done = subprocess.run([*command, "-d", "", f"https://127.0.0.1:{port}/x"], capture_output=True, timeout=30)
    return done.returncode


async def by_our_client(port: int, context: ssl.SSLContext) -> str:
    client = StreamClient(context)
    try:
        asked = HttpRequest(f"https://127.0.0.1:{port}/x", (), BytesBody(b""))
        assert (await client.exchange(asked, TimeLimits(2, 2))).body == b"yes"
    except ExchangeError as error:
        return str(error)
    finally:
        await client.aclose()
    return ""


async def test_a_host_ends_without_close_notify_when_it_is_told_to() -> None:
    authority = LabAuthority.create()
    context = server_context_from(authority.issue_server(NAMES))
    trusting = client_context(ca_file=None, ca_pem=authority.certificate_pem)
    layers = Layers()

    async def polite(*faults: str) -> bool:
        with disturbed(layers, SERVER, *faults):
            async with HttpHost(answer, ssl_context=context, layers=layers) as host:
                heard = await asyncio.to_thread(ask, host.port, REQUEST, trusting, to_its_end=True)
        assert heard.body == b"yes" and heard.end == "closed"
        return heard.polite

    assert await polite(fault("tls", "no-close-notify", nth=2))
    assert not await polite(fault("tls", "no-close-notify"))


async def test_the_certificate_changes_between_two_images(tmp_path: Path) -> None:
    authority = LabAuthority.create()
    context = server_context_from(authority.issue_server(NAMES), issuer=authority, names=NAMES)
    trusting = client_context(ca_file=None, ca_pem=authority.certificate_pem)
    layers = Layers()
    directory = FolderDirectory(at_server.office(tmp_path / "office"))
    hosting = Hosting(tls=context)
    async with ScanServer(store=tmp_path / "s", directory=directory, layers=layers, hosting=hosting) as server:
        caller = at_server.Caller(server.service_url, trusting)
        token = await caller.job()
        port = int(server.service_url.split(":")[2].partition("/")[0])

        async def shown() -> bytes:
            return await asyncio.to_thread(certificate, port, trusting)

        deed = fault("tls", "certificate-changed", operation="SendImage", image=2)
        with disturbed(layers, SERVER, deed) as ledger:
            before = await shown()
            kept = http.client.HTTPSConnection("127.0.0.1", port, context=trusting, timeout=10)
            answers = [await asyncio.to_thread(send_image, kept, server.service_url, token, n) for n in (1, 2)]
            kept.close()
            after = await shown()
            assert (await caller.send(token, 3)).status == 200 and await shown() == after
    assert answers == [(200, None), (200, "close")]
    assert before != after
    assert [(each.fault.alteration.name, each.passes.number) for each in ledger.firings] == [
        ("certificate-changed", 2)
    ]


def certificate(port: int, context: ssl.SSLContext) -> bytes:
    """DER of the one that is shown to a new connection."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""


def send_image(
    connection: http.client.HTTPSConnection, url: str, token: str, number: int
) -> tuple[int, str | None]:
    """Status, and whether the connection ends."""
    root = at_server.envelope(url, f"{at_server.DSP}/SendImage", at_server.image_request(token, number))
    body = at_server.package(root)
    connection.request("POST", urlsplit(url).path, body, {"Content-Type": at_server.PACKAGE_TYPE})
    response = connection.getresponse()
    response.read()
    return response.status, response.getheader("Connection")


# Our clients


class OfClient(NamedTuple):
    do: str
    parameters: dict[str, Any]
    server: str
    """What Python's ssl module says of the handshake; '' where it is done."""
    outcome: str
    """How the exchange ends for the client."""
    seconds: float = 0.0
    """That the handshake takes at the least."""


CLIENTS: Final = [
    OfClient("expired", {"authority": "CA"}, "certificate has expired", "ClientRefused"),
    OfClient("not-yet-valid", {"authority": "CA"}, "certificate is not yet valid", "ClientRefused"),
    OfClient("unknown-ca", {}, "unable to get local issuer certificate", "ClientRefused"),
    OfClient("self-signed", {}, "self-signed certificate", "ClientRefused"),
    OfClient("revoked", {"authority": "CA", "crl": "CRL"}, "certificate revoked", "ClientRefused"),
    OfClient("weak-key", {"authority": "CA"}, "EE certificate key too weak", "ClientRefused"),
    OfClient("sha-1-signature", {"authority": "CA"}, "CA signature digest algorithm too weak", "ClientRefused"),
    OfClient("no-client-certificate", {}, "did not return a certificate", "ClientRefused"),
    OfClient("tls-1-0", {}, "UNSUPPORTED_PROTOCOL", "TlsFailed"),
    OfClient("tls-1-1", {}, "UNSUPPORTED_PROTOCOL", "TlsFailed"),
    OfClient("server-not-trusted", {}, "UNKNOWN_CA", "TlsFailed"),
    OfClient("no-close-notify", {}, "", "202, no close_notify"),
    OfClient("handshake-stalled", {"seconds": 0.4}, "", "202", 0.35),
    OfClient("handshake-stalled", {"seconds": 0.2, "then": "close"}, "EOF|eof|reset", "EndedOnPurpose", 0.15),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> AuthorityFolder:
    """A CA in a folder, whose certificate of a client is good."""
    made = AuthorityFolder.open(tmp_path_factory.mktemp("ca"), key_kind="ec")
    made.issue_user("ann@contoso.example")
    return made


def files(authority: AuthorityFolder) -> tuple[Path, Path]:
    """Certificate and key of the good one."""
    issued = authority.issue_user("ann@contoso.example")
    return issued.certificate, issued.key


@pytest.mark.parametrize("shown", CLIENTS, ids=named)
async def test_of_a_client(tmp_path: Path, authority: AuthorityFolder, shown: OfClient) -> None:
    ca, crl = authority.folder / "ca.pem", tmp_path / "list.pem"
    meant = {"CA": str(authority.folder), "CRL": str(crl)}
    parameters = {name: meant.get(str(value), value) for name, value in shown.parameters.items()}
    cert, key = files(authority)
    client = client_context(ca_file=ca, client_cert=cert, client_key=key)
    layers = Layers()
    with disturbed(layers, DEVICE, fault("tls", shown.do, **parameters)) as ledger:
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(ca))
        server.verify_mode = ssl.CERT_REQUIRED
        if crl.exists():
            server.load_verify_locations(crl)
            server.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
        files_of_server = authority.issue_server(["127.0.0.1"])
        server.load_cert_chain(files_of_server.certificate, files_of_server.key)
        with counting(server) as peer:
            outcome = await exchanged(layers, client, peer)
    problem = " ".join(peer.problems)
    assert any(words in problem for words in shown.server.split("|")) and bool(problem) == bool(shown.server), (
        problem
    )
    assert outcome == shown.outcome or outcome.startswith(f"{shown.outcome}, "), outcome
    assert peer.handshakes[0] >= shown.seconds
    assert [each.fault.alteration.name for each in ledger.firings] == [shown.do]


async def exchanged(layers: Layers, context: ssl.SSLContext, peer: Counting) -> str:
    """The outcome of one exchange with a server of Python's."""
    client = StreamClient(context, layers)
    try:
        asked = HttpRequest(peer.url, (), BytesBody(b"abc"), carried=Carried("Get"))
        outcome = str((await client.exchange(asked, TimeLimits(3, 3))).status)
    except ExchangeError as error:
        outcome = type(error).__name__
    await client.aclose()
    await asyncio.to_thread(peer.join, 1)
    if peer.heard and not peer.heard[0].polite:
        outcome += ", no close_notify"
    return outcome


async def test_our_strict_server_refuses_the_certificate_of_a_client_too(
    authority: AuthorityFolder, caplog: pytest.LogCaptureFixture
) -> None:
    """By the same rules of OpenSSL: dsp/security/strong-mode-client-certificate."""
    issued = authority.issue_server(["127.0.0.1"])
    context = server_context(issued.certificate, issued.key, client_ca=authority.folder / "ca.pem")
    cert, key = files(authority)
    caplog.set_level("INFO")
    expected = {
        "unknown-ca": "unable to get local issuer certificate",
        "no-client-certificate": "peer did not return a certificate",
    }
    for do, said in expected.items():
        layers = Layers()
        client = client_context(ca_file=authority.folder / "ca.pem", client_cert=cert, client_key=key)
        async with HttpHost(answer, ssl_context=context) as host:
            with disturbed(layers, DEVICE, fault("tls", do)):
                sender = StreamClient(client, layers)
                with pytest.raises(ExchangeError):
                    await sender.exchange(HttpRequest(host.base_url, (), BytesBody(b"")), TimeLimits(3, 3))
                await sender.aclose()
        assert said in caplog.text


# What cannot be


async def test_a_certificate_that_nobody_can_issue_is_told_before_anything_runs(tmp_path: Path) -> None:
    own = AuthorityFolder.open(tmp_path / "ca", key_kind="ec").issue_server(["127.0.0.1"])
    context = server_context(own.certificate, own.key)
    with (
        pytest.raises(PlanError, match=r"plan\.toml:3: fault 'the fault': the CA that peers trust is needed"),
        disturbed(Layers(), SERVER, fault("tls", "expired"), context=context),
    ):
        pass
    with (
        pytest.raises(PlanError, match="is no folder of a lab CA: it has no ca-key"),
        disturbed(Layers(), SERVER, fault("tls", "expired", authority=str(tmp_path)), context=context),
    ):
        pass
    with (
        pytest.raises(PlanError, match="the CA that peers trust is needed"),
        disturbed(Layers(), DEVICE, fault("tls", "expired")),
    ):
        pass
    layers = Layers()
    with disturbed(layers, SERVER, fault("tls", "expired", authority=str(tmp_path / "ca")), context=context):
        async with HttpHost(answer, ssl_context=context, layers=layers) as host:
            assert (
                await asyncio.to_thread(by_curl, host.port, tmp_path / "ca" / "ca.pem", tmp_path / "-")
                == CERTIFICATE
            )


async def test_a_handshake_that_cannot_be_is_a_failure_that_is_named(caplog: pytest.LogCaptureFixture) -> None:
    authority = LabAuthority.create()
    context = server_context_from(authority.issue_server(NAMES))
    trusting = client_context(ca_file=None, ca_pem=authority.certificate_pem)
    layers = Layers()
    with disturbed(layers, SERVER, fault("tls", "expired", nth=1)):
        async with HttpHost(answer, ssl_context=context, layers=layers) as host:
            with pytest.raises(OSError):
                await asyncio.to_thread(ask, host.port, REQUEST, trusting)
            assert (await asyncio.to_thread(ask, host.port, REQUEST, trusting)).body == b"yes"
    assert "the CA that peers trust is needed" in caplog.text


def test_every_alteration_of_tls_is_shown() -> None:
    assert {each.do for each in (*HOSTS, *CLIENTS)} | {"certificate-changed"} == set(alterations_at(At.TLS))
    assert all(0 < number < 256 for number in ALERTS.values())


# The embedded server of a lab


async def test_a_job_meets_an_expired_certificate_and_the_next_does_not(tmp_path: Path) -> None:
    async with Lab() as lab:
        device = await lab.add_device("office-mfp")
        with disturbed(lab.server.layers, SERVER, fault("tls", "expired", times=1)) as ledger:
            first = await device.scan(pages=1)
            second = await device.scan(pages=1)
    assert first.outcome == "Failed" and "expired" in str(first.error)
    assert second.outcome == "Completed" and len(ledger.firings) == 1


async def test_a_job_goes_on_when_the_certificate_changes_between_two_images() -> None:
    shown: list[bytes] = []

    class Looking(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            shown.append(self.getpeercert(binary_form=True) or b"")

    async with Lab() as lab:
        device = await lab.add_device("office-mfp")
        deed = fault("tls", "certificate-changed", operation="SendImage", image=2)
        with disturbed(lab.server.layers, SERVER, deed) as ledger, pytest.MonkeyPatch.context() as patched:
            patched.setattr(ClientContext, "sslobject_class", Looking)
            job = await device.scan(pages=3, events="none")
    assert job.outcome == "Completed" and len(job.delivered) == 3 and len(ledger.firings) == 1
    assert len(set(shown)) == 2 and len(shown) >= 2
