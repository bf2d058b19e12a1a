"""Mutants: the embedded scan server with one thing done otherwise, and the check that has to find it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal
from weakref import WeakSet

from disturbed import SERVER, disturbed, fault
from front import Front
from lxml import etree

from emulator.dpws.points import (
    DATAGRAM,
    EVENT,
    OPERATION,
    Bringing,
    OperationCall,
    OutgoingDatagram,
    OutgoingEvent,
)
from emulator.dpws.publication import MessageIds, Publication, PublicationKind
from emulator.dpws.pump import Pump
from emulator.dpws.timing import Timing
from emulator.dpws.versions import V2005
from emulator.dsm import faults
from emulator.faults.behaviours import Behaviour
from emulator.layers import Layers
from emulator.soap.envelope import Message, response, serialise
from emulator.soap.fault import FaultError, action_not_supported
from emulator.soap.points import ENVELOPE, OutgoingEnvelope
from emulator.soap.reading import ContentError
from emulator.transport.http import IncomingRequest, OutgoingResponse, Unanswered

NAMESPACES = {
    "soap": "http://www.w3.org/2003/05/soap-envelope",
    "wsa": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "wse": "http://schemas.xmlsoap.org/ws/2004/08/eventing",
    "wsd": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
    "wsdp": "http://schemas.xmlsoap.org/ws/2006/02/devprof",
    "wsx": "http://schemas.xmlsoap.org/ws/2004/09/mex",
    "dsp": "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing",
    "dsc": "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/configuration",
    "wscn": "http://schemas.microsoft.com/windows/2006/08/wdp/scan",
    "dsd": "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device",
    "pnpx": "http://schemas.microsoft.com/windows/pnpx/2005/10",
    "df": "http://schemas.microsoft.com/windows/2008/09/devicefoundation",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())

Plug = Callable[[Layers], AbstractContextManager[Any]]
Handle = Callable[[IncomingRequest], Awaitable[OutgoingResponse]]
Http = Callable[[IncomingRequest, Handle], Awaitable[OutgoingResponse]]
AtUdp = Callable[[bytes, bool], Literal["as ever", "passed over", "answered"]]
"""By its octets, and whether it came to the group."""
Change = Callable[[Any], object]
"""Alters the root of an envelope in its place."""


@dataclass(frozen=True)
class Mutant:
    """One of them."""

    caught_by: str
    """The check that names it."""
    does: str
    """In a few words; with `caught_by` its name."""
    plugs: tuple[Plug, ...] = ()
    behaviours: frozenset[Behaviour] = frozenset()
    server: dict[str, Any] = field(default_factory=dict)
    """More keywords of the server, or of the device."""
    http: Http | None = None
    """What is done otherwise at HTTP, around the whole server."""
    strict: bool = True
    """The server refuses deviations, as it does with --strict."""
    office: str = ""
    """Another directory: "choosing", whose scan processes let a device choose all that there is; "several", with
    filters that nobody knows."""
    delivery: str = ""
    """The fault of a plan at deliveries; '' for one that has them take some time."""
    tls: Callable[[], ssl.SSLContext] | None = None
    """Makes the context by which it is served over HTTPS; None: plain HTTP."""
    door: Callable[[], ssl.SSLContext] | None = None
    """Makes the context of a second door, at which it is probed over HTTPS; its services keep theirs."""
    front: Front | None = None
    """What stands in front of it and does otherwise with octets."""
    timing: Timing | None = None
    """When its datagrams go out; None: as in all tests."""
    at_udp: AtUdp | None = None
    """What becomes of datagrams that come, before the host sees them."""
    patient: bool = False
    """The judge waits as long as it does for a real device."""
    also: tuple[str, ...] = ()
    """Globs of checks that may find it too, until the matrix has run with it: then findings_*.toml says so."""

    @property
    def name(self) -> str:
        return f"{self.caught_by}: {self.does}"

    def alter_udp(self, pump: Pump, publication: Publication) -> None:
        """Have datagrams treated so that come to a host."""
        inner, at_udp = pump.received, self.at_udp
        ids = MessageIds(Random(5))
        if at_udp is None:
            return

        def received(link: Any, data: bytes, sender: Any, local: str) -> None:
            done = at_udp(data, not local)
            if done == "as ever":
                inner(link, data, sender, local)
            elif done == "answered":
                own = local or link.local_for(str(sender[0]))
                related = data.partition(b"MessageID>")[2].partition(b"<")[0]
                kind = PublicationKind.RESOLVE_MATCHES if b"Resolve>" in data else PublicationKind.PROBE_MATCHES
                link.send(publication.datagram(kind, V2005, own, ids.new(), related), sender, own)

        pump.received = received

    @contextmanager
    def plugged(self, layers: Layers) -> Iterator[None]:
        """Have it act at these layers."""
        with ExitStack() as stack:
            for plug in self.plugs:
                stack.enter_context(plug(layers))
            yield


def altered(do: str, at: str = "envelope", **more: Any) -> Plug:
    """An alteration of a fault plan, at what the server answers or sends."""
    if at in ("envelope", "exchange", "wire") and more.get("operation") not in EVENTS:
        more.setdefault("of", "answer")
    return lambda layers: disturbed(layers, SERVER, fault(at, do, may_miss=True, **more))


def says_by_udp(change: Callable[[Any, int], object], *kinds: str) -> Plug:
    """Datagrams are changed by a function of the root and of how many went out before.

    - `kinds`: ProbeMatches, ResolveMatches, Hello, Bye; none: all.
    """

    def plug(layers: Layers) -> AbstractContextManager[Any]:
        seen: list[None] = []

        async def handler(out: OutgoingDatagram) -> bytes:
            if kinds and out.kind not in kinds:
                return out.data
            root = etree.fromstring(out.data)
            change(root, len(seen))
            seen.append(None)
            return bytes(etree.tostring(root))

        return plugged(layers, DATAGRAM, handler)

    return plug


def octets_by_udp(change: Callable[[bytes], bytes], *kinds: str) -> Plug:
    """The same, by a function of the octets."""

    async def handler(out: OutgoingDatagram) -> bytes:
        return change(out.data) if not kinds or out.kind in kinds else out.data

    return lambda layers: plugged(layers, DATAGRAM, handler)


EVENTS = ("PostScanJobStatusEvent", "PostScanJobEndStateEvent", "RepositoryStatusSummaryEvent")


def rewritten(change: Change, *operations: str, faults: bool | None = None, later: bool = False) -> Plug:
    """Envelopes of the server, changed by a function.

    - `operations`: of those operations and events; none: of all.
    - `faults`: True: only faults; False: only what is none; None: both.
    - `later`: not where it is about the first job, which is the ordinary one.
    """

    def plug(layers: Layers) -> AbstractContextManager[Any]:
        first: list[str] = []

        async def handler(out: OutgoingEnvelope) -> bytes:
            root = etree.fromstring(out.data)
            body = None if out.asked is None else out.asked.body
            token = "" if body is None else body.findtext("{*}JobToken") or ""
            if token and not first:
                first.append(token)
            is_fault = out.action.endswith("/fault")
            if (operations and out.operation not in operations) or (faults is not None and is_fault != faults):
                return out.data
            if later and (token in first or not first):
                return out.data
            change(root)
            return etree.tostring(root, xml_declaration=True, encoding="utf-8")

        return plugged(layers, ENVELOPE, handler)

    return plug


def octets(change: Callable[[bytes], bytes], *operations: str, faults: bool | None = None) -> Plug:
    """Envelopes of the server, as octets."""

    async def handler(out: OutgoingEnvelope) -> bytes:
        is_fault = out.action.endswith("/fault")
        if (operations and out.operation not in operations) or (faults is not None and is_fault != faults):
            return out.data
        return change(out.data)

    return _handled(ENVELOPE, handler)


Handler = Callable[[OperationCall], Awaitable[Any]]


def handled(handler: Handler) -> Plug:
    """Answers of the server, made by a function."""
    return _handled(OPERATION, handler)


def accepted(operation: str, body: str = "", *, done: bool = True) -> Plug:
    """What the server would refuse is answered with a response. `body`: another than the empty response; `done`:
    what is no fault goes as ever."""
    name = f"{operation}Response"

    async def handler(call: OperationCall) -> Any:
        if call.name != operation:
            return await call.go_on()
        try:
            answer = await call.go_on()
        except (FaultError, ContentError):
            prefix = "dsc" if "/configuration/" in call.asked.action else "dsp"
            return response(call.asked, element(body or f"<{prefix}:{name}/>"))
        return answer if done else response(call.asked, element(body))

    return handled(handler)


def refused(operation: str, *, ended: bool = False, after: int = 0) -> Plug:
    """What the server would do is refused as an internal error, but for the first job, which is the ordinary one.

    - `ended`: only once EndPostScanJob of the job was asked.
    - `after`: of an operation without a token: not the first so many.
    """

    def plug(layers: Layers) -> AbstractContextManager[Any]:
        first: list[str] = []
        gone: set[str] = set()
        seen = 0

        async def handler(call: OperationCall) -> Any:
            nonlocal seen
            token = token_of(call)
            if token and not first:
                first.append(token)
            if call.name == operation:
                seen += 1
                if token not in first and seen > after and (not ended or token in gone):
                    raise FaultError(faults.internal_error())
            if call.name == "EndPostScanJob":
                gone.add(token)
            return await call.go_on()

        return plugged(layers, OPERATION, handler)

    return plug


def refused_once_told() -> Plug:
    """Whoever asks again for a job that was told as Completed is refused."""

    def plug(layers: Layers) -> AbstractContextManager[Any]:
        told: set[str] = set()

        async def handler(call: OperationCall) -> Any:
            answer = await call.go_on()
            if call.name != "GetPostScanJobElements" or answer.body.findtext(".//{*}JobState") != "Completed":
                return answer
            if token_of(call) in told:
                raise FaultError(faults.internal_error())
            told.add(token_of(call))
            return answer

        return plugged(layers, OPERATION, handler)

    return plug


def refused_of_dsc(operation: str) -> Plug:
    """WS-DSC refuses it as an internal error."""

    async def handler(call: OperationCall) -> Any:
        if call.name == operation and "/configuration/" in call.asked.action:
            raise FaultError(faults.internal_error(NAMESPACES["dsc"]))
        return await call.go_on()

    return handled(handler)


def unsupported(operation: str) -> Plug:
    """It is refused as an operation that there is not."""

    async def handler(call: OperationCall) -> Any:
        if call.name == operation:
            raise FaultError(action_not_supported(call.asked.action))
        return await call.go_on()

    return handled(handler)


def changed_request(operation: str, change: Callable[[Any], object]) -> Plug:
    """What is asked is read as something else; `change` alters the element of its Body."""

    async def handler(call: OperationCall) -> Any:
        if call.name == operation and call.asked.body is not None:
            change(call.asked.body)
        return await call.go_on()

    return handled(handler)


def not_done(operation: str, body: str = "") -> Plug:
    """It is answered as if it had been done."""

    async def handler(call: OperationCall) -> Any:
        if call.name != operation:
            return await call.go_on()
        return response(call.asked, element(body) if body else None)

    return handled(handler)


def no_events() -> Plug:
    """No event goes out."""

    async def handler(_: OutgoingEvent) -> Bringing:
        return Bringing(times=0)

    return _handled(EVENT, handler)


def swallowed(name: str) -> Plug:
    """Events of that name do not go out."""

    async def handler(out: OutgoingEvent) -> Bringing:
        return Bringing(times=0 if out.name == name else 1)

    return _handled(EVENT, handler)


def events_to_the_first_address_alone() -> Plug:
    """Nobody but the first subscriber who is sent something gets events."""

    def plug(layers: Layers) -> AbstractContextManager[Any]:
        first: list[str] = []

        async def handler(out: OutgoingEvent) -> Bringing:
            first[:] = first or [out.peer]
            return Bringing(times=1 if out.peer in first else 0)

        return plugged(layers, EVENT, handler)

    return plug


def other_tokens(other: Callable[[str], str]) -> Plug:
    """JobTokens have another form: what comes with one is done for the job that has it."""

    def plug(layers: Layers) -> AbstractContextManager[Any]:
        true: dict[str, str] = {}

        async def handler(call: OperationCall) -> Any:
            asked = None if call.asked.body is None else call.asked.body.find("{*}JobToken")
            if asked is not None:
                asked.text = true.get(asked.text or "", asked.text)
            answer = await call.go_on()
            if isinstance(answer, Message) and answer.body is not None:
                for each in answer.body.iter("{*}JobToken"):
                    true[other(each.text or "")] = each.text or ""
                    each.text = other(each.text or "")
            return answer

        return plugged(layers, OPERATION, handler)

    return plug


def changed_when_asked_again(state: str) -> Plug:
    """A job that was told as ended is in another state when it is asked for again."""

    def plug(layers: Layers) -> AbstractContextManager[Any]:
        told: set[str] = set()

        async def handler(call: OperationCall) -> Any:
            answer = await call.go_on()
            found = (
                None
                if not isinstance(answer, Message) or answer.body is None
                else answer.body.find(".//{*}JobState")
            )
            if call.name == "GetPostScanJobElements" and found is not None and found.text == "Completed":
                if token_of(call) in told:
                    found.text = state
                told.add(token_of(call))
            return answer

        return plugged(layers, OPERATION, handler)

    return plug


def another_fault(operation: str) -> Plug:
    """A fault of the server is another one, that tells less."""

    async def handler(call: OperationCall) -> Any:
        try:
            return await call.go_on()
        except (FaultError, ContentError):
            if call.name != operation:
                raise
            raise FaultError(faults.internal_error()) from None

    return handled(handler)


def token_of(call: OperationCall) -> str:
    """The JobToken that is asked with; ''."""
    found = None if call.asked.body is None else call.asked.body.find("{*}JobToken")
    return "" if found is None else (found.text or "").strip()


def unanswered_later(operation: str) -> Plug:
    """There is no answer, but to the first job."""

    def plug(layers: Layers) -> AbstractContextManager[Any]:
        first: list[str] = []

        async def handler(call: OperationCall) -> Any:
            token = token_of(call)
            if token and not first:
                first.append(token)
            if call.name == operation and token not in first:
                raise Unanswered
            return await call.go_on()

        return plugged(layers, OPERATION, handler)

    return plug


def with_status(status: int, operation: str = "") -> Plug:
    """What is answered goes with another status of HTTP. `operation`: only that one's answers; '': all."""

    async def handler(call: OperationCall) -> Any:
        answer = await call.go_on()
        if not isinstance(answer, Message) or operation not in ("", call.name):
            return answer
        headers = (("Content-Type", "application/soap+xml; charset=utf-8"),)
        return OutgoingResponse(status, serialise(answer), headers)

    return handled(handler)


def http_status_changed(before: int, after: int) -> Http:
    """Answers with one status have another."""

    async def http(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
        answer = await inner(request)
        return replace(answer, status=after) if answer.status == before else answer

    return http


def get_once_alone() -> Http:
    """The question for metadata is answered once by each peer: whoever has not probed anew is refused."""
    told: WeakSet[Any] = WeakSet()

    async def http(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
        octets = b"".join([bytes(each) async for each in request.body])
        if b"transfer/Get</" in octets:
            peer = inner.__self__
            if peer in told:
                return OutgoingResponse(404)
            told.add(peer)
        request.body = _again(octets)
        return await inner(request)

    return http


async def _again(octets: bytes) -> AsyncIterator[bytes]:
    yield octets


def status_instead(status: int, *, when: bytes = b"", of_type: Callable[[str], bool] = lambda _: True) -> Http:
    """Requests that hold these octets, and have such a Content-Type, are answered with a status alone."""

    async def http(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
        octets = b"".join([bytes(each) async for each in request.body])
        if when in octets and of_type(request.headers.get("content-type", "")):
            return OutgoingResponse(status)
        request.body = _again(octets)
        return await inner(request)

    return http


def answered_as_if_right(when: bytes) -> Http:
    """Requests that hold these octets are answered with a response, whatever else they hold."""

    async def http(request: IncomingRequest, inner: Handle) -> OutgoingResponse:
        octets = b"".join([bytes(each) async for each in request.body])
        if when in octets:
            headers = (("Content-Type", "application/soap+xml; charset=utf-8"),)
            body = f"<soap:Envelope {DECLARED}><soap:Body><dsp:EndPostScanJobResponse/></soap:Body></soap:Envelope>"
            return OutgoingResponse(200, body.encode(), headers)
        request.body = _again(octets)
        return await inner(request)

    return http


def fault_rewritten(change: Change, *operations: str) -> Plug:
    """Faults, changed by a function."""
    return rewritten(change, *operations, faults=True)


def element(xml: str) -> Any:
    """An element whose usual prefixes are declared."""
    return etree.fromstring(f"<x {DECLARED}>{xml}</x>")[0]


def at(root: Any, path: str) -> list[Any]:
    """What an XPath finds."""
    return list(root.xpath(path, namespaces=NAMESPACES))


def text(path: str, value: str) -> Change:
    """Each element there holds another text."""

    def change(root: Any) -> None:
        for each in at(root, path):
            each.text = value

    return change


def without(path: str) -> Change:
    """Each element there is taken out."""

    def change(root: Any) -> None:
        for each in at(root, path):
            each.getparent().remove(each)

    return change


def twice(path: str) -> Change:
    """The first element there stands twice."""

    def change(root: Any) -> None:
        for each in at(root, path)[:1]:
            each.addnext(etree.fromstring(etree.tostring(each, with_tail=False)))

    return change


def swapped(path: str) -> Change:
    """The first child of each element there is its last."""

    def change(root: Any) -> None:
        for each in at(root, path):
            each.append(each[0])

    return change


def with_child(path: str, xml: str) -> Change:
    """Each element there has one more child."""

    def change(root: Any) -> None:
        for each in at(root, path):
            each.append(element(xml))

    return change


def attribute(path: str, name: str, value: str | None) -> Change:
    """An attribute of each element there is another, or missing."""

    def change(root: Any) -> None:
        for each in at(root, path):
            each.attrib.pop(name, None)
            if value is not None:
                each.set(name, value)

    return change


def header_last(root: Any) -> None:
    """The Header stands behind the Body."""
    root.append(root[0])


def renamed(path: str, tag: str) -> Change:
    """Each element there has another name, in Clark's notation."""

    def change(root: Any) -> None:
        for each in at(root, path):
            each.tag = tag

    return change


@contextmanager
def plugged(layers: Layers, point: Any, handler: Any) -> Iterator[None]:
    unplug = layers.handle(point, handler, name="a mutant")
    try:
        yield
    finally:
        unplug()


def _handled(point: Any, handler: Any) -> Plug:
    return lambda layers: plugged(layers, point, handler)
