"""The embedded scan server alone: what `server` runs."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from emulator.directory.errors import DirectoryError
from emulator.lab.delivery import delivery_settings, told
from emulator.lab.directories import is_ldap, lab_error, open_directory
from emulator.lab.embedded import LOOPBACK_NAMES
from emulator.lab.exit_codes import LabError
from emulator.lab.options import LdapOptions, ServeTls, TrustOptions
from emulator.lab.tracing import trace_observers
from emulator.lab.trusting import client_tls, server_tls
from emulator.scan_server.server import ScanServer


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Options of `server`; each says what its command line option of the same name says."""

    store: Path = Path("scans")
    directory: Path | str | None = None
    """A folder, or ldap:// and ldaps:// URLs."""
    user: str | None = None
    """Who asks a directory over LDAP: the server's own account there."""
    ldap: LdapOptions = field(default_factory=LdapOptions)
    bind: str = "127.0.0.1"
    port: int = 5362
    http: bool = False
    tls: ServeTls = field(default_factory=ServeTls)
    ca_file: Path | None = None
    """PEM of the roots of subscribers that take events over HTTPS; None: the system's."""
    time_limit: float = 600.0
    strict: bool = False
    delivery: Path | None = None
    trace: Path | None = None
    overwrite: bool = False
    """Replace a trace that is there."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Where a server listens, once it does."""

    url: str
    service: str
    configuration: str
    """Address of the WS-DSC service."""
    ca_file: Path | None
    """PEM that clients trust; None with plain HTTP or a certificate of the user's own."""
    store: Path
    delivery: dict[str, Any]
    """By which servers filters deliver (lab/delivery.py)."""
    strong: bool = False
    """Clients must show a certificate."""


class ServerReporter(Protocol):
    """Who is told that the server is up."""

    def ready(self, ready: Ready) -> None:
        """Everything listens."""

    def stopped(self) -> None:
        """A signal has stopped it."""


async def run_server(options: ServerOptions, reporter: ServerReporter) -> None:
    """Run until cancelled. Raises LabError when it cannot start."""
    async with AsyncExitStack() as stack:
        delivery = await asyncio.to_thread(delivery_settings, options.delivery)
        context, ca_file = await asyncio.to_thread(_tls, options)
        observers = trace_observers(options.trace, stack, overwrite=options.overwrite)
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
            host=options.bind,
            port=options.port,
            ssl_context=context,
            time_limit=options.time_limit,
            strict=options.strict,
            event_tls=None if options.ca_file is None else client_tls(TrustOptions(options.ca_file)),
            delivery=delivery,
            observers=observers,
        )
        try:
            await server.start()
        except OSError as error:
            raise LabError(
                f"cannot listen on {options.bind} port {options.port}, or use the store {options.store}: "
                f"{error.strerror or error}",
                hint="--port 0 takes a free port",
            ) from None
        stack.push_async_callback(server.stop)
        strong = options.tls.client_ca is not None
        reporter.ready(
            Ready(
                server.url,
                server.service_url,
                server.configuration_url,
                ca_file,
                options.store,
                told(delivery),
                strong,
            )
        )
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            reporter.stopped()


def _tls(options: ServerOptions) -> tuple[ssl.SSLContext | None, Path | None]:
    """The server's TLS context and the file that clients trust."""
    if options.http:
        if options.tls != ServeTls(ask=options.tls.ask):
            raise LabError("--http excludes --tls-cert, --client-ca and what goes with them")
        return None, None
    names = LOOPBACK_NAMES if options.bind in LOOPBACK_NAMES else (*LOOPBACK_NAMES, *names_of_machine(options.bind))
    ca_file = options.store / ".server" / "ca.pem"
    return server_tls(options.tls, names, ca_file, ca_dir_for=f"the store {options.store}")


def names_of_machine(bind: str) -> tuple[str, ...]:
    """Names that clients on other machines may use: the address, and this machine's own names."""
    own = {socket.gethostname(), socket.getfqdn()}
    if bind not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        own.add(bind)
    return tuple(sorted(name for name in own if _can_be_certified(name)))


def _can_be_certified(name: str) -> bool:
    """A machine's name may be longer than a DNS name's part (63 octets), or empty."""
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False
