"""Kinds of messages of a client that invariants look at."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from emulator.conformance.check import Over
from emulator.conformance.exchange import Exchange, Recording
from emulator.conformance.names import DSD, WSCN, WSCN_2006_01, WSE
from emulator.conformance.reading import name_of

SCAN_OPERATIONS: Final = (
    "GetScannerElements",
    "GetJobElements",
    "GetActiveJobs",
    "GetJobHistory",
    "ValidateScanTicket",
    "CreateScanJob",
    "RetrieveImage",
    "CancelJob",
)
DEVICE_OPERATIONS: Final = (
    "GetScannerElements",
    "GetJobElements",
    "GetActiveJobs",
    "GetJobHistory",
    "ValidateScanTicket",
)
"""Of WS-DSD."""
OF_SCANNING: Final = (WSCN, WSCN_2006_01, DSD)


def sent(recording: Recording) -> list[Exchange]:
    """All that it has sent with octets in it, by HTTP and by UDP."""
    return [each for each in recording if each.incoming and each.request]


def by_http(recording: Recording) -> list[Exchange]:
    """What came by HTTP."""
    return [each for each in sent(recording) if not each.udp]


def by_udp(recording: Recording) -> list[Exchange]:
    """What came by UDP."""
    return [each for each in sent(recording) if each.udp]


def messages(recording: Recording) -> list[Exchange]:
    """All that can be read, by HTTP and by UDP."""
    return [each for each in sent(recording) if each.asked is not None]


def requests(recording: Recording) -> list[Exchange]:
    """All that can be read, by HTTP."""
    return [each for each in by_http(recording) if each.asked is not None]


def request_of(exchange: Exchange) -> Any:
    """The element in its Body; None where there is none."""
    return None if exchange.asked is None else exchange.asked.body


def body_root(exchange: Exchange) -> str:
    """Local name of the element in its Body; ''."""
    body = request_of(exchange)
    return "" if body is None else name_of(body).local


def operation_of(exchange: Exchange) -> str:
    """The operation of WS-Scan or WS-DSD that is asked for: by the element of the Body, else by the action; ''."""
    if exchange.asked is None:
        return ""
    if exchange.asked.body_name.namespace in OF_SCANNING:
        return body_root(exchange).removesuffix("Request")
    namespace, _, last = exchange.asked.action.strip().rpartition("/")
    return last if namespace in OF_SCANNING else ""


def of_scanning(recording: Recording) -> list[Exchange]:
    """Requests of WS-Scan and WS-DSD."""
    return [each for each in requests(recording) if operation_of(each)]


def scan_requests(recording: Recording) -> list[Exchange]:
    """Requests of WS-Scan."""
    return [each for each in of_scanning(recording) if not _of_dsd(each)]


def _of_dsd(exchange: Exchange) -> bool:
    asked = exchange.asked
    return asked is not None and (asked.body_name.namespace == DSD or asked.action.startswith(f"{DSD}/"))


def asking(*operations: str) -> Over:
    """Requests for these operations of WS-Scan."""
    return lambda recording: [each for each in scan_requests(recording) if operation_of(each) in operations]


def asking_dsd(*operations: str) -> Over:
    """Requests for these operations of WS-DSD."""

    def over(recording: Recording) -> list[Exchange]:
        found = [each for each in of_scanning(recording) if _of_dsd(each)]
        return [each for each in found if operation_of(each) in operations]

    return over


def holding(path: str) -> Over:
    """Requests of WS-Scan and WS-DSD in which an XPath finds something."""

    def over(recording: Recording) -> list[Exchange]:
        return [each for each in of_scanning(recording) if each.asked is not None and each.asked.all(path)]

    return over


TICKET: Final = "/soap:Envelope/soap:Body/*/*[local-name()='ScanTicket']"
with_ticket: Final = holding(TICKET)
"""Requests that submit a ticket."""


def ticket_of(exchange: Exchange) -> Any:
    """The first ScanTicket that is submitted."""
    assert exchange.asked is not None
    return exchange.asked.all(TICKET)[0]


# Discovery, metadata, eventing


def _named(name: str, recording: Recording) -> list[Exchange]:
    return [each for each in messages(recording) if body_root(each) == name]


def probes(recording: Recording) -> list[Exchange]:
    """Probes, by UDP and by HTTP."""
    return _named("Probe", recording)


def resolves(recording: Recording) -> list[Exchange]:
    """Resolves."""
    return _named("Resolve", recording)


def discovering(recording: Recording) -> list[Exchange]:
    """Both."""
    return [*probes(recording), *resolves(recording)]


def gets(recording: Recording) -> list[Exchange]:
    """Questions for metadata: what has that action, or is sent to the device itself and is no Probe."""
    return [
        each
        for each in requests(recording)
        if each.asked is not None
        and (each.asked.action.strip().endswith("/Get") or (not each.asked.contents and at_the_device(each)))
    ]


def at_the_device(exchange: Exchange) -> bool:
    """Whether it was sent to the device itself, and to none of its hosted services: they lie below its path."""
    return urlsplit(exchange.url).path.strip("/").count("/") == 0


EVENTING: Final = ("Subscribe", "Renew", "GetStatus", "Unsubscribe")


def of_eventing(recording: Recording) -> list[Exchange]:
    """Requests of WS-Eventing, of whatever namespace."""
    return [each for each in requests(recording) if body_root(each) in EVENTING and not operation_of(each)]


def subscribes(recording: Recording) -> list[Exchange]:
    """Subscribe."""
    return [each for each in of_eventing(recording) if body_root(each) == "Subscribe"]


def managing(recording: Recording) -> list[Exchange]:
    """Renew, GetStatus and Unsubscribe."""
    return [each for each in of_eventing(recording) if body_root(each) != "Subscribe"]


def filtered(recording: Recording) -> list[Exchange]:
    """Subscribes with a filter."""
    return [each for each in subscribes(recording) if each.asked is not None and each.asked.all("//wse:Filter")]


def expiring(recording: Recording) -> list[Exchange]:
    """Subscribes and Renews that say for how long."""
    path = f"//*[local-name()='Expires' and namespace-uri()='{WSE}']"
    return [each for each in of_eventing(recording) if each.asked is not None and each.asked.all(path)]


def events(recording: Recording) -> list[Exchange]:
    """Events of the device, and how the client has answered them."""
    return [each for each in recording if not each.incoming and each.answered]
