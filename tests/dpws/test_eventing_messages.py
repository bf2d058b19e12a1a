"""The messages of WS-Eventing, written and read: whole, tolerant, and refused."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from eventing_bench import CALM, DIALECT, NS, STORM, WSA, WSE
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from emulator.dpws.eventing.messages import (
    Expires,
    GetStatus,
    GetStatusResponse,
    Renew,
    RenewResponse,
    Subscribe,
    SubscribeResponse,
    SubscriptionEnd,
    Unsubscribe,
)
from emulator.dpws.eventing.reference import EndpointReference
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError

XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="￾￿"), max_size=20
)
URIS = st.builds(lambda tail: f"http://example.org/{tail}", st.text("abc/%20.~-_?&<", max_size=20))
TIMES: st.SearchStrategy[Expires] = st.timedeltas() | st.integers(0, 250_000_000_000_000).map(
    lambda milliseconds: datetime(2, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)
ELEMENTS = st.builds(
    lambda name, text: _element(f"{{urn:example:{name}}}{name}", text), st.sampled_from(["a", "b", "Id"]), XML_TEXT
)
REFERENCES = st.builds(EndpointReference, URIS, st.lists(ELEMENTS, max_size=3).map(tuple))
ACTIONS = st.lists(URIS, max_size=4).map(tuple)


def _element(tag: str, text: str) -> etree._Element:
    element = etree.Element(tag)
    element.text = text
    return element


def plain(value: Any) -> Any:
    """Something that compares by value: elements do not."""
    if isinstance(value, etree._Element):
        return (value.tag, value.text or "")
    if isinstance(value, tuple):
        return tuple(plain(each) for each in value)
    if hasattr(value, "__dataclass_fields__"):
        return (type(value), *(plain(getattr(value, each.name)) for each in fields(value)))
    return value


MESSAGES: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        Subscribe,
        REFERENCES,
        st.none() | REFERENCES,
        st.none() | TIMES,
        st.none() | ACTIONS,
        st.sampled_from(["", f"{WSE}/DeliveryModes/Push", "urn:pull"]),
        st.just(DIALECT),
        st.lists(ELEMENTS, max_size=2).map(tuple),
    ),
    st.builds(SubscribeResponse, REFERENCES, TIMES, st.lists(ELEMENTS, max_size=2).map(tuple)),
    st.builds(Renew, st.none() | TIMES),
    st.builds(RenewResponse, TIMES),
    st.builds(GetStatus),
    st.builds(GetStatusResponse, TIMES),
    st.builds(Unsubscribe),
    st.builds(SubscriptionEnd, REFERENCES, URIS, XML_TEXT),
)


@given(MESSAGES)
def test_what_is_written_is_read_again_without_a_deviation(message: Any) -> None:
    # The law: [eventing/subscribe/body] [eventing/subscription-end/body]
    deviations = Deviations()
    data = etree.tostring(message.to_xml())
    again = type(message).from_xml(etree.fromstring(data), deviations)
    assert plain(again) == plain(message)
    assert not list(deviations)


@given(MESSAGES, st.data())
def test_a_message_with_something_lost_is_read_or_refused(message: Any, data: st.DataObject) -> None:
    root = etree.fromstring(etree.tostring(message.to_xml()))
    victims = [each for each in root.iter() if each is not root]
    for victim in data.draw(st.lists(st.sampled_from(victims), max_size=3)) if victims else ():
        if data.draw(st.booleans()):
            victim.text = data.draw(XML_TEXT)
        elif victim.getparent() is not None:
            victim.getparent().remove(victim)
    try:
        type(message).from_xml(root, Deviations())
    except ContentError as error:
        assert "\n" not in error.argument


def subscribe(inner: str) -> tuple[Subscribe, list[tuple[str, str]]]:
    deviations = Deviations()
    root = etree.fromstring(f"<q:Subscribe xmlns:q='{WSE}' xmlns='{WSA}' xmlns:x='urn:x'>{inner}</q:Subscribe>")
    return Subscribe.from_xml(root, deviations), [(each.id, each.place) for each in deviations]


DELIVERY = "<q:Delivery><q:NotifyTo><Address>http://10.0.0.1/s</Address></q:NotifyTo></q:Delivery>"


def test_no_mode_no_filter_and_no_time_are_what_the_document_allows() -> None:
    # The law: [eventing/filter/absent] [eventing/expires/absent] [eventing/delivery/push]
    # The law: [clients/wsd-python/subscribe-without-mode]
    asked, told = subscribe(DELIVERY)
    assert (asked.mode, asked.filter_actions, asked.expires, asked.end_to) == ("", None, None, None)
    assert told == []


def test_white_space_round_the_entries_of_a_filter_is_that_of_a_list() -> None:
    # The law: [eventing/filter/list-of-actions] [clients/wsd-python/white-space-round-the-filter]
    asked, told = subscribe(f"{DELIVERY}<q:Filter Dialect='{DIALECT}'>\n  {STORM}\n\t{CALM} </q:Filter>")
    assert asked.filter_actions == (STORM, CALM) and told == []


def test_white_space_round_address_and_time_is_told() -> None:
    asked, told = subscribe(
        "<q:Delivery><q:NotifyTo><Address> http://10.0.0.1/s\n</Address></q:NotifyTo></q:Delivery>"
        "<q:Expires> PT1H </q:Expires>"
    )
    assert asked.notify_to.address == "http://10.0.0.1/s" and asked.expires == timedelta(hours=1)
    assert [each for each, _ in told] == ["address-white-space", "white-space"]


def test_another_order_is_read_and_told() -> None:
    asked, told = subscribe(
        f"{DELIVERY}<q:Filter Dialect='{DIALECT}'>{STORM}</q:Filter><q:Expires>PT1S</q:Expires>"
    )
    assert asked.expires == timedelta(seconds=1)
    assert told == [("element-order", "Subscribe/Expires")]


def test_a_list_of_uris_without_dialect_is_read_and_told_and_all_else_is_xpath() -> None:
    # The law: [eventing/filter/dialect]
    asked, told = subscribe(f"{DELIVERY}<q:Filter>{STORM}</q:Filter>")
    assert asked.filter_dialect == DIALECT and told == [("filter-dialect", "Subscribe/Filter")]
    asked, told = subscribe(f"{DELIVERY}<q:Filter>//storm</q:Filter>")
    assert asked.filter_dialect == "http://www.w3.org/TR/1999/REC-xpath-19991116" and told == []


def test_elements_of_other_namespaces_are_extensions() -> None:
    asked, told = subscribe(f"{DELIVERY}<x:Destinations><x:One/></x:Destinations><q:New/>")
    assert [each.tag for each in asked.extensions] == ["{urn:x}Destinations"]
    assert told == [("element-unknown", "Subscribe/New")]


def test_properties_and_parameters_come_as_headers_with_the_prefixes_of_their_document() -> None:
    asked, _ = subscribe(
        "<q:Delivery><q:NotifyTo><Address>http://10.0.0.1/s</Address>"
        "<ReferenceProperties><x:P/></ReferenceProperties>"
        "<ReferenceParameters><x:T>x:name</x:T></ReferenceParameters></q:NotifyTo></q:Delivery>"
    )
    first, second = asked.notify_to.headers()
    assert (first.tag, second.tag, second.text) == ("{urn:x}P", "{urn:x}T", "x:name")
    assert second.nsmap["x"] == "urn:x"
    assert second.getroottree().getroot() is second, "the document that it stood in is held on to"
    # Each message gets its own: an element put into one is taken out of another.
    assert asked.notify_to.headers()[0] is not first


@pytest.mark.parametrize(
    ("inner", "argument"),
    [
        ("", "Delivery"),
        ("<q:Delivery/>", "NotifyTo"),
        ("<q:Delivery><q:NotifyTo/></q:Delivery>", "Address"),
        ("<q:Delivery><q:NotifyTo><Address> </Address></q:NotifyTo></q:Delivery>", "NotifyTo"),
        (DELIVERY.replace("/s<", f"/{'x' * 2048}<"), "NotifyTo"),
        (
            DELIVERY.replace("</Address>", "</Address><ReferenceParameters><To>x</To></ReferenceParameters>"),
            "ReferenceParameters",
        ),
        (
            DELIVERY.replace(
                "</Address>", f"</Address><ReferenceProperties><x:a>{'x' * 16384}</x:a></ReferenceProperties>"
            ),
            "ReferenceProperties",
        ),
        (f"{DELIVERY}<q:Filter Dialect='{DIALECT}'>{'http://a ' * 2000}</q:Filter>", "Filter"),
        (f"{DELIVERY}<q:Expires>tomorrow</q:Expires>", "Expires"),
        (f"{DELIVERY}<q:Expires/>", "Expires"),
        (f"{DELIVERY}<q:Expires>PT1H and a bit</q:Expires>", "Expires"),
        (f"{DELIVERY}<q:Expires>2026-13-01T00:00:00Z</q:Expires>", "Expires"),
        (f"<q:EndTo/>{DELIVERY}", "Address"),
    ],
)
def test_what_cannot_be_read_names_the_element(inner: str, argument: str) -> None:
    with pytest.raises(ContentError) as caught:
        subscribe(inner)
    assert caught.value.argument == argument


@pytest.mark.parametrize("kind", [Subscribe, Renew, GetStatus, Unsubscribe, SubscribeResponse, SubscriptionEnd])
def test_another_message_is_refused(kind: Any) -> None:
    for tag in (f"{{{WSE}}}Other", f"{{urn:other}}{kind.__name__}"):
        with pytest.raises(ContentError):
            kind.from_xml(etree.Element(tag), Deviations())


def test_prefixes_are_those_of_the_documents() -> None:
    # The law: [eventing/namespace/of-2004-08]
    root = SubscribeResponse(EndpointReference("http://m"), timedelta(hours=1)).to_xml()
    assert (root.prefix, root[0].prefix, root[0][0].prefix) == ("wse", "wse", "wsa")
    assert root.xpath("e:Expires/text()", namespaces=NS) == ["PT1H"]


def test_an_end_in_several_languages_has_the_first_reason() -> None:
    root = SubscriptionEnd(EndpointReference("http://m"), f"{WSE}/SourceCanceling", "over").to_xml()
    etree.SubElement(root, f"{{{WSE}}}Reason").text = "vorbei"
    deviations = Deviations()
    assert SubscriptionEnd.from_xml(root, deviations).reason == "over" and not list(deviations)
