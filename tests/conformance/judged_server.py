"""The embedded scan server as it is judged in tests, right or altered in one way, and runs of checks against it."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import scan_server_bench as at_server
from disturbed import SERVER, disturbed, fault
from front import Front, in_front
from mutant import Mutant

from emulator.conformance.check import all_checks
from emulator.conformance.exchange import Recording
from emulator.conformance.names import DSP
from emulator.conformance.order import Order
from emulator.conformance.peer import ScanServerPeer, ServerLimits
from emulator.conformance.runner import Run, Runner
from emulator.conformance.sink import EventSink
from emulator.directory.folder import FolderDirectory
from emulator.dpws.hosting import Hosting
from emulator.layers import Layers
from emulator.scan_server.server import ScanServer
from emulator.transport.http import IncomingRequest, OutgoingResponse
from emulator.trust.contexts import client_context

FILE_SHARE: Final = f"{at_server.FILTER}/fileshare"
EMAIL: Final = f"{at_server.FILTER}/email"
LIMITS: Final = ServerLimits(
    silence=2.0, job=10.0, poll=0.02, quiet=0.3, time_limit=0.6, udp_answer=2.0, udp_silence=0.7, udp_repeats=0.9
)
_FLAGS: Final = "http://schemas.microsoft.com/windows/2010/09/imaging/postscan/scanprocess/extensions"
CHOOSING: Final = "".join(
    f'<x:AllowDeviceFile{what}Change xmlns:x="{_FLAGS}">true</x:AllowDeviceFile{what}Change>'
    for what in ("Name", "Path")
)
SEVERAL: Final = (
    ("11111111-6876-4549-A86E-A85035952448", at_server.instructions(at_server.UNKNOWN)),
    (
        "22222222-6876-4549-A86E-A85035952448",
        at_server.instructions(at_server.UNKNOWN, at_server.file_share(r"\\files\In")),
    ),
    (
        "33333333-6876-4549-A86E-A85035952448",
        at_server.instructions(at_server.UNKNOWN, at_server.file_share(r"\\files\In"), go_on="true"),
    ),
)
"""An unknown dialect alone, before a known one, with ContinueOnError."""
FURTHER: Final = {
    "several": SEVERAL,
    "choosing": (
        (
            "44444444-6876-4549-A86E-A85035952448",
            at_server.instructions(at_server.email("team@contoso.example", can_add=True)),
        ),
    ),
}
"""More scan processes of an office, by their identifiers."""
SLOW_DELIVERY: Final = fault("delivery", "slow", octets_per_second=100_000, may_miss=True)
"""A job takes some tenths of a second: there is time to ask for one that is at work."""


def order(content: str = at_server.PLAIN) -> Order:
    """For joe, by the scan process of the office."""
    declared = f'xmlns:dsp="{DSP}" xmlns:psp="{at_server.PSP}"'
    instructions = f"<dsp:PostScanInstructions {declared}>{content}</dsp:PostScanInstructions>"
    dialects = (FILE_SHARE, EMAIL) if EMAIL in content else (FILE_SHARE,)
    return Order(at_server.SID, at_server.PSP_ID, instructions.encode(), "Test", "joe@contoso.example", dialects)


def others(office: str) -> tuple[Order, ...]:
    """By the further scan processes of such an office."""
    return tuple(
        dataclasses.replace(
            order(content),
            scan_process=identifier,
            dialects=tuple(
                each for each in ("urn:example:fax", FILE_SHARE, EMAIL) if f"<psp:Dialect>{each}<" in content
            ),
        )
        for identifier, content in FURTHER.get(office, ())
    )


def put_further(kind: str, office: Path) -> None:
    """Put the further scan processes into an office."""
    for number, (identifier, content) in enumerate(FURTHER.get(kind, ())):
        made = at_server.office(office.parent / f"office-{number}", content)
        told = (made / "p.toml").read_text("utf-8").replace(at_server.PSP_ID, identifier)
        told = told.replace('"p.xml"', f'"p{number}.xml"').replace('"Test"', f'"Test {number}"')
        (office / f"p{number}.toml").write_text(told, "utf-8")
        (office / f"p{number}.xml").write_text((made / "p.xml").read_text("utf-8"), "utf-8")


class JudgedServer(ScanServer):
    """The embedded server, altered at HTTP where the mutant says so."""

    def __init__(self, mutant: Mutant | None, **keywords: Any) -> None:
        self._mutant = mutant
        super().__init__(**keywords)

    async def start(self) -> None:
        await super().start()
        answerer = self._udp
        if self._mutant is not None and answerer is not None:
            assert answerer._pump is not None
            self._mutant.alter_udp(answerer._pump, answerer._publication)

    async def handle(self, request: IncomingRequest) -> OutgoingResponse:
        if self._mutant is None or self._mutant.http is None:
            return await super().handle(request)
        return await self._mutant.http(request, super().handle)


@asynccontextmanager
async def judged_peer(
    folder: Path,
    mutant: Mutant | None = None,
    *,
    strict: bool = True,
    seed: int = 1,
    client: dict[str, Path] | None = None,
) -> AsyncIterator[ScanServerPeer]:
    """A peer that asks an embedded server. `client`: the judge's certificate, by parameters of client_context."""
    layers = Layers(strict=strict if mutant is None else mutant.strict)
    recording = Recording()
    async with AsyncExitStack() as stack:
        stack.enter_context(
            disturbed(layers, SERVER, SLOW_DELIVERY if mutant is None else mutant.delivery or SLOW_DELIVERY)
        )
        if mutant is not None:
            stack.enter_context(mutant.plugged(layers))
        office = folder / "office"
        kind = "" if mutant is None else mutant.office
        chooses = kind == "choosing"
        if not office.exists():
            at_server.office(office, extensions=CHOOSING if chooses else "")
            put_further(kind, office)
        secured = None if mutant is None or mutant.tls is None else mutant.tls()
        server = JudgedServer(
            mutant,
            hosting=Hosting(tls=secured),
            store=folder / "store",
            directory=FolderDirectory(office),
            layers=layers,
            behaviours=frozenset() if mutant is None else mutant.behaviours,
            **({} if mutant is None else mutant.server),
        )
        await stack.enter_async_context(server)
        sink = await stack.enter_async_context(EventSink(recording, "127.0.0.1"))
        asked = dataclasses.replace(order(), may_rename=chooses, may_choose_share=chooses, others=others(kind))
        tls = None if secured is None else client_context(ca_file=None, insecure=True, **(client or {}))
        url = server.url
        if mutant is not None and mutant.front is not None:
            url = await stack.enter_async_context(in_front(url, mutant.front))
        if mutant is not None and mutant.door is not None:
            url = await stack.enter_async_context(in_front(url, Front(), mutant.door()))
        peer = ScanServerPeer(url, asked, tls=tls, sink=sink, recording=recording, limits=LIMITS, seed=seed)
        stack.push_async_callback(peer.aclose)
        yield peer


async def judged(
    folder: Path,
    ids: Iterable[str],
    mutant: Mutant | None = None,
    *,
    shuffle: int | None = None,
    strict: bool = True,
    client: dict[str, Path] | None = None,
) -> tuple[Run, Recording]:
    """What comes of those checks."""
    checks = [all_checks()[id] for id in ids]
    async with judged_peer(folder, mutant, strict=strict, client=client) as peer:
        return await Runner(peer, checks, shuffle=shuffle).run(), peer.recording
