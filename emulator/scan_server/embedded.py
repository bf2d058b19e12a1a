"""The scan server of this process: HTTPS with a throw-away CA that is really verified, a free loopback port."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.dpws.hosting import Hosting
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.environment.machine_names import LOOPBACK_NAMES
from emulator.faults.habits import Alteration, UnknownHabit, alterations_of
from emulator.layers import Layers
from emulator.scan_server.directory import ServerDirectory
from emulator.scan_server.server import ScanServer
from emulator.trace.who import Who, speaking
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import client_context, server_context_from

if TYPE_CHECKING:
    from emulator.scan_server.delivery.settings import DeliverySettings


def alterations_of_habits(names: Sequence[str]) -> frozenset[Alteration]:
    """Return what the embedded server does otherwise than documented. Raises LabError for an unknown name."""
    try:
        return alterations_of(names)
    except UnknownHabit as error:
        raise LabError(f"--habit: {error}", ExitCode.USAGE) from None


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running embedded scan server and what its clients must trust."""

    server: ScanServer
    ca_pem: bytes
    sink_tls: ssl.SSLContext
    """For a sink on loopback that the server trusts: events come over HTTPS too."""


@asynccontextmanager
async def embedded_server(
    store: Path,
    directory: ServerDirectory,
    *,
    delivery: DeliverySettings | None = None,
    habits: Sequence[str] = (),
    layers: Layers | None = None,
) -> AsyncIterator[Embedded]:
    """Run the server while the block lasts. Raises LabError when the store cannot be used, and for a habit that is
    not known.

    - `store`: the folder of jobs and images.
    - `directory`: users and scan processes.
    - `delivery`: targets beside the store.
    - `habits`: what it does otherwise than the documents say.
    - `layers`: who hears and intervenes.
    """
    alterations = alterations_of_habits(habits)
    authority = LabAuthority.create()
    context = server_context_from(authority.issue_server(LOOPBACK_NAMES))
    server = ScanServer(
        store=store,
        directory=directory,
        hosting=Hosting(tls=context, event_tls=client_context(ca_file=None, ca_pem=authority.certificate_pem)),
        delivery=delivery,
        alterations=alterations,
        layers=layers,
    )
    try:
        with speaking(Who(server="embedded scan server", embedded=True)):
            await server.start()
    except OSError as error:
        raise LabError(f"the store {store} cannot be used: {error.strerror or error}", ExitCode.USAGE) from None
    try:
        yield Embedded(server, authority.certificate_pem, context)
    finally:
        await server.stop()
