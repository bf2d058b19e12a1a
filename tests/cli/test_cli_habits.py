"""`--habit` of scan, run and server, and habits of the Lab: each server does what its habit says."""

from __future__ import annotations

import http.client
import re
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from programs import devices, run, server

from emulator.cli.report_run import RunReporter
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.jobs.options import ScanOptions
from emulator.jobs.scan import run_scan
from emulator.lab.lab import Lab
from emulator.lab.silent import SilentReporter
from emulator.network.device_network import NetworkOptions
from emulator.panel.serve import run_devices

DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing"
PSP = "http://schemas.microsoft.com/windows/2008/02/imaging/postscan/psp"
FILTER = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter"
SPX = "http://schemas.microsoft.com/windows/2010/09/imaging/postscan/scanprocess/extensions"
WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder whose scan process lets the device choose the name of the files."""
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "users.toml").write_text(
        'domain = "contoso.example"\ndefault_user = "joe"\n[[user]]\nname = "joe"\nsid = "S-1-5-21-1-2-3-1001"\n'
    )
    (folder / "p.toml").write_text(
        'identifier = "C4F199C7-6876-4549-A86E-A85035952448"\ndisplay_name = "Open"\nserver_name = ""\n'
        'access = []\npsp = "p.xml"\n'
    )
    (folder / "p.xml").write_text(
        f'<psp:PostScanProcess xmlns:psp="{PSP}" xmlns:w="{WSCN}"><psp:ScanRepository>scan.example'
        "</psp:ScanRepository><psp:ScanTicket><w:JobDescription><w:JobName>n</w:JobName>"
        "<w:JobOriginatingUserName>u</w:JobOriginatingUserName></w:JobDescription></psp:ScanTicket>"
        "<psp:PostScanInstructions><psp:DocumentRootName>Doc</psp:DocumentRootName><psp:FiltersToProcess><psp:Filter>"
        f"<psp:Dialect>{FILTER}/fileshare</psp:Dialect><psp:Instructions>"
        f'<f:FileShareConfig xmlns:f="{FILTER}/fileshare"><f:FileShares><f:ShareUNC>\\\\files\\In</f:ShareUNC>'
        "</f:FileShares></f:FileShareConfig></psp:Instructions></psp:Filter></psp:FiltersToProcess>"
        "</psp:PostScanInstructions>"
        f'<spx:AllowDeviceFileNameChange xmlns:spx="{SPX}">true</spx:AllowDeviceFileNameChange>'
        "</psp:PostScanProcess>"
    )
    return folder


def test_scan_meets_the_habits_of_the_embedded_server(office: Path, tmp_path: Path) -> None:
    job = ("scan", "--pages", "1", "--profile", "flatbed", "--directory", office, "--server", "embedded")
    job = (*job, "--file-name", "Mine", "--set", "Resolution=75x75")
    refused = run(*job, "--habit", "2008r2", cwd=tmp_path)
    assert refused.returncode == 4
    assert "InvalidArgs" in refused.stderr and "DocumentRootName: 'Mine', not 'Doc'" in refused.stderr
    other = run(*job, "--habit", "no-temporary-error", "--habit", "odd-token-unavailable", cwd=tmp_path)
    assert other.returncode == 0, "parts of it leave the rest as the documents have it"


async def test_what_cannot_be_done_is_said_before_anything_begins(tmp_path: Path) -> None:
    unknown = "there is no habit '2012'; there are: 2008r2"
    store = tmp_path / "store"
    for habits, server_url, said in (
        (("2012",), None, unknown),
        (("2008r2",), "http://127.0.0.1:9/ScanServer", "this job goes to another one"),
    ):
        with pytest.raises(LabError, match=said) as refused:
            await run_scan(ScanOptions(pages=1, habits=habits, server=server_url, store=store), SilentReporter())
        assert refused.value.code is ExitCode.USAGE
    done = run("server", "--store", store, "--habit", "2012", cwd=tmp_path)
    assert done.returncode == 2 and re.search(unknown, done.stderr)
    for habits, said in ((("2012",), unknown), (("2008r2",), "--server names another one")):
        with pytest.raises(LabError, match=said):
            options = NetworkOptions(state=tmp_path / "state", habits=habits)
            jobs = ScanOptions(server="http://127.0.0.1:9/ScanServer")
            await run_devices(options, jobs, RunReporter(as_json=True, quiet=True))
    assert not store.exists()


def fault_of_an_odd_token(url: str) -> str:
    """What the server answers to a JobToken that is no GUID."""
    data = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        f' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="{DSP}"><s:Header><a:To>{url}</a:To>'
        f"<a:Action>{DSP}/CancelPostScanJob</a:Action><a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID></s:Header>"
        "<s:Body><d:CancelPostScanJobRequest><d:JobToken>odd</d:JobToken></d:CancelPostScanJobRequest></s:Body>"
        "</s:Envelope>"
    )
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request("POST", parts.path, data.encode(), {"Content-Type": "application/soap+xml"})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_server_has_the_habits_that_are_asked_for(tmp_path: Path) -> None:
    with server("--http", "--habit", "odd-token-unavailable", cwd=tmp_path) as (ready, _):
        assert "wsa:EndpointUnavailable" in fault_of_an_odd_token(ready["service"])


def test_jobs_at_a_device_meet_the_habits_of_its_embedded_server(office: Path, tmp_path: Path) -> None:
    options = ("--directory", office, "--server", "embedded", "--state", tmp_path / "state", "--no-multicast")
    with devices("flatbed", *options, "--habit", "2008r2", cwd=tmp_path):
        press = ("press", "start", "--state", tmp_path / "state")
        refused = run(*press, "--file-name", "Mine", cwd=tmp_path)
        assert refused.returncode == 4 and "DocumentRootName" in refused.stdout + refused.stderr
        assert run(*press, cwd=tmp_path).returncode == 0


async def test_a_lab_has_habits(office: Path) -> None:
    async with Lab(directory=office, habits=["no-device-choices"]) as lab:
        scanner = await lab.add_device("flatbed")
        refused = await scanner.scan(pages=1, scan_process="Open", file_name="Mine")
        assert refused.exit_code == 4 and "DocumentRootName" in str(refused.error)
        with pytest.raises(LabError, match="goes to another one"):
            await scanner.scan(pages=1, habits=("2008r2",))
    with pytest.raises(LabError, match="there is no habit 'x'"):
        async with Lab(habits=["x"]):
            raise AssertionError("it does not start")
