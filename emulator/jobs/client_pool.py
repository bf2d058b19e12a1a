"""HTTP clients of jobs, by whom they trust and what they show: connections and TLS contexts are shared between jobs
for which both are the same, and never across credentials."""

from __future__ import annotations

import asyncio
import hashlib
import os
import ssl
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator.environment.ca_url import fetch_root
from emulator.environment.file_state import file_state
from emulator.environment.options import TrustOptions
from emulator.environment.trusting import client_tls, require_pinned
from emulator.layers import Layers
from emulator.transport.client import StreamClient
from emulator.transport.kept_connections import KeptConnections
from emulator.trust.passwords import CLIENT_VARIABLE

_KEPT: Final = 256
"""Contexts that are kept; a user of strong mode has one of his own. The one used least lately goes first: its jobs
end over the connections that they have."""


@dataclass(frozen=True, slots=True)
class PooledClient:
    """A client over shared connections."""

    client: StreamClient
    connections: KeptConnections
    credentials: Hashable
    """Equal for clients that trust alike and show the same: what belongs to one may be shared with the other."""


class ClientPool:
    """Everything happens on one event loop."""

    def __init__(self) -> None:
        self._connections: OrderedDict[Hashable, KeptConnections] = OrderedDict()
        self._roots: dict[tuple[str, str], asyncio.Task[bytes]] = {}
        """By URL and fingerprint, which pins what is there: it need not be fetched twice."""

    async def client(
        self, trust: TrustOptions, *, ca_pem: bytes | None = None, url: str, layers: Layers | None = None
    ) -> PooledClient:
        """A client, whose connections are shared; `ca_pem`: roots beside those of `trust`; `url`: of whom it is
        meant for; `layers`: of the client's exchanges. Closing it closes no connection. A root is fetched in a
        thread, a person is asked for a password in this one. Raises LabError, before anything is sent."""
        if trust.ca_url is not None or trust.ca_sha256 is not None:
            fetched = await self._fetched(trust)
            trust, ca_pem = trust.but(ca_url=None, ca_sha256=None), (ca_pem or b"") + fetched
        key = _key(trust, ca_pem)
        found = self._connections.get(key)
        if found is None:

            def context() -> ssl.SSLContext:
                return client_tls(trust, ca_pem=ca_pem)

            # The system's roots take 17 ms, and cannot be wrong: they wait until somebody speaks TLS. Files of the
            # user's are looked at now.
            lazy = url.startswith("http://") and not (_names_files(trust) or ca_pem)
            found = self._connections[key] = KeptConnections(context if lazy else context())
            while len(self._connections) > _KEPT:
                self._connections.popitem(last=False)[1].close()
        self._connections.move_to_end(key)
        return PooledClient(StreamClient(layers=layers, connections=found), found, key)

    async def aclose(self) -> None:
        """Close all connections that are not in use."""
        for task in self._roots.values():
            task.cancel()
        if self._roots:
            await asyncio.wait(self._roots.values())
            self._roots.clear()
        for each in self._connections.values():
            each.close()
        self._connections.clear()

    async def _fetched(self, trust: TrustOptions) -> bytes:
        """The root that is to be fetched, once for all jobs that want it. Raises LabError."""
        key = require_pinned(trust)
        task = self._roots.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._roots[key] = asyncio.create_task(asyncio.to_thread(fetch_root, *key))
        return await asyncio.shield(task)


def _names_files(trust: TrustOptions) -> bool:
    return bool(trust.ca_file or trust.client_cert or trust.client_key or trust.crls)


def _key(trust: TrustOptions, ca_pem: bytes | None) -> Hashable:
    """Return what a context depends on: the options, and each file's state. A password is known by its digest."""
    password = os.environ.get(CLIENT_VARIABLE) if trust.client_cert is not None else None
    return (
        trust.insecure,
        trust.ask,
        ca_pem,
        None if password is None else hashlib.sha256(password.encode("utf-8", "surrogateescape")).digest(),
        tuple(file_state(crl) for crl in trust.crls),
        *map(file_state, (trust.ca_file, trust.client_cert, trust.client_key, trust.client_password_file)),
        _system_roots() if trust.ca_file is None and ca_pem is None and not trust.insecure else None,
    )


def _system_roots() -> Hashable:
    """The state of the system's roots, as far as they are files: a root that is added counts too."""
    paths = ssl.get_default_verify_paths()
    return tuple(file_state(None if each is None else Path(each)) for each in (paths.cafile, paths.capath))
