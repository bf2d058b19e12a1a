"""Certificates and keys as people have them: PEM, PKCS#12, a password from a file, the environment or a person;
what cannot be used is told in one line, and no password or key stays anywhere."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

import pytest
from handshakes import handshake
from openssl_tools import OpensslAuthority, Pair, openssl

from emulator.trust.contexts import TrustError, client_context, server_context
from emulator.trust.passwords import CLIENT_VARIABLE, PasswordSource

PASSWORD = "Grüße 7 secret"


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> OpensslAuthority:
    return OpensslAuthority(tmp_path_factory.mktemp("judge"))


@pytest.fixture(scope="module")
def user(judge: OpensslAuthority) -> Pair:
    return judge.issue("user", alternatives="", usage="clientAuth")


@pytest.fixture(scope="module")
def files(judge: OpensslAuthority, user: Pair) -> Path:
    """Files made by the openssl program."""
    folder = judge.folder
    (folder / "password.txt").write_text(f"{PASSWORD}\r\nsecond line\n", encoding="utf-8")
    (folder / "wrong.txt").write_text("wrong\n")
    (folder / "empty.txt").write_text("")
    (folder / "latin.txt").write_bytes(b"\xff\xfe\xfd")
    (folder / "pass.arg").write_text(PASSWORD, encoding="utf-8")
    both = ("-inkey", user.key, "-in", user.cert, "-certfile", judge.ca)
    secret = ("-passout", "file:pass.arg")
    kinds = {
        "modern.p12": secret,
        "legacy.p12": (*secret, "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"),
        "open.p12": ("-passout", "pass:"),
        "bare.p12": ("-passout", "pass:", "-keypbe", "NONE", "-certpbe", "NONE", "-nomac"),
    }
    for name, options in kinds.items():
        openssl("pkcs12", "-export", "-out", name, *both, *options, cwd=folder)
    openssl("pkcs12", "-export", "-nokeys", "-in", user.cert, "-out", "keyless.p12", *secret, cwd=folder)
    openssl("pkcs8", "-topk8", "-in", user.key, "-out", "pkcs8.pem", *secret, cwd=folder)
    openssl("rsa", "-aes256", "-in", user.key, "-out", "old.pem", "-traditional", *secret, cwd=folder)
    openssl("x509", "-in", user.cert, "-outform", "DER", "-out", "user.der", cwd=folder)
    (folder / "one.pem").write_bytes((folder / "pkcs8.pem").read_bytes() + user.cert.read_bytes())
    (folder / "cut.p12").write_bytes((folder / "modern.p12").read_bytes()[:900])
    return folder


def shown_by(judge: OpensslAuthority, server: Pair, client: ssl.SSLContext) -> bytes:
    """Subject and issuer, as the server of a handshake sees the client's certificate."""
    context = server_context(server.cert, server.key, client_ca=judge.ca)
    seen: list[bytes] = []
    handshake(client, context, "127.0.0.1", seen)
    return seen[0]


@pytest.mark.parametrize(
    ("cert", "key"),
    [
        ("modern.p12", None),
        ("legacy.p12", None),
        ("open.p12", None),
        ("bare.p12", None),
        ("user.pem", "pkcs8.pem"),
        ("user.pem", "old.pem"),
        ("one.pem", None),
    ],
)
@pytest.mark.parametrize("source", ["file", "environment", "person"])
def test_every_kind_of_file_is_shown_with_every_source_of_its_password(
    judge: OpensslAuthority, files: Path, cert: str, key: str | None, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(what: str) -> str:
        asked.append(what)
        return PASSWORD

    sources = {
        "file": PasswordSource(files / "password.txt", option="--client-password-file"),
        "environment": PasswordSource(variable=CLIENT_VARIABLE),
        "person": PasswordSource(ask=ask),
    }
    if source == "environment":
        monkeypatch.setenv(CLIENT_VARIABLE, PASSWORD)
    context = client_context(
        ca_file=judge.ca,
        client_cert=files / cert,
        client_key=None if key is None else files / key,
        passwords=sources[source],
    )
    server = judge.issue("server")
    assert shown_by(judge, server, context) == ssl.PEM_cert_to_DER_cert((files / "user.pem").read_text())
    assert context.own.startswith("CN=user, issued by CN=Judge CA, valid from ")
    needed = source == "person" and cert not in ("open.p12", "bare.p12")
    assert len(asked) == needed, "a person is asked once, and only where it is needed"


@pytest.mark.parametrize(
    ("cert", "key", "password", "said"),
    [
        ("modern.p12", None, "wrong.txt", "the password does not open it, or it is damaged"),
        ("legacy.p12", None, "empty.txt", "the password does not open it, or it is damaged"),
        ("cut.p12", None, "password.txt", "the password does not open it, or it is damaged"),
        ("keyless.p12", None, "password.txt", "the PKCS#12 file has no private key in it"),
        ("modern.p12", "pkcs8.pem", "password.txt", "a PKCS#12 file holds its key"),
        ("user.pem", "pkcs8.pem", "wrong.txt", "the password does not open the key"),
        ("user.pem", "old.pem", "wrong.txt", "the password does not open the key"),
        ("one.pem", None, "missing.txt", "No such file"),
        ("one.pem", None, "latin.txt", "it is no UTF-8 text"),
        (
            "one.pem",
            None,
            None,
            "is protected by a password: --client-password-file names a file with it, or X holds",
        ),
        ("modern.p12", None, None, "is protected by a password: --client-password-file names a file with it, or X"),
        ("user.der", None, None, "no PEM certificate in it"),
        ("ca.pem", "pkcs8.pem", "password.txt", "the key does not belong to the certificate"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line_without_the_password(
    files: Path, cert: str, key: str | None, password: str | None, said: str
) -> None:
    source = PasswordSource(
        files / password if password else None, variable="X", ask=lambda what: None, option="--client-password-file"
    )
    with pytest.raises(TrustError) as caught:
        client_context(
            ca_file=None,
            client_cert=files / cert,
            client_key=None if key is None else files / key,
            passwords=source,
        )
    text = str(caught.value)
    assert said in text and "\n" not in text and PASSWORD not in text and "wrong\n" not in text
    assert caught.value.__cause__ is None


def test_weak_keys_of_ours_are_told_before_anything_is_sent(judge: OpensslAuthority) -> None:
    short = judge.issue("short", key="rsa:1024")
    with pytest.raises(TrustError, match=r"its key is too weak \(RSA wants 2048 bits\)"):
        server_context(short.cert, short.key)


def test_no_key_stays_in_a_file_nor_stood_there_in_the_clear(
    judge: OpensslAuthority, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    written: list[bytes] = []
    load = ssl.SSLContext.load_cert_chain

    def look(self: ssl.SSLContext, cert: Path, key: Path | None = None, password: object = None) -> None:
        written.append(Path(key or cert).read_bytes())
        assert os.name == "nt" or Path(key or cert).stat().st_mode & 0o077 == 0
        load(self, cert, key, password)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", look)
    client_context(ca_file=None, client_cert=files / "modern.p12", passwords=PasswordSource(files / "password.txt"))
    assert len(written) == 1 and b"ENCRYPTED PRIVATE KEY" in written[0]
    assert list(tmp_path.rglob("*")) == []


def test_a_source_shows_no_password(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CLIENT_VARIABLE, PASSWORD)
    source = PasswordSource(files / "password.txt", CLIENT_VARIABLE, ask=lambda what: PASSWORD)
    assert source.read("x") == PASSWORD, "the first line, without what ends it"
    assert PASSWORD not in repr(source)


@pytest.mark.parametrize("data", [b"", b"\x30", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"])
def test_a_revocation_list_that_is_none_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.crl"
    path.write_bytes(data)
    with pytest.raises(
        TrustError, match=r"CRL .*x\.crl: no certificate revocation list in it, neither PEM nor DER"
    ):
        client_context(ca_file=None, crls=[path])
    with pytest.raises(TrustError, match=r"CRL .*gone: No such file"):
        client_context(ca_file=None, crls=[tmp_path / "gone"])


def test_lists_are_read_as_pem_and_as_der(judge: OpensslAuthority) -> None:
    pem = judge.crl("as.pem")
    openssl("crl", "-in", pem, "-outform", "DER", "-out", "as.der", cwd=judge.folder)
    found = {client_context(ca_file=judge.ca, crls=[path]).crls for path in (pem, judge.folder / "as.der")}
    assert len(found) == 1


def test_lists_of_clients_without_strong_mode_are_a_mistake(judge: OpensslAuthority, user: Pair) -> None:
    with pytest.raises(TrustError, match="of no use where no client certificate is asked for"):
        server_context(user.cert, user.key, client_crls=[judge.crl()])
