"""The embedded scan server alone: what `server` runs."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from emulator.directory.errors import DirectoryError
from emulator.lab.directories import is_ldap, lab_error, open_directory
from emulator.lab.embedded import LOOPBACK_NAMES
from emulator.lab.exit_codes import LabError
from emulator.lab.options import LdapOptions
from emulator.lab.tracing import trace_observers
from emulator.scan_server.server import ScanServer
from emulator.trust.authority import LabAuthority
from emulator.trust.contexts import TrustError, server_context, server_context_from


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
    tls_cert: Path | None = None
    tls_key: Path | None = None
    time_limit: float = 600.0
    strict: bool = False
    trace: Path | None = None


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


class ServerReporter(Protocol):
    """Who is told that the server is up."""

    def ready(self, ready: Ready) -> None:
        """Everything listens."""

    def stopped(self) -> None:
        """A signal has stopped it."""


async def run_server(options: ServerOptions, reporter: ServerReporter) -> None:
    """Run until cancelled. Raises LabError when it cannot start."""
    async with AsyncExitStack() as stack:
        context, ca_file = await asyncio.to_thread(_tls, options)
        observers = trace_observers(options.trace, stack)
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
        reporter.ready(Ready(server.url, server.service_url, server.configuration_url, ca_file, options.store))
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            reporter.stopped()


def _tls(options: ServerOptions) -> tuple[ssl.SSLContext | None, Path | None]:
    """The server's TLS context and the file that clients trust."""
    if options.http:
        if options.tls_cert or options.tls_key:
            raise LabError("--http and --tls-cert exclude one another")
        return None, None
    try:
        if options.tls_cert is not None:
            return server_context(options.tls_cert, options.tls_key), None
    except TrustError as error:
        raise LabError(str(error)) from None
    if options.tls_key is not None:
        raise LabError("--tls-key goes with --tls-cert")
    names = LOOPBACK_NAMES if options.bind in LOOPBACK_NAMES else (*LOOPBACK_NAMES, *_names(options.bind))
    authority = LabAuthority.create()
    ca_file = options.store / ".server" / "ca.pem"
    try:
        ca_file.parent.mkdir(parents=True, exist_ok=True)
        ca_file.write_bytes(authority.certificate_pem)
    except OSError as error:
        raise LabError(f"the store {options.store} cannot be used: {error.strerror or error}") from None
    return server_context_from(authority.issue_server(names)), ca_file


def _names(bind: str) -> tuple[str, ...]:
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
