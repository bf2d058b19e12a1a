"""Runs the gSOAP sink as a process, and subscribes it by messages that are not ours."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSE = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
WSCN = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"
DSD = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"
PATIENCE = 20.0
"""Seconds for an event to come."""


@dataclass(frozen=True)
class Came:
    """One event, as gSOAP read it."""

    path: str
    namespace: str
    name: str
    action: str
    values: tuple[str, ...]


@dataclass
class GsoapSink:
    """A running sink and what came to it, in order."""

    url: str
    came: list[Came] = field(default_factory=list)

    def at(self, path: str, count: int) -> list[Came]:
        """The first `count` events that came to a path. Blocks until they are there."""
        end = time.monotonic() + PATIENCE
        while len(found := [each for each in self.came if each.path == path]) < count:
            assert time.monotonic() < end, f"{len(found)} of {count} events came: {found}"
            time.sleep(0.01)
        return found[:count]

    def after(self, path: str, seen: int) -> list[Came]:
        """Those that came to a path after the first `seen` of them."""
        return [each for each in self.came if each.path == path][seen:]


@contextlib.contextmanager
def running_sink(executable: Path) -> Iterator[GsoapSink]:
    """Start the sink; it is ended by closing its standard input, and by its id if that does not help."""
    process = subprocess.Popen(
        [executable], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    guard = threading.Timer(PATIENCE, process.kill)
    guard.start()
    assert process.stdout is not None and process.stdin is not None
    stdout = process.stdout
    try:
        url = stdout.readline().strip()
    finally:
        guard.cancel()
    assert url.startswith("http://127.0.0.1:"), f"the gSOAP sink did not start: {url!r}"
    sink = GsoapSink(url)

    def read() -> None:
        for line in stdout:
            path, namespace, name, action, *values = line.rstrip("\n").split("\t")
            sink.came.append(Came(path, namespace, name, action, tuple(values)))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield sink
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        reader.join(5)
        stdout.close()


def post(url: str, data: bytes) -> bytes:
    """The answer to one envelope, whatever it is. Blocks."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request("POST", parts.path, data, {"Content-Type": "application/soap+xml; charset=utf-8"})
        return connection.getresponse().read()
    finally:
        connection.close()


def message(to: str, action: str, body: str, header: str = "") -> bytes:
    """An envelope as text."""
    return (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{WSA}" xmlns:e="{WSE}" '
        f'xmlns:w="{WSCN}"><s:Header><a:To>{to}</a:To><a:Action>{action}</a:Action>'
        f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def subscribe(service: str, sink: str, *, actions: str = "", more: str = "") -> etree._Element:
    """Subscribe `sink` at a service; the SubscribeResponse. `actions`: of the filter, none where empty."""
    dialect = "http://schemas.xmlsoap.org/ws/2006/02/devprof/Action"
    chosen = f'<e:Filter Dialect="{dialect}">{actions}</e:Filter>' if actions else ""
    body = (
        f"<e:Subscribe><e:Delivery><e:NotifyTo><a:Address>{sink}</a:Address></e:NotifyTo></e:Delivery>"
        f"<e:Expires>PT10M</e:Expires>{chosen}{more}</e:Subscribe>"
    )
    answer = etree.fromstring(post(service, message(service, f"{WSE}/Subscribe", body)))
    (response,) = answer.iter(f"{{{WSE}}}SubscribeResponse")
    return response


def unsubscribe(response: etree._Element) -> None:
    """End a subscription at its manager."""
    manager = response.findtext(f".//{{{WSA}}}Address") or ""
    identifier = response.findtext(f".//{{{WSE}}}Identifier")
    header = f"<e:Identifier>{identifier}</e:Identifier>"
    answer = post(manager, message(manager, f"{WSE}/Unsubscribe", "<e:Unsubscribe/>", header))
    assert b"UnsubscribeResponse" in answer, answer
