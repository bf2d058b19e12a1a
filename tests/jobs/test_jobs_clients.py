"""Connections and TLS contexts of many jobs: shared where trust is equal, never across credentials (L9)."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from job_servers import Place, completed, context_of, options_for, written

import emulator.jobs.client_pool as pool_module
from emulator.environment.ca_url import fingerprint
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.options import TrustOptions
from emulator.jobs.commons import JobCommons
from emulator.jobs.options import ScanOptions
from emulator.jobs.scan import run_scan
from emulator.lab.silent import SilentReporter
from emulator.layers import Layers
from emulator.transport.observe import Exchange
from emulator.transport.points import EXCHANGE
from emulator.trust.authority import LabAuthority, revoked_entry
from emulator.trust.client_tls import ClientContext


@pytest.fixture(scope="module")
def authority() -> LabAuthority:
    return LabAuthority.create(key_kind="ec")


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ClientContext]]:
    """Every TLS context that is made for jobs."""
    made: list[ClientContext] = []
    make = pool_module.client_tls

    def client_tls(trust: TrustOptions, *, ca_pem: bytes | None = None) -> ClientContext:
        made.append(make(trust, ca_pem=ca_pem))
        return made[-1]

    monkeypatch.setattr(pool_module, "client_tls", client_tls)
    yield made


def handshakes() -> tuple[Layers, list[bool]]:
    """Layers that note of each exchange whether it needed a connection of its own."""
    layers, fresh = Layers(), []

    def heard(exchange: Exchange) -> None:
        if exchange.side == "client":
            fresh.append("connect" in exchange.timings)

    layers.listen(EXCHANGE, heard)
    return layers, fresh


async def test_jobs_one_after_another_share_one_connection_and_one_context(
    tmp_path: Path,
    page: Path,
    commons: JobCommons,
    authority: LabAuthority,
    contexts: list[ClientContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Whatever else the machine does.
    monkeypatch.setattr("emulator.transport.kept_connections.MAX_IDLE", 60.0)
    trust = TrustOptions(ca_file=authority.write(tmp_path))
    assert trust.ca_file is not None
    os.utime(trust.ca_file, (0, 0))  # a young file is another one when it is two seconds old
    async with Place(tmp_path, context_of(authority, tmp_path / "tls")).server() as server:
        layers, fresh = handshakes()
        for _ in range(3):
            outcome = await run_scan(
                options_for(server.url, page, trust), SilentReporter(), commons=commons, layers=layers
            )
            assert outcome.outcome == "Completed", outcome.as_dict()
        assert fresh.count(True) == 1 and len(fresh) >= 18 and len(contexts) == 1
        many = [completed(options_for(server.url, page, trust), commons) for _ in range(3)]
        await asyncio.gather(*many)
        assert len(contexts) == 1


async def test_plain_http_needs_no_context_at_all(
    tmp_path: Path, page: Path, commons: JobCommons, contexts: list[ClientContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def load(self: ssl.SSLContext, *args: Any) -> None:
        made.append("the system's roots")

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", load)
    async with Place(tmp_path).server() as server:
        await completed(options_for(server.url, page), commons)
        await completed(options_for(server.url, page, TrustOptions(insecure=True)), commons)
    assert contexts == [] and made == []


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_connection_that_died_between_two_jobs_is_replaced(
    tmp_path: Path, page: Path, commons: JobCommons, authority: LabAuthority, scheme: str
) -> None:
    """A real server, restarted on the same port: the second job notices nothing."""
    tls = context_of(authority, tmp_path / "tls") if scheme == "https" else None
    place = Place(tmp_path, tls)
    trust = TrustOptions(ca_file=authority.write(tmp_path)) if tls else TrustOptions()
    async with place.server() as server:
        options = options_for(server.url, page, trust)
        await completed(options, commons)
        place.port = int(server.url.split(":")[2].partition("/")[0])
    async with place.server() as server:
        assert server.url == options.server
        exchanges = (await completed(options, commons)).report.account.exchanges
        assert (exchanges.retries, exchanges.dropped, exchanges.repeats) == (0, 0, 0)
        assert [each.path for each in place.seen].count(place.seen[0].path) >= 4, "both jobs were here"


async def test_two_users_and_two_certificates_are_never_mixed(
    tmp_path: Path, page: Path, commons: JobCommons, authority: LabAuthority
) -> None:
    """At once and one after another: each request came with the card of its job's own user, and the server, which
    compares them, took every job."""
    users = LabAuthority.create(key_kind="ec")
    names = {name: f"{name}@contoso.example" for name in ("demo", "joe")}
    cards = {
        name: written(tmp_path / "cards", name, users.issue_user(principal, mail=principal))
        for name, principal in names.items()
    }
    place = Place(tmp_path, context_of(authority, tmp_path / "tls", users))
    base = TrustOptions(ca_file=authority.write(tmp_path))
    async with place.server() as server:

        def of(name: str) -> ScanOptions:
            return options_for(server.url, page, base.but(client_cert=cards[name]), user=name)

        for name in ("demo", "joe", "demo"):
            place.seen.clear()
            await completed(of(name), commons)
            assert {each.shown for each in place.seen} == {names[name]}
        place.seen.clear()
        await asyncio.gather(*(completed(of(name), commons) for name in ("demo", "joe") * 3))
        assert {each.shown for each in place.seen} == set(names.values())
        place.seen.clear()
        cards["demo"].write_bytes(cards["joe"].read_bytes())  # the same file with somebody else's card in it
        done = await run_scan(of("demo"), SilentReporter(), commons=commons)
        assert {each.shown for each in place.seen} == {names["joe"]} and done.exit_code is ExitCode.REFUSED
        place.seen.clear()
        done = await run_scan(options_for(server.url, page, base), SilentReporter(), commons=commons)
        assert done.exit_code is ExitCode.REFUSED and place.seen == [], "without a card no door is open"


async def test_a_password_that_another_job_knew_is_not_known_to_this_one(
    tmp_path: Path, commons: JobCommons, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    made = LabAuthority.create(key_kind="ec").issue_client("anna")
    locked = load_pem_private_key(made.key_pem, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"right")
    )
    card, right, wrong = tmp_path / "anna.pem", tmp_path / "right", tmp_path / "wrong"
    card.write_bytes(made.cert_pem + locked)
    right.write_text("right")
    wrong.write_text("wrong")
    trust = TrustOptions(client_cert=card, client_password_file=right)
    url = "https://127.0.0.1:1/"
    first = await commons.clients.client(trust, url=url)
    assert (await commons.clients.client(trust, url=url)).credentials == first.credentials
    for other in (trust.but(client_password_file=wrong), trust.but(client_password_file=None)):
        with pytest.raises(LabError):
            await commons.clients.client(other, url=url)
    monkeypatch.setenv("DSM_EMULATOR_CLIENT_CERT_PASSWORD", "right")
    by_variable = await commons.clients.client(trust.but(client_password_file=None), url=url)
    monkeypatch.setenv("DSM_EMULATOR_CLIENT_CERT_PASSWORD", "wrong")
    with pytest.raises(LabError):
        await commons.clients.client(trust.but(client_password_file=None), url=url)
    assert b"right" not in repr(by_variable.credentials).encode()


async def test_a_new_revocation_list_and_a_renewed_ca_count_at_the_next_job(
    tmp_path: Path, page: Path, commons: JobCommons
) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    authority = LabAuthority.create(key_kind="ec")
    tls = context_of(authority, tmp_path / "tls")
    certificate = x509.load_pem_x509_certificate((tmp_path / "tls" / "server.pem").read_bytes())
    crl = tmp_path / "ca.crl"
    crl.write_bytes(authority.revoke([]).public_bytes(Encoding.PEM))
    trust = TrustOptions(ca_file=authority.write(tmp_path), crls=(crl,))
    async with Place(tmp_path, tls).server() as server:
        options = options_for(server.url, page, trust)
        await completed(options, commons)
        crl.write_bytes(authority.revoke([revoked_entry(certificate.serial_number)]).public_bytes(Encoding.PEM))
        outcome = await run_scan(options, SilentReporter(), commons=commons)
        assert outcome.exit_code is ExitCode.UNREACHABLE and "revoked" in str(outcome.error)
        crl.write_bytes(authority.revoke([]).public_bytes(Encoding.PEM))
        await completed(options, commons)
        # A root of the same name that is another one, with the time of the first.
        assert trust.ca_file is not None
        before = trust.ca_file.stat()
        LabAuthority.create(key_kind="ec").write(tmp_path)
        os.utime(trust.ca_file, ns=(before.st_atime_ns, before.st_mtime_ns))
        outcome = await run_scan(options.but(trust=trust.but(crls=())), SilentReporter(), commons=commons)
        assert outcome.exit_code is ExitCode.UNREACHABLE, outcome.as_dict()


async def test_a_pinned_root_is_fetched_once_and_again_after_a_failure(
    commons: JobCommons, authority: LabAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(url: str, sha256: str) -> bytes:
        fetched.append(url)
        time.sleep(0.05)
        if len(fetched) == 1:
            raise LabError("not there yet", ExitCode.UNREACHABLE)
        return authority.certificate_pem

    monkeypatch.setattr(pool_module, "fetch_root", fetch)
    trust = TrustOptions(ca_url="http://127.0.0.1:1/ca.pem", ca_sha256=fingerprint(authority.certificate_pem))
    url = "https://127.0.0.1:1/"
    with pytest.raises(LabError, match="not there yet"):
        await commons.clients.client(trust, url=url)
    found = await asyncio.gather(*(commons.clients.client(trust, url=url) for _ in range(5)))
    assert len(fetched) == 2 and len({id(each.connections) for each in found}) == 1
    with pytest.raises(LabError, match="go together"):
        await commons.clients.client(trust.but(ca_sha256=None), url=url)
    with pytest.raises(LabError, match="exclude"):
        await commons.clients.client(trust.but(ca_file=Path("x")), url=url)


async def test_a_bad_file_is_told_before_anything_is_sent_also_to_a_server_without_tls(
    tmp_path: Path, page: Path, commons: JobCommons
) -> None:
    place = Place(tmp_path)
    async with place.server() as server:
        with pytest.raises(LabError) as refused:
            await completed(options_for(server.url, page, TrustOptions(ca_file=tmp_path / "none.pem")), commons)
        assert refused.value.code is ExitCode.USAGE and place.seen == []


async def test_connections_that_nobody_uses_are_closed(
    tmp_path: Path, page: Path, commons: JobCommons, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.transport.kept_connections.MAX_IDLE", 0.1)
    async with Place(tmp_path).server() as server:
        await completed(options_for(server.url, page), commons)
        for _ in range(500):
            if server.connections:
                await asyncio.sleep(0.02)
        assert server.connections == 0
