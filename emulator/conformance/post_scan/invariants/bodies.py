"""What stands in the bodies of requests (docs/protocol/dsm.md, section 4)."""

from __future__ import annotations

import re
from typing import Final

from emulator.conformance.devices.keywords import FORMATS
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import require
from emulator.conformance.invariants.structures import structured
from emulator.conformance.kinds import holding, said
from emulator.conformance.names import ACTION_FILTER, DSP, FILTER, PSP, PUSH, WSDP, WSE
from emulator.conformance.post_scan.checks import invariant
from emulator.conformance.post_scan.kinds import creates, dsp, filters, images, requested, subscribes
from emulator.conformance.reading import name_of
from emulator.conformance.structures import all_flaws

OF_INSTRUCTIONS: Final = ("ContinueOnError", "DocumentRootName", "FiltersToProcess")
"""Children of PostScanInstructions. [psp/scan-process/post-scan-instructions]"""
_SID: Final = re.compile(r"S-1-\d+(-\d+)+")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_GUID: Final = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_DURATION: Final = re.compile(r"-?P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_MOMENT: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")

for _id, _path, _name in (
    ("dsp/create-post-scan-job/request", "//dsp:CreatePostScanJobRequest", "CreatePostScanJobRequest"),
    ("dsp/send-image/request", "//dsp:SendImageRequest", "SendImageRequest"),
    ("dsp/end-post-scan-job/request", "//dsp:EndPostScanJobRequest", "EndPostScanJobRequest"),
):
    invariant(_id, over=holding(requested, _path))(structured(_name, "DocumentDescription"))


@invariant(
    "dsp/get-post-scan-job-elements/one-name-or-more",
    over=holding(requested, "//dsp:GetPostScanJobElementsRequest"),
)
def one_name_or_more(exchange: Exchange) -> None:
    """RequestedElements holds one Name or more, each a QName of elements that there are."""
    names = said(exchange).all("//dsp:RequestedElements/dsp:Name")
    require(bool(names), "no Name", "one or more", [exchange], "/soap:Envelope/soap:Body")
    for each in names:
        text = (each.text or "").strip()
        prefix = text.rpartition(":")[0]
        require(
            bool(prefix) and prefix in each.nsmap,
            f"Name {text!r}",
            "a QName with a declared prefix",
            [exchange],
            each,
        )


@invariant("dsp/get-post-scan-job-elements/names", over=holding(requested, "//dsp:GetPostScanJobElementsRequest"))
def names(exchange: Exchange) -> None:
    """What is asked for is dsp:JobStatus or dsp:JobDescription, or what a server may have besides."""
    known = ("JobStatus", "JobDescription", "Documents")
    for each in said(exchange).all("//dsp:RequestedElements/dsp:Name"):
        prefix, _, local = (each.text or "").strip().rpartition(":")
        own = each.nsmap.get(prefix or None) == DSP
        require(not own or local in known, f"dsp:{local}", f"one of {', '.join(known)}", [exchange], each)


@invariant(
    "dsp/get-post-scan-job-elements/job-status-asked-alone",
    "notes/c-36/job-status-alone",
    over=holding(requested, "//dsp:GetPostScanJobElementsRequest"),
)
def asked_alone(exchange: Exchange) -> None:
    """JobStatus is asked for in a request of its own."""
    asked = [(each.text or "").strip().rpartition(":")[2] for each in said(exchange).all("//dsp:Name")]
    require("JobStatus" not in asked or len(asked) == 1, ", ".join(asked), "JobStatus alone", [exchange])


@invariant("dsp/create-post-scan-job/user-identifier", over=creates)
def user_identifier(exchange: Exchange) -> None:
    """UserIdentifier is a security identifier in its text form."""
    came = said(exchange).text("//dsp:UserIdentifier")
    require(_SID.fullmatch(came) is not None, f"UserIdentifier {came!r}", "S-1-5-21-...", [exchange])


@invariant("dsp/create-post-scan-job/psp-identifier-length", over=creates)
def identifier_length(exchange: Exchange) -> None:
    """PSP_Identifier has at most 255 characters."""
    count = len(said(exchange).text("//dsp:PSP_Identifier"))
    require(count <= 255, f"{count} characters", "at most 255", [exchange])


@invariant("dsp/create-post-scan-job/psp-identifier-as-text", "notes/c-05/psp-identifier-sent", over=creates)
def identifier_as_text(exchange: Exchange) -> None:
    """PSP_Identifier is a GUID in capital letters without braces."""
    came = said(exchange).text("//dsp:PSP_Identifier")
    require(_GUID.fullmatch(came) is not None, f"PSP_Identifier {came!r}", "capital letters, no braces", [exchange])


@invariant("dsp/create-post-scan-job/instructions-element", over=creates)
def instructions_element(exchange: Exchange) -> None:
    """PostScanInstructions is of WS-DSP, its children are those of the scan process or a vendor's."""
    found = said(exchange).all("//dsp:CreatePostScanJobRequest/*[local-name()='PostScanInstructions']")
    require(len(found) == 1, f"{len(found)} elements PostScanInstructions", "one", [exchange], said(exchange).body)
    require(
        name_of(found[0]).namespace == DSP, f"{name_of(found[0])}", "dsp:PostScanInstructions", [exchange], found[0]
    )
    own = [each for each in found[0] if isinstance(each.tag, str) and name_of(each).local in OF_INSTRUCTIONS]
    require(bool(own), "no child of scan processes", ", ".join(OF_INSTRUCTIONS), [exchange], found[0])
    for each in own:
        require(name_of(each).namespace == PSP, f"the child {name_of(each)}", f"of {PSP}", [exchange], each)


@invariant("psp/wire/namespace", over=creates)
def psp_namespace(exchange: Exchange) -> None:
    """What is called as an element of scan processes is in their namespace."""
    own = (*OF_INSTRUCTIONS, "Filter", "Dialect", "Instructions")
    for each in said(exchange).all("//*[local-name()='PostScanInstructions']//*"):
        name = name_of(each)
        require(name.local not in own or name.namespace == PSP, f"{name}", f"psp:{name.local}", [exchange], each)


def _of_filter(kind: str, config: str) -> None:
    namespace = f"{FILTER}/{kind}"

    def look(exchange: Exchange) -> None:
        for each in said(exchange).all(f"//*[local-name()='{config}']"):
            came = name_of(each).namespace
            dialects = [
                str(one)
                for one in each.xpath("ancestor::*[local-name()='Filter']/*[local-name()='Dialect']/text()")
            ]
            require(came == namespace, f"{config} in {came}", namespace, [exchange], each)
            require(dialects == [namespace], f"the Dialect {', '.join(dialects)}", namespace, [exchange], each)

    look.__doc__ = f"{config} and the Dialect of its filter are {namespace}."
    id = {"email": "psp/wire/email-namespace", "fileshare": "psp/wire/file-share-namespace"}[kind]
    invariant(id, over=holding(creates, f"//*[local-name()='{config}']"))(look)


_of_filter("email", "EmailConfig")
_of_filter("fileshare", "FileShareConfig")


@invariant("notes/c-11/dialect-elsewhere-is-a-uri", over=holding(creates, "//*[local-name()='Dialect']"))
def dialects(exchange: Exchange) -> None:
    """The Dialect of a filter is a URI."""
    for each in said(exchange).all("//*[local-name()='Dialect']"):
        came = each.text or ""
        require(_URI.fullmatch(came) is not None, f"the Dialect {came!r}", "a URI", [exchange], each)


@invariant(
    "bdsrr/6.2/form-of-attributes",
    "notes/c-08/can-add-addresses-sent",
    over=holding(creates, "//*[local-name()='SendToAddresses']"),
)
def can_add_addresses(exchange: Exchange) -> None:
    """CanAddAddresses has the prefix of its namespace."""
    for each in said(exchange).all("//*[local-name()='SendToAddresses']"):
        require(
            "CanAddAddresses" not in each.attrib,
            "CanAddAddresses without a namespace",
            "emlf:CanAddAddresses",
            [exchange],
            each,
        )


@invariant("dsp/send-image/document-id-is-positive", over=images)
def document_id(exchange: Exchange) -> None:
    """DocumentId is an integer of one or more."""
    came = said(exchange).text("//dsp:DocumentId")
    require(came.isdecimal() and int(came[:12]) > 0, f"DocumentId {came!r}", "1 or more", [exchange])


@invariant("dsp/send-image/format-keyword", over=images)
def format_keyword(exchange: Exchange) -> None:
    """Format is one of the sixteen keywords."""
    came = said(exchange).text("//dsp:DocumentDescription/dsp:Format")
    require(came in FORMATS, f"Format {came!r}", "one of the sixteen keywords", [exchange])


@invariant("dsp/send-image/image-by-xop", over=images)
def image_by_xop(exchange: Exchange) -> None:
    """ImageData holds one xop:Include with a cid."""
    found = said(exchange).all("//dsp:ImageData")
    require(len(found) == 1, f"{len(found)} elements ImageData", "one", [exchange])
    includes = said(exchange).all("//dsp:ImageData/xop:Include")
    href = includes[0].get("href", "") if includes else ""
    require(
        len(includes) == 1 and href.startswith("cid:"),
        f"{len(includes)} elements xop:Include, href {href!r}",
        "one with cid:",
        [exchange],
        found[0],
    )


# Subscriptions


@invariant("eventing/subscribe/body", over=subscribes)
def subscribe_body(exchange: Exchange) -> None:
    """Subscribe has EndTo, Delivery, Expires, Filter in this order, and Delivery has NotifyTo."""
    order = ("EndTo", "Delivery", "Expires", "Filter")
    body = said(exchange).all("//wse:Subscribe")[0]
    came = [name_of(each).local for each in body if isinstance(each.tag, str) and name_of(each).namespace == WSE]
    places = [order.index(each) for each in came if each in order]
    right = places == sorted(set(places)) and "Delivery" in came
    require(right, ", ".join(came) or "nothing", ", ".join(order), [exchange], body)
    to = said(exchange).text("//wse:Delivery/wse:NotifyTo/*[local-name()='Address']")
    require(bool(to), "no NotifyTo with an address", "wse:NotifyTo", [exchange], body)


@invariant("eventing/delivery/push", over=subscribes)
def push(exchange: Exchange) -> None:
    """The mode of delivery is push, or none is named."""
    came = (
        said(exchange).all("//wse:Delivery")[0].get("Mode", PUSH) if said(exchange).all("//wse:Delivery") else PUSH
    )
    require(came == PUSH, f"Mode {came}", PUSH, [exchange], "/soap:Envelope/soap:Body/wse:Subscribe/wse:Delivery")


@invariant("eventing/filter/dialect", over=filters)
def filter_dialect(exchange: Exchange) -> None:
    """The dialect of a filter is that of actions."""
    came = said(exchange).all("//wse:Subscribe/wse:Filter")[0].get("Dialect", "")
    require(came == ACTION_FILTER, f"Dialect {came or 'is missing'}", f"{WSDP}/Action", [exchange])


@invariant("eventing/filter/list-of-actions", over=filters)
def filter_actions(exchange: Exchange) -> None:
    """A filter is a list of URIs of actions between white space."""
    found = said(exchange).all("//wse:Subscribe/wse:Filter")[0]
    came = (found.text or "").split()
    right = bool(came) and not len(found) and all(":" in each and "," not in each for each in came)
    require(right, f"{' '.join(came)[:120] or 'nothing'}", "URIs between white space", [exchange], found)


@invariant(
    "eventing/expires/form", over=holding(requested, "//wse:Subscribe/wse:Expires | //wse:Renew/wse:Expires")
)
def expires_form(exchange: Exchange) -> None:
    """Expires is a duration or a dateTime."""
    came = said(exchange).text("//wse:Expires")
    right = _DURATION.fullmatch(came) or _MOMENT.fullmatch(came)
    require(right is not None, f"Expires {came!r}", "xs:duration or xs:dateTime", [exchange])


@invariant(
    "eventing/expires/in-the-future",
    over=holding(requested, "//wse:Subscribe/wse:Expires | //wse:Renew/wse:Expires"),
)
def expires_in_the_future(exchange: Exchange) -> None:
    """Expires is a duration above zero, or a time to come."""
    from datetime import UTC, datetime

    came = said(exchange).text("//wse:Expires")
    if _DURATION.fullmatch(came):
        right = not came.startswith("-") and any(each in "123456789" for each in came)
    elif _MOMENT.fullmatch(came):
        moment = datetime.fromisoformat(came.replace("Z", "+00:00"))
        right = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() > exchange.began
    else:
        return  # of the form another check speaks
    require(right, f"Expires {came}", "a time to come", [exchange])


@invariant("habits/refused/text-between-elements", over=dsp)
def no_text_between_elements(exchange: Exchange) -> None:
    """No text stands between elements of the Body, other than white space."""
    for each in said(exchange).root.find("{*}Body").iter():
        if len(each):
            texts = [each.text or "", *(child.tail or "" for child in each)]
            found = next((text.strip() for text in texts if text.strip()), "")
            require(not found, f"the text {found[:40]!r} between elements", "elements alone", [exchange], each)


@invariant("habits/refused/unknown-or-doubled-elements", over=dsp)
def no_unknown_or_doubled_elements(exchange: Exchange) -> None:
    """No element stands in a structure that the schema does not name there, and none twice that it names once."""
    for flaw in all_flaws(said(exchange).root):
        wrong = flaw.kind in ("other", "twice", "spelling")
        require(not wrong, flaw.says, "the structure of the documents", [exchange], flaw.place)


@invariant("notes/c-30/requests-come-from-the-device", over=dsp)
def only_operations(exchange: Exchange) -> None:
    """What a device sends to WS-DSP are requests, and no responses."""
    came = said(exchange).body_name.local
    require(came.endswith("Request"), came, "a request", [exchange], said(exchange).body)
