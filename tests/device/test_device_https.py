"""A device over HTTPS alone, as WSDAPI wants it: one XAddr, which is the address of its endpoint to the letter;
asked by the openssl program over TLS 1.2 and 1.3, by zeep, and by the standard library; events over HTTPS."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import requests
from event_sink_bench import sink, subscribe
from openssl_tools import VERSIONS, answer_of, http_post, s_client
from scan_service_bench import NAMESPACES, Caller, device, envelope, ticket
from test_device_zeep import scan_two_pages

from emulator.device.device import ScanDevice
from emulator.trust.authority_folder import AuthorityFolder
from emulator.trust.contexts import client_context, server_context

GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
PROBE = "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
ANYBODY = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
EMPTY_PROBE = '<wsd:Probe xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery"/>'


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> AuthorityFolder:
    return AuthorityFolder.open(tmp_path_factory.mktemp("lab"), key_kind="ec")


@pytest_asyncio.fixture
async def mfp(tmp_path: Path, lab: AuthorityFolder) -> AsyncIterator[ScanDevice]:
    own = lab.issue_server(["127.0.0.1", "localhost"])
    context = server_context(own.certificate, own.key)
    trusted = client_context(ca_file=lab.folder / "ca.pem")
    async with device(tmp_path, name="Reception", tls=context, event_tls=trusted) as running:
        yield running


@pytest.fixture
def caller(mfp: ScanDevice, lab: AuthorityFolder) -> Caller:
    return Caller(mfp, ssl.create_default_context(cafile=str(lab.folder / "ca.pem")))


async def test_the_endpoint_is_the_one_xaddr_to_the_letter(mfp: ScanDevice, caller: Caller) -> None:
    # The law: [wsdapi/secure/endpoint-address-is-the-xaddr] [wsdapi/secure/all-https]
    # The law: [wsdapi/wsdbit/secure-device]
    assert mfp.url.startswith("https://127.0.0.1:") and mfp.target.address == mfp.url
    probed = await caller.raw(envelope(ANYBODY, PROBE, EMPTY_PROBE), url=mfp.url)
    assert probed.texts("//wsd:XAddrs") == [mfp.url] == probed.texts("//wsd:ProbeMatch//wsa:Address")
    # Whatever name the peer uses: a list that mixes, or another spelling, is ignored by WSDAPI.
    by_name = mfp.url.replace("127.0.0.1", "localhost")
    head = envelope(ANYBODY, PROBE, EMPTY_PROBE)
    loose = await caller.raw(head, url=by_name)
    assert loose.texts("//wsd:XAddrs") == [mfp.url]


@pytest.mark.parametrize("to", ["endpoint", "upper case path"])
async def test_get_at_the_endpoint_names_https_services_alone(mfp: ScanDevice, caller: Caller, to: str) -> None:
    # The law: [wsdapi/secure/all-https]
    address = (
        mfp.target.address if to == "endpoint" else mfp.target.address.replace(str(mfp.uuid), str(mfp.uuid).upper())
    )
    answer = await caller.raw(envelope(address, GET, ""), url=mfp.url)
    assert answer.status == 200, answer.data
    assert answer.texts("//wsdp:Host//wsa:Address") == [mfp.target.address]
    hosted = answer.texts("//wsdp:Hosted//wsa:Address")
    assert hosted == [mfp.scan_service_url, mfp.device_service_url]
    assert all(each.startswith("https://127.0.0.1:") for each in hosted)
    assert b"http://127" not in answer.data


@pytest.mark.parametrize("version", VERSIONS)
async def test_openssls_client_reads_metadata_and_both_services(
    mfp: ScanDevice, lab: AuthorityFolder, version: str
) -> None:
    port = mfp.http.port
    dsd = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"
    wscn = NAMESPACES["wscn"]
    asked = (
        '<{p}:GetScannerElementsRequest xmlns:dsd="{dsd}"><{p}:RequestedElements><wscn:Name>wscn:ScannerStatus'
        "</wscn:Name></{p}:RequestedElements></{p}:GetScannerElementsRequest>"
    )
    requests_ = {
        mfp.path: (mfp.target.address, GET, "", "Reception"),
        mfp.service_path: (
            mfp.scan_service_url,
            f"{wscn}/GetScannerElements",
            asked.format(p="wscn", dsd=dsd),
            "Idle",
        ),
        mfp.device_service_path: (
            mfp.device_service_url,
            f"{dsd}/GetScannerElements",
            asked.format(p="dsd", dsd=dsd),
            "Idle",
        ),
    }
    for path, (to, action, body, expected) in requests_.items():
        request = http_post(path, f"127.0.0.1:{port}", envelope(to, action, body))
        output, said = await asyncio.to_thread(s_client, port, request, VERSIONS[version], ca=lab.folder / "ca.pem")
        status, answer = answer_of(output)
        assert status == 200 and expected in answer, said


async def test_a_whole_scan_by_another_client_over_verified_https(
    mfp: ScanDevice, lab: AuthorityFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(lab.folder / "ca.pem"))  # zeep's transport is requests
    found = await asyncio.to_thread(scan_two_pages, f"{mfp.scan_service_url}?wsdl")
    assert found == ("Reception", [(620, 877)] * 2, "ClientErrorNoImagesAvailable", "Completed")


async def test_a_client_that_does_not_know_the_ca_goes_no_further(mfp: ScanDevice) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        await asyncio.to_thread(requests.get, f"{mfp.scan_service_url}?wsdl", timeout=20)


async def test_events_go_over_https_to_who_is_trusted_and_to_nobody_else(
    mfp: ScanDevice, caller: Caller, lab: AuthorityFolder, tmp_path: Path
) -> None:
    own = lab.issue_server(["127.0.0.1"])
    stranger = AuthorityFolder.open(tmp_path / "other", key_kind="ec").issue_server(["127.0.0.1"])
    with (
        sink(server_context(own.certificate, own.key)) as trusted,
        sink(server_context(stranger.certificate, stranger.key)) as other,
        sink() as plain,
    ):
        for each in (trusted, other, plain):
            made = await subscribe(caller, mfp.scan_service_url, f"{each.url}/events")
            assert made.status == 200, made.data
            assert made.text("//*[local-name()='SubscriptionManager']/wsa:Address").startswith("https://127.0.0.1:")
        job = await caller.job(ticket(images=1))
        await job.images()
        assert (await trusted.until("JobEndStateEvent"))[-1].text("//wscn:JobCompletedState") == "Completed"
        assert await plain.until("JobEndStateEvent"), "events over HTTP are the subscriber's choice"
        assert other.came == []


async def test_a_device_that_asks_for_certificates_answers_none_without(
    lab: AuthorityFolder, tmp_path: Path
) -> None:
    own, user = lab.issue_server(["127.0.0.1"]), lab.issue_user("demo@contoso.example")
    context = server_context(own.certificate, own.key, client_ca=lab.folder / "ca.pem")
    async with device(tmp_path, tls=context, uuid=uuid.uuid4()) as mfp:
        verify = {"verify": str(lab.folder / "ca.pem"), "timeout": 20}
        with pytest.raises((requests.exceptions.SSLError, requests.exceptions.ConnectionError)):
            await asyncio.to_thread(requests.get, f"{mfp.scan_service_url}?wsdl", **verify)
        files = (str(user.certificate), str(user.key))
        answer = await asyncio.to_thread(requests.get, f"{mfp.scan_service_url}?wsdl", cert=files, **verify)
        assert answer.status_code == 200 and b"definitions" in answer.content
