"""What is on the network: devices and scan servers that answer a Probe, with what they say of themselves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from emulator.dpws.asker import Search, search
from emulator.dpws.client import CallFailed, SoapClient
from emulator.dpws.constants import DISCOVERY_PORT, PREFIXES
from emulator.dpws.findings import Found, SearchFindings
from emulator.dpws.metadata import Metadata, get, read_metadata
from emulator.dsm.constants import DSP
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.trusting import client_tls_now
from emulator.inspector.witnessed import WitnessWord, witnessed
from emulator.options.asking import DiscoverOptions
from emulator.soap.xml import QName
from emulator.transport.client import StreamClient
from emulator.transport.http import TimeLimits
from emulator.transport.interfaces import every, interfaces, named
from emulator.transport.url import authority_of, read_url
from emulator.trust.client_tls import ClientContext
from emulator.witness.witness import MOST_DATAGRAMS
from emulator.wsscan.constants import WSCN

SCAN_SERVER_PORT: Final = 5362
"""UDP port of a scan server; it does not hear the group (MS-BDSRR)."""
_PREFIXES: Final = {**PREFIXES, WSCN: "wscn", DSP: "dsp"}
_AT_ONCE: Final = 20
"""Devices that are asked for their metadata at the same time."""
_LIMITS: Final = TimeLimits(connect=3.0, read=5.0)
_HOST: Final = re.compile(
    r"(?:\[(?P<literal>[0-9A-Fa-f:.]+(?:%[^\]\s]+)?)\]|(?P<name>[^:\s\[\]]+))(?::(?P<port>\d{1,5}))?\Z"
)


@dataclass(frozen=True, slots=True)
class Discovered:
    """One that was found."""

    address: str
    """Of its endpoint reference: the same over restarts and changes of IP address."""
    types: tuple[str, ...]
    xaddrs: tuple[str, ...]
    metadata_version: int
    source: str
    """IP address that it answered from."""
    interface: str = ""
    name: str = ""
    kind: str = "device"
    """`scan server`, `scanner` or `device`."""
    manufacturer: str = ""
    model: str = ""
    services: tuple[str, ...] = ()
    problem: str = ""
    """Why its metadata are not known."""
    witness: WitnessWord | None = None
    """What the witness sees of it; None where it was not asked."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {
            "name": self.name,
            "kind": self.kind,
            "address": self.address,
            "types": list(self.types),
            "xaddrs": list(self.xaddrs),
            "metadata_version": self.metadata_version,
            "source": self.source,
            "interface": self.interface,
            "manufacturer": self.manufacturer,
            "model": self.model,
            "services": list(self.services),
            "problem": self.problem,
            **({} if self.witness is None else {"witness": self.witness.as_dict()}),
        }


@dataclass(frozen=True, slots=True)
class Discovery:
    """The result of `discover`."""

    found: Sequence[Discovered] = field(default_factory=tuple)
    witnessed: Sequence[WitnessWord] | None = None
    """Datagrams that we do not read as an answer, as the witness sees them; None where it was not asked."""

    @property
    def exit_code(self) -> ExitCode:
        """1 when nothing was found."""
        return ExitCode.OK if self.found else ExitCode.FAILED


async def discover(options: DiscoverOptions) -> Discovery:
    """Ask, collect, and read the metadata of all who answered. Raises LabError when nobody can be asked, and before
    anybody is asked for certificates that cannot be used."""
    wanted = Search(
        types=tuple(read_type(text) for text in options.types),
        prefixes=_PREFIXES,
        timeout=options.timeout,
        # Who names hosts alone asks nobody else.
        selection=None if options.hosts and not options.interfaces else every,
        hosts=tuple(host for text in options.hosts for host in read_host(text)),
    )
    if options.interfaces:
        wanted = replace(wanted, selection=named(await asyncio.to_thread(_known, options.interfaces)))
    tls = await client_tls_now(options.trust)
    findings = SearchFindings(keep=MOST_DATAGRAMS if options.witness else 0)
    try:
        found = await search(wanted, findings=findings)
    except OSError as error:
        raise LabError(f"nobody can be asked: {error.strerror or error}", ExitCode.UNREACHABLE) from None
    if options.metadata:
        told = await _with_metadata(found, tls)
    else:
        told = [_described(each, None) for each in found]
    if not options.witness:
        return Discovery(told)
    words, others = await witnessed(found, list(findings.kept.values()))
    told = [replace(each, witness=words[one.match.address]) for each, one in zip(told, found, strict=True)]
    return Discovery(told, others)


def read_type(text: str) -> QName:
    """`wscn:ScanDeviceType` with a prefix that is known here, or `{namespace}Name`. Raises LabError."""
    known = {prefix: namespace for namespace, prefix in _PREFIXES.items()}
    if match := re.match(r"\{([^}\s]+)\}([^\s:{}]+)\Z", text):
        return QName(match[1], match[2])
    prefix, colon, local = text.partition(":")
    if not colon or prefix not in known or not re.match(r"[^\s:]+\Z", local):
        raise LabError(
            f"--type {text}: no type", hint=f"write {{namespace}}Name, or a prefix of: {', '.join(sorted(known))}"
        )
    return QName(known[prefix], local)


def read_host(text: str) -> list[tuple[str, int]]:
    """Host and ports of `HOST`, `HOST:PORT` or `[IPV6]:PORT`; without a port those of devices and of scan servers.
    Raises LabError."""
    match = _HOST.match(f"[{text}]" if text.count(":") > 1 and not text.startswith("[") else text)
    port = int(match["port"]) if match and match["port"] else 0
    if match is None or port > 65535:
        raise LabError(f"{text}: no host", hint="write HOST, HOST:PORT or [IPV6]:PORT")
    host = match["literal"] or match["name"]
    return [(host, port)] if port else [(host, DISCOVERY_PORT), (host, SCAN_SERVER_PORT)]


def _known(names: Sequence[str]) -> Sequence[str]:
    """Raises LabError for an interface that is not there."""
    there = interfaces()
    for name in names:
        if not any(named((name,))(each) for each in there):
            raise LabError(
                f"--interface {name}: no such interface",
                hint=f"there are: {', '.join(each.name for each in there)}",
            )
    return names


async def _with_metadata(found: Sequence[Found], tls: ClientContext) -> list[Discovered]:
    client = StreamClient(tls)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(each: Found) -> Discovered:
        async with gate:
            return await _asked(SoapClient(client, _LIMITS), each)

    try:
        return list(await asyncio.gather(*(one(each) for each in found)))
    finally:
        await client.aclose()


async def _asked(client: SoapClient, found: Found) -> Discovered:
    """Its metadata, from the first of its URLs that answers."""
    problem = "it tells no URL"
    for url in found.match.xaddrs:
        try:
            answer = await client.ask(_with_zone(url, found.source), get(found.match.address), read_metadata)
        except CallFailed as error:
            problem = str(error)
        else:
            return _described(found, answer.content)
    return replace(_described(found, None), problem=problem)


def _with_zone(url: str, source: str) -> str:
    """A link-local IPv6 address says nothing without the interface that it came in on (RFC 6874)."""
    zone = source.partition("%")[2]
    parts = read_url(url)
    if not zone or not parts.host.startswith("fe80:"):
        return url
    return parts.at(authority_of(f"{parts.host}%{zone}", parts.port))


def _described(found: Found, metadata: Metadata | None) -> Discovered:
    match = found.match
    services = tuple(name for each in metadata.hosted for name in each.types) if metadata else ()
    kind = "device"
    if any(name.namespace == DSP for name in services):
        kind = "scan server"
    elif any(name.namespace == WSCN or name.local == "ScanDeviceType" for name in (*services, *match.types)):
        kind = "scanner"
    model = metadata.this_model if metadata else None
    device = metadata.this_device if metadata else None
    return Discovered(
        _line(match.address),
        tuple(_shown(name) for name in match.types),
        tuple(map(_line, match.xaddrs)),
        match.metadata_version,
        found.source,
        found.interface,
        _line(device.friendly_name) if device else "",
        kind,
        _line(model.manufacturer) if model else "",
        _line(model.model_name) if model else "",
        tuple(_shown(name) for name in services),
    )


def _shown(name: QName) -> str:
    """Write a name with the documents' prefix, or with the namespace itself."""
    prefix = _PREFIXES.get(name.namespace)
    return _line(f"{prefix}:{name.local}" if prefix else name.clark)


def _line(text: str) -> str:
    """Text of a peer, on one line and without what could play with a terminal."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
