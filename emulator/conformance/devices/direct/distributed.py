"""WS-DSD: the device as Distributed Scan Management has it (docs/protocol/dsm.md, sections 8 to 11), and what it
says of itself in its metadata."""

from __future__ import annotations

import asyncio
from typing import Final

from emulator.conformance import requests
from emulator.conformance.devices.asked_device import JOB_STATUS, NOT_FOUND, SCANNER_SERVICE
from emulator.conformance.devices.checks import SECTIONS, check
from emulator.conformance.devices.direct.events import CLEARED_EVENT, CONDITION_EVENT, END_EVENT, SUMMARY_EVENT
from emulator.conformance.devices.direct.jobs import listed
from emulator.conformance.devices.hands import Action
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.devices.structure import child, require_children, text
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import SENDER, expect, require
from emulator.conformance.names import DF, DSD, PNPX, WSCN, WSD, WSDP, Name
from emulator.conformance.reading import name_of
from emulator.conformance.services import hosted_services, types_in
from emulator.conformance.subscribing import asked, subscribed
from emulator.conformance.verdict import NotRun

SCAN_DEVICE: Final = Name(WSCN, "ScanDeviceType")
STATUS_EVENT: Final = "JobStatusEvent"


# Metadata of a scanner


@check("discovery/types/scan-device-type")
async def scan_device_type(peer: DevicePeer) -> None:
    """wscn:ScanDeviceType is among the types of ProbeMatches."""
    assert peer.probed is not None
    told = expect(peer.probed).response("ProbeMatches", WSD)
    names = [name for each in told.all("//wsd:ProbeMatch/wsd:Types") for name in types_in(each)]
    found = f"the types {', '.join(map(str, names)) or 'none'}"
    require(SCAN_DEVICE in names, found, str(SCAN_DEVICE), [peer.probed])


@check("clients/sane-airscan/scan-device-type")
async def probe_for_scanners(peer: DevicePeer) -> None:
    """A Probe for wscn:ScanDeviceType is answered with a match."""
    octets = requests.probe("wscn:ScanDeviceType")
    answer = await peer.speaker.send(peer.url, octets, operation="Probe")
    told = expect(answer).response("ProbeMatches", WSD)
    require(bool(told.all("//wsd:ProbeMatch")), "no ProbeMatch", "a ProbeMatch", [answer])


@check("dpws/hosted/scanner-service-type", "clients/wsd-python/literal-scanner-service-type")
async def scanner_service_type(peer: DevicePeer) -> None:
    """Types of a hosted service has wscn:ScannerServiceType, to the letter."""
    metadata = peer.metadata()
    assert peer.described is not None
    words = [word for each in metadata.all("//wsdp:Hosted/wsdp:Types") for word in (each.text or "").split()]
    require("wscn:ScannerServiceType" in words, f"the types {words}", "wscn:ScannerServiceType", [peer.described])


@check("dpws/hosted/compatible-id")
async def compatible_id(peer: DevicePeer) -> None:
    """Hosted of the scanner has the pnpx:CompatibleId by which Windows finds a driver."""
    metadata = peer.metadata()
    assert peer.described is not None
    wanted = f"{WSCN}/{SCANNER_SERVICE.local}"
    found = [(each.text or "").strip() for each in metadata.root.iter(f"{{{PNPX}}}CompatibleId")]
    words = [word for each in found for word in each.split()]
    require(wanted in words, f"CompatibleId {found or 'missing'}", wanted, [peer.described])


@check("dpws/hosted/hardware-id")
async def hardware_id(peer: DevicePeer) -> None:
    """Hosted of the scanner has a pnpx:HardwareId."""
    metadata = peer.metadata()
    assert peer.described is not None
    found = [(each.text or "").strip() for each in metadata.root.iter(f"{{{PNPX}}}HardwareId")]
    right = any("VEN_" in each and "DEV_" in each for each in found)
    require(right, f"HardwareId {found or 'missing'}", "VEN_...&DEV_...", [peer.described])


@check("dpws/metadata/device-category")
async def device_category(peer: DevicePeer) -> None:
    """ThisModel has pnpx:DeviceCategory with Scanners, MFP or Printers."""
    metadata = peer.metadata()
    assert peer.described is not None
    found = [(each.text or "").split() for each in metadata.root.iter(f"{{{PNPX}}}DeviceCategory")]
    words = {word for each in found for word in each}
    right = bool(words & {"Scanners", "MFP", "Printers"})
    require(right, f"DeviceCategory {' '.join(words) or 'missing'}", "Scanners or MFP", [peer.described])


@check("dpws/metadata/container-id", "notes/c-05/container-id-in-braces")
async def container_id(peer: DevicePeer) -> str:
    """Whether ThisDevice has df:ContainerId, a GUID in braces."""
    metadata = peer.metadata()
    assert peer.described is not None
    found = [(each.text or "").strip() for each in metadata.root.iter(f"{{{DF}}}ContainerId")]
    right = bool(found) and found[0].startswith("{") and found[0].endswith("}")
    require(right, f"ContainerId {found or 'missing'}", "a GUID in braces", [peer.described])
    return found[0]


@check("notes/c-32/container-id-dialect")
async def container_id_dialect(peer: DevicePeer) -> str:
    """The section that holds df:ContainerId, where there is one, has a Dialect of 2006/02."""
    metadata = peer.metadata()
    assert peer.described is not None
    sections = [each.getparent() for each in metadata.all("//wsx:MetadataSection/*[.//df:ContainerId]")]
    for each in sections:
        came = each.get("Dialect", "")
        require(came.startswith(f"{WSDP}/"), f"Dialect {came}", f"one of {WSDP}", [peer.described], each)
    return f"so in {len(sections)}"


@check("dpws/namespace/of-windows-extensions")
async def windows_namespaces(peer: DevicePeer) -> str:
    """The elements for Windows in the metadata are in the namespaces of PnP-X and of Device Foundation."""
    metadata = peer.metadata()
    assert peer.described is not None
    seen = []
    for each in metadata.root.iter():
        wanted = _OF_WINDOWS.get(name_of(each).local) if isinstance(each.tag, str) else None
        if wanted is not None:
            came = name_of(each)
            require(came.namespace == wanted, f"{came}", f"in {wanted}", [peer.described], each)
            seen.append(came.local)
    return ", ".join(seen) or "there are none"


_OF_WINDOWS = {"DeviceCategory": PNPX, "HardwareId": PNPX, "CompatibleId": PNPX, "ContainerId": DF}


@check("dpws/metadata/every-field", "clients/wsd-python/full-metadata", "clients/go-mfp/full-metadata")
async def every_field(peer: DevicePeer) -> None:
    """Manufacturer, ModelName, ModelNumber, FriendlyName, FirmwareVersion and SerialNumber are there."""
    metadata = peer.metadata()
    assert peer.described is not None
    names = ("Manufacturer", "ModelName", "ModelNumber", "FriendlyName", "FirmwareVersion", "SerialNumber")
    missing = [each for each in names if not metadata.text(f"//wsdp:{each}")]
    require(not missing, f"no {', '.join(missing)}", "all six", [peer.described])


# The WS-DSD service


@check("dsd/types/of-device-and-service")
async def device_and_service(peer: DevicePeer) -> None:
    """A device that hosts WS-DSD is of the type wscn:ScanDeviceType, and hosts a scanner's service."""
    peer.require_managed()
    assert peer.described is not None and peer.probed is not None
    services = [name for types, _ in hosted_services(peer.metadata()) for name in types]
    told = expect(peer.probed).response("ProbeMatches", WSD)
    own = [name for each in told.all("//wsd:ProbeMatch/wsd:Types") for name in types_in(each)]
    right = SCANNER_SERVICE in services and SCAN_DEVICE in own
    found = f"the types {', '.join(map(str, own))}, with services {', '.join(map(str, services))}"
    require(right, found, f"{SCAN_DEVICE} with {SCANNER_SERVICE}", [peer.probed, peer.described])


@check("dsd/wire/namespace", "dsd/operations/child-namespaces", "dsd/action/body-decides")
async def namespace(peer: DevicePeer) -> None:
    """The root of an answer and its first children are of WS-DSD."""
    peer.require_managed()
    answer = await peer.scanner_elements(*SECTIONS, namespace=DSD)
    told = expect(answer).response("GetScannerElementsResponse", DSD)
    first = [name_of(each) for each in told.root.iterfind("{*}Body/*/*") if isinstance(each.tag, str)]
    require(first == [Name(DSD, "ScannerElements")], f"{first}", "dsd:ScannerElements", [answer], told.body)


@check("dsd/operations/all-five")
async def all_five(peer: DevicePeer) -> None:
    """GetActiveJobs, GetJobElements, GetJobHistory, GetScannerElements and ValidateScanTicket are all answered."""
    peer.require_managed()
    job = await peer.new_job()
    for answer, name in (
        (await peer.jobs("GetActiveJobs", DSD), "GetActiveJobsResponse"),
        (await peer.job_elements(job.id, namespace=DSD), "GetJobElementsResponse"),
        (await peer.jobs("GetJobHistory", DSD), "GetJobHistoryResponse"),
        (await peer.scanner_elements(SECTIONS[0], namespace=DSD), "GetScannerElementsResponse"),
        (await peer.validate(await peer.ticket(), namespace=DSD), "ValidateScanTicketResponse"),
    ):
        expect(answer).response(name, DSD)


@check("dsd/operations/wsscan-content", "dsd/get-scanner-elements/response")
async def wsscan_content(peer: DevicePeer) -> None:
    """Below the elements of WS-DSD stand the four sections of WS-Scan."""
    peer.require_managed()
    answer = await peer.scanner_elements(*SECTIONS, namespace=DSD)
    told = expect(answer).response("GetScannerElementsResponse", DSD)
    for name in SECTIONS:
        found = told.all(f"//dsd:ScannerElements/wscn:ElementData/{name}")
        require(len(found) == 1, f"{len(found)} {name}", "one", [answer], told.body)


@check("dsd/get-active-jobs/response")
async def active_jobs(peer: DevicePeer) -> None:
    """ActiveJobs has a job that was created by WS-Scan."""
    peer.require_managed()
    job = await peer.new_job()
    found, answer = await listed(peer, "GetActiveJobs", "ActiveJobs", DSD)
    ids = [text(child(each, "JobId")) for each in found]
    require(str(job.id) in ids, f"the jobs {', '.join(ids) or 'none'}", str(job.id), [answer], answer.envelope.body)


@check("dsd/get-job-elements/response")
async def job_elements(peer: DevicePeer) -> None:
    """JobElements has the JobStatus that was asked for."""
    peer.require_managed()
    job = await peer.new_job()
    answer = await peer.job_elements(job.id, JOB_STATUS, namespace=DSD)
    told = expect(answer).response("GetJobElementsResponse", DSD)
    found = told.all("//dsd:JobElements/wscn:ElementData/wscn:JobStatus")
    require(len(found) == 1, f"{len(found)} JobStatus", "one", [answer], told.body)


@check("dsd/get-job-history/response")
async def job_history(peer: DevicePeer) -> str:
    """JobHistory is there, with jobs that are final."""
    peer.require_managed()
    await peer.ended_job()
    found, answer = await listed(peer, "GetJobHistory", "JobHistory", DSD)
    for each in found:
        state = text(child(each, "JobState"))
        require(state in ("Completed", "Canceled", "Aborted"), state, "a final state", [answer], each)
    return f"{len(found)} jobs"


@check("dsd/validate-scan-ticket/response", "dsd/validate-scan-ticket/validation-info")
async def validate(peer: DevicePeer) -> None:
    """ValidationInfo has ValidTicket and ImageInformation."""
    peer.require_managed()
    answer = await peer.validate(await peer.ticket(), namespace=DSD)
    told = expect(answer).response("ValidateScanTicketResponse", DSD)
    found = told.all("//dsd:ValidationInfo")
    require(len(found) == 1, f"{len(found)} ValidationInfo", "one", [answer], told.body)
    wanted = ("ValidTicket", "ImageInformation", "ValidScanTicket")
    require_children(found[0], wanted, answer, wanted[2:])


@check("dsd/validate-scan-ticket/roots-of-wsscan")
async def roots_of_wsscan(peer: DevicePeer) -> None:
    """Whether the root of WS-Scan is taken too."""
    to = peer.require_managed()
    body = f"<wscn:ValidateScanTicketRequest>{(await peer.ticket()).xml()}</wscn:ValidateScanTicketRequest>"
    answer = await peer.ask("ValidateScanTicket", body, to=to)
    told = expect(answer).answer("ValidateScanTicketResponse")
    if told.fault is not None or told.body_name.local != "ValidateScanTicketResponse":
        raise expect(answer).departs("ValidateScanTicketResponse")


@check("dsd/action/either-namespace", "notes/silent/dsd-operation-actions")
async def either_namespace(peer: DevicePeer) -> None:
    """An action in the namespace of WS-Scan is taken too."""
    peer.require_managed()
    body = "<dsd:GetActiveJobsRequest/>"
    answer = await peer.ask("GetActiveJobs", body, namespace=DSD, action=f"{WSCN}/GetActiveJobs")
    expect(answer).response("GetActiveJobsResponse", DSD)


@check("dsd/fault/wsscan-subcodes", "notes/silent/fault-prefix-of-dsd")
async def fault_subcode(peer: DevicePeer) -> None:
    """A fault of WS-DSD has the subcode of WS-Scan."""
    peer.require_managed()
    expect(await peer.job_elements(peer.unknown_job(), namespace=DSD)).fault(SENDER, NOT_FOUND)


# Its events


async def _job_events(peer: DevicePeer) -> tuple[list[Exchange], Exchange]:
    """What a subscriber without a filter at the WS-DSD endpoint is told of a whole job and of an open cover."""

    async def make() -> tuple[list[Exchange], Exchange]:
        sink = peer.require_sink()
        made = await subscribed(peer, to=peer.require_managed())
        await peer.whole_job()
        await sink.wait(made.notify_to, END_EVENT, peer.limits.event)
        try:
            await peer.hands.do(Action.OPEN)
            await sink.wait(made.notify_to, CONDITION_EVENT, peer.limits.event)
            await peer.hands.do(Action.CLEAR)
            await sink.wait(made.notify_to, CLEARED_EVENT, peer.limits.event)
        except NotRun:
            pass  # what a job brings is seen all the same
        await asyncio.sleep(peer.limits.quiet)
        return sink.at(made.notify_to), made.answer

    return await peer.situation("events at the WS-DSD endpoint", make)


async def _of(peer: DevicePeer, name: str) -> list[Exchange]:
    events, granted = await _job_events(peer)
    found = [each for each in events if each.operation == name]
    if not found and name in (CONDITION_EVENT, CLEARED_EVENT, SUMMARY_EVENT):
        await peer.hands.do(Action.CLEAR)  # says who is missing, where nobody has hands
    require(bool(found), f"no {name}", f"a {name}", [granted])
    return found


@check("dsd/event/subscriptions-of-wseventing")
async def subscriptions(peer: DevicePeer) -> None:
    """The WS-DSD service answers Subscribe."""
    await subscribed(peer, to=peer.require_managed())


@check("dsd/event/body-of-the-endpoint", "dsd/event/no-filter", "dsd/event/action-of-wsscan")
async def body_of_the_endpoint(peer: DevicePeer) -> None:
    """An event that no filter asks for has an action of WS-Scan and a body of WS-DSD."""
    events, granted = await _job_events(peer)
    require(bool(events), "no event", "events", [granted])
    for each in events:
        told = asked(each)
        right = told.body_name.namespace == DSD and told.action == f"{WSCN}/{told.body_name.local}"
        found = f"{told.body_name} under {told.action}"
        require(right, found, "a body of WS-DSD under an action of WS-Scan", [each], told.body)


@check("notes/c-02/event-actions-in-wscn")
async def event_actions(peer: DevicePeer) -> None:
    """The action of an event is in the namespace of WS-Scan."""
    for each in await _of(peer, END_EVENT):
        action = asked(each).action
        require(action.startswith(f"{WSCN}/"), action, f"{WSCN}/...", [each])


@check("dsd/event/action-of-the-filter", "notes/c-02/event-action-as-filtered")
async def action_of_the_filter(peer: DevicePeer) -> None:
    """A subscriber that filters on an action of WS-DSD gets the event under it."""
    sink = peer.require_sink()
    made = await subscribed(peer, f"{DSD}/{END_EVENT}", to=peer.require_managed())
    await peer.whole_job()
    came = await sink.wait(made.notify_to, END_EVENT, peer.limits.event)
    require(bool(came), f"no {END_EVENT}", f"a {END_EVENT}", [made.answer])
    action = asked(came[0]).action
    require(action == f"{DSD}/{END_EVENT}", action, f"{DSD}/{END_EVENT}", [came[0]])


@check("dsd/event/job-status", "dsd/event/children-of-job-status")
async def job_status_event(peer: DevicePeer) -> None:
    """JobStatusEvent holds JobStatus with its children."""
    for each in await _of(peer, STATUS_EVENT):
        found = asked(each).all("//dsd:JobStatusEvent/dsd:JobStatus | //dsd:JobStatusEvent/wscn:JobStatus")
        require(len(found) == 1, f"{len(found)} JobStatus", "one", [each], asked(each).body)
        for name in ("JobId", "JobState", "JobStateReasons", "ScansCompleted"):
            require(child(found[0], name) is not None, f"no {name}", name, [each], found[0])


@check(
    "dsd/event/job-end-state", "dsd/event/children-of-job-end-state", "dsd/event/job-end-state-has-completed-names"
)
async def job_end_event(peer: DevicePeer) -> None:
    """JobEndStateEvent holds JobEndState with JobCompletedState and what goes with it."""
    for each in await _of(peer, END_EVENT):
        path = "//dsd:JobEndStateEvent/dsd:JobEndState | //dsd:JobEndStateEvent/wscn:JobEndState"
        found = asked(each).all(path)
        require(len(found) == 1, f"{len(found)} JobEndState", "one", [each], asked(each).body)
        for name in ("JobId", "JobCompletedState", "JobCompletedStateReasons", "JobName", "ScansCompleted"):
            require(child(found[0], name) is not None, f"no {name}", name, [each], found[0])


@check("dsd/event/scanner-status-condition", "dsd/event/children-of-device-condition")
async def condition_event(peer: DevicePeer) -> None:
    """ScannerStatusConditionEvent holds DeviceCondition with Id and its children."""
    for each in await _of(peer, CONDITION_EVENT):
        found = [one for one in asked(each).root.iter() if str(one.tag).endswith("}DeviceCondition")]
        require(len(found) == 1, f"{len(found)} DeviceCondition", "one", [each], asked(each).body)
        require(found[0].get("Id") is not None, "no Id", "Id", [each], found[0])
        require_children(found[0], ("Time", "Name", "Component", "Severity"), each)


@check("dsd/event/scanner-status-condition-cleared", "dsd/event/children-of-device-condition-cleared")
async def cleared_event(peer: DevicePeer) -> None:
    """ScannerStatusConditionClearedEvent holds DeviceConditionCleared with its children."""
    for each in await _of(peer, CLEARED_EVENT):
        found = [one for one in asked(each).root.iter() if str(one.tag).endswith("}DeviceConditionCleared")]
        require(len(found) == 1, f"{len(found)} DeviceConditionCleared", "one", [each], asked(each).body)
        require_children(found[0], ("ConditionId", "ConditionClearTime"), each)


@check("dsd/event/scanner-status-summary", "dsd/event/children-of-status-summary")
async def summary_event(peer: DevicePeer) -> None:
    """ScannerStatusSummaryEvent holds StatusSummary with its children."""
    for each in await _of(peer, SUMMARY_EVENT):
        found = [one for one in asked(each).root.iter() if str(one.tag).endswith("}StatusSummary")]
        require(len(found) == 1, f"{len(found)} StatusSummary", "one", [each], asked(each).body)
        require_children(found[0], ("ScannerState", "ScannerStateReasons"), each)


@check("dsd/event/only-to-subscribers")
async def only_to_subscribers(peer: DevicePeer) -> None:
    """A subscriber to the end of jobs alone gets nothing else."""
    sink = peer.require_sink()
    made = await subscribed(peer, f"{WSCN}/{END_EVENT}", to=peer.require_managed())
    await peer.whole_job()
    await sink.wait(made.notify_to, END_EVENT, peer.limits.event)
    await asyncio.sleep(peer.limits.quiet)
    others = [each for each in sink.at(made.notify_to) if each.operation != END_EVENT]
    require(not others, f"a {others[0].operation if others else ''}", f"{END_EVENT} alone", others)
