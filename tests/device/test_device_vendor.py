"""More of a device: paused, held, attention, ends with errors and warnings, Scopes, and what a vendor has added, as
clients of another make read it: the standard library with lxml, zeep, WS-Discovery by hand, sane-airscan."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import zeep
from device_pages import Sheets
from lxml import etree
from scan_service_bench import NAMESPACES, WSCN, Caller, exchange, ticket
from scanner_bench import Client, Clock, listen, make_scanner, scan_ticket, settle, until
from test_device_sane import qr_code, scanimage
from test_device_zeep import Addressing
from zeep.transports import Transport

from emulator.device.device import ScanDevice
from emulator.device.profile import DeviceProfile, profile_from_text
from emulator.device.profile_errors import ProfileError
from emulator.device.scan_job_keeper import ForbiddenInState
from emulator.device.scan_job_limits import ANY_NUMBER
from emulator.device.scanner import NotAcceptingJobs
from emulator.device.scanner_events import JobChanged, StatusChanged
from emulator.device.settings import DeviceIdentity
from emulator.resources import resource_folder
from emulator.wsscan.values.status import Component, ConditionName

ACME = "urn:acme:scan"
SCOPES = ["http://acme.example/floor/3", "urn:acme:room:12"]
VENDOR = f"""
[vendor]
prefix = "acme"
namespace = "{ACME}"
content_types = ["Receipt"]

[vendor.device_settings]
QuietMode = "true & more"

[vendor.default_ticket]
QuietMode = "false"

[[vendor.conditions]]
name = "RollersWorn"
component = "ADF"

[[vendor.conditions]]
name = "FuserHot"
severity = "Critical"

[[vendor.conditions]]
name = "DustSeen"
component = "Platen"
severity = "Informational"
"""


def profile(vendor: str = VENDOR) -> DeviceProfile:
    """The office MFP with what a vendor has added."""
    text = (resource_folder("profiles") / "office-mfp.toml").read_text("utf-8")
    return profile_from_text(f"scopes = {SCOPES}\n{text}\n{vendor}", "acme", "acme.toml")


@asynccontextmanager
async def running(spool: Path) -> AsyncIterator[ScanDevice]:
    async with ScanDevice(profile(), DeviceIdentity(uuid.uuid4(), instance_id=1), spool=spool) as device:
        yield device


# Paused, attention


async def test_a_paused_scanner_is_stopped_and_goes_on_where_it_was(tmp_path: Path) -> None:
    # The law: [wscn/condition/reasons-only] [wscn/scanner-status/state-reasons]
    async with running(tmp_path) as device:
        caller = Caller(device)
        job = await caller.job(ticket(images=3))
        assert (await job.retrieve()).status == 200
        assert device.scanner.pause() and not device.scanner.pause()

        async def told() -> tuple[str, list[str], list[str]]:
            status = await caller.elements("wscn:ScannerStatus")
            conditions = status.texts("//wscn:DeviceCondition/wscn:Name")
            return status.text("//wscn:ScannerState"), status.texts("//wscn:ScannerStateReason"), conditions

        assert await told() == ("Stopped", ["Paused"], [])
        assert await job.state() == ("Processing", "ScannerStopped")
        assert (await caller.create()).fault == "ServerErrorNotAcceptingJobs"
        device.scanner.call_attention()
        assert await told() == ("Stopped", ["Paused", "AttentionRequired"], [])
        assert device.scanner.resume() and not device.scanner.resume()
        assert await told() == ("Processing", ["AttentionRequired"], [])
        images, _ = await job.images()
        assert len(images) == 2
        assert device.scanner.call_attention(on=False)
        assert await told() == ("Idle", ["None"], [])
        assert await job.ended() == ("Completed", "None"), "nothing went wrong"


async def test_a_pause_is_told_as_a_change_of_the_status_and_ended_by_clear(tmp_path: Path) -> None:
    scanner = make_scanner(tmp_path / "spool")
    events = listen(scanner)
    scanner.pause()
    with pytest.raises(NotAcceptingJobs, match="Paused"):
        scanner.require_accepting()
    scanner.clear()
    assert events == [StatusChanged("Stopped", ("Paused",)), StatusChanged("Idle", ("None",))]  # type: ignore[arg-type]
    await scanner.stop()


# Held


async def test_a_job_that_is_held_waits_and_others_go_before_it(tmp_path: Path) -> None:
    # The law: [wscn/job-state/held] [notes/c-20/held-of-wscn]
    scanner = make_scanner(tmp_path / "spool", sheets=0, jobs=ANY_NUMBER)
    scanner.engine.require_feeder().load_pages(Sheets(3))
    scanner.hold()
    held = scanner.create_job(scan_ticket(images_to_transfer=1))
    await settle()
    assert (str(held.state), str(held.reason)) == ("Held", "None")
    assert scanner.status().state == "Processing"
    scanner.release()
    other = scanner.create_job(scan_ticket(images_to_transfer=1))
    scanner.hold(other.id)
    with pytest.raises(ValueError, match="there is no scan job 2 that waits for the scan head"):
        scanner.hold(other.id)
    third = scanner.create_job(scan_ticket(images_to_transfer=1))
    assert [await Client(scanner, each).shade() for each in (held, third)] == [1, 2]
    assert str(other.state) == "Held"
    scanner.release(other.id)
    with pytest.raises(ValueError, match="there is no scan job 2 that is held"):
        scanner.release(other.id)
    assert await Client(scanner, other).shade() == 3
    await scanner.stop()


async def test_a_held_job_is_given_up_after_its_time_and_can_be_cancelled(tmp_path: Path) -> None:
    clock = Clock()
    scanner = make_scanner(tmp_path / "spool", clock=clock, jobs=ANY_NUMBER)
    scanner.hold()
    events = listen(scanner)
    late, gone = scanner.create_job(scan_ticket()), scanner.create_job(scan_ticket())
    await settle()
    await scanner.keeper.cancel(gone)
    await clock.advance(60)
    assert (str(late.state), str(late.reason)) == ("Aborted", "JobTimedOut")
    assert str(gone.state) == "Canceled"
    states = [str(each.status.state) for each in events if isinstance(each, JobChanged) and each.status.job_id == 1]
    assert states == ["Creating", "Pending", "Held", "Aborted"]
    with pytest.raises(ForbiddenInState):
        await scanner.keeper.retrieve(late)
    await scanner.reset()
    job = scanner.create_job(scan_ticket(images_to_transfer=1))
    await Client(scanner, job).fetch()
    await scanner.stop()


async def test_a_client_sees_held(tmp_path: Path) -> None:
    async with running(tmp_path) as device:
        caller = Caller(device)
        device.scanner.hold()
        job = await caller.job(ticket(images=1))
        assert await job.state() == ("Held", "None")
        active = await caller.call("GetActiveJobs", "")
        assert active.texts("//wscn:JobSummary/wscn:JobState") == ["Held"]
        fetching = asyncio.create_task(job.images())
        device.scanner.release()
        images, end = await fetching
        assert (len(images), end.fault) == (1, "ClientErrorNoImagesAvailable")
        assert await job.ended() == ("Completed", "None")


# How a job ends


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        ([], "None"),
        ([(ConditionName.MEDIA_JAM, None)], "JobCompletedWithErrors"),
        ([(ConditionName.COVER_OPEN, Component.ADF)], "JobCompletedWithWarnings"),
        ([(ConditionName.COVER_OPEN, None), (ConditionName.LAMP_ERROR, None)], "JobCompletedWithErrors"),
        ([(ConditionName.CALIBRATING, None)], "None"),
        ([("acme:RollersWorn", None)], "JobCompletedWithWarnings"),
        ([("acme:FuserHot", None)], "JobCompletedWithErrors"),
        ([("acme:DustSeen", None)], "None"),
    ],
)
async def test_a_job_that_met_something_says_so_at_its_end(
    conditions: list[tuple[Any, Any]], reason: str, tmp_path: Path
) -> None:
    # The law: [wscn/job-reason/job-completed-with-errors] [wscn/job-reason/job-completed-with-warnings]
    async with running(tmp_path) as device:
        caller, scanner = Caller(device), device.scanner
        job = await caller.job(ticket(images=3))
        assert (await job.retrieve()).status == 200
        for name, component in conditions:
            scanner.set_condition(name, component)
        scanner.clear()
        await job.images()
        assert await job.ended() == ("Completed", reason)
        history = await caller.call("GetJobHistory", "")
        assert history.texts("//wscn:JobSummary//wscn:JobStateReason") == [reason]


async def test_what_happens_before_and_after_a_job_is_scanned_is_not_its_own(tmp_path: Path) -> None:
    scanner = make_scanner(tmp_path / "spool")
    scanner.jam()
    scanner.clear()
    job = scanner.create_job(scan_ticket(images_to_transfer=1))
    await until(lambda: job.all_scanned)
    scanner.jam()
    await Client(scanner, job).fetch()
    assert (str(job.state), str(job.reason)) == ("Completed", "None")
    await scanner.stop()


# What a vendor has added


async def test_conditions_of_a_vendor_have_their_prefix_declared(tmp_path: Path) -> None:
    # The law: [wscn/extension/keywords] [wscn/condition/attention-required-instead-of-an-own-reason]
    # The law: [wscn/condition/critical-stops]
    async with running(tmp_path) as device:
        caller, scanner = Caller(device), device.scanner
        said = []
        for name in ("acme:RollersWorn", "acme:FuserHot", "acme:DustSeen"):
            assert scanner.set_condition(name)
            status = await caller.elements("wscn:ScannerStatus")
            (element,) = status.root.xpath("//wscn:DeviceCondition/wscn:Name", namespaces=NAMESPACES)
            assert element.nsmap["acme"] == ACME
            parts = [element.text, *(status.text(f"//wscn:DeviceCondition/wscn:{each}") for each in PARTS)]
            said.append([*parts, status.text("//wscn:ScannerState"), *status.texts("//wscn:ScannerStateReason")])
            scanner.clear()
        history = await caller.elements("wscn:ScannerStatus")
        assert history.texts("//wscn:ConditionHistoryEntry/wscn:Name") == [each[0] for each in reversed(said)]
    assert said == [
        ["acme:RollersWorn", "ADF", "Warning", "Idle", "AttentionRequired"],
        ["acme:FuserHot", "MediaPath", "Critical", "Stopped", "AttentionRequired"],
        ["acme:DustSeen", "Platen", "Informational", "Idle", "None"],
    ]


PARTS = ("Component", "Severity")


def read_by_zeep(wsdl: str) -> dict[str, Any]:
    """What zeep makes of the configuration, the default ticket and the status."""
    client = zeep.Client(wsdl, transport=Transport(timeout=20, operation_timeout=20), plugins=[Addressing()])
    with client.settings(strict=False):
        asked = {"Name": [etree.QName(WSCN, name) for name in ("ScannerConfiguration", "ScannerStatus")]}
        configuration, status = client.service.GetScannerElements(
            RequestedElements=asked
        ).ScannerElements.ElementData
    device = configuration.ScannerConfiguration.DeviceSettings
    condition = status.ScannerStatus.ActiveConditions.DeviceCondition[0]
    types = device.ContentTypesSupported.ContentTypeValue
    own = [each for each in device._value_1 or () if isinstance(each, etree._Element)]
    return {
        "content types": [getattr(each, "_value_1", each) for each in types],
        "elements": [(each.tag, each.text) for each in own],
        "condition": str(getattr(condition.Name, "_value_1", condition.Name)),
    }


async def test_zeep_reads_what_a_vendor_has_added(tmp_path: Path) -> None:
    # The law: [wscn/extension/elements-at-the-end] [wscn/device-settings/content-types-supported]
    async with running(tmp_path) as device:
        device.scanner.set_condition("acme:RollersWorn")
        found = await asyncio.to_thread(read_by_zeep, f"{device.scan_service_url}?wsdl")
    assert found["content types"][-1] == "acme:Receipt"
    assert found["condition"] == "acme:RollersWorn"
    assert found["elements"] == [(f"{{{ACME}}}QuietMode", "true & more")]


async def test_the_default_ticket_has_the_element_of_the_vendor_and_can_be_submitted(tmp_path: Path) -> None:
    # The law: [wscn/default-scan-ticket/can-be-submitted] [wscn/validation/unknown-element-ignored]
    async with running(tmp_path) as device:
        caller = Caller(device)
        answer = await caller.elements("wscn:DefaultScanTicket", "wscn:ScannerConfiguration")
        (last,) = answer.root.xpath(
            "//wscn:DefaultScanTicket/wscn:DocumentParameters/*[last()]", namespaces=NAMESPACES
        )
        assert (last.tag, last.text, last.prefix) == (f"{{{ACME}}}QuietMode", "false", "acme")
        (last,) = answer.root.xpath("//wscn:DeviceSettings/*[last()]", namespaces=NAMESPACES)
        assert last.tag == f"{{{ACME}}}QuietMode"
        (default,) = answer.root.xpath("//wscn:DefaultScanTicket", namespaces=NAMESPACES)
        content = "".join(etree.tostring(each, encoding="unicode") for each in default)
        created = await caller.create(f"<wscn:ScanTicket>{content}</wscn:ScanTicket>")
        assert (created.status, created.fault) == (200, "")


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ('<wscn:ContentType wscn:MustHonor="true">acme:Receipt</wscn:ContentType>', ""),
        ('<wscn:ContentType wscn:MustHonor="true">acme:Passport</wscn:ContentType>', "InvalidArgs"),
        ('<a:QuietMode xmlns:a="urn:acme:scan" wscn:MustHonor="true">true</a:QuietMode>', ""),
        ('<a:LoudMode xmlns:a="urn:acme:scan" wscn:MustHonor="true">true</a:LoudMode>', "InvalidArgs"),
    ],
)
async def test_what_a_ticket_demands_of_a_vendor(parameters: str, fault: str, tmp_path: Path) -> None:
    # The law: [wscn/validation/must-honor-or-reject] [wscn/ticket/content-type]
    async with running(tmp_path) as device:
        caller = Caller(device)
        created = await caller.create(ticket(parameters, images=1))
        assert created.fault == fault
        if not fault and "ContentType" in parameters:
            assert created.text("//wscn:DocumentFinalParameters/wscn:ContentType") == "acme:Receipt"
            final = created.root.xpath("//wscn:DocumentFinalParameters/wscn:ContentType", namespaces=NAMESPACES)
            assert final[0].nsmap["acme"] == ACME


async def test_scopes_are_told_and_found_by(tmp_path: Path) -> None:
    # The law: [discovery/scopes/uris] [discovery/match/every-scope]
    wsd = NAMESPACES["wsd"]

    def probe(scope: str) -> bytes:
        return (
            f'<soap:Envelope xmlns:soap="{NAMESPACES["soap"]}" xmlns:wsa="{NAMESPACES["wsa"]}" xmlns:d="{wsd}">'
            f"<soap:Header><wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To><wsa:Action>{wsd}/Probe"
            f"</wsa:Action><wsa:MessageID>urn:uuid:{uuid.uuid4()}</wsa:MessageID></soap:Header><soap:Body><d:Probe>"
            f"<d:Scopes>{scope}</d:Scopes></d:Probe></soap:Body></soap:Envelope>"
        ).encode()

    async with running(tmp_path) as device:
        answers = [await asyncio.to_thread(exchange, device.url, probe(each)) for each in (*SCOPES, "urn:other:1")]
    assert [each.text("//wsd:Scopes").split() for each in answers] == [SCOPES, SCOPES, []]
    assert [len(each.root.xpath("//wsd:ProbeMatch", namespaces=NAMESPACES)) for each in answers] == [1, 1, 0]


async def test_sane_airscan_scans_from_such_a_device(tmp_path: Path) -> None:
    async with running(tmp_path / "spool") as device:
        device.scanner.set_condition("acme:RollersWorn")
        code, said = await scanimage(device, tmp_path, "--resolution=100", "--source=Flatbed", "-o", "page.png")
        assert code == 0, said
        assert "page=1" in await asyncio.to_thread(qr_code, tmp_path / "page.png")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('prefix = "acme"', 'prefix = "a:b"', "vendor.prefix"),
        ('namespace = "urn:acme:scan"', 'namespace = "acme"', "vendor.namespace"),
        ('name = "RollersWorn"', 'name = "Rollers worn"', "vendor.conditions.name"),
        ('severity = "Critical"', 'severity = "Grave"', "vendor.conditions.severity"),
        ('component = "Platen"', 'component = "Tray"', "vendor.conditions.component"),
        ("content_types", "content_kinds", "vendor.content_kinds: no such field"),
        ("QuietMode =", '"Quiet Mode" =', "vendor.device_settings"),
    ],
)
def test_a_mistake_in_a_profile_is_named(before: str, after: str, said: str) -> None:
    with pytest.raises(ProfileError) as told:
        profile(VENDOR.replace(before, after, 1))
    assert said in str(told.value)


async def test_a_condition_that_the_scanner_does_not_have(tmp_path: Path) -> None:
    scanner = make_scanner(tmp_path / "spool")
    with pytest.raises(ValueError, match="acme:RollersWorn is no condition of this scanner; there are: Cal"):
        scanner.set_condition("acme:RollersWorn")
    await scanner.stop()
