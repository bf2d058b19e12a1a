"""The embedded scan server alone: what `server` runs."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urljoin

from emulator.directory.errors import DirectoryError
from emulator.dpws.hosting import Hosting
from emulator.environment.ca_url import fingerprint
from emulator.environment.directories import is_ldap, lab_error, open_directory
from emulator.environment.exit_codes import LabError
from emulator.environment.machine_names import (
    ALL_ADDRESSES,
    LOOPBACK_NAMES,
    addresses_of_machine,
    bare,
    can_be_certified,
    is_local,
    names_of_machine,
)
from emulator.environment.options import ServeTls, TrustOptions
from emulator.environment.tracing import write_trace
from emulator.environment.trusting import client_tls, server_tls
from emulator.faults.behaviours import Behaviour
from emulator.layers import Layers
from emulator.options.server import ServerOptions
from emulator.scan_server.delivery_file import delivery_settings, targets_for_json
from emulator.scan_server.embedded import Plug
from emulator.scan_server.server import CA_PATH, ScanServer
from emulator.trace.who import Who, speaking
from emulator.transport.url import authority_of, read_url
from emulator.trust.own_roots import vouches_for


@dataclass(frozen=True, slots=True)
class Driven:
    """A control API that listens."""

    control: str
    """Its URL."""
    token_file: Path
    """What callers must know stands there."""
    panel: str
    """URL of the front panel."""


@dataclass(frozen=True, slots=True)
class ListeningServer:
    """Where a server listens, once it does."""

    url: str
    service: str
    configuration: str
    """Address of the WS-DSC service."""
    ca_file: Path | None
    """PEM that clients trust; None with plain HTTP or a certificate of the user's own."""
    store: Path
    delivery: dict[str, Any]
    """By which servers filters deliver (scan_server/delivery_file.py)."""
    strong: bool = False
    """Clients must show a certificate."""
    ca_sha256: str | None = None
    """SHA-256 fingerprint of the CA in `ca_file`."""
    outside: str | None = None
    """The URL for clients on other machines; None where there is none."""
    ca_url: str | None = None
    """Where they fetch the CA, by that URL."""
    trust: Path | None = None
    """What clients on this machine name with --ca-file; None: nothing, or it is not known."""
    driven: Driven | None = None
    """Where its control API listens; None without one."""


class ServerReporter(Protocol):
    """Who is told that the server is up."""

    def ready(self, ready: ListeningServer) -> None:
        """Everything listens."""

    def stopped(self) -> None:
        """A signal has stopped it."""


async def run_server(
    options: ServerOptions,
    reporter: ServerReporter,
    plug: Plug | None = None,
    behaviours: frozenset[Behaviour] = frozenset(),
    driven: Callable[[ScanServer], AbstractAsyncContextManager[Driven]] | None = None,
) -> None:
    """Run until cancelled. Raises LabError when it cannot start.

    - `plug`: plugs something into the server's layers.
    - `behaviours`: what it does otherwise within itself.
    - `driven`: entered when the server listens: its control API.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(speaking(Who(server="scan server")))
        delivery = await asyncio.to_thread(delivery_settings, options.delivery)
        context, ca_file = await asyncio.to_thread(_tls, options)
        ca_pem = None if ca_file is None else await asyncio.to_thread(ca_file.read_bytes)
        layers = Layers(strict=options.strict)
        if plug is not None:
            stack.callback(await asyncio.to_thread(plug, layers, context))
        write_trace(options.trace, layers, stack, overwrite=options.overwrite)
        directory = open_directory(options.directory, options.user, options.ldap)
        stack.callback(directory.close)
        if is_ldap(options.directory):
            try:  # now, not when the first job has come
                await asyncio.to_thread(directory.default_user)
            except DirectoryError as error:
                raise lab_error(error) from None
        server = ScanServer(
            store=options.store,
            directory=directory,
            hosting=Hosting(
                options.bind,
                options.port,
                context,
                None if options.ca_file is None else client_tls(TrustOptions(ca_file=options.ca_file)),
                tuple(map(bare, options.hosts)),
            ),
            time_limit=options.time_limit,
            delivery=delivery,
            behaviours=behaviours,
            layers=layers,
            ca_pem=ca_pem,
        )
        try:
            await server.start()
        except OSError as error:
            reason = str(error.strerror or error)
            if not reason.startswith("cannot listen"):
                raise LabError(
                    f"the store {options.store} cannot be used: {reason}", hint="--store DIR names another folder"
                ) from None
            hint = _HINTS.get(error.errno or 0, "--bind ADDRESS names an address of this machine")
            raise LabError(reason, hint=hint) from None
        stack.push_async_callback(server.stop)
        ready = await asyncio.to_thread(ready_of, options, server, ca_file, ca_pem, targets_for_json(delivery))
        if driven is not None:
            ready = replace(ready, driven=await stack.enter_async_context(driven(server)))
        reporter.ready(ready)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            reporter.stopped()


_HINTS: Final = {
    errno.EADDRINUSE: "--port 0 takes a free port",
    errno.EACCES: "ports below 1024 need rights; --port 0 takes a free one",
}
"""Why nobody can listen there -> what to do."""


def _tls(options: ServerOptions) -> tuple[ssl.SSLContext | None, Path | None]:
    """The server's TLS context and the file that clients trust."""
    if options.http:
        if options.tls != ServeTls(ask=options.tls.ask):
            raise LabError(
                "--http excludes --tls-cert, --client-ca and what goes with them",
                hint="leave out --http, and it is served over HTTPS",
            )
        return None, None
    for host in options.hosts:
        if not can_be_certified(bare(host)):
            raise LabError(
                f"--host {host!r} is no DNS name and no IP address",
                hint="--host takes one name or address, and stands several times for several",
            )
    names = [*LOOPBACK_NAMES, *map(bare, options.hosts)]
    if options.bind not in LOOPBACK_NAMES:
        names += names_of_machine(options.bind)
    ca_file = options.store / ".server" / "ca.pem"
    return server_tls(
        options.tls,
        tuple(dict.fromkeys(names)),
        ca_file,
        ca_dir_for=f"the store {options.store}",
        keep_in=None if options.state is None else options.state / "server-ca",
    )


def ready_of(
    options: ServerOptions, server: ScanServer, ca_file: Path | None, ca_pem: bytes | None, delivery: dict[str, Any]
) -> ListeningServer:
    """What is told of a server that listens. Blocks: names are looked up, files read.

    - `options`: what the command was given.
    - `server`: who listens.
    - `ca_file`: the CA of its certificate.
    - `ca_pem`: the same as octets.
    - `delivery`: what there is to tell of targets.
    """
    outside = outside_url(options, server.url)
    strong = options.tls.client_ca is not None
    # Who must show a certificate before he is heard fetches nothing.
    fetched = None if outside is None or ca_pem is None or strong else urljoin(outside, CA_PATH)
    trust = ca_file
    if options.tls.cert is not None:
        trust = options.tls.cert if vouches_for(options.tls.cert, read_url(server.url).host) else None
    return ListeningServer(
        server.url,
        server.service_url,
        server.configuration_url,
        ca_file,
        options.store,
        delivery,
        strong,
        None if ca_pem is None else fingerprint(ca_pem),
        outside,
        fetched,
        trust,
    )


def outside_url(options: ServerOptions, url: str) -> str | None:
    """The URL by which other machines reach the server, as far as it is known here."""
    if options.hosts:
        host = bare(options.hosts[0])
    elif options.bind in ALL_ADDRESSES:
        family = {"0.0.0.0": 4, "::": 6}.get(options.bind)  # noqa: S104 - each listens for its own alone
        host = next((each for each in addresses_of_machine(family) if not is_local(each)), "")
    else:
        host = "" if is_local(options.bind) else options.bind
    if not host:
        return None
    parts = read_url(url)
    return parts.at(authority_of(host, parts.port))
