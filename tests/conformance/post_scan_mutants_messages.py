"""Mutants of the messages that a device sends, and of their packages."""

from __future__ import annotations

import re
from typing import Any

from judged_post_scan import ClientMutant
from lying_client import (
    MakesLie,
    both,
    envelope_of,
    headed,
    method,
    new_message_id,
    octets,
    replaced,
    substituted,
    xml,
)
from mutant import Change, attribute, element, header_last, renamed, swapped, text, twice, with_child, without

DSP = "{http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing}"
PSP = "{http://schemas.microsoft.com/windows/2008/02/imaging/postscan/psp}"
ASKS = "GetPostScanJobElements"
CREATES = "CreatePostScanJob"
SENDS = "SendImage"
ENDS = "EndPostScanJob"
SUBSCRIBES = "Subscribe"
OTHER_ADDRESS = "http://127.0.0.1:9/elsewhere"


def wrong(ids: str, does: str, lie: MakesLie, **more: Any) -> tuple[ClientMutant, ...]:
    """The same mutant for each of the ids."""
    return tuple(ClientMutant(id, does, lie, **more) for id in ids.split())


def unchanged() -> MakesLie:
    """As it is."""
    return octets(lambda body: body)


def beside(xml_text: str, path: str) -> Change:
    """An element stands behind the first there."""

    def change(root: Any) -> None:
        for each in root.xpath(path, namespaces={"soap": "http://www.w3.org/2003/05/soap-envelope"})[:1]:
            each.append(element(xml_text))

    return change


def tail(path: str, value: str) -> Change:
    """Text stands behind each element there."""

    def change(root: Any) -> None:
        for each in root.xpath(path):
            each.tail = value

    return change


def latin_1(body: bytes) -> bytes:
    return body.replace(b'encoding="utf-8"', b'encoding="iso-8859-1"')


def swapped_parts(body: bytes) -> bytes:
    """The image is the first part."""
    delimiter = body.split(b"\r\n", 1)[0]
    _, first, second, end = body.split(delimiter)
    return b"".join((delimiter, second, delimiter, first, delimiter, end))


def long_boundary(body: bytes) -> bytes:
    return re.sub(rb"MIMEBoundary-", b"MIMEBoundary-" + b"x" * 40, body)


def lf_headers(body: bytes) -> bytes:
    """Lines of the first part's headers end in LF."""
    start, _ = envelope_of(body)
    first, rest = body[:start].split(b"\r\n", 1)
    return first + b"\r\n" + rest.replace(b"\r\n", b"\n") + body[start:]


def in_utf_16(body: bytes) -> bytes:
    start, end = envelope_of(body)
    return body[:start] + body[start:end].decode().replace("utf-8", "utf-16").encode("utf-16") + body[end:]


def end_without_dashes(body: bytes) -> bytes:
    return re.sub(rb"--\r\n\Z", b"\r\n", body)


def no_cr_lf_before_delimiters(body: bytes) -> bytes:
    delimiter = body.split(b"\r\n", 1)[0]
    return body.replace(b"\r\n" + delimiter, delimiter)


def _types(value: str) -> Change:
    """Types of a Probe, in the place of those that there are."""

    def change(root: Any) -> None:
        [probe] = root.xpath("//*[local-name()='Probe']")
        for each in probe.xpath("*[local-name()='Types']"):
            probe.remove(each)
        probe.insert(0, element(f"<wsd:Types>{value}</wsd:Types>"))

    return change


def delimiter_in_the_data(body: bytes) -> bytes:
    """A delimiter stands in the middle of the image."""
    delimiter = body.split(b"\r\n", 1)[0]
    place = len(body) - 2000
    return body[:place] + b"\r\n" + delimiter + b"\r\n" + b"\0\1" + body[place:]


def text_between_elements(body: bytes) -> bytes:
    """Text stands between two elements of the Body."""
    return body.replace(b"<dsp:DocumentDescription>", b"text<dsp:DocumentDescription>")


ROOT_ID = r"(Content-ID: )<(root[^>]*)>"
IMAGE_ID = r"(Content-ID: )<(image[^>]*)>"

MUTANTS: tuple[ClientMutant, ...] = (
    # HTTP
    *wrong("soap/http/post", "PUT", method("PUT", SUBSCRIBES)),
    *wrong("soap/http/no-soapaction", "has one", headed("SOAPAction", lambda _: '""', ENDS)),
    *wrong(
        "soap/http/action-of-the-envelope",
        "another in Content-Type",
        headed("Content-Type", lambda v: v + '; action="urn:x"', ENDS),
    ),
    *wrong(
        "soap/http/action-of-the-envelope", "another in SOAPAction", headed("SOAPAction", lambda _: '"urn:x"', ENDS)
    ),
    *wrong("soap/http/content-type", "text/xml", headed("Content-Type", lambda _: "text/xml; charset=utf-8", ENDS)),
    *wrong(
        "soap/http/charset-of-the-document",
        "utf-16",
        headed("Content-Type", lambda _: "application/soap+xml; charset=utf-16", ENDS),
    ),
    # Headers
    *wrong(
        "addressing/reply-to/anonymous-or-absent",
        "elsewhere",
        xml(text("//wsa:ReplyTo/wsa:Address", OTHER_ADDRESS), ENDS),
    ),
    *wrong(
        "addressing/fault-to/anonymous-or-absent",
        "elsewhere",
        xml(
            with_child("//soap:Header", f"<wsa:FaultTo><wsa:Address>{OTHER_ADDRESS}</wsa:Address></wsa:FaultTo>"),
            ENDS,
        ),
    ),
    *wrong(
        "addressing/anonymous/address",
        "that of 2005/08",
        xml(text("//wsa:ReplyTo/wsa:Address", "http://www.w3.org/2005/08/addressing/anonymous"), ENDS),
    ),
    *wrong("dsp/header/anonymous-reply-to", "none", xml(without("//wsa:ReplyTo"), ENDS)),
    *wrong("dsp/header/no-reply-to-with-an-image", "it has one", unchanged()),
    *wrong(
        "addressing/to/of-a-request dsp/header/one-destination",
        "by another name of the host",
        replaced("<wsa:To>https://127.0.0.1", "<wsa:To>https://localhost", ENDS),
    ),
    *wrong(
        "dsp/header/request-action",
        "with Request behind it",
        replaced(f"/{ASKS}</wsa:Action>", f"/{ASKS}Request</wsa:Action>", ASKS),
    ),
    *wrong(
        "dsp/wire/namespace",
        "of the pre-release",
        replaced(
            'xmlns:dsp="http://schemas.microsoft.com/windows/2008/12',
            'xmlns:dsp="http://schemas.microsoft.com/windows/2008/02',
            ASKS,
        ),
    ),
    *wrong(
        "dsp/get-post-scan-job-elements/request notes/c-28/get-post-scan-job-elements-plural",
        "without the s",
        replaced(f"{ASKS}Request", "GetPostScanJobElementRequest", ASKS),
    ),
    *wrong(
        "notes/c-30/requests-come-from-the-device",
        "a response",
        replaced(f"{ASKS}Request", f"{ASKS}Response", ASKS),
    ),
    *wrong(
        "eventing/namespace/of-2004-08",
        "another",
        xml(renamed("//wse:Subscribe", "{http://www.w3.org/2009/09/ws-evt}Subscribe"), SUBSCRIBES),
    ),
    *wrong(
        "discovery/namespace/of-2005-04 discovery/message/action-is-namespace-and-name",
        "that of 2009/01",
        replaced(
            "http://schemas.xmlsoap.org/ws/2005/04/discovery",
            "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01",
            "Probe",
        ),
    ),
    *wrong(
        "dpws/namespace/of-2006-02",
        "that of 2009",
        replaced(
            "http://schemas.xmlsoap.org/ws/2006/02/devprof",
            "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01",
            "Probe",
            SUBSCRIBES,
        ),
    ),
    *wrong(
        "discovery/timing/max-envelope-size",
        "33000 octets more",
        replaced("<soap:Header>", f"<soap:Header><!--{'x' * 33000}-->", "Probe"),
    ),
    *wrong(
        "discovery/types/qnames-with-declared-prefixes",
        "an undeclared prefix",
        xml(_types("undeclared:Device"), "Probe"),
    ),
    *wrong(
        "discovery/scopes/uris",
        "a word",
        xml(with_child("//wsd:Probe", "<wsd:Scopes>office</wsd:Scopes>"), "Probe"),
    ),
    *wrong(
        "discovery/probe/to-the-discovery-urn",
        "to the URL",
        xml(text("//wsa:To", "https://127.0.0.1/ScanServer"), "Probe"),
    ),
    *wrong("discovery/message-id/urn-uuid", "uuid:", new_message_id(lambda id: id.removeprefix(b"urn:"), "Probe")),
    *wrong(
        "dpws/get/request dpws/namespace/of-metadata",
        "with a body",
        xml(with_child("//soap:Body", "<wsx:GetMetadata/>"), "Get"),
    ),
    *wrong(
        "dpws/get/to-is-the-endpoint-address",
        "to the URL",
        xml(text("//wsa:To", "https://127.0.0.1/ScanServer"), "Get"),
    ),
    *wrong("addressing/action/required", "none", xml(without("//wsa:Action"), ASKS)),
    *wrong("addressing/message-id/required", "none", xml(without("//wsa:MessageID"), ASKS)),
    *wrong(
        "addressing/namespace/of-2004-08",
        "ReplyTo of 2005/08",
        xml(renamed("//wsa:ReplyTo", "{http://www.w3.org/2005/08/addressing}ReplyTo"), ENDS),
    ),
    *wrong(
        "addressing/address/no-white-space-around",
        "blanks round the action",
        substituted(r"<wsa:Action>([^<]*)<", r"<wsa:Action> \1 <", ENDS),
    ),
    # Envelopes
    *wrong(
        "soap/envelope/namespace",
        "SOAP 1.1",
        replaced("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/", ASKS),
    ),
    *wrong(
        "dsp/wire/pre-release-names-never",
        "declared",
        replaced(
            "<soap:Envelope ",
            '<soap:Envelope xmlns:old="http://schemas.microsoft.com/windows/2008/02/wdp/repository/processing" ',
            ASKS,
        ),
    ),
    *wrong(
        "soap/envelope/document-type-never-sent",
        "has one",
        replaced("?><soap:Envelope", "?><!DOCTYPE x><soap:Envelope", ASKS),
    ),
    *wrong(
        "soap/envelope/size-without-attachments",
        "33000 octets more",
        replaced("<soap:Header>", f"<soap:Header><!--{'x' * 33000}-->", SENDS),
    ),
    *wrong("soap/envelope/utf-8", "says Latin-1", octets(latin_1, ENDS)),
    *wrong(
        "soap/envelope/no-processing-instructions",
        "one",
        replaced("?><soap:Envelope", "?><?device y?><soap:Envelope", ENDS),
    ),
    *wrong(
        "soap/envelope/elements-alone", "text in the header", xml(tail("//*[local-name()='Action']", "text"), ENDS)
    ),
    *wrong("soap/envelope/header-then-body", "the Header last", xml(header_last, ENDS)),
    *wrong(
        "soap/envelope/size",
        "33000 octets more",
        replaced("<soap:Header>", f"<soap:Header><!--{'x' * 33000}-->", ENDS),
    ),
    *wrong(
        "soap/envelope/size", "of a package", replaced("<soap:Header>", f"<soap:Header><!--{'x' * 33000}-->", SENDS)
    ),
    *wrong("dsp/wire/one-element-in-the-body", "two", xml(twice("//dsp:EndPostScanJobRequest"), ENDS)),
    *wrong("dsp/wire/no-white-space-around-values", "blanks", xml(text("//dsp:Format", " png "), SENDS)),
    # Structures
    *wrong("bdsrr/6.2/content-by-the-schema", "no Format", xml(without("//dsp:Format"), SENDS)),
    *wrong("bdsrr/6.2/order-of-elements", "the user last", xml(swapped("//dsp:CreatePostScanJobRequest"), CREATES)),
    *wrong("bdsrr/6.2/required-elements", "no Format", xml(without("//dsp:Format"), SENDS)),
    *wrong(
        "bdsrr/6.2/no-other-elements",
        "one more",
        xml(with_child("//dsp:DocumentDescription", "<dsp:Pages>1</dsp:Pages>"), SENDS),
    ),
    *wrong("habits/refused/text-between-elements", "a word", octets(text_between_elements, SENDS)),
    *wrong("habits/refused/unknown-or-doubled-elements", "two DocumentIds", xml(twice("//dsp:DocumentId"), SENDS)),
    *wrong(
        "notes/c-11/dialect-elsewhere-is-a-uri",
        "a word",
        replaced(
            ">http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter/email<", ">email<", CREATES
        ),
    ),
    *wrong("bdsrr/6.2/once-where-it-says-once", "two DocumentIds", xml(twice("//dsp:DocumentId"), SENDS)),
    *wrong(
        "bdsrr/6.2/namespace-of-each-element",
        "Format of another",
        xml(renamed("//dsp:Format", "{urn:x}Format"), SENDS),
    ),
    *wrong("bdsrr/6.2/names-to-the-letter", "format", xml(renamed("//dsp:Format", f"{DSP}format"), SENDS)),
    *wrong("bdsrr/6.2/values-of-their-type", "a word for a number", xml(text("//dsp:DocumentId", "first"), SENDS)),
    *wrong("bdsrr/6.2/ranges-of-numbers", "0", xml(text("//dsp:DocumentId", "0"), SENDS)),
    *wrong("bdsrr/6.2/lengths-of-strings", "300 characters", xml(text("//dsp:PSP_Identifier", "A" * 300), CREATES)),
    *wrong("bdsrr/6.2/keywords-are-not-empty", "no keyword", xml(text("//dsp:Format", ""), SENDS)),
    *wrong(
        "dsp/create-post-scan-job/request", "the user last", xml(swapped("//dsp:CreatePostScanJobRequest"), CREATES)
    ),
    *wrong("dsp/send-image/request", "the token last", xml(swapped("//dsp:SendImageRequest"), SENDS)),
    *wrong(
        "dsp/end-post-scan-job/request",
        "one more",
        xml(with_child("//dsp:EndPostScanJobRequest", "<dsp:Pages>2</dsp:Pages>"), ENDS),
    ),
    *wrong(
        "dsp/get-post-scan-job-elements/one-name-or-more",
        "none",
        xml(without("//dsp:RequestedElements/dsp:Name"), ASKS),
    ),
    *wrong(
        "dsp/get-post-scan-job-elements/one-name-or-more",
        "no prefix",
        xml(text("//dsp:RequestedElements/dsp:Name", "JobStatus"), ASKS),
    ),
    *wrong(
        "dsp/get-post-scan-job-elements/names",
        "another",
        xml(text("//dsp:RequestedElements/dsp:Name", "dsp:JobColor"), ASKS),
    ),
    *wrong(
        "dsp/get-post-scan-job-elements/job-status-asked-alone notes/c-36/job-status-alone",
        "with the description",
        xml(with_child("//dsp:RequestedElements", "<dsp:Name>dsp:JobDescription</dsp:Name>"), ASKS),
    ),
    *wrong(
        "dsp/create-post-scan-job/user-identifier",
        "a name",
        xml(text("//dsp:UserIdentifier", "CONTOSO\\joe"), CREATES),
    ),
    *wrong(
        "dsp/create-post-scan-job/psp-identifier-length",
        "300 characters",
        xml(text("//dsp:PSP_Identifier", "A" * 300), CREATES),
    ),
    *wrong(
        "dsp/create-post-scan-job/psp-identifier-as-text notes/c-05/psp-identifier-sent",
        "in braces",
        substituted(r"(PSP_Identifier>)([0-9A-F-]{36})", r"\1{\2}", CREATES),
    ),
    *wrong(
        "dsp/create-post-scan-job/instructions-element",
        "of the scan process",
        xml(renamed("//dsp:PostScanInstructions", f"{PSP}PostScanInstructions"), CREATES),
    ),
    *wrong(
        "psp/wire/namespace",
        "DocumentRootName of another",
        xml(renamed("//*[local-name()='DocumentRootName']", "{urn:x}DocumentRootName"), CREATES),
    ),
    *wrong(
        "psp/wire/email-namespace", "another", replaced("postscan/filter/email", "postscan/filter/mail", CREATES)
    ),
    *wrong(
        "psp/wire/file-share-namespace",
        "another",
        replaced("postscan/filter/fileshare", "postscan/filter/share", CREATES),
    ),
    *wrong(
        "bdsrr/6.2/form-of-attributes notes/c-08/can-add-addresses-sent",
        "without its prefix",
        replaced("emlf:CanAddAddresses", "CanAddAddresses", CREATES),
    ),
    *wrong("dsp/send-image/document-id-is-positive", "0", xml(text("//dsp:DocumentId", "0"), SENDS)),
    *wrong("dsp/send-image/format-keyword", "jpg", xml(text("//dsp:Format", "jpg"), SENDS)),
    *wrong("dsp/send-image/image-by-xop", "two", xml(twice("//*[local-name()='Include']"), SENDS)),
    *wrong("dsp/send-image/image-by-xop", "no cid", replaced('href="cid:', 'href="mid:', SENDS)),
    # Subscriptions
    *wrong(
        "eventing/subscribe/body",
        "the filter first",
        xml(lambda root: [each.insert(0, each[-1]) for each in root.iter("{*}Subscribe")], SUBSCRIBES),
    ),
    *wrong(
        "eventing/delivery/push", "another mode", replaced("DeliveryModes/Push", "DeliveryModes/Pull", SUBSCRIBES)
    ),
    *wrong(
        "eventing/filter/dialect",
        "XPath",
        xml(attribute("//wse:Filter", "Dialect", "http://www.w3.org/TR/1999/REC-xpath-19991116"), SUBSCRIBES),
    ),
    *wrong(
        "eventing/filter/list-of-actions",
        "commas between",
        replaced("PostScanJobStatusEvent http", "PostScanJobStatusEvent,http", SUBSCRIBES),
    ),
    *wrong("eventing/expires/form", "in words", xml(text("//wse:Expires", "one hour"), SUBSCRIBES)),
    *wrong("eventing/expires/in-the-future", "PT0S", xml(text("//wse:Expires", "PT0S"), SUBSCRIBES)),
    *wrong(
        "eventing/expires/in-the-future",
        "a time that is over",
        xml(text("//wse:Expires", "2001-01-01T00:00:00Z"), SUBSCRIBES),
    ),
    *wrong("eventing/expires/absent", "it is there", unchanged()),
    # Packages
    *wrong(
        "mtom/outer/multipart-related",
        "mixed",
        headed("Content-Type", lambda v: v.replace("/related", "/mixed"), SENDS),
    ),
    *wrong(
        "mtom/outer/type",
        "without quotes",
        headed(
            "Content-Type", lambda v: v.replace('type="application/xop+xml"', "type=application/xop+xml"), SENDS
        ),
    ),
    *wrong(
        "mtom/outer/boundary",
        "85 characters",
        both(
            octets(long_boundary, SENDS),
            headed("Content-Type", lambda v: v.replace("MIMEBoundary-", f"MIMEBoundary-{'x' * 40}"), SENDS),
        ),
    ),
    *wrong(
        "mtom/outer/start",
        "another part",
        headed("Content-Type", lambda v: re.sub('start="[^"]*"', 'start="<nobody@x>"', v), SENDS),
    ),
    *wrong(
        "mtom/outer/start-info",
        "none",
        headed("Content-Type", lambda v: v.replace('; start-info="application/soap+xml"', ""), SENDS),
    ),
    *wrong("mtom/root/first wsdapi/mtom/root-first-and-binary", "the image first", octets(swapped_parts, SENDS)),
    *wrong(
        "mtom/root/content-type",
        "of SOAP",
        replaced('application/xop+xml; charset=UTF-8; type="application/soap+xml"', "application/soap+xml", SENDS),
    ),
    *wrong("mtom/root/content-id", "without brackets", substituted(ROOT_ID, r"\1\2", SENDS)),
    *wrong("mtom/root/transfer-encoding", "7bit", replaced("Encoding: binary", "Encoding: 7bit", SENDS, count=1)),
    *wrong("mtom/attachment/headers", "no Content-Type", replaced("Content-Type: image/png\r\n", "", SENDS)),
    *wrong(
        "mtom/attachment/binary",
        "says base64",
        replaced(
            "image/png\r\nContent-Transfer-Encoding: binary",
            "image/png\r\nContent-Transfer-Encoding: base64",
            SENDS,
        ),
    ),
    *wrong(
        "mtom/attachment/id-form",
        "without a host",
        substituted(r"(image\.[0-9a-f]*)@dsm-emulator\.invalid", r"\1", SENDS),
    ),
    *wrong("mtom/include/href", "nobody's", substituted(r'href="cid:[^"]*"', 'href="cid:nobody@x"', SENDS)),
    *wrong("mtom/include/only-child", "text beside it", xml(tail("//*[local-name()='Include']", "text"), SENDS)),
    *wrong(
        "mtom/delimiter/preamble-and-epilogue",
        "a preamble",
        octets(lambda body: b"This is MIME.\r\n" + body, SENDS),
    ),
    *wrong(
        "mtom/delimiter/form habits/refused/delimiter-without-cr-lf",
        "no CR LF before",
        octets(no_cr_lf_before_delimiters, SENDS),
    ),
    *wrong(
        "mtom/delimiter/close habits/refused/last-delimiter-without-dashes",
        "no dashes",
        octets(end_without_dashes, SENDS),
    ),
    *wrong(
        "mtom/delimiter/lines-end-cr-lf habits/refused/lf-only-part-headers", "LF alone", octets(lf_headers, SENDS)
    ),
    *wrong(
        "mtom/part/header-lines", "no colon", replaced("Content-Type: image/png", "Content-Type image/png", SENDS)
    ),
    *wrong(
        "habits/refused/start-names-no-part",
        "nobody's",
        headed("Content-Type", lambda v: re.sub('start="[^"]*"', 'start="<nobody@x>"', v), SENDS),
    ),
    *wrong(
        "habits/refused/start-without-brackets",
        "without",
        headed("Content-Type", lambda v: re.sub('start="<([^"]*)>"', r'start="\1"', v), SENDS),
    ),
    *wrong(
        "habits/refused/cid-in-another-case-or-with-blanks",
        "in another case",
        replaced('href="cid:image', 'href="cid:Image', SENDS),
    ),
    *wrong("mtom/include/percent-encoded", "a blank", replaced('href="cid:image', 'href="cid:ima ge', SENDS)),
    *wrong(
        "notes/c-31/mime-header-sent",
        "startinfo",
        headed("Content-Type", lambda v: v.replace("start-info", "startinfo"), SENDS),
    ),
    *wrong(
        "dsp/send-image/type-of-the-image-part notes/c-35/image-data-media-type notes/silent/image-part-media-type",
        "text/plain",
        replaced("Content-Type: image/png", "Content-Type: text/plain", SENDS),
    ),
    *wrong("mtom/delimiter/not-in-the-data", "in the image", octets(delimiter_in_the_data, SENDS)),
    *wrong("habits/refused/utf-16", "in a package", octets(in_utf_16, SENDS)),
)
