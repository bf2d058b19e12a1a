"""Mutants of clients: the scripted client with one thing done otherwise, and the check that has to find it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mutant import NAMESPACES, Change, attribute, header_last, renamed, swapped, text, twice, with_child, without
from scripted_client import (
    WSA,
    WSCN,
    WSD,
    Script,
    ScriptedClient,
    Wrong,
    asks,
    creates,
    discovers,
    manages,
    scans,
    subscribes,
    takes_what_is_offered,
    tries_again,
)

from emulator.conformance.clients.situations import Situation

SOAP_1_1 = b"http://schemas.xmlsoap.org/soap/envelope/"
SOAP = NAMESPACES["soap"].encode()
FOREIGN = "urn:nobody"


@dataclass(frozen=True)
class ClientMutant:
    """One of them."""

    caught_by: str
    does: str
    scripts: Mapping[Situation, Script]
    wrong: Wrong | None = None
    judged: dict[str, Any] = field(default_factory=dict)
    """More keywords of the judging."""

    @property
    def name(self) -> str:
        return f"{self.caught_by}: {self.does}"


def _ordinary(script: Script) -> Mapping[Situation, Script]:
    return {Situation.ORDINARY: script}


_SCRIPTS = {
    "Probe": discovers,
    "Resolve": discovers,
    "Get": discovers,
    "Subscribe": subscribes,
    "Renew": subscribes,
    "GetScannerElements": asks,
    "GetJobElements": asks,
    "ValidateScanTicket": asks,
    "CreateScanJob": creates,
    "CancelJob": creates,
    "RetrieveImage": scans,
}
"""Operation -> the shortest script in which it is asked for."""


def wrong(id: str, does: str, operation: str, change: Change | None = None, **more: Any) -> ClientMutant:
    """Its requests for that operation are other ones. `more`: of Wrong."""
    script = manages if operation.startswith("dsd:") else _SCRIPTS[operation]
    return ClientMutant(id, does, _ordinary(script), Wrong(operation, change, **more))


def acts(id: str, does: str, script: Script, at: Situation = Situation.ORDINARY, **judged: Any) -> ClientMutant:
    """It does other things."""
    return ClientMutant(id, does, {at: script}, judged=judged)


def replaced(before: bytes, after: bytes) -> Callable[[bytes], bytes]:
    return lambda octets: octets.replace(before, after)


def prolonged(octets: bytes) -> bytes:
    """More than 32767 octets."""
    return octets.replace(b"<soap:Header>", b"<soap:Header>" + b" " * 33000)


def with_text(path: str, words: str) -> Change:
    """Text stands beside the children of the elements there."""

    def change(root: Any) -> None:
        for each in root.xpath(path, namespaces=NAMESPACES):
            each.text = words

    return change


def first(path: str, xml: str) -> Change:
    """Another child stands before all others."""

    def change(root: Any) -> None:
        with_child(path, xml)(root)
        for each in root.xpath(path, namespaces=NAMESPACES):
            each.insert(0, each[-1])

    return change


def after(path: str, xml: str) -> Change:
    """Another element stands behind those."""

    def change(root: Any) -> None:
        for each in root.xpath(path, namespaces=NAMESPACES):
            parent = each.getparent()
            with_child("//*[local-name()='Header']", xml)(root)
            made = root.xpath("//*[local-name()='Header']/*[last()]")[0]
            parent.insert(parent.index(each) + 1, made)

    return change


def to_the_device(path: str) -> str:
    """The path of the device, and not of its service."""
    return path.rpartition("/")[0]


ELEMENTS = "GetScannerElements"
CREATE = "CreateScanJob"
TICKET = "//wscn:ScanTicket"
PARAMETERS = "//wscn:DocumentParameters"
OTHER = "<wscn:Other/>"


def reply_to(id: str, does: str, name: str = "ReplyTo") -> ClientMutant:
    block = f"<wsa:{name}><wsa:Address>http://127.0.0.1:9/</wsa:Address></wsa:{name}>"

    def change(root: Any) -> None:
        without(f"//wsa:{name}")(root)
        with_child("//soap:Header", block)(root)

    return wrong(id, does, ELEMENTS, change)


MESSAGES = (
    wrong("soap/envelope/namespace", "SOAP 1.1", ELEMENTS, octets=replaced(SOAP, SOAP_1_1)),
    wrong("soap/envelope/namespace", "garbage", ELEMENTS, octets=lambda _: b"\x00\xffnothing at all"),
    wrong(
        "soap/envelope/utf-8",
        "ISO 8859-1",
        ELEMENTS,
        octets=replaced(b'encoding="utf-8"', b'encoding="iso-8859-1"'),
    ),
    wrong("soap/envelope/no-processing-instructions", "one", ELEMENTS, octets=replaced(b"?>", b"?><?go on?>")),
    wrong("soap/envelope/elements-alone", "text in the header", ELEMENTS, with_text("//soap:Header", "hello")),
    wrong("soap/envelope/header-then-body", "the Header last", ELEMENTS, header_last),
    wrong("soap/envelope/size", "33 kB", ELEMENTS, octets=prolonged),
    wrong("soap/envelope/no-dtd", "one", ELEMENTS, octets=replaced(b"?>", b"?><!DOCTYPE a>")),
    wrong(
        "soap/http/charset-of-the-document",
        "UTF-16",
        ELEMENTS,
        headers={"Content-Type": "application/soap+xml; charset=utf-16"},
    ),
    wrong("soap/http/post", "PUT", ELEMENTS, method="PUT"),
    wrong("soap/http/content-type", "text/xml", ELEMENTS, headers={"Content-Type": "text/xml; charset=utf-8"}),
    wrong("soap/http/no-soapaction", "an empty one", ELEMENTS, headers={"SOAPAction": '""'}),
    wrong("soap/http/action-of-the-envelope", "another", ELEMENTS, headers={"SOAPAction": '"urn:other"'}),
    wrong("soap/http/wsdapi-headers", "no Pragma", ELEMENTS, headers={"Pragma": None}),
    wrong("soap/udp/one-envelope-a-datagram", "cut off", "Resolve", octets=lambda octets: octets[:-20]),
    wrong("soap/udp/size", "33 kB", "Resolve", octets=prolonged),
    wrong("discovery/timing/max-envelope-size", "33 kB", "Resolve", octets=prolonged),
    wrong("addressing/action/required", "none", ELEMENTS, without("//wsa:Action")),
    wrong("addressing/message-id/required", "none", ELEMENTS, without("//wsa:MessageID")),
    wrong(
        "addressing/address/no-white-space-around", "blanks", ELEMENTS, text("//wsa:Action", f" {WSCN}/{ELEMENTS} ")
    ),
    wrong(
        "addressing/namespace/of-2004-08",
        "MessageID of 2005/08",
        ELEMENTS,
        renamed("//wsa:MessageID", "{http://www.w3.org/2005/08/addressing}MessageID"),
    ),
    wrong("addressing/to/of-a-request", "another", ELEMENTS, text("//wsa:To", "http://127.0.0.1:9/other")),
    wrong("addressing/to/of-a-request", "a urn:", CREATE, text("//wsa:To", "urn:uuid:7e57ab1e")),
    reply_to("addressing/reply-to/anonymous-or-absent", "elsewhere"),
    reply_to("wsdapi/reply-to/anonymous", "elsewhere"),
    reply_to("addressing/fault-to/anonymous-or-absent", "elsewhere", "FaultTo"),
    wrong(
        "addressing/anonymous/address",
        "that of 2005/08",
        ELEMENTS,
        text("//wsa:ReplyTo/wsa:Address", "http://www.w3.org/2005/08/addressing/anonymous"),
    ),
)

DISCOVERY = (
    wrong(
        "discovery/probe/to-the-discovery-urn", "to anonymous", "Probe", text("//wsa:To", f"{WSA}/role/anonymous")
    ),
    wrong("discovery/resolve/to-the-discovery-urn", "to anonymous", "Resolve", text("//wsa:To", "urn:other")),
    wrong("discovery/resolve/to-the-discovery-urn", "for nobody", "Resolve", without("//wsa:EndpointReference")),
    wrong(
        "discovery/namespace/of-2005-04", "another", "Resolve", renamed("//wsd:Resolve", f"{{{FOREIGN}}}Resolve")
    ),
    wrong(
        "discovery/message/action-is-namespace-and-name", "another", "Resolve", text("//wsa:Action", f"{WSD}/Probe")
    ),
    wrong("discovery/message-id/urn-uuid", "uuid:", "Resolve", text("//wsa:MessageID", "uuid:1")),
    ClientMutant(
        "discovery/message-id/unique",
        "always the same",
        _ordinary(discovers),
        Wrong("", text("//wsa:MessageID", "urn:uuid:1")),
    ),
    wrong(
        "discovery/types/qnames-with-declared-prefixes", "no prefix declared", "Probe", text("//wsd:Types", "a:B")
    ),
    wrong("discovery/scopes/uris", "words", "Probe", text("//wsd:Scopes", "second floor")),
    wrong(
        "discovery/probe/types-and-scopes-optional",
        "something else",
        "Probe",
        with_child("//wsd:Probe", "<wsd:More/>"),
    ),
    wrong("dpws/get/request", "an element in the Body", "Get", with_child("//soap:Body", "<wsx:GetMetadata/>")),
    wrong("dpws/get/to-is-the-endpoint-address", "the URL", "Get", text("//wsa:To", "http://127.0.0.1/")),
    wrong("wsdapi/get/to-equals-endpoint-address", "the URL", "Get", text("//wsa:To", "http://127.0.0.1/")),
)


async def asks_once(client: ScriptedClient) -> None:
    """A Probe goes out once."""
    datagram, sent = client.datagram, list[bytes]()

    def once(octets: bytes) -> None:
        if octets not in sent:
            sent.append(octets)
            datagram(octets)

    client.datagram = once
    await discovers(client)


async def manages_another(client: ScriptedClient) -> None:
    await client.subscribe()
    client.subscription = client.subscription[0], "urn:uuid:another"
    await client.manage("Renew")


async def never_renews(client: ScriptedClient) -> None:
    await client.subscribe("PT1S")
    await asyncio.sleep(0.9)
    await client.elements()


EVENTING = (
    acts("discovery/timing/multicast-udp-repeat", "never", asks_once),
    wrong("eventing/namespace/of-2004-08", "another action", "Subscribe", text("//wsa:Action", "urn:other")),
    wrong("eventing/subscribe/to-the-hosted-service", "to the device", "Subscribe", path=to_the_device),
    wrong("eventing/subscribe/body", "another order", "Subscribe", swapped("//wse:Subscribe")),
    wrong("eventing/delivery/push", "Pull", "Subscribe", attribute("//wse:Delivery", "Mode", "urn:pull")),
    wrong("eventing/filter/dialect", "none", "Subscribe", attribute("//wse:Filter", "Dialect", None)),
    wrong("eventing/filter/list-of-actions", "names", "Subscribe", text("//wse:Filter", "ScanAvailableEvent")),
    wrong("eventing/expires/form", "a number", "Subscribe", text("//wse:Expires", "3600")),
    wrong("eventing/expires/in-the-future", "gone by", "Renew", text("//wse:Expires", "2001-01-01T00:00:00Z")),
    wrong("eventing/manager/identifier-as-a-header", "none", "Renew", without("//wse:Identifier")),
    wrong("wscn/scan-available/scan-destinations", "no context", "Subscribe", without("//wscn:ClientContext")),
    ClientMutant(
        "eventing/delivery/answer",
        "500",
        {Situation.PANEL: takes_what_is_offered},
        judged={"answered": 500},
    ),
    acts("addressing/reference-parameters/copied-as-headers", "another", manages_another),
    acts("eventing/expires/renewed-at-half-the-time", "never", never_renews),
)

REQUESTS = (
    wrong(
        "wscn/wire/namespace",
        "2006/01",
        ELEMENTS,
        octets=replaced(WSCN.encode(), WSCN.replace("2006/08", "2006/01").encode()),
    ),
    wrong(
        "wscn/wire/booleans",
        "yes",
        CREATE,
        attribute("//wscn:Format", f"{{{WSCN}}}MustHonor", "yes"),
    ),
    wrong(
        "wscn/extension/not-extensible", "yes", CREATE, attribute("//wscn:Format", f"{{{WSCN}}}MustHonor", "yes")
    ),
    wrong("wscn/wire/integers-of-32-bits", "33 bits", CREATE, text("//wscn:ImagesToTransfer", "4294967296")),
    wrong("wscn/wire/request-action", "with Request", ELEMENTS, text("//wsa:Action", f"{WSCN}/{ELEMENTS}Request")),
    wrong(
        "wscn/wire/body-roots",
        "without Request",
        ELEMENTS,
        renamed(f"//wscn:{ELEMENTS}Request", f"{{{WSCN}}}{ELEMENTS}"),
    ),
    wrong("wscn/get-scanner-elements/request", "no name", ELEMENTS, without("//wscn:Name")),
    wrong("wscn/get-scanner-elements/request", "no QName", ELEMENTS, text("//wscn:Name", "ScannerStatus")),
    wrong("wscn/get-job-elements/request", "no JobId", "GetJobElements", without("//wscn:JobId")),
    wrong(
        "notes/c-23/get-job-elements-request-sent",
        "without Request",
        "GetJobElements",
        renamed("//wscn:GetJobElementsRequest", f"{{{WSCN}}}GetJobElements"),
    ),
    wrong("wscn/validate-scan-ticket/request", "two tickets", "ValidateScanTicket", twice(TICKET)),
    wrong(
        "wscn/create-scan-job/request",
        "ScanIdentifier alone",
        CREATE,
        first("//wscn:CreateScanJobRequest", "<wscn:ScanIdentifier>urn:1</wscn:ScanIdentifier>"),
    ),
    wrong("wscn/cancel-job/request", "more than that", "CancelJob", with_child("//wscn:CancelJobRequest", OTHER)),
    wrong("wscn/retrieve-image/request", "no token", "RetrieveImage", without("//wscn:JobToken")),
    wrong("wscn/retrieve-image/request", "no name", "RetrieveImage", without("//wscn:DocumentName")),
    wrong("wscn/job/texts-of-255-characters", "256", CREATE, text("//wscn:JobInformation", "x" * 256)),
    wrong("notes/c-18/job-id-within-xs-int", "0", "CancelJob", text("//wscn:JobId", "0")),
    wrong(
        "dsd/wire/namespace",
        "the action of WS-Scan",
        "dsd:GetActiveJobs",
        text("//wsa:Action", f"{WSCN}/GetActiveJobs"),
    ),
    wrong(
        "dsd/get-active-jobs/request",
        "a child",
        "dsd:GetActiveJobs",
        with_child("//dsd:GetActiveJobsRequest", OTHER),
    ),
    wrong(
        "dsd/get-job-history/request",
        "a child",
        "dsd:GetJobHistory",
        with_child("//dsd:GetJobHistoryRequest", OTHER),
    ),
    wrong("dsd/get-scanner-elements/request", "no name", "dsd:GetScannerElements", without("//wscn:Name")),
    wrong("dsd/get-job-elements/request", "no JobId", "dsd:GetJobElements", without("//dsd:JobId")),
    wrong("dsd/get-job-elements/job-id-range", "0", "dsd:GetJobElements", text("//dsd:JobId", "0")),
    wrong("dsd/validate-scan-ticket/request", "none", "dsd:ValidateScanTicket", without("//dsd:ScanTicket")),
)


def ticket(id: str, does: str, change: Change) -> ClientMutant:
    """A ticket that is validated only."""
    return wrong(id, does, "ValidateScanTicket", change)


TICKETS = (
    ticket("bdsrr/6.2/content-by-the-schema", "another element", first(PARAMETERS, OTHER)),
    ticket("bdsrr/6.2/order-of-elements", "InputSource last", swapped(PARAMETERS)),
    ticket("wscn/ticket/children", "no JobDescription", without("//wscn:JobDescription")),
    ticket("wscn/ticket/job-name", "none", without("//wscn:JobName")),
    ticket("wscn/ticket/job-originating-user-name", "empty", text("//wscn:JobOriginatingUserName", "")),
    ticket("wscn/ticket/format", "a word", text("//wscn:Format", "jpeg")),
    ticket("wscn/ticket/compression-quality-factor", "101", text("//wscn:CompressionQualityFactor", "101")),
    ticket("wscn/ticket/images-to-transfer", "-1", text("//wscn:ImagesToTransfer", "-1")),
    ticket("wscn/ticket/input-source", "Feeder", text("//wscn:InputSource", "Feeder")),
    ticket(
        "wscn/ticket/film-scan-mode",
        "Slide",
        after("//wscn:InputSource", "<wscn:FilmScanMode>Slide</wscn:FilmScanMode>"),
    ),
    ticket("wscn/ticket/content-type", "Picture", text("//wscn:ContentType", "Picture")),
    ticket(
        "wscn/ticket/input-size",
        "both",
        with_child("//wscn:InputSize", "<wscn:DocumentSizeAutoDetect>true</wscn:DocumentSizeAutoDetect>"),
    ),
    ticket(
        "wscn/ticket/exposure", "both", with_child("//wscn:Exposure", "<wscn:AutoExposure>true</wscn:AutoExposure>")
    ),
    ticket("wscn/ticket/scaling", "one direction", without("//wscn:ScalingHeight")),
    ticket("wscn/ticket/rotation", "45", text("//wscn:Rotation", "45")),
    ticket("wscn/ticket/media-sides", "no front", without("//wscn:MediaFront")),
    ticket("wscn/ticket/scan-region", "no width", without("//wscn:ScanRegionWidth")),
    ticket("wscn/ticket/color-processing", "Color", text("//wscn:ColorProcessing", "Color")),
    ticket("wscn/ticket/resolution", "0", text("//wscn:Resolution/wscn:Width", "0")),
    ticket("wscn/must-honor/qualified", "no namespace", attribute("//wscn:Rotation", "MustHonor", "true")),
    ticket("wscn/must-honor/elements", "on JobName", attribute("//wscn:JobName", f"{{{WSCN}}}MustHonor", "true")),
    ticket(
        "wscn/validation/region-within-input-size", "too far to the right", text("//wscn:ScanRegionXOffset", "1001")
    ),
)


# What it does otherwise


async def knows_nothing(client: ScriptedClient) -> None:
    await client.create()
    await client.cancel()


async def another_token(client: ScriptedClient) -> None:
    await client.create()
    await client.retrieve((client.job[0], "another"))
    await client.cancel()


async def goes_on_after_a_fault(client: ScriptedClient) -> None:
    await client.create()
    await client.retrieve(("1", "token"))


async def dawdles(client: ScriptedClient) -> None:
    await client.create()
    await asyncio.sleep(0.4)
    await client.fetch()


async def takes_one_of_all(client: ScriptedClient) -> None:
    await client.elements()
    await client.create()
    await client.retrieve()


async def gives_up(client: ScriptedClient) -> None:
    await client.elements()
    if not (await client.create()).is_fault:
        await client.retrieve()


async def lets_go(client: ScriptedClient) -> None:
    """It waits for less than the scanner needs."""
    await client.create()
    await client.retrieve(leave=0.2)
    await client.cancel()


async def takes_another(client: ScriptedClient) -> None:
    await client.subscribe()
    client.offer()
    await client.offered()
    before = "<wscn:ScanIdentifier>urn:another</wscn:ScanIdentifier>"
    before += f"<wscn:DestinationToken>{client.destination_token}</wscn:DestinationToken>"
    await client.create(before=before)


async def fetches_nothing(client: ScriptedClient) -> None:
    await client.subscribe()
    client.offer()
    identifier = await client.offered()
    before = f"<wscn:ScanIdentifier>{identifier}</wscn:ScanIdentifier>"
    before += f"<wscn:DestinationToken>{client.destination_token}</wscn:DestinationToken>"
    await client.create(before=before)
    await client.cancel()


async def empty_names(client: ScriptedClient) -> None:
    await client.create(before="<wscn:ScanIdentifier/><wscn:DestinationToken/>")


ACTS = (
    acts("wscn/create-scan-job/configuration-asked-before", "never", knows_nothing),
    wrong("wscn/ticket/supported-values-only", "77 ppi", CREATE, text("//wscn:Resolution/wscn:Width", "77")),
    wrong("wscn/ticket/supported-values-only", "xps", CREATE, text("//wscn:Format", "xps")),
    acts("wscn/retrieve-image/ids-of-the-job", "another token", another_token),
    acts("wscn/retrieve-image/ids-of-the-job", "of no job", goes_on_after_a_fault, Situation.EMPTY_FEEDER),
    acts("wscn/retrieve-image/sixty-seconds", "later", dawdles, retrieve_seconds=0.3),
    acts("wscn/retrieve-image/repeated-by-the-client", "one alone", takes_one_of_all),
    acts("wscn/cancel-job/what-is-given-up", "never", takes_one_of_all),
    acts("wscn/cancel-job/what-is-given-up", "behind a lost answer", gives_up, Situation.LOST_ANSWER),
    acts("wscn/scan-available/client-sends-both", "another identifier", takes_another, Situation.PANEL),
    acts("wscn/scan-available/images-retrieved-as-ever", "none", fetches_nothing, Situation.PANEL),
    acts("wscn/scan-available/application-sends-the-ticket-only", "empty names", empty_names),
    acts("wscn/fault/may-be-tried-again", "never", gives_up, Situation.FAULT_ON_200),
    acts("habits/device/fault-on-200", "taken for a job", goes_on_after_a_fault, Situation.FAULT_ON_200),
    acts("wscn/retrieve-image/waits-for-the-scanner", "0.2 s at a jam", lets_go, Situation.JAM),
    acts("wscn/retrieve-image/waits-for-the-scanner", "0.2 s where it is slow", lets_go, Situation.SLOW),
)

MUTANTS = (*MESSAGES, *DISCOVERY, *EVENTING, *REQUESTS, *TICKETS, *ACTS)
RIGHT: Mapping[Situation, Script] = {
    **dict.fromkeys(Situation, tries_again),
    Situation.PANEL: takes_what_is_offered,
}
"""What a client does that does all right; at ordinary times everything."""
