"""What an event source answers: subscriptions by hand-written XML, the habits of clients, and every fault."""

from __future__ import annotations

from typing import Any

import pytest
from eventing_bench import (
    ASK,
    CALM,
    DIALECT,
    EVENTS,
    OTHER_CALM,
    SOAP,
    STORM,
    WSA,
    WSDP,
    WSE,
    Bench,
    Received,
    by_host,
    event,
    fault_of,
    found,
    identifier_of,
    manage,
    message,
    subscribe,
    until,
)
from lxml import etree

from emulator.dpws.eventing.limits import SourceLimits
from emulator.dpws.eventing.subscriptions import Subscription
from emulator.soap.fault import FaultError
from emulator.soap.reading import ContentError

SINK = "http://127.0.0.1:9/sink"
TICKET = "<a:ReferenceParameters><t:Ticket xmlns:t='urn:t'>t:42</t:Ticket></a:ReferenceParameters>"


def bench(received: Received | None = None, **options: Any) -> Bench:
    return Bench(by_host({"/sink": received or Received()}), **options)


async def test_a_subscription_is_answered_as_the_document_says() -> None:
    # The law: [eventing/subscribe/supported] [eventing/subscribe/response] [eventing/subscribe/identifier]
    # The law: [eventing/subscribe/identifier-of-a-uuid]
    answer = await bench().ask(subscribe(expires="PT10M"))
    assert found(answer, "//a:Action") == f"{WSE}/SubscribeResponse"
    assert found(answer, "//e:SubscriptionManager/a:Address") == "http://device.example/manager"
    assert identifier_of(answer).startswith("urn:uuid:")
    assert found(answer, "//e:Expires") == "PT10M"
    assert answer.find(f".//{{{WSE}}}Identifier").prefix == "wse"  # type: ignore[union-attr]


async def test_an_event_is_a_message_to_notify_to_with_its_parameters() -> None:
    # The law: [eventing/delivery/reference-parameters] [addressing/reference-parameters/copied-as-headers]
    # The law: [addressing/to/of-an-event] [addressing/action/of-an-event]
    received = Received()
    one = bench(received)
    await one.ask(subscribe(parameters=TICKET))
    one.storm("soon")
    await until(lambda: received.messages)
    (sent,) = received.messages
    assert found(sent, "/s:Envelope/s:Header/a:To") == SINK
    assert found(sent, "/s:Envelope/s:Header/a:Action") == STORM
    assert found(sent, "/s:Envelope/s:Header/a:MessageID").startswith("urn:uuid:")
    (ticket,) = sent.xpath("/s:Envelope/s:Header/t:Ticket", namespaces={"s": SOAP, "t": "urn:t"})
    assert ticket.text == "t:42" and ticket.nsmap["t"] == "urn:t"
    assert received.texts == ["soon"]


@pytest.mark.parametrize("to", ["/manager", "/weather"])
async def test_it_is_renewed_looked_at_and_ended_at_the_manager_and_at_the_service(to: str) -> None:
    # The law: [eventing/renew/supported] [eventing/get-status/supported] [eventing/unsubscribe/supported]
    # The law: [eventing/unsubscribe/empty-response] [eventing/unsubscribe/events-stop]
    # The law: [eventing/manager/served-at-the-service-address] [wsdapi/eventing/get-status]
    # The law: [wsdapi/wsdbit/unsubscribe-stops-events] [wsdapi/wsdbit/subscribe-and-renew-with-duration]
    received = Received()
    one = bench(received)
    identifier = await one.subscribed(expires="PT10M")
    one.clock.now += 60
    answer = await one.ask(manage("GetStatus", identifier), to)
    assert found(answer, "//a:Action") == f"{WSE}/GetStatusResponse"
    assert found(answer, "//e:GetStatusResponse/e:Expires") == "PT9M"
    answer = await one.ask(manage("Renew", identifier, "PT20M"), to)
    assert found(answer, "//e:RenewResponse/e:Expires") == "PT20M"
    answer = await one.ask(manage("Renew", identifier), to)
    assert found(answer, "//e:RenewResponse/e:Expires") == "PT1H"
    answer = await one.ask(manage("Unsubscribe", identifier), to)
    assert found(answer, "//a:Action") == f"{WSE}/UnsubscribeResponse"
    assert len(answer.find(f"{{{SOAP}}}Body")) == 0  # type: ignore[arg-type]
    one.storm("late")
    await one.source.stop()
    assert received.messages == []


async def test_the_service_goes_on_answering_its_own() -> None:
    answer = await bench().ask(message(ASK, "<x/>"))
    assert answer.find(f".//{{{EVENTS}}}Fine") is not None
    answer = await bench().ask(message(f"{WSE}/Pull", "<x/>"))
    assert fault_of(answer)[1] == "wsa:ActionNotSupported"
    answer = await bench().ask(subscribe(), "/manager")
    assert fault_of(answer)[1] == "wsa:ActionNotSupported"


async def test_the_manager_is_named_as_the_subscriber_reached_us() -> None:
    one = bench()
    one.base_url = "https://[2001:db8::1]:5358"
    answer = await one.ask(subscribe())
    assert found(answer, "//e:SubscriptionManager/a:Address") == "https://[2001:db8::1]:5358/manager"


@pytest.mark.parametrize(
    ("expires", "granted"),
    [
        ("PT1H", "PT1H"),
        ("P0Y0M0DT0H10M0S", "PT10M"),
        ("P2D", "PT1H"),
        ("P99999999999999999Y", "PT1H"),
        (None, "PT1H"),
        (" PT5M\n", "PT5M"),
        ("2026-01-01T00:10:00Z", "2026-01-01T00:10:00.000Z"),
        ("2026-01-01T02:10:00+02:00", "2026-01-01T00:10:00.000Z"),
        ("9999-12-31T23:59:59-14:00", "2026-01-01T01:00:00.000Z"),
    ],
)
async def test_time_is_granted_in_kind(expires: str | None, granted: str) -> None:
    # The law: [eventing/expires/duration-answered-with-a-duration]
    # The law: [eventing/expires/date-time-answered-with-a-date-time] [eventing/expires/granted-time]
    assert found(await bench().ask(subscribe(expires=expires)), "//e:Expires") == granted


SENDER, RECEIVER = "soap:Sender", "soap:Receiver"
UNABLE = "wse:EventSourceUnableToProcess"
INVALID = (SENDER, "wse:InvalidMessage", "The message is not valid and cannot be processed.")
NO_TIME = (SENDER, "wse:InvalidExpirationTime", "The expiration time requested is invalid.")


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        (
            {"mode": "urn:pull"},
            (SENDER, "wse:DeliveryModeRequestedUnavailable", "The requested delivery mode is not supported."),
        ),
        ({"expires": "PT0S"}, NO_TIME),
        ({"expires": "-PT1H"}, NO_TIME),
        ({"expires": "2025-12-31T23:59:59Z"}, NO_TIME),
        ({"expires": "2026-01-01T00:00:00"}, NO_TIME),
        ({"expires": "tomorrow"}, NO_TIME),
        ({"expires": ""}, NO_TIME),
        (
            {"dialect": "urn:dialect"},
            (SENDER, "wse:FilteringRequestedUnavailable", "The requested filter dialect is not supported."),
        ),
        (
            {"dialect": None, "actions": "//*"},
            (SENDER, "wse:FilteringRequestedUnavailable", "The requested filter dialect is not supported."),
        ),
        (
            {"actions": f"{EVENTS}/Storm"},
            (SENDER, "wsdp:FilterActionNotSupported", "No action in the filter is offered."),
        ),
        ({"actions": ""}, (SENDER, "wsdp:FilterActionNotSupported", "No action in the filter is offered.")),
        ({"notify_to": "urn:uuid:0c55e94e-6b2c-4e3d-8a57-4d34dd0d3f3c"}, INVALID),
        ({"notify_to": f"{WSA}/role/anonymous"}, INVALID),
        ({"notify_to": "file:///etc/passwd"}, INVALID),
        ({"notify_to": "http://me:secret@127.0.0.1/"}, INVALID),
        ({"notify_to": ""}, INVALID),
        ({"end_to": "ftp://127.0.0.1/"}, INVALID),
        ({"notify_to": "http://10.0.0.8/"}, (RECEIVER, UNABLE, None)),
        ({"end_to": "http://victim.example/"}, (RECEIVER, UNABLE, None)),
        ({"parameters": TICKET.replace("42", "x" * 20000)}, INVALID),
        ({"parameters": "<a:ReferenceParameters><a:Action>x</a:Action></a:ReferenceParameters>"}, INVALID),
        ({"parameters": "<a:ReferenceProperties><s:Header/></a:ReferenceProperties>"}, INVALID),
    ],
)
async def test_what_is_wrong_with_a_subscription_is_a_fault_and_leaves_nothing(
    asked: dict[str, Any], fault: tuple[str, str, str | None]
) -> None:
    # The law: [eventing/fault/supported-dialect] [eventing/fault/delivery-mode-requested-unavailable]
    # The law: [eventing/fault/invalid-expiration-time] [eventing/fault/filtering-requested-unavailable]
    # The law: [eventing/fault/filter-action-not-supported] [eventing/fault/invalid-message]
    # The law: [eventing/fault/action] [wsdapi/eventing/filter-action-not-supported]
    # The law: [wsdapi/wsdbit/unsupported-action] [eventing/expires/in-the-future] [eventing/expires/form]
    one = bench()
    answer = await one.post(subscribe(**asked))
    code, subcode, reason = fault_of(etree.fromstring(answer.body))
    assert (code, subcode) == fault[:2] and (fault[2] is None or reason == fault[2])
    assert answer.status == (400 if code == SENDER else 500)
    action = found(etree.fromstring(answer.body), "//a:Action")
    assert action == (f"{WSDP}/fault" if subcode.startswith("wsdp:") else f"{WSE}/fault")
    assert one.source.subscriptions == ()


async def test_a_pull_without_notify_to_is_told_about_the_mode() -> None:
    # The law: [eventing/delivery/push] [eventing/fault/supported-delivery-mode]
    body = "<e:Subscribe><e:Delivery Mode='urn:pull'/></e:Subscribe>"
    answer = await bench().ask(message(f"{WSE}/Subscribe", body))
    assert fault_of(answer)[1] == "wse:DeliveryModeRequestedUnavailable"
    assert found(answer, "//s:Detail/e:SupportedDeliveryMode") == f"{WSE}/DeliveryModes/Push"
    answer = await bench().ask(subscribe(dialect="urn:dialect"))
    assert found(answer, "//s:Detail/e:SupportedDialect") == DIALECT


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("Renew", (RECEIVER, "wse:UnableToRenew", "The subscription could not be renewed.")),
        ("GetStatus", INVALID),
        ("Unsubscribe", INVALID),
    ],
)
async def test_who_means_no_subscription(operation: str, fault: tuple[str, str, str]) -> None:
    # The law: [eventing/fault/unable-to-renew] [eventing/fault/unknown-identifier]
    # The law: [eventing/manager/identifier-as-a-header]
    one = bench()
    expired = await one.subscribed(expires="PT5S")
    one.clock.now += 5
    for identifier in ("urn:uuid:0c55e94e-6b2c-4e3d-8a57-4d34dd0d3f3c", "", expired):
        answer = await one.ask(manage(operation, identifier), "/manager")
        assert fault_of(answer) == fault
        if operation != "Renew":
            assert found(answer, "//s:Detail/e:Identifier") == identifier
    assert fault_of(await one.ask(manage(operation, None), "/manager")) == INVALID
    nothing = message(f"{WSE}/{operation}", "", f"<e:Identifier>{expired}</e:Identifier>")
    assert fault_of(await one.ask(nothing, "/manager")) == INVALID


async def test_a_renewal_for_no_time_leaves_the_subscription_as_it_was() -> None:
    one = bench()
    identifier = await one.subscribed(expires="PT10M")
    for expires in ("PT0S", "-PT1S", "2001-01-01T00:00:00Z", "soon"):
        assert fault_of(await one.ask(manage("Renew", identifier, expires), "/manager")) == NO_TIME
    assert found(await one.ask(manage("GetStatus", identifier), "/manager"), "//e:Expires") == "PT10M"


async def test_subscriptions_by_the_hundred_are_refused_by_address_and_in_all() -> None:
    # The law: [eventing/fault/event-source-unable-to-process]
    one = bench(limits=SourceLimits(subscriptions=50, per_address=20))
    answers = [await one.ask(subscribe()) for _ in range(100)]
    refused = [each for each in answers if each.find(f".//{{{SOAP}}}Fault") is not None]
    assert len(refused) == 80
    assert fault_of(refused[0]) == (RECEIVER, UNABLE, "There are too many subscriptions from 127.0.0.1.")
    for number in range(2, 60):
        remote = f"10.0.0.{number}"
        answer = await one.ask(subscribe(f"http://{remote}/sink"), remote=remote)
        if number >= 32:
            assert fault_of(answer) == (RECEIVER, UNABLE, "The event source has too many subscriptions.")
    assert len(one.source.subscriptions) == 50
    one.clock.now += 600
    assert one.source.subscriptions == ()
    identifier_of(await one.ask(subscribe()))


async def test_events_go_elsewhere_only_where_that_is_allowed() -> None:
    received = Received()
    one = bench(received, anywhere=True)
    await one.ask(subscribe("http://pc.example/sink"), remote="10.0.0.7")
    one.storm("far")
    await until(lambda: received.messages)
    assert found(received.messages[0], "//a:To") == "http://pc.example/sink"


async def test_each_gets_what_it_filtered_on_under_that_name() -> None:
    # The law: [eventing/filter/matches-by-whole-segments]
    sinks = {f"/{name}": Received() for name in ("both", "calm", "other", "every", "begin")}
    one = Bench(by_host(sinks))
    for name, actions in {
        "both": f"\n  {STORM}\n  {CALM}  ",
        "calm": f"{CALM} http://nowhere.example/Event",
        "other": OTHER_CALM,
        "every": None,
        "begin": "http://example.org/weather",
    }.items():
        await one.subscribed(notify_to=f"http://127.0.0.1:9/{name}", actions=actions)
    one.storm("1")
    one.storm("2", CALM)
    await one.source.stop()
    assert {name: each.actions for name, each in sinks.items()} == {
        "/both": [STORM, CALM],
        "/calm": [CALM],
        "/other": [OTHER_CALM],
        "/every": [STORM, CALM],
        "/begin": [STORM, CALM],
    }
    with pytest.raises(ValueError, match="no event of this source"):
        one.source.publish(OTHER_CALM, event("x"))


async def test_the_body_may_be_made_for_each_and_an_event_may_go_to_some() -> None:
    sinks = {f"/{name}": Received() for name in ("a", "b")}
    one = Bench(by_host(sinks))
    for name in ("a", "b"):
        await one.subscribed(notify_to=f"http://127.0.0.1:9/{name}")
    one.source.publish(STORM, lambda subscription: event(subscription.notify_to.address))
    one.source.publish(STORM, event("b only"), to=lambda subscription: subscription.notify_to.address.endswith("b"))
    await one.source.stop()
    assert sinks["/a"].texts == ["http://127.0.0.1:9/a"]
    assert sinks["/b"].texts == ["http://127.0.0.1:9/b", "b only"]


async def test_a_body_that_cannot_be_made_costs_nobody_else_an_event(caplog: pytest.LogCaptureFixture) -> None:
    sinks = {f"/{name}": Received() for name in ("a", "b")}
    one = Bench(by_host(sinks))
    for name in ("a", "b"):
        await one.subscribed(notify_to=f"http://127.0.0.1:9/{name}")

    def body(subscription: Subscription) -> etree._Element:
        if subscription.notify_to.address.endswith("a"):
            raise KeyError("a")
        return event("x")

    one.source.publish(STORM, body)
    await one.source.stop()
    assert (sinks["/a"].texts, sinks["/b"].texts) == ([], ["x"])
    assert any(record.levelname == "ERROR" for record in caplog.records)


# Extensions


async def test_an_extension_answers_in_the_response_and_is_told_of_the_end() -> None:
    ended: list[str] = []
    seen: list[str] = []

    def extend(asked: tuple[etree._Element, ...], subscription: Subscription) -> tuple[etree._Element, ...]:
        seen.append(subscription.identifier)
        answer = etree.Element("{urn:x}Token")
        answer.text = ",".join(str(each.text) for each in asked)
        return (answer,)

    one = bench(on_subscribe=extend, on_end=lambda subscription: ended.append(subscription.identifier))
    answer = await one.ask(subscribe(more="<x:To xmlns:x='urn:x'>me</x:To>"))
    assert answer.findtext(".//{urn:x}Token") == "me"
    assert [child.tag.rpartition("}")[2] for child in answer.find(f".//{{{WSE}}}SubscribeResponse")] == [  # type: ignore[union-attr]
        "SubscriptionManager",
        "Expires",
        "Token",
    ]
    second = await one.subscribed(expires="PT5S")
    await one.subscribed()
    assert len(seen) == 3 and ended == []
    await one.ask(manage("Unsubscribe", seen[0]))
    one.clock.now += 5
    assert len(one.source.subscriptions) == 1
    assert ended == [seen[0], second]
    await one.source.stop()
    assert ended == [seen[0], second, seen[2]]


@pytest.mark.parametrize("error", [ContentError("To", "missing"), FaultError, KeyError("x")])
async def test_an_extension_may_refuse(error: Any) -> None:
    ended: list[Subscription] = []

    def extend(asked: tuple[etree._Element, ...], subscription: Subscription) -> tuple[etree._Element, ...]:
        if error is FaultError:
            from emulator.dpws.eventing.faults import invalid_message

            raise FaultError(invalid_message("no"))
        raise error

    one = bench(on_subscribe=extend, on_end=ended.append)
    answer = await one.ask(subscribe())
    assert answer.find(f".//{{{SOAP}}}Fault") is not None
    if not isinstance(error, KeyError):
        assert fault_of(answer) == INVALID
    assert one.source.subscriptions == () and ended == []


# As WSD-python writes it


def wsd_python(action: str, body: str, header: str = "") -> bytes:
    """The frame of its requests, white space and all."""
    return f"""<soap:Envelope
        xmlns:soap="{SOAP}"
        xmlns:wsa="{WSA}"
        xmlns:wse="{WSE}"
        xmlns:wscn="http://schemas.microsoft.com/windows/2006/01/wdp/scan">
    <soap:Header>
        <wsa:From>
            <wsa:Address>urn:uuid:aaaaaaaa-6b2c-4e3d-8a57-4d34dd0d3f3c</wsa:Address>
        </wsa:From>
        <wsa:To>http://device.example/weather</wsa:To>
        <wsa:Action>{WSE}/{action}</wsa:Action>
        <wsa:MessageID>urn:uuid:52b04a16-55d6-4b8f-a23c-55759d11cea6</wsa:MessageID>
        <wsa:ReplyTo>
            <wsa:Address>{WSA}/role/anonymous</wsa:Address>
        </wsa:ReplyTo>{header}
    </soap:Header>
    <soap:Body>
        {body}
    </soap:Body>
</soap:Envelope>""".encode()


async def test_a_client_that_knows_the_service_address_only() -> None:
    # The law: [eventing/manager/served-at-the-service-address] [clients/wsd-python/renew-at-the-service]
    received, extended = Received(), []
    one = bench(received, on_subscribe=lambda more, _: (extended.extend(each.tag for each in more), ())[1])
    answer = await one.ask(
        wsd_python(
            "Subscribe",
            f"""<wse:Subscribe>
            <wse:Delivery>
                <wse:NotifyTo>
                    <wsa:Address>{SINK}</wsa:Address>
                </wse:NotifyTo>
            </wse:Delivery>
            <wse:Expires>P0Y0M2DT0H0M0S</wse:Expires>
            <wse:Filter Dialect="{DIALECT}">
                {STORM}
            </wse:Filter>
            <wscn:ScanDestinations>
                <wscn:ScanDestination/>
            </wscn:ScanDestinations>
        </wse:Subscribe>""",
        )
    )
    assert extended == ["{http://schemas.microsoft.com/windows/2006/01/wdp/scan}ScanDestinations"]
    (identifier,) = answer.iter(f"{{{WSE}}}Identifier")  # it takes the first, wherever it stands
    header = f"<wse:Identifier>{identifier.text}</wse:Identifier>"
    answer = await one.ask(wsd_python("GetStatus", "<wse:GetStatus/>", header))
    assert found(answer, "//e:Expires") == "PT1H"
    answer = await one.ask(wsd_python("Renew", "<wse:Renew><wse:Expires>PT2M</wse:Expires></wse:Renew>", header))
    assert found(answer, "//e:Expires") == "PT2M"
    one.storm("x")
    await until(lambda: received.texts == ["x"])
    answer = await one.ask(wsd_python("Unsubscribe", "<wse:Unsubscribe/>", header))
    assert found(answer, "//a:Action") == f"{WSE}/UnsubscribeResponse"
    assert one.source.subscriptions == ()


async def test_all_events_by_a_list_with_the_filter_before_the_time() -> None:
    one = bench()
    answer = await one.ask(
        wsd_python(
            "Subscribe",
            f"<wse:Subscribe><wse:Delivery><wse:NotifyTo><wsa:Address>{SINK}</wsa:Address></wse:NotifyTo>"
            f"</wse:Delivery><wse:Filter Dialect='{DIALECT}'>{STORM} {CALM}</wse:Filter>"
            "<wse:Expires>2026-01-03T00:00:00</wse:Expires></wse:Subscribe>",
        )
    )
    assert found(answer, "//e:Expires") == "2026-01-01T01:00:00.000Z"


# Strict, hostile


async def test_strict_refuses_deviations_and_keeps_nothing() -> None:
    one = bench(strict=True)
    identifier_of(await one.ask(subscribe()))
    for wrong in ({"expires": " PT1H"}, {"notify_to": f" {SINK}"}):
        assert fault_of(await one.ask(subscribe(**wrong))) == INVALID
    filtering = fault_of(await one.ask(subscribe(dialect=None)))
    assert filtering[1] == "wse:FilteringRequestedUnavailable"
    assert len(one.source.subscriptions) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<",
        b"<html><body>hello</body></html>",
        subscribe().replace(b"<s:Envelope", b'<!DOCTYPE x [<!ENTITY a "b">]><s:Envelope', 1),
        subscribe()[:-20],
        subscribe(more="<x>" * 100 + "</x>" * 100),
        message(f"{WSE}/Subscribe", ""),
        message(f"{WSE}/Subscribe", "<x/>"),
        message(f"{WSE}/Subscribe", "<e:Renew/>"),
        message(f"{WSE}/Subscribe", "<e:Subscribe/>"),
        message(f"{WSE}/Subscribe", "<e:Subscribe>" + "<e:Delivery/>" * 5000 + "</e:Subscribe>"),
    ],
)
async def test_what_is_no_subscription_is_a_fault_of_the_senders(data: bytes) -> None:
    one = bench()
    answer = await one.post(data)
    assert answer.status == 400 and found(etree.fromstring(answer.body), "//s:Fault/s:Code/s:Value") == SENDER
    assert one.source.subscriptions == ()


async def test_what_is_kept_of_a_large_subscription_is_small() -> None:
    one = bench()
    await one.subscribed(parameters=TICKET, more=f"<x:y xmlns:x='urn:x'>{'z' * 5_000_000}</x:y>")
    (kept,) = one.source.subscriptions
    (parameter,) = kept.notify_to.parameters
    assert len(etree.tostring(parameter.getroottree())) < 1000
    await one.subscribed(actions=" ".join([f"{EVENTS}/Not{n}" for n in range(200)] + [STORM]))
    assert one.source.subscriptions[1].filters == (STORM,)


async def test_after_the_stop_nobody_subscribes_and_nothing_is_sent() -> None:
    received = Received()
    one = bench(received)
    await one.subscribed()
    await one.source.stop()
    one.storm("late")
    assert fault_of(await one.ask(subscribe())) == (RECEIVER, UNABLE, "The event source is shutting down.")
    await one.source.stop()
    assert received.messages == []
