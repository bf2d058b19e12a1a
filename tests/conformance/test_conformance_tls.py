"""Servers over HTTPS as they should be are named by no check of the channel: in weak and in strong authentication,
and by plain HTTP nobody is judged by them."""

from __future__ import annotations

import ssl
from base64 import b64encode
from pathlib import Path

import pytest
from judged_server import judged
from mutant import Mutant
from mutants_tls import MUTANTS, as_it_should_be, authority, strong

from emulator.conformance.page import page_of
from emulator.conformance.runner import FIRST, LAST
from emulator.conformance.tls_hello import TLS_1_0, TLS_1_2, WEAK_SUITES, client_hello, read_flight
from emulator.reports.result import Header, Report, Result
from emulator.reports.verdict import Verdict

IDS = sorted({each.caught_by for each in MUTANTS})
STRONG = ("dsp/security/strong-mode-nobody-without", "dsp/security/strong-mode-no-stranger")


async def test_weak_authentication(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, IDS, Mutant("", "HTTPS", tls=as_it_should_be))
    assert {each.id: each.verdict for each in run.judged} == {
        **dict.fromkeys([FIRST, LAST, *IDS], Verdict.PASSED),
        **dict.fromkeys(STRONG, Verdict.NOT_APPLICABLE),
    }
    # What shows that there is none is the exchange in which nobody asked for one.
    assert all(each.evidence.exchanges for each in run.judged if each.id in STRONG)


def _certificate_of_joe(folder: Path) -> dict[str, Path]:
    user = authority().issue_user("joe@contoso.example")
    certificate, key = folder / "joe.pem", folder / "joe-key.pem"
    certificate.write_bytes(user.cert_pem)
    key.write_bytes(user.key_pem)
    return {"client_cert": certificate, "client_key": key}


async def test_strong_authentication(tmp_path: Path) -> None:
    shown = _certificate_of_joe(tmp_path)
    run, recording = await judged(tmp_path, IDS, Mutant("", "strong", tls=strong()), client=shown)
    assert {each.verdict for each in run.judged} == {Verdict.PASSED}, run.judged
    for each in run.judged:
        if each.id in STRONG:
            assert not recording.numbered(each.evidence.exchanges[-1]).answered
            assert each.evidence.met  # why there was no answer


async def test_two_doors_are_looked_at_and_one_that_asks_is_told_from_one_that_does_not(tmp_path: Path) -> None:
    """The host that is probed asks for a certificate, its services do not."""
    shown = _certificate_of_joe(tmp_path)
    mutant = Mutant("", "two doors", tls=as_it_should_be, door=strong())
    run, recording = await judged(tmp_path, IDS, mutant, client=shown)
    assert {each.verdict for each in run.judged} == {Verdict.PASSED}, run.judged
    asked = {each.url.split("/")[2] for each in recording if each.check == "tls/version/old-refused"}
    assert len(asked) == 2
    refused = [each for each in recording if each.check in STRONG and each.method == "POST"]
    assert [each.operation for each in refused] == ["Get", "Get"]


def test_a_handshake_stands_on_the_page_as_octets() -> None:
    hello = client_hello("localhost")
    entry = {
        "request": {"method": "TLS", "postData": {"text": b64encode(hello).decode(), "_encoding": "base64"}},
        "response": {"status": 0, "statusText": "alert: protocol version", "content": {"text": ""}},
    }
    found = Result("tls/version/old-refused", Verdict.WARNED, evidence={"exchanges": [1]})
    page = page_of(Report(Header("t", "x"), [found], finished=True), [entry], [])
    assert hello[:40].hex(" ") in page
    assert "alert: protocol version" in page


async def test_a_connection_is_closed_over_tls_too_if_later(tmp_path: Path) -> None:
    """The end of TLS takes its time: it is waited for."""
    ids = ["http/length/beside-chunks", "http/length/invalid", "http/coding/chunked-not-last"]
    run, _ = await judged(tmp_path, ids, Mutant("", "HTTPS", tls=as_it_should_be))
    assert {each.verdict for each in run.judged} == {Verdict.PASSED}, run.judged


async def test_by_plain_http_nobody_is_judged(tmp_path: Path) -> None:
    run, _ = await judged(tmp_path, IDS)
    assert {run.verdict(id) for id in IDS} == {Verdict.NOT_RUN}


def test_a_hello_of_ours_is_answered_by_openssl() -> None:
    """What is read of a flight is what OpenSSL has said."""
    context = as_it_should_be()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    made = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(client_hello("localhost"))
    with pytest.raises(ssl.SSLWantReadError):
        made.do_handshake()
    said = outgoing.read()
    for cut in range(len(said)):  # whatever has come up to now
        assert not read_flight(said[:cut]).ended
    flight = read_flight(said)
    assert flight.ended
    assert flight.version == TLS_1_2
    assert len(flight.certificates) == 1
    assert not flight.asks_for_certificate


@pytest.mark.parametrize(
    ("hello", "says"),
    [
        (client_hello("localhost", TLS_1_0), "alert: protocol version"),
        (client_hello("127.0.0.1", TLS_1_2, tuple(WEAK_SUITES)), "alert: handshake failure"),
    ],
    ids=["an old version", "weak suites"],
)
def test_what_openssl_refuses_is_an_alert(hello: bytes, says: str) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    made = as_it_should_be().wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello)
    with pytest.raises(ssl.SSLError):
        made.do_handshake()
    assert read_flight(outgoing.read()).says == says


NO_TLS = b"HTTP/1.1 400 Bad Request\r\n\r\n"
SHORT_HELLO = b"\x16\x03\x03\x00\x05\x02\x00\x00\x01\x00"


@pytest.mark.parametrize("octets", [NO_TLS, SHORT_HELLO])
def test_what_is_no_flight_ends_it(octets: bytes) -> None:
    flight = read_flight(octets)
    assert flight.ended
    assert not flight.version
