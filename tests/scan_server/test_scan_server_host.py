"""The host: directed Probe, Get, what stays the same over restarts, and arbitrary octets."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scan_server_bench import (
    DSP,
    PACKAGE_TYPE,
    SOAP_TYPE,
    Answer,
    Caller,
    envelope,
    image_request,
    office,
    package,
    post,
    token_request,
)

from emulator.directory.folder import FolderDirectory
from emulator.dpws.hosting import Hosting
from emulator.scan_server.server import ScanServer
from emulator.transport.http import IncomingRequest

WSD = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
GET = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
TO_PROBE = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"


def probe(url: str, content: str = "") -> Answer:
    return post(url, envelope(TO_PROBE, f"{WSD}/Probe", f"<wsd:Probe>{content}</wsd:Probe>"))


async def test_from_probe_to_the_service(server: ScanServer) -> None:
    # The law: [dsp/sequence/probe-matches-tell-the-address] [dsp/sequence/metadata-of-every-service]
    # The law: [dsp/address/two-hosted-services] [dsp/address/type-of-an-emulated-server]
    # The law: [discovery/directed/device-probes-its-scan-server] [discovery/directed/answer-with-200]
    found = await asyncio.to_thread(probe, server.url, "<wsd:Types>wsdp:Device</wsd:Types>")
    assert found.status == 200 and found.text("//wsd:XAddrs") == server.url
    assert found.text("//wsd:AppSequence/@MessageNumber") == "1"
    address = found.text("//wsd:ProbeMatch/wsa:EndpointReference/wsa:Address")
    assert address.startswith("urn:uuid:")
    for to in (address, server.url):
        told = await asyncio.to_thread(post, server.url, envelope(to, GET, ""))
        hosted = told.root.xpath(
            "//wsdp:Hosted", namespaces={"wsdp": "http://schemas.xmlsoap.org/ws/2006/02/devprof"}
        )[0]
        prefix, _, local = hosted.findtext("{*}Types").partition(":")
        assert (hosted.nsmap[prefix], local) == (DSP, "RepositoryProcessingServiceType")
        assert hosted.findtext("{*}EndpointReference/{*}Address") == server.service_url
        assert told.text("//wsdp:FriendlyName") and told.text("//wsdp:SerialNumber")


async def test_the_address_is_the_one_that_the_peer_used(tmp_path: Path) -> None:
    """A certificate names hosts; an address that the peer did not use may be none of them."""
    directory = FolderDirectory(office(tmp_path / "office"))
    async with ScanServer(
        store=tmp_path / "s", directory=directory, hosting=Hosting(names=("scan1.contoso.example",))
    ) as server:

        def ask(host: str) -> Answer:
            parts = urlsplit(server.url)
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
            body = envelope(TO_PROBE, f"{WSD}/Probe", "<wsd:Probe/>")
            connection.request("POST", parts.path, body, {"Content-Type": SOAP_TYPE, "Host": host})
            response = connection.getresponse()
            answer = Answer(response.status, response.read())
            connection.close()
            return answer

        named = await asyncio.to_thread(ask, "scan1.contoso.example:99")
        assert named.text("//wsd:XAddrs") == "http://scan1.contoso.example:99/ScanServer"
        for host in ("evil.example", "evil<x>", "scan1.contoso.example.evil.example"):
            assert (await asyncio.to_thread(ask, host)).status == 421


async def test_probes_for_something_else(server: ScanServer) -> None:
    # The law: [discovery/match/no-match-over-http]
    nothing = await asyncio.to_thread(probe, server.url, "<wsd:Types>wsdp:Toaster</wsd:Types>")
    assert nothing.status == 200 and nothing.root.find(".//{*}ProbeMatches") is not None
    assert nothing.root.find(".//{*}ProbeMatch") is None
    rule = await asyncio.to_thread(probe, server.url, '<wsd:Scopes MatchBy="urn:x">y</wsd:Scopes>')
    assert rule.fault[1] == "MatchingRuleNotSupported"
    elsewhere = await asyncio.to_thread(post, server.url, envelope("urn:uuid:other", GET, ""))
    assert elsewhere.fault[1] == "DestinationUnreachable"
    unknown = await asyncio.to_thread(post, server.url, envelope(server.url, "urn:x/Put", ""))
    assert unknown.fault[1] == "ActionNotSupported"


async def test_started_again_it_is_the_same_host_and_knows_no_old_jobs(tmp_path: Path) -> None:
    # The law: [dsp/answer/jobs-may-be-forgotten]
    directory = FolderDirectory(office(tmp_path / "office"))
    paths, addresses, tokens = set(), set(), []
    for _ in range(2):
        async with ScanServer(store=tmp_path / "s", directory=directory) as server:
            paths.add(urlsplit(server.service_url).path)
            found = await asyncio.to_thread(probe, server.url)
            addresses.add(found.text("//wsd:ProbeMatch/wsa:EndpointReference/wsa:Address"))
            caller = Caller(server.service_url)
            for token in tokens:
                assert (await caller.elements(token)).fault[1] == "ClientErrorJobTokenNotFound"
            tokens.append(await caller.job())
    assert len(paths) == len(addresses) == 1


async def test_other_methods(server: ScanServer) -> None:
    # The law: [dpws/transfer/put-create-delete-refused] [soap/http/wrong-method-405]
    def get() -> tuple[int, str | None]:
        parts = urlsplit(server.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        connection.request("GET", parts.path)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, response.getheader("Allow")

    assert await asyncio.to_thread(get) == (405, "POST")


async def _pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


MESSAGES = [
    envelope("http://x/ScanServer", GET, ""),
    envelope("http://x", f"{DSP}/EndPostScanJob", token_request("EndPostScanJob", "x")),
    package(envelope("http://x", f"{DSP}/SendImage", image_request("0b8a7c1e-0000-4000-8000-00000000000f"))),
]


@st.composite
def broken_messages(draw: st.DrawFn) -> bytes:
    """Arbitrary octets, or a good message with a piece replaced."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=300))
    message = draw(st.sampled_from(MESSAGES))
    start = draw(st.integers(0, len(message)))
    return message[:start] + draw(st.binary(max_size=20)) + message[start + draw(st.integers(0, 40)) :]


@given(broken_messages(), st.sampled_from([SOAP_TYPE, PACKAGE_TYPE, ""]), st.integers(1, 700), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.wire_fault  # a fault's detail may quote what came
def test_arbitrary_octets_are_answered_with_a_fault(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, content_type: str, size: int, at_service: bool
) -> None:
    """Never another exception, never a hang."""

    async def ask() -> tuple[int, bytes]:
        folder = tmp_path_factory.mktemp("any")
        directory = FolderDirectory(office(folder / "office"))
        async with ScanServer(store=folder / "s", directory=directory) as server:
            url = server.service_url if at_service else server.url
            headers = {"content-type": content_type, "host": "x"}
            path = urlsplit(url).path
            request = IncomingRequest("POST", path, headers, "127.0.0.1", _pieces(data, size))
            answer = await asyncio.wait_for(server.handle(request), 60)
            return answer.status, answer.body

    status, body = asyncio.run(ask())
    answer = Answer(status, body)
    if status == 200:
        assert not answer.fault[0]
    else:
        assert status in (400, 500) and answer.fault[0] in (
            "Sender",
            "Receiver",
            "MustUnderstand",
            "VersionMismatch",
        )
        assert "ServerErrorInternalError" not in answer.fault[1], "a bug of ours"
