"""A sink of events that is not ours: the standard library's HTTP server and lxml; and Subscribe as text."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lxml import etree
from posts import posts
from scan_service_bench import NAMESPACES, WSCN, Answer, Caller, envelope

WSE = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
DIALECT = "http://schemas.xmlsoap.org/ws/2006/02/devprof/Action"
PATIENCE = 15.0


@dataclass(frozen=True)
class Event:
    """One message that came."""

    path: str
    root: etree._Element

    @property
    def action(self) -> str:
        return self.root.findtext("{*}Header/{*}Action") or ""

    @property
    def name(self) -> str:
        return self.action.rpartition("/")[2]

    @property
    def body(self) -> etree._Element:
        return self.root.findall("{*}Body/*")[0]

    def text(self, path: str) -> str:
        """Text at an XPath with the usual prefixes."""
        found = self.root.xpath(path, namespaces={**NAMESPACES, "wse": WSE})
        return (found[0].text or "") if found else ""


@dataclass
class Sink:
    """What came, in order."""

    url: str
    came: list[Event] = field(default_factory=list)

    async def wait(self, count: int, path: str = "") -> list[Event]:
        """The first `count` events (of a path), once they are there."""
        end = time.monotonic() + PATIENCE
        while len(found := self.of(path)) < count:
            assert time.monotonic() < end, [each.action for each in found]
            await asyncio.sleep(0.01)
        return found[:count]

    async def until(self, name: str, path: str = "") -> list[Event]:
        """All that came (to a path), once an event of that name is among them."""
        end = time.monotonic() + PATIENCE
        while name not in [each.name for each in self.of(path)]:
            assert time.monotonic() < end, [each.action for each in self.of(path)]
            await asyncio.sleep(0.01)
        return self.of(path)

    def of(self, path: str = "") -> list[Event]:
        return [each for each in self.came if path in ("", each.path)]


@contextmanager
def sink(tls: ssl.SSLContext | None = None) -> Iterator[Sink]:
    """Listens on a free port of loopback."""
    found = Sink("")
    with posts(lambda path, data: found.came.append(Event(path, etree.fromstring(data))), tls) as found.url:
        yield found


def subscribe_body(to: str, *, actions: str = "", more: str = "", expires: str = "PT10M", end_to: str = "") -> str:
    """wse:Subscribe as text; no filter where `actions` is empty."""
    end = f"<wse:EndTo><wsa:Address>{end_to}</wsa:Address></wse:EndTo>" if end_to else ""
    chosen = f'<wse:Filter Dialect="{DIALECT}">{actions}</wse:Filter>' if actions else ""
    return (
        f'<wse:Subscribe xmlns:wse="{WSE}">{end}<wse:Delivery><wse:NotifyTo><wsa:Address>{to}</wsa:Address>'
        f"</wse:NotifyTo></wse:Delivery><wse:Expires>{expires}</wse:Expires>{chosen}{more}</wse:Subscribe>"
    )


async def subscribe(caller: Caller, service: str, to: str, **options: str) -> Answer:
    """Subscribe at a service."""
    return await caller.raw(envelope(service, f"{WSE}/Subscribe", subscribe_body(to, **options)), url=service)


async def manage(caller: Caller, made: Answer, operation: str, *, at: str = "") -> Answer:
    """Unsubscribe or GetStatus, at the manager or at another address."""
    found = made.root.xpath("//wse:SubscriptionManager", namespaces={"wse": WSE})[0]
    url = at or found.findtext("{*}Address")
    identifier = found.findtext(f".//{{{WSE}}}Identifier")
    header = f'<wse:Identifier xmlns:wse="{WSE}">{identifier}</wse:Identifier></soap:Header>'
    data = envelope(url, f"{WSE}/{operation}", f'<wse:{operation} xmlns:wse="{WSE}"/>')
    return await caller.raw(data.replace(b"</soap:Header>", header.encode()), url=url)


def destinations(*entries: tuple[str, str], namespace: str = WSCN, name: str = "ClientDisplayName") -> str:
    """wscn:ScanDestinations of (name, context)."""
    inner = "".join(
        f"<d:ScanDestination><d:{name}>{shown}</d:{name}><d:ClientContext>{context}</d:ClientContext>"
        "</d:ScanDestination>"
        for shown, context in entries
    )
    return f'<d:ScanDestinations xmlns:d="{namespace}">{inner}</d:ScanDestinations>'
