"""What the judge's scan server says, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from emulator.conformance.names import ADDRESSING_FAULT, ANONYMOUS, DSP, PROBE_MATCHES, WSDP
from emulator.conformance.reading import Envelope
from emulator.conformance.requests import DECLARED, new_id

CREATED: Final = "2026-03-02T08:15:00Z"
ENDED: Final = "2026-03-02T08:15:09Z"
SERVICE_TYPE: Final = "dsp:RepositoryProcessingServiceType"


def answer(asked: Envelope | None, action: str, body: str, *, headers: str = "", to: str = ANONYMOUS) -> bytes:
    """An envelope that answers another.

    - `body`: the content of soap:Body, as XML.
    - `headers`: more header blocks, as XML.
    - `to`: '' for none.
    """
    about = "" if asked is None else asked.message_id.strip()
    said = (f"<wsa:To>{to}</wsa:To>" if to else "") + f"<wsa:Action>{action}</wsa:Action>"
    said += f"<wsa:MessageID>{new_id()}</wsa:MessageID>"
    said += f"<wsa:RelatesTo>{escape(about)}</wsa:RelatesTo>" if about else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope {DECLARED}>'
        f"<soap:Header>{said}{headers}</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def fault(asked: Envelope | None, code: str, subcode: str, reason: str, detail: str = "") -> bytes:
    """A fault that answers another message.

    - `asked`: the request; None where it cannot be read.
    - `code`: Sender or Receiver.
    - `subcode`: with its prefix.
    - `reason`: in English.
    - `detail`: text of soap:Detail; '' for none.
    """
    told = f"<soap:Detail>{escape(detail)}</soap:Detail>" if detail else ""
    return answer(
        asked,
        ADDRESSING_FAULT,
        f"<soap:Fault><soap:Code><soap:Value>soap:{code}</soap:Value><soap:Subcode><soap:Value>{subcode}"
        "</soap:Value></soap:Subcode></soap:Code><soap:Reason>"
        f'<soap:Text xml:lang="en">{escape(reason)}</soap:Text></soap:Reason>{told}</soap:Fault>',
    )


def probe_matches(asked: Envelope | None, address: str, xaddr: str) -> bytes:
    """The one match, with the address of the metadata. [dsp/sequence/probe-matches-tell-the-address]"""
    return answer(
        asked,
        PROBE_MATCHES,
        "<wsd:ProbeMatches><wsd:ProbeMatch><wsa:EndpointReference><wsa:Address>"
        f"{address}</wsa:Address></wsa:EndpointReference><wsd:Types>wsdp:Device</wsd:Types>"
        f"<wsd:XAddrs>{escape(xaddr)}</wsd:XAddrs><wsd:MetadataVersion>1</wsd:MetadataVersion></wsd:ProbeMatch>"
        "</wsd:ProbeMatches>",
        headers='<wsd:AppSequence InstanceId="1" MessageNumber="1"/>',
    )


def hosted(address: str, types: str, id: str, parameters: str = "") -> str:
    """One hosted service. `parameters`: reference parameters, as XML."""
    own = f"<wsa:ReferenceParameters>{parameters}</wsa:ReferenceParameters>" if parameters else ""
    return (
        f"<wsdp:Hosted><wsa:EndpointReference><wsa:Address>{escape(address)}</wsa:Address>{own}"
        f"</wsa:EndpointReference><wsdp:Types>{types}</wsdp:Types><wsdp:ServiceId>{id}</wsdp:ServiceId></wsdp:Hosted>"
    )


def metadata(asked: Envelope | None, address: str, services: Sequence[str]) -> bytes:
    """The metadata of a host with these hosted services. [dpws/metadata/dialects]"""
    return answer(
        asked,
        "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse",
        f'<wsx:Metadata><wsx:MetadataSection Dialect="{WSDP}/ThisModel"><wsdp:ThisModel>'
        "<wsdp:Manufacturer>DSM device emulator</wsdp:Manufacturer><wsdp:ModelName>Scan server of the judge"
        f'</wsdp:ModelName></wsdp:ThisModel></wsx:MetadataSection><wsx:MetadataSection Dialect="{WSDP}/ThisDevice">'
        "<wsdp:ThisDevice><wsdp:FriendlyName>Scan server of the judge</wsdp:FriendlyName></wsdp:ThisDevice>"
        f'</wsx:MetadataSection><wsx:MetadataSection Dialect="{WSDP}/Relationship"><wsdp:Relationship '
        f'Type="{WSDP}/host"><wsdp:Host><wsa:EndpointReference><wsa:Address>{address}</wsa:Address>'
        "</wsa:EndpointReference><wsdp:Types>wsdp:Device</wsdp:Types><wsdp:ServiceId>urn:judge:host</wsdp:ServiceId>"
        f"</wsdp:Host>{''.join(services)}</wsdp:Relationship></wsx:MetadataSection></wsx:Metadata>",
    )


def job_status(
    token: str,
    state: str,
    reasons: Sequence[str],
    filters: str,
    images: int,
    *,
    ended: bool,
    root: str = "JobStatus",
) -> str:
    """The element dsp:JobStatus. [dsp/job-status/children]

    - `token`, `state` and `reasons`: what stands there; no reasons: the element is left out.
    - `filters`: as `filter_statuses` makes them.
    - `images`: ImagesReceived.
    - `ended`: JobCompletedTime is told.
    - `root`: another name of the element.
    """
    why = "".join(f"<dsp:JobStateReason>{each}</dsp:JobStateReason>" for each in reasons)
    return (
        f"<dsp:{root}><dsp:JobToken>{escape(token)}</dsp:JobToken><dsp:JobState>{state}</dsp:JobState>"
        + (f"<dsp:JobStateReasons>{why}</dsp:JobStateReasons>" if why else "")
        + f"{filters}<dsp:ImagesReceived>{images}</dsp:ImagesReceived>"
        f"<dsp:JobCreatedTime>{CREATED}</dsp:JobCreatedTime>"
        + (f"<dsp:JobCompletedTime>{ENDED}</dsp:JobCompletedTime>" if ended else "")
        + f"</dsp:{root}>"
    )


def filter_statuses(
    dialects: Sequence[str], state: str, reasons: Sequence[str] = (), root: str = "FilterStatuses"
) -> str:
    """Each filter in that state. `root`: name of the element. [dsp/filter-status/children]"""
    why = "".join(f"<dsp:FilterStateReason>{each}</dsp:FilterStateReason>" for each in reasons)
    told = f"<dsp:FilterStateReasons>{why}</dsp:FilterStateReasons>" if why else ""
    each = "".join(
        f"<dsp:FilterStatus><dsp:Dialect>{dialect}</dsp:Dialect><dsp:FilterState>{state}</dsp:FilterState>{told}"
        "</dsp:FilterStatus>"
        for dialect in dialects
    )
    return f"<dsp:{root}>{each}</dsp:{root}>"


def job_elements(found: Sequence[tuple[str, str]]) -> str:
    """GetPostScanJobElementsResponse. `found`: local name of an element of WS-DSP, and the element; '' for one that
    there is not."""
    each = "".join(
        f'<dsp:ElementData dsp:Name="dsp:{name}" dsp:Valid="{str(bool(xml)).lower()}">{xml}</dsp:ElementData>'
        for name, xml in found
    )
    return (
        "<dsp:GetPostScanJobElementsResponse><dsp:JobElements>"
        f"{each}</dsp:JobElements></dsp:GetPostScanJobElementsResponse>"
    )


def subscribe_response(manager: str, identifier: str, expires: str) -> str:
    """SubscribeResponse. [eventing/subscribe/response]"""
    return (
        f"<wse:SubscribeResponse><wse:SubscriptionManager><wsa:Address>{escape(manager)}</wsa:Address>"
        f"<wsa:ReferenceParameters><wse:Identifier>{identifier}</wse:Identifier></wsa:ReferenceParameters>"
        f"</wse:SubscriptionManager><wse:Expires>{expires}</wse:Expires></wse:SubscribeResponse>"
    )


def response_action(operation: str) -> str:
    """The action of an answer of WS-DSP. [dsp/header/response-action]"""
    return f"{DSP}/{operation}Response"
