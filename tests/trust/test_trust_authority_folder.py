"""A CA that is kept in a folder, judged by the openssl program; and through the command that makes it."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from openssl_tools import Pair, openssl, s_client, s_server
from programs import run
from test_trust_openssl_server import get

from emulator.trust.authority_folder import AuthorityFolder
from emulator.trust.contexts import TrustError, server_context
from emulator.trust.passwords import PasswordSource
from emulator.trust.user_identity import identity_of

DEMO = "demo@contoso.example"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the command was run once."""
    folder = tmp_path_factory.mktemp("lab-ca")
    users = ("--user", "demo", "--user", "anna@fabrikam.example")
    crl = ("--crl-url", "http://crl.contoso.example/ca.crl")
    done = run("lab-ca", "lab", "--server", "127.0.0.1,scan1.contoso.example", *users, *crl, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "told.json").write_text(done.stdout)
    assert done.stderr == "note: anna@fabrikam.example is not in the directory: its certificate names no SID\n"
    return folder


def test_one_command_makes_what_openssl_trusts(made: Path) -> None:
    told = json.loads((made / "told.json").read_text())
    assert told["new"] and [each["name"] for each in told["certificates"]] == [
        "127.0.0.1",
        DEMO,
        "anna@fabrikam.example",
    ]
    purposes = {"127.0.0.1": "sslserver", DEMO: "sslclient", "anna@fabrikam.example": "sslclient"}
    for each in told["certificates"]:
        openssl("verify", "-x509_strict", "-CAfile", told["ca_file"], "-CRLfile", told["crl"], "-crl_check",
                "-no-CApath", "-purpose", purposes[each["name"]], each["certificate"], cwd=made)  # fmt: skip
        key = openssl("pkey", "-in", each["key"], "-pubout", cwd=made)
        assert key == openssl("x509", "-in", each["certificate"], "-noout", "-pubkey", cwd=made)
        held = openssl(
            "pkcs12", "-in", each["pkcs12"], "-passin", f"file:{each['password_file']}", "-nodes", cwd=made
        )
        assert held.count("BEGIN CERTIFICATE") == 2 and "BEGIN PRIVATE KEY" in held, "with the CA behind it"
        shown = openssl("x509", "-in", each["certificate"], "-noout", "-text", cwd=made)
        assert "URI:http://crl.contoso.example/ca.crl" in shown
        assert re.search(r"Public-Key: \(2048 bit\)", shown) and "sha256WithRSAEncryption" in shown
    assert openssl("x509", "-inform", "DER", "-in", told["ca_der"], cwd=made) == openssl(
        "x509", "-in", told["ca_file"], cwd=made
    )
    assert openssl("crl", "-inform", "DER", "-in", told["crl_der"], cwd=made) == openssl(
        "crl", "-in", told["crl"], cwd=made
    )


def test_a_user_of_the_folder_is_named_by_sid_upn_and_mail(made: Path) -> None:
    own = x509.load_pem_x509_certificate((made / "lab" / f"{DEMO}.pem").read_bytes())
    found = identity_of(own.public_bytes(Encoding.DER))
    assert found.sid == "S-1-5-21-917267712-1342860078-1792151419-1001"
    assert found.principals == (DEMO,) and found.mails == (DEMO,)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no owner bits")
def test_keys_and_passwords_are_for_their_owner_alone(made: Path) -> None:
    for path in (made / "lab").iterdir():
        secret = path.name.endswith(("-key.pem", ".p12", ".password"))
        assert (stat.S_IMODE(path.stat().st_mode) == 0o600) == secret, path
        assert secret or b"PRIVATE" not in path.read_bytes()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_both_ends_of_openssl_and_ours_take_them(made: Path, version: str) -> None:
    lab = made / "lab"
    server = Pair(lab / "127.0.0.1.pem", lab / "127.0.0.1-key.pem")
    with s_server(server, version, "-Verify", "1", "-verify_return_error", "-CAfile", lab / "ca.pem") as port:
        answer = await get(
            port,
            ca_file=lab / "ca.pem",
            crls=[lab / "ca.crl"],
            client_cert=lab / f"{DEMO}.p12",
            passwords=PasswordSource(lab / f"{DEMO}.password"),
        )
        assert answer.status == 200 and DEMO.encode() in answer.body
        shown, _ = s_client(port, b"GET / HTTP/1.0\r\n\r\n", "-cert", lab / f"{DEMO}.pem", "-key",
                            lab / f"{DEMO}-key.pem", ca=lab / "ca.pem")  # fmt: skip
        assert DEMO in shown


def test_run_again_it_keeps_what_is_there_adds_what_is_not_and_revokes(made: Path) -> None:
    lab = made / "lab"
    before = {path.name: path.read_bytes() for path in lab.iterdir()}
    again = run("lab-ca", "lab", "--server", "127.0.0.1", "--user", "demo", "--server", "scan2", cwd=made)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("(was there") == 3, again.stdout
    after = {path.name: path.read_bytes() for path in lab.iterdir()}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"scan2.pem", "scan2-key.pem", "scan2.p12", "scan2.password"}
    for expected in ("Revoked       scan2\n", "Revoked       scan2  (was on the list)\n"):
        assert expected in run("lab-ca", "lab", "--revoke", "scan2", cwd=made).stdout
    said = openssl("verify", "-CAfile", "lab/ca.pem", "-CRLfile", "lab/ca-crl.pem", "-crl_check", "lab/scan2.pem",
                   cwd=made, check=False)  # fmt: skip
    assert "certificate revoked" in said
    crl = x509.load_pem_x509_crl((lab / "ca-crl.pem").read_bytes())
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 2 and len(crl) == 1
    forced = run("lab-ca", "lab", "--server", "scan2", "--force", cwd=made)
    assert forced.returncode == 0 and (lab / "scan2.pem").read_bytes() != after["scan2.pem"]


def test_a_password_of_ones_own_and_what_old_windows_reads(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("four words of secret\n")
    done = run("lab-ca", "lab", "--user", "demo", "--password-file", "pin", "--legacy", "--key", "ec", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = openssl("pkcs12", "-info", "-in", f"lab/{DEMO}.p12", "-passin", "file:pin", "-noout", cwd=tmp_path)
    assert "pbeWithSHA1And3-KeyTripleDES-CBC" in said and "MAC: sha1" in said
    assert "four words" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--server", "a..b"], "not a DNS name or an IP address"),
        (["--server", ","], "names no server"),
        (["--server", "ca"], "cannot name a file"),
        (["--user", "nobody"], "no user 'nobody'"),
        (["--user", "@"], "no user '@'"),
        (["--revoke", "nobody"], "No such file"),
        (["--password-file", "missing"], "No such file"),
        (["--directory", "missing", "--user", "demo"], "missing"),
    ],
)
def test_mistakes_are_exit_code_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = run("lab-ca", "lab", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and said in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("broken", ["ca.pem", "ca-key.pem"])
@pytest.mark.parametrize("how", [b"", b"-----BEGIN NONSENSE-----", None])
def test_a_folder_that_is_no_lab_ca_is_left_alone(tmp_path: Path, broken: str, how: bytes | None) -> None:
    AuthorityFolder.open(tmp_path, key_kind="ec")
    if how is None:
        (tmp_path / broken).unlink()
    else:
        (tmp_path / broken).write_bytes(how)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(TrustError, match=re.escape(str(tmp_path))):
        AuthorityFolder.open(tmp_path, key_kind="ec")
    assert sorted(tmp_path.iterdir()) == before


def test_keys_of_another_ca_are_seen(tmp_path: Path) -> None:
    AuthorityFolder.open(tmp_path / "a", key_kind="ec")
    AuthorityFolder.open(tmp_path / "b", key_kind="ec")
    (tmp_path / "a" / "ca-key.pem").write_bytes((tmp_path / "b" / "ca-key.pem").read_bytes())
    with pytest.raises(TrustError, match=r"ca-key\.pem is not the key of ca\.pem"):
        AuthorityFolder.open(tmp_path / "a")


def test_names_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    lab = AuthorityFolder.open(tmp_path / "lab", key_kind="ec")
    files = lab.issue_user("../../x@contoso.example")
    assert files.certificate.parent == tmp_path / "lab" and files.certificate.exists()
    assert server_context(files.pkcs12, None, passwords=PasswordSource(files.password_file))
