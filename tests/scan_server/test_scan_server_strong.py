"""Strong mode: the embedded server asks for a client certificate, and a job is of the user whom it names. The
client is the standard library's; the openssl program judges the handshake."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from openssl_tools import VERSIONS, answer_of, http_post, s_client
from scan_server_bench import IMAGE, SID, Answer, Caller, envelope, images_below, office

from emulator.directory.folder import FolderDirectory
from emulator.dpws.hosting import Hosting
from emulator.dsm.constants import DSC
from emulator.scan_server.server import ScanServer
from emulator.trust.authority_folder import AuthorityFolder, IssuedFiles
from emulator.trust.contexts import server_context

NAMES = ["127.0.0.1"]


class Strong:
    """A server and the certificates of its users."""

    def __init__(self, server: ScanServer, lab: AuthorityFolder) -> None:
        self.server = server
        self.lab = lab
        self.ca = lab.folder / "ca.pem"
        self.joe = lab.issue_user("joe@contoso.example", sid=SID)
        self.ann = lab.issue_user("ann@contoso.example", sid=f"{SID}2")

    def caller(self, files: IssuedFiles) -> Caller:
        context = ssl.create_default_context(cafile=str(self.ca))
        context.load_cert_chain(files.certificate, files.key)
        return Caller(self.server.service_url, context)


@pytest_asyncio.fixture
async def strong(tmp_path: Path) -> AsyncIterator[Strong]:
    lab = AuthorityFolder.open(tmp_path / "lab", key_kind="ec")
    own = lab.issue_server(NAMES)
    context = server_context(own.certificate, own.key, client_ca=lab.folder / "ca.pem")
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(store=tmp_path / "store", directory=directory, hosting=Hosting(tls=context)) as server:
        yield Strong(server, lab)


def assert_refused(answer: Answer, whose: str) -> None:
    assert answer.status == 403
    code, subcode, detail = answer.fault
    assert (code, subcode) == ("Sender", "InvalidArgs") and detail.startswith(
        "UserIdentifier: a client certificate"
    )
    assert f"of {whose} is not one of" in detail


async def test_the_user_of_the_certificate_runs_his_job(strong: Strong, tmp_path: Path) -> None:
    # The law: [dsp/security/strong-mode-client-certificate]
    joe = strong.caller(strong.joe)
    token = await joe.job()
    assert (await joe.send(token)).status == 200
    assert (await joe.with_token("EndPostScanJob", token)).status == 200
    assert (await joe.ended(token)).text("//dsp:JobState") == "Completed"
    (image,) = images_below(tmp_path / "store")
    assert image.read_bytes() == IMAGE


async def test_both_services_are_asked_over_https(strong: Strong) -> None:
    """Who asks WS-DSC has been authenticated by TLS; the service itself asks for no name and no version.
    [dsc/wire/https] [dsc/wire/authentication-below] [dsc/wire/no-versions] [dsp/security/dpws-security-model]"""
    url = strong.server.configuration_url
    assert url.startswith("https://") and strong.server.service_url.startswith("https://")
    asked = f'<x:GetActiveJobsRequest xmlns:x="{DSC}"/>'
    data = envelope(url, f"{DSC}/GetActiveJobs", asked)
    joe = strong.caller(strong.joe)
    joe.url = url
    assert (await joe.raw(data)).root.xpath("//*[local-name()='ActiveJobs']")
    stranger = Caller(url, ssl.create_default_context(cafile=str(strong.ca)))
    with pytest.raises(OSError):  # each system tells a broken TLS in its own way
        await stranger.raw(data)


async def test_nobody_makes_a_job_in_the_name_of_another(strong: Strong) -> None:
    # The law: [bdsrr/3/authorization-checks]
    assert_refused(await strong.caller(strong.ann).create(), f"{SID}2")
    by_name = strong.lab.issue_user("anna@contoso.example", mail="joe@contoso.example")
    assert_refused(await strong.caller(by_name).create(), "anna@contoso.example")
    machine = strong.lab.authority.issue_client("printer")
    (strong.lab.folder / "printer.pem").write_bytes(machine.cert_pem)
    (strong.lab.folder / "printer.key").write_bytes(machine.key_pem)
    printer = IssuedFiles(
        "printer", strong.lab.folder / "printer.pem", strong.lab.folder / "printer.key", Path(), Path()
    )
    assert_refused(await strong.caller(printer).create(), "CN=printer (no SID, no UPN, no e-mail address)")


async def test_a_certificate_without_a_sid_counts_by_its_principal_name(strong: Strong) -> None:
    named = strong.lab.issue_user("JOE@contoso.example")
    assert (await strong.caller(named).create()).status == 200


@pytest.mark.parametrize("operation", ["CancelPostScanJob", "EndPostScanJob", "SendImage"])
async def test_only_who_created_a_job_does_anything_to_it(strong: Strong, tmp_path: Path, operation: str) -> None:
    # The law: [dsp/cancel-post-scan-job/same-user]
    joe, ann = strong.caller(strong.joe), strong.caller(strong.ann)
    token = await joe.job()
    answer = await (ann.send(token) if operation == "SendImage" else ann.with_token(operation, token))
    assert_refused(answer, f"{SID}2")
    assert (await joe.elements(token)).text("//dsp:JobState") == "Creating", "nothing has happened to it"
    assert (await joe.with_token("CancelPostScanJob", token)).status == 200
    assert images_below(tmp_path / "store") == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_openssl_is_let_in_with_a_certificate_and_told_by_an_alert_without(
    strong: Strong, tmp_path: Path, version: str
) -> None:
    import asyncio

    port = int(strong.server.url.split(":")[2].split("/")[0])
    probe = '<wsd:Probe xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery"/>'
    to, action = (
        "urn:schemas-xmlsoap-org:ws:2005:04:discovery",
        "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe",
    )
    request = http_post("/ScanServer", f"127.0.0.1:{port}", envelope(to, action, probe))
    mode = VERSIONS[version]
    shown = (mode, "-cert", strong.joe.certificate, "-key", strong.joe.key)
    output, _ = await asyncio.to_thread(s_client, port, request, *shown, ca=strong.ca)
    status, body = answer_of(output)
    assert status == 200 and f"https://127.0.0.1:{port}/ScanServer" in body
    other = AuthorityFolder.open(tmp_path / "other", key_kind="ec").issue_user("joe@contoso.example", sid=SID)
    alerts = {
        (): "handshake failure" if version == "1.2" else "certificate required",
        ("-cert", other.certificate, "-key", other.key): "unknown ca",
    }
    for options, alert in alerts.items():
        output, said = await asyncio.to_thread(s_client, port, request, mode, *options, ca=strong.ca)
        assert "HTTP/1.1" not in output and f"alert {alert}" in said.replace("sslv3 ", "").replace("tlsv1 ", "")
