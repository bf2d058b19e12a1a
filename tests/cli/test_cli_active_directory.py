"""Active Directory as a user of the command line meets it: our own processes, a real Samba domain controller."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ldap_relay import relay
from optional_programs import skip_or_fail
from programs import COMMAND, at, devices, environment, run, server
from samba_dc import EVERYONE_ID, PASSWORDS, STAFF_ID, DomainController

from emulator import Lab, LdapOptions, Secret
from emulator.directory.gss import has_kerberos
from emulator.environment.exit_codes import ExitCode
from emulator.resources import resource_folder

XML = resource_folder("profiles") / "office" / "scan-to-folder.xml"
Give = Callable[[str], Path]


@pytest.fixture
def give(tmp_path: Path) -> Give:
    """A file with the password of a user."""

    def write(name: str) -> Path:
        path = tmp_path / f"{name}.password"
        path.write_text(PASSWORDS.get(name, name) + "\n")
        return path

    return write


def as_user(domain: DomainController, name: str, give: Give) -> list[str | Path]:
    return ["--directory", domain.url, "--user", name, "--password-file", give(name)]


def result_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--directory-auth", "ntlm"],
        ["--directory-auth", "kerberos"],
        ["--start-tls"],
        ["--start-tls", "--directory-auth", "simple"],
        ["ldaps"],
        ["domain"],
    ],
    ids=lambda options: "-".join(options) or "auto",
)
def test_a_job_of_a_user_of_the_directory_arrives_with_his_sid(
    domain: DomainController, tmp_path: Path, give: Give, options: list[str]
) -> None:
    if "kerberos" in options and not has_kerberos():
        skip_or_fail("Kerberos is not installed (pip install -e '.[kerberos]')")
    url: str = domain.ldaps if options == ["ldaps"] else domain.url
    more: list[str | Path] = [option for option in options if option.startswith("--") or option.isalpha()]
    if options == ["domain"]:
        url, more = "ldap://dsm.test", ["--dns-server", domain.address]
    elif options == ["ldaps"]:
        more = []
    if options == ["ldaps"] or "--start-tls" in options:
        more += ["--directory-ca-file", domain.ca_file]
    done = run(
        "scan", "--pages", "1", "--directory", url, "--user", "joe", "--password-file", give("joe"),
        "--scan-process", "ScanToStaff", "--server", "embedded", "--json", *more,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = result_of(done)
    assert result["user_sid"] == domain.sids["joe"] and result["user"] == "joe@dsm.test"
    assert result["scan_process"] == {"id": STAFF_ID, "name": "ScanToStaff"}
    (stored,) = (tmp_path / "scans").rglob("*.jpg")
    assert stored.parent == tmp_path / "scans" / "contoso" / "IncomingScans" / "joe@dsm.test"


def test_the_scan_server_checks_each_job_against_the_directory(
    domain: DomainController, tmp_path: Path, give: Give
) -> None:
    """The server asks with an account of its own; who may use a scan process is who may read it."""
    with server(*as_user(domain, "scansrv", give), "--store", "in", cwd=tmp_path) as (ready, _):
        to = ["--server", ready["url"], "--ca-file", ready["ca_file"], "--pages", "1", "--json"]
        done = run("scan", *as_user(domain, "joe", give), "--scan-process", "ScanToStaff", *to, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert result_of(done)["user_sid"] == domain.sids["joe"]
        stored = [path.relative_to(tmp_path / "in").as_posix() for path in (tmp_path / "in").rglob("*.jpg")]
        assert len(stored) == 1 and stored[0].startswith("contoso/IncomingScans/joe@dsm.test/")

        by_hand = ["--scan-process", XML, "--psp-id"]
        for sid, psp, reason in (
            (domain.sids["ann"], STAFF_ID, "ann@dsm.test may not use the scan process"),
            ("S-1-5-21-1-2-3-1001", STAFF_ID, "'S-1-5-21-1-2-3-1001' is nobody known"),
            (domain.sids["joe"], "99999999-2222-3333-4444-555555555555", "no scan process"),
            (domain.sids["joe"], "00000000-0000-0000-0000-000000000002", "document type declaration"),
        ):
            refused = run("scan", "--user-sid", sid, *by_hand, psp, *to, cwd=tmp_path)
            assert refused.returncode == ExitCode.NONSENSE, refused.stderr
            assert "InvalidArgs" in refused.stderr and reason in refused.stderr, refused.stderr
        allowed = run("scan", "--user-sid", domain.sids["ann"], *by_hand, EVERYONE_ID, *to, cwd=tmp_path)
        assert allowed.returncode == 0, allowed.stderr
        assert len(list((tmp_path / "in").rglob("ann@dsm.test/*.jpg"))) == 1

        domain.kill()
        gone = run("scan", "--user-sid", domain.sids["joe"], *by_hand, STAFF_ID, *to, cwd=tmp_path)
        assert gone.returncode == ExitCode.NONSENSE and "ServerErrorTemporaryError" in gone.stderr, gone.stderr
        domain.start()
        again = run("scan", *as_user(domain, "joe", give), "--scan-process", "ScanToStaff", *to, cwd=tmp_path)
        assert again.returncode == 0, again.stderr


def test_a_server_whose_account_is_refused_does_not_start(
    domain: DomainController, tmp_path: Path, give: Give
) -> None:
    wrong = give("Wr0ng")
    account = ["--directory", domain.url, "--user", "scansrv", "--password-file", wrong]
    done = run("server", "--port", "0", *account, cwd=tmp_path)
    assert done.returncode == ExitCode.REFUSED and "scansrv: the user name or the password is wrong" in done.stderr


def test_scan_processes_that_a_user_may_read(domain: DomainController, tmp_path: Path, give: Give) -> None:
    for name, expected in (("joe", ["ScanToEveryone", "ScanToStaff"]), ("ann", ["ScanToEveryone"])):
        done = run("scan-processes", "list", *as_user(domain, name, give), "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert [each["name"] for each in told["scan_processes"]] == expected
        assert told["scan_processes"][0]["source"] == "CN=ScanToEveryone,CN=PSPs,CN=System,DC=dsm,DC=test"
        unusable = [line for line in done.stderr.splitlines() if line.startswith("cannot be used: ")]
        assert unusable == [f"cannot be used: {reason}" for reason in told["cannot_be_used"]]
        assert len(unusable) == 2 and "CN=Hostile" in unusable[1] and "document type declaration" in unusable[1]
    shown = run("scan-processes", "show", "ScanToStaff", *as_user(domain, "joe", give), "--xml", cwd=tmp_path)
    assert shown.returncode == 0 and "<psp:PostScanProcess" in shown.stdout
    checked = run("scan-processes", "validate", *as_user(domain, "joe", give), cwd=tmp_path)
    assert checked.returncode == 2 and checked.stdout.count(": valid") == 2
    assert "CN=Broken" in checked.stderr and "CN=Hostile" in checked.stderr


def test_pages_are_rendered_as_a_scan_process_of_the_directory_says(
    domain: DomainController, tmp_path: Path, give: Give
) -> None:
    wanted = ["--scan-process", "ScanToStaff", "--pages", "1", "--jobs", "1"]
    done = run("render", *wanted, *as_user(domain, "joe", give), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "pages").glob("*.jpg"))) == 1
    refused = run("render", *wanted, "-o", "none", *as_user(domain, "ann", give), cwd=tmp_path)
    assert refused.returncode == ExitCode.USAGE and "that ann@dsm.test may read" in refused.stderr


FAILURES: list[tuple[list[str], str, ExitCode, str]] = [
    (["--user", "ann"], "ann", ExitCode.USAGE, "no scan process 'ScanToStaff' that ann@dsm.test may read"),
    (["--user", "joe"], "Wr0ng", ExitCode.REFUSED, "joe: the user name or the password is wrong"),
    (["--user", "disabled@dsm.test"], "disabled", ExitCode.REFUSED, "the account is disabled"),
    (["--user", "expired@dsm.test"], "expired", ExitCode.REFUSED, "the account has expired"),
    (["--user", "old@dsm.test"], "old", ExitCode.REFUSED, "the password has expired"),
    (["--user", "OTHER\\joe", "--directory-auth", "ntlm"], "joe", ExitCode.UNREACHABLE, "the user's domain"),
    (["--user", "joe", "--directory-auth", "simple"], "joe", ExitCode.USAGE, "in clear"),
    (["--user", "joe", "--start-tls"], "joe", ExitCode.UNREACHABLE, "certificate is not trusted"),
    (["--user", "joe", "--directory", "ldap://127.0.0.1:1"], "joe", ExitCode.UNREACHABLE, "connection refused"),
    (["--user", "joe", "--directory", "ldap://none.invalid"], "joe", ExitCode.UNREACHABLE, "cannot be resolved"),
    (["--user", "joe", "--directory", "ldap://joe:x@h"], "joe", ExitCode.USAGE, "a user or a password in it"),
    (["--user", "joe", "--scan-process", "Hostile"], "joe", ExitCode.USAGE, "document type declaration"),
    (["--user", "joe", "--scan-process", "None"], "joe", ExitCode.USAGE, "there are: 'ScanToEveryone', 'Scan"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "whose", "code", "words"), FAILURES, ids=lambda value: str(value)[:40])
def test_each_failure_is_told_apart(
    domain: DomainController, tmp_path: Path, give: Give, options: list[str], whose: str, code: ExitCode, words: str
) -> None:
    first = ["--directory", domain.url, "--scan-process", "ScanToStaff", "--password-file", give(whose)]
    done = run("scan", *first, *options, "--server", "embedded", cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stdout == "" and "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ") and words in done.stderr, done.stderr
    assert PASSWORDS.get(whose, whose) not in done.stderr
    assert not (tmp_path / "scans").exists(), "nothing is half done"


def test_a_controller_that_dies_between_bind_and_search_ends_the_scan(
    domain: DomainController, tmp_path: Path, give: Give
) -> None:
    def on_answer(wire: Any) -> bool:
        if wire.answers == 4:  # rootDSE, challenge, success have passed
            domain.kill()
            return False
        return True

    with relay(domain.address, 389, on_answer) as wire:
        done = run(
            "scan", "--directory", f"ldap://127.0.0.1:{wire.port}", "--directory-auth", "ntlm", "--user", "joe",
            "--password-file", give("joe"), "--server", "embedded", cwd=tmp_path,
        )  # fmt: skip
    assert wire.answers == 4
    assert done.returncode == ExitCode.UNREACHABLE and "closed the connection" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "scans").exists()


def test_the_password_comes_from_a_file_or_the_environment_and_nothing_shows_it(
    domain: DomainController, tmp_path: Path, give: Give, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["scan", "--pages", "1", "--directory", domain.url, "--server", "embedded", "-vv"]
    arguments += ["--trace", "t.har", "--manifest", "m.jsonl", "--overwrite", "--directory-auth", "ntlm"]
    monkeypatch.setenv("DSM_PASSWORD", PASSWORDS["joe"])
    by_environment = run(*arguments, "--user", "joe", cwd=tmp_path)
    assert by_environment.returncode == 0, by_environment.stderr
    by_file = run(*arguments, "--user", "ann", "--password-file", give("ann"), cwd=tmp_path)
    assert by_file.returncode == 0, by_file.stderr
    wrong = run(*arguments, "--user", "ann", cwd=tmp_path)  # joe's
    assert wrong.returncode == ExitCode.REFUSED
    monkeypatch.delenv("DSM_PASSWORD")
    without = run(*arguments, "--user", "joe", cwd=tmp_path)
    assert without.returncode == ExitCode.USAGE and "the password of joe is missing" in without.stderr
    written = b"".join(path.read_bytes() for path in (tmp_path / "t.har", tmp_path / "m.jsonl"))
    said = "".join(done.stdout + done.stderr for done in (by_environment, by_file, wrong, without))
    assert "bound as joe by NTLM, sealed" in by_environment.stderr
    for name in ("joe", "ann"):
        assert PASSWORDS[name] not in said and PASSWORDS[name].encode() not in written
    assert "TlRMTVNTU" not in said, "nor an NTLM token in base64"


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of POSIX")
def test_a_person_at_a_terminal_is_asked_and_does_not_see_the_password(
    domain: DomainController, tmp_path: Path
) -> None:
    import pty

    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "scan-processes", "list", "--directory", domain.url, "--user", "joe"],
        stdin=slave, stdout=slave, stderr=slave, cwd=tmp_path, env=environment(checked=False),
        start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while b"Password of joe: " not in shown:
        shown += os.read(master, 4096)
    os.write(master, PASSWORDS["joe"].encode() + b"\n")
    try:
        while data := os.read(master, 4096):
            shown += data
    except OSError:  # the terminal's end, on Linux
        pass
    os.close(master)
    assert process.wait(30) == 0, shown
    assert b"ScanToStaff" in shown and PASSWORDS["joe"].encode() not in shown


def test_options_of_a_directory_over_ldap_mean_nothing_for_a_folder(tmp_path: Path, give: Give) -> None:
    for options in (["--start-tls"], ["--directory-auth", "ntlm"], ["--password-file", give("joe")]):
        done = run("scan", "--pages", "1", *options, cwd=tmp_path)
        assert done.returncode == 2 and "--directory ldap://" in done.stderr
    done = run("scan", "--directory", "ldap://127.0.0.1", cwd=tmp_path)
    assert done.returncode == 2 and "--user names him" in done.stderr
    sid = run("scan", "--directory", "ldap://127.0.0.1", "--user-sid", "S-1-5-21-1-2-3-4", cwd=tmp_path)
    assert sid.returncode == 2 and "--user-sid" in sid.stderr
    for content in (b"", b"\n", b"\xff\xfe\x00", b"x" * 5000):
        (tmp_path / "bad").write_bytes(content)
        done = run(
            "scan", "--directory", "ldap://127.0.0.1", "--user", "joe", "--password-file", "bad", cwd=tmp_path
        )
        assert done.returncode == 2 and "the password file bad" in done.stderr


def test_without_the_extra_the_message_says_what_to_install(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['sansldap'] = None; from emulator.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", hide, "scan", "--directory", "ldap://127.0.0.1", "--user", "joe"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={**environment(checked=False), "DSM_PASSWORD": "x"},
    )  # fmt: skip
    assert done.returncode == 2 and "pip install 'dsm-emulator[ad]'" in done.stderr, done.stderr


def test_a_running_device_asks_the_directory_for_who_stands_at_it(
    domain: DomainController, tmp_path: Path, give: Give
) -> None:
    with devices(*as_user(domain, "joe", give), "--server", "embedded", "--no-multicast", cwd=tmp_path) as (
        found,
        _,
    ):
        start = ["press", "start", *at(found[0], tmp_path), "--json"]
        done = run(*start, "--scan-process", "ScanToStaff", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert result_of(done)["result"]["user_sid"] == domain.sids["joe"]
        run(
            "press",
            "load",
            "--sheets",
            "1",
            *at(found[0], tmp_path),
            cwd=tmp_path,
        )
        other = run(*start, "--user", "ann", "--password-file", give("ann"), cwd=tmp_path)
        assert other.returncode == 0, other.stderr
        assert result_of(other)["result"]["user_sid"] == domain.sids["ann"]
        before = domain.mark()
        none = run(*start, "--user", "ann", cwd=tmp_path)
        assert none.returncode == ExitCode.USAGE and "the password of ann is missing" in none.stdout + none.stderr
        assert "WRONG_PASSWORD" not in domain.log(before), "joe's password is not tried for ann"


def test_the_enterprise_roots_of_the_directory_are_trusted_when_asked(
    domain: DomainController, tmp_path: Path, give: Give
) -> None:
    certificate = ["--tls-cert", domain.ca_file.with_name("scan-cert.pem")]
    certificate += ["--tls-key", domain.ca_file.with_name("scan-key.pem")]
    with server(*as_user(domain, "scansrv", give), *certificate, cwd=tmp_path) as (ready, _):
        scan = ["scan", "--pages", "1", *as_user(domain, "joe", give), "--server", ready["url"]]
        refused = run(*scan, cwd=tmp_path)
        assert refused.returncode == ExitCode.UNREACHABLE and "is unknown: it is not among" in refused.stderr
        done = run(*scan, "--directory-roots", cwd=tmp_path)
        assert done.returncode == 0, done.stderr


async def test_a_lab_over_ldap(domain: DomainController, tmp_path: Path) -> None:
    service = LdapOptions(password=Secret(PASSWORDS["scansrv"]), auth="ntlm")
    async with Lab(store=tmp_path, directory=domain.url, user="scansrv", ldap=service) as lab:
        scanner = await lab.add_device()
        joe = LdapOptions(password=Secret(PASSWORDS["joe"]), auth="ntlm")
        outcome = await scanner.scan(user="joe", ldap=joe, scan_process="ScanToStaff", pages=1)
    assert outcome.outcome == "Completed" and outcome.user.sid == domain.sids["joe"]
    assert re.search(r"joe@dsm\.test", str(outcome.delivered[0]))
    assert PASSWORDS["joe"] not in repr(joe)
