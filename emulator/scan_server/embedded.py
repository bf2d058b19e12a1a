"""The scan server of this process: HTTPS with a throw-away CA that is really verified, a free loopback port."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.dpws.hosting import Hosting
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.machine_names import LOOPBACK_NAMES
from emulator.faults.behaviours import Behaviour
from emulator.layers import Layers, Unplug
from emulator.scan_server.directory import ServerDirectory
from emulator.scan_server.server import ScanServer
from emulator.trace.who import Who, speaking
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context, server_context_from

if TYPE_CHECKING:
    from emulator.scan_server.delivery.settings import DeliverySettings


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running embedded scan server and what its clients must trust."""

    server: ScanServer
    ca_pem: bytes
    sink_tls: ssl.SSLContext
    """For a sink on loopback that the server trusts: events come over HTTPS too."""


Plug = Callable[[Layers, ssl.SSLContext | None], Unplug]
"""Plugs something into the layers of a server that serves by that context; takes time."""


@asynccontextmanager
async def embedded_server(
    store: Path,
    directory: ServerDirectory,
    *,
    delivery: DeliverySettings | None = None,
    behaviours: frozenset[Behaviour] = frozenset(),
    layers: Layers | None = None,
    plug: Plug | None = None,
) -> AsyncIterator[Embedded]:
    """Run the server while the block lasts. Raises LabError when the store cannot be used.

    - `store`: the folder of jobs and images.
    - `directory`: users and scan processes.
    - `delivery`: targets beside the store.
    - `behaviours`: what it does otherwise than the documents say.
    - `layers`: who hears and intervenes.
    - `plug`: plugs something into them before the server starts; what it gives takes that away.
    """
    authority = LabAuthority.create()
    context = server_context_from(authority.issue_server(LOOPBACK_NAMES), issuer=authority, names=LOOPBACK_NAMES)
    layers = layers or Layers()
    async with AsyncExitStack() as stack:
        if plug is not None:
            stack.callback(await asyncio.to_thread(plug, layers, context))
        event_tls = client_context(ca_file=None, ca_pem=authority.certificate_pem)
        server = ScanServer(
            store=store,
            directory=directory,
            hosting=Hosting(tls=context, event_tls=event_tls),
            delivery=delivery,
            behaviours=behaviours,
            layers=layers,
        )
        try:
            with speaking(Who(server="embedded scan server", embedded=True)):
                await server.start()
        except OSError as error:
            raise LabError(f"the store {store} cannot be used: {error.strerror or error}", ExitCode.USAGE) from None
        stack.push_async_callback(server.stop)
        yield Embedded(server, authority.certificate_pem, context)
