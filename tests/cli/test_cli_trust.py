"""Trust by the command line: exit code 3 for whom we do not trust, 5 for who does not take us, each for its
reason; cards of users; devices over HTTPS."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from openssl_tools import LEVEL_0, OpensslAuthority, s_server
from programs import PROJECT, devices, end, run, server, start

DEMO = "demo@contoso.example"
ANNA = "anna@fabrikam.example"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lab CA."""
    folder = tmp_path_factory.mktemp("lab")
    users = ("--user", "demo", "--user", ANNA, "--user", "gone@contoso.example")
    done = run("lab-ca", "ca", "--server", "127.0.0.1", *users, "--key", "ec", cwd=folder)
    assert done.returncode == 0, done.stderr
    done = run("lab-ca", "ca", "--revoke", "gone@contoso.example", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "ca"


def card(lab: Path, user: str) -> list[str | Path]:
    return ["--client-cert", lab / f"{user}.p12", "--client-password-file", lab / f"{user}.password"]


def scan(folder: Path, url: str, *options: str | Path) -> subprocess.CompletedProcess[str]:
    return run("scan", "--pages", "1", "--server", url, "--json", *options, cwd=folder)


def test_a_bad_server_is_exit_code_3_and_nothing_is_sent(tmp_path: Path) -> None:
    # The law: [dsp/security/https] [dsp/security/server-certificate-validated]
    judge = OpensslAuthority(tmp_path / "judge")
    bad = judge.issue("late", begin="20200101000000Z", end="20210101000000Z")
    said = (
        "the server's certificate is not trusted: it has expired (CN=late, issued by CN=Judge CA, valid from 2020"
    )
    with s_server(bad, *LEVEL_0) as port:
        url = f"https://127.0.0.1:{port}/ScanServer"
        for done in (
            scan(tmp_path, url, "--ca-file", judge.ca),
            run("inspect", url, "--ca-file", judge.ca, cwd=tmp_path),
            run("inspect", f"127.0.0.1:{port}", "--ca-file", judge.ca, cwd=tmp_path),
        ):
            assert done.returncode == 3 and said in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_strong_mode_end_to_end(lab: Path, tmp_path: Path) -> None:
    # The law: [dsp/security/strong-mode-client-certificate]
    own = ("--tls-cert", lab / "127.0.0.1.p12", "--tls-password-file", lab / "127.0.0.1.password")
    with server(*own, "--client-ca", lab / "ca.pem", "--client-crl", lab / "ca-crl.pem", cwd=tmp_path) as (
        ready,
        _,
    ):
        trust = ("--ca-file", lab / "ca.pem", "--crl", lab / "ca.crl")
        good = scan(tmp_path, ready["url"], *trust, *card(lab, DEMO))
        assert good.returncode == 0, good.stderr
        assert json.loads(good.stdout)["outcome"] == "Completed"
        refused = {
            "it wants a client certificate, and none was given (TLS alert: certificate required)": [],
            "our client certificate has been revoked: CN=gone@contoso.example": card(lab, "gone@contoso.example"),
            f"a client certificate of {ANNA} is not one of {DEMO}": card(lab, ANNA),
        }
        for said, options in refused.items():
            done = scan(tmp_path, ready["url"], *trust, *options)
            assert done.returncode == 5 and said in done.stderr, done.stderr
            assert json.loads(done.stdout)["images"] == []
        assert run("inspect", ready["url"], *trust, *card(lab, DEMO), cwd=tmp_path).returncode == 0
        asked = run("inspect", ready["url"], *trust, cwd=tmp_path)
        assert asked.returncode == 5 and "--client-cert" in asked.stderr
    images = list((tmp_path / "scans").rglob("*.jpg"))
    assert len(images) == 1 and images[0].parent.name == DEMO


def test_the_card_of_a_user_is_shown_when_he_scans(lab: Path, tmp_path: Path) -> None:
    office = tmp_path / "office"
    shutil.copytree(PROJECT / "profiles" / "office", office)
    users = (office / "users.toml").read_text(encoding="utf-8")
    shutil.copytree(lab, office / "cards")
    fields = f'certificate = "cards/{DEMO}.pem"\ncertificate_key = "cards/{DEMO}-key.pem"\n'
    (office / "users.toml").write_text(users.replace('name = "demo"\n', f'name = "demo"\n{fields}', 1), "utf-8")
    own = (
        "--tls-cert",
        lab / "127.0.0.1.pem",
        "--tls-key",
        lab / "127.0.0.1-key.pem",
        "--client-ca",
        lab / "ca.pem",
    )
    with server(*own, cwd=tmp_path) as (ready, _):
        trust = ("--ca-file", lab / "ca.pem", "--directory", office)
        named = scan(tmp_path, ready["url"], *trust, "--scan-process", office / "scan-to-folder.toml")
        assert named.returncode == 0, named.stderr
        other = scan(
            tmp_path, ready["url"], *trust, "--scan-process", office / "scan-to-folder.toml", *card(lab, ANNA)
        )
        assert other.returncode == 5, "--client-cert goes before the card"
    (office / "users.toml").write_text(
        users.replace('name = "demo"\n', 'name = "demo"\ncertificate_key = "x"\n', 1), "utf-8"
    )
    done = run("scan", "--pages", "1", "--directory", office, cwd=tmp_path)
    assert done.returncode == 2 and "go with certificate" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["server", "--http", "--client-ca", "x.pem"], "--http excludes"),
        (["server", "--client-ca", "x.pem"], "CA file x.pem: No such file"),
        (["server", "--client-crl", "x.crl"], "of no use where no client certificate is asked for"),
        (["server", "--tls-key", "x.pem"], "--tls-key goes with --tls-cert"),
        (["run", "--tls-cert", "x.pem"], "need --https"),
        (["run", "--host", "x.example"], "need --https"),
        (["run", "--https", "--tls-cert", "x.pem"], "server certificate x.pem: No such file"),
        (["scan", "--client-key", "x.pem"], "of no use without its certificate"),
        (["scan", "--crl", "x.crl"], "CRL x.crl: No such file"),
        (["scan", "--events-key", "x.pem"], "--events-key goes with --events-cert"),
        (["inspect", "http://127.0.0.1:9/x", "--client-cert", "x.p12"], "client certificate x.p12: No such file"),
    ],
)
def test_options_that_cannot_be_meant_are_exit_code_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    more = ["--state", "state"] if arguments[0] == "run" else ["--port", "0"] if arguments[0] == "server" else []
    done = run(*arguments, *more, cwd=tmp_path, timeout=60)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_device_over_https_is_found_read_watched_and_pressed(lab: Path, tmp_path: Path) -> None:
    with devices("--https", cwd=tmp_path) as (found, process):
        (url,) = found[0]["xaddrs"]
        ca_file = tmp_path / "state" / "ca" / f"{found[0]['uuid']}.pem"
        assert (
            url == f"https://127.0.0.1:{url.split(':')[2].split('/')[0]}/{found[0]['uuid']}" and ca_file.is_file()
        )
        assert found[0]["scan_service"].startswith(url)
        listed = run("discover", "--timeout", "1", "--ca-file", ca_file, "--json", cwd=tmp_path)
        (own,) = [each for each in json.loads(listed.stdout)["found"] if each["address"] == url]
        assert own["xaddrs"] == [url] and own["name"] == "Office MFP" and own["problem"] == ""
        port = url.split(":")[2].split("/")[0]
        for where in (url, f"127.0.0.1:{port}", f"https://127.0.0.1:{port}"):
            assert run("inspect", where, "--ca-file", ca_file, cwd=tmp_path).returncode == 0, where
        unknown = run("inspect", url, cwd=tmp_path)
        assert unknown.returncode == 3 and "is unknown: it is not among the system's" in unknown.stderr
        watching = start(
            "inspect", url, "--ca-file", ca_file, "--watch", "--json", "--events", "127.0.0.1", "--for", "20",
            "--events-cert", lab / "127.0.0.1.pem", "--events-key", lab / "127.0.0.1-key.pem", cwd=tmp_path,
        )  # fmt: skip
        assert watching.stdout is not None
        try:
            first = json.loads(watching.stdout.readline())
            assert first
            assert run("press", "open", "--state", tmp_path / "state", cwd=tmp_path).returncode == 0
            status = run("press", "status", "--state", tmp_path / "state", "--json", cwd=tmp_path)
            assert json.loads(status.stdout)["state"] == "Stopped"
        finally:
            end(watching)
        assert end(process) == 0
    assert not ca_file.exists(), "a CA that nobody serves by is gone"


def test_events_over_https_are_taken_by_inspect_from_a_device_that_trusts_it(lab: Path, tmp_path: Path) -> None:
    with devices("--https", "--ca-file", lab / "ca.pem", cwd=tmp_path) as (found, _):
        ca_file = tmp_path / "state" / "ca" / f"{found[0]['uuid']}.pem"
        watching = start(
            "inspect", found[0]["xaddrs"][0], "--ca-file", ca_file, "--watch", "--json", "--events", "127.0.0.1",
            "--events-cert", lab / "127.0.0.1.pem", "--events-key", lab / "127.0.0.1-key.pem", "--for", "30",
            cwd=tmp_path,
        )  # fmt: skip
        assert watching.stdout is not None
        try:
            lines = [watching.stdout.readline()]
            assert run("press", "open", "--state", tmp_path / "state", cwd=tmp_path).returncode == 0
            while '"by": "event"' not in lines[-1]:
                lines.append(watching.stdout.readline())
                assert lines[-1], lines
        finally:
            end(watching)


def test_a_device_in_strong_mode_lets_in_who_has_a_certificate(lab: Path, tmp_path: Path) -> None:
    own = ("--tls-cert", lab / "127.0.0.1.p12", "--tls-password-file", lab / "127.0.0.1.password")
    with devices("--https", *own, "--client-ca", lab / "ca.pem", cwd=tmp_path) as (found, _):
        url = found[0]["xaddrs"][0]
        trust = ("--ca-file", lab / "ca.pem")
        assert run("inspect", url, *trust, *card(lab, DEMO), cwd=tmp_path).returncode == 0
        none = run("inspect", url, *trust, cwd=tmp_path)
        assert none.returncode == 5 and "it wants a client certificate" in none.stderr
        listed = run("discover", "--timeout", "1", *trust, *card(lab, DEMO), "--json", cwd=tmp_path)
        assert [each["problem"] for each in json.loads(listed.stdout)["found"] if each["address"] == url] == [""]
