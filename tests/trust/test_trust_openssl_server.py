"""openssl's own server as the judge of our client: weak and strong mode over TLS 1.2 and 1.3, and each bad
certificate refused for its reason, with the certificate named."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from openssl_tools import LEVEL_0, VERSIONS, OpensslAuthority, Pair, s_server

from emulator.transport.client import StreamClient
from emulator.transport.http import (
    BytesBody,
    ClientRefused,
    HttpRequest,
    HttpResponse,
    Stage,
    TimeLimits,
    TlsFailed,
)
from emulator.trust.contexts import client_context

EVERY_VERSION = pytest.mark.parametrize("version", VERSIONS)
STRONG = ("-Verify", "2", "-verify_return_error")


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("judge"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("stranger"), "Other CA")


@pytest.fixture(scope="module")
def good(judge: OpensslAuthority) -> Pair:
    return judge.issue("good")


async def get(port: int, **trust: object) -> HttpResponse:
    """One request. Raises ExchangeError."""
    client = StreamClient(client_context(**{"ca_file": None, **trust}))  # type: ignore[arg-type]
    try:
        request = HttpRequest(f"https://127.0.0.1:{port}/", (), BytesBody(b""), "GET")
        return await client.exchange(request, TimeLimits(10, 10))
    finally:
        await client.aclose()


@EVERY_VERSION
async def test_weak_mode(judge: OpensslAuthority, good: Pair, version: str) -> None:
    # The law: [dsp/security/server-certificate-validated] [dsp/security/server-authentication-in-both-modes]
    # The law: [dsp/security/weak-mode-user]
    with s_server(good, VERSIONS[version]) as port:
        answer = await get(port, ca_file=judge.ca)
    assert answer.status == 200 and f"TLSv{version}".encode() in answer.body
    assert b"no client certificate available" in answer.body


@EVERY_VERSION
async def test_strong_mode_the_server_has_our_certificate(
    judge: OpensslAuthority, good: Pair, version: str
) -> None:
    # The law: [dsp/security/strong-mode-client-certificate]
    user = judge.issue(f"user{version}", alternatives="", usage="clientAuth")
    with s_server(good, VERSIONS[version], *STRONG, "-CAfile", judge.ca) as port:
        answer = await get(port, ca_file=judge.ca, client_cert=user.cert, client_key=user.key)
    assert answer.status == 200 and f"CN = user{version}".encode() in answer.body.replace(b"CN=", b"CN = ")


@EVERY_VERSION
async def test_a_certificate_is_shown_to_nobody_who_does_not_ask(
    judge: OpensslAuthority, good: Pair, version: str
) -> None:
    with s_server(good, VERSIONS[version]) as port:
        answer = await get(port, ca_file=judge.ca, client_cert=good.cert, client_key=good.key)
    assert b"no client certificate available" in answer.body


PAST = {"begin": "20200101000000Z", "end": "20210101000000Z"}
FUTURE = {"begin": "20480101000000Z", "end": "20490101000000Z"}
DATED = "valid from 2020-01-01 00:00 UTC to 2021-01-01 00:00 UTC)"
BAD: dict[str, tuple[dict[str, str], str]] = {
    "expired": (PAST, f"it has expired (CN=expired, issued by CN=Judge CA, {DATED}"),
    "early": (FUTURE, "it is not yet valid (CN=early, issued by CN=Judge CA, valid from 2048-01-01 00:00 UTC to"),
    "name": (
        {"alternatives": "DNS:other.example,IP:127.0.0.9"},
        "it is not for 127.0.0.1; it is for other.example, 127.0.0.9 (CN=name, issued by",
    ),
    "nameless": (
        {"alternatives": ""},
        "it is not for 127.0.0.1; it is for no name at all in its subjectAltName (CN=nameless",
    ),
    "purpose": (
        {"usage": "clientAuth"},
        "it is not for server authentication, but for client authentication (CN=purpose, issued by",
    ),
    "sha1": ({"digest": "sha1"}, "it is signed with SHA-1, which proves nothing any more (CN=sha1, issued by"),
    "short": ({"key": "rsa:1024"}, "its key is too weak: an RSA key of 1024 bits (CN=short, issued by CN=Judge CA"),
}


@EVERY_VERSION
@pytest.mark.parametrize("name", BAD)
async def test_a_bad_certificate_is_refused_for_its_reason(
    judge: OpensslAuthority, name: str, version: str
) -> None:
    # The law: [dsp/security/path-validation]
    how, said = BAD[name]
    with s_server(judge.issue(name, **how), VERSIONS[version], *LEVEL_0) as port:
        with pytest.raises(TlsFailed) as caught:
            await get(port, ca_file=judge.ca)
        assert (await get(port, ca_file=judge.ca, insecure=True)).status == 200, (
            "the certificate alone is in the way"
        )
    text = str(caught.value)
    assert (
        text.startswith(f"127.0.0.1:{port}: the server's certificate is not trusted: {said}") and "\n" not in text
    )
    assert not isinstance(caught.value, ClientRefused) and caught.value.stage is Stage.TLS


@EVERY_VERSION
async def test_self_signed_is_told_apart_from_an_unknown_issuer(
    judge: OpensslAuthority, stranger: OpensslAuthority, good: Pair, version: str
) -> None:
    own = judge.self_signed(f"own{version}")
    with s_server(own, VERSIONS[version]) as port:
        with pytest.raises(
            TlsFailed, match=rf"it is self-signed and not among .*ca\.pem \(CN=own{version}, self-signed, "
        ):
            await get(port, ca_file=judge.ca)
        assert (await get(port, ca_file=own.cert)).status == 200, "who names it trusts it"
    for chain in ((), ("-cert_chain", judge.ca)):
        with s_server(good, VERSIONS[version], *chain) as port:
            with pytest.raises(
                TlsFailed, match=r"its CA CN=Judge CA is unknown: it is not among .*ca\.pem \(CN=good, "
            ):
                await get(port, ca_file=stranger.ca)
            with pytest.raises(TlsFailed, match=r"its CA CN=Judge CA is unknown: it is not among the system's"):
                await get(port)


@EVERY_VERSION
async def test_revoked_is_refused_where_the_list_says_so(
    judge: OpensslAuthority, stranger: OpensslAuthority, good: Pair, tmp_path: Path, version: str
) -> None:
    gone = judge.issue(f"gone{version}")
    judge.revoke(gone.cert)
    crl = judge.crl()
    with s_server(gone, VERSIONS[version]) as port:
        with pytest.raises(
            TlsFailed, match=rf"it was revoked on 20\d\d-\d\d-\d\d \d\d:\d\d UTC \(CN=gone{version}, "
        ):
            await get(port, ca_file=judge.ca, crls=[crl])
        assert (await get(port, ca_file=judge.ca)).status == 200, "without a list nobody knows"
    with s_server(good, VERSIONS[version]) as port:
        assert (await get(port, ca_file=judge.ca, crls=[crl])).status == 200
        with pytest.raises(TlsFailed, match=r"no revocation list of CN=Judge CA is among those given"):
            await get(port, ca_file=judge.ca, crls=[stranger.crl()])
        old = judge.crl("old.crl", "-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z")
        with pytest.raises(
            TlsFailed, match=r"not valid now, but from 2020-01-01 00:00 UTC to 2020-02-01 00:00 UTC"
        ):
            await get(port, ca_file=judge.ca, crls=[old])


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
async def test_a_server_older_than_tls_1_2_is_refused(judge: OpensslAuthority, good: Pair, version: str) -> None:
    # The law: [dsp/security/tls-1-2]
    with s_server(good, version, *LEVEL_0) as port:
        for insecure in (False, True):
            with pytest.raises(TlsFailed, match=r"the peer speaks no TLS 1\.2 or newer"):
                await get(port, ca_file=judge.ca, insecure=insecure)


ALERTS = {
    "none": "it wants a client certificate, and none was given (TLS alert: ",
    "stranger": "it does not know the CA of our client certificate: CN=user, issued by CN=Other CA, valid from ",
    "self-signed": "it does not know the CA of our client certificate: CN=self, self-signed, valid from ",
    "expired": "our client certificate is not valid now: CN=late, issued by CN=Judge CA, valid from 2020-01-01",
    "purpose": "our client certificate is of a kind or for a use that it does not take: CN=usage, issued by",
    "revoked": "our client certificate has been revoked: CN=lost, issued by CN=Judge CA, valid from ",
}


@EVERY_VERSION
@pytest.mark.parametrize("what", ALERTS)
async def test_a_server_that_refuses_our_certificate_is_told_apart_with_tls_1_3_too(
    judge: OpensslAuthority, stranger: OpensslAuthority, good: Pair, what: str, version: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    options: list[str | Path] = [*STRONG, "-CAfile", judge.ca]
    match what:
        case "none":
            pair = None
        case "stranger":
            pair = stranger.issue("user", usage="clientAuth")
        case "self-signed":
            pair = judge.self_signed("self")
        case "expired":
            pair = judge.issue("late", usage="clientAuth", **PAST)
        case "purpose":
            pair = judge.issue("usage", usage="serverAuth")
        case _:
            pair = judge.issue("lost", usage="clientAuth")
            judge.revoke(pair.cert)
            options += ["-CRL", judge.crl(), "-crl_check"]
    shown = {} if pair is None else {"client_cert": pair.cert, "client_key": pair.key}
    with (
        s_server(good, VERSIONS[version], *options) as port,
        caplog.at_level(logging.WARNING),
        pytest.raises(ClientRefused) as caught,
    ):
        await get(port, ca_file=judge.ca, **shown)
    assert str(caught.value).startswith(f"127.0.0.1:{port}: the server refuses us: {ALERTS[what]}")
    assert caught.value.stage is (Stage.ANSWER if version == "1.3" else Stage.TLS)
    assert ("is not valid now, but from 2020-01-01" in caplog.text) == (what == "expired"), "told before it is used"


async def test_a_cipher_that_nobody_shares_is_no_word_on_our_certificate(
    judge: OpensslAuthority, good: Pair
) -> None:
    with (
        s_server(good, "-tls1_2", "-cipher", "AES128-SHA256") as port,
        pytest.raises(TlsFailed, match=r"the peer refused: handshake failure") as caught,
    ):
        await get(port, ca_file=judge.ca, client_cert=good.cert, client_key=good.key)
    assert not isinstance(caught.value, ClientRefused)


async def test_a_chain_with_several_cas_is_checked_whole_where_their_lists_are_given(
    judge: OpensslAuthority, tmp_path: Path
) -> None:
    """An intermediate CA that its root has revoked."""
    middle = OpensslAuthority(tmp_path / "middle", "Middle CA")
    judge.issue_authority(middle)
    leaf = middle.issue("leaf")
    lists = [middle.crl(), judge.crl("before.crl")]
    with s_server(leaf, "-cert_chain", middle.ca) as port:
        assert (await get(port, ca_file=judge.ca)).status == 200
        assert (await get(port, ca_file=judge.ca, crls=lists)).status == 200
        judge.revoke(middle.ca)
        lists[1] = judge.crl("after.crl")
        with pytest.raises(
            TlsFailed, match=r"it was revoked on .* \(in its chain CN=Middle CA, issued by CN=Judge CA"
        ):
            await get(port, ca_file=judge.ca, crls=lists)


async def test_a_peer_that_is_gone_before_its_certificates_are_looked_at_is_refused_all_the_same(
    judge: OpensslAuthority,
) -> None:
    bad = judge.issue("once", alternatives="DNS:other.example")
    with s_server(bad, "-naccept", "1") as port, pytest.raises(TlsFailed, match=r"it is not for 127\.0\.0\.1$"):
        await get(port, ca_file=judge.ca)
