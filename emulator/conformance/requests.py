"""The judge's own messages, as text. What is not wrong on purpose is held against the schemas before it goes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from emulator.conformance.mime import IMAGE_ID
from emulator.conformance.names import (
    ACTION_FILTER,
    ANONYMOUS,
    DISCOVERY_TO,
    DSC,
    DSD,
    DSP,
    GET,
    PREFIXES,
    PROBE,
    PUSH,
    RESOLVE,
    SUBSCRIBE,
    WSCN,
)
from emulator.conformance.reading import Unreadable, read_envelope
from emulator.conformance.schemas import violations
from emulator.conformance.verdict import OwnMistake

DECLARED: Final = " ".join(f'xmlns:{prefix}="{namespace}"' for namespace, prefix in PREFIXES.items())
SOAP_TYPE: Final = "application/soap+xml; charset=utf-8"


def new_id() -> str:
    """A MessageID that nobody has used."""
    return f"urn:uuid:{uuid.uuid4()}"


def envelope(
    to: str,
    action: str,
    body: str,
    *,
    message_id: str | None = None,
    reply_to: str = ANONYMOUS,
    headers: str = "",
    declared: str = "",
) -> bytes:
    """A request.

    - `body`: the content of soap:Body, as XML.
    - `message_id`: '' for none; a new one where nothing is said.
    - `reply_to`: '' for none.
    - `headers`: more header blocks, as XML.
    - `declared`: more declarations of namespaces.
    """
    id = new_id() if message_id is None else message_id
    said = (f"<wsa:To>{escape(to)}</wsa:To>" if to else "") + (
        f"<wsa:Action>{action}</wsa:Action>" if action else ""
    )
    said += f"<wsa:MessageID>{id}</wsa:MessageID>" if id else ""
    said += f"<wsa:ReplyTo><wsa:Address>{reply_to}</wsa:Address></wsa:ReplyTo>" if reply_to else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope {DECLARED}{declared}><soap:Header>{said}{headers}'
        f"</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def probe(types: str = "wsdp:Device") -> bytes:
    """A directed Probe. [dsp/sequence/directed-probe]"""
    return envelope(DISCOVERY_TO, PROBE, f"<wsd:Probe><wsd:Types>{types}</wsd:Types></wsd:Probe>")


def empty_probe() -> bytes:
    """A Probe that every target matches."""
    return envelope(DISCOVERY_TO, PROBE, "<wsd:Probe/>")


def probe_for(content: str) -> bytes:
    """A Probe with that content, as XML: Types and Scopes."""
    return envelope(DISCOVERY_TO, PROBE, f"<wsd:Probe>{content}</wsd:Probe>")


def scopes_of(scopes: Sequence[str], rule: str = "") -> str:
    """wsd:Scopes of a Probe. `rule`: the URI of MatchBy; '' for none."""
    matched = f" MatchBy={quoteattr(rule)}" if rule else ""
    return f"<wsd:Scopes{matched}>{escape(' '.join(scopes))}</wsd:Scopes>"


def fresh(octets: bytes) -> bytes:
    """The same message with a MessageID of its own."""
    before, found, rest = octets.partition(b"<wsa:MessageID>")
    return before + found + new_id().encode() + b"<" + rest.partition(b"<")[2]


def resolve(address: str) -> bytes:
    """A Resolve of an endpoint address. [discovery/resolve/to-the-discovery-urn]"""
    reference = f"<wsa:EndpointReference><wsa:Address>{escape(address)}</wsa:Address></wsa:EndpointReference>"
    return envelope(DISCOVERY_TO, RESOLVE, f"<wsd:Resolve>{reference}</wsd:Resolve>")


def get(to: str) -> bytes:
    """The question for metadata."""
    return envelope(to, GET, "")


def create(user: str, scan_process: str, instructions: bytes) -> str:
    """Body of CreatePostScanJob; `instructions` is an element. [dsp/create-post-scan-job/request]"""
    return (
        f"<dsp:CreatePostScanJobRequest><dsp:UserIdentifier>{escape(user)}</dsp:UserIdentifier>"
        f"<dsp:PSP_Identifier>{escape(scan_process)}</dsp:PSP_Identifier>{instructions.decode()}"
        "</dsp:CreatePostScanJobRequest>"
    )


def image(token: str, document_id: int | str, format: str = "jfif", href: str = f"cid:{IMAGE_ID}") -> str:
    """Body of SendImage. [dsp/send-image/request] [dsp/send-image/image-by-xop]"""
    return (
        f"<dsp:SendImageRequest><dsp:JobToken>{escape(token)}</dsp:JobToken><dsp:DocumentDescription>"
        f"<dsp:DocumentId>{document_id}</dsp:DocumentId><dsp:Format>{format}</dsp:Format></dsp:DocumentDescription>"
        f"<dsp:ImageData><xop:Include href={quoteattr(href)}/></dsp:ImageData></dsp:SendImageRequest>"
    )


def with_token(operation: str, token: str, prefix: str = "dsp") -> str:
    """Body of an operation that holds the JobToken alone."""
    return (
        f"<{prefix}:{operation}Request><{prefix}:JobToken>{escape(token)}</{prefix}:JobToken>"
        f"</{prefix}:{operation}Request>"
    )


def elements(token: str, names: Sequence[str], prefix: str = "dsp") -> str:
    """Body of GetPostScanJobElements. [dsp/get-post-scan-job-elements/request]"""
    asked = "".join(f"<{prefix}:Name>{name}</{prefix}:Name>" for name in names)
    return (
        f"<{prefix}:GetPostScanJobElementsRequest><{prefix}:JobToken>{escape(token)}</{prefix}:JobToken>"
        f"<{prefix}:RequestedElements>{asked}</{prefix}:RequestedElements></{prefix}:GetPostScanJobElementsRequest>"
    )


def repository_elements(names: Sequence[str]) -> str:
    """Body of GetRepositoryElements."""
    asked = "".join(f"<dsc:Name>{name}</dsc:Name>" for name in names)
    return (
        f"<dsc:GetRepositoryElementsRequest><dsc:RequestedElements>{asked}</dsc:RequestedElements>"
        "</dsc:GetRepositoryElementsRequest>"
    )


def subscribe(
    to: str,
    notify_to: str,
    actions: Sequence[str],
    *,
    expires: str = "PT10M",
    dialect: str = ACTION_FILTER,
    mode: str = PUSH,
    identifier: str = "",
    end_to: str = "",
) -> bytes:
    """Subscribe at an event source.

    - `actions`: of the filter; none: no filter.
    - `expires`: '' for none.
    - `mode`: of the delivery.
    - `identifier`: a reference parameter of NotifyTo.
    - `end_to`: where SubscriptionEnd goes; '' for no EndTo.
    """
    said = f'<wse:Filter Dialect="{dialect}">{" ".join(actions)}</wse:Filter>' if actions else ""
    until = f"<wse:Expires>{expires}</wse:Expires>" if expires else ""
    own = (
        '<wsa:ReferenceParameters><j:Mark xmlns:j="urn:example:judge">'
        + identifier
        + "</j:Mark></wsa:ReferenceParameters>"
        if identifier
        else ""
    )
    mode_said = f' Mode="{mode}"'
    end = f"<wse:EndTo><wsa:Address>{escape(end_to)}</wsa:Address></wse:EndTo>" if end_to else ""
    return envelope(
        to,
        SUBSCRIBE,
        f"<wse:Subscribe>{end}<wse:Delivery{mode_said}><wse:NotifyTo><wsa:Address>{escape(notify_to)}</wsa:Address>"
        f"{own}</wse:NotifyTo></wse:Delivery>{until}{said}</wse:Subscribe>",
    )


def require_right(octets: bytes) -> None:
    """Hold an envelope of the judge's own against the schemas. Raises OwnMistake."""
    try:
        read = read_envelope(octets)
    except Unreadable as error:
        raise OwnMistake(f"the judge's own message cannot be read: {error}") from None
    found = [said for content in read.contents for _, said in violations(content)]
    if found:
        raise OwnMistake(f"the judge's own message departs from the schema: {found[0]}")


def action_of(namespace: str, operation: str) -> str:
    """The action of an operation. [dsp/header/request-action] [dsc/wire/actions]
    [wscn/wire/request-action]"""
    assert namespace in (DSP, DSC, WSCN, DSD)
    return f"{namespace}/{operation}"
