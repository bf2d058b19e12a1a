"""The faults of WS-Eventing (2004/08, section 6) and the one that DPWS adds (2006/02, section 6.1.2)."""

from __future__ import annotations

from lxml import etree

from emulator.dpws.constants import ACTION_DIALECT, DPWS_FAULT, EVENTING_FAULT, PREFIXES, PUSH, WSDP, WSE
from emulator.soap.fault import Code, Fault
from emulator.soap.xml import QName, copied


def delivery_mode_requested_unavailable() -> Fault:
    """wse:DeliveryModeRequestedUnavailable; detail: the mode that there is.
    [eventing/fault/delivery-mode-requested-unavailable] [eventing/fault/supported-delivery-mode]"""
    return _fault(
        "Sender",
        "DeliveryModeRequestedUnavailable",
        "The requested delivery mode is not supported.",
        _element("SupportedDeliveryMode", PUSH),
    )


def invalid_expiration_time() -> Fault:
    """wse:InvalidExpirationTime: zero, in the past, or no time at all. [eventing/fault/invalid-expiration-time]"""
    return _fault("Sender", "InvalidExpirationTime", "The expiration time requested is invalid.")


def filtering_requested_unavailable() -> Fault:
    """wse:FilteringRequestedUnavailable; detail: the dialect that there is.
    [eventing/fault/filtering-requested-unavailable] [eventing/fault/supported-dialect]"""
    return _fault(
        "Sender",
        "FilteringRequestedUnavailable",
        "The requested filter dialect is not supported.",
        _element("SupportedDialect", ACTION_DIALECT),
    )


def filter_action_not_supported() -> Fault:
    """wsdp:FilterActionNotSupported: no action that the filter names is one of the source.
    [eventing/fault/filter-action-not-supported] [wsdapi/eventing/filter-action-not-supported]"""
    return Fault(
        "Sender",
        QName(WSDP, "FilterActionNotSupported"),
        "No action in the filter is offered.",
        action=DPWS_FAULT,
        prefix=PREFIXES[WSDP],
    )


def event_source_unable_to_process(reason: str) -> Fault:
    """wse:EventSourceUnableToProcess, with a reason for people. [eventing/fault/event-source-unable-to-process]"""
    return _fault("Receiver", "EventSourceUnableToProcess", reason)


def unable_to_renew() -> Fault:
    """wse:UnableToRenew: no such subscription. [eventing/fault/unable-to-renew]"""
    return _fault("Receiver", "UnableToRenew", "The subscription could not be renewed.")


def invalid_message(offending: etree._Element | str | None = None) -> Fault:
    """wse:InvalidMessage; detail: the offending element (a copy of it is sent), or what it is.
    [eventing/fault/invalid-message]"""
    if offending is not None and not isinstance(offending, str):
        offending = copied(offending)
    return _fault("Sender", "InvalidMessage", "The message is not valid and cannot be processed.", offending)


def _fault(code: Code, local: str, reason: str, detail: etree._Element | str | None = None) -> Fault:
    # The law: [eventing/fault/action]
    return Fault(code, QName(WSE, local), reason, detail, action=EVENTING_FAULT, prefix=PREFIXES[WSE])


def _element(local: str, text: str) -> etree._Element:
    element = etree.Element(f"{{{WSE}}}{local}", nsmap={PREFIXES[WSE]: WSE})
    element.text = text
    return element
