"""Where a DPWS host listens, and by what it is known and trusted there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from emulator.layers import Layers
from emulator.transport.host import HostLimits, HttpHost
from emulator.transport.http import Handler
from emulator.transport.own_names import OwnNames, machine_names


@dataclass(frozen=True, slots=True)
class Hosting:
    """By default a free port of loopback, plain HTTP."""

    bind: str = "127.0.0.1"
    port: int = 0
    """0: a free one."""
    tls: ssl.SSLContext | None = None
    """None: plain HTTP."""
    event_tls: ssl.SSLContext | None = None
    """Verifies subscribers that take events over HTTPS; None: by the system's roots."""
    names: tuple[str, ...] = ()
    """That clients on this machine may call it by, beside loopback and host name."""
    limits: HostLimits | None = None
    listen: bool = True
    """False: somebody else listens and hands requests on."""

    def host(self, handler: Handler, layers: Layers) -> HttpHost:
        """The HTTP host, which does not listen yet."""
        return HttpHost(
            handler,
            bind=self.bind,
            port=self.port,
            ssl_context=self.tls,
            layers=layers,
            limits=self.limits,
            names=OwnNames((self.bind, *self.names, *machine_names())),
        )
