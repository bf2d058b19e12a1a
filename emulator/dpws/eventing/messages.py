"""The messages of WS-Eventing (2004/08, section 3), both ways. Each `to_xml` is the element of a Body."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from emulator.dpws.constants import ACTION_DIALECT, MAX_FILTER, PREFIXES, WSDP, WSE, XPATH_DIALECT
from emulator.dpws.eventing.reference import EndpointReference
from emulator.soap.constants import WSA, XML
from emulator.soap.deviations import Deviations
from emulator.soap.duration import format_duration, parse_duration
from emulator.soap.fault import xml_text
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.times import format_date_time, parse_date_time
from emulator.soap.xml import copied, local_name, namespace_of, place

Expires = timedelta | datetime
"""How long, or until when; a time without a zone is UTC."""

_NAMESPACES: Final = {PREFIXES[WSE]: WSE, "wsa": WSA, PREFIXES[WSDP]: WSDP}


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Asks for events to be sent to `notify_to`.

    `filter_actions`: None without a filter; `mode` and `filter_dialect`: as they stand in the message, where ''
    means that none is named; `extensions`: elements of other namespaces, as wscn:ScanDestinations.
    [clients/wsd-python/subscribe-without-mode]
    [eventing/subscribe/body] [eventing/expires/absent] [eventing/filter/absent] [eventing/delivery/push]"""

    notify_to: EndpointReference
    end_to: EndpointReference | None = None
    expires: Expires | None = None
    filter_actions: tuple[str, ...] | None = None
    mode: str = ""
    filter_dialect: str = ACTION_DIALECT
    extensions: tuple[etree._Element, ...] = ()

    def to_xml(self) -> etree._Element:
        """wse:Subscribe."""
        root = _root("Subscribe")
        if self.end_to is not None:
            self.end_to.fill(_add(root, "EndTo"))
        delivery = _add(root, "Delivery")
        if self.mode:
            delivery.set("Mode", self.mode)
        self.notify_to.fill(_add(delivery, "NotifyTo"))
        _write_expires(root, self.expires)
        if self.filter_actions is not None:
            chosen = _add(root, "Filter", " ".join(self.filter_actions))
            if self.filter_dialect:
                chosen.set("Dialect", self.filter_dialect)
        _append(root, self.extensions)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Subscribe:
        """Raises ContentError without NotifyTo, and for what cannot be read."""
        cursor = _open(element, "Subscribe", ("EndTo", "Delivery", "Expires", "Filter"), deviations)
        delivery = cursor.required("Delivery")
        notify_to = delivery.required("NotifyTo")
        end_to = cursor.child("EndTo")
        chosen = cursor.child("Filter")
        dialect = ACTION_DIALECT
        if chosen is not None:
            dialect = chosen.attribute("Dialect", qualified=False) or ""
            if not dialect and _are_actions(chosen):
                deviations.note("filter-dialect", place(chosen.element))
                dialect = ACTION_DIALECT
            dialect = dialect or XPATH_DIALECT
        return cls(
            EndpointReference.read(notify_to.element, deviations),
            None if end_to is None else EndpointReference.read(end_to.element, deviations),
            _read_expires(cursor),
            None if chosen is None else _actions(chosen),
            delivery_mode(element),
            dialect,
            _extensions(element),
        )


@dataclass(frozen=True, slots=True)
class SubscribeResponse:
    """The subscription is made: `manager` is where it is renewed and ended, with its identifier as a parameter.
    [eventing/subscribe/response]"""

    manager: EndpointReference
    expires: Expires
    extensions: tuple[etree._Element, ...] = ()

    def to_xml(self) -> etree._Element:
        """wse:SubscribeResponse."""
        root = _root("SubscribeResponse")
        self.manager.fill(_add(root, "SubscriptionManager"))
        _write_expires(root, self.expires)
        _append(root, self.extensions)
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> SubscribeResponse:
        """Raises ContentError without manager or time of expiry."""
        cursor = _open(element, "SubscribeResponse", ("SubscriptionManager", "Expires"), deviations)
        manager = EndpointReference.read(cursor.required("SubscriptionManager").element, deviations)
        return cls(manager, _required_expires(cursor), _extensions(element))


@dataclass(frozen=True, slots=True)
class Renew:
    """Asks for more time: `expires` None for as long as the source likes. [eventing/renew/supported]"""

    expires: Expires | None = None

    def to_xml(self) -> etree._Element:
        """wse:Renew."""
        return _write_expires(_root("Renew"), self.expires)

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Renew:
        """Raises ContentError for a time that is none."""
        return cls(_read_expires(_open(element, "Renew", ("Expires",), deviations)))


@dataclass(frozen=True, slots=True)
class RenewResponse:
    """The time granted."""

    expires: Expires

    def to_xml(self) -> etree._Element:
        """wse:RenewResponse."""
        return _write_expires(_root("RenewResponse"), self.expires)

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> RenewResponse:
        """Raises ContentError without a time."""
        return cls(_required_expires(_open(element, "RenewResponse", ("Expires",), deviations)))


@dataclass(frozen=True, slots=True)
class GetStatus:
    """Asks how much time is left. [eventing/get-status/supported]"""

    def to_xml(self) -> etree._Element:
        """wse:GetStatus."""
        return _root("GetStatus")

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetStatus:
        """Raises ContentError when it is another message."""
        _open(element, "GetStatus", (), deviations)
        return cls()


@dataclass(frozen=True, slots=True)
class GetStatusResponse:
    """The time left."""

    expires: Expires

    def to_xml(self) -> etree._Element:
        """wse:GetStatusResponse."""
        return _write_expires(_root("GetStatusResponse"), self.expires)

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> GetStatusResponse:
        """Raises ContentError without a time."""
        return cls(_required_expires(_open(element, "GetStatusResponse", ("Expires",), deviations)))


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Ends a subscription. Its answer has an empty Body.
    [eventing/unsubscribe/supported] [eventing/unsubscribe/empty-response]"""

    def to_xml(self) -> etree._Element:
        """wse:Unsubscribe."""
        return _root("Unsubscribe")

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> Unsubscribe:
        """Raises ContentError when it is another message."""
        _open(element, "Unsubscribe", (), deviations)
        return cls()


@dataclass(frozen=True, slots=True)
class SubscriptionEnd:
    """The source ends a subscription before its time. `status`: a URI; `reason`: for people.
    [eventing/subscription-end/body]"""

    manager: EndpointReference
    status: str
    reason: str = ""

    def to_xml(self) -> etree._Element:
        """wse:SubscriptionEnd."""
        root = _root("SubscriptionEnd")
        self.manager.fill(_add(root, "SubscriptionManager"))
        _add(root, "Status", self.status)
        if self.reason:
            _add(root, "Reason", self.reason).set(f"{{{XML}}}lang", "en")
        return root

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> SubscriptionEnd:
        """Raises ContentError without manager or status."""
        cursor = _open(element, "SubscriptionEnd", ("SubscriptionManager", "Status", "Reason"), deviations)
        manager = EndpointReference.read(cursor.required("SubscriptionManager").element, deviations)
        status = cursor.required("Status").token()
        reasons = list(cursor.children("Reason"))  # one for each language
        return cls(manager, status, reasons[0].text() if reasons else "")


def delivery_mode(element: etree._Element) -> str:
    """The mode that a wse:Subscribe asks for, whatever else stands in it; '' where it names none."""
    delivery = element.find(f"{{{WSE}}}Delivery")
    return "" if delivery is None else delivery.get("Mode", "").strip()


def _root(name: str) -> etree._Element:
    return etree.Element(f"{{{WSE}}}{name}", nsmap=_NAMESPACES)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{WSE}}}{name}")
    element.text = None if text is None else xml_text(text)
    return element


def _append(root: etree._Element, extensions: tuple[etree._Element, ...]) -> None:
    for each in extensions:
        root.append(copied(each))


def _write_expires(root: etree._Element, expires: Expires | None) -> etree._Element:
    if isinstance(expires, timedelta):
        _add(root, "Expires", format_duration(expires))
    elif expires is not None:
        _add(root, "Expires", format_date_time(expires))
    return root


def _open(element: etree._Element, name: str, children: tuple[str, ...], deviations: Deviations) -> Cursor:
    """A cursor on a message's element, its children's names and order looked at. Raises ContentError."""
    if local_name(element) != name or namespace_of(element) != WSE:
        raise ContentError(name, f"the Body holds {str(element.tag)[:200]}")
    cursor = Cursor(element, (WSE,), deviations)
    cursor.check_order(children)
    return cursor


def _extensions(element: etree._Element) -> tuple[etree._Element, ...]:
    return tuple(child for child in element if namespace_of(child) != WSE)


def _read_expires(cursor: Cursor) -> Expires | None:
    # The law: [eventing/expires/form]
    found = cursor.child("Expires")
    if found is None:
        return None
    text = found.token()
    try:
        return parse_duration(text) if text.lstrip("-").startswith("P") else parse_date_time(text)
    except ValueError as error:
        raise ContentError("Expires", str(error)) from None


def _required_expires(cursor: Cursor) -> Expires:
    expires = _read_expires(cursor)
    if expires is None:
        raise ContentError("Expires", f"missing in {cursor.name}")
    return expires


def _actions(chosen: Cursor) -> tuple[str, ...]:
    # The law: [eventing/filter/list-of-actions] [clients/wsd-python/white-space-round-the-filter]
    text = chosen.element.text or ""
    if len(text) > MAX_FILTER:
        raise ContentError("Filter", f"more than {MAX_FILTER} characters")
    return tuple(text.split())


def _are_actions(chosen: Cursor) -> bool:
    """Whether it can only be a list of URIs: an XPath expression has no `://`. [eventing/filter/dialect]"""
    actions = _actions(chosen)
    return bool(actions) and all("://" in action for action in actions)
