"""TLS contexts from files: what is trusted, and the one line that is said of a file that cannot be used."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from handshakes import handshake

from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import TrustError, client_context, server_context, server_context_from


@pytest.fixture(scope="module")
def authority() -> LabAuthority:
    return LabAuthority.create()


@pytest.fixture(scope="module")
def folder(authority: LabAuthority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of every kind that a user may name."""
    folder = tmp_path_factory.mktemp("trust")
    server, other = authority.issue_server(["localhost"]), authority.issue_server(["localhost"])
    client = authority.issue_client("demo")
    key = serialization.load_pem_private_key(server.key_pem, None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"pass phrase"),
    )
    files = {
        "ca.pem": authority.certificate_pem,
        "bundle.pem": "# Főtanúsítvány\n".encode()
        + LabAuthority.create("Another").certificate_pem
        + b"\r\n"
        + authority.certificate_pem,
        "other-ca.pem": LabAuthority.create().certificate_pem,
        "cert.pem": server.cert_pem,
        "key.pem": server.key_pem,
        "both.pem": server.key_pem + server.cert_pem,
        "other-key.pem": other.key_pem,
        "encrypted.pem": encrypted,
        "client.pem": client.cert_pem + client.key_pem,
        "broken.pem": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "broken-key.pem": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "cut.pem": server.cert_pem[:200],
        "binary.pem": bytes(range(256)),
        "empty.pem": b"",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("roots", ["ca.pem", "bundle.pem"])
@pytest.mark.parametrize("pair", [("cert.pem", "key.pem"), ("both.pem", None)])
def test_files_make_a_pair_of_contexts_that_shake_hands(
    folder: Path, roots: str, pair: tuple[str, str | None]
) -> None:
    cert, key = pair
    server = server_context(folder / cert, None if key is None else folder / key)
    assert handshake(client_context(ca_file=folder / roots), server, "localhost")


def test_only_the_named_roots_are_trusted(folder: Path) -> None:
    context = client_context(ca_file=folder / "other-ca.pem")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(context, server_context(folder / "both.pem", None), "localhost")
    assert len(context.get_ca_certs()) == 1, "not the system's too"


def test_insecure_takes_any_certificate_and_any_name(folder: Path) -> None:
    context = client_context(ca_file=folder / "other-ca.pem", insecure=True)
    assert handshake(context, server_context(folder / "both.pem", None), "scan9.contoso.example")


def test_a_server_that_wants_client_certificates_takes_those_of_its_ca_alone(
    folder: Path, authority: LabAuthority
) -> None:
    server = server_context(folder / "both.pem", None, client_ca=folder / "ca.pem")
    known = client_context(ca_file=folder / "ca.pem", client_cert=folder / "client.pem")
    assert handshake(known, server, "localhost")
    with pytest.raises(ssl.SSLError):
        handshake(client_context(ca_file=folder / "ca.pem"), server, "localhost")
    stranger = LabAuthority.create().issue_client("demo")
    (folder / "stranger.pem").write_bytes(stranger.cert_pem + stranger.key_pem)
    with pytest.raises(ssl.SSLError):
        handshake(
            client_context(ca_file=folder / "ca.pem", client_cert=folder / "stranger.pem"), server, "localhost"
        )


def test_nothing_older_than_tls_1_2_is_spoken(folder: Path) -> None:
    for context in (client_context(ca_file=None), server_context(folder / "both.pem", None)):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert handshake(old, server_context(folder / "both.pem", None), "localhost").version() == "TLSv1.2"


def test_a_context_from_memory_leaves_no_key_behind(
    authority: LabAuthority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    server_context_from(authority.issue_server(["localhost"]))
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.pem", "No such file"),
        (".", ""),
        ("empty.pem", "no PEM certificate in it"),
        ("binary.pem", "no PEM certificate in it"),
        ("key.pem", "not readable as PEM certificates"),
        ("broken.pem", "not readable as PEM certificates"),
        ("cut.pem", "not readable as PEM certificates"),
    ],
)
def test_a_ca_file_that_cannot_be_used_is_named_in_one_line(folder: Path, name: str, said: str) -> None:
    with pytest.raises(TrustError) as caught:
        client_context(ca_file=folder / name)
    text = str(caught.value)
    assert text.startswith(f"CA file {folder / name}: ") and said in text and "\n" not in text
    with pytest.raises(TrustError, match="CA file"):
        server_context(folder / "both.pem", None, client_ca=folder / name)


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("cert.pem", "other-key.pem", "the key does not belong to the certificate"),
        ("cert.pem", "encrypted.pem", "is protected by a password"),
        ("cert.pem", "missing.pem", "No such file"),
        ("missing.pem", "key.pem", "No such file"),
        ("cert.pem", None, "no PEM private key in it, and no key file was named"),
        ("cert.pem", "empty.pem", "no PEM private key in "),
        ("cert.pem", "ca.pem", "no PEM private key in "),
        ("cert.pem", "broken-key.pem", ""),
        ("key.pem", "key.pem", "no PEM certificate in it"),
        ("empty.pem", "key.pem", "no PEM certificate in it"),
        ("broken.pem", "key.pem", ""),
        ("cut.pem", "key.pem", ""),
    ],
)
def test_a_certificate_or_key_that_cannot_be_used_is_named_in_one_line(
    folder: Path, cert: str, key: str | None, said: str
) -> None:
    key_file = None if key is None else folder / key
    for what in ("server", "client"):
        with pytest.raises(TrustError) as caught:
            if what == "server":
                server_context(folder / cert, key_file)
            else:
                client_context(ca_file=None, client_cert=folder / cert, client_key=key_file)
        text = str(caught.value)
        assert f"{what} certificate" in text and said in text and "\n" not in text
        assert str(folder / cert) in text or str(key_file) in text


def test_a_client_key_without_its_certificate_is_told(folder: Path) -> None:
    with pytest.raises(TrustError, match=r"key\.pem is of no use without its certificate"):
        client_context(ca_file=None, client_key=folder / "key.pem")
