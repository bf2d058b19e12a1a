"""Delivery and the user's choices on the command line: what arrives at a real mail server, and what is told."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from mail_process import mail_process, messages
from optional_programs import needs_package
from programs import PROJECT, at, devices, run, server
from real_servers import PASSWORD, give, nginx, server_folder, smbd

OFFICE = PROJECT / "profiles" / "office"
SPX = "http://schemas.microsoft.com/windows/2010/09/imaging/postscan/scanprocess/extensions"


def delivery(folder: Path, port: int) -> Path:
    path = folder / "delivery.toml"
    path.write_text(
        f'[mail]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nsender = "scanner@contoso.example"\n', "utf-8"
    )
    return path


def office(folder: Path) -> Path:
    """The shipped office, whose archive lets the device choose the folder too."""
    folder.mkdir()
    for path in OFFICE.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    xml = folder / "scan-to-archive.xml"
    flag = f'<x:AllowDeviceFilePathChange xmlns:x="{SPX}">true</x:AllowDeviceFilePathChange>'
    text = xml.read_text("utf-8")
    xml.write_text(text.replace("</psp:PostScanProcess>", f"{flag}</psp:PostScanProcess>"), "utf-8")
    return folder


def filters(result: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [
        (each["dialect"].rpartition("/")[2], each["state"], each["reasons"])
        for each in result["end_state"]["filters"]
    ]


def test_a_job_by_all_filters_to_the_users_and_a_chosen_address(tmp_path: Path) -> None:
    with mail_process(tmp_path / "maildir") as port:
        done = run(
            "scan", "--pages", "2", "--scan-process", "Scan to everyone", "--delivery", delivery(tmp_path, port),
            "--mail-to", "guest@fabrikam.example", "--json", cwd=tmp_path,
        )  # fmt: skip
    result = json.loads(done.stdout)
    assert done.returncode == 1, "SharePoint has no target; ContinueOnError is true"
    assert filters(result) == [
        ("fileshare", "CompletedSuccessfully", []),
        ("email", "CompletedSuccessfully", []),
        ("sharepoint", "CompletedWithErrors", ["SharePointAccessDenied"]),
    ]
    (message,) = messages(tmp_path / "maildir")
    everybody = ["archive@contoso.example", "guest@fabrikam.example", "demo@contoso.example"]
    assert message["X-RcptTo"].split(", ") == everybody
    sent = [hashlib.sha256(part.get_content()).hexdigest() for part in message.iter_attachments()]
    assert sent == [image["sha256"] for image in result["images"]], "octet for octet what the device sent"
    assert result["choices"] == {"mail_to": ["guest@fabrikam.example"], "file_name": None, "folders": []}
    told = {each["target"]: each for each in result["deliveries"]}
    assert [told[address]["documents"] for address in everybody] == [[1, 2]] * 3
    assert told["https://contoso.example/sites/scans"]["reason"] == "SharePointAccessDenied"
    assert "not to https://contoso.example/sites/scans: the delivery file" in done.stderr


def test_one_job_by_samba_nginx_and_a_mail_server_octet_for_octet(tmp_path: Path) -> None:
    needs_package("smbprotocol")
    with (
        server_folder() as dav_folder,
        server_folder() as smb_folder,
        nginx(dav_folder) as dav,
        smbd(smb_folder) as smb,
        mail_process(tmp_path / "maildir") as port,
    ):
        (dav.folder / "scans").mkdir()
        give(dav.folder / "scans")
        file = delivery(tmp_path, port)
        (tmp_path / "password.txt").write_text(PASSWORD, "utf-8")
        with file.open("a", encoding="utf-8") as more:
            more.write(
                f"[[sharepoint]]\nurl = 'https://contoso.example/sites'\nsend_to = '{dav.url}'\nuser = 'scanner'\n"
                f"password_file = 'password.txt'\nca_file = '{dav.ca_file}'\n"
                f"[[share]]\nunc = '\\\\contoso\\Everyone'\nsend_to = '\\\\127.0.0.1\\scans'\nport = {smb.port}\n"
                f"user = '{smb.user}'\npassword_file = 'password.txt'\n"
            )
        done = run(
            "scan", PROJECT / "sample_images", "--scan-process", "Scan to everyone", "--delivery", file, "--json",
            "--trace", "job.har", "-vv", cwd=tmp_path,
        )  # fmt: skip
        result = json.loads(done.stdout)
        assert (done.returncode, result["outcome"]) == (0, "Completed"), done.stderr
        sent = [image["sha256"] for image in result["images"]]
        assert len(sent) == 10
        (message,) = messages(tmp_path / "maildir")
        user = "demo@contoso.example"
        for folder in (smb_folder / "scans" / user, dav.folder / "scans" / user):
            assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())] == sent
            verified = run("verify", result["manifest"], folder, "--exact", cwd=tmp_path)
            assert verified.returncode == 0, verified.stdout
        parts = list(message.iter_attachments())
        assert [hashlib.sha256(part.get_content()).hexdigest() for part in parts] == sent
        names = [part.get_filename() for part in parts]
        assert names == sorted(path.name for path in (smb_folder / "scans" / user).iterdir())
        assert not (tmp_path / "scans" / "contoso").exists(), "a share that is elsewhere is not in the store"
        for text in (done.stdout, done.stderr, (tmp_path / "job.har").read_text("utf-8")):
            assert PASSWORD not in text
            assert base64.b64encode(f"scanner:{PASSWORD}".encode()).decode() not in text


def test_the_servers_trace_has_what_it_puts_to_a_library_and_no_password(tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_text(PASSWORD, "utf-8")
    with server_folder() as folder, nginx(folder) as dav:
        (dav.folder / "scans").mkdir()
        give(dav.folder / "scans")
        (tmp_path / "d.toml").write_text(
            f"[[sharepoint]]\nurl = 'https://contoso.example/sites'\nsend_to = '{dav.url}'\nuser = 'scanner'\n"
            f"password_file = 'password.txt'\nca_file = '{dav.ca_file}'\n",
            "utf-8",
        )
        options = ("--http", "--delivery", "d.toml", "--trace", "server.har", "-vv")
        with server(*options, cwd=tmp_path) as (ready, process):
            run(
                "scan", "--pages", "1", "--scan-process", "Scan to everyone", "--server", ready["url"], cwd=tmp_path
            )
            process.terminate()
            _, log = process.communicate(timeout=60)
    entries = json.loads((tmp_path / "server.har").read_text("utf-8"))["log"]["entries"]
    methods = [each["request"]["method"] for each in entries if each["request"]["url"].startswith(dav.url)]
    assert methods == ["PROPFIND", "MKCOL", "PUT", "MOVE"]
    for text in (log, json.dumps(entries, ensure_ascii=False)):
        assert PASSWORD not in text
        assert base64.b64encode(f"scanner:{PASSWORD}".encode()).decode() not in text


def test_without_a_delivery_file_the_mail_filter_says_so(tmp_path: Path) -> None:
    done = run("scan", "--pages", "1", "--scan-process", "Scan to everyone", cwd=tmp_path)
    assert done.returncode == 1
    assert "e-mail: CompletedWithErrors (InvalidSMTPServer)" in done.stdout
    assert "no mail server is known: the delivery file (--delivery) has no [mail]" in done.stdout


def test_file_name_and_folder_that_the_scan_process_leaves_to_the_user(tmp_path: Path) -> None:
    folder = office(tmp_path / "office")
    done = run(
        "scan", "--pages", "1", "--directory", folder, "--scan-process", "Scan to archive", "--server", "embedded",
        "--file-name", "Übersicht", "--folder", "//contoso/Archive/2026", "--json", cwd=tmp_path,
    )  # fmt: skip
    result = json.loads(done.stdout)
    assert (done.returncode, result["outcome"]) == (0, "Completed"), done.stderr
    (path,) = (Path(each) for each in result["delivered"])
    assert path.parent == Path("scans/contoso/Archive/2026/demo@contoso.example")
    assert path.name.startswith("Übersicht_")
    verified = run("verify", result["manifest"], "scans", cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--mail-to", "a@b.example"], "has no e-mail filter to add an address to"),
        (["--file-name", "Letter"], "lets nobody change that (spx:AllowDeviceFileNameChange is not true)"),
        (["--folder", "//contoso/Other"], "lets nobody change that (spx:AllowDeviceFilePathChange is not true)"),
        (["--scan-process", "Scan to everyone", "--mail-to", "nobody"], "'nobody' is no e-mail address"),
        (["--scan-process", "Scan to archive", "--file-name", "a/b"], "'a/b' is no file name"),
        (["--delivery", "missing.toml"], "missing.toml: cannot be read"),
        (["--delivery", "x.toml", "--server", "scan1.contoso.example"], "is for the embedded scan server"),
    ],
)
def test_what_may_not_be_chosen_ends_before_anything_is_sent(tmp_path: Path, options: list[str], told: str) -> None:
    done = run("scan", "--pages", "1", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "scans").exists()


def test_server_tells_by_which_servers_it_delivers(tmp_path: Path) -> None:
    (tmp_path / "password.txt").write_text("TopSecret\n", "utf-8")
    (tmp_path / "d.toml").write_text(
        '[mail]\nhost = "mail.example"\nsender = "s@contoso.example"\nuser = "s"\npassword_file = "password.txt"\n'
        '[[sharepoint]]\nurl = "https://sp.example"\n',
        "utf-8",
    )
    with server("--delivery", "d.toml", cwd=tmp_path) as (ready, _):
        assert ready["delivery"] == {
            "mail": "mail.example:587 (STARTTLS, as s)",
            "my_site": None,
            "sharepoint": ["https://sp.example"],
            "share": [],
        }
    (tmp_path / "bad.toml").write_text("[mail]\nhost = 1\n", "utf-8")
    done = run("server", "--port", "0", "--delivery", "bad.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "bad.toml:2: mail.host: 1 is not allowed" in done.stderr


def test_the_result_and_the_server_tell_a_failure_alike(tmp_path: Path) -> None:
    """At a server of its own, whose answer to GetPostScanJobElements is all that the device knows."""
    with mail_process(tmp_path / "maildir") as port:
        gone = port
    with server("--http", "--delivery", delivery(tmp_path, gone), cwd=tmp_path) as (ready, process):
        done = run(
            "scan", "--pages", "1", "--scan-process", "Scan to everyone", "--server", ready["url"], "--json",
            cwd=tmp_path,
        )  # fmt: skip
        result = json.loads(done.stdout)
        assert done.returncode == 1
        assert filters(result)[1] == ("email", "CompletedWithErrors", ["InvalidSMTPServer"])
        assert result["end_state"]["reasons"] == ["PostScanJobCompletedWithErrors"]
        assert result["deliveries"] == [], "another server tells states and reasons alone"
        process.terminate()
        _, log = process.communicate(timeout=60)
    assert f"email not delivered to archive@contoso.example: mail server 127.0.0.1:{gone}: cannot be reached" in log


def test_choices_at_the_panel(tmp_path: Path) -> None:
    with mail_process(tmp_path / "maildir") as port, devices(cwd=tmp_path) as (found, _):
        file = delivery(tmp_path, port)
        with server("--http", "--delivery", file, cwd=tmp_path) as (ready, _):

            def start(*options: str) -> Any:
                return run(
                    "press", "start", *at(found[0], tmp_path), "--server", ready["url"], "--json",
                    *options, cwd=tmp_path,
                )  # fmt: skip

            run(
                "press",
                "load",
                "--sheets",
                "1",
                "--replace",
                *at(found[0], tmp_path),
                cwd=tmp_path,
            )
            done = start("--scan-process", "Scan to everyone", "--mail-to", "guest@fabrikam.example")
            assert json.loads(done.stdout)["result"]["choices"]["mail_to"] == ["guest@fabrikam.example"]
            refused = start("--file-name", "Letter")
            assert refused.returncode == 2
            assert "spx:AllowDeviceFileNameChange" in json.loads(refused.stdout)["error"]
    assert "guest@fabrikam.example" in messages(tmp_path / "maildir")[0]["X-RcptTo"]
