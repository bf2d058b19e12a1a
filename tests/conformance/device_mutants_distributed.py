"""Mutants of WS-DSD, of a scanner's metadata, and of what every message and package has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from device_mutants_events import lost
from device_plugs import WSCN, another_fault, does, holding, refuses, says, spoilt, wrong
from mutant import Change, Mutant, Plug, attribute, octets, renamed, text, without

from emulator.layers import Layers
from emulator.soap.package import MimePackage
from emulator.soap.points import PART, OutgoingPackage
from emulator.wsscan import faults

DSD = "{http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device}"
OF_DSD = holding("distributedscan/device")
STATUS, END = "JobStatusEvent", "JobEndStateEvent"
CONDITION, CLEARED, SUMMARY = (
    "ScannerStatusConditionEvent",
    "ScannerStatusConditionClearedEvent",
    "ScannerStatusSummaryEvent",
)


def got(id: str, does: str, change: Change) -> Mutant:
    """The metadata say it otherwise."""
    return wrong(id, does, says(change, "Get"))


def probed(id: str, does: str, change: Change) -> Mutant:
    """ProbeMatches say it otherwise."""
    return wrong(id, does, says(change, "Probe"))


def told(id: str, does: str, change: Change, *operations: str) -> Mutant:
    """A message says it otherwise."""
    return wrong(id, does, says(change, *operations))


def other_prefix(data: bytes) -> bytes:
    """The scan service's type has another prefix."""
    declared = data.replace(b":Envelope ", f':Envelope xmlns:scan="{WSCN[1:-1]}" '.encode(), 1)
    return declared.replace(b"wscn:ScannerServiceType<", b"scan:ScannerServiceType<")


def packaged(change: Callable[[MimePackage], MimePackage]) -> Plug:
    """Packages are made otherwise."""

    async def handler(out: OutgoingPackage) -> MimePackage:
        return change(out.package)

    @contextmanager
    def plugged(layers: Layers) -> Iterator[None]:
        unplug = layers.handle(PART, handler, name="a mutant")
        try:
            yield
        finally:
            unplug()

    return plugged


def root_without_id(package: MimePackage) -> MimePackage:
    """The root has no Content-ID."""
    root, *rest = package.parts
    headers = tuple(each for each in root.headers if each[0].lower() != "content-id")
    return replace(package, parts=(replace(root, headers=headers), *rest))


def header_without_colon(package: MimePackage) -> MimePackage:
    """A line among the headers of the image is none."""
    root, *rest = package.parts
    return replace(
        package, parts=(root, *(replace(each, headers=(*each.headers, ("no header", "x"))) for each in rest))
    )


def long_boundary(package: MimePackage) -> MimePackage:
    """The boundary has 80 characters."""
    made = package.boundary.ljust(80, "x")
    return replace(
        package,
        boundary=made,
        content_type=package.content_type.replace(package.boundary, made),
        closing=package.closing.replace(package.boundary.encode(), made.encode()),
    )


def in_wscn(root: Any) -> None:
    """What is of WS-DSD is in the namespace of WS-Scan."""
    for each in root.iter(f"{DSD}*"):
        each.tag = each.tag.replace(DSD, WSCN)


def of_2006_01(root: Any) -> None:
    """Elements are in the namespace that the pages print."""
    for each in root.iter(f"{WSCN}ExposureSettings"):
        each.tag = each.tag.replace("2006/08", "2006/01")


def large(root: Any) -> None:
    """A number of more than 32 bits."""
    for each in root.iter(f"{WSCN}PlatenMaximumSize"):
        each[0].text = "2147483648"


def no_filter(root: Any) -> None:
    """There is no filter."""
    for each in root.findall("{*}Filter"):
        root.remove(each)


def other_root(root: Any) -> None:
    """The root is another."""
    for each in root.iter(f"{WSCN}GetJobElementsResponse"):
        each.tag = f"{WSCN}GetJobElements"


DSD_ALONE = refuses("GetJobElements", OF_DSD)
NOTHING = without("//*[local-name()='JobSummary']")

MUTANTS = (
    probed("discovery/types/scan-device-type", "a device alone", text("//wsd:Types", "wsdp:Device")),
    probed("clients/sane-airscan/scan-device-type", "no match", without("//wsd:ProbeMatch")),
    wrong("dpws/hosted/scanner-service-type", "another prefix", octets(other_prefix, "Get")),
    wrong("clients/wsd-python/literal-scanner-service-type", "another prefix", octets(other_prefix, "Get")),
    got("dpws/hosted/compatible-id", "missing", without("//pnpx:CompatibleId")),
    got("dpws/hosted/hardware-id", "missing", without("//pnpx:HardwareId")),
    got("dpws/metadata/device-category", "missing", without("//pnpx:DeviceCategory")),
    got("dpws/metadata/container-id", "missing", without("//df:ContainerId")),
    got("notes/c-05/container-id-in-braces", "without braces", text("//df:ContainerId", "9da87cde-76f3")),
    got(
        "notes/c-32/container-id-dialect",
        "of 2005/05",
        attribute(
            "//wsx:MetadataSection[.//df:ContainerId]",
            "Dialect",
            "http://schemas.xmlsoap.org/ws/2005/05/devprof/ThisDevice",
        ),
    ),
    got(
        "dpws/namespace/of-windows-extensions",
        "of 2005/10 for both",
        renamed("//df:ContainerId", "{http://schemas.microsoft.com/windows/pnpx/2005/10}ContainerId"),
    ),
    got("dpws/metadata/every-field", "no SerialNumber", without("//wsdp:SerialNumber")),
    got("clients/wsd-python/full-metadata", "no FirmwareVersion", without("//wsdp:FirmwareVersion")),
    got("clients/go-mfp/full-metadata", "no ModelNumber", without("//wsdp:ModelNumber")),
    probed("dsd/types/of-device-and-service", "a device alone", text("//wsd:Types", "wsdp:Device")),
    wrong("dsd/wire/namespace", "WS-Scan's", says(in_wscn)),
    wrong("dsd/operations/child-namespaces", "WS-Scan's", says(in_wscn)),
    wrong("dsd/action/body-decides", "WS-Scan's", says(in_wscn)),
    wrong("dsd/operations/all-five", "four", DSD_ALONE),
    told("dsd/operations/wsscan-content", "no status", without("//wscn:ScannerStatus")),
    told("dsd/get-scanner-elements/response", "no description", without("//wscn:ScannerDescription")),
    told("dsd/get-active-jobs/response", "none", NOTHING, "GetActiveJobs"),
    wrong("dsd/get-job-elements/response", "refused", DSD_ALONE),
    told("dsd/get-job-history/response", "not final", text("//wscn:JobState", "Started"), "GetJobHistory"),
    told(
        "dsd/validate-scan-ticket/response",
        "no image",
        without("//*[local-name()='ImageInformation']"),
        "ValidateScanTicket",
    ),
    told(
        "dsd/validate-scan-ticket/validation-info",
        "no ValidTicket",
        without("//*[local-name()='ValidTicket']"),
        "ValidateScanTicket",
    ),
    wrong("dsd/validate-scan-ticket/roots-of-wsscan", "refused", refuses("ValidateScanTicket")),
    wrong("dsd/action/either-namespace", "refused", refuses("GetActiveJobs")),
    wrong("notes/silent/dsd-operation-actions", "refused", refuses("GetActiveJobs")),
    wrong("dsd/fault/wsscan-subcodes", "another", another_fault("GetJobElements")),
    wrong("notes/silent/fault-prefix-of-dsd", "another", another_fault("GetJobElements", faults.temporary_error())),
    wrong("dsd/event/subscriptions-of-wseventing", "refused", refuses("Subscribe")),
    told("dsd/event/body-of-the-endpoint", "WS-Scan's", in_wscn, STATUS, END),
    told("dsd/event/no-filter", "an action of WS-DSD", text("//wsa:Action", f"{DSD[1:-1]}/{END}"), END),
    told("dsd/event/action-of-wsscan", "an action of WS-DSD", text("//wsa:Action", f"{DSD[1:-1]}/{END}"), END),
    told("notes/c-02/event-actions-in-wscn", "in WS-DSD", text("//wsa:Action", f"{DSD[1:-1]}/{END}"), END),
    told("dsd/event/action-of-the-filter", "of WS-Scan", text("//wsa:Action", f"{WSCN[1:-1]}/{END}"), END),
    told("notes/c-02/event-action-as-filtered", "of WS-Scan", text("//wsa:Action", f"{WSCN[1:-1]}/{END}"), END),
    told("dsd/event/job-status", "no JobStatus", without("//dsd:JobStatusEvent/*"), STATUS),
    told("dsd/event/children-of-job-status", "no JobId", without("//wscn:JobId"), STATUS),
    told("dsd/event/job-end-state", "no JobEndState", without("//dsd:JobEndStateEvent/*"), END),
    told("dsd/event/children-of-job-end-state", "no JobName", without("//wscn:JobName"), END),
    told(
        "dsd/event/job-end-state-has-completed-names",
        "JobState",
        renamed("//wscn:JobCompletedState", f"{WSCN}JobState"),
        END,
    ),
    wrong("dsd/event/scanner-status-condition", "never", lost(CONDITION)),
    told("dsd/event/children-of-device-condition", "no Component", without("//wscn:Component"), CONDITION),
    wrong("dsd/event/scanner-status-condition-cleared", "never", lost(CLEARED)),
    told(
        "dsd/event/children-of-device-condition-cleared", "no time", without("//wscn:ConditionClearTime"), CLEARED
    ),
    wrong("dsd/event/scanner-status-summary", "never", lost(SUMMARY)),
    told("dsd/event/children-of-status-summary", "no state", without("//wscn:ScannerState"), SUMMARY),
    wrong("dsd/event/only-to-subscribers", "all", does("Subscribe", no_filter)),
    # Packages
    wrong("mtom/outer/multipart-related", "another", spoilt("multipart-other")),
    wrong("mtom/outer/type", "without quotes", spoilt("type-unquoted")),
    wrong("mtom/outer/type", "missing", spoilt("no-type")),
    wrong("mtom/outer/boundary", "80 characters", packaged(long_boundary)),
    wrong("mtom/outer/start", "missing", spoilt("no-start")),
    wrong("mtom/outer/start", "of nothing", spoilt("start-names-nothing")),
    wrong("mtom/outer/start-info", "missing", spoilt("no-start-info")),
    wrong("mtom/root/first", "the image", spoilt("parts-swapped")),
    wrong("wsdapi/mtom/root-first-and-binary", "the image", spoilt("parts-swapped")),
    wrong("mtom/root/content-type", "text/xml", spoilt("root-type")),
    wrong("mtom/root/content-id", "without brackets", packaged(root_without_id)),
    wrong("mtom/root/transfer-encoding", "none", spoilt("no-transfer-encoding")),
    wrong("mtom/attachment/headers", "no type", spoilt("attachment-type-missing")),
    wrong("mtom/attachment/headers", "no id", spoilt("content-id-missing")),
    wrong("mtom/attachment/binary", "base64", spoilt("base64")),
    wrong("mtom/include/href", "a URL", spoilt("include-other")),
    wrong("mtom/include/only-child", "text beside it", spoilt("include-not-alone")),
    wrong("mtom/delimiter/preamble-and-epilogue", "a preamble", spoilt("preamble")),
    wrong("mtom/delimiter/preamble-and-epilogue", "an epilogue", spoilt("epilogue")),
    wrong("mtom/attachment/id-form", "blanks", spoilt("content-id-blanks")),
    wrong("mtom/delimiter/form", "no CR LF before", spoilt("delimiter-without-crlf")),
    wrong("mtom/delimiter/close", "no dashes", spoilt("closing-without-dashes")),
    wrong("mtom/delimiter/lines-end-cr-lf", "LF alone", spoilt("bare-lf")),
    wrong("mtom/part/header-lines", "no colon", packaged(header_without_colon)),
    # Messages
    told("wscn/wire/namespace", "of 2006/01", of_2006_01, "CreateScanJob"),
    told("notes/c-01/wscn-2006-08-sent", "of 2006/01", of_2006_01, "CreateScanJob"),
    told(
        "wscn/wire/response-action",
        "the request's",
        text("//wsa:Action", f"{WSCN[1:-1]}/CancelJob"),
        "GetJobElements",
    ),
    told("wscn/wire/body-roots", "without Response", other_root, "GetJobElements"),
    told("wscn/fault/action", "its own", text("//wsa:Action", f"{WSCN[1:-1]}/fault"), "GetJobElements"),
    wrong("wscn/fault/http-status", "200", spoilt("fault-status", "exchange", status=200)),
    told("wscn/wire/booleans", "yes", text("//wscn:AutoExposureSupported", "yes")),
    told("wscn/extension/not-extensible", "maybe", text("//wscn:BrightnessSupported", "maybe")),
    told("wscn/wire/integers-of-32-bits", "2147483648", large),
)
