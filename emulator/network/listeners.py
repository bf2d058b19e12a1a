"""HTTP for the devices of a lab: one port for all of them, on this machine alone or on chosen interfaces."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from typing import Final

from emulator.layers import Layers
from emulator.transport.host import HostLimits, HttpHost
from emulator.transport.http import Handler
from emulator.transport.interfaces import Interface, Selection, interfaces
from emulator.transport.own_names import OwnNames, machine_names

_FRESH: Final = 1.0
"""Seconds for which the list of our addresses is believed."""
_TRIES: Final = 20
"""Free ports of IPv4 that are tried until the same is free with IPv6."""


class Listeners:
    """One port on IPv4 and, where the machine has it, on IPv6."""

    def __init__(
        self,
        handler: Handler,
        *,
        selection: Selection | None,
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        layers: Layers | None = None,
        limits: HostLimits | None = None,
        list_interfaces: Callable[[], Sequence[Interface]] = interfaces,
        own: Container[str] | None = None,
    ) -> None:
        """These are its parameters.

        - `selection`: interfaces that are listened on beside loopback; None: loopback alone.
        - `own`: addresses that are listened on beside these, and that come and go; None: there are never any.
        """
        self._handler = handler
        self._selection = selection
        self._port = port
        self._ssl = ssl_context
        self._layers = layers or Layers()
        self._limits = limits
        self._list_interfaces = list_interfaces
        self._own = own
        self._loopback_alone = selection is None and own is None
        self._known: frozenset[str] = frozenset()
        self._known_at = 0.0
        self._hosts: list[HttpHost] = []

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._hosts[0].port

    @property
    def base_url(self) -> str:
        """The URL on loopback."""
        return f"{'http' if self._ssl is None else 'https'}://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen. Raises OSError when the port cannot be had."""
        for _ in range(_TRIES):
            self._hosts = [await self._listen("127.0.0.1" if self._loopback_alone else "0.0.0.0", self._port)]  # noqa: S104
            if not socket.has_ipv6:
                return
            try:
                self._hosts.append(await self._listen("::1" if self._loopback_alone else "::", self.port))
            except OSError as error:
                if self._port or not _in_use(error):
                    return  # no IPv6 on this machine: IPv4 alone
                await self.stop()
            else:
                return

    async def stop(self) -> None:
        """End every connection."""
        for host in self._hosts:
            await host.stop()
        self._hosts.clear()

    async def _listen(self, bind: str, port: int) -> HttpHost:
        host = HttpHost(
            self._handler,
            bind=bind,
            port=port,
            ssl_context=self._ssl,
            layers=self._layers,
            limits=self._limits,
            accepts=None if self._loopback_alone else self._is_meant,
            names=OwnNames(machine_names()),
        )
        await host.start()
        return host

    def _is_meant(self, address: str) -> bool:
        """Addresses come and go with their interfaces; loopback is always meant."""
        if self._own is not None and address in self._own:
            return True
        if address not in self._known or time.monotonic() - self._known_at > _FRESH:
            self._known, self._known_at = self._addresses(), time.monotonic()
        return address in self._known

    def _addresses(self) -> frozenset[str]:
        found: set[str] = set()
        with suppress(OSError):
            for each in self._list_interfaces():
                if each.is_loopback or (self._selection is not None and self._selection(each)):
                    found |= {str(address.ip) for address in each.addresses}
        return frozenset(found)


def _in_use(error: OSError) -> bool:
    import errno

    return error.errno in (errno.EADDRINUSE, errno.EACCES)
